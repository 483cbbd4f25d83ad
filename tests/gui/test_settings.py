"""The settings: what is chosen, help, versions and licenses, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup import about as parts
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.pages.about import AboutPage
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.wizard.navigator import ABOUT
from tests.gui import pictures, states
from tests.gui.conftest import Browser
from tests.gui.driver import Driver


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    messages.use("en")


def _controls(page: QWidget) -> list[str]:
    return [one.objectName() for one in page.findChildren(Button) if one.isVisible()]


def _shown(qtbot: QtBot, state: str = "about") -> tuple[Driver, AboutPage]:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    return made, cast(AboutPage, made.page(ABOUT))


def test_it_has_two_choices_and_four_rows(qtbot: QtBot) -> None:
    _, page = _shown(qtbot)
    assert page.title.text() == "Settings"
    assert _controls(page) == ["about.documentation", "about.report", "about.copy", "about.parts"]
    assert [page.language.itemText(0), page.appearance.itemText(0)] == ["Match system", "Match system"]
    assert page.verticalScrollBar().maximum() == 0
    words = " ".join(one.text() for one in page.findChildren(QLabel) if one.isVisible()).split()
    assert len(words) <= 60


def test_every_row_is_44_pixels_high_at_least(qtbot: QtBot) -> None:
    made, page = _shown(qtbot)
    rows = [made.widget(name) for name in _controls(page)]
    rows += [cast(QWidget, one.parentWidget()) for one in (page.language, page.appearance)]
    assert len(rows) == 6
    for one in rows:
        assert one.height() >= 44, one.objectName()
    for one in rows[:4]:
        assert one.width() == cast(QWidget, one.parentWidget()).width(), "pressed on the whole line"


def test_licenses_are_behind_their_row(qtbot: QtBot) -> None:
    made, page = _shown(qtbot)
    assert not page.parts.isVisible()
    made.press("about.parts")
    pictures.settle(made)
    assert page.parts.isVisible()
    told = [one.accessibleName() for one in page.parts.findChildren(QWidget)]
    assert say("about.part", name="httpx", version="0.28.1", license="BSD-3-Clause") in told
    made.press("about.parts")
    assert not page.parts.isVisible()


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """As when the project has pages; asked for before the window is made."""
    links = {name: f"https://project.example/{name}" for name in parts.LINKS}
    monkeypatch.setattr(parts, "LINKS", links)
    return links


def test_help_is_asked_for_here(links: dict[str, str], window: Driver, opened: Browser) -> None:
    window.go(ABOUT)
    window.press("about.updates")
    window.press("about.documentation")
    assert opened == [links["updates"], links["documentation"]]


def test_version_info_is_copied(window: Driver, qtbot: QtBot) -> None:
    window.go(ABOUT)
    qtbot.waitUntil(window.widget("about.copy").isEnabled, timeout=20_000)
    window.press("about.copy")
    assert QApplication.clipboard().text().startswith("Gemini Setup ")
    assert "PySide6_Essentials" in QApplication.clipboard().text()


def test_a_mac_has_help_in_its_menu_bar(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    made = states.window()  # with every page
    monkeypatch.undo()
    qtbot.addWidget(made)
    made.go(ABOUT)
    pictures.settle(made)
    page = cast(AboutPage, made.page(ABOUT))
    assert _controls(page) == ["about.copy", "about.parts"]
