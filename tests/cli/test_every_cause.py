"""Every cause that Google can name over HTTP, served on the real route to the real `check`: the same cause, outcome and
exit code come out, the right step carries it, and no secret does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from gemini_setup import network
from gemini_setup.causes import CAUSES
from gemini_setup.checks import Checked, check
from gemini_setup.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.outcomes import Outcome
from gemini_setup.recognise import recognise_file
from tests.causes.records import ABSENT, Record, recorded
from tests.cli.program import Done, Program
from tests.conftest import without_foreign_variables
from tests.loopback import Account, Fault, Google, Key, answers
from tests.loopback.answers import GEMINI, VERTEX, Answer
from tests.secretservice import SecretService

Kind = Literal["studio", "vertex", "express"]

_STUDIO_METHOD = "google.ai.generativelanguage.v1beta.ModelService.ListModels"
_PREDICT = "google.cloud.aiplatform.v1.PredictionService.GenerateContent"
_COUNT = "google.cloud.aiplatform.v1.LlmUtilityService.CountTokens"
_NUMBER = 700123456789
_PROJECT = "some-project"
_MODEL = "gemini-3.5-flash-lite"


@dataclass(frozen=True)
class Walk:
    """One answer on one route: `step` carries the cause; `decides` is False where the result is `works` all the same."""

    cause: str
    kind: Kind
    route: str
    step: str
    answer: Answer | Callable[[str], Answer]  # a function of the key, for an answer that repeats it
    decides: bool = True

    def fault(self, key: str) -> Fault:
        answer = self.answer(key) if callable(self.answer) else self.answer
        return Fault(answer.status, answer.body, answer.content_type, dict(answer.headers))


def _accepts(cause: str, answer: Answer | Callable[[str], Answer]) -> Walk:
    return Walk(cause, "studio", "models", "accepts", answer)


def _generate(cause: str, answer: Answer) -> Walk:
    return Walk(cause, "studio", "generate", "generate", answer)


def _sign_in(cause: str, answer: Answer) -> Walk:
    return Walk(cause, "vertex", "token", "sign-in", answer)


def _vertex(cause: str, answer: Answer) -> Walk:
    return Walk(cause, "vertex", "vertex-generate", "generate", answer)


def _express(cause: str, answer: Answer | Callable[[str], Answer]) -> Walk:
    return Walk(cause, "express", "vertex-count", "accepts", answer)


def _beside(cause: str, kind: Kind, route: str, answer: Answer) -> Walk:
    return Walk(cause, kind, route, "openai", answer, decides=False)


WALKS: tuple[Walk, ...] = (
    # The key itself, asked for the list of models.
    _accepts("key-not-valid", answers.key_not_valid()),
    _accepts("key-expired", answers.key_expired()),
    _accepts("key-leaked", answers.key_leaked()),
    _accepts("key-suspended", lambda key: answers.consumer_suspended(key, _NUMBER, GEMINI)),
    _accepts("key-owner-disabled", answers.owner_disabled()),
    _accepts("key-taken-for-token", answers.taken_for_token(GEMINI, _STUDIO_METHOD)),
    _accepts("api-keys-not-supported", answers.keys_not_supported(GEMINI, _STUDIO_METHOD)),
    _accepts("credential-missing", answers.unregistered_callers()),
    _accepts("credentials-sent-twice", answers.sent_twice_native()),
    _accepts("api-disabled", answers.service_disabled(GEMINI, str(_NUMBER))),
    _accepts("key-restricted-to-other-apis", answers.service_blocked(GEMINI, _STUDIO_METHOD, _NUMBER)),
    _accepts("key-restricted-to-websites", answers.referrer_blocked("", _NUMBER)),
    _accepts("key-restricted-to-addresses", answers.address_blocked("203.0.113.7", _NUMBER)),
    _accepts("key-restricted-to-android-apps", answers.app_blocked("android", _NUMBER)),
    _accepts("key-restricted-to-ios-apps", answers.app_blocked("ios", _NUMBER)),
    _accepts("key-unrestricted", answers.unrestricted_key()),
    _accepts("location-not-supported", answers.location_not_supported()),
    _accepts("permission-denied", answers.permission_denied()),
    _accepts("wrong-address", answers.google_page(404, "/v1beta/models")),
    _accepts("wrong-address", answers.empty_not_found()),
    _accepts("wrong-address", answers.other_vendor()),
    _accepts("google-frontend-refused", answers.google_page(403, "/v1beta/models")),
    _accepts("google-frontend-refused", answers.sorry_page()),
    _accepts("google-error", answers.failure(500, generates=False)),
    _accepts("google-timeout", answers.failure(504, generates=False)),
    _accepts("unknown", answers.unheard_of()),
    _accepts("works", answers.ok({"models": [{"name": f"models/{_MODEL}"}]}, "models.list")),
    # What is no answer of Google's ends the step before.
    Walk(
        "not-google",
        "studio",
        "models",
        "reach",
        Answer(200, text=answers.portal_html(), content_type="text/html"),
    ),
    Walk(
        "not-google",
        "studio",
        "models",
        "reach",
        Answer(503, text=answers.bare_html(503), content_type="text/html"),
    ),
    Walk(
        "not-google",
        "vertex",
        "token",
        "reach",
        Answer(200, text=answers.portal_html(), content_type="text/html"),
    ),
    Walk(
        "proxy-needs-sign-in",
        "studio",
        "models",
        "reach",
        Answer(407, text=answers.bare_html(407), content_type="text/html"),
    ),
    # The project, its quotas and its money: seen by a generation only.
    _generate("project-denied", answers.project_denied()),
    _generate("account-disabled", answers.account_closed()),
    _generate("billing-overdue", answers.billing_overdue(_NUMBER)),
    _generate("billing-country-restricted", answers.billing_country()),
    _generate("location-needs-billing", answers.location_needs_billing()),
    _generate("quota-per-minute", answers.quota("per-minute", _MODEL, _NUMBER, 10)),
    _generate("quota-per-day", answers.quota("per-day", _MODEL, _NUMBER, 20)),
    _generate("quota-zero", answers.quota("zero", _MODEL, _NUMBER, 0)),
    _generate("quota-zero", answers.quota("zero-region", _MODEL, _NUMBER, 0)),
    _generate("quota-exhausted", answers.quota("exhausted", _MODEL, _NUMBER, 0)),
    _generate("credits-depleted", answers.quota("credits-depleted", _MODEL, _NUMBER, 0)),
    _generate("credits-depleted", answers.payment_required()),
    _generate("spending-rate", answers.spending_rate()),
    _generate("spending-cap", answers.quota("spending-cap", _MODEL, _NUMBER, 0)),
    _generate("spending-cap", answers.spend_cap(_PROJECT)),
    _generate("model-overloaded", answers.overloaded()),
    _generate("model-not-found", answers.model_missing(_MODEL, "v1beta")),
    _generate("model-retired", answers.model_retired(_MODEL)),
    _generate("request-not-valid", answers.only_audio(_MODEL)),
    # The service account at the token endpoint. A gcloud sign-in's answers come the same way.
    _sign_in("service-account-not-found", answers.account_not_found()),
    _sign_in("service-account-disabled", answers.account_disabled()),
    _sign_in("service-account-key-revoked", answers.jwt_signature()),
    _sign_in("clock-wrong", answers.jwt_time()),
    _sign_in("token-request-not-valid", answers.jwt_audience()),
    _sign_in("scope-not-valid", answers.invalid_scope()),
    _sign_in("sign-in-expired", answers.refresh_revoked()),
    _sign_in("sign-in-expired", answers.refresh_reauth()),
    _sign_in("sign-in-expired", answers.refresh_bad_request()),
    _sign_in("oauth-client-not-valid", answers.client_unknown()),
    _sign_in("oauth-client-not-authorized", answers.client_unauthorized()),
    _sign_in("oauth-app-restricted", answers.client_internal()),
    _sign_in("organisation-policy", answers.admin_policy()),
    # The account on Vertex AI.
    _vertex("access-token-expired", answers.token_expired(VERTEX, _PREDICT)),
    _vertex("key-taken-for-token", answers.token_unknown(VERTEX, _PREDICT)),
    _vertex("credential-missing", answers.no_credential_vertex(_PREDICT)),
    _vertex("api-disabled", answers.service_disabled(VERTEX, _PROJECT)),
    _vertex("role-missing", answers.role_missing(f"projects/{_PROJECT}/locations/global")),
    _vertex("scope-missing", answers.scope_insufficient(VERTEX, _PREDICT)),
    _vertex("project-not-found", answers.project_not_found(_PROJECT)),
    _vertex("quota-project-missing", answers.quota_project_missing()),
    _vertex("quota-project-denied", answers.quota_project_denied(_PROJECT)),
    _vertex("billing-disabled", answers.billing_disabled(_NUMBER)),
    _vertex("organisation-policy", answers.perimeter(_PROJECT)),
    _vertex("organisation-policy", answers.model_forbidden(_PROJECT, _MODEL)),
    _vertex("model-not-allowed", answers.model_not_allowed(_PROJECT, _MODEL)),
    _vertex("model-not-found", answers.vertex_model_missing(_PROJECT, "global", _MODEL)),
    _vertex("service-starting", answers.service_agents_provisioned()),
    _vertex("capacity-exhausted", answers.vertex_quota("capacity", _MODEL)),
    _vertex("quota-per-minute", answers.vertex_quota("per-minute", _MODEL)),
    # A key on Vertex AI.
    _express("api-keys-not-supported", answers.keys_not_supported(VERTEX, _COUNT)),
    _express("key-restricted-to-other-apis", answers.service_blocked(VERTEX, _COUNT, _NUMBER)),
    _express("key-expired", answers.key_expired(VERTEX)),
    _express("key-suspended", lambda key: answers.consumer_suspended(key, _NUMBER, VERTEX)),
    # The OpenAI-compatible routes say what they think and decide nothing.
    _beside("key-not-valid", "studio", "openai-models", answers.invalid_auth_key()),
    _beside(
        "api-keys-not-supported",
        "studio",
        "openai-models",
        answers.keys_not_supported(GEMINI, _STUDIO_METHOD).as_list(),
    ),
    _beside("credentials-sent-twice", "studio", "openai-models", answers.sent_twice_openai()),
    _beside("model-needs-publisher", "vertex", "vertex-openai", answers.malformed_publisher_model(_MODEL)),
)

#: The causes that no HTTP answer on our routes carries, and who shows them instead.
NOT_OVER_HTTP = {
    "key-not-sendable": "nothing is sent (test_checks, test_transport)",
    "private-key-unreadable": "the file's own fault, nothing is sent (test_add_and_check)",
    "file-not-json": "the file's own fault, nothing is sent (test_add_and_check)",
    "file-not-service-account": "the file's own fault, nothing is sent (test_add_and_check)",
    "no-credentials-found": "no application-default credentials on this computer: a library's exception (test_causes)",
    "dns-failed": "there is nobody to answer (test_transport)",
    "connection-timeout": "nobody answers (test_transport)",
    "connection-broken": "no whole answer arrives (test_transport)",
    "tls-intercepted": "the handshake ends before a question is asked (test_transport)",
    "tls-failed": "the handshake ends before a question is asked (test_transport)",
    "proxy-unreachable": "the tunnel never stands (test_transport)",
    "credential-too-new": "known by when it was made, and by no answer of its own (test_checks)",
    "app-sign-in-retired": "a product's own sign-in, on no route of ours (tests/causes)",
    "account-not-eligible": "a product's own sign-in, on no route of ours (tests/causes)",
    "account-verification": "a product's own sign-in, on no route of ours (tests/causes)",
    "subscription-required": "a product's own sign-in, on no route of ours (tests/causes)",
    "sign-in-not-completed": "a product's own sign-in, on no route of ours (tests/causes)",
    "outside-identity-failed": "workload identity federation, on no route of ours (tests/causes)",
    "key-creation-denied": "a page of Google's says it, on no route of ours (tests/causes)",
    "program-refuses-key": "nothing is sent by that program (tests/causes)",
}

EXIT = {Outcome.ACCEPTED: 0, Outcome.BLOCKED: 3, Outcome.REFUSED: 3, Outcome.UNANSWERED: 5}


def test_no_cause_is_left_out() -> None:
    walked = {walk.cause for walk in WALKS}
    assert walked | set(NOT_OVER_HTTP) == set(CAUSES)
    assert not walked & set(NOT_OVER_HTTP)


# --- the walks ------------------------------------------------------------------------------------------

LANES = 4  # checks under way at once
EACH = 8  # so many walks, one is made by a process that is started anew

#: Starts the program as Python does after its imports, which are most of a check's time: a child for each command.
_FORKING = """
import json, os, sys, tempfile
from gemini_setup import actions, cli
actions.warm_up()
for line in sys.stdin:
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            for number, file in ((0, open(os.devnull)), (1, out), (2, err)):
                os.dup2(file.fileno(), number)
            code = cli.main(json.loads(line))
            sys.stdout.flush()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = [(file.seek(0), file.read().decode())[1] for file in (out, err)]
    print(json.dumps([code, *said]), flush=True)
