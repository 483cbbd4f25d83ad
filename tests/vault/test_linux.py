"""The Secret Service as it really is: a real GNOME Keyring in every state, and other programs beside us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jeepney import DBusErrorResponse, HeaderFields, Message, MessageType
from jeepney.low_level import Header
from keyring.errors import KeyringLocked
from secretstorage.exceptions import (
    ItemNotFoundException,
    PromptDismissedException,
    SecretServiceNotAvailableException,
)
from secretstorage.util import unlock_objects

from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import heads
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.backends.secret_service import SecretServiceStore
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import keyring_store, open_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService, is_possible
from tests.waiting import LATE, PATIENCE

from .conftest import use
from .samples import account, account_object, key, key_text

CURRENT, KEY = "gemini-credentials:v1/default.current", "gemini-credentials:v1/default.key"
SOON = 8.0  # seconds: sooner than the bus's limit of ten, which is what would be waited for

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs dbus-daemon, gnome-keyring, libsecret-tools")


@pytest.fixture
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A session of its own, in the state that the test names."""
    with SecretService(getattr(request, "param", "unlocked")) as service:
        use(monkeypatch, service)
        yield service


def keep(vault: Vault, mark: str = "a") -> None:
    vault.keep("default", key(mark), outcome=Outcome.ACCEPTED, cause="works")


def fault_of(act: object) -> tuple[Fault, str, float]:
    assert callable(act)
    begun = time.monotonic()
    with pytest.raises(VaultFault) as caught:
        act()
    assert key_text("a") not in f"{caught.value} {caught.value!r}"
    assert caught.value.why
    return caught.value.fault, caught.value.store, time.monotonic() - begun


# -- what other programs see ---------------------------------------------------------------------------------


