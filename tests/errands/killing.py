"""The processes that are killed: forked from one that has no threads, each at a point that is counted as it runs.

A point lies before and after each step on our files, and before and after each question to Google; a run may also be killed
by Google itself, once it has done what it was asked for and before it has answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from gemini_setup.actions.check_and_keep import recover
from gemini_setup.google import http
from tests.errands.flows import BY_NAME, Facts
from tests.errands.stage import Stage
from tests.loopback.management import Clock

FILE_STEPS = ("open", "write", "fsync", "fchmod", "replace", "rename", "unlink", "mkdir", "rmdir", "close")
PREPARE, ACT, START = "prepare", "act", "start"


@dataclass(frozen=True)
class Order:
    """What one process is to do. `at`: killed at that point, -1 never."""

    home: str
    google: dict[str, str]
    clock: str
    scenario: str
    part: str
    facts: Facts
    at: int = -1


@dataclass(frozen=True)
class Done:
    """`killed`: by SIGKILL. `points` that it passed where it ended by itself; `error`: what it raised."""

    killed: bool
    points: int = 0
    error: str = ""
    ends: list[str] = field(default_factory=list)


class Nursery:
    """Forks the processes. Make it before anything in this process starts a thread."""

    def __init__(self) -> None:
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        self._process = os.fork()
        if self._process == 0:  # pragma: no cover - the nursery
            os.close(self._orders)
            os.close(self._answers)
            try:
                _serve(os.fdopen(orders), os.fdopen(answers, "w"))
            finally:
                os._exit(0)
        os.close(orders)
        os.close(answers)
        self._say = os.fdopen(self._orders, "w")
        self._hear = os.fdopen(self._answers)

    def run(self, order: Order, told: Callable[[int], None] = lambda _: None) -> Done:
        """`told` hears the number of the process before it does anything."""
        self._say.write(json.dumps(asdict(order)) + "\n")
        self._say.flush()
        told(int(self._hear.readline()))
        self._say.write("go\n")
        self._say.flush()
        return Done(**json.loads(self._hear.readline()))

    def close(self) -> None:
        self._say.close()
        self._hear.close()
        os.waitpid(self._process, 0)


def _serve(orders: IO[str], answers: IO[str]) -> None:  # pragma: no cover - the nursery
    while line := orders.readline():
        order = Order(**json.loads(line))
        told, tell = os.pipe()
        begin, start = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(told)
            os.close(start)
            os.read(begin, 1)
            _child(order, tell)
        os.close(tell)
        os.close(begin)
        answers.write(f"{process}\n")
        answers.flush()
        orders.readline()
        os.write(start, b"g")
        os.close(start)
        with os.fdopen(told) as results:
            said = results.read()
        _, status = os.waitpid(process, 0)
        killed = os.WIFSIGNALED(status)
        found: dict[str, Any] = {"killed": killed}
        if not killed:
            found |= json.loads(said) if said else {"error": f"ended with {status} and no word"}
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _child(order: Order, tell: int) -> None:  # pragma: no cover - the process that is killed
    code, found = 70, dict[str, Any]()
    write = os.write
    try:
        found = _do(order)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the campaign tells it
        found = {"error": traceback.format_exc(limit=-6)}
    finally:
        write(tell, json.dumps(found).encode())
        os._exit(code)


def _do(order: Order) -> dict[str, Any]:  # pragma: no cover - the process that is killed
    stage = Stage(Path(order.home), order.google, Clock.shared(Path(order.clock)))
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("XDG_", "GOOGLE_", "GEMINI_", "CLOUDSDK_")):
            del os.environ[name]
    os.environ.update(stage.variables)
    time.time = stage.clock.now
    passed = 0

    def point() -> None:
        nonlocal passed
        passed += 1
        if passed == order.at + 1:
            os.kill(os.getpid(), signal.SIGKILL)

    _count(point)
    scenario = BY_NAME[order.scenario]
    if order.part == START:
        recover(stage.desk)
        ends = asyncio.run(stage.finish())
        return {
            "points": passed,
            "ends": [f"{end.what} {end.made.kind.value} {end.made.name}" for end in ends],
        }
    act = scenario.prepare if order.part == PREPARE else scenario.act
    assert act is not None
    coroutine: Any = act(stage, order.facts)
    asyncio.run(coroutine)
    return {"points": passed}


def _count(point: Callable[[], None]) -> None:  # pragma: no cover - the process that is killed
    def stepped(honest: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            point()
            done = honest(*args, **named)
            point()
            return done

        return step

    for name in FILE_STEPS:
        setattr(os, name, stepped(getattr(os, name)))
    honest = http.Network._once

    async def once(*args: Any, **named: Any) -> http.Reply:
        point()
        reply = await honest(*args, **named)
        point()
        return reply

    http.Network._once = once  # type: ignore[method-assign]
