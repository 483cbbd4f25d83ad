"""What the rail shows of the way: only steps that are being taken or were taken, and where one is beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gemini_setup.gui.texts import say
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import (
    ABOUT,
    CONFIRM,
    FAULT,
    HANDING,
    HISTORY,
    MADE,
    PLAN,
    RENAME,
    ROTATION,
    TRAP,
)

if TYPE_CHECKING:
    from gemini_setup.wizard.flow import Draft
    from gemini_setup.wizard.navigator import Trail

OPEN, NOW, DONE = "open", "now", "done"
_STEPS: Final = (Page.CHOOSE, Page.KEY, Page.CHECK, Page.USE)
_TYPING: Final = (Page.KEY, Page.FILE)
#: Beside the way, and yet part of the step that opened them.
_WITHIN: Final = (TRAP, CONFIRM, FAULT, PLAN)
#: Pages about what is saved already.
_SAVED: Final = (Page.HOME, HANDING, ROTATION, CONFIRM, FAULT, PLAN, MADE, RENAME, HISTORY)


class Way(NamedTuple):
    """A state for each of the four steps, "" for one that is no part of it; `current`: "saved", "about" or ""."""

    states: tuple[str, ...]
    current: str


class WayTracker:
    """Knows whether the first step was taken: who replaces a key, or pastes one, begins at the second."""

    def __init__(self) -> None:
        self._base = ""
        self._chose: bool | None = None  # None: no way is being taken

    def follow(self, draft: Draft, trail: Trail, step: int | None) -> Way:
        """As it is now; `step` is what the page that is shown says of itself."""
        finished = trail.base == Page.USE and (draft.report is None or draft.report.usable)
        checking = draft.checking is not None and trail.base == Page.CHECK
        return self.look(trail.here, trail.base, step, checking=checking, finished=finished)

    def look(self, place: str, base: str, step: int | None, *, checking: bool, finished: bool) -> Way:
        """`place` is the page that is shown, `base` the one beneath all side pages, `step` what the page says of itself.

        `checking`: a saved key is asked about, and nothing is added; `finished`: the last step is done, too.
        """
        self._follow(base, aside=checking)
        current = "about" if place == ABOUT else ""
        if self._chose is None:
            return Way(("",) * len(_STEPS), current or ("saved" if place in _SAVED or checking else ""))
        here = _STEPS.index(Page.KEY if base == Page.FILE else Page(base))
        if place == TRAP and step is not None:
            here = step
        if place != base and place not in _WITHIN:  # beside the way, to which Back leads
            return Way(("",) * len(_STEPS), current)
        states = [DONE if number < here else OPEN for number in range(len(_STEPS))]
        states[here] = DONE if finished else NOW
        if not self._chose:
            states[0] = ""
        return Way(tuple(states), current)

    def _follow(self, base: str, *, aside: bool) -> None:
        if aside or base not in (*_STEPS, *_TYPING):
            self._chose = None
        elif base == Page.CHOOSE:
            self._chose = True
        elif self._chose is None or (self._base == Page.USE and base in _TYPING):
            self._chose = False
        self._base = base


def foot(plain_text: bool, custom_endpoint: bool, demonstration: bool) -> str:
    """Where credentials are saved and sent, as the rail's foot says it."""
    if demonstration:
        return say("rail.foot_demonstration")
    return say(f"rail.foot{'_plain' if plain_text else ''}{'_custom' if custom_endpoint else ''}")
