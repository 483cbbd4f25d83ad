"""A passing word at the foot of the page. It lies above the page and moves nothing; what was done can be undone there."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.announcements import Word
from gemini_setup.gui.components.buttons import Button, cross
from gemini_setup.gui.components.widgets import Glyph, sides
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph, announce, name
from gemini_setup.gui.texts import say

_PASSING: Final = 8000  # milliseconds, at least
_READING: Final = 90  # milliseconds for each character: a long sentence may hold a command to write down
_SHADOW: Final = 8  # pixels around it
_WIDEST: Final = 560  # at the usual size of text


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape


class Toast(QWidget):
    """Lies above `over`, a sibling, at its foot. It stays while the mouse rests on it or the keyboard stands in it."""

    told_as = accessibility.GROUP
    covers = Signal(bool)  # what lies beneath, or does so no longer

    def __init__(self, over: QWidget) -> None:
        super().__init__(over.parentWidget())
        name(self, "toast")
        self._over = over
        self._tone = "amber"
        self._word = Word("")
        self._glyph = Glyph("warning", 18, "amber", "solid")
        self._text = Paragraph("", theme.BODY, "text", leading=1.3)
        self.undo = Button("toast.undo", say("toast.undo"), "link")
        self.close_button = cross("toast.close")
        layout = QHBoxLayout(self)
        sides(layout, 16 + _SHADOW, 6 + _SHADOW, 6 + _SHADOW, 6 + _SHADOW)
        layout.setSpacing(12)
        layout.addWidget(self._glyph)
        layout.addWidget(self._text, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.undo)
        layout.addWidget(self.close_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._pass)
        self.undo.clicked.connect(self._undone)
        self.close_button.clicked.connect(self.pass_away)
        over.installEventFilter(self)
        self.hide()

    def text(self) -> str:
        """What is said now."""
        return "" if self.isHidden() else self._text.text()

    def say(self, word: Word) -> None:
        """In place of the word before, which ends with it."""
        before, self._word = self._word, word
        text = word.text
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.covers.emit(bool(text))
        if text:
            self._tone = "green" if word.good else "amber"
            self._glyph.show_icon("check" if word.good else "warning", self._tone, "solid")
            self.undo.setVisible(word.undo is not None)
            self._place()
            self.raise_()
            self.update()
            announce(self, f"{text} {say('toast.can_undo')}" if word.undo is not None else text)
            self._timer.start(max(_PASSING, _READING * len(text)))
        if before.ended is not None:
            before.ended()

    def pass_away(self, _checked: bool = False) -> None:
        self.say(Word(""))

    def _pass(self) -> None:
        """The time is over; for who is reading it with the mouse, or stands in it, it begins again."""
        if self.underMouse() or self.undo.hasFocus() or self.close_button.hasFocus():
            self._timer.start(_PASSING)
        else:
            self.pass_away()

    def _undone(self, _checked: bool = False) -> None:
        undo, self._word = self._word.undo, Word("")
        self.pass_away()
        if undo is not None:
            undo()

    # ---- where it lies

    def _place(self) -> None:
        area = self._over.geometry()
        widest = min(round(_WIDEST * theme.scale()), area.width() - 2 * theme.margin()) + 2 * _SHADOW
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        beside = layout.sizeHint().width() - self._text.sizeHint().width()
        line = math.ceil(QFontMetricsF(self._text.font()).horizontalAdvance(self._text.text())) + 2
        width = max(min(beside + line, widest), layout.minimumSize().width())
        height = layout.heightForWidth(width)
        left = area.center().x() - width // 2
        self.setGeometry(left, area.bottom() + 1 - height - theme.GAP, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        """Escape with the keyboard in it is for it, before the window's own."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and _is_escape(event):
            self.pass_away()
            return True
        return super().event(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        if self._timer.isActive():
            self._timer.start(max(_PASSING, self._timer.remainingTime()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW, -_SHADOW, -_SHADOW)
        if not theme.THEME.plain:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 22 if theme.THEME.dark else 8))
            for spread in range(1, _SHADOW):
                painter.drawRoundedRect(
                    box.adjusted(-spread, 2 - spread, spread, 1 + spread),
                    theme.CARD + spread,
                    theme.CARD + spread,
                )
        painter.setBrush(theme.colour(f"{self._tone}_soft"))
        painter.setPen(theme.colour(self._tone))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.CARD, theme.CARD)
