"""The largest gap between the beats of a 5 ms timer on the GUI thread, in the program as it starts itself: idle, during
a whole check with keeping, and while scheme and language are switched. Prints one JSON object; times in milliseconds.

Beside each stands the most CPU time that the process took between two beats: on a machine that is busy with something
else, that is what is ours of the gap.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import Qt, QTimer

import gemini_setup.gui.main as module
from gemini_setup.google.recognition import recognise
from gemini_setup.gui.style.theme import THEME
from gemini_setup.wizard.flow import Page, receive
from gemini_setup.wizard.navigator import ABOUT
from tests.benchmarks.figures import memory
from tests.gui.driver import Driver

# httpx brings its own command line where these are: the tests' environment has them, an installed program has not.
for library in ("click", "pygments", "rich"):
    sys.modules[library] = None  # type: ignore[assignment]

SETTLED = 500  # milliseconds after a switch in which what it has set off comes to its end
kind, text = sys.argv[1:3]


class Beats:
    """A story of steps, each begun when the one before is over; the gaps of each are kept apart."""

    def __init__(self, window: Driver) -> None:
        self.window = window
        self.gaps: list[float] = []
        self.found: dict[str, float] = {}
        self.story = self.steps()
        self.over: Callable[[], bool] = lambda: True
        self.name = ""
        self.costs: list[float] = []
        self.began = self.last = time.perf_counter()
        self.spent = time.process_time()
        self.timer = QTimer(window)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.beat)
        self.timer.start(5)

    def beat(self) -> None:
        now, spent = time.perf_counter(), time.process_time()
        self.gaps.append((now - self.last) * 1000)
        self.costs.append((spent - self.spent) * 1000)
        self.last, self.spent = now, spent
        if self.over():
            if self.name:
                for name, taken in ((self.name, self.gaps), (f"{self.name} cpu", self.costs)):
                    self.found[name] = max(self.found.get(name, 0.0), *taken)
            self.step()

    def step(self) -> None:
        try:
            self.name, begin, self.over = next(self.story)
        except StopIteration:
            self.found["rss"], self.found["pss"] = memory()
            print(json.dumps(self.found), flush=True)
            os._exit(0)
        self.gaps.clear()
        self.costs.clear()
        self.began = self.last = time.perf_counter()
        self.spent = time.process_time()
        begin()

    def waited(self, milliseconds: float) -> Callable[[], bool]:
        return lambda: time.perf_counter() - self.began > milliseconds / 1000

    def steps(self) -> Iterator[tuple[str, Callable[[], object], Callable[[], bool]]]:
        window = self.window
        warm = self.waited(4000)
        yield "", lambda: None, lambda: warm() and "gemini_setup.vault.backends.secret_service" in sys.modules
        yield "", self.give, self.waited(500)
        yield "idle", lambda: None, self.waited(400)
        yield "check", window.go_on, lambda: window.place == Page.USE
        self.found["whole"] = (time.perf_counter() - self.began) * 1000
        yield "", lambda: window.go(ABOUT), self.waited(800)
        for scheme in ("dark", "light", "dark", "light"):
            yield "scheme", partial(THEME.force, scheme), self.waited(SETTLED)
        for code in ("de", "en", "de", "en"):
            yield "language", partial(window.speak, code), self.waited(3 * SETTLED)

    def give(self) -> None:
        draft, _ = receive(self.window.draft, recognise(text))
        self.window.change(draft)
        self.window.go(Page.KEY if kind == "key" else Page.FILE)


class Watched(Driver):
    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self.beats = Beats(self)


module.assemble = partial(module.assemble, frame=Watched)  # the only hook
QTimer.singleShot(60_000, lambda: os._exit(1))
sys.exit(module.run(scheme="light"))
