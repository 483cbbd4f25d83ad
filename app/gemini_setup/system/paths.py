"""Where our own files are. Light: the fast reader looks here first."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PRIVATE: Final = "private"  # its being there is the person's recorded choice of a plain-text file
MOVED: Final = "private.moved"  # what is left of it once all is in the keyring: to be deleted, never read
INDEX: Final = "profiles.json"
PRIVATE_INDEX: Final = "private.json"  # of its own and beside the folder: the two stores never mix

DELIVER_LOCK: Final = (
    "deliver.lock"  # of deliveries and what moves them; a holder of `vault.lock` took it first
)
LARGEST: Final = 16_000_000  # bytes of one file of ours: many times what a thousand profiles take


def folder() -> Path:
    """Ours, for the settings, the index and the lock; not made before something is written."""
    if sys.platform in ("win32", "darwin"):
        from platformdirs import user_data_path

        return user_data_path("gemini-setup", appauthor=False)
    # What platformdirs says there too (a test compares them), in a tenth of the time.
    return data_folder() / "gemini-setup"


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Linux: where every program has a folder of its own.

    The specification has a relative one ignored: it would be another folder everywhere.
    """
    base = (os.environ if environ is None else environ).get("XDG_DATA_HOME", "")
    return Path(base) if os.path.isabs(base) else Path(home()) / ".local" / "share"


def home() -> str:
    """The person's own folder: never "" or a relative one, by which everything would be written somewhere else."""
    found = os.path.expanduser("~")
    if os.path.isabs(found) and os.environ.get("HOME") != "":
        return found
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # an account without an entry, as in some containers
        return "/"


def run_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where `exec` makes the file of a service account: in memory where the system has a place for that, else on disk."""
    environ = os.environ if environ is None else environ
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home()) / "gemini-setup" / "run"
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.path.isabs(runtime) and is_ours_alone(Path(runtime)):
        return Path(runtime) / "gemini-setup"
    if sys.platform == "darwin":
        return Path(home()) / "Library" / "Application Support" / "gemini-setup" / "run"
    return data_folder(environ) / "gemini-setup" / "run"


def is_ours_alone(place: Path) -> bool:
    """A real folder of this account that nobody else can enter."""
    try:
        found = place.lstat()
    except OSError:
        return False
    return (
        os.path.isdir(place)
        and not place.is_symlink()
        and found.st_uid == os.getuid()
        and found.st_mode & 0o077 == 0
    )


def run_folders(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Every folder that a run may have used: another session of this account may have had no place in memory."""
    environ = os.environ if environ is None else environ
    found = [run_folder(environ), run_folder({**environ, "XDG_RUNTIME_DIR": ""})]
    if sys.platform.startswith("linux"):
        runtime = Path(f"/run/user/{os.getuid()}")
        if is_ours_alone(runtime):
            found.append(runtime / "gemini-setup")
    return list(dict.fromkeys(found))


#: Each system's folder for what is there while somebody is signed in; the person's own.
_RUNTIME: Final = {"linux": "XDG_RUNTIME_DIR", "darwin": "TMPDIR", "win32": "TEMP"}


def window_mark() -> Path:
    """There while a window is open, or was when it was killed: no start pays for more than a look at it."""
    runtime = os.environ.get(_RUNTIME.get(sys.platform, ""), "")
    here = Path(runtime) if os.path.isabs(runtime) else folder()
    number = 0  # of our folder, as a person may have several; a module for sums would cost more than this
    for byte in os.fsencode(folder()):
        number = (number * 31 + byte) % 2**32
    return here / f"gemini-setup-{number:08x}"


def read_ours(path: Path) -> str:
    """A small file of ours. Raises OSError, UnicodeDecodeError; what else may have that name must not hold us."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with open(descriptor, encoding="utf-8") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        if status.st_size > LARGEST:
            raise OSError(errno.EFBIG, "larger than any that we write")
        return file.read()


def private_file_in_use() -> Path | None:
    """The folder of the private file if the person chose it, else None.

    Anything of that name counts, also what cannot be used: then the private store says what is wrong with it, and
    nobody falls back to the keyring unasked.
    """
    place = folder() / PRIVATE
    try:
        os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        pass
    return place
