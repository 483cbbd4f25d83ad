"""Files in a folder that only this account can open. Light: the fast reader reads the private file through it.

A file is written whole under another name, brought to the disk, and takes its name at once. What is not ours alone
(another owner, wider rights, a link, no plain file) is refused: neither read nor written nor repaired.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gemini_setup.system import atomic_file
from gemini_setup.system.atomic_file import NEW, OPENING, POSIX, Folder
from gemini_setup.system.paths import LARGEST

__all__ = ["NEW", "NotThere", "OurFolder", "Unsafe", "delete", "opened"]

_PIECE = 65_536  # bytes


class Unsafe(Exception):
    """What is there is not ours alone. Says what, in plain words, and never what is in it."""


class NotThere(Exception):
    """There is no such folder, or no longer."""


class OurFolder:
    """A folder that was opened and found to be ours: every name is looked up in it, whatever its path is by now."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return os.listdir(self._folder.path if self._folder.number is None else self._folder.number)

    def read(self, name: str) -> str | None:
        """The text of a file; None if there is none. Raises Unsafe, OSError."""
        try:
            descriptor = os.open(self._folder.at(name), os.O_RDONLY | OPENING, dir_fd=self._folder.number)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise Unsafe(f"{name} is a link") from None
            raise
        data = bytearray()
        try:
            status = os.fstat(descriptor)
            _must_be_ours(status, name)
            if status.st_size > LARGEST:
                raise OSError(errno.EFBIG, "larger than any that we write")
            while piece := os.read(descriptor, _PIECE):
                data += piece
        finally:
            os.close(descriptor)
        return data.decode("ascii", "replace")

    def write(self, name: str, text: str) -> None:
        """`text` is ASCII. Raises Unsafe (a link or a folder of that name is not replaced), OSError."""
        atomic_file.write(self._folder, name, text.encode("ascii"), check=lambda: self._check(name))

    def drop(self, name: str) -> None:
        """Nothing happens if there is no such file. Raises OSError."""
        if self._folder.unlink(name):
            self.settle()

    def settle(self) -> None:
        """Bring the folder's names to the disk. Raises OSError."""
        self._folder.settle()

    def _check(self, name: str) -> None:
        try:
            status = self._folder.status(name)
        except FileNotFoundError:
            return
        _must_be_ours(status, name)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[OurFolder]:
    """Raises NotThere, Unsafe, OSError."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise Unsafe("what should be its folder is a link or a file")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | OPENING) if POSIX else None
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere from None
    if descriptor is None:
        yield OurFolder(Folder(folder, None))
        return
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            raise Unsafe("its folder belongs to another account")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise Unsafe("its folder is open to other accounts")
        yield OurFolder(Folder(folder, descriptor))
    finally:
        os.close(descriptor)


def _must_be_ours(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unsafe(f"{name} is no plain file")
    if not POSIX:
        return
    if status.st_uid != os.geteuid():
        raise Unsafe(f"{name} belongs to another account")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Unsafe(f"{name} is open to other accounts")


def delete(folder: Path) -> None:
    """Delete a folder of ours and the files in it; nothing happens if it is not there. Raises Unsafe, OSError."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise Unsafe("what should be its folder is a link or a file")
    except FileNotFoundError:
        return
    for name in os.listdir(folder):
        os.unlink(folder / name)
    os.rmdir(folder)
    atomic_file.settle(folder.parent)
