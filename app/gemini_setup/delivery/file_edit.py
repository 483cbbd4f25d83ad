"""Other people's files, changed whole or not at all.

A file is written beside its place, brought to the disk, and takes the name at once; where the system can, it has no
name before that, so a killed run leaves none behind. Its permissions, owner's group and extended attributes stay; a new
one is for this account alone. Others may write in the folder, so what is opened is what is looked at, dressed and read,
never the name again. What is odd is said and left alone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup.system import atomic_file
from gemini_setup.system.atomic_file import OPENING, POSIX

LARGEST: Final = 1 << 20  # bytes of a file that is changed
_NEW: Final = (
    ".gemini-setup.tmp"  # at the end: who has git ignore `.env*`, `.env.*` or `*.tmp` has it ignored, too
)


class DeliveryError(Exception):
    """Why nothing is written: an id of `[obstacles]` of the words, and facts for them. Never a secret."""

    def __init__(self, name: str, **facts: str) -> None:
        super().__init__(name)
        self.id = name
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is. `real` is where a link leads; `data` None if there is none yet; `mode` of an existing one."""

    path: Path
    real: Path
    data: bytes | None
    mode: int | None

    @property
    def text(self) -> str:
        return (self.data or b"").decode("utf-8", "surrogateescape")

    @property
    def open_to_others(self) -> bool:
        return POSIX and self.mode is not None and bool(self.mode & 0o077)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def look(path: Path) -> Found:
    """Raises DeliveryError for what must not be written to."""
    try:
        real = path.resolve(strict=False)
        if path.is_symlink() and not real.exists():
            raise DeliveryError("dangling-link", place=str(path))
        descriptor = os.open(real, os.O_RDONLY | OPENING)
    except (FileNotFoundError, NotADirectoryError):
        return Found(path, real, None, None)
    except (OSError, RuntimeError):
        _may_be_written(path, real)
        raise DeliveryError("unreadable", place=str(path)) from None
    try:
        status = _may_be_written(path, descriptor)
        data = b""
        while piece := os.read(descriptor, LARGEST):
            data += piece
    except OSError:
        raise DeliveryError("unreadable", place=str(path)) from None
    finally:
        os.close(descriptor)
    return Found(path, real, data, stat.S_IMODE(status.st_mode))


def _may_be_written(path: Path, there: int | Path) -> os.stat_result:
    """What is there, if it is a plain file of ours alone. Raises DeliveryError."""
    try:
        status = os.stat(there)
    except (OSError, RuntimeError):
        raise DeliveryError("unreadable", place=str(path)) from None
    if not stat.S_ISREG(status.st_mode):
        raise DeliveryError("no-file", place=str(path))
    if POSIX and status.st_uid != os.geteuid():
        raise DeliveryError("other-owner", place=str(path))
    if status.st_nlink > 1:
        raise DeliveryError("two-names", place=str(path))
    if not status.st_mode & stat.S_IWUSR:
        raise DeliveryError("read-only", place=str(path))
    if status.st_size > LARGEST:
        raise DeliveryError("too-large", place=str(path))
    return status


def write(found: Found, data: bytes) -> list[str]:
    """Replace what was found; the folders that had to be made for it, outermost first. Raises DeliveryError."""
    made: list[str] = []
    try:
        for folder in reversed([one for one in found.real.parents if not one.exists()]):
            folder.mkdir(mode=0o700)
            made.append(str(folder))
        _write(found, data)
    except atomic_file.Changed:
        raise DeliveryError("changed-just-now", place=str(found.path)) from None
    except OSError as error:
        raise DeliveryError("not-written", place=str(found.path), why=error.strerror or "") from None
    return made


def _write(found: Found, data: bytes) -> None:
    def unchanged() -> None:
        if _now(found.real) != found.data:
            raise atomic_file.Changed

    with atomic_file.opened(found.real.parent) as folder:
        name = found.real.name
        dress = atomic_file.for_us_alone if found.mode is None else functools.partial(_dress, found)
        atomic_file.write(folder, name, data, new=name + _NEW, dress=dress, check=unchanged)


def has_left(path: Path) -> bool:
    """Whether a killed run has left something beside a file that it was writing."""
    with contextlib.suppress(OSError, RuntimeError):
        return stat.S_ISREG(os.lstat(_beside(path)).st_mode)
    return False


def sweep(path: Path) -> None:
    """Delete it. Raises nothing."""
    if has_left(path):
        with contextlib.suppress(OSError, RuntimeError):
            _beside(path).unlink()


def _beside(path: Path) -> Path:
    real = path.resolve(strict=False)
    return real.with_name(real.name + _NEW)


def _dress(found: Found, descriptor: int) -> None:
    """Rights and attributes (access lists, labels) of the file that it replaces."""
    assert found.mode is not None
    if not POSIX:
        return
    with contextlib.suppress(OSError):
        there = os.open(found.real, os.O_RDONLY | OPENING)
        try:
            if sys.platform == "linux":
                for name in os.listxattr(there):
                    with contextlib.suppress(OSError):
                        os.setxattr(descriptor, name, os.getxattr(there, name))
            os.fchown(descriptor, -1, os.fstat(there).st_gid)
        finally:
            os.close(there)
    os.fchmod(descriptor, found.mode)


def _now(real: Path) -> bytes | None:
    try:
        descriptor = os.open(real, os.O_RDONLY | OPENING)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        return file.read()


def delete(found: Found, folders: list[str]) -> None:
    """Delete a file that we made, and those of the folders made for it that are empty now. Raises DeliveryError."""
    try:
        found.real.unlink(missing_ok=True)
    except OSError as error:
        raise DeliveryError("not-written", place=str(found.path), why=error.strerror or "") from None
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:
            break
    with contextlib.suppress(OSError):
        atomic_file.settle(found.real.parent)
