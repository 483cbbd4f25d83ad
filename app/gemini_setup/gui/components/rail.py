"""The rail at the side: the program's name, what is saved, the steps, the settings, and where credentials go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, draw_focus
from gemini_setup.gui.components.widgets import Glyph, column, sides
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import Label, Paragraph, name
from gemini_setup.gui.texts import say

_ITEM: Final = 10  # the padding of an item, its frame included


class _Mark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        side = round(28 * min(theme.scale(), 1.4))
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.draw_mark(QPainter(self), QRectF(self.rect()))


class _Step(QWidget):
    """One step's disc and title, with the stroke that joins it to the next."""

    told_as = accessibility.ITEM

    def __init__(self, title: str, last: bool) -> None:
        super().__init__()
        self._number, self._last, self._state, self._title = 0, last, "open", title
        self._label = Paragraph(title, theme.BODY, "muted", leading=1.2)
        self._side = round(26 * theme.scale())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 5, 0, 3 if last else 21)
        layout.setSpacing(0)
        layout.addSpacing(self._side + 12)
        layout.addWidget(self._label, 1, Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(self._side + (4 if last else 24))

    def set_title(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self._label.setText(title)

    def set_narrow(self, narrow: bool) -> None:
        self._label.setVisible(not narrow)

    def show_state(self, number: int, state: str) -> None:
        self._number, self._state = number, state
        self._label.dress(theme.STRONG if state == "now" else theme.BODY)
        self._label.setProperty("tone", "muted" if state == "open" else "text")
        self.setAccessibleName(say(f"rail.{state}", number=self._number, title=self._title))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        disc = QRectF(self.width() - self._side if mirrored else 0, 0, self._side, self._side)
        if self._state == "done":
            icons.draw_disc(painter, disc, "green", "check")
        else:
            now = self._state == "now"
            painter.setPen(QPen(theme.colour("accent" if now else "border"), 1.3))
            painter.setBrush(theme.colour("accent") if now else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(disc.adjusted(0.7, 0.7, -0.7, -0.7))
            painter.setPen(theme.colour("on_accent" if now else "muted"))
            painter.setFont(theme.font((0.92, 600 if now else 400)))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self._number))
        if not self._last:
            done = self._state == "done"
            painter.setPen(QPen(theme.colour("green" if done else "border"), 2 if done else 1))
            x = disc.center().x()
            painter.drawLine(int(x), self._side + 4, int(x), self.height() - 5)


class _Item(Button):
    """A place that is always a press away, with its icon where the steps have their numbers."""

    def __init__(self, identifier: str, title: str, icon: str, spoken: str = "") -> None:
        """`spoken` is its name where a button of a page may be called like it."""
        super().__init__(identifier, "", "nav")
        self._spoken = spoken or title
        self._title, self._glyph = title, icon
        self._current = self._narrow = False
        self._disc = round(26 * theme.scale())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(self._spoken)

    def show_current(self, current: bool) -> None:
        self._current = current
        self.setAccessibleName(say("rail.here_now", title=self._title) if current else self._spoken)
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self.setToolTip(self._title if narrow else "")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        text = 0 if self._narrow else 12 + self.fontMetrics().horizontalAdvance(self._title)
        return QSize(2 * _ITEM + self._disc + text, max(self._disc, self.fontMetrics().height()) + 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._current or (self.underMouse() and self.isEnabled()):
            # In high contrast the grounds are all one, and an outline says what a ground says elsewhere.
            plain = theme.THEME.plain
            painter.setPen(theme.colour("accent") if plain else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            half = 0.5 if plain else 0.0
            box = QRectF(self.rect()).adjusted(half, half, -half, -half)
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        ink = theme.colour("muted" if not self.isEnabled() else "accent" if self._current else "text")
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = round(18 * theme.scale())
        x = _ITEM + (self._disc - side) / 2
        x = self.width() - x - side if mirrored else x
        icons.draw(painter, self._glyph, QRectF(x, (self.height() - side) / 2, side, side), ink)
        if not self._narrow:
            start = _ITEM + self._disc + 12
            box = QRectF(self.rect()).adjusted(*((0, 0, -start, 0) if mirrored else (start, 0, 0, 0)))
            painter.setFont(self.font())
            painter.setPen(ink)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self._title)
        painter.end()
        draw_focus(self)


class Rail(QWidget):
    """Steps are shown, not pressed: going back is the footer's Back. What is saved and the settings are pressed."""

    told_as = accessibility.LIST

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        name(self, "rail", say("rail.name"))
        self._steps = [_Step(title, i + 1 == len(titles)) for i, title in enumerate(titles)]
        self._name = Label(say("window.name"), theme.TITLE)
        here = say("rail.here")
        self.saved = _Item("rail.saved", here, "key", say("nav.go", title=here))
        self.saved.hide()
        self.about = _Item("rail.about", say("about.open"), "gear")
        self._foot = Paragraph(say("rail.foot"), theme.SMALL, "muted")
        self._lock = Glyph("lock", 16)
        head, steps, foot = QHBoxLayout(), QVBoxLayout(), QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(_Mark())
        head.addWidget(self._name, 1)
        steps.setSpacing(0)
        for step in self._steps:
            steps.addWidget(step)
        foot.setSpacing(10)
        foot.addWidget(self._lock, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self._foot, 1)
        self._inset = (head, steps, foot)  # where the items begin with their own padding
        layout = column(self, 0)
        sides(layout, 24 - _ITEM, 28, 20 - _ITEM, 24)
        layout.addLayout(head)
        layout.addSpacing(24)
        layout.addWidget(self.saved)
        layout.addSpacing(16)
        layout.addLayout(steps)
        layout.addStretch(1)
        layout.addWidget(self.about)
        layout.addSpacing(12)
        layout.addLayout(foot)
        self._fit()

    def set_title(self, index: int, title: str) -> None:
        self._steps[index].set_title(title)

    def set_foot(self, text: str) -> None:
        self._foot.setText(text)

    def show_way(self, states: Sequence[str], *, current: str, saved: bool) -> None:
        """`states` has a state for each step, "" for one that is no part of this way; `current` is the item one is at."""
        number = 0
        for step, state in zip(self._steps, states, strict=True):
            step.setVisible(bool(state))
            if state:
                number += 1
                step.show_state(number, state)
        self.saved.setVisible(saved)
        self.saved.show_current(current == "saved")
        self.about.show_current(current == "about")

    def let(self, leave: bool) -> None:
        """Whether one may leave the page by the rail."""
        self.saved.setEnabled(leave)
        self.about.setEnabled(leave)

    def _fit(self) -> None:
        """With very large text the rail shows its numbers only, so that the page keeps room for its own."""
        narrow = theme.scale() > 1.5
        for widget in (self._name, self._lock, self._foot):
            widget.setVisible(not narrow)
        for part in self._inset:
            sides(part, _ITEM, 0, _ITEM, 0)
        for step in self._steps:
            step.set_narrow(narrow)
        for item in (self.saved, self.about):
            item.set_narrow(narrow)
        least = max(round(26 * theme.scale()), self.about.sizeHint().width() - 2 * _ITEM) + 44
        self.setFixedWidth(least if narrow else round(248 * theme.scale()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # fillRect() would make the classes of gradients, with 169 constants.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("rail"))
        painter.drawRect(self.rect())
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = 0 if mirrored else self.width() - 1
        painter.fillRect(x, 0, 1, self.height(), theme.colour("line"))
