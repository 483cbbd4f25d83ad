"""A profile gets another name: nothing of it is lost at any point, and what is written over was saved elsewhere first."""

from __future__ import annotations

import pathlib
import random
import time
from dataclasses import dataclass

import pytest

from gemini_setup.model.credentials import Access
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.vault import heads, relocation, removal
from gemini_setup.vault.codec import same_access
from gemini_setup.vault.entries import Entries
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .grounds import GnomeGround, Ground, PrivateGround, WindowsGround
from .kills import child
from .samples import WORKS, account, key
from .test_kills import Bench

Pair = tuple[Access | None, Access | None]


@dataclass(frozen=True)
class Story:
    """What is saved under which name, what is done, and what is saved then: (in use, previous) by name."""

    before: dict[str, tuple[Access, ...]]  # the history of each, the newest last
    act: tuple[str, str, str]

    @property
    def after(self) -> dict[str, tuple[Access, ...]]:
        old, new, apart = self.act
        moved = {new: self.before[old]} | ({apart: self.before[new]} if apart else {})
        left = {name: history for name, history in self.before.items() if name not in (old, new)}
        return left | moved


STORIES = {
    "a key": Story({"work": (key("a"), key("b")), "default": (key("x"),)}, ("work", "play", "")),
    "an account": Story({"work": (account("a"), account("b", 60))}, ("work", "default", "")),
    "the default": Story(
        {"default": (key("x"), account("y")), "work": (account("a"), key("b"))}, ("work", "default", "old")
    ),
    "the default from one alone": Story(
        {"default": (key("x"), key("y")), "work": (account("a"),)}, ("work", "default", "old")
    ),
    "the default, the same key": Story(
        {"default": (key("x"), key("b")), "work": (key("b"),)}, ("work", "default", "old")
    ),
}


def fill(vault: Vault, story: Story) -> None:
    for name, history in story.before.items():
        for access in history:
            vault.keep(name, access, **WORKS)  # type: ignore[arg-type]


def shown(vault: Vault) -> dict[str, Pair]:
    """What a program reads now, by name; a name of which entries are deleted just now reads as damaged."""
    found: dict[str, Pair] = {}
    for name in ("default", "work", "play", "old"):
        try:
            before = vault.previous(name)
            found[name] = vault.read(name).access, before.access if before else None
        except (NoSuchProfile, VaultFault):
            continue
    return found


def is_as(found: dict[str, Pair], wanted: dict[str, tuple[Access, ...]]) -> bool:
    pairs = {
        name: (history[-1], history[-2] if len(history) > 1 else None) for name, history in wanted.items()
    }
    return found.keys() == pairs.keys() and all(
        (one is other) or (one is not None and other is not None and same_access(one, other))
        for name in pairs
        for one, other in zip(found[name], pairs[name], strict=True)
    )


def lost(found: dict[str, Pair], story: Story) -> bool:
    """Is there a credential that was saved, in use or previous, and is under no name anymore?"""
    there = [one for pair in found.values() for one in pair if one is not None]
    wanted = [access for history in story.before.values() for access in history[-2:]]
    return not all(any(same_access(access, one) for one in there) for access in wanted)


def litter(entries: dict[str, str]) -> set[str]:
    """Entries that no head of their profile names."""
    named = set[str]()
    for name, text in entries.items():
        profile, _, entry = name.removeprefix(heads.PREFIX).partition(".")
        if entry in ("current", "previous"):
            head = heads.parse(text)
            named |= {name, *(f"{heads.PREFIX}{profile}.g{head.generation}.{n}" for n in range(head.parts))}
        if entry == "current":
            head = heads.parse(text)
            if head.kind == "api_key":
                named.add(f"{heads.PREFIX}{profile}.key")
    return set(entries) ^ named


def start(vault: Vault) -> None:
    """As a program does when it starts."""
    relocation.finish(vault, lambda _old, _new: None)
    vault.recover()


