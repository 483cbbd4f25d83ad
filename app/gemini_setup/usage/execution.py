"""`gemini-setup exec`: a program that runs with the kept credential in its environment, and in nobody else's.

A service account's file exists only while the program runs: 0600, made for it, in a 0700 folder of ours in memory
(`$XDG_RUNTIME_DIR`) where there is one, never in a shared one. It is locked by an open descriptor that the program
inherits: as long as anything of it lives the file stays, and what a killed run left is removed by the next command.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from gemini_setup.model.credentials import Access
from gemini_setup.security import process
from gemini_setup.system import paths, programs
from gemini_setup.usage import tokens, variables

CANNOT_START: Final = 125  # as env(1): our own failure, found but not executable, not found
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
_FORWARDED: Final = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT", "SIGBREAK")
_PREFIX: Final = "account-"
_SHELL: Final = "/bin/sh"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which variables a program gets: those of which tool ("" for any), and what under which other names (`FIELDS`).

    `anyway`: also where the tool is known to send the credential to Google instead of the profile's own endpoint.
    """

    tool: str = ""
    named: tuple[tuple[str, str], ...] = ()
    anyway: bool = False

    def variables(self, access: Access) -> variables.Variables:
        """Raises NotForThisTool."""
        return variables.variables(access, self.tool, anyway=self.anyway)

    def others(self, access: Access, secret: str) -> dict[str, str]:
        """What goes under other names. Raises NotForThisTool for what the profile does not have."""
        return {name: variables.field_value(access, what, secret) for name, what in self.named}


def environment(
    held: tokens.Held, selection: Selection, environ: Mapping[str, str], file: str = ""
) -> dict[str, str]:
    """The environment of the program: `environ` with the variables of the credential, without what would win over them.

    `file` is the path of the service account's file, "" where there is none yet. Raises NotForThisTool.
    """
    wanted = selection.variables(held.access)
    made = {name: value for name, value in environ.items() if name not in wanted.unset}
    made |= wanted.plain
    secret = file if wanted.what == "file" else held.bearer.reveal()
    made |= dict.fromkeys(wanted.secret, secret)
    made |= selection.others(held.access, wanted.what and secret)
    return made


