"""Check and save: the steps as they happen, and one diagnosis directly under the title."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui.components.buttons import LinkButton
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.components.diagnosis_buttons import DiagnosisButtons
from gemini_setup.gui.components.findings import DiagnosisCard, Steps
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import CodeBlock, Fold
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.presenters.check_result import Verdict, duration, fault_words, thing, tone_of, verdict
from gemini_setup.gui.style.text import announce
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.wizard.flow import Draft, Page, following

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Announcer, Checking, Drafts, Navigation, ProfileActions

_GOES_ON = 900  # milliseconds in which the person sees that all is well


class CheckPage(PageView):
    """Paints the check session: as it runs, and again where the page has been made in another language."""

    id = "check"
    step: int | None = 2

    def __init__(
        self,
        navigation: Navigation,
        drafts: Drafts,
        checking: Checking,
        profiles: ProfileActions,
        announcer: Announcer,
        core: Core,
    ) -> None:
        self.navigation, self.drafts, self.checking = navigation, drafts, checking
        self.profiles, self.announcer, self.core = profiles, announcer, core
        super().__init__()

    def build(self) -> None:
        self._verdict: Verdict | None = None
        self.card = DiagnosisCard("check.diagnosis")
        self.card.hide()
        self.put(self.card)
        self.admin = Fold("check.admin", say("file.none.admin"))
        self._message = CodeBlock("check.message", "", say("file.none.admin"), prose=True)
        self.admin.add(self._message)
        self.admin.hide()
        self.put(self.admin, 4)
        self._foldline = QWidget()
        line = QHBoxLayout(self._foldline)
        line.setContentsMargins(0, 8, 0, 8)
        self.fold = LinkButton("check.steps", "", "link", "chevron-right")
        self.copy = CopyButton("check.copy", say("common.copy_details"), self._details, "ghost")
        line.addWidget(self.fold)
        line.addStretch(1)
        line.addWidget(self.copy)
        self._foldline.hide()
        self.put(self._foldline)
        self.steps = Steps([(s.value, say(f"steps.{s}.title"), say(f"steps.{s}.explanation")) for s in Step])
        self.put(self.steps)
        self._buttons = DiagnosisButtons(self)
        self._buttons.act.connect(self._act)
        self._buttons.again.connect(self.checking.check_again)
        self._buttons.keep.connect(self.checking.keep_anyway)
        self._buttons.plain.connect(self.profiles.ask_for_plain_text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GOES_ON)
        self._timer.timeout.connect(self.goes_on)
        self.fold.toggled.connect(self._folded)
        session = self.session = self.checking.session
        session.began.connect(self._begin)
        session.happened.connect(self._event)
        session.waits.connect(self._keyring_waits)
        session.reported.connect(self._show_report)
        session.ended.connect(self._ended)
        self._show_idle()
        if session.running:
            self._begin()

    # ---- a run

    def _begin(self) -> None:
        self._timer.stop()
        self._verdict = None
        self._clear()
        self._plan(self.session.planned)
        self._show_running()
        self._show_findings(self.session.findings, running=True)
        self.show_top()
        announce(self, self.title.text())

    def _clear(self) -> None:
        self.card.hide()
        self.admin.hide()
        self._foldline.hide()
        self.steps.show()

    def _plan(self, steps: tuple[Step, ...]) -> None:
        self.steps.plan(steps)

    def _show_idle(self) -> None:
        self.set_title(say("check.title_idle"), say("check.lead_idle"))

    def _show_running(self) -> None:
        lead = "check.lead_running" if self.session.row is None else "check.lead_running_kept"
        self.set_title(say("check.title_running", thing=self._thing), say(lead))

    @property
    def _thing(self) -> str:
        row = self.session.row
        return thing(self.session.access) if row is None else profile_row.thing(row)

    def _event(self, event: Event) -> None:
        match event:
            case Planned():
                if self.session.row is not None:  # it has been read
                    self._show_running()
                self._plan(event.steps)
            case Started():
                row = self.steps.row(event.step.value)
                if row is not None:
                    row.show_state("running", time=say("check.checking"))
            case Finding():
                self._step_ends(event)

    def _keyring_waits(self, what: str) -> None:
        """For the person, as the keyring itself says, or for something that it does not tell."""
        store = self.core.store_name() or say("use.store")
        lead = say("check.lead_slow" if what == "slow" else "check.lead_waiting")
        self.set_title(say("check.title_waiting", store=store), lead)
        row = self.steps.row(Step.KEEP.value)
        if row is not None:
            row.show_state("running", time=say("check.waiting"))
        announce(self, self.spoken(), assertive=True)

    def _step_ends(self, finding: Finding) -> None:
        row = self.steps.row(finding.step.value)
        if row is None:
            return
        explanation = ""
        if finding.step is Step.KEEP:
            store = finding.facts.get("store") or say("use.store")
            if finding.fault is None:
                explanation = say("check.saved", store=store)
            else:
                explanation = fault_words(finding.fault, store, finding.facts.get("reason", ""))[0]
        elif finding.cause is not None and not finding.good:
            adding = self.session.row is None
            context = cause_texts.Context.ADDING if adding else cause_texts.Context.SAVED
            facts = cause_texts.friendly(finding.facts)
            explanation = cause_texts.cause(finding.cause.id, facts, context).what
        row.show_state(tone_of(finding), explanation, duration(finding.ms))

    # ---- the end of a run

    def _ended(self) -> None:
        self._timer.stop()
        match self.session.state:
            case "stopped":
                self._show_stopped()
            case "failed":
                self._show_failure(self.session.error)
            case _:
                self._verdict = None
                self._clear()
                self._show_idle()

    def _show_stopped(self) -> None:
        for step in self.steps.names():
            row = self.steps.row(step)
            if row is not None and row.state in ("open", "running"):
                row.show_state("skipped", say(f"steps.{step}.explanation"), say("check.not_run"))
        lead = "check.lead_cancelled" if self.session.row is None else "check.lead_cancelled_kept"
        self.set_title(say("check.title_cancelled"), say(lead, thing=self._thing))
        announce(self, self.spoken())

    def _show_failure(self, error: object) -> None:
        row = self.session.row
        if isinstance(error, NoSuchProfile) and row is not None:
            self.announcer.say(say("home.gone", profile=row.name))
            self.navigation.go(Page.HOME)
        elif isinstance(error, VaultFault) and row is not None:
            self._show_unread(error)
        else:
            self._show_internal(error)

    def _show_internal(self, error: object) -> None:
        self.set_title(say("check.title_internal"), say("check.lead_internal", thing=self._thing))
        why = f"{say('window.internal_why')} ({type(error).__name__})"
        self.card.show_diagnosis("grey", say("window.internal"), why, glyph="warning")
        self.card.set_buttons([])
        self.card.show()
        self.steps.hide()
        announce(self, self.spoken(), assertive=True)
        self.changed.emit()
        if isinstance(error, Exception):
            hooks.CRASHES.tell(error)  # with the report

    def _show_unread(self, error: VaultFault) -> None:
        """The keyring did not give it, so Google was not asked."""
        self.set_title(say("check.title_unread", thing=self._thing), say("check.lead_unread"))
        card = fault_words(error.fault, error.store, error.reason)
        self._verdict = Verdict(self.title.text(), self.lead.text(), "amber", card, again=True)
        self.card.show_diagnosis("amber", *card)
        self.card.set_buttons(self._buttons.try_again())
        self.card.show()
        self.steps.hide()
        announce(self, f"{super().spoken()} {self.card.accessibleName()}", assertive=True)
        self.changed.emit()
        self.show_main()

    # ---- results

    def _show_report(self, report: Report) -> None:
        result = self._paint_report(report)
        self.card.land()
        announce(self, self.spoken(), assertive=result.tone == "red")
        self.changed.emit()
        if report.trap and not report.kept:
            self.navigation.open_trap(report.cause.id, report.facts)
        elif result.goes_on:
            self._timer.start()
        elif self.session.row is not None and not self.card_is_main and self.isVisibleTo(self.window()):
            self.main_wanted.emit()  # all is said; Return leads back to what is saved
        elif result.card is not None:
            self.show_main()

    def _paint_report(self, report: Report) -> Verdict:
        said = self.core.diagnosis(report)
        result = self._verdict = verdict(report, said, self._thing, again=self.session.row is not None)
        self.set_title(result.title, result.lead)
        self._show_findings(report.findings)
        self._show_card(report, result)
        return result

    def _show_card(self, report: Report, result: Verdict) -> None:
        card = result.card
        self.card.setVisible(card is not None)
        message = self.core.admin_message(report) if card is not None and not report.kept else ""
        self._message.set_text(message.strip())
        self.admin.set_open(False)
        offered = any(action.does == "admin" for action in result.actions)
        self.admin.setVisible(bool(message) and not offered)
        self._foldline.setVisible(card is not None)
        self.fold.setText(say("check.steps", count=len(self.steps.names())))
        self.fold.setChecked(False)
        self.steps.setVisible(card is None)
        if card is None:
            return
        title, why, fixes = card
        self.card.show_diagnosis(result.tone, title, why, fixes, asked=result.asked, note=result.note)
        self.card.set_buttons(self._buttons.buttons(report, result, self._can_act))
        # New buttons come last in the order of Tab: what stands beneath them on the page follows them again.
        for one, next_one in pairwise(
            (*self.card.buttons, self.admin.button, self._message.copy_button, self.fold, self.copy)
        ):
            QWidget.setTabOrder(one, next_one)

    def _can_act(self, action: Action) -> bool:
        return action.does == "admin" or self.checking.can_run(action)

    def _act(self, action: Action) -> None:
        report = self.drafts.draft.report
        if action.does == "admin":
            self._show_admin()
        elif report is not None:
            self.checking.run(action, report.cause.id, report.facts)

    def show_main(self) -> None:
        """The card's main button is on the screen and has the keyboard."""
        buttons = self.card.buttons
        if buttons and self.isVisibleTo(self.window()):
            if self._verdict is not None and self._verdict.main:
                buttons[0].setFocus()
            self.bring_into_view(buttons[0])

    def _show_findings(self, findings: Sequence[Finding], *, running: bool = False) -> None:
        """All rows again, from what is known: also where no events were seen."""
        found, planned = {finding.step for finding in findings}, self.session.planned
        if not set(self.steps.names()) >= {step.value for step in (*found, *planned)}:
            self._plan(tuple(step for step in Step if step in found or step in planned))
        for step in self.steps.names():
            row = self.steps.row(step)
            if row is not None and running:
                row.show_state("open", say(f"steps.{step}.explanation"))
            elif row is not None:
                row.show_state("skipped", say(f"steps.{step}.explanation"), say("check.not_run"))
        for finding in findings:
            self._step_ends(finding)

    def _folded(self, opened: bool) -> None:
        self.fold.set_icon("chevron-down" if opened else "chevron-right")
        self.steps.setVisible(opened)

    def _details(self) -> str:
        report = self.drafts.draft.report
        return report.details if report is not None else ""

    # ---- the page

    def footer(self) -> FooterState:
        session, draft = self.session, self.drafts.draft
        if session.running:
            return FooterState(say("window.continue"), False, cancel=True, stops=True)
        if draft.checking is not None and draft.report is not None:
            if session.state == "done" and draft.report.outcome is Outcome.ACCEPTED:
                return FooterState(say("window.done"))
        elif following(Page.CHECK, draft) is not None:
            return FooterState(say("window.continue"), primary=not self.card_is_main)
        if self.card_repeats:
            return FooterState()
        text = say("window.check" if session.state == "idle" else "window.again")
        ready = draft.checking is not None or draft.access is not None
        return FooterState(text, ready, primary=not self.card_is_main)

    def activate(self) -> None:
        if self.drafts.draft.checking is not None:
            self.checking.leave_check()
        elif following(Page.CHECK, self.drafts.draft) is None:
            self.checking.check_again()
        else:
            self.navigation.follow()

    def spoken(self) -> str:
        """With what the card says has happened: its reasons and ways out are read there."""
        told = self.card.title.text() if self.card.isVisibleTo(self) else ""
        return ". ".join(filter(None, (super().spoken().rstrip("."), told)))

    def take_over(self, old: PageView) -> None:
        """A result stands again in the new words, without being announced or acted on again."""
        report = self.drafts.draft.report
        if self.session.state == "done" and report is not None:
            self._plan(self.session.planned)
            self._paint_report(report)

    def render_draft(self, draft: Draft) -> None:
        self.step = 2 if draft.checking is None else None

    @property
    def card_is_main(self) -> bool:
        """Whether the page's one main button stands in the card, so that the footer's is plain."""
        return self._verdict is not None and self._verdict.card is not None and self._verdict.main

    @property
    def card_repeats(self) -> bool:
        """Whether the card's main button tries again, so that the footer needs no "Check again"."""
        result = self._verdict
        if result is None or not result.main:
            return False
        return result.again or (bool(result.actions) and result.actions[0].does == "again")

    def _show_admin(self) -> None:
        self.admin.show()
        self.admin.set_open(True)
        self.admin.button.setFocus()
        self.bring_into_view(self.admin)

    def first_focus(self) -> QWidget | None:
        buttons = self.card.buttons
        return buttons[0] if self.card_is_main and buttons else None

    def left(self) -> None:
        self._timer.stop()
