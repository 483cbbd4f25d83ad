"""The only place where a thread meets Qt: one asyncio loop in one daemon thread, and one queued signal back."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

Events = Callable[[], AsyncGenerator[Any, None]]
#: Seconds in which the page that shows a run that begins is laid out and painted, the interpreter all to itself.
_PAINT: Final = 0.016
#: Seconds that the window's closing waits for connections to be closed; blocking calls are never waited for.
_GRACE: Final = 0.25
#: Seconds after which the loop ends without the tasks that refuse to. Only its own daemon thread waits for it: a loop
#: that is stopped earlier, on a busy computer, leaves their sockets open.
_END: Final = 10.0


def unheard(call: Callable[..., object]) -> bool:
    """Whether it belongs to a widget that is gone: a page in the language before, or a row of an older list."""
    while isinstance(call, partial):
        call = call.func
    owner = getattr(call, "__self__", None)
    return isinstance(owner, QObject) and not isValid(owner)


class Work(QObject):
    """Runs async generators of events away from the window.

    One run at a time speaks through `happened`, `finished` and `failed`; starting the next one or `cancel()` ends it,
    and nothing of it is heard afterwards. `ask()` fetches one value beside it.
    """

    happened = Signal(int, object)
    finished = Signal(int)
    failed = Signal(int, object)
    _arrived = Signal(int, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._lost)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._count = 0
        self._current: int | None = None
        self._asked: dict[int, tuple[Callable[[Any], None], Callable[[BaseException], None] | None]] = {}
        self._open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._serve, name="gemini-setup work", daemon=True)
        self._thread.start()

    # ---- from the GUI thread

    @property
    def running(self) -> bool:
        return self._current is not None

    def current(self, run: int) -> bool:
        return run == self._current

    def start(self, events: Events) -> int:
        """Begin a run (ending the one before) and give its number."""
        self.cancel()
        self._count += 1
        run = self._current = self._count
        self._soon(self._begin, run, self._run(run, events))
        return run

    def ask(
        self,
        question: Callable[[], Awaitable[Any]],
        answer: Callable[[Any], None],
        fault: Callable[[BaseException], None] | None = None,
    ) -> int:
        """Await one value beside the run and hand it to `answer` in the GUI thread. Give a number for `forget`."""
        self._count += 1
        number = self._count
        self._asked[number] = (answer, fault)
        self._soon(self._begin, number, self._question(number, question))
        return number

    def forget(self, number: int) -> None:
        """Stop a question; its answer is no longer delivered."""
        if self._asked.pop(number, None) is not None:
            self._soon(self._stop, number)

    def cancel(self) -> None:
        """End the run at once. An event of it that is already on its way is dropped."""
        if self._current is not None:
            run, self._current = self._current, None
            self._soon(self._stop, run)

    def shutdown(self) -> None:
        """End everything. Connections get a moment to close; a blocking call is left behind on its daemon thread."""
        if not self._open:
            return
        self._current = None
        self._asked.clear()
        self._open = False
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join(_GRACE)

    def _soon(self, call: Callable[..., object], *args: Any) -> None:
        if self._open:
            self._loop.call_soon_threadsafe(call, *args)
        else:
            for item in args:
                if asyncio.iscoroutine(item):
                    item.close()

    @Slot(int, str, object)
    def _deliver(self, run: int, what: str, value: object) -> None:
        if run in self._asked:
            answer, fault = self._asked.pop(run)
            if unheard(answer):
                return
            if what == "value":
                answer(value)
            elif isinstance(value, BaseException):
                if fault is not None:
                    fault(value)
                elif not isinstance(value, asyncio.CancelledError):
                    sys.excepthook(type(value), value, value.__traceback__)
            return
        if run != self._current:
            return
        if what == "event":
            self.happened.emit(run, value)
            return
        self._current = None
        if what == "failed":
            self.failed.emit(run, value)
        else:
            self.finished.emit(run)

    # ---- in the loop's thread

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _begin(self, run: int, coroutine: Any) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks[run] = task
        task.add_done_callback(partial(self._forget, run))

    def _forget(self, run: int, _task: asyncio.Task[None]) -> None:
        self._tasks.pop(run, None)

    def _stop(self, run: int) -> None:
        task = self._tasks.get(run)
        if (
            task is not None and not task.cancelling()
        ):  # a second time would interrupt its closing of connections
            task.cancel()

    def _end(self) -> None:
        for run in self._tasks:
            self._stop(run)
        # Also the tasks of tasks: a socket that is still open when the loop stops is never closed.
        self._loop.create_task(self._drain(asyncio.all_tasks(self._loop)))

    async def _drain(self, tasks: set[asyncio.Task[Any]]) -> None:
        if tasks:
            await asyncio.wait(tasks, timeout=_END)
        await self._loop.shutdown_asyncgens()
        self._loop.stop()

    async def _run(self, run: int, events: Events) -> None:
        try:
            await asyncio.sleep(_PAINT)
            async with contextlib.aclosing(events()) as stream:
                async for item in stream:
                    self._tell(run, "event", item)
            self._tell(run, "finished", None)
        except BaseException as error:
            self._tell(run, "failed", error)  # after cancel() nobody hears it
            if isinstance(error, asyncio.CancelledError):
                raise

    async def _question(self, number: int, question: Callable[[], Awaitable[Any]]) -> None:
        try:
            self._tell(number, "value", await question())
        except BaseException as error:
            self._tell(number, "failed", error)
            if isinstance(error, asyncio.CancelledError):
                raise

    def _lost(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A task that failed with nobody awaiting it: told as a failure of the run that is on, else as a crash.

        Sockets that close badly also come here; they concern no run.
        """
        error = context.get("exception")
        ours = "task" in context or "future" in context
        if not ours or not isinstance(error, Exception) or isinstance(error, OSError):
            return
        run = self._current
        if run is not None:
            self._tell(run, "failed", error)
        elif self._open:
            sys.excepthook(type(error), error, error.__traceback__)

    def _tell(self, run: int, what: str, value: object) -> None:
        if not self._open:
            return
        with contextlib.suppress(RuntimeError):  # the window's side is already gone
            self._arrived.emit(run, what, value)
