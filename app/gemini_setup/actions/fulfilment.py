"""Carry out a plan: write, wait, check, save, retire. An async generator of events, as a check is, for both faces.

Closing it stops between two writes; what is there then is noted, and `loose_ends.finish` takes it up at the next start.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gemini_setup.actions import check_and_keep, errands
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.diagnosis.causes import CAUSES, YOUNG_FOR
from gemini_setup.model.credentials import Access
from gemini_setup.model.events import Event, Report, Step
from gemini_setup.model.made import OPEN, Made, MadeKind, Stage
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.provision.plan import Flow, Plan, Retire
from gemini_setup.provision.progress import Progress
from gemini_setup.provision.refusals import Outdated, Stopped
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemini_setup.provision.deeds import Doing
    from gemini_setup.vault.faults import VaultFault

PATIENCE: Final = 600.0  # seconds until a credential that Google does not know yet is left for later
QUIET_DAYS: Final = 7
_FIRST, _MOST = 3.0, 20.0  # seconds between two checks of what is new


@dataclass(frozen=True, slots=True)
class Checking:
    """What was made is being checked."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Google does not know it everywhere yet: asked again in `again` seconds, for `left` seconds at the most."""

    again: float
    left: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event. `state` is an id of `provision.ends`:

    "done" (with a `cause`: what it replaced is still there)
    · "waits": made and saved beside, taken up by the next start · "again": what the plan was made from has
    changed, or could only be seen now: plan anew · "stopped": `cause` and `facts` say why, or `fault` what the keyring
    did not do · "repaired": done, and checked. `made` is what exists at Google by this plan; `report` the check's.
    """

    plan: Plan
    state: str
    cause: Cause | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    details: str = field(default="", repr=False)
    made: tuple[Made, ...] = ()
    report: Report | None = None
    fault: VaultFault | None = None


WorkEvent = Progress | Event | Checking | NotYet | Ended


class _Notes:
    """The list and the keyring, as the writes need them. Blocking."""

    def __init__(self, desk: AppContext) -> None:
        self._desk = desk

    def note(self, made: Made, over: Made | None = None) -> None:
        self._desk.open_vault().note_made(made, over)

    def drop(self, made: Made) -> None:
        self._desk.open_vault().drop_made(made)

    def pend(self, made: Made, access: Access) -> None:
        vault = self._desk.open_vault()
        vault.pend(made.profile, access)
        vault.note_made(made)

    def unpend(self, profile: str) -> None:
        self._desk.open_vault().unpend(profile)


def notes(desk: AppContext) -> _Notes:
    return _Notes(desk)


async def carry_out(
    desk: AppContext, plan: Plan, *, wait: float = PATIENCE, generate: bool = True, saved: bool = True
) -> AsyncGenerator[WorkEvent, None]:
    """Everything that the plan names, and nothing else; ends with `Ended`. Raises NotPossible before anything is done.

    `saved`: after a repair, the profile is checked again by itself, until Google knows of the repair.
    """
    from gemini_setup.provision import deeds
    from gemini_setup.vault.faults import VaultFault

    run: Doing | None = None
    try:
        async with errands.session(desk) as session:
            run = deeds.Doing(session, plan, notes(desk), desk.endpoints())
            run.young.update(await blocking(lambda: _young(desk)))
            async with aclosing(deeds.do(run, plan.before)) as writes:
                async for event in writes:
                    yield event
            if run.credential is not None and run.access is not None:
                ended: Ended | None = None
                async with aclosing(
                    settle(desk, run.credential, run.access, wait=wait, generate=generate)
                ) as events:
                    async for event_ in events:
                        if isinstance(event_, Ended):
                            ended = event_
                        else:
                            yield event_
                assert ended is not None
                if ended.state == "done" and plan.after and plan.old is not None:
                    run.plan = replace(plan, old=await blocking(lambda: _current(desk, plan.old)))
                    try:
                        async with aclosing(deeds.do(run, plan.after)) as writes:
                            async for event in writes:
                                yield event
                        await blocking(lambda: note_deleted(desk, plan.old))
                    except Stopped as stopped:  # the list says that it is to go: the next start tries again
                        ended = replace(ended, cause=stopped.cause)
                yield replace(ended, plan=plan, made=await _made(desk, plan))
                return
        if plan.flow is Flow.RESTORE:
            async with aclosing(_restored(desk, plan, wait)) as events:
                async for event_ in events:
                    yield event_
            return
        if plan.flow in (Flow.ENABLE, Flow.GRANT) and saved:
            async with aclosing(_checked_again(desk, plan, wait, generate)) as events:
                async for event_ in events:
                    yield event_
            return
        if plan.flow is Flow.DELETE:
            await blocking(lambda: forget_pending(desk, plan.profile, plan.old))
        yield Ended(plan, "done", made=await _made(desk, plan))
    except Stopped as stopped:
        yield Ended(
            plan, "stopped", stopped.cause, stopped.facts, stopped.details, made=await _made(desk, plan)
        )
    except Outdated:
        yield Ended(plan, "again", made=await _made(desk, plan))
    except VaultFault as fault:
        yield Ended(plan, "stopped", fault=fault, made=await _made(desk, plan))


async def _made(desk: AppContext, plan: Plan) -> tuple[Made, ...]:
    """What the list has of this plan."""
    from gemini_setup.vault.faults import VaultFault

    try:
        listed = await blocking(lambda: desk.open_vault().made())
    except VaultFault:
        return ()
    return tuple(made for made in listed if made.intent == plan.intent)


def _young(desk: AppContext) -> set[str]:
    """Blocking: APIs and accounts that an earlier run made or changed minutes ago: Google may not know them yet."""
    needed = (MadeKind.API, MadeKind.SERVICE_ACCOUNT, MadeKind.ROLE)
    return {
        made.account or made.name
        for made in desk.open_vault().made()
        if made.kind in needed and errands.days_since(made.created, desk.now()) * 86400 < YOUNG_FOR
    }


def _current(desk: AppContext, made: Made | None) -> Made | None:
    """Blocking: what the list says of an object by now."""
    if made is None:
        return None
    return next((one for one in desk.open_vault().made() if one.place == made.place), made)


async def settle(
    desk: AppContext, made: Made, access: Access, *, wait: float, generate: bool
) -> AsyncGenerator[WorkEvent, None]:
    """A credential that waits in the keyring: check it until it works, save it, and let what it replaces go.

    A killed run is taken up here too, so everything it needs is in the list.
    """
    plan = _plan_of(made)
    found: list[Event] = []

    def check() -> AsyncGenerator[Event, None]:
        born = errands.seconds(made.created, desk.now())
        return check_and_keep.checking(desk, made.profile, access, generate, (Step.KEEP,), born)

    async with aclosing(_until_known(desk, check, wait, found)) as waits:
        async for wait_event in waits:
            yield wait_event
    report = _report(found)
    young = _is_young(report)
    for event in found:
        if not isinstance(event, Report):
            yield event
    if not check_and_keep.may_keep(report.cause, force=False):
        later = young or report.outcome is Outcome.UNANSWERED
        state = "waits" if later else "stopped"
        yield Ended(plan, state, report.cause, report.facts, report.details, report=report)
        return
    if await blocking(lambda: is_overtaken(desk, made, access)):
        yield Ended(plan, "again", report=report)
        return
    quiet = made.then in (Retire.QUIET, Retire.NOW)
    async with aclosing(check_and_keep.keep(desk, access, report, ask_old=not quiet)) as events:
        async for event in events:
            if isinstance(event, Report):
                report = event
            else:
                yield event
    yield report
    if not report.kept:
        yield Ended(plan, "stopped", report=report)
        return
    await blocking(lambda: in_use(desk, made))
    yield Ended(plan, "done", report=report)


def is_overtaken(desk: AppContext, made: Made, access: Access) -> bool:
    """Blocking: was another credential saved under that name since this one was begun?"""
    from gemini_setup.vault.codec import same_access
    from gemini_setup.vault.faults import NoSuchProfile

    vault = desk.open_vault()
    try:
        kept = vault.read(made.profile)
    except NoSuchProfile:
        return False
    begun = errands.days_since(made.created, desk.now())
    since = errands.days_since(kept.created, desk.now())
    return since < begun and not same_access(kept.access, access)


def in_use(desk: AppContext, made: Made) -> None:
    """Blocking, after the flip: mark what it replaces, empty `pending`, and say last that it is in use.

    The order is for a run that is killed: as long as the list says *pending*, the next start comes here again.
    """
    vault = desk.open_vault()
    listed = vault.made()
    old = next((one for one in listed if made.replaces and one.name == made.replaces), None)
    if old is not None and old.stage is Stage.USED and made.then in set(Retire):
        vault.note_made(retiring(old, Retire(made.then), desk.now()))
    forget_pending(desk, made.profile, made)
    vault.note_made(made.at(Stage.USED))


def note_deleted(desk: AppContext, made: Made | None) -> None:
    """Blocking: the previous credential of its profile, if it is this one, is deleted at Google."""
    from gemini_setup.vault.faults import NoSuchProfile, VaultFault

    with suppress(VaultFault, NoSuchProfile):  # it is a note; what was done is done
        vault = desk.open_vault()
        before = vault.previous(made.profile) if made is not None else None
        if made is not None and before is not None and errands.is_it(made, before.access):
            vault.note_old(made.profile, before.generation, deleted=True, dead=True)


def retiring(old: Made, how: Retire, now: float) -> Made:
    if how is Retire.KEEP:
        return replace(old, retire=how.value)
    due = now + (QUIET_DAYS * 86400 if how is Retire.QUIET else 0)
    return old.at(Stage.RETIRING, retire=how.value, retire_after=errands.moment(due))


def forget_pending(desk: AppContext, profile: str, made: Made | None) -> None:
    """Blocking: what waits in the keyring for an object that is gone; never what waits for another one."""
    vault = desk.open_vault()
    waiting = vault.pending(profile)
    if waiting is None:
        return
    others = [one for one in open_of(vault.made(), profile) if made is None or one.place != made.place]
    if (made is not None and errands.is_it(made, waiting)) or not others:
        vault.unpend(profile)


def open_of(listed: list[Made], profile: str) -> list[Made]:
    """The credentials of a profile that are on their way."""
    return [one for one in listed if one.profile == profile and one.is_credential and one.stage in OPEN]


def _plan_of(made: Made) -> Plan:
    """For what is settled without the plan it was made by."""
    from gemini_setup.model.credentials import Service
    from gemini_setup.provision.plan import Project

    flow = Flow.CREATE_KEY if made.kind is MadeKind.API_KEY else Flow.CREATE_ACCOUNT
    return Plan(flow, made.intent, made.profile, Project(made.project), Service(made.service or "studio"), ())


async def sleep(desk: AppContext, seconds: float) -> None:
    from gemini_setup.provision import session

    await (desk.pause or session.sleep)(seconds)


def _report(found: list[Event]) -> Report:
    return next(one for one in found if isinstance(one, Report))


def _is_young(report: Report) -> bool:
    return report.cause.id == "credential-too-new"


async def _until_known(
    desk: AppContext, check: Callable[[], AsyncGenerator[Event, None]], wait: float, found: list[Event]
) -> AsyncGenerator[Checking | NotYet, None]:
    """Check, and check again while Google does not know everywhere what is new, for `wait` seconds at the most.

    `found` has the events of the last check at the end. Raises what the check raises.
    """
    waited, pause = 0.0, _FIRST
    while True:
        yield Checking()
        found.clear()
        async with aclosing(check()) as events:
            async for event in events:
                found.append(event)
        if not _is_young(_report(found)) or waited >= wait:
            return
        yield NotYet(pause, wait - waited)
        await sleep(desk, pause)
        waited += pause
        pause = min(pause * 1.5, _MOST)


async def _checked_again(
    desk: AppContext, plan: Plan, wait: float, generate: bool
) -> AsyncGenerator[WorkEvent, None]:
    """After a repair: the saved credential again, as long as Google does not know of the repair everywhere."""
    from gemini_setup.vault.faults import NoSuchProfile

    found: list[Event] = []
    made = time.time()

    def check() -> AsyncGenerator[Event, None]:
        return check_and_keep.check(desk, plan.profile, generate=generate, made=made)

    try:
        async with aclosing(_until_known(desk, check, wait, found)) as waits:
            async for wait_event in waits:
                yield wait_event
    except NoSuchProfile:  # it was for a credential that is not saved: whoever asked checks it
        yield Ended(plan, "done", made=await _made(desk, plan))
        return
    for event in found:
        yield event
    report = _report(found)
    state = "waits" if _is_young(report) else "repaired"
    yield Ended(plan, state, report.cause, report.facts, made=await _made(desk, plan), report=report)


async def _restored(desk: AppContext, plan: Plan, wait: float) -> AsyncGenerator[WorkEvent, None]:
    """It is back at Google: once it works there, it is the one in use again."""
    from gemini_setup.actions import rotate

    before = await blocking(lambda: rotate.previous(desk, plan.profile))
    if before is None:
        yield Ended(plan, "stopped", CAUSES["unknown"], made=await _made(desk, plan))
        return
    waited, pause = 0.0, _FIRST
    ask = check_and_keep.asking(desk)
    while True:
        yield Checking()
        cause = await ask(before.access)
        young = check_and_keep.is_death(cause) and waited < min(wait, YOUNG_FOR)
        if not young:
            break
        yield NotYet(pause, wait - waited)
        await sleep(desk, pause)
        waited += pause
        pause = min(pause * 1.5, _MOST)
    if cause.outcome is not Outcome.ACCEPTED:
        state = (
            "waits" if cause.outcome is Outcome.UNANSWERED or check_and_keep.is_death(cause) else "stopped"
        )
        yield Ended(plan, state, cause, made=await _made(desk, plan))
        return
    await blocking(lambda: rotate.rollback(desk, plan.profile, cause))
    yield Ended(plan, "done", cause, made=await _made(desk, plan))


__all__ = [
    "Checking", "Ended", "NotYet", "WorkEvent", "carry_out", "forget_pending", "is_overtaken", "notes", "retiring",
    "settle",
]  # fmt: skip
