"""Error texts as people posted them, whole or cut, in their programs' own print: told, or left as unknown."""

from __future__ import annotations

import re

import pytest

from gemini_setup.diagnosis.answers import Surface, from_text
from gemini_setup.diagnosis.causes import CAUSES, diagnose
from gemini_setup.security import redaction

from . import measure, rewriting
from .records import COLLECTED, Record, collected
from .test_recorded import ALWAYS

POSTED = collected()
PASTED = [record for record in POSTED if record.surface is None]


def _score(records: list[Record]) -> measure.Score:
    return measure.score("collected", [(record, record.text) for record in records])


@pytest.mark.parametrize("records", [POSTED, PASTED], ids=["all", "pasted alone"])
def test_what_people_posted_is_told(records: list[Record]) -> None:
    score = _score(records)
    assert score.right >= 0.98, score.wrong
    assert score.outcome >= 0.99, score.wrong


def test_none_of_them_is_taken_for_a_cause_that_must_not_be_wrong() -> None:
    found = [(record, record.diagnosed()) for record in POSTED]
    assert [r.id for r, cause in found if cause.id in ALWAYS and not r.right(cause)] == []


@pytest.mark.parametrize("surface", [Surface.GEMINI_NATIVE, Surface.VERTEX_NATIVE])
def test_to_know_where_it_came_from_makes_nothing_wrong(surface: Surface) -> None:
    """Where a text tells its cause by itself, the program that saw it arrive tells the same."""
    told = [r for r in PASTED if r.cause != "unknown"]
    wrong = [(r.id, diagnose(from_text(r.text, surface, r.status)).id) for r in told]
    wrong = [
        (name, told_as)
        for (name, told_as), r in zip(wrong, told, strict=True)
        if not r.right(CAUSES[told_as])
    ]
    assert len(wrong) <= 0.02 * len(told), wrong


def test_cut_texts_are_told_unknown_or_in_less_detail_but_not_as_something_else() -> None:
    cut = rewriting.FORMS["cut at 60 %"]
    asked = [record for record in POSTED if record.cause != "unknown"]
    wrong = [(r, found) for r in asked if not r.right(found := r.diagnosed(cut(r.text)))]
    claimed = [
        (r.id, r.cause, found.id)
        for r, found in wrong
        if found.id != "unknown" and found.outcome is not CAUSES[r.cause].outcome
    ]
    assert len(claimed) / len(asked) <= 0.02, claimed
    assert not [found.id for _, found in wrong if found.id in ALWAYS]


def test_they_are_many_short_and_name_only_known_causes() -> None:
    assert len(POSTED) >= 400
    assert len({record.id for record in POSTED}) == len(POSTED)
    assert len({record.cause for record in POSTED}) >= 55
    assert len([record for record in POSTED if record.cause == "unknown"]) >= 50
    assert max(len(record.text) for record in POSTED) <= 3_000
    assert {cause for record in POSTED for cause in (record.cause, *record.accept)} <= set(CAUSES)


def test_they_hold_nobody_s_secret() -> None:
    assert [record.id for record in POSTED if redaction.redact(record.text) != record.text] == []
    text = "".join(file.read_text("utf-8") for file in COLLECTED)
    assert re.search(r"AIza[\w-]{4}|\bAQ\.[\w-]{4}|ya29|eyJ|-----BEGIN|GOCSPX", text) is None
