"""Doing it at Google: from a wish to a plan, from a consent to its end. Pages paint it; leaving one ends nothing.

A wish is looked up (which projects, what may be done there) and becomes a plan; nothing is written before `agree`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from gemini_setup.gui.background.patience import Patience

if TYPE_CHECKING:
    from gemini_setup.actions.errands import Wish
    from gemini_setup.actions.fulfilment import Ended
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.model.made import Made
    from gemini_setup.provision.plan import Plan, Project

#: "sign-in": gcloud is to be started first, "signing-in": it is open · "looking": Google is asked, nothing is changed ·
#: "plan": shown, and to be agreed to · "nothing": it is so already · "working" · "ended" (see `end`) · "stopped": by the
#: person · "refused" before anything was done (see `error`: Stopped, NotPossible, a fault of the keyring, or a failure of
#: ours).
Phase = Literal[
    "idle", "sign-in", "signing-in", "looking", "plan", "nothing", "working", "ended", "stopped", "refused"
]
_PLANS = 4  # times that it is planned again without a question because something has changed meanwhile


class ProvisionSession(QObject):
    """`wish` is what is to be done, `saved` whether what it repairs is saved. `projects` are those to choose from, None
    until they were asked for. `said` are the events of the run with the seconds of `time.monotonic` at which they came,
    `left` what a run that the person stopped has left at Google. `note` is an id of what is to be known of a new plan:
    "again" (something has changed), "more" (the first part is done), or "unsigned" (gcloud's sign-in came to none).
    """

    changed = Signal()  # another phase, or something else is known
    happened = Signal(object)  # an event of the run
    ended = Signal(object)  # Ended

    def __init__(self, core: Core, worker: LazyWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core, self._worker = core, worker
        self._number = 0
        self._question = 0
        self._listens = False
        self._plans = 0
        self._look: Callable[[], None] | None = None  # what is asked for again
        self._forget()
        self._patience = Patience(core.asking, self)
        self._patience.waits.connect(self._keyring_waits)

    def _forget(self) -> None:
        self.phase: Phase = "idle"
        self.wish: Wish | None = None
        self.restores = ""  # the profile whose previous credential comes back
        self.saved = False
        self.plan: Plan | None = None
        self.projects: Sequence[Project] | None = None
        self.choosing = False  # the projects are being asked for
        self.said: list[tuple[float, object]] = []
        self.end: Ended | None = None
        self.left: Sequence[Made] = ()
        self.parts: tuple[Made, ...] = ()  # what is at Google by the parts of it that are done
        self.error: BaseException | None = None
        self.note = ""
        self.keyring = ""  # it waits for the person: "asks" or "slow"

    @property
    def running(self) -> bool:
        """Something is being done at Google, or gcloud waits for the person."""
        return self.phase in ("working", "signing-in")

    # ---- what is to be done

    def start(self, wish: Wish, *, saved: bool = False, quota_project: str = "") -> None:
        """Look, and plan. `quota_project`: the one that gcloud counts requests to, where the wish names none."""
        self._begin()
        self.wish, self.saved = wish, saved
        self._look = partial(self._look_for, quota_project)
        self._look()

    def restore(self, profile: str) -> None:
        """Bring a previous credential of ours back, which was deleted or disabled."""
        self._begin()
        self.restores = profile
        self._look = partial(self._ask, lambda: self._core.hands.plan_restore(profile))
        self._look()

    def offer_sign_in(self, wish: Wish) -> None:
        """gcloud is here and nobody is signed in: it is to be started before anything else."""
        self._begin()
        self.wish = wish
        self._show("sign-in")

    def _begin(self) -> None:
        self.stop()
        self._forget()
        self._plans = 0

    # ---- signing in

    def sign_in(self, then: Callable[[bool], None]) -> None:
        """Start gcloud; `then` hears whether it came to a sign-in."""
        if self.phase != "sign-in":
            return
        self.note = ""
        self._show("signing-in")
        answered = partial(self._signed_in, then)
        self._question = self._worker.ask(self._core.hands.sign_in, answered, lambda _: answered(False))

    def _signed_in(self, then: Callable[[bool], None], done: bool) -> None:
        self._question = 0
        self.note = "" if done else "unsigned"
        self._show("sign-in")
        then(done)

    def say_unsigned(self) -> None:
        """gcloud has ended, and there is no sign-in that can be used."""
        if self.phase == "sign-in":
            self.note = "unsigned"
            self._show("sign-in")

    # ---- looking

    def _look_for(self, quota_project: str) -> None:
        from gemini_setup.provision.plan import Flow

        wish = self.wish
        if wish is None:
            return
        if wish.project or wish.flow is Flow.ROTATE:  # a rotation of ours is in the project of what we made
            self._ask(partial(self._core.hands.plan, wish))
        else:
            self._ask_projects(partial(self._choose_first, quota_project))

    def _ask(self, plan: Callable[[], Any]) -> None:
        self._show("looking")
        self._patience.start()
        self._question = self._worker.ask(plan, self._planned, self._refused)

    def _ask_projects(self, then: Callable[[Sequence[Project]], None]) -> None:
        self._show("looking")
        self._question = self._worker.ask(self._core.hands.projects, then, self._refused)

    def _choose_first(self, quota_project: str, found: Sequence[Project]) -> None:
        """The one that gcloud is set to, else the first of the person's own."""
        self.projects = found
        if not found:
            self._show("refused")
            return
        ids = [project.id for project in found]
        self.choose(quota_project if quota_project in ids else ids[0])

    def choose(self, project: str) -> None:
        """Plan for that project."""
        if self.wish is not None and not self.running:
            self._plan_for(replace(self.wish, project=project))

    def change(self, **changes: Any) -> None:
        """Plan with other answers: `days` or `retire`."""
        if self.wish is not None and not self.running:
            self._plan_for(replace(self.wish, **changes))

    def _plan_for(self, wish: Wish) -> None:
        self._worker.forget(self._question)
        self.wish = wish
        self._look = partial(self._ask, partial(self._core.hands.plan, wish))
        self._look()

    def ask_for_projects(self) -> None:
        """To choose another one than that of the diagnosis; the plan stands meanwhile."""
        if self.projects is not None or self.choosing:
            return
        self.choosing = True
        self.changed.emit()
        self._worker.ask(self._core.hands.projects, self._to_choose, lambda _: self._to_choose(()))

    def choose_another(self) -> None:
        """After a refusal: the first of the person's other projects, and the list of them."""
        refused = self.wish.project if self.wish is not None else ""
        if not self.running:
            self.error = None
            self._ask_projects(partial(self._choose_first_but, refused))

    def _choose_first_but(self, refused: str, found: Sequence[Project]) -> None:
        others = [project for project in found if refused not in (project.id, project.number)]
        self.projects = [*others, *(project for project in found if project not in others)]
        if others:
            self.choose(others[0].id)
        else:
            self.projects = ()
            self._show("refused")

    def _to_choose(self, found: Sequence[Project]) -> None:
        self.choosing = False
        known = self.plan.project if self.plan is not None else None
        if known is not None and known.id not in [project.id for project in found]:
            found = (known, *found)
        self.projects = found
        self.changed.emit()

    def _planned(self, plan: Plan | None) -> None:
        self._patience.stop()
        self._question = 0
        self.keyring = ""
        self.plan = plan
        self._show("plan" if plan is not None else "nothing")

    def _refused(self, error: BaseException) -> None:
        from gemini_setup.actions.errands import NotPossible

        self._patience.stop()
        self._question = 0
        self.keyring = ""
        if isinstance(error, NotPossible) and error.key == "provision_project" and self.projects is None:
            self._ask_projects(partial(self._choose_first, ""))
            return
        self.error = error
        self._show("refused")

    def again(self) -> None:
        """Look again, from the same wish."""
        if self.running or self._look is None:
            return
        self.end, self.error, self.left, self.said = None, None, (), []
        self.note = ""
        self._look()

    # ---- doing

    def agree(self) -> None:
        """The person's consent: everything that the plan names, and nothing else."""
        if self.phase != "plan" or self.plan is None:
            return
        self.said, self.note = [], ""
        work = self._worker.work
        if not self._listens:
            self._listens = True
            work.happened.connect(self._heard)
            work.failed.connect(self._failed)
        self._show("working")
        self._patience.start()
        self._number = work.start(partial(self._core.hands.carry_out, self.plan, saved=self.saved))

    def stop(self) -> None:
        """At once. What is at Google then is in the list, and the next start finishes or undoes it."""
        self._patience.stop()
        if self._question:
            self._worker.forget(self._question)
            self._question = 0
        if self.phase == "signing-in":
            self._show("sign-in")
        elif self.phase == "working":
            self._worker.work.cancel()
            self._show("stopped")
            self._look_at_left()

    def _look_at_left(self) -> None:
        from gemini_setup.system.threads import blocking

        self._worker.ask(partial(blocking, self._core.hands.made), self._found_left, lambda _: None)

    def _found_left(self, found: Sequence[Any]) -> None:
        if self.phase in ("stopped", "refused") and self.plan is not None:
            self.left = tuple(one.made for one in found if one.made.intent == self.plan.intent)
            self.changed.emit()

    def _heard(self, number: int, event: Any) -> None:
        if number != self._number or self.phase != "working":
            return
        from gemini_setup.actions.fulfilment import Ended

        if not isinstance(event, Ended):
            if self.keyring:  # it has been answered
                self.keyring = ""
                self._patience.start()
            self.said.append((time.monotonic(), event))
            self.happened.emit(event)
            return
        self._patience.stop()
        self.keyring = ""
        self._plans += 1
        if self._goes_on(event) and self._plans < _PLANS and self._look is not None:
            self.note = "again" if event.state == "again" else "more"
            self.said = []
            self.parts = (*self.parts, *event.made)
            self._look()
            return
        self.end = event
        self._show("ended")
        self.ended.emit(event)

    def _goes_on(self, end: Ended) -> bool:
        """Something has changed, or the plan itself could be seen only once its API was on: it is planned again."""
        from gemini_setup.provision.plan import Flow

        more = self.wish is not None and self.wish.flow is not Flow.ENABLE and end.plan.flow is Flow.ENABLE
        return end.state == "again" or (more and end.state == "done")

    def _failed(self, number: int, error: object) -> None:
        if number != self._number or self.phase != "working":
            return
        self._patience.stop()
        self.keyring = ""
        self.error = error if isinstance(error, BaseException) else None
        self._show("refused")
        self._look_at_left()

    def _keyring_waits(self, what: str) -> None:
        if self.phase == "working" and what != "asks":  # Google takes its time there, too
            return
        self.keyring = what
        self.changed.emit()

    def _show(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()
