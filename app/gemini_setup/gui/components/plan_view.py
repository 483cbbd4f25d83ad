"""A plan to agree to: what can be chosen, the writes, and behind one line each of them exactly, with gcloud's command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from gemini_setup.gui.components.buttons import link
from gemini_setup.gui.components.combo_box import Combo
from gemini_setup.gui.components.widgets import CodeBlock, Fold, Notice, column, empty
from gemini_setup.gui.components.work_rows import WorkRows
from gemini_setup.gui.presenters.plan_words import Line, WriteWords
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.presenters.plan_words import PlanWords

_LETTERS: Final = 10  # of a choice that are always seen


class Choice(QWidget):
    """A label with a list beneath it. `chosen` carries the value of an entry that the person has chosen."""

    chosen = Signal(str)

    def __init__(self, identifier: str, label: str) -> None:
        super().__init__()
        self.combo = Combo(identifier, label.replace("&", ""), ())
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(_LETTERS)
        title = Label(label, theme.STRONG)
        title.setBuddy(self.combo)
        layout = column(self, theme.GAP)
        layout.addWidget(title)
        layout.addWidget(self.combo)
        self._values: list[str] = []
        self._ours = False
        self.combo.currentIndexChanged.connect(self._changed)
        self.hide()

    def show_entries(self, entries: Sequence[tuple[str, str]], value: str) -> None:
        """(value, text) of each; without any the choice is hidden."""
        self._ours = True
        if [self.combo.itemText(i) for i in range(self.combo.count())] != [text for _, text in entries]:
            self.combo.clear()
            self.combo.addItems([text for _, text in entries])
        self._values = [one for one, _ in entries]
        self.combo.setCurrentIndex(self._values.index(value) if value in self._values else -1)
        self._ours = False
        self.setVisible(bool(entries))

    def _changed(self, index: int) -> None:
        if not self._ours and 0 <= index < len(self._values):
            self.chosen.emit(self._values[index])


class PlanView(QWidget):
    """`projects_wanted`: another project is to be chosen than that of the diagnosis."""

    projects_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.project = Choice("plan.project", say("plan.project"))
        self.days = Choice("plan.days", say("plan.days"))
        self.retire = Choice("plan.retire", say("plan.retire"))
        self._choices = QWidget()
        grid = QGridLayout(self._choices)
        grid.setContentsMargins(0, 0, 0, 12)
        grid.setHorizontalSpacing(12)
        for place, (choice, stretch) in enumerate(((self.project, 3), (self.days, 2), (self.retire, 3))):
            grid.addWidget(choice, 0, place)
            grid.setColumnStretch(place, stretch)
        self.rows = WorkRows("plan", planned=True)
        self.notes = Notice("plan.note")
        self.other = link("plan.other", say("plan.other_project"))
        self.details = Fold("plan.details", say("plan.details"))
        self.commands: list[CodeBlock] = []
        layout = column(self)
        layout.addWidget(self._choices)
        layout.addWidget(self.rows)
        layout.addSpacing(2 * theme.GAP)
        layout.addWidget(self.notes)
        layout.addWidget(self.other)
        layout.addWidget(self.details)
        self._shown: tuple[WriteWords, ...] = ()
        self.other.clicked.connect(self.projects_wanted)

    def show_plan(self, words: PlanWords) -> None:
        lines = [Line(f"write.{n}", one.what, "open", one.why) for n, one in enumerate(words.writes, 1)]
        self.rows.show_lines(lines)
        self.notes.show_text(" ".join(words.notes), "muted", "help")
        if self._shown != words.writes:
            self._shown = words.writes
            self._show_details(words.writes)

    def show_choices(self) -> None:
        """Once each choice has its entries, or none."""
        choices = (self.project, self.days, self.retire)
        grid = self._choices.layout()
        assert isinstance(grid, QGridLayout)
        for place, choice in enumerate(choices):
            grid.setColumnStretch(place, 0 if choice.isHidden() else (3, 2, 3)[place])
        self._choices.setVisible(any(not choice.isHidden() for choice in choices))

    def _show_details(self, writes: Sequence[WriteWords]) -> None:
        empty(self.details.body)
        self.commands = []
        for number, write in enumerate(writes, 1):
            block = CodeBlock(f"plan.command{number}", write.command, say("plan.command", what=write.what))
            self.commands.append(block)
            self.details.add(Paragraph(write.exactly, theme.SMALL, leading=1.3))
            self.details.add(Paragraph(write.undo, theme.SMALL, "muted", leading=1.3))
            self.details.add(block)

    def controls(self) -> list[QWidget]:
        """In the order of Tab."""
        choices = [one.combo for one in (self.project, self.days, self.retire) if not one.isHidden()]
        return [*choices, self.other, self.details.button, *(block.copy_button for block in self.commands)]
