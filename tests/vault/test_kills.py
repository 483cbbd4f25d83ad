"""A process that dies at any step leaves the old or the new credential whole, and the next start clears up.

Every change of a store and of the index is a step; a run is killed before and after each, for each kind of
credential, then looked at by a reader, by `recover()`, and by a second run of the same command.
"""

from __future__ import annotations

import pathlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from gemini_setup.model.credentials import Access
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import heads, removal
from gemini_setup.vault import index as index_module
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .samples import account, key, sign_in

SPLIT = 1200  # characters: Windows, where a service account lies in parts
Act = Callable[[Vault], object]


class Killed(BaseException):
    """As little to be caught as SIGKILL."""


class Fuse:
    """Burns at the n-th half step: 2k before the k-th change, 2k+1 after it."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.steps = 0

    def step(self, change: Callable[[], None]) -> None:
        self._burn()
        change()
        self._burn()

    def _burn(self) -> None:
        self.steps += 1
        if self.left is None:
            return
        if self.left == 0:
            raise Killed
        self.left -= 1


class FusedStore(MemoryStore):
    def __init__(self, limit: int, fuse: Fuse) -> None:
        super().__init__(limit)
        self.fuse = fuse

    def _set(self, service: str, user: str, text: str) -> None:
        self.fuse.step(lambda: MemoryStore._set(self, service, user, text))

    def _drop(self, service: str, user: str) -> None:
        self.fuse.step(lambda: MemoryStore._drop(self, service, user))


class Bench:
    """A store and an index on the disk that outlive the processes which use them."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.fuse = Fuse()
        self.store = FusedStore(SPLIT, self.fuse)
        self.file = folder / "profiles.json"

        def write(path: pathlib.Path, text: str) -> None:
            def change() -> None:
                path.write_text(text)

            self.fuse.step(change)

        monkeypatch.setattr(index_module, "_write", write)

    def process(self) -> Vault:
        return Vault(self.store, Index(self.file), VaultLock(self.folder / "lock"))

    def reset(self, history: list[Access]) -> None:
        self.fuse.left = None
        self.store.entries.clear()
        self.file.unlink(missing_ok=True)
        for access in history:
            keeping(access)(self.process())

    def killed_at(self, half_step: int, act: Act) -> bool:
        self.fuse.left = half_step
        try:
            act(self.process())
        except Killed:
            return True
        finally:
            self.fuse.left = None
        return False

    def read(self) -> Access | None:
        try:
            return self.process().read("default").access
        except NoSuchProfile:
            return None

    def litter(self) -> set[str]:
        """Entries that no head names, and secrets beside the heads that are no longer kept."""
        present = {
            service.removeprefix(heads.PREFIX + "default."): text for (service, _), text in self.entries()
        }
        named = {"current", "previous", "key"} & set(present)
        for entry in ("current", "previous"):
            if entry in present:
                head = heads.parse(present[entry])
                named |= {heads.part_name(head.generation, number) for number in range(head.parts)}
        if "key" in present:
            current = heads.parse(present["current"])
            assert heads.api_key(current, current.body) == present["key"]
        return set(present) ^ named

    def entries(self) -> Iterator[tuple[tuple[str, str], str]]:
        return iter(self.store.entries.items())


