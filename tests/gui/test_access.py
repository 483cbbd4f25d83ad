"""For every eye and hand: high contrast, nothing that moves, text twice as large, and all of it by the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QColor, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components.buttons import Button, LinkButton, TabButton, ToggleButton
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.theme import THEME
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT, CONFIRM, EXPLAIN, TRAP
from tests.gui import pictures, states
from tests.gui.driver import Driver

MAIN = (
    "choose", "key-help", "file-chosen", "file-none", "blocked-admin", "trap", "use-old", "use-tools", "explained",
    "home-several", "remove", "handing", "doctor-places", "about", "plan-key-details", "plan-account", "plan-refused",
    "mend-api", "made-at-google",
)  # fmt: skip


def high(ground: str, text: str, chosen: str, on_chosen: str, off: str) -> QPalette:
    """A high-contrast palette as Windows has them."""
    made, role = QPalette(), QPalette.ColorRole
    for name in (role.Window, role.Base, role.AlternateBase, role.Button, role.ToolTipBase):
        made.setColor(name, QColor(ground))
    for name in (role.WindowText, role.Text, role.ButtonText, role.BrightText, role.PlaceholderText):
        made.setColor(name, QColor(text))
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(off))
    made.setColor(role.Highlight, QColor(chosen))
    made.setColor(role.HighlightedText, QColor(on_chosen))
    return made


BLACK = high("#000000", "#ffffff", "#1aebff", "#000000", "#3ff23f")
WHITE = high("#ffffff", "#000000", "#37006e", "#ffffff", "#600000")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    platform = THEME._platform
    yield
    THEME.keep_still(True)
    THEME.ask_for_contrast(False, platform)
    pictures.prepare("light")


def bring(qtbot: QtBot, state: str) -> Driver:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    made.activateWindow()
    return made


def controls(window: Driver) -> list[QWidget]:
    """What the keyboard must come to: one of a group of radio buttons or tabs, and of a list its whole."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.isVisible()
        and widget.isEnabled()
        and not isinstance(widget.parent(), QComboBox)
        and not (isinstance(widget, QRadioButton | TabButton) and not widget.isChecked())
    ]


# ---------------------------------------------------------------- high contrast


@pytest.mark.parametrize("palette", [BLACK, WHITE], ids=["black", "white"])
def test_only_the_platforms_colours_with_all_their_contrast(palette: QPalette) -> None:
    THEME.ask_for_contrast(True, palette)
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    known = {
        palette.color(one).name()
        for one in (role.Window, role.WindowText, role.Highlight, role.HighlightedText)
    }
    known.add(palette.color(group.Disabled, role.WindowText).name())
    tokens = THEME.tokens
    assert set(tokens) <= known
    for fore, back, _ in theme.PAIRS:
        if (fore, back) != ("border", "ground"):
            assert theme.contrast(getattr(tokens, fore), getattr(tokens, back)) >= 4.5, (fore, back)


def test_a_palette_whose_own_accent_is_not_seen() -> None:
    THEME.ask_for_contrast(True, high("#efefef", "#000000", "#c0c0c0", "#ffffff", "#bebebe"))
    assert THEME.tokens.accent == "#000000"
    assert THEME.tokens.on_disabled == "#000000"


@pytest.mark.parametrize("kind", ["primary", "plain", "destroy", "ghost", "link", "row"])
def test_what_is_off_has_the_platform_s_gray(qtbot: QtBot, kind: str) -> None:
    """Which no control that is on has, and a broken frame at most."""
    THEME.ask_for_contrast(True, BLACK)
    button = Button("button", "Button", kind, "copy")
    qtbot.addWidget(button)
    THEME.dress(button)
    for on in (True, False):
        button.setEnabled(on)
        found = button.grab().toImage()
        inks = {found.pixelColor(x, y).name() for x in range(found.width()) for y in range(found.height())}
        assert ("#3ff23f" in inks) is not on, kind
        assert on or not inks & {"#ffffff", "#1aebff"}, kind


