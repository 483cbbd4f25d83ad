"""What to do about a result: why, facts to copy, ways to mend it, a command, and the buttons. The page has the title."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.buttons import Button, ButtonRow
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.components.findings import FixList
from gemini_setup.gui.components.widgets import Card, CodeBlock, column, empty
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Code, Label, Paragraph, name
from gemini_setup.gui.texts import say


class FactRows(Card):
    """Names and values in rows. With `copies` a value is in the fixed font and can be copied."""

    told_as = accessibility.LIST

    def __init__(self, identifier: str, *, copies: bool = True) -> None:
        super().__init__()
        name(self, identifier)
        self._copies = copies
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 2 * theme.GAP, 4, 2 * theme.GAP)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2 * theme.GAP)
        self._grid.setColumnStretch(1, 1)
        self.buttons: list[CopyButton] = []
        self.hide()

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        empty(self._grid)
        self.buttons = []
        for number, (label, value) in enumerate(facts):
            place = Qt.AlignmentFlag.AlignVCenter if self._copies else Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(Label(label, theme.SMALL, "muted"), number, 0, place)
            text = Code(value, leading=1.3) if self._copies else Paragraph(value, leading=1.3)
            self._grid.addWidget(text, number, 1, place if self._copies else Qt.AlignmentFlag(0))
            if not self._copies:
                continue
            copy = CopyButton(
                f"{self.objectName()}.{number + 1}", say("common.copy"), partial(str, value), "ghost"
            )
            copy.setAccessibleName(say("common.copy_what", what=f"{label} {value}"))
            self._grid.addWidget(copy, number, 2)
            self.buttons.append(copy)
        self.setVisible(bool(facts))
        self.setAccessibleName(". ".join(f"{label}: {value}" for label, value in facts))


class ResultView(QWidget):
    """Text from outside stays plain. The first button is the page's one main button where its kind says so."""

    told_as = accessibility.GROUP

    def __init__(self, identifier: str) -> None:
        super().__init__()
        name(self, identifier)
        self.why = Paragraph("", theme.BODY, "muted")
        self.asked = Paragraph("", theme.SMALL, "muted", leading=1.3)
        self.facts = FactRows(f"{identifier}.facts")
        self._fixes = FixList()
        self._command = QWidget()
        self._command_column = column(self._command, theme.GAP)
        self._command_label = Paragraph("", theme.SMALL, "muted")
        self.command = CodeBlock(f"{identifier}.command", "", say("check.command"))
        self._command_column.addWidget(self._command_label)
        self._command_column.addWidget(self.command)
        self._row = ButtonRow()
        self.note = Paragraph("", theme.SMALL, "muted", leading=1.3)
        layout = column(self, 14)
        for part in (
            self.why,
            self.asked,
            self.facts,
            self._fixes,
            self._row,
            self.note,
            self._command,
        ):
            layout.addWidget(part)

    def show_result(
        self,
        why: str,
        fixes: Sequence[str] = (),
        facts: Sequence[tuple[str, str]] = (),
        *,
        asked: str = "",
        note: str = "",
        command: str = "",
    ) -> None:
        """`facts` are labels and values; `command` is one to run in a terminal. See DiagnosisCard for the rest."""
        for paragraph, text in ((self.why, why), (self.asked, asked), (self.note, note)):
            paragraph.setText(text)
            paragraph.setVisible(bool(text))
        self.facts.show_facts(facts)
        self._fixes.show_fixes(fixes)
        self._command_label.setText(say("check.command_lead"))
        self.command.set_text(command)
        self._command.setVisible(bool(command))
        self.setAccessibleName(" ".join(filter(None, (why, asked, *fixes))))

    def set_buttons(self, buttons: Sequence[Button]) -> None:
        self._row.set_buttons(buttons)

    @property
    def buttons(self) -> list[Button]:
        return self._row.buttons

    def controls(self) -> list[QWidget]:
        """In the order of Tab."""
        command = [self.command.copy_button] if not self._command.isHidden() else []
        return [*self.facts.buttons, *self.buttons, *command]
