"""What moves: the sign of a result, once, in its own pixels; and nothing where the person asked for nothing to move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components.widgets import Glyph
from gemini_setup.gui.style import motion
from gemini_setup.gui.style.theme import THEME
from gemini_setup.model.events import Planned, Started, Step
from tests.gui import made_up, pictures, states
from tests.gui.driver import Driver


@pytest.fixture
def moving(still: Driver) -> Iterator[Driver]:
    THEME.still = False
    yield still
    THEME.still = True


class Painted(QObject):
    """Who is painted while it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: list[QWidget] = []
        self.moves = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.widgets.append(watched)
        self.moves += event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.FocusIn)
        return False


def _landings(window: Driver) -> list[motion.Landing]:
    discs = [
        row._disc for step in window.check_page.steps.names() if (row := window.check_page.steps.row(step))
    ]
    found = [disc._landing for disc in discs]
    return [*found, *(glyph._landing for glyph in window.findChildren(Glyph) if glyph._landing is not None)]


def _moves(window: Driver) -> bool:
    return any(landing.moving for landing in _landings(window))


def _asks(window: Driver) -> None:
    window.take_text(made_up.key())
    window.check_again()
    states._work(window).tell([Planned(made_up.STUDIO_STEPS), Started(Step.SHAPE)])
    pictures.settle(window)


def test_a_step_that_ends_lands_once_and_only_its_disc_is_painted(
    moving: Driver, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "LASTS", 2000)  # longer than a busy computer takes to lay the page out
    _asks(moving)
    focus = QApplication.focusWidget()
    states._work(moving).tell([made_up.finding(Step.SHAPE)])
    assert _moves(moving)
    pictures.settle(moving)
    row = moving.check_page.steps.row(Step.SHAPE.value)
    assert row is not None
    watch = Painted()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(watch)
    try:
        qtbot.waitUntil(lambda: not _moves(moving), timeout=20_000)
        qtbot.wait(3 * 16)
    finally:
        app.removeEventFilter(watch)
    assert row._disc in watch.widgets
    assert sum(one is row._disc for one in watch.widgets) <= motion.LASTS / 16 + 2
    # Qt paints what lies beneath it with it, in the same few pixels; nothing beside it, and nothing is laid out anew.
    assert all(one.isAncestorOf(row._disc) or one is row._disc for one in watch.widgets)
    assert watch.moves == 0
    assert QApplication.focusWidget() is focus


def test_a_diagnosis_is_there_at_once_and_can_be_pressed_while_its_sign_lands(moving: Driver) -> None:
    _asks(moving)
    result = made_up.report("key-not-valid", facts={"hint": "a1b2"})
    states._work(moving).tell(made_up.events_of(result))
    assert _moves(moving)
    card = moving.check_page.card
    assert card.isVisible()
    assert card.buttons[0].isEnabled()
    assert card.buttons[0].hasFocus() or not moving.isActiveWindow()


def test_nothing_moves_where_nothing_is_to_move(still: Driver) -> None:
    _asks(still)
    states._work(still).tell(made_up.events_of(made_up.report("key-not-valid", facts={"hint": "a1b2"})))
    assert not _moves(still)


def test_a_result_that_stands_already_does_not_land_again(moving: Driver, qtbot: QtBot) -> None:
    _asks(moving)
    states._work(moving).tell(made_up.events_of(made_up.report("key-not-valid", facts={"hint": "a1b2"})))
    qtbot.waitUntil(lambda: not _moves(moving), timeout=20_000)
    moving.open_about()
    moving.go_back()
    pictures.settle(moving)
    assert not _moves(moving)
