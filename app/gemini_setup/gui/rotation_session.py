"""Google is asked whether the previous credential is dead: until it has said so twice, or the person leaves."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gemini_setup.gui.background.patience import Patience

if TYPE_CHECKING:
    from gemini_setup.actions.rotate import Asked, Proof
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.model.credentials import Profile


class RotationSession(QObject):
    """`row` is the profile, `answer` what Google said last, `error` what ended the run; None where there is none.

    `next_at` is when Google is asked again (seconds of `time.monotonic`), 0 where it is not.
    """

    began = Signal()
    answered = Signal()
    waits = Signal(str)  # for the keyring
    failed = Signal()

    def __init__(self, core: Core, worker: LazyWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core, self._worker = core, worker
        self._number = 0
        self._listens = False
        self.row: Profile | None = None
        self.answer: Asked | Proof | None = None
        self.error: object = None
        self.next_at = 0.0
        self._patience = Patience(core.asking, self)
        self._patience.waits.connect(self.waits)

    @property
    def running(self) -> bool:
        return self._number > 0 and self._worker.work.current(self._number)

    def start(self, row: Profile) -> None:
        """Ask about the previous credential of this profile from the beginning."""
        self.row, self.answer, self.error, self.next_at = row, None, None, 0.0
        self.began.emit()
        work = self._worker.work
        if not self._listens:
            self._listens = True
            work.happened.connect(self._heard)
            work.failed.connect(self._broke)
        self._patience.start()
        self._number = work.start(partial(self._core.prove, row.name))

    def stop(self) -> None:
        self._patience.stop()
        if self.running:
            self._worker.work.cancel()

    def _heard(self, number: int, event: Any) -> None:
        if number != self._number:
            return
        self._patience.stop()
        self.answer = event
        wait = getattr(event, "wait", None)
        self.next_at = time.monotonic() + wait if wait is not None else 0.0
        self.answered.emit()

    def _broke(self, number: int, error: object) -> None:
        if number == self._number and self.row is not None:
            self._patience.stop()
            self.error = error
            self.failed.emit()
