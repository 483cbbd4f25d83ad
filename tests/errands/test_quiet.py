"""A rotation *when quiet*: the old key gets no request from us until it is deleted, and then on the right day; *Restore* after it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from gemini_setup.actions import check_and_keep, errands, rotate
from gemini_setup.actions.errands import NotPossible, Wish
from gemini_setup.model.credentials import ApiKey, Service
from gemini_setup.model.made import Made, MadeKind
from gemini_setup.model.made import Stage as HowFar
from gemini_setup.provision.plan import Act, Flow, Plan, Retire
from tests.errands.audit import differences
from tests.errands.stage import PROFILE, Stage
from tests.loopback import Google
from tests.loopback.management import ApiKey as GoogleKey
from tests.loopback.management import Cloud, CloudProject

pytestmark = pytest.mark.usefixtures("person")


def go(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


async def create(stage: Stage, project: CloudProject, service: Service = Service.STUDIO) -> Plan:
    flow = Flow.CREATE_KEY if service is Service.STUDIO else Flow.CREATE_ACCOUNT
    for _ in range(3):
        plan = await stage.plan(Wish(flow, PROFILE, service, project.id))
        ended = await stage.carry_out(plan)
        assert ended.state == "done", ended
        if plan.flow is flow:
            return plan
    raise AssertionError


async def rotated(
    stage: Stage, project: CloudProject, how: Retire, service: Service = Service.STUDIO
) -> Plan:
    plan = await stage.plan(Wish(Flow.ROTATE, PROFILE, service, project.id, retire=how))
    ended = await stage.carry_out(plan)
    assert ended.state == "done", ended
    return plan


def old_key(cloud: Cloud, project: CloudProject, plan: Plan) -> GoogleKey:
    assert plan.old is not None
    return project.keys[plan.old.name]


def is_gone(key: GoogleKey) -> bool:
    return key.deleted is not None


def listed(stage: Stage, name: str) -> Made:
    return next(made for made in stage.made() if made.name == name)


async def a_day_of_use(stage: Stage) -> None:
    """Everything that a person may do to a profile while the old key waits, by every face."""
    await stage.finish()
    check_and_keep.recover(stage.desk)
    async for _ in check_and_keep.check(stage.desk, PROFILE, generate=False):
        pass
    await rotate.ask_both(stage.desk, PROFILE)
    rotate.previous(stage.desk, PROFILE)


def test_the_old_key_is_asked_nothing_until_it_is_gone(
    stage: Stage, google: Google, cloud: Cloud, project: CloudProject
) -> None:
    go(create(stage, project))
    mark = cloud.ledger.mark()
    plan = go(rotated(stage, project, Retire.QUIET))
    old = old_key(cloud, project, plan)
    flip = len(old.used)
    assert flip > 0, "it was checked when it was made"
    last = max(old.used)
    days = 0
    while old.deleted is None:
        assert days < 9
        go(a_day_of_use(stage))
        cloud.clock.advance(days=1)
        days += 1
    # What follows the deletion proves that it is dead.
    assert len([when for when in old.used if when <= old.deleted]) == flip
    assert [write.act for write in plan.writes if write.later] == [Act.DELETE_KEY]
    assert differences(plan.writes, cloud.ledger.since(mark)) == []
    # The first day on which the program ran and seven days had gone by since the last use.
    assert 7 <= (old.deleted - last) / 86400 < 8
    assert listed(stage, old.id).stage is HowFar.DELETED


def test_others_who_use_it_put_it_off_by_days(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    """Somebody else uses the old key once, on the fifth day: it is deleted on the day after that and seven days."""
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.QUIET))
    old = old_key(cloud, project, plan)
    ours = len(old.used)
    cloud.clock.advance(days=5)
    cloud.note_use(old.key.text)
    used = cloud.now()
    days = 5
    refused = 0
    while old.deleted is None:
        assert days < 15
        cloud.clock.advance(days=1)
        days += 1
        ends = go(stage.finish())
        refused += sum(end.what == "still-used" for end in ends)
    assert 7 <= (old.deleted - used) / 86400 < 8 + 0.01
    assert refused >= 4
    assert len(old.used) == ours + 1
    tries = cloud.ledger.of("keys.delete")
    assert all(entry.query["checkExistingUsage"] == ["CHECK"] and "etag" in entry.query for entry in tries)
    assert [entry.applied for entry in tries] == [False] * (len(tries) - 1) + [True]


def test_a_program_that_is_not_started_deletes_nothing_and_then_at_once(
    stage: Stage, cloud: Cloud, project: CloudProject
) -> None:
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.QUIET))
    cloud.clock.advance(days=100)
    assert old_key(cloud, project, plan).deleted is None
    assert [end.what for end in go(stage.finish())] == ["deleted"]


def test_two_rotations_wait_each_with_its_date(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    go(create(stage, project))
    first = go(rotated(stage, project, Retire.QUIET))
    cloud.clock.advance(days=3)
    second = go(rotated(stage, project, Retire.QUIET))
    one, other = old_key(cloud, project, first), old_key(cloud, project, second)
    cloud.clock.advance(days=4.5)
    go(stage.finish())
    assert (one.deleted is not None, other.deleted is None) == (True, True)
    cloud.clock.advance(days=3)
    go(stage.finish())
    assert other.deleted is not None


def test_now_is_at_once_and_keep_is_never(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.KEEP))
    kept = old_key(cloud, project, plan)
    cloud.clock.advance(days=400)
    assert go(stage.finish()) == []
    assert kept.deleted is None
    plan = go(rotated(stage, project, Retire.NOW))
    gone = old_key(cloud, project, plan)
    assert gone.deleted is not None
    assert cloud.ledger.of("keys.delete")[0].query["checkExistingUsage"] == ["SKIP"]


@pytest.mark.parametrize("days", [1, 29])
def test_restore_within_thirty_days(stage: Stage, cloud: Cloud, project: CloudProject, days: int) -> None:
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.QUIET))
    old = old_key(cloud, project, plan)
    cloud.clock.advance(days=8)
    go(stage.finish())
    assert is_gone(old)
    cloud.clock.advance(days=days)
    restoring = go(stage.restoring())
    mark = cloud.ledger.mark()
    assert go(stage.carry_out(restoring)).state == "done"
    assert differences(restoring.writes, cloud.ledger.since(mark)) == []
    assert not is_gone(old)
    now = stage.saved()[0]
    assert now is not None
    assert isinstance(now.credential, ApiKey)
    assert now.credential.secret.reveal() == old.key.text
    # It is in use again: nothing deletes it any longer.
    cloud.clock.advance(days=40)
    go(stage.finish())
    assert not is_gone(old)


def test_restore_on_day_31_says_why_not(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    go(create(stage, project))
    go(rotated(stage, project, Retire.NOW))
    cloud.clock.advance(days=31)
    before = stage.saved()
    with pytest.raises(NotPossible) as told:
        go(stage.restoring())
    assert "30" in str(told.value)
    assert stage.saved() == before


def test_restore_where_google_has_purged_it_earlier(
    stage: Stage, cloud: Cloud, project: CloudProject
) -> None:
    """Our list and Google disagree: the answer is a cause, and nothing is lost."""
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.NOW))
    del project.keys[old_key(cloud, project, plan).id]
    before = stage.saved()
    ended = go(stage.carry_out(go(stage.restoring())))
    assert ended.state == "stopped"
    assert stage.saved() == before


def test_a_rollback_before_the_day_stops_the_deletion(
    stage: Stage, cloud: Cloud, project: CloudProject
) -> None:
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.QUIET))
    old = old_key(cloud, project, plan)
    assert go(errands.plan_restore(stage.desk, PROFILE)) is None, "it needs nothing at Google"
    rotate.rollback(stage.desk, PROFILE)
    cloud.clock.advance(days=30)
    go(stage.finish())
    assert old.deleted is None
    assert listed(stage, old.id).stage is HowFar.USED


def test_an_account_s_key_is_disabled_a_day_before_it_is_deleted(
    stage: Stage, cloud: Cloud, project: CloudProject
) -> None:
    go(create(stage, project, Service.VERTEX))
    mark = cloud.ledger.mark()
    plan = go(rotated(stage, project, Retire.QUIET, Service.VERTEX))
    assert plan.old is not None
    (account,) = project.accounts.values()
    old = account.keys[plan.old.name]
    signed = len(old.signed)
    cloud.clock.advance(days=6.9)
    go(a_day_of_use(stage))
    assert not old.disabled
    cloud.clock.advance(days=0.2)
    assert [end.what for end in go(stage.finish())] == ["disabled"]
    assert (old.disabled, old.deleted) == (True, False)
    cloud.clock.advance(days=0.9)
    assert go(stage.finish()) == []
    cloud.clock.advance(days=0.2)
    assert [end.what for end in go(stage.finish())] == ["deleted"]
    assert old.deleted
    assert len(old.signed) == signed
    assert differences(plan.writes, cloud.ledger.since(mark)) == []
    assert listed(stage, old.id).kind is MadeKind.SERVICE_ACCOUNT_KEY
    with pytest.raises(NotPossible):
        go(stage.restoring())


def test_what_fails_is_tried_again_and_forgets_nothing(
    stage: Stage, google: Google, cloud: Cloud, project: CloudProject
) -> None:
    go(create(stage, project))
    plan = go(rotated(stage, project, Retire.QUIET))
    old = old_key(cloud, project, plan)
    cloud.clock.advance(days=8)
    google.proxy_down = True
    assert [end.what for end in go(stage.finish())] == ["refused"]
    google.proxy_down = False
    assert listed(stage, old.id).stage is HowFar.RETIRING
    assert go(stage.finish()) == [], "not at each command: in an hour"
    cloud.clock.advance(3700)
    cloud.forbid(project, "someone@example.com", "apikeys.keys.delete")
    (end,) = go(stage.finish())
    assert (end.what, end.cause is not None and end.cause.id) == ("refused", "account-permission-missing")
    cloud.allow(project, "someone@example.com", "apikeys.keys.delete")
    cloud.clock.advance(days=1.1)
    assert [end.what for end in go(stage.finish())] == ["deleted"]
    assert old.deleted is not None
