"""The Secret Service (GNOME Keyring, KWallet, KeePassXC) by keyring's own backend, made safe (keyring.md §1, §2.2).

What differs from keyring's backend, and why:
- one kept connection: gnome-keyring aborts under a connection per call;
- plain sessions: KWallet before 6.25 garbles one encrypted session in 256, and a program that can listen on this bus can
  ask for the secrets itself;
- every match is updated in place: a second item beside another tool's would leave the old secret to readers;
- no collection is ever made: a dialog "choose a password for a new keyring" is not ours to raise;
- a limit on every call but a prompt; no properties from the environment.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import re
import time
from collections.abc import Sequence
from typing import Any

from jeepney import DBusErrorResponse
from keyring.backends.SecretService import Keyring
from keyring.credentials import SimpleCredential
from keyring.errors import KeyringLocked, PasswordDeleteError
from secretstorage import Collection, Item
from secretstorage.defines import SS_PATH, SS_PREFIX
from secretstorage.dhcrypto import Session
from secretstorage.exceptions import (
    ItemNotFoundException,
    LockedException,
    PromptDismissedException,
    SecretServiceNotAvailableException,
)
from secretstorage.util import (
    DBusAddressWrapper,
    add_match_rules,
    exec_prompt,
    format_secret,
    open_session,
    unlock_objects,
)

from gemini_setup.model.outcomes import Fault
from gemini_setup.system.paths import data_folder
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.heads import CURRENT, PREFIX, PREVIOUS
from gemini_setup.vault.store import KeyringStore
from gemini_setup.vault.unavailable import surroundings

LIMIT = 16_000

# The process behind the service (the kernel cuts names at 15 characters), and what people call it.
_NAMES = {
    "gnome-keyring-d": "GNOME Keyring",
    "oo7-daemon": "GNOME Keyring",
    "kwalletd5": "KWallet",
    "kwalletd6": "KWallet",
    "ksecretd": "KWallet",
    "keepassxc": "KeePassXC",
}
_LATE = ("KWallet", "KeePassXC")

_SERVICE = SS_PREFIX + "Service"
_COLLECTION = SS_PREFIX + "Collection"
_ITEM = SS_PREFIX + "Item"
_DEFAULT = "default"


_ROOM = 256 * 1024  # bytes: with less than that left, a keyring's file could not be written again
_CLEAR = b"[keyring]"  # how a keyring file begins that is not encrypted


def _keytar(username: str) -> dict[str, str]:
    """By which the library keytar finds an entry, beside its service; others look for `username` and no schema."""
    return {"account": username, "xdg:schema": "org.freedesktop.Secret.Generic"}


class NoCollection(Exception):
    """The service runs, but nobody has made a keyring yet."""


class SecretService(Keyring):
    """keyring's SecretService backend on one connection. Raises what keyring, jeepney and sockets raise."""

    priority = 0  # never chosen by keyring's own discovery in a program that imports us

    def __init__(self) -> None:
        # keyring's own __init__ would take properties from the environment: KEYRING_PROPERTY_SCHEME hides what is kept
        # from every other reader.
        self._bus: dbus.Connection | None = None
        self._session: Session | None = None

    @property
    def connection(self) -> dbus.Connection:
        if self._bus is None:
            connection = dbus.connect()
            add_match_rules(connection)
            self._bus = connection
        return self._bus

    @property
    def waiting(self) -> bool:
        return self._bus is not None and self._bus.waiting

    def close(self) -> None:
        connection, self._bus, self._session = self._bus, None, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        # A vault that is forgotten does not leak its socket.
        with contextlib.suppress(Exception):
            self.close()

    def product(self) -> str:
        """The name people know the service by; "" while none runs."""
        if not dbus.has_owner(self.connection):
            return ""
        process = dbus.ask(self.connection, "GetConnectionUnixProcessID", "s", dbus.SECRETS)
        try:
            name = pathlib.Path(f"/proc/{process}/comm").read_text().strip()
        except OSError:
            name = ""
        return _NAMES.get(name, "Secret Service")

    def has_default(self) -> bool:
        """Is there a keyring in the service? True also where only waking the service could tell."""
        if not dbus.has_owner(self.connection):
            return self.is_available()
        with contextlib.suppress(NoCollection):
            return bool(self._default())
        return False

    def has_open_default(self) -> bool:
        """Is there a keyring in the service, and unlocked? False where only waking the service could tell."""
        if not dbus.has_owner(self.connection):
            return False
        with contextlib.suppress(NoCollection):
            collection = DBusAddressWrapper(self._default(), _COLLECTION, self.connection)
            return not collection.get_property("Locked")
        return False

    def stored(self) -> list[tuple[str, str]]:
        """(service, user name) of everything that keyring's library has kept. No secret is read, nobody is asked.

        What lies in a keyring that is locked from the start says nothing of itself and is left out.
        """
        if not dbus.has_owner(self.connection):
            return []
        unlocked, locked = self._call(SS_PATH, "SearchItems", "a{ss}", {"application": self.appid})
        found = []
        for item in [*unlocked, *locked]:
            attributes = DBusAddressWrapper(item, _ITEM, self.connection).get_property("Attributes")
            found.append((str(attributes.get("service", "")), str(attributes.get("username", ""))))
        return found

    def clear_file(self) -> str | None:
        """The file of GNOME's default keyring if that has an empty password: then everything lies in it in clear."""
        if self.product() != "GNOME Keyring":
            return None
        with contextlib.suppress(NoCollection, OSError):
            name = _unescaped(self._default().rpartition("/")[2])
            file = data_folder() / "keyrings" / f"{name}.keyring"
            if file.is_file():  # a pipe of that name must not hold us
                with file.open("rb") as opened:
                    if opened.read(len(_CLEAR)) == _CLEAR:
                        return str(file)
        return None

    def is_available(self) -> bool:
        return dbus.has_owner(self.connection) or dbus.SECRETS in dbus.ask(
            self.connection, "ListActivatableNames"
        )

    # -- the backend -----------------------------------------------------------------------------------------

    def get_preferred_collection(self) -> Collection:
        """The default collection, unlocked. Raises NoCollection, KeyringLocked if the person does not unlock."""
        collection = Collection(self.connection, self._default())
        if collection.is_locked():
            self._unlock([collection.collection_path])
            if collection.is_locked():
                raise KeyringLocked("not unlocked")
        return collection

    def get_password(self, service: str, username: str) -> str | None:
        items = self._found(self._query(service, username))
        if not items:
            return None
        return self._secret(self._newest(items))

    def set_password(self, service: str, username: str, password: str) -> None:
        collection = self.get_preferred_collection()
        items = self._found(self._query(service, username))
        for item in items:
            self._call(item, "SetSecret", "(oayays)", self._packed(password))
            self._name_account(item, username)
        # Other tools look in the default collection only: what is elsewhere alone is not enough.
        if not any(item.startswith(collection.collection_path + "/") for item in items):
            attributes = self._query(service, username, application=self.appid) | _keytar(username)
            collection.session = self._opened()
            collection.create_item(
                f"Password for '{username}' on '{service}'", attributes, password.encode(), replace=True
            )

    def _name_account(self, item: str, username: str) -> None:
        """What an older version of ours has not written, put beside what it has.

        A service may refuse that. The secret is written by then, and who looks for it by `username` finds it.
        """
        properties = DBusAddressWrapper(item, _ITEM, self.connection)
        with contextlib.suppress(DBusErrorResponse, ItemNotFoundException):
            attributes = properties.get_property("Attributes")
            if (
                attributes.get("application") == self.appid
                and not attributes.items() >= _keytar(username).items()
            ):
                properties.set_property("Attributes", "a{ss}", {**attributes, **_keytar(username)})

    def delete_password(self, service: str, username: str) -> None:
        items = self._found(self._query(service, username))
        if not items:
            raise PasswordDeleteError("No such password!")
        for item in items:
            (prompt,) = self._call(item, "Delete", "")
            if prompt != "/" and exec_prompt(self.connection, prompt)[0]:
                raise PromptDismissedException("not deleted")

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        for item in self._found(self._query(service, username)):
            attributes = DBusAddressWrapper(item, _ITEM, self.connection).get_property("Attributes")
            return SimpleCredential(attributes.get("username"), self._secret(item))
        return None

    # -- the service -----------------------------------------------------------------------------------------

    def _call(self, path: str, method: str, signature: str, *body: Any) -> Any:
        interface = _SERVICE if path == SS_PATH else _ITEM
        return DBusAddressWrapper(path, interface, self.connection).call(method, signature, *body)

    def _default(self) -> str:
        # Under load the service may say for a moment that there is none; secretstorage would then make one.
        for pause in (0.05, 0.1, 0.2, 0.0):
            with contextlib.suppress(ItemNotFoundException):
                (path,) = self._call(SS_PATH, "ReadAlias", "s", _DEFAULT)
                if path != "/":
                    return str(path)
            time.sleep(pause)
        raise NoCollection("no keyring has been made yet")

    def _unlock(self, paths: Sequence[str]) -> None:
        if unlock_objects(self.connection, list(paths)):
            raise KeyringLocked("the unlock prompt was dismissed")

    def _found(self, query: dict[str, str]) -> list[str]:
        """Every item that matches, in all collections, unlocked."""
        unlocked, locked = self._call(SS_PATH, "SearchItems", "a{ss}", query)
        if not unlocked and not locked:
            # A locked KeePassXC or KWallet finds nothing: absent is absent only in an open keyring.
            if not self._opens():
                return []
            unlocked, locked = self._call(SS_PATH, "SearchItems", "a{ss}", query)
        if locked:
            self._unlock(locked)
        return [*unlocked, *locked]

    def _opens(self) -> bool:
        """Unlock the default collection if it is locked; was it?"""
        collection = DBusAddressWrapper(self._default(), _COLLECTION, self.connection)
        if not collection.get_property("Locked"):
            return False
        self.get_preferred_collection()
        return True

    def _newest(self, items: list[str]) -> str:
        """Of several matches the one that was changed last: another tool's duplicate may be older than ours."""
        if len(items) == 1:
            return items[0]
        changed = [
            DBusAddressWrapper(item, _ITEM, self.connection).get_property("Modified") for item in items
        ]
        return items[changed.index(max(changed))]

    def _secret(self, item: str) -> str:
        session = self._opened()
        (secret,) = self._call(item, "GetSecret", "o", session.object_path)
        if session.encrypted:
            return str(Item(self.connection, item, session).get_secret().decode())
        return bytes(secret[2]).decode()

    def _packed(self, password: str) -> tuple[str, bytes, bytes, str]:
        return format_secret(self._opened(), password.encode(), "text/plain")

    def _opened(self) -> Session:
        if self._session is None:
            try:
                _, path = self._call(SS_PATH, "OpenSession", "sv", "plain", ("s", ""))
            except DBusErrorResponse as error:
                if error.name != "org.freedesktop.DBus.Error.NotSupported":
                    raise
                self._session = open_session(self.connection)
            else:
                session = Session()
                session.encrypted, session.object_path = False, path
                self._session = session
        return self._session


