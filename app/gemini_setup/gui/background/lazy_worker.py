"""The worker, made when the first question is asked: asyncio takes 60 ms that the first frame must not wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from gemini_setup.gui.background.worker import Work


class LazyWorker(QObject):
    def __init__(self, work: Work | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work

    @property
    def work(self) -> Work:
        if self._work is None:
            from gemini_setup.gui.background.worker import Work

            self._work = Work(self)
        return self._work

    def ask(
        self,
        question: Callable[[], Awaitable[Any]],
        answer: Callable[[Any], None],
        fault: Callable[[BaseException], None] | None = None,
    ) -> int:
        """See `Work.ask`."""
        return self.work.ask(question, answer, fault)

    def forget(self, number: int) -> None:
        """See `Work.forget`. Makes no worker."""
        if self._work is not None:
            self._work.forget(number)

    def shutdown(self) -> None:
        if self._work is not None:
            self._work.shutdown()
