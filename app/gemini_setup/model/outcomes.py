"""What can come of asking Google, and what can keep the keyring from its work. Imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of the question "does Google take this credential?" (DESIGN §3)."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of the contract (`id` as in DESIGN §3) and its outcome."""

    id: str
    outcome: Outcome


class Fault(StrEnum):
    """Why the keyring did not keep or give a credential (DESIGN §5, exit code 4)."""

    MISSING = "missing"
    LOCKED = "locked"
    SLOW = "slow"
    DENIED = "denied"
    FULL = "full"
    GONE = "gone"
