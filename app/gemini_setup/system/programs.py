"""Where a program lies that is to be started. Only absolute folders count: never the one that we happen to be in.

On Windows a bare name is looked for in the current folder first, by the system and by `shutil.which` alike: a person
who hands a credential over inside a repository that holds a `git.exe` would run it.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence


def found(
    name: str,
    environ: Mapping[str, str] | None = None,
    *,
    beside: Sequence[str] = (),
    windows: bool = os.name == "nt",
) -> str | None:
    """The absolute path of a program on the PATH, then in the folders `beside`; None if it is in none of them.

    A name with a folder in it names the file itself, as in a shell.
    """
    environ = os.environ if environ is None else environ
    paths = ntpath if windows else posixpath
    if paths.dirname(name) or paths.splitdrive(name)[0]:
        return next((path for path in _spelled(name, environ, windows) if _runs(path)), None)
    folders = environ.get("PATH", os.defpath).split(";" if windows else ":")
    for folder in (*folders, *beside):
        place = folder.strip('"') if windows else folder
        if _absolute(place, windows):
            for path in _spelled(paths.join(place, name), environ, windows):
                if _runs(path):
                    return path
    return None


def _absolute(folder: str, windows: bool) -> bool:
    if not windows:
        return posixpath.isabs(folder)
    drive, rest = ntpath.splitdrive(folder)
    return drive[:2] in ("\\\\", "//") or (bool(drive) and rest[:1] in ("\\", "/"))


def _spelled(path: str, environ: Mapping[str, str], windows: bool) -> Iterator[str]:
    """On Windows with each ending that makes a file a program, where it has none of them."""
    if not windows:
        yield path
        return
    endings = [one for one in (environ.get("PATHEXT") or ".COM;.EXE;.BAT;.CMD").split(";") if one]
    if path.lower().endswith(tuple(one.lower() for one in endings)):
        yield path
    yield from (path + one for one in endings)


def _runs(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode) and os.access(path, os.X_OK)
    except (OSError, ValueError):
        return False
