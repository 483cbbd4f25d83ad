"""Files in a folder that only this account can open. Light: the fast reader reads the private file through it.

A file is written whole under another name, brought to the disk, and takes its name at once. What is not ours alone
(another owner, wider rights, a link, no plain file) is refused: neither read nor written nor repaired.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from gemini_setup.settings import LARGEST

NEW = ".new"  # what a killed write leaves behind has this at the end of its name

_POSIX = os.name == "posix"
_PIECE = 65_536  # bytes
_FLAGS = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe of that name must not hold us
    | getattr(os, "O_BINARY", 0)
)


class Unsafe(Exception):
    """What is there is not ours alone. Says what, in plain words, and never what is in it."""


class NotThere(Exception):
    """There is no such folder (any more)."""


class OurFolder:
    """A folder that was opened and found to be ours: every name is looked up in it, whatever its path is by now."""

    def __init__(self, folder: Path, descriptor: int | None) -> None:
        self._folder = folder
        self._descriptor = descriptor

    def _at(self, name: str) -> str:
        return name if self._descriptor is not None else str(self._folder / name)

    def names(self) -> list[str]:
        return os.listdir(self._folder if self._descriptor is None else self._descriptor)

    def read(self, name: str) -> str | None:
        """The text of a file; None if there is none. Raises Unsafe, OSError."""
        try:
            descriptor = os.open(self._at(name), os.O_RDONLY | _FLAGS, dir_fd=self._descriptor)
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
        """`text` is ASCII. Raises Unsafe, OSError; then the file is what it was."""
        new = name + NEW
        self.drop(new)
        # Never open to others, not for a moment: the rights are there before the first byte.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        descriptor = os.open(self._at(new), flags, 0o600, dir_fd=self._descriptor)
        try:
            try:
                if _POSIX:
                    os.fchmod(descriptor, 0o600)  # a strict umask may have taken our own rights, too
                data = text.encode("ascii")
                while data:
                    data = data[os.write(descriptor, data) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._check(name)  # a link or a folder of that name is said, not replaced
            os.replace(
                self._at(new), self._at(name), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor
            )
        except BaseException:
            with contextlib.suppress(OSError):
                self.drop(new)
            raise
        self.settle()

    def drop(self, name: str) -> None:
        """Nothing happens if there is no such file. Raises OSError."""
        try:
            os.unlink(self._at(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            return
        self.settle()

    def settle(self) -> None:
        """Bring the folder's names to the disk."""
        if self._descriptor is not None:
            _settle(self._descriptor)

    def _check(self, name: str) -> None:
        try:
            status = os.stat(self._at(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return
        _must_be_ours(status, name)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[OurFolder]:
    """Raises NotThere, Unsafe, OSError."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise Unsafe("what should be its folder is a link or a file")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _FLAGS) if _POSIX else None
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere from None
    if descriptor is None:
        yield OurFolder(folder, None)
        return
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            raise Unsafe("its folder belongs to another account")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise Unsafe("its folder is open to other accounts")
        yield OurFolder(folder, descriptor)
    finally:
        os.close(descriptor)


def _must_be_ours(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unsafe(f"{name} is no plain file")
    if not _POSIX:
        return
    if status.st_uid != os.geteuid():
        raise Unsafe(f"{name} belongs to another account")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Unsafe(f"{name} is open to other accounts")


def flush(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can. Raises OSError."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _settle(descriptor)
    finally:
        os.close(descriptor)


_LOST = (errno.EIO, errno.ENOSPC, errno.EDQUOT)


def _settle(folder: int) -> None:
    """Some file systems refuse this for a folder (NFS, FUSE); what they keep is as safe as they make it."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno in _LOST:
            raise


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
    flush(folder.parent)
