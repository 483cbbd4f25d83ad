"""What is measured: once, for the table and for the tests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gemini_setup.diagnosis.answers import Surface

from . import rewriting
from .records import Record, recorded

#: A page becomes another thing inside a string, and a fault of the way has no body that could be rendered so.
_BODILESS = frozenset({Surface.TRANSPORT, Surface.GOOGLE_AUTH})


@dataclass(frozen=True, slots=True)
class Score:
    name: str
    asked: int
    wrong: tuple[tuple[str, str, str], ...]  # record, cause, what was told
    other_outcome: int
    silent: int = 0  # of the wrong ones, those that were told as unknown

    @property
    def right(self) -> float:
        return 1 - len(self.wrong) / self.asked if self.asked else 1.0

    @property
    def outcome(self) -> float:
        return 1 - self.other_outcome / self.asked if self.asked else 1.0


def score(name: str, asked: list[tuple[Record, str]]) -> Score:
    wrong: list[tuple[str, str, str]] = []
    other = silent = 0
    for record, text in asked:
        found = record.diagnosed(text)
        if not record.right(found):
            wrong.append((record.id, record.cause, found.id))
            silent += found.id == "unknown"
        other += not record.same_outcome(found)
    return Score(name, len(asked), tuple(wrong), other, silent)


def halves(records: list[Record]) -> tuple[Score, Score, Score]:
    first, second = (
        score(f"half {half}", [(r, r.text) for r in records if r.half == half]) for half in (0, 1)
    )
    return first, second, score("all", [(r, r.text) for r in records])


def rewritten(records: list[Record]) -> list[Score]:
    """One score per form. A page stays a page: it is only rewritten, put into prose and cut."""
    scores = []
    for name, form in rewriting.FORMS.items():
        asked = []
        for record in records:
            page = "<html" in record.body[:300].lower() or "<!doctype" in record.body[:300].lower()
            bodiless = page or record.surface in _BODILESS
            if bodiless and name not in ("replaced", "prose", "cut at 60 %"):
                continue
            asked.append((record, form(rewriting.replaced(record.text, record.id))))
        scores.append(score(name, asked))
    return scores


def by_cause(records: list[Record]) -> dict[str, tuple[int, int]]:
    """Cause: how many of its records were told right, of how many."""
    asked = Counter(record.cause for record in records)
    right = Counter(record.cause for record in records if record.right(record.diagnosed()))
    return {cause: (right[cause], count) for cause, count in sorted(asked.items())}


__all__ = ["Score", "by_cause", "halves", "recorded", "rewritten", "score"]
