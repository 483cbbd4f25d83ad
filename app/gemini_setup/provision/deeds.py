"""The writes of a plan, one after the other: each is noted before it is made, and can be made twice without harm.

`do` is an async generator: closing it between two events leaves what is done and noted, and nothing half known.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google import urls
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.made import RESTORING, Made, MadeKind, Stage
from gemini_setup.provision import accounts, api_keys, certificate, resource_manager, service_usage
from gemini_setup.provision.plan import KIND_OF, Act, Plan, Write
from gemini_setup.provision.progress import Began, Progress, Waits, Wrote
from gemini_setup.provision.propagation import (
    CONFLICTS,
    YOUNG_ACCOUNT,
    YOUNG_API,
    Box,
    jitter,
    operation,
    patiently,
)
from gemini_setup.provision.refusals import Outdated, Stopped
from gemini_setup.provision.session import Session
from gemini_setup.system.threads import blocking


class Notes(Protocol):
    """What is written down here while something is made there. Blocking; an intent that cannot be noted raises."""

    def note(self, made: Made, over: Made | None = None) -> None:
        """Write it down, over what is known of the same object or `over` another one."""

    def drop(self, made: Made) -> None:
        """It is not there after all."""

    def pend(self, made: Made, access: Access) -> None:
        """Put a secret that is not in use yet into the keyring, whole and read back."""

    def unpend(self, profile: str) -> None:
        """It will never be one: Google has refused it."""


class Doing:
    """One run of a plan. `access`: what was made, once it is; `made`: everything, as it is noted."""

    def __init__(
        self, session: Session, plan: Plan, notes: Notes, endpoints: Endpoints | None = None
    ) -> None:
        self.session = session
        self.plan = plan
        self.notes = notes
        self.endpoints = endpoints or Endpoints()
        self.access: Access | None = None
        self.credential: Made | None = None
        self.young: set[str] = set()  # hosts' APIs and accounts that this run has made
        self.written = 0

    def time(self) -> str:
        return datetime.fromtimestamp(self.session.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def made(self, write: Write, name: str = "", **more: str) -> Made:
        plan = self.plan
        return Made(
            KIND_OF[write.act], name or write.name, write.project, plan.profile, plan.intent, Stage.INTENDED,
            account=write.account, created=self.time(), service=plan.service.value,
            replaces=plan.old.name if plan.old else "", then=plan.retire.value if plan.retire else "", **more,
        )  # fmt: skip

    async def note(self, made: Made, over: Made | None = None) -> None:
        await blocking(lambda: self.notes.note(made, over))

    async def drop(self, made: Made) -> None:
        await blocking(lambda: self.notes.drop(made))

    async def pend(self, made: Made, access: Access) -> None:
        self.access, self.credential = access, made
        await blocking(lambda: self.notes.pend(made, access))


async def do(run: Doing, writes: tuple[Write, ...]) -> AsyncGenerator[Progress, None]:
    """Some writes of the plan, in its order. Raises Stopped, Outdated, and what the notes raise."""
    for write in writes:
        assert write in run.plan.now, "nothing is written that the plan does not name"
        yield Began(write, run.written + 1, len(run.plan.now))
        events = _ACTS[write.act](run, write)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
        run.written += 1


_Events = AsyncGenerator[Progress, None]


def _passing(run: Doing, write: Write) -> Callable[[Stopped], bool]:
    """Which refusals pass: those of an API or an account that this run has just made."""

    def passes(stopped: Stopped) -> bool:
        if stopped.evidence.surface is not Surface.MANAGEMENT:
            return False  # the sign-in itself, or the network
        if stopped.cause.id == "api-disabled":
            return stopped.facts.get("service") in run.young
        if write.account not in run.young or "constraint" in stopped.facts:
            return False
        return stopped.status in (400, 403, 404) and stopped.code != "FAILED_PRECONDITION"

    return passes


def _limit(run: Doing, write: Write) -> float:
    return YOUNG_ACCOUNT if write.account in run.young else YOUNG_API


async def _enable(run: Doing, write: Write) -> _Events:
    """One request for all of them, and all or none. It is done when Google says that they are on."""
    session, project = run.session, write.project
    mades = tuple(run.made(write, name) for name in write.names)
    for made in mades:
        await run.note(made)
    accepted = False
    try:
        started = await service_usage.enable(session, project, write.names)
        box: Box[dict[str, Any]] = Box()
        try:
            async for event in operation(
                session, urls.SERVICE_USAGE, started, project, box, "api", write.permissions
            ):
                yield event
        except Stopped as stopped:
            if stopped.status != 404:  # an operation that Google has lost: what counts is whether they are on
                raise
        accepted = True
        states: Box[dict[str, bool]] = Box()

        async def on() -> dict[str, bool]:
            found = await service_usage.states(session, project, write.names)
            if not all(found.get(name) for name in write.names):
                raise Stopped("credential-too-new", {"project": project})
            return found

        async for event in patiently(
            session, on, states, lambda stopped: stopped.cause.id == "credential-too-new", YOUNG_API, "api"
        ):
            yield event
    except Stopped as stopped:
        stopped.begun = stopped.begun or accepted
        for made in mades:  # refused, all of them
            await _refused(run, made, stopped)
        raise
    run.young.update(write.names)
    done = tuple(made.at(Stage.MADE) for made in mades)
    for made in done:
        await run.note(made)
    yield Wrote(write, done)


async def _create_account(run: Doing, write: Write) -> _Events:
    session, project, email = run.session, write.project, write.name
    made = run.made(write)
    await run.note(made)
    already = False
    box: Box[dict[str, Any]] = Box()
    try:
        async for event in patiently(
            session,
            lambda: accounts.create(session, project, email.partition("@")[0]),
            box,
            _passing(run, write),
            YOUNG_API,
            "api",
        ):
            yield event
    except Stopped as stopped:
        if stopped.status != 409:
            await _refused(run, made, stopped)
            raise
        found = await accounts.get(session, project, email)
        if not accounts.is_ours(found):
            await run.drop(made)
            raise Outdated from None
        already = True
    run.young.add(email)
    made = made.at(Stage.MADE)
    await run.note(made)
    yield Wrote(write, (made,), already)


async def _refused(run: Doing, made: Made, stopped: Stopped) -> bool:
    """Google said no, so that nothing is there; without an answer it may be, and stays noted."""
    if stopped.status is not None and 400 <= stopped.status < 500 and not stopped.begun:
        await run.drop(made)
        return True
    return False


async def _grant(run: Doing, write: Write) -> _Events:
    """Read the policy, add one member, write it back with its etag; from the beginning where others were faster."""
    session, project = run.session, write.project
    member = f"serviceAccount:{write.account}"
    made = run.made(write)
    passes, waited = _passing(run, write), 0.0
    noted = False
    for number in range(1000):  # conflicts and a young account have limits of their own
        box: Box[dict[str, Any]] = Box()
        async for event in patiently(
            session, lambda: resource_manager.policy(session, project), box, passes, YOUNG_API, "api"
        ):
            yield event
        found = box.value
        if resource_manager.has_member(found, write.name, member):
            if noted:
                await run.note(made.at(Stage.MADE))
            run.young.add(write.account)
            yield Wrote(write, (made.at(Stage.MADE),) if noted else (), already=not noted)
            return
        if not found.get("etag"):
            raise Stopped("unknown", {"project": project})
        if not noted:
            noted = True
            await run.note(made)
        try:
            await resource_manager.set_policy(
                session, project, resource_manager.with_member(found, write.name, member)
            )
        except Stopped as stopped:
            if stopped.status == 409 or stopped.code == "ABORTED":
                if number + 1 >= CONFLICTS:
                    await run.drop(made)
                    raise Stopped("concurrent-change", stopped.facts, stopped.details) from None
                yield Waits("policy", jitter(CONFLICTS))
                await session.pause(min(jitter(number), 15.0))
                continue
            if stopped.status is None or stopped.status >= 500:
                if number + 1 >= CONFLICTS:
                    raise
                await session.pause(min(jitter(number), 15.0))
                continue  # it may have been done: reading it again tells
            if not passes(stopped) or waited >= YOUNG_ACCOUNT:
                await _refused(run, made, stopped)
                raise
            yield Waits("account", YOUNG_ACCOUNT - waited)
            await session.pause(5.0)
            waited += 5.0
            continue
        made = made.at(Stage.MADE)
        await run.note(made)
        run.young.add(write.account)
        yield Wrote(write, (made,))
        return


async def _create_key(run: Doing, write: Write) -> _Events:
    session, project, name = run.session, write.project, write.name
    made = run.made(write)
    await run.note(made)
    already, response = False, dict[str, Any]()
    started: Box[dict[str, Any]] = Box()
    try:
        async for event in patiently(
            session,
            lambda: api_keys.create(session, project, name, write.account, run.plan.profile, run.plan.intent),
            started,
            _passing(run, write),
            _limit(run, write),
            "account",
        ):
            yield event
        box: Box[dict[str, Any]] = Box()
        try:
            async for event in operation(
                session, urls.API_KEYS, started.value, project, box, "key", write.permissions
            ):
                yield event
            response = box.value
        except Stopped as stopped:
            if stopped.status != 404:
                raise
    except Stopped as stopped:
        if stopped.status != 409:
            await _refused(run, made, stopped)
            raise
        already = True
    text = api_keys.text_in(response)
    if not text:  # from before, or the operation was lost: it is found by its name
        try:
            found = await api_keys.get(session, project, name)
        except Stopped as stopped:
            if stopped.status == 404:
                await run.drop(made)
            raise
        if api_keys.is_deleted(found) or not api_keys.is_ours(found, run.plan.intent):
            await run.drop(made)
            raise Outdated
        text = await api_keys.text(session, project, name)
    access = key_access(text, run.endpoints)
    session.secrets.append(Secret(text))
    made = made.at(Stage.PENDING, hint=access.credential.hint)
    await run.pend(made, access)
    yield Wrote(write, (made,), already)


def key_access(text: str, endpoints: Endpoints) -> Access:
    """Raises Stopped for what Google cannot have made."""
    if not text or not text.isascii() or not text.isprintable():
        raise Stopped("unknown")
    return Access(ApiKey(Secret(text)), Service.STUDIO, endpoints=endpoints)


async def _upload_key(run: Doing, write: Write) -> _Events:
    """The pair is made and saved here before Google hears of it: a run that is killed leaves no key that nobody has."""
    session, project, email = run.session, write.project, write.account
    passes = _passing(run, write)
    box: Box[list[dict[str, Any]]] = Box()
    async for event in patiently(
        session, lambda: accounts.keys(session, project, email), box, passes, YOUNG_ACCOUNT, "account"
    ):
        yield event
    if len(box.value) >= accounts.MOST_KEYS:
        raise Stopped("account-keys-full", {"account": email, "project": project})
    about: Box[dict[str, Any]] = Box()
    async for event in patiently(
        session, lambda: accounts.get(session, project, email), about, passes, YOUNG_ACCOUNT, "account"
    ):
        yield event
    pair = await blocking(lambda: certificate.make(email, write.days, session.now()))
    client = str(about.value.get("uniqueId", ""))
    account = certificate.account_file(email, project, pair.private, "", client)
    access = Access(
        account, Service.VERTEX, project, run.plan.location or urls.DEFAULT_LOCATION, run.endpoints
    )
    made = run.made(write, pending_name(run.plan.intent), begins=pair.begins, expires=pair.expires)
    session.secrets.append(pair.private)
    await run.note(made)
    await run.pend(made, access)
    uploaded: Box[dict[str, Any]] = Box()

    async def upload() -> dict[str, Any]:
        try:
            return await accounts.upload(session, project, email, pair.certificate)
        except Stopped as stopped:
            if stopped.status is not None and stopped.status < 500 and stopped.status != 409:
                raise
            # No answer, or one of a failure: it is there, or it is not.
            with suppress(Stopped):
                if found := uploaded_key(await accounts.keys(session, project, email), made):
                    return found
            raise

    try:
        async for event in patiently(session, upload, uploaded, passes, YOUNG_ACCOUNT, "account"):
            yield event
    except Stopped as stopped:
        if await _refused(run, made, stopped):
            await blocking(lambda: run.notes.unpend(made.profile))
        raise
    named = named_key(made, accounts.key_id(uploaded.value))
    await run.note(named, made)
    await run.pend(named, replace(access, credential=certificate.with_key_id(account, named.name)))
    yield Wrote(write, (named,))


#: What a key is called in the list until Google has given it a name.
_UNNAMED: Final = "upload-"


def pending_name(intent: str) -> str:
    return f"{_UNNAMED}{intent}"


def named_key(made: Made, key_id: str) -> Made:
    if not key_id or not key_id.isalnum():
        raise Stopped("unknown", {"project": made.project})
    return replace(made, name=key_id, stage=Stage.PENDING, hint=key_id[-4:])


def uploaded_key(listed: list[dict[str, Any]], made: Made) -> dict[str, Any] | None:
    """Ours among an account's keys: the certificate's two times are noted to the second."""
    for key in listed:
        if (key.get("validAfterTime"), key.get("validBeforeTime")) == (made.begins, made.expires):
            return key
    return None


# ---------------------------------------------------------------- what was made before


def _known(run: Doing, write: Write) -> Made:
    old = run.plan.old
    assert old is not None, "only what the list knows is changed"
    assert (old.project, old.name) == (write.project, write.name)
    return old


async def _delete_key(run: Doing, write: Write) -> _Events:
    """Only one with our annotation and this intent. Raises Stopped; `is_in_use` says of it whether something uses it."""
    session, old = run.session, _known(run, write)
    already = False
    try:
        found = await api_keys.get(session, old.project, old.name)
        already = api_keys.is_deleted(found)
        if not already:
            if not api_keys.is_ours(found, old.intent):
                raise Outdated
            started = await api_keys.delete(
                session, old.project, old.name, str(found.get("etag") or ""), unused=write.unused
            )
            box: Box[dict[str, Any]] = Box()
            async for event in operation(
                session, urls.API_KEYS, started, old.project, box, "delete", write.permissions
            ):
                yield event
    except Stopped as stopped:
        if stopped.status != 404:
            raise
        already = True
    made = old.at(Stage.DELETED, deleted=old.deleted or run.time(), retire_after="")
    await run.note(made)
    yield Wrote(write, (made,), already)


def is_in_use(stopped: Stopped) -> bool:
    """Google does not delete it: something has used it in the last seven days."""
    return stopped.code == "FAILED_PRECONDITION" and "constraint" not in stopped.facts


async def _undelete_key(run: Doing, write: Write) -> _Events:
    session, old = run.session, _known(run, write)
    found = await api_keys.get(session, old.project, old.name)
    if not api_keys.is_ours(found, old.intent):
        raise Outdated
    already = not api_keys.is_deleted(found)  # by a run that was killed, or by hand
    if not already:
        await run.note(replace(old, retire=RESTORING))
        started = await api_keys.undelete(session, old.project, old.name)
        box: Box[dict[str, Any]] = Box()
        async for event in operation(
            session, urls.API_KEYS, started, old.project, box, "key", write.permissions
        ):
            yield event
    made = old.at(Stage.USED, deleted="", retire="", retire_after="", disabled="")
    await run.note(made)
    yield Wrote(write, (made,), already)


async def _switch(run: Doing, write: Write) -> _Events:
    """Disable or enable a service account key, or delete it: only on an account with our mark."""
    session, old = run.session, _known(run, write)
    already = False
    try:
        if not accounts.is_ours(await accounts.get(session, old.project, old.account)):
            raise Outdated
        if write.act is Act.DELETE_ACCOUNT_KEY:
            await accounts.delete_key(session, old.project, old.account, old.name)
        else:
            on = write.act is Act.ENABLE_ACCOUNT_KEY
            await accounts.switch(session, old.project, old.account, old.name, on=on)
    except Stopped as stopped:
        if stopped.status != 404 or write.act is Act.ENABLE_ACCOUNT_KEY:
            raise
        already = True
    now = run.time()
    if write.act is Act.DELETE_ACCOUNT_KEY:
        made = old.at(Stage.DELETED, deleted=now, retire_after="")
    elif write.act is Act.DISABLE_ACCOUNT_KEY:
        made = replace(old, disabled=now)
    else:
        made = old.at(Stage.USED, disabled="", retire="", retire_after="")
    run.plan = replace(run.plan, old=made)
    await run.note(made)
    yield Wrote(write, (made,), already)


_ACTS: Final[dict[Act, Callable[[Doing, Write], _Events]]] = {
    Act.ENABLE: _enable,
    Act.CREATE_ACCOUNT: _create_account,
    Act.GRANT: _grant,
    Act.CREATE_KEY: _create_key,
    Act.UPLOAD_KEY: _upload_key,
    Act.DELETE_KEY: _delete_key,
    Act.UNDELETE_KEY: _undelete_key,
    Act.DISABLE_ACCOUNT_KEY: _switch,
    Act.ENABLE_ACCOUNT_KEY: _switch,
    Act.DELETE_ACCOUNT_KEY: _switch,
}

__all__ = [
    "Doing", "MadeKind", "Notes", "ServiceAccount", "do", "is_in_use", "key_access", "named_key", "pending_name",
    "uploaded_key",
]  # fmt: skip
