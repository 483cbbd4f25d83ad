"""The monkey (tests/endurance/monkey.py) in the suite: a short run, each time the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from PySide6.QtWidgets import QApplication

from gemini_setup.gui import qt_language
from gemini_setup.gui.style.theme import THEME
from tests.endurance.machine import machine
from tests.gui import pictures
from tests.loopback import Google


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[None]:
    yield
    qt_language.turn(qapp)
    qt_language.translate_qt(qapp)
    pictures.prepare("light")
    THEME.force("light")


@pytest.mark.timeout(300)  # 20 s of work, but on a busy computer
@pytest.mark.usefixtures("dressed")
def test_whatever_a_monkey_does_nothing_breaks(google: Google) -> None:
    run_state_machine_as_test(
        machine(google, "memory"),
        settings=settings(
            max_examples=14,
            stateful_step_count=40,
            derandomize=True,
            phases=(Phase.generate,),  # what was done stands in the failure; to shrink it would take minutes
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
