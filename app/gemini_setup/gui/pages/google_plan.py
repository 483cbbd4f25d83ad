"""Doing it at Google: what will be done where, the one button that agrees to it, how it goes, and what came of it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.buttons import Button, link
from gemini_setup.gui.components.chip import OutcomeLine
from gemini_setup.gui.components.diagnosis_buttons import acting_button
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.plan_view import PlanView
from gemini_setup.gui.components.result_view import ResultView
from gemini_setup.gui.components.widgets import CodeBlock, Fold, Notice
from gemini_setup.gui.components.work_rows import WorkRows
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import plan_words
from gemini_setup.gui.presenters.check_result import Verdict
from gemini_setup.gui.presenters.plan_words import Line
from gemini_setup.gui.style.text import announce
from gemini_setup.gui.texts import say
from gemini_setup.i18n.cause_texts import Action
from gemini_setup.provision.plan import DAYS, Flow, Retire
from gemini_setup.provision.refusals import Stopped
from gemini_setup.wizard.flow import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Links, Navigation, Provision
    from gemini_setup.provision.plan import Plan

_DAYS: Final = (30, DAYS, 180, 365)
#: What leads to the page where a project is created, for a person who has none.
_STUDIO: Final = "ai-studio-keys"


class PlanPage(PageView):
    """Paints the session; a page that was made again, in another language, shows the same."""

    id = "plan"
    step: int | None = None

    def __init__(self, navigation: Navigation, provision: Provision, links: Links, core: Core) -> None:
        self.navigation, self.provision, self.links, self.core = navigation, provision, links, core
        super().__init__()

    def build(self) -> None:
        self._told = ""  # the phase that was announced
        self._verdict: Verdict | None = None
        self.outcome = OutcomeLine("plan.outcome")
        self.body.insertWidget(0, self.outcome)
        self.note = Notice("plan.notice")
        self.put(self.note)
        self.note.setContentsMargins(0, 0, 0, 12)
        self.view = PlanView()
        self.put(self.view)
        self.run = WorkRows("work")
        self.put(self.run)
        self.result = ResultView("plan.result")
        self.put(self.result)
        self.exists = Notice("plan.exists")
        self.put(self.exists, 12)
        self.see_made = link("plan.see_made", say("plan.see_made"))
        self.put(self.see_made, natural=True)
        self.admin = Fold("plan.admin", say("file.none.admin"))
        self._message = CodeBlock("plan.message", "", say("file.none.admin"), prose=True)
        self.admin.add(self._message)
        self.put(self.admin, 8)
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self._count)
        session = self.session = self.provision.session
        session.changed.connect(self._changed)
        session.happened.connect(self._happened)
        self.view.project.chosen.connect(session.choose)
        self.view.days.chosen.connect(self._days_chosen)
        self.view.retire.chosen.connect(self._retire_chosen)
        self.view.projects_wanted.connect(session.ask_for_projects)
        self.see_made.clicked.connect(self._see_made)
        self._paint()

    # ---- what the session says

    def arrive(self) -> None:
        self._paint()

    def _changed(self) -> None:
        before = self._told
        self._paint()
        self.changed.emit()
        phase = self._told
        if phase == before or not self.isVisible():
            return
        urgent = phase in ("ended", "refused")
        announce(self, self.spoken(), assertive=urgent)
        self.show_top()
        if self.card_is_main:
            self.result.buttons[0].setFocus()
        elif phase in ("plan", "nothing", "sign-in", "ended", "refused", "stopped"):
            self.main_wanted.emit()

    def _happened(self, _: object) -> None:
        if self.note.text() and not self.session.keyring:
            self.note.show_text("")
        self._show_run()

    def _paint(self) -> None:
        session = self.session
        self._told = session.phase
        self.step = None if session.saved or session.restores else 1
        self._verdict = None
        for part in (self.view, self.run, self.result, self.see_made, self.admin):
            part.hide()
        self.outcome.show_outcome("", "grey")
        self.note.show_text("")
        self.exists.show_text("")
        self._timer.stop()
        match session.phase:
            case "sign-in" | "signing-in":
                self._show_sign_in()
            case "looking":
                self._show_looking()
            case "plan":
                self._show_plan()
            case "nothing":
                self.set_title(say("plan.nothing"), say("plan.nothing_lead"))
            case "working":
                self.set_title(self._title(), say("plan.running_lead"))
                self._show_run()
                self._show_keyring()
            case "ended":
                self._show_end()
            case "stopped":
                self.set_title(say("plan.stopped"), say("plan.stopped_lead"))
                self._show_exists(session.left)
            case "refused":
                self._show_refused()
            case _:
                self.set_title(say("plan.looking"), say("plan.looking_lead"))
        self._order()

    def _title(self) -> str:
        plan = self.session.plan
        return plan_words.plan_words(plan).title if plan is not None else say("plan.running")

    def _show_sign_in(self) -> None:
        session = self.session
        if session.phase == "signing-in":
            self.set_title(say("plan.signing_in"), say("plan.signing_in_lead"))
            self._show_waiting(say("plan.signing_in_row"))
            return
        self.set_title(say("plan.sign_in"), say("plan.sign_in_lead"))
        if session.note == "unsigned":
            self.note.show_text(say("plan.unsigned"), "amber")
        else:
            self.note.show_text(say("plan.sign_in_kept"), "muted", "lock")

    def _show_waiting(self, what: str) -> None:
        self.run.show_lines([Line("waiting", what, "running", "")])
        self.run.show()

    def _show_looking(self) -> None:
        session = self.session
        if (
            session.plan is not None
        ):  # another project, or another answer: the plan stands until there is the new one
            self._show_plan()
            self.note.show_text(say("plan.looking"), "muted", "clock")
            return
        self.set_title(say("plan.looking"), say("plan.looking_lead"))
        self._show_waiting(say("plan.looking_row"))
        self._show_keyring()

    def _show_keyring(self) -> None:
        """It waits for the person."""
        waits = self.session.keyring
        if waits:
            store = self.core.store_name() or say("use.the_keyring")
            self.note.show_text(say(f"window.keyring_{waits}", store=store), "amber", "lock")
            announce(self, self.note.text(), assertive=True)

    def _show_plan(self) -> None:
        session, plan = self.session, self.session.plan
        if plan is None:
            return
        words = plan_words.plan_words(plan)
        if session.note in ("again", "more"):
            self.note.show_text(say(f"plan.{session.note}"), "accent", "help")
        self.view.show_plan(words)
        self._show_choices(plan)
        self.set_title(words.title, words.lead if self.view.project.isHidden() else say("plan.lead"))
        self.view.show()

    def _show_choices(self, plan: Plan) -> None:
        session, wish = self.session, self.session.wish
        open_to_all = plan.makes is not None and plan.old is None
        chosen = wish.project if wish is not None and wish.project else plan.project.id
        projects = list(session.projects or ()) if open_to_all else []
        ids = [one.id for one in projects]
        value = plan.project.id if chosen not in ids else chosen
        self.view.project.show_entries([(one.id, plan_words.project_label(one)) for one in projects], value)
        self.view.other.setVisible(open_to_all and session.projects is None and wish is not None)
        self.view.other.setText(say("plan.loading" if session.choosing else "plan.other_project"))
        days = plan.flow is Flow.CREATE_ACCOUNT
        entries = [(str(count), say("plan.day_count", count=count)) for count in _DAYS] if days else []
        self.view.days.show_entries(entries, str(plan.days))
        ways = [(one.value, text) for one, text in plan_words.retire_labels()] if plan.old is not None else []
        kept = plan.retire.value if plan.retire is not None else Retire.QUIET.value
        self.view.retire.show_entries(ways if plan.flow is Flow.ROTATE else [], kept)
        self.view.show_choices()

    def _show_run(self) -> None:
        session, plan = self.session, self.session.plan
        if plan is None or session.phase != "working":
            return
        checks = plan.makes is not None or session.saved or plan.flow is Flow.RESTORE
        store = self.core.store_name() or say("use.store")
        self.run.show_lines(
            plan_words.lines(plan, session.said, checks=checks, store=store), time.monotonic()
        )
        self.run.show()
        if not self._timer.isActive():
            self._timer.start()

    def _count(self) -> None:
        self.run.count(time.monotonic())

    # ---- its end

    def _show_end(self) -> None:
        session, end = self.session, self.session.end
        if end is None:
            return
        if end.state == "waits":
            self.set_title(say("plan.waits"), say("plan.waits_lead"))
            self._show_exists(end.made)
        elif end.state in ("done", "repaired"):
            self.set_title(say("plan.done"), say("plan.done_lead"))
            self._show_exists(end.made)
        else:
            self._show_verdict(plan_words.unfinished(end), plan_words.message(end))
            self._show_exists((*session.parts, *end.made), always=True)

    def _show_refused(self) -> None:
        session, error = self.session, self.session.error
        if error is None and not session.projects and session.wish is not None and not session.wish.project:
            self._show_verdict(Verdict(say("plan.no_project"), say("plan.no_project_lead"), "grey"), "")
            self.result.set_buttons([self._button(Action(say("key.open"), "open", _STUDIO), 1)])
            self.result.buttons[0].set_kind("primary")
            self.result.show()
            return
        verdict = plan_words.refused(error) if error is not None else None
        if verdict is None:
            name = type(error).__name__
            self._show_verdict(
                Verdict(say("window.internal"), say("window.internal_act", name=name), "grey"), ""
            )
            if isinstance(error, Exception):
                hooks.CRASHES.tell(error)
        else:
            if session.parts:
                verdict = replace(verdict, chip=say("plan.unfinished"))
            self._show_verdict(verdict, plan_words.message(error) if isinstance(error, Stopped) else "")
        self._show_exists((*session.parts, *session.left))

    def _show_verdict(self, verdict: Verdict, message: str) -> None:
        self._verdict = verdict
        self.set_title(verdict.title, verdict.lead)
        self.outcome.show_outcome(verdict.chip, verdict.tone)
        why = "" if message else verdict.why  # then the fixes say who can change it
        self.result.show_result(why, verdict.fixes, asked=verdict.asked, command=verdict.command)
        buttons = [
            self._button(action, number)
            for number, action in enumerate(verdict.actions, 1)
            if action.does == "open" or (action.does == "admin" and message)
        ]
        if self._may_choose():
            buttons.append(acting_button("plan.other_one", say("plan.other_project"), "", self._choose_other))
        if buttons:
            buttons[0].set_kind("primary")
        self.result.set_buttons(buttons)
        self.result.setVisible(verdict.told)
        self._message.set_text(message.strip())
        self.admin.set_open(False)
        offered = any(action.does == "admin" for action in verdict.actions)
        self.admin.setVisible(bool(message) and not offered)

    def _may_choose(self) -> bool:
        """In another project of the person's the same may be allowed."""
        wish, error = self.session.wish, self.session.error
        creates = wish is not None and wish.flow in (Flow.CREATE_KEY, Flow.CREATE_ACCOUNT, Flow.ROTATE)
        return creates and isinstance(error, Stopped) and self.session.plan is None

    def _choose_other(self) -> None:
        self.session.choose_another()

    def _button(self, action: Action, number: int) -> Button:
        icon = "external" if action.does == "open" else ""
        return acting_button(f"plan.fix{number}", action.label, icon, lambda: self._act(action))

    def _act(self, action: Action) -> None:
        if action.does == "open":
            session = self.session
            self.links.open_page(action.page, plan_words.facts_of(session.end or session.error))
            return
        self.admin.show()
        self.admin.set_open(True)
        self._message.copy_button.setFocus()
        self.bring_into_view(self.admin)

    def _show_exists(self, made: Sequence[object], *, always: bool = False) -> None:
        from gemini_setup.model.made import Made

        what = plan_words.what_exists(one for one in made if isinstance(one, Made))
        if what:
            self.exists.show_text(say("plan.exists", what=what), "muted", "cloud")
        elif always:
            self.exists.show_text(say("plan.exists_nothing"), "muted", "cloud")
        self.see_made.setVisible(bool(what))

    # ---- what the person does

    def _days_chosen(self, value: str) -> None:
        self.session.change(days=int(value))

    def _retire_chosen(self, value: str) -> None:
        self.session.change(retire=Retire(value))

    def _see_made(self) -> None:
        self.provision.show_made()

    def footer(self) -> FooterState:
        session = self.session
        match session.phase:
            case "sign-in":
                return FooterState(say("plan.sign_in_do"))
            case "signing-in" | "working":
                return FooterState(back=False, cancel=True, cancel_name=say("window.cancel"))
            case "plan" | "looking":
                plan = session.plan
                agree = say(f"plan.agree.{plan.flow.value}") if plan is not None else ""
                return FooterState(agree, session.phase == "plan")
            case "nothing":
                return FooterState(say("window.done"))
            case "refused" if self._impossible:
                return FooterState()
            case "ended" if session.end is not None and session.end.state != "stopped":
                return FooterState(say("window.done"), back=False)
            case "ended" | "stopped" | "refused":
                return FooterState(say("plan.try_again"), primary=not self.card_is_main)
            case _:
                return FooterState()

    @property
    def _impossible(self) -> bool:
        """Whoever asks, and however often."""
        return self._verdict is not None and self._verdict.title == say("plan.impossible")

    @property
    def card_is_main(self) -> bool:
        """Whether the page's one main button stands in the page."""
        shown = not self.result.isHidden() and self._verdict is not None
        return shown and any(button.property("kind") == "primary" for button in self.result.buttons)

    def activate(self) -> None:
        session = self.session
        match session.phase:
            case "sign-in":
                self.provision.sign_in()
            case "plan":
                session.agree()
            case "nothing":
                self.navigation.back()
            case "ended" if session.end is not None and session.end.state != "stopped":
                self.navigation.go(Page.HOME)
            case "ended" | "stopped" | "refused":
                session.again()

    def go_back(self) -> bool:
        """What runs is canceled, not left."""
        return self.session.running

    def look_again(self) -> None:
        if self.session.phase in ("refused", "stopped"):
            self.session.again()

    def spoken(self) -> str:
        chip = self.outcome.accessibleName() if self.outcome.isVisibleTo(self) else ""
        plan = self.session.plan if self.session.phase == "plan" else None
        writes = [one.what for one in plan_words.plan_words(plan).writes] if plan is not None else []
        return ". ".join(filter(None, (chip, super().spoken().rstrip("."), *writes)))

    def _order(self) -> None:
        """What was made later stands between what was there: Tab goes down the page."""
        controls = [
            *self.view.controls(), *self.result.controls(), self.see_made, self.admin.button,
            self._message.copy_button,
        ]  # fmt: skip
        for one, next_one in pairwise(controls):
            QWidget.setTabOrder(one, next_one)

    def first_focus(self) -> QWidget | None:
        return self.result.buttons[0] if self.card_is_main else None

    def left(self) -> None:
        self._timer.stop()
