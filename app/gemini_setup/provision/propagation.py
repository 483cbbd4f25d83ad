"""Waiting for Google, in one place: operations that run, and what was made but is not known everywhere yet.

Each is an async generator of `Waits` that leaves its result in a `Box`. How long was waited is counted, not measured, so
that a clock that jumps ends nothing too early.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.google import urls
from gemini_setup.provision import refusals
from gemini_setup.provision.progress import Waits
from gemini_setup.provision.refusals import Asked, Stopped
from gemini_setup.provision.session import Session

_T = TypeVar("_T")

OPERATION: Final = 300.0  # seconds until an operation that does not end counts as lost
YOUNG_API: Final = 300.0
YOUNG_ACCOUNT: Final = 120.0
CONFLICTS: Final = 7  # tries to change a policy that others are changing


class Box(Generic[_T]):
    """What a generator has to give, beside its events."""

    def __init__(self) -> None:
        self._found: list[_T] = []

    def put(self, value: _T) -> None:
        self._found[:] = [value]

    @property
    def value(self) -> _T:
        return self._found[0]


def _step(number: int, first: float = 1.0, most: float = 10.0) -> float:
    return min(first * 1.5**number, most)


async def patiently(
    session: Session,
    call: Callable[[], Awaitable[_T]],
    box: Box[_T],
    passes: Callable[[Stopped], bool],
    limit: float,
    what: str,
) -> AsyncGenerator[Waits, None]:
    """Call, and call again as long as the refusal is one that `passes`. Raises Stopped: the last one's, or too new."""
    waited, number = 0.0, 0
    while True:
        try:
            box.put(await call())
            return
        except Stopped as stopped:
            if not passes(stopped):
                raise
            if waited >= limit:
                if stopped.cause.id == "account-permission-missing":
                    raise
                raise Stopped(
                    CAUSES["credential-too-new"], stopped.facts, stopped.details, stopped.evidence
                ) from None
        yield Waits(what, limit - waited)
        pause = _step(number)
        await session.pause(pause)
        waited += pause
        number += 1


async def operation(
    session: Session,
    base: str,
    started: dict[str, Any],
    project: str,
    box: Box[dict[str, Any]],
    what: str,
    permissions: tuple[str, ...] = (),
) -> AsyncGenerator[Waits, None]:
    """Wait for the end of an operation: its `response`. Raises Stopped.

    A `noop` was done before it began, and asking about it is an error.
    """
    waited, number, current = 0.0, 0, started
    name = started.get("name")
    asked = Asked(base, project, permissions)
    while True:
        if isinstance(error := current.get("error"), dict):
            raise refusals.of_operation(error, asked, session.secrets)
        response = current.get("response")
        if current.get("done") is True or (isinstance(name, str) and "/noop." in name):
            box.put(response if isinstance(response, dict) else {})
            return
        if not isinstance(name, str) or not name.startswith("operations/"):
            raise Stopped("unknown", {"project": project})
        if waited >= OPERATION:
            raise Stopped("google-timeout", {"project": project})
        yield Waits(what, OPERATION - waited)
        pause = _step(number)
        await session.pause(pause)
        waited += pause
        number += 1
        try:
            current = await session.ask("GET", urls.management(base, *name.split("/")), project)
        except Stopped as stopped:
            if stopped.status != 429:
                stopped.begun = True
                raise


def jitter(number: int) -> float:
    """Seconds before another try where others write too."""
    return float(0.5 * 2**number * random.uniform(0.6, 1.4))


def is_off(stopped: Stopped, base: str) -> bool:
    """The API behind this host is off in the project that was named."""
    return stopped.cause.id == "api-disabled" and stopped.facts.get("service") == urls.service_of(base)
