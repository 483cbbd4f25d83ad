"""From what was found to what will be done: plans. Raises Stopped where it cannot work, before anything is written."""

from __future__ import annotations

from gemini_setup.google import urls
from gemini_setup.model.credentials import Service
from gemini_setup.model.made import Made, MadeKind
from gemini_setup.provision.look import Sight
from gemini_setup.provision.plan import (
    DAYS,
    HOST_OF,
    ROLE,
    USE,
    Act,
    Flow,
    Plan,
    Project,
    Retire,
    Write,
    new_intent,
)
from gemini_setup.provision.refusals import Stopped, permission_missing


def key_name(profile: str, intent: str) -> str:
    """A key's id: chosen here, so that it is known before the key is there. At most 63 characters."""
    return f"gemini-setup-{profile.strip('-') or 'key'}-{intent}"


def create_key(sight: Sight, profile: str, *, replaces: bool = False) -> Plan:
    """An API key for AI Studio's service that is right from the start."""
    intent, project = new_intent(), sight.project.id
    writes: list[Write] = []
    if not sight.account_there:
        writes.append(Write(Act.CREATE_ACCOUNT, project, (sight.account,)))
    writes.append(Write(Act.CREATE_KEY, project, (key_name(profile, intent),), sight.account))
    writes = _with_apis(sight, writes, urls.GEMINI_SERVICE)
    return _checked(
        sight,
        Plan(
            Flow.CREATE_KEY, intent, profile, sight.project, Service.STUDIO, tuple(writes), replaces=replaces
        ),
    )


def create_account(
    sight: Sight, profile: str, location: str, *, days: int = DAYS, replaces: bool = False
) -> Plan:
    """A service account with its role, and a key for it that is made here and expires."""
    if sight.forbidden:
        facts = {"project": sight.project.id, "side": "vertex"}
        if sight.forbidden != "?":
            facts["constraint"] = sight.forbidden
        raise Stopped("key-creation-denied", facts)
    if sight.billing is False:
        raise Stopped("billing-disabled", {"project": sight.project.id})
    intent, project = new_intent(), sight.project.id
    if missing := _not_seen(sight):
        writes = (Write(Act.ENABLE, project, missing),)
        return _checked(
            sight, Plan(Flow.ENABLE, intent, profile, sight.project, Service.VERTEX, writes, location)
        )
    writes_: list[Write] = []
    if not sight.account_there:
        writes_.append(Write(Act.CREATE_ACCOUNT, project, (sight.account,)))
    if not sight.member:
        writes_.append(Write(Act.GRANT, project, (ROLE,), sight.account))
    writes_.append(Write(Act.UPLOAD_KEY, project, (sight.account,), sight.account, days))
    writes_ = _with_apis(sight, writes_, urls.VERTEX_SERVICE)
    plan = Plan(
        Flow.CREATE_ACCOUNT, intent, profile, sight.project, Service.VERTEX, tuple(writes_), location, days,
        replaces,
    )  # fmt: skip
    return _checked(sight, plan)


def _not_seen(sight: Sight) -> tuple[str, ...]:
    """APIs that must be on before it can be known whether a service account key is allowed here at all."""
    missing = []
    if sight.project.owned is None:
        missing.append(urls.service_of(urls.RESOURCE_MANAGER))
    elif sight.project.owned and sight.is_off(urls.ORG_POLICY):
        missing.append(urls.service_of(urls.ORG_POLICY))
    return tuple(missing)


def enable(sight: Sight, profile: str, service: Service, api: str = "") -> Plan | None:
    """Turn on the API of a diagnosis, by default the service's own; None where it is on already."""
    name = api or (urls.GEMINI_SERVICE if service is Service.STUDIO else urls.VERTEX_SERVICE)
    if sight.on.get(name):
        return None
    if name == urls.VERTEX_SERVICE and sight.billing is False:
        raise Stopped("billing-disabled", {"project": sight.project.id})
    writes = (Write(Act.ENABLE, sight.project.id, (name,)),)
    return _checked(sight, Plan(Flow.ENABLE, new_intent(), profile, sight.project, service, writes))


def grant(sight: Sight, profile: str, account: str) -> Plan:
    """Give the account of a diagnosis the role that it lacks."""
    writes = [Write(Act.GRANT, sight.project.id, (ROLE,), account)]
    writes = _with_apis(sight, writes, "")
    return _checked(
        sight, Plan(Flow.GRANT, new_intent(), profile, sight.project, Service.VERTEX, tuple(writes))
    )


def rotated(plan: Plan, old: Made | None, retire: Retire) -> Plan:
    """The same plan as a rotation: what it replaces is retired with it, if we made that."""
    from dataclasses import replace

    if old is None:
        return replace(plan, flow=Flow.ROTATE)
    later = retire is Retire.QUIET
    writes = plan.writes if retire is Retire.KEEP else (*plan.writes, *retirement(old, later=later))
    return replace(plan, flow=Flow.ROTATE, writes=writes, retire=retire, old=old)


def retirement(old: Made, *, later: bool = False, unused: bool | None = None) -> tuple[Write, ...]:
    """What deletes a credential of ours. A leaked one is not asked about, and what nobody has used neither."""
    skip = (not later) if unused is None else unused
    if old.kind is MadeKind.API_KEY:
        return (Write(Act.DELETE_KEY, old.project, (old.name,), old.account, later=later, unused=skip),)
    return tuple(
        Write(act, old.project, (old.name,), old.account, later=later, unused=skip)
        for act in (Act.DISABLE_ACCOUNT_KEY, Act.DELETE_ACCOUNT_KEY)
    )


def delete(old: Made) -> Plan:
    """A credential of ours that nobody has used: deleted at once."""
    writes = retirement(old, unused=True)
    if old.kind is MadeKind.SERVICE_ACCOUNT_KEY:
        writes = writes[1:]
    service = Service.STUDIO if old.kind is MadeKind.API_KEY else Service.VERTEX
    return Plan(Flow.DELETE, old.intent, old.profile, Project(old.project), service, writes, old=old)


def restore(old: Made) -> Plan:
    """Bring a credential of ours back that was deleted less than 30 days ago, or disabled."""
    act = Act.UNDELETE_KEY if old.kind is MadeKind.API_KEY else Act.ENABLE_ACCOUNT_KEY
    writes = (Write(act, old.project, (old.name,), old.account),)
    service = Service.STUDIO if old.kind is MadeKind.API_KEY else Service.VERTEX
    return Plan(Flow.RESTORE, old.intent, old.profile, Project(old.project), service, writes, old=old)


def _with_apis(sight: Sight, writes: list[Write], needed: str) -> list[Write]:
    """Before the writes, one that turns on what they need: the credential's own API, and those of the calls."""
    hosts = dict.fromkeys(urls.service_of(HOST_OF[write.act]) for write in writes)
    names = [*([needed] if needed else []), *hosts]
    off = tuple(name for name in names if sight.on.get(name) is False)
    return [Write(Act.ENABLE, sight.project.id, off), *writes] if off else writes


def _checked(sight: Sight, plan: Plan) -> Plan:
    """The plan, if this person may make every write of it. Raises Stopped."""
    from dataclasses import replace

    if sight.may is None:
        return replace(plan, unsure=True)
    needed = dict.fromkeys(name for write in plan.writes for name in write.permissions)
    if any(HOST_OF[write.act] != urls.SERVICE_USAGE for write in plan.writes):
        needed[USE] = None  # every other call is counted in the project
    missing = [name for name in needed if name not in sight.may]
    if missing:
        raise permission_missing(missing, {"project": sight.project.id})
    return plan
