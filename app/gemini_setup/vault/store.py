"""A store of entries: put, get, delete; one code path over every system's keyring, and a twin in memory.

An entry's service is `gemini-credentials:v1/<profile>.<entry>`, its user name the profile. A put is one operation that
updates in place, read back and compared, tried again up to five times.
"""

from __future__ import annotations

import hmac
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from gemini_setup.model.outcomes import Fault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import is_printable, service_name

TRIES = 5
_PAUSE = 0.02  # seconds before the second try; each further one waits longer


class Store(Protocol):
    """Where entries are. Every method raises VaultFault and nothing else."""

    @property
    def name(self) -> str:
        """The system's own name of the store, as people know it."""

    @property
    def limit(self) -> int:
        """Characters of one entry."""

    @property
    def late(self) -> bool:
        """May the store undo the writes of the last seconds when it dies (KWallet, KeePassXC)?"""

    @property
    def asking(self) -> bool:
        """Is the system asking the person for the keyring's password right now?"""

    @property
    def readers(self) -> str:
        """Who can read what is kept here: an id of `[readers]` of the words."""

    @property
    def warning(self) -> str | None:
        """An id of what the person must know about this store: "empty-password", or None."""

    @property
    def file(self) -> str | None:
        """The file or folder in which everything lies in clear, or None. Shown to people."""

    def close(self) -> None:
        """Let go of a connection, if there is one; the next call makes another."""

    def found(self) -> frozenset[str]:
        """Profiles of which something is here, found without reading a secret, asking or starting anything.

        Empty where the system cannot tell.
        """

    def tidy(self) -> None:
        """Drop what a killed write of the store itself left. For the holder of the vault's lock."""

    def fits(self, entry: str, profile: str, text: str) -> bool: ...

    def put(self, entry: str, profile: str, text: str) -> None: ...

    def get(self, entry: str, profile: str) -> str | None:
        """The text; "" means that the store garbled it, not that it is empty; None that there is no entry."""

    def delete(self, entry: str, profile: str) -> None:
        """No error if there is no such entry."""


class EntryStore(ABC):
    """What all stores share. A store is used by one thread at a time; others wait."""

    late = False
    asking = False
    readers = "memory"
    warning: str | None = None
    file: str | None = None

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._one_at_a_time = threading.RLock()

    @property
    def name(self) -> str:
        return self._name

    @property
    def limit(self) -> int:
        return self._limit

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    # -- what a system has to say ----------------------------------------------------------------------------

    @abstractmethod
    def _set(self, service: str, user: str, text: str) -> None: ...

    @abstractmethod
    def _read(self, service: str, user: str) -> str | None: ...

    @abstractmethod
    def _drop(self, service: str, user: str) -> None:
        """Nothing happens if there is no such entry."""

    def _fault(self, error: Exception) -> VaultFault:
        return VaultFault(Fault.GONE, self.name, f"an unexpected answer ({type(error).__name__})")

    def _disk_is_full(self) -> bool:
        """Of a write that did not come about: where it can be known, is there no room left under the store?"""
        return False

    def _begin_again(self) -> None:  # noqa: B027 - most stores have no connection to begin again
        """Before the next try after an answer that made no sense."""

    def close(self) -> None:  # noqa: B027 - most stores have nothing to close
        """Let go of a connection, if there is one."""

    def found(self) -> frozenset[str]:
        return frozenset()

    def tidy(self) -> None:  # noqa: B027 - only files leave something half written
        """Drop what a killed write of the store itself left."""

    def is_there(self) -> bool:
        """Could it keep something now, perhaps after it is unlocked? Asks nobody, starts nothing."""
        return True

    def is_open(self) -> bool:
        """Is it known to be unlocked? False also where the system cannot tell without asking."""
        return self.is_there()

    # -- the contract ----------------------------------------------------------------------------------------

    def fits(self, entry: str, profile: str, text: str) -> bool:
        return len(text) <= self.limit

    def put(self, entry: str, profile: str, text: str) -> None:
        if not is_printable(text):
            raise ValueError("an entry is one line of printable ASCII")
        if not self.fits(entry, profile, text):
            raise VaultFault(Fault.FULL, self.name, f"an entry of {len(text)} characters does not fit")
        service = service_name(profile, entry)

        def attempt() -> bool:
            self._set(service, profile, text)
            found = self._read(service, profile)
            return found is not None and hmac.compare_digest(found.encode(), text.encode())

        try:
            self._try(attempt, "what was written was not there when it was read back")
        except VaultFault as fault:
            if fault.fault is Fault.GONE and self._disk_is_full():
                raise VaultFault(Fault.FULL, self.name, "no room on the disk", "disk") from None
            raise

    def get(self, entry: str, profile: str) -> str | None:
        found: list[str | None] = []

        def attempt() -> bool:
            found.append(self._read(service_name(profile, entry), profile))
            return True

        self._try(attempt, "")
        return found[-1]

    def delete(self, entry: str, profile: str) -> None:
        service = service_name(profile, entry)

        def attempt() -> bool:
            if self._read(service, profile) is None:
                return True
            self._drop(service, profile)
            return self._read(service, profile) is None

        self._try(attempt, "what was deleted was still there when it was looked for")

    def _try(self, attempt: Callable[[], bool], unproven: str) -> None:
        """Until it is proven, at most TRIES times. Only what may pass is tried again: never a dismissed prompt."""
        fault: VaultFault | None = None
        with self._one_at_a_time:
            for number in range(TRIES):
                if number:
                    time.sleep(_PAUSE * number)
                try:
                    if attempt():
                        return
                    fault = VaultFault(Fault.GONE, self.name, unproven)
                except VaultFault as known:
                    new = known
                except Exception as error:  # noqa: BLE001 - half of what keyrings raise is no KeyringError
                    new = self._fault(error)
                else:
                    self._begin_again()
                    continue
                if fault is not None and new.fault is Fault.MISSING:
                    break  # it was there a moment ago: it is gone, not missing
                fault = new
                if new.fault is not Fault.GONE:
                    break
                self._begin_again()
        assert fault is not None
        raise fault from None


class MemoryStore(EntryStore):
    """Nothing leaves the process: for the demonstration and for tests."""

    def __init__(self, limit: int = 16_000) -> None:
        super().__init__("memory", limit)
        self.entries: dict[tuple[str, str], str] = {}

    def _set(self, service: str, user: str, text: str) -> None:
        self.entries[service, user] = text

    def _read(self, service: str, user: str) -> str | None:
        return self.entries.get((service, user))

    def _drop(self, service: str, user: str) -> None:
        self.entries.pop((service, user), None)


class Backend(Protocol):
    """The three methods of keyring's `KeyringBackend` that we use."""

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def get_password(self, service: str, username: str) -> str | None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyringStore(EntryStore):
    """Entries in one of our subclasses of keyring's own backends; a missing entry may be deleted."""

    def __init__(self, backend: Backend, name: str, limit: int) -> None:
        super().__init__(name, limit)
        self._backend = backend

    def _set(self, service: str, user: str, text: str) -> None:
        self._backend.set_password(service, user, text)

    def _read(self, service: str, user: str) -> str | None:
        return self._backend.get_password(service, user)

    def _drop(self, service: str, user: str) -> None:
        from keyring.errors import PasswordDeleteError

        try:
            self._backend.delete_password(service, user)
        except PasswordDeleteError:
            if self._backend.get_password(service, user) is not None:
                raise
