"""An editable list of locations with our own arrow and a stable name for its text field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import name


class Combo(QComboBox):
    """A combo box; `editable` lets the person type what is not on the list."""

    def __init__(
        self, identifier: str, accessible: str, items: Sequence[str], *, editable: bool = False
    ) -> None:
        super().__init__()
        name(self, identifier, accessible)
        self.setEditable(editable)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(12)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.addItems(list(items))
        edit = self.lineEdit()
        if edit is not None:
            name(edit, f"{identifier}.text", accessible)
            edit.setFrame(False)
            completer = self.completer()
            if completer is not None:
                completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = 18 * theme.scale()
        left = 8 if mirrored else self.width() - 8 - side
        box = QRectF(left, (self.height() - side) / 2, side, side)
        icons.draw(QPainter(self), "chevron-down", box, theme.colour("muted"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page; it does not change an answer by the way."""
        event.ignore()