def test_it_comes_and_goes_while_the_window_is_open(still: Driver) -> None:
    """As the system tells it, before any appearance that was chosen here."""
    wishes: Any = THEME._wishes
    before = still.page(still.place).styleSheet()
    assert THEME.tokens is theme.LIGHT
    wishes.contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    assert THEME.tokens not in (theme.LIGHT, theme.DARK)
    assert still.page(still.place).styleSheet() != before
    wishes.contrastPreferenceChanged.emit(Qt.ContrastPreference.NoPreference)
    assert THEME.tokens is theme.LIGHT
    assert still.page(still.place).styleSheet() == before


def _colours(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }


@pytest.mark.parametrize("state", ["choose", "refused", "home-several", "use-old"])
def test_no_colour_of_ours_is_left_on_the_page(qtbot: QtBot, state: str) -> None:
    THEME.ask_for_contrast(True, BLACK)
    seen = _colours(pictures.picture(bring(qtbot, state)).toImage())
    ours = {*theme.LIGHT, *theme.DARK}
    assert not seen & (ours - {"#ffffff"})
    assert {"#000000", "#ffffff", "#1aebff"} <= seen


# ---------------------------------------------------------------- where the keyboard is


def _edge(window: Driver, widget: QWidget) -> QImage:
    """The upper edge of a control as it stands in the window; a link, which has no room for a ring, has a line below."""
    top = widget.height() - 8 if widget.property("kind") == "link" else 0
    corner = widget.mapTo(window, QPoint(0, top))
    return window.grab(QRect(corner, QSize(widget.width(), 8))).toImage()


def _stands_out(before: QImage, after: QImage) -> int:
    """In how many columns something has changed by as much as a ring must stand out."""
    return sum(
        any(
            theme.contrast(before.pixelColor(x, y).name(), after.pixelColor(x, y).name()) >= 3
            for y in range(before.height())
            if before.pixel(x, y) != after.pixel(x, y)
        )
        for x in range(before.width())
    )


@pytest.mark.parametrize("state", ["choose", "key-shown", "file-chosen", "refused", "home-several", "about"])
def test_the_focus_is_seen(qtbot: QtBot, state: str) -> None:
    window = bring(qtbot, state)
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    page = window.page(window.place)
    for look in ("light", "dark", "black", "white"):
        if look in ("light", "dark"):
            THEME.force(look)
        else:
            THEME.ask_for_contrast(True, BLACK if look == "black" else WHITE)
        pictures.settle(window)
        THEME.focus_visible = True
        for widget in controls(window):
            if page.isAncestorOf(widget):
                page.ensureWidgetVisible(widget)
            window.setFocus()
            before = _edge(window, widget)
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            assert _stands_out(before, _edge(window, widget)) >= widget.width() * 0.6, (
                look,
                widget.objectName(),
            )


@pytest.mark.parametrize("state", MAIN)
def test_tab_comes_to_everything_and_round_again(qtbot: QtBot, state: str) -> None:
    window = bring(qtbot, state)
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    wanted = controls(window)
    start = wanted[0]
    start.setFocus()
    seen: list[QWidget] = []
    for _ in range(len(wanted)):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert {one.objectName() for one in seen} == {one.objectName() for one in wanted}
    assert QApplication.focusWidget() is start, "round again"
    inside = window.page(window.place).widget()
    assert inside is not None
    tops = [one.mapTo(inside, one.rect().center()).y() for one in seen if inside.isAncestorOf(one)]
    jumps = sum(lower < upper - 40 for upper, lower in pairwise(tops))
    assert jumps <= 1, "down the page, and once back to its top"


def test_return_goes_on_and_escape_goes_back(window: Driver, qtbot: QtBot) -> None:
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)

    def press(key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or window, key)

    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)  # on a card
    assert window.place == Page.FILE
    press(Qt.Key.Key_Escape)
    assert window.place == Page.FILE, "Escape closes no page of the way"
    window.go_back()
    press(Qt.Key.Key_Up)
    press(Qt.Key.Key_Return)
    assert window.place == Page.KEY
    press(Qt.Key.Key_Return)  # in an empty field
    assert window.place == Page.KEY
    for place in (TRAP, EXPLAIN, ABOUT):
        if place == TRAP:
            window.open_trap(None, {})
        else:
            window.go(place)
        press(Qt.Key.Key_Escape)
        assert window.place == Page.KEY


