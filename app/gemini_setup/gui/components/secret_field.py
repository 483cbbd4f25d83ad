"""A field for a secret: its clear text never goes to the accessibility bus, into undo, into a drag or into rich text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleTextCursorEvent,
    QAccessibleTextInsertEvent,
    QAccessibleTextRemoveEvent,
    QAccessibleTextSelectionEvent,
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QVBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, ToggleButton
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, announce, name
from gemini_setup.gui.texts import say

_TOUCHING = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.InputMethod,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
        QEvent.Type.DragEnter,
        QEvent.Type.DragMove,
        QEvent.Type.Drop,
    }
)


class _Keys(QObject):
    """Takes the keys of the field that has the keyboard straight to it.

    On Linux Qt hands each key, with its character, to the accessibility registry before a program gets it, and anyone who
    has asked the registry for keys would hear a secret being typed. A screen reader's own commands (with Insert or Caps
    Lock held, or on the keypad) go there as ever; its other keys it hears again as soon as the field is left.
    """

    def __init__(self) -> None:
        super().__init__()
        self._commanding = False

    def begin(self) -> None:
        """Before Qt's own filter: the one that was installed last is asked first."""
        self._commanding = False
        if (app := QCoreApplication.instance()) is not None:
            app.installEventFilter(self)

    def end(self) -> None:
        if (app := QCoreApplication.instance()) is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event.type() == QEvent.Type.KeyPress
        if not (pressed or event.type() == QEvent.Type.KeyRelease) or not isinstance(event, QKeyEvent):
            return False
        if not event.spontaneous() or not QAccessible.isActive():
            return False  # Qt passes on what comes from the system only
        if event.key() in (Qt.Key.Key_Insert, Qt.Key.Key_CapsLock):
            self._commanding = pressed
            return False
        keypad = bool(event.modifiers() & Qt.KeyboardModifier.KeypadModifier) and not event.text()
        if self._commanding or keypad:
            return False
        QApplication.sendEvent(watched, _copied(event))
        return True


def _copied(event: QKeyEvent) -> QKeyEvent:
    return QKeyEvent(
        event.type(),
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )


def _moves_on(event: QEvent) -> bool:
    """Tab: where the keyboard goes is to be heard."""
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)


