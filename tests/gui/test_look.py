"""What every page in every state must have: names, identifiers, contrast, no clipped text, one main button."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.gui import qt_language
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from tests.gui import pictures, states
from tests.gui.driver import Driver
from tests.gui.made_up import FACTS, report

ALL = [*states.STATES, *states.WINDOWS]


class _Flashes(QObject):
    """A widget that is shown before it has a parent flashes up as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


@pytest.fixture
def shown(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Driver:
    flashes = _Flashes()
    qapp.installEventFilter(flashes)
    try:
        made = states.bring(request.param)
    finally:
        qapp.removeEventFilter(flashes)
    assert flashes.seen == [], "building shows no other window"
    qtbot.addWidget(made)
    pictures.settle(made)
    return made


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_contrast_of_every_pair(scheme: theme.Tokens) -> None:
    for fore, back, least in theme.PAIRS:
        found = theme.contrast(getattr(scheme, fore), getattr(scheme, back))
        assert found >= least, f"{fore} on {back}: {found:.2f}"


def _controls(window: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)
    return [
        widget for widget in window.findChildren(QWidget) if isinstance(widget, kinds) and widget.isVisible()
    ]


@pytest.mark.parametrize("shown", ALL, indirect=True)
def test_every_state(shown: Driver) -> None:
    """One window a state for all three: bringing it up is what takes the time."""
    _every_control_has_a_name_and_an_identifier(shown)
    _one_main_button(shown)
    no_text_is_clipped(shown)


def _every_control_has_a_name_and_an_identifier(shown: Driver) -> None:
    controls = [widget for widget in _controls(shown) if not widget.objectName().startswith("qt_")]
    assert controls
    for widget in controls:
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        assert (widget.accessibleName() or text).strip(), widget
        assert widget.objectName(), widget
        assert widget.accessibleIdentifier() == widget.objectName()
    names = [widget.objectName() for widget in controls]
    assert len(names) == len(set(names)), "identifiers are used once"


def _one_main_button(shown: Driver) -> None:
    main = [w for w in _controls(shown) if w.property("kind") == "primary"]
    assert len(main) <= 1, [w.objectName() for w in main]


def no_text_is_clipped(shown: Driver) -> None:
    for label in shown.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        assert label.textFormat() is Qt.TextFormat.PlainText
        if isinstance(label, Paragraph):
            assert label.height() >= label.heightForWidth(label.width()), label.text()
        else:
            width = QFontMetrics(label.font()).horizontalAdvance(label.text().replace("&", ""))
            assert label.width() >= width - 1, label.text()
    for button in shown.findChildren(QAbstractButton):
        if button.isVisible() and button.property("kind"):
            assert button.width() >= button.sizeHint().width(), button.text()
            assert button.height() >= button.sizeHint().height(), button.text()
    page = shown.page(shown.place)
    inside = page.widget()
    assert inside is not None
    assert page.horizontalScrollBar().maximum() == 0
    for widget in inside.findChildren(QWidget):
        if widget.isVisible():
            left = widget.mapTo(inside, widget.rect().topLeft()).x()
            assert left + widget.width() <= inside.width(), widget


def test_the_card_of_every_cause_has_room_for_its_longest_facts(still: Driver) -> None:
    for vertex in (False, True):
        for name in (cause for cause in CAUSES if cause != "works" and states.of_a_file(cause) is vertex):
            states.card_of(still, name)
            pictures.settle(still)
            assert still.check_page.card.isVisible(), name
            _one_main_button(still)
            no_text_is_clipped(still)


@pytest.mark.parametrize(
    "shown", ["refused", "blocked", "missing", "unanswered", "trap", "unknown"], indirect=True
)
def test_the_main_button_is_on_the_screen(shown: Driver) -> None:
    (main,) = [w for w in _controls(shown) if w.property("kind") == "primary"]
    page = shown.page(shown.place)
    seen = page.viewport() if page.isAncestorOf(main) else shown.footer
    corner = main.mapTo(seen, main.rect().topLeft())
    assert seen.rect().contains(QRect(corner, main.size()))
    assert main.hasFocus() or not shown.isActiveWindow()


@pytest.mark.parametrize("code", ["en", "de"])
def test_a_blocked_key_is_one_page_without_scrolling(qtbot: QtBot, qapp: QApplication, code: str) -> None:
    """At 880 x 600, with both ways side by side and all that a key needs."""
    messages.use(code)
    qt_language.turn(qapp)
    try:
        for cause in (
            name for name in messages.whole("trap")["causes"] if name not in ("before", "otherwise")
        ):
            made = states.window()
            qtbot.addWidget(made)
            states.ends(made, report(cause, trap=True, facts={**FACTS, "address": "203.0.113.7"}))
            pictures.settle(made)
            assert made.check_page.ways.isVisible(), cause
            assert made.check_page.verticalScrollBar().maximum() == 0, cause
            made.close()
    finally:
        messages.use("en")
        qt_language.turn(qapp)


def test_every_icon_can_be_drawn(qtbot: QtBot) -> None:
    for name in icons.GLYPHS:
        for side in (16, 20, 48):
            image = icons.icon(name).pixmap(side, side).toImage()
            drawn = [image.pixelColor(x, y).alpha() for x in range(side) for y in range(side)]
            assert max(drawn) > 120, name
    assert not icons.app_icon().isNull()


def test_a_change_of_the_scheme_repaints(still: Driver, qtbot: QtBot) -> None:
    states.STATES["refused"](still)
    pictures.settle(still)
    light = pictures.picture(still).toImage()
    theme.THEME.force("dark")
    pictures.settle(still)
    dark = pictures.picture(still).toImage()
    assert theme.THEME.dark
    for x, y in ((5, 5), (250, 5), (600, 590), (330, 330)):
        assert light.pixelColor(x, y).lightness() > 150 > dark.pixelColor(x, y).lightness()
    theme.THEME.force("light")
    pictures.settle(still)
    assert pictures.picture(still).toImage() == light


def test_focus_rings_come_with_the_keyboard_only(still: Driver, qtbot: QtBot) -> None:
    still.activateWindow()
    seen = [theme.THEME.focus_visible]
    QTest.keyClick(still.windowHandle(), Qt.Key.Key_Tab)
    seen.append(theme.THEME.focus_visible)
    QTest.mouseClick(still.windowHandle(), Qt.MouseButton.LeftButton)
    seen.append(theme.THEME.focus_visible)
    assert seen == [False, True, False]


def test_first_page_says_what_it_must(still: Driver) -> None:
    text = " ".join(label.text() for label in still.page("choose").findChildren(QLabel))
    assert "Not made or endorsed by Google." in text
    assert "Vertex AI" in text
    assert "Gemini Enterprise Agent Platform" in text
    assert say("choose.explain") in [button.text() for button in still.findChildren(QAbstractButton)]
