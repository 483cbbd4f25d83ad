"""Is there a screen to open a window on?"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping


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
