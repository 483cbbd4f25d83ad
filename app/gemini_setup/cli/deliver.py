"""`deliver`: hand a kept credential over to another tool's own store, prove it, and take it away again (DESIGN §5)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE, INTERRUPTED, KEYRING, NOT_KEPT, NOT_THERE, USAGE
from gemini_setup.delivery import (
    TOOLS,
    Delivered,
    DeliveryError,
    DeliveryOptions,
    NotForThisTool,
    Plan,
    deliver,
    delivered,
    named,
    plan,
    repeated,
    tidy,
    undo,
)
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import is_profile_name
from gemini_setup.security.process import harden
from gemini_setup.security.redaction import plain
from gemini_setup.usage import tool_names
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

#: Of an undo these mean that there is nothing to undo; every other obstacle is one that stands in the way.
_ABSENT: Final = ("not-delivered",)
_USAGE: Final = ("which",)
#: Characters of a sentence: a path may be long, and half a command is none.
_LONG: Final = 10_000


class _Usage(Exception):
    """A sentence for stderr and exit code 2. It never repeats what was typed: somebody may have put a key there."""


@dataclass
class _Options:
    tool: str = ""
    profile: str = ""
    file: Path | None = None
    variant: str = ""
    force: bool = False
    yes: bool = False
    json: bool = False
    undo: bool = False
    list: bool = False


def _page() -> str:
    return cause_texts.text(
        "help.pages", "deliver", {"tools": " ".join(TOOLS), "variants": ", ".join(sorted(tool_names.TOOLS))}
    )


def run(arguments: Sequence[str]) -> int:
    """`arguments` begin with "deliver"."""
    harden()
    rest = list(arguments[1:])
    if "-h" in rest or "--help" in rest:
        sys.stdout.write(_page())
        return DONE
    try:
        options = _parsed(rest)
    except _Usage as error:
        sys.stderr.write(f"gemini-setup deliver: {error}\n{_page()}")
        return USAGE
    tidy()
    if options.list:
        return _list(as_json=options.json)
    try:
        return _undo(options) if options.undo else _deliver(options)
    except NoSuchProfile:
        print(f"gemini-setup deliver: {say.cli('unknown_profile')}", file=sys.stderr)
        return NOT_THERE
    except say.NobodyAsked as error:
        print(f"gemini-setup deliver: {error}", file=sys.stderr)
        return USAGE
    except NotForThisTool as error:
        print(f"gemini-setup deliver: {error}", file=sys.stderr)
        return NOT_KEPT
    except DeliveryError as obstacle:
        print(f"gemini-setup deliver: {_said('obstacles', obstacle.id, obstacle.facts)}", file=sys.stderr)
        if obstacle.id == "not-here":
            print(_said("instructions", options.tool, {}), file=sys.stderr)
        return NOT_THERE if obstacle.id in _ABSENT else USAGE if obstacle.id in _USAGE else NOT_KEPT
    except VaultFault as error:
        print(
            f"gemini-setup deliver: {say.told(error)}",
            file=sys.stderr,
        )
        return KEYRING


def _parsed(rest: list[str]) -> _Options:
    options = _Options()
    while rest:
        word = rest.pop(0)
        option, joined, value = word.partition("=")
        if option in ("--file", "--for", "--profile") and (joined or rest):
            value = value if joined else rest.pop(0)
            if option == "--file":
                options.file = Path(os.path.expanduser(value))
            elif option == "--for" and (variant := tool_names.find(value)):
                options.variant = variant
            elif option == "--profile" and is_profile_name(value):
                options.profile = value
            else:
                raise _Usage(cause_texts.text("help.frame", "option_not_understood"))
        elif word in ("--force", "--yes", "--json", "--undo", "--list"):
            setattr(options, word[2:], True)
        elif not options.tool and word in TOOLS:
            options.tool = word
        elif options.tool and not options.profile and is_profile_name(word):
            options.profile = word
        else:
            raise _Usage(cause_texts.text("help.frame", "not_understood"))
    if options.list:
        return options
    if not options.tool:
        raise _Usage(cause_texts.text("help.frame", "name_a_tool"))
    if options.undo:
        return options
    if TOOLS[options.tool].needs_file != (options.file is not None):
        raise _Usage(_said("say", "need-file" if options.file is None else "no-file", {}))
    if options.variant and options.tool != "dotenv":
        raise _Usage(_said("say", "no-variant", {}))
    return options


def _deliver(options: _Options) -> int:
    vault = open_vault()
    try:
        wish = DeliveryOptions(options.file, options.variant, options.force)
        planned = plan(vault, TOOLS[options.tool], options.profile or "default", wish)
        _tell(planned)
        if not say.agreed(_said("say", "question", {}), yes=options.yes):
            print(_said("say", "nothing", {}), file=sys.stderr)
            return INTERRUPTED
        done = deliver(vault, planned)
    finally:
        vault.close()
    title = planned.tool.title
    proof = _said("proof", _proof(done), {"tool": title})
    print(_said("say", "done", {"tool": title, "proof": proof}), file=sys.stderr)
    if options.json:
        print(json.dumps({"version": 1, **done.as_json(), "proof": _proof(done)}))
    return DONE


def _proof(done: Delivered) -> str:
    return "own-reader" if done.own_reader else "format"


def _tell(planned: Plan) -> None:
    print(_said("say", "before", {"tool": planned.tool.title}), file=sys.stderr)
    for note in planned.notes:
        print(f"  {_said('notes', note.id, note.facts)}", file=sys.stderr)


def _undo(options: _Options) -> int:
    if any(one.tool == options.tool for one in delivered()):  # else there is nothing to be asked about
        question = _said("say", "undo-question", {"tool": TOOLS[options.tool].title})
        if not say.agreed(question, yes=options.yes):
            print(_said("say", "nothing", {}), file=sys.stderr)
            return INTERRUPTED
    vault = open_vault()
    try:
        done = undo(vault, TOOLS[options.tool], options.file)
    finally:
        vault.close()
    for one in done:
        print(_said("undone", one.how, {"place": one.place}), file=sys.stderr)
    if options.json:
        places = [{"place": one.place, "how": one.how} for one in done]
        print(json.dumps({"version": 1, "tool": options.tool, "places": places}))
    return DONE


def _list(*, as_json: bool) -> int:
    found = delivered()
    if as_json:
        print(json.dumps({"version": 1, "delivered": [one.as_json() for one in found]}))
        return DONE
    if not found:
        print(_said("say", "none", {}), file=sys.stderr)
    for one in found:
        kind = say.cli("plain_text") if one.plain_text else ""
        print("\t".join((one.tool, one.profile, plain(", ".join(one.places)), kind, one.trouble, one.at)))
    return DONE


# ---------------------------------------------------------------- what other commands say of it


def followed(found: Iterable[Delivered]) -> list[str]:
    """Sentences about deliveries after a rotation: those that have the new credential, and those that have not."""
    lines = []
    for one in found:
        facts = {"tool": TOOLS[one.tool].title if one.tool in TOOLS else one.tool, "place": one.places[0]}
        if one.trouble:
            again = {"command": repeated(one)} if one.tool in TOOLS else {}
            facts["why"] = _said("obstacles", one.trouble, {**facts, **again})
            lines.append(_said("say", "not-followed", facts))
        else:
            lines.append(_said("say", "followed", facts))
    return lines


def say_followed(found: Iterable[Delivered]) -> None:
    for line in followed(found):
        print(line, file=sys.stderr)


def still(found: Iterable[Delivered]) -> list[str]:
    """Sentences about what a removed profile leaves behind."""
    lines = []
    for one in found:
        tool = TOOLS.get(one.tool)
        facts = {"tool": tool.title if tool else one.tool, "place": one.places[0], "command": named(one)}
        lines.append(_said("say", "still", facts))
    return lines


def _said(table: str, key: str, facts: Mapping[str, str]) -> str:
    return plain(cause_texts.text(f"delivery.{table}", key, facts), _LONG)
