"""Whole runs one after the other in one process, and what they leave behind in it."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemini_setup.actions import check_and_keep
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.google.recognition import recognise_file
from gemini_setup.gui.backend import Core
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Report
from tests.endurance.world import World
from tests.gui.driver import open_window


@dataclass(frozen=True)
class Left:
    """What is there after a run: kilobytes, and numbers of things."""

    memory: int
    objects: int
    wrappers: int
    threads: int
    files: int


def left(kinds: Counter[str] | None = None) -> Left:
    """Measured when nothing more can be freed; the kinds of objects are counted into `kinds`."""
    gc.collect()
    found = gc.get_objects()
    if kinds is not None:
        kinds.update(type(one).__name__ for one in found)
    objects = len(found)
    del found
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Left(
        pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        objects,
        _wrappers(),
        threading.active_count(),
        len(os.listdir("/proc/self/fd")),
    )


def _wrappers() -> int:
    """Qt's objects that Python holds on to; 0 where Qt is not loaded."""
    import sys

    if "shiboken6" not in sys.modules:
        return 0
    from shiboken6 import Shiboken

    return len(Shiboken.getAllValidWrappers())


@dataclass(frozen=True)
class Growth:
    """Per run, from the medians of the two halves after the warm-up; `kinds` are the objects that grew most."""

    memory: float  # kilobytes
    objects: float
    wrappers: float
    threads: float
    files: float
    kinds: list[tuple[str, int]]
    last: Left


def growth(run: Callable[[int], None], runs: int, warm: int) -> Growth:
    """Do it `runs` times after `warm` that are not counted."""
    for number in range(warm):
        run(number)
    before, after = Counter[str](), Counter[str]()
    seen = [left(before)]
    for number in range(runs):
        run(warm + number)
        if number % max(1, runs // 40) == 0 or number == runs - 1:
            seen.append(left())
    last = left(after)
    half = len(seen) // 2
    apart = runs / 2

    def slope(name: str) -> float:
        first, second = ([getattr(one, name) for one in part] for part in (seen[:half], seen[half:]))
        return float(statistics.median(second) - statistics.median(first)) / apart

    after.subtract(before)
    grown = [(kind, count) for kind, count in after.most_common(12) if count >= max(2, runs // 10)]
    return Growth(
        slope("memory"), slope("objects"), slope("wrappers"), slope("threads"), slope("files"), grown, last
    )


def core_run(world: World, number: int) -> None:
    """What `add` and then `check` do on the command line, by the same functions; both services in turn."""
    core: Any = world.core()
    desk: AppContext = core.desk
    endpoints = Endpoints(gemini=world.google.url, vertex=world.google.url, token=f"{world.google.url}/token")
    if number % 2:
        found = recognise_file(world.texts["account"].encode()).credential
        assert isinstance(found, ServiceAccount)
        access = Access(found, Service.VERTEX, found.project, "global", endpoints)
    else:
        access = Access(ApiKey(Secret(world.texts["good"])), Service.STUDIO, endpoints=endpoints)

    async def all_of_it() -> None:
        for events in (check_and_keep.add(desk, access, "default"), check_and_keep.check(desk, "default")):
            async for event in events:
                if isinstance(event, Report):
                    assert event.kept, event.cause.id

    asyncio.run(all_of_it())
    core.remove("default")
    _forget(world)


def _forget(world: World) -> None:
    """Google lives in the same process, and remembers what it was asked and gave out."""
    world.google.forget()
    world.google._book.tokens.clear()


def wizard_run(world: World, number: int) -> None:
    """A whole run through the window: open, give, check, keep, look at the last page, close. Both services in turn."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    core = world.core()
    name = _through(core, world.texts["account" if number % 2 else "good"])
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    core.remove(name)
    _forget(world)


def _through(core: Core, text: str) -> str:
    """The name of the profile under which it was kept; no window is left in this frame."""
    from PySide6.QtWidgets import QApplication

    from gemini_setup.wizard.flow import Page

    window = open_window(core, opener=lambda _: True)

    def turn(until: Callable[[], bool] = lambda: True, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while True:
            QApplication.sendPostedEvents()
            QApplication.processEvents()
            if until():
                return
            assert time.monotonic() < end, f"stands at {window.place}"
            time.sleep(0.001)

    window.show()
    turn()
    window.build_pages()
    window.look_around()
    window.take_text(text)
    turn(window.footer.next.isEnabled)
    window.go_on()
    turn(lambda: window.place == Page.USE)
    turn()
    name = window.draft.profile
    window.close()
    window.deleteLater()
    return name
