"""The worker: runs, cancelling, late events, exceptions, and an end that waits for nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from functools import partial

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from gemini_setup.gui.background.worker import Work
from gemini_setup.system.threads import blocking
from tests.waiting import HANGS, LATE, PATIENCE


@pytest.fixture
def work(qtbot: QtBot) -> Iterator[Work]:
    made = Work()
    yield made
    made.shutdown()


async def _three() -> AsyncGenerator[int, None]:
    for number in range(3):
        yield number


def test_events_arrive_in_the_gui_thread(work: Work, qtbot: QtBot) -> None:
    heard: list[tuple[int, object, bool]] = []
    here = threading.get_ident()
    work.happened.connect(lambda run, item: heard.append((run, item, threading.get_ident() == here)))
    with qtbot.waitSignal(work.finished, timeout=20_000):
        run = work.start(_three)
    assert heard == [(run, 0, True), (run, 1, True), (run, 2, True)]
    assert not work.running


def test_late_events_of_a_cancelled_run_are_dropped(work: Work, qtbot: QtBot) -> None:
    sent, closed = threading.Event(), threading.Event()

    async def slow() -> AsyncGenerator[str, None]:
        try:
            yield "already on its way"
            sent.set()
            await asyncio.sleep(HANGS)
        finally:
            closed.set()

    heard: list[object] = []
    for signal in (work.happened, work.finished, work.failed):
        signal.connect(lambda *args: heard.append(args))
    work.start(slow)
    assert sent.wait(PATIENCE)  # the event waits in the GUI thread's queue, which has not been served since
    work.cancel()
    assert closed.wait(PATIENCE)
    qtbot.wait(50)
    assert heard == []


def test_the_next_run_ends_the_one_before(work: Work, qtbot: QtBot) -> None:
    ended = threading.Event()

    async def endless() -> AsyncGenerator[str, None]:
        try:
            while True:
                yield "old"
                await asyncio.sleep(0.001)
        finally:
            ended.set()

    with qtbot.waitSignal(work.happened, timeout=20_000):  # before it has begun, nothing of it is to be ended
        work.start(endless)
    heard: list[object] = []
    work.happened.connect(lambda run, item: heard.append(item))
    with qtbot.waitSignal(work.finished, timeout=20_000):
        work.start(_three)
    assert heard == [0, 1, 2]
    assert ended.wait(PATIENCE)


def test_exceptions_are_delivered(work: Work, qtbot: QtBot) -> None:
    async def breaks() -> AsyncGenerator[str, None]:
        yield "first"
        raise ValueError("made up")

    with qtbot.waitSignal(work.failed, timeout=20_000) as caught:
        work.start(breaks)
    assert isinstance(caught.args[1], ValueError)
    assert not work.running


def test_a_task_that_nobody_awaits_is_not_lost(work: Work, qtbot: QtBot) -> None:
    async def forgets() -> AsyncGenerator[str, None]:
        async def breaks() -> None:
            raise ValueError("made up")

        task = asyncio.ensure_future(breaks())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        await asyncio.sleep(HANGS)
        yield "never"

    with qtbot.waitSignal(work.failed, timeout=20_000) as caught:
        work.start(forgets)
    assert isinstance(caught.args[1], ValueError)


def test_questions_beside_a_run(work: Work, qtbot: QtBot) -> None:
    answers: list[object] = []

    async def seven() -> int:
        return 7

    async def breaks() -> int:
        raise OSError("made up")

    work.ask(seven, answers.append)
    work.ask(breaks, answers.append, lambda error: answers.append(type(error)))
    forgotten = work.ask(seven, lambda _: answers.append("forgotten"))
    work.forget(forgotten)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=20_000)
    qtbot.wait(20)
    assert answers == [7, OSError]


def test_shutdown_does_not_wait_for_a_blocking_call(qtbot: QtBot) -> None:
    work = Work()
    hangs = threading.Event()

    async def keyring() -> AsyncGenerator[str, None]:
        yield "asking"
        await blocking(lambda: hangs.wait(HANGS))

    with qtbot.waitSignal(work.happened, timeout=20_000):
        work.start(keyring)
    began = time.monotonic()
    work.shutdown()
    assert time.monotonic() - began < LATE
    hangs.set()
    work.cancel()
    work.start(_three)  # harmless afterwards


@pytest.mark.parametrize("cancelled", [True, False])
def test_shutdown_cuts_no_closing_short(qtbot: QtBot, *, cancelled: bool) -> None:
    """Connections are closed by tasks of the run, each in some turns of the loop; on a busy computer those take long."""
    work = Work()
    closed: list[str] = []

    async def connection() -> None:
        try:
            await asyncio.sleep(HANGS)
        finally:
            await asyncio.sleep(6)
            closed.append("connection")

    async def run() -> AsyncGenerator[str, None]:
        task = asyncio.create_task(connection())
        try:
            yield "connected"
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            closed.append("run")

    with qtbot.waitSignal(work.happened, timeout=20_000):
        work.start(run)
    if cancelled:
        work.cancel()
    began = time.monotonic()
    work.shutdown()
    assert time.monotonic() - began < 5, "it does not wait for that"
    work._thread.join(PATIENCE)
    assert closed == ["connection", "run"]


class _Row(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []

    def show_value(self, value: object) -> None:
        self.heard.append(value)

    def show_what(self, what: str, value: object) -> None:
        self.heard.append((what, value))


def test_what_was_asked_for_a_widget_that_is_gone_is_not_told_to_it(work: Work, qtbot: QtBot) -> None:
    """A page in the language before, or a row of a list that was made anew."""
    here, gone = _Row(), _Row()
    may = threading.Event()
    for row in (gone, here):
        for tell in (row.show_value, partial(row.show_what, "it")):
            work.ask(partial(blocking, partial(may.wait, 5)), tell)
    delete(gone)
    may.set()
    qtbot.waitUntil(lambda: len(here.heard) == 2, timeout=20_000)
    assert sorted(here.heard, key=str) == [("it", True), True]
    assert gone.heard == []
    delete(here)


def test_a_question_waits_for_nothing(work: Work, qtbot: QtBot) -> None:
    """Sixteen milliseconds before each would be felt: a page asks several, one after the other."""
    order: list[str] = []
    gate = threading.Event()

    async def question() -> None:
        order.append("asked")

    work._loop.call_soon_threadsafe(gate.wait)  # what follows is in the queue before the first of it runs
    work._loop.call_soon_threadsafe(work._loop.call_later, 0.008, order.append, "8 ms later")
    answered: list[None] = []
    work.ask(question, answered.append)
    gate.set()
    qtbot.waitUntil(lambda: bool(answered) and len(order) == 2, timeout=20_000)
    assert order == ["asked", "8 ms later"]
