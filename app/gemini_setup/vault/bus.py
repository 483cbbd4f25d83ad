"""A connection to the session bus that never waits for ever, but lets a person type as long as they like.

Only jeepney: the fast reader and the Linux store share it.
"""

from __future__ import annotations

import os
import stat
import time
from typing import Any, Final

from jeepney import DBusAddress, Message, new_method_call
from jeepney.bus import get_connectable_addresses
from jeepney.io.blocking import DBusConnection, prep_socket
from jeepney.wrappers import unwrap_msg

LIMIT: Final = 10.0  # seconds for any one answer
SECRETS: Final = "org.freedesktop.secrets"

_WATCH = 1.0  # seconds between looks at whether the service that shows a prompt still lives


class NoBus(Exception):
    """There is no session bus to talk to, or none of a kind that we can reach. Never started by us."""


def address() -> str:
    """The socket of the session bus. Never `autolaunch:`, which would start a bus of its own."""
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    if named:
        try:
            return str(next(get_connectable_addresses(named)))
        except (ValueError, RuntimeError, StopIteration):
            raise NoBus("the address of the session bus is of a kind that cannot be used") from None
    folder = os.environ.get("XDG_RUNTIME_DIR")
    if folder:
        path = os.path.join(folder, "bus")
        try:
            if stat.S_ISSOCK(os.stat(path).st_mode):
                return path
        except OSError:
            pass
    raise NoBus("this session has no D-Bus")


class Connection(DBusConnection):  # type: ignore[misc]  # jeepney has no types
    """A jeepney connection with a limit on every call but none on the wait for a prompt's end."""

    waiting = False  # for a person, right now

    def send_and_get_reply(self, message: Message, *, timeout: float | None = None) -> Message:
        return super().send_and_get_reply(message, timeout=LIMIT if timeout is None else timeout)

    def recv_until_filtered(self, queue: Any, *, timeout: float | None = None) -> Message:
        """Without a limit, but not past the death of the service: its prompt would never be completed."""
        if timeout is not None:
            return super().recv_until_filtered(queue, timeout=timeout)
        self.waiting = True
        try:
            while True:
                end = time.monotonic() + _WATCH
                try:
                    return super().recv_until_filtered(queue, timeout=max(0.0, end - time.monotonic()))
                except TimeoutError:
                    pass
                if not has_owner(self) and not queue:
                    raise ConnectionResetError("the keyring went away while it was asking")
        finally:
            self.waiting = False


_BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")


def ask(connection: Connection, method: str, signature: str | None = None, *body: Any) -> Any:
    """Ask the bus itself; the first value of its answer."""
    message = new_method_call(_BUS, method, signature, body)
    return unwrap_msg(connection.send_and_get_reply(message))[0]


def has_owner(connection: Connection) -> bool:
    return bool(ask(connection, "NameHasOwner", "s", SECRETS))


def connect() -> Connection:
    """Raises NoBus, or what the socket raises."""
    return Connection(prep_socket(address(), timeout=1.0))
