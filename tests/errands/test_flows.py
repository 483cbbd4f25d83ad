"""Each flow does at Google what its plan names and nothing else, and what was saved stays whole."""

from __future__ import annotations

import dataclasses
import json

import pytest

from gemini_setup.actions import check_and_keep, errands, rotate
from gemini_setup.actions.errands import NotPossible, Wish
from gemini_setup.actions.fulfilment import NotYet
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service, ServiceAccount
from gemini_setup.model.events import Report
from gemini_setup.model.made import MadeKind, Stage
from gemini_setup.model.outcomes import Outcome
from gemini_setup.model.reminders import Reminder, reminders
from gemini_setup.provision.plan import DAYS, ROLE, Act, Flow, Retire
from gemini_setup.vault.faults import NoSuchProfile
from tests.loopback import Fault
from tests.loopback.management import Delays

from .bench import EMAIL, PROJECT, Bench, ledger, lines_of, run

# ---------------------------------------------------------------- create


def test_a_key_is_made_as_planned_checked_and_saved(bench: Bench) -> None:
    plan, ended = bench.fulfil(bench.key())
    assert [write.act for write in plan.writes] == [Act.ENABLE, Act.CREATE_ACCOUNT, Act.CREATE_KEY]
    assert ledger(bench.cloud) == lines_of(plan.writes)
    assert (ended.state, ended.report and ended.report.cause.id) == ("done", "works")
    key = bench.cloud.ledger.writes[-1]
    assert bench.secret().startswith("AQ.")
    assert bench.secret() not in str(key.path) + str(key.query)
    [made] = bench.made(MadeKind.API_KEY)
    assert (made.stage, made.hint, made.account) == (Stage.USED, bench.secret()[-4:], EMAIL)
    assert bench.vault.pending("default") is None


def test_the_key_is_bound_and_allowed_the_gemini_api_alone(bench: Bench) -> None:
    bench.fulfil(bench.key())
    body = json.loads(json.dumps(bench.cloud.ledger.writes[-1].body))
    assert body["serviceAccountEmail"] == EMAIL
    assert body["restrictions"] == {"apiTargets": [{"service": "generativelanguage.googleapis.com"}]}
    assert body["annotations"]["made-by"] == "gemini-setup"


def test_what_is_there_is_not_made_twice(bench: Bench) -> None:
    bench.fulfil(bench.key())
    before = len(ledger(bench.cloud))
    plan, ended = bench.fulfil(dataclasses.replace(bench.key(), profile="work"))
    assert [write.act for write in plan.writes] == [Act.CREATE_KEY]
    assert ledger(bench.cloud)[before:] == lines_of(plan.writes)
    assert ended.state == "done"


def test_a_young_key_is_not_yet_and_never_a_wrong_one(bench: Bench) -> None:
    bench.cloud.delays = Delays.real()
    plan = bench.plan(bench.key())
    ended, events = bench.do(plan)
    waits = [event for event in events if isinstance(event, NotYet)]
    assert len(waits) > 3
    assert [event.left for event in waits] == sorted((event.left for event in waits), reverse=True)
    assert ended.state == "done"
    assert len(bench.google.seen("generate")) == 1, "no generation is spent on waiting"


def test_who_does_not_wait_finds_it_finished_at_the_next_start(bench: Bench) -> None:
    bench.cloud.delays = Delays.real()
    old = bench.save_foreign_key()
    plan = bench.plan(bench.key())
    ended, _ = bench.do(plan, wait=0)
    assert (ended.state, ended.cause and ended.cause.id) == ("waits", "credential-too-new")
    assert bench.secret() == old, "the one in use is the one that works"
    assert bench.vault.pending("default") is not None
    assert bench.finish() == ["waits"]
    bench.cloud.clock.advance(500)
    assert bench.finish() == ["saved"]
    assert bench.secret() != old
    assert bench.vault.pending("default") is None
    assert bench.finish() == []
    assert ledger(bench.cloud) == lines_of(plan.writes)


