"""Check and save: the steps as they happen, and one diagnosis directly under the title."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, LinkButton
from gemini_setup.gui.components.chip import OutcomeLine
from gemini_setup.gui.components.copy_button import CopyButton
from gemini_setup.gui.components.diagnosis_buttons import DiagnosisButtons, acting_button
from gemini_setup.gui.components.findings import Steps
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.result_view import ResultView
from gemini_setup.gui.components.two_ways import TwoWays
from gemini_setup.gui.components.widgets import CodeBlock, Fold, Notice
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.presenters.check_result import (
    Verdict,
    duration,
    fault_words,
    thing,
    tone_of,
    unread,
    verdict,
)
from gemini_setup.gui.presenters.repair_words import keeps_key, mend_label
from gemini_setup.gui.style.text import announce, copy_text
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.wizard.flow import Draft, Page, following

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Announcer, Checking, Drafts, Navigation, ProfileActions, Provision

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
        provision: Provision,
        core: Core,
    ) -> None:
        self.navigation, self.drafts, self.checking = navigation, drafts, checking
        self.profiles, self.announcer, self.provision, self.core = profiles, announcer, provision, core
        super().__init__()

    def build(self) -> None:
        self._verdict: Verdict | None = None
        self._painted = False  # whether it shows what the session knows
        self._trapped = False
        self.outcome = OutcomeLine("check.outcome")
        self.body.insertWidget(0, self.outcome)
        self.card = ResultView("check.diagnosis")
        self.body.addSpacing(
            -8
        )  # what is said first of a result stands nearer to its title than a page's controls
        self.put(self.card)
        self.ways = TwoWays("check.way")
        self.put(self.ways)
        self.watch = Notice("check.watch")
        self.put(self.watch, 12)
        self.admin = Fold("check.admin", say("file.none.admin"))
        self._message = CodeBlock("check.message", "", say("file.none.admin"), prose=True)
        self.admin.add(self._message)
        self.put(self.admin, 8)
        self._foldline = QWidget()
        line = QHBoxLayout(self._foldline)
        line.setContentsMargins(0, 0, 0, 0)
        self.fold = LinkButton("check.steps", "", "link", "chevron-right")
        self.copy = CopyButton("check.copy", say("common.copy_details"), self._details, "link")
        line.addWidget(self.fold)
        line.addStretch(1)
        line.addWidget(self.copy)
        self.put(self._foldline, 8)
        self.steps = Steps([(s.value, say(f"steps.{s}.title"), say(f"steps.{s}.explanation")) for s in Step])
        self.put(self.steps)
        self._buttons = DiagnosisButtons(self)
        self._buttons.act.connect(self._act)
        self._buttons.again.connect(self.checking.check_again)
        self._buttons.keep.connect(self.checking.keep_anyway)
        self._buttons.plain.connect(self.profiles.ask_for_plain_text)
        self.ways.act.connect(self._act)
        self.ways.mend.connect(self.provision.mend)
        self.ways.message_wanted.connect(self._copy_message)
        self.checking.watch.changed.connect(self._show_watch)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GOES_ON)
        self._timer.timeout.connect(self.goes_on)
        self._timer.timeout.connect(self.turned)  # after it
        self.fold.toggled.connect(self._folded)
        session = self.session = self.checking.session
        session.began.connect(self._begin)
        session.happened.connect(self._event)
        session.waits.connect(self._keyring_waits)
        session.reported.connect(self._show_report)
        session.ended.connect(self._ended)
        self.provision.mends.connect(self._show_mending)
        self._clear()
        self._show_idle()

    # ---- a run

    def arrive(self) -> None:
        """A page that was made after the session began, or in another language, shows what the session knows."""
        if self._painted:
            return
        report = self.drafts.draft.report
        if self.session.running:
            self._begin()
            if self.session.waiting:
                self._keyring_waits(self.session.waiting)
        elif self.session.state == "done" and report is not None:
            self._show_report(report)
        elif self.session.state in ("failed", "stopped"):
            self._ended()

    def _begin(self) -> None:
        self._painted = True
        self._timer.stop()
        self._verdict = None
        self._clear()
        self._plan(self.session.planned)
        self._show_running()
        self._show_findings(self.session.findings, running=True)
        self.show_top()
        announce(self, self.title.text())

    def _clear(self) -> None:
        self._trapped = False
        self.outcome.show_outcome("", "grey")
        for part in (self.card, self.ways, self.watch, self.admin, self._foldline):
            part.hide()
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
        row = self.session.made if row is None else row
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
        self._painted = True
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
        saved = self.session.row is not None
        if saved and isinstance(error, NoSuchProfile):
            return  # the list says so
        if saved and isinstance(error, VaultFault):
            self._show_unread(error)
        else:
            self._show_internal(error)

    def _show_internal(self, error: object) -> None:
        why = f"{say('window.internal_why')} ({type(error).__name__})"
        title, lead = say("window.internal"), say("check.lead_internal", thing=self._thing)
        self._show_verdict(
            Verdict(title, lead, "grey", say("check.chip.internal"), told=True, why=why, main=False)
        )
        announce(self, self.spoken(), assertive=True)
        self.changed.emit()
        if isinstance(error, Exception):
            hooks.CRASHES.tell(error)  # with the report

    def _show_unread(self, error: VaultFault) -> None:
        """The keyring did not give it, so Google was not asked."""
        self._show_verdict(unread(*fault_words(error.fault, error.store, error.reason)))
        self.card.set_buttons(self._buttons.try_again())
        announce(self, f"{super().spoken()} {self.card.accessibleName()}", assertive=True)
        self.changed.emit()
        self.show_main()

    # ---- results

    def _show_report(self, report: Report) -> None:
        result = self._paint_report(report)
        announce(self, self.spoken(), assertive=result.tone == "red")
        self.changed.emit()
        if result.goes_on:
            self._timer.start()
        elif self.card_is_main:
            self.show_main()
        elif self.isVisibleTo(self.window()):
            self.main_wanted.emit()  # all is said; Return does what the footer says

    def _paint_report(self, report: Report) -> Verdict:
        self._painted = True
        said = self.core.diagnosis(report)
        message = self.core.admin_message(report) if not report.kept else ""
        result = verdict(report, said, self._thing, again=self.session.row is not None)
        self._message.set_text(message.strip())
        self._show_findings(report.findings)
        self._show_verdict(result)
        if report.trap and not report.kept:
            self._show_trap(report, result)
        else:
            self.card.set_buttons(self._mended(self._buttons.buttons(result, self._can_act), report))
            offered = any(action.does == "admin" for action in result.actions)
            self.admin.set_open(False)
            self.admin.setVisible(bool(message) and not offered)
            self._show_watch()
        self._order()
        return result

    def _mended(self, buttons: list[Button], report: Report) -> list[Button]:
        """First among them, what we can do at Google about this result."""
        label = mend_label(self.provision.mending(report))
        if not label:
            return buttons
        mend = acting_button("check.mend", label, "", self.provision.mend)
        mend.set_kind("primary")
        for button in buttons:
            if button.property("kind") == "primary":
                button.set_kind("plain")
                if label.startswith(button.text()):  # it's the same, by hand
                    button.setText(say("plan.by_hand"))
                    button.setAccessibleName(say("plan.by_hand"))
        return [mend, *buttons[:2]]

    def _show_mending(self) -> None:
        """It has been found out meanwhile."""
        report = self.drafts.draft.report
        if self.session.state == "done" and report is not None and self._verdict is not None:
            self._paint_report(report)
            self.changed.emit()
            if self.isVisible() and self.card_is_main:
                self.show_main()

    def _show_verdict(self, result: Verdict) -> None:
        self._verdict = result
        self._clear()
        self.set_title(result.title, result.lead)
        self.outcome.show_outcome(result.chip, result.tone, result.meta)
        self.card.set_buttons([])
        self.card.setVisible(result.told)
        self._foldline.setVisible(result.told and bool(self.steps.names()))
        self.fold.setText(say("check.steps", count=len(self.steps.names())))
        self.fold.setChecked(False)
        self.steps.setVisible(not result.told)
        self.card.show_result(
            result.why,
            result.fixes,
            result.facts,
            asked=result.asked,
            note=result.note,
            command=result.command,
        )
        told = self.card.accessibleName()
        self.card.setAccessibleName(" ".join(filter(None, (result.title, result.lead, told))))

    def _show_trap(self, report: Report, result: Verdict) -> None:
        """The result is the page of the trap: two ways instead of one list of them."""
        said = self.core.trap_page(report)
        self._trapped = True
        self.set_title(said.title, said.sentence)
        project = report.facts.get("project", "")
        meta = (*result.meta, *((say("check.project", project=project),) if project else ()))
        self.outcome.show_outcome(result.chip, result.tone, meta)
        self.card.hide()
        wish = self.provision.mending(report)
        self.ways.show_ways(
            said, message=bool(self._message.text()), mend=mend_label(wish), keeps=keeps_key(wish)
        )
        self.ways.show()
        self._show_watch()

    def _show_watch(self) -> None:
        """After a link was opened: what happens automatically."""
        running, result = self.checking.watch.running, self._verdict
        if self._trapped:
            self.ways.show_watch(say("check.watches" if running else "check.watch_hint"), opened=running)
            self.watch.hide()
        else:
            self.watch.show_text(
                say("check.watches") if running and result is not None else "", "muted", "clock"
            )

    def _copy_message(self) -> None:
        copy_text(self.ways.message, self._message.text())
        self.announcer.say(say("common.copied"), good=True)

    def _order(self) -> None:
        """New buttons come last in the order of Tab: what stands beneath them on the page follows them again."""
        ways = self.ways.controls() if self._trapped else ()
        beneath = (self.admin.button, self._message.copy_button, self.fold, self.copy)
        for one, next_one in pairwise((*ways, *self.card.controls(), *beneath)):
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
        """The page's main button has the keyboard. Where it has no room beside the title, the title is what shows."""
        main = self._main_button()
        if main is None or not self.isVisibleTo(self.window()):
            return
        if self.isVisible() and not self.is_on_first_screen(main):
            self.setFocus()  # nobody presses what does not show; the arrow keys scroll to it
        elif self.card_is_main:
            main.setFocus()
        self.verticalScrollBar().setValue(0)

    def _main_button(self) -> Button | None:
        return self.ways.main_button if self._trapped else next(iter(self.card.buttons), None)

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
            text = "window.continue" if draft.checking is None else "window.done"
            return FooterState(say(text), False, cancel=True, stops=True)
        result = self._verdict
        again = say("window.again") if result is not None and result.repeats else ""
        if draft.checking is not None and draft.report is not None:
            if session.state == "done" and draft.report.outcome is Outcome.ACCEPTED:
                return FooterState(say("window.done"), primary=not self.card_is_main, aside=again)
        elif following(Page.CHECK, draft) is not None:
            return FooterState(say("window.continue"), primary=not self.card_is_main, aside=again)
        if result is not None and result.again:
            return FooterState()
        text = say("window.check" if session.state == "idle" else "window.again")
        ready = draft.checking is not None or draft.access is not None
        aside = say("check.keep_anyway") if result is not None and result.keep_anyway else ""
        return FooterState(text, ready, primary=not self.card_is_main, aside=aside)

    def do_aside(self) -> None:
        """Save anyway; or check again what is saved."""
        result = self._verdict
        if result is not None and result.keep_anyway:
            self.checking.keep_anyway()
        else:
            self.checking.check_again()

    def activate(self) -> None:
        if self.drafts.draft.checking is not None:
            self.checking.leave_check()
        elif following(Page.CHECK, self.drafts.draft) is None:
            self.checking.check_again()
        else:
            self.navigation.follow()

    def spoken(self) -> str:
        """With the outcome; reasons and ways out are read where they stand."""
        chip = self.outcome.accessibleName() if self.outcome.isVisibleTo(self) else ""
        return ". ".join(filter(None, (chip, super().spoken().rstrip("."))))

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
        """Whether the page's one main button stands in the page, so that the footer's is plain."""
        main = self._main_button()
        return self._verdict is not None and main is not None and main.property("kind") == "primary"

    def _show_admin(self) -> None:
        self.admin.show()
        self.admin.set_open(True)
        self.admin.button.setFocus()
        self.bring_into_view(self.admin)

    def first_focus(self) -> QWidget | None:
        return self._main_button() if self.card_is_main else None

    def left(self) -> None:
        self._timer.stop()
