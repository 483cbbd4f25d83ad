"""`gemini-setup` alone: open the window, or say why there is none and which command does the same. Loads no argparse."""

from __future__ import annotations

import gc
import os

from gemini_setup.cli.arguments import fail
from gemini_setup.cli.exit_codes import USAGE
from gemini_setup.model.credentials import is_profile_name
from gemini_setup.system.display import has_screen


def run(profile: str | None) -> int:
    """Open the window for a profile (None: `default`); its exit code, or USAGE with a sentence on stderr."""
    if profile is not None and not is_profile_name(profile):
        return _say("bad_profile")
    if not has_screen(os.environ):
        return _say("no_screen")
    gc.disable()  # for good: gui/background/collector.py takes over when the first pages stand
    try:
        import PySide6.QtWidgets  # noqa: F401 - is it there, with the system libraries that it needs?
    except ImportError:
        return _say("no_window")
    from importlib import import_module

    # By name: the command line must not depend on the window, which is a face of its own.
    code: int = import_module("gemini_setup.gui.main").run(profile)
    return code


def _say(key: str) -> int:
    from gemini_setup.i18n.cause_texts import text
    from gemini_setup.usage.snippets import command, shell

    fail(text("cli", key, {"command": shell(command())}))
    return USAGE
