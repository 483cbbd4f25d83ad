"""`connect` and `disconnect`: a credential in another tool's own store, proven, and taken away again (DESIGN §5)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gemini_setup.cli import destination
from gemini_setup.cli import output as say
from gemini_setup.cli.arguments import UsageError, fail, frame
from gemini_setup.cli.destination import said
from gemini_setup.cli.exit_codes import DONE, INTERRUPTED, KEYRING, NOT_KEPT, NOT_THERE, USAGE
from gemini_setup.cli.terminal import Screen, table, waiting
from gemini_setup.delivery import (
    DESTINATIONS,
    TEXTS,
    TOOLS,
    Delivered,
    DeliveryError,
    DeliveryOptions,
    NotForThisTool,
    Plan,
    deliver,
    delivered,
    filled,
    named,
    plan,
    repeated,
    tidy,
    undo,
)
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import is_profile_name
from gemini_setup.security.redaction import mask_home, plain
from gemini_setup.usage import tool_names
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

#: Of an undo these mean that there is nothing to undo; every other obstacle is one that stands in the way.
_ABSENT: Final = ("not-delivered",)
_USAGE: Final = ("which", "which-place", "need-to", "no-to", "odd-place")


def run(options: argparse.Namespace) -> int:
    """`connect` and `disconnect`. Raises UsageError, say.NobodyAsked."""
    connects = options.command == "connect"
    if connects:
        _look_at(options)
    tidy()
    if connects and options.list:
        return _list(as_json=options.json)
    if connects and options.tool in TEXTS:
        return _text(options.tool, options.profile_name)
    try:
        if options.tool in DESTINATIONS:
            return destination.send(options) if connects else destination.stop(options)
        return _connect(options) if connects else _disconnect(options)
    except NoSuchProfile:
        fail(say.cli("unknown_profile"))
        return NOT_THERE
    except NotForThisTool as error:
        fail(error)
        return NOT_KEPT
    except DeliveryError as obstacle:
        fail(said("obstacles", obstacle.id, obstacle.facts))
        if obstacle.id == "not-here" and options.tool in TOOLS:
            say.tell(said("instructions", options.tool, {}))
        return NOT_THERE if obstacle.id in _ABSENT else USAGE if obstacle.id in _USAGE else NOT_KEPT
    except VaultFault as error:
        fail(say.told(error))
        return KEYRING


def _look_at(options: argparse.Namespace) -> None:
    """Raises UsageError for what does not go together."""
    if options.list:
        return
    if not options.tool:
        raise UsageError(frame("name_a_tool", tools=", ".join(TOOLS)))
    if not is_profile_name(options.profile_name):
        raise UsageError(say.cli("bad_profile"))
    sends = options.tool in DESTINATIONS
    if not sends and (options.to is not None or options.name is not None):
        raise UsageError(said("say", "no-place", {}))
    if sends and (options.file is not None or options.variant):
        raise UsageError(said("say", "no-file", {}))
    if sends or options.tool in TEXTS:
        return
    if TOOLS[options.tool].needs_file != (options.file is not None):
        raise UsageError(said("say", "need-file" if options.file is None else "no-file", {}))
    if options.variant:
        variant = tool_names.find(options.variant)
        if variant is None:
            near = tool_names.near(options.variant)
            raise UsageError(frame("tool_unknown", **({"near": near} if near else {})))
        if options.tool != "dotenv":
            raise UsageError(said("say", "no-variant", {}))
        options.variant = variant


def _file(options: argparse.Namespace) -> Path | None:
    return Path(os.path.expanduser(options.file)) if options.file is not None else None


def _text(tool: str, profile: str) -> int:
    """What to put where, for a tool that could not be tried here: printed, not written."""
    one = TEXTS[tool]
    try:
        text = filled(tool, profile)
    except DeliveryError as obstacle:
        fail(said("obstacles", obstacle.id, obstacle.facts))
        return NOT_KEPT
    say.tell(said("say", "by-hand", {"tool": one.title, "place": one.place}))
    print(text)
    return DONE


def _connect(options: argparse.Namespace) -> int:
    vault = open_vault()
    try:
        with waiting(say.busy("keyring")):
            wish = DeliveryOptions(_file(options), options.variant or "", options.force)
            planned = plan(vault, TOOLS[options.tool], options.profile_name, wish)
        _tell(planned)
        if not say.agreed(said("say", "question", {}), yes=options.yes):
            say.tell(said("say", "nothing", {}))
            return INTERRUPTED
        with waiting(say.busy("writing")):
            done = deliver(vault, planned)
    finally:
        vault.close()
    title = planned.tool.title
    proof = said("proof", _proof(done), {"tool": title})
    say.tell(said("say", "done", {"tool": title, "proof": proof}))
    if options.json:
        print(json.dumps({"version": 1, **done.as_json(), "proof": _proof(done)}))
    return DONE


def _proof(done: Delivered) -> str:
    return "own-reader" if done.own_reader else "format"


def _tell(planned: Plan) -> None:
    say.tell(said("say", "before", {"tool": planned.tool.title}))
    for note in planned.notes:
        say.tell(f"  {said('notes', note.id, note.facts)}")


def _disconnect(options: argparse.Namespace) -> int:
    if any(one.tool == options.tool for one in delivered()):  # else there is nothing to be asked about
        question = said("say", "undo-question", {"tool": TOOLS[options.tool].title})
        if not say.agreed(question, yes=options.yes):
            say.tell(said("say", "nothing", {}))
            return INTERRUPTED
    vault = open_vault()
    try:
        with waiting(say.busy("writing")):
            done = undo(vault, TOOLS[options.tool], _file(options))
    finally:
        vault.close()
    for one in done:
        say.tell(said("undone", one.how, {"place": one.place}))
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
        say.tell(said("say", "none", {}))
        return DONE
    screen = Screen(sys.stdout)
    if not screen.is_terminal:
        for one in found:
            kind = say.cli("plain_text") if one.plain_text else ""
            print("\t".join((one.tool, one.profile, plain(", ".join(one.places)), kind, one.trouble, one.at)))
        return DONE
    home = str(Path.home())
    rows = [
        [
            one.tool,
            one.profile,
            mask_home(plain(", ".join(one.places)), home),
            _state(one),
            cause_texts.ago(one.at),
        ]
        for one in found
    ]
    header = [say.listed(key) for key in ("tool", "name", "place", "status", "connected")]
    lines = table(screen, header, rows)
    print("\n".join([screen.paint(lines[0], "bold"), *lines[1:]]))
    return DONE


def _state(one: Delivered) -> str:
    if one.trouble:
        return say.status("behind")
    return say.cli("plain_text") if one.plain_text else say.status("connected")


# ---------------------------------------------------------------- what other commands say of it


def followed(found: Iterable[Delivered]) -> list[str]:
    """Sentences about deliveries after a rotation: those that have the new credential, and those that have not."""
    lines = []
    for one in found:
        facts = {"tool": _title(one.tool), "place": one.places[0]}
        if one.trouble:
            known = one.tool in TOOLS or one.tool in DESTINATIONS
            again = {"command": repeated(one)} if known else {}
            facts["why"] = said("obstacles", one.trouble, {**facts, **again})
            lines.append(said("say", "not-followed", facts))
        else:
            lines.append(said("say", "followed", facts))
    return lines


def _title(tool: str) -> str:
    known = TOOLS.get(tool) or DESTINATIONS.get(tool)
    return known.title if known else tool


def say_followed(found: Iterable[Delivered]) -> None:
    for line in followed(found):
        say.tell(line)


def still(found: Iterable[Delivered]) -> list[str]:
    """Sentences about what a removed profile leaves behind."""
    lines = []
    for one in found:
        facts = {"tool": _title(one.tool), "place": one.places[0], "command": named(one)}
        lines.append(said("say", "still", facts))
    return lines
