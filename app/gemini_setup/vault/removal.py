"""Forgetting a profile, in steps of which none is taken back in silence and none is finished unasked.

What may refuse is asked first: the keyring is opened and found before the list says a word. From then on the row is
marked, so that a removal under way is seen, and one that did not come to its end; which of the two ways it goes from
there is the person's to say, as long as there is something whole to keep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gemini_setup.vault import candidate, heads
from gemini_setup.vault.entries import Entries
from gemini_setup.vault.faults import NewerSchema, NoSuchProfile

if TYPE_CHECKING:
    from gemini_setup.model.credentials import Profile
    from gemini_setup.vault.entries import Slot
    from gemini_setup.vault.index import Index
    from gemini_setup.vault.lock import VaultLock
    from gemini_setup.vault.rows import Rows
    from gemini_setup.vault.store import Store


class Owner(Protocol):
    """The vault, as far as a removal needs it."""

    _store: Store
    _index: Index
    _lock: VaultLock
    _rows: Rows
    _waiting: dict[str, set[int]]

    def _entries(self, profile: str) -> Entries: ...
    def _heal(self, entries: Entries) -> tuple[Slot, Slot]: ...
    def _time(self) -> str: ...


def _begin(vault: Owner, entries: Entries) -> None:
    # Also where the list knows it: a keyring that does not open says so here.
    there = [vault._store.get(entry, entries.name) for entry in (heads.CURRENT, heads.PREVIOUS)]
    row = vault._index.profile(entries.name)
    if row is None and there == [None, None] and not vault._index.is_removing(entries.name):
        raise NoSuchProfile(entries.name)
    if row is None:
        with contextlib.suppress(NewerSchema):
            row = _row(vault, entries)
    vault._index.mark_removing(entries.name, row)


def _row(vault: Owner, entries: Entries) -> Profile | None:
    kept = entries.whole()
    return vault._rows.of(kept, entries.name) if kept is not None else None


def begin(vault: Owner, profile: str, before: Callable[[], None] = lambda: None) -> None:
    """Mark it as being removed; `remove` finishes that and `take_back` ends it. What is saved is read as before.

    `before` is called once it is marked; where that raises, it is not marked anymore. NoSuchProfile.
    """
    entries = vault._entries(profile)
    with vault._lock.held():
        _begin(vault, entries)
        try:
            before()
        except BaseException:
            vault._index.unmark_removing(profile)
            raise


def remove(
    vault: Owner, profile: str, before: Callable[[], None] = lambda: None, *, begun: bool = False
) -> None:
    """Forget it: every entry, then its row. NoSuchProfile if nothing is there, or (`begun`) if it is not marked.

    `before` is called once it is marked and before the first deletion. A fault up to then leaves it as it was; a later
    one leaves it marked.
    """
    entries = vault._entries(profile)
    with vault._lock.held():
        marked = vault._index.is_removing(profile)
        if begun and not marked:
            raise NoSuchProfile(profile)
        _begin(vault, entries)
        deleted: list[str] = []
        try:
            before()
            erase(vault, entries, deleted)
        except BaseException:
            if not deleted and not marked:
                vault._index.unmark_removing(profile)
                vault._index.begin(profile)  # a deletion may have come through unproven: the next start looks
            raise


def erase(vault: Owner, entries: Entries, deleted: list[str] | None = None) -> None:
    """Every entry and the row. `deleted` is told each entry that has gone."""
    gone = deleted if deleted is not None else []
    generations = dict[int, int]()
    for entry in (heads.NEXT, heads.PREVIOUS, heads.CURRENT):
        text = vault._store.get(entry, entries.name)
        with contextlib.suppress(heads.Damaged, heads.UnknownSchema):
            head = heads.parse(text or "")
            generations[head.generation] = head.parts
    for entry in (heads.KEY, heads.TOKEN, heads.NEXT, heads.PREVIOUS):
        entries.delete(entry)
        gone.append(entry)
    candidate.erase(entries)
    for generation, count in generations.items():
        entries.drop_parts(generation, count)
    entries.sweep(max(generations, default=0), set())
    entries.delete(heads.CURRENT)
    vault._index.drop(entries.name)
    vault._waiting.pop(entries.name, None)


def take_back(vault: Owner, profile: str) -> bool:
    """Keep it after all: what programs read is as the head says, and the mark goes. False where nothing is whole."""
    entries = vault._entries(profile)
    with vault._lock.held():
        current, previous = vault._heal(entries)
        kept = current.kept or previous.kept
        if kept is None:
            return False
        row = vault._index.profile(profile) or vault._rows.of(kept, profile)
        old = row.old if previous.kept is not None and previous.generation != kept.generation else None
        vault._index.keep(replace(row, removing=False, old=old), "not removed", vault._time())
        return True


def finish(vault: Owner, name: str) -> None:
    """At a start: a removal that left nothing to be kept comes to its end. The lock is held."""
    entries = Entries(vault._store, name)
    with contextlib.suppress(NewerSchema):
        row = _row(vault, entries)
        if row is None:
            erase(vault, entries)
        elif vault._index.profile(name) is None:  # marked by a program that could not say what it is
            vault._index.keep(replace(row, removing=True), None, vault._time(), done=False)