def test_other_programs_read_key_and_head(keyring: SecretService) -> None:
    with_other = {**keyring.env, "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}

    def python_keyring(service: str) -> str:
        command = [sys.executable, "-m", "keyring", "get", service, "default"]
        return subprocess.run(command, env=with_other, capture_output=True, text=True, check=True).stdout

    vault = open_vault()
    assert vault.store_name == "GNOME Keyring"
    keep(vault)
    assert keyring.lookup(KEY, "default") == key_text("a")
    assert python_keyring(KEY) == key_text("a") + "\n"
    head = json.loads(keyring.lookup(CURRENT, "default") or "")
    assert head["credential"] == {"api_key": key_text("a")}
    assert json.loads(python_keyring(CURRENT)) == head

    vault.keep("default", account("b"), outcome=Outcome.ACCEPTED, cause="works")
    assert keyring.lookup(KEY, "default") is None
    head = json.loads(keyring.lookup(CURRENT, "default") or "")
    assert head["credential"] == account_object("b")


@pytest.mark.parametrize("older", [False, True], ids=["new", "kept by an older version"])
def test_a_program_that_looks_by_account_and_schema_finds_it(keyring: SecretService, older: bool) -> None:
    """As @github/keytar does (7.10.6 was run): `service`, `account` and the schema, and no `username`."""
    if older:
        attributes = ("service", KEY, "username", "default", "application", "Python keyring library")
        assert keyring.tool("store", "--label=x", *attributes, text="OLD").returncode == 0
    keep(open_vault())
    wanted = ("service", KEY, "account", "default", "xdg:schema", "org.freedesktop.Secret.Generic")
    assert keyring.tool("lookup", *wanted).stdout == key_text("a")
    assert keyring.tool("search", "--all", "--unlock", "service", KEY).stdout.count("secret = ") == 1


@pytest.mark.parametrize("refusal", ["AccessDenied", "UnknownMethod"])
def test_a_service_that_lets_no_attributes_be_changed_still_keeps(
    keyring: SecretService, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    attributes = ("service", KEY, "username", "default", "application", "Python keyring library")
    assert keyring.tool("store", "--label=x", *attributes, text="OLD").returncode == 0
    refused: list[object] = []

    def refuse(*given: object) -> None:
        refused.append(given)
        error = dbus_error(f"org.freedesktop.DBus.Error.{refusal}")
        raise ItemNotFoundException(error.name) if refusal == "UnknownMethod" else error

    monkeypatch.setattr("gemini_setup.vault.backends.secret_service.DBusAddressWrapper.set_property", refuse)
    SecretServiceStore().open().put("key", "default", key_text("a"))
    assert refused
    assert keyring.lookup(KEY, "default") == key_text("a")


@pytest.mark.parametrize("program", ["secret-tool", "keyring"])
def test_what_another_program_wrote_is_replaced_not_joined(keyring: SecretService, program: str) -> None:
    if program == "secret-tool":
        done = keyring.tool(
            "store", "--label=x", "service", KEY, "username", "default", "made-by", "test", text="OLD"
        )
        assert done.returncode == 0
    else:
        from keyring.backends.SecretService import Keyring

        other: Any = Keyring
        other().set_password(KEY, "default", "OLD")
    keep(open_vault())
    seen = keyring.tool("search", "--all", "--unlock", "service", KEY, "username", "default")
    assert "OLD" not in seen.stdout
    assert seen.stdout.count("secret = ") == 1
    assert keyring.lookup(KEY, "default") == key_text("a")


def test_every_duplicate_is_updated_and_deleted(keyring: SecretService) -> None:
    vault = open_vault()
    keep(vault, "o")
    for maker in ("one", "two"):
        keyring.tool(
            "store",
            "--label=x",
            "service",
            KEY,
            "username",
            "default",
            "made-by",
            "test",
            "n",
            maker,
            text="OLD",
        )
    keep(vault)
    seen = keyring.tool("search", "--all", "--unlock", "service", KEY, "username", "default")
    assert seen.stdout.count("secret = ") == 3
    assert seen.stdout.count(f"secret = {key_text('a')}") == 3
    vault.remove("default")
    assert keyring.lookup(KEY, "default") is None


def test_one_connection_serves_a_whole_keeping(
    keyring: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    connect = dbus.connect

    def counted() -> dbus.Connection:
        made.append(None)
        return connect()

    monkeypatch.setattr(dbus, "connect", counted)
    vault = open_vault()
    for mark in "abc":
        keep(vault, mark)
    vault.read("default")
    assert len(made) == 1


# -- missing, locked, slow, denied, gone ---------------------------------------------------------------------


@pytest.mark.parametrize("session", ["nobus", "none"], indirect=True)
def test_without_a_service_it_is_missing_at_once(session: SecretService) -> None:
    fault, _, took = fault_of(open_vault)
    assert fault is Fault.MISSING
    assert took < SOON


def test_no_bus_is_ever_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert fault_of(open_vault)[0] is Fault.MISSING
    for address in ("autolaunch:", "tcp:host=127.0.0.1,port=1", "unix:path=/no/such/socket", "nonsense"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert fault_of(open_vault)[0] is Fault.MISSING


def test_the_bus_of_the_runtime_folder_is_found(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = session.home / "run"
    os.symlink(run / "session", run / "bus")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    keep(open_vault())
    assert session.lookup(KEY, "default") == key_text("a")


@pytest.mark.parametrize("session", ["fresh"], indirect=True)
def test_no_keyring_is_made_where_there_is_none(session: SecretService) -> None:
    vault = open_vault()
    for act in (lambda: vault.read("default"), lambda: keep(vault)):
        fault, store, took = fault_of(act)
        assert (fault, store) == (Fault.MISSING, "GNOME Keyring")
        assert took < SOON
    assert not list(session.home.glob("**/*.keyring"))


@pytest.mark.parametrize("session", ["locked"], indirect=True)
def test_locked_and_dismissed_is_locked_and_asked_for_once(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def counted(connection: dbus.Connection, paths: list[str]) -> bool:
        asked.append(None)
        return unlock_objects(connection, paths)

    monkeypatch.setattr("gemini_setup.vault.backends.secret_service.unlock_objects", counted)
    vault = open_vault()
    for act in (lambda: vault.read("default"), lambda: keep(vault)):
        asked.clear()
        fault, store, took = fault_of(act)
        assert (fault, store) == (Fault.LOCKED, "GNOME Keyring")
        assert took < SOON
        assert len(asked) == 1
    assert vault._index.unfinished() == ([], [])


def test_a_frozen_keyring_is_slow_within_its_limit_and_usable_after_the_thaw(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dbus.LIMIT == 10
    vault = open_vault()
    keep(vault)
    monkeypatch.setattr(dbus, "LIMIT", 0.6)
    session.freeze()
    for act in (
        lambda: vault.read("default"),
        lambda: keep(vault, "b"),
        lambda: open_vault().read("default"),
    ):
        fault, store, took = fault_of(act)
        assert (fault, store) == (Fault.SLOW, "GNOME Keyring")
        assert 0.5 < took < SOON  # one limit, not jeepney's of its own
    session.thaw()
    monkeypatch.setattr(dbus, "LIMIT", 10)
    assert same_access(vault.read("default").access, key("a"))
    keep(vault, "c")
    assert same_access(vault.read("default").access, key("c"))


def test_a_frozen_bus_is_slow(session: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 0.6)
    os.kill(session.bus_pid, signal.SIGSTOP)
    try:
        fault, _, took = fault_of(open_vault)
    finally:
        os.kill(session.bus_pid, signal.SIGCONT)
    assert fault is Fault.SLOW
    assert took < SOON


def test_a_killed_keyring_is_gone_and_found_again_when_it_is_back(session: SecretService) -> None:
    vault = open_vault()
    keep(vault)
    session.kill()
    assert fault_of(lambda: vault.read("default"))[0] is Fault.GONE
    session.start_daemon(unlock=True)
    assert same_access(vault.read("default").access, key("a"))


def test_a_killed_keyring_is_gone_for_a_vault_that_is_opened_after_its_death_too(
    session: SecretService,
) -> None:
    keep(open_vault())
    session.kill()
    fault, store, _ = fault_of(open_vault)
    assert (fault, store) == (Fault.GONE, "GNOME Keyring")


def test_a_keyring_killed_at_a_question_whose_failure_nobody_is_told_was_there(
    session: SecretService,
) -> None:
    """The window asks beside a check, too: who reads the keyring, which profiles lie in it."""
    store = keyring_store()
    session.kill()
    assert store.found() == frozenset()
    fault, name, _ = fault_of(open_vault)
    assert (fault, name) == (Fault.GONE, "GNOME Keyring")


def test_a_keyring_killed_in_the_middle_of_an_answer_is_gone(session: SecretService) -> None:
    vault = open_vault()
    keep(vault)
    session.freeze()
    killer = threading.Timer(0.4, session.kill)
    killer.start()
    fault, _, took = fault_of(lambda: keep(vault, "b"))
    killer.join()
    assert fault is Fault.GONE
    assert took < SOON


def test_a_killed_bus_is_gone(session: SecretService) -> None:
    vault = open_vault()
    keep(vault)
    session.stop_bus()
    assert fault_of(lambda: vault.read("default"))[0] is Fault.GONE


def test_a_keyring_locked_while_in_use_is_locked(session: SecretService) -> None:
    import secretstorage

    vault = open_vault()
    keep(vault)
    connection = secretstorage.dbus_init()
    secretstorage.Collection(connection).lock()
    connection.close()
    assert fault_of(lambda: vault.read("default"))[0] is Fault.LOCKED
    assert fault_of(lambda: keep(vault, "b"))[0] is Fault.LOCKED


def dbus_error(name: str) -> DBusErrorResponse:
    header = Header(0, MessageType.error, 0, 1, 0, 1, {HeaderFields.error_name: name})
    return DBusErrorResponse(Message(header, (key_text("a"),)))


def caused(error: Exception) -> Exception:
    outer = SecretServiceNotAvailableException(key_text("a"))
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (dbus_error("org.freedesktop.DBus.Error.AccessDenied"), Fault.DENIED),
        (dbus_error("org.freedesktop.Secret.Error.IsLocked"), Fault.LOCKED),
        (dbus_error("org.freedesktop.DBus.Error.LimitsExceeded"), Fault.FULL),
        (dbus_error("org.freedesktop.DBus.Error.Spawn.ExecFailed"), Fault.MISSING),
        (dbus_error("org.freedesktop.DBus.Error.Failed"), Fault.GONE),
        (caused(dbus_error("org.freedesktop.DBus.Error.ServiceUnknown")), Fault.MISSING),
        (caused(dbus_error("org.freedesktop.DBus.Error.NoReply")), Fault.GONE),
        (caused(ConnectionRefusedError()), Fault.MISSING),
        (KeyringLocked(key_text("a")), Fault.LOCKED),
        (PromptDismissedException(key_text("a")), Fault.LOCKED),
        (TimeoutError(key_text("a")), Fault.SLOW),
        (PermissionError(13, key_text("a")), Fault.DENIED),
        (OSError(28, key_text("a")), Fault.FULL),
        (ConnectionResetError(key_text("a")), Fault.GONE),
        (UnicodeDecodeError("utf-8", key_text("a").encode(), 0, 1, "bad"), Fault.GONE),
        (RuntimeError(key_text("a")), Fault.GONE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_exception_has_its_fault_and_none_its_message(
    error: Exception, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/socket")
    store = SecretServiceStore()

    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(store, "_set", failing)
    assert fault_of(lambda: store.put(heads.CURRENT, "default", "x"))[0] is fault


def test_a_write_that_failed_on_a_full_disk_says_so(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNOME Keyring itself only says that it failed."""
    store = SecretServiceStore()

    def failing(*_: object) -> None:
        raise dbus_error("org.freedesktop.DBus.Error.Failed")

    monkeypatch.setattr(store, "_set", failing)
    for left, fault in ((100, Fault.FULL), (10**6, Fault.GONE)):
        # A disk that is nearly full cannot be made without being root: the system's answer is what is made up.
        answer = type("Room", (), {"f_bavail": left, "f_frsize": 1024})()
        monkeypatch.setattr(os, "statvfs", lambda _, answer=answer: answer)
        with pytest.raises(VaultFault) as caught:
            store.put(heads.CURRENT, "default", "x")
        assert (caught.value.fault, caught.value.reason) == (fault, "disk" if fault is Fault.FULL else "")


# -- prompts -------------------------------------------------------------------------------------------------


def test_a_prompt_waits_past_the_limit_but_not_past_the_keyring_s_death(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 3.0)
    monkeypatch.setattr(dbus, "_WATCH", 0.2)
    monkeypatch.setattr("gemini_setup.security.process._window", True)
    connection = dbus.connect()
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            connection.recv_until_filtered([])
        except ConnectionResetError as error:
            ended.append(error)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    time.sleep(4.0)
    assert waiter.is_alive()
    assert connection.waiting
    session.kill()
    waiter.join(PATIENCE)
    assert ended
    connection.close()


def test_where_nobody_may_be_there_a_prompt_is_not_waited_for_for_ever(
    session: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cron, a service, a program that runs us as its helper: no terminal, no window of ours."""
    monkeypatch.setattr(dbus, "UNATTENDED", 0.2)
    monkeypatch.setattr(dbus, "_WATCH", 0.1)
    monkeypatch.setattr("gemini_setup.security.process.is_attended", lambda: False)
    store = SecretServiceStore()
    begun = time.monotonic()
    with dbus.connect() as connection, pytest.raises(dbus.NobodyThere) as caught:
        connection.recv_until_filtered([])
    assert time.monotonic() - begun < LATE
    assert store._fault(caught.value).fault is Fault.LOCKED
