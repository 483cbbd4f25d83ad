"""A locked GNOME Keyring and its own prompt on a real X server, answered by keyboard."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from secretstorage.util import unlock_objects

from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault
from tests import secretservice
from tests.secretservice import PASSWORD, SecretService
from tests.waiting import PATIENCE

from .conftest import use
from .samples import key

PROMPTER = pathlib.Path("/usr/libexec/gcr-prompter")
NEEDED = ("Xvfb", "xdotool")


class WithPrompter(SecretService):
    """The bus may start the prompter, which finds a screen."""

    def __init__(self, display: str) -> None:
        super().__init__("locked")
        self.display = display

    def start_bus(self) -> None:
        self.env["DISPLAY"] = self.display
        self.env["GTK_A11Y"] = "none"
        super().start_bus()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    if not PROMPTER.exists() or not all(shutil.which(program) for program in NEEDED):
        pytest.skip("NOT TESTED: the keyring's own prompt needs Xvfb, xdotool and gcr's gcr-prompter")
    told, tell = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(tell), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=(tell,),
        stderr=subprocess.DEVNULL,
    )
    os.close(tell)
    with os.fdopen(told) as answer:
        display = ":" + answer.readline().strip()
    activating = secretservice._BUS.replace("<policy", "<standard_session_servicedirs/>\n  <policy")
    monkeypatch.setattr(secretservice, "_BUS", activating)
    monkeypatch.setattr("gemini_setup.security.process._window", True)  # somebody sees it
    try:
        with WithPrompter(display) as running:
            use(monkeypatch, running)
            yield running
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One for each prompt that the service was told to show."""
    seen: list[object] = []

    def counted(connection: dbus.Connection, paths: list[str]) -> bool:
        seen.append(None)
        return unlock_objects(connection, paths)

    monkeypatch.setattr("gemini_setup.vault.backends.secret_service.unlock_objects", counted)
    return seen


class Keeping(threading.Thread):
    def __init__(self, vault: Vault, mark: str) -> None:
        super().__init__(daemon=True)
        self.vault, self.mark = vault, mark
        self.fault: VaultFault | None = None
        self.start()

    def run(self) -> None:
        try:
            self.vault.keep("default", key(self.mark), outcome=Outcome.ACCEPTED, cause="works")
        except VaultFault as fault:
            self.fault = fault


def xdotool(session: SecretService, *arguments: str) -> str:
    done = subprocess.run(
        ["xdotool", *arguments], env=session.env, capture_output=True, text=True, timeout=PATIENCE
    )
    return done.stdout.strip()


def window(session: SecretService) -> str:
    """The prompt, with the keyboard."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = xdotool(session, "search", "--onlyvisible", "--class", "gcr-prompter").split()
        if found:
            time.sleep(0.5)
            xdotool(session, "windowfocus", found[-1])
            return found[-1]
        time.sleep(0.1)
    pytest.fail("no prompt came up")


def test_keeping_waits_while_a_person_types_slowly(
    session: SecretService, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 3.0)
    vault = open_vault()
    assert not asked  # opening asks nobody
    keeping = Keeping(vault, "a")
    window(session)
    began = time.monotonic()
    for letter in PASSWORD.decode():
        xdotool(session, "type", "--", letter)
        time.sleep(2.5 * dbus.LIMIT / len(PASSWORD))
        assert keeping.is_alive()
        assert vault.asking
    assert time.monotonic() - began > 2 * dbus.LIMIT
    xdotool(session, "key", "Return")
    keeping.join(PATIENCE)
    assert not keeping.is_alive()
    assert keeping.fault is None
    assert not vault.asking
    assert same_access(vault.read("default").access, key("a"))
    assert len(asked) == 1
    vault.keep("default", key("b"), outcome=Outcome.ACCEPTED, cause="works")
    assert len(asked) == 1  # once for the whole session


def test_a_dismissed_prompt_is_locked_once_and_nothing_is_lost(
    session: SecretService, asked: list[object]
) -> None:
    session.stop_daemon()
    session.start_daemon(unlock=True)
    open_vault().keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    session.stop_daemon()
    session.start_daemon(unlock=False)
    vault = open_vault()
    keeping = Keeping(vault, "b")
    window(session)
    xdotool(session, "key", "Escape")
    keeping.join(PATIENCE)
    assert not keeping.is_alive()
    assert keeping.fault is not None
    assert (keeping.fault.fault, keeping.fault.store) == (Fault.LOCKED, "GNOME Keyring")
    time.sleep(1)
    assert len(asked) == 1
    assert not xdotool(session, "search", "--onlyvisible", "--class", "gcr-prompter")
    session.stop_daemon()
    session.start_daemon(unlock=True)
    assert same_access(open_vault().read("default").access, key("a"))
    # What was to be kept is still in the caller's hands: keeping it now is one more call.
    vault.keep("default", key("b"), outcome=Outcome.ACCEPTED, cause="works")
    assert same_access(open_vault().read("default").access, key("b"))
