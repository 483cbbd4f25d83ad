"""How the command line says things: a row for each step, a diagnosis, a fault, a question. Plain text only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TextIO

from gemini_setup.cli.terminal import Screen, Turning, same_place, width
from gemini_setup.i18n import cause_texts
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Fault, Outcome

if TYPE_CHECKING:
    from gemini_setup.vault.faults import VaultFault

_GOOD: Final = ("✓", "green")
_BAD: Final = ("✗", "red")
_MARKS: Final = {
    Outcome.ACCEPTED: ("!", "yellow"),
    Outcome.BLOCKED: ("!", "yellow"),
    Outcome.REFUSED: _BAD,
    Outcome.UNANSWERED: ("?", "dim"),
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


def tell(sentence: str, first: str = "") -> None:
    """A sentence on stderr."""
    Screen(sys.stderr).write(sentence, " " * len(first), first)


def gap(stream: TextIO) -> None:
    """An empty line between what stdout and stderr say, where a person sees both in one place."""
    if same_place():
        stream.write("\n")
        stream.flush()


def ask(question: str) -> None:
    """On stderr, with the cursor behind it."""
    sys.stderr.write("\n".join(Screen(sys.stderr).lines(question)) + " ")
    sys.stderr.flush()


def agreed(question: str, *, yes: bool) -> bool:
    """Ask where somebody is there to answer; a script says --yes. Raises NobodyAsked."""
    must_be_asked(yes=yes)
    if yes:
        return True
    ask(question)
    return sys.stdin.readline().strip().lower() in ("y", "yes", *cli("yes").split())


def doctor(key: str, **facts: str) -> str:
    return cause_texts.text("cli.doctor", key, facts)


def listed(key: str) -> str:
    """The heading of a column."""
    return cause_texts.text("cli.list", key)


def status(key: str) -> str:
    return cause_texts.text("cli.status", key)


def busy(key: str) -> str:
    """What is under way."""
    return cause_texts.text("cli.busy", key)


def fault_sentence(fault: Fault, store: str, reason: str = "") -> str:
    """What the keyring did not do and what to do about it; `reason` says more exactly why, where it is known."""
    table = cause_texts.table(f"faults.{fault.value}")
    said = {**table, **table.get(reason, {})}
    facts = {"store": store or cli("the_keyring")}
    return f"{cause_texts.fill(said['sentence'], facts)} {cause_texts.fill(said['fix'], facts)}"


def told(error: VaultFault) -> str:
    return fault_sentence(error.fault, error.store, error.reason)


class Steps:
    """A row for each step on stderr, as it ends; on a terminal the steps that run are shown below them.

    `said` are the titles that stand in a row: a cause is said once.
    """

    def __init__(self, out: TextIO | None = None, context: str = cause_texts.Context.ADDING) -> None:
        self.said: set[str] = set()
        self._context = context
        self._screen = Screen(out or sys.stderr)
        self._turning = Turning(self._screen)
        self._running: list[str] = []
        self._column = 0

    def show(self, event: Event) -> None:
        if isinstance(event, Planned):
            self._column = max(width(_title(step)) for step in (*event.steps, Step.KEEP))
        elif isinstance(event, Started):
            self._running.append(event.step.value)
        elif isinstance(event, Finding):
            if event.step.value in self._running:
                self._running.remove(event.step.value)
            self._turning.beside(*self._row(event))
        elif isinstance(event, Report):
            self._running.clear()
        self._turning.say(", ".join(_title(step) for step in self._running))

    def end(self) -> None:
        self._turning.end()

    def _row(self, finding: Finding) -> list[str]:
        sign, color = _mark(finding)
        title = _title(finding.step)
        room = " " * max(self._column - width(title), 0)
        first = f"{self._screen.paint(self._screen.fit(sign), color)} {title}"
        if finding.good:
            return [f"{first}{room}  {self._screen.paint(f'{finding.ms} ms', 'dim')}"]
        said = self._why(finding)
        if said in self.said:
            return [first]
        self.said.add(said)
        return self._screen.lines(said, " " * (self._column + 4), f"{first}{room}  ")

    def _why(self, finding: Finding) -> str:
        if finding.fault is not None:
            return cause_texts.text(f"faults.{finding.fault.value}", "title")
        identifier = finding.cause.id if finding.cause else "unknown"
        return cause_texts.cause(identifier, cause_texts.friendly(finding.facts), self._context).title


def _title(step: str) -> str:
    return cause_texts.text("cli.steps", step)


def _mark(finding: Finding) -> tuple[str, str]:
    if finding.good:
        return _GOOD
    return _BAD if finding.fault is not None or finding.outcome is None else _MARKS[finding.outcome]


def diagnosis(
    screen: Screen,
    said: cause_texts.CauseWords,
    links: tuple[tuple[str, str], ...],
    page: cause_texts.TrapWords | None = None,
    ways: Sequence[tuple[str, str, str]] = (),
    *,
    again: str = "",
    untitled: bool = False,
) -> str:
    """A cause for people: title, what, why, numbered fixes, links. With the trap `page`, its two ways instead.

    `untitled`: the title stands right above already. `again`: the command that is to be run after the second way.
    """
    lines = [] if untitled else [*_painted(screen, said.title, "bold"), ""]
    lines += screen.lines(said.what)
    for part in filter(None, (said.why, said.asked)):
        lines += _painted(screen, part, "dim")
    lines += ["", screen.paint(cli("fixes"), "bold")]
    if page is not None:
        for number, (what, _, url) in enumerate(ways, 1):
            text = page.keep if what == "keep" else cli("way_new")
            key = "way_other" if what == "keep" and page.keep_title else f"way_{number}"
            lines += screen.lines(cli(key, text=text), "     ", f"  {number}. ")
            lines += [f"     {more}" for more in (url, again if what == "keep" else "") if more]
    else:
        for number, fix in enumerate(said.fixes, 1):
            lines += screen.lines(fix, "     ", f"  {number}. ")
    for note in filter(None, (page.aside if page is not None else "", said.note)):
        lines += ["", *screen.lines(note)]
    if page is None and links:
        lines += ["", screen.paint(cli("links"), "bold")]
        for label, url in links:
            together = f"  {label}: {url}"
            fits = not screen.columns or width(together) < screen.columns
            lines += [together] if fits else [f"  {label}:", f"  {url}"]
    return "\n".join(lines)


def trap(screen: Screen, page: cause_texts.TrapWords) -> str:
    """The trap page."""
    lines = _painted(screen, page.title, "bold")
    for part in filter(None, (page.sentence, page.aside)):
        lines += ["", *screen.lines(part)]
    lines.append("")
    for number, (needs, studio, console) in enumerate(page.rows):
        state = page.state if number == page.missing else cli("row_unknown") if page.asked else ""
        lines += screen.lines(needs, "      ", f"  [{state}] " if state else "  ")
        lines += screen.lines(f"AI Studio: {studio}", "        ", "      ")
        lines += screen.lines(f"Cloud Console: {console}", "        ", "      ")
    return "\n".join([*lines, "", *screen.lines(page.myths)])


def _painted(screen: Screen, text: str, color: str) -> list[str]:
    return [screen.paint(line, color) for line in screen.lines(text)]
