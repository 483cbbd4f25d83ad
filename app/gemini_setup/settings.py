"""What a person chose for the program itself: its language and its appearance. Holds no secret; light.

`settings.json` in our folder is `{"version": 1, "language": "de", "appearance": "dark"}`; a member that is absent
follows the system, one that is unknown is left as it is.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

FILE: Final = "settings.json"
LANGUAGE: Final = "language"
APPEARANCE: Final = "appearance"
LARGEST: Final = 16_000_000  # bytes of one file of ours: many times what a thousand profiles take
#: Wins over what was chosen in the window: for scripts, and for a first look at a translation.
VARIABLE: Final = "GEMINI_SETUP_LANGUAGE"
#: Choices of this run that could not be written, by the folder and the name.
_unwritten: dict[tuple[Path, str], str] = {}


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


def _all() -> dict[str, Any]:
    try:
        text = read_ours(folder() / FILE)
    except (OSError, ValueError):
        return {}
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def chosen(name: str) -> str:
    """What was chosen, "" for nothing: then the system is followed. A file that cannot be read is no choice."""
    value = _unwritten.get((folder(), name)) if _unwritten else None
    if value is None:
        value = _all().get(name, "")
    return value if isinstance(value, str) else ""


def choose(name: str, value: str) -> bool:
    """Keep a choice ("" follows the system again). False: it could not be written, and holds for this run only."""
    import json

    kept = {**_all(), "version": 1, name: value}
    if not value:
        del kept[name]
    place = folder()
    fresh = place / f"{FILE}.{os.getpid()}"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
        os.replace(fresh, place / FILE)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        _unwritten[place, name] = value
        return False
    _unwritten.pop((place, name), None)
    return True


def is_chosen() -> bool:
    """Whether the person named a language, here or by the variable, rather than only having a system that speaks it."""
    return bool(_asked())


def _asked() -> str:
    return os.environ.get(VARIABLE, "").strip() or chosen(LANGUAGE)


def wanted_languages() -> list[str]:
    """Languages in the person's order of preference, as "de" or "pt-BR": the variable, the choice, the system's."""
    if found := _asked():
        return [_tag(found)]
    return [tag for tag in map(_tag, _system_languages()) if tag]


def _system_languages() -> list[str]:
    if sys.platform == "win32":
        import ctypes
        import locale

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(number, "")]
    # As gettext does: the messages' locale decides; LANGUAGE refines it, but not where it is C.
    get = os.environ.get
    messages = get("LC_ALL") or get("LC_MESSAGES") or get("LANG") or ""
    if not messages and sys.platform == "darwin":
        return _apple_languages()
    if messages.partition(".")[0] in ("", "C", "POSIX"):
        return ["en"]
    return [*filter(None, get("LANGUAGE", "").split(":")), messages]


def _apple_languages() -> list[str]:
    """A program that the Finder starts has no locale in its environment; the system's preferences name the languages."""
    import plistlib

    try:
        with open(os.path.expanduser("~/Library/Preferences/.GlobalPreferences.plist"), "rb") as file:
            found = plistlib.load(file).get("AppleLanguages", [])
    except Exception:  # noqa: BLE001 - a broken one is another program's, and raises what its parser happens to raise
        return []
    return [str(tag) for tag in found] if isinstance(found, list) else []


def _tag(name: str) -> str:
    """`de_DE.UTF-8@euro` is "de-DE"; C and POSIX are "en": what programs speak there."""
    plain = name.partition(".")[0].partition("@")[0].replace("_", "-").strip()
    return "en" if plain in ("C", "POSIX") else plain
