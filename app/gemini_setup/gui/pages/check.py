"""Check and save: the steps as they happen, and one diagnosis directly under the title."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, LinkButton
from gemini_setup.gui.components.diagnosis_buttons import Acting
from gemini_setup.gui.components.findings import DiagnosisCard, Steps
from gemini_setup.gui.components.widgets import CodeBlock, Fold
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.presenters.check_result import Verdict, duration, fault_words, thing, tone_of, verdict
from gemini_setup.gui.style.text import announce, copy_text
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, Profile
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step, steps_of
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.wizard.flow import Draft

_GOES_ON = 900  # milliseconds in which the person sees that all is well
_LOOKS = 300  # milliseconds between two looks at whether the keyring asks the person for its password
_SLOW = 5  # looks after which a keyring that does not say so is told to be slow


class CheckPage(PageView):
    id = "check"
    step: int | None = 2

    def build(self) -> None:
        self.phase = "idle"  # idle, running, done, cancelled, internal
        self._run = 0
        self._access: Access | None = None
        self._kept: Profile | None = None  # the kept one that is asked about again
        self._verdict: Verdict | None = None
        self._planned: tuple[Step, ...] = ()  # what the run under way, or the last one, has said it does
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
        self.copy = Button("check.copy", say("common.copy_details"), "ghost", "copy")
        line.addWidget(self.fold)
        line.addStretch(1)
        line.addWidget(self.copy)
        self._foldline.hide()
        self.put(self._foldline)
        self.steps = Steps([(s.value, say(f"steps.{s}.title"), say(f"steps.{s}.explanation")) for s in Step])
        self.put(self.steps)
        self._actor = Acting(self.host, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GOES_ON)
        self._timer.timeout.connect(self.host.go_on)
        self._patience = QTimer(self)
        self._patience.setInterval(_LOOKS)
        self._patience.timeout.connect(self._look)
        self._looks = 0
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(1600)
        self._settled.timeout.connect(self._copy_settles)
        self.fold.toggled.connect(self._folded)
        self.copy.clicked.connect(self._copy_details)
        self.host.work.happened.connect(self._event)
        self.host.work.failed.connect(self._failed)
        self.set_title(say("check.title_idle"), say("check.lead_idle"))

    # ---- runs

    @property
    def running(self) -> bool:
        return self.phase == "running"

    def start(self, access: Access, profile: str) -> None:
        """Check from the beginning, and keep what Google accepts."""
        self._access = access
        self._kept = None
        self._begin()
        self._plan(_expected(access, Step.KEEP))
        self._run = self.host.work.start(partial(self.host.core.add, access, profile))
        announce(self, self.title.text())

    def recheck(self, row: Profile) -> None:
        """Ask Google about what is kept under that name; nothing is kept anew. Reading it may wait for the person."""
        self._access = None
        self._kept = row
        self._begin()
        self._plan(_expected(row))
        self._looks = 0
        self._patience.start()
        self._run = self.host.work.start(partial(self.host.core.check, row.name))
        announce(self, self.title.text())

    def keep(self, access: Access, report: Report) -> None:
        """Keep what was checked, without asking Google again."""
        self._access = access
        self._kept = None
        self._planned = self._planned or _expected(access, Step.KEEP)
        self._begin()
        self._show_findings(report, tuple(f for f in report.findings if f.step is not Step.KEEP))
        self._run = self.host.work.start(partial(self.host.core.keep, access, report))

    def _plan(self, steps: tuple[Step, ...]) -> None:
        self._planned = steps
        self.steps.plan(steps)

    def stop(self) -> None:
        """At once: connections are closed and nothing of the run is heard any more."""
        self._timer.stop()
        self._patience.stop()
        if self.running:
            self.host.work.cancel()
            self.phase = "cancelled"
            for step in self.steps.names():
                row = self.steps.row(step)
                if row is not None and row.state in ("open", "running"):
                    row.show_state("skipped", say(f"steps.{step}.explanation"), say("check.not_run"))
            lead = "check.lead_cancelled" if self._kept is None else "check.lead_cancelled_kept"
            self.set_title(say("check.title_cancelled"), say(lead, thing=self._thing))
            announce(self, self.spoken())

    def reset(self) -> None:
        """The answers have changed: the last result says nothing about them."""
        self.stop()
        self.phase = "idle"
        self._verdict = None
        self.card.hide()
        self.admin.hide()
        self._foldline.hide()
        self.steps.show()
        self.set_title(say("check.title_idle"), say("check.lead_idle"))

    def _begin(self) -> None:
        self._timer.stop()
        self.phase = "running"
        self._verdict = None
        self.card.hide()
        self.admin.hide()
        self._foldline.hide()
        self.steps.show()
        self._show_running()
        self.show_top()

    def _show_running(self) -> None:
        lead = "check.lead_running" if self._kept is None else "check.lead_running_kept"
        self.set_title(say("check.title_running", thing=self._thing), say(lead))

    @property
    def _thing(self) -> str:
        return thing(self._access) if self._kept is None else profile_row.thing(self._kept)

    def _event(self, run: int, event: Event) -> None:
        if run != self._run:
            return
        match event:
            case Planned():
                if self._kept is not None:  # it has been read
                    self._patience.stop()
                    self._show_running()
                self._plan(event.steps)
            case Started():
                self._step_starts(event.step)
            case Finding():
                self._step_ends(event)
            case Report():
                self._patience.stop()
                self.show_report(event)

    def _failed(self, run: int, error: object) -> None:
        if run != self._run or not self.running:
            return
        self._patience.stop()
        if isinstance(error, NoSuchProfile) and self._kept is not None:
            self.phase = "idle"
            self.host.say(say("home.gone", profile=self._kept.name))
            self.host.go("home")
            return
        if isinstance(error, VaultFault) and self._kept is not None:
            self._show_unread(error)
            return
        self.phase = "internal"
        what = self._thing
        self.set_title(say("check.title_internal"), say("check.lead_internal", thing=what))
        why = f"{say('window.internal_why')} ({type(error).__name__})"
        self.card.show_diagnosis("grey", say("window.internal"), why, glyph="warning")
        self.card.set_buttons([])
        self.card.show()
        self.steps.hide()
        announce(self, self.spoken(), assertive=True)
        self.host.refresh()
        if isinstance(error, Exception):
            hooks.CRASHES.tell(error)  # with the report

    def _show_unread(self, error: VaultFault) -> None:
        """The keyring did not give it, so Google was not asked."""
        self.phase = "unread"
        self.set_title(say("check.title_unread", thing=self._thing), say("check.lead_unread"))
        card = fault_words(error.fault, error.store, error.reason)
        self._verdict = Verdict(self.title.text(), self.lead.text(), "amber", card, again=True)
        self.card.show_diagnosis("amber", *card)
        self.card.set_buttons(self._actor.again())
        self.card.show()
        self.steps.hide()
        announce(self, f"{super().spoken()} {self.card.accessibleName()}", assertive=True)
        self.host.refresh()
        self.show_main()

    def _step_starts(self, step: Step) -> None:
        row = self.steps.row(step.value)
        if row is not None:
            row.show_state("running", time=say("check.checking"))
        if step is Step.KEEP:
            self._looks = 0
            self._patience.start()

    def _look(self) -> None:
        self._looks += 1
        if self.host.core.asking():
            self.keyring_waits()
        elif self._looks == _SLOW:
            self.keyring_waits(slow=True)

    def keyring_waits(self, *, slow: bool = False) -> None:
        """For the person, as the keyring itself says, or (`slow`) for something that it does not tell."""
        store = self.host.core.store_name() or say("use.store")
        title, lead = self.title.text(), self.lead.text()
        self.set_title(
            say("check.title_waiting", store=store), say("check.lead_slow" if slow else "check.lead_waiting")
        )
        if (self.title.text(), self.lead.text()) == (title, lead):
            return
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
            self._patience.stop()
            store = finding.facts.get("store") or say("use.store")
            if finding.fault is None:
                explanation = say("check.saved", store=store)
            else:
                explanation = fault_words(finding.fault, store, finding.facts.get("reason", ""))[0]
        elif finding.cause is not None and not finding.good:
            context = cause_texts.Context.ADDING if self._kept is None else cause_texts.Context.SAVED
            explanation = cause_texts.cause(
                finding.cause.id, cause_texts.friendly(finding.facts), context
            ).what
        row.show_state(tone_of(finding), explanation, duration(finding.ms))

    # ---- results

    def show_report(self, report: Report) -> None:
        self.phase = "done"
        said = self.host.core.diagnosis(report)
        result = self._verdict = verdict(report, said, self._thing, again=self._kept is not None)
        self.set_title(result.title, result.lead)
        self._show_findings(report, report.findings)
        self.host.change(self.host.draft.with_report(report))
        self._show_card(report, result)
        self.card.land()
        announce(self, self.spoken(), assertive=result.tone == "red")
        self.host.refresh()
        if report.trap and not report.kept:
            self.host.open_trap(report.cause.id, report.facts)
        elif result.goes_on:
            self._timer.start()
        elif self._kept is not None and not self.card_is_main and self.isVisibleTo(self.window()):
            self.host.focus_main()  # all is said; Return leads back to what is kept
        elif self._verdict.card is not None:
            self.show_main()

    def _show_card(self, report: Report, result: Verdict) -> None:
        card = result.card
        self.card.setVisible(card is not None)
        message = self.host.core.admin_message(report) if card is not None and not report.kept else ""
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
        self.card.set_buttons(self._actor.buttons(report, result))
        # New buttons come last in the order of Tab: what stands beneath them on the page follows them again.
        for one, next_one in pairwise(
            (*self.card.buttons, self.admin.button, self._message.copy_button, self.fold, self.copy)
        ):
            QWidget.setTabOrder(one, next_one)

    def show_main(self) -> None:
        """The card's main button is on the screen and has the keyboard."""
        buttons = self.card.buttons
        if buttons and self.isVisibleTo(self.window()):
            if self._verdict is not None and self._verdict.main:
                buttons[0].setFocus()
            self.bring_into_view(buttons[0])

    def _show_findings(self, report: Report, findings: tuple[Finding, ...]) -> None:
        """All rows anew, from what is known: also where no events were seen."""
        found = {finding.step for finding in findings}
        if not set(self.steps.names()) >= {step.value for step in (*found, *self._planned)}:
            self._plan(tuple(step for step in Step if step in found or step in self._planned))
        for step in self.steps.names():
            row = self.steps.row(step)
            if row is not None:
                if self.running:
                    row.show_state("open", say(f"steps.{step}.explanation"))
                else:
                    row.show_state("skipped", say(f"steps.{step}.explanation"), say("check.not_run"))
        for finding in findings:
            self._step_ends(finding)

    def _folded(self, opened: bool) -> None:
        self.fold.set_icon("chevron-down" if opened else "chevron-right")
        self.steps.setVisible(opened)

    def _copy_details(self) -> None:
        report = self.host.draft.report
        if report is not None:
            copy_text(self.copy, report.details)
            self.copy.setText(say("common.copied"))
            self.copy.set_icon("check")
            self._settled.start()

    def _copy_settles(self) -> None:
        self.copy.setText(say("common.copy_details"))
        self.copy.set_icon("copy")

    # ---- the page

    def spoken(self) -> str:
        """With what the card says has happened: its reasons and ways out are read there."""
        told = self.card.title.text() if self.card.isVisibleTo(self) else ""
        return ". ".join(filter(None, (super().spoken().rstrip("."), told)))

    def take_over(self, old: PageView) -> None:
        """A result stands again in the new words, without being announced or acted on anew; no run is under way."""
        assert isinstance(old, CheckPage)
        self._access, self._kept, self._planned = old._access, old._kept, old._planned
        report = self.host.draft.report
        if old.phase != "done" or report is None:
            return
        self.phase = "done"
        said = self.host.core.diagnosis(report)
        result = self._verdict = verdict(report, said, self._thing, again=self._kept is not None)
        self.set_title(result.title, result.lead)
        self._show_findings(report, report.findings)
        self._show_card(report, result)

    def render_draft(self, draft: Draft) -> None:
        if draft.report is None and self.phase == "done":
            self.reset()
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

    def show_admin(self) -> None:
        self.admin.show()
        self.admin.set_open(True)
        self.admin.button.setFocus()
        self.bring_into_view(self.admin)

    def first_focus(self) -> QWidget | None:
        buttons = self.card.buttons
        return buttons[0] if self.card_is_main and buttons else None

    def left(self) -> None:
        self._timer.stop()


def _expected(what: Access | Profile, *more: Step) -> tuple[Step, ...]:
    """The steps to show until the run has said which it takes. None for what the list has lost: it is not read yet."""
    kind = what.kind if isinstance(what, Profile) else what.credential.kind
    if kind is None or what.service is None:
        return ()
    return (*steps_of(kind, what.service), *more)
