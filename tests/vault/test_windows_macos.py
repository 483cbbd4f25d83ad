"""What differs on Windows and macOS, on the stand-ins: real keyring code, the systems' own limits and answers."""

from __future__ import annotations

import pathlib
import stat
import sys
import textwrap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault.backends.credential_manager import CredentialManagerStore
from gemini_setup.vault.backends.keychain import LINE, KeychainStore, adding, quoted
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import service_name
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore
from gemini_setup.vault.vault import Vault

from .samples import account, key, key_text
from .standins import Security, install_windows, keychain_store, security_words


def vault_in(store: EntryStore) -> Vault:
    return Vault(store, Index(None), VaultLock(None))


# -- Windows -------------------------------------------------------------------------------------------------


def test_windows_leaves_no_copy_of_the_old_secret_and_nothing_roams(monkeypatch: pytest.MonkeyPatch) -> None:
    api = install_windows(monkeypatch)
    vault = vault_in(CredentialManagerStore())
    for access in (key("a"), key("b"), account("c"), key("d")):
        vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
    vault.forget_previous("default")
    blobs = {name: bytes(one["CredentialBlob"]).decode("utf-16-le") for name, one in api.credentials.items()}
    assert set(blobs) == {"gemini-credentials:v1/default.current", "gemini-credentials:v1/default.key"}
    assert blobs["gemini-credentials:v1/default.key"] == key_text("d")
    assert {one["Persist"] for one in api.credentials.values()} == {api.CRED_PERSIST_LOCAL_MACHINE}
    assert {one["UserName"] for one in api.credentials.values()} == {"default"}


def test_keyring_itself_would_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is faithful: the trap is there for keyring's own class, and what it left we clear away."""
    from keyring.backends.Windows import WinVaultKeyring

    api = install_windows(monkeypatch)
    service = service_name("default", "key")
    theirs: Any = WinVaultKeyring
    theirs().set_password(service, "default", "OLD")
    theirs().set_password(service, "default", "NEW")
    assert f"default@{service}" in api.credentials
    CredentialManagerStore().put("key", "default", "OURS")
    assert list(api.credentials) == [service]


def test_a_service_account_over_the_windows_limit_lies_in_parts_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = install_windows(monkeypatch)
    vault = vault_in(CredentialManagerStore())
    vault.keep("default", account("a", 60), outcome=Outcome.ACCEPTED, cause="works")
    assert same_access(vault.read("default").access, account("a", 60))
    lengths = [len(one["CredentialBlob"]) // 2 for one in api.credentials.values()]
    assert len(lengths) >= 5
    assert max(lengths) <= 1200


@pytest.mark.parametrize(
    ("number", "fault"),
    [(5, Fault.DENIED), (8, Fault.FULL), (1312, Fault.MISSING), (1783, Fault.FULL), (999, Fault.GONE)],
)
def test_windows_errors_are_faults(monkeypatch: pytest.MonkeyPatch, number: int, fault: Fault) -> None:
    api = install_windows(monkeypatch)
    api.failing = number
    with pytest.raises(VaultFault) as caught:
        CredentialManagerStore().put("key", "default", "x")
    assert caught.value.fault is fault
    assert caught.value.store == "Windows Credential Manager"


def test_without_windows_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring.backends.Windows

    monkeypatch.delattr(keyring.backends.Windows, "win32cred", raising=False)
    with pytest.raises(VaultFault) as caught:
        CredentialManagerStore().get("key", "default")
    assert caught.value.fault is Fault.MISSING


# -- macOS ---------------------------------------------------------------------------------------------------


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300))
def test_quoting_survives_security_s_own_parser(text: str) -> None:
    assert security_words(f"command -w {quoted(text)} -x") == ["command", "-w", text, "-x"]


def test_a_line_that_security_would_cut_is_never_made() -> None:
    store = keychain_store()
    assert store.fits("current", "default", "x" * 3500)
    assert not store.fits("current", "default", "\\" * 2000)
    with pytest.raises(ValueError, match="one line"):
        adding("s", "default", "\\" * 2000)
    with pytest.raises(ValueError, match="one line"):
        adding("s", "default", "x\ndelete-keychain")


def test_a_head_whose_escapes_do_not_fit_goes_into_parts() -> None:
    security = Security()
    vault = vault_in(keychain_store(security))
    for access in (key('"', 1150), account("b"), account("c", 60)):
        vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
        assert same_access(vault.read("default").access, access)
    assert max(len(line) for line in security.lines) <= LINE
    assert all(line.split(" ", 2)[1] == "-U" for line in security.lines if line.startswith("add"))
    assert {line.split(" ")[0] for line in security.lines} <= {
        "add-generic-password",
        "find-generic-password",
        "delete-generic-password",
    }


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (-25293, Fault.LOCKED),
        (-25308, Fault.LOCKED),
        (-128, Fault.LOCKED),
        (-25307, Fault.MISSING),
        (-67030, Fault.DENIED),
        (-34, Fault.FULL),
        (-1, Fault.GONE),
    ],
)
def test_security_s_statuses_are_faults(status: int, fault: Fault) -> None:
    security = Security()
    security.failing = status
    with pytest.raises(VaultFault) as caught:
        keychain_store(security).put("key", "default", key_text("a"))
    assert caught.value.fault is fault
    assert key_text("a") not in f"{caught.value!r} {caught.value}"
    tried = sum(line.startswith("add") for line in security.lines)
    assert tried == (5 if fault is Fault.GONE else 1)


TOOL = """
import json, sys
seen = {"argv": sys.argv[1:], "stdin": sys.stdin.read()}
with open(sys.argv[0] + ".seen", "a") as file:
    file.write(json.dumps(seen) + "\\n")
sys.stderr.write("security: secret things\\n")
if seen["stdin"].startswith("find"):
    print("the-text")
sys.exit(44 if seen["stdin"].startswith("delete") else 0)
"""


def test_the_program_gets_its_command_on_standard_input_only(tmp_path: pathlib.Path) -> None:
    import json

    tool = tmp_path / "security"
    tool.write_text(f"#!{sys.executable}\n" + textwrap.dedent(TOOL))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    store = KeychainStore(str(tool))
    store.put("key", "default", "the-text")
    assert store.get("key", "default") == "the-text"
    seen = [json.loads(line) for line in (tmp_path / "security.seen").read_text().splitlines()]
    assert [one["argv"] for one in seen] == [["-i"]] * 3
    assert seen[0]["stdin"].count("\n") == 1
    assert '-w "the-text"' in seen[0]["stdin"]


def test_a_mac_without_security_is_missing(tmp_path: pathlib.Path) -> None:
    with pytest.raises(VaultFault) as caught:
        KeychainStore(str(tmp_path / "none")).get("key", "default")
    assert caught.value.fault is Fault.MISSING


def test_on_a_mac_what_is_kept_is_found_without_its_secret_and_nobody_is_asked() -> None:
    security = Security()
    store = keychain_store(security)
    assert store.is_there()
    assert store.found() == frozenset()
    vault_in(store).keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    security.lines.clear()
    assert store.found() == {"default"}
    assert security.lines
    assert not [line for line in security.lines if "-w" in line]
    security.failing = -25307
    assert not store.is_there()
    assert store.found() == frozenset()


def test_windows_is_available_where_its_store_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    api = install_windows(monkeypatch)
    store = CredentialManagerStore()
    assert store.is_there()
    assert store.found() == frozenset()  # it names nothing without its secret
    api.failing = 1312
    assert not store.is_there()
    with pytest.raises(VaultFault) as caught:
        store.get("key", "default")
    assert caught.value.reason == "no-logon"
