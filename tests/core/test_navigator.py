"""Where Back leads from a page that lies beside the wizard's own order."""

from __future__ import annotations

import pytest

from gemini_setup.wizard.navigator import ABOUT, CONFIRM, EXPLAIN, FAULT, ROTATION, TRAP, Trail


def walked(*pages: str) -> Trail:
    trail = Trail(pages[0])
    for page in pages[1:]:
        trail = trail.to(page)
    return trail


def backwards(trail: Trail | None) -> list[str]:
    found = []
    while trail is not None:
        found.append(trail.here)
        trail = trail.back()
    return found


@pytest.mark.parametrize(
    "pages",
    [("key", EXPLAIN, TRAP), ("home", ROTATION, ABOUT), ("home", FAULT, ABOUT), ("home", CONFIRM, ABOUT),
     ("check", TRAP, EXPLAIN, ABOUT)],
)  # fmt: skip
def test_back_goes_through_every_page_that_was_opened(pages: tuple[str, ...]) -> None:
    assert backwards(walked(*pages)) == list(reversed(pages))


def test_a_page_that_lies_beneath_is_returned_to() -> None:
    trail = walked("key", EXPLAIN, TRAP, EXPLAIN)
    assert backwards(trail) == [EXPLAIN, "key"]
    assert backwards(walked("key", EXPLAIN, EXPLAIN)) == [EXPLAIN, "key"]
    assert backwards(walked("home", EXPLAIN, "home")) == ["home"]


def test_a_page_of_the_wizard_begins_a_new_trail() -> None:
    assert walked("key", EXPLAIN, TRAP, "check") == Trail("check")
    assert walked("key", EXPLAIN, TRAP).base == "key"
    assert Trail("home").base == "home"


def test_an_answered_question_is_not_returned_to() -> None:
    assert backwards(walked("home", ROTATION, CONFIRM).instead(FAULT)) == [FAULT, ROTATION, "home"]
