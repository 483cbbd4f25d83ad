"""Where there is no keyring: a container, a shell over SSH, WSL, CI. From nothing to a tool that answers, by the commands
that our own messages name.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, Program
from tests.conftest import without_foreign_variables
from tests.loopback import Google
from tests.secretservice import SecretService
from tests.waiting import PATIENCE

#: A tool that knows nothing of us: it reads the variables, asks, and prints the answer.
TOOL = """
import json, os, urllib.request
base = os.environ.get("GOOGLE_GEMINI_BASE_URL") or os.environ["TEST_BASE"]
address = base + "/v1beta/models/gemini-3.5-flash:generateContent"
body = json.dumps({"contents": [{"parts": [{"text": "hello"}]}]}).encode()
headers = {"x-goog-api-key": os.environ["GEMINI_API_KEY"], "Content-Type": "application/json"}
print(urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=30).read().decode())
"""


def _advised(said: str) -> list[str]:
    """The commands in a message."""
    return re.findall(r"`([^`]+)`", said)


def _answers(program: Program, google: Google, *options: str, **environ: str) -> None:
    words = ("exec", *options, "--", sys.executable, "-c", TOOL)
    done = program(*words, timeout=60, TEST_BASE=google.url, **environ)
    assert done.code == 0, done.err
    assert google.reply in done.out


def _holds(folder: str, secret: str) -> list[Path]:
    return [
        path for path in Path(folder).rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]


# ---------------------------------------------------------------- a container, or a server


def test_a_container_is_told_at_the_start_and_gets_there_by_what_it_is_told(
    without_keyring: Program, google: Google
) -> None:
    """Root, no D-Bus, no screen."""
    key = google.studio_key().text
    told = without_keyring("add", "studio", text=key)
    assert told.code == 4
    said, _, steps = told.err.partition("✓")
    assert "no place to save" in said, "at its start"
    assert "no place to save" not in steps
    commands = _advised(said)
    (plain,) = [one for one in commands if "--plain-text" in one]
    assert without_keyring(*plain.split()[1:], "--yes", text=key).code == 0
    _answers(without_keyring, google)
    home = without_keyring.environ["HOME"]
    holding = _holds(home, key)
    assert holding
    assert all(
        path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0 for path in holding
    )


def test_where_a_place_is_there_nothing_is_said_of_it(program: Program, google: Google) -> None:
    done = program("add", "studio", text=google.studio_key().text)
    assert (done.code, "no place" in done.err) == (0, False)


def test_ci_uses_a_key_from_a_variable_and_saves_nothing(without_keyring: Program, google: Google) -> None:
    key = google.studio_key().text
    told = without_keyring("add", "studio", text=key)
    (command,) = [one for one in _advised(told.err) if "--from" in one]
    options = command.split()[2:-2]
    assert options == ["--from", "GEMINI_API_KEY"]
    _answers(without_keyring, google, *options, GEMINI_API_KEY=key)
    assert _holds(without_keyring.environ["HOME"], key) == []
    shown = without_keyring("exec", "--from", "CI_SECRET", "--", "env", CI_SECRET=key)
    assert f"GEMINI_API_KEY={key}" in shown.out
    assert "CI_SECRET" not in shown.out
    account = google.service_account()
    look = 'cat "$GOOGLE_APPLICATION_CREDENTIALS"; echo; echo "$GOOGLE_APPLICATION_CREDENTIALS"'
    shown = without_keyring("exec", "--from", "CI_SECRET", "--", "sh", "-c", look, CI_SECRET=account.text)
    assert account.email in shown.out
    assert not Path(shown.out.splitlines()[-1]).exists()


@pytest.mark.parametrize("value", ["", "no key at all", None])
def test_a_variable_without_a_key_is_said(value: str | None, without_keyring: Program) -> None:
    environ = {} if value is None else {"CI_SECRET": value}
    done = without_keyring("exec", "--from", "CI_SECRET", "--", "true", timeout=30, **environ)
    assert (done.code, "CI_SECRET" in done.err) == (125, True)
    both = without_keyring("exec", "work", "--from", "CI_SECRET", "--", "true")
    assert both.code == 2


# ---------------------------------------------------------------- over SSH


class Forwarded:
    """What `ssh -R` does with a socket: on the far side one of its own, each connection of which ends at the near one."""

    def __init__(self, far: Path, near: str) -> None:
        self.far, self._near = far, near
        self._open: list[socket.socket] = []
        self._passing: list[threading.Thread] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(far))
        self._listening.listen()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self._listening.accept()
            except OSError:
                return
            other = socket.socket(socket.AF_UNIX)
            try:
                other.connect(self._near)
            except OSError:
                one.close()
                other.close()
                continue
            self._open += [one, other]
            for source, target in ((one, other), (other, one)):
                passing = threading.Thread(target=self._pass, args=(source, target), daemon=True)
                self._passing.append(passing)
                passing.start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._serving.join(PATIENCE)
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for passing in self._passing:
            passing.join(PATIENCE)
        for one in (self._listening, *self._open):
            one.close()


@pytest.fixture
def ssh(without_keyring: Program) -> Program:
    without_keyring.environ["SSH_CONNECTION"] = "192.0.2.1 1 192.0.2.2 22"
    return without_keyring


@pytest.fixture
def agent(program: Program, tmp_path: Path) -> Iterator[Forwarded]:
    """The agent on the host, started as the message says, and its socket forwarded."""
    running = subprocess.Popen(
        [*COMMAND, "agent", "--unattended"], env=program.environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    said = ""
    while "--unattended" not in said:
        line = running.stderr.readline()
        assert line, said
        said += line
    (forward, export) = [one for one in _advised(" ".join(said.split())) if "ssh" in one or "export" in one]
    near = forward.split()[2].partition(":")[2]
    assert export.startswith("export GEMINI_SETUP_AGENT=")
    made = Forwarded(tmp_path / "far", near)
    try:
        yield made
    finally:
        made.close()
        running.terminate()
        running.communicate(timeout=PATIENCE)
        assert running.returncode == 0
        assert not Path(near).exists()


def test_over_ssh_the_host_s_key_is_lent_for_one_command(
    ssh: Program, program: Program, google: Google, agent: Forwarded
) -> None:
    key = google.studio_key().text
    told = ssh("add", "studio", text=key)
    assert "gemini-setup agent" in _advised(told.err)
    assert program("add", "studio", text=key).code == 0
    ssh.environ["GEMINI_SETUP_AGENT"] = str(agent.far)
    assert ssh("get").out == f"{key}\n"
    assert ssh("token").out == f"{key}\n"
    _answers(ssh, google)
    assert ssh("get", "another").code == 1
    new = google.studio_key().text
    assert program("add", "studio", text=new).code == 0
    assert ssh("get").out == f"{new}\n", "it follows a rotation"
    assert _holds(ssh.environ["HOME"], key) == []


def test_a_service_account_is_lent_too(
    ssh: Program, program: Program, google: Google, agent: Forwarded
) -> None:
    account = google.service_account()
    assert program("add", "vertex", "-", text=account.text).code == 0
    ssh.environ["GEMINI_SETUP_AGENT"] = str(agent.far)
    assert google._find_token(ssh("token").out.strip()) is not None
    shown = ssh("exec", "--", "sh", "-c", 'cat "$GOOGLE_APPLICATION_CREDENTIALS"')
    assert account.email in shown.out
    assert _holds(ssh.environ["HOME"], account.email) == []


def test_an_agent_that_is_gone_is_said(ssh: Program, tmp_path: Path) -> None:
    ssh.environ["GEMINI_SETUP_AGENT"] = str(tmp_path / "nothing")
    done = ssh("get")
    assert (done.code, done.out, "GEMINI_SETUP_AGENT" in done.err) == (4, "", True)
    assert ssh("exec", "--", "true").code == 125


@pytest.mark.parametrize(("typed", "code"), [(b"y\n", 0), (b"n\n", 4), (b"\n", 4)])
def test_the_host_s_person_is_asked_each_time(
    typed: bytes, code: int, ssh: Program, program: Program, google: Google, tmp_path: Path
) -> None:
    key = google.studio_key().text
    assert program("add", "studio", text=key).code == 0
    place = tmp_path / "socket"
    found: list[int] = []

    def borrow() -> None:
        while not place.exists():
            if not host.is_alive():
                return
        done = ssh("get", GEMINI_SETUP_AGENT=str(place))
        assert (done.out == f"{key}\n") is (done.code == 0)
        found.append(done.code)

    def serve() -> None:
        program.on_a_terminal(
            "agent",
            "--socket",
            str(place),
            typed=typed,
            after=b"[y/N]",
            timeout=30,
            enough=lambda _: bool(found),
        )

    host = threading.Thread(target=serve)
    host.start()
    borrow()
    host.join()
    assert found == [code]


def test_without_a_terminal_nobody_can_be_asked(program: Program) -> None:
    done = program("agent")
    assert (done.code, "--unattended" in done.err) == (2, True)


# ---------------------------------------------------------------- WSL


@pytest.fixture
def wsl(without_keyring: Program) -> Program:
    without_keyring.environ["WSL_DISTRO_NAME"] = "Debian"
    return without_keyring


@pytest.fixture
def windows(wsl: Program, program: Program, tmp_path: Path) -> Path:
    """Windows' own gemini-setup.exe as a stand-in: the real program, with the other system's keyring and folders."""
    exe = tmp_path / "windows" / "gemini-setup.exe"
    exe.parent.mkdir()
    variables = "".join(
        f"export {name}='{value}'\n" for name, value in program.environ.items() if "'" not in value
    )
    exe.write_text(
        f'#!/bin/sh\nunset WSL_DISTRO_NAME\n{variables}exec {sys.executable} -m gemini_setup "$@"\n'
    )
    exe.chmod(0o755)
    wsl.environ["PATH"] = f"{exe.parent}:{os.environ['PATH']}"
    return exe


def test_wsl_uses_windows_own_command(wsl: Program, windows: Path, google: Google) -> None:
    key = google.studio_key().text
    told = wsl("add", "studio", text=key)
    (command,) = [one for one in _advised(told.err) if ".exe" in one]
    done = subprocess.run(
        [*command.split(), "studio"], env=wsl.environ, input=key, text=True, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert wsl("get").out == f"{key}\n"
    assert wsl("get", "another").code == 1
    _answers(wsl, google)
    assert _holds(wsl.environ["HOME"], key) == []


def test_wsl_mints_a_token_of_what_windows_lends(wsl: Program, windows: Path, google: Google) -> None:
    account = google.service_account()
    done = subprocess.run(
        [windows, "add", "vertex", "-"], env=wsl.environ, input=account.text, text=True, capture_output=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert google._find_token(wsl("token").out.strip()) is not None


def test_wsl_without_it_says_to_install_it(wsl: Program, google: Google) -> None:
    told = wsl("add", "studio", text=google.studio_key().text)
    assert "Install Gemini Setup in Windows" in told.err
    assert wsl("get").code == 4


def test_a_keyring_inside_wsl_is_used(
    program: Program, google: Google, windows: Path, secret_service: SecretService
) -> None:
    key = google.studio_key().text
    program.environ |= {"WSL_DISTRO_NAME": "Debian", "PATH": f"{windows.parent}:{os.environ['PATH']}"}
    windows.write_text("#!/bin/sh\nexit 70\n")
    assert program("add", "studio", text=key).code == 0
    assert program("get").out == f"{key}\n"


def test_the_variable_has_one_name() -> None:
    from gemini_setup.usage import borrower, reader

    assert borrower.VARIABLE == reader.AGENT
    assert without_foreign_variables({}) == {}