class SecretEdit(QLineEdit):
    """A password field. What happens in it is told when Qt's own telling of it is over:

    `altered` gives the new text, `pasted` what arrived as a whole, untouched, for the core to recognise.
    Text that an assistive tool sets itself (`EditableText`) Qt tells in clear: there the tool has sent it over the bus.
    """

    altered = Signal(str)
    pasted = Signal(str)
    entered = Signal()

    def __init__(self, identifier: str, accessible: str) -> None:
        super().__init__()
        name(self, identifier, accessible)
        self._guarding = False
        self._arrived = ""
        self._enters = False
        self._keys = _Keys()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setDragEnabled(False)
        self.setMaxLength(1 << 20)
        self.returnPressed.connect(self._returned)
        self.textChanged.connect(self._changed_by_others)

    # ---- Qt tells assistive tools the clear text of a password field; here it is made to say nothing

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Silence Qt's own accessibility events, then tell the change as one of bullets of the same length.

        What follows from the change comes after that, so that all of it is heard.
        """
        if self._guarding:
            yield
            return
        heard = QAccessible.isActive()
        before, state = super().text(), self._state()
        self._guarding = True
        if heard:
            QAccessible.setActive(False)
        try:
            yield
        finally:
            if heard:
                QAccessible.setActive(True)
            self._guarding = False
            after = super().text()
            if heard:
                if after != before:
                    self._tell(len(before), len(after))
                if self._state() != state:
                    self._tell_cursor()
        self._follow(after if after != before else None)

    def _follow(self, text: str | None) -> None:
        arrived, self._arrived = self._arrived, ""
        enters, self._enters = self._enters, False
        if text is not None:
            self.altered.emit(text)
        if arrived:
            self.pasted.emit(arrived)
        if enters:
            self.entered.emit()

    def _returned(self) -> None:
        self._enters = True
        if not self._guarding:
            self._follow(None)

    def _changed_by_others(self, text: str) -> None:
        """By an assistive tool."""
        if not self._guarding:
            self._follow(text)

    def _state(self) -> tuple[int, int, int]:
        return self.cursorPosition(), self.selectionStart(), self.selectionLength()

    def _tell(self, before: int, after: int) -> None:
        if before:
            QAccessible.updateAccessibility(QAccessibleTextRemoveEvent(self, 0, "\u2022" * before))
        if after:
            QAccessible.updateAccessibility(QAccessibleTextInsertEvent(self, 0, "\u2022" * after))

    def _tell_cursor(self) -> None:
        cursor, start, length = self._state()
        if length:
            QAccessible.updateAccessibility(QAccessibleTextSelectionEvent(self, start, start + length))
        else:
            QAccessible.updateAccessibility(QAccessibleTextCursorEvent(self, cursor))

    def event(self, event: QEvent) -> bool:
        if event.type() in _TOUCHING and not _moves_on(event):
            with self._unheard():
                return super().event(event)
        return super().event(event)

    def setText(self, text: str | None) -> None:
        with self._unheard():
            super().setText(text)

    def insert(self, text: str) -> None:
        with self._unheard():
            super().insert(text)

    def clear(self) -> None:
        """Empty it so that undo cannot bring anything back (`QLineEdit.clear` can be undone)."""
        self.setText("")

    def paste(self) -> None:
        self._take(QApplication.clipboard().text())

    def _take(self, text: str) -> None:
        """Something arrived as a whole: it replaces what is there, and the core says what it is."""
        if not text:
            return
        self._arrived = text
        if not self._guarding:
            self._follow(None)

    # ---- events

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keys.begin()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keys.end()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sequence = QKeySequence.StandardKey
        if event.matches(sequence.Paste):
            self.paste()
            return
        if event.matches(sequence.Undo) or event.matches(sequence.Redo):
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()  # what it does has been told; the window would go on a second time

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or not event.mimeData().hasText():
            event.ignore()  # the window takes files
        else:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._take(event.mimeData().text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Our own menu: the stock one pastes past the guard, and offers what a secret must not do."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        paste = QAction(say("key.paste"), menu)
        paste.setEnabled(bool(QApplication.clipboard().text()))
        paste.triggered.connect(self.paste)
        empty = QAction(say("key.clear"), menu)
        empty.setEnabled(bool(self.text()))
        empty.triggered.connect(self.clear)
        menu.addActions([paste, empty])
        menu.popup(event.globalPos())


class _Shown(QWidget):
    """The secret painted in full, over as many lines as it takes. Painted only: no tool can read it as text."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        name(self, "key.shown", say("key.shown_name"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_text(self, text: str) -> None:
        self._text = text
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def _per_line(self, width: float) -> int:
        return max(4, int((width - 24) / QFontMetricsF(theme.code_font()).horizontalAdvance("0")))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = -(-len(self._text[:4000]) // self._per_line(width)) if self._text else 0
        return round(lines * QFontMetricsF(theme.code_font()).lineSpacing() * 1.2) + 16

    def sizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(max(320, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("line"))
        painter.setBrush(theme.colour("code"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS
        )
        font = theme.code_font()
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        step = QFontMetricsF(font).lineSpacing() * 1.2
        count = self._per_line(self.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        shown = self._text[:4000]
        for row, start in enumerate(range(0, len(shown), count)):
            painter.drawText(
                QRectF(12, 8 + row * step, self.width() - 24, step), flags, shown[start : start + count]
            )


class SecretField(QWidget):
    """The field with its label, Paste or Show beside it, and the shown secret beneath, hidden when it is left."""

    changed = Signal(str)
    pasted = Signal(str)
    entered = Signal()

    def __init__(self, identifier: str, label: str) -> None:
        super().__init__()
        self.label = Label(label, theme.STRONG)
        self.edit = SecretEdit(identifier, label.replace("&", ""))
        self.label.setBuddy(self.edit)
        self.show_button = ToggleButton(f"{identifier}.show", say("key.show"), "plain", "eye")
        self.show_button.setAccessibleName(say("key.show_name"))
        self.show_button.setMinimumWidth(self._width_of_both())
        self._shown = _Shown()
        self._shown.hide()
        row = QHBoxLayout()
        row.setSpacing(2 * theme.GAP)
        self.paste_button = Button(f"{identifier}.paste", say("key.paste"))
        self.paste_button.setAccessibleName(say("key.paste_name"))
        self.show_button.hide()
        row.addWidget(self.edit, 1)
        row.addWidget(self.paste_button)
        row.addWidget(self.show_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * theme.GAP)
        column.addWidget(self.label)
        column.addLayout(row)
        column.addWidget(self._shown)
        self.edit.altered.connect(self._changed)
        self.edit.pasted.connect(self.pasted)
        self.edit.entered.connect(self.entered)
        self.show_button.toggled.connect(self._toggled)
        self.paste_button.clicked.connect(self._paste)
        self.setFocusProxy(self.edit)

    def _width_of_both(self) -> int:
        widths = []
        for key in ("key.hide", "key.show"):
            self.show_button.setText(say(key))
            widths.append(self.show_button.sizeHint().width())
        return max(widths)

    def text(self) -> str:
        return self.edit.text()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def conceal(self) -> None:
        self.show_button.setChecked(False)

    def _paste(self, _checked: bool = False) -> None:
        self.edit.setFocus()
        self.edit.paste()
        self.show_button.rest(QApplication.doubleClickInterval())  # a second click must not show the key

    def _fit(self) -> None:
        """Paste while there is nothing to show, and Show once there is."""
        filled = bool(self.edit.text())
        self.show_button.setVisible(filled)
        self.paste_button.setVisible(not filled)
        if not filled:
            self.conceal()

    def _changed(self, text: str) -> None:
        self._fit()
        self._reveal()
        self.changed.emit(text)

    def _toggled(self, shown: bool) -> None:
        self.show_button.setText(say("key.hide" if shown else "key.show"))
        self.show_button.setAccessibleName(say("key.hide_name" if shown else "key.show_name"))
        self._reveal()
        if shown:
            announce(self.edit, self._shown.accessibleName())

    def _reveal(self) -> None:
        self._shown.show_text(self.edit.text() if self.show_button.isChecked() else "")

    def hideEvent(self, event: QHideEvent) -> None:
        self.conceal()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window watches through this: a secret on the screen is hidden when another program comes forward."""
        if event.type() == QEvent.Type.WindowDeactivate:
            self.conceal()
        return False
