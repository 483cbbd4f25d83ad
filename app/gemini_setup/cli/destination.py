"""`connect` and `disconnect` for a store at a vendor's: its own program gets the secret on its standard input."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Final

from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE, INTERRUPTED
from gemini_setup.cli.terminal import waiting
from gemini_setup.delivery import DESTINATIONS, forget, plan_sending
from gemini_setup.delivery import send as dispatched
from gemini_setup.i18n import cause_texts
from gemini_setup.security.redaction import plain
from gemini_setup.vault.factory import open_vault

#: Characters of a sentence: a path may be long, and half a command is none.
_LONG: Final = 10_000


def send(options: argparse.Namespace) -> int:
    """Raises say.NobodyAsked, and what delivering raises."""
    vault = open_vault()
    try:
        with waiting(say.busy("keyring")):
            planned = plan_sending(
                vault, options.tool, options.profile_name, options.to or "", options.name or ""
            )
        title = planned.destination.title
        facts = {"tool": title, "place": str(planned.where), "command": planned.command}
        say.tell(said("say", "before-sending", facts))
        say.tell(f"  {planned.command}")
        if not say.agreed(said("say", "question", {}), yes=options.yes):
            say.tell(said("say", "nothing-sent", {}))
            return INTERRUPTED
        with waiting(say.busy("sending")):
            done, version = dispatched(vault, planned)
    finally:
        vault.close()
    say.tell(said("say", "sent", {**facts, "version": version}))
    if options.json:
        print(json.dumps({"version": 1, **done.as_json(), "proof": version}))
    return DONE


def stop(options: argparse.Namespace) -> int:
    """Raises say.NobodyAsked, and what delivering raises."""
    one = DESTINATIONS[options.tool]
    if not say.agreed(said("say", "stop-question", {"tool": one.title}), yes=options.yes):
        say.tell(say.cli("unchanged_all"))
        return INTERRUPTED
    vault = open_vault()
    try:
        (where,) = forget(vault, options.tool, options.to or "", options.name or "")
    finally:
        vault.close()
    facts = {"tool": one.title, "place": str(where), "command": one.removal(where)}
    say.tell(said("say", "no-longer-sent", facts))
    if options.json:
        print(
            json.dumps({"version": 1, "tool": options.tool, "places": [{"place": str(where), "how": "left"}]})
        )
    return DONE


def said(table: str, key: str, facts: Mapping[str, str]) -> str:
    """A sentence about a delivery."""
    return plain(cause_texts.text(f"delivery.{table}", key, facts), _LONG)