"""


class Forking:
    """The program, already imported: each command is a process of its own all the same."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FORKING],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> Done:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        return Done(*json.loads(self._process.stdout.readline()))

    def stop(self) -> None:
        self._process.communicate(timeout=30)


@dataclass
class Lane:
    """A profile of each kind, kept while all was well; one check of it runs at a time."""

    number: int
    studio: Key
    express: Key
    vertex: Account
    forking: Forking

    def profile(self, kind: Kind) -> str:
        return f"{kind}-{self.number}"

    def credential(self, kind: Kind) -> Key | Account:
        found: dict[Kind, Key | Account] = {
            "studio": self.studio,
            "express": self.express,
            "vertex": self.vertex,
        }
        return found[kind]

    def secrets(self) -> list[str]:
        lines = self.vertex.info["private_key"].splitlines()[1:-1]
        return [self.studio.text, self.express.text, *lines]


@dataclass(frozen=True)
class Walked:
    done: Done
    secrets: list[str]


class Walker:
    """Runs the walks side by side, each on a lane of its own."""

    def __init__(self, google: Google, service: SecretService) -> None:
        self._program = Program(google, service, {})
        self._lanes: queue.Queue[Lane] = queue.Queue()
        self._pool = ThreadPoolExecutor(LANES)
        self._under_way: dict[int, Future[Walked]] = {}
        self.lanes = [
            Lane(
                n,
                google.studio_key(),
                google.studio_key(vertex=True),
                google.service_account(name=f"gemini{n}"),
                Forking(self._program.environ),
            )
            for n in range(LANES)
        ]

    def keep(self, lane: Lane) -> None:
        for arguments, kind, text in (
            (("studio",), "studio", lane.studio.text),
            (("vertex", "--api-key"), "express", lane.express.text),
            (("vertex", "-"), "vertex", lane.vertex.text),
        ):
            done = self._program("add", *arguments, "--json", "--profile", f"{kind}-{lane.number}", text=text)
            assert (done.code, done.json["kept"], done.json["cause"]) == (0, True, "works"), done
        self._lanes.put(lane)

    def start(self) -> None:
        list(self._pool.map(self.keep, self.lanes))
        for number in range(len(WALKS)):
            self._under_way[number] = self._pool.submit(self._walk, WALKS[number], number % EACH == 0)

    def _walk(self, walk: Walk, anew: bool) -> Walked:
        lane = self._lanes.get()
        credential = lane.credential(walk.kind)
        try:
            credential.fault = walk.fault(credential.text if isinstance(credential, Key) else "")
            credential.fault_on = (walk.route,)
            program = self._program if anew else lane.forking
            return Walked(program("check", lane.profile(walk.kind), "--json"), lane.secrets())
        finally:
            credential.fault = None
            self._lanes.put(lane)

    def walked(self, walk: Walk) -> Walked:
        return self._under_way[WALKS.index(walk)].result(100)

    def check(self, profile: str) -> Done:
        return self._program("check", profile, "--json")

    def stop(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for lane in self.lanes:
            lane.forking.stop()


@pytest.fixture(scope="module")
def walker() -> Iterator[Walker]:
    base = without_foreign_variables(dict(os.environ))
    with Google() as google, SecretService(base=base) as service:
        walker = Walker(google, service)
        try:
            walker.start()
            yield walker
        finally:
            walker.stop()


def _names() -> list[str]:
    count: dict[str, int] = {}
    names = []
    for walk in WALKS:
        name = f"{walk.cause}-{walk.route}"
        count[name] = count.get(name, 0) + 1
        names.append(name if count[name] == 1 else f"{name}-{count[name]}")
    return names


@pytest.mark.parametrize("walk", WALKS, ids=_names())
def test_the_answer_leads_to_its_cause(walker: Walker, walk: Walk) -> None:
    walked = walker.walked(walk)
    done, document = walked.done, walked.done.json
    outcome = CAUSES[walk.cause].outcome
    assert done.causes[walk.step] == walk.cause
    step = next(step for step in document["steps"] if step["step"] == walk.step)
    assert step["outcome"] == outcome.value
    if walk.decides:
        assert (document["cause"], document["outcome"], done.code) == (
            walk.cause,
            outcome.value,
            EXIT[outcome],
        )
        assert document["usable"] is (walk.cause == "works")
    else:
        assert (document["cause"], document["usable"], done.code) == ("works", True, 0)
        assert document["works_with"] == {
            "native": True,
            "openai": None if outcome is Outcome.UNANSWERED else outcome is Outcome.ACCEPTED,
        }
    before = list(itertools.takewhile(lambda name: name != walk.step, done.causes))
    assert all(done.causes[name] == "works" for name in before)
    assert (document["kept"], document["fault"]) == (True, None), "a check takes nothing away"
    said = done.out + done.err
    assert not any(secret in said for secret in walked.secrets)
    assert "ya29." not in said
    assert "Traceback" not in said


def test_after_all_that_every_profile_is_as_good_as_before(walker: Walker) -> None:
    for walk in WALKS:
        walker.walked(walk)
    for kind in ("studio", "vertex", "express"):
        assert walker.check(f"{kind}-0").json["cause"] == "works"


# --- what was recorded, on the route on which it was ----------------------------------------------------

#: Where an answer of a surface is served, and the steps that may carry its cause (*reach* where nobody of Google's spoke).
SURFACES: dict[str, tuple[Kind, str, str]] = {
    "gemini-native": ("studio", "models", "accepts"),
    "gemini-openai": ("studio", "openai-models", "openai"),
    "oauth-token": ("vertex", "token", "sign-in"),
    "vertex-native": ("vertex", "vertex-generate", "generate"),
    "vertex-openai": ("vertex", "vertex-openai", "openai"),
}

RECORDS = [r for r in recorded() if r.status is not None and r.body and r.surface in SURFACES]


async def _found(google: Google, record: Record) -> str:
    """The cause that a check's step has for a recorded answer."""
    assert record.surface is not None
    kind, route, step = SURFACES[record.surface]
    body = record.body.encode()
    content_type = "text/html" if body.lstrip()[:1] == b"<" else "application/json"
    fault = Fault(record.status, body, content_type)
    own = Endpoints(gemini=google.url, vertex=google.url, token=f"{google.url}/token")
    if kind == "studio":
        key = google.studio_key(fault=fault, fault_on=(route,))
        access = Access(ApiKey(Secret(key.text)), Service.STUDIO, endpoints=own)
    else:
        account = google.service_account(
            name=f"a-{len(google._book.accounts)}", fault=fault, fault_on=(route,)
        )
        credential = recognise_file(account.text.encode()).credential
        assert isinstance(credential, ServiceAccount)
        access = Access(credential, Service.VERTEX, credential.project, "global", own)
    checked: Checked | None = None
    async for event in check(access, environ={}):
        if isinstance(event, Checked):
            checked = event
    assert checked is not None
    causes: dict[str, Any] = {f.step.value: f.cause for f in checked.findings}
    carried = causes.get(step) or causes["reach"]
    return str(carried.id)


@pytest.mark.skipif(not RECORDS, reason=ABSENT)
def test_every_recorded_answer_is_told_the_same_on_its_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_BACKOFF", 0.001)

    async def all_of_them(google: Google) -> list[str]:
        told = []
        for start in range(0, len(RECORDS), 16):
            told += await asyncio.gather(*(_found(google, record) for record in RECORDS[start : start + 16]))
        return told

    with Google() as google:
        told = asyncio.run(all_of_them(google))
    wrong = [
        (record.id, record.cause, found)
        for record, found in zip(RECORDS, told, strict=True)
        if found != record.cause and found not in record.accept
    ]
    assert not wrong, json.dumps(wrong, indent=1)
