"""A field for a secret: its clear text never goes to the accessibility bus, into undo, into a drag or into rich text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleTextInsertEvent,
    QAccessibleTextRemoveEvent,
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QVBoxLayout, QWidget

from gemini_setup.gui import theme
from gemini_setup.gui.buttons import Button
from gemini_setup.gui.text import Label, name
from gemini_setup.gui.wording import say

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


class SecretEdit(QLineEdit):
    """A password field. `pasted` gives what arrived as a whole, untouched, for the core to recognise."""

    pasted = Signal(str)

    def __init__(self, identifier: str, accessible: str) -> None:
        super().__init__()
        name(self, identifier, accessible)
        self._guarding = False
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setDragEnabled(False)
        self.setMaxLength(1 << 20)

    # ---- Qt tells assistive tools the clear text of a password field; here it is made to say nothing

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Silence Qt's own accessibility events, then tell the change as one of bullets of the same length."""
        if self._guarding or not QAccessible.isActive():
            yield
            return
        self._guarding = True
        before = super().text()
        QAccessible.setActive(False)
        try:
            yield
        finally:
            QAccessible.setActive(True)
            self._guarding = False
            after = super().text()
            if after != before:
                self._tell(len(before), len(after))

    def _tell(self, before: int, after: int) -> None:
        if before:
            QAccessible.updateAccessibility(QAccessibleTextRemoveEvent(self, 0, "\u2022" * before))
        if after:
            QAccessible.updateAccessibility(QAccessibleTextInsertEvent(self, 0, "\u2022" * after))

    def event(self, event: QEvent) -> bool:
        if event.type() in _TOUCHING:
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
        if text:
            self.pasted.emit(text)

    # ---- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sequence = QKeySequence.StandardKey
        if event.matches(sequence.Paste):
            self.paste()
            return
        if event.matches(sequence.Undo) or event.matches(sequence.Redo):
            return
        super().keyPressEvent(event)

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
    """The field with its label, Show beside it and the shown secret beneath; hidden again whenever it is left."""

    changed = Signal(str)
    pasted = Signal(str)
    entered = Signal()

    def __init__(self, identifier: str, label: str) -> None:
        super().__init__()
        self.label = Label(label, theme.STRONG)
        self.edit = SecretEdit(identifier, label.replace("&", ""))
        self.label.setBuddy(self.edit)
        self.show_button = Button(f"{identifier}.show", say("key.show"), "plain", "eye")
        self.show_button.setAccessibleName(say("key.show_name"))
        self.show_button.setCheckable(True)
        self.show_button.setMinimumWidth(self._width_of_both())
        self._shown = _Shown()
        self._shown.hide()
        row = QHBoxLayout()
        row.setSpacing(2 * theme.GAP)
        row.addWidget(self.edit, 1)
        row.addWidget(self.show_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * theme.GAP)
        column.addWidget(self.label)
        column.addLayout(row)
        column.addWidget(self._shown)
        self.edit.textChanged.connect(self._changed)
        self.edit.pasted.connect(self.pasted)
        self.edit.returnPressed.connect(self.entered)
        self.show_button.toggled.connect(self._toggled)
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

    def _changed(self, text: str) -> None:
        self._reveal()
        self.changed.emit(text)

    def _toggled(self, shown: bool) -> None:
        self.show_button.setText(say("key.hide" if shown else "key.show"))
        self.show_button.setAccessibleName(say("key.hide_name" if shown else "key.show_name"))
        self._reveal()

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