def _unescaped(label: str) -> str:
    """The name in a collection's object path, where `_5f` stands for an underscore and so on."""
    return re.sub("_([0-9a-f]{2})", lambda match: chr(int(match.group(1), 16)), label)


#: Buses on which this process has seen a keyring, and its name: a vault is opened again and again, and a keyring that has
#: died since, perhaps before its first answer, is not one that was never there.
_SEEN: dict[str, str] = {}


class SecretServiceStore(KeyringStore):
    """Entries in the Secret Service of this session."""

    def __init__(self) -> None:
        self._service = SecretService()
        super().__init__(self._service, "", LIMIT)
        self._file: str | None = None
        self._looked = False

    @property
    def readers(self) -> str:  # type: ignore[override]  # a plain attribute elsewhere: known only once it runs
        return self.warning or "linux"

    @property
    def warning(self) -> str | None:  # type: ignore[override]  # as above
        return "empty-password" if self.file else None

    @property
    def file(self) -> str | None:  # type: ignore[override]  # as above
        if not self._looked:
            with self._one_at_a_time, contextlib.suppress(Exception):
                self._file = self._service.clear_file()
                self._looked = True
        return self._file

    def is_there(self) -> bool:
        with self._one_at_a_time, contextlib.suppress(Exception):
            return self._service.has_default()
        return False

    def is_open(self) -> bool:
        with self._one_at_a_time, contextlib.suppress(Exception):
            return self._service.has_open_default()
        return False

    def found(self) -> frozenset[str]:
        with self._one_at_a_time, contextlib.suppress(Exception):
            return frozenset(
                user
                for service, user in self._service.stored()
                if service in {f"{PREFIX}{user}.{entry}" for entry in (CURRENT, PREVIOUS)}
            )
        return frozenset()

    @property
    def name(self) -> str:
        return self._name or "Secret Service"

    @property
    def late(self) -> bool:  # type: ignore[override]  # a plain attribute elsewhere: known only once it runs
        self._learn_name()
        return self._name in _LATE

    @property
    def asking(self) -> bool:  # type: ignore[override]  # as above
        return self._service.waiting

    def open(self) -> SecretServiceStore:
        """Look whether there is a service at all, without waking or asking it. Raises VaultFault."""
        try:
            if not self._service.is_available():
                raise self._missing("", _NO_SERVICE, surroundings() or "no-service")
            self._learn_name()
        except VaultFault:
            raise
        except Exception as error:  # noqa: BLE001 - sockets and D-Bus raise anything (keyring.md §1.2)
            raise self._fault(error) from None
        return self

    def close(self) -> None:
        self._service.close()

    def _learn_name(self) -> None:
        if not self._name:
            with contextlib.suppress(Exception):
                self._name = self._service.product()
                if self._name:
                    _SEEN[dbus.address()] = self._name

    def _read(self, service: str, user: str) -> str | None:
        found = super()._read(service, user)
        with contextlib.suppress(dbus.NoBus):
            self._learn_name()
            _SEEN[dbus.address()] = self._name
        return found

    def _begin_again(self) -> None:
        self._service.close()

    def _disk_is_full(self) -> bool:
        """The service only says that it failed. GNOME Keyring and KWallet write a new file in this folder."""
        with contextlib.suppress(OSError):
            room = os.statvfs(data_folder())
            return room.f_bavail * room.f_frsize < _ROOM
        return False

    def _fault(self, error: Exception) -> VaultFault:
        fault, why = _classified(error)
        if isinstance(error, dbus.ForeignBus | NoCollection):  # neither is a keyring that died
            return VaultFault(fault, self._name, why, _reason(error, why))
        if fault is Fault.MISSING:
            return self._missing(self._name, why, _reason(error, why))
        if isinstance(error, dbus.SilentBus):
            return VaultFault(fault, self._name, why, "bus")
        self._learn_name_quickly(fault)
        return VaultFault(fault, self.name, why)

    def _missing(self, name: str, why: str, reason: str) -> VaultFault:
        """There is no keyring; GONE where this process has seen one on the same bus before."""
        with contextlib.suppress(dbus.NoBus):
            seen = _SEEN.get(dbus.address())
            if seen is not None:
                return VaultFault(Fault.GONE, name or seen, "the keyring stopped while it was in use")
        return VaultFault(Fault.MISSING, name, why, reason)

    def _learn_name_quickly(self, fault: Fault) -> None:
        # The bus answers for a frozen service too; after a broken connection there is nobody to ask.
        if fault in (Fault.LOCKED, Fault.SLOW, Fault.DENIED):
            self._learn_name()


