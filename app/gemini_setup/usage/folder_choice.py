"""Which profile a folder wants: a file `.gemini-setup` in it, or above it, that holds a profile's name and no secret.

It counts only where the person has allowed it (`gemini-setup allow`), as it stands: the path and the name are remembered
together, so that a repository that changes the name has to be allowed again. Light: `get` looks here first.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Mapping
from typing import Final, NamedTuple

from gemini_setup.system.paths import folder, read_ours

FILE: Final = ".gemini-setup"
ALLOWED: Final = "folders.json"
VERSION: Final = 1
_LONGEST: Final = 1024  # bytes of such a file
_NAME: Final = (
    "[a-z0-9-]{1,32}"  # as `reader.PROFILE_NAME`, which would load the vault's words; a test compares
)


class Choice(NamedTuple):
    """What the nearest file says. `allowed`: the person agreed to this file with this name."""

    file: str
    profile: str
    allowed: bool


def look(start: str | None = None) -> Choice | None:
    """The nearest such file from here upward; None where there is none, or none that holds a name. Raises nothing."""
    try:
        place = os.path.realpath(start) if start is not None else os.getcwd()
    except OSError:  # the folder is gone
        return None
    while True:
        profile = read(os.path.join(place, FILE))
        if profile is not None:
            file = os.path.join(place, FILE)
            return Choice(file, profile, allowed().get(file) == profile)
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def read(file: str) -> str | None:
    """The name in a file: its first line that is neither empty nor a comment. None for everything else."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LONGEST:
            return None
        data = os.read(descriptor, _LONGEST)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    found = next((line for line in lines if line and not line.startswith("#")), "")
    return found if re.fullmatch(_NAME, found) else None


def allowed() -> dict[str, str]:
    """Each file that the person allowed, with the name that it held then. Empty where the list cannot be read."""
    import json

    with contextlib.suppress(OSError, ValueError, TypeError, RecursionError):
        found = json.loads(read_ours(folder() / ALLOWED))
        if found["version"] == VERSION:
            return {
                file: name
                for file, name in found["allowed"].items()
                if isinstance(file, str) and isinstance(name, str)
            }
    return {}


def allow(file: str, profile: str) -> None:
    """Raises OSError."""
    _write({**allowed(), file: profile})


def revoke(file: str) -> bool:
    """Whether it was allowed. Raises OSError."""
    known = allowed()
    if file not in known:
        return False
    del known[file]
    _write(known)
    return True


def _write(known: Mapping[str, str]) -> None:
    import json

    from gemini_setup.system import atomic_file

    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps({"version": VERSION, "allowed": dict(known)}, indent=1).encode()
    with atomic_file.opened(place) as ours:
        atomic_file.write(ours, ALLOWED, data, new=f"{ALLOWED}.{os.getpid()}")
