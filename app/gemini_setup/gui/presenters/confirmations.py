"""The questions of the confirmation page: what will stop working, what stays valid at Google."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gemini_setup.gui.presenters import deliveries, profile_row
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.model.credentials import Kind, Profile
from gemini_setup.model.outcomes import Cause


@dataclass(frozen=True)
class Question:
    """`points` say what it means, `does` is what the button says and `done` what it does."""

    title: str
    lead: str
    points: tuple[str, ...]
    does: str
    done: Callable[[], None]
    destroys: bool = True
    delete: profile_row.Deletion | None = None  # where it is deleted at Google


def remove_question(row: Profile, done: Callable[[], None]) -> Question:
    points = [say("confirm.remove_programs", profile=row.name)]
    if row.old is not None and not row.old.dead:
        points.append(say("confirm.remove_old", hint=row.old.hint))
    if row.delivered:
        named = deliveries.tools([(tool, place) for tool, place, _ in row.delivered])
        points.append(say("confirm.remove_delivered", tools=named))
    points.append(say("confirm.remove_sign_in" if row.kind is Kind.ADC else "confirm.remove_google"))
    return Question(
        title=say("confirm.remove_title", profile=row.name),
        lead=say("confirm.remove_lead", summary=profile_row.summary(row)),
        points=tuple(points),
        does=say("confirm.remove"),
        done=done,
        delete=profile_row.deletion_of(row),
    )


def rollback_question(row: Profile, hint: str, said: Cause, done: Callable[[], None]) -> Question:
    """For an old one that Google rejects now."""
    return Question(
        title=say("confirm.rollback_title", hint=hint),
        lead=say("confirm.rollback_lead", title=cause_texts.cause(said.id).title),
        points=(say("confirm.rollback_stops", profile=row.name),),
        does=say("confirm.rollback"),
        done=done,
    )


def erase_question(row: Profile, done: Callable[[], None], *, last: bool = False) -> Question:
    """For an old one that is not proven dead; `last`: Google accepts it, and rejects the one in use."""
    old = row.old
    return Question(
        title=say("confirm.erase_title", hint=old.hint if old is not None else ""),
        lead=say("confirm.erase_lead"),
        points=(
            *((say("confirm.erase_last"),) if last else ()),
            say("confirm.erase_back"),
            say("confirm.erase_google"),
        ),
        does=say("confirm.erase"),
        done=done,
        delete=profile_row.deletion_of_old(old, row.kind, row.service) if old is not None else None,
    )


def take_back_question(profile: str, tool: str, place: str, done: Callable[[], None], left: str) -> Question:
    """For what another profile has there. `left`: it is "kept", "lost", or an "earlier" one of the same name."""
    return Question(
        title=say("handing.confirm_title", profile=profile, tool=tool),
        lead=say("handing.confirm_lead", place=place),
        points=(say("handing.confirm_stops", tool=tool), say(f"handing.confirm_{left}", profile=profile)),
        does=say("handing.undo"),
        done=done,
        destroys=left != "kept",
    )


def plain_question(file: str, in_keyring: Sequence[str], done: Callable[[], None]) -> Question:
    """Keeping it as plain text, where there is no keyring or it does not let us in."""
    apart = (say("confirm.plain_apart", names=joined(in_keyring)),) if in_keyring else ()
    return Question(
        title=say("confirm.plain_title"),
        lead=say("confirm.plain_lead"),
        points=(
            cause_texts.text("faults.private", "explain", {"file": file}),
            *apart,
            say("confirm.plain_later"),
        ),
        does=say("confirm.plain"),
        done=done,
        destroys=False,
    )
