"""`gemini-setup doctor`: this computer, in words that are safe to paste in public."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from gemini_setup.actions import check_and_keep
from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE, USAGE
from gemini_setup.doctor import system_info as surroundings
from gemini_setup.doctor.report import CLOCK, Computer, Examination, Verdict, examine, removal
from gemini_setup.i18n import cause_texts
from gemini_setup.security.process import harden


def run(arguments: Sequence[str]) -> int:
    harden()
    if set(arguments) - {"--json", "--offline"}:
        helped = any(word in ("-h", "--help") for word in arguments)
        page = cause_texts.text("help.pages", "doctor")
        mistake = cause_texts.text("help.frame", "not_understood")
        (sys.stdout if helped else sys.stderr).write(
            page if helped else f"gemini-setup doctor: {mistake}\n{page}"
        )
        return DONE if helped else USAGE
    computer = Computer.here()
    way = None if "--offline" in arguments else asyncio.run(surroundings.way(computer.environ))
    found = examine(computer, check_and_keep.listed(), way=way)
    print(json.dumps(found.as_json()) if "--json" in arguments else "\n".join(_lines(found)))
    return DONE


def _lines(found: Examination) -> list[str]:
    mask, text = found.mask, say.doctor
    lines = [text("kept"), *_kept(found), "", text("keyring"), f"  {_keyring(found)}"]
    if found.keyring.ignored:
        lines.append(f"  {text('ignored', name=found.keyring.ignored)}")
    lines += ["", text("network"), f"  {_way(found)}"]
    lines += [f"  {name}: {mask(value)}" for name, value in found.network.items()]
    lines += ["", text("places")]
    for one in found.found:
        where = f" ({mask(one.where)}{f':{one.line}' if one.line else ''})" if one.where else ""
        lines.append(f"  {text(f'place_{one.place}')}: {one.name} {mask(one.shown)}{where}")
    if not found.found:
        lines.append(f"  {text('no_places')}")
    lines += ["", text("tools")]
    if found.unused:
        lines.append(f"  {text('unused')}")
    if not found.verdicts:
        lines.append(f"  {text('no_tools')}")
    for verdict in found.verdicts:
        lines += [f"  {line}" for line in _verdict(verdict, found)]
    lines += ["", text("versions"), "  " + ", ".join(f"{n} {mask(v)}" for n, v in found.versions.items())]
    return lines


def _kept(found: Examination) -> list[str]:
    rows = []
    for profile in found.profiles:
        state = cause_texts.cause(profile.cause).title if profile.cause else ""
        service = profile.service.value if profile.service else ""
        parts = (profile.name, service, f"…{profile.hint}" if profile.hint else "", state)
        rows.append("  " + " · ".join(part for part in parts if part))
    return rows or [f"  {say.doctor('nothing_kept')}"]


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


def _verdict(verdict: Verdict, found: Examination) -> list[str]:
    mask, source = found.mask, verdict.source
    if source is None:
        return [f"{verdict.tool}: {say.doctor(f'do_{verdict.do}', program=verdict.program)}"]
    where = f" ({mask(source.where)}{f':{source.line}' if source.line else ''})" if source.where else ""
    kept = {True: "wins_kept", False: "wins_other", None: "wins"}[verdict.kept]
    lines = [
        f"{verdict.tool}: {source.name} {mask(source.shown)}{where} {say.doctor(kept)} "
        f"[{cause_texts.basis(verdict.basis)}]"
    ]
    if verdict.do in ("unset", "remove"):
        fix = mask(removal(source, found.mask.windows))
        lines.append(f"  {say.doctor(f'do_{verdict.do}', fix=fix)}")
    return lines
