"""One window for each person: a second start raises the first, and hands over which profile it was to be about.

A socket that only this account can open; on Windows a pipe that only it can use. Whatever goes wrong, the
second start opens a window of its own: `hand_over` takes no longer than a third of a second.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from gemini_setup.model.credentials import is_profile_name
from gemini_setup.system.paths import window_mark

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

_PATIENCE: Final = 300  # milliseconds for the first window to answer in
_LONGEST: Final = 500  # bytes of what one start tells another
_LONGEST_PATH: Final = 100  # of a socket, as every system takes it
_ANSWER: Final = b"shown\n"
#: By this a Wayland desktop lets the window that is open come to the front: only who was started by a person has one.
TOKEN: Final = "XDG_ACTIVATION_TOKEN"
_TOKEN_FORM: Final = re.compile(r"[\w.:/+-]{1,250}", re.ASCII)


def _address() -> str:
    return window_mark().name if sys.platform == "win32" else str(window_mark())


def _is_there() -> bool:
    """A mark of this account's own: anyone else who can write there is told nothing, and keeps no window from opening."""
    try:
        status = os.lstat(window_mark())
    except OSError:
        return False
    return sys.platform == "win32" or status.st_uid == os.getuid()


def _connected(limit: int) -> QLocalSocket | None:
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(_address())
    return socket if socket.waitForConnected(limit) else None


def hand_over(profile: str) -> bool:
    """Whether a window that is open already has come up, so that this start is done."""
    if not _is_there():
        return False
    end = monotonic() + _PATIENCE / 1000

    def left() -> int:
        return max(1, round((end - monotonic()) * 1000))

    socket = _connected(_PATIENCE)
    if socket is None:
        return False
    told = {"profile": profile, "token": os.environ.get(TOKEN, "")[:250]}
    socket.write(json.dumps(told).encode() + b"\n")
    while socket.bytesAvailable() < len(_ANSWER) and monotonic() < end:
        if not socket.waitForReadyRead(left()):
            break
    answer = bytes(socket.readAll().data())
    socket.abort()
    return answer == _ANSWER


class Listener(QObject):
    """The first window's ear. `came` carries the profile that another start was about, and its token; "" for none."""

    came = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        from PySide6.QtNetwork import QLocalServer

        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._take)
        self.listens = len(os.fsencode(_address())) <= _LONGEST_PATH and self._listen()

    def _listen(self) -> bool:
        if sys.platform == "win32":
            with suppress(OSError):
                window_mark().touch()
        elif os.path.lexists(window_mark()):
            if not _is_there():
                return False
            if _connected(_PATIENCE) is not None:
                return False  # two were started at once, and the other one is the first
        # One that was killed has left its mark: Qt makes the socket elsewhere and moves it over that.
        return self._server.listen(_address())

    def close(self) -> None:
        if self.listens:
            self.listens = False
            self._server.close()
            if sys.platform == "win32":
                with suppress(OSError):
                    window_mark().unlink()

    def _take(self) -> None:
        socket = self._server.nextPendingConnection()
        if socket is not None:
            socket.setParent(self)
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._read)
            if socket.bytesAvailable():
                self._answer(socket)

    def _read(self) -> None:
        from PySide6.QtNetwork import QLocalSocket

        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        told = _told(bytes(socket.readLine(_LONGEST).data()))
        socket.write(_ANSWER)
        socket.flush()
        socket.disconnectFromServer()
        self.came.emit(*told)


def _told(line: bytes) -> tuple[str, str]:
    """The profile and the token; "" for what is none."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    name, token = told.get("profile"), told.get("token")
    return (
        name if isinstance(name, str) and is_profile_name(name) else "",
        token if isinstance(token, str) and _TOKEN_FORM.fullmatch(token) else "",
    )
