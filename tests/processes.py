"""What the kernel says of a process of a test's."""

from __future__ import annotations

from pathlib import Path


def state_of(pid: int) -> str:
    """As in proc(5): "R" runs, "S" sleeps, "Z" has ended and nobody has asked; "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def lives(pid: int) -> bool:
    return state_of(pid) not in ("", "Z")
