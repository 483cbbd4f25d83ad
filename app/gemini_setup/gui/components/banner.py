"""A notice that holds for the whole page, on a soft ground."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui.components.buttons import cross
from gemini_setup.gui.components.widgets import SIGNS, Card, Glyph, sides
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import Paragraph, name


class Banner(Card):
    """A notice that holds for the whole page, on a soft ground, with room for a control at its end."""

    closed = Signal()  # by its cross, if it has one

    def __init__(self, identifier: str, tone: str, icon: str) -> None:
        super().__init__(f"{tone}_soft", tone if tone in icons.STATE_GLYPH else "line")
        name(self, identifier)
        self._text = Paragraph("", theme.SMALL, "text", leading=1.34)
        self._layout = QHBoxLayout(self)
        sides(self._layout, 16, 8, 12, 8)
        self._layout.setSpacing(10)
        self._glyph = Glyph(icon, 18, tone, "solid" if icon in SIGNS else "")
        self._layout.addWidget(self._glyph)
        self._layout.addWidget(self._text, 1, Qt.AlignmentFlag.AlignVCenter)

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)

    def set_sign(self, tone: str, icon: str) -> None:
        """Another state's colour and glyph."""
        self.set_tone(f"{tone}_soft", tone)
        self._glyph.show_icon(icon, tone, "solid")

    def add(self, widget: QWidget) -> None:
        self._layout.addWidget(widget)

    def add_close(self) -> None:
        """A cross at its end, for what a person may have done with."""
        close = cross(f"{self.objectName()}.close")
        close.clicked.connect(self.closed)
        self.add(close)
