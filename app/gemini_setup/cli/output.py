"""How the command line words things: live lines for each step, a diagnosis, a fault. Plain text only."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from gemini_setup.i18n import cause_texts
from gemini_setup.model.events import Event, Finding, Report, Started
from gemini_setup.model.outcomes import Fault, Outcome

if TYPE_CHECKING:
    from gemini_setup.vault.faults import VaultFault

_MARKS = {
    Outcome.ACCEPTED: ("~", "33"),
    Outcome.BLOCKED: ("!", "33"),
    Outcome.REFUSED: ("x", "31"),
    Outcome.UNANSWERED: ("?", "90"),
}


def cli(key: str, **facts: str) -> str:
    return cause_texts.text("cli", key, facts)


class NobodyAsked(Exception):
    """What writes or destroys wants a yes, and there is neither a terminal nor --yes: a sentence for exit code 2."""

    def __str__(self) -> str:
        return cli("need_yes")


def must_be_asked(*, yes: bool) -> None:
    """Raises NobodyAsked where no question could be answered: before anything is done, and before Google is asked."""
    if not yes and (sys.stdin is None or not sys.stdin.isatty()):
        raise NobodyAsked


def agreed(question: str, *, yes: bool) -> bool:
    """Ask where somebody is there to answer; a script says --yes. Raises NobodyAsked."""
    must_be_asked(yes=yes)
    if yes:
        return True
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", *cli("yes").split())


def doctor(key: str, **facts: str) -> str:
    return cause_texts.text("cli.doctor", key, facts)


def fault_sentence(fault: Fault, store: str, reason: str = "") -> str:
    """What the keyring did not do and what to do about it; `reason` says more exactly why, where it is known."""
    table = cause_texts.table(f"faults.{fault.value}")
    said = {**table, **table.get(reason, {})}
    facts = {"store": store or cli("the_keyring")}
    return f"{cause_texts.fill(said['sentence'], facts)} {cause_texts.fill(said['fix'], facts)}"


def told(error: VaultFault) -> str:
    return fault_sentence(error.fault, error.store, error.reason)


def fitting(line: str, columns: int) -> str:
    """As much of it as a line of the terminal has room for: one that wraps is not overwritten by its end."""
    room = columns
    for place, sign in enumerate(line):
        room -= 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if room < 0:
            return line[: max(place - 1, 0)] + "…"
    return line


class Steps:
    """A live line for each step, on stderr: the step that runs is shown on a terminal, and overwritten by its end."""

    def __init__(self, out: TextIO | None = None, context: str = cause_texts.Context.ADDING) -> None:
        self._context = context
        self._out = out or sys.stderr
        self._live = self._out.isatty() and os.environ.get("TERM") != "dumb"
        self._running: list[str] = []

    def show(self, event: Event) -> None:
        if isinstance(event, Started):
            self._running.append(event.step.value)
        elif isinstance(event, Finding):
            if event.step.value in self._running:
                self._running.remove(event.step.value)
            self._clear()
            self._out.write(self._line(event) + "\n")
        elif isinstance(event, Report):
            self._clear()
            self._running.clear()
        if self._live and self._running:
            titles = ", ".join(cause_texts.text("cli.steps", step) for step in self._running)
            self._out.write("\r\x1b[K" + fitting(f"  … {titles}", self._columns() - 1))
        self._out.flush()

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._out.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\x1b[K")

    def _line(self, finding: Finding) -> str:
        if finding.good:
            mark, colour = "+", "32"
        elif finding.fault is not None or finding.outcome is None:
            mark, colour = "x", "31"
        else:
            mark, colour = _MARKS[finding.outcome]
        if self._live:
            mark = f"\x1b[{colour}m{mark}\x1b[0m"
        title = cause_texts.text("cli.steps", finding.step.value)
        if finding.good:
            said = ""
        elif finding.fault is not None:
            said = ": " + cause_texts.text(f"faults.{finding.fault.value}", "title")
        else:
            said = (
                ": "
                + cause_texts.cause(
                    finding.cause.id if finding.cause else "unknown",
                    cause_texts.friendly(finding.facts),
                    self._context,
                ).title
            )
        return f"  {mark} {title}{said}  ({finding.ms} ms)"


def diagnosis(
    said: cause_texts.CauseWords,
    links: tuple[tuple[str, str], ...],
    page: cause_texts.TrapWords | None = None,
    ways: Sequence[tuple[str, str, str]] = (),
) -> str:
    """A cause for people: title, what, why, numbered fixes, pages. With the trap `page`, its two ways instead."""
    lines = [said.title, "", *filter(None, (said.what, said.why, said.asked)), "", f"{cli('fixes')}:"]
    if page is not None:
        for number, (what, label, url) in enumerate(ways, 1):
            text = page.keep if what == "keep" else cli("way_new")
            lines.append(f"  {number}. {cli(f'way_{number}', text=text)}")
            if url:
                lines.append(f"     {label}: {url}")
        lines += ["", page.aside] if page.aside else []
        return "\n".join([*lines, *(["", said.note] if said.note else [])])
    lines += [f"  {number}. {fix}" for number, fix in enumerate(said.fixes, 1)]
    if said.note:
        lines += ["", said.note]
    if links:
        lines += ["", f"{cli('pages')}:", *(f"  {label}: {url}" for label, url in links)]
    return "\n".join(lines)


def trap(page: cause_texts.TrapWords) -> str:
    """The trap page for a terminal."""
    lines = [page.title, "", page.sentence]
    if page.aside:
        lines += ["", page.aside]
    lines.append("")
    for number, (needs, studio, console) in enumerate(page.rows):
        state = page.state if number == page.missing else cli("row_unknown") if page.asked else ""
        mark = f"[{state}] " if state else ""
        lines.append(f"  {mark}{needs}\n      AI Studio: {studio}\n      Cloud Console: {console}")
    lines += ["", page.myths]
    return "\n".join(lines)
