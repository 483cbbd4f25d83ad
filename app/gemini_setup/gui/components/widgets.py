"""The cards and lines that pages are made of: choices, code, notices, folds, numbers and the place to drop a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, LinkButton, draw_focus
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.motion import Landing
from gemini_setup.gui.style.text import Code, Paragraph, name
from gemini_setup.gui.texts import say


def column(widget: QWidget, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    return layout


def sides(layout: QLayout, left: int, top: int, right: int, bottom: int) -> None:
    """Margins for a line that begins at the left; Qt mirrors everything but these."""
    if QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        left, right = right, left
    layout.setContentsMargins(left, top, right, bottom)


def empty(layout: QLayout) -> None:
    """Take everything out of a layout; the widgets go away with the next turn of the event loop."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def row(gap: int = 2 * theme.GAP) -> QHBoxLayout:
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    return layout


class Card(QWidget):
    """A rounded surface; `tone` is a token for its ground, `edge` one for its border."""

    told_as = accessibility.GROUP

    def __init__(self, ground: str = "card", edge: str = "line") -> None:
        super().__init__()
        self._ground, self._edge = ground, edge
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_tone(self, ground: str, edge: str) -> None:
        self._ground, self._edge = ground, edge
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.colour(self._ground))
        edge = theme.colour(self._edge)
        if self._edge in icons.STATE_GLYPH and not theme.THEME.plain:
            edge.setAlphaF(0.38)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.CARD, theme.CARD)


class Glyph(QWidget):
    """One icon on its own, or in a soft disc or square; no control, so without a name."""

    def __init__(self, icon: str, side: int = 18, token: str = "muted", ground: str = "") -> None:
        super().__init__()
        self._icon, self._token, self._ground = icon, token, ground
        self._landing: Landing | None = None
        self.setFixedSize(round(side * theme.scale()), round(side * theme.scale()))

    def land(self) -> None:
        """Grow into view, once."""
        if self._landing is None:
            self._landing = Landing(self)
        self._landing.start()

    def show_icon(self, icon: str, token: str, ground: str = "") -> None:
        self._icon, self._token, self._ground = icon, token, ground
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        if self._landing is not None:
            box = self._landing.place(painter, box)
        if self._ground == "disc":
            icons.draw_disc(painter, box, self._token, self._icon)
            return
        if self._ground == "solid":
            icons.draw_solid(painter, box, self._token, self._icon)
            return
        if self._ground:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self._ground))
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
            inset = box.width() * 0.25
            box.adjust(inset, inset, -inset, -inset)
        icons.draw(painter, self._icon, box, theme.colour(self._token))


class ChoiceCard(QRadioButton):
    """A radio button in the shape of a card: role, arrows and exclusiveness are the radio button's own."""

    def __init__(self, identifier: str, icon: str, title: str, summary: str, points: Sequence[str]) -> None:
        super().__init__()
        name(self, identifier, title)
        self.setAccessibleDescription(" ".join([summary, *points]))
        self._icon = icon
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(Paragraph(title, theme.TITLE, leading=1.3))
        text.addWidget(Paragraph(summary, theme.BODY, "muted", leading=1.34))
        text.addSpacing(4)
        for point in points:
            line = row(theme.GAP * 2)
            mark = Glyph("dot", 16)  # no tick: a condition is not a merit
            line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            size = theme.SMALL if theme.is_large() else theme.BODY
            line.addWidget(Paragraph(point, size, leading=1.3), 1)
            text.addLayout(line)
        large = theme.is_large()  # then the text needs the width, and the icon says nothing that it does not
        self._square = 0 if large else round(40 * theme.scale())
        self._dot = round(20 * theme.scale())
        layout = self._inside = QHBoxLayout(self)
        layout.setContentsMargins(20, 10 if large else 15, 20, 10 if large else 15)
        layout.setSpacing(16)
        if self._square:
            layout.addSpacing(self._square + 16)
        layout.addLayout(text, 1)
        layout.addSpacing(self._dot + 4)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self.update)

    def sizeHint(self) -> QSize:
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._inside.minimumSize()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._inside.heightForWidth(width)

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        hovered = self.underMouse()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        painter.setBrush(theme.colour("accent_soft" if chosen else "hover" if hovered else "card"))
        painter.setPen(QPen(theme.colour("accent" if chosen or hovered else "border"), 2 if chosen else 1))
        half = 1.0 if chosen else 0.5
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(half, half, -half, -half), theme.CARD, theme.CARD
        )
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = self._square
        if side:
            square = QRectF(self.width() - 20 - side if mirrored else 20, 18, side, side)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent" if chosen else "accent_soft"))
            painter.drawRoundedRect(square, theme.RADIUS, theme.RADIUS)
            inset = side * 0.24
            icons.draw(
                painter,
                self._icon,
                square.adjusted(inset, inset, -inset, -inset),
                theme.colour("on_accent" if chosen else "accent"),
            )
        size = self._dot
        dot = QRectF(20 if mirrored else self.width() - 20 - size, 20, size, size)
        painter.setBrush(theme.colour("accent") if chosen else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("accent" if chosen else "border"), 1.6))
        painter.drawEllipse(dot.adjusted(1, 1, -1, -1))
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("on_accent"))
            inset = size * 0.325
            painter.drawEllipse(dot.adjusted(inset, inset, -inset, -inset))
        if self.hasFocus() and theme.THEME.focus_visible:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.CARD, theme.CARD)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(4, 4, -4, -4), theme.CARD - 3, theme.CARD - 3
            )


