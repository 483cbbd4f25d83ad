"""HTTP/1.1 on bare sockets, so that answers can be cut, dripped and reset, and closed clients noticed."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from tests.waiting import PATIENCE

Socket = socket.socket  # an ssl.SSLSocket is one too

_HEAD_LIMIT = 1 << 17
_BODY_LIMIT = 64 << 20
# How long a wait sleeps at most before it looks whether the server is being stopped.
_SLICE = 0.1


class Closed(Exception):
    """The other side (or the end of this server) has closed the connection."""


@dataclass
class Request:
    """What came in, before anybody has judged it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Response:
    """What goes out, and how it is spoiled on the way."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    close: bool = False
    cut: int | None = None  # so many bytes of the body, then the end
    reset: bool = False
    drip: float | None = None
    drip_head: bool = False
    huge: int | None = None
    head_only: bool = False  # HEAD


class Connection:
    """One client; reads ahead, so that a closed connection is noticed while an answer waits."""

    def __init__(self, sock: Socket, number: int, stopping: threading.Event) -> None:
        self.sock = sock
        self.number = number
        self.sent = 0  # bytes that the system has taken to send
        self._stopping = stopping
        self._buffer = bytearray()
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wrap(self, context: ssl.SSLContext) -> None:
        """From here on TLS; what was read ahead would be lost, so nobody may have sent any."""
        self.sock.settimeout(PATIENCE)
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def establish(self) -> None:
        """Says that a tunnel stands."""
        self._send(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def _fill(self, timeout: float | None) -> bool:
        """Reads what is there; False when nothing came in time."""
        try:
            self.sock.settimeout(timeout)
            data = self.sock.recv(65536)
        except TimeoutError:
            return False
        except OSError as problem:  # a reset, a TLS alert, or our own stop
            raise Closed from problem
        if not data:
            raise Closed
        self._buffer += data
        return True

    def _until(self, mark: bytes, limit: int) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit:
                raise Closed
            self._fill(None)
        return self._take(end + len(mark))

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill(None)
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def read(self) -> Request:
        """One request; raises Closed at the end of the connection or at nonsense."""
        head = self._until(b"\r\n\r\n", _HEAD_LIMIT).lstrip(b"\r\n").decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        parts = first.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise Closed
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        request = Request(parts[0], parts[1], headers)
        if headers.get("expect", "").lower() == "100-continue":
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            request.body = b"".join(self._chunks())
        elif length := headers.get("content-length"):
            if not length.isdigit() or int(length) > _BODY_LIMIT:
                raise Closed
            request.body = self._take(int(length))
        if parts[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return request

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = int(self._until(b"\r\n", 1024).split(b";")[0], 16)
            if size == 0:
                while self._until(b"\r\n", _HEAD_LIMIT) != b"\r\n":
                    pass
                return
            yield self._take(size)
            self._take(2)

    def wait(self, seconds: float | None) -> None:
        """Waits (None: for ever) and raises Closed as soon as the client has gone."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set():
            left = _SLICE if end is None else end - time.monotonic()
            if left <= 0:
                return
            if self._fill(min(left, _SLICE)) and len(self._buffer) > _BODY_LIMIT:
                raise Closed
        raise Closed

    def _send(self, data: bytes) -> None:
        try:
            self.sock.settimeout(None)
            self.sock.sendall(data)
        except OSError as problem:
            raise Closed from problem
        self.sent += len(data)

    def write(self, response: Response) -> bool:
        """Sends an answer with its faults; False where the connection must end, Closed if the client went."""
        headers = list(response.headers)
        body = response.body
        chunked = response.chunks is not None and response.huge is None
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in response.chunks or () if c) + b"0\r\n\r\n"
        else:
            size = len(body) if response.huge is None else response.huge
            headers.append(("Content-Length", str(size)))
        if response.close:
            headers.append(("Connection", "close"))
        head = _head(response.status, headers)
        if response.head_only:
            body = b""
        cut = response.cut is not None or response.reset
        if response.reset:
            body = body[: len(body) // 2]
        elif response.cut is not None:
            body = body[: response.cut]
        if response.drip is not None:
            self._dribble(head, body, response.drip, head_too=response.drip_head)
        elif response.huge is not None and not response.head_only:
            self._send(head)
            self._flood(response.huge)
        else:
            self._send(head + body)
        if response.reset:
            # The client must have read the half before the reset throws the rest away.
            with contextlib.suppress(Closed):
                self.wait(0.05)
            self.abort()
        return not (cut or response.close)

    def _dribble(self, head: bytes, body: bytes, interval: float, *, head_too: bool) -> None:
        if not head_too:
            self._send(head)
        for place in range(len(rest := head + body if head_too else body)):
            self.wait(interval)
            self._send(rest[place : place + 1])

    def _flood(self, size: int) -> None:
        block = b" " * 65536
        self._send(b"{")
        left = size - 1
        while left > 0:
            if self._stopping.is_set():
                raise Closed
            self._send(block[:left] if left < len(block) else block)
            left -= len(block)

    def abort(self) -> None:
        """Ends with a TCP reset instead of a clean close."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
        self.close(politely=False)

    def wake(self) -> None:
        """From another thread: whatever this connection waits for ends now."""
        with contextlib.suppress(OSError):
            # SSLSocket's own shutdown forgets the TLS state under the feet of the thread that uses it.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self, *, politely: bool = True) -> None:
        if politely:
            self.wake()
        with contextlib.suppress(OSError):
            self.sock.close()


def _head(status: int, headers: list[tuple[str, str]]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def squeeze(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1, mtime=0)


def bomb(size: int) -> bytes:
    """A gzip text that unpacks to `size` spaces; about a thousandth of it on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    whole, rest = divmod(size, len(block))
    found = [packer.compress(block) for _ in range(whole)]
    return b"".join([*found, packer.compress(block[:rest]), packer.flush()])


class Listener:
    """A port on the loopback address; each connection gets a thread, and stop() leaves none behind."""

    def __init__(self, name: str, serve: Callable[[Connection], None]) -> None:
        self._name = name
        self._serve = serve
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[Connection, threading.Thread] = {}
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._count = 0
        self.port = 0

    def start(self) -> None:
        """Listens; a second start after stop() takes the same port again."""
        self._stopping = threading.Event()
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(128)
        self.port = listening.getsockname()[1]
        self._socket = listening
        self._thread = threading.Thread(
            target=self._accept, args=(listening, self._stopping), name=f"loopback-{self._name}", daemon=True
        )
        self._thread.start()

    def _accept(self, listening: socket.socket, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            if stopping.is_set():
                sock.close()
                return
            with self._lock:
                self._count += 1
                connection = Connection(sock, self._count, stopping)
                thread = threading.Thread(
                    target=self._run,
                    args=(connection,),
                    daemon=True,
                    name=f"loopback-{self._name}-{self._count}",
                )
                self._open[connection] = thread
            thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        except (Closed, OSError, ValueError):  # ValueError: a chunk size or a URL that is none
            pass
        finally:
            connection.close()
            with self._lock:
                self._open.pop(connection, None)

    def stop(self) -> None:
        if self._socket is None:
            return
        self._stopping.set()
        with contextlib.suppress(OSError):  # accept() does not wake for a closed socket everywhere
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        if self._thread is not None:
            self._thread.join(PATIENCE)
        self._socket.close()
        self._socket = None
        with self._lock:
            left = list(self._open.items())
        for connection, _ in left:
            connection.wake()
        for _, thread in left:
            thread.join(PATIENCE)
