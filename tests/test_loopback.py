"""The loopback Google must be as strict as the real one: these tests break what it is to notice."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import google.auth.jwt as google_jwt
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from google.auth import crypt
from google.auth import exceptions as auth_exceptions
from google.oauth2 import service_account

from tests.loopback import Account, Fault, Google, Key, Project, tell
from tests.waiting import HANGS, LATE, PATIENCE

# google-auth has no annotations here.
CREDENTIALS: Any = service_account.Credentials
SIGNER: Any = crypt.RSASigner
ENCODE: Any = google_jwt.encode

CLOUD = "https://www.googleapis.com/auth/cloud-platform"
AUDIENCE = "https://oauth2.googleapis.com/token"
SAY_HELLO = {"contents": [{"role": "user", "parts": [{"text": "Say hello"}]}]}
CHAT = {"model": "gemini-3.5-flash-lite", "messages": [{"role": "user", "content": "Say hello"}]}
LITE = "gemini-3.5-flash-lite"


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as running:
        yield running
        # No answer without a fact or a record that it is modelled on.
        assert all(seen.source for seen in running.requests if seen.status is not None)


@pytest.fixture
def client(google: Google) -> Iterator[httpx.Client]:
    # Plain HTTP: verify=False only spares each test the reading of the system's certificates.
    with httpx.Client(base_url=google.url, trust_env=False, timeout=PATIENCE, verify=False) as ready:
        yield ready


def native(key: Key | str) -> dict[str, str]:
    return {"x-goog-api-key": key if isinstance(key, str) else key.text}


def bearer(text: Key | str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text if isinstance(text, str) else text.text}"}


def reason(answer: httpx.Response) -> str | None:
    document = answer.json()
    if isinstance(document, list):
        document = document[0]
    return next((d["reason"] for d in document["error"].get("details", []) if "reason" in d), None)


def message(answer: httpx.Response) -> str:
    document = answer.json()
    return str((document[0] if isinstance(document, list) else document)["error"]["message"])


def generate(
    client: httpx.Client, key: Key | str, model: str = LITE, version: str = "v1beta"
) -> httpx.Response:
    return client.post(f"/{version}/models/{model}:generateContent", json=SAY_HELLO, headers=native(key))


def sign_in(client: httpx.Client, account: Account, scope: str = CLOUD) -> str:
    """As google-auth does it, over httpx, at the loopback's token route."""

    def carry(url: str, method: str, body: bytes, headers: dict[str, str], **_: object) -> SimpleNamespace:
        answer = client.request(method, url, content=body, headers=headers)
        return SimpleNamespace(status=answer.status_code, headers=answer.headers, data=answer.content)

    info = {**account.info, "token_uri": str(client.base_url.join("/token"))}
    credentials = CREDENTIALS.from_service_account_info(info, scopes=[scope])
    credentials.refresh(carry)
    return str(credentials.token)


