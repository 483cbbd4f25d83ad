"""What a vault promises, over every kind of store."""

from __future__ import annotations

import json
import pathlib
from datetime import UTC, datetime, timedelta

import pytest

from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import heads
from gemini_setup.vault.codec import head_of, same_access
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.faults import NewerSchema, NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore, MemoryStore
from gemini_setup.vault.vault import Vault

from .samples import account, key, key_text, sign_in
from .standins import keychain_store


class Clock:
    """A second later at every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def vault(store: EntryStore, tmp_path: pathlib.Path) -> Vault:
    return Vault(store, Index(tmp_path / "profiles.json"), VaultLock(tmp_path / "lock"), Clock())


def keep(vault: Vault, access: Access, profile: str = "default") -> int:
    return vault.keep(profile, access, outcome=Outcome.ACCEPTED, cause="works").kept.generation


@pytest.mark.parametrize(
    "access",
    [
        key("a"),
        key("a", 1200),
        key("a", 1201),
        key("\\", 1200),
        key('"', 2000),
        account("b"),
        account("b", 60),
        account("b", endpoints=Endpoints(token="http://127.0.0.1:9/t")),
        sign_in(),
    ],
    ids=["key", "key-1200", "key-1201", "backslashes", "quotes-2000", "sa", "sa-4096", "sa-gate", "adc"],
)
def test_whatever_is_kept_is_read_back_and_no_entry_is_too_long(
    vault: Vault, store: EntryStore, access: Access
) -> None:
    assert keep(vault, access) == 1
    found = vault.read("default")
    assert same_access(found.access, access)
    assert found.generation == 1
    for entry in (heads.CURRENT, heads.KEY, *(heads.part_name(1, number) for number in range(8))):
        assert len(store.get(entry, "default") or "") <= store.limit
    bare = store.get(heads.KEY, "default")
    if isinstance(access.credential, ApiKey) and len(access.credential.secret) <= 1200:
        assert bare == access.credential.secret.reveal()
    else:
        assert bare is None
    vault.remove("default")


def test_a_service_account_lies_in_parts_only_where_it_must(vault: Vault, store: EntryStore) -> None:
    keep(vault, account("c"))
    head = json.loads(store.get(heads.CURRENT, "default") or "")
    if store.limit < 2000:
        assert "credential" not in head
        assert head["parts"] >= 2
    else:
        assert "parts" not in head
    vault.remove("default")


def test_replacing_rollback_and_forgetting(vault: Vault, store: EntryStore) -> None:
    keep(vault, key("a"))
    assert vault.previous("default") is None
    assert keep(vault, account("b")) == 2
    assert store.get(heads.KEY, "default") is None
    assert same_access(vault.previous("default").access, key("a"))  # type: ignore[union-attr]
    assert keep(vault, account("c")) == 3
    assert store.get("g1.0", "default") is None

    back = vault.rollback("default")
    assert back.generation == 4
    assert same_access(vault.read("default").access, account("b"))
    assert same_access(vault.previous("default").access, account("c"))  # type: ignore[union-attr]
    assert store.get("g2.0", "default") is None

    assert vault.forget_previous("default") is True
    assert vault.previous("default") is None
    assert store.get("g3.0", "default") is None
    assert vault.forget_previous("default") is False
    with pytest.raises(NoSuchProfile):
        vault.rollback("default")
    assert same_access(vault.read("default").access, account("b"))
    what = [what for _, what in vault.profiles()[0].events]
    assert what == ["kept", "replaced", "replaced", "rolled back", "the previous one erased"]
    vault.remove("default")


def test_each_of_the_two_keeps_its_model(vault: Vault) -> None:
    works = {"outcome": Outcome.ACCEPTED, "cause": "works"}
    vault.keep("default", key("a"), model="m-a", **works)  # type: ignore[arg-type]
    vault.keep("default", key("b"), model="m-b", **works)  # type: ignore[arg-type]
    for model, other in (("m-a", "m-b"), ("m-b", "m-a")):
        vault.rollback("default")
        (row,) = vault.profiles()
        assert row.old is not None
        assert (row.model, row.old.model) == (model, other)
    keep(vault, key("c"))  # without a model: it is not that of another
    (row,) = vault.profiles()
    assert row.model is None
    vault.remove("default")


def test_remove_leaves_nothing(vault: Vault, store: EntryStore) -> None:
    for access in (account("a"), account("b"), key("c")):
        keep(vault, access)
    store.put(heads.TOKEN, "default", "{}")
    vault.remove("default")
    for entry in (
        "current",
        "previous",
        "key",
        "token",
        *(f"g{n}.{i}" for n in range(1, 5) for i in range(4)),
    ):
        assert store.get(entry, "default") is None
    assert vault.profiles() == []
    with pytest.raises(NoSuchProfile):
        vault.read("default")
    with pytest.raises(NoSuchProfile):
        vault.remove("default")


def test_a_cached_token_does_not_survive_a_new_credential(vault: Vault, store: EntryStore) -> None:
    keep(vault, key("a"))
    store.put(heads.TOKEN, "default", "{}")
    keep(vault, key("b"))
    assert store.get(heads.TOKEN, "default") is None
    vault.remove("default")


def test_the_very_same_credential_changes_only_last_checked(vault: Vault, store: EntryStore) -> None:
    first = vault.keep("default", key("a"), model="m-1", outcome=Outcome.BLOCKED, cause="quota-zero")
    before = vault.profiles()[0]
    again = vault.keep("default", key("a"), outcome=Outcome.ACCEPTED, cause="works")
    assert (first.unchanged, again.unchanged) == (False, True)
    assert again.kept.generation == 1
    after = vault.profiles()[0]
    assert after.checked is not None
    assert before.checked is not None
    assert after.checked > before.checked
    assert (after.kept, after.events, after.model) == (before.kept, before.events, "m-1")
    assert (after.outcome, after.cause) == (Outcome.ACCEPTED, "works")
    assert store.get(heads.PREVIOUS, "default") is None
    vault.remove("default")


def test_the_same_key_for_another_place_is_another_credential(vault: Vault) -> None:
    keep(vault, account("a"))
    moved = Access(account("a").credential, Service.VERTEX, "project-a", "europe-west1")
    assert keep(vault, moved) == 2
    vault.remove("default")


def test_profiles_are_apart_and_default_comes_first(vault: Vault) -> None:
    keep(vault, key("a"), "z")
    keep(vault, account("b"), "a-b-3")
    keep(vault, key("c"))
    assert [row.name for row in vault.profiles()] == ["default", "a-b-3", "z"]
    row = vault.profile("a-b-3")
    assert row is not None
    assert (row.project, row.location, row.service, row.hint) == ("project-b", "global", "vertex", "bbbb")
    vault.remove("a-b-3")
    assert same_access(vault.read("z").access, key("a"))
    for name in ("z", "default"):
        vault.remove(name)


def test_a_check_is_written_down(vault: Vault) -> None:
    keep(vault, key("a"))
    vault.note_checked("default", Outcome.REFUSED, "key-not-valid")
    row = vault.profiles()[0]
    assert (row.outcome, row.cause, row.model) == (Outcome.REFUSED, "key-not-valid", None)
    vault.note_checked("default", Outcome.ACCEPTED, "works", "m-2")
    vault.note_checked("default", Outcome.ACCEPTED, "works")
    assert vault.profiles()[0].model == "m-2"
    with pytest.raises(NoSuchProfile):
        vault.note_checked("work", Outcome.ACCEPTED, "works")
    vault.remove("default")


def test_a_check_says_nothing_of_what_took_its_place_meanwhile(vault: Vault) -> None:
    keep(vault, key("a"))
    asked = vault.read("default")
    keep(vault, key("b"))
    vault.note_checked("default", Outcome.REFUSED, "key-expired", checked=asked)
    assert vault.profiles()[0].cause == "works"
    vault.note_checked("default", Outcome.BLOCKED, "quota-zero", checked=vault.read("default"))
    assert vault.profiles()[0].cause == "quota-zero"
    vault.remove("default")
    vault.note_checked("default", Outcome.REFUSED, "key-expired", checked=asked)
    assert vault.profiles() == []
    keep(vault, key("c"))  # generation 1, as `asked`
    vault.note_checked("default", Outcome.REFUSED, "key-expired", checked=asked)
    assert vault.profiles()[0].cause == "works"
    vault.remove("default")


# -- tokens --------------------------------------------------------------------------------------------------


def good_for_an_hour(vault: Vault, text: str) -> tuple[str, float]:
    return text, vault._clock().timestamp() + 3_600


def test_nobody_waits_for_a_network_to_write(tmp_path: pathlib.Path) -> None:
    store, lock = MemoryStore(), tmp_path / "lock"
    asking, writing = (Vault(store, Index(None), VaultLock(lock, patience=0.2)) for _ in range(2))
    keep(asking, account("a"))

    def minting(_: object) -> tuple[str, float]:
        keep(writing, account("b"), "other")
        return "token", 9e9

    assert asking.mint("default", "scope", minting) == "token"
    assert "token" in (store.get(heads.TOKEN, "default") or "")


@pytest.mark.parametrize("meanwhile", ["replaced", "removed", "removed and kept anew", "nothing"])
def test_a_token_is_kept_only_beside_the_credential_that_it_is_for(vault: Vault, meanwhile: str) -> None:
    keep(vault, account("a"))

    def minting(_: object) -> tuple[str, float]:
        if meanwhile == "replaced":
            keep(vault, account("b"))
        elif meanwhile != "nothing":
            vault.remove("default")
            if meanwhile != "removed":
                keep(vault, account("b"))  # generation 1 again
        return good_for_an_hour(vault, "of-a")

    assert vault.mint("default", "scope", minting) == "of-a"
    if meanwhile == "removed":
        assert vault._store.get(heads.TOKEN, "default") is None
        return
    found = vault.mint("default", "scope", lambda _: good_for_an_hour(vault, "of-b"))
    assert found == ("of-a" if meanwhile == "nothing" else "of-b")
    vault.remove("default")


def test_where_no_lock_can_be_made_a_token_is_had_all_the_same(tmp_path: pathlib.Path) -> None:
    store = MemoryStore()
    keep(Vault(store, Index(None), VaultLock(None)), account("a"))
    (tmp_path / "a-file").touch()
    vault = Vault(store, Index(None), VaultLock(tmp_path / "a-file" / "lock"))
    assert vault.mint("default", "scope", lambda _: ("one", 9e9)) == "one"
    assert vault.mint("default", "scope", lambda _: ("two", 9e9)) == "two"
    assert store.get(heads.TOKEN, "default") is None


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "x" * 33, "ü", "a\n", "../x", "default "])
def test_a_name_that_is_none_is_kept_nowhere(name: str) -> None:
    vault = memory_vault()
    with pytest.raises(ValueError, match="name"):
        keep(vault, key("a"), name)
    for look in (vault.read, vault.previous, vault.remove, vault.rollback):
        with pytest.raises(NoSuchProfile):
            look(name)
    assert vault.profiles() == []


def stored(vault: Vault) -> MemoryStore:
    assert isinstance(vault._store, MemoryStore)
    return vault._store


def entry(name: str) -> tuple[str, str]:
    return heads.service_name("default", name), "default"


@pytest.mark.parametrize("damage", ["", "{", "garbage", '{"schema":"gemini-credentials/1"}', None])
def test_a_bad_head_is_read_past_and_written_past(damage: str | None) -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    keep(vault, key("b"))
    if damage is None:
        del stored(vault).entries[entry("current")]
    else:
        stored(vault).entries[entry("current")] = damage
    assert same_access(vault.read("default").access, key("a"))
    keep(vault, key("c"))
    assert same_access(vault.read("default").access, key("c"))
    assert same_access(vault.previous("default").access, key("a"))  # type: ignore[union-attr]
    assert stored(vault).entries[entry("key")] == key_text("c")


def test_a_missing_part_is_read_past_and_the_whole_one_stays_the_fallback() -> None:
    vault = Vault(MemoryStore(1200), Index(None), VaultLock(None))
    keep(vault, account("a"))
    keep(vault, account("b"))
    del stored(vault).entries[entry("g2.1")]
    assert same_access(vault.read("default").access, account("a"))
    keep(vault, account("c"))
    assert same_access(vault.previous("default").access, account("a"))  # type: ignore[union-attr]
    assert not [service for service, _ in stored(vault).entries if ".g2." in service]


def cut_in_half(vault: Vault, *names: str) -> None:
    for name in names:
        text = stored(vault).entries[entry(name)]
        stored(vault).entries[entry(name)] = text[: len(text) * 4 // 5]


def test_what_is_damaged_is_said_to_be_and_what_is_left_of_it_can_be_erased() -> None:
    vault = memory_vault()
    keep(vault, account("a"))
    keep(vault, account("b"))
    cut_in_half(vault, "previous")
    assert same_access(vault.read("default").access, account("b"))
    assert vault.previous("default") is None
    assert vault.forget_previous("default")
    assert entry("previous") not in stored(vault).entries

    keep(vault, account("c"))
    cut_in_half(vault, "current")
    with pytest.raises(VaultFault) as caught:
        vault.forget_previous("default")  # the only whole one
    assert caught.value.reason == "damaged"
    cut_in_half(vault, "previous")
    for act in (vault.read, vault.whole):
        with pytest.raises(VaultFault) as caught:
            act("default")
        assert (caught.value.fault, caught.value.reason) == (Fault.GONE, "damaged")
    with pytest.raises(NoSuchProfile):
        vault.rollback("default")
    assert vault.forget_previous("default")
    keep(vault, account("d"))
    assert same_access(vault.read("default").access, account("d"))


def test_a_key_whose_head_is_cut_off_is_not_lost_by_the_next_rotation() -> None:
    """Readers of `key` have gone on with it; the head says everything but the key."""
    vault = memory_vault()
    keep(vault, key("a"))
    keep(vault, key("b"))
    text = stored(vault).entries[entry("current")]
    stored(vault).entries[entry("current")] = text[: text.index('"credential"') + 20]
    keep(vault, key("c"))
    assert same_access(vault.read("default").access, key("c"))
    assert same_access(vault.previous("default").access, key("b"))  # type: ignore[union-attr]


@pytest.mark.parametrize("spoiled", ["endpoints", "key of the one before", "no key"])
def test_a_head_is_not_made_up(spoiled: str) -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    keep(vault, key("b"))
    text = stored(vault).entries[entry("current")]
    if spoiled == "endpoints":
        text = text.replace('"endpoints":null', '"endpoints":{"gemini":"https://gateway.example"}')
    elif spoiled == "no key":
        del stored(vault).entries[entry("key")]
    else:
        stored(vault).entries[entry("key")] = key_text("a")
    stored(vault).entries[entry("current")] = text[: text.index('"credential"') + 20]
    keep(vault, key("c"))
    assert same_access(vault.previous("default").access, key("a"))  # type: ignore[union-attr]


def test_with_both_damaged_it_is_gone_and_can_be_kept_anew() -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    stored(vault).entries[entry("current")] = "{"
    with pytest.raises(VaultFault) as caught:
        vault.read("default")
    assert caught.value.fault is Fault.GONE
    keep(vault, key("b"))
    assert same_access(vault.read("default").access, key("b"))


def test_a_value_garbled_once_is_read_again() -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    keep(vault, key("b"))
    answers = ["", "\ufffd\ufffd", "{"]
    store, honest = stored(vault), stored(vault)._read

    def garbled(service: str, user: str) -> str | None:
        if (service, user) == entry("current") and answers:
            return answers.pop()
        return honest(service, user)

    store._read = garbled  # type: ignore[method-assign]
    assert same_access(vault.read("default").access, key("b"))
    assert answers == []


def test_a_newer_schema_is_an_error_that_nothing_overwrites() -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    newer = stored(vault).entries[entry("current")].replace("credentials/1", "credentials/2")
    stored(vault).entries[entry("current")] = newer
    before = dict(stored(vault).entries)
    for act in (
        lambda: vault.read("default"),
        lambda: keep(vault, key("b")),
        lambda: vault.rollback("default"),
        lambda: vault.forget_previous("default"),
    ):
        with pytest.raises(NewerSchema):
            act()
    assert stored(vault).entries == before
    assert vault._index.unfinished() == ([], [])


def test_a_lost_index_loses_no_credential(tmp_path: pathlib.Path) -> None:
    store = MemoryStore()
    first = Vault(store, Index(tmp_path / "one.json"), VaultLock(None))
    keep(first, account("a"))
    second = Vault(store, Index(tmp_path / "two.json"), VaultLock(None))
    assert second.profiles() == []
    assert same_access(second.read("default").access, account("a"))
    second.note_checked("default", Outcome.ACCEPTED, "works", "m")
    assert [(row.name, row.model) for row in second.profiles()] == [("default", "m")]


def test_where_the_store_may_undo_its_last_writes_old_parts_stay_till_the_next_start(
    tmp_path: pathlib.Path,
) -> None:
    store = MemoryStore(1200)
    store.late = True
    index = Index(tmp_path / "profiles.json")
    vault = Vault(store, index, VaultLock(None))
    for mark in "abcd":
        keep(vault, account(mark))
    undone = {place: text for place, text in store.entries.items() if ".g" in place[0]}
    assert len({place[0].split(".g")[1].split(".")[0] for place in undone}) == 4

    Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None)).recover()
    left = {place[0].split(".g")[1].split(".")[0] for place in store.entries if ".g" in place[0]}
    assert left == {"3", "4"}
    assert index.unfinished() == ([], [])


def test_recover_without_anything_to_do_touches_no_keyring() -> None:
    vault = memory_vault()
    keep(vault, key("a"))
    stored(vault)._read = lambda *_: pytest.fail("the keyring was asked")  # type: ignore[method-assign]
    vault.recover()
    assert vault.profiles()


def test_no_secret_in_any_repr_or_exception() -> None:
    vault = Vault(MemoryStore(1200), Index(None), VaultLock(None))
    keep(vault, account("q"))
    keep(vault, key("q"))
    head, body = vault.whole("default")
    entries = vault._entries("default")
    shown = [vault, stored(vault), vault._index, head, vault.read("default"), vault.previous("default")]
    shown += [entries.slot("current"), entries.slot("previous"), vault.profiles(), Secret(body or "")]
    stored(vault).entries[entry("current")] = (body or "")[:-1]
    stored(vault).entries[entry("previous")] = (body or "")[:-2]
    with pytest.raises(VaultFault) as caught:
        vault.read("default")
    shown += [caught.value, caught.value.why, caught.value.args, caught.value.__context__]
    with pytest.raises(heads.Damaged) as damaged:
        heads.parse(body or "")
    shown += [damaged.value, damaged.value.__cause__, VaultFault(Fault.GONE, "x", "y")]
    text = " ".join(f"{thing!r} {thing}" for thing in shown)
    assert "NotAKey" not in text
    assert key_text("q") not in text


def test_a_head_unreadable_for_a_moment_loses_nothing_before_the_flip() -> None:
    vault = Vault(MemoryStore(1200), Index(None), VaultLock(None))
    keep(vault, account("a"))
    keep(vault, account("b"))
    store = stored(vault)
    good = store.entries[entry("current")]
    store.entries[entry("current")] = "{"
    for number in range(6):
        store.entries[entry(f"g3.{number}")] = "left by a killed run"
    honest = store._set

    def until_the_flip(service: str, user: str, text: str) -> None:
        if (service, user) == entry("current"):
            raise VaultFault(Fault.SLOW, "memory", "as the test wants it")
        honest(service, user, text)

    store._set = until_the_flip  # type: ignore[method-assign]
    with pytest.raises(VaultFault):
        keep(vault, account("c"))
    del store._set
    store.entries[entry("current")] = good
    assert same_access(vault.read("default").access, account("b"))

    store.entries[entry("current")] = "{"
    assert keep(vault, account("c")) == 3
    parts = [service for service, _ in store.entries if ".g3." in service]
    assert len(parts) == json.loads(store.entries[entry("current")])["parts"]
    assert not [service for service, _ in store.entries if ".g2." in service]


def test_a_head_that_fits_as_current_but_not_as_previous_goes_into_parts() -> None:
    store = keychain_store()
    tight = key("\\", 920)
    text = heads.compose(head_of(tight, 1, "2026-11-20T17:00:00Z"))
    assert store.fits("current", "work", text)
    assert not store.fits("previous", "work", text)
    vault = Vault(store, Index(None), VaultLock(None))
    keep(vault, tight, "work")
    keep(vault, key("b"), "work")
    before = vault.previous("work")
    assert before is not None
    assert same_access(before.access, tight)


def test_when_somebody_said_that_they_deleted_the_previous_one_is_the_first_time() -> None:
    """Each later "Ask Google" says it again; the date that is shown doesn't move with it."""
    vault = Vault(MemoryStore(), Index(None), VaultLock(None), Clock())
    keep(vault, key("a"))
    keep(vault, key("b"))
    seen = []
    for _ in range(2):
        assert vault.note_old("default", 1, deleted=True)
        row = vault.profile("default")
        assert row is not None
        assert row.old is not None
        seen.append(row.old.deleted)
    assert seen[0] is not None
    assert seen[0] == seen[1]
