"""The private file: never unasked, never open to others, never lost on its way into the keyring."""

from __future__ import annotations

import os
import pathlib
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from gemini_setup.actions import private_file
from gemini_setup.actions.private_file import choose_private_file, finish_move, move_to_keyring
from gemini_setup.delivery import records as records
from gemini_setup.delivery import stash
from gemini_setup.model.credentials import Access
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.system import paths
from gemini_setup.system.paths import private_file_in_use
from gemini_setup.usage import reader
from gemini_setup.vault import factory
from gemini_setup.vault.backends.plaintext import PrivateStore
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.factory import keyring_available, open_vault, unlisted
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore, MemoryStore
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .conftest import use
from .samples import account, account_object, key, key_text, sign_in

CURRENT = "gemini-credentials-v1.default.current"


@pytest.fixture
def data(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A home of our own without any keyring; the folder where our files will be."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    return tmp_path / "gemini-setup"


@pytest.fixture
def keyring_store(data: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """What is to be this computer's keyring."""
    store = MemoryStore()
    store._name = "GNOME Keyring"
    for module in (factory, private_file):
        monkeypatch.setattr(module, "keyring_store", lambda: store)
    return store


def keep(access: Access, profile: str = "default") -> None:
    vault = open_vault()
    vault.keep(profile, access, outcome=Outcome.ACCEPTED, cause="works")
    vault.close()


def modes(folder: pathlib.Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


# -- the choice ----------------------------------------------------------------------------------------------


def test_the_light_path_is_platformdirs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from platformdirs import user_data_path

    for value in ("/some/where", "", "  ", None):
        if value is None:
            monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        else:
            monkeypatch.setenv("XDG_DATA_HOME", value)
        assert paths.folder() == user_data_path("gemini-setup", appauthor=False)


def test_without_a_keyring_nothing_is_written_in_clear_unasked(data: pathlib.Path) -> None:
    assert not keyring_available()
    with pytest.raises(VaultFault) as caught:
        keep(key("a"))
    assert caught.value.fault is Fault.MISSING
    assert private_file_in_use() is None
    assert not data.exists()


def test_the_choice_is_kept_until_it_is_moved(data: pathlib.Path) -> None:
    assert choose_private_file() == data / "private" == private_file_in_use()
    keep(key("a"))
    keep(account("b"), "work")
    vault = open_vault()
    assert (vault.store_name, vault.file) == ("a plain-text file", str(data / "private"))
    assert vault.who_reads == "file"
    assert (data / "private" / "gemini-credentials-v1.default.key").read_text() == key_text("a")
    assert [row.backend for row in vault.profiles()] == ["a plain-text file"] * 2
    assert choose_private_file() == data / "private"  # once more: nothing changes
    assert same_access(open_vault().read("default").access, key("a"))
    with pytest.raises(VaultFault):
        move_to_keyring()  # there is none: the file stays what is used
    assert reader.get() == key_text("a")


def test_a_keyring_that_appears_changes_nothing_by_itself(
    data: pathlib.Path, keyring_store: MemoryStore
) -> None:
    keep(key("k"))
    choose_private_file()
    assert keyring_available()
    with pytest.raises(NoSuchProfile):
        open_vault().read("default")
    assert open_vault().profiles() == []  # what the keyring keeps is not this store's
    keep(key("p"))
    assert key_text("p") not in str(keyring_store.entries)
    assert reader.get() == key_text("p")


def test_a_file_whose_folder_is_lost_is_never_made_again_by_a_program_that_still_runs(
    data: pathlib.Path,
) -> None:
    choose_private_file()
    vault = open_vault()
    vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    (data / "private").rename(data / "elsewhere")
    for act in (lambda: vault.read("default"), lambda: vault.note_checked("new", Outcome.ACCEPTED, "works")):
        with pytest.raises(VaultFault) as caught:
            act()
        assert caught.value.fault is Fault.GONE
    vault.note_checked("default", Outcome.ACCEPTED, "works")  # its row is no secret
    assert private_file_in_use() is None


# -- rights --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0, 0o777])
def test_the_files_are_ours_alone_at_every_moment(
    data: pathlib.Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[int] = set()
    honest = os.write

    def watched(descriptor: int, written: bytes) -> int:
        seen.add(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return honest(descriptor, written)

    data.mkdir(mode=0o700)
    monkeypatch.setattr(os, "write", watched)
    before = os.umask(umask)
    try:
        if umask == 0:
            choose_private_file()
        else:
            (data / "private").mkdir()
            (data / "private").chmod(0o700)
        store = PrivateStore(data / "private")
        store.put("current", "default", "text")
    finally:
        os.umask(before)
    assert seen == {0o600}
    assert modes(data / "private") == {0o600}
    assert stat.S_IMODE((data / "private").stat().st_mode) == 0o700


def wide_folder(private: pathlib.Path) -> None:
    private.chmod(0o755)


def wide_file(private: pathlib.Path) -> None:
    (private / CURRENT).chmod(0o640)


def linked_file(private: pathlib.Path) -> None:
    (private / CURRENT).rename(private.parent / "away")
    (private / CURRENT).symlink_to(private.parent / "away")


def linked_folder(private: pathlib.Path) -> None:
    private.rename(private.parent / "away")
    private.symlink_to(private.parent / "away")


def dangling_folder(private: pathlib.Path) -> None:
    private.rename(private.parent / "away")
    private.symlink_to(private.parent / "nowhere")


def a_file_instead(private: pathlib.Path) -> None:
    private.rename(private.parent / "away")
    private.write_text("")


def a_pipe_instead(private: pathlib.Path) -> None:
    (private / CURRENT).unlink()
    os.mkfifo(private / CURRENT, 0o600)


def a_folder_instead(private: pathlib.Path) -> None:
    (private / CURRENT).unlink()
    (private / CURRENT).mkdir(mode=0o700)


def another_owner_of_the_file(private: pathlib.Path) -> None:
    os.chown(private / CURRENT, 12345, -1)


def another_owner_of_the_folder(private: pathlib.Path) -> None:
    os.chown(private, 12345, -1)


SPOILS = [
    wide_folder, wide_file, linked_file, linked_folder, dangling_folder, a_file_instead, a_pipe_instead,
    a_folder_instead,
    *((another_owner_of_the_file, another_owner_of_the_folder) if os.geteuid() == 0 else ()),
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_not_ours_alone_is_refused_and_not_repaired(
    data: pathlib.Path, keyring_store: MemoryStore, spoil: Callable[[pathlib.Path], None]
) -> None:
    choose_private_file()
    keep(key("a"))
    spoil(data / "private")
    before = {path: path.lstat().st_mode for path in (data / "private").parent.rglob("*")}
    acts: list[Callable[[], object]] = [
        lambda: open_vault().read("default"),
        lambda: keep(key("b")),
        reader.get,
        move_to_keyring,
    ]
    for act in acts:
        with pytest.raises(VaultFault) as caught:
            act()
        assert (caught.value.fault, caught.value.reason) == (Fault.DENIED, "unsafe-file")
        assert key_text("a") not in f"{caught.value} {caught.value!r}"
    after = {path: path.lstat().st_mode for path in (data / "private").parent.rglob("*")}
    assert {path: mode for path, mode in after.items() if path.parent != data} == {
        path: mode for path, mode in before.items() if path.parent != data
    }
    assert keyring_store.entries == {}  # and nothing fell back to the keyring


def test_an_unwritable_home_is_denied_and_says_so(data: pathlib.Path) -> None:
    data.parent.joinpath("gemini-setup").write_text("a file where our folder should be")
    for act in (choose_private_file, lambda: VaultLock(data / "vault.lock").held().__enter__()):
        with pytest.raises(VaultFault) as caught:
            act()
        assert (caught.value.fault, caught.value.reason) == (Fault.DENIED, "no-folder")


def test_a_full_disk_leaves_the_old_text_whole(data: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_private_file()
    keep(key("a"))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultFault) as caught:
        PrivateStore(data / "private").put("current", "default", "new")
    monkeypatch.undo()
    assert caught.value.fault is Fault.FULL
    assert not list(data.joinpath("private").glob("*.new"))


def test_what_a_killed_write_left_goes_at_the_next_start(data: pathlib.Path) -> None:
    choose_private_file()
    keep(key("a"))
    left = data / "private" / (CURRENT + ".new")
    left.write_text(key_text("b"))
    factory.open_index().begin("default")
    open_vault().recover()
    assert not left.exists()
    assert same_access(open_vault().read("default").access, key("a"))


# -- the reader ----------------------------------------------------------------------------------------------


def test_the_fast_reader_reads_the_file_and_imports_nothing_for_it(data: pathlib.Path) -> None:
    choose_private_file()
    keep(account("b"))
    program = "import sys; from gemini_setup.usage import reader; print(reader.get()); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    value, modules = done.stdout.splitlines()
    import json

    assert json.loads(value) == account_object("b")
    heavy = {"jeepney", "keyring", "secretstorage", "platformdirs", "dataclasses", "asyncio", "socket"}
    assert heavy & {name.partition(".")[0] for name in modules.split()} == set()
    for name in ("nobody", "../default", ""):
        with pytest.raises(reader.NotKept):
            reader.get(name)


# -- the move ------------------------------------------------------------------------------------------------


OURS = ["deliver.lock", "delivered", "profiles.json", "vault.lock"]
TAKEN_BACK = {
    False: {"b": ("default", "before-b")},
    True: {"a": ("default-2", "before-a"), "b": ("default", "before-b")},
}


def handed_over(mark: str) -> None:
    """What a delivery of `default` leaves, from the store in use: a record, and what stood in the place before."""
    stash.put(open_vault(), "default", mark * 16, f"before-{mark}")
    place = records.Place("file", f"/some/where/{mark}", True, stashed=True)
    at, private = "2026-11-20T17:00:00Z", private_file_in_use() is not None
    records.save(records.Record(mark * 16, "llm", "default", "", at, [place], done=True, private=private))


def can_be_taken_back(store: MemoryStore) -> dict[str, tuple[str, str | None]]:
    """Of each delivery that follows a profile in use: which, and what will be brought back."""
    rows = open_vault().profiles()
    found = [one for row in rows for one in records.of(row.name)]
    left = [service for service, _ in store.entries if ".undo." in service]
    assert len(left) == len(found), "one was left where nobody looks for it"
    return {one.id[0]: (one.profile, stash.get(open_vault(), one.profile, one.id)) for one in found}


def filled(*, apart: bool) -> None:
    """The keyring keeps `default` already where `apart`; the file then two profiles, one with a previous one."""
    if apart:
        keep(key("q"))
        keep(key("k"))
        handed_over("a")
    choose_private_file()
    keep(account("a"))
    keep(key("b"))
    handed_over("b")
    keep(sign_in(), "work")


def read(profile: str = "default") -> tuple[Access | None, Access | None]:
    vault = open_vault()
    before = vault.previous(profile)
    return vault.read(profile).access, before.access if before else None


def is_there(profile: str, now: Access, before: Access | None) -> bool:
    found, old = read(profile)
    assert found is not None
    if before is None or old is None:
        return same_access(found, now) and before is old
    return same_access(found, now) and same_access(old, before)


@pytest.mark.parametrize("apart", [False, True])
def test_everything_is_moved_and_the_file_is_gone(
    data: pathlib.Path, keyring_store: MemoryStore, apart: bool
) -> None:
    filled(apart=apart)
    row = open_vault().profile("default")
    moved = move_to_keyring()
    assert moved.profiles == ("default", "work")
    assert moved.apart == ({"default": "default-2"} if apart else {})
    assert private_file_in_use() is None
    assert sorted(path.name for path in data.iterdir()) == OURS
    assert can_be_taken_back(keyring_store) == TAKEN_BACK[apart]
    assert is_there("default", key("b"), account("a"))
    assert is_there("work", sign_in(), None)
    if apart:
        assert is_there("default-2", key("k"), key("q"))
    now = open_vault().profile("default")
    assert row is not None
    assert now is not None
    assert (now.kept, now.outcome, now.cause, now.old) == (row.kept, row.outcome, row.cause, row.old)
    assert now.backend == "GNOME Keyring"
    assert [what for _, what in now.events] == ["kept", "replaced", "moved to GNOME Keyring"]
    assert open_vault().read("default").created == row.kept
    assert open_vault().unlisted() == ()
    assert reader._ordinary("default")[0].kind == "api_key"


def test_what_the_keyring_already_has_is_not_written_twice(
    data: pathlib.Path, keyring_store: MemoryStore
) -> None:
    keep(key("o"))
    keep(key("a"))
    choose_private_file()
    keep(key("a"))
    entries = dict(keyring_store.entries)
    assert move_to_keyring() == (("default",), {})
    assert keyring_store.entries == entries
    assert is_there("default", key("a"), key("o"))


def test_a_keyring_that_forgets_keeps_the_file_in_use(
    data: pathlib.Path, keyring_store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers every read-back right and forgets a second later."""
    filled(apart=False)
    keyring_store.late = True
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", lambda _: keyring_store.entries.clear())
        with pytest.raises(VaultFault) as caught:
            move_to_keyring()
    assert caught.value.fault is Fault.GONE
    assert private_file_in_use() is not None
    assert is_there("default", key("b"), account("a"))


def test_a_keyring_without_room_for_what_stood_before_keeps_the_file_in_use(
    data: pathlib.Path, keyring_store: MemoryStore
) -> None:
    filled(apart=False)
    stash.put(open_vault(), "default", "c" * 16, "x" * 15_000)
    keyring_store._limit = 14_000
    with pytest.raises(VaultFault) as caught:
        move_to_keyring()
    assert caught.value.fault is Fault.FULL
    assert stash.get(open_vault(), "default", "c" * 16) == "x" * 15_000
    assert [one.private for one in records.of("default")] == [True]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("apart", [False, True])
def test_a_move_killed_at_every_step_loses_nothing(
    data: pathlib.Path, keyring_store: MemoryStore, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    """Before each change of the keyring and each change of a file; then read, start anew, move again."""
    import shutil

    steps = ("rename", "replace", "unlink", "rmdir", "mkdir")
    honest = {name: getattr(os, name) for name in steps}
    monkeypatch.setattr(
        os, "fsync", lambda _: None
    )  # a killed process loses nothing by it, and disks are slow
    honest_set, honest_drop = keyring_store._set, keyring_store._drop
    left = [10**6]

    def burning(act: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **named: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return act(*args, **named)

        return step

    for number in range(0, 400, 3 if apart else 1):  # each one is walked without `apart`
        keyring_store.entries.clear()
        shutil.rmtree(data, ignore_errors=True)
        filled(apart=apart)
        left[0] = number
        with monkeypatch.context() as patched:
            for name, act in honest.items():
                patched.setattr(os, name, burning(act))
            patched.setattr(keyring_store, "_set", burning(honest_set))
            patched.setattr(keyring_store, "_drop", burning(honest_drop))
            try:
                move_to_keyring()
            except Killed:
                ended = False
            else:
                ended = True
        left[0] = 10**6
        if ended:
            break
        in_use = private_file_in_use() is not None
        assert is_there("default", key("b"), account("a")), number
        assert is_there("work", sign_in(), None), number
        finish_move()
        if in_use:
            open_vault().recover()
            assert is_there("default", key("b"), account("a")), number
            move_to_keyring()
        assert is_there("default", key("b"), account("a")), number
        assert sorted(path.name for path in data.iterdir()) == OURS, number
        assert can_be_taken_back(keyring_store) == TAKEN_BACK[apart], number
        if apart:
            assert is_there("default-2", key("k"), key("q")), number
            assert open_vault().unlisted() == ()
            assert [row.name for row in open_vault().profiles()] == ["default", "default-2", "work"]
    assert number > 20


def test_a_reader_in_a_loop_sees_one_and_the_same_through_a_move(
    keyring: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_private_file()
    keep(key("a"))
    found: list[str] = []
    end = threading.Event()

    def loop() -> None:
        while not end.is_set():
            try:
                found.append(reader.get())
            except Exception as error:  # noqa: BLE001 - the assertion says which
                found.append(repr(error))

    looking = threading.Thread(target=loop)
    looking.start()
    for _ in range(5):
        move_to_keyring()
        choose_private_file_with(key("a"))
    end.set()
    looking.join()
    open_vault().remove("default")
    move_to_keyring()
    open_vault().remove("default")
    assert set(found) == {key_text("a")}
    assert len(found) > 20


def choose_private_file_with(access: Access) -> None:
    """What the person does is two steps; for the reader it is one here, or it would rightly find nothing between."""
    made = paths.folder() / "made"
    from gemini_setup.vault.backends.plaintext import make

    make(made)
    Vault(PrivateStore(made), Index(None), VaultLock(None)).keep(
        "default", access, outcome=Outcome.ACCEPTED, cause="works"
    )
    os.rename(made, paths.folder() / paths.PRIVATE)


# -- a lost list ---------------------------------------------------------------------------------------------


def test_a_lost_list_names_what_is_kept_without_reading_it(
    keyring: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gemini_setup.vault.backends.secret_service import SecretService as Backend

    keep(account("a"))
    keep(key("b"), "work")
    assert unlisted() == ()
    (paths.folder() / "profiles.json").unlink()

    def no_secret(*_: object) -> str:
        pytest.fail("a secret was read")

    with monkeypatch.context() as patched:
        patched.setattr(Backend, "_secret", no_secret)
        assert unlisted() == ("default", "work")
    open_vault().note_checked("default", Outcome.ACCEPTED, "works")
    assert unlisted() == ()
    assert [row.name for row in open_vault().profiles()] == ["default"]
    for name in ("default", "work"):
        open_vault().remove(name)
    assert unlisted() == ()


def test_a_private_file_s_lost_list_too(data: pathlib.Path) -> None:
    choose_private_file()
    keep(key("a"), "work")
    (data / "private.json").unlink()
    assert unlisted() == ("work",)


def test_what_a_delivery_left_is_no_lost_profile(data: pathlib.Path) -> None:
    choose_private_file()
    keep(key("a"))
    stash.put(open_vault(), "default", "0123456789abcdef", "{}")
    open_vault().remove("default")
    assert stash.get(open_vault(), "default", "0123456789abcdef") == "{}"
    assert unlisted() == ()


@pytest.mark.parametrize(
    ("state", "there"),
    [("unlocked", True), ("locked", True), ("fresh", False), ("none", False), ("nobus", False)],
)
def test_a_keyring_is_available_where_one_was_made(
    state: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SecretService(state) as session:
        use(monkeypatch, session)
        assert keyring_available() is there
        assert unlisted() == ()


@pytest.fixture(autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "keyring" in request.fixturenames:
        import shutil

        shutil.rmtree(paths.folder(), ignore_errors=True)


def test_the_stores_are_told_apart_by_who_reads_them(store: EntryStore, tmp_path: pathlib.Path) -> None:
    vault = Vault(store, Index(None), VaultLock(None))
    known = {"memory": "memory", "PrivateStore": "file", "CredentialManagerStore": "windows"}
    known |= {"KeychainStore": "macos", "SecretServiceStore": "linux", "MemoryStore": "memory"}
    assert vault.who_reads == known[type(store).__name__]
    assert vault.warning is None
