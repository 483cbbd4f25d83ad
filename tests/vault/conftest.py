"""What the tests of the vault share: stores of every kind, a real keyring, and credentials made up on the spot."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

from gemini_setup.vault.backends.plaintext import PrivateStore, make
from gemini_setup.vault.store import EntryStore, MemoryStore
from tests.secretservice import SecretService, is_possible

from .standins import keychain_store, windows_store

SESSION = ("HOME", "DBUS_SESSION_BUS_ADDRESS")


def use(monkeypatch: pytest.MonkeyPatch, service: SecretService) -> None:
    """Make a private session this process's own."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    for name, value in service.env.items():
        if name in SESSION or name.startswith("XDG_"):
            monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def running() -> Iterator[SecretService]:
    if not is_possible():
        # On Linux the set-up installs it: a skip there would hide the keyring's tests.
        missing = "needs dbus-daemon, gnome-keyring and libsecret-tools"
        pytest.fail(missing) if sys.platform.startswith("linux") else pytest.skip(missing)
    with SecretService() as service:
        yield service


@pytest.fixture
def keyring(running: SecretService, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A real, unlocked GNOME Keyring; empty again afterwards."""
    if running.died:
        running.start_daemon(unlock=True)
    use(monkeypatch, running)
    yield running
    for attribute in ("application", "made-by"):
        value = "Python keyring library" if attribute == "application" else "test"
        running.tool("clear", attribute, value)


@pytest.fixture(params=["memory", "private", "windows", "macos", "gnome"])
def store(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> Iterator[EntryStore]:
    """Every kind of store; the contract is the same for all."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "private":
        make(tmp_path / "private")
        yield PrivateStore(tmp_path / "private")
    elif request.param == "windows":
        yield windows_store(monkeypatch)
    elif request.param == "macos":
        yield keychain_store()
    else:
        request.getfixturevalue("keyring")
        from gemini_setup.vault.backends.secret_service import SecretServiceStore

        opened = SecretServiceStore().open()
        yield opened
        opened.close()