@pytest.mark.parametrize("kind", ["key", "account"])
def test_of_two_that_wait_the_newer_one_is_saved_and_the_other_deleted(bench: Bench, kind: str) -> None:
    bench.cloud.delays = Delays.real()
    wish = bench.key() if kind == "key" else bench.account()
    for _ in range(2):
        ended, _events = bench.do(bench.plan(wish), wait=0)
        assert ended.state == "waits"
        bench.cloud.clock.advance(5)
    assert bench.finish() == ["undone", "waits"]
    bench.cloud.clock.advance(500)
    assert bench.finish() == ["saved"]
    kinds = (MadeKind.API_KEY, MadeKind.SERVICE_ACCOUNT_KEY)
    stages = [made.stage for made in bench.vault.made() if made.kind in kinds]
    assert stages == [Stage.DELETED, Stage.USED] or stages == [Stage.USED, Stage.DELETED]
    assert bench.vault.pending("default") is None


def test_a_service_account_is_made_by_upload_and_expires(bench: Bench) -> None:
    plan, ended = bench.fulfil(bench.account())
    acts = [Act.ENABLE, Act.CREATE_ACCOUNT, Act.GRANT, Act.UPLOAD_KEY]
    assert [write.act for write in plan.writes] == acts
    assert ledger(bench.cloud) == lines_of(plan.writes)
    assert ended.state == "done"
    account = bench.vault.read("default").access.credential
    assert isinstance(account, ServiceAccount)
    private = json.loads(account.document.reveal())["private_key"]
    sent = "".join(str(entry.body) for entry in bench.cloud.ledger.writes)
    assert private.splitlines()[1] not in sent
    [made] = bench.made(MadeKind.SERVICE_ACCOUNT_KEY)
    assert errands.days_since(made.expires, bench.google.now()) == pytest.approx(-DAYS, abs=0.1)
    assert made.name == account.key_id
    [role] = bench.made(MadeKind.ROLE)
    assert (role.name, role.account) == (ROLE, EMAIL)


def test_an_account_of_that_name_without_our_mark_is_somebody_else_s(bench: Bench) -> None:
    bench.fulfil(bench.key())
    account = bench.project.accounts[EMAIL]
    account.description = "The shop's own"
    plan = bench.plan(dataclasses.replace(bench.key(), profile="work"))
    [made, key] = plan.writes
    assert made.act is Act.CREATE_ACCOUNT
    assert made.name != EMAIL
    assert made.name.startswith("gemini-setup-")
    assert key.account == made.name


# ---------------------------------------------------------------- rotate


def test_a_rotation_when_quiet_asks_nothing_of_the_old_key_and_deletes_it_after_seven_days(
    bench: Bench,
) -> None:
    bench.fulfil(bench.key())
    old = bench.secret()
    bench.cloud.clock.advance(days=3)
    before = len(ledger(bench.cloud))
    plan, ended = bench.fulfil(bench.rotation())
    assert ended.state == "done"
    assert [(w.act, w.later) for w in plan.writes] == [(Act.CREATE_KEY, False), (Act.DELETE_KEY, True)]
    assert ledger(bench.cloud)[before:] == lines_of(plan.now)
    flip = len(bench.google.requests)
    assert bench.secret() != old
    days = 0
    while not bench.finish():
        bench.cloud.clock.advance(days=1)
        days += 1
    assert days == 7
    assert ledger(bench.cloud)[before:] == lines_of(plan.writes)
    used = [seen for seen in bench.google.requests[flip:] if old in str(seen.headers)]
    assert used == []
    row = bench.vault.profile("default")
    assert row is not None
    assert row.old is not None
    assert row.old.dead


def test_what_something_still_uses_is_tried_again_each_day(bench: Bench) -> None:
    bench.fulfil(bench.key())
    old = bench.secret()
    bench.cloud.clock.advance(days=1)
    plan, _ = bench.fulfil(bench.rotation())
    ends: list[str] = []
    for day in range(20):
        if day == 5:
            _use(bench, old)
        bench.cloud.clock.advance(days=1)
        ends += bench.finish()
        if ends[-1:] == ["deleted"]:
            break
    assert ends == ["still-used"] * 5 + ["deleted"]
    assert day == 5 + 6, "on the day after the last use and seven days"
    assert ledger(bench.cloud)[-1:] == lines_of(plan.writes[-1:])


def _use(bench: Bench, key: str) -> None:
    """Somebody else's program."""
    cause = run(_asked(bench, key))
    assert cause == "works"


async def _asked(bench: Bench, key: str) -> str:
    access = Access(ApiKey(Secret(key)), Service.STUDIO)
    return (await check_and_keep.asking(bench.desk)(access)).id


