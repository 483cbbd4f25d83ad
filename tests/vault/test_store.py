"""The contract of a store, the same for memory, Windows, macOS and a real GNOME Keyring."""

from __future__ import annotations

import string

import pytest

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import service_name
from gemini_setup.vault.store import TRIES, EntryStore, MemoryStore

ALL = "".join(character for character in string.printable if " " <= character <= "~")


def test_what_is_put_is_got_until_it_is_deleted(store: EntryStore) -> None:
    assert store.get("current", "default") is None
    store.put("current", "default", ALL)
    assert store.get("current", "default") == ALL
    store.put("current", "default", "second")
    assert store.get("current", "default") == "second"
    store.delete("current", "default")
    assert store.get("current", "default") is None


def test_entries_and_profiles_do_not_meet(store: EntryStore) -> None:
    store.put("current", "default", "one")
    store.put("previous", "default", "two")
    store.put("current", "work", "three")
    store.delete("current", "default")
    assert store.get("current", "default") is None
    assert store.get("previous", "default") == "two"
    assert store.get("current", "work") == "three"
    store.delete("previous", "default")
    store.delete("current", "work")


def test_deleting_what_is_not_there_is_no_error(store: EntryStore) -> None:
    store.delete("token", "default")


def test_an_entry_of_the_limit_is_kept_and_a_longer_one_refused_before_anything_is_written(
    store: EntryStore,
) -> None:
    store.put("current", "default", "x" * store.limit)
    assert store.get("current", "default") == "x" * store.limit
    with pytest.raises(VaultFault) as caught:
        store.put("current", "default", "y" * (store.limit + 1))
    assert caught.value.fault is Fault.FULL
    assert store.get("current", "default") == "x" * store.limit
    store.delete("current", "default")


@pytest.mark.parametrize("text", ["", "two\nlines", "ü", "del\x7f"])
def test_only_one_line_of_printable_ascii_is_written(store: EntryStore, text: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        store.put("current", "default", text)
    assert store.get("current", "default") is None


@pytest.mark.parametrize("text", ["\\", '"', "\\\\n\\", '-w "x" \\"', " padded ", "'single'", "-x", "-"])
def test_quotes_and_backslashes_come_back(store: EntryStore, text: str) -> None:
    store.put("key", "default", text)
    assert store.get("key", "default") == text
    store.delete("key", "default")


class Flaky(MemoryStore):
    """Does what `script` says, one word per write; after that all is well."""

    def __init__(self, *script: str | Exception) -> None:
        super().__init__()
        self.script = list(script)
        self.writes = 0

    def _set(self, service: str, user: str, text: str) -> None:
        self.writes += 1
        step = self.script.pop(0) if self.script else "well"
        if isinstance(step, Exception):
            raise step
        super()._set(service, user, text if step == "well" else step)


def test_a_garbled_write_is_seen_and_repeated() -> None:
    store = Flaky("garbage", "", OSError("a passing fault"))
    store.put("current", "default", "text")
    assert store.writes == 4
    assert store.entries[service_name("default", "current"), "default"] == "text"


def test_a_write_that_never_comes_back_is_a_fault_after_five_tries() -> None:
    store = Flaky(*["garbage"] * 9)
    with pytest.raises(VaultFault) as caught:
        store.put("current", "default", "text")
    assert (caught.value.fault, store.writes) == (Fault.GONE, TRIES)


@pytest.mark.parametrize("fault", [Fault.LOCKED, Fault.DENIED, Fault.FULL, Fault.SLOW, Fault.MISSING])
def test_what_will_not_pass_is_not_tried_again(fault: Fault) -> None:
    store = Flaky(VaultFault(fault, "memory", "as the test wants it"))
    with pytest.raises(VaultFault) as caught:
        store.put("current", "default", "text")
    assert (caught.value.fault, store.writes) == (fault, 1)


def test_a_store_that_vanishes_while_it_is_tried_again_is_gone_not_missing() -> None:
    store = Flaky("garbage", VaultFault(Fault.MISSING, "memory", "nobody there"))
    with pytest.raises(VaultFault) as caught:
        store.put("current", "default", "text")
    assert (caught.value.fault, store.writes) == (Fault.GONE, 2)
