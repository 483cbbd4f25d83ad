"""The field for a secret: nothing in undo, nothing on the accessibility bus, hidden again whenever it is left."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components.secret_field import SecretEdit, SecretField
from tests.gui.made_up import key


@pytest.fixture
def field(qtbot: QtBot) -> SecretField:
    made = SecretField("key.field", "API &key")
    qtbot.addWidget(made)
    made.show()
    return made


def test_undo_brings_nothing_back(field: SecretField) -> None:
    field.edit.setText(key())
    field.edit.clear()
    assert not field.edit.isUndoAvailable()
    QTest.keyClicks(field.edit, "abc")
    for _ in range(3):
        QTest.keyClick(field.edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.edit.text() == "abc"


def test_stays_a_password_field_when_shown(field: SecretField) -> None:
    field.edit.setText(key())
    field.show_button.setChecked(True)
    assert field.edit.echoMode() is QLineEdit.EchoMode.Password
    interface = QAccessible.queryAccessibleInterface(field.edit)
    if interface is not None:  # what a tool reads of the field itself is masked
        assert key() not in interface.text(QAccessible.Text.Value)
    for widget in field.findChildren(QWidget):
        assert key() not in str(widget.accessibleName())


def test_hidden_again_when_left(field: SecretField) -> None:
    field.show_button.setChecked(True)
    field.hide()
    assert not field.show_button.isChecked()


def test_a_double_click_on_paste_does_not_show_the_key(field: SecretField, qtbot: QtBot) -> None:
    """Show comes up where Paste was, under the pointer."""
    field.pasted.connect(field.set_text)  # as the page does
    QApplication.clipboard().setText(key())
    QTest.mouseClick(field.paste_button, Qt.MouseButton.LeftButton)
    assert field.show_button.isVisible()
    QTest.mouseClick(field.show_button, Qt.MouseButton.LeftButton)
    QTest.keyClick(field.show_button, Qt.Key.Key_Space)
    assert not field.show_button.isChecked()
    qtbot.waitUntil(lambda: not field.show_button.rests, timeout=20_000)
    QTest.mouseClick(field.show_button, Qt.MouseButton.LeftButton)
    assert field.show_button.isChecked()


def test_copy_and_cut_do_nothing(field: SecretField) -> None:
    QApplication.clipboard().setText("before")
    field.edit.setText(key())
    field.edit.selectAll()
    field.edit.copy()
    field.edit.cut()
    assert QApplication.clipboard().text() == "before"
    assert not field.edit.dragEnabled()


def test_a_paste_and_a_drop_arrive_whole(field: SecretField, qtbot: QtBot) -> None:
    text = f'export GEMINI_API_KEY="{key()}"\n'
    QApplication.clipboard().setText(text)
    with qtbot.waitSignal(field.pasted, timeout=20_000) as caught:
        QTest.keyClick(field.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert caught.args == [text]
    data = QMimeData()
    data.setText(text)
    drop = QDropEvent(
        QPointF(QPoint(5, 5)),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(field.pasted, timeout=20_000) as caught:
        field.edit.dropEvent(drop)
    assert caught.args == [text]


def test_accessibility_is_silent_while_the_text_changes(
    field: SecretField, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt's own events are only sent while accessibility is active; ours carry bullets."""
    active: list[bool] = [True]
    told: list[object] = []
    seen: list[bool] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: active[-1])
    monkeypatch.setattr(QAccessible, "setActive", active.append)
    monkeypatch.setattr(QAccessible, "updateAccessibility", told.append)
    field.edit.textChanged.connect(lambda _: seen.append(active[-1]))
    field.edit.setText("abc")
    QTest.keyClicks(field.edit, "d")
    field.edit.insert("e")
    assert seen == [False, False, False]
    assert active[-1] is True
    inserted = [event.textInserted() for event in told if hasattr(event, "textInserted")]
    assert inserted == ["•" * 3, "•" * 4, "•" * 5]
    removed = [event.textRemoved() for event in told if hasattr(event, "textRemoved")]
    assert removed == ["•" * 3, "•" * 4]


def test_what_follows_from_a_change_is_heard(field: SecretField, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own words, the main button and the keyboard's next place come when accessibility is on again."""
    active: list[bool] = [True]
    seen: list[tuple[str, bool]] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: active[-1])
    monkeypatch.setattr(QAccessible, "setActive", active.append)
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda _: None)
    field.changed.connect(lambda _: seen.append(("changed", active[-1])))
    field.pasted.connect(lambda _: seen.append(("pasted", active[-1])))
    field.entered.connect(lambda: seen.append(("entered", active[-1])))
    QApplication.clipboard().setText("abc")
    QTest.keyClick(field.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field.edit, "d")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert seen == [("pasted", True), ("changed", True), ("entered", True)]
    active.clear()
    active.append(True)
    QTest.keyClick(field.edit, Qt.Key.Key_Tab)
    assert active == [True], "where the keyboard goes is told by Qt itself"


def test_our_own_menu(field: SecretField) -> None:
    assert SecretEdit.contextMenuEvent is not QLineEdit.contextMenuEvent
