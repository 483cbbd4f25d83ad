"""Where the window stands and how it came there, as a value. Knows neither Qt nor the pages' contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TRAP: Final = "trap"
EXPLAIN: Final = "explain"
ROTATION: Final = "rotation"
CONFIRM: Final = "confirm"
FAULT: Final = "fault"
DOCTOR: Final = "doctor"
ABOUT: Final = "about"
RENAME: Final = "rename"
HISTORY: Final = "history"
PLAN: Final = "plan"  # doing it at Google: what will be done, and how it goes
MADE: Final = "made"  # what was made at Google
#: The tools that a saved credential can be connected to. No side page: it begins a trail, and Back leads to the list.
HANDING: Final = "handing"
#: Side pages: they are laid on top of the page that opened them, and Back returns to it. All others begin a new trail.
SIDE_PAGES: Final = frozenset(
    (TRAP, EXPLAIN, ROTATION, CONFIRM, FAULT, DOCTOR, ABOUT, RENAME, HISTORY, PLAN, MADE)
)


@dataclass(frozen=True, slots=True)
class Trail:
    """`here` is the page that is shown; `behind` are the pages that Back returns to, the nearest last."""

    here: str
    behind: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The page beneath all side pages: where the person stands in the wizard."""
        return self.behind[0] if self.behind else self.here

    def to(self, page: str) -> Trail:
        """Open a page. A side page that lies beneath is returned to, not opened a second time."""
        if page == self.here:
            return self
        if page in self.behind:
            return Trail(page, self.behind[: self.behind.index(page)])
        return Trail(page, (*self.behind, self.here)) if page in SIDE_PAGES else Trail(page)

    def instead(self, page: str) -> Trail:
        """Open a page in place of this one: Back does not return to what has been answered, such as a question."""
        return Trail(page, self.behind)

    def back(self) -> Trail | None:
        """None where no page lies beneath: there the wizard's order decides."""
        return Trail(self.behind[-1], self.behind[:-1]) if self.behind else None
