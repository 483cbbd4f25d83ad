"""You're all set: where it is saved, Gemini's reply as proof, code that works here now, and tools to connect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.backend import Place
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.findings import DiagnosisCard
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.snippet_tabs import SnippetTabs
from gemini_setup.gui.components.tool_list import ToolList, chain
from gemini_setup.gui.components.widgets import Fold, Glyph, Notice, column
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.presenters.check_result import openai_why, thing
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label, Paragraph, announce
from gemini_setup.gui.texts import apart, say
from gemini_setup.gui.tool_session import ToolSession
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Outcome
from gemini_setup.system.threads import blocking
from gemini_setup.usage.snippets import Use
from gemini_setup.wizard.flow import Draft, Page

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import (
        Background,
        Drafts,
        Exclusive,
        Links,
        Navigation,
        ProfileActions,
        Provision,
    )


_AFTER_THE_RESULT: Final = 40  # milliseconds: some frames


class UsePage(PageView):
    id = "use"
    follows_unseen = True  # its texts are looked up while the person still reads the result
    step = 3

    def __init__(
        self,
        navigation: Navigation,
        drafts: Drafts,
        profiles: ProfileActions,
        links: Links,
        background: Background,
        exclusive: Exclusive,
        provision: Provision,
        core: Core,
    ) -> None:
        (
            self.navigation,
            self.drafts,
            self.profiles,
            self.links,
            self.background,
            self.exclusive,
            self.provision,
            self.core,
        ) = navigation, drafts, profiles, links, background, exclusive, provision, core
        super().__init__()

    def build(self) -> None:
        self.sign = Glyph("check", 48, "green", "disc")
        self.put_beside_title(self.sign)
        self._report: Report | None = None
        self._is_new = False  # its sign has not landed yet
        self._unseen: Draft | None = None  # drawn as soon as the result stands
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(_AFTER_THE_RESULT)
        self._drawing.timeout.connect(self._render_unseen)
        self._path: Path | None = None
        self._old_report: Report | None = None
        self.old = DiagnosisCard("use.old")
        self._old_box = QWidget()  # the room beneath the card goes away with it
        column(self._old_box, 0, (0, 0, 0, 12)).addWidget(self.old)
        self._old_box.hide()
        self.put(self._old_box)
        self.later = Notice("use.later")
        self.put(self.later)
        self.later.setContentsMargins(0, 0, 0, 12)
        self.note = Notice("use.notice")
        self.put(self.note)
        self.note.setContentsMargins(0, 0, 0, 8)
        self.snippets = SnippetTabs("use")
        self.put(self.snippets)
        self._tools = QWidget()
        tools = column(self._tools, 0, (0, 8, 0, 12))
        self._tools_title = Label(say("handing.heading"), theme.STRONG)
        self._tools_lead = Paragraph("", theme.SMALL, "muted", leading=1.34)
        self.handing = ToolList("use.hand")
        self._connecting = ToolSession(
            self.handing, self, self.navigation, self.profiles, self.background, self.exclusive, self.core
        )
        tools.addWidget(self._tools_title)
        tools.addSpacing(2)
        tools.addWidget(self._tools_lead)
        tools.addSpacing(2 * theme.GAP)
        tools.addWidget(self.handing)
        self._tools.hide()
        self.put(self._tools)
        self.snippets.grown.connect(self._order)
        self._trash_line = QWidget()
        trash = column(self._trash_line, theme.GAP, (0, 20, 0, 0))
        self._trash_lead = Paragraph("", theme.SMALL, "muted")
        self.trash = Button("use.trash", say("use.trash"), "plain", "trash")
        trash.addWidget(self._trash_lead)
        trash.addWidget(self.trash)
        self.put(self._trash_line)
        self.trash_notice = Notice("use.trash_notice")
        self.put(self.trash_notice, 8)
        self.readers = Fold("use.readers", say("use.readers"))
        self._readers = Paragraph("", theme.SMALL, "muted")
        self.readers.add(self._readers)
        self.readers.hide()
        self.put(self.readers)
        self.trash.clicked.connect(self._trash)
        self.handing.changed.connect(self._handing_changed)

    def render_draft(self, draft: Draft) -> None:
        report = draft.report
        if report is None or not report.kept or report is self._report:
            return
        if not self.isVisibleTo(self.window()):  # the result is being drawn: not in one turn with it
            self._unseen = draft
            self._drawing.start()
            return
        self._render(draft, report)

    def _render_unseen(self) -> None:
        draft = self._unseen
        report = draft.report if draft is not None else None
        if draft is not None and report is not None and report.kept and report is not self._report:
            self._render(draft, report)

    def _render(self, draft: Draft, report: Report) -> None:
        self._drawing.stop()
        self._unseen = None
        self._is_new = True
        self._report = report
        self._path = draft.path if draft.service is Service.VERTEX else None
        store = report.store or say("use.store")
        if report.usable:
            said = apart(report.sentence) if report.sentence else ""
            replaced = report.old is not None and report.proven and not report.old_dead
            title = say("use.title_replaced" if replaced else "use.title")
            self.set_title(title, say("use.lead", store=store, sentence=said))
            self.sign.show_icon("check", "green", "disc")
        else:
            why = self.core.diagnosis(report).title
            self.set_title(say("use.title_amber"), say("use.lead_amber", store=store, why=why))
            self.sign.show_icon("warning", "amber", "disc")
        self._show_old(draft, report)
        self._show_note(draft, report)
        self._trash_line.setVisible(self._path is not None)
        self.trash_notice.show_text("")
        if self._path is not None:
            self._trash_lead.setText(say("use.trash_lead", name=self._path.name))
        self._show_uses(())
        self._tools_lead.setText(say("handing.about", thing=self._thing(draft)))
        self._tools.hide()
        self._connecting.show_profile(self.profiles.profile(report.profile))
        self.readers.hide()
        self.background.ask(partial(blocking, self.core.where), self._show_place, _nothing)
        if draft.access is not None:
            self.background.ask(
                partial(blocking, partial(self.core.uses, draft.access, report)), self._show_uses
            )
        elif (
            row := self.profiles.profile(report.profile)
        ) is not None:  # it was made at Google, and was never here
            self.background.ask(partial(blocking, partial(self.core.uses_of, row)), self._show_uses, _nothing)

    def footer(self) -> FooterState:
        return FooterState(
            say("window.finish"), primary=not self.card_is_main, back_text=say("use.saved_keys")
        )

    def go_back(self) -> bool:
        """What is saved is not unsaved by Back: the left button leads to the list."""
        self.navigation.go(Page.HOME)
        return True

    def activate(self) -> None:
        self.navigation.finish()

    def take_over(self, old: PageView) -> None:
        """What the person has done about the old one and the file stays done."""
        assert isinstance(old, UsePage)
        self._unseen = self.drafts.draft
        self._render_unseen()
        if self._report is None or self._report is not old._report:
            return
        if old.later.text():
            self._put_off()
        if self._path is not None and old._trash_line.isHidden():
            self._show_trashed()

    # ---- the one that was replaced

    @property
    def card_is_main(self) -> bool:
        """Whether the page's one main button stands in the card about the old one."""
        return any(button.property("kind") == "primary" for button in self.old.buttons)

    def _show_old(self, draft: Draft, report: Report) -> None:
        """On top, until the person has put it off: the old one is to be deleted, or is of no use anymore."""
        old, hint = report.old, report.old.hint if report.old is not None else ""
        self.later.show_text("")
        self._old_report = report
        shown = old is not None and old.kind is not Kind.ADC and (report.proven or report.old_dead)
        self._old_box.setVisible(shown)
        if not shown:
            self.old.set_buttons([])
            return
        if report.old_dead:
            title, why, note = say("old.dead", hint=hint), say("old.dead_why"), ""
            tone, glyph = "grey", "dash"
            buttons = [self._button("use.erase", say("old.erase"), "plain", self._erase)]
        else:
            tone, glyph = "accent", "key"
            title = say("old.left", hint=hint, thing=self._thing(draft))
            where = self._deletion()
            why, note = say("old.left_why"), where.note if where is not None else ""
            buttons = [
                self._button("use.delete", say("old.delete"), "primary", self._delete, "external"),
                self._button("use.deleted", say("old.deleted"), "plain", self._prove),
                self._button("use.old_later", say("old.later"), "plain", self._later),
                self._button("use.rollback", say("home.rollback"), "link", self._roll_back),
            ]
        self.old.show_diagnosis(tone, title, why, glyph=glyph, note=note)
        self.old.set_buttons(buttons)
        self._order()

    def _button(
        self, identifier: str, text: str, kind: str, done: Callable[[], None], icon: str = ""
    ) -> Button:
        button = Button(identifier, text, kind, icon)
        if icon == "external":
            button.setAccessibleName(say("common.opens", text=text))
        button.clicked.connect(partial(_press, done))
        return button

    def _deletion(self) -> profile_row.Deletion | None:
        access, old = self.drafts.draft.access, self._old_report.old if self._old_report is not None else None
        row = self._row()
        if old is None:
            return None
        if access is None:
            return profile_row.deletion_of_old(old, row.kind, row.service) if row is not None else None
        return profile_row.deletion_of_old(old, access.credential.kind, access.service)

    def _row(self) -> Profile | None:
        return self.profiles.profile(self._old_report.profile) if self._old_report is not None else None

    def _delete(self) -> None:
        where = self._deletion()
        if where is not None:
            self.links.open_page(where.page, where.facts)

    def _prove(self) -> None:
        row = self._row()
        if row is not None and row.old is not None:
            self.profiles.prove(row)

    def _later(self) -> None:
        self._put_off()
        announce(self, self.later.text())
        self.changed.emit()
        self.main_wanted.emit()

    def _put_off(self) -> None:
        old = self._old_report.old if self._old_report is not None else None
        self._old_box.hide()
        self.old.set_buttons([])
        self.later.show_text(
            say("old.later_said", hint=old.hint if old is not None else ""), "amber", "clock"
        )

    def _roll_back(self) -> None:
        row = self._row()
        if row is not None:
            self.profiles.roll_back(row)

    def _erase(self) -> None:
        row = self._row()
        if row is not None:
            self.profiles.erase_old(row, sure=True)

    def show_busy(self, busy: bool) -> None:
        for button in self.old.buttons:
            button.setEnabled(not busy)
        self.handing.show_busy(busy)

    def entered(self) -> None:
        self._connecting.entered()
        if self._is_new:
            self._is_new = False
            self.sign.land()

    def left(self) -> None:
        self._connecting.left()

    def _handing_changed(self) -> None:
        self._tools.setVisible(bool(self.handing.controls()))
        for words_of_a_list in (self._tools_title, self._tools_lead):
            words_of_a_list.setVisible(bool(self.handing.rows))
        self._order()

    def _order(self) -> None:
        """What was made later stands between what was made at first: Tab goes down the page."""
        snippets, tools = self.snippets.controls(), self.handing.controls()
        chain((*self.old.buttons, *snippets, *tools, self.trash, self.readers.button))

    def first_focus(self) -> QWidget | None:
        return self.old.buttons[0] if self.card_is_main else None

    # ---- what is shown

    def _thing(self, draft: Draft) -> str:
        """The person's word for it."""
        row = self.profiles.profile(self._report.profile) if self._report is not None else None
        return profile_row.thing(row) if draft.access is None and row is not None else thing(draft.access)

    def _show_place(self, place: Place) -> None:
        self._readers.setText(place.readers)
        self.readers.setVisible(bool(place.readers))

    def _show_note(self, draft: Draft, report: Report) -> None:
        what = self._thing(draft)
        why = openai_why(report)
        if why:
            self.note.show_text(say("use.openai", thing=what, why=why), "amber")
        elif report.outcome is not Outcome.ACCEPTED or not report.usable:
            self.note.show_text(self.core.diagnosis(report).what, "amber")
        elif report.unchanged:
            self.note.show_text(say("use.unchanged", thing=what), "muted", "check")
        else:
            self.note.show_text("")

    def _show_uses(self, uses: Sequence[Use]) -> None:
        self.snippets.show_uses(uses)
        self._order()

    def _trash(self) -> None:
        if self._path is not None:
            self.trash.setEnabled(False)
            self.background.ask(
                partial(blocking, partial(self.core.trash, self._path)), self._trashed, self._not_trashed
            )

    def _trashed(self, _: Any) -> None:
        self.trash.setEnabled(True)
        self._show_trashed()
        announce(self, self.trash_notice.text())

    def _show_trashed(self) -> None:
        self._trash_line.hide()
        self.trash_notice.show_text(say("use.trashed"), "green")

    def _not_trashed(self, error: BaseException) -> None:
        self.trash.setEnabled(True)
        self.trash_notice.show_text(say("use.trash_failed", path=self._path), "amber")
        announce(self, self.trash_notice.text())


def _press(done: Callable[[], None], _checked: bool = False) -> None:
    done()


def _nothing(_: BaseException) -> None:
    """What could not be found out is not said; the page works without it."""
