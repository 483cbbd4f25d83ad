"""What this program made at Google, as the list and the rows of saved keys say it. Makes no widgets."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemini_setup.gui.presenters.profile_row import Remind, date, remind
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Kind, Profile, ReplacedCredential, Service
from gemini_setup.model.reminders import Reminder, moment

if TYPE_CHECKING:
    from gemini_setup.actions.possessions import Listed

_KINDS = {
    "api_key": "api_key",
    "service_account": "service_account_key",
}  # of a profile, and of what was made
_TONES = {"in-use": "green", "previous": "grey", "retiring": "amber", "pending": "amber", "unused": "grey"}


@dataclass(frozen=True, slots=True)
class MadeWords:
    """`tone` is the state's color; `spoken` reads the whole row out."""

    kind: str
    name: str
    state: str
    tone: str
    about: str
    spoken: str


def made_words(one: Listed) -> MadeWords:
    made = one.made
    kind = cause_texts.text("provision.kinds", made.kind.value)
    state = cause_texts.text("provision.states", one.state)
    kind = kind[:1].upper() + kind[1:]
    profile = made.profile if made.is_credential else ""
    about = [say("made.about", project=made.project, profile=profile)]
    until = moment(made.retire_after) if one.state == "retiring" else None
    ends = moment(made.expires) if one.state in ("in-use", "previous", "unused") else None
    if until is not None:
        about.append(say("made.retires", date=date(until)))
    if ends is not None:
        about.append(say("made.expires", date=date(ends)))
    said = " · ".join(filter(None, about))
    spoken = f"{say('made.row', kind=kind, name=made.name, state=state)}. {said}"
    shown = state[:1].upper() + state[1:]
    return MadeWords(kind, made.name, shown, _TONES.get(one.state, "grey"), said, spoken)


def undo_commands(listed: Sequence[Listed]) -> str:
    """gcloud's commands that undo by hand what is there, one a line."""
    return "\n".join(shlex.join(one.command) for one in listed if one.command and one.state != "deleted")


@dataclass(frozen=True, slots=True)
class AtGoogle:
    """What a saved profile has to do with what was made. `ours`: its credential was; `restores`: the one before was, and
    was deleted or disabled there; `expires`: the end of the credential in use, as a sentence.
    """

    ours: bool = False
    restores: bool = False
    expires: str = ""


def reminds(row: Profile, at: AtGoogle, *, ready: bool) -> list[Remind]:
    """What the row wants, where we can do it at Google (`ready`), or do it later without being asked."""
    without = (Reminder.OLD_ALIVE,) if at.restores else ()
    told = remind(row, without=without)
    return [_doing(one, at) for one in told] if may_rotate(row, at, ready=ready) else told


def may_rotate(row: Profile, at: AtGoogle, *, ready: bool) -> bool:
    """What we made, and an API key of AI Studio's: a new one is created the same way."""
    studio = row.kind is Kind.API_KEY and row.service is Service.STUDIO
    return ready and (at.ours or studio) and not row.removing


def _doing(one: Remind, at: AtGoogle) -> Remind:
    """Rotate in place of Replace; a leaked key of ours is deleted by that."""
    does = tuple("rotate" if what == "replace" else what for what in one.does)
    if at.ours and "rotate" in does:
        does = tuple(what for what in does if what != "delete")
    return replace(one, does=does)


def at_google(row: Profile, listed: Sequence[Listed]) -> AtGoogle:
    mine = [one for one in listed if one.made.profile == row.name and one.made.is_credential]
    now = next((one for one in reversed(mine) if _is(one, row)), None)
    before = next((one for one in reversed(mine) if row.old is not None and _is(one, row.old)), None)
    ends = moment(row.expires)
    return AtGoogle(
        ours=now is not None and now.state == "in-use",
        restores=before is not None and (before.state == "deleted" or bool(before.made.disabled)),
        expires=say("made.expires", date=date(ends)) if ends is not None else "",
    )


def _is(one: Listed, row: Profile | ReplacedCredential) -> bool:
    kind = row.kind.value if row.kind is not None else ""
    return one.made.kind.value == _KINDS.get(kind) and one.made.hint == row.hint != ""
