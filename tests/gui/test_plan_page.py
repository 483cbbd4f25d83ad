"""How the pages of doing it at Google look: light enough to be read before somebody agrees, in English and in German."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from gemini_setup.actions.fulfilment import Checking
from gemini_setup.gui import qt_language
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.wizard.navigator import PLAN
from tests.gui import pictures, states_google
from tests.gui.driver import Driver
from tests.gui.made_up import STORE, MadeUpCore, StillWork
from tests.gui.made_up_google import KEY

WORDS, BUTTONS = 60, 3
OPENED = ("plan-key-details",)  # what is looked at closer may be longer
PLANS = [name for name in states_google.WINDOWS if name.startswith("plan-") and name not in OPENED]
REPAIRS = ("mend-api", "mend-website")


@pytest.fixture(params=["en", "de"])
def code(request: pytest.FixtureRequest, qapp: QApplication) -> object:
    messages.use(request.param)
    qt_language.turn(qapp)
    yield request.param
    messages.use("en")
    qt_language.turn(qapp)


def _shown(qtbot: QtBot, state: str) -> Driver:
    made = states_google.WINDOWS[state]()
    qtbot.addWidget(made)
    pictures.settle(made)
    return made


@pytest.mark.parametrize("state", PLANS)
def test_it_is_read_at_one_glance(qtbot: QtBot, code: str, state: str) -> None:
    made = _shown(qtbot, state)
    assert made.place == PLAN
    page = made.page(PLAN)
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    words = [word for text in texts for word in text.split() if any(map(str.isalpha, word))]
    assert len(words) <= WORDS, (len(words), texts)
    buttons = [
        one.objectName() for one in page.findChildren(QAbstractButton)
        if one.isVisible() and one.property("kind") != "link"
    ]  # fmt: skip
    assert len(buttons) <= BUTTONS, buttons
    assert page.verticalScrollBar().maximum() == 0
    assert page.horizontalScrollBar().maximum() == 0
    primary = [
        one for one in made.findChildren(QAbstractButton)
        if one.isVisible() and one.property("kind") == "primary"
    ]  # fmt: skip
    assert len(primary) <= 1, [one.objectName() for one in primary]


@pytest.mark.parametrize("state", REPAIRS)
def test_a_repair_beside_the_ways_by_hand_needs_no_scrolling(qtbot: QtBot, code: str, state: str) -> None:
    made = _shown(qtbot, state)
    page = made.check_page
    assert page.ways.main_button.objectName() in ("check.way.mend", "check.way.renew")
    assert page.ways.main_button.property("kind") == "primary"
    assert page.ways.second.isVisible()
    assert page.verticalScrollBar().maximum() == 0


def test_the_details_have_gcloud_s_command_for_each_write_to_copy(qtbot: QtBot) -> None:
    made = _shown(qtbot, "plan-key-details")
    view = made.plan_page.view
    plan = made.controller.provision.plan
    assert plan is not None
    assert len(view.commands) == len(plan.writes)
    made.press("plan.command3.copy")
    assert QApplication.clipboard().text() == view.commands[2].text()
    assert KEY in view.commands[2].text()
    for write, block in zip(plan.writes, view.commands, strict=True):
        assert block.text().split()[:2] == list(write.command[:2])


def test_a_plan_stands_again_in_another_language(qtbot: QtBot) -> None:
    made = _shown(qtbot, "plan-working")
    before = made.plan_page.title.text()
    made.speak("de")
    try:
        for _ in range(40):
            QApplication.processEvents()
        qtbot.waitUntil(lambda: made.plan_page.title.text() != before, timeout=20_000)
        assert [row.state for row in made.plan_page.run.rows.values()][:2] == ["green", "running"]
    finally:
        made.speak("en")


def test_a_keyring_that_asks_while_it_works_is_said_until_it_is_answered(qtbot: QtBot) -> None:
    made = _shown(qtbot, "plan-working")
    core, page = cast(MadeUpCore, made.core), made.plan_page
    assert page.note.text() == ""
    core.asks = True
    qtbot.waitUntil(lambda: page.note.text() == say("window.keyring_asks", store=STORE), timeout=20_000)
    core.asks = False
    work = cast(StillWork, made.work)
    work.happened.emit(work.run, Checking())
    assert page.note.text() == ""
