"""The clock of the stand-in: tests move it, and a program in another process can be shown the same one."""

from __future__ import annotations

import asyncio
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time as real_time  # a test may show others the time of this clock

DAY = 86400.0


class Clock:
    """So many seconds ahead of this computer's; `file` (made by `share`) holds the same number for other processes."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._lock = threading.Lock()
        self.file: Path | None = None

    @property
    def offset(self) -> float:
        with self._lock:
            return self._read()

    def now(self) -> float:
        return real_time() + self.offset

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> None:
        with self._lock:
            self._offset = self._read() + seconds + days * DAY
            if self.file is not None:
                _write(self.file, self._offset)

    async def sleep(self, seconds: float) -> None:
        """In place of asyncio.sleep: only the clock goes on."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def share(self, file: Path) -> Path:
        """From now on the number stands in that file, and whoever writes it moves this clock."""
        _write(file, self.offset)
        self.file = file
        return file

    @classmethod
    def shared(cls, file: Path) -> Clock:
        """In another process: the clock that was shared by that file."""
        made = cls()
        made.file = file
        return made

    def _read(self) -> float:
        if self.file is None:
            return self._offset
        data = self.file.read_bytes()
        return float(struct.unpack("<d", data)[0]) if len(data) == 8 else self._offset


def _write(file: Path, offset: float) -> None:
    """In one piece: whoever reads meanwhile finds one number or the other."""
    place = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(place, struct.pack("<d", offset), 0)
    finally:
        os.close(place)


#: Seconds after which everything is known everywhere, asked for or not.
GROWN = 900.0
AT_ONCE = 0.9


@dataclass(frozen=True)
class Wait:
    """How long something stays young: seconds of the clock, and beside that so many answers of "not yet" until GROWN."""

    seconds: float = 0.0
    answers: int = 0


class Ripening:
    """Something made a moment ago that not everything at Google knows yet."""

    def __init__(self, now: Callable[[], float], wait: Wait | None = None) -> None:
        self._now = now
        self._until = now() + wait.seconds if wait is not None else 0.0
        self._left = wait.answers if wait is not None else 0
        self._grown = now() + GROWN
        self._said = float("-inf")  # when the last "no" was counted
        self._lock = threading.Lock()

    def ripe(self) -> bool:
        """Whether it is known here; each "no" that the clock does not give is counted.

        Questions that come at once, as those of one check, have one answer.
        """
        with self._lock:
            now = self._now()
            if now < self._until:
                return False
            if now - self._said < AT_ONCE:
                return False
            if self._left > 0 and now < self._grown:
                self._left -= 1
                self._said = now
                return False
            return True

    @property
    def is_ripe(self) -> bool:
        """The same without counting."""
        with self._lock:
            now = self._now()
            counted = self._left <= 0 and now - self._said >= AT_ONCE
            return now >= self._until and (counted or now >= self._grown)


@dataclass
class Delays:
    """How long Google takes; by default everything young is refused once and an operation is done at the second look."""

    polls: int = 1  # answers of an operation before the one that is done
    service: Wait = Wait(answers=1)  # an API that was turned on, until it answers
    key: Wait = Wait(answers=1)  # an API key, until it is known everywhere
    certificate: Wait = Wait(answers=1)  # a key of a service account, until it signs in
    account: Wait = Wait(answers=1)  # a service account, until a policy or a key may name it
    grant: Wait = Wait(answers=1)  # a role, until it counts
    deletion: Wait = Wait()  # a key that was deleted, until it is refused
    listed: Wait = Wait()  # a project, until the search finds it

    @classmethod
    def none(cls) -> Delays:
        return cls(0, Wait(), Wait(), Wait(), Wait(), Wait())

    @classmethod
    def real(cls) -> Delays:
        """As google-hands.md has them; the clock has to be moved."""
        return cls(2, Wait(120), Wait(240), Wait(300), Wait(45), Wait(150), Wait(60), Wait(60))