def _reason(error: Exception, why: str) -> str:
    """Which of `REASONS` a missing keyring has. It is about this session, so its surroundings tell most."""
    if isinstance(error, NoCollection):
        return "no-collection"
    if isinstance(error, dbus.ForeignBus):
        return "other-bus"
    return surroundings() or ("no-service" if why in (_NO_SERVICE, _NO_START) else "no-bus")


_NO_START = "the keyring cannot be started"
_NO_SERVICE = "no keyring runs in this session (no program offers org.freedesktop.secrets)"

_BY_DBUS_NAME = (
    ("Error.IsLocked", Fault.LOCKED, "the keyring is locked"),
    ("Error.AccessDenied", Fault.DENIED, "the keyring refused"),
    ("Error.AuthFailed", Fault.DENIED, "the bus refused"),
    ("Error.NoReply", Fault.GONE, "the keyring stopped before it answered"),
    ("Error.Disconnected", Fault.GONE, "the connection to the keyring broke"),
    ("Error.Timeout", Fault.SLOW, "the keyring did not start in time"),
    ("Error.TimedOut", Fault.SLOW, "the keyring did not start in time"),
    ("Error.Spawn.", Fault.MISSING, _NO_START),
    ("Error.ServiceUnknown", Fault.MISSING, _NO_SERVICE),
    ("Error.NameHasNoOwner", Fault.MISSING, _NO_SERVICE),
    ("Error.NoMemory", Fault.FULL, "the keyring is out of memory"),
    ("Error.LimitsExceeded", Fault.FULL, "the keyring takes no more"),
    ("Error.NoSpace", Fault.FULL, "no room on the disk"),
)


