"""Two programs at once at what one run left, or is still at: one credential in use, nothing lost, nothing orphaned."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from gemini_setup.actions import fulfilment, loose_ends
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.actions.errands import Wish
from gemini_setup.actions.loose_ends import End
from gemini_setup.model.credentials import Access, Service
from gemini_setup.model.made import Made
from gemini_setup.provision import accounts
from gemini_setup.provision.plan import Flow
from gemini_setup.provision.session import Session
from tests.errands.stage import PROFILE, Stage
from tests.errands.test_waiting import APIS, begin, check_settled, go
from tests.loopback.management import Cloud, CloudProject, Delays, Wait
from tests.waiting import PATIENCE

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


def check_neither_deletes(
    stage: Stage, project: CloudProject, service: Service, begun: threading.Event
) -> None:
    """The window creates a credential; once that has `begun`, a command takes up what is open."""

    async def both() -> tuple[str, list[End]]:
        flow = Flow.CREATE_KEY if service is Service.STUDIO else Flow.CREATE_ACCOUNT
        plan = await stage.plan(Wish(flow, PROFILE, service, project.id))
        window = asyncio.create_task(stage.carry_out(plan))
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        command = asyncio.create_task(stage.finish(), name="command")
        return (await window).state, await command

    state, ends = go(both())
    assert "undone" not in [end.what for end in ends]
    assert state == "done"
    go(stage.finish())
    check_settled(stage, project)


@pytest.mark.usefixtures("slow")
def test_a_key_that_another_program_uploads_while_it_is_looked_for_is_not_deleted(
    stage: Stage, project: CloudProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window has noted a key and not yet saved its private half; a command looks it up, and it is there by then."""
    noted, looked, uploaded = threading.Event(), threading.Event(), threading.Event()
    pend, keys, upload = fulfilment._Notes.pend, accounts.keys, accounts.upload

    def pend_late(self: fulfilment._Notes, made: Made, access: Access) -> None:
        noted.set()
        assert looked.wait(PATIENCE)
        pend(self, made, access)

    async def keys_late(session: Session, project: str, account: str) -> list[dict[str, Any]]:
        task = asyncio.current_task()
        if task is not None and task.get_name() == "command":
            looked.set()
            assert await asyncio.to_thread(uploaded.wait, PATIENCE)
        return await keys(session, project, account)

    async def upload_and_say(
        session: Session, project: str, account: str, certificate: str
    ) -> dict[str, Any]:
        done = await upload(session, project, account, certificate)
        uploaded.set()
        return done

    monkeypatch.setattr(fulfilment._Notes, "pend", pend_late)
    monkeypatch.setattr(accounts, "keys", keys_late)
    monkeypatch.setattr(accounts, "upload", upload_and_say)

    check_neither_deletes(stage, project, Service.VERTEX, noted)


@pytest.mark.usefixtures("slow")
@SERVICES
def test_a_credential_that_another_program_saves_while_it_is_looked_at_is_not_deleted(
    stage: Stage, project: CloudProject, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command finds it not saved yet; before it looks for what waits in the keyring, the window has saved it."""
    begun, looked, saved = threading.Event(), threading.Event(), threading.Event()
    is_overtaken, is_saved, in_use = fulfilment.is_overtaken, loose_ends._is_saved, fulfilment.in_use

    def overtaken_late(desk: AppContext, made: Made, access: Access) -> bool:
        begun.set()
        assert looked.wait(PATIENCE)
        return is_overtaken(desk, made, access)

    def saved_early(desk: AppContext, made: Made) -> bool:
        found = is_saved(desk, made)
        looked.set()
        assert saved.wait(PATIENCE)
        return found

    def use_and_say(desk: AppContext, made: Made) -> None:
        in_use(desk, made)
        saved.set()

    monkeypatch.setattr(fulfilment, "is_overtaken", overtaken_late)
    monkeypatch.setattr(loose_ends, "_is_saved", saved_early)
    monkeypatch.setattr(fulfilment, "in_use", use_and_say)

    check_neither_deletes(stage, project, service, begun)
