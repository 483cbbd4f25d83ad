"""What a person chose for the program itself: its language, its appearance, its window's place. No secret; light.

`settings.json` in our folder is `{"version": 1, "language": "de", "appearance": "dark", "window": "60 40 960x660"}`; a
member that is absent follows the system, one that is unknown is left as it is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

from gemini_setup.system.paths import folder, read_ours

FILE: Final = "settings.json"
LANGUAGE: Final = "language"
APPEARANCE: Final = "appearance"
WINDOW: Final = "window"
#: Wins over what was chosen in the window: for scripts, and for a first look at a translation.
VARIABLE: Final = "GEMINI_SETUP_LANGUAGE"
#: Choices of this run that could not be written, by the folder and the name.
_unwritten: dict[tuple[Path, str], str] = {}


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

    from gemini_setup.system import atomic_file

    kept = {**_all(), "version": 1, name: value}
    if not value:
        del kept[name]
    place = folder()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_file.opened(place) as ours:
            # Two programs of ours may write at once, and no lock is held.
            atomic_file.write(ours, FILE, json.dumps(kept, indent=1).encode(), new=f"{FILE}.{os.getpid()}")
    except OSError:
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
