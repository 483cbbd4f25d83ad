"""What the index says of a credential: its row, and what stays of the credential that it replaced. No secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gemini_setup.model.credentials import Profile, ReplacedCredential, StoredCredential
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.index import Index


class Rows:
    """Makes rows and writes them. `time` returns the time now as the index has it. The lock is held for what writes."""

    def __init__(self, index: Index, store_name: str, time: Callable[[], str]) -> None:
        self._index = index
        self._store_name = store_name
        self._time = time

    def write(
        self,
        kept: StoredCredential,
        name: str,
        model: str | None,
        outcome: Outcome | None,
        cause: str | None,
        event: str | None,
        before: StoredCredential | None = None,
    ) -> None:
        row = self.of(kept, name)
        old = self._index.profile(name)
        if model is None and event is None and old is not None:
            model = old.model  # the same credential: the model it worked with is still the best known
        same = old if event is None else None
        row = replace(
            row,
            model=model,
            worked=self._time() if cause == "works" else same.last_worked if same else None,
            outcome=outcome,
            cause=cause,
            checked=self._time() if outcome else None,
            old=self.replaced(before, name) if before else old.old if old else None,
        )
        self._index.keep(row, event, self._time(), done=event is None)

    def replaced(self, before: StoredCredential, name: str) -> ReplacedCredential:
        access = before.access
        row = self._index.profile(name)
        known = row is not None and row.outcome is Outcome.REFUSED and self.shows(row, before)
        return ReplacedCredential(
            kind=access.credential.kind,
            hint=access.credential.hint,
            project=access.project,
            service=access.service,
            kept=before.created,
            replaced=self._time(),
            model=self.model_of(before, name),
            refused=row.cause if row is not None and known else None,
        )

    def model_of(self, kept: StoredCredential, name: str) -> str | None:
        """The model that one of the profile's two credentials answered with, as far as the list knows."""
        row = self._index.profile(name)
        if row is None or self.shows(row, kept):
            return row.model if row else None
        old, access = row.old, kept.access
        known = old and (old.kept, old.kind, old.hint, old.project, old.service)
        right = (kept.created, access.credential.kind, access.credential.hint, access.project, access.service)
        return old.model if old and known == right else None

    def of(self, kept: StoredCredential, name: str) -> Profile:
        from gemini_setup.google.recognition import looks_standard

        access = kept.access
        return Profile(
            name=name,
            kind=access.credential.kind,
            service=access.service,
            hint=access.credential.hint,
            project=access.project,
            location=access.location,
            kept=kept.created,
            backend=self._store_name,
            standard=looks_standard(access.credential),
        )

    def shows(self, row: Profile, kept: StoredCredential) -> bool:
        """Is this row about this credential? Two of them may have been kept within one second."""
        right = self.of(kept, row.name)
        names = ("kept", "kind", "service", "hint", "project", "location")
        return all(getattr(row, name) == getattr(right, name) for name in names)
