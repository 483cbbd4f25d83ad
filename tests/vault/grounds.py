"""Stores that outlive the process that writes them, and can be looked at from outside: where writers are killed.

Each ground has a folder of ours (index, lock, private file), opens vaults as a program would, tells its entries
without our code where that can be had, and can be put back into a state that it was in before.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import pickle
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import keyring.backends.Windows
import secretstorage

from gemini_setup.model.credentials import Access
from gemini_setup.vault import heads
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.backends.credential_manager import CredentialManagerStore
from gemini_setup.vault.backends.plaintext import PrivateStore, make
from gemini_setup.vault.backends.secret_service import SecretServiceStore
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import EntryStore
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .standins import CredentialManagerApi, Security, keychain_store

Entries = dict[str, str]  # service -> text
Step = Callable[[Callable[[], Any]], Any]


class Ground:
    """`folder` is where our own files lie. `watch` puts a step around every operation of the store."""

    name = ""
    limit: int | None = None

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def store(self) -> EntryStore:
        raise NotImplementedError

    def vault(self) -> Vault:
        """As a program that was just started has it."""
        store = self.store()
        if self.limit is not None:
            store._limit = self.limit
        return Vault(store, Index(self.folder / "profiles.json"), VaultLock(self.folder / "vault.lock"))

    def entries(self) -> Entries:
        raise NotImplementedError

    def put_back(self, entries: Entries) -> None:
        raise NotImplementedError

    def watch(self, step: Step) -> None:
        """In the process that is to be killed: `step` runs each operation of the store."""

    def files(self) -> dict[str, bytes]:
        found = {}
        for path in self.folder.rglob("*"):
            if path.is_file():
                found[str(path.relative_to(self.folder))] = path.read_bytes()
        return found

    def snapshot(self) -> tuple[Entries, dict[str, bytes]]:
        return self.entries(), self.files()

    def restore(self, taken: tuple[Entries, dict[str, bytes]]) -> None:
        entries, files = taken
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for name, data in files.items():
            (self.folder / name).parent.mkdir(mode=0o700, exist_ok=True)
            (self.folder / name).write_bytes(data)
            (self.folder / name).chmod(0o600)
        self.put_back(entries)

    def close(self) -> None:
        pass


class PrivateGround(Ground):
    name = "private file"

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        make(folder / "private")

    def store(self) -> EntryStore:
        return PrivateStore(self.folder / "private")

    def entries(self) -> Entries:
        found = {}
        for path in (self.folder / "private").iterdir():
            profile, _, entry = path.name.removeprefix("gemini-credentials-v1.").partition(".")
            found[f"{heads.PREFIX}{profile}.{entry}"] = path.read_text()
        return found

    def put_back(self, entries: Entries) -> None:
        (self.folder / "private").mkdir(mode=0o700, exist_ok=True)  # its files came back with the folder's


class WindowsGround(Ground):
    name = "Windows stand-in"

    def __init__(self, folder: pathlib.Path, beside: pathlib.Path) -> None:
        super().__init__(folder)
        self.file = beside
        self.api = _KeptManager(beside)
        self.api.save()
        windows: Any = keyring.backends.Windows
        windows.win32cred = windows.pywintypes = self.api

    def store(self) -> EntryStore:
        return CredentialManagerStore()

    def entries(self) -> Entries:
        self.api.load()
        return {
            one["TargetName"]: bytes(one["CredentialBlob"]).decode("utf-16-le")
            for one in self.api.credentials.values()
        }

    def put_back(self, entries: Entries) -> None:
        self.api.credentials.clear()
        for service, text in entries.items():
            self.api.credentials[service.lower()] = {
                "TargetName": service,
                "UserName": _user(service),
                "CredentialBlob": text.encode("utf-16-le"),
                "Persist": 2,
            }
        self.api.save()

    def watch(self, step: Step) -> None:
        self.api.step = step


class _KeptManager(CredentialManagerApi):
    """The stand-in in a file, changed whole, for processes one after the other."""

    def __init__(self, file: pathlib.Path) -> None:
        super().__init__()
        self.file = file
        self.step: Step = lambda act: act()
        self._rename = os.rename  # not what a test may have put in its place

    def load(self) -> None:
        self.credentials = pickle.loads(self.file.read_bytes())

    def save(self) -> None:
        new = self.file.with_suffix(".other")
        new.write_bytes(pickle.dumps(self.credentials))
        self._rename(new, self.file)

    def CredWrite(self, credential: dict[str, Any], flags: int) -> None:
        def act() -> None:
            self.load()
            CredentialManagerApi.CredWrite(self, credential, flags)
            self.save()

        self.step(act)

    def CredRead(self, Type: int, TargetName: str) -> dict[str, Any]:  # noqa: N803 - their names
        def act() -> dict[str, Any]:
            self.load()
            return CredentialManagerApi.CredRead(self, Type, TargetName)

        found: dict[str, Any] = self.step(act)
        return found

    def CredDelete(self, Type: int, TargetName: str) -> None:  # noqa: N803 - their names
        def act() -> None:
            self.load()
            CredentialManagerApi.CredDelete(self, Type, TargetName)
            self.save()

        self.step(act)


class MacGround(Ground):
    name = "macOS stand-in"

    def __init__(self, folder: pathlib.Path, beside: pathlib.Path) -> None:
        super().__init__(folder)
        self.security = _KeptSecurity(beside)
        self.security.save()

    def store(self) -> EntryStore:
        return keychain_store(self.security)

    def entries(self) -> Entries:
        self.security.load()
        return {service: text for (service, _), text in self.security.items.items()}

    def put_back(self, entries: Entries) -> None:
        self.security.items = {(service, _user(service)): text for service, text in entries.items()}
        self.security.save()

    def watch(self, step: Step) -> None:
        self.security.step = step


class _KeptSecurity(Security):
    def __init__(self, file: pathlib.Path) -> None:
        super().__init__()
        self.file = file
        self.step: Step = lambda act: act()
        self._rename = os.rename

    def load(self) -> None:
        self.items = pickle.loads(self.file.read_bytes())

    def save(self) -> None:
        new = self.file.with_suffix(".other")
        new.write_bytes(pickle.dumps(self.items))
        self._rename(new, self.file)

    def run(self, text: str) -> tuple[int, str]:
        def act() -> tuple[int, str]:
            self.load()
            done = Security.run(self, text)
            self.save()
            return done

        done: tuple[int, str] = self.step(act)
        return done


class GnomeGround(Ground):
    """A real GNOME Keyring in this process's session; `limit` 1,200 makes it keep service accounts in parts."""

    name = "gnome-keyring"

    def __init__(self, folder: pathlib.Path, session: SecretService, limit: int | None = None) -> None:
        super().__init__(folder)
        self.session = session
        self.limit = limit
        self._connection: Any = None

    def store(self) -> EntryStore:
        return SecretServiceStore().open()

    def _outside(self) -> Any:
        if self._connection is None:
            self._connection = secretstorage.dbus_init()
        return self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def items(self) -> Iterator[tuple[dict[str, str], str, str]]:
        """(attributes, label, secret) of everything in every collection, by nothing of ours."""
        for collection in secretstorage.get_all_collections(self._outside()):
            for item in collection.get_all_items():
                yield item.get_attributes(), item.get_label(), item.get_secret().decode()

    def entries(self) -> Entries:
        return {attributes.get("service", label): text for attributes, label, text in self.items()}

    def put_back(self, entries: Entries) -> None:
        for collection in secretstorage.get_all_collections(self._outside()):
            for item in collection.get_all_items():
                item.delete()
        collection = secretstorage.Collection(self._outside())
        for service, text in entries.items():
            user = _user(service)
            attributes = {"service": service, "username": user, "application": "Python keyring library"}
            collection.create_item(f"Password for '{user}' on '{service}'", attributes, text.encode())

    def watch(self, step: Step) -> None:
        honest = dbus.Connection.send_and_get_reply

        def send_and_get_reply(connection: Any, message: Any, **named: Any) -> Any:
            return step(lambda: honest(connection, message, **named))

        honest_send = dbus.Connection.send

        def send(connection: Any, message: Any, *rest: Any, **named: Any) -> Any:
            # Also with the question sent and its answer not yet there.
            return step(lambda: honest_send(connection, message, *rest, **named))

        connection: Any = dbus.Connection
        connection.send_and_get_reply, connection.send = send_and_get_reply, send

    def restart(self) -> None:
        """The keyring's daemon anew, on the same files."""
        self.close()
        self.session.stop_daemon()
        self.session.start_daemon(unlock=True)


