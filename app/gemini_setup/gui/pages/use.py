"""Start using it: where it is kept, Gemini's first sentence as proof, and the commands that work here now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from gemini_setup.blocking import blocking
from gemini_setup.credentials import Outcome, Service
from gemini_setup.events import Report
from gemini_setup.flow import Draft
from gemini_setup.gui import theme
from gemini_setup.gui.buttons import Button
from gemini_setup.gui.pages.page import PageView
from gemini_setup.gui.text import Label, Paragraph, announce
from gemini_setup.gui.verdict import openai_why, thing
from gemini_setup.gui.widgets import Card, CodeBlock, Fold, Glyph, Notice, column, empty, row
from gemini_setup.gui.wording import say
from gemini_setup.uses import Use


class UsePage(PageView):
    id = "use"
    step = 3

    def build(self) -> None:
        self._report: Report | None = None
        self._path: Path | None = None
        self.note = Notice("use.notice")
        self.put(self.note)
        self.note.setContentsMargins(0, 0, 0, 8)
        self.proof = Card("green_soft", "green")
        inside = row(12)
        both = QWidget()
        texts = column(both, 2)
        self._proof_title = Paragraph("", theme.SMALL, "muted", leading=1.3)
        self._proof_text = Paragraph("")
        texts.addWidget(self._proof_title)
        texts.addWidget(self._proof_text)
        inside.addWidget(Glyph("check", 26, "green", "disc"))
        inside.addWidget(both, 1)
        column(self.proof, 0, (16, 12, 16, 12)).addLayout(inside)
        self.put(self.proof, 4)
        self._trash_line = QWidget()
        trash = column(self._trash_line, theme.GAP, (0, 20, 0, 0))
        self._trash_lead = Paragraph("", theme.SMALL, "muted")
        self.trash = Button("use.trash", say("use.trash"), "plain", "trash")
        trash.addWidget(self._trash_lead)
        trash.addWidget(self.trash)
        self.put(self._trash_line)
        self.trash_notice = Notice("use.trash_notice")
        self.put(self.trash_notice, 8)
        self._uses = QWidget()
        self._use_column = column(self._uses, 0)
        self.put(self._uses)
        self.trash.clicked.connect(self._trash)

    def render_draft(self, draft: Draft) -> None:
        report = draft.report
        if report is None or not report.kept or report is self._report:
            return
        self._report = report
        self._path = draft.path if draft.service is Service.VERTEX else None
        store = report.store or say("use.store")
        if report.usable or report.outcome is Outcome.ACCEPTED:
            lead = say("use.lead")
        else:
            lead = say("use.lead_amber", why=self.host.core.diagnosis(report).title)
        self.set_title(say("use.title", store=store), lead)
        self._show_note(draft, report)
        self.proof.setVisible(bool(report.sentence))
        model = report.model or ""
        self._proof_title.setText(say("use.proof_model", model=model) if model else say("use.proof"))
        self._proof_text.setText(f"“{report.sentence}”")
        self.proof.setAccessibleName(f"{self._proof_title.text()}: {report.sentence}")
        self._trash_line.setVisible(self._path is not None)
        self.trash_notice.show_text("")
        if self._path is not None:
            self._trash_lead.setText(say("use.trash_lead", name=self._path.name))
        self._show_uses(())
        if draft.access is not None:
            self.host.work.ask(
                partial(blocking, partial(self.host.core.uses, draft.access, report)), self._show_uses
            )

    def _show_note(self, draft: Draft, report: Report) -> None:
        what = thing(draft.access)
        why = openai_why(report)
        if why:
            self.note.show_text(say("use.openai", thing=what, why=why), "amber")
        elif report.outcome is not Outcome.ACCEPTED or not report.usable:
            self.note.show_text(self.host.core.diagnosis(report).what, "amber")
        elif report.unchanged:
            self.note.show_text(say("use.unchanged", thing=what), "muted", "check")
        else:
            self.note.show_text("")

    def _show_uses(self, uses: Sequence[Use]) -> None:
        empty(self._use_column)
        for number, use in enumerate(uses):
            code = CodeBlock(f"use.{use.id}", use.text.rstrip(), use.title)
            if number:
                fold = Fold(f"use.{use.id}.open", use.title)
                fold.add(code)
                self._use_column.addWidget(fold)
                continue
            self._use_column.addSpacing(16)
            self._use_column.addWidget(Label(use.title, theme.STRONG))
            self._use_column.addSpacing(theme.GAP)
            self._use_column.addWidget(code)
            self._use_column.addSpacing(12)

    def _trash(self) -> None:
        if self._path is not None:
            self.trash.setEnabled(False)
            self.host.work.ask(
                partial(blocking, partial(self.host.core.trash, self._path)), self._trashed, self._not_trashed
            )

    def _trashed(self, _: Any) -> None:
        self.trash.setEnabled(True)
        self._trash_line.hide()
        self.trash_notice.show_text(say("use.trashed"), "green")
        announce(self, self.trash_notice.text())

    def _not_trashed(self, error: BaseException) -> None:
        self.trash.setEnabled(True)
        self.trash_notice.show_text(say("use.trash_failed", path=self._path), "amber")
        announce(self, self.trash_notice.text())