def test_a_leaked_key_goes_at_once_and_a_kept_one_never(bench: Bench) -> None:
    bench.fulfil(bench.key())
    plan, ended = bench.fulfil(bench.rotation(Retire.NOW))
    assert ended.state == "done"
    assert plan.writes[-1].unused
    assert ledger(bench.cloud)[-2:] == lines_of(plan.writes)
    before = len(bench.cloud.ledger.lines())
    plan, ended = bench.fulfil(bench.rotation(Retire.KEEP))
    assert [w.act for w in plan.writes] == [Act.CREATE_KEY]
    bench.cloud.clock.advance(days=60)
    assert bench.finish() == []
    assert len(bench.cloud.ledger.lines()) == before + 1


def test_after_a_rotation_at_once_nobody_is_told_to_delete_the_old_one(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.fulfil(bench.rotation(Retire.NOW))
    row = bench.vault.profile("default")
    assert row is not None
    assert reminders(row) == (Reminder.OLD_DEAD,)


def test_a_deletion_that_fails_is_told_and_tried_again(bench: Bench) -> None:
    bench.fulfil(bench.key())
    new = bench.plan(bench.rotation(Retire.NOW))
    bench.google.fault("apikeys.projects.locations.keys.delete", Fault(before=True, status=503))
    ended, _ = bench.do(new)
    assert (ended.state, ended.cause is not None) == ("done", True)
    assert bench.secret()[-4:] == bench.made(MadeKind.API_KEY)[-1].hint
    assert bench.finish() == ["refused"]
    assert bench.finish() == [], "not at each command"
    bench.google.clear_faults()
    bench.cloud.clock.advance(4000)
    assert bench.finish() == ["deleted"]
    assert ledger(bench.cloud)[-1:] == lines_of(new.after)


def test_what_is_not_ours_by_then_is_left_alone(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.fulfil(bench.rotation())
    [old, _] = bench.made(MadeKind.API_KEY)
    bench.project.keys[old.name].fields["annotations"] = {"made-by": "somebody"}
    before = len(bench.cloud.ledger.lines())
    bench.cloud.clock.advance(days=9)
    assert bench.finish() == ["foreign"]
    assert bench.finish() == []
    assert len(bench.cloud.ledger.lines()) == before


def test_nobody_signed_in_any_longer_is_said_once_a_day(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.fulfil(bench.rotation())
    bench.cloud.clock.advance(days=9)
    place = bench.folder / "application_default_credentials.json"
    place.unlink()
    assert bench.finish() == ["refused"]
    assert bench.finish() == []
    bench.sign_in()
    bench.cloud.clock.advance(days=1.1)
    assert bench.finish() == ["deleted"]


def test_the_api_of_a_project_of_which_only_the_number_is_known(bench: Bench) -> None:
    wish = Wish(Flow.ENABLE, "default", Service.STUDIO, str(bench.project.number))
    bench.cloud.resourcemanager_wants_quota_project = True
    plan, ended = bench.fulfil(wish)
    assert plan.writes[0].names == ("generativelanguage.googleapis.com",)
    assert ended.state == "done"
    assert len(bench.cloud.ledger.lines()) == 1


def test_two_rotations_each_retire_their_own(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.cloud.clock.advance(days=1)
    bench.fulfil(bench.rotation())
    bench.cloud.clock.advance(days=3)
    bench.fulfil(bench.rotation())
    ends = []
    for _ in range(12):
        bench.cloud.clock.advance(days=1)
        ends.append(bench.finish())
    assert [end for end in ends if end] == [["deleted"], ["deleted"]]
    assert [made.stage for made in bench.made(MadeKind.API_KEY)].count(Stage.DELETED) == 2


def test_a_key_that_we_did_not_make_is_replaced_and_never_deleted(bench: Bench) -> None:
    old = bench.save_foreign_key()
    plan, ended = bench.fulfil(dataclasses.replace(bench.rotation(), project=PROJECT))
    assert Act.DELETE_KEY not in [write.act for write in plan.writes]
    assert plan.old is None
    assert ended.state == "done"
    previous = rotate.previous(bench.desk, "default")
    assert previous is not None
    assert isinstance(previous.access.credential, ApiKey)
    assert previous.access.credential.secret.reveal() == old


def test_a_service_account_s_key_is_disabled_and_then_deleted(bench: Bench) -> None:
    bench.fulfil(bench.account())
    bench.cloud.clock.advance(days=1)
    plan, ended = bench.fulfil(bench.rotation())
    assert ended.state == "done"
    ends = []
    for _ in range(10):
        bench.cloud.clock.advance(days=1)
        ends += bench.finish()
    assert ends == ["disabled", "deleted"]
    assert ledger(bench.cloud)[-3:] == lines_of(plan.writes)


def test_a_rotation_of_nothing_or_of_a_sign_in_is_none(bench: Bench) -> None:
    from gemini_setup.model.credentials import GcloudSignIn

    with pytest.raises(NoSuchProfile):
        run(errands.plan(bench.desk, bench.rotation()))
    access = Access(GcloudSignIn(), Service.VERTEX, PROJECT, "global")
    bench.vault.keep("default", access, outcome=Outcome.ACCEPTED, cause="works")
    with pytest.raises(NotPossible, match="sign-in"):
        run(errands.plan(bench.desk, bench.rotation()))
    assert bench.cloud.ledger.lines() == []


# ---------------------------------------------------------------- restore


def _rotated_and_deleted(bench: Bench) -> str:
    bench.fulfil(bench.key())
    old = bench.secret()
    bench.cloud.clock.advance(days=1)
    bench.fulfil(bench.rotation(Retire.NOW))
    return old


def test_on_day_29_the_deleted_key_is_back_and_in_use(bench: Bench) -> None:
    old = _rotated_and_deleted(bench)
    bench.cloud.clock.advance(days=29)
    plan = run(errands.plan_restore(bench.desk, "default"))
    assert plan is not None
    before = len(bench.cloud.ledger.lines())
    ended, _ = bench.do(plan)
    assert ended.state == "done"
    assert ledger(bench.cloud)[before:] == lines_of(plan.writes)
    assert bench.secret() == old


def test_on_day_31_it_says_why_not(bench: Bench) -> None:
    _rotated_and_deleted(bench)
    bench.cloud.clock.advance(days=31)
    with pytest.raises(NotPossible, match="30 days"):
        run(errands.plan_restore(bench.desk, "default"))


def test_what_only_waits_to_be_deleted_needs_nothing_at_google(bench: Bench) -> None:
    bench.fulfil(bench.key())
    old = bench.secret()
    bench.fulfil(bench.rotation())
    assert run(errands.plan_restore(bench.desk, "default")) is None
    both = run(rotate.ask_both(bench.desk, "default"))
    assert both is not None
    assert both.old.id == "unknown", "asking it would be a use"
    rotate.rollback(bench.desk, "default")
    assert bench.secret() == old
    bench.cloud.clock.advance(days=30)
    assert bench.finish() == [], "what is in use again is not deleted"


# ---------------------------------------------------------------- repair


def test_the_api_of_a_diagnosis_is_turned_on_and_the_key_checked_again(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.project.turn_off("generativelanguage.googleapis.com")
    report = _checked(bench)
    assert report.cause.id == "api-disabled"
    wish = errands.for_report(report, bench.vault.read("default").access)
    assert wish is not None
    assert wish.flow is Flow.ENABLE
    before = len(bench.cloud.ledger.lines())
    plan, ended = bench.fulfil(wish)
    assert (ended.state, ended.report and ended.report.cause.id) == ("repaired", "works")
    assert ledger(bench.cloud)[before:] == lines_of(plan.writes)


def _checked(bench: Bench) -> Report:
    async def follow() -> Report:
        async for event in check_and_keep.check(bench.desk, "default"):
            if isinstance(event, Report):
                return event
        raise AssertionError

    return run(follow())


def test_the_role_of_a_diagnosis_is_granted_and_checked_again(bench: Bench) -> None:
    bench.fulfil(bench.account())
    bench.project.policy.remove(ROLE, f"serviceAccount:{EMAIL}")
    bench.cloud.clock.advance(days=1)
    report = _checked(bench)
    assert report.cause.id == "role-missing"
    wish = errands.for_report(report, bench.vault.read("default").access)
    assert wish is not None
    assert (wish.flow, wish.account) == (Flow.GRANT, EMAIL)
    before = len(bench.cloud.ledger.lines())
    plan, ended = bench.fulfil(wish)
    assert (ended.state, ended.report and ended.report.cause.id) == ("repaired", "works")
    assert ledger(bench.cloud)[before:] == lines_of(plan.writes)


def test_nothing_is_planned_where_the_api_is_on(bench: Bench) -> None:
    bench.fulfil(bench.key())
    wish = Wish(Flow.ENABLE, "default", Service.STUDIO, PROJECT)
    assert run(errands.plan(bench.desk, wish)) is None
