"""Opens a page in the person's browser, and knows when none came up: Qt's own way cannot tell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Final

from gemini_setup.system import programs

#: Seconds for an opener to fail in. One that still runs then has become the browser itself.
_LIMIT: Final = 5.0
#: Debian's names for the browser that is set up come after the desktop's own opener.
_OPENERS: Final = ("xdg-open", "sensible-browser", "x-www-browser")


def open_page(url: str) -> bool:
    """Whether a browser was started with that address. Blocks for as long as `_LIMIT`: not for Qt's thread."""
    if sys.platform == "win32":
        try:
            os.startfile(url)  # noqa: S606 - an address of Google's, which routes.py has built
        except OSError:
            return False
        return True
    if sys.platform == "darwin":
        return _started(["/usr/bin/open", url])
    found = filter(None, map(programs.found, _OPENERS))
    return any(_started([program, url]) for program in found)


def _started(command: list[str]) -> bool:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in our terminal is not for the browser
        )
    except OSError:
        return False
    try:
        return process.wait(_LIMIT) == 0
    except subprocess.TimeoutExpired:
        threading.Thread(
            target=process.wait, daemon=True
        ).start()  # else it would stay as a zombie when it ends
        return True
