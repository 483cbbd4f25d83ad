"""A check: the one under way, or what came of the last one. Pages paint it; leaving or remaking a page ends nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from PySide6.QtCore import QObject, Signal

from gemini_setup.gui.background.patience import Patience

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.model.credentials import Access, Profile
    from gemini_setup.model.events import Event, Finding, Report, Step

_KEEP: Final = "keep"  # Step.KEEP, which is loaded after the first frame

State = Literal["idle", "running", "done", "stopped", "failed"]


class CheckSession(QObject):
    """`access` is what is checked and then saved, or `row` the saved one that is checked again; the other is None.

    `planned` are the steps that the run takes, `findings` what they have found so far; `error` is what ended a run that
    gave no report.
    """

    began = Signal()
    happened = Signal(object)  # Planned, Started or Finding
    waits = Signal(str)  # for the keyring: "asks" or "slow"
    reported = Signal(object)  # Report
    repeated = Signal()  # a quiet check has found what the last one found
    ended = Signal()  # stopped or failed; or reset, as the answers have changed

    def __init__(self, core: Core, worker: LazyWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core, self._worker = core, worker
        self._number = 0
        self._listens = False
        self._quiet = False
        self._last: Callable[[], AsyncGenerator[Any, None]] | None = None
        self._report: Report | None = None
        self.state: State = "idle"
        self.access: Access | None = None
        self.row: Profile | None = None
        self.made: Profile | None = None  # what was made at Google and saved, without having been here
        self.planned: tuple[Step, ...] = ()
        self.findings: list[Finding] = []
        self.error: object = None
        self._patience = Patience(core.asking, self)
        self._patience.waits.connect(self.waits)

    @property
    def waiting(self) -> str:
        """What the keyring waits for just now, as `waits` says it; "" for nothing."""
        return self._patience.said

    @property
    def running(self) -> bool:
        return self.state == "running"

    def start(self, access: Access, profile: str, *, repaired: float | None = None) -> None:
        """Check from the beginning, and save what Google accepts.

        `repaired`: when what it needs was changed at Google, which takes minutes to be known everywhere.
        """
        self._begin(access, None, _expected(access, keeps=True))
        self._last = partial(self._core.add, access, profile, repaired)
        self._run(self._last)

    def recheck(self, row: Profile) -> None:
        """Ask Google about what is saved under that name; nothing is saved. Reading it may wait for the person."""
        self._begin(None, row, _expected(row))
        self._patience.start()
        self._last = partial(self._core.check, row.name)
        self._run(self._last)

    def keep(self, access: Access, report: Report) -> None:
        """Save what was checked, without asking Google again."""
        known = [finding for finding in report.findings if finding.step != _KEEP]
        self._begin(access, None, self.planned or _expected(access, keeps=True), known)
        self._run(partial(self._core.keep, access, report))

    def adopt(self, report: Report, row: Profile | None, made: Profile | None = None) -> None:
        """Take over the result of a check that ran elsewhere: of the saved `row`, or of what was `made` and saved."""
        self.stop()
        steps = tuple(finding.step for finding in report.findings)
        self._begin(None, row, steps, report.findings)
        self.made = made
        self._number, self._last = -1, None
        if row is not None:
            self._last = partial(self._core.check, row.name)
        self.state = "done"
        self._report = report
        self.reported.emit(report)

    def repeat(self) -> None:
        """Run the last check once more without a sign of it: its result stands until there is another one.

        Once the step is past that failed before, the run is shown like any other.
        """
        if self.state == "done" and self._last is not None:
            self._quiet = True
            self.findings = []
            self._run(self._last)

    def stop_repeating(self) -> None:
        """End a quiet run; the result that is shown stands."""
        if self._quiet:
            self._quiet = False
            self._worker.work.cancel()

    def stop(self) -> None:
        """At once: connections are closed and nothing of the run is heard afterwards."""
        self.stop_repeating()
        if self.running:
            self._worker.work.cancel()
            self._end("stopped")

    def reset(self) -> None:
        """The answers have changed: the last result says nothing about them."""
        self.stop()
        self._end("idle")

    def _begin(
        self,
        access: Access | None,
        row: Profile | None,
        planned: tuple[Step, ...],
        findings: Sequence[Finding] = (),
    ) -> None:
        self._patience.stop()
        self._quiet = False
        self._report = None
        self.access, self.row, self.planned = access, row, planned
        self.made = None
        self.findings = list(findings)
        self.error = None
        self.state = "running"
        self.began.emit()

    def _run(self, events: Callable[[], AsyncGenerator[Any, None]]) -> None:
        work = self._worker.work
        if not self._listens:
            self._listens = True
            work.happened.connect(self._heard)
            work.failed.connect(self._failed)
        self._number = work.start(events)

    def _end(self, state: State) -> None:
        self._patience.stop()
        self.state = state
        self.ended.emit()

    def _heard(self, number: int, event: Event) -> None:
        from gemini_setup.model.events import Finding, Planned, Report, Started  # not for the first frame

        if number != self._number:
            return
        if self._quiet and not self._heard_quietly(event):
            return
        match event:
            case Planned():
                self._patience.stop()  # a saved one has been read
                self.planned = event.steps
            case Started():
                if event.step == _KEEP:
                    self._patience.start()
            case Finding():
                if event.step == _KEEP:
                    self._patience.stop()
                self.findings.append(event)
            case Report():
                self._patience.stop()
                self.state = "done"
                self._report = event
                self.reported.emit(event)
                return
        self.happened.emit(event)

    def _heard_quietly(self, event: Event) -> bool:
        """Whether the event is to be shown: the run is about to say something else than the last one."""
        from gemini_setup.model.events import Finding, Report  # as above

        before = self._report
        if isinstance(event, Report):
            self._quiet = False
            if before is not None and event.cause == before.cause:
                self.repeated.emit()
                return False
            self.findings = list(event.findings)
            return True
        if isinstance(event, Finding):
            failed = {f.step for f in before.findings if not f.good} if before is not None else set()
            if event.step not in failed or not event.good:
                self.findings.append(event)
                return False
            self._quiet = False
            self.state = "running"
            self.began.emit()
            return True
        return False

    def _failed(self, number: int, error: object) -> None:
        self._quiet = self._quiet and number != self._number
        if number == self._number and self.running:
            self.error = error
            self._end("failed")


def _expected(what: Access | Profile, *, keeps: bool = False) -> tuple[Step, ...]:
    """The steps to show until the run has said which it takes. None for what the list has lost: it is not read yet."""
    from gemini_setup.model.credentials import Profile
    from gemini_setup.model.events import Step, steps_of

    kind = what.kind if isinstance(what, Profile) else what.credential.kind
    if kind is None or what.service is None:
        return ()
    return (*steps_of(kind, what.service), *((Step.KEEP,) if keeps else ()))
