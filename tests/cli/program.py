"""The real program in a process of its own, with the session of a test."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemini_setup
from tests.loopback import Google
from tests.processes import state_of
from tests.secretservice import SecretService
from tests.waiting import PATIENCE

SOURCE = str(Path(gemini_setup.__file__).resolve().parent.parent)
COMMAND = [sys.executable, "-m", "gemini_setup"]


def interruptible() -> None:
    """In the child: Ctrl-C ends it, also where whoever runs the tests ignores it, as a shell's background job does."""
    for one in (
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGHUP,
        signal.SIGTERM,
    ):  # nohup and `&` leave some ignored
        signal.signal(one, signal.SIG_DFL)


def sleeps(process: subprocess.Popen[bytes]) -> None:
    """Returns when it waits for somebody at the other end of a socket: it has one, and nothing to do for half a second.

    On a busy computer a process may be given nothing for as long; then it doesn't sleep, and the kernel says so.
    """
    folder = Path("/proc", str(process.pid))
    end, quiet = time.monotonic() + PATIENCE, 0
    while quiet < 10:
        assert process.poll() is None, "it should be waiting"
        assert time.monotonic() < end, "it should be waiting"
        connected = _has_a_socket(folder / "fd")
        quiet = quiet + 1 if state_of(process.pid) == "S" and connected else 0
        time.sleep(0.05)


def _has_a_socket(folder: Path) -> bool:
    for one in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in between
            if os.readlink(one).startswith("socket:"):
                return True
    return False


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; nothing else may stand there."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def causes(self) -> dict[str, str]:
        return {step["step"]: step.get("cause", step.get("fault")) for step in self.json["steps"]}


class Program:
    """`gemini-setup` at a loopback Google and a keyring; `environ` may be changed between two runs."""

    def __init__(self, google: Google, service: SecretService | None, environ: Mapping[str, str]) -> None:
        session = dict(service.env) if service is not None else dict(environ)
        self.environ = {
            **session,
            **google.environ(),
            "PYTHONPATH": SOURCE,
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
        }

    def __call__(self, *arguments: str, text: str | bytes = b"", timeout: float = 60, **environ: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=text.encode() if isinstance(text, str) else text,
            env={**self.environ, **environ},
            capture_output=True,
            timeout=timeout,
            preexec_fn=interruptible,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, text: str = "") -> subprocess.Popen[bytes]:
        """Running, with its input given and closed."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=interruptible,
        )
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        process.stdin = None
        return process

    def on_a_terminal(
        self,
        *arguments: str,
        typed: bytes = b"",
        after: bytes = b"",
        timeout: float = 60,
        columns: int = 0,
        then: tuple[bytes, bytes] | None = None,
        enough: Callable[[bytes], bool] = lambda shown: False,
        **environ: str,
    ) -> tuple[int, str]:
        """Its exit code and the screen, with `typed` entered as soon as `after` is shown; stdin, stdout, stderr are one pty.

        `columns` is the terminal's width; 0: it says none. `then` is a second question, and what is typed at it. It is
        killed after `timeout` seconds, or when what is shown is `enough`.
        """
        size = struct.pack("HHHH", 24, columns, 0, 0)
        process, screen = pty.fork()
        if process == 0:  # pragma: no cover - the child
            interruptible()
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execvpe(COMMAND[0], [*COMMAND, *arguments], {**self.environ, **environ})
        shown, asked = b"", not typed
        end = time.monotonic() + timeout
        try:
            while time.monotonic() < end and not enough(shown):
                if not select.select([screen], [], [], 0.2)[0]:
                    continue
                try:
                    piece = os.read(screen, 4096)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                shown += piece
                if not asked and after in shown:
                    asked = True
                    time.sleep(0.05)
                    os.write(screen, typed)
                elif asked and then is not None and then[0] in shown:
                    time.sleep(0.1)  # what is typed before the terminal hides it is thrown away
                    os.write(screen, then[1])
                    then = None
            else:
                os.kill(process, 9)
        finally:
            _, status = os.waitpid(process, 0)
            os.close(screen)
        return os.waitstatus_to_exitcode(status), shown.decode("utf-8", "replace")


def entry(service: SecretService, name: str, profile: str = "default") -> str | None:
    """What another program finds in the keyring."""
    return service.lookup(f"gemini-credentials:v1/{profile}.{name}", profile)
