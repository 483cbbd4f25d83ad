"""A private D-Bus with a real GNOME Keyring, for tests: no systemd, no screen, root or not.

    with SecretService() as service:                  # an unlocked keyring
        subprocess.run([...], env=service.env)

States: "unlocked", "locked" (a keyring with a password and nobody to ask for it), "fresh" (the service runs,
no keyring was made yet), "none" (a bus, no service), "nobus" (no bus at all). `freeze()` and `thaw()` stop it
and let it go on.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE

PASSWORD = b"keyring-of-a-test"  # every byte counts; none at all would mean: no keyring

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
# No <servicedir>: nothing is started behind a test's back, and no prompter ever comes up.

_ASK = ("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus")
_OURS = (
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "GNOME_KEYRING_CONTROL",
    "SSH_AUTH_SOCK",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "PYTHON_KEYRING_BACKEND",
)
_daemons: list[subprocess.Popen[bytes]] = []  # every keyring that was started


def crashes() -> list[str]:
    """How the keyrings that this process started have crashed so far: the signals, of those that no test sends."""
    ended = [signal.Signals(-code) for daemon in _daemons if (code := daemon.poll() or 0) < 0]
    return [how.name for how in ended if how not in (signal.SIGTERM, signal.SIGKILL)]


class SecretService:
    """`env` is the environment for programs of the test; `pid` the keyring daemon's id (0 when none runs)."""

    def __init__(self, state: str = "unlocked", base: Mapping[str, str] | None = None) -> None:
        if state not in ("unlocked", "locked", "fresh", "none", "nobus"):
            raise ValueError(f"no such state: {state}")
        self.state = state
        self.env: dict[str, str] = {}
        self.home = pathlib.Path()
        self._base = os.environ if base is None else base
        self._bus: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._daemon.pid if self._daemon else 0

    @property
    def bus_pid(self) -> int:
        return self._bus.pid if self._bus else 0

    @property
    def died(self) -> bool:
        """Has the keyring ended by itself? GNOME's aborts now and then when many connections come and go."""
        return self._daemon is not None and self._daemon.poll() is not None

    @property
    def state_of_it(self) -> str:
        """For a person to read beside a test that has failed."""
        ends = [process and process.poll() for process in (self._bus, self._daemon)]
        return (
            f"the bus and the keyring of this session have ended with {ends} (None: they run, or were ended)"
        )

    # -- start and stop --------------------------------------------------------------------------------------

    def start(self) -> Self:
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="gs-"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        run = self.home / "run"
        run.mkdir(mode=0o700)
        self.env = {name: value for name, value in self._base.items() if name not in _OURS}
        self.env.update(
            HOME=str(self.home),
            XDG_RUNTIME_DIR=str(run),
            XDG_DATA_HOME=str(self.home / ".local/share"),
            XDG_CONFIG_HOME=str(self.home / ".config"),
            XDG_CACHE_HOME=str(self.home / ".cache"),
            NO_AT_BRIDGE="1",
        )
        if self.state == "nobus":
            return
        self.start_bus()
        if self.state == "locked":
            self.start_daemon(unlock=True)
            self.tool("store", "--label=seed", "seed", "1", text="seed")
            self.stop_daemon()
        if self.state != "none":
            self.start_daemon(unlock=self.state == "unlocked")

    def start_bus(self) -> None:
        socket = self.home / "run" / "session"
        config = self.home / "bus.conf"
        config.write_text(_BUS.format(socket=socket))
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={socket}"
        self._bus = self._spawn(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"])
        _wait(lambda: self._ask("GetId") is not None, self._bus)

    def start_daemon(self, *, unlock: bool) -> None:
        """A foreground child of ours, so that it can be ended by id and leaves no zombie."""
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        daemon = self._spawn([*command, "--unlock"] if unlock else command)
        self._daemon = daemon
        _daemons.append(daemon)
        assert daemon.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            daemon.stdin.write(PASSWORD if unlock else b"")
            daemon.stdin.close()
        _wait(lambda: "true" in (self._ask("NameHasOwner", "string:org.freedesktop.secrets") or ""), daemon)

    def stop_daemon(self, how: signal.Signals = signal.SIGTERM) -> None:
        daemon, self._daemon = self._daemon, None
        _end(daemon, how)

    def stop_bus(self) -> None:
        bus, self._bus = self._bus, None
        _end(bus, signal.SIGTERM)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
        self.stop_daemon()
        self.stop_bus()
        if self.home.name.startswith("gs-"):
            shutil.rmtree(self.home, ignore_errors=True)

    # -- what may happen to a keyring ------------------------------------------------------------------------

    def kill(self) -> None:
        self.stop_daemon(signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGCONT)

    def lock(self) -> None:
        """Lock the keyring while it is in use, as a screen lock may; no prompter can be started here."""
        self.tool("lock")

    # -- another program's view ------------------------------------------------------------------------------

    def tool(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """secret-tool; `text` on its standard input."""
        return subprocess.run(
            ["secret-tool", *arguments],
            input=text,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def lookup(self, service: str, user: str) -> str | None:
        done = self.tool("lookup", "service", service, "username", user)
        return done.stdout if done.returncode == 0 else None

    def _ask(self, member: str, *arguments: str) -> str | None:
        done = subprocess.run(
            [*_ASK, f"org.freedesktop.DBus.{member}", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return done.stdout if done.returncode == 0 else None

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, env=self.env, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def is_possible() -> bool:
    """Are the programs here (Debian: dbus-daemon, dbus-bin, gnome-keyring, libsecret-tools)?"""
    needed = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool")
    return all(shutil.which(program) for program in needed)


def _wait(ready: object, process: subprocess.Popen[bytes]) -> None:
    assert callable(ready)
    end = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended early with {process.returncode}")
        if time.monotonic() > end:
            raise TimeoutError(f"{process.args!r} is not there after {PATIENCE} s")
        time.sleep(0.01)


def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
