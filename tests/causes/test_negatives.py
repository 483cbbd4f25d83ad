"""Texts that carry no Gemini cause get none."""

from __future__ import annotations

import pytest

from gemini_setup.actions import explanation
from gemini_setup.diagnosis.answers import Surface

from . import negatives


def test_texts_without_a_cause_are_unknown() -> None:
    assert len(negatives.TEXTS) == len(set(negatives.TEXTS)) >= 160
    alarms = negatives.alarms()
    assert len(alarms) / len(negatives.TEXTS) <= 0.02, alarms


@pytest.mark.parametrize(
    "text", ["TimeoutError: timed out", "ConnectionResetError: [Errno 104] Connection reset by peer"]
)
def test_the_same_text_is_told_where_it_is_known_that_gemini_was_asked(text: str) -> None:
    assert explanation.explain(text).cause.id == "unknown"
    assert explanation.explain(text, Surface.TRANSPORT).cause.id.startswith("connection-")
    assert explanation.explain(f"POST https://aiplatform.googleapis.com/v1/x\n{text}").cause.id.startswith(
        "connection-"
    )
