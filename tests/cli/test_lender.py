"""The agent's socket under attack: another user, a replay, a flood, clients that hang or trickle. It lends them nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.usage import lender
from gemini_setup.usage.lender import OPEN, Lender
from gemini_setup.usage.reader import NotKept
from tests.waiting import PATIENCE

HEAD = "what-is-lent"


class Host:
    """A lender in this process; `asked` is what it asked the person for, `says` what the person answers."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.asked: list[tuple[str, str]] = []
        self.says = True
        self.lender = Lender(place, self._consent)
        self.lender.open()
        self._thread = threading.Thread(target=self.lender.serve)
        self._thread.start()

    def _consent(self, profile: str, who: str) -> bool:
        self.asked.append((profile, who))
        return self.says

    def close(self) -> None:
        self.lender.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def connect(self) -> tuple[socket.socket, Any]:
        """A connection, and what it was greeted with (None: it was closed)."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.place))
        return connection, _line(connection)

    def asks(self, **members: object) -> Any:
        connection, greeting = self.connect()
        with connection:
            request = {
                "version": 1,
                "nonce": greeting["nonce"],
                "profile": "default",
                "host": "far",
                **members,
            }
            connection.sendall(json.dumps(request).encode() + b"\n")
            return _line(connection)


def _line(connection: socket.socket) -> Any:
    data = b""
    while not data.endswith(b"\n"):
        try:
            piece = connection.recv(4096)
        except ConnectionResetError:
            return None
        if not piece:
            return None
        data += piece
    return json.loads(data)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    def lend(profile: str) -> str:
        if profile != "default":
            raise NotKept(profile)
        return HEAD

    monkeypatch.setattr(lender, "lend", lend)
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        made = Host(Path(folder) / "own" / "socket")
        try:
            yield made
        finally:
            made.close()
        assert not made.place.exists()


def test_who_asks_properly_and_is_agreed_to_gets_it_once(host: Host) -> None:
    assert host.asks() == {"version": 1, "head": HEAD}
    assert host.asked == [("default", "far")]
    assert host.place.stat().st_mode & 0o777 == 0o600
    assert host.place.parent.stat().st_mode & 0o777 == 0o700
    assert host.asks(profile="another") == {"refused": "not-saved"}


def test_a_no_lends_nothing(host: Host) -> None:
    host.says = False
    assert host.asks() == {"refused": "no"}


def test_another_user_is_not_even_greeted(host: Host) -> None:
    """Also where the socket's own permissions were opened by somebody."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for place, mode in ((host.place, 0o777), (host.place.parent, 0o755), (host.place.parent.parent, 0o755)):
        place.chmod(mode)
    code = (
        "import os, socket, sys\nos.setgid(65534); os.setuid(65534)\n"
        "one = socket.socket(socket.AF_UNIX); one.settimeout(20); one.connect(sys.argv[1])\n"
        'try: one.sendall(b\'{"version": 1, "profile": "default"}\\n\')\n'
        "except OSError: pass\n"
        "try: print(repr(one.recv(4096)))\n"
        "except OSError: print(repr(b''))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(host.place)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "b''\n"), done.stderr
    assert host.asked == []
    host.place.chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", code, str(host.place)], capture_output=True, text=True, timeout=60
    )
    assert "PermissionError" in done.stderr


def test_what_was_recorded_is_worth_nothing_later(host: Host) -> None:
    connection, greeting = host.connect()
    with connection:
        request = {"version": 1, "nonce": greeting["nonce"], "profile": "default", "host": "far"}
        recorded = json.dumps(request).encode() + b"\n"
        connection.sendall(recorded)
        assert _line(connection)["head"] == HEAD
    assert len(host.asked) == 1
    again, _ = host.connect()
    with again:
        again.sendall(recorded)
        assert _line(again) == {"refused": "not-understood"}
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "sent",
    [b"\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b'{"version": 2}\n', b"x" * 5000 + b"\n", b'{"nonce": null, "version": 1}\n'],
)  # fmt: skip
def test_what_is_no_request_gets_nothing(sent: bytes, host: Host) -> None:
    connection, _ = host.connect()
    with connection:
        connection.sendall(sent)
        answer = _line(connection)
    assert answer is None or answer == {"refused": "not-understood"}
    assert host.asked == []
    assert host.asks()["head"] == HEAD


@pytest.mark.parametrize("profile", ["../x", "A", "", 7, None, "x" * 40])
def test_what_is_no_profile_is_not_asked_for(profile: object, host: Host) -> None:
    assert host.asks(profile=profile) == {"refused": "not-understood"}
    assert host.asked == []


def test_who_hangs_keeps_nobody_out_for_long(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lender, "ASKING", 5.0)
    hanging = [host.connect()[0] for _ in range(OPEN - 1)]
    assert host.asks()["head"] == HEAD, "while they hang"
    for one in hanging:
        assert _line(one) is None, "closed without an answer"
        one.close()
    assert host.asked == [("default", "far")]


def test_a_flood_is_turned_away_and_the_next_one_served(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lender, "ASKING", 5.0)
    flood = []
    for _ in range(OPEN * 6):
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(host.place))  # with a time limit, the kernel itself would turn it away
        one.settimeout(PATIENCE)
        flood.append(one)
    greeted = [one for one in flood if _line(one) is not None]
    assert len(greeted) <= OPEN * 2  # those of the first seconds, and what came after they had been closed
    for one in flood:
        one.close()
    answer = None
    while answer is None:  # its places are free again after those
        connection, greeting = host.connect()
        with connection:
            if greeting is not None:
                request = {"version": 1, "nonce": greeting["nonce"], "profile": "default", "host": "far"}
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = _line(connection)
    assert answer["head"] == HEAD
    assert len(host.asked) == 1, "nobody of the flood was asked about"


def test_a_trickle_is_no_request(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lender, "ASKING", 0.5)
    connection, _ = host.connect()
    with connection:
        answer: Any = ...
        for _ in range(100):
            try:
                connection.sendall(b" ")
            except OSError:
                answer = None
                break
            connection.settimeout(0.05)
            try:
                if connection.recv(1) == b"":
                    answer = None
                    break
            except TimeoutError:
                continue
    assert answer is None
    assert host.asked == []


def test_who_gave_up_is_not_asked_about(host: Host) -> None:
    holding = threading.Event()
    held = threading.Event()

    def consent(profile: str, who: str) -> bool:
        host.asked.append((profile, who))
        held.set()
        return holding.wait(PATIENCE)

    host.lender._consent = consent
    first = threading.Thread(target=host.asks)
    first.start()
    assert held.wait(PATIENCE)
    gone, greeting = host.connect()
    gone.sendall(
        json.dumps({"version": 1, "nonce": greeting["nonce"], "profile": "default", "host": "gone"}).encode()
        + b"\n"
    )
    gone.close()
    holding.set()
    first.join(PATIENCE)
    assert host.asks()["head"] == HEAD
    assert ("default", "gone") not in host.asked


def test_a_second_agent_leaves_the_first_its_place(host: Host) -> None:
    with pytest.raises(FileExistsError):
        Lender(host.place, lambda *_: True).open()
    assert host.asks()["head"] == HEAD


def test_a_socket_that_a_killed_agent_left_is_taken_over(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        place = Path(folder) / "socket"
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(place))
        left.close()
        made = Host(place)
        made.close()
