"""What *This computer* says of a profile: its state, its reminders and what can be done. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from gemini_setup.gui.presenters import deliveries
from gemini_setup.gui.texts import apart, say, several
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Kind, Profile, ReplacedCredential, Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.model.reminders import Reminder, moment, reminders

_STATE = {
    Outcome.ACCEPTED: ("amber", "limited"),
    Outcome.BLOCKED: ("amber", "blocked"),
    Outcome.REFUSED: ("red", "refused"),
    Outcome.UNANSWERED: ("grey", "unanswered"),
}


def state(row: Profile, now: datetime | None = None) -> tuple[str, str]:
    """(colour, words) of what Google last said of it, and when."""
    if row.outcome is None:
        return "grey", say("home.state.never")
    tone, key = ("green", "works") if row.cause == "works" else _STATE[row.outcome]
    return tone, say(f"home.state.{key}", ago=ago(row.checked, now)).strip()


def summary(row: Profile) -> str:
    """What it is and how a person recognises it."""
    project = row.project if row.kind is not Kind.API_KEY else ""
    return " · ".join(map(apart, filter(None, (kind(row), project, f"…{row.hint}" if row.hint else ""))))


def kept(row: Profile) -> str:
    """Since when and where it is kept; "" where the list does not know."""
    at = moment(row.kept)
    return say("home.kept", date=date(at), store=row.backend or "") if at is not None else ""


def connected(row: Profile) -> str:
    """The tools that have it as well, without those that did not follow; "" where there are none."""
    return deliveries.tools([(tool, place) for tool, place, trouble in row.delivered if not trouble])


def also_in(row: Profile) -> str:
    tools = connected(row)
    return say("home.also_in", tools=tools) if tools else ""


def _not_followed(row: Profile) -> list[Remind]:
    """The other tools that still have the one before."""
    told = []
    for tool, place, trouble in row.delivered:
        if trouble:
            why = deliveries.trouble(tool, place, trouble)
            text = say("home.reminder.not_followed", tool=deliveries.title(tool), why=why)
            told.append(Remind(text, "amber", "warning"))
    return told


def kind(row: Profile) -> str:
    if row.kind is None:
        return say("kind.unknown")
    if row.kind is Kind.API_KEY:
        return say("kind.studio" if row.service is Service.STUDIO else "kind.vertex")
    return say("kind.sign_in" if row.kind is Kind.ADC else "kind.account")


def thing(row: Profile) -> str:
    """The person's word for it, as the check page has it."""
    return say(f"check.thing_{_THINGS[row.kind]}")


