"""The one way a file is written: whole or not at all, and on the disk before it takes its name.

The new content has no name until it is complete where the system can do that (Linux, O_TMPFILE), so that a killed run
leaves nothing behind; elsewhere it has a second name beside the file. Names are looked up in the folder that was
opened, whatever its path leads to by then.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

POSIX: Final = os.name == "posix"
NEW: Final = ".new"  # at the end of a name: what a killed write may leave
#: A link is not followed, a pipe of that name does not block.
OPENING: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_LOST: Final = (errno.EIO, errno.ENOSPC, errno.EDQUOT)


class Changed(OSError):
    """Another program put something else under the new content's name; nothing was replaced."""


class Folder:
    """An open folder. `number` is its descriptor; None on Windows, where a name is a whole path."""

    def __init__(self, path: Path, number: int | None) -> None:
        self.path = path
        self.number = number

    def at(self, name: str) -> str:
        return name if self.number is not None else str(self.path / name)

    def status(self, name: str) -> os.stat_result:
        return os.stat(self.at(name), dir_fd=self.number, follow_symlinks=False)

    def unlink(self, name: str) -> bool:
        """False if there is no such file. Raises OSError."""
        try:
            os.unlink(self.at(name), dir_fd=self.number)
        except FileNotFoundError:
            return False
        return True

    def settle(self) -> None:
        """Bring the folder's names to the disk. Raises OSError.

        Some file systems refuse this for a folder (NFS, FUSE); what they hold is as safe as they make it.
        """
        if self.number is None:
            return
        try:
            os.fsync(self.number)
        except OSError as error:
            if error.errno in _LOST:
                raise


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Folder]:
    """Raises OSError."""
    if not POSIX:
        yield Folder(path, None)
        return
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Folder(path, number)
    finally:
        os.close(number)


def settle(path: Path) -> None:
    """Bring a folder's names to the disk. Raises OSError."""
    with opened(path) as folder:
        folder.settle()


def for_us_alone(descriptor: int) -> None:
    """The rights of a file of ours; a strict umask may have taken our own, too."""
    if POSIX:
        os.fchmod(descriptor, 0o600)


def write(
    folder: Folder,
    name: str,
    data: bytes,
    *,
    new: str = "",
    dress: Callable[[int], None] = for_us_alone,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Raises OSError, and what `dress` and `check` raise; the file is then what it was.

    `new` is the second name where one is needed, and nobody else may be writing under it. `dress` gives the descriptor
    its rights before the first byte; `check` is called when all is on the disk, right before the name changes hands.
    """
    new = new or name + NEW
    folder.unlink(new)
    descriptor, named = _created(folder, new)
    with open(descriptor, "wb", buffering=0) as file:
        try:
            dress(descriptor)
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
            check()
            if not named:
                os.link(f"/proc/self/fd/{descriptor}", new, dst_dir_fd=folder.number, follow_symlinks=True)
            if not POSIX:
                file.close()  # what is open cannot be renamed there
            elif not os.path.samestat(os.fstat(descriptor), folder.status(new)):
                raise Changed(errno.EBUSY, "another program wrote there")
            os.replace(folder.at(new), folder.at(name), src_dir_fd=folder.number, dst_dir_fd=folder.number)
        except BaseException:
            with contextlib.suppress(OSError):
                file.close()
                folder.unlink(new)
            raise
    folder.settle()


def _created(folder: Folder, name: str) -> tuple[int, bool]:
    """A new file in the folder, and whether it has the name already. Open to nobody else, not for a moment."""
    unnamed = _unnamed(folder)
    if unnamed is not None:
        return unnamed, False
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | OPENING
    return os.open(folder.at(name), flags, 0o600, dir_fd=folder.number), True


def _unnamed(folder: Folder) -> int | None:
    """None where the file system or the kernel has no such files, or where one could not be given a name later."""
    if sys.platform != "linux" or not os.path.isdir("/proc/self/fd"):
        return None
    with contextlib.suppress(OSError):
        return os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=folder.number)
    return None
