"""The session bus itself: one that answers late or never, one that another account holds, one that no variable names."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
import signal
import socket
import threading
import time

import pytest

from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.usage import reader
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from tests.secretservice import SecretService, is_possible
from tests.waiting import LATE, PATIENCE

from .samples import key, key_text

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs dbus-daemon, gnome-keyring, libsecret-tools")


class LateBus:
    """A socket before a real bus, that lets nothing through for the first `late` seconds of a connection."""

    def __init__(self, folder: pathlib.Path, late: float) -> None:
        self.path = str(folder / "late")
        self._late = late
        self._real = dbus.address()
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def _serve(self) -> None:
        while True:
            try:
                asked, _ = self._listening.accept()
            except OSError:
                return
            real = socket.socket(socket.AF_UNIX)
            real.connect(self._real)
            self._open += [asked, real]
            for one, other, wait in ((asked, real, self._late), (real, asked, 0.0)):
                thread = threading.Thread(target=self._relay, args=(one, other, wait), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _relay(self, one: socket.socket, other: socket.socket, wait: float) -> None:
        with contextlib.suppress(OSError):
            if self._closing.wait(wait):
                return
            while data := one.recv(65_536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Wakes every thread before a descriptor is free.

        A thread that still waits in `accept` takes the next listener of that number for this one when the process is
        stopped and continued: the kernel starts the call again, by the number.
        """
        self._closing.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._serving.join(PATIENCE)
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        for one in (self._listening, *self._open):
            one.close()


@pytest.fixture
def kept(keyring: SecretService) -> str:
    vault = open_vault()
    vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    vault.close()
    return key_text("a")


def test_a_bus_that_takes_more_than_a_second_to_shake_hands_is_waited_for(
    kept: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """jeepney's own limit is one second; ours counts (found by 200 programs at once)."""
    late = LateBus(tmp_path, 1.1)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={late.path}")
    try:
        begun = time.monotonic()
        assert reader.get() == kept
        assert time.monotonic() - begun > 1.0
    finally:
        late.close()


def test_a_silent_bus_is_told_from_a_silent_keyring(
    kept: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 0.3)
    late = LateBus(tmp_path, 60)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={late.path}")
    try:
        for act in (reader.get, open_vault):
            begun = time.monotonic()
            with pytest.raises(VaultFault) as caught:
                act()
            assert (caught.value.fault, caught.value.reason) == (Fault.SLOW, "bus")
            assert time.monotonic() - begun < LATE
    finally:
        late.close()


def test_a_silent_keyring_is_not_the_bus_s_fault(
    kept: str, keyring: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 3.0)
    keyring.freeze()
    try:
        with pytest.raises(VaultFault) as caught:
            reader.get()
    finally:
        keyring.thaw()
    assert (caught.value.fault, caught.value.reason) == (Fault.SLOW, "")


# -- whose bus -----------------------------------------------------------------------------------------------


def _stranger(name: str, tell: int) -> None:  # in a process of its own
    """A bus of another account's: it greets, answers nothing, and tells what it heard."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"\0{name}")
    listening.listen()
    os.write(tell, b"there\n")
    asked, _ = listening.accept()
    heard = b""
    while data := asked.recv(65_536):
        heard += data
        if b"AUTH" in data:
            asked.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
    os.write(tell, repr(heard).encode())


def test_another_account_s_bus_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable may have outlived its session (tmux, nohup, cron), and its socket's name be somebody else's now."""
    name = f"gemini-setup-{secrets.token_hex(8)}"
    told, tell = os.pipe()
    process = os.fork()
    if process == 0:  # pragma: no cover - the child
        try:
            if os.geteuid() == 0:
                os.setuid(65_534)
            _stranger(name, tell)
        finally:
            os._exit(0)
    os.close(tell)
    if os.geteuid() != 0:  # only root can be another: then it is us who are
        own = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:abstract={name}")
    with open(told, encoding="ascii") as answers:
        try:
            assert answers.readline() == "there\n"
            with pytest.raises(VaultFault) as caught:
                open_vault()
            heard = answers.read()
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    assert (caught.value.fault, caught.value.reason) == (Fault.MISSING, "other-bus")
    assert "AUTH EXTERNAL" in heard
    assert "Hello" not in heard


def test_a_bus_of_root_s_is_taken(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd hands over sockets that it listens at itself, and the kernel names it as the other end."""
    pack = dbus._PEER.pack
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_: pack(1, 0, 0))
    assert reader.get() == kept
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_: pack(1, os.geteuid() + 1, 0))
    with pytest.raises(VaultFault):
        reader.get()


# -- no variable ---------------------------------------------------------------------------------------------


def test_with_home_alone_the_session_s_bus_is_found(
    kept: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenClaw starts its helpers with HOME, PWD and nothing of the session."""
    run = tmp_path / str(os.getuid())
    run.mkdir()
    (run / "bus").symlink_to(dbus.address())
    monkeypatch.setattr(dbus, "RUNTIME", str(tmp_path))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert reader.get() == kept


@pytest.mark.parametrize("what", ["nothing", "file", "foreign"])
def test_what_is_no_socket_of_ours_is_no_bus(
    what: str, keyring: SecretService, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.getuid()
    place = tmp_path / str(own + 1 if what == "foreign" else own)
    place.mkdir()
    if what == "file":
        (place / "bus").touch()
    if what == "foreign":
        (place / "bus").symlink_to(dbus.address())
        monkeypatch.setattr(os, "getuid", lambda: own + 1)
    monkeypatch.setattr(dbus, "RUNTIME", str(tmp_path))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(dbus.NoBus):
        dbus.address()
