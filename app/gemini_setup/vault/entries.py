"""What the entries of one profile hold: heads read as readers must, parts, and what nobody names anymore."""

from __future__ import annotations

from collections.abc import Callable

from gemini_setup.model.credentials import StoredCredential
from gemini_setup.model.outcomes import Fault
from gemini_setup.vault import heads
from gemini_setup.vault.codec import kept_of
from gemini_setup.vault.faults import NewerSchema, NoSuchProfile, VaultFault
from gemini_setup.vault.store import Store

READS = 4  # a value that is there but bad is read again three times: KWallet garbles one read in 200

_SWEEP = 4  # generations looked back over for parts that nobody names; writers heal first, so they lie near
_SWEEP_LATE = 16  # where the parts of a whole session may wait for the next start


class Slot:
    """One head entry as it was found: `text` None if absent; `head` None if damaged; `kept` None if not whole."""

    __slots__ = ("body", "head", "kept", "text")

    def __init__(
        self,
        text: str | None,
        head: heads.Head | None = None,
        kept: StoredCredential | None = None,
        body: str | None = None,
    ) -> None:
        self.text = text
        self.head = head
        self.kept = kept
        self.body = body

    def __repr__(self) -> str:
        return f"<Slot {self.head!r} whole={self.kept is not None}>"

    @property
    def generation(self) -> int:
        return self.head.generation if self.head else 0


class Entries:
    """The entries of the profile `name` in a store. Methods raise VaultFault."""

    def __init__(self, store: Store, name: str, before: Callable[[str], None] | None = None) -> None:
        """`before` is called with the name, once, right before the first change of an entry."""
        self.store = store
        self.name = name
        self._before = before

    # -- reading ---------------------------------------------------------------------------------------------

    def slot(self, entry: str) -> Slot:
        """A head with its credential. Each try begins at the head: a writer may have dropped the parts it named."""
        slot = Slot(None)
        for _ in range(READS):
            text = self.store.get(entry, self.name)
            if text is None:
                return Slot(None)
            slot = Slot(text)
            try:
                slot.head = heads.parse(text)
                body = heads.whole(slot.head, self._parts(slot.head))
                slot.kept, slot.body = kept_of(slot.head, body), body
            except heads.UnknownSchema:
                raise NewerSchema(self.store.name) from None
            except heads.Damaged:
                continue
            return slot
        return slot

    def _parts(self, head: heads.Head) -> list[str | None]:
        found: list[str | None] = []
        for number in range(head.parts):
            text = self.store.get(heads.part_name(head.generation, number), self.name)
            found.append(text)
            if not text:
                break
        return found

    def effective(self) -> Slot:
        """What readers read: `current`, or `previous` if that is absent or bad. NoSuchProfile if both are absent."""
        current = self.slot(heads.CURRENT)
        if current.kept is not None:
            return current
        previous = self.slot(heads.PREVIOUS)
        if previous.kept is not None:
            return previous
        if current.text is None and previous.text is None:
            raise NoSuchProfile(self.name)
        raise self.damaged()

    def damaged(self) -> VaultFault:
        return VaultFault(Fault.GONE, self.store.name, f"what is kept for {self.name} is damaged", "damaged")

    def whole(self) -> StoredCredential | None:
        """What readers read, None where there is nothing whole. NewerSchema."""
        return self.slot(heads.CURRENT).kept or self.slot(heads.PREVIOUS).kept

    # -- writing ---------------------------------------------------------------------------------------------

    def mend(self, current: Slot, previous: Slot) -> Slot:
        """A damaged `current` whose API key is still whole in `key`, written again; else as it was.

        Programs that read `key` have gone on with it, and it would be lost by the next rotation.
        """
        key = self.store.get(heads.KEY, self.name)
        head = heads.salvaged(current.text or "", key) if key else None
        if head is None or (previous.head is not None and heads.api_key(previous.head, previous.body) == key):
            return current
        text = heads.compose(head)
        if not self.fits(text):
            return current
        self.put(heads.CURRENT, text)
        return self.slot(heads.CURRENT)

    def fits(self, text: str) -> bool:
        """As `previous` too, whose name is the longer: every head becomes one."""
        return all(self.store.fits(entry, self.name, text) for entry in (heads.CURRENT, heads.PREVIOUS))

    def _touch(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before(self.name)

    def put(self, entry: str, text: str) -> None:
        self._touch()
        self.store.put(entry, self.name, text)

    def delete(self, entry: str) -> None:
        self._touch()
        self.store.delete(entry, self.name)

    def write_key(self, slot: Slot) -> None:
        """Make `key` what it must be beside this head: the bare key, or absent. Writes only what differs."""
        wanted = None
        if slot.head is not None and slot.kept is not None:
            wanted = heads.api_key(slot.head, slot.body)
        if wanted is not None and (
            len(wanted) > heads.KEY_LENGTH
            or not heads.is_printable(wanted)
            or not self.store.fits(heads.KEY, self.name, wanted)
        ):
            wanted = None
        if self.store.get(heads.KEY, self.name) == wanted:
            return
        if wanted is None:
            self.delete(heads.KEY)
        else:
            self.put(heads.KEY, wanted)

    def write_parts(self, head: heads.Head) -> str:
        """Write the parts of a head that does not fit into one entry. Returns the head's own text."""
        text, parts = heads.compose(head), list[str]()
        if head.body is not None and not self.fits(text):
            split, parts = heads.in_parts(head)
            text = heads.compose(split)
        self.drop_parts(head.generation)  # a killed run may have begun this very generation
        for number, part in enumerate(parts):
            self.put(heads.part_name(head.generation, number), part)
        return text

    def drop_parts(self, generation: int, count: int = 0) -> None:
        """Every part of a generation, the last first: what a killed run leaves still begins at part 0.

        `count` is how many its head names, if it is known: a damaged one may have holes.
        """
        while self.store.get(heads.part_name(generation, count), self.name) is not None:
            count += 1
        for number in reversed(range(count)):
            self.delete(heads.part_name(generation, number))

    def sweep(self, newest: int, spared: set[int], *known: Slot) -> None:
        """Drop the parts of the generations about `newest` that nobody names; `known` heads say how many."""
        counts = {slot.head.generation: slot.head.parts for slot in known if slot.head is not None}
        depth = _SWEEP_LATE if self.store.late else _SWEEP
        for generation in range(newest + 1, max(0, newest - depth), -1):
            if generation not in spared:
                self.drop_parts(generation, counts.get(generation, 0))
