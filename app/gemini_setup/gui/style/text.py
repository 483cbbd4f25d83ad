"""Text on the pages: headings, paragraphs with real leading, and small help around names and announcements."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.style import theme
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages

LEADING: Final = 1.42  # of the font's ascent and descent


def name(widget: QWidget, identifier: str, accessible: str = "") -> None:
    """Give a control its stable identifier and, where its own text does not say it, its accessible name."""
    widget.setObjectName(identifier)
    widget.setAccessibleIdentifier(identifier)
    if accessible:
        widget.setAccessibleName(accessible)


def announce(widget: QWidget, text: str, *, assertive: bool = False) -> None:
    """Have a screen reader say a result; it also stands in an accessible name, for those that do not listen."""
    if not text or not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(widget, text)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if assertive else politeness.Polite)
    QAccessible.updateAccessibility(event)


def set_tone(widget: QWidget, tone: str) -> None:
    """Colour a label by a token of the theme."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class Label(QLabel):
    """One line of plain text in one of the theme's sizes."""

    def __init__(self, text: str = "", kind: tuple[float, int] = theme.BODY, tone: str = "text") -> None:
        super().__init__()
        self._kind = kind
        self._font = self._made_font()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)
        self.setFont(self._font)
        self.setText(text)
        self._align()

    def _align(self) -> None:
        """By the window's direction, not by the text's own: a Latin name in an Arabic window stands at the right."""
        right = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        """Arabic letters reach below the line that their font claims; without the room they are cut."""
        hint = super().sizeHint()
        if self.layoutDirection() is Qt.LayoutDirection.LeftToRight or not self.text():
            return hint
        metrics = QFontMetricsF(self._font)
        tight = metrics.tightBoundingRect(self.text())
        below = max(0.0, tight.bottom() - metrics.descent())
        above = max(0.0, -tight.top() - metrics.ascent())
        return hint + QSize(0, 2 * math.ceil(max(below, above)))

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(0, self.sizeHint().height()))

    def dress(self, kind: tuple[float, int]) -> None:
        """Another of the theme's sizes."""
        self._kind = kind
        self.refont()

    def refont(self) -> None:
        """Take the font again: a change of the style sheet forgets it, one of the system's font outdates it."""
        self._font = self._made_font()
        if self.font() != self._font:
            self.setFont(self._font)
            self.updateGeometry()

    def _made_font(self) -> QFont:
        return theme.font(self._kind)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self.refont()
        elif event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()


class Paragraph(Label):
    """Plain text over several lines, laid out by ourselves: QLabel has leading for rich text only."""

    def __init__(
        self,
        text: str = "",
        kind: tuple[float, int] = theme.BODY,
        tone: str = "text",
        *,
        leading: float = LEADING,
    ) -> None:
        self._leading = leading
        self._state: object = None
        self._heights: dict[int, int] = {}
        self.at_end = False  # whether lines end at the far side, as beside a button
        super().__init__(text, kind, tone)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _measured(self, width: int) -> int:
        """Height for a width, remembered: layouts ask for it many times over."""
        state = (self.text(), self._font.key(), self.layoutDirection())
        if self._state != state:
            self._state, self._heights = state, {}
        if width not in self._heights:
            self._heights[width] = math.ceil(self._layout(width)[1]) if self.text() else 0
        return self._heights[width]

    def _layout(self, width: float) -> tuple[QTextLayout, float]:
        font = self._font
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        left = self._leftward() is not self.at_end
        option.setAlignment(Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight)
        option.setTextDirection(self._direction())
        # An option of a command stays whole, and so do a key's last letters: Qt would end a line behind the signs.
        text = self.text().replace("\n", "\u2028").replace(" --", " -\u2060-\u2060").replace("(…", "(…\u2060")
        layout = QTextLayout(text, font)
        layout.setTextOption(option)
        metrics = QFontMetricsF(font)
        step = math.ceil((metrics.ascent() + metrics.descent()) * self._leading / 1.18)
        y = 0.0
        layout.beginLayout()
        while True:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1.0, width))
            line.setPosition(QPointF(0, y + (step - line.height()) / 2))
            y += step
        layout.endLayout()
        if self._leftward() or not layout.lineCount():
            return layout, y
        last = layout.lineAt(
            layout.lineCount() - 1
        )  # Arabic letters reach below the line that their font claims
        return layout, max(y, last.y() + last.ascent() + metrics.tightBoundingRect(self.text()).bottom() + 2)

    def _direction(self) -> Qt.LayoutDirection:
        """The window's; a sentence that is still in English there keeps its full stop at its end."""
        if self._leftward():
            return self.layoutDirection()
        from unicodedata import bidirectional  # loaded where lines run from right to left only

        if any(bidirectional(letter) in ("R", "AL") for letter in self.text()):
            return self.layoutDirection()
        return Qt.LayoutDirection.LeftToRight

    def _leftward(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.LeftToRight

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._measured(width)

    def sizeHint(self) -> QSize:
        natural = math.ceil(QFontMetricsF(self._font).horizontalAdvance(self.text())) + 2
        width = min(natural, 440)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font)
        least = min(self.sizeHint().width(), math.ceil(metrics.averageCharWidth() * 12))
        return QSize(least, math.ceil(metrics.height()) if self.text() else 0)

    def resizeEvent(self, event: object) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tone = str(self.property("tone") or "text")
        painter.setPen(theme.colour("muted" if not self.isEnabled() else tone))
        self._layout(self.width())[0].draw(painter, QPointF(0, 0))


class Code(Paragraph):
    """The same in the system's fixed font; code reads from left to right in every language."""

    def __init__(self, text: str = "", *, leading: float = LEADING) -> None:
        super().__init__(text, leading=leading)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def _made_font(self) -> QFont:
        return theme.code_font()


class Heading(Paragraph):
    """A page's title."""

    told_as = accessibility.HEADING


def heading(text: str = "") -> Paragraph:
    return Heading(text, theme.DISPLAY, leading=1.26)


def lead(text: str = "") -> Paragraph:
    return Paragraph(text, theme.BODY, "muted")


def copy_text(button: QWidget, text: str) -> None:
    """Fill the clipboard, as asked by a press of Copy, and say so."""
    QApplication.clipboard().setText(text.translate(messages.MARKS))
    announce(button, say("common.copied"))
