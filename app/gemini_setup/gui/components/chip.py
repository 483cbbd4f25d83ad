"""A rounded word that says an outcome, and the line of facts beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gemini_setup.gui.components.buttons import Flow
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import Label, name


class Chip(Label):
    """The glyph of a state and a word, on the state's soft color."""

    def __init__(self) -> None:
        super().__init__("", theme.SMALL_STRONG)
        self._tone = "grey"
        self._glyph = round(16 * theme.scale())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, text: str, tone: str) -> None:
        self._tone = tone
        self.setText(text)
        self.setProperty("tone", tone)
        self.setAccessibleName(text)
        self.style().unpolish(self)
        self.style().polish(self)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(self._glyph + 6 + 2 * 10, 2 * theme.GAP)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(f"{self._tone}_soft"))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = self._glyph
        left = box.right() - 10 - side if mirrored else 10
        place = QRectF(left, (box.height() - side) / 2, side, side)
        icons.draw_solid(painter, place, self._tone, icons.STATE_GLYPH[self._tone])
        painter.setPen(theme.colour(self._tone))
        painter.setFont(self.font())
        text = box.adjusted(10, 0, -10 - side - 6, 0) if mirrored else box.adjusted(10 + side + 6, 0, -10, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.text())


class OutcomeLine(QWidget):
    """The chip, and facts in one muted line. Takes no room while there is nothing to say."""

    def __init__(self, identifier: str) -> None:
        super().__init__()
        name(self, identifier)
        self.chip = Chip()
        self._facts = Label("", theme.SMALL, "muted")
        flow = Flow(10, self)
        flow.setContentsMargins(0, 0, 0, 10)
        flow.addWidget(self.chip)
        flow.addWidget(self._facts)
        self.hide()

    def show_outcome(self, text: str, tone: str, facts: Sequence[str] = ()) -> None:
        """`text` "" takes the line away."""
        self.setVisible(bool(text))
        if text:
            self.chip.show_state(text, tone)
            said = " · ".join(filter(None, facts))
            self._facts.setText(said)
            self._facts.setVisible(bool(said))
            self._facts.setFixedHeight(self.chip.sizeHint().height())
            self.setAccessibleName(". ".join(filter(None, (text, *facts))))
