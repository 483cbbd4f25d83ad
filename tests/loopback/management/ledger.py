"""Every write that reached the management hosts, in order, without what is secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

#: Bodies' members whose text is not written down; the certificate is public, and long.
_HIDDEN = {"privateKeyData", "keyString", "accessToken", "privateKey"}
_LONG = {"publicKeyData"}


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…"
            if name in _HIDDEN
            else f"<{len(str(item))} characters>"
            if name in _LONG
            else without_secrets(item)
            for name, item in value.items()
        }
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


@dataclass
class Entry:
    """One write: `object` is the full name of what it is about; `applied` says that Google did it."""

    number: int
    http: str
    host: str
    path: str
    query: Mapping[str, list[str]]
    id: str
    body: Any
    at: float
    object: str = ""
    status: int = 0
    applied: bool = False
    noop: bool = False  # it was so before
    gained: set[tuple[str, str, str]] = field(default_factory=set)  # of a policy: (role, member, condition)
    lost: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def line(self) -> str:
        shown = f"?{urlencode(self.query, doseq=True)}" if self.query else ""
        return f"{self.http} {self.host} {self.path}{shown}"

    def __str__(self) -> str:
        return f"{self.number:3} {self.status} {'done' if self.applied else 'not '} {self.line} {json.dumps(self.body)}"


class Ledger:
    """The writes; `mark()` and `since(mark)` take a part of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        #: Hears of each write as it arrives, before anything is done.
        self.listeners: list[Callable[[Entry], None]] = []

    def add(self, entry: Entry) -> Entry:
        with self._lock:
            entry.number = len(self._entries) + 1
            self._entries.append(entry)
        for listener in self.listeners:
            listener(entry)
        return entry

    @property
    def writes(self) -> list[Entry]:
        """All of them, the refused ones too."""
        with self._lock:
            return list(self._entries)

    def applied(self, *, noops: bool = False) -> list[Entry]:
        """Those that Google did; what was so before only with `noops`."""
        return [one for one in self.writes if one.applied and (noops or not one.noop)]

    def lines(self) -> list[str]:
        return [one.line for one in self.applied()]

    def of(self, method: str) -> list[Entry]:
        """Those of one method, by the end of its discovery id: "keys.create"."""
        return [one for one in self.writes if one.id.endswith(method)]

    def mark(self) -> int:
        return len(self.writes)

    def since(self, mark: int) -> list[Entry]:
        return self.writes[mark:]

    def __str__(self) -> str:
        return "\n".join(map(str, self.writes))
