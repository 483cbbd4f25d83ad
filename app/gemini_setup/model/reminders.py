"""What *This computer* says about a profile, from the index alone. Light: the window's first frame needs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from gemini_setup.model.credentials import Kind, Profile
from gemini_setup.model.outcomes import Outcome


class Reminder(StrEnum):
    """What *This computer* says about a profile, the most urgent first."""

    REMOVING = "removing"  # its removal did not come to its end
    LEAKED = "leaked"  # seen in public: stop the old one first
    REFUSED = "refused"  # the last check failed
    BLOCKED = "blocked"
    OLD_DEAD = "old-dead"  # the rotation only wants its last click
    OLD_ALIVE = "old-alive"  # a rotation is open
    OLD_RETIRING = "old-retiring"  # it goes automatically once nothing uses it
    EXPIRES = "expires"  # at Google, in days, or it has
    STANDARD = "standard"  # an older key, which Google is retiring
    AGE = "age"


#: After that a credential is old enough to be replaced: Google advises to rotate keys regularly, 90 days being usual.
OLD_AFTER: Final = timedelta(days=90)
#: Before a key's end, there is time to replace it.
EXPIRES_SOON: Final = timedelta(days=14)


def reminders(profile: Profile, now: datetime | None = None) -> tuple[Reminder, ...]:
    """From the index alone: nothing is asked and no secret is read."""
    found: list[Reminder] = [Reminder.REMOVING] if profile.removing else []
    if profile.cause == "key-leaked":
        found.append(Reminder.LEAKED)
    elif profile.outcome is Outcome.REFUSED:
        found.append(Reminder.REFUSED)
    elif profile.outcome is Outcome.BLOCKED:
        found.append(Reminder.BLOCKED)
    # While nobody has seen the new one accepted, the old one may be the only one that works.
    if profile.old is not None and (
        profile.outcome is Outcome.ACCEPTED or profile.old.useless or profile.old.deleted
    ):
        alive = Reminder.OLD_RETIRING if profile.retiring else Reminder.OLD_ALIVE
        found.append(Reminder.OLD_DEAD if profile.old.useless else alive)
    expires, today = moment(profile.expires), now or datetime.now(UTC)
    if expires is not None and expires - today < EXPIRES_SOON:
        found.append(Reminder.EXPIRES)
    if profile.standard:
        found.append(Reminder.STANDARD)
    kept = moment(profile.kept)
    old = kept is not None and today - kept > OLD_AFTER
    if old and profile.kind is not Kind.ADC and Reminder.EXPIRES not in found:
        found.append(Reminder.AGE)
    return tuple(found)


def moment(text: str | None) -> datetime | None:
    """A time of the index (UTC, RFC 3339), None where there is none."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
