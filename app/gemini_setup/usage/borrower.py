"""A credential that another computer lends for one command: this one keeps nothing of it.

Two lenders, both of the same person: the agent at the other end of a socket that SSH forwards or a container mounts
(`GEMINI_SETUP_AGENT` names it), and, inside WSL, Windows' own `gemini-setup.exe` with its Credential Manager. Light.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any, Final

from gemini_setup.i18n.errors import Worded
from gemini_setup.system import programs
from gemini_setup.vault import heads

VARIABLE: Final = "GEMINI_SETUP_AGENT"
VERSION: Final = 1
PROGRAM: Final = "gemini-setup.exe"
_LONGEST: Final = 65_536  # bytes of an answer
_GREETING: Final = 5.0  # seconds for an agent to greet
_PATIENCE: Final = 90.0  # seconds for a person to say yes


class NotThere(Exception):
    """Whoever lends has nothing saved under that name."""


class NotLent(Worded):
    """Nobody lends it; `key` says why: "agent_gone", "agent_no", "agent_odd", "windows_no"."""


def agent() -> str | None:
    """The socket of an agent that was named; None where none was."""
    return os.environ.get(VARIABLE) or None


def windows_program() -> str | None:
    """Inside WSL, the command of Windows; None elsewhere, or where it is not installed."""
    from gemini_setup.vault.unavailable import surroundings

    if surroundings() != "wsl":
        return None
    return programs.found(PROGRAM)


def borrowed(profile: str) -> tuple[heads.Head, str | None]:
    """The head in use and its credential's JSON, from who lends it. Raises NotLent, NotThere."""
    place = agent()
    if place is not None:
        return _read(_asked(place, profile))
    program = windows_program()
    if program is None:
        raise NotLent("windows_no")
    return _read(_started(program, profile))


def _read(text: str) -> tuple[heads.Head, str | None]:
    try:
        head = heads.parse(text)
        return head, heads.whole(head, [])
    except (heads.Damaged, heads.UnknownSchema):
        raise NotLent("agent_odd") from None


def _started(program: str, profile: str) -> str:
    """From Windows: what `lend` prints, the same that an agent sends."""
    import subprocess  # here, and not for each `env` and `token`: 5 ms

    try:
        done = subprocess.run(
            [program, "lend", profile], stdin=subprocess.DEVNULL, capture_output=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        raise NotLent("windows_no") from None
    if done.returncode == 1:
        raise NotThere
    if done.returncode != 0:
        raise NotLent("windows_no")
    return done.stdout.decode("ascii", "replace").strip()


def _asked(place: str, profile: str) -> str:
    """From an agent: it greets with a number of this connection, which the request repeats, and answers once."""
    if not hasattr(socket, "AF_UNIX"):
        raise NotLent("agent_gone")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_GREETING)
        try:
            connection.connect(place)
            greeting = _line(connection)
            ours = {"version": VERSION, "nonce": greeting.get("nonce"), "profile": profile, "host": _here()}
            connection.sendall(json.dumps(ours).encode() + b"\n")
            connection.settimeout(_PATIENCE)
            answer = _line(connection)
        except (OSError, ValueError):
            raise NotLent("agent_gone") from None
    if answer.get("refused") == "not-saved":
        raise NotThere
    head = answer.get("head")
    if not isinstance(head, str):
        raise NotLent("agent_no")
    return head


def _here() -> str:
    """Who asks, for the question that the person reads there: this computer's name."""
    return socket.gethostname()[:60]


def _line(connection: socket.socket) -> dict[str, Any]:
    """One line of JSON. Raises OSError, ValueError."""
    data = b""
    while not data.endswith(b"\n"):
        piece = connection.recv(4096)
        if not piece or len(data) > _LONGEST:
            raise ValueError("no whole line")
        data += piece
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
