"""A plan for Google: shown in words and as gcloud's commands, agreed to or not, and followed while it is carried out."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

from gemini_setup.actions import fulfilment
from gemini_setup.actions.fulfilment import Checking, Ended, NotYet
from gemini_setup.cli import output as say
from gemini_setup.cli.terminal import WHILE, Screen, Turning
from gemini_setup.i18n import cause_texts
from gemini_setup.model.events import Finding, Planned, Report, Started
from gemini_setup.provision.plan import Plan, Write
from gemini_setup.provision.progress import Began, Waits, Wrote


def word(key: str, **facts: str) -> str:
    return cause_texts.text("provision.cli", key, facts)


def of_write(write: Write, key: str) -> str:
    """`key` is "what", "why", or "undo"."""
    return cause_texts.text(f"provision.acts.{write.act.value}", key, write.facts())


def show(plan: Plan, screen: Screen) -> None:
    """Every write with its reason, its undo, and gcloud's own command."""
    screen.write(word("heading"))
    screen.write(cause_texts.text("provision.flows", plan.flow.value, _facts(plan)), "  ", "  ")
    for number, write in enumerate(plan.now, 1):
        _show(write, screen, f"  {number}. ")
    if later := [write for write in plan.writes if write.later]:
        screen.write(word("later"))
        for write in later:
            _show(write, screen, "  - ")
    if plan.makes is not None:
        screen.write(word("replaces" if plan.replaces else "saves", profile=plan.profile))
    if plan.unsure:
        screen.write(word("unsure"))
    screen.write(word("only_ours"))


def _facts(plan: Plan) -> Mapping[str, str]:
    name = f"{plan.project.name} ({plan.project.id})" if plan.project.name else plan.project.id
    return {"project": name, "profile": plan.profile}


def _show(write: Write, screen: Screen, first: str) -> None:
    indent = " " * len(first)
    screen.write(f"{of_write(write, 'what')}.", indent, first)
    for line in (of_write(write, "why"), word("undo", undo=of_write(write, "undo"))):
        for shown in screen.lines(line, indent, indent):
            screen.stream.write(screen.paint(shown, "dim") + "\n")
    # Whole, so that it can be copied; none of these words is a secret.
    screen.stream.write(f"{indent}{screen.paint(shlex.join(write.command), 'dim')}\n")
    screen.stream.flush()


def show_only(plan: Plan, *, as_json: bool) -> None:
    """For --plan."""
    if as_json:
        print(json.dumps(plan.as_json()))
    else:
        show(plan, Screen(sys.stdout))


def agreed(plan: Plan, *, yes: bool) -> bool:
    """Raises say.NobodyAsked where nobody can be asked."""
    say.must_be_asked(yes=yes)
    show(plan, Screen(sys.stderr))
    return say.agreed(word("question"), yes=yes)


def follow(events: AsyncGenerator[fulfilment.WorkEvent, None], *, quiet: bool) -> Ended:
    """Carry it out to its end, with a row for each write and each step of the check on stderr."""
    screen = Screen(sys.stderr)
    turning, steps = Turning(screen, WHILE), say.Steps()

    async def run() -> Ended:
        ended: Ended | None = None
        async for event in events:
            if isinstance(event, Ended):
                ended = event
            elif not quiet:
                _tell(event, screen, turning, steps)
        assert ended is not None, "every run ends with an end"
        return ended

    try:
        return asyncio.run(run())
    finally:
        turning.end()
        steps.end()


def _tell(event: fulfilment.WorkEvent, screen: Screen, turning: Turning, steps: say.Steps) -> None:
    match event:
        case Began():
            turning.say(f"{event.number}/{event.count} {of_write(event.write, 'what')}")
        case Waits():
            what = cause_texts.text("provision.waits", event.what)
            turning.say(word("waiting", what=what, left=cause_texts.duration(round(event.left))))
        case Wrote():
            mark = screen.paint(screen.fit("✓"), "green")
            turning.beside(*screen.lines(of_write(event.write, "what"), "  ", f"{mark} "))
            turning.say("")
        case Checking():
            turning.say(word("checking"))
        case NotYet():
            said = cause_texts.text("provision.waits", "new")
            left = word(
                "next_check",
                wait=cause_texts.duration(round(event.again)),
                left=cause_texts.duration(round(event.left)),
            )
            turning.say(f"{said}. {left}")
        case Planned() | Started() | Finding() | Report():
            turning.say("")
            steps.show(event)


def what_exists(ended: Ended) -> str:
    """What there is at Google by now, in one line; "" for nothing."""
    names = []
    for made in ended.made:
        with suppress(KeyError):
            kind = cause_texts.text("provision.kinds", made.kind.value)
            names.append(f"{kind} {made.name}")
    return ", ".join(names)