def test_return_on_a_question_does_no_harm(qtbot: QtBot) -> None:
    window = bring(qtbot, "remove")
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    assert window.place == CONFIRM
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.place == Page.HOME, timeout=20_000)
    assert window.core.done == []  # type: ignore[attr-defined]


def test_a_key_that_is_given_by_return_is_checked_once(window: Driver, qtbot: QtBot) -> None:
    from tests.gui.made_up import key

    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    window.take_text(key())
    started: list[object] = []
    window.check.start = lambda *given, **more: started.append(given)  # type: ignore[method-assign]
    window.key_page.field.edit.setFocus()
    QTest.keyClick(window.key_page.field.edit, Qt.Key.Key_Return)
    assert len(started) == 1


# ---------------------------------------------------------------- nothing moves


def _runs(window: Driver) -> list[QTimer]:
    return [timer for timer in window.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()]


def test_nothing_moves_where_the_system_asks_for_that(qtbot: QtBot) -> None:
    THEME.keep_still(False)
    window = bring(qtbot, "checking")
    assert _runs(window), "the spinner turns"
    THEME.keep_still(True)
    assert not _runs(window)
    THEME.keep_still(False)
    assert _runs(window)


# ---------------------------------------------------------------- text at 200 %


@pytest.mark.parametrize("state", MAIN)
def test_twice_the_size_scrolls_down_only(qtbot: QtBot, state: str) -> None:
    pictures.prepare("light", pictures.POINTS * 2)
    window = bring(qtbot, state)
    page = window.page(window.place)
    assert window.width() == 880
    assert page.horizontalScrollBar().maximum() == 0
    for widget in controls(window):
        corner = widget.mapTo(window, widget.rect().topLeft())
        assert corner.x() >= 0, widget.objectName()
        assert corner.x() + widget.width() <= window.width(), widget.objectName()
        if isinstance(widget, QAbstractButton) and widget.property("kind"):
            assert widget.width() >= widget.sizeHint().width(), widget.objectName()
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    for _ in controls(window):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is not None and page.isAncestorOf(focused):
            top = focused.mapTo(page.viewport(), focused.rect().topLeft()).y()
            assert top >= 0, focused.objectName()
            assert top + min(focused.height(), 300) <= page.viewport().height(), focused.objectName()


@pytest.mark.parametrize("state", ["mend-api", "blocked", "refused", "limited"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_result_opens_with_its_title_and_the_keyboard_stands_at_what_shows(
    qtbot: QtBot, state: str, times: int
) -> None:
    pictures.prepare("light", pictures.POINTS * times)
    window = bring(qtbot, state)
    page = window.check_page
    page.show_main()
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    assert page.title.mapTo(page.viewport(), page.title.rect().topLeft()).y() >= 0
    focused = QApplication.focusWidget()
    assert focused is not None
    if focused is not page:
        assert page.is_on_first_screen(focused), "nobody presses what does not show"


# ---------------------------------------------------------------- what tools are told


def test_what_opens_is_expanded_and_what_says_so_has_no_state(still: Driver) -> None:
    found = {type(one) for one in still.findChildren(QAbstractButton) if one.isCheckable()}
    assert LinkButton in found
    assert all(issubclass(one, LinkButton | ToggleButton | TabButton | QRadioButton) for one in found)
    fold = still.key_page.help.button
    interface = QAccessible.queryAccessibleInterface(fold)
    assert interface.role() is QAccessible.Role.Button
    assert interface.state().expandable
    assert interface.state().collapsed
    fold.click()
    assert interface.state().expanded
    assert not interface.state().checked
    shows = QAccessible.queryAccessibleInterface(still.key_page.field.show_button)
    assert shows.role() is QAccessible.Role.Button
    assert not shows.state().checkable
    window = QAccessible.queryAccessibleInterface(still)
    assert window.role() is QAccessible.Role.Window
