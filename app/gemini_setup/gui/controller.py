"""Holds what the person has answered, where the window stands and the check: every change of these goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal

from gemini_setup.google import urls
from gemini_setup.gui.check_session import CheckSession
from gemini_setup.gui.provision_session import ProvisionSession
from gemini_setup.gui.subjects import Saved, Subjects, TrapCase
from gemini_setup.gui.texts import say
from gemini_setup.gui.watch import Watch
from gemini_setup.model.credentials import Endpoints, Profile, Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.model.recognised import Recognised, What
from gemini_setup.vault.faults import NoSuchProfile
from gemini_setup.wizard.flow import Draft, Page, beginning, entry, following, preceding
from gemini_setup.wizard.navigator import EXPLAIN, HANDING, SIDE_PAGES, TRAP, Trail

if TYPE_CHECKING:
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.links import BrowserLinks
    from gemini_setup.i18n.cause_texts import Action
    from gemini_setup.model.events import Report


class Controller(QObject):
    """Knows no widget. `demonstration`: an endpoint of one's own is part of it and needs no notice."""

    shown = Signal()  # the trail leads to another page, or its page has been asked for again
    changed = Signal()  # the draft, or whether a check runs
    found = Signal(str)  # a sentence on saved credentials that the list had lost; "" takes it away
    main_wanted = Signal()  # the keyboard belongs to the footer's main button
    finished = Signal()  # the window is to be closed

    def __init__(
        self,
        core: Core,
        worker: LazyWorker,
        links: BrowserLinks,
        announcer: Announcements,
        *,
        demonstration: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._core, self._worker, self._links, self._announcer = core, worker, links, announcer
        self._draft = Draft()
        self._lost: tuple[str, ...] = ()  # saved, and not in the list
        self.trail = Trail(Page.CHOOSE)
        self.subjects = Subjects()
        self.saved = Saved()
        self.leaving: set[str] = set()  # removed, as far as the person is concerned; there is still an Undo
        self.demonstration = demonstration
        self._bad_endpoint = ""
        self.custom_endpoint = False  # whether credentials go to the person's own endpoint
        self.session = CheckSession(core, worker, self)
        self.session.began.connect(self.changed)
        self.session.ended.connect(self.changed)
        self.session.reported.connect(self._reported)
        self.session.waits.connect(self._show_check)
        self.session.ended.connect(self._show_failure)
        self.provision = ProvisionSession(core, worker, self)
        self.watch = Watch(self)
        self.watch.due.connect(self._check_quietly)

    # ---- where it begins

    def begin(self, profile: str) -> None:
        """At what is saved, at replacing the profile that was named, or at a new one."""
        rows = self.profiles()
        row = next((row for row in rows if row.name == profile), None)
        if row is not None:
            self._set(self._draft.to_replace(row, rows))
            self.go(beginning(self._draft))
            return
        self._set(self._draft.to_add(rows).with_name(profile))
        self.go(Page.HOME if rows and not profile else Page.CHOOSE)

    def read_endpoints(self) -> None:
        """Where credentials are checked. An address that is none stops every check."""
        try:
            endpoints, self._bad_endpoint = self._core.endpoints(), ""
        except urls.NotAnAddress as error:
            endpoints, self._bad_endpoint = Endpoints(), str(error)
        if self._draft.endpoints != endpoints:
            self._set(replace(self._draft, endpoints=endpoints))
        self.custom_endpoint = bool(endpoints) and not self.demonstration

    @property
    def endpoint_trouble(self) -> str:
        """Why nothing can be checked, as a sentence; "" where it can."""
        return say("window.endpoint_bad", why=self._bad_endpoint) if self._bad_endpoint else ""

    @property
    def custom_hosts(self) -> list[str]:
        """The hosts of the person's own endpoints, each once."""
        ends = self._draft.endpoints
        addresses = (ends.gemini, ends.vertex, ends.token)
        return list(dict.fromkeys(urlsplit(address).netloc for address in addresses if address))

    # ---- the draft

    @property
    def draft(self) -> Draft:
        return self._draft

    def change(self, draft: Draft) -> None:
        if draft is self._draft:
            return
        if draft.report is None:
            self.session.stop()
            self.watch.stop()
        self._set(self._settled(draft))
        self.changed.emit()

    def _set(self, draft: Draft) -> None:
        self._draft = draft
        if draft.report is None and self.session.state == "done":
            self.session.reset()

    def _settled(self, draft: Draft) -> Draft:
        """Once it is saved, what is typed from here on would replace it."""
        if draft.checking is None and draft.report is not None and draft.report.kept:
            return draft.settled(self.profiles())
        return draft

    def _reported(self, report: Report) -> None:
        young = report.cause.id == "credential-too-new" and not report.kept
        if young or report.facts.get("offline"):
            self.watch.start()  # it only takes time, or a network
        elif report.outcome is not Outcome.BLOCKED:
            self.watch.stop()
        self.change(self._draft.with_report(report))
        if self.place == Page.HOME:
            # All is well: the row says so. Anything else has something to read.
            self.go(Page.HOME if report.cause.id == "works" and report.fault is None else Page.CHECK)

    # ---- pages

    @property
    def place(self) -> str:
        """The page that is shown."""
        return self.trail.here

    def go(self, place: str) -> None:
        self.show(self.trail.to(self._look_at_saved() if place == Page.HOME else place))

    def show(self, trail: Trail) -> None:
        if trail.here != Page.CHECK:  # nothing is checked, and saved, behind the person's back
            self.watch.stop()
            self.session.stop_repeating()
        self.trail = trail
        self.shown.emit()

    def follow(self) -> None:
        """To the wizard's next page. "Check and save" asks again: what stood in the way may be right by now."""
        place = following(Page(self.place), self._draft)
        if place is Page.CHECK and not (self._draft.report and self._draft.report.kept):
            self.check_again()
        elif place is not None:
            self.go(place)

    def back(self) -> None:
        trail = self.trail.back()
        if trail is not None:
            if trail.here == Page.HOME:  # its list is read again
                self.go(Page.HOME)
            else:
                self.show(trail)
            return
        if self.place == HANDING:
            self.go(Page.HOME)
            return
        if self.place == Page.CHECK:
            self.session.stop()
        place = preceding(Page(self.place), self._draft)
        if place is not None:
            self.go(place)

    def cancel(self) -> None:
        """End a running check at once; go back to the saved keys where there are some; otherwise close the window."""
        if self.provision.running:
            self.provision.stop()
        elif self.session.running:
            self.session.stop()
            self.main_wanted.emit()
        elif self.place != Page.HOME and self._draft.kept:
            self.go(Page.HOME)
        else:
            self.finish()

    def escape(self) -> None:
        """End a running check, or leave a page that lies beside the way; never close the window."""
        if self.working:
            self.cancel()
        elif self.place in SIDE_PAGES or self.place == HANDING:
            self.back()

    @property
    def working(self) -> bool:
        """A check runs, or something is being done at Google."""
        return self.session.running or self.provision.running

    def finish(self) -> None:
        self.finished.emit()

    def open_trap(self, cause: str | None, facts: Mapping[str, str]) -> None:
        self.subjects.trap = TrapCase(cause, facts, self._draft.report if cause else None)
        self.go(TRAP)

    def explain(self, text: str) -> None:
        """An error that was pasted or dropped, wherever that was."""
        self.session.stop()
        self.subjects.error = text
        self.go(EXPLAIN)

    def open_entry(self, service: Service | None = None) -> None:
        """The page where this service's credential is given, ready to be replaced."""
        row = self._draft.checking
        if row is not None:
            row = self.profile(row.name) or row  # the check may have put it back into the list
            self.change(self._draft.checked().to_replace(row, self.profiles()))
        elif self.trail.base == Page.HOME and self.place in SIDE_PAGES:
            self.change(self._draft.to_add(self.profiles()))
        if service is not None:
            self.change(self._draft.with_service(service))
        self.subjects.retype = True
        self.go(entry(self._draft) if service is not None else beginning(self._draft))

    # ---- the check

    def check_again(self, *, repaired: float | None = None) -> None:
        """`repaired`: when what it needs was changed at Google, which takes some minutes until it is known everywhere."""
        if self._draft.checking is not None:
            self.check_kept(self._draft.checking)
            return
        access = self._draft.access
        if access is None or self._bad_endpoint:
            return
        self._set(self._draft.with_report(None))
        self._announcer.say("")  # what was removed under this name has gone by the time that it is saved
        self.session.start(access, self._draft.profile, repaired=repaired)
        self.go(Page.CHECK)

    def show_made(self, report: Report, service: Service, *, checking: bool) -> None:
        """The result of what was made at Google and saved; `checking`: in place of what was saved before.

        What was typed for it, such as a key that Google does not take, is of no use anymore, and is forgotten.
        """
        row = self.profile(report.profile)
        if checking and row is not None:
            self._set(self._draft.to_check(row))
            self.session.adopt(report, row)
        else:
            nothing = Recognised(What.NOTHING)
            draft = self._draft.checked().with_key(nothing).with_file(nothing).with_service(service)
            self._set(draft)
            self.session.adopt(report, None, row)
        self.go(Page.CHECK)

    def check_kept(self, row: Profile) -> None:
        self._set(self._draft.to_check(row))
        self.session.recheck(row)
        self.go(Page.CHECK)

    def _check_quietly(self) -> None:
        if not self.session.running:
            self.session.repeat()

    def check_in_row(self, row: Profile) -> None:
        """Check a saved one without leaving the list: its page comes up where there is something to read."""
        self._set(self._draft.to_check(row))
        self.session.recheck(row)

    def _show_check(self) -> None:
        """From the list of saved keys to the check's own page."""
        if self.place == Page.HOME:
            self.go(Page.CHECK)

    def _show_failure(self) -> None:
        row = self.session.row
        if (
            self.session.state == "failed"
            and row is not None
            and isinstance(self.session.error, NoSuchProfile)
        ):
            self.go(Page.HOME)
            self._announcer.say(say("home.gone", profile=row.name))
        elif self.session.state == "failed":
            self._show_check()
        elif self.place == Page.HOME:  # stopped
            self.go(Page.HOME)

    def leave_check(self) -> None:
        """The main button under what was asked about a saved one: on when all is well, else it asks again."""
        if self._draft.report is not None and self._draft.report.outcome is Outcome.ACCEPTED:
            self.go(Page.HOME)
        else:
            self.check_again()

    def keep_anyway(self) -> None:
        """Save what was checked, without asking Google again; also "Try again" after a keyring's fault."""
        access, report = self._draft.access, self._draft.report
        if access is None or report is None or report.outcome is Outcome.REFUSED:
            return
        self.session.keep(access, report)
        self.go(Page.CHECK)

    def can_run(self, action: Action) -> bool:
        """Whether an action of a diagnosis means something here: what is saved is not at hand to be tried elsewhere."""
        if action.does == "elsewhere":
            return self._draft.checking is None
        return action.does in ("open", "again", "edit", "key", "switch", "trap", "save")

    def run(self, action: Action, cause: str, facts: Mapping[str, str]) -> None:
        """Do what an action of a diagnosis says; `cause` and `facts` are the diagnosis's."""
        match action.does:
            case "open":
                self._links.open_page(action.page, facts)
                report = self._draft.report
                if self.place == Page.CHECK and report is not None and report.outcome is Outcome.BLOCKED:
                    self.watch.start()
            case "again":
                self.check_again()
            case "save":
                self.keep_anyway()
            case "edit" | "key":
                self.open_entry()
            case "switch":
                row = self._draft.checking
                service = (row.service if row is not None else None) or self._draft.service
                self.open_entry(Service.VERTEX if service is Service.STUDIO else Service.STUDIO)
            case "elsewhere":
                self._set(self._draft.with_other_service())
                self.check_again()
            case "trap":
                self.open_trap(cause, facts)

    # ---- what is saved

    def profiles(self) -> list[Profile]:
        """The list, and after it what is saved and has been lost from it: its names are taken, too."""
        rows = self._listed()
        names = {row.name for row in rows}
        return [*rows, *map(Profile, (name for name in self._lost if name not in names))]

    def _listed(self) -> list[Profile]:
        return [row for row in self._core.listed() if row.name not in self.leaving]

    def profile(self, name: str) -> Profile | None:
        return next((row for row in self.profiles() if row.name == name), None)

    def _look_at_saved(self) -> str:
        """Read the list again; where nothing is saved anymore, the wizard begins. Returns the page for it."""
        rows, saved = self._listed(), self.profiles()
        draft = self._draft.checked()
        done = draft.report is not None and draft.report.kept
        self._set(draft.to_add(saved) if done or not saved else replace(draft, kept=tuple(saved)))
        self.saved = Saved(tuple(rows), tuple(row.name for row in saved[len(rows) :]))
        self.found.emit("")
        return Page.HOME if saved else Page.CHOOSE

    def look_around(self) -> None:
        """After the first frame: whether something is saved that the list has lost."""
        from gemini_setup.system.threads import blocking

        self._worker.ask(partial(blocking, self._core.unlisted), self.take_lost, _nothing)

    def take_lost(self, names: Sequence[str]) -> None:
        """The list was lost, the credentials are not: a check of one brings it back into the list."""
        from gemini_setup.i18n import messages

        self._lost = tuple(names)
        if not names:
            return
        if self.place == Page.HOME:
            self.go(Page.HOME)  # the list is shown again, with them
        else:  # an answer turns no page: the person may be about to press something
            self.change(replace(self._draft, kept=tuple(self.profiles())))
            self.found.emit(say("window.found", names=messages.joined(names)))

    def read_saved_again(self) -> None:
        """Something was saved, or has changed, without the person: no page is turned, and nothing is stopped for it."""
        if self.working:
            return
        if self.place == Page.HOME:
            self.go(Page.HOME)
        else:
            self.change(replace(self._draft, kept=tuple(self.profiles())))

    def add_another(self) -> None:
        self.change(self._draft.to_add(self.profiles()))
        self.go(Page.CHOOSE)

    def replace(self, row: Profile) -> None:
        self.change(self._draft.to_replace(row, self.profiles()))
        self.go(beginning(self._draft))

    def ready_to_receive(self) -> Draft:
        """The draft for something that arrives: in the wizard it belongs to that, elsewhere it begins another one."""
        if self._draft.checking is not None:
            return self._draft.checked().to_replace(self._draft.checking, self.profiles())
        begins = self.trail.base in (Page.HOME, Page.USE, HANDING)
        return self._draft.to_add(self.profiles()) if begins else self._draft

    def receive(self, draft: Draft, place: str) -> None:
        """Something has arrived and belongs to that page."""
        self.session.stop()
        self.change(draft)
        self.go(place)


def _nothing(_: BaseException) -> None:
    """What could not be found out is not said; the window works without it."""