@pytest.mark.parametrize("name", STORIES)
def test_a_name_is_changed_whole(name: str, tmp_path: pathlib.Path) -> None:
    story, store = STORIES[name], MemoryStore(1200)
    vault = Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None))
    fill(vault, story)
    old, new, apart = story.act
    since = vault.profile(old)
    told: list[tuple[str, str]] = []
    assert relocation.rename(vault, *story.act, lambda *names: told.append(names)) == ""
    assert is_as(shown(vault), story.after)
    assert told == ([(new, apart)] if apart else []) + [(old, new)]
    assert {row.name for row in vault.profiles()} == set(story.after)
    row = vault.profile(new)
    assert row is not None
    assert since is not None
    assert (row.kept, row.worked, row.hint) == (since.kept, since.worked, since.hint)
    assert row.events[-1][1] == f"renamed from {old}"
    assert not litter({service: text for (service, _), text in store.entries.items()})
    assert vault._index.moving() is None
    # And back, as Undo does.
    if apart:
        assert relocation.rename(vault, apart, new, old) == ""
    else:
        assert relocation.rename(vault, new, old) == ""
    assert is_as(shown(vault), story.before)


@pytest.mark.parametrize("name", STORIES)
def test_a_process_that_dies_at_any_step_loses_nothing(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, bench = STORIES[name], Bench(tmp_path, monkeypatch)
    old, new, apart = story.act
    ends = set[bool]()
    for at in range(10_000):
        bench.reset([])
        fill(bench.process(), story)
        killed = bench.killed_at(at, lambda vault: relocation.rename(vault, *story.act))
        found = shown(bench.process())
        assert not lost(found, story), at
        if apart:  # who asks for no name always gets one of the two, whole
            assert any(
                same_access(found[new][0], one)  # type: ignore[arg-type]
                for one in (story.before[old][-1], story.before[new][-1])
            ), at
        start(bench.process())
        found = shown(bench.process())
        done = is_as(found, story.after)
        assert done or is_as(found, story.before), at
        ends.add(done)
        assert {row.name for row in bench.process().profiles()} == set(found), at
        assert not litter({service: text for (service, _), text in bench.entries()}), at
        if not killed:
            assert done
            break
    assert ends == {True, False}
    assert at > 20


def test_what_was_changed_after_a_kill_is_not_written_over(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program that does not finish the renaming saves a new key meanwhile, on either side."""
    story, bench = STORIES["the default"], Bench(tmp_path, monkeypatch)
    for place in ("default", "work"):
        for at in range(0, 10_000, 3):
            bench.reset([])
            fill(bench.process(), story)
            killed = bench.killed_at(at, lambda vault: relocation.rename(vault, *story.act))
            before = shown(bench.process())
            if not killed or place not in before:
                break
            bench.process().keep(place, key("n"), **WORKS)  # type: ignore[arg-type]
            start(bench.process())
            found = shown(bench.process())
            there = [one for pair in found.values() for one in pair if one is not None]
            for access in (key("n"), story.before["default" if place == "work" else "work"][-1]):
                assert any(same_access(access, one) for one in there), (place, at)
            assert bench.process()._index.moving() is None


def test_what_was_made_at_google_goes_with_its_profile(tmp_path: pathlib.Path) -> None:
    vault = Vault(MemoryStore(1200), Index(tmp_path / "profiles.json"), VaultLock(None))
    fill(vault, STORIES["the default"])
    for name in ("default", "work"):
        made = Made(MadeKind.API_KEY, f"key-of-{name}", "project-a", name, "intent", Stage.MADE)
        assert vault._index.note_made(made)
    assert relocation.rename(vault, "work", "default", "old") == ""
    assert {made.name: made.profile for made in vault._index.made()} == {
        "key-of-default": "old",
        "key-of-work": "default",
    }
    assert {made.stage for made in vault._index.made()} == {Stage.MADE}


def test_names_that_are_in_use_or_under_way_are_left_alone(tmp_path: pathlib.Path) -> None:
    store = MemoryStore(1200)
    vault = Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None))
    for name, mark in (("default", "x"), ("work", "a"), ("play", "p")):
        vault.keep(name, key(mark), **WORKS)  # type: ignore[arg-type]
    before = dict(store.entries)
    for act in (
        ("work", "play", ""),
        ("work", "work", ""),
        ("work", "default", "play"),
        ("work", "default", "work"),
    ):
        assert relocation.rename(vault, *act) == "taken", act
    removal.begin(vault, "play")
    assert relocation.rename(vault, "play", "other") == "unfinished"
    store.put(heads.PENDING, "work", "{}")
    assert relocation.rename(vault, "work", "other") == "unfinished"
    assert relocation.rename(vault, "default", "work", "other") == "unfinished"
    with pytest.raises(NoSuchProfile):
        relocation.rename(vault, "nobody", "other")
    store.delete(heads.PENDING, "work")
    assert store.entries == before


def test_an_unlisted_one_gets_a_name_as_well(tmp_path: pathlib.Path) -> None:
    store = MemoryStore(1200)
    Vault(store, Index(None), VaultLock(None)).keep("default", key("x"), **WORKS)  # type: ignore[arg-type]
    vault = Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None))
    assert relocation.rename(vault, "default", "work") == ""
    assert [(row.name, row.hint) for row in vault.profiles()] == [("work", key("x").credential.hint)]


def test_without_a_list_to_note_it_in_nothing_is_begun(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gemini_setup.vault import index

    store = MemoryStore(1200)
    vault = Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None))
    vault.keep("default", key("x"), **WORKS)  # type: ignore[arg-type]
    before = dict(store.entries)

    def refuse(_path: pathlib.Path, _text: str) -> None:
        raise OSError(13, "no")

    monkeypatch.setattr(index, "_write", refuse)
    with pytest.raises(VaultFault) as caught:
        relocation.rename(vault, "default", "work")
    assert caught.value.reason == "no-folder"
    assert store.entries == before


class _Late(MemoryStore):
    late = True


def test_where_the_store_may_undo_its_last_seconds_the_old_name_stays_until_it_has_settled(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _Late(1200)
    vault = Vault(store, Index(tmp_path / "profiles.json"), VaultLock(None))
    vault.keep("default", key("x"), **WORKS)  # type: ignore[arg-type]
    there: list[bool] = []

    def sleep(seconds: float) -> None:
        assert seconds == relocation.SETTLING
        there.extend(Entries(store, name).whole() is not None for name in ("default", "work"))

    monkeypatch.setattr(time, "sleep", sleep)
    assert relocation.rename(vault, "default", "work") == ""
    assert there == [True, True]
    assert list(shown(vault)) == ["work"]


@pytest.mark.parametrize("kind", ["private", "windows", "gnome"])
def test_killed_for_real(kind: str, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> None:
    """By SIGKILL, in a process of its own, at points spread over the operations of the store and of files."""
    story = STORIES["the default"]
    folder = tmp_path / "ours"
    ground: Ground
    if kind == "gnome":
        keyring: SecretService = request.getfixturevalue("keyring")
        ground = GnomeGround(folder, keyring)
    else:
        ground = PrivateGround(folder) if kind == "private" else WindowsGround(folder, tmp_path / "beside")

    def act(vault: Vault) -> object:
        return relocation.rename(vault, *story.act)

    ground.restore(({}, {}))
    vault = ground.vault()
    fill(vault, story)
    vault.close()
    taken = ground.snapshot()
    _, points = child(ground, act, -1)
    assert points > 40
    chance = random.Random(14)
    for at in sorted(chance.sample(range(points), 4 if kind == "gnome" else 12)):
        ground.restore(taken)
        killed, _ = child(ground, act, at)
        assert killed, at
        vault = ground.vault()
        assert not lost(shown(vault), story), at
        start(vault)
        found = shown(vault)
        assert is_as(found, story.after) or is_as(found, story.before), at
        assert {row.name for row in vault.profiles()} == set(found), at
        assert not litter(
            {name: t for name, t in ground.entries().items() if name.startswith(heads.PREFIX)}
        ), at
        vault.close()
    ground.close()