_THINGS = {Kind.API_KEY: "key", Kind.ADC: "sign_in", Kind.SERVICE_ACCOUNT: "file", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Remind:
    """One line beneath a row. `does` names its buttons, the best first; `urgent` may make that the page's main one."""

    text: str
    tone: str
    icon: str = ""
    does: tuple[str, ...] = ()
    urgent: bool = False


def remind(row: Profile, now: datetime | None = None, without: Collection[Reminder] = ()) -> list[Remind]:
    """The most urgent first, but for those that something else is said instead of."""
    told = [_REMIND[reminder](row, now) for reminder in reminders(row, now) if reminder not in without]
    if row.outcome is Outcome.ACCEPTED and row.cause != "works":
        told.insert(0, _blocked(row, now))
    return told + _not_followed(row)


def _removing(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.removing"), "amber", "warning", ("remove", "keep"))


def _leaked(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.leaked"), "red", "warning", ("delete", "replace"), True)


def _refused(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.refused", title=_title(row)), "red", "cross", ("replace",), True)


def _blocked(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.blocked", title=_title(row)), "amber", "warning", ("check",))


def _old_dead(row: Profile, now: datetime | None) -> Remind:
    hint = row.old.hint if row.old else ""
    return Remind(say("home.reminder.old_dead", hint=hint), "green", "check", ("erase",), True)


def _old_alive(row: Profile, now: datetime | None) -> Remind:
    old = row.old
    assert old is not None
    if old.deleted:
        text = say("home.reminder.old_said", hint=old.hint, ago=ago(old.deleted, now))
        return Remind(text, "amber", "question", ("prove", "delete_old"), True)
    text = say("home.reminder.old_alive", hint=old.hint)
    return Remind(text, "amber", "warning", ("delete_old", "prove"), True)


def _old_retiring(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.old_retiring", hint=row.old.hint if row.old else ""), "muted", "clock")


def _expires(row: Profile, now: datetime | None) -> Remind:
    at, today = moment(row.expires), now or datetime.now(UTC)
    days = (at - today).days if at is not None else 0
    if days < 0:
        return Remind(say("home.reminder.expired"), "red", "warning", ("replace",), True)
    return Remind(say("home.reminder.expires", count=days), "amber", "clock", ("replace",))


def _standard(row: Profile, now: datetime | None) -> Remind:
    return Remind(say("home.reminder.standard"), "muted", "clock")


def _age(row: Profile, now: datetime | None) -> Remind:
    at = moment(row.kept)
    days = ((now or datetime.now(UTC)) - at).days if at is not None else 0
    return Remind(say("home.reminder.age", count=days), "muted", "clock")


_REMIND = {
    Reminder.REMOVING: _removing,
    Reminder.LEAKED: _leaked,
    Reminder.REFUSED: _refused,
    Reminder.BLOCKED: _blocked,
    Reminder.OLD_DEAD: _old_dead,
    Reminder.OLD_ALIVE: _old_alive,
    Reminder.OLD_RETIRING: _old_retiring,
    Reminder.EXPIRES: _expires,
    Reminder.STANDARD: _standard,
    Reminder.AGE: _age,
}


def _title(row: Profile) -> str:
    """The title of its last check's cause; "" for one that a newer version wrote down."""
    try:
        return cause_texts.cause(
            row.cause or "", cause_texts.friendly(facts_of(row)), cause_texts.Context.SAVED
        ).title
    except KeyError:
        return ""


def facts_of(row: Profile) -> dict[str, str]:
    """What the list knows of a saved credential that its diagnosis may say."""
    side = row.service.value if row.service is not None else None
    known = {"worked": row.last_worked, "hint": row.hint, "project": row.project, "side": side}
    return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Deletion:
    """Where a credential is deleted at Google: the name of a page, its facts, and what to know before it opens."""

    page: str
    facts: dict[str, str]
    note: str = ""


def deletion(kind: Kind | None, service: Service | None, project: str | None) -> Deletion | None:
    """None where there is nothing to delete, or where it is not known what it is."""
    if kind is None or kind is Kind.ADC:
        return None
    if kind is Kind.API_KEY and service is Service.STUDIO:
        return Deletion("ai-studio-keys", {})
    facts = {"project": project} if project else {}
    page = "credentials" if kind is Kind.API_KEY else "service-accounts"
    return Deletion(page, facts, cause_texts.console_note(facts))


def deletion_of(row: Profile) -> Deletion | None:
    return deletion(row.kind, row.service, row.project)


def deletion_of_old(old: ReplacedCredential, kind: Kind | None, service: Service | None) -> Deletion | None:
    """`kind` and `service` are those of the credential in use, for a list that does not say what the old one was for."""
    if old.service is not None:
        return deletion(old.kind, old.service, old.project)
    if old.kind is not Kind.API_KEY:
        return deletion(old.kind, Service.VERTEX, old.project)
    return deletion(old.kind, service if kind is Kind.API_KEY else Service.STUDIO, old.project)


# ---------------------------------------------------------------- times


def ago(text: str | None, now: datetime | None = None) -> str:
    """How long since a time of the list, in words; "" where it has none."""
    return cause_texts.ago(text, now)


def date(at: datetime) -> str:
    """The day by this computer's clock."""
    here = at.astimezone()
    return say("dates.date", day=here.day, month=several("dates.months")[here.month - 1], year=here.year)
