"""How a check is shown: its steps as rows, and the one diagnosis card above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, ButtonRow
from gemini_setup.gui.components.widgets import Card, Glyph, Number, column, empty, hairline, sides
from gemini_setup.gui.style import icons, theme
from gemini_setup.gui.style.motion import Landing
from gemini_setup.gui.style.text import Label, Paragraph, name, set_tone
from gemini_setup.gui.texts import say

_PERIOD: Final = 1100  # milliseconds of one turn


class _Disc(QWidget):
    """A step's state: an empty ring, a spinner while it runs, then a soft disc with a glyph."""

    def __init__(self) -> None:
        super().__init__()
        side = round(26 * theme.scale())
        self.setFixedSize(side, side)
        self._state = "open"
        self._timer = QTimer(self)
        self._timer.setInterval(33)
        self._timer.timeout.connect(self.update)
        self._clock = QElapsedTimer()
        self._landing = Landing(self)
        theme.THEME.changed.connect(self._move)  # the system may ask for stillness meanwhile

    def show_state(self, state: str) -> None:
        ran, self._state = self._state == "running", state
        if state == "running":
            self._clock.start()
        elif ran and state in icons.STATE_GLYPH:
            self._landing.start()
        self._move()
        self.update()

    def _move(self) -> None:
        if self._state == "running" and self.isVisible() and not theme.THEME.still:
            self._timer.start()
        else:
            self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        if self._state == "running":
            elapsed = self._clock.elapsed() if self._timer.isActive() else 0
            icons.draw_spinner(painter, box, elapsed % _PERIOD / _PERIOD)
        elif self._state == "open":
            icons.draw_ring(painter, box)
        elif self._state == "skipped":
            icons.draw_ring(painter, box, "dash")
        else:
            icons.draw_disc(painter, self._landing.place(painter, box), self._state)


class StepRow(QWidget):
    """One step: state, title, a small explanation, and its time at the end of the row.

    `number`: it is only planned, and has its number in place of a state, or (0) nothing.
    """

    told_as = accessibility.ITEM

    def __init__(self, identifier: str, title: str, explanation: str, number: int | None = None) -> None:
        super().__init__()
        name(self, identifier)
        self.state = "open"
        self._planned = number is not None
        self._title_text = title
        self._disc = _Disc()
        self._title = Label(title, theme.STRONG)
        self._small = Paragraph(explanation, theme.SMALL, "muted", leading=1.25)
        self._time = Label("", theme.SMALL, "muted")
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._title)
        texts.addWidget(self._small)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 7, 0, 7)
        layout.setSpacing(12)
        layout.addWidget(self._disc)
        if self._planned:
            self._disc.hide()
        if number:
            layout.addWidget(Number(number))
        layout.addLayout(texts, 1)
        layout.addWidget(self._time)
        self.show_state("open")

    def set_title(self, title: str) -> None:
        self._title_text = title
        self._title.setText(title)

    def show_state(self, state: str, explanation: str = "", time: str = "", *, spoken: str = "") -> None:
        """`state` is open, running, skipped, or a state's colour; `spoken` says it where the colour's word would not."""
        self.state = state
        self._disc.show_state(state)
        if explanation:
            self._small.setText(explanation)
        coloured = state if state in ("red", "amber") else "muted"
        self._small.setProperty("tone", coloured)
        self._small.update()
        waits = state in ("open", "skipped") and not self._planned
        set_tone(self._title, "muted" if waits else "text")
        self._time.setText(time)
        spoken = spoken or say(f"state.{state}")
        self.setAccessibleName(", ".join(filter(None, (self._title_text, spoken, self._small.text(), time))))


