"""A question before something that cannot be taken back. Nothing is done unless its button is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import Button, Flow
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import Card, Glyph, Notice, column, empty, row
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters.confirmations import Question
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Links, Navigation


class ConfirmPage(PageView):
    id = "confirm"
    step = None

    def __init__(self, navigation: Navigation, links: Links) -> None:
        self.navigation, self.links = navigation, links
        super().__init__()

    def build(self) -> None:
        self.question: Question | None = None
        self._busy = False
        self.card = Card()
        self._points = column(self.card, 10, (20, 16, 20, 16))
        self.put(self.card)
        buttons = QWidget()
        flow = Flow(2 * theme.GAP, buttons)
        self.delete = Button("confirm.delete", say("old.delete"), "plain", "external")
        self.delete.setAccessibleName(say("common.opens", text=say("old.delete")))
        flow.addWidget(self.delete)
        self.put(buttons, 16)
        self.note = Notice("confirm.note")
        self.put(self.note, 8)
        self.delete.clicked.connect(self._delete)

    def footer(self) -> FooterState:
        question = self.question
        if question is None:
            return FooterState()
        return FooterState(
            question.does,
            not self._busy,
            primary=False,
            danger=question.destroys,
            back_text=say("window.cancel"),
        )

    def activate(self) -> None:
        if self.question is not None:
            self.question.done()

    def arrive(self) -> None:
        question = self.navigation.subjects.question
        if question is not None and question is not self.question:
            self.question = question
            self._show(question)

    def _show(self, question: Question) -> None:
        self.set_title(question.title, question.lead)
        empty(self._points)
        for point in question.points:
            line = QWidget()
            inner = row(10)
            inner.addWidget(Glyph("dot", 16), 0, Qt.AlignmentFlag.AlignTop)
            inner.addWidget(Paragraph(point, leading=1.34), 1)
            column(line).addLayout(inner)
            self._points.addWidget(line)
        self.card.setAccessibleName(" ".join(question.points))
        self.delete.setVisible(question.delete is not None)
        self.note.show_text(question.delete.note if question.delete else "", "muted", "external")

    def show_busy(self, busy: bool) -> None:
        self._busy = busy

    def _delete(self) -> None:
        if self.question is not None and self.question.delete is not None:
            self.links.open_page(self.question.delete.page, self.question.delete.facts)

    def spoken(self) -> str:
        points = self.question.points if self.question is not None else ()
        return " ".join((super().spoken(), *points))
