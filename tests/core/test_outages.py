"""While Google or a gateway in front of it answers everybody the same, nobody has looked at a credential: nothing is
saved, nothing is replaced, and nobody is told to delete anything (DESIGN §2).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from gemini_setup.actions import check_and_keep
from gemini_setup.google import http
from gemini_setup.google.recognition import recognise_file
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Report, Step
from gemini_setup.model.outcomes import Outcome
from gemini_setup.model.reminders import Reminder, reminders
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.faults import NoSuchProfile
from gemini_setup.vault.vault import Vault
from tests.loopback import Fault, Google

from . import samples

ROUTES = (
    "models", "generate", "openai-models", "vertex-count", "vertex-generate", "vertex-models", "vertex-openai", "token",
)  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BACKOFF", 0.001)


def _google(code: int, status: str, message: str, *details: object) -> str:
    inner: dict[str, object] = {"code": code, "message": message, "status": status}
    return json.dumps({"error": {**inner, "details": list(details)} if details else inner})


def _json(document: object) -> str:
    return json.dumps(document)


_HELP = {
    "@type": "type.googleapis.com/google.rpc.Help",
    "links": [{"url": "https://ai.google.dev/gemini-api/docs"}],
}
_RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}
_UNAVAILABLE = _google(503, "UNAVAILABLE", "The service is currently unavailable.")
_BUSY = _google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")
_PLAIN, _JSON, _HTML = "text/plain", "application/json", "text/html"

#: What an outage, a rate limit in front of Google, or a gateway says to everybody: none of it looked at the credential.
OUTAGES: dict[str, Fault] = {
    "200 with no models": Fault(200, _json({"models": [], "data": [], "publisherModels": []}), _JSON),
    "503 of Google": Fault(503, _UNAVAILABLE, _JSON),
    "503 of Google, as a list": Fault(503, f"[{_UNAVAILABLE}]", _JSON),
    "503 overloaded": Fault(503, _google(503, "UNAVAILABLE", "The model is overloaded. Please try again later."), _JSON),
    "503 high demand": Fault(503, _google(503, "UNAVAILABLE", "This model is currently experiencing high demand. Spikes in demand are usually temporary."), _JSON),
    "503 with nothing": Fault(503, "", _PLAIN),
    "503 in plain text": Fault(503, "Service Unavailable", _PLAIN),
    "503 upstream (envoy)": Fault(503, "upstream connect error or disconnect/reset before headers. reset reason: connection timeout", _PLAIN),
    "503 no healthy upstream": Fault(503, "no healthy upstream", _PLAIN),
    "503 of nginx": Fault(503, "<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503</h1></center><hr><center>nginx</center></body></html>", _HTML),
    "503 of Kong": Fault(503, _json({"message": "failure to get a peer from the ring-balancer", "request_id": "1"}), _JSON),
    "503 of Apigee": Fault(503, _json({"fault": {"faultstring": "The Service is temporarily unavailable", "detail": {"errorcode": "messaging.adaptors.http.flow.ServiceUnavailable"}}}), _JSON),
    "502 in plain text": Fault(502, "Bad Gateway", _PLAIN),
    "502 with nothing": Fault(502, "", _PLAIN),
    "502 of a page": Fault(502, "<html><body><h1>502 Bad Gateway</h1></body></html>", _HTML),
    "502 of Google": Fault(502, _google(502, "UNAVAILABLE", "Bad gateway."), _JSON),
    "502 of Cloudflare": Fault(502, "error code: 502", _PLAIN),
    "500 of Google": Fault(500, _google(500, "INTERNAL", "An internal error has occurred. Please retry or report in https://developers.generativeai.google"), _JSON),
    "504 of Google": Fault(504, _google(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."), _JSON),
    "429 of Google": Fault(429, _BUSY, _JSON),
    "429 of Google, as a list": Fault(429, f"[{_BUSY}]", _JSON),
    "429 of Google, with a delay": Fault(429, _google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", _RETRY, _HELP), _JSON),
    "429 try again later": Fault(429, _google(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429"), _JSON),
    "429 your quota, nobody's": Fault(429, _google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."), _JSON),
    "429 per minute, nobody's": Fault(429, _json({"error": {"code": 429, "message": "Quota exceeded: 10 requests per minute", "status": "RESOURCE_EXHAUSTED"}}), _JSON),
    "429 per day, nobody's": Fault(429, _json({"error": {"code": 429, "message": "Daily limit reached: 20 requests per day", "status": "RESOURCE_EXHAUSTED"}}), _JSON),
    "429 limit: 0, nobody's": Fault(429, _json({"error": {"code": 429, "message": "Quota exceeded, limit: 0", "status": "RESOURCE_EXHAUSTED"}}), _JSON),
    "429 in plain text": Fault(429, "Too Many Requests", _PLAIN),
    "429 with nothing": Fault(429, "", _PLAIN),
    "429 of a page": Fault(429, "<html><head><title>429 Too Many Requests</title></head><body>nginx</body></html>", _HTML),
    "429 of Kong": Fault(429, _json({"message": "API rate limit exceeded", "request_id": "1"}), _JSON),
    "429 of Apigee": Fault(429, _json({"fault": {"faultstring": "Rate limit quota violation. Quota limit exceeded. Identifier : _default", "detail": {"errorcode": "policies.ratelimit.QuotaViolation"}}}), _JSON),
    "429 of Apigee's spike arrest": Fault(429, _json({"fault": {"faultstring": "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=10}", "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"}}}), _JSON),
    "429 of AWS's gateway": Fault(429, _json({"message": "Limit Exceeded"}), _JSON),
    "429 of Azure's gateway": Fault(429, _json({"statusCode": 429, "message": "Rate limit is exceeded. Try again in 30 seconds."}), _JSON),
    "429 of LiteLLM": Fault(429, _json({"error": {"message": "No deployments available for selected model, Try again in 5 seconds", "type": "None", "param": "None", "code": "429"}}), _JSON),
    "429 that names a path": Fault(429, _json({"error": {"code": 429, "message": "Too many requests for /v1/projects/some-project/locations/global", "status": "RESOURCE_EXHAUSTED"}}), _JSON),
    "429 that names a consumer of its own": Fault(429, _json({"message": "rate limited", "consumer": "anonymous", "consumer_group": "free"}), _JSON),
    "429 capacity": Fault(429, _google(429, "RESOURCE_EXHAUSTED", "No capacity available for model gemini-3-flash-preview on the server", {"reason": "MODEL_CAPACITY_EXHAUSTED"}), _JSON),
    "429 spending rate": Fault(429, _google(429, "RESOURCE_EXHAUSTED", "You exceeded your spend-based rate limit."), _JSON),
    "429 credits of a relay": Fault(429, _json({"error": {"message": "Your prepaid credits are depleted", "code": 429}}), _JSON),
    "402 of a relay": Fault(402, _json({"error": {"message": "Insufficient credits", "code": 402}}), _JSON),
    "403 spend cap of nobody": Fault(403, _google(403, "PERMISSION_DENIED", "Spend cap breached."), _JSON),
    "400 of a gateway about the request": Fault(400, _json({"error": {"code": 400, "message": "Request must contain the header x-tenant", "status": "INVALID_ARGUMENT"}}), _JSON),
    "400 invalid JSON payload": Fault(400, _google(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unknown name \"x\": Cannot find field."), _JSON),
    "413 of nginx": Fault(413, "<html><head><title>413 Request Entity Too Large</title></head></html>", _HTML),
    "200 with Google's 503": Fault(200, _UNAVAILABLE, _JSON),
    "200 with Google's 429": Fault(200, _BUSY, _JSON),
    "200 with Google's 503, as a list": Fault(200, f"[{_UNAVAILABLE}]", _JSON),
    "200 with an error that is a text": Fault(200, _json({"error": "temporarily unavailable"}), _JSON),
    "200 with an error and no code": Fault(200, _json({"error": {"message": "overloaded"}}), _JSON),
    "200 status ok": Fault(200, _json({"status": "ok"}), _JSON),
    "200 of an empty object": Fault(200, "{}", _JSON),
    "200 of an empty list": Fault(200, "[]", _JSON),
    "200 of null": Fault(200, "null", _JSON),
    "200 of a number": Fault(200, "7", _JSON),
    "200 of a list of errors": Fault(200, _json({"errors": [{"message": "rate limited"}]}), _JSON),
    "200 of other kinds": Fault(200, _json({"models": {}, "data": "", "candidates": {}, "totalTokens": 0, "access_token": "", "choices": {}}), _JSON),
    "200 of null members": Fault(200, _json({"models": None, "data": None, "candidates": None, "totalTokens": None, "access_token": None}), _JSON),
    "200 with nothing": Fault(200, "", _PLAIN),
    "200 in plain text": Fault(200, "OK", _PLAIN),
    "200 of a page": Fault(200, "<!doctype html><html><body>Welcome</body></html>", _HTML),
    "200 health check": Fault(200, _json({"healthy": True, "models_loaded": 3}), _JSON),
    "200 Kong's limit": Fault(200, _json({"message": "API rate limit exceeded"}), _JSON),
    "204": Fault(204, "", _PLAIN),
    "201 created": Fault(201, _json({"id": "1"}), _JSON),
    "302 to a portal": Fault.login_page(),
    "401 of a gateway": Fault(401, _json({"message": "No API key found in request"}), _JSON),
    "403 of a gateway": Fault(403, _json({"message": "Forbidden"}), _JSON),
    "404 of a gateway": Fault(404, _json({"message": "no Route matched with those values"}), _JSON),
    "405": Fault(405, "Method Not Allowed", _PLAIN),
    "407": Fault(407, "Proxy Authentication Required", _PLAIN),
    "418": Fault(418, "{}", _JSON),
    "451": Fault(451, "Unavailable For Legal Reasons", _PLAIN),
    "520 of Cloudflare": Fault(520, "error code: 520", _PLAIN),
    "529": Fault(529, _json({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), _JSON),
    "UTF-16": Fault(503, _UNAVAILABLE.encode("utf-16"), "application/json; charset=utf-16"),
    "a byte order mark": Fault(503, b"\xef\xbb\xbf" + _UNAVAILABLE.encode(), _JSON),
    "control signs": Fault(503, "\x1b[31mUNAVAILABLE\x1b[0m \u202egnorw", _PLAIN),
    "deeply nested": Fault(200, "[" * 5000 + "]" * 5000, _JSON),
    "a deep object": Fault(200, '{"a":' * 3000 + "1" + "}" * 3000, _JSON),
    "broken JSON": Fault(200, '{"models": [', _JSON),
    "a long text": Fault(429, "Too Many Requests " * 20_000, _PLAIN),
    "an answer cut off": Fault(503, _UNAVAILABLE, _JSON, truncate=True),
    "an answer that is reset": Fault(503, _UNAVAILABLE, _JSON, reset=True),
    "gzip that is none": Fault(200, _json({"models": [{"name": "models/x"}]}), _JSON, gzip_garbage=True),
    "a bomb": Fault(200, bomb=30_000_000),
    "a huge body": Fault(200, huge=3_000_000),
    "no answer at all": Fault(drop=True),
}  # fmt: skip

KINDS = ("studio", "express", "account")


def _access(google: Google, kind: str, *, good: bool) -> Access:
    own = Endpoints(gemini=google.url, vertex=google.url, token=f"{google.url}/token")
    if kind == "account":
        text = google.service_account().text if good else json.dumps(samples.service_account())
        found = recognise_file(text.encode()).credential
        assert isinstance(found, ServiceAccount)
        return Access(found, Service.VERTEX, found.project, "global", own)
    if good:
        text = google.studio_key(vertex=kind == "express").text
    else:
        text = "thisisnokeyatallbutpastedbymistake"
    service = Service.VERTEX if kind == "express" else Service.STUDIO
    return Access(ApiKey(Secret(text)), service, endpoints=own)


def _added(vault: Vault, access: Access, *, force: bool = False, generate: bool = True) -> Report:
    async def follow() -> Report:
        desk = check_and_keep.AppContext(lambda: vault, {})
        events = check_and_keep.add(desk, access, "default", force=force, generate=generate)
        return [event async for event in events if isinstance(event, Report)][-1]

    return asyncio.run(follow())


def _out(google: Google, fault: Fault) -> None:
    for route in ROUTES:
        google.fault(route, fault)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OUTAGES)
def test_nothing_is_saved_of_what_nobody_looked_at(google: Google, name: str, kind: str) -> None:
    _out(google, OUTAGES[name])
    vault, access = memory_vault(), _access(google, kind, good=False)
    report = _added(vault, access)
    assert report.outcome is not Outcome.ACCEPTED
    assert (report.kept, report.usable, report.proven) == (False, False, False)
    assert not any(report.works_with.values())
    with pytest.raises(NoSuchProfile):
        vault.read("default")
    said = check_and_keep.diagnosis(report)
    for text in (said.title, said.what, said.why, *said.fixes):
        assert "credential is fine" not in text
    secret = (
        access.credential.secret if isinstance(access.credential, ApiKey) else Secret("BEGIN PRIVATE KEY")
    )
    assert secret.reveal() not in report.details


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "503 of Google",
        "429 of Google",
        "429 of Kong",
        "502 in plain text",
        "200 with Google's 503",
        "200 status ok",
    ],
)
def test_a_good_credential_is_not_replaced_and_not_called_dead(google: Google, name: str, kind: str) -> None:
    vault, good = memory_vault(), _access(google, kind, good=True)
    assert _added(vault, good).kept
    _out(google, OUTAGES[name])
    report = _added(vault, _access(google, kind, good=False))
    assert not report.kept
    assert vault.read("default").access == good
    assert vault.previous("default") is None
    # With --force it is saved, and the one before it may be the only one that works: nobody is told to delete it.
    forced = _added(vault, _access(google, kind, good=False), force=True)
    assert forced.kept is (forced.outcome is not Outcome.REFUSED)
    assert not forced.proven
    row = vault.profile("default")
    assert row is not None
    assert Reminder.OLD_ALIVE not in reminders(row)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["503 of Google", "429 of Google", "429 in plain text"])
def test_after_a_real_answer_an_overload_is_one_of_a_good_credential(
    google: Google, name: str, kind: str
) -> None:
    """The list of models, the sign-in, the counting was answered: then the rest is a limit and no question mark."""
    for route in ("generate", "vertex-generate", "vertex-openai"):
        google.fault(route, OUTAGES[name])
    report = _added(memory_vault(), _access(google, kind, good=True))
    assert (report.outcome, report.kept, report.usable) == (Outcome.ACCEPTED, True, False)
    assert "unproven" not in report.facts
    assert report.works_with["native"] is True


@pytest.mark.parametrize("kind", ["studio", "express"])
@pytest.mark.parametrize(
    "detail",
    [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com", "metadata": {"consumer": "projects/700123456789", "quota_limit_value": "0"}},
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "quotaValue": "10"}]},
    ],
    ids=["consumer", "quotaId"],
)  # fmt: skip
def test_a_limit_that_names_its_consumer_proves_that_google_looked(
    google: Google, detail: dict[str, object], kind: str
) -> None:
    body = _google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", detail)
    _out(google, Fault(429, body, _JSON))
    report = _added(memory_vault(), _access(google, kind, good=True))
    assert (report.outcome, report.kept) == (Outcome.ACCEPTED, True)


def test_the_words_of_what_is_not_proven_say_so(google: Google) -> None:
    _out(google, OUTAGES["503 of Google"])
    report = _added(memory_vault(), _access(google, "studio", good=False))
    assert (report.cause.id, report.outcome) == ("model-overloaded", Outcome.UNANSWERED)
    said = check_and_keep.diagnosis(report).what
    assert "No one has checked your key or account yet." in said
    assert said != cause_texts.cause("model-overloaded").what


def test_an_organization_that_forbids_counting_has_forbidden_no_generation(google: Google) -> None:
    from tests.loopback import answers

    account = _access(google, "account", good=True)
    forbidden = answers.counting_forbidden("some-project")
    google.fault("vertex-count", Fault(forbidden.status, forbidden.body, _JSON))
    report = _added(memory_vault(), account, generate=False)
    assert (report.cause.id, report.outcome, report.kept) == (
        "organisation-policy",
        Outcome.UNANSWERED,
        False,
    )
    assert "Generating text may still work" in check_and_keep.diagnosis(report).what
    assert _added(memory_vault(), account).cause.id == "works"
    key = _access(google, "express", good=True)
    report = _added(memory_vault(), key, generate=False)
    assert report.outcome is Outcome.UNANSWERED
    report = _added(memory_vault(), key)
    assert (report.cause.id, report.usable, report.kept) == ("works", True, True)
    steps = [finding.step for finding in report.findings]
    assert steps == [Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.KEEP]


def test_what_was_made_minutes_ago_is_too_new_and_not_wrong(google: Google) -> None:
    import time

    async def follow(made: float | None) -> Report:
        desk = check_and_keep.AppContext(memory_vault, {})
        access = replace(_access(google, "studio", good=False))
        events = check_and_keep.add(desk, access, "default", made=made)
        return [event async for event in events if isinstance(event, Report)][-1]

    young = asyncio.run(follow(time.time() - 30))
    assert (young.cause.id, young.outcome) == ("credential-too-new", Outcome.UNANSWERED)
    assert "wait" in [action.does for action in check_and_keep.diagnosis(young).actions]
    assert asyncio.run(follow(time.time() - 1200)).cause.id == "key-not-valid"
    assert asyncio.run(follow(None)).cause.id == "key-not-valid"
