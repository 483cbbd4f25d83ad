"""More than one credential that waits in one profile, and what is done to the profile meanwhile: nothing is lost or orphaned."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from gemini_setup.actions import rotate
from gemini_setup.actions.errands import Wish
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service, ServiceAccount
from gemini_setup.model.made import Stage as HowFar
from gemini_setup.model.outcomes import Outcome
from gemini_setup.provision.plan import Flow, Retire
from tests.errands.stage import PROFILE, Stage
from tests.loopback.management import GEMINI, VERTEX, Cloud, CloudProject, Delays, Wait

APIS = (GEMINI, VERTEX, *(f"{name}.googleapis.com" for name in ("iam", "apikeys", "cloudresourcemanager")))


def go(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


@pytest.fixture
def slow(cloud: Cloud, project: CloudProject) -> None:
    """Everything new stays young for five minutes."""
    project.turn_on(*APIS)
    cloud.delays = Delays(0, Wait(), Wait(300), Wait(300), Wait(), Wait(300), Wait())


async def begin(stage: Stage, project: CloudProject, service: Service = Service.STUDIO) -> str:
    flow = Flow.CREATE_KEY if service is Service.STUDIO else Flow.CREATE_ACCOUNT
    ended = await stage.carry_out(await stage.plan(Wish(flow, PROFILE, service, project.id)), wait=0.0)
    return ended.state


def alive(project: CloudProject) -> list[str]:
    keys = [key.id for key in project.our_keys()]
    return keys + [key.id for one in project.accounts.values() for key in one.alive()]


def check_settled(stage: Stage, project: CloudProject) -> None:
    """One credential is in use and works; whatever else is alive at Google is in the list."""
    assert stage.pending() is None
    assert not [made for made in stage.made() if made.stage in (HowFar.INTENDED, HowFar.PENDING)]
    now = stage.saved()[0]
    assert now is not None
    listed = {made.name for made in stage.made() if made.stage is not HowFar.DELETED}
    assert set(alive(project)) <= listed


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(
    "services",
    [
        (Service.STUDIO, Service.STUDIO),
        (Service.STUDIO, Service.VERTEX),
        (Service.VERTEX, Service.STUDIO),
        (Service.VERTEX, Service.VERTEX),
    ],
    ids=lambda services: " then ".join(one.value for one in services),
)
def test_two_that_wait_in_one_profile(
    stage: Stage, cloud: Cloud, project: CloudProject, services: tuple[Service, Service]
) -> None:
    assert go(begin(stage, project, services[0])) == "waits"
    cloud.clock.advance(30)
    assert go(begin(stage, project, services[1])) == "waits"
    go(stage.finish())
    cloud.clock.advance(400)
    for _ in range(3):
        go(stage.finish())
        cloud.clock.advance(1000)
    check_settled(stage, project)
    now = stage.saved()[0]
    assert now is not None
    # The person's last wish is the one in use.
    assert isinstance(now.credential, ApiKey if services[1] is Service.STUDIO else ServiceAccount)


@pytest.mark.usefixtures("slow")
def test_another_key_is_saved_while_one_waits(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    """The person's own paste is newer: what waits is undone, and nothing of it is left."""
    assert go(begin(stage, project)) == "waits"
    cloud.clock.advance(30)
    theirs = cloud.plant_key(project, fields={"restrictions": {"apiTargets": [{"service": GEMINI}]}})
    access = Access(ApiKey(Secret(theirs.key.text)), Service.STUDIO)
    stage.vault().keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")
    cloud.clock.advance(400)
    go(stage.finish())
    now = stage.saved()[0]
    assert now is not None
    assert isinstance(now.credential, ApiKey)
    assert now.credential.secret.reveal() == theirs.key.text
    assert alive(project) == []
    check_settled(stage, project)
    assert cloud.ledger.of("keys.delete")[0].query["checkExistingUsage"] == ["SKIP"]


@pytest.mark.usefixtures("slow")
def test_a_profile_that_is_removed_while_one_waits(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    assert go(begin(stage, project)) == "waits"
    cloud.clock.advance(400)
    go(stage.finish())
    plan = go(stage.plan(Wish(Flow.ROTATE, PROFILE, Service.STUDIO, project.id, retire=Retire.QUIET)))
    assert go(stage.carry_out(plan, wait=0.0)).state == "waits"
    rotate.remove(stage.desk, PROFILE)
    for _ in range(3):
        cloud.clock.advance(1000)
        go(stage.finish())
    assert stage.saved() == (None, None)
    assert stage.pending() is None
    listed = {made.name for made in stage.made() if made.stage is not HowFar.DELETED}
    assert set(alive(project)) <= listed


@pytest.mark.usefixtures("slow")
def test_a_rollback_while_the_next_one_waits(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    for _ in range(2):
        assert go(begin(stage, project)) == "waits"
        cloud.clock.advance(400)
        go(stage.finish())
    first = stage.saved()
    assert go(begin(stage, project)) == "waits"
    rotate.rollback(stage.desk, PROFILE)
    cloud.clock.advance(400)
    go(stage.finish())
    now, before = stage.saved()
    assert now is not None
    assert before is not None
    assert {now.credential.hint, before.credential.hint} >= {first[1].credential.hint if first[1] else ""}
    check_settled(stage, project)
