"""`gemini-setup` alone: open the window, or say why there is none and which command does the same. Loads no argparse."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Mapping

from gemini_setup.cli import USAGE


def run(profile: str | None) -> int:
    """Open the window for a profile (None: `default`); its exit code, or USAGE with a sentence on stderr."""
    if profile is not None and not re.fullmatch(r"[a-z0-9-]{1,32}", profile):
        return _say("bad_profile")
    if not has_screen(os.environ):
        return _say("no_screen")
    gc.disable()  # until the first pages stand: all that is made before stays
    try:
        import PySide6.QtWidgets  # noqa: F401 - is it there, with the system libraries that it needs?
    except ImportError:
        return _say("no_window")
    from importlib import import_module

    # By name: the command line must not depend on the window, which is a face of its own.
    code: int = import_module("gemini_setup.gui.main").run(profile)
    return code


def has_screen(environ: Mapping[str, str]) -> bool:
    """Whether a screen that is named also answers: Qt ends the whole process with a core dump where none does."""
    if not sys.platform.startswith("linux"):
        return True
    if environ.get("QT_QPA_PLATFORM"):
        return True
    wayland = environ.get("WAYLAND_DISPLAY", "")
    if wayland and os.path.exists(os.path.join(environ.get("XDG_RUNTIME_DIR", ""), wayland)):
        return True
    found = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", environ.get("DISPLAY", ""))
    if found is None:
        return bool(environ.get("DISPLAY"))  # on another computer: only Qt can tell
    path = f"/tmp/.X11-unix/X{found.group(1)}"  # noqa: S108 - where X has it
    return any(_listens(address) for address in (path, f"\0{path}"))


def _listens(address: str) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(2)
        try:
            asking.connect(address)
        except OSError:
            return False
    return True


def _say(key: str) -> int:
    from gemini_setup.uses import command, shell
    from gemini_setup.words import text

    sys.stderr.write(f"gemini-setup: {text('cli', key, {'command': shell(command())})}\n")
    return USAGE
