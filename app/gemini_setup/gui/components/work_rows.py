"""What is done at Google, a row for each step: before it is agreed to, while it runs, and when it is done."""

from __future__ import annotations

from collections.abc import Sequence

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.findings import StepRow
from gemini_setup.gui.components.widgets import Card, column, empty, hairline
from gemini_setup.gui.presenters.plan_words import Line, counted


class WorkRows(Card):
    """`prefix` begins the identifiers of the rows. `planned`: nothing runs yet, so several rows are numbered."""

    told_as = accessibility.LIST

    def __init__(self, prefix: str, *, planned: bool = False) -> None:
        super().__init__()
        self._prefix, self._planned = prefix, planned
        self._column = column(self, 0, (16, 4, 16, 4))
        self._shown: dict[str, tuple[str, str, str]] = {}
        self._lines: tuple[Line, ...] = ()
        self.rows: dict[str, StepRow] = {}

    def show_lines(self, lines: Sequence[Line], now: float = 0.0) -> None:
        """Rows are made again only where there are others; one that has not changed is left as it is."""
        if [line.id for line in lines] != [line.id for line in self._lines]:
            self._make(lines)
        self._lines = tuple(lines)
        self.count(now)

    def count(self, now: float) -> bool:
        """The time left, as it goes; False where nothing counts."""
        for line in self._lines:
            told = (line.title, line.state, counted(line, now))
            if self._shown.get(line.id) != told:
                self._shown[line.id] = told
                self.rows[line.id].set_title(line.title)
                self.rows[line.id].show_state(line.state, told[2])
        return any(line.counting for line in self._lines)

    def _make(self, lines: Sequence[Line]) -> None:
        empty(self._column)
        self._shown, self.rows = {}, {}
        for number, line in enumerate(lines, 1):
            if number > 1:
                self._column.addWidget(hairline())
            sign = (number if len(lines) > 1 else 0) if self._planned else None
            self.rows[line.id] = StepRow(f"{self._prefix}.{line.id}", line.title, line.text, sign)
            self._column.addWidget(self.rows[line.id])
