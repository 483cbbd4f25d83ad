"""An answer in whatever rendering becomes its one cause; what nobody knows is `unknown`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.diagnosis.answers import LIMIT, Evidence, Surface, from_exception, from_response, from_text
from gemini_setup.diagnosis.causes import CAUSES, TRAP, diagnose, opens_trap
from gemini_setup.model.outcomes import Outcome
from tests.causes.files import first, renderings
from tests.core.growth import grows_no_faster

from . import samples

GEMINI = "generativelanguage.googleapis.com"
VERTEX = "aiplatform.googleapis.com"
NUMBER = "700123456789"  # the project of the examples

# --- Google's answers and their renderings --------------------------------------------------------------


def error(code: int, status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        inner["details"] = list(details)
    return {"error": inner}


def info(reason: str, domain: str = "googleapis.com", **metadata: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
    }
    return {**found, "metadata": metadata} if metadata else found


CONSUMER = {"service": GEMINI, "consumer": f"projects/{NUMBER}"}
#: Causes that Google's sentence tells with nothing beside it.
SENTENCES = (
    "key-not-valid", "key-expired", "key-leaked", "key-taken-for-token", "api-keys-not-supported", "credential-missing",
    "api-disabled", "key-restricted-to-other-apis", "key-restricted-to-websites", "key-restricted-to-addresses",
    "key-restricted-to-android-apps", "key-restricted-to-ios-apps", "role-missing", "project-not-found",
    "location-not-supported", "model-retired",
)  # fmt: skip


@pytest.mark.parametrize("cause", SENTENCES)
def test_a_cause_is_told_from_google_s_sentence_alone(cause: str) -> None:
    example = first(cause)
    message = example.document["error"]["message"]  # type: ignore[index]  # these are objects
    assert diagnose(example.evidence(message)).id == cause
    assert diagnose(from_text(f"{example.status} {message}")).id == cause
    asked = f'I get this when I run it: "{message}" What can I do?'
    assert diagnose(from_text(asked, None, example.status)).id == cause


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (
            "connection-broken",
            "fatal: unable to access: Failed to connect to {0} port 443: Connection refused",
        ),
        ("connection-timeout", "Error: connect ETIMEDOUT https://{0}/"),
        ("dns-failed", "curl: (6) Could not resolve host: {0}"),
        ("tls-intercepted", "curl: (60) SSL certificate problem: self-signed certificate ({0})"),
        ("proxy-needs-sign-in", "CONNECT {0}:443: 407 Proxy Authentication Required"),
        ("key-not-sendable", "{0}: 'ascii' codec can't encode character"),
    ],
)
def test_every_program_s_faults_are_told_on_the_way_to_gemini_only(cause: str, text: str) -> None:
    assert diagnose(from_text(text.format("git.example.org"))).id == "unknown"
    assert diagnose(from_text(text.format("git.example.org"), Surface.TRANSPORT)).id == cause
    assert diagnose(from_text(text.format(GEMINI))).id == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("403 PERMISSION_DENIED. {'error': {'code': 403, 'message': 'Your project has been denied a", "project-denied"),
        ('[{\n "error": {\n "code": 400,\n "message": "Missing or invalid Autho', "credential-missing"),
        ("[GoogleGenerativeAI Error]: [403 Forbidden] Requests from this Andr", "key-restricted-to-android-apps"),
        ("google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT: Token must be a sho", "clock-wrong"),
        ("Gemini HTTP 403 (PERMISSION_DENIED): Permission “aiplatform.endpoints.predict” deni…", "role-missing"),
        # Both end so: "... referer" and "... this Android", a wrong key and a wrong header, a cap and a refusal.
        ("[GoogleGenerativeAI Error]: [403 Forbidden] Requests from", "unknown"),
        ("google.genai.errors.ClientError: 400 INVALID_ARGUMENT. {'error': {'code': 400, 'message': 'Invalid Au", "unknown"),
        ("google.genai.errors.ClientError: 403 PERMISSION_DENIED. {'error': {'code': 403, 'message': 'Your project has", "unknown"),
        # Not at its end, it is something else's beginning.
        ("google.genai: Your project has been denied a table in the cantina", "unknown"),
        ("Your project has been denied a", "unknown"),  # nothing of Google's is in it
    ],
)  # fmt: skip
def test_a_text_cut_in_a_sentence_of_google_s_is_told_by_it(text: str, cause: str) -> None:
    surface = Surface.GEMINI_OPENAI if text.startswith("[{") else None
    assert diagnose(from_text(text, surface)).id == cause


def test_the_end_of_a_long_log_is_read_too() -> None:
    log = "2026-11-20 INFO nothing to see here\n" * 20_000
    assert diagnose(from_text(log + first("key-not-valid").text)).id == "key-not-valid"
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 200, b'{"models": []}')).id == "works"
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 204, b"")).id == "works"


def test_the_message_decides_where_google_uses_one_reason_for_two_things() -> None:
    missing = "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other."
    body = error(401, "UNAUTHENTICATED", missing, info("CREDENTIALS_MISSING"))
    assert diagnose(from_text(json.dumps(body))).id == "credential-missing"
    quota_project = error(
        403,
        "PERMISSION_DENIED",
        f"Your application is authenticating by using local Application Default Credentials. The {GEMINI} API requires a "
        "quota project, which is not set by default.",
        info("SERVICE_DISABLED", consumer="projects/764086051850"),
    )
    assert diagnose(from_text(json.dumps(quota_project))).id == "quota-project-missing"


def test_details_are_searched_and_not_indexed() -> None:
    help_ = {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"url": "https://x.example"}]}
    body = error(403, "PERMISSION_DENIED", "No.", help_, {}, help_, info("SERVICE_DISABLED", **CONSUMER))
    assert diagnose(from_text(json.dumps(body))).id == "api-disabled"


def test_a_status_line_alone_and_a_cut_answer_are_no_guess() -> None:
    assert diagnose(from_text("403")).id == "unknown"
    assert diagnose(from_text("")).id == "unknown"
    assert diagnose(from_text("hello")).id == "unknown"
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 418, b"{}")).id == "unknown"
    assert (
        diagnose(
            from_response(
                Surface.GEMINI_NATIVE, 400, json.dumps(error(400, "INVALID_ARGUMENT", "?")).encode()
            )
        ).id
        == "unknown"
    )


@pytest.mark.parametrize(
    "text",
    [
        "POST https://x.example/v1/projects/500503504429/models failed",
        "GET https://x.example:503/status/429?code=401 gave nothing",
        "see http://x.example/error/code:429",
        "project 429503 in zone 401",
        "took 503 ms",
        "line 429, column 403",
    ],
)
def test_numbers_in_addresses_and_names_are_no_status(text: str) -> None:
    assert from_text(text).status is None
    assert diagnose(from_text(text)).id == "unknown"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"error": {"code": 403, "message": "x"}}', 403),
        ("{'code': 429}", 429),
        ("HTTP 503", 503),
        ("HTTP/1.1 502 Bad Gateway", 502),
        ("Error code: 400 - x", 400),
        ("status=404", 404),
        ("statusCode: 401", 401),
        ("got status: 403 Forbidden", 403),
        ("400 Bad Request", 400),
        ("429 RESOURCE_EXHAUSTED", 429),
        ("HTTPError: 403 Client Error: Forbidden for url: https://x.example/500", 403),
    ],
)
def test_a_status_is_read_where_people_write_it(text: str, status: int) -> None:
    assert from_text(text).status == status


OTHER_VENDORS = [
    "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan "
    "and billing details.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}",
    "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: abc. You can find your "
    "API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'code': 'invalid_api_key'}}",
    'anthropic.AuthenticationError: Error code: 401 - {"type":"error","error":{"type":"authentication_error","message":"invalid '
    'x-api-key"}}',
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling InvokeModel: not authorized",
    '{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}',
    "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://registry.npmjs.org/nothing",
    "mistral: 503 Service Unavailable",
    "Traceback (most recent call last):\n  File \"x.py\", line 3, in <module>\nKeyError: 'answer'",
    "fatal: repository 'https://github.com/x/y.git/' not found",
    "sqlalchemy.exc.OperationalError: permission denied for table users",
    "E: Unable to locate package gemini",
]


@pytest.mark.parametrize("text", OTHER_VENDORS)
def test_other_vendors_answers_are_unknown(text: str) -> None:
    assert diagnose(from_text(text)).id == "unknown"


def test_pages_are_told_apart_by_who_wrote_them() -> None:
    google = "<!DOCTYPE html><html lang=en><title>Error {0} ({1})!!1</title><p><b>{0}.</b> <ins>That’s an error.</ins><p>{2}"
    denied = google.format(
        403, "Forbidden", "Your client does not have permission to get URL /v1beta/models from this server."
    )
    lost = google.format(404, "Not Found", "The requested URL /v1beta/model was not found on this server.")
    portal = "<html><head><title>Welcome to Hotel Wi-Fi</title></head><body>Please sign in</body></html>"
    assert (
        diagnose(from_response(Surface.GEMINI_NATIVE, 403, denied.encode())).id == "google-frontend-refused"
    )
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 404, lost.encode())).id == "wrong-address"
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 200, portal.encode())).id == "not-google"
    assert diagnose(
        from_response(Surface.GEMINI_NATIVE, 503, b"<html><body>503 Service Unavailable</body></html>")
    ).id in (
        "not-google",
        "google-error",
    )


def test_a_server_s_failure_says_nothing_about_the_credential() -> None:
    assert diagnose(
        from_text(
            json.dumps(error(500, "INTERNAL", "An internal error has occurred.")), Surface.GEMINI_NATIVE, 500
        )
    ).id == ("google-error")
    assert (
        diagnose(
            from_text(json.dumps(error(504, "DEADLINE_EXCEEDED", "Deadline")), Surface.GEMINI_NATIVE, 504)
        ).id
        == "google-timeout"
    )
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 503, b"upstream connect failure")).id in (
        "google-error",
        "not-google",
    )


# --- facts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", renderings({}, 0, ""))
def test_the_project_s_number_is_found_in_every_rendering(name: str) -> None:
    body = first("api-disabled", Surface.GEMINI_NATIVE).document
    facts = from_text(renderings(body, 403, "PERMISSION_DENIED")[name]).facts
    assert facts["project"] == NUMBER
    assert facts["service"] == GEMINI


def test_facts_are_found() -> None:
    def facts(cause: str) -> dict[str, str]:
        return dict(first(cause).evidence().facts)

    assert facts("key-restricted-to-addresses")["address"] == "203.0.113.7"
    assert facts("key-restricted-to-other-apis")["project"] == NUMBER
    per_day = facts("quota-per-day")
    assert (per_day["limit"], per_day["resets"], per_day["model"]) == (
        "20",
        "America/Los_Angeles",
        "gemini-3.5-flash-lite",
    )
    assert "retry" not in per_day  # 37 s would be a lie: the quota is a day's
    assert "retry" not in facts("quota-zero")
    assert (facts("quota-per-minute")["resets"], facts("quota-per-minute")["retry"]) == ("minute", "29")
    activation = f"https://console.developers.google.com/apis/api/{GEMINI}/overview?project={NUMBER}"
    assert facts("api-disabled")["activation"] == activation
    assert per_day["quota"] == "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
    role = facts("role-missing")
    assert (role["permission"], role["project"]) == ("aiplatform.endpoints.predict", "some-project")
    assert role["service"] == VERTEX
    assert facts("project-not-found")["project"] == "some-project"
    assert facts("model-retired")["model"] == "gemini-3.5-flash-lite"
    assert "project" not in facts("key-not-valid")
    assert from_text('"callerIp": "2001:db8::7"').facts["address"] == "2001:db8::7"
    assert from_text('"retryDelay": "1h2m3s"').facts["retry"] == "3723"
    assert "activation" not in from_text("https://console.cloud.google.com.evil.example/apis?project=1").facts
    assert from_text("Consumer 'api_key:…a1b2' has been suspended.").facts["hint"] == "a1b2"
    assert "hint" not in from_text("and so on …that is all, (see above…)").facts
    assert from_text("https://europe-west1-aiplatform.googleapis.com/v1").facts["location"] == "europe-west1"
    assert from_text("projects/p/locations/us-central1/publishers").facts["location"] == "us-central1"
    assert from_text("Please retry in 812.5ms.").facts["retry"] == "1"
    assert from_text(f"project_number:{NUMBER}").facts["project"] == NUMBER


@given(
    st.text(max_size=400),
    st.sampled_from([None, *Surface]),
    st.sampled_from([None, 200, 400, 403, 429, 500, 503]),
)
def test_any_text_at_all_has_one_cause(text: str, surface: Surface | None, status: int | None) -> None:
    evidence = from_text(text, surface, status)
    assert diagnose(evidence).id in CAUSES
    for value in evidence.facts.values():
        assert value.isprintable()
        assert len(value) <= 120


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_an_answer(body: bytes) -> None:
    assert diagnose(from_response(Surface.GEMINI_NATIVE, 403, body)).id in CAUSES


def test_evidence_holds_no_secret() -> None:
    key = samples.random_key(standard=True)
    body = json.dumps(error(403, "PERMISSION_DENIED", f"Permission denied: Consumer 'api_key:{key}' has been suspended.",
                            info("CONSUMER_SUSPENDED", consumer=f"api_key:{key}")))  # fmt: skip
    for text in (body, json.dumps(body), repr(body)):
        evidence = from_text(text)
        assert diagnose(evidence).id == "key-suspended"
        assert key not in repr(evidence)
        assert key[8:-4].lower() not in repr(evidence).lower()


def test_an_exception_is_told_by_what_caused_it() -> None:
    def raised(outer: Exception, inner: Exception | None) -> Evidence:
        try:
            raise outer from inner
        except Exception as caught:  # noqa: BLE001
            return from_exception(Surface.TRANSPORT, caught)

    assert diagnose(raised(RuntimeError("fetch"), OSError("getaddrinfo failed"))).id == "dns-failed"
    assert diagnose(raised(TimeoutError("timed out"), None)).id == "connection-timeout"
    assert diagnose(raised(ConnectionResetError("Connection reset by peer"), None)).id == "connection-broken"
    loop = RuntimeError("around")
    loop.__context__ = loop
    assert diagnose(from_exception(Surface.TRANSPORT, loop)).id == "unknown"


def test_the_time_grows_with_the_length_and_not_faster() -> None:
    for shape in ('{"error":', "\\", '\\"', "projects/", "permission '", "requests to this api ", "project ", "publisher model ",
                  "ssl ", "https://a/", "model: ", "consumer ", "retry in 1", "code ", " "):  # fmt: skip
        grows_no_faster(
            lambda text: diagnose(from_text(text, Surface.GEMINI_NATIVE, 403)),
            shape * (LIMIT * 3 // len(shape) // 10),
            shape * (LIMIT * 3 // len(shape)),
        )


# --- the trap -------------------------------------------------------------------------------------------


def _opens(cause: str, **changes: Any) -> bool:
    asked: dict[str, Any] = {
        "api_key": True,
        "native_asked": True,
        "vertex": False,
        "standard_key": False,
        "http_status": 403,
    }
    return opens_trap(CAUSES[cause], **{**asked, **changes})


def test_the_trap_opens_for_its_causes_and_for_keys_only() -> None:
    assert {cause for cause in CAUSES if _opens(cause)} == TRAP
    assert not any(_opens(cause, api_key=False, vertex=True, standard_key=True) for cause in CAUSES)


def test_keys_not_supported_opens_it_on_vertex_or_after_the_native_route_only() -> None:
    assert not _opens("api-keys-not-supported", native_asked=False)
    assert _opens("api-keys-not-supported", native_asked=False, vertex=True)


def test_a_standard_key_turned_away_without_a_reason_opens_it_and_nothing_else_does() -> None:
    opened = {
        (cause, status)
        for cause in set(CAUSES) - TRAP
        for status in (None, 200, 400, 401, 403, 404, 429, 500, 503)
        if _opens(cause, standard_key=True, http_status=status)
    }
    assert {status for _, status in opened} == {401, 403}
    assert {cause for cause, _ in opened} <= {"unknown", "permission-denied", "key-taken-for-token"}
    assert not any(_opens(cause, standard_key=True, native_asked=False) for cause in set(CAUSES) - TRAP)


# --- what others have recorded --------------------------------------------------------------------------

RECORDS = Path(__file__).resolve().parents[3] / "shared" / "google-answers.jsonl"


def test_recorded_answers_are_told_apart() -> None:
    if not RECORDS.is_file():
        pytest.skip("the recorded answers (../shared/google-answers.jsonl) are not beside this checkout")
    records = [json.loads(line) for line in RECORDS.read_text("utf-8").splitlines() if line.strip()]
    right = same = 0
    for record in records:
        surface = Surface(record["surface"]) if record.get("surface") else None
        found = diagnose(from_text(record["body"], surface, record["http_status"]))
        right += found.id == record["cause"]
        same += found.outcome is CAUSES[record["cause"]].outcome
        # What was recorded as an object must be told as well from what a library printed of it.
        if record.get("rendering") and found.id == record["cause"]:
            printed = diagnose(from_text(record["rendering"], surface, record["http_status"]))
            assert printed.outcome is found.outcome, record["id"]
    assert right / len(records) >= 0.93
    assert same / len(records) >= 0.97
    assert {Outcome(CAUSES[record["cause"]].outcome) for record in records} == set(Outcome)


def test_a_host_is_no_permission_and_google_auth_s_own_sentence_needs_no_surface() -> None:
    evidence = from_text('"service": "aiplatform.googleapis.com" API keys are not supported by this API.')
    assert "permission" not in evidence.facts
    said = "Service account info was not in the expected format, missing fields token_uri, client_email."
    assert diagnose(from_text(f"MalformedError: {said}")).id == "file-not-service-account"


# ---------------------------------------------------------------- consoles that wrap, answers that are not all

BOXED = {
    "401 UNAUTHENTICATED. {'error': {'code': 401, 'message': 'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.', 'status': 'UNAUTHENTICATED'}}": "api-keys-not-supported",
    "400 INVALID_ARGUMENT. {'error': {'code': 400, 'message': 'API key not valid. Please pass a valid API key.', 'status': 'INVALID_ARGUMENT', 'details': [{'reason': 'API_KEY_INVALID', 'domain': 'googleapis.com'}]}}": "key-not-valid",
    "403 PERMISSION_DENIED. {'error': {'code': 403, 'message': 'Generative Language API has not been used in project 123456789 before or it is disabled.', 'status': 'PERMISSION_DENIED', 'details': [{'reason': 'SERVICE_DISABLED'}]}}": "api-disabled",
    "429 RESOURCE_EXHAUSTED. {'error': {'code': 429, 'message': 'Your prepayment credits are depleted.', 'status': 'RESOURCE_EXHAUSTED'}}": "credits-depleted",
    "400 FAILED_PRECONDITION. {'error': {'code': 400, 'message': 'User location is not supported for the API use.', 'status': 'FAILED_PRECONDITION'}}": "location-not-supported",
}


@pytest.mark.parametrize("width", [20, 24, 36, 40, 46, 60, 76, 100])
@pytest.mark.parametrize("text", BOXED)
def test_a_console_s_box_changes_no_cause(text: str, width: int) -> None:
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    boxed = "\n".join([f"╭{'─' * width}╮", *(f"│{line:<{width}}│" for line in lines), f"╰{'─' * width}╯"])
    assert diagnose(from_text(boxed)).id == BOXED[text]


_ANSWER = '{"candidates": [{"content": {"parts": [{"text": "An API key not valid error means…"}]}}]}'
_INVALID = '{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "details": [{"reason": "API_KEY_INVALID"}]}}'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (_ANSWER, "works"),
        (f"Response: {_ANSWER}\n", "works"),
        (f"{_ANSWER}\n{_INVALID}", "key-not-valid"),
        (f"Attempt 1 failed with {_ANSWER}\n{_INVALID}", "key-not-valid"),
    ],
)
def test_a_model_s_answer_is_one_only_where_nothing_follows(text: str, wanted: str) -> None:
    assert diagnose(from_text(text)).id == wanted
