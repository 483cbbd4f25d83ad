"""A throw-away desktop: X server without a screen, window manager, session bus with accessibility, real keyring."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.secretservice import SecretService
from tests.waiting import PATIENCE

_NEEDED = (
    "Xvfb",
    "xprop",
    "openbox",
    "xdotool",
    "xclip",
    "dbus-daemon",
    "gnome-keyring-daemon",
    "secret-tool",
)
_LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")


def missing() -> list[str]:
    """What this computer lacks for a desktop."""
    lacking = [name for name in _NEEDED if shutil.which(name) is None]
    if not any(Path(launcher).exists() for launcher in _LAUNCHERS):
        lacking.append("at-spi2-core")
    return lacking


class Desktop:
    """`env` is the environment of a program that runs on it. Ends only what it has started itself.

    With `service`, on that session, which goes on after it.
    """

    def __init__(self, size: str = "1280x900x24", service: SecretService | None = None) -> None:
        self._size = size
        self._others = service is not None
        self._service = service or SecretService()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        if not self._others:
            self._service.start()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def service(self) -> SecretService:
        return self._service

    def _spawn(self, command: list[str], **extra: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # type: ignore[call-overload]
            command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **extra,
        )
        self._processes.append(process)
        return process  # type: ignore[no-any-return]

    def _start(self) -> None:
        self.env = {
            **self._service.env,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_ACCESSIBILITY": "1",
            "XDG_SESSION_TYPE": "x11",
            "LC_ALL": "C.UTF-8",
        }
        for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "NO_AT_BRIDGE", "AT_SPI_BUS_ADDRESS"):
            self.env.pop(name, None)
        reading, writing = os.pipe()
        self._spawn(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp", "-noreset"],
            pass_fds=(writing,),
        )
        os.close(writing)
        if not select.select([reading], [], [], PATIENCE)[0]:
            raise TimeoutError("no X server came up")
        with os.fdopen(
            reading
        ) as numbers:  # a whole line: the server dies of a pipe that is closed too early
            self.env["DISPLAY"] = f":{numbers.readline().strip()}"
        launcher = next(path for path in _LAUNCHERS if Path(path).exists())
        self._spawn([launcher, "--launch-immediately", "--a11y=1", "--screen-reader=0"])
        self._wait("the accessibility bus", self._accessible)
        self._spawn(["openbox", "--sm-disable"])
        self._wait("a window manager", self._managed)

    def _accessible(self) -> bool:
        asked = subprocess.run(
            ["dbus-send", "--session", "--print-reply=literal", "--dest=org.a11y.Bus", "/org/a11y/bus",
             "org.a11y.Bus.GetAddress"],
            env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        address = asked.stdout.strip()
        if asked.returncode or not address:
            return False
        self.env["AT_SPI_BUS_ADDRESS"] = address
        return True

    def _active(self) -> bool:
        """Has a window the keyboard? On a busy machine the window manager gives it late, and keys before that are lost."""
        asked = self.run("xprop", "-root", "_NET_ACTIVE_WINDOW")
        return "window id # 0x" in asked and not asked.rstrip().endswith(" 0x0")

    def _managed(self) -> bool:
        asked = subprocess.run(
            ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"],
            env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return "0x" in asked.stdout

    def _wait(self, what: str, ready: object) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():  # type: ignore[operator]
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come up")
            time.sleep(0.05)

    def run(self, *command: str, text: str | None = None) -> str:
        """Run a program on this desktop to its end and give what it printed."""
        done = subprocess.run(
            command, env=self.env, input=text, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    def clipboard(self, text: str) -> None:
        """Put a text on the clipboard, as a browser's copy button does. xclip serves it in the background."""
        process = subprocess.Popen(
            ["xclip", "-selection", "clipboard", "-quiet"],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        self._processes.append(process)
        self._wait("the clipboard", lambda: self.on_clipboard() == text)

    def clipboard_has(self, part: str) -> str:
        """Wait for a text with `part` in it to be on the clipboard; the whole text."""
        self._wait(f"a text with {part!r} on the clipboard", lambda: part in self.on_clipboard())
        return self.on_clipboard()

    def on_clipboard(self) -> str:
        """The text that is on the clipboard now, "" for none."""
        asked = subprocess.run(
            ["xclip", "-selection", "clipboard", "-o"],
            env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return asked.stdout

    def key(self, *combination: str) -> None:
        """Press keys on the X server, like `ctrl+v` or `Return`, once a window has the keyboard."""
        self._wait("a window with the keyboard", self._active)
        self.run("xdotool", "key", "--clearmodifiers", *combination)

    def type(self, text: str) -> None:
        self._wait("a window with the keyboard", self._active)
        self.run("xdotool", "type", "--delay", "2", "--", text)

    def picture(self, path: Path) -> None:
        """For a person to look at when a test has failed."""
        if shutil.which("import"):
            self.run("import", "-window", "root", str(path))

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if not self._others:
            self._service.stop()
