"""What there is: a project, what this person may do there, which APIs are on, our account. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Service
from gemini_setup.provision import accounts, org_policy, payments, resource_manager, service_usage
from gemini_setup.provision.plan import ACCOUNT_NAME, PERMISSIONS, USE, Flow, Project, email_of, new_intent
from gemini_setup.provision.propagation import is_off
from gemini_setup.provision.refusals import Stopped
from gemini_setup.provision.session import Session

#: Everything that a plan may need; asked for in one question.
ALL_PERMISSIONS: Final = frozenset({USE, *(name for names, _ in PERMISSIONS.values() for name in names)})
_SERVICES: Final = (
    urls.GEMINI_SERVICE,
    urls.VERTEX_SERVICE,
    *(
        urls.service_of(base)
        for base in (urls.API_KEYS, urls.IAM, urls.IAM_CREDENTIALS, urls.RESOURCE_MANAGER, urls.ORG_POLICY)
    ),
)
#: Seconds that the API of an organization's rules is waited for, and between two tries.
_YOUNG: Final = 120.0
_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found. `may` is None where Google does not say what this person may do; so is `billing`.

    `on`: services by whether they are on; one that is missing is not known. `account`: the address of the service
    account to use, `account_there` whether it is there and ours. `member`: it has the role already. `forbidden`: the
    constraint by which an organization forbids service account keys; "?" where it has one that cannot be read.
    """

    project: Project
    may: frozenset[str] | None
    on: Mapping[str, bool]
    account: str
    account_there: bool = False
    member: bool = False
    billing: bool | None = None
    forbidden: str = ""

    def is_off(self, base: str) -> bool:
        """Known to be off."""
        return self.on.get(urls.service_of(base)) is False


async def look(session: Session, name: str, flow: Flow, service: Service) -> Sight:
    """`name` is a project's id or number. Raises Stopped where nothing could be done at all."""
    project = await _project(session, name, flow)
    may = await _may(session, project.id)
    on = await _on(session, project.id)
    sight = Sight(project, may, on, email_of(ACCOUNT_NAME, project.id))
    if flow in (Flow.CREATE_KEY, Flow.CREATE_ACCOUNT) and not sight.is_off(urls.IAM):
        sight = await with_account(session, sight)
    if service is Service.VERTEX and flow in (Flow.CREATE_ACCOUNT, Flow.ENABLE):
        sight = replace(sight, billing=await payments.is_on(session, project.id))
    if flow is Flow.CREATE_ACCOUNT:
        if sight.account_there:
            sight = replace(sight, member=await is_member(session, sight))
        if project.owned and not sight.is_off(urls.ORG_POLICY):
            sight = replace(sight, forbidden=await _forbidden(session, project.id))
    return sight


async def _project(session: Session, name: str, flow: Flow) -> Project:
    try:
        return await resource_manager.project(session, name)
    except Stopped as stopped:
        # Nothing is known of it, and much can be done all the same; only an account's address needs the id.
        if is_off(stopped, urls.RESOURCE_MANAGER) and (flow is Flow.ENABLE or not name.isdigit()):
            return Project(name)
        raise


async def _may(session: Session, project: str) -> frozenset[str] | None:
    try:
        return await resource_manager.may(session, project, ALL_PERMISSIONS)
    except Stopped as stopped:
        if is_off(stopped, urls.RESOURCE_MANAGER):
            return None
        raise


async def _on(session: Session, project: str) -> Mapping[str, bool]:
    try:
        return await service_usage.states(session, project, _SERVICES)
    except Stopped as stopped:
        if stopped.cause.id == "account-permission-missing":
            return {}  # who may not look may still use what is on
        raise


async def with_account(session: Session, sight: Sight) -> Sight:
    """With our account there, or an address that is free: one of our name without our mark is somebody else's."""
    while True:
        try:
            found = await accounts.get(session, sight.project.id, sight.account)
        except Stopped as stopped:
            if is_off(stopped, urls.IAM):
                return replace(sight, on={**sight.on, urls.service_of(urls.IAM): False})
            if stopped.status not in (403, 404):
                raise
            return sight  # not there, or not to be seen: then making it says so
        if accounts.is_ours(found) and not found.get("disabled"):
            return replace(sight, account_there=True)
        name = f"{ACCOUNT_NAME}-{new_intent()[:4]}"
        sight = replace(sight, account=email_of(name, sight.project.id))


async def is_member(session: Session, sight: Sight) -> bool:
    from gemini_setup.provision.plan import ROLE

    try:
        found = await resource_manager.policy(session, sight.project.id)
    except Stopped:
        return False  # granting says what is the matter
    return resource_manager.has_member(found, ROLE, f"serviceAccount:{sight.account}")


async def _forbidden(session: Session, project: str) -> str:
    """An API that was turned on a moment ago still says that it is off, and where it is turned on: that is no refusal."""
    waited = 0.0
    while True:
        try:
            return await org_policy.forbidding(session, project)
        except Stopped as stopped:
            if waited >= _YOUNG or "activation" not in stopped.facts:
                return "" if stopped.status is None else "?"
        await session.pause(_PAUSE)
        waited += _PAUSE
