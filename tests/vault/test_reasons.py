"""Why there is no keyring, who can read what is kept, which backend is ignored: found out, and worded."""

from __future__ import annotations

import pathlib
import re
import subprocess
from collections.abc import Mapping

import pytest

from gemini_setup.i18n import cause_texts
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import unavailable
from gemini_setup.vault.backends import secret_service as linux_module
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import REASONS, VaultFault
from gemini_setup.vault.unavailable import ignored_backend
from tests.core.test_words import is_whole
from tests.secretservice import SecretService

from .conftest import use
from .samples import key, key_text

CURRENT = "gemini-credentials:v1/default.current"


# -- surroundings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "files", "found"),
    [
        ({}, {}, ""),
        ({}, {"proc/sys/kernel/osrelease": "6.1.0-18-amd64"}, ""),
        ({}, {"proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2"}, "wsl"),
        ({"WSL_DISTRO_NAME": "Debian", "SSH_TTY": "/dev/pts/0"}, {".dockerenv": ""}, "wsl"),
        ({"FLATPAK_ID": "org.example"}, {}, "sandbox"),
        ({}, {".flatpak-info": ""}, "sandbox"),
        ({"SNAP_NAME": "gemini-setup"}, {}, "sandbox"),
        ({}, {".dockerenv": ""}, "container"),
        ({"SSH_CONNECTION": "a b c d"}, {"run/.containerenv": ""}, "container"),
        ({"container": "lxc"}, {}, "container"),
        ({"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, {}, "ssh"),
    ],
)
def test_where_we_run_is_seen(
    tmp_path: pathlib.Path, environ: Mapping[str, str], files: Mapping[str, str], found: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert unavailable.surroundings(environ, tmp_path) == found


@pytest.mark.parametrize(
    ("state", "reason"), [("nobus", "no-bus"), ("none", "no-service"), ("fresh", "no-collection")]
)
@pytest.mark.parametrize("where", ["", "ssh"])
def test_a_missing_keyring_says_why(
    state: str, reason: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linux_module, "surroundings", lambda: where)
    with SecretService(state) as session:
        use(monkeypatch, session)
        with pytest.raises(VaultFault) as caught:
            open_vault().keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    # A keyring that nobody made is that everywhere: the service is there.
    assert (caught.value.fault, caught.value.reason) == (
        Fault.MISSING,
        where if where and state != "fresh" else reason,
    )


@pytest.mark.parametrize("address", ["autolaunch:", "tcp:host=127.0.0.1,port=1", "unix:path=/no/such", "x"])
def test_an_address_that_is_never_tried_is_no_bus(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_module, "surroundings", lambda: "")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)

    def started(*_: object, **__: object) -> None:
        pytest.fail("a program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    with pytest.raises(VaultFault) as caught:
        open_vault()
    assert caught.value.reason == "no-bus"


# -- the empty password --------------------------------------------------------------------------------------


def test_a_keyring_without_a_password_is_named_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real GNOME Keyring whose password was made empty: what it keeps is in the file, in clear."""
    with SecretService("fresh") as session:
        use(monkeypatch, session)
        folder = session.home / ".local/share/keyrings"
        session.stop_daemon()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "login.keyring").write_text(
            "[keyring]\ndisplay-name=login\nctime=0\nmtime=0\nlock-on-idle=false\n"
        )
        (folder / "default").write_text("login")
        session.start_daemon(unlock=False)
        vault = open_vault()
        vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
        assert (vault.warning, vault.who_reads) == ("empty-password", "empty-password")
        assert vault.file == str(folder / "login.keyring")
        assert key_text("a") in (folder / "login.keyring").read_text()  # it is as true as that


def test_a_keyring_with_a_password_is_not(keyring: SecretService) -> None:
    vault = open_vault()
    assert (vault.warning, vault.file, vault.who_reads) == (None, None, "linux")
    vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    found = [path for path in keyring.home.rglob("*") if path.is_file()]
    assert found
    assert not [path for path in found if key_text("a").encode() in path.read_bytes()]
    vault.remove("default")


# -- backends that are not used ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("keyrings.alt.file.PlaintextKeyring", "keyrings-alt"),
        ("keyring.backends.null.Keyring", "null"),
        ("keyring.backends.fail.Keyring", "fail"),
        ("keyring.backends.chainer.ChainerBackend", "chainer"),
        ("keyrings.cryptfile.cryptfile.CryptFileKeyring", "file"),
        ("some.other.Thing", "other"),
        ("keyring.backends.SecretService.Keyring", None),
        ("keyring.backends.Windows.WinVaultKeyring", None),
        ("keyring.backends.macOS.Keyring", None),
        ("", None),
        ("\x1b[31m", "other"),
    ],
)
def test_a_configured_backend_is_named_and_not_loaded(
    tmp_path: pathlib.Path, name: str, found: str | None
) -> None:
    seen = [ignored_backend({"PYTHON_KEYRING_BACKEND": name, "XDG_CONFIG_HOME": str(tmp_path)})]
    if name.isprintable():
        config = tmp_path / "python_keyring" / "keyringrc.cfg"
        config.parent.mkdir()
        config.write_text(f"[backend]\nkeyring-path = {tmp_path}\ndefault-keyring = {name}\n")
        seen.append(ignored_backend({"XDG_CONFIG_HOME": str(tmp_path)}))
    for one in seen:
        assert (one[1] if one else None) == found
        assert one is None or re.fullmatch(r"[A-Za-z0-9_.]+", one[0])


@pytest.mark.parametrize("text", ["", "[backend]", "nonsense", "\x00\xff", "[backend]\ndefault-keyring", "["])
def test_a_broken_configuration_is_no_backend(tmp_path: pathlib.Path, text: str) -> None:
    config = tmp_path / "python_keyring" / "keyringrc.cfg"
    config.parent.mkdir()
    config.write_bytes(text.encode("latin-1"))
    assert ignored_backend({"XDG_CONFIG_HOME": str(tmp_path)}) is None


def test_what_the_environment_configures_is_never_loaded(
    keyring: SecretService, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """keyring's own discovery would import this module; we keep in the real keyring."""
    (tmp_path / "rogue.py").write_text("raise SystemExit('loaded')\n")
    config = tmp_path / "python_keyring" / "keyringrc.cfg"
    config.parent.mkdir()
    config.write_text(f"[backend]\nkeyring-path = {tmp_path}\ndefault-keyring = rogue.Keyring\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    vault = open_vault()
    vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    assert key_text("a") in (keyring.lookup(CURRENT, "default") or "")
    vault.remove("default")


# -- words ---------------------------------------------------------------------------------------------------


FACTS: tuple[dict[str, str], ...] = (
    {},
    {
        "store": "GNOME Keyring",
        "file": "/home/someone/x",
        "profile": "work",
        "name": "work-2",
        "names": "work",
    },
)


def test_every_reason_has_words_and_every_word_its_reason() -> None:
    assert set(REASONS) == set(Fault)
    for fault, known in REASONS.items():
        table = cause_texts.table(f"faults.{fault.value}")
        assert {name for name, value in table.items() if isinstance(value, Mapping)} == known
        for reason in known:
            assert {"sentence", "fix"} <= set(table[reason]) <= {"title", "sentence", "fix"}
            for name in ("sentence", "fix"):
                for facts in FACTS:
                    said = cause_texts.text(f"faults.{fault.value}.{reason}", name, facts)
                    assert said[0].isupper(), said
                    assert said.endswith((".", ".)")), said
                    assert is_whole(said.replace("~/.local", "")), said


def test_readers_backends_and_the_private_file_have_words() -> None:
    assert set(cause_texts.table("faults.readers")) == {
        "linux",
        "empty-password",
        "windows",
        "macos",
        "file",
        "memory",
    }
    assert set(cause_texts.table("faults.backends")) == {known for _, known in unavailable._REFUSED} | {
        "other"
    }
    for table in ("readers", "private"):
        for name in cause_texts.table(f"faults.{table}"):
            for facts in FACTS:
                assert is_whole(cause_texts.text(f"faults.{table}", name, facts))
    for name in cause_texts.table("faults.backends"):
        assert "a.b.C" in cause_texts.text("faults.backends", name, {"backend": "a.b.C"})


def test_a_reason_that_is_not_of_its_fault_is_no_reason() -> None:
    with pytest.raises(ValueError, match="ssh"):
        VaultFault(Fault.LOCKED, "", "as the test wants it", "ssh")
