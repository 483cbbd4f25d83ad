"""The vault: profiles kept, replaced, read and forgotten without ever being lost (DESIGN §4, "Writers").

At every step of every method, a process that dies leaves a whole credential to readers, the old or the new; the next
write, or `recover()` at the next start, clears up after it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gemini_setup.model.credentials import (
    Access,
    Profile,
    StoredCredential,
    is_profile_name,
)
from gemini_setup.model.made import Made
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault import candidate, heads, removal, token_cache
from gemini_setup.vault.codec import head_of, same_access
from gemini_setup.vault.entries import Entries, Slot
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.rows import Rows
from gemini_setup.vault.store import Store


class Keeping(NamedTuple):
    """What `keep` did. `unchanged`: this very credential was kept already, only "last checked" is new.

    `before` is the credential that it replaced and that `rollback` brings back.
    """

    kept: StoredCredential
    unchanged: bool
    before: StoredCredential | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Vault:
    """Blocking: for one worker thread. Raises VaultFault, NoSuchProfile; ValueError for a name that is none."""

    def __init__(
        self, store: Store, index: Index, lock: VaultLock, clock: Callable[[], datetime] = _now
    ) -> None:
        self._store = store
        self._index = index
        self._lock = lock
        self._minting = lock.beside("token.lock")
        self._clock = clock
        self._rows = Rows(index, store.name, self._time)
        self._waiting: dict[str, set[int]] = {}  # generations whose parts this process must not drop yet

    def __repr__(self) -> str:
        return f"<Vault in {self._store!r}>"

    def close(self) -> None:
        """Let go of the connection to the keyring; the vault can still be used and then makes another."""
        self._store.close()

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def store_name(self) -> str:
        """The system's own name of the store, to be shown to people."""
        return self._store.name

    @property
    def who_reads(self) -> str:
        """Who can read what is kept here: an id of `[readers]` of the words. Asks nobody."""
        return self._store.readers

    @property
    def warning(self) -> str | None:
        """An id of what the person must know about the store: "empty-password", or None."""
        return self._store.warning

    @property
    def file(self) -> str | None:
        """The file or folder in which what is kept lies in clear, or None."""
        return self._store.file

    @property
    def asking(self) -> bool:
        """Is the system asking the person for the keyring's password at this moment? For another thread to see."""
        return self._store.asking

    def read(self, profile: str) -> StoredCredential:
        """The credential in use. Never writes."""
        kept = self._entries(profile).effective().kept
        assert kept is not None
        return kept

    def whole(self, profile: str) -> tuple[heads.Head, str | None]:
        """The same as head and credential text, for the reader."""
        slot = self._entries(profile).effective()
        assert slot.head is not None
        return slot.head, slot.body

    def previous(self, profile: str) -> StoredCredential | None:
        """The credential before the one in use, None if there is none or it is not whole."""
        entries = self._entries(profile)
        before = entries.slot(heads.PREVIOUS).kept
        if before is None:
            return None
        return before if before.generation != entries.effective().generation else None

    def has_previous(self, profile: str) -> bool:
        """Is there an entry of one, whole or damaged?"""
        return self._store.get(heads.PREVIOUS, self._entries(profile).name) is not None

    def profiles(self) -> list[Profile]:
        """The index: what may be shown of each profile. Touches no secret and no keyring."""
        return self._index.profiles()

    def profile(self, name: str) -> Profile | None:
        return self._index.profile(name)

    def found(self) -> frozenset[str]:
        """Profiles of which the store holds something, whatever the index says. Reads no secret, asks nobody."""
        return self._store.found()

    def unlisted(self) -> tuple[str, ...]:
        """Profiles that the store holds and the index does not show: it was lost. Reads no secret, asks nobody."""
        listed = {row.name for row in self._index.profiles()} | set(self._index.unfinished()[1])
        names = (name for name in self._store.found() if is_profile_name(name) and name not in listed)
        return tuple(sorted(names, key=lambda name: (name != "default", name)))

    # -- writing ---------------------------------------------------------------------------------------------

    def keep(
        self, profile: str, access: Access, *, model: str | None = None, outcome: Outcome, cause: str
    ) -> Keeping:
        """Keep a credential that was checked; the one in use becomes the previous one."""
        entries = self._named(profile)
        with self._lock.held():
            current, previous = self._heal(entries)
            if current.kept is not None and same_access(current.kept.access, access):
                self._rows.write(current.kept, profile, model, outcome, cause, None)
                return Keeping(current.kept, True)
            event = "replaced" if current.text is not None or previous.text is not None else "kept"
            kept = self._rotate(entries, current, previous, access)
            before = current.kept or previous.kept
            self._rows.write(kept, profile, model, outcome, cause, event, before)
            self._drop_old(entries, kept, current, previous)
            return Keeping(kept, False, before)

    def note_checked(
        self,
        profile: str,
        outcome: Outcome,
        cause: str,
        model: str | None = None,
        *,
        checked: StoredCredential | None = None,
    ) -> None:
        """Write down the outcome of a check of a kept profile. Reads the keyring only if the index was lost.

        `checked` is the credential that was asked: nothing is written where another one is in use by now, or none.
        """
        with self._lock.held():
            if checked is not None and not self._in_use(profile, checked):
                return
            row = self._index.profile(profile) or self._rows.of(self.read(profile), profile)
            now = self._time()
            worked = now if cause == "works" else row.last_worked
            row = replace(
                row, outcome=outcome, cause=cause, checked=now, model=model or row.model, worked=worked
            )
            self._index.keep(row, None, self._time(), done=False)

    def rollback(self, profile: str) -> StoredCredential:
        """Bring the previous credential back: a rotation to its content. NoSuchProfile if there is none."""
        entries = self._entries(profile)
        with self._lock.held():
            current, previous = self._heal(entries)
            if previous.kept is None or previous.generation == current.generation:
                raise NoSuchProfile(profile)
            kept = self._rotate(entries, current, previous, previous.kept.access, swap=True)
            model = self._rows.model_of(previous.kept, profile)
            self._rows.write(kept, profile, model, None, None, "rolled back", current.kept)
            self._drop_old(entries, kept, current, previous)
            return kept

    def forget_previous(self, profile: str, generation: int | None = None) -> bool:
        """Erase the previous credential; False if there was none, or (`generation` given) if it is another one by now."""
        entries = self._entries(profile)
        with self._lock.held():
            current, previous = self._heal(entries)
            if previous.text is None or generation not in (None, previous.generation):
                return False
            if current.kept is None and previous.kept is not None:
                raise VaultFault(
                    Fault.GONE, self.store_name, "the previous credential is the only whole one", "damaged"
                )
            entries.delete(heads.TOKEN)
            entries.delete(heads.PREVIOUS)
            if previous.generation != current.generation:
                entries.drop_parts(previous.generation, previous.head.parts if previous.head else 0)
            row = self._index.profile(profile)
            if row is None and current.kept is not None:
                row = self._rows.of(current.kept, profile)
            if row is not None:
                self._index.keep(replace(row, old=None), "the previous one erased", self._time())
            return True

    def note_old(
        self,
        profile: str,
        generation: int,
        *,
        deleted: bool = False,
        dead: bool = False,
        asked: tuple[str | None] | None = None,
    ) -> bool:
        """Write down what is known of the replaced credential: the person deleted it at Google, or it is proven dead.

        `asked` is what Google said when it was asked just now: the cause by which it refused it, None if it did not.
        False, and nothing is written, where no rotation is open or the old one is of another generation by now.
        """
        entries = self._entries(profile)
        with self._lock.held():
            row = self._index.profile(profile)
            if row is None or row.old is None or entries.slot(heads.PREVIOUS).generation != generation:
                return False
            said = row.old.deleted or (self._time() if deleted else None)  # the first time counts
            refused = asked[0] if asked is not None else row.old.refused
            old = replace(row.old, deleted=said, dead=dead, refused=refused)
            self._index.keep(
                replace(row, old=old), "the old one is dead" if dead else None, self._time(), done=False
            )
            return True

    # -- what is made at Google (DESIGN §9) ------------------------------------------------------------------

    def made(self) -> list[Made]:
        """What this program made there. Touches no keyring."""
        return self._index.made()

    def note_made(self, made: Made, over: Made | None = None) -> None:
        """Write it down over what is known of it, or `over` another one. VaultFault where that cannot be done."""
        with self._lock.held():
            if not self._index.note_made(made, over):
                raise VaultFault(Fault.DENIED, "", "the list of profiles cannot be written", "no-folder")

    def drop_made(self, made: Made) -> None:
        with self._lock.held():
            self._index.drop_made(made)

    def pend(self, profile: str, access: Access) -> None:
        """Keep a credential that is not in use yet, beside those that are."""
        candidate.put(self, profile, access)

    def pending(self, profile: str) -> Access | None:
        return candidate.get(self, profile)

    def unpend(self, profile: str) -> None:
        """Erase it: it is in use by now, or was undone."""
        candidate.drop(self, profile)

    def take_over(self, other: Vault, name: str, new_name: str | None = None) -> None:
        """Say of a credential that was copied here what `other` said of it: since when, last checked, delivered where.

        The holder of the lock of both calls this.
        """
        event = f"moved to {self._store.name}"
        self._index.take_over(other._index, name, new_name or name, self._store.name, event, self._time())

    def mint(self, profile: str, scope: str, minting: Callable[[StoredCredential], tuple[str, float]]) -> str:
        """An access token good for five minutes at least: the kept one, or a new one from `minting`, which is kept.

        `minting` returns the token and its end in seconds of the epoch; what it raises is passed on. Two programs that
        ask at once mint one: the second finds the first one's. It waits for a network, so it holds a lock of its own,
        and no writer waits for it; without that lock (a home that nobody may write) a token is had all the same. One of
        a sign-in is never kept: the sign-in may be another by the next time. NoSuchProfile, VaultFault.
        """
        entries = self._entries(profile)
        with contextlib.ExitStack() as until_kept:
            slot = entries.effective()
            if slot.head is not None and slot.head.kind != "adc":
                with contextlib.suppress(VaultFault):
                    until_kept.enter_context(self._minting.held())
                slot = entries.effective()  # it may have been a wait
            assert slot.head is not None
            assert slot.kept is not None
            now = self._clock().timestamp()
            kept = token_cache.usable(self._store.get(heads.TOKEN, profile), slot.head, scope, now)
            if kept is not None:
                return kept
            minted, expires = minting(slot.kept)
            self._keep_token(entries, slot, token_cache.compose(slot.head, scope, expires, minted))
            return minted

    def _keep_token(self, entries: Entries, slot: Slot, text: str) -> None:
        """A token that is not kept is minted again: nothing is raised."""
        assert slot.head is not None
        if slot.head.kind == "adc" or not self._store.fits(heads.TOKEN, entries.name, text):
            return
        if not heads.is_printable(text):
            return
        with contextlib.suppress(VaultFault), self._lock.held():
            # Only beside the very head that it is for: a reader of `previous` writes nothing, nor who was overtaken.
            if self._store.get(heads.CURRENT, entries.name) == slot.text:
                self._store.put(heads.TOKEN, entries.name, text)

    def remove(self, profile: str, before: Callable[[], None] = lambda: None, *, begun: bool = False) -> None:
        """Forget a profile: every entry, then its row. NoSuchProfile if nothing is there, or (`begun`) it is not marked.

        `before` is called when nothing can refuse it any longer, right before the first deletion. After a VaultFault the
        row says whether anything was deleted (`Profile.removing`).
        """
        removal.remove(self, profile, before, begun=begun)

    def recover(self) -> None:
        """At the start of a program: finish what a killed run began. Touches the keyring only if there is such.

        A removal is finished only where nothing whole is left; else it waits for the person, and the list says so.
        """
        if not any(self._index.unfinished()):
            return
        with self._lock.held():
            self._store.tidy()
            begun, half_removed = self._index.unfinished()  # another program may have been at it
            for name in half_removed:
                removal.finish(self, name)
            for name in begun:
                if is_profile_name(name):
                    self._recover(Entries(self._store, name))

    # -- the steps -------------------------------------------------------------------------------------------

    def _rotate(
        self, entries: Entries, current: Slot, previous: Slot, access: Access, *, swap: bool = False
    ) -> StoredCredential:
        """Parts, `previous`, the flip, `key`. What is in use is whole at every moment.

        `swap`: what is to be in use is kept in `previous` alone, which is written before the flip: it waits in `next`.
        """
        generation = max(current.generation, previous.generation) + 1
        if current.text is not None and current.head is None:
            generation += 1  # the unreadable head may be of the next one, and whole again at the next read
        created = self._time(*(slot.kept.created for slot in (current, previous) if slot.kept is not None))
        head = head_of(access, generation, created)
        text = entries.write_parts(head)
        if swap:
            entries.put(heads.NEXT, text)
        if current.kept is not None and current.text is not None and current.text != previous.text:
            entries.put(heads.PREVIOUS, current.text)
        entries.delete(heads.TOKEN)
        entries.put(heads.CURRENT, text)
        if swap:
            entries.delete(heads.NEXT)
        kept = StoredCredential(access, generation, created)
        entries.write_key(Slot(text, head, kept, head.body))
        return kept

    def _drop_old(self, entries: Entries, kept: StoredCredential, current: Slot, previous: Slot) -> None:
        """The parts that `previous` used to name; later, where the store may yet undo what it just did."""
        before = current if current.kept is not None else previous
        named = {kept.generation, before.generation}
        if self._store.late:
            waiting = self._waiting.setdefault(entries.name, set())
            waiting.update({previous.generation, current.generation} - named)
            return
        entries.sweep(kept.generation, named, current, previous)
        self._index.finish(entries.name)

    def _heal(self, entries: Entries) -> tuple[Slot, Slot]:
        """Undo what a killed run left; the heads as they are then. NewerSchema before anything is touched."""
        self._store.tidy()
        current, previous = entries.slot(heads.CURRENT), entries.slot(heads.PREVIOUS)
        if current.text is None and previous.kept is not None and previous.text is not None:
            entries.put(heads.CURRENT, previous.text)
            current = previous
        elif current.text is not None and current.kept is None:
            current = entries.mend(current, previous)
            if current.kept is None:
                return current, previous  # perhaps unreadable for a moment only: nothing of it is touched
        previous = self._undo_swap(entries, current, previous)
        entries.write_key(current)
        newest = max(current.generation, previous.generation)
        spared = {current.generation, previous.generation} | self._waiting.get(entries.name, set())
        entries.sweep(newest, spared, current, previous)
        return current, previous

    def _undo_swap(self, entries: Entries, current: Slot, previous: Slot) -> Slot:
        """After a rollback that was killed before the flip: what it was to bring back is `previous` again."""
        waiting = entries.slot(heads.NEXT)
        if waiting.text is None:
            return previous
        if (
            waiting.kept is not None
            and waiting.generation > current.generation
            and current.text == previous.text
        ):
            entries.put(heads.PREVIOUS, waiting.text)
            previous = waiting
        entries.delete(heads.NEXT)
        return previous

    def _recover(self, entries: Entries) -> None:
        current, previous = self._heal(entries)
        row = self._index.profile(entries.name)
        if current.kept is not None and (row is None or not self._rows.shows(row, current.kept)):
            # The killed run had come as far as the keyring, but not to the list.
            before = previous.kept if previous.generation != current.generation else None
            new = replace(
                self._rows.of(current.kept, entries.name),
                old=self._rows.replaced(before, entries.name) if before else None,
            )
            self._index.keep(new, "replaced" if before else "kept", self._time())
        self._index.finish(entries.name)

    def _in_use(self, profile: str, kept: StoredCredential) -> bool:
        """Is it still this one? A profile removed and saved again begins at generation 1."""
        try:
            found = self.read(profile)
        except NoSuchProfile:
            return False
        return found.generation == kept.generation and same_access(found.access, kept.access)

    def _entries(self, profile: str) -> Entries:
        """Of a profile that is looked for: a name that cannot be one is simply not there."""
        if not is_profile_name(profile):
            raise NoSuchProfile(profile)
        return Entries(self._store, profile, self._index.begin)

    def _named(self, profile: str) -> Entries:
        if not is_profile_name(profile):
            raise ValueError("a profile's name is 1 to 32 of a-z, 0-9 and -")
        return Entries(self._store, profile, self._index.begin)

    def _time(self, *taken: str) -> str:
        """This second, or the next that is not `taken`: by its second, a place is known to have an older credential."""
        now = self._clock().astimezone(UTC)
        while (found := now.strftime("%Y-%m-%dT%H:%M:%SZ")) in taken:
            now += timedelta(seconds=1)
        return found