def assertion(account: Account, *, key: Account | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": account.email, "scope": CLOUD, "aud": AUDIENCE, "iat": now, "exp": now + 3600, **changes}
    pem = (key or account).info["private_key"]
    signer = SIGNER.from_string(pem, account.key_id)
    return str(ENCODE(signer, {k: v for k, v in claims.items() if v is not None}).decode("ascii"))


def exchange(client: httpx.Client, text: str) -> httpx.Response:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    return client.post("/token", data=form)


# --- keys -----------------------------------------------------------------------------------------------


def test_a_good_key_works_on_both_routes(google: Google, client: httpx.Client) -> None:
    for key in (google.studio_key(), google.studio_key(standard=True)):
        assert len(key.text) == (39 if key.standard else 53)
        listed = client.get("/v1beta/models", headers=native(key)).json()["models"]
        assert 30 <= len(listed) <= 40
        assert {"name", "version", "displayName", "inputTokenLimit"} <= set(listed[0])
        answer = generate(client, key).json()
        assert answer["candidates"][0]["content"]["parts"][0]["text"] == google.reply
        assert answer["modelVersion"] == LITE
        assert client.get("/v1beta/openai/models", headers=bearer(key)).json()["object"] == "list"
        chat = client.post("/v1beta/openai/chat/completions", headers=bearer(key), json=CHAT).json()
        assert chat["choices"][0]["message"]["content"] == google.reply
        assert client.post(f"/v1/models/{LITE}:countTokens", headers=native(key), json=SAY_HELLO).json()[
            "totalTokens"
        ]
        assert client.get("/v1beta/models", params={"key": key.text}).status_code == 200
    assert [s.route for s in google.requests[:5]] == [
        "models",
        "generate",
        "openai-models",
        "openai-chat",
        "count",
    ]
    assert len({s.connection for s in google.requests}) == 1
    assert all(s.status == 200 and s.host == "127.0.0.1" for s in google.requests)
    assert len(google.seen("generate")) == 2
    assert json.loads(google.seen("generate")[0].body) == SAY_HELLO


def test_the_list_has_pages(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    names: list[str] = []
    token: str | None = ""
    while token is not None:
        page = client.get(
            "/v1beta/models", headers=native(key), params={"pageSize": 7, "pageToken": token}
        ).json()
        names += [m["name"] for m in page["models"]]
        token = page.get("nextPageToken")
    whole = client.get("/v1beta/models", headers=native(key)).json()["models"]
    assert names == [m["name"] for m in whole]
    assert len(google.seen("models")) > 4
    assert client.get("/v1beta/models?pageToken=nonsense", headers=native(key)).status_code == 400


@pytest.mark.parametrize(
    ("states", "status", "why"),
    [
        ({"api_enabled": False}, 403, "SERVICE_DISABLED"),
        ({"restricted_to_other_apis": True}, 403, "API_KEY_SERVICE_BLOCKED"),
        ({"vertex": True}, 403, "API_KEY_SERVICE_BLOCKED"),
        ({"websites": ("https://shop.example.com/*",)}, 403, "API_KEY_HTTP_REFERRER_BLOCKED"),
        ({"addresses": ("198.51.100.1",)}, 403, "API_KEY_IP_ADDRESS_BLOCKED"),
        ({"android": True}, 403, "API_KEY_ANDROID_APP_BLOCKED"),
        ({"ios": True}, 403, "API_KEY_IOS_APP_BLOCKED"),
        ({"expired": True}, 400, "API_KEY_INVALID"),
        ({"leaked": True}, 403, None),
        ({"suspended": True}, 403, "CONSUMER_SUSPENDED"),
        ({"deleted": True}, 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        ({"deleted": True, "standard": True}, 400, "API_KEY_INVALID"),
        ({"owner_disabled": True}, 401, "ACCOUNT_STATE_INVALID"),
        ({"location_supported": False}, 400, None),
    ],
)
def test_states_of_a_key(
    google: Google, client: httpx.Client, states: dict[str, Any], status: int, why: str | None
) -> None:
    key = google.studio_key(**states)
    for answer in (client.get("/v1beta/models", headers=native(key)), generate(client, key)):
        assert isinstance(answer.json(), dict)
        assert (answer.status_code, reason(answer)) == (status, why)
        if why == "CONSUMER_SUSPENDED":
            assert answer.text.count(key.text) == 3
        if why == "API_KEY_IP_ADDRESS_BLOCKED":
            assert answer.json()["error"]["details"][0]["metadata"]["callerIp"] in message(answer)
    other = client.get("/v1beta/openai/models", headers=bearer(key))
    assert other.status_code >= 400
    assert isinstance(other.json(), list)


def test_a_state_may_change_while_it_runs(google: Google, client: httpx.Client) -> None:
    key = google.studio_key(api_enabled=False, websites=("https://shop.example.com/*",))
    key.project.gemini_api = True
    assert reason(client.get("/v1beta/models", headers=native(key))) == "API_KEY_HTTP_REFERRER_BLOCKED"
    page = {"Referer": "https://shop.example.com/cart"}
    assert client.get("/v1beta/models", headers=native(key) | page).status_code == 200
    key.deleted = True
    assert client.get("/v1beta/models", headers=native(key) | page).status_code == 401


@pytest.mark.parametrize(
    ("states", "status", "words"),
    [
        ({"quota": "per-minute"}, 429, "PerMinute"),
        ({"quota": "per-day"}, 429, "PerDay"),
        ({"quota": "zero"}, 429, "limit: 0"),
        ({"quota": "zero-region"}, 429, '"quota_limit_value": "0"'),
        ({"quota": "exhausted"}, 429, "Resource has been exhausted"),
        ({"quota": "credits-depleted"}, 429, "prepayment credits are depleted"),
        ({"quota": "spending-cap"}, 429, "spending cap"),
        ({"denied": True}, 403, "has been denied access"),
        ({"billing": "overdue"}, 403, "dunning decision is deny"),
        ({"billing": "country"}, 403, "billing country"),
        ({"billing": "needs-linking"}, 400, "free tier is not available"),
    ],
)
def test_states_that_only_generation_shows(
    google: Google, client: httpx.Client, states: dict[str, Any], status: int, words: str
) -> None:
    key = google.studio_key(**states)
    assert client.get("/v1beta/models", headers=native(key)).status_code == 200
    answer = generate(client, key)
    assert answer.status_code == status
    assert words in answer.text
    chat = client.post("/v1beta/openai/chat/completions", headers=bearer(key), json=CHAT)
    assert chat.status_code == status
    assert isinstance(chat.json(), list)


def test_unknown_and_misplaced_credentials(google: Google, client: httpx.Client) -> None:
    good = google.studio_key()
    fake, fake_standard = google.unknown_key(), google.unknown_key(standard=True)
    openai, models = "/v1beta/openai/models", "/v1beta/models"
    cases: list[tuple[str, dict[str, str], int, str]] = [
        (models, native(fake), 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        (models, native(fake_standard), 400, "API_KEY_INVALID"),
        (models, native("rubbish"), 400, "API_KEY_INVALID"),
        (models, {}, 403, "unregistered callers"),
        (models, bearer(good), 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        (models, bearer(fake), 401, "API_KEY_SERVICE_BLOCKED"),
        (models, native(good) | bearer(good), 401, "other authentication credentials"),
        (openai, bearer(fake), 400, "Invalid Auth key."),
        (openai, bearer(fake_standard), 401, "v1main"),
        (openai, bearer("rubbish"), 400, "Please pass a valid API key"),
        (openai, {}, 400, "Missing or invalid Authorization header."),
        (openai, native(good), 400, "Missing or invalid Authorization header."),
        (openai, native(good) | bearer(good), 400, "Multiple authentication credentials"),
        (openai, native(fake) | bearer(fake), 400, "Invalid Auth key."),
        (openai, {"Authorization": "Bearer"}, 400, "Invalid Authorization header."),
    ]
    for path, headers, status, words in cases:
        answer = client.get(path, headers=headers)
        assert (answer.status_code, words in answer.text) == (status, True), (path, words, answer.text)
        assert isinstance(answer.json(), list) == (path == openai)
    google.openai_bad_key = "not-valid"
    assert message(client.get(openai, headers=bearer(fake_standard))) == "Please pass a valid API key"


def test_models_and_their_states(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    for state, status, words in (
        ("retired", 404, "no longer available to new users"),
        ("missing", 404, "is not found for API version v1beta"),
        ("overloaded", 503, "overloaded"),
        ("ok", 200, google.reply),
    ):
        google.model(LITE, state)  # type: ignore[arg-type]
        answer = generate(client, key)
        assert (answer.status_code, words in answer.text) == (status, True)
    assert generate(client, key, "gemini-2.5-flash").status_code == 404
    assert generate(client, key, "gemini-embedding-001").status_code == 404
    assert generate(client, key, "gemini-3.1-flash-tts-preview").status_code == 400
    assert generate(client, key, "gemini-flash-latest").status_code == 200
    assert generate(client, key, "gemini-flash-latest", "v1").status_code == 404
    google.model("gemini-9-flash-lite")
    assert "gemini-9-flash-lite" in client.get("/v1beta/models", headers=native(key)).text
    assert generate(client, key, "gemini-9-flash-lite").status_code == 200
    google.model("gemini-9-flash-lite", "hidden")
    assert "gemini-9-flash-lite" not in client.get("/v1beta/models", headers=native(key)).text
    few = google.studio_key(models=("gemini-4-argon", LITE))
    assert len(client.get("/v1beta/models", headers=native(few)).json()["models"]) == 2


def test_an_empty_reply_and_streams(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    path = f"/v1beta/models/{LITE}:streamGenerateContent"
    events = client.post(f"{path}?alt=sse", json=SAY_HELLO, headers=native(key))
    assert events.headers["content-type"] == "text/event-stream"
    pieces = [json.loads(line[6:]) for line in events.text.splitlines() if line.startswith("data: ")]
    assert "".join(p["candidates"][0]["content"]["parts"][0]["text"] for p in pieces) == google.reply
    assert len(client.post(path, json=SAY_HELLO, headers=native(key)).json()) == 2
    chat = client.post("/v1beta/openai/chat/completions", headers=bearer(key), json={**CHAT, "stream": True})
    assert chat.text.endswith("data: [DONE]\n\n")
    google.reply = ""
    candidate = generate(client, key).json()["candidates"][0]
    assert candidate["finishReason"] == "MAX_TOKENS"
    assert "parts" not in candidate["content"]


def test_requests_that_are_wrong(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    path = f"/v1beta/models/{LITE}:generateContent"
    assert client.post(path, content=b"{", headers=native(key)).status_code == 400
    assert client.post(path, json={}, headers=native(key)).status_code == 400
    lost = client.get("/v1beta/model", headers=native(key))
    assert lost.status_code == 404
    assert "Error 404 (Not Found)!!1" in lost.text
    assert google.requests[-1].route == "other"
    assert client.head("/").status_code == 404


def test_headers_are_google_s(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    google.clock_offset = -7200
    answer = client.get("/v1beta/models", headers=native(key))
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["server"] == "scaffolding on HTTPServer2"
    assert answer.headers["content-encoding"] == "gzip"
    off = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
    assert abs(off + 7200) < 5


# --- the token route ------------------------------------------------------------------------------------


def test_google_auth_signs_in(google: Google, client: httpx.Client) -> None:
    account = google.service_account()
    assert json.loads(account.text) == account.info
    assert list(account.info)[:3] == ["type", "project_id", "private_key_id"]
    token = sign_in(client, account)
    assert token.startswith("ya" + "29.")
    assert google.seen("token")[0].status == 200


def test_the_signature_is_verified(google: Google, client: httpx.Client) -> None:
    account, other = google.service_account(), google.service_account(fresh=True)
    assert exchange(client, assertion(account)).status_code == 200
    wrong = exchange(client, assertion(account, key=other))
    assert wrong.status_code == 400
    assert wrong.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    head, claims, signature = assertion(account).split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed["scope"] = "https://www.googleapis.com/auth/drive"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    assert "Signature" in exchange(client, f"{head}.{forged}.{signature}").text
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    assert "Signature" in exchange(client, f"{none}.{claims}.").text
    account.key_revoked = True
    with pytest.raises(auth_exceptions.RefreshError, match="Invalid JWT Signature"):
        sign_in(client, account)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"aud": "https://example.com/token"}, "Failed audience check"),
        ({"aud": None}, "Failed audience check"),
        ({"iss": "nobody@nowhere.iam.gserviceaccount.com"}, "account not found"),
        ({"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}, "short-lived token (60 minutes)"),
        ({"iat": int(time.time()) + 7200, "exp": int(time.time()) + 10800}, "short-lived token (60 minutes)"),
        ({"exp": int(time.time()) + 86400}, "short-lived token (60 minutes)"),
        ({"iat": None}, "short-lived token (60 minutes)"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "gemini"}, "invalid_scope"),
    ],
)
def test_claims_are_checked(
    google: Google, client: httpx.Client, changes: dict[str, Any], words: str
) -> None:
    answer = exchange(client, assertion(google.service_account(), **changes))
    assert answer.status_code == 400
    assert words in answer.text


def test_the_clock_has_five_minutes(google: Google, client: httpx.Client) -> None:
    account = google.service_account()
    for offset, status in ((240, 200), (-240, 200), (4000, 400), (-600, 400)):
        google.clock_offset = offset
        assert exchange(client, assertion(account)).status_code == status, offset


def test_states_of_an_account(google: Google, client: httpx.Client) -> None:
    assert "account not found" in exchange(client, assertion(google.service_account(deleted=True))).text
    assert "account is disabled" in exchange(client, assertion(google.service_account(disabled=True))).text
    assert exchange(client, "a.b").json()["error"] == "invalid_grant"
    assert client.post("/token", data={"grant_type": "password"}).json()["error"] == "unsupported_grant_type"


def test_published_certificates(google: Google, client: httpx.Client) -> None:
    account = google.service_account()
    path = f"/service_accounts/v1/metadata/x509/{account.email}"
    found = client.get(path).json()
    certificate = x509.load_pem_x509_certificate(found[account.key_id].encode())
    raw = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert certificate.public_key().public_bytes(*raw) == account.private_key.public_key().public_bytes(*raw)
    account.key_revoked = True
    assert client.get(path).json() == {}
    account.deleted = True
    assert client.get(path).status_code == 404


def test_gcloud_sign_in(google: Google, client: httpx.Client) -> None:
    project = google.project()
    user = google.gcloud_user(projects=[project])
    form = {
        "grant_type": "refresh_token",
        **{k: user.info[k] for k in ("client_id", "client_secret", "refresh_token")},
    }
    token = client.post("/token", data=form).json()["access_token"]
    models = "/v1beta1/publishers/google/models"
    assert "requires a quota project" in client.get(models, headers=bearer(token)).text
    named = bearer(token) | {"x-goog-user-project": project.id}
    assert client.get(models, headers=named).status_code == 200
    foreign = bearer(token) | {"x-goog-user-project": "not-mine"}
    assert reason(client.get(models, headers=foreign)) == "USER_PROJECT_DENIED"
    path = f"/v1/projects/{project.id}/locations/global/publishers/google/models/{LITE}:generateContent"
    assert client.post(path, json=SAY_HELLO, headers=bearer(token)).status_code == 200
    assert client.post("/token", data={**form, "client_id": "other"}).status_code == 401
    user.revoked = True
    assert "expired or revoked" in client.post("/token", data=form).text


# --- Vertex AI ------------------------------------------------------------------------------------------


def vertex(
    client: httpx.Client,
    token: str,
    project: str,
    *,
    model: str = LITE,
    location: str = "global",
    verb: str = "generateContent",
    body: Any = SAY_HELLO,
) -> httpx.Response:
    place = f"/v1/projects/{project}/locations/{location}"
    return client.post(f"{place}/publishers/google/models/{model}:{verb}", json=body, headers=bearer(token))


def test_vertex_works(google: Google, client: httpx.Client) -> None:
    account = google.service_account()
    token, project = sign_in(client, account), account.project.id
    listed = client.get("/v1beta1/publishers/google/models", headers=bearer(token)).json()["publisherModels"]
    assert f"publishers/google/models/{LITE}" in [m["name"] for m in listed]
    assert client.get("/v1/publishers/google/models", headers=bearer(token)).status_code == 404
    assert vertex(client, token, project).json()["candidates"][0]["finishReason"] == "STOP"
    assert vertex(client, token, str(account.project.number), location="europe-west4").status_code == 200
    assert vertex(client, token, project, verb="countTokens").json()["totalTokens"] == 4
    assert len(google.seen("vertex-count")) == 1
    chat = f"/v1/projects/{project}/locations/global/endpoints/openapi/chat/completions"
    answer = client.post(chat, json={**CHAT, "model": f"google/{LITE}"}, headers=bearer(token))
    assert answer.json()["model"] == f"google/{LITE}"
    bare = client.post(chat, json=CHAT, headers=bearer(token))
    assert bare.status_code == 400
    assert bare.json()[0]["error"]["message"].startswith("Malformed publisher model")
    roleless = vertex(client, token, project, body={"contents": [{"parts": [{"text": "x"}]}]})
    assert "valid role" in roleless.text


def test_vertex_obstacles(google: Google, client: httpx.Client) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"role": False}, "IAM_PERMISSION_DENIED"),
        ({"api_enabled": False}, "SERVICE_DISABLED"),
        ({"billing": "disabled"}, "BILLING_DISABLED"),
    ]
    for states, why in cases:
        account = google.service_account(**states)
        token, project = sign_in(client, account), account.project.id
        answer = vertex(client, token, project)
        assert (answer.status_code, reason(answer)) == (403, why)
        metadata = next(d for d in answer.json()["error"]["details"] if "reason" in d)["metadata"]
        if why == "IAM_PERMISSION_DENIED":
            assert metadata["permission"] == "aiplatform.endpoints.predict"
            assert metadata["resource"].startswith(f"projects/{project}/")
        if why == "SERVICE_DISABLED":
            assert metadata["activationUrl"].endswith(f"project={project}")
            assert metadata["consumer"] == f"projects/{project}"
        chat = f"/v1beta1/projects/{project}/locations/global/endpoints/openapi/chat/completions"
        other = client.post(chat, json={**CHAT, "model": f"google/{LITE}"}, headers=bearer(token))
        assert isinstance(other.json(), list)
        assert reason(other) == why
    account = google.service_account()
    token, project = sign_in(client, account), account.project.id
    assert reason(vertex(client, token, "no-such-project")) == "CONSUMER_INVALID"
    foreign = google.project(Project())
    assert reason(vertex(client, token, foreign.id)) == "IAM_PERMISSION_DENIED"
    account.projects.append(foreign)
    assert vertex(client, token, foreign.id).status_code == 200
    assert vertex(client, token, project, location="mars-north1").status_code == 404
    assert vertex(client, token, project, model="gemini-4-argon", location="us-central1").status_code == 404
    assert vertex(client, token, project, model="gemini-4-argon").status_code == 200
    google.model(LITE, "missing", locations=("us-east1",))
    assert "was not found" in vertex(client, token, project, location="us-east1").text
    assert vertex(client, token, project, location="us-east4").status_code == 200
    account.project.quota = "capacity"
    assert "error-code-429" in vertex(client, token, project).text
    account.project.quota = "ok"
    google.expire_tokens()
    assert reason(vertex(client, token, project)) == "ACCESS_TOKEN_EXPIRED"
    assert vertex(client, "ya" + "29.made-up", project).status_code == 401
    narrow = sign_in(client, account, "https://www.googleapis.com/auth/aiplatform")
    assert vertex(client, narrow, project).status_code == 200
    assert reason(vertex(client, narrow, project, verb="countTokens")) == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert reason(client.get("/v1beta/models", headers=bearer(narrow))) == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_keys_on_vertex(google: Google, client: httpx.Client) -> None:
    path = f"/v1/publishers/google/models/{LITE}:generateContent"
    standard = client.post(path, json=SAY_HELLO, headers=native(google.studio_key(standard=True)))
    assert (standard.status_code, reason(standard)) == (401, "CREDENTIALS_MISSING")
    assert standard.json()["error"]["details"][0]["metadata"]["service"] == "aiplatform.googleapis.com"
    studio = client.post(path, json=SAY_HELLO, headers=native(google.studio_key()))
    assert (studio.status_code, reason(studio)) == (403, "API_KEY_SERVICE_BLOCKED")
    express = google.studio_key(vertex=True)
    assert client.post(path, json=SAY_HELLO, headers=native(express)).status_code == 200
    assert client.post(path, json=SAY_HELLO).status_code == 401


# --- faults ---------------------------------------------------------------------------------------------


def test_a_client_that_goes_is_noticed(google: Google) -> None:
    key = google.studio_key()
    google.fault("generate", Fault(delay=HANGS), times=1)
    google.fault("generate", Fault(silence=True), times=1)
    for _ in range(2):
        google.forget()
        impatient = httpx.Client(
            base_url=google.url, trust_env=False, timeout=httpx.Timeout(PATIENCE, read=0.5)
        )
        with impatient, pytest.raises(httpx.ReadTimeout):
            generate(impatient, key)
        assert google.wait_for("generate")[0].status is None
        seen = google.wait_aborted("generate", timeout=LATE)
        assert seen.aborted
        assert seen.status is None
    with httpx.Client(base_url=google.url, trust_env=False) as patient:
        assert generate(patient, key).status_code == 200


def test_a_request_is_seen_before_its_answer(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    google.latency = 2
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.append(generate(client, key).status_code))
    thread.start()
    assert google.wait_for("generate")[0].status is None
    thread.join()
    assert got == [200]
    assert not google.seen("generate")[0].aborted
    with pytest.raises(TimeoutError):
        google.wait_for("generate", 2, timeout=0.05)
    with pytest.raises(TimeoutError):
        google.wait_aborted("generate", timeout=0.05)


def test_faults_of_status_and_body(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    expected: list[tuple[Fault, int, str]] = [
        (Fault.google(503), 503, "UNAVAILABLE"),
        (Fault.google(500), 500, "INTERNAL"),
        (Fault.google(504, retry_after=2), 504, "DEADLINE_EXCEEDED"),
        (Fault.bare(503), 503, "<center>"),
        (Fault.login_page(), 302, "here"),
        (Fault.captive_portal(), 200, "Guest Wi-Fi"),
        (Fault.front_door(), 403, "Error 403 (Forbidden)!!1"),
        (Fault(status=418, body=b"short"), 418, "short"),
    ]
    for fault, status, words in expected:
        google.fault("models", fault, times=1)
        answer = client.get("/v1beta/models", headers=native(key))
        assert (answer.status_code, words in answer.text) == (status, True)
        assert answer.headers.get("retry-after") == ("2" if status == 504 else None)
    assert client.get("/v1beta/models", headers=native(key)).status_code == 200
    google.fault("*", Fault.google(500))
    assert isinstance(client.get("/v1beta/openai/models", headers=bearer(key)).json(), list)
    assert client.get("/v1beta/models", headers=native(key)).status_code == 500
    google.clear_faults()
    assert client.get("/v1beta/models", headers=native(key)).status_code == 200
    with pytest.raises(ValueError, match="no route"):
        google.fault("modles", Fault())


def test_faults_of_the_wire(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    broken: list[tuple[Fault, type[Exception]]] = [
        (Fault(drop=True), httpx.RemoteProtocolError),
        (Fault(truncate=True), httpx.RemoteProtocolError),
        (Fault(reset=True), httpx.ReadError),
        (Fault(gzip_garbage=True), httpx.DecodingError),
    ]
    for fault, problem in broken:
        google.fault("models", fault, times=1)
        with pytest.raises(problem):
            client.get("/v1beta/models", headers=native(key))
    google.fault("models", Fault(status=503, body=b"slow", drip=0.03), times=1)
    began = time.monotonic()
    assert client.get("/v1beta/models", headers=native(key)).text == "slow"
    assert time.monotonic() - began >= 0.12
    google.fault("models", Fault(huge=3_000_000), times=1)
    assert len(client.get("/v1beta/models", headers=native(key)).content) == 3_000_000
    google.fault("models", Fault(bomb=5_000_000), times=1)
    with client.stream("GET", "/v1beta/models", headers=native(key)) as answer:
        packed = b"".join(answer.iter_raw())
    assert len(packed) < 10_000
    assert len(gzip.decompress(packed)) == 5_000_000
    google.fault("models", Fault(huge=1 << 40), times=1)
    with client.stream("GET", "/v1beta/models", headers=native(key)) as answer:
        next(answer.iter_raw())
    assert google.wait_aborted("models", timeout=LATE).aborted


def test_a_fault_of_one_credential(google: Google, client: httpx.Client) -> None:
    good = google.studio_key()
    bad = google.studio_key(fault=Fault.google(503), fault_on=("generate",))
    assert client.get("/v1beta/models", headers=native(bad)).status_code == 200
    assert generate(client, bad).status_code == 503
    assert generate(client, good).status_code == 200
    account = google.service_account(fault=Fault.google(500), fault_on=("token",))
    assert exchange(client, assertion(account)).status_code == 500


# --- real host names ------------------------------------------------------------------------------------


def through(google: Google, *, trust: bool = True, proxy: str | None = None) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(google.ca_file) if trust else None)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return httpx.Client(proxy=proxy or google.proxy_url, verify=context, trust_env=False, timeout=PATIENCE)


def test_real_hosts_through_the_proxy(google: Google) -> None:
    key, account = google.studio_key(), google.service_account()
    place = f"/v1/projects/{account.project.id}/locations"
    with through(google) as client:
        listed = client.get("https://generativelanguage.googleapis.com/v1beta/models", headers=native(key))
        assert listed.status_code == 200
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion(account)}
        token = client.post(AUDIENCE, data=form).json()["access_token"]
        for host, location in (
            ("aiplatform.googleapis.com", "global"),
            ("europe-west4-aiplatform.googleapis.com", "europe-west4"),
            ("aiplatform.us.rep.googleapis.com", "us"),
        ):
            path = f"{place}/{location}/publishers/google/models/{LITE}:generateContent"
            answer = client.post(f"https://{host}{path}", json=SAY_HELLO, headers=bearer(token))
            assert answer.status_code == 200, host
            assert google.requests[-1].host == host
        certs = client.get(f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{account.email}")
        assert account.key_id in certs.json()
        # Every host answers for itself only.
        assert client.get("https://www.googleapis.com/v1beta/models", headers=native(key)).status_code == 404
    assert google.seen("models")[0].scheme == "https"
    assert google.seen("models")[0].port == 443
    assert ("CONNECT", "oauth2.googleapis.com:443") in google.proxy_requests


def test_without_the_ca_nothing_is_said(google: Google) -> None:
    url = "https://generativelanguage.googleapis.com/v1beta/models"
    with (
        through(google, trust=False) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"),
    ):
        client.get(url, headers=native(google.studio_key()))
    google.untrusted = True
    with through(google) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"):
        client.get(url, headers=native(google.studio_key()))
    assert google.requests == []
    google.untrusted = False
    with through(google) as client:
        assert client.get(url, headers=native(google.studio_key())).status_code == 200


def test_an_abort_is_noticed_through_tls(google: Google) -> None:
    google.fault("models", Fault(silence=True))
    client = through(google)
    client.timeout = httpx.Timeout(0.3)
    with client, pytest.raises(httpx.ReadTimeout):
        client.get("https://generativelanguage.googleapis.com/v1beta/models")
    assert google.wait_aborted("models", timeout=LATE).host == "generativelanguage.googleapis.com"


def test_the_proxy_says_no(google: Google) -> None:
    url = "https://generativelanguage.googleapis.com/v1beta/models"
    for foreign in (
        "https://example.com/",
        "https://evilgoogleapis.com/",
        "https://googleapis.com.example.org/",
    ):
        with through(google) as client, pytest.raises(httpx.ProxyError, match="403"):
            client.get(foreign)
    with through(google) as client:
        assert client.get("http://generativelanguage.googleapis.com/v1beta/models").status_code == 403
    assert google.proxy_requests[-1] == ("GET", "http://generativelanguage.googleapis.com/v1beta/models")
    google.proxy_auth = ("ann", "secret")
    with through(google) as client, pytest.raises(httpx.ProxyError, match="407"):
        client.get(url)
    with through(google, proxy=google.proxy_url.replace("//", "//ann:secret@")) as client:
        assert client.get(url).status_code == 403
    google.proxy_down = True
    with through(google) as client, pytest.raises(httpx.ConnectError):
        client.get(url)
    google.proxy_down, google.proxy_auth = False, None
    with through(google) as client:
        assert client.get(url).status_code == 403
    assert ("CONNECT", "example.com:443") in google.proxy_requests


def test_variables_for_programs(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, real = google.environ(), google.environ(real_hosts=True)
    assert plain["GOOGLE_GEMINI_BASE_URL"] == plain["GOOGLE_VERTEX_BASE_URL"] == google.url
    assert plain["GEMINI_SETUP_TOKEN_URL"] == f"{google.url}/token"
    assert not [name for name in real if name.startswith(("GOOGLE_", "GEMINI_"))]
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    key = google.studio_key()
    answer = httpx.get("https://generativelanguage.googleapis.com/v1beta/models", headers=native(key))
    assert answer.status_code == 200


# --- life -----------------------------------------------------------------------------------------------


def test_it_stops_promptly_and_leaves_nothing() -> None:
    google = Google(prefix="/gateway").start()
    key = google.studio_key()
    assert google.url.endswith("/gateway")
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{google.url}/v1beta/models", headers=native(key)).status_code == 200
        outside = google.url.removesuffix("/gateway")
        assert client.get(f"{outside}/v1beta/models", headers=native(key)).status_code == 404
    google.fault("models", Fault(silence=True), times=1)
    google.fault("models", Fault(drip=5))
    hanging: list[socket.socket] = []
    for _ in range(2):
        hanging.append(socket.create_connection(("127.0.0.1", int(google.url.split(":")[2].split("/")[0]))))
        hanging[-1].sendall(b"GET /gateway/v1beta/models HTTP/1.1\r\nHost: x\r\n\r\n")
    idle = socket.create_connection(("127.0.0.1", int(google.proxy_url.split(":")[2])))
    google.wait_for("models", 3)
    folder = google.ca_file.parent
    began = time.monotonic()
    google.stop()
    assert time.monotonic() - began < LATE
    assert not folder.exists()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("loopback-")]
    for sock in (*hanging, idle):
        sock.close()


def test_down_and_up_again(google: Google, client: httpx.Client) -> None:
    key = google.studio_key()
    google.down = True
    with pytest.raises(httpx.ConnectError):
        client.get("/v1beta/models", headers=native(key))
    google.down = False
    assert client.get("/v1beta/models", headers=native(key)).status_code == 200


def test_several_clients_at_once(google: Google) -> None:
    key = google.studio_key()
    statuses: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=google.url, trust_env=False) as client:
            statuses.extend(
                client.get("/v1beta/openai/models", headers=bearer(key)).status_code for _ in range(5)
            )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    assert len(google.seen("openai-models")) == 40


def test_stories(google: Google, client: httpx.Client) -> None:
    stories = {story.name: story for story in tell(google)}
    assert stories["works"].title == "Works"
    expected: dict[str, int | None] = {
        "works": 200,
        "trap": 403,
        "other-apis": 403,
        "website": 403,
        "mistyped": 400,
        "cut-off": 401,
        "expired": 400,
        "leaked": 403,
        "quota": 429,
        "quota-zero": 429,
        "overloaded": 503,
        "offline": None,
        "vertex": 200,
        "vertex-role": 403,
    }
    assert set(expected) == set(stories)
    for name, status in expected.items():
        story = stories[name]
        if story.kind == "key" and status is not None:
            assert generate(client, story.text).status_code == status, name
        elif story.kind == "key":
            with pytest.raises(httpx.RemoteProtocolError):
                generate(client, story.text)
        else:
            info = json.loads(story.text)
            signer = SIGNER.from_string(info["private_key"], info["private_key_id"])
            now = int(time.time())
            claims = {
                "iss": info["client_email"],
                "scope": CLOUD,
                "aud": AUDIENCE,
                "iat": now,
                "exp": now + 3600,
            }
            token = exchange(client, ENCODE(signer, claims).decode()).json()["access_token"]
            assert vertex(client, token, info["project_id"]).status_code == status, name
    assert "AI" + "za" not in repr(list(stories.values()))
