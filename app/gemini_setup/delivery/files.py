"""Other people's files, changed whole or not at all.

A file is written beside its place, brought to the disk, and takes the name at once. Its permissions, owner's group and
extended attributes stay; a new one is for this account alone. What is odd is said and left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup.vault.files import flush

LARGEST: Final = 1 << 20  # bytes of a file that is changed
_NEW: Final = ".gemini-setup-new"
_POSIX: Final = os.name == "posix"


class Obstacle(Exception):
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
        return _POSIX and self.mode is not None and bool(self.mode & 0o077)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def look(path: Path) -> Found:
    """Raises Obstacle for what must not be written to."""
    try:
        real = path.resolve(strict=False)
        if path.is_symlink() and not real.exists():
            raise Obstacle("dangling-link", place=str(path))
        status = real.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Found(path, real, None, None)
    except (OSError, RuntimeError):
        raise Obstacle("unreadable", place=str(path)) from None
    if not stat.S_ISREG(status.st_mode):
        raise Obstacle("no-file", place=str(path))
    if _POSIX and status.st_uid != os.geteuid():
        raise Obstacle("other-owner", place=str(path))
    if status.st_nlink > 1:
        raise Obstacle("two-names", place=str(path))
    if not status.st_mode & stat.S_IWUSR:
        raise Obstacle("read-only", place=str(path))
    if status.st_size > LARGEST:
        raise Obstacle("too-large", place=str(path))
    try:
        data = real.read_bytes()
    except OSError:
        raise Obstacle("unreadable", place=str(path)) from None
    return Found(path, real, data, stat.S_IMODE(status.st_mode))


def write(found: Found, data: bytes) -> list[str]:
    """Replace what was found; the folders that had to be made for it, outermost first. Raises Obstacle."""
    made: list[str] = []
    try:
        for folder in reversed([one for one in found.real.parents if not one.exists()]):
            folder.mkdir(mode=0o700)
            made.append(str(folder))
        _write(found, data)
    except OSError as error:
        raise Obstacle("not-written", place=str(found.path), why=error.strerror or "") from None
    return made


def _write(found: Found, data: bytes) -> None:
    new = found.real.with_name(f".{found.real.name}{_NEW}")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()  # left by a killed run; the holder of the lock is the only writer
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(new, flags, 0o600)
    try:
        with open(descriptor, "wb") as file:
            if found.mode is not None:
                _dress(new, found)
            elif _POSIX:
                os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if _now(found.real) != found.data:
            raise Obstacle("changed-just-now", place=str(found.path))
        os.replace(new, found.real)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    flush(found.real.parent)


def _dress(new: Path, found: Found) -> None:
    """Rights and attributes (access lists, labels) of the file that it replaces."""
    if not _POSIX:
        return
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for name in os.listxattr(found.real):
                with contextlib.suppress(OSError):
                    os.setxattr(new, name, os.getxattr(found.real, name))
    with contextlib.suppress(OSError):
        os.chown(new, -1, found.real.stat().st_gid)
    assert found.mode is not None
    new.chmod(found.mode)


def _now(real: Path) -> bytes | None:
    try:
        return real.read_bytes()
    except FileNotFoundError:
        return None


def delete(found: Found, folders: list[str]) -> None:
    """Delete a file that we made, and those of the folders made for it that are empty now. Raises Obstacle."""
    try:
        found.real.unlink(missing_ok=True)
    except OSError as error:
        raise Obstacle("not-written", place=str(found.path), why=error.strerror or "") from None
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:
            break
    with contextlib.suppress(OSError):
        flush(found.real.parent)
