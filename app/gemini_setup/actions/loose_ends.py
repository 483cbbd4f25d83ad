"""What earlier runs left: finished or undone; and what is to be retired, once its day has come (DESIGN §9).

Called by `add`, `check`, `rotate`, `made` and, in the background, the window, where `possessions.is_any_due` says so;
never by what reads a credential.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from gemini_setup.actions import errands, fulfilment, possessions
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.model.credentials import Access
    from gemini_setup.provision.session import Session

#: Seconds in which something may still come into being that a killed run had asked for.
_ARRIVING: Final = 900.0
_DAY: Final = 86400.0
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class End:
    """What became of one object: `what` is an id of `provision.loose`. `cause` where it went no further."""

    what: str
    made: Made
    cause: Cause | None = None


async def finish(desk: AppContext) -> list[End]:
    """Take up everything that is open. What Google refuses stays as it is and is told. Raises VaultFault, NotPossible."""
    from gemini_setup.provision.refusals import Outdated, Stopped

    due = await blocking(lambda: possessions.due(desk.open_vault().made(), desk.now()))
    if not due or errands.is_forbidden(desk.environ):
        return []
    ends: list[End] = []
    try:
        async with errands.session(desk) as session:
            for made in due:
                try:
                    found = await _take_up(desk, session, made)
                except Stopped as stopped:
                    found = End("refused", made, stopped.cause)
                    await blocking(partial(_put_off, desk, made, stopped.cause))
                except Outdated:
                    found = End("foreign", made)
                    await blocking(partial(_leave, desk, made))
                if found is not None:
                    ends.append(found)
    except Stopped as stopped:  # nobody is signed in any longer
        for made in due:
            await blocking(partial(_put_off, desk, made, stopped.cause))
        return [*ends, End("refused", due[0], stopped.cause)]
    return ends


def _put_off(desk: AppContext, made: Made, cause: Cause) -> None:
    """Blocking: what is to go is tried again tomorrow, or soon where nobody answered; not at each command."""
    if made.stage is Stage.RETIRING:
        later = desk.now() + (_HOUR if cause.outcome is Outcome.UNANSWERED else _DAY)
        desk.open_vault().note_made(replace(made, retire_after=errands.moment(later)))


def _leave(desk: AppContext, made: Made) -> None:
    """Blocking: what has that name at Google is not ours, so that it is never looked at again."""
    vault = desk.open_vault()
    if made.is_credential:
        vault.note_made(made.at(Stage.MADE, retire="", retire_after=""))
    else:
        vault.drop_made(made)


async def _take_up(desk: AppContext, session: Session, made: Made) -> End | None:
    if made.stage is Stage.RETIRING:
        return await _retire(desk, session, made)
    if made.stage is Stage.DELETED:
        return await _brought_back(desk, session, made)
    row = await blocking(lambda: desk.open_vault().profile(made.profile))
    if row is not None and row.removing and made.is_credential:
        return None  # what becomes of the profile is the person's to say
    if made.is_credential and await blocking(lambda: _is_outdone(desk, made)):
        return await _undone(desk, session, made)
    if made.is_credential and await blocking(lambda: _is_saved(desk, made)):
        await blocking(
            lambda: fulfilment.in_use(desk, made)
        )  # a run was killed between the flip and the list
        return End("saved", made)
    if made.kind is MadeKind.API_KEY:
        return await _api_key(desk, session, made)
    if made.kind is MadeKind.SERVICE_ACCOUNT_KEY:
        return await _account_key(desk, session, made)
    return await _other(desk, session, made)


# ---------------------------------------------------------------- what a killed run left


async def _api_key(desk: AppContext, session: Session, made: Made) -> End | None:
    from gemini_setup.provision import api_keys, deeds
    from gemini_setup.provision.refusals import Outdated, Stopped

    waiting = await blocking(lambda: desk.open_vault().pending(made.profile))
    if waiting is not None and errands.is_it(made, waiting):
        return await _settled(desk, session, made, waiting)
    try:
        found = await api_keys.get(session, made.project, made.name)
    except Stopped as stopped:
        if stopped.status != 404:
            raise
        return await _absent(desk, made)
    if api_keys.is_deleted(found):
        return await _absent(desk, made, certainly=True)
    if not api_keys.is_ours(found, made.intent):
        raise Outdated
    text = await api_keys.text(session, made.project, made.name)
    access = deeds.key_access(text, desk.endpoints())
    pending = made.at(Stage.PENDING, hint=access.credential.hint)
    await blocking(lambda: fulfilment.notes(desk).pend(pending, access))
    return await _settled(desk, session, pending, access)


async def _account_key(desk: AppContext, session: Session, made: Made) -> End | None:
    from gemini_setup.model.credentials import ServiceAccount
    from gemini_setup.provision import accounts, certificate, deeds

    named = made
    if made.name == deeds.pending_name(made.intent):  # it is not known whether Google has the certificate
        listed = await accounts.keys(session, made.project, made.account)
        found = deeds.uploaded_key(listed, made)
        if found is None:
            return await _absent(desk, made)
        named = deeds.named_key(made, accounts.key_id(found))
    # After Google was asked: the private half is saved before the certificate is uploaded, and another program may be
    # at that this minute. Looked for before, it was missing, and that program's key was deleted.
    waiting = await blocking(lambda: desk.open_vault().pending(made.profile))
    account = waiting.credential if waiting is not None else None
    if waiting is None or not isinstance(account, ServiceAccount) or account.email != made.account:
        await blocking(lambda: desk.open_vault().note_made(named, made))
        return await _undo(desk, session, named)  # its private half is nowhere: nobody can ever use it
    if account.key_id and account.key_id != named.name:
        return await _undo(desk, session, named)
    access = replace(waiting, credential=certificate.with_key_id(account, named.name))
    if named != made or not account.key_id:
        await blocking(lambda: desk.open_vault().note_made(named, made))
        await blocking(lambda: fulfilment.notes(desk).pend(named, access))
    return await _settled(desk, session, named, access)


def _is_outdone(desk: AppContext, made: Made) -> bool:
    """Blocking: was a newer one wished for since, for the same profile?"""
    rivals = fulfilment.open_of(desk.open_vault().made(), made.profile)
    return any((one.created, one.intent) > (made.created, made.intent) for one in rivals)


async def _undone(desk: AppContext, session: Session, made: Made) -> End | None:
    """Of one that nobody waits for: deleted, if it is there at all."""
    from gemini_setup.provision import accounts, deeds

    if made.kind is MadeKind.SERVICE_ACCOUNT_KEY and made.name == deeds.pending_name(made.intent):
        found = deeds.uploaded_key(await accounts.keys(session, made.project, made.account), made)
        if found is None:
            return await _absent(desk, made)
        named = deeds.named_key(made, accounts.key_id(found))
        await blocking(lambda: desk.open_vault().note_made(named, made))
        made = named
    return await _undo(desk, session, made)


async def _absent(desk: AppContext, made: Made, *, certainly: bool = False) -> End | None:
    """Google has no such thing: it is forgotten once it can no longer be on its way."""
    if not certainly and errands.days_since(made.created, desk.now()) * _DAY < _ARRIVING:
        return End("arriving", made)

    def forget() -> None:
        fulfilment.forget_pending(desk, made.profile, made)
        desk.open_vault().drop_made(made)

    await blocking(forget)
    return None


async def _settled(desk: AppContext, session: Session, made: Made, access: Access) -> End | None:
    """Check it once, without waiting; it is saved where it works, and deleted where it never will."""
    if await blocking(lambda: fulfilment.is_overtaken(desk, made, access)):
        return await _undo(desk, session, made)
    ended: fulfilment.Ended | None = None
    async with aclosing(fulfilment.settle(desk, made, access, wait=0.0, generate=False)) as events:
        async for event in events:
            if isinstance(event, fulfilment.Ended):
                ended = event
    assert ended is not None
    if ended.state == "done":
        return End("saved", made)
    if ended.cause is not None and ended.cause.outcome is Outcome.REFUSED:
        return await _undo(desk, session, made)
    return End("waits", made, ended.cause)


async def _undo(desk: AppContext, session: Session, made: Made) -> End | None:
    """Delete what nobody but us has ever seen; not what another program has saved since it was looked for."""
    from gemini_setup.provision import deeds, planner

    if await blocking(lambda: _is_saved(desk, made)):
        await blocking(lambda: fulfilment.in_use(desk, made))
        return End("saved", made)
    run = deeds.Doing(session, planner.delete(made), fulfilment.notes(desk))
    async with aclosing(deeds.do(run, run.plan.now)) as events:
        async for _ in events:
            pass
    await blocking(lambda: fulfilment.forget_pending(desk, made.profile, made))
    return End("undone", made)


async def _other(desk: AppContext, session: Session, made: Made) -> End | None:
    """An API, an account, or a role that was asked for: is it there?"""
    from gemini_setup.provision import accounts, resource_manager, service_usage
    from gemini_setup.provision.refusals import Outdated, Stopped

    try:
        if made.kind is MadeKind.API:
            there = (await service_usage.states(session, made.project, (made.name,))).get(made.name, False)
        elif made.kind is MadeKind.ROLE:
            policy = await resource_manager.policy(session, made.project)
            there = resource_manager.has_member(policy, made.name, f"serviceAccount:{made.account}")
        else:
            found = await accounts.get(session, made.project, made.name)
            if not accounts.is_ours(found):
                raise Outdated
            there = True
    except Stopped as stopped:
        if stopped.status != 404:
            raise
        there = False
    if not there:
        return await _absent(desk, made)
    await blocking(lambda: desk.open_vault().note_made(made.at(Stage.MADE)))
    return None


async def _brought_back(desk: AppContext, session: Session, made: Made) -> End | None:
    """A run that was to bring it back was killed, or not answered: the list says what is so."""
    from gemini_setup.provision import api_keys
    from gemini_setup.provision.refusals import Stopped

    try:
        there = not api_keys.is_deleted(await api_keys.get(session, made.project, made.name))
    except Stopped as stopped:
        if stopped.status != 404:
            raise
        there = False
    now = made.at(Stage.USED, deleted="", retire="") if there else replace(made, retire="")
    await blocking(lambda: desk.open_vault().note_made(now))
    return None


# ---------------------------------------------------------------- what is to go


async def _retire(desk: AppContext, session: Session, made: Made) -> End | None:
    """Delete what was replaced, unless something uses it: then again tomorrow. It is not asked anything before."""
    from gemini_setup.provision import deeds, planner
    from gemini_setup.provision.plan import Act, Retire
    from gemini_setup.provision.refusals import Stopped

    if await blocking(lambda: _is_in_use_here(desk, made)):
        await blocking(lambda: desk.open_vault().note_made(made.at(Stage.USED, retire="", retire_after="")))
        return End("in-use", made)
    now = made.retire == Retire.NOW
    writes = planner.retirement(made, unused=now)
    if made.kind is MadeKind.SERVICE_ACCOUNT_KEY:
        writes = writes if now else writes[1:] if made.disabled else writes[:1]
    run = deeds.Doing(session, replace(planner.delete(made), writes=writes), fulfilment.notes(desk))
    try:
        async with aclosing(deeds.do(run, writes)) as events:
            async for _ in events:
                pass
    except Stopped as stopped:
        if not deeds.is_in_use(stopped):
            raise
        tomorrow = replace(made, retire_after=errands.moment(desk.now() + _DAY))
        await blocking(lambda: desk.open_vault().note_made(tomorrow))
        return End("still-used", made)
    if writes[-1].act is Act.DISABLE_ACCOUNT_KEY:
        disabled = replace(
            made, disabled=errands.moment(desk.now()), retire_after=errands.moment(desk.now() + _DAY)
        )
        await blocking(lambda: desk.open_vault().note_made(disabled))
        return End("disabled", made)
    await blocking(lambda: fulfilment.note_deleted(desk, made))
    return End("deleted", made)


def _is_in_use_here(desk: AppContext, made: Made) -> bool:
    """Blocking: has it become the profile's own again?"""
    from gemini_setup.vault.faults import NoSuchProfile

    try:
        return errands.is_it(made, desk.open_vault().read(made.profile).access)
    except NoSuchProfile:
        return False


def _is_saved(desk: AppContext, made: Made) -> bool:
    """Blocking: is it the profile's own, or the previous one by now?"""
    before = desk.open_vault().previous(made.profile)
    return _is_in_use_here(desk, made) or (before is not None and errands.is_it(made, before.access))
