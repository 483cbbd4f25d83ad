"""The contract `gemini-credentials:v1` as one class of tests, for every store there is (also `bench_windows.py`).

A subclass gives the fixture `store`, empty; every test leaves it empty.
"""

from __future__ import annotations

import json
import pathlib
import string

import pytest

from gemini_setup.model.credentials import Access, ApiKey
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import heads
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore
from gemini_setup.vault.vault import Vault

from .samples import account, key, sign_in

ALL = "".join(character for character in string.printable if " " <= character <= "~")
PROFILE = "contract"

EVERY = [
    key("a"),
    key("b", 1200),
    key("c", 2000),
    key('"\\', 1200),
    account("d"),
    account("e", 60),
    sign_in(),
]
NAMES = ["key", "key-1200", "key-2000", "quotes", "account", "account-4096", "sign-in"]


def keep(vault: Vault, access: Access) -> None:
    vault.keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")


def present(store: EntryStore) -> dict[str, str]:
    """Every entry of the profile that there can be, as the store gives it."""
    names = [heads.CURRENT, heads.PREVIOUS, heads.KEY, heads.TOKEN, heads.NEXT]
    names += [heads.part_name(generation, number) for generation in range(1, 7) for number in range(6)]
    return {name: text for name in names if (text := store.get(name, PROFILE)) is not None}


class Contract:
    @pytest.fixture
    def folder(self, tmp_path: pathlib.Path) -> pathlib.Path:
        return tmp_path / "ours"

    @pytest.fixture
    def vault(self, store: EntryStore, folder: pathlib.Path) -> Vault:
        return self.started(store, folder)

    def started(self, store: EntryStore, folder: pathlib.Path) -> Vault:
        """What a program has that was just started; it has cleared up after the one before."""
        vault = Vault(store, Index(folder / "profiles.json"), VaultLock(folder / "lock"))
        vault.recover()
        return vault

    def test_an_entry_comes_back_and_goes(self, store: EntryStore) -> None:
        for text in (ALL, "second", "\\", '"', " padded ", "-x", "x" * store.limit):
            store.put(heads.CURRENT, PROFILE, text)
            assert store.get(heads.CURRENT, PROFILE) == text
        assert store.get(heads.PREVIOUS, PROFILE) is None
        assert store.get(heads.CURRENT, "other") is None
        store.delete(heads.CURRENT, PROFILE)
        store.delete(heads.CURRENT, PROFILE)
        assert store.get(heads.CURRENT, PROFILE) is None

    def test_what_does_not_fit_is_refused_before_anything_is_written(self, store: EntryStore) -> None:
        store.put(heads.CURRENT, PROFILE, "old")
        with pytest.raises(VaultFault) as caught:
            store.put(heads.CURRENT, PROFILE, "x" * (store.limit + 1))
        assert caught.value.fault is Fault.FULL
        for text in ("", "two\nlines", "ü", "\x7f"):
            with pytest.raises(ValueError, match="printable"):
                store.put(heads.CURRENT, PROFILE, text)
        assert store.get(heads.CURRENT, PROFILE) == "old"
        store.delete(heads.CURRENT, PROFILE)

    @pytest.mark.parametrize("access", EVERY, ids=NAMES)
    def test_every_credential_is_kept_whole_in_entries_that_fit(
        self, vault: Vault, store: EntryStore, access: Access
    ) -> None:
        keep(vault, access)
        assert same_access(vault.read(PROFILE).access, access)
        found = present(store)
        assert max(map(len, found.values())) <= store.limit
        assert all(heads.is_printable(text) for text in found.values())
        head = json.loads(found[heads.CURRENT])
        assert (head["schema"], head["generation"]) == ("gemini-credentials/1", 1)
        bare = found.get(heads.KEY)
        if isinstance(access.credential, ApiKey) and len(access.credential.secret) <= 1200:
            assert bare == access.credential.secret.reveal()
        else:
            assert bare is None
        vault.remove(PROFILE)
        assert present(store) == {}

    def test_replacing_going_back_and_forgetting(
        self, vault: Vault, store: EntryStore, folder: pathlib.Path
    ) -> None:
        steps = [key("a"), account("b", 60), account("c"), key("d", 2000)]
        for number, access in enumerate(steps):
            keep(vault, access)
            before = vault.previous(PROFILE)
            assert (before is None) == (number == 0)
            assert before is None or same_access(before.access, steps[number - 1])
        vault.rollback(PROFILE)
        found, before = vault.read(PROFILE), vault.previous(PROFILE)
        assert same_access(found.access, account("c"))
        assert before is not None
        assert same_access(before.access, key("d", 2000))
        assert vault.forget_previous(PROFILE)
        vault = self.started(store, folder)  # where a store may undo its last writes, old parts go now
        assert same_access(vault.read(PROFILE).access, account("c"))
        assert vault.previous(PROFILE) is None
        with pytest.raises(NoSuchProfile):
            vault.rollback(PROFILE)
        head = heads.parse(present(store)[heads.CURRENT])
        parts = {heads.part_name(head.generation, number) for number in range(head.parts)}
        assert set(present(store)) == {heads.CURRENT} | parts
        vault.remove(PROFILE)
        assert present(store) == {}
        assert vault.profiles() == []

    def test_the_same_credential_again_changes_no_entry(self, vault: Vault, store: EntryStore) -> None:
        keep(vault, account("a"))
        before = present(store)
        keep(vault, account("a"))
        assert present(store) == before
        vault.remove(PROFILE)

    def test_a_damaged_head_is_read_past(self, vault: Vault, store: EntryStore) -> None:
        keep(vault, account("a"))
        keep(vault, key("b"))
        store.put(heads.CURRENT, PROFILE, "garbage")
        assert same_access(vault.read(PROFILE).access, account("a"))
        store.delete(heads.CURRENT, PROFILE)
        assert same_access(vault.read(PROFILE).access, account("a"))
        keep(vault, key("c"))
        assert same_access(vault.read(PROFILE).access, key("c"))
        vault.remove(PROFILE)
        assert present(store) == {}