class Fold(QWidget):
    """A quiet line that opens what is beneath it."""

    opened = Signal(bool)

    def __init__(self, identifier: str, title: str) -> None:
        super().__init__()
        self._button = LinkButton(identifier, title, "link", "chevron-right")
        self._body = QWidget()
        self._body.hide()
        self.body = column(self._body, 2 * theme.GAP, (0, 4, 0, 12))
        layout = column(self, 0)
        layout.addWidget(self._button)
        layout.addWidget(self._body)
        self._button.toggled.connect(self._toggled)

    @property
    def button(self) -> Button:
        """It has the keyboard, and its place in the order of Tab; the fold itself must not, or Tab comes back to it."""
        return self._button

    def set_open(self, opened: bool) -> None:
        self._button.setChecked(opened)

    def set_title(self, title: str) -> None:
        self._button.setText(title)

    def add(self, item: QWidget | QLayout) -> None:
        if isinstance(item, QWidget):
            self.body.addWidget(item)
        else:
            self.body.addLayout(item)

    def _toggled(self, opened: bool) -> None:
        self._button.set_icon("chevron-down" if opened else "chevron-right")
        self._body.setVisible(opened)
        self.opened.emit(opened)


SIGNS = frozenset(icons.STATE_GLYPH.values())


class Notice(QWidget):
    """One line with a glyph: a fact about what is on the page. `tone` is a state's colour, or "muted" or "accent"."""

    def __init__(self, identifier: str = "") -> None:
        super().__init__()
        if identifier:
            name(self, identifier)
        self._glyph = Glyph("dash", 16)
        self._text = Paragraph("", theme.SMALL, "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.GAP)
        layout.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        if identifier:
            self.hide()

    def text(self) -> str:
        return self._text.text()

    def show_text(self, text: str, tone: str = "muted", icon: str = "") -> None:
        self._text.setText(text)
        self._text.setProperty("tone", tone)
        self._text.update()
        glyph = icon or icons.STATE_GLYPH.get(tone, "help")
        self._glyph.show_icon(glyph, tone, "solid" if glyph in SIGNS and tone in icons.STATE_GLYPH else "")
        if self.objectName():
            self.setAccessibleName(text)
            self.setVisible(bool(text))


class CodeBlock(Card):
    """A command in the system's fixed font, or a message in the window's own (`prose`), to copy."""

    def __init__(self, identifier: str, text: str, what: str = "", *, prose: bool = False) -> None:
        super().__init__("code", "line")
        self._code = text
        self._text = (Paragraph if prose else Code)(text, leading=1.34)
        self.copy_button = CopyButton(f"{identifier}.copy", say("common.copy"), self.text, "ghost")
        self.copy_button.setAccessibleName(say("common.copy_what", what=what or text))
        layout = QGridLayout(self)
        if prose:
            sides(layout, 16, 6, 6, 6)
        else:  # code runs from left to right in every language
            self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            layout.setContentsMargins(16, 6, 6, 6)
        layout.setHorizontalSpacing(12)
        inner = QVBoxLayout()
        inner.setContentsMargins(0, 10, 0, 10)
        inner.addWidget(self._text)
        # Over several lines the text has the whole width: the first two are short, and Copy stands beside them.
        long = prose or "\n" in text
        layout.addLayout(inner, 0, 0, 1, 2 if long else 1)
        layout.addWidget(self.copy_button, 0, 1, Qt.AlignmentFlag.AlignTop)
        layout.setColumnStretch(0, 1)

    def text(self) -> str:
        return self._code

    def set_text(self, text: str, what: str = "") -> None:
        """`what` names the text for who can't see it; "" leaves the name."""
        self._code = text
        if what:
            self.copy_button.setAccessibleName(say("common.copy_what", what=what))
        self._text.setText(text)


class Numbered(QWidget):
    """Numbered lines: texts, or widgets with one control."""

    def __init__(self, items: Sequence[str | QWidget] = ()) -> None:
        super().__init__()
        self._layout = column(self, 2 * theme.GAP)
        self._count = 0
        for item in items:
            self.add(item)

    def add(self, *items: str | QWidget) -> None:
        """One number; the first thing stands beside it, others beneath."""
        self._count += 1
        line = row(12)
        alone = len(items) == 1 and isinstance(items[0], QPushButton)
        place = Qt.AlignmentFlag.AlignVCenter if alone else Qt.AlignmentFlag.AlignTop
        line.addWidget(Number(self._count), 0, place)
        beside = QVBoxLayout()
        beside.setSpacing(theme.GAP)
        for item in items:
            widget = Paragraph(item) if isinstance(item, str) else item
            if isinstance(item, str):
                widget.setContentsMargins(0, 0, 0, 0)
                beside.addSpacing(2 if len(items) == 1 or widget is items[0] else 0)
            stretch = Qt.AlignmentFlag.AlignLeft if isinstance(widget, QPushButton) else Qt.AlignmentFlag(0)
            beside.addWidget(widget, 0, stretch)
        line.addLayout(beside, 1)
        self._layout.addLayout(line)


class Number(QWidget):
    """A number in a soft disc."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        side = round(24 * theme.scale())
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawEllipse(QRectF(self.rect()))
        painter.setPen(theme.colour("accent"))
        painter.setFont(theme.font((0.9, 600)))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))


class DropZone(QPushButton):
    """Where a file is dropped or, being a button, chosen."""

    dropped = Signal(str)

    def __init__(self, identifier: str, title: str, action: str) -> None:
        super().__init__()
        name(self, identifier, f"{title} {action}")
        self._title, self._action = title, action
        self._hovered_by_drag = False
        self._compact = False
        self.setAutoDefault(False)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_compact(self, compact: bool, title: str) -> None:
        """Once a file is there, the place to drop another one is smaller."""
        self._compact, self._title = compact, title
        self.setAccessibleName(f"{title} {self._action}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, round((64 if self._compact else 128) * theme.scale()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._hovered_by_drag = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hovered_by_drag = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hovered_by_drag = False
        self.update()
        urls = event.mimeData().urls()
        if urls:
            event.acceptProposedAction()
            self.dropped.emit(urls[0].toLocalFile())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self._hovered_by_drag or self.underMouse()
        painter.setBrush(theme.colour("accent_soft" if self._hovered_by_drag else "hover" if lit else "card"))
        pen = QPen(theme.colour("accent" if lit else "border"), 1.6)
        pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.CARD, theme.CARD)
        title, body = theme.font(theme.STRONG), theme.font(theme.BODY)
        step = round(22 * theme.scale())
        centre = self.height() / 2
        if self._compact:
            top = centre - step
        else:
            side = 28 * theme.scale()
            top = centre - (side + 8 + 2 * step) / 2
            icons.draw(
                painter, "file", QRectF((self.width() - side) / 2, top, side, side), theme.colour("accent")
            )
            top += side + 8
        flags = Qt.AlignmentFlag.AlignCenter
        painter.setFont(title)
        painter.setPen(theme.colour("text"))
        painter.drawText(QRectF(8, top, self.width() - 16, step), flags, self._title)
        painter.setFont(body)
        painter.setPen(theme.colour("accent"))
        painter.drawText(QRectF(8, top + step, self.width() - 16, step), flags, self._action)
        painter.end()
        draw_focus(self, theme.CARD, inset=5)


def hairline() -> QFrame:
    line = _Hairline()
    line.setFixedHeight(1)
    return line


class _Hairline(QFrame):
    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.colour("line"))
