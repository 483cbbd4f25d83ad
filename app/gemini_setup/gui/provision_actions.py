"""What the pages ask for at Google: what is offered here, how each wish begins, and where its end leads."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Service, is_profile_name
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import MADE, PLAN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gemini_setup.actions.errands import Offer, Wish
    from gemini_setup.actions.fulfilment import Ended
    from gemini_setup.actions.loose_ends import End
    from gemini_setup.actions.possessions import Listed
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.controller import Controller
    from gemini_setup.gui.provision_session import ProvisionSession
    from gemini_setup.model.credentials import Profile
    from gemini_setup.model.events import Report
    from gemini_setup.provision.plan import Plan

#: What may be a slip of the person's own, as long as nothing is saved: then it is pasted again.
_SLIPS: Final = frozenset({"key-not-valid", "key-taken-for-token"})


class GoogleWork(QObject):
    """`offered` is emitted when something else is on offer, `mends` when a result can be repaired, `listed` when the list
    of what was made has been read."""

    offered = Signal()
    mends = Signal()
    listed = Signal()

    def __init__(
        self,
        core: Core,
        controller: Controller,
        worker: LazyWorker,
        announcer: Announcements,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._core, self._controller, self._worker, self._announcer = core, controller, worker, announcer
        self._offer: Offer | None = None
        self._judged: Report | None = None  # the result that `_mending` repairs
        self._mending: Wish | None = None
        self.made: Sequence[Listed] = ()
        self.session.ended.connect(self._ended)
        self.session.changed.connect(controller.changed)

    @property
    def session(self) -> ProvisionSession:
        return self._controller.provision

    # ---- what is offered

    @property
    def known(self) -> bool:
        """It has been looked at what can be offered here."""
        return self._offer is not None

    @property
    def ready(self) -> bool:
        """gcloud's sign-in is here, and nobody has forbidden to use it."""
        return self._offer is not None and self._offer.ready

    @property
    def signs_in(self) -> bool:
        """gcloud is here, and nobody is signed in."""
        offer = self._offer
        return offer is not None and offer.gcloud and not offer.ready and not offer.forbidden

    def look(self) -> None:
        """After the first frame, and as pages come up: a few milliseconds beside the window."""
        self._worker.ask(_aside(self._core.hands.offer), self._found, _nothing)

    def _found(self, offer: Offer) -> None:
        if offer != self._offer:
            self._offer = offer
            self.offered.emit()

    def read_made(self) -> None:
        """What was made at Google, from the list alone."""
        self._worker.ask(_aside(self._core.hands.made), self._read, _nothing)

    def _read_now(self) -> None:
        """It has just been written: what is shown next must know it. One small file."""
        self._read(self._core.hands.made())

    def _read(self, made: Sequence[Listed]) -> None:
        if list(made) != list(self.made):
            self.made = tuple(made)
            self.listed.emit()

    # ---- what a result can be repaired by

    def mending(self, report: Report) -> Wish | None:
        """None where nothing of ours repairs it, or where it is still being looked up: then `mends` follows."""
        if not self.ready or report.cause.id == "works":
            return None
        if report is not self._judged:
            self._judged, self._mending = report, None
            draft = self._controller.draft
            access = draft.access if draft.checking is None else None
            if access is not None:
                self._mending = self._fitting(report, self._core.hands.wish(report, access))
            elif report.kept:
                asked = partial(self._core.hands.wish, report, None)
                self._worker.ask(_aside(asked), partial(self._wished, report), _nothing)
        return self._mending

    def _wished(self, report: Report, wish: Wish | None) -> None:
        if report is self._judged and wish is not None:
            self._mending = self._fitting(report, wish)
            self.mends.emit()

    def _fitting(self, report: Report, wish: Wish | None) -> Wish | None:
        """What is not saved is not rotated: a new one is created in its place."""
        from gemini_setup.provision.plan import Flow

        if wish is None or report.kept or wish.flow is not Flow.ROTATE:
            return wish
        if report.cause.id in _SLIPS:
            return None
        key = wish.service is Service.STUDIO
        return replace(wish, flow=Flow.CREATE_KEY if key else Flow.CREATE_ACCOUNT)

    # ---- where it begins

    def create(self) -> None:
        """A credential for what the wizard is about, to be saved under its name."""
        if not is_profile_name(self._controller.draft.profile):
            return
        if self.ready and self._offer is not None:
            self.session.start(self._creation(), quota_project=self._offer.quota_project)
        else:
            self.session.offer_sign_in(self._creation())
        self._controller.go(PLAN)

    def _creation(self) -> Wish:
        from gemini_setup.actions.errands import Wish
        from gemini_setup.provision.plan import Flow

        draft = self._controller.draft
        flow = Flow.CREATE_KEY if draft.service is Service.STUDIO else Flow.CREATE_ACCOUNT
        return Wish(flow, draft.profile, draft.service, draft.project, draft.location)

    def mend(self) -> None:
        """Repair what the last check found."""
        report, wish = self._controller.draft.report, self._mending
        if report is None or report is not self._judged or wish is None or self._offer is None:
            return
        self.session.start(wish, saved=report.kept, quota_project=self._offer.quota_project)
        self._controller.go(PLAN)

    def rotate(self, row: Profile) -> None:
        from gemini_setup.actions.errands import Wish
        from gemini_setup.provision.plan import Flow, Retire

        retire = Retire.NOW if row.cause == "key-leaked" else Retire.QUIET
        service = row.service or Service.STUDIO
        self.session.start(Wish(Flow.ROTATE, row.name, service, retire=retire), saved=True)
        self._controller.go(PLAN)

    def restore(self, row: Profile) -> None:
        """The previous credential, which we have deleted or disabled at Google."""
        self.session.restore(row.name)
        self._controller.go(PLAN)

    def show_made(self) -> None:
        self._controller.go(MADE)

    def sign_in(self) -> None:
        """gcloud's own sign-in, then what was wished for."""
        self.session.sign_in(self._signed_in)

    def _signed_in(self, done: bool) -> None:
        if done:
            self._worker.ask(_aside(self._core.hands.offer), self._looked_again, _nothing)

    def _looked_again(self, offer: Offer) -> None:
        self._found(offer)
        wish = self.session.wish
        if self.ready and wish is not None and self._controller.place == PLAN:
            self.session.start(wish, quota_project=offer.quota_project)
        else:
            self.session.say_unsigned()

    # ---- where it leads

    def _ended(self, end: Ended) -> None:
        self._read_now()
        if end.state not in ("done", "repaired"):
            return
        if end.report is not None:
            self._show_report(end.plan, end.report)
        elif end.plan.flow.value == "restore":
            self._home(say("plan.restored", profile=end.plan.profile))
        elif not self.session.saved:
            self._controller.check_again(repaired=time.time())

    def _show_report(self, plan: Plan, report: Report) -> None:
        """The ordinary page of a result; from the list of saved keys back to it, where all is well."""
        controller = self._controller
        works = report.cause.id == "works" and report.fault is None
        if works and controller.trail.base == Page.HOME:
            quiet = plan.old is not None and plan.retire is not None and plan.retire.value == "quiet"
            key = "plan.rotated_quiet" if quiet else "plan.rotated"
            self._home(say(key, profile=plan.profile))
            return
        checking = self.session.saved
        controller.show_made(report, plan.service, checking=checking)

    def _home(self, said: str) -> None:
        self._controller.go(Page.HOME)
        self._announcer.say(said, good=True)

    # ---- what earlier runs left

    def tidy(self) -> None:
        """In the background, once: finished or undone, and retired where its day has come."""
        self._worker.ask(_aside(self._core.hands.is_any_due), self._tidy, _nothing)

    def _tidy(self, due: bool) -> None:
        if due:
            self._worker.ask(self._core.hands.finish, self._tidied, _nothing)

    def _tidied(self, ends: Sequence[End]) -> None:
        told = [_told(end) for end in ends if end.what != "arriving"]  # the next start looks again
        if not told:
            return
        self._read_now()
        self._controller.read_saved_again()
        self._announcer.say(" ".join(told), good=all(end.cause is None for end in ends))


def _aside(call: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """On a daemon thread. What it needs is not loaded for the first frame."""
    from gemini_setup.system.threads import blocking

    return partial(blocking, call)


def _told(end: End) -> str:
    from gemini_setup.i18n import cause_texts

    if end.what == "waits":
        return say("plan.left_waits", name=end.made.name)
    title = cause_texts.cause(end.cause.id).title if end.cause is not None else ""
    return cause_texts.text("provision.loose", end.what, {"name": end.made.name, "title": title})


def _nothing(_: BaseException) -> None:
    """What could not be found out is not offered, and not told: the next start looks again."""
