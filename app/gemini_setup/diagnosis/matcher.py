"""Finds the cause whose signature fits an answer, by the table that is compiled from `resources/causes/`. Pure.

Loaded to diagnose only: the first frame and `get` need neither the table nor this.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from gemini_setup.diagnosis._catalogue import NAMES_ITSELF
from gemini_setup.diagnosis._table import CUT, TABLE
from gemini_setup.diagnosis.answers import Evidence
from gemini_setup.diagnosis.predicates import PREDICATES, google

#: The id of the cause that says that nothing fits.
NONE: Final = "unknown"
#: As `compile-causes` writes it: from, when, reasons, statuses, codes, oauth, contains, pattern, and the same of `not`.
_No = tuple[
    str, tuple[str, ...], tuple[str, ...], tuple[int, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...],
    str, None,
]  # fmt: skip
Match = tuple[
    str, tuple[str, ...], tuple[str, ...], tuple[int, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...],
    str, _No | None,
]  # fmt: skip
_ENOUGH: Final = 15  # characters of a sentence before the cut


class _Asked(dict[str, bool]):
    """Predicates of one answer, each asked once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def __missing__(self, name: str) -> bool:
        self[name] = found = PREDICATES[name](self.evidence)
        return found


def _fits(match: Match, e: Evidence, asked: _Asked) -> bool:
    """Whether all that a match names is so; what is quick to see comes first."""
    source, when, reasons, statuses, codes, oauth, contains, pattern, no = match
    return not (
        (source and not asked[source])
        or (reasons and not any(name in e.reasons for name in reasons))
        or (statuses and e.status not in statuses)
        or (codes and e.code not in codes)
        or (oauth and e.oauth not in oauth)
        or (contains and not any(text in e.words for text in contains))
        or not all(asked[name] for name in when)
        or (pattern and re.search(pattern, e.words) is None)
        or (no is not None and _fits_any(no, e, asked))
    )


def _fits_any(no: _No, e: Evidence, asked: _Asked) -> bool:
    """Whether any of what a match excludes is so."""
    _, when, reasons, statuses, codes, oauth, contains, pattern, _ = no
    return (
        any(asked[name] for name in when)
        or any(name in e.reasons for name in reasons)
        or e.status in statuses
        or e.code in codes
        or e.oauth in oauth
        or any(text in e.words for text in contains)
        or (pattern != "" and re.search(pattern, e.words) is not None)
    )


def matching(evidence: Evidence, only: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """Phases and ids of all causes that fit, or of those in `only`; the deciding one first."""
    asked = _Asked(evidence)
    for phase, name, matches in TABLE:
        if (only is None or name in only) and any(_fits(match, evidence, asked) for match in matches):
            yield phase, name


def told(evidence: Evidence) -> str:
    """The id of the cause that decides, or `NONE`. Of another product's text only what names itself is told."""
    only = NAMES_ITSELF if evidence.elsewhere and evidence.surface is None else None
    return next((name for _, name in matching(evidence, only)), NONE)


def begun(evidence: Evidence) -> str:
    """The cause of the one sentence that the text breaks off in, `NONE` where that could be more than one cause."""
    if not google(evidence) or evidence.html:
        return NONE
    end = re.sub(r"[\"`\u2018\u2019\u201c\u201d]", "'", evidence.words[-120:]).rstrip(" .…'\\")
    found = set()
    for sentence, cause in CUT:
        at = end.rfind(sentence[:_ENOUGH])
        if at >= 0 and sentence.startswith(end[at:]) and (at == 0 or not end[at - 1].isalnum()):
            found.add(cause)
    return found.pop() if len(found) == 1 else NONE
