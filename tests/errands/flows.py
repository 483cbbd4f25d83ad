"""Everything that is done at Google, one flow each: what is there before, what a person wishes, and what must be there after."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gemini_setup.actions import errands, rotate
from gemini_setup.actions.errands import Wish
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.provision import certificate
from gemini_setup.provision.plan import Flow, Plan, Retire
from tests.errands.stage import PROFILE, Stage
from tests.loopback.management import GEMINI, VERTEX, Cloud, CloudProject, ServiceAccount
from tests.loopback.states import rsa_key

Facts = dict[str, str]
DAY = 86400.0


@dataclass(frozen=True)
class Scenario:
    """`arrange` makes what is at Google before, by others; `prepare` and `act` run on the person's computer.

    `act` gives back the plans that it carried out. `changes`: another credential is in use afterwards.
    """

    name: str
    act: Callable[[Stage, Facts], Awaitable[list[Plan]]]
    prepare: Callable[[Stage, Facts], Awaitable[object]] | None = None
    arrange: Callable[[Cloud, CloudProject], Facts] = field(
        default=lambda _cloud, project: {"project": project.id}
    )
    changes: bool = True


async def _wish(stage: Stage, wish: Wish) -> list[Plan]:
    """Plan, do, and plan again where something could be seen only then."""
    done: list[Plan] = []
    for _ in range(4):
        plan = await stage.plan(wish)
        ended = await stage.carry_out(plan)
        done.append(plan)
        if ended.state not in ("done", "repaired", "again"):
            raise AssertionError(f"{ended.state}: {ended.cause} {ended.facts} {ended.fault}")
        if plan.flow is wish.flow and ended.state != "again":
            return done
    raise AssertionError("the plan never ends")


def _plain(flow: Flow, service: Service = Service.STUDIO) -> Callable[[Stage, Facts], Awaitable[list[Plan]]]:
    return lambda stage, facts: _wish(
        stage, Wish(flow, PROFILE, service, facts["project"], account=facts.get("account", ""))
    )


def _rotate(
    how: Retire, service: Service = Service.STUDIO
) -> Callable[[Stage, Facts], Awaitable[list[Plan]]]:
    return lambda stage, facts: _wish(
        stage, Wish(Flow.ROTATE, PROFILE, service, facts["project"], retire=how)
    )


async def _finish(stage: Stage, facts: Facts) -> list[Plan]:
    await stage.finish()
    return []


async def _restore(stage: Stage, facts: Facts) -> list[Plan]:
    """As a face does it: what needs nothing at Google is only swapped here."""
    plan = await errands.plan_restore(stage.desk, PROFILE)
    if plan is None:
        rotate.rollback(stage.desk, PROFILE)
        return []
    ended = await stage.carry_out(plan)
    if ended.state != "done":
        raise AssertionError(f"{ended.state}: {ended.cause} {ended.facts} {ended.fault}")
    return [plan]


def _after(*acts: Callable[[Stage, Facts], Awaitable[object]]) -> Callable[[Stage, Facts], Awaitable[object]]:
    async def go(stage: Stage, facts: Facts) -> object:
        for act in acts:
            await act(stage, facts)
        return None

    return go


def _days(days: float) -> Callable[[Stage, Facts], Awaitable[object]]:
    async def go(stage: Stage, facts: Facts) -> object:
        stage.clock.advance(days=days)
        return None

    return go


# --- what others have made ------------------------------------------------------------------------------------------


def _key_without_api(cloud: Cloud, project: CloudProject) -> Facts:
    """A key of the Console's, restricted to Gemini, in a project where that API is off."""
    fields = {"restrictions": {"apiTargets": [{"service": GEMINI}]}}
    key = cloud.plant_key(project, key_id="console-key", fields=fields)
    return {"project": project.id, "key": key.key.text}


def _blocked_key(cloud: Cloud, project: CloudProject) -> Facts:
    """A key of the Console's for another API."""
    project.turn_on(GEMINI)
    fields = {"restrictions": {"apiTargets": [{"service": "maps-backend.googleapis.com"}]}}
    key = cloud.plant_key(project, key_id="map-of-the-shop", fields=fields)
    return {"project": project.id, "key": key.key.text}


def account_file(cloud: Cloud, one: ServiceAccount, private: rsa.RSAPrivateKey) -> str:
    """A key file that somebody has downloaded for an account."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one.account.unique_id)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=100))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    key = cloud.plant_account_key(one, made)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, *form).decode("ascii")
    project = one.account.project.id
    account = certificate.account_file(one.email, project, Secret(pem), key.id, one.account.unique_id)
    return account.document.reveal()


def _account_without_role(cloud: Cloud, project: CloudProject) -> Facts:
    project.turn_on(VERTEX)
    one = cloud.plant_account(project, "shop-robot")
    text = account_file(cloud, one, rsa_key(fresh=False))
    return {"project": project.id, "account": one.email, "file": text}


async def _keep(stage: Stage, facts: Facts) -> object:
    """The person has saved what others made."""
    from gemini_setup.google.recognition import recognise

    if "key" in facts:
        access = Access(ApiKey(Secret(facts["key"])), Service.STUDIO)
    else:
        credential = recognise(facts["file"]).credential
        assert credential is not None
        access = Access(credential, Service.VERTEX, facts["project"], "global")
    stage.vault().keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")
    return None


_create_key, _create_account = _plain(Flow.CREATE_KEY), _plain(Flow.CREATE_ACCOUNT, Service.VERTEX)

SCENARIOS = (
    Scenario("create a key", _create_key),
    Scenario("create a key over another", _create_key, _create_key),
    Scenario("create an account", _create_account),
    Scenario("turn on the API", _plain(Flow.ENABLE), _keep, _key_without_api, changes=False),
    Scenario(
        "grant the role", _plain(Flow.GRANT, Service.VERTEX), _keep, _account_without_role, changes=False
    ),
    Scenario("rotate a key, quiet", _rotate(Retire.QUIET), _create_key),
    Scenario("rotate a key, now", _rotate(Retire.NOW), _create_key),
    Scenario("rotate a key, keep", _rotate(Retire.KEEP), _create_key),
    Scenario("rotate an account, quiet", _rotate(Retire.QUIET, Service.VERTEX), _create_account),
    Scenario("rotate an account, now", _rotate(Retire.NOW, Service.VERTEX), _create_account),
    Scenario("replace somebody's key", _rotate(Retire.QUIET), _keep, _blocked_key),
    Scenario(
        "retire a key that is quiet", _finish, _after(_create_key, _rotate(Retire.QUIET), _days(8)), changes=False
    ),
    Scenario(
        "retire an account's key", _finish,
        _after(_create_account, _rotate(Retire.QUIET, Service.VERTEX), _days(8), _finish, _days(2)), changes=False,
    ),
    Scenario("restore a key", _restore, _after(_create_key, _rotate(Retire.NOW), _days(3))),
    Scenario(
        "restore an account's key", _restore,
        _after(_create_account, _rotate(Retire.QUIET, Service.VERTEX), _days(8), _finish),
    ),
)  # fmt: skip
BY_NAME = {one.name: one for one in SCENARIOS}
