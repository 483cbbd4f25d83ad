"""One lock for the whole vault: writes and index. The system releases it when its holder dies.

Minting a token waits for a network, so it has another one beside it; a holder of both took that one first.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault

PATIENCE = 30.0  # seconds to wait for another writer: longer than any write, shorter than a forgotten prompt
_PAUSE = 0.03


class VaultLock:
    """`with lock.held(): ...`; not for nesting. `path` None holds between threads of this process only."""

    def __init__(self, path: Path | None, patience: float = PATIENCE) -> None:
        self._path = path
        self._patience = patience
        self._thread = threading.Lock()

    def beside(self, name: str) -> VaultLock:
        """Another lock, in the same folder."""
        return VaultLock(self._path.with_name(name) if self._path is not None else None, self._patience)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Raises VaultFault: SLOW if another writer does not end, DENIED if there can be no lock."""
        end = time.monotonic() + self._patience
        if not self._thread.acquire(timeout=self._patience):
            raise VaultFault(Fault.SLOW, "", "another part of this program is still writing", "busy")
        try:
            if self._path is None:
                yield
                return
            descriptor = _opened(self._path)
            try:
                while not _taken(descriptor):
                    if time.monotonic() > end:
                        raise VaultFault(Fault.SLOW, "", "another Gemini Setup is still writing", "busy")
                    time.sleep(_PAUSE)
                yield
            finally:
                os.close(descriptor)  # releases the lock
        finally:
            self._thread.release()


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise VaultFault(Fault.FULL, "", "no room on the disk for the lock file", "disk") from None
        raise VaultFault(
            Fault.DENIED, "", f"no lock file can be made: {error.strerror}", "no-folder"
        ) from None


def _unlockable(error: OSError) -> VaultFault:
    """NFS without its lock service, some FUSE file systems: without a lock two programs could write at once."""
    return VaultFault(Fault.DENIED, "", f"no file can be locked there: {error.strerror}", "no-locks")


if sys.platform == "win32":
    import msvcrt

    def _taken(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise _unlockable(error) from None
            return False
        return True

else:
    import fcntl

    def _taken(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise _unlockable(error) from None
        return True
