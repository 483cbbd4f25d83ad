"""A connection to the session bus that never waits for ever, but lets a person type as long as they like.

Only jeepney: the fast reader and the Linux store share it.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from typing import Any, Final

from jeepney import DBusAddress, Message, new_method_call
from jeepney.bus import get_connectable_addresses
from jeepney.io.blocking import DBusConnection, prep_socket
from jeepney.wrappers import unwrap_msg

LIMIT: Final = 10.0  # seconds for any one answer
SECRETS: Final = "org.freedesktop.secrets"

RUNTIME: Final = "/run/user"  # where a session's folder is, by the user's number

#: Seconds for a prompt's end where nobody may be there to see it: cron, a service, another program's helper.
UNATTENDED: Final = 60.0
_WATCH = 1.0  # seconds between looks at whether the service that shows a prompt still lives
_PEER = struct.Struct("3i")  # process, user and group of who holds the other end of a socket


class NoBus(Exception):
    """There is no session bus to talk to, or none of a kind that we can reach. Never started by us."""


class ForeignBus(NoBus):
    """Another account holds the bus: what is asked there, or kept, is asked of that account."""


class SilentBus(TimeoutError):
    """The bus itself did not answer. The keyring was not asked, so nothing is known of it."""


def address() -> str:
    """The socket of the session bus. Never `autolaunch:`, which would start a bus of its own.

    Where no variable tells (a program may start its helpers with `HOME` alone), the one of this account's session.
    """
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    if named:
        try:
            return str(next(get_connectable_addresses(named)))
        except (ValueError, RuntimeError, StopIteration):
            raise NoBus("the address of the session bus is of a kind that cannot be used") from None
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(folder):
        folder = ""
    path = os.path.join(folder or f"{RUNTIME}/{os.getuid()}", "bus")
    try:
        found = os.stat(path)
        if stat.S_ISSOCK(found.st_mode) and (folder or found.st_uid == os.getuid()):
            return path
    except OSError:
        pass
    raise NoBus("this session has no D-Bus")


class NobodyThere(Exception):
    """The keyring asks for its password, and nobody answers."""


class Connection(DBusConnection):  # type: ignore[misc]  # jeepney has no types
    """A jeepney connection with a limit on every call but none on the wait for a prompt's end."""

    waiting = False  # for a person, right now

    def send_and_get_reply(self, message: Message, *, timeout: float | None = None) -> Message:
        return super().send_and_get_reply(message, timeout=LIMIT if timeout is None else timeout)

    def recv_until_filtered(self, queue: Any, *, timeout: float | None = None) -> Message:
        """As long as a person types, but not past the death of the service: its prompt would never be completed.

        Where there is neither a window of ours nor a terminal there may be no person: then not for ever.
        """
        from gemini_setup.security.process import is_attended

        if timeout is not None:
            return super().recv_until_filtered(queue, timeout=timeout)
        patience = None if is_attended() else time.monotonic() + UNATTENDED
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
                if patience is not None and time.monotonic() > patience:
                    raise NobodyThere("the keyring asked for its password, and nobody answered")
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
    """Raises NoBus, SilentBus, or what the socket raises."""
    try:
        opened = prep_socket(address(), timeout=LIMIT)
        try:
            _must_be_ours(opened)
            return Connection(opened)
        except BaseException:
            opened.close()
            raise
    except TimeoutError:
        raise SilentBus("the bus did not answer") from None


def _must_be_ours(opened: socket.socket) -> None:
    """A variable may outlive its session, and the socket's name be another account's by now (tmux, nohup, cron).

    Nothing was said on it yet but which account we are.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return
    _, user, _ = _PEER.unpack(opened.getsockopt(socket.SOL_SOCKET, option, _PEER.size))
    if user not in (os.geteuid(), 0):
        raise ForeignBus("the session bus belongs to another account")
