"""The command line (DESIGN §5). It decides nothing and never imports Qt; stdout carries the answer, stderr the rest."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Final

DONE: Final = 0
NOT_THERE: Final = 1
USAGE: Final = 2
NOT_KEPT: Final = 3
KEYRING: Final = 4
UNANSWERED: Final = 5
INTERNAL: Final = 70
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. The fast ones load nothing that they do not need."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _mend_streams()
    try:
        _clean_up()
        if not arguments:
            from gemini_setup.cli import window

            return window.run(None)
        if arguments[:1] == ["get"]:
            from gemini_setup.cli.get import run as run_get

            return run_get(arguments[1:])
        if arguments[0] in ("token", "env", "exec"):
            from gemini_setup.cli.programs import run as run_programs

            return run_programs(arguments)
        if arguments[0] == "doctor":
            from gemini_setup.cli.doctor import run as run_doctor

            return run_doctor(arguments[1:])
        if arguments[0] == "deliver":
            from gemini_setup.cli.deliver import run as run_deliver

            return run_deliver(arguments)
        if arguments[0] == "--smoke":
            from gemini_setup.smoke import run as run_smoke

            return run_smoke(arguments[1:])
        from gemini_setup.cli.parser import parser

        options = parser().parse_args(arguments)
        if options.command is None:
            from gemini_setup.cli import window

            return window.run(options.profile)
        from gemini_setup.cli.commands import run

        return run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; nothing more can be said, and Python must not try at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback could hold a secret in its lines
        from gemini_setup.redaction import plain, redact

        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
        said = plain(redact(str(error)))
        try:
            from gemini_setup.languages import text

            facts = {"name": type(error).__name__, "where": where, "text": said}
            lines = [f"gemini-setup: {text('errors', 'internal', facts)}", text("errors", "internal_ours")]
        except Exception:  # noqa: BLE001 - the words themselves may be what is missing
            lines = [f"gemini-setup: {type(error).__name__} at {where}: {said}"]
        print("\n".join(lines), file=sys.stderr)
        return INTERNAL


def _clean_up() -> None:
    """Remove the files of `exec` runs that were killed. Loads what it takes only where there may be one."""
    if sys.platform != "win32":
        home = os.path.expanduser("~")
        runtime = (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{os.getuid()}")
        places = [f"{place}/gemini-setup" for place in runtime if place]
        data = os.environ.get("XDG_DATA_HOME", "")
        data = data if os.path.isabs(data) else f"{home}/.local/share"
        places += [f"{base}/gemini-setup/run" for base in (data, f"{home}/Library/Application Support")]
        if not any(os.path.isdir(place) for place in places):
            return
    from gemini_setup.running import clean_up

    clean_up()


def _mend_streams() -> None:
    """Output that is closed goes nowhere (`print` would turn to stdout for a missing stderr), and a character that the
    terminal's encoding lacks becomes a question mark instead of a fall after the work is done.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the process ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
