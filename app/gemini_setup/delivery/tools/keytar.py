"""Entries of the library keytar in the Secret Service, for a tool that reads them by `service` and `account`. Linux.

The same attributes, schema and label as keytar's own, so that the tool's next writing updates the entry instead of making
a second one (peers.md §0.2).
"""

from __future__ import annotations

from typing import Any, Final

from gemini_setup.vault.backends.secret_service import SecretService, SecretServiceStore

_SCHEMA: Final = "org.freedesktop.Secret.Generic"


class _Keytar(SecretService):
    def _query(self, service: str, username: str | None = None, **base: Any) -> dict[str, str]:
        return {"service": service, **({"account": username} if username is not None else {})}

    def set_password(self, service: str, username: str, password: str) -> None:
        collection = self.get_preferred_collection()
        items = self._found(self._query(service, username))
        for item in items:
            self._call(item, "SetSecret", "(oayays)", self._packed(password))
        if not any(item.startswith(collection.collection_path + "/") for item in items):
            collection.session = self._opened()
            attributes = {**self._query(service, username), "xdg:schema": _SCHEMA}
            collection.create_item(f"{service}/{username}", attributes, password.encode(), replace=True)


class KeytarStore(SecretServiceStore):
    """`read`, `write` and `drop` raise VaultFault, each proven by reading back."""

    def __init__(self) -> None:
        super().__init__()
        self._service = _Keytar()
        self._backend = self._service

    def read(self, service: str, account: str) -> str | None:
        found: list[str | None] = []

        def attempt() -> bool:
            found.append(self._read(service, account))
            return True

        self._try(attempt, "")
        return found[-1]

    def write(self, service: str, account: str, text: str) -> None:
        def attempt() -> bool:
            self._set(service, account, text)
            return self._read(service, account) == text

        self._try(attempt, "what was written was not there when it was read back")

    def drop(self, service: str, account: str) -> None:
        def attempt() -> bool:
            if self._read(service, account) is not None:
                self._drop(service, account)
            return self._read(service, account) is None

        self._try(attempt, "what was deleted was still there when it was looked for")
