"""The wizard on a real desktop, driven from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.i18n import messages
from tests.e2e import desktop as desktops
from tests.e2e.desktop import Desktop
from tests.loopback import Google
from tests.processes import state_of
from tests.waiting import LATE

SYSTEM_PYTHON = "/usr/bin/python3"


def say(path: str, **facts: str) -> str:
    """What the window says there; an underlined letter's mark is no part of what is told."""
    table, _, key = f"window.{path}".rpartition(".")
    return messages.text(table, key, facts).replace("&", "")


def in_german(path: str) -> str:
    messages.use("de")
    try:
        return say(path)
    finally:
        messages.use("en")


def installed_command() -> str:
    """The command as it was installed, beside the Python that runs the tests or on the PATH.

    GEMINI_SETUP_PROGRAM names another one: `make package` has the frozen program go through these tests.
    """
    if other := os.environ.get("GEMINI_SETUP_PROGRAM"):
        return other
    beside = Path(sys.executable).with_name("gemini-setup")
    found = str(beside) if beside.is_file() else shutil.which("gemini-setup")
    assert found is not None, "gemini-setup is not installed in this environment"
    return found


@pytest.fixture(scope="session")
def _desktop_is_possible() -> None:
    lacking = desktops.missing()
    gi = subprocess.run([SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Atspi', '2.0')"], check=False)
    if gi.returncode:
        lacking.append("python3-gi with Atspi")
    assert not lacking, f"this computer lacks {lacking}: packaging/bootstrap test installs them"


@pytest.fixture
def desktop(_desktop_is_possible: None) -> Iterator[Desktop]:
    with Desktop() as desktop:
        yield desktop


def how_it_is(process: subprocess.Popen[bytes]) -> str:
    """Nothing is found in a program that has ended, nor in one that hangs: which of them it was, and its last words."""
    time.sleep(0.5)  # the bus knows of an end before we do
    if process.poll() is None:
        return f"the program runs ({state_of(process.pid)}, {Path(f'/proc/{process.pid}/wchan').read_text()})"
    out, err = process.communicate()
    return f"the program has ended with {process.returncode}: {(out + err).decode(errors='replace')[-4000:]}"


class Wizard:
    """The running wizard and the stranger who drives it; counts presses and pastes."""

    def __init__(self, desktop: Desktop, environ: dict[str, str], command: list[str] | None = None) -> None:
        self.desktop = desktop
        self.presses = 0
        self.pastes = 0
        self.process = subprocess.Popen(
            command or [installed_command()],
            env={**desktop.env, **environ, "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._driver = subprocess.Popen(
            [
                SYSTEM_PYTHON,
                "-W",
                "ignore",
                str(Path(__file__).with_name("driver.py")),
                str(self.process.pid),
            ],
            env=desktop.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self) -> Any:
        assert self._driver.stdout is not None
        line = self._driver.stdout.readline()
        assert line, "the driver has gone"
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{answer['error']}; {how_it_is(self.process)}")
        return answer.get("answer")

    def _ask(self, do: str, *arguments: object) -> Any:
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
        self._driver.stdin.flush()
        return self._answer()

    def find(self, key: str, seconds: float = 60) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("find", key, seconds)
        return found

    def press(self, key: str) -> str:
        self.presses += 1
        name: str = self._ask("press", key)
        return name

    def paste(self, text: str) -> None:
        """Copy elsewhere, then Ctrl+V here, into whatever has the focus."""
        self.pastes += 1
        self.desktop.clipboard(text)
        self.desktop.key("ctrl+v")

    def texts(self) -> list[str]:
        names: list[str] = self._ask("texts")
        return names

    def buttons(self) -> list[tuple[str, str]]:
        """(id, name) of every button that shows."""
        return [(identifier, name) for identifier, name in self._ask("buttons")]

    def pressable(self) -> list[str]:
        """The id of every control that shows and can be pressed or switched, in order."""
        names: list[str] = self._ask("pressable")
        return names

    def nameless(self) -> list[str]:
        names: list[str] = self._ask("nameless")
        return names

    def focus_is(self, key: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not self.find(key)["focused"]:
            assert time.monotonic() < end, f"{key} never got the focus"
            time.sleep(0.05)

    def ended(self, seconds: float = 60) -> int:
        """Wait for the wizard's end; its exit code. AssertionError, with where it hangs, when it takes longer.

        How soon it ends is test_stopping's; here a loaded machine is no failure.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            window = "still shown" if self._is_shown() else "gone"
            self.process.send_signal(signal.SIGABRT)  # faulthandler says where it is
            raise AssertionError(
                f"the wizard was still there after {seconds} s, its window {window}; {how_it_is(self.process)}"
            ) from None

    def printed(self) -> str:
        """All that the wizard has written, after its end."""
        out, err = self.process.communicate(timeout=60)
        return out.decode("utf-8", "replace") + err.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the window as its title bar's cross does. On a busy machine a key was lost on the way to the
        window manager: as a person would, press again.
        """
        end = time.monotonic() + LATE
        while self._is_shown() and time.monotonic() < end:
            self.desktop.run("xdotool", "key", "--clearmodifiers", "alt+F4")  # it may be gone just now
            again = time.monotonic() + 3
            while self._is_shown() and time.monotonic() < again:
                time.sleep(0.05)

    def _is_shown(self) -> bool:
        command = f"xdotool search --onlyvisible --pid {self.process.pid} || true"
        return self.process.poll() is None and bool(self.desktop.run("sh", "-c", command).strip())

    def stop(self) -> None:
        self._driver.kill()
        self._driver.communicate()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Opened:
    """The addresses that were given to the browser, in order."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def wait(self, count: int, seconds: float = 60) -> list[str]:
        end = time.monotonic() + seconds
        while True:
            lines = self._log.read_text().splitlines() if self._log.exists() else []
            if len(lines) >= count:
                return lines
            assert time.monotonic() < end, f"only {lines} were opened"
            time.sleep(0.05)


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as google:
        yield google


@pytest.fixture
def environ(google: Google) -> dict[str, str]:
    """Our own default addresses: Google's real host names, behind a proxy and a CA of this test."""
    return google.environ(real_hosts=True)


@pytest.fixture
def opened(desktop: Desktop, tmp_path: Path) -> Opened:
    """The pages that the wizard opens in the browser: an `xdg-open` that only writes them down."""
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "opened.txt"
    script = folder / "xdg-open"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>"{log}"\n')
    script.chmod(0o755)
    desktop.env["PATH"] = f"{folder}:{desktop.env['PATH']}"
    return Opened(log)


@pytest.fixture
def wizard(desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path) -> Iterator[Wizard]:
    wizard = Wizard(desktop, environ)
    try:
        yield wizard
    finally:
        desktop.picture(tmp_path / "last.png")
        wizard.stop()