class Steps(Card):
    """The rows of a check. All rows are made once and shown as they are planned: making them takes 30 ms."""

    told_as = accessibility.LIST

    def __init__(self, steps: Sequence[tuple[str, str, str]]) -> None:
        """(id, title, explanation) of every step that there is, in the order in which steps are shown."""
        super().__init__()
        layout = column(self, 0, (16, 5, 16, 5))
        self._rows: dict[str, StepRow] = {}
        self._lines: dict[str, QWidget] = {}
        self._explanations: dict[str, str] = {}
        self._planned: list[str] = []
        for step, title, explanation in steps:
            line = QWidget()
            inner = QHBoxLayout(line)
            sides(inner, round(26 * theme.scale()) + 12, 0, 0, 0)
            inner.addWidget(hairline())
            self._lines[step] = line
            self._rows[step] = StepRow(f"step.{step}", title, explanation)
            self._explanations[step] = explanation
            layout.addWidget(line)
            layout.addWidget(self._rows[step])
        self.plan(())

    def plan(self, steps: Sequence[str]) -> None:
        """Show these steps, all of them open."""
        self._planned = [step for step in self._rows if step in steps]
        for step, row in self._rows.items():
            planned = step in self._planned
            row.setVisible(planned)
            self._lines[step].setVisible(planned and step != self._planned[0])
            if planned:
                row.show_state("open", self._explanations[step])

    def row(self, step: str) -> StepRow | None:
        return self._rows[step] if step in self._planned else None

    def names(self) -> list[str]:
        return list(self._planned)


class DiagnosisCard(Card):
    """One title, why, and what to do: the first button is the main one. Text from outside stays plain."""

    def __init__(self, identifier: str) -> None:
        super().__init__("grey_soft", "grey")
        name(self, identifier)
        self._sign = Glyph("question", 28, "grey", "solid")
        self.title = Paragraph("", theme.TITLE, leading=1.28)
        self.why = Paragraph("")
        self.asked = Paragraph("", theme.SMALL, "muted", leading=1.3)
        self.note = Paragraph("", theme.SMALL, "muted", leading=1.3)
        self._fixes = FixList(4)
        self._row = ButtonRow(2 * theme.GAP, theme.GAP)
        texts = QVBoxLayout()
        texts.setSpacing(theme.GAP)
        texts.addWidget(self.title)
        texts.addWidget(self.why)
        texts.addWidget(self.asked)
        texts.addWidget(self._fixes)
        texts.addWidget(self._row)
        texts.addWidget(self.note)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)

    def show_diagnosis(
        self,
        tone: str,
        title: str,
        why: str,
        fixes: Sequence[str] = (),
        glyph: str = "",
        *,
        asked: str = "",
        note: str = "",
    ) -> None:
        """`asked`: which second questions were asked. `note`: what to know before a button opens the Cloud Console."""
        self.set_tone(f"{tone}_soft", tone)
        self._sign.show_icon(glyph or icons.STATE_GLYPH[tone], tone, "solid")
        self.title.setText(title)
        for paragraph, text in ((self.why, why), (self.asked, asked), (self.note, note)):
            paragraph.setText(text)
            paragraph.setVisible(bool(text))
        self._fixes.show_fixes(fixes)
        self.setAccessibleName(" ".join(filter(None, (title, why, asked, *fixes))))

    def set_buttons(self, buttons: Sequence[Button]) -> None:
        self._row.set_buttons(buttons)

    @property
    def buttons(self) -> list[Button]:
        return self._row.buttons


class FixList(QWidget):
    """The ways to put it right; hidden without any."""

    def __init__(self, above: int = 0) -> None:
        super().__init__()
        self._column = column(self, theme.GAP, (0, above, 0, 0))

    def show_fixes(self, fixes: Sequence[str]) -> None:
        empty(self._column)
        for number, fix in enumerate(fixes, 1):
            self._column.addWidget(_Fix(f"{number}." if len(fixes) > 1 else "", fix))
        self.setVisible(bool(fixes))


class _Fix(QWidget):
    """One way to put it right, with its number where there are several: the best comes first."""

    def __init__(self, number: str, text: str) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        if number:
            sign = Paragraph(number, theme.STRONG, leading=1.32)
            sign.setFixedWidth(round(20 * theme.scale()))
            layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        else:
            layout.addWidget(Glyph("dot", 16), 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(Paragraph(text, leading=1.32), 1)
