"""The file of our own command, for the settings of tools that start it: absolute, and no link.

pipx and uv lay a link into `~/.local/bin`; some tools (OpenClaw) refuse to start one.
"""

from __future__ import annotations

import os
import sys

_NAME = "gemini-setup.exe" if os.name == "nt" else "gemini-setup"


def path() -> str | None:
    """Where it lies; None where this runs from a checkout that has no command."""
    if getattr(sys, "frozen", False):
        return os.path.realpath(sys.executable)
    beside = os.path.dirname(os.path.abspath(sys.executable))
    for place in (sys.argv[0] if sys.argv else "", os.path.join(beside, _NAME)):
        if os.path.basename(place).lower() in (_NAME, "gemini-setup") and os.path.isfile(place):
            return os.path.realpath(place)
    return None
