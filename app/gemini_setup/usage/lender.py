"""The other end: an agent that lends a saved credential over a socket of this account's, for one command each time.

It runs only while somebody has started it, asks the person for every loan, reads the keyring for every loan, and holds
nothing between two. Who connects is known by the kernel: this account, or root, which could read everything anyway. Each
connection has a number of its own that the request must repeat, so that nothing recorded is worth anything later; it
has five seconds to ask, and only a few may be open, so that who hangs or floods keeps nobody out for long.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gemini_setup.usage import reader
from gemini_setup.usage.borrower import VERSION
from gemini_setup.vault import heads
from gemini_setup.vault.faults import VaultFault

ASKING: Final = 5.0  # seconds for a request to arrive
OPEN: Final = 16  # connections at once
_LONGEST: Final = 4096  # bytes of a request
_PEER: Final = struct.Struct("3i")

Consent = Callable[[str, str], bool]  # of a profile, and of who asks


def lend(profile: str) -> str:
    """The head in use with its whole credential, one line. Raises reader.NotKept, VaultFault."""
    head, body = reader.own(profile)
    return heads.compose(head.holding(body))


def default_socket() -> Path:
    """In the session's own folder in memory where there is one, else in ours."""
    from gemini_setup.system.paths import run_folder

    return run_folder().with_name("gemini-setup-agent") / "socket"


class Lender:
    """`serve()` until `stop()`; `consent` is asked for every loan, one at a time."""

    def __init__(self, place: Path, consent: Consent) -> None:
        self._place = place
        self._consent = consent
        self._asking = threading.Lock()  # one question at a time
        self._free = threading.BoundedSemaphore(OPEN)
        self._stopped = threading.Event()
        self._listening: socket.socket | None = None

    def open(self) -> None:
        """Raises OSError: FileExistsError where another agent answers there."""
        self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            try:
                listening.bind(str(self._place))
            except OSError:
                if _answers(self._place):
                    raise FileExistsError("another agent is running there") from None
                self._place.unlink()
                listening.bind(str(self._place))
        except BaseException:
            listening.close()
            raise
        finally:
            os.umask(before)
        listening.listen(OPEN)
        self._listening = listening

    def serve(self) -> None:
        assert self._listening is not None
        while not self._stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            if not _is_ours(connection) or not self._free.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._attend, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            with contextlib.suppress(OSError):
                self._place.unlink()

    def _attend(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError, ValueError):
                nonce = secrets.token_hex(16)
                connection.settimeout(ASKING)
                connection.sendall(json.dumps({"version": VERSION, "nonce": nonce}).encode() + b"\n")
                answer = self._answer(_request(connection), nonce, connection)
                connection.sendall(json.dumps(answer).encode() + b"\n")
        finally:
            self._free.release()

    def _answer(self, asked: dict[str, Any], nonce: str, connection: socket.socket) -> dict[str, Any]:
        profile, host = asked.get("profile"), asked.get("host")
        if asked.get("version") != VERSION or not secrets.compare_digest(str(asked.get("nonce")), nonce):
            return {"refused": "not-understood"}
        if not isinstance(profile, str) or re.fullmatch(reader.PROFILE_NAME, profile) is None:
            return {"refused": "not-understood"}
        who = re.sub(r"[^A-Za-z0-9._-]", "", host if isinstance(host, str) else "")[:60]
        with self._asking:
            if _hung_up(connection) or not self._consent(profile, who):
                return {"refused": "no"}
        try:
            return {"version": VERSION, "head": lend(profile)}
        except reader.NotKept:
            return {"refused": "not-saved"}
        except VaultFault as error:
            return {"refused": error.fault.value}


def _request(connection: socket.socket) -> dict[str, Any]:
    """One line, whole within its time: a byte now and then is not asking. Raises OSError, ValueError."""
    end = time.monotonic() + ASKING
    data = b""
    while not data.endswith(b"\n"):
        connection.settimeout(max(0.01, end - time.monotonic()))
        piece = connection.recv(_LONGEST)
        if not piece or len(data) + len(piece) > _LONGEST or time.monotonic() > end:
            raise ValueError("no request")
        data += piece
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _hung_up(connection: socket.socket) -> bool:
    """Whether who asked has gone while others were answered: nobody is asked for nothing."""
    try:
        connection.setblocking(False)
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(ASKING)


def _is_ours(connection: socket.socket) -> bool:
    """Whether this account, or root, holds the other end."""
    if sys.platform == "darwin":
        _, user = struct.unpack_from("II", connection.getsockopt(0, 1, 76))  # LOCAL_PEERCRED of SOL_LOCAL
    else:
        option = getattr(socket, "SO_PEERCRED", None)
        if option is None:
            return False
        _, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _PEER.size))
    return user in (os.geteuid(), 0)


def _answers(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(1)
        try:
            other.connect(str(place))
        except OSError:
            return False
        return True
