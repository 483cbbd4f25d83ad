"""Why there is no keyring here, found by looking at this process's surroundings only: nothing is started or asked."""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

_MARKS = ("/.dockerenv", "/run/.containerenv")


def surroundings(environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> str:
    """ "wsl", "sandbox", "container" or "ssh" where this process runs in one of them, else ""."""
    found = os.environ if environ is None else environ
    if _is_wsl(found, root):
        return "wsl"
    if found.get("FLATPAK_ID") or found.get("SNAP_NAME") or (root / ".flatpak-info").exists():
        return "sandbox"
    if found.get("container") or any((root / mark.lstrip("/")).exists() for mark in _MARKS):
        return "container"
    if found.get("SSH_CONNECTION") or found.get("SSH_TTY"):
        return "ssh"
    return ""


def _is_wsl(environ: Mapping[str, str], root: Path) -> bool:
    if environ.get("WSL_DISTRO_NAME"):
        return True
    try:
        release = (root / "proc/sys/kernel/osrelease").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "microsoft" in release.lower()


# -- a backend that somebody configured for keyring ----------------------------------------------------------

#: Backends by the beginning of their name, and the id of what is said of them (`[backends]` of the words).
_REFUSED = (
    ("keyrings.alt.", "keyrings-alt"),
    ("keyrings.cryptfile.", "file"),
    ("keyring.backends.null.", "null"),
    ("keyring.backends.fail.", "fail"),
    ("keyring.backends.chainer.", "chainer"),
)
# What those two would choose is what we use by ourselves.
_OURS = (
    "keyring.backends.SecretService.",
    "keyring.backends.libsecret.",
    "keyring.backends.kwallet.",
    "keyring.backends.Windows.",
    "keyring.backends.macOS.",
)
_LONGEST = 65_536  # characters of a configuration file that are read


def ignored_backend(environ: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """(its name, an id of `[backends]`) of the backend that `PYTHON_KEYRING_BACKEND` or keyringrc.cfg names.

    It is not used: the contract pins one backend per system. None if none is named, or one that is pinned anyway.
    Nothing of it is imported.
    """
    found = os.environ if environ is None else environ
    name = found.get("PYTHON_KEYRING_BACKEND") or _configured(found)
    if not name:
        return None
    name = re.sub(r"[^A-Za-z0-9_.]", "", name)[:80]
    if not name or name.startswith(_OURS):
        return None
    return name, next((known for start, known in _REFUSED if name.startswith(start)), "other")


def _configured(environ: Mapping[str, str]) -> str:
    # The same file that keyring reads (keyring.util.platform_), without what it does with it.
    if sys.platform == "win32":
        place = Path(environ.get("LOCALAPPDATA") or environ.get("ProgramData") or ".") / "Python Keyring"
    else:
        place = Path(environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "python_keyring"
    config = configparser.RawConfigParser()
    try:
        if not (place / "keyringrc.cfg").is_file():  # a pipe of that name must not hold us
            return ""
        with (place / "keyringrc.cfg").open(encoding="utf-8") as file:
            config.read_string(file.read(_LONGEST))
        return config.get("backend", "default-keyring").strip()
    except (OSError, ValueError, configparser.Error):
        return ""
