"""The index file and the one lock."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import stat
import subprocess
import sys
import threading
import time

import pytest

from gemini_setup import settings
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.system import paths
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.index import EVENTS, Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore
from gemini_setup.vault.vault import Vault
from tests.waiting import HANGS, LATE

from .samples import account, key

ROW = Profile(
    "default", Kind.API_KEY, Service.STUDIO, "a1b2", kept="2026-11-20T17:00:00Z", outcome=Outcome.BLOCKED
)
AT = "2026-11-20T17:00:00Z"


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "new" / "folder" / "profiles.json"


def test_a_row_comes_back_with_its_last_events(file: pathlib.Path) -> None:
    index = Index(file)
    for number in range(EVENTS + 5):
        index.keep(ROW, f"event {number}", AT)
    (found,) = Index(file).profiles()
    assert [what for _, what in found.events] == [f"event {number}" for number in range(5, EVENTS + 5)]
    assert {at for at, _ in found.events} == {AT}
    assert (found.hint, found.outcome, found.kept) == ("a1b2", Outcome.BLOCKED, ROW.kept)


def test_the_file_is_ours_alone(file: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        Index(file).keep(ROW, "kept", AT)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["profiles.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profiles": 5}', "\x00\xff", "[" * 100_000])
def test_a_broken_file_is_moved_aside_and_begun_anew(file: pathlib.Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="latin-1")
    assert Index(file).profiles() == []
    assert file.exists()  # reading changes nothing
    Index(file).keep(ROW, "kept", AT)
    assert [row.name for row in Index(file).profiles()] == ["default"]
    assert file.with_suffix(".broken").read_text(encoding="latin-1") == text


def test_members_and_rows_of_another_version_are_kept(file: pathlib.Path) -> None:
    file.parent.mkdir(parents=True)
    rows = [ROW.as_json() | {"delivered": ["vscode"]}, {"profile": "odd", "kind": "smoke"}, "nonsense", {}]
    file.write_text(json.dumps({"version": 1, "more": True, "profiles": rows}))
    index = Index(file)
    assert [row.name for row in index.profiles()] == ["default"]
    index.keep(ROW, "kept", AT)
    document = json.loads(file.read_text())
    assert document["more"] is True
    assert document["profiles"][0]["delivered"] == ["vscode"]
    assert document["profiles"][1] == {"profile": "odd", "kind": "smoke"}


def test_an_index_that_cannot_be_written_is_logged_once_not_raised(
    file: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.parent.mkdir()
    file.parent.write_text("a file where the folder should be")
    index = Index(file)
    for _ in range(2):
        index.keep(ROW, "kept", AT)
    messages = [record.getMessage() for record in caplog.records]
    assert messages.count(f"the list of profiles cannot be written: {os.strerror(errno.EEXIST)}") == 1


def test_a_folder_in_its_place_is_said_once_and_moved_aside(
    file: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.mkdir(parents=True)
    for _ in range(3):
        assert Index(file).profiles() == []
        assert not any(Index(file).unfinished())
    index = Index(file)
    index.begin("default")
    index.keep(ROW, "kept", AT)
    assert [row.name for row in Index(file).profiles()] == ["default"]
    assert len(caplog.records) == 1


def test_a_memory_vault_writes_no_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    vault = memory_vault()
    vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    vault.remove("default")
    assert list(tmp_path.iterdir()) == []


# -- the lock ------------------------------------------------------------------------------------------------

HOLDER = """
import sys, time, pathlib
from gemini_setup.vault.lock import VaultLock
with VaultLock(pathlib.Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_keeps_us_out_until_it_is_killed(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "lock"
    environ = os.environ | {"PYTHONPATH": "app"}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], env=environ, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(VaultFault) as caught, VaultLock(path, patience=0.2).held():
            pytest.fail("two hold the lock")
        assert caught.value.fault is Fault.SLOW
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    begun = time.monotonic()
    with VaultLock(path, patience=HANGS).held():
        assert time.monotonic() - begun < LATE


@pytest.mark.parametrize("in_memory", [True, False])
def test_threads_keep_each_other_out(tmp_path: pathlib.Path, in_memory: bool) -> None:
    lock = VaultLock(None if in_memory else tmp_path / "lock")
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with lock.held():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_a_folder_that_cannot_be_made_is_denied(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultFault) as caught, VaultLock(tmp_path / "file" / "lock").held():
        pytest.fail("held without a lock")
    assert caught.value.fault is Fault.DENIED


@pytest.mark.parametrize("refusal", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_said(
    refusal: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS without its lock service, some FUSE file systems: no crash, and nothing is written without the lock."""
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(fcntl, "flock", flock)
    begun = time.monotonic()
    with pytest.raises(VaultFault) as caught, VaultLock(tmp_path / "vault.lock", patience=HANGS).held():
        pytest.fail("it was held")
    assert (caught.value.fault, caught.value.reason) == (Fault.DENIED, "no-locks")
    assert time.monotonic() - begun < LATE


def test_a_token_is_minted_without_locks(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    vault = Vault(MemoryStore(), Index(tmp_path / "profiles.json"), VaultLock(tmp_path / "vault.lock"))
    vault.keep("default", account("a"), outcome=Outcome.ACCEPTED, cause="works")

    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", flock)
    assert vault.mint("default", "scope", lambda _: ("a-token", time.time() + 3600)) == "a-token"


def test_a_pipe_in_the_place_of_our_files_holds_nobody(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    ours = tmp_path / "gemini-setup"
    ours.mkdir(mode=0o700)
    for name in ("profiles.json", "settings.json", "vault.lock"):
        os.mkfifo(ours / name)
    assert settings.chosen("language") == ""
    index = Index(ours / "profiles.json")
    assert index.profiles() == []
    with VaultLock(ours / "vault.lock").held():
        index.keep(ROW, "kept", AT)
    assert [row.name for row in Index(ours / "profiles.json").profiles()] == ["default"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the variables of the XDG specification")
def test_a_relative_folder_in_the_environment_is_ignored(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Followed, it would be another lock, list and choice of the private file in every folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("data", "./data", "", " "):
        monkeypatch.setenv("XDG_DATA_HOME", value)
        assert paths.folder() == tmp_path / ".local" / "share" / "gemini-setup"
    for value in ("", "home", "."):
        monkeypatch.setenv("HOME", value)
        found = paths.folder()
        assert found.is_absolute()
        assert found.parts[:2] != ("/", ".local")
