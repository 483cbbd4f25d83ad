"""What waits to be used: whole or absent at every step, beside what is in use, and gone when it should be."""

from __future__ import annotations

import pathlib

import pytest

from gemini_setup.model.credentials import Access
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault import heads
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore
from gemini_setup.vault.vault import Vault

from .samples import account, key
from .test_kills import Bench, keeping

__all__ = ["bench"]
ONE, TWO, THREE = account("kwzqv"), account("xjfhy", 60), account("bgmpd")
MADE = Made(MadeKind.SERVICE_ACCOUNT_KEY, "ab12", "shop", "default", "abcdefgh", Stage.PENDING, hint="ab12")


@pytest.fixture
def bench(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def _entries(bench: Bench) -> set[str]:
    return {service.removeprefix(heads.PREFIX + "default.") for (service, _), _ in bench.entries()}


@pytest.mark.parametrize("first", [ONE, TWO, key("kwzqv")], ids=["parts", "many parts", "key"])
@pytest.mark.parametrize("second", [ONE, THREE, key("bgmpd")], ids=["the same", "parts", "key"])
def test_a_process_that_dies_leaves_the_one_or_the_other_whole(
    bench: Bench, first: Access, second: Access
) -> None:
    half_step = 0
    while True:
        bench.reset([key("xjfhy")])
        bench.process().pend("default", first)
        killed = bench.killed_at(half_step, lambda vault: vault.pend("default", second))
        found = bench.process().pending("default")
        assert found is not None
        assert same_access(found, first) or same_access(found, second), half_step
        bench.process().pend("default", second)
        bench.process().unpend("default")
        assert _entries(bench) == {"current", "key"}, half_step
        if not killed:
            break
        half_step += 1
    assert half_step >= 2


def test_it_survives_rotations_rollbacks_and_the_healing_of_what_was_killed(bench: Bench) -> None:
    bench.reset([account("xjfhy")])
    bench.process().pend("default", TWO)
    for half_step in range(12):
        bench.killed_at(half_step, keeping(account(f"bgm{'abcdefghijkl'[half_step]}d")))
        bench.process().recover()
    keeping(key("kwzqv"))(bench.process())
    bench.process().rollback("default")
    bench.process().forget_previous("default")
    found = bench.process().pending("default")
    assert found is not None
    assert same_access(found, TWO)


def test_readers_never_see_it(bench: Bench) -> None:
    bench.reset([])
    bench.process().pend("default", TWO)
    with pytest.raises(NoSuchProfile):
        bench.process().read("default")
    assert bench.process().unlisted() == ()


def test_it_goes_with_its_profile_and_nobody_is_said_to_use_it(bench: Bench) -> None:
    half_step = 0
    while True:
        bench.reset([account("xjfhy")])
        bench.process().note_made(MADE)
        bench.process().pend("default", TWO)
        killed = bench.killed_at(half_step, lambda vault: vault.remove("default"))
        if killed:
            bench.process().recover()
            try:
                bench.process().remove("default")
            except NoSuchProfile:
                pass
        assert _entries(bench) == set(), half_step
        assert [made.stage for made in bench.process().made()] == [Stage.MADE]
        if not killed:
            break
        half_step += 1


def test_an_intent_that_cannot_be_written_down_is_told(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "no folder"
    place.write_text("a file")
    vault = Vault(MemoryStore(), Index(place / "profiles.json"), VaultLock(None))
    with pytest.raises(VaultFault):
        vault.note_made(MADE)


def test_what_was_made_follows_a_profile_to_its_new_name_and_place(tmp_path: pathlib.Path) -> None:
    vault = Vault(MemoryStore(), Index(tmp_path / "profiles.json"), VaultLock(None))
    vault.keep("default", key("kwzqv"), outcome=Outcome.ACCEPTED, cause="works")
    vault.note_made(MADE)
    vault.take_over(vault, "default", "work")
    assert [made.profile for made in vault.made()] == ["work"]
    other = Vault(MemoryStore(), Index(tmp_path / "others.json"), VaultLock(None))
    other.take_over(vault, "work")
    assert [made.profile for made in other.made()] == ["work"]
    assert [made.profile for made in vault.made()] == ["work"]


def test_a_newer_row_of_the_list_is_kept_as_it_is(tmp_path: pathlib.Path) -> None:
    import json

    file = tmp_path / "profiles.json"
    newer = {"kind": "hologram", "name": "x"}
    file.write_text(json.dumps({"version": 1, "open": [], "profiles": [], "made": [newer, "nonsense"]}))
    index = Index(file)
    assert index.made() == []
    assert index.note_made(MADE)
    index.drop_made(MADE)
    assert json.loads(file.read_text())["made"] == [newer, "nonsense"]
