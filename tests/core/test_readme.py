"""What the README says is so: the messages it explains mean what it says, and its numbers are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gemini_setup.actions import explanation
from gemini_setup.diagnosis.causes import CAUSES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
#: The messages of “Seen one of these?”.
SEEN = re.findall(r"^\| `(4\d\d .*?)` \|", README.partition("## Seen one of these?")[2], re.M)
CAUSES_OF = {
    "401": "api-keys-not-supported",
    "400": "key-not-valid",
    "403": "api-disabled",
    "429": "quota-zero",
}


def test_four_messages_are_explained() -> None:
    assert [message[:3] for message in SEEN] == list(CAUSES_OF)


@pytest.mark.parametrize("message", SEEN)
def test_a_message_that_is_explained_there_is_explained_the_same_by_the_program(message: str) -> None:
    assert explanation.explain(message).cause.id == CAUSES_OF[message[:3]]


def test_the_number_of_causes_is_the_program_s() -> None:
    assert re.findall(r"(\d+) causes", README) == [str(len(CAUSES))]
