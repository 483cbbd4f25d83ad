"""A network of its own for one program: every host's name leads to the loopback Google, which sees what was sent to it.

Outside, `Bridge` passes what comes in at a socket file on to the loopback Google's proxy. Inside (`python apart.py`), in
network and mount namespaces of its own, /etc/hosts names Google's hosts as 127.0.0.1, a name server says the same of
every other one, and a relay on port 443 reads the
host's name from the TLS greeting and asks the bridge for a tunnel to it. Linux; root, or user namespaces.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

#: A company's gateway, for profiles with an endpoint of their own.
GATEWAY = "gateway.example.com"
HOSTS = (
    GATEWAY,
    "generativelanguage.googleapis.com",
    "aiplatform.googleapis.com",
    "us-central1-aiplatform.googleapis.com",
    "europe-west1-aiplatform.googleapis.com",
    "aiplatform.us.rep.googleapis.com",
    "aiplatform.eu.rep.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
)


class Bridge:
    """A way out of the network of its own, to the loopback Google's proxy and nowhere else."""

    def __init__(self, proxy_port: int) -> None:
        self._port = proxy_port
        self._folder = tempfile.TemporaryDirectory(prefix="apart-")
        self.socket = str(Path(self._folder.name) / "way-out")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.socket)
        self._listener.listen(64)
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # nobody may wait on a number that is free
        self._serving.join(5)
        self._listener.close()
        self._folder.cleanup()

    def command(self, command: list[str]) -> list[str]:
        """The command that runs `command` apart."""
        own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        return [
            "unshare", *own, "--net", "--mount", "--",
            sys.executable, str(Path(__file__).resolve()), self.socket, *command,
        ]  # fmt: skip

    def _serve(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            try:
                outer = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                inner.close()
                continue
            couple(inner, outer)


def possible() -> str:
    """ "" where a network of its own can be made here, else why not."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return "needs Linux and unshare"
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    done = subprocess.run(["unshare", *own, "--net", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "this account may make no namespaces"


def couple(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until both sides have ended."""

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    for source, target in ((one, other), (other, one)):
        threading.Thread(target=pass_on, args=(source, target), daemon=True).start()


# ---------------------------------------------------------------- inside


def server_name(hello: bytes) -> str:
    """The host's name in a TLS ClientHello (RFC 6066 §3); "" if there is none."""
    try:
        at = 5 + 4 + 2 + 32  # record, handshake, version, random
        at += 1 + hello[at]
        at += 2 + struct.unpack_from("!H", hello, at)[0]
        at += 1 + hello[at]
        end = at + 2 + struct.unpack_from("!H", hello, at)[0]
        at += 2
        while at < end:
            kind, size = struct.unpack_from("!HH", hello, at)
            if kind == 0:
                (length,) = struct.unpack_from("!H", hello, at + 7)
                return hello[at + 9 : at + 9 + length].decode("ascii")
            at += 4 + size
    except (IndexError, struct.error, UnicodeDecodeError):
        pass
    return ""


def _lo_up() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def _tunnel(client: socket.socket, way_out: str) -> None:
    hello = b""
    while len(hello) < 5 or len(hello) < 5 + struct.unpack_from("!H", hello, 3)[0]:
        piece = client.recv(65536)
        if not piece:
            client.close()
            return
        hello += piece
    out = socket.socket(socket.AF_UNIX)
    out.connect(way_out)
    host = server_name(hello)
    out.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode("ascii"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = out.recv(1)
        if not piece:
            break
        answer += piece
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        client.close()
        out.close()
        return
    out.sendall(hello)
    couple(client, out)


def _name_server(names: socket.socket) -> None:
    """Every other host's name leads here, too: whatever a tool sends anywhere is seen."""
    while True:
        query, client = names.recvfrom(4096)
        end = query.find(b"\0", 12) + 5  # the question: name, type, class
        kind = query[end - 4 : end - 2]
        answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if kind == b"\0\x01" else b""
        head = query[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if answer else b"\0\0") + b"\0\0\0\0"
        names.sendto(head + query[12:end] + answer, client)


def _inside(way_out: str, command: list[str]) -> int:
    _lo_up()
    with tempfile.NamedTemporaryFile("w", prefix="hosts-", delete=False) as file:
        file.write("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {host}\n" for host in HOSTS))
    subprocess.run(["mount", "--bind", file.name, "/etc/hosts"], check=True)
    os.unlink(file.name)
    with tempfile.NamedTemporaryFile("w", prefix="resolv-", delete=False) as file:
        file.write("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", file.name, os.path.realpath("/etc/resolv.conf")], check=True)
    os.unlink(file.name)
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=_name_server, args=(names,), daemon=True).start()
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 443))
    listener.listen(64)

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_tunnel, args=(client, way_out), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


if __name__ == "__main__":
    sys.exit(_inside(sys.argv[1], sys.argv[2:]))
