"""Each refusal leads to one cause with its fix, before or after the first write; what was saved stays, and what is there is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gemini_setup.actions import errands
from gemini_setup.actions.errands import NotPossible
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Service
from gemini_setup.model.made import MadeKind
from gemini_setup.provision.plan import ROLE, Act, Flow, Retire
from gemini_setup.provision.refusals import Stopped
from tests.loopback import Fault, Google
from tests.loopback.management import Delays

from .bench import EMAIL, PROJECT, Bench, ledger, lines_of, run


def refused(bench: Bench, wish: errands.Wish) -> Stopped:
    """Before anything is written."""
    before = len(bench.cloud.ledger.lines())
    with pytest.raises(Stopped) as caught:
        run(errands.plan(bench.desk, wish))
    assert len(bench.cloud.ledger.lines()) == before
    return caught.value


# ---------------------------------------------------------------- who signs in


def test_no_sign_in_a_foreign_one_and_one_that_is_too_old(bench: Bench) -> None:
    bench.person.reauth = True
    assert refused(bench, bench.key()).cause.id == "sign-in-expired"
    bench.person.reauth = False
    for member, value in (
        ("token_uri", "https://oauth2.evil.example/token"),
        ("universe_domain", "evil.example"),
    ):
        bench.sign_in(**{member: value})
        asked = len(bench.google.requests)
        assert refused(bench, bench.key()).cause.id == "sign-in-foreign"
        assert len(bench.google.requests) == asked, "nothing is sent"
    for changes in (
        {"type": "external_account", "credential_source": {"executable": {"command": "/bin/true"}}},
        {"refresh_token": None},
        {"client_id": 7},
    ):
        bench.sign_in(**changes)
        assert refused(bench, bench.key()).cause.id == "no-credentials-found"
    (bench.folder / "application_default_credentials.json").unlink()
    assert refused(bench, bench.key()).cause.id == "no-credentials-found"


def test_a_sign_in_that_grows_too_old_in_the_middle_says_what_is_there(bench: Bench) -> None:
    old = bench.save_foreign_key()
    bench.cloud.delays = Delays.none()

    def grow_old(_: str) -> None:
        bench.person.reauth = True
        bench.google.expire_tokens()

    bench.cloud.hook("iam.projects.serviceAccounts.create", grow_old, when="after")
    ended, _ = bench.do(bench.plan(bench.key()))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "sign-in-expired")
    assert bench.secret() == old
    assert {made.kind for made in ended.made} >= {MadeKind.API, MadeKind.SERVICE_ACCOUNT}
    assert not bench.made(MadeKind.API_KEY)


# ---------------------------------------------------------------- what the account may


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        ("serviceusage.services.enable", "roles/serviceusage.serviceUsageAdmin"),
        ("iam.serviceAccounts.create", "roles/iam.serviceAccountAdmin"),
        ("apikeys.keys.create", "roles/serviceusage.apiKeysAdmin"),
        ("iam.serviceAccountApiKeyBindings.create", "roles/iam.serviceAccountApiKeyBindingAdmin"),
    ],
)
def test_a_missing_permission_is_told_before_anything_is_changed(
    bench: Bench, permission: str, role: str
) -> None:
    bench.cloud.forbid(bench.project, bench.person.email, permission)
    stopped = refused(bench, bench.key())
    assert stopped.cause.id == "account-permission-missing"
    assert stopped.facts["permission"] == permission
    letter = cause_texts.admin_message(stopped.cause.id, cause_texts.friendly(stopped.facts))
    assert permission in letter
    assert role in letter
    assert PROJECT in letter


@pytest.mark.parametrize(
    "permission", ["resourcemanager.projects.setIamPolicy", "iam.serviceAccountKeys.create"]
)
def test_the_same_for_a_service_account(bench: Bench, permission: str) -> None:
    bench.cloud.forbid(bench.project, bench.person.email, permission)
    stopped = refused(bench, bench.account())
    assert permission in stopped.facts["permission"]


def test_a_project_that_is_none_of_the_person_s(bench: Bench) -> None:
    stopped = refused(bench, replace(bench.key(), project="somebody-elses"))
    assert stopped.cause.id in ("account-permission-missing", "project-not-found", "quota-project-denied")
    for wrong in ("", "No Project", "a/../b", "x" * 90):
        with pytest.raises(NotPossible):
            run(errands.plan(bench.desk, replace(bench.key(), project=wrong)))


def test_a_project_that_may_not_be_named_for_quota_is_left_out_once(bench: Bench) -> None:
    bench.project.turn_on("cloudresourcemanager.googleapis.com")
    bench.cloud.forbid(bench.project, bench.person.email, "serviceusage.services.use")
    stopped = refused(bench, bench.key())
    assert stopped.facts["permission"] == "serviceusage.services.use"
    bench.cloud.forbid(bench.project, bench.person.email, "resourcemanager.projects.get")
    assert refused(bench, bench.key()).cause.id == "account-permission-missing"


# ---------------------------------------------------------------- what stands in the way of a project


@pytest.mark.parametrize("late", [False, True])
def test_no_billing_account(bench: Bench, late: bool) -> None:
    bench.project.billing = False
    bench.project.refuses_in_operation = late
    ended, _ = bench.do(bench.plan(bench.account()))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "billing-disabled")
    assert ended.made == ()
    bench.project.turn_on("cloudbilling.googleapis.com")
    assert refused(bench, bench.account()).cause.id == "billing-disabled"


def test_terms_that_nobody_accepted(bench: Bench) -> None:
    bench.project.terms_accepted = False
    ended, _ = bench.do(bench.plan(bench.key()))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "terms-not-accepted")
    assert ended.made == ()


def _owned(bench: Bench, *constraints: str) -> None:
    bench.project.parent = "organizations/123456789012"
    bench.project.constraints = set(constraints)
    bench.project.turn_on("cloudresourcemanager.googleapis.com", "orgpolicy.googleapis.com")


@pytest.mark.parametrize("managed", ["", "managed."])
def test_an_organisation_that_forbids_account_keys_is_not_got_round_by_upload(
    bench: Bench, managed: str
) -> None:
    _owned(bench, f"iam.{managed}disableServiceAccountKeyCreation")
    bench.project.allowed[bench.person.email].add("orgpolicy.policy.get")
    stopped = refused(bench, bench.account())
    assert stopped.cause.id == "key-creation-denied"
    assert "disableServiceAccountKeyCreation" in stopped.facts["constraint"]
    said = cause_texts.cause(stopped.cause.id, cause_texts.friendly(stopped.facts))
    assert "disableServiceAccountKeyCreation" in said.why
    assert "impersonate-service-account" in said.fixes[0]


def test_an_organisation_whose_policy_cannot_be_read_gets_no_upload(bench: Bench) -> None:
    _owned(bench)
    assert refused(bench, bench.account()).cause.id == "key-creation-denied"


def test_a_project_of_nobody_s_is_not_asked_for_a_policy(bench: Bench) -> None:
    bench.fulfil(bench.account())
    assert not [asked for asked in bench.cloud.asked if asked.startswith("orgpolicy")]


def test_an_organisation_that_forbids_bound_keys_is_said_with_its_name(bench: Bench) -> None:
    bench.project.constraints = {"iam.managed.disableServiceAccountApiKeyCreation"}
    bench.project.bound_keys_for = set()
    ended, _ = bench.do(bench.plan(bench.key()))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "key-creation-denied")
    assert ended.facts["constraint"] == "iam.managed.disableServiceAccountApiKeyCreation"
    assert not bench.made(MadeKind.API_KEY)


def test_the_eleventh_key(bench: Bench) -> None:
    bench.fulfil(bench.account())
    for number in range(9):
        wish = replace(bench.account(), profile=f"p{number}")
        bench.fulfil(wish)
    ended, _ = bench.do(bench.plan(replace(bench.account(), profile="eleventh")))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "account-keys-full")
    assert "keys:upload" not in "".join(bench.cloud.ledger.lines()[13:])


# ---------------------------------------------------------------- a policy that others change


def test_a_policy_that_others_change_keeps_every_change_of_theirs(bench: Bench) -> None:
    theirs: set[tuple[str, str, str]] = set(bench.project.policy.members())

    def another(_: str) -> None:
        number = len([one for one in theirs if one[0] == "roles/viewer"])
        if number < 100:
            bench.project.policy.add("roles/viewer", f"user:{number}@example.com")
            theirs.update(bench.project.policy.members())

    bench.cloud.hook("cloudresourcemanager.projects.setIamPolicy", another)
    ends = []
    for _ in range(20):
        ended, _ = bench.do(bench.plan(bench.account()))
        ends.append(ended.cause.id if ended.cause else ended.state)
        if ended.state == "done":
            break
    assert ends == ["concurrent-change"] * (len(ends) - 1) + ["done"]
    assert len(ends) == 15, "seven tries each"
    assert len([one for one in theirs if one[0] == "roles/viewer"]) == 100
    after = bench.project.policy.members()
    assert after - theirs == {(ROLE, f"serviceAccount:{EMAIL}", "[]")}
    assert theirs - after == set()


# ---------------------------------------------------------------- Google and the network


@pytest.mark.parametrize(
    "method",
    [
        "serviceusage.services.batchEnable",
        "iam.projects.serviceAccounts.create",
        "apikeys.projects.locations.keys.create",
        "cloudresourcemanager.projects.setIamPolicy",
        "iam.projects.serviceAccounts.keys.upload",
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_an_answer_that_is_lost_once_makes_nothing_twice(bench: Bench, method: str, before: bool) -> None:
    wish = bench.account() if "upload" in method or "Policy" in method else bench.key()
    plan = bench.plan(wish)
    bench.google.fault(method, Fault(drop=True, before=before), times=1)
    ended, _ = bench.do(plan)
    if ended.state != "done":  # an upload is never sent twice
        assert (method.rpartition(".")[2], before) == ("upload", True)
        bench.cloud.clock.advance(1000)
        bench.finish()
        assert bench.vault.pending("default") is None
        return
    assert sorted(set(ledger(bench.cloud))) == sorted(lines_of(plan.writes))
    assert len(bench.project.our_keys()) + sum(len(a.alive()) for a in bench.project.accounts.values()) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_google_that_fails_for_long_is_said_and_the_old_key_stays(bench: Bench, status: int) -> None:
    old = bench.save_foreign_key()
    plan = bench.plan(bench.key())
    bench.google.fault("apikeys.*", Fault.google(status))
    ended, _ = bench.do(plan)
    assert ended.state == "stopped"
    assert ended.cause is not None
    assert ended.cause.id == "google-error"
    assert bench.secret() == old


def test_offline_in_the_middle(bench: Bench) -> None:
    old = bench.save_foreign_key()
    plan = bench.plan(bench.key())

    bench.google.fault("iam.projects.serviceAccounts.create", Fault(drop=True))
    bench.google.fault("apikeys.*", Fault(drop=True, before=True))
    ended, _ = bench.do(plan)
    assert (ended.state, ended.cause and ended.cause.outcome.value) == ("stopped", "unanswered")
    assert bench.secret() == old
    assert ended.made
    bench.google.clear_faults()
    bench.cloud.clock.advance(1000)
    bench.finish()
    bench.finish()  # what was turned on a moment ago answers by then
    assert not [made for made in bench.vault.made() if made.stage.value == "intended"]


def test_an_operation_that_fails_is_lost_or_never_ends(bench: Bench) -> None:
    plan = bench.plan(bench.key())
    bench.cloud.lost_operations = True
    ended, _ = bench.do(plan)
    assert ended.state == "done", "what counts is what is there"
    bench.cloud.lost_operations = False
    bench.cloud.stuck_operations = True
    old = bench.secret()
    ended, _ = bench.do(bench.plan(bench.rotation(Retire.KEEP)))
    assert (ended.state, ended.cause and ended.cause.id) == ("stopped", "google-timeout")
    assert bench.secret() == old
    bench.cloud.stuck_operations = False
    first = bench.finish()
    bench.cloud.clock.advance(60)
    assert [*first, *bench.finish()] == ["waits", "saved"], "it was there after all"
    assert bench.secret() != old


def test_too_many_requests(bench: Bench) -> None:
    bench.google.fault("serviceusage.services.batchGet", Fault.google(429), times=None)
    stopped = refused(bench, bench.key())
    assert stopped.cause.id.startswith("quota")


def test_a_proxy_that_wants_a_password(bench: Bench, google: Google) -> None:
    google.proxy_auth = ("someone", "secret")
    assert refused(bench, bench.key()).cause.id == "proxy-needs-sign-in"


def test_a_name_that_is_taken_by_the_time_of_the_write_is_planned_anew(bench: Bench) -> None:
    plan = bench.plan(bench.key())
    other = bench.plan(replace(bench.key(), profile="other"))
    bench.do(other)
    bench.project.accounts[EMAIL].description = "The shop's own"
    ended, _ = bench.do(plan)
    assert ended.state == "again"
    again = bench.plan(bench.key())
    [account] = [write for write in again.writes if write.act is Act.CREATE_ACCOUNT]
    assert account.name != EMAIL
    ended, _ = bench.do(again)
    assert ended.state == "done"


def test_an_administrator_forbids_it(bench: Bench) -> None:
    bench.environ["GEMINI_SETUP_NO_PROVISION"] = "1"
    for question in (errands.plan(bench.desk, bench.key()), errands.projects(bench.desk)):
        with pytest.raises(NotPossible):
            run(question)
    assert errands.offer(bench.desk).forbidden
    assert bench.cloud.asked == []


def test_no_secret_in_what_is_said(bench: Bench) -> None:
    bench.fulfil(bench.key())
    key = bench.secret()
    listed = json.dumps([made.as_json() for made in bench.vault.made()])
    assert key not in listed
    assert bench.person.refresh_token not in listed
    wish = errands.Wish(Flow.ENABLE, "default", Service.VERTEX, PROJECT)
    plan = bench.plan(wish)
    assert key not in json.dumps(plan.as_json())
