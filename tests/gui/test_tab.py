"""Tab comes to every control once, down the page and then to the foot, also where controls were made or opened later."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components.buttons import TabButton
from gemini_setup.gui.components.widgets import Fold
from tests.gui import pictures, states
from tests.gui.driver import Driver


def _controls(window: Driver) -> list[QWidget]:
    """What Tab is to come to: of the page from top to bottom, then the rest."""
    page = window.page(window.place)
    found = [
        one
        for one in page.findChildren(QWidget)
        if one.isVisible()
        and one.isEnabled()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (isinstance(one, TabButton) and not one.isChecked())  # arrows go from one to the other
    ]
    return sorted(found, key=lambda one: one.mapTo(page, QPoint(0, 0)).y() // 8)


@pytest.mark.parametrize("state", ["home-several", "use-old", "use-tools", "handing", "blocked-admin"])
def test_tab_comes_to_every_control_of_the_page_in_turn(qtbot: QtBot, state: str) -> None:
    window = states.bring(state)
    qtbot.addWidget(window)
    pictures.settle(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    page = window.page(window.place)
    for _ in range(2):  # what is in a fold is made when it is opened
        for fold in page.findChildren(Fold):
            if fold.isVisible():
                fold.set_open(True)
        pictures.settle(window)
    wanted = _controls(window)
    wanted[0].setFocus()
    seen: list[QWidget] = []
    for _ in range(len(wanted)):
        focused = QApplication.focusWidget()
        assert isinstance(focused, QWidget)
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    names = [one.objectName() for one in seen]
    assert sorted(names) == sorted(one.objectName() for one in wanted)
    ups = [
        (one.objectName(), next_one.objectName())
        for one, next_one in pairwise(seen)
        if next_one.mapTo(page, QPoint(0, 0)).y() < one.mapTo(page, QPoint(0, 0)).y() - 40
    ]
    assert ups == []