def run(profile: str, selection: Selection, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program to its end and give its exit code (128 and the signal's number where one ended it).

    Before anything is started it raises reader.NotKept, VaultFault, TokenRefused and NotForThisTool.
    """
    held = tokens.held(profile, environ, needs=lambda access: selection.variables(access).what)
    return run_with(held, selection, command, environ)


def run_with(
    held: tokens.Held, selection: Selection, command: Sequence[str], environ: Mapping[str, str]
) -> int:
    """The same with a credential that is in hand."""
    if selection.variables(held.access).what != "file":
        return _replace(command, environment(held, selection, environ))
    with _file(held.document.reveal()) as (path, descriptor):
        return _supervise(command, environment(held, selection, environ, str(path)), descriptor)


def _replace(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """No file to take away afterwards: the program takes our place, with its signals, its terminal and its end."""
    if sys.platform == "win32":
        return _supervise(command, environ, None)
    try:
        path = _found(command[0], environ)
        process.give_back()
        try:
            os.execve(path, list(command), dict(environ))  # noqa: S606 - what the person asked for
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
            os.execve(_SHELL, _script(path, command), dict(environ))  # noqa: S606 - as execvp does
    except OSError as error:
        return _not_started(command[0], error)


def _found(program: str, environ: Mapping[str, str]) -> str:
    """Raises FileNotFoundError for a bare name that is not on the PATH: the current folder is none of its places."""
    path = programs.found(program, environ)
    if path is None and not os.path.dirname(program):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return path or program


def _script(path: str, command: Sequence[str]) -> list[str]:
    """How execvp(3), and so env(1), starts a file that is no program and names none: it is a script of the shell."""
    return [_SHELL, path, *command[1:]]


def _not_started(program: str, error: OSError) -> int:
    """As env(1) tells it, without the arguments."""
    from gemini_setup.i18n.messages import text
    from gemini_setup.security.redaction import plain, redact

    facts = {"program": plain(redact(program), 120), "why": error.strerror or type(error).__name__}
    sys.stderr.write(f"gemini-setup: {text('errors', 'not_started', facts)}\n")
    return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE


def _supervise(command: Sequence[str], environ: Mapping[str, str], descriptor: int | None) -> int:
    passed = () if descriptor is None or sys.platform == "win32" else (descriptor,)
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if child is None:
            early.append(number)  # it came before there was anybody to pass it on to
        elif not _from_the_terminal(number):
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)

    # What is ignored (nohup, a shell's background job) stays ignored, for us and for the program.
    taken = [number for number in _signals() if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in taken}
    try:
        try:
            program = [_found(command[0], environ), *command[1:]]
            child = _started(program, environ, passed)
        except OSError as error:
            return _not_started(command[0], error)
        for number in early:
            forward(number, None)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _started(
    program: list[str], environ: Mapping[str, str], passed: Sequence[int]
) -> subprocess.Popen[bytes]:
    """Raises OSError. Popen itself gives the program back the signals that Python ignores."""
    before = process.limits_of_a_child()
    try:
        return subprocess.Popen(
            program, executable=program[0], env=dict(environ), pass_fds=passed, preexec_fn=before
        )
    except OSError as error:
        if error.errno != errno.ENOEXEC or sys.platform == "win32":
            raise
    return subprocess.Popen(
        _script(program[0], program), env=dict(environ), pass_fds=passed, preexec_fn=before
    )


def _signals() -> list[signal.Signals]:
    found = (getattr(signal, name, None) for name in _FORWARDED)
    return [number for number in found if isinstance(number, signal.Signals)]


def _from_the_terminal(number: int) -> bool:
    """Ctrl+C and the like reach every program in the terminal's foreground; passed on, they came twice."""
    if number not in (signal.SIGINT, getattr(signal, "SIGQUIT", None), getattr(signal, "SIGBREAK", None)):
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return sys.platform == "win32"
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


# ---------------------------------------------------------------- the file


@contextlib.contextmanager
def _file(document: str) -> Iterator[tuple[Path, int]]:
    """The service account as a file of its own, for as long as the block runs; raises OSError."""
    place = paths.run_folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32" and not paths.is_ours_alone(place):
        raise PermissionError(f"{place} is not a folder of this account alone")
    path, descriptor = _made(place)
    try:
        _write(descriptor, document.encode("utf-8"))
        yield path, descriptor
    finally:
        os.close(descriptor)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def _write(descriptor: int, data: bytes) -> None:
    """All of it: a full disk and a signal both make the system take a part only."""
    while data:
        data = data[os.write(descriptor, data) :]


def _made(place: Path) -> tuple[Path, int]:
    while True:
        path = place / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(8)}.json"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _lock(descriptor)
        if path.exists():
            return path, descriptor
        os.close(descriptor)  # another program's cleaning came between making and locking


def clean_up() -> None:
    """Remove what killed runs left. Touches nothing that a program still uses; raises nothing."""
    for place in paths.run_folders():
        try:
            names = [name for name in os.listdir(place) if name.startswith(_PREFIX)]
        except OSError:
            continue
        for name in names:
            with contextlib.suppress(OSError):
                _remove_unused(place / name)


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        """Windows itself keeps an open file from being deleted."""

    def _remove_unused(path: Path) -> None:
        if not _in_use(path):
            path.unlink()

    def _in_use(path: Path) -> bool:
        """The run that made it is alive: its number stands in the name."""
        import ctypes

        number = path.name.removeprefix(_PREFIX).partition("-")[0]
        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, int(number)) if number.isdigit() else 0
        if not handle:
            return False
        still_there = bool(ctypes.windll.kernel32.WaitForSingleObject(handle, 0) == 0x102)
        ctypes.windll.kernel32.CloseHandle(handle)
        return still_there

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        """Where the file system has no locks nobody can tell that it is in use, so no other run removes it."""
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _remove_unused(path: Path) -> None:
        """The run that made it, or a program that it started, holds its lock; it goes while the lock is ours."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe must not hold us
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
