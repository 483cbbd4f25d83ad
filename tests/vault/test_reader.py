"""The fast reader: the same answers as the vault, without what is slow."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.usage import reader
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService, is_possible

from .conftest import use
from .samples import account, account_object, key, key_text, sign_in

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs dbus-daemon, gnome-keyring, libsecret-tools")


@pytest.fixture
def vault(keyring: SecretService) -> Vault:
    return open_vault()


def keep(vault: Vault, access: Access, profile: str = "default", model: str | None = None) -> None:
    vault.keep(profile, access, model=model, outcome=Outcome.ACCEPTED, cause="works")


@pytest.fixture
def only_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_ordinary", lambda _: pytest.fail("took the ordinary way"))


@pytest.mark.usefixtures("only_fast")
def test_a_key_is_read_the_fast_way(vault: Vault) -> None:
    keep(vault, key("a"), model="m-1")
    assert reader.get() == reader.get("default", "key") == key_text("a")
    assert reader.get("default", "model") == "m-1"
    assert reader.get("default", "base-url").startswith(
        "https://generativelanguage.googleapis.com/v1beta/openai"
    )
    assert same_access(reader.read_access().access, key("a"))
    for field in ("service-account", "project", "location", "colour"):
        with pytest.raises(reader.NotKept) as caught:
            reader.get("default", field)
        assert caught.value.field == field


@pytest.mark.usefixtures("only_fast")
@pytest.mark.parametrize("split", [False, True])
def test_a_service_account_is_read_the_fast_way(vault: Vault, split: bool) -> None:
    if split:
        vault._store._limit = 1200  # type: ignore[attr-defined]
    keep(vault, account("b"), "work")
    assert json.loads(reader.get("work")) == account_object("b")
    assert reader.get("work", "service-account").count("\n") == 0
    assert reader.get("work", "project") == "project-b"
    assert reader.get("work", "location") == "global"
    base = "https://aiplatform.googleapis.com/v1/projects/project-b/locations/global/endpoints/openapi"
    assert reader.get("work", "base-url") == base
    assert same_access(reader.read_access("work").access, account("b"))
    with pytest.raises(reader.NotKept):
        reader.get("work", "key")
    vault.remove("work")


def test_a_sign_in_has_no_secret_to_print(vault: Vault) -> None:
    keep(vault, sign_in())
    with pytest.raises(reader.NotKept):
        reader.get()
    assert reader.get("default", "project") == "project-a"


@pytest.mark.parametrize("profile", ["nobody", "", "Not A Name", "../x", "x" * 33])
def test_an_unknown_profile_is_not_kept(vault: Vault, profile: str) -> None:
    with pytest.raises(reader.NotKept) as caught:
        reader.get(profile)
    assert caught.value.field is None


@pytest.mark.usefixtures("only_fast")
def test_a_bad_current_is_read_past(vault: Vault) -> None:
    keep(vault, key("a"))
    keep(vault, key("b"))
    vault._store.put("current", "default", "garbage")
    assert reader.get() == key_text("a")


def test_a_duplicate_goes_the_ordinary_way(vault: Vault, keyring: SecretService) -> None:
    keep(vault, key("a"))
    head = keyring.lookup("gemini-credentials:v1/default.current", "default") or ""
    service = "gemini-credentials:v1/default.current"
    old = head.replace(key_text("a"), key_text("o"))
    pair = ("service", service, "username", "default", "made-by", "test")
    keyring.tool("store", "--label=x", *pair, text=old)
    with pytest.raises(reader._Unusual):
        reader._fast("default")
    time.sleep(1.1)  # the service dates changes by the second
    keep(vault, key("b"))
    assert reader.get() == key_text("b")


@pytest.mark.parametrize(
    ("state", "fault"), [("locked", Fault.LOCKED), ("none", Fault.MISSING), ("nobus", Fault.MISSING)]
)
def test_faults_are_the_vault_s(state: str, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    with SecretService(state) as session:
        use(monkeypatch, session)
        with pytest.raises(VaultFault) as caught:
            reader.get()
        assert caught.value.fault is fault


def test_a_frozen_keyring_is_slow_and_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbus, "LIMIT", 5.0)
    with SecretService() as session:
        use(monkeypatch, session)
        session.freeze()
        begun = time.monotonic()
        with pytest.raises(VaultFault) as caught:
            reader.get()
        assert caught.value.fault is Fault.SLOW
        assert time.monotonic() - begun < 10


def test_what_is_slow_is_not_imported(vault: Vault) -> None:
    keep(vault, Access(ApiKey(Secret(key_text("a"))), Service.STUDIO))
    program = "import sys; from gemini_setup.usage import reader; print(reader.get()); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    value, modules = done.stdout.splitlines()
    assert value == key_text("a")
    heavy = {
        "keyring",
        "secretstorage",
        "cryptography",
        "httpx",
        "google",
        "PySide6",
        "asyncio",
        "dataclasses",
    }
    assert heavy & {name.partition(".")[0] for name in modules.split()} == set()


@pytest.mark.parametrize(
    "module", ["gemini_setup.usage.reader", "gemini_setup.vault", "gemini_setup.vault.vault"]
)
def test_importing_alone_imports_no_keyring(module: str) -> None:
    program = f"import sys, {module}; print(*(set(sys.modules) & {{'keyring', 'secretstorage', 'jeepney'}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