def _classified(error: Exception) -> tuple[Fault, str]:
    """An exception of the table in keyring.md §1.2 as a fault and words. Never its own message."""
    if isinstance(error, KeyringLocked | PromptDismissedException | LockedException | dbus.NobodyThere):
        return Fault.LOCKED, "the keyring is locked and was not unlocked"
    if isinstance(error, NoCollection):
        return Fault.MISSING, "a keyring service runs, but no keyring has been made in it yet"
    if isinstance(error, dbus.NoBus):
        return Fault.MISSING, str(error)
    if isinstance(error, dbus.SilentBus):
        return Fault.SLOW, f"the session bus did not answer within {dbus.LIMIT:.0f} seconds"
    if isinstance(error, TimeoutError):
        return Fault.SLOW, f"no answer within {dbus.LIMIT:.0f} seconds"
    if isinstance(error, SecretServiceNotAvailableException) and isinstance(error.__cause__, Exception):
        return _classified(error.__cause__)
    if isinstance(error, DBusErrorResponse):
        name = str(error.name)
        for part, fault, why in _BY_DBUS_NAME:
            if part in name:
                return fault, why
        return Fault.GONE, f"an unexpected answer ({name.rpartition('.')[2][:40]})"
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return Fault.MISSING, "nothing answers at the address of the session bus"
    if isinstance(error, PermissionError):
        return Fault.DENIED, "the session bus is another user's"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Fault.FULL, "no room on the disk"
    if isinstance(error, ConnectionError | OSError):
        return Fault.GONE, "the connection to the keyring broke"
    return Fault.GONE, f"an unexpected answer ({type(error).__name__})"
