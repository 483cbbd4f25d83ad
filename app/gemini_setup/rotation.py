"""What follows a rotation (DESIGN §7): is the old credential dead, bring it back, erase it, forget a profile.

A rotation ends when the old credential is proven dead at Google. Until then it stays in `previous`, for rolling back
and because it is still worth something to whoever has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from gemini_setup.actions import Ask, Desk, asking, is_death
from gemini_setup.blocking import blocking
from gemini_setup.causes import Cause
from gemini_setup.credentials import Kept, Kind, Outcome, Profile

#: Seconds between the two answers that prove a death, and until a credential that still lives is asked again.
APART: Final = 30.0
PATIENCE: Final = 60.0
ASKS: Final = 12  # about ten minutes of patience: Google may take a while to make a deletion known


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking of both credentials. `deaths` of the two that are needed in a row; `wait` seconds until the next."""

    old: Cause
    new: Cause
    deaths: int
    wait: float


@dataclass(frozen=True, slots=True)
class Proof:
    """The end of the asking: `dead` only if Google said so twice, while the new credential worked each time."""

    dead: bool
    old: Cause
    new: Cause


async def prove(
    desk: Desk,
    profile: str,
    *,
    ask: Ask | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Asked | Proof, None]:
    """The person says that the old credential is deleted: ask Google, twice at least `APART` seconds apart.

    Each credential is asked on its native route at the endpoint in its own head, anew each time, and nothing is
    generated. Goes on for about ten minutes while the old one still lives, then ends with a Proof that is none. Writes
    down what the person said and what was proven; erases nothing. Raises NoSuchProfile where there is no old one.
    """
    from gemini_setup.vault import NoSuchProfile

    if ask is None:
        ask = asking(desk)

    def read() -> tuple[Kept, Kept | None]:
        vault = desk.open_vault()
        kept, before = vault.read(profile), vault.previous(profile)
        if before is not None:
            vault.note_old(profile, deleted=True)
        return kept, before

    kept, before = await blocking(read)
    if before is None:
        raise NoSuchProfile(profile)
    deaths = 0
    for number in range(1, ASKS + 1):
        old, new = await asyncio.gather(ask(before.access), ask(kept.access))
        deaths = deaths + 1 if is_death(old) and new.outcome is Outcome.ACCEPTED else 0
        if deaths == 2:
            await blocking(lambda: desk.open_vault().note_old(profile, dead=True))
            yield Proof(True, old, new)
            return
        if number == ASKS:
            break
        wait = APART if deaths else PATIENCE
        yield Asked(old, new, deaths, wait)
        await pause(wait)
    yield Proof(False, old, new)


# ---------------------------------------------------------------- one click each


def previous(desk: Desk, profile: str) -> Kept | None:
    """Blocking: the credential that `rollback` would bring back. Raises VaultFault."""
    return desk.open_vault().previous(profile)


def rollback(desk: Desk, profile: str) -> Kept:
    """Blocking: bring the previous credential back. Raises NoSuchProfile and VaultFault."""
    return desk.open_vault().rollback(profile)


def forget_previous(desk: Desk, profile: str) -> bool:
    """Blocking: erase the previous credential here; False if there was none. Raises NoSuchProfile and VaultFault."""
    return desk.open_vault().forget_previous(profile)


def remove(desk: Desk, profile: str) -> None:
    """Blocking: forget a profile everywhere here. Raises NoSuchProfile and VaultFault."""
    desk.open_vault().remove(profile)


# ---------------------------------------------------------------- what a profile wants


class Reminder(StrEnum):
    """What *This computer* says about a profile, the most urgent first."""

    LEAKED = "leaked"  # seen in public: stop the old one first
    REFUSED = "refused"  # the last check failed
    BLOCKED = "blocked"
    OLD_DEAD = "old-dead"  # the rotation only wants its last click
    OLD_ALIVE = "old-alive"  # a rotation is open
    STANDARD = "standard"  # an older key, which Google is retiring
    AGE = "age"


#: After that a credential is old enough to be replaced: Google advises to rotate keys regularly, 90 days being usual.
OLD_AFTER: Final = timedelta(days=90)


def reminders(profile: Profile, now: datetime | None = None) -> tuple[Reminder, ...]:
    """From the index alone: nothing is asked and no secret is read."""
    found: list[Reminder] = []
    if profile.cause == "key-leaked":
        found.append(Reminder.LEAKED)
    elif profile.outcome is Outcome.REFUSED:
        found.append(Reminder.REFUSED)
    elif profile.outcome is Outcome.BLOCKED:
        found.append(Reminder.BLOCKED)
    if profile.old is not None:
        found.append(Reminder.OLD_DEAD if profile.old.dead else Reminder.OLD_ALIVE)
    if profile.standard:
        found.append(Reminder.STANDARD)
    kept = moment(profile.kept)
    if kept is not None and profile.kind is not Kind.ADC and (now or datetime.now(UTC)) - kept > OLD_AFTER:
        found.append(Reminder.AGE)
    return tuple(found)


def moment(text: str | None) -> datetime | None:
    """A time of the index (UTC, RFC 3339), None where there is none."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
