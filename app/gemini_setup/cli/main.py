"""The command line (DESIGN §5). It decides nothing and never imports Qt; stdout carries the answer, stderr the rest."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator, Sequence

from gemini_setup.cli.exit_codes import DONE, INTERNAL, INTERRUPTED, NOT_THERE, USAGE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _mend_streams()
    try:
        try:
            code = _run(arguments)
        except SystemExit as ended:  # argparse, after its help or a mistake
            code = ended.code if isinstance(ended.code, int) else USAGE
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Unwritten as error:
        _leave_stdout()
        from gemini_setup.i18n.messages import text

        with contextlib.suppress(OSError):
            sys.stderr.write(f"gemini-setup: {text('errors', 'unwritten', {'why': str(error)})}\n")
        return NOT_THERE
    except BrokenPipeError:
        _leave_stdout()  # its reader has gone
        return DONE
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback could hold a secret in its lines
        from gemini_setup.security.redaction import plain, redact

        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
        said = plain(redact(str(error)))
        try:
            from gemini_setup.i18n.messages import text

            facts = {"name": type(error).__name__, "where": where, "text": said}
            lines = [f"gemini-setup: {text('errors', 'internal', facts)}", text("errors", "internal_ours")]
        except Exception:  # noqa: BLE001 - the words themselves may be what is missing
            lines = [f"gemini-setup: {type(error).__name__} at {where}: {said}"]
        with contextlib.suppress(OSError):
            print("\n".join(lines), file=sys.stderr)
        return INTERNAL


def _run(arguments: list[str]) -> int:
    """The fast ones load nothing that they do not need."""
    _clean_up()
    if not arguments:
        from gemini_setup.cli import open_window as window

        return window.run(None)
    command = arguments[0]
    if command == "get":
        from gemini_setup.cli.get import run as run_get

        return run_get(arguments[1:])
    if command in ("token", "env", "exec"):
        from gemini_setup.cli.token_env_exec import run as run_programs

        return run_programs(arguments)
    if command in ("-h", "--help"):
        from gemini_setup.cli import overview

        overview.show()
        return DONE
    if command == "lend":
        from gemini_setup.cli.agent import lend

        return lend(arguments[1:])
    if command == "--where":
        return _where()
    if command == "--smoke":
        from gemini_setup.selftest import run as run_smoke

        return run_smoke(arguments[1:])
    from gemini_setup.cli.overview import COMMANDS
    from gemini_setup.cli.parser import mistake, parser

    if command == "add" and not [
        word for word in arguments[1:2] if not word.startswith("-") or word in ("-h", "--help")
    ]:
        from gemini_setup.cli.add import answered
        from gemini_setup.cli.arguments import UsageError

        try:
            arguments = answered(arguments)
        except UsageError as error:
            return mistake(error, "add")
    known = command if command in COMMANDS else None
    options = parser(known).parse_args(arguments)
    if options.command is None:
        from gemini_setup.cli import open_window as window

        return window.run(options.profile)
    from gemini_setup.cli.commands import run

    return run(options)


def _where() -> int:
    """The file of this command, no link to it: for a tool that starts it and refuses links."""
    from gemini_setup.system import own_command

    found = own_command.path()
    if found is None:
        from gemini_setup.cli.arguments import fail
        from gemini_setup.i18n.messages import text

        fail(text("cli", "no_own_command"))
        return NOT_THERE
    sys.stdout.write(found + "\n")
    return DONE


def _leave_stdout() -> None:
    """Nothing more can be said there, and Python must not try at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _clean_up() -> None:
    """Remove the files of `exec` runs that were killed. Loads what it takes only where there may be one."""
    from gemini_setup.system.paths import run_folders

    if not any(map(os.path.isdir, run_folders())):
        return
    from gemini_setup.usage.execution import clean_up

    clean_up()


class Unwritten(Exception):
    """The answer could not be written to stdout: it is closed, or its disk is full. Its text says why."""


class _Stdout(io.TextIOWrapper):
    """Says of a failure to write that it is one of the output, not of what was asked for."""

    def write(self, text: str) -> int:
        with _writing():
            return super().write(text)

    def flush(self) -> None:
        with _writing():
            super().flush()


class _Closed(_Stdout):
    def write(self, text: str) -> int:
        raise Unwritten(os.strerror(errno.EBADF))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritten(error.strerror or type(error).__name__) from None


def _nearest(error: UnicodeError) -> tuple[str, int]:
    from gemini_setup.cli.terminal import nearest  # for the first sign that is lacking

    return nearest(error)


def _mend_streams() -> None:
    """A closed stderr goes nowhere (`print` would turn to stdout for a missing one), a closed stdout is a failure to
    write there, and a character that the terminal's encoding lacks becomes a question mark instead of a fall after the
    work is done; of the signs that we write, what is nearest to them.
    """
    codecs.register_error("gemini-setup", _nearest)
    # The files that stand in stay open until the process ends, so that no socket gets their numbers.
    if sys.stdout is None:
        sys.stdout = _Closed(open(os.devnull, "wb"), encoding="utf-8")  # noqa: SIM115
    elif sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        old = sys.stdout
        sys.stdout = _Stdout(old.buffer, old.encoding, "gemini-setup", line_buffering=old.line_buffering)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    elif isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="gemini-setup")
