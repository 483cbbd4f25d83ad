"""Two programs at once at what one run left, or is still at: one credential in use, nothing lost, nothing orphaned."""

from __future__ import annotations

import asyncio

import pytest

from gemini_setup.actions.errands import Wish
from gemini_setup.model.credentials import Service
from gemini_setup.provision.plan import Flow
from tests.errands.stage import PROFILE, Stage
from tests.errands.test_waiting import APIS, begin, check_settled, go
from tests.loopback.management import Cloud, CloudProject, Delays, Wait

SERVICES = pytest.mark.parametrize("service", [Service.STUDIO, Service.VERTEX])


@pytest.fixture
def slow(cloud: Cloud, project: CloudProject) -> None:
    """Everything new stays young for five minutes."""
    project.turn_on(*APIS)
    cloud.delays = Delays(0, Wait(), Wait(300), Wait(300), Wait(), Wait(300), Wait())


@pytest.mark.usefixtures("slow")
@SERVICES
@pytest.mark.parametrize("late", [0, 400])
def test_two_take_up_what_waits(
    stage: Stage, cloud: Cloud, project: CloudProject, service: Service, late: float
) -> None:
    assert go(begin(stage, project, service)) == "waits"
    cloud.clock.advance(late)

    async def both() -> None:
        await asyncio.gather(stage.finish(), stage.finish())

    go(both())
    cloud.clock.advance(1000)
    go(both())
    check_settled(stage, project)


@pytest.mark.usefixtures("slow")
@SERVICES
def test_one_takes_up_what_another_is_still_at(
    stage: Stage, cloud: Cloud, project: CloudProject, service: Service
) -> None:
    """A command is run while the window creates a credential, and again at each of its waits."""

    async def both() -> tuple[str, int]:
        flow = Flow.CREATE_KEY if service is Service.STUDIO else Flow.CREATE_ACCOUNT
        plan = await stage.plan(Wish(flow, PROFILE, service, project.id))
        window = asyncio.create_task(stage.carry_out(plan))
        commands = 0
        while not window.done():
            await asyncio.gather(stage.finish(), asyncio.sleep(0.02))
            commands += 1
        return (await window).state, commands

    state, commands = go(both())
    assert commands > 1
    assert state == "done"
    go(stage.finish())
    check_settled(stage, project)
