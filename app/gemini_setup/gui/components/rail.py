"""The rail at the side: the program's name, where the person is, and where the credential is kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.widgets import Glyph, column
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.text import Label, Paragraph, name
from gemini_setup.gui.texts import say


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

    def __init__(self, number: int, title: str, last: bool) -> None:
        super().__init__()
        self._number, self._last, self._state, self._title = number, last, "open", title
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

    def show_state(self, state: str) -> None:
        self._state = state
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


class _Here(QWidget):
    """Where the person is while no step is being taken."""

    told_as = accessibility.ITEM

    def __init__(self, title: str) -> None:
        super().__init__()
        self._side = round(26 * theme.scale())
        self._label = Paragraph(title, theme.STRONG, leading=1.2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 5, 0, 3)
        layout.setSpacing(0)
        layout.addSpacing(self._side + 12)
        layout.addWidget(self._label, 1, Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(self._side + 4)
        self.setAccessibleName(say("rail.here_now", title=title))

    def set_narrow(self, narrow: bool) -> None:
        self._label.setVisible(not narrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        disc = QRectF(self.width() - self._side if mirrored else 0, 0, self._side, self._side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent"))
        painter.drawEllipse(disc.adjusted(0.7, 0.7, -0.7, -0.7))
        inset = disc.width() * 0.24
        glyph = disc.adjusted(inset, inset, -inset, -inset)
        icons.draw(painter, "computer", glyph, theme.colour("on_accent"), 2.4)


class Rail(QWidget):
    """Steps are shown, not pressed: going back is the footer's Back."""

    told_as = accessibility.LIST

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        name(self, "rail", say("rail.name"))
        self._steps = [_Step(i + 1, title, i + 1 == len(titles)) for i, title in enumerate(titles)]
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(_Mark())
        self._name = Label(say("window.name"), theme.TITLE)
        head.addWidget(self._name, 1)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        self._foot = Paragraph(say("rail.foot"), theme.SMALL, "muted")
        self._lock = Glyph("lock", 16)
        foot.addWidget(self._lock, 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self._foot, 1)
        layout = column(self, 0, (24, 28, 20, 24))
        layout.addLayout(head)
        layout.addSpacing(40)
        for step in self._steps:
            layout.addWidget(step)
        self._here = _Here(say("rail.here"))
        self._here.hide()
        layout.addWidget(self._here)
        layout.addStretch(1)
        self.about = Button("rail.about", say("about.open"), "link", "globe")
        layout.addWidget(self.about, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addSpacing(12)
        layout.addLayout(foot)
        self._fit()

    def set_title(self, index: int, title: str) -> None:
        self._steps[index].set_title(title)

    def set_foot(self, text: str) -> None:
        self._foot.setText(text)

    def show_step(self, index: int | None, *, finished: bool = False) -> None:
        """`index` None: no step is being taken, the person looks at what is kept."""
        self._here.setVisible(index is None)
        self.setAccessibleName(say("rail.here" if index is None else "rail.name"))
        for i, step in enumerate(self._steps):
            step.setVisible(index is not None)
            if index is None:
                continue
            step.show_state(
                "done" if i < index or (finished and i == index) else "now" if i == index else "open"
            )

    def _fit(self) -> None:
        """With very large text the rail shows its numbers only, so that the page keeps room for its own."""
        narrow = theme.scale() > 1.5
        for widget in (self._name, self._lock, self._foot):
            widget.setVisible(not narrow)
        self.about.setText("" if narrow else say("about.open"))
        self.about.setAccessibleName(say("about.open"))
        layout = self.layout()
        if layout is not None:
            place = Qt.AlignmentFlag.AlignHCenter if narrow else Qt.AlignmentFlag.AlignLeading
            layout.setAlignment(self.about, place)
        for step in self._steps:
            step.set_narrow(narrow)
        self._here.set_narrow(narrow)
        least = max(round(26 * theme.scale()), self.about.sizeHint().width()) + 44
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