@pytest.fixture
def bench(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def keeping(access: Access) -> Act:
    return lambda vault: vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")


def among(found: Access | None, allowed: list[Access | None]) -> bool:
    return any(found is one if found is None or one is None else same_access(found, one) for one in allowed)


HISTORIES = {
    "first-key": ([], key("n")),
    "first-account": ([], account("n")),
    "key-key": ([key("a")], key("n")),
    "account-account": ([account("a")], account("n")),
    "key-account": ([key("a")], account("n")),
    "account-key": ([account("a")], key("n")),
    "third-account": ([account("a"), account("b", 60)], account("n")),
    "third-key": ([account("a"), account("b")], key("n")),
    "adc-account": ([account("a"), sign_in()], account("n")),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_keep_killed_at_every_step(bench: Bench, name: str) -> None:
    history, new = HISTORIES[name]
    old = history[-1] if history else None
    half_step = 0
    while True:
        bench.reset(history)
        if not bench.killed_at(half_step, keeping(new)):
            break
        found = bench.read()
        assert among(found, [old, new]), f"neither after half step {half_step}"
        bench.process().recover()
        assert among(bench.read(), [found]), "recovering changed what is read"
        assert bench.litter() == set()
        keeping(new)(bench.process())
        assert among(bench.read(), [new])
        assert bench.litter() == set()
        before = bench.process().previous("default")
        assert among(before.access if before else None, [old])
        half_step += 1
    assert half_step >= 10  # current and key and the index at the least


@pytest.mark.parametrize("name", ["key-key", "third-account"])
def test_keep_killed_twice(bench: Bench, name: str) -> None:
    """Each pair of points: the second run, which heals and keeps, is killed too."""
    history, new = HISTORIES[name]
    for first in range(200):
        bench.reset(history)
        if not bench.killed_at(first, keeping(new)):
            break
        after_first = (dict(bench.store.entries), bench.file.read_text() if bench.file.exists() else None)
        for second in range(200):
            bench.store.entries.clear()
            bench.store.entries.update(after_first[0])
            if after_first[1] is None:
                bench.file.unlink(missing_ok=True)
            else:
                bench.file.write_text(after_first[1])
            if not bench.killed_at(second, keeping(new)):
                break
            assert among(bench.read(), [history[-1], new]), f"neither after {first} and {second}"
            bench.process().recover()
            assert among(bench.read(), [history[-1], new])
            assert bench.litter() == set(), f"litter after {first} and {second}"


def test_rollback_killed_at_every_step(bench: Bench) -> None:
    history = [account("a"), account("b"), key("c")]
    half_step = 0
    while True:
        bench.reset(history)
        if not bench.killed_at(half_step, lambda vault: vault.rollback("default")):
            break
        assert among(bench.read(), [key("c"), account("b")])
        bench.process().recover()
        assert among(bench.read(), [key("c"), account("b")])
        assert bench.litter() == set()
        # It swaps two credentials, each the only copy: whichever is in use, the other one can be brought back.
        other = account("b") if among(bench.read(), [key("c")]) else key("c")
        before = bench.process().previous("default")
        assert among(before.access if before else None, [other]), half_step
        half_step += 1
    assert half_step >= 10
    assert among(bench.read(), [account("b")])


def test_the_list_says_after_the_next_start_what_the_killed_run_kept(bench: Bench) -> None:
    """Killed between the flip and the list, all within one second: the row must not stay the old one's."""
    half_step = 0
    while True:
        bench.reset([key("a")])
        if not bench.killed_at(half_step, keeping(key("n"))):
            break
        bench.process().recover()
        row, kept = bench.process().profile("default"), bench.process().read("default")
        assert row is not None
        assert (row.hint, row.kept) == (kept.access.credential.hint, kept.created), half_step
        half_step += 1
    assert half_step >= 10


def test_forgetting_killed_at_every_step(bench: Bench) -> None:
    half_step = 0
    while True:
        bench.reset([account("a"), account("b")])
        if not bench.killed_at(half_step, lambda vault: vault.forget_previous("default")):
            break
        assert among(bench.read(), [account("b")])
        bench.process().recover()
        assert among(bench.read(), [account("b")])
        assert bench.litter() == set()
        half_step += 1
    assert half_step >= 6
    assert "previous" not in {service.rpartition(".")[2] for (service, _), _ in bench.entries()}


@pytest.mark.parametrize("then", ["finish", "keep"])
@pytest.mark.parametrize("history", [[key("a")], [account("a"), account("b")], [key("a"), account("b")]])
def test_remove_killed_at_every_step(bench: Bench, history: list[Access], then: str) -> None:
    """What can still be read is shown, and asked about; the next start erases nothing that is whole."""
    half_step = 0
    while True:
        bench.reset(history)
        if not bench.killed_at(half_step, lambda vault: vault.remove("default")):
            break
        try:
            found = bench.read()
        except VaultFault:
            found = None  # half removed, and said so
        # Between the last two deletions the one before is what readers read.
        assert among(found, [history[-1], None])
        bench.process().recover()
        rows = bench.process().profiles()
        assert among(bench.read(), [found]), "a start finished what could still be kept"
        assert len(rows) == (found is not None)
        if found is None:
            assert bench.store.entries == {}
        elif then == "keep":
            assert not rows[0].removing or removal.take_back(bench.process(), "default")
            assert bench.litter() == set()
            (row,) = bench.process().profiles()
            assert not row.removing
            assert among(bench.read(), [history[-1]])
        else:
            bench.process().remove("default")
            assert (bench.store.entries, bench.process().profiles()) == ({}, [])
        half_step += 1
    assert half_step >= 6
    assert bench.store.entries == {}
    assert bench.process().profiles() == []


def test_a_keyring_that_fails_at_any_step_leaves_one_whole(bench: Bench) -> None:
    """Not a death but a fault that reaches the program: the same promise."""
    for number in range(60):
        bench.reset([account("a"), account("b")])
        setattr(bench.store, "_set", failing(bench.store._set, number))  # noqa: B010 - mypy
        try:
            keeping(account("n"))(bench.process())
        except VaultFault:
            pass
        else:
            assert number >= 4
            break
        finally:
            del bench.store._set
        assert among(bench.read(), [account("b"), account("n")])
        bench.process().recover()
        assert bench.litter() == set()
    else:
        pytest.fail("the keeping never ended")


def failing(honest: Callable[[str, str, str], None], after: int) -> Callable[[str, str, str], None]:
    left = after

    def set_entry(service: str, user: str, text: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise VaultFault(Fault.SLOW, "memory", "as the test wants it")
        honest(service, user, text)

    return set_entry


def in_keyring(keyring: SecretService) -> int:
    """How many entries another program sees (secret-tool shows attributes on its error output)."""
    seen = keyring.tool("search", "--all", "username", "default")
    return (seen.stdout + seen.stderr).count("attribute.service")


WRITER = """
import sys
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.factory import open_vault
from tests.vault.samples import account, key
from gemini_setup.vault.backends import secret_service
secret_service.LIMIT = 1200 if sys.argv[1] == "split" else secret_service.LIMIT
vault = open_vault()
vault.recover()
print("begun", flush=True)
for number in range(10_000):
    access = (account, key)[number % 2]("ab"[number // 2 % 2])
    vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
"""


@pytest.mark.parametrize("form", ["split", "whole"])
def test_real_processes_killed_over_a_real_keyring(form: str, keyring: SecretService) -> None:
    """A loop of rotations, killed at a random moment, eight times; another process's reader looks each time."""
    from gemini_setup.usage import reader

    chance = random.Random(7)
    allowed = [key("a"), key("b"), account("a"), account("b")]
    environ = keyring.env | {"PYTHONPATH": "app:."}
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, form],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        window, reads = 0.15 + chance.random() * 0.4, 0
        began = end = time.monotonic()
        while not reads or time.monotonic() < end:
            assert time.monotonic() < began + 30
            try:
                found = reader.read_access("default").access
            except reader.NotKept:
                assert reads == 0
                continue
            except VaultFault:
                # GNOME's daemon aborts now and then under connections that come and go: one more death to survive.
                assert keyring.died
                keyring.start_daemon(unlock=True)
                continue
            end = end if reads else time.monotonic() + window
            reads += 1
            assert among(found, list(allowed))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if keyring.died:
            keyring.start_daemon(unlock=True)
        assert among(reader.read_access("default").access, list(allowed))
    from gemini_setup.vault.factory import open_vault

    vault = open_vault()
    vault.recover()
    keeping(key("z"))(vault)
    items = in_keyring(keyring)
    named = 2
    for kept in (vault.read("default"), vault.previous("default")):
        assert kept is not None
        if kept.access.credential.kind == "service_account" and form == "split":
            named += len(heads.split(kept.access.credential.document.reveal()))  # type: ignore[union-attr]
    assert items == named + 1  # and the bare key
    vault.remove("default")
    assert in_keyring(keyring) == 0
