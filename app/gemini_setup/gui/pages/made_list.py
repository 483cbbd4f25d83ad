"""What this program has made at Google: where it is, what it is for now, and how it is undone by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gemini_setup.gui import accessibility
from gemini_setup.gui.components.chip import Chip
from gemini_setup.gui.components.widgets import Card, CodeBlock, Fold, Notice, column, empty, hairline, row
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters.made_words import made_words, undo_commands
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, name
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.actions.possessions import Listed
    from gemini_setup.gui.protocols import Provision


class MadePage(PageView):
    id = "made"
    step = None

    def __init__(self, provision: Provision) -> None:
        self.provision = provision
        super().__init__()

    def build(self) -> None:
        self.set_title(say("made.title"), say("made.lead"))
        self.card = _List()
        self._rows = column(self.card, 0, (16, 4, 16, 4))
        self.put(self.card)
        self.nothing = Notice("made.none")
        self.put(self.nothing)
        self.undo = Fold("made.undo", say("made.undo"))
        self.undo.add(Paragraph(say("made.undo_lead"), theme.SMALL, "muted"))
        self._commands: CodeBlock | None = None
        self.put(self.undo, 8)
        self.provision.listed.connect(self._show)
        self._show()

    def arrive(self) -> None:
        self._show()
        self.provision.read_made()

    def look_again(self) -> None:
        self.provision.read_made()

    def _show(self) -> None:
        listed = list(reversed(self.provision.made))
        empty(self._rows)
        for number, one in enumerate(listed):
            if number:
                self._rows.addWidget(hairline())
            self._rows.addWidget(_Row(f"made.{number + 1}", one))
        self.card.setVisible(bool(listed))
        self.nothing.show_text("" if listed else say("made.none"), "muted", "dash")
        commands = undo_commands(listed)
        if self._commands is not None:
            self._commands.deleteLater()
            self._commands = None
        if commands:
            self._commands = CodeBlock("made.commands", commands, say("made.undo"))
            self.undo.add(self._commands)
        self.undo.setVisible(bool(commands))

    def first_focus(self) -> QWidget | None:
        return None if self.undo.isHidden() else self.undo.button


class _List(Card):
    told_as = accessibility.LIST


class _Row(QWidget):
    told_as = accessibility.ITEM

    def __init__(self, identifier: str, one: Listed) -> None:
        super().__init__()
        said = made_words(one)
        name(self, identifier, said.spoken)
        head = row(12)
        head.addWidget(Label(said.kind, theme.STRONG), 1)
        chip = Chip()
        chip.show_state(said.state, said.tone)
        head.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        texts = column(self, 0, (0, 8, 0, 8))
        texts.addLayout(head)
        texts.addWidget(Paragraph(said.name, theme.SMALL, leading=1.3))
        texts.addWidget(Paragraph(said.about, theme.SMALL, "muted", leading=1.3))
