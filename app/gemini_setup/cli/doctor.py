"""`gemini-setup doctor`: this computer, in words that are safe to paste in public."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from gemini_setup.actions import check_and_keep
from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE
from gemini_setup.cli.terminal import Screen, waiting
from gemini_setup.doctor import system_info as surroundings
from gemini_setup.doctor.report import CLOCK, Computer, Examination, Verdict, examine, removal
from gemini_setup.doctor.sources import Found
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Service


def run(options: argparse.Namespace) -> int:
    with waiting(say.busy("looking")):
        computer = Computer.here()
        way = None if options.offline else asyncio.run(surroundings.way(computer.environ))
        found = examine(computer, check_and_keep.listed(), way=way)
    if options.json:
        print(json.dumps(found.as_json()))
    else:
        _show(found)
    return DONE


def _show(found: Examination) -> None:
    """What decides comes first: the saved keys, and which key each tool uses."""
    mask, text, screen = found.mask, say.doctor, Screen(sys.stdout)
    ignored = [text("ignored", name=found.keyring.ignored)] if found.keyring.ignored else []
    sections = (
        (text("kept"), _kept(found)),
        (text("tools"), _tools(found)),
        (text("keyring"), [_keyring(found), *ignored]),
        (
            text("network"),
            [_way(found), *(f"{name}: {mask(value)}" for name, value in found.network.items())],
        ),
        (text("places"), [_place(one, found) for one in found.found] or [text("no_places")]),
        (text("versions"), [", ".join(f"{name} {mask(value)}" for name, value in found.versions.items())]),
    )
    for number, (heading, lines) in enumerate(sections):
        if number:
            print()
        print(screen.paint(heading, "bold"))
        for line in lines:
            rest = line.lstrip(" ")
            indent = "  " + " " * (len(line) - len(rest))
            screen.write(rest, indent + "  ", indent)


def _tools(found: Examination) -> list[str]:
    """Tools that the same is said of stand in one line; how each is known is in the JSON."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for verdict in found.verdicts:
        groups.setdefault(_said(verdict, found), []).append(verdict.tool)
    lines = [say.doctor("unused")] if found.unused else []
    for (first, *rest), tools in groups.items():
        lines += [f"{', '.join(tools)}: {first}", *(f"  {more}" for more in rest)]
    return lines if groups else [*lines, say.doctor("no_tools")]


def _place(one: Found, found: Examination) -> str:
    where = f" ({found.mask(one.where)}{f':{one.line}' if one.line else ''})" if one.where else ""
    return f"{say.doctor(f'place_{one.place}')}: {one.name} {found.mask(one.shown)}{where}"


def _kept(found: Examination) -> list[str]:
    rows = []
    for profile in found.profiles:
        state = cause_texts.cause(profile.cause).title if profile.cause else ""
        service = "Vertex AI" if profile.service is Service.VERTEX else "AI Studio"
        parts = (profile.name, service, f"…{profile.hint}" if profile.hint else "", state)
        rows.append(" · ".join(part for part in parts if part))
    return rows or [say.doctor("nothing_kept")]


def _keyring(found: Examination) -> str:
    keyring = found.keyring
    if keyring.private_file:
        return say.doctor("private_file")
    if keyring.fault:
        return cause_texts.text(f"faults.{keyring.fault}", "title", {"store": keyring.store})
    warned = f" ({keyring.warning})" if keyring.warning else ""
    return f"{keyring.store}{warned}"


def _way(found: Examination) -> str:
    if found.way is None:
        return say.doctor("not_asked")
    if found.way.cause != "works":
        said = cause_texts.cause(found.way.cause)
        return f"{said.title}. {said.fixes[0]}"
    offset = found.way.clock
    if offset is not None and abs(offset) > CLOCK:
        facts = cause_texts.friendly({"clock": str(offset)})
        return say.doctor("reached_clock", clock_by=facts["clock_by"])
    return say.doctor("reached")


def _said(verdict: Verdict, found: Examination) -> tuple[str, ...]:
    """Which key a tool uses, and what to do where that is another one."""
    mask, source = found.mask, verdict.source
    if source is None:
        return (say.doctor(f"do_{verdict.do}", program=verdict.program),)
    where = f" ({mask(source.where)}{f':{source.line}' if source.line else ''})" if source.where else ""
    kept = {True: "wins_kept", False: "wins_other", None: "wins"}[verdict.kept]
    first = f"{source.name} {mask(source.shown)}{where} {say.doctor(kept)}"
    if verdict.do not in ("unset", "remove"):
        return (first,)
    fix = mask(removal(source, found.mask.windows))
    return first, say.doctor(f"do_{verdict.do}", fix=fix)