def _user(service: str) -> str:
    return service.removeprefix(heads.PREFIX).partition(".")[0]


# -- what must not be found ----------------------------------------------------------------------------------


def forms(access: Access) -> list[bytes]:
    """Every form in which this credential's secret could be lying about: as it is, escaped, encoded, in pieces."""
    credential: Any = access.credential
    if hasattr(credential, "document"):
        document = json.loads(credential.document.reveal())
        lines = document["private_key"].splitlines()[1:-1]
        secrets = [lines[0], document["private_key_id"]]
    elif hasattr(credential, "secret"):
        secrets = [credential.secret.reveal()]
    else:
        return []
    found = []
    for secret in secrets:
        raw = secret.encode()
        found += [raw, raw.hex().encode(), secret.encode("utf-16-le"), json.dumps(secret)[1:-1].encode()]
        found += [base64.b64encode(raw[start:])[4:-4] for start in range(3)]
        found += [base64.urlsafe_b64encode(raw)[:-4]]
        found += [raw[len(raw) // 2 :], raw[: len(raw) // 2]] if len(raw) >= 30 else []
    return found


def whole_store(ground: Ground) -> bytes:
    """Everything that the store and our folder hold, names and attributes and all."""
    pieces = [name.encode() + b"\n" + data for name, data in ground.files().items()]
    if isinstance(ground, GnomeGround):
        pieces += [
            json.dumps([attributes, label]).encode() + text.encode()
            for attributes, label, text in ground.items()
        ]
    else:
        pieces += [service.encode() + b"\n" + text.encode() for service, text in ground.entries().items()]
    return b"\n".join(pieces)
