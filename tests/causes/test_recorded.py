"""The recorded answers are told, and told as well when they are somebody else's or printed by another library."""

from __future__ import annotations

import pytest

from gemini_setup.diagnosis.causes import CAUSES, TRAP

from . import measure, rewriting
from .records import ABSENT, recorded

RECORDS = recorded()
pytestmark = pytest.mark.skipif(not RECORDS, reason=ABSENT)

#: Wrong here is worst: they open the trap page, or send a person to make a new key for nothing.
ALWAYS = TRAP | {"service-account-key-revoked", "role-missing", "clock-wrong", "tls-intercepted"}
_ALL = [measure.Score("none", 0, (), 0)] if not RECORDS else list(measure.halves(RECORDS))
_FORMS = measure.rewritten(RECORDS)


@pytest.mark.parametrize("score", _ALL, ids=lambda score: score.name)
def test_both_halves_are_told(score: measure.Score) -> None:
    assert score.right >= 0.98, score.wrong
    assert score.outcome >= 0.99, score.wrong


def test_the_causes_that_must_not_be_wrong_are_not() -> None:
    asked = [record for record in RECORDS if record.cause in ALWAYS]
    assert {record.cause for record in asked} >= {"api-disabled", "role-missing", "clock-wrong"}
    assert [record.id for record in asked if not record.right(record.diagnosed())] == []
    # Nor is another answer taken for one of them.
    taken = [r.id for r in RECORDS if r.diagnosed().id in ALWAYS and not r.right(r.diagnosed())]
    assert taken == []


@pytest.mark.parametrize("score", [s for s in _FORMS if "cut" not in s.name], ids=lambda score: score.name)
def test_another_s_ids_and_another_library_s_print_lose_nothing(score: measure.Score) -> None:
    assert score.right >= _ALL[-1].right - 0.02, score.wrong


def test_a_cut_answer_is_told_unknown_or_in_less_detail_but_not_as_something_else() -> None:
    """Cut before its telling part, an answer carries no cause: `unknown` is then right. What may not happen is a
    claim with another outcome: "your key is fine" of a refused one. Less detail (out of quota, and not which quota;
    the connection failed, and not why) is no such claim.
    """
    score = next(s for s in _FORMS if "cut" in s.name)
    claimed = [
        (name, cause, told)
        for name, cause, told in score.wrong
        if told != "unknown" and CAUSES[told].outcome is not CAUSES[cause].outcome
    ]
    assert len(claimed) / score.asked <= 0.02, claimed
    assert not [told for _, _, told in score.wrong if told in ALWAYS]


def test_what_is_rewritten_is_rewritten() -> None:
    changed = [r for r in RECORDS if rewriting.replaced(r.text, r.id) != r.text]
    assert len(changed) > len(RECORDS) / 4
