"""The clock of the stand-in: tests move it, and a program in another process can be shown the same one."""

from __future__ import annotations

import asyncio
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
        return time.time() + self.offset

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> None:
        with self._lock:
            self._offset = self._read() + seconds + days * DAY
            if self.file is not None:
                self.file.write_bytes(struct.pack("<d", self._offset))

    async def sleep(self, seconds: float) -> None:
        """In place of asyncio.sleep: only the clock goes on."""
        self.advance(seconds)
        await asyncio.sleep(0)

    def share(self, file: Path) -> Path:
        """From now on the number stands in that file, and whoever writes it moves this clock."""
        file.write_bytes(struct.pack("<d", self.offset))
        self.file = file
        return file

    def _read(self) -> float:
        if self.file is None:
            return self._offset
        data = self.file.read_bytes()
        return float(struct.unpack("<d", data)[0]) if len(data) == 8 else self._offset


@dataclass(frozen=True)
class Wait:
    """How long something stays young: seconds of the clock, and beside that so many answers of "not yet"."""

    seconds: float = 0.0
    answers: int = 0


class Ripening:
    """Something made a moment ago that not everything at Google knows yet."""

    def __init__(self, now: Callable[[], float], wait: Wait | None = None) -> None:
        self._now = now
        self._until = now() + wait.seconds if wait is not None else 0.0
        self._left = wait.answers if wait is not None else 0
        self._lock = threading.Lock()

    def ripe(self) -> bool:
        """Whether it is known here; each "no" that the clock does not give is counted."""
        with self._lock:
            if self._now() < self._until:
                return False
            if self._left > 0:
                self._left -= 1
                return False
            return True

    @property
    def is_ripe(self) -> bool:
        """The same without counting."""
        with self._lock:
            return self._now() >= self._until and self._left <= 0


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
