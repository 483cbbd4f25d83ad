"""The stand-in for Google's management hosts must be as strict as they are: these tests break what it is to notice."""

from __future__ import annotations

import base64
import datetime
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import google.auth.jwt as google_jwt
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt

from tests.loopback import Fault, Google, User
from tests.loopback.management import GEMINI, USER, VERTEX, Cloud, CloudProject, Delays, Wait
from tests.loopback.states import rsa_key
from tests.waiting import PATIENCE

SIGNER: Any = crypt.RSASigner
ENCODE: Any = google_jwt.encode

APIS = tuple(
    f"{name}.googleapis.com"
    for name in (
        "apikeys", "iam", "iamcredentials", "cloudresourcemanager", "cloudbilling", "orgpolicy", "policyanalyzer",
        "generativelanguage",
    )
)  # fmt: skip
KEYS = "https://apikeys.googleapis.com/v2/projects/shop-1234/locations/global/keys"
ACCOUNTS = "https://iam.googleapis.com/v1/projects/shop-1234/serviceAccounts"
POLICY = "https://cloudresourcemanager.googleapis.com/v3/projects/shop-1234"
SERVICES = "https://serviceusage.googleapis.com/v1/projects/shop-1234/services"
EMAIL = "gemini-setup@shop-1234.iam.gserviceaccount.com"
OURS = {"accountId": "gemini-setup", "serviceAccount": {"description": "Made by gemini-setup"}}


class Caller:
    """A person at the management hosts."""

    def __init__(self, google: Google, person: User, quota_project: str | None) -> None:
        context = ssl.create_default_context(cafile=str(google.ca_file))
        self.client = httpx.Client(proxy=google.proxy_url, verify=context, trust_env=False, timeout=PATIENCE)
        self.person = person
        self.quota_project = quota_project
        self.token = ""

    def sign_in(self, scope: str | None = None) -> httpx.Response:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.person.refresh_token,
            "client_id": self.person.client_id,
            "client_secret": self.person.client_secret,
        }
        return self.client.post(
            "https://oauth2.googleapis.com/token", data=form | ({"scope": scope} if scope else {})
        )

    def __call__(self, http: str, url: str, body: object = None, **headers: str | None) -> httpx.Response:
        sent = {
            "authorization": f"Bearer {self.token}",
            "x-goog-user-project": self.quota_project,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.client.request(http, url, headers=kept, json=body)

    def wait(self, begun: httpx.Response) -> dict[str, Any]:
        """Looks at an operation until it is done."""
        assert begun.status_code == 200, begun.text
        host, version = begun.url.host, begun.url.path.split("/")[1]
        found: dict[str, Any] = begun.json()
        while "done" not in found:
            found = self("GET", f"https://{host}/{version}/{begun.json()['name']}").json()
        return found


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as running:
        running.cloud.delays = Delays.none()
        yield running
        assert all(seen.source for seen in running.requests if seen.status is not None)


@pytest.fixture
def cloud(google: Google) -> Cloud:
    return google.cloud


@pytest.fixture
def project(cloud: Cloud) -> CloudProject:
    return cloud.project("shop-1234", services=APIS)


@pytest.fixture
def ask(google: Google, cloud: Cloud, project: CloudProject) -> Iterator[Caller]:
    person = cloud.person(roles={project: "owner"}, quota_project=project)
    caller = Caller(google, person, project.id)
    with caller.client:
        caller.token = caller.sign_in().json()["access_token"]
        yield caller


def reason(answer: httpx.Response) -> tuple[int, str, str | None]:
    """(code, status, the ErrorInfo's reason)."""
    error = answer.json()["error"]
    found = (one["reason"] for one in error.get("details", []) if "reason" in one)
    assert error["code"] == answer.status_code
    return error["code"], error["status"], next(found, None)


def fresh_key(name: str = "gemini-setup-default-1", **more: object) -> tuple[str, dict[str, object]]:
    body = {
        "displayName": "Gemini Setup",
        "annotations": {"made-by": "gemini-setup"},
        "restrictions": {"apiTargets": [{"service": GEMINI}]},
        **more,
    }
    return f"{KEYS}?keyId={name}", body


def certificate(
    key: Any = None, begins: float = -120, days: float = 90, name: str = "gemini-setup"
) -> x509.Certificate:
    key = key or rsa_key(fresh=False)
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(seconds=begins))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def pem(made: x509.Certificate) -> dict[str, str]:
    return {"publicKeyData": base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode("ascii")}


def exchange(
    ask: Caller, key_id: str, now: float, private: rsa.RSAPrivateKey | None = None
) -> httpx.Response:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    text = (private or rsa_key(fresh=False)).private_bytes(serialization.Encoding.PEM, *form)
    claims = {
        "iss": EMAIL, "scope": "https://www.googleapis.com/auth/cloud-platform", "iat": int(now), "exp": int(now) + 3600,
        "aud": "https://oauth2.googleapis.com/token",
    }  # fmt: skip
    assertion = ENCODE(SIGNER.from_string(text, key_id), claims).decode("ascii")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return ask.client.post("https://oauth2.googleapis.com/token", data=grant)


def slowly(cloud: Cloud, call: Callable[[], httpx.Response], times: int = 3) -> list[int]:
    """The statuses of the same question, a second apart: what is asked at once has one answer."""
    found = []
    for _ in range(times):
        found.append(call().status_code)
        cloud.clock.advance(1)
    return found


def models(ask: Caller, key: str) -> httpx.Response:
    return ask.client.get(f"https://{GEMINI}/v1beta/models", headers={"x-goog-api-key": key})


# --- the gate -------------------------------------------------------------------------------------------------


def test_the_order_of_refusals(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    """Token, scope, quota project, API, permission, organisation, state: each is seen only behind the one before."""
    account = cloud.plant_account(project, "gemini-setup", description="gemini-setup")
    project.constraints.add("iam.managed.disableServiceAccountApiKeyCreation")
    project.bound_keys_for.clear()
    cloud.forbid(project, ask.person.email, "apikeys.keys.create", "serviceusage.services.use")
    project.turn_off("apikeys.googleapis.com")
    url, body = fresh_key("x", serviceAccountEmail=account.email)
    cloud.plant_key(project, key_id="x")
    narrow = ask.sign_in("https://www.googleapis.com/auth/generative-language.retriever").json()[
        "access_token"
    ]
    found = [
        reason(ask("POST", url, body, authorization=None)),
        reason(ask("POST", url, body, authorization="Bearer " + "ya" + "29.nobody")),
        reason(ask("POST", url, body, authorization=f"Bearer {narrow}")),
        reason(ask("POST", url, body, x_goog_user_project=None)),
        reason(ask("POST", url, body)),
    ]
    cloud.allow(project, ask.person.email, "serviceusage.services.use")
    found.append(reason(ask("POST", url, body)))
    project.turn_on("apikeys.googleapis.com")
    found.append(reason(ask("POST", url, body)))
    cloud.allow(project, ask.person.email, "apikeys.keys.create")
    found.append(reason(ask("POST", url, body)))
    project.constraints.clear()
    found.append(reason(ask("POST", url, body)))
    assert found == [
        (401, "UNAUTHENTICATED", "CREDENTIALS_MISSING"),
        (401, "UNAUTHENTICATED", None),
        (403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        (403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
        (403, "PERMISSION_DENIED", "USER_PROJECT_DENIED"),
        (403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
        (403, "PERMISSION_DENIED", None),
        (400, "FAILED_PRECONDITION", None),
        (409, "ALREADY_EXISTS", None),
    ]
    assert cloud.ledger.applied() == []


def test_without_a_quota_project_the_client_s_own_is_named(ask: Caller, cloud: Cloud) -> None:
    answer = ask("GET", KEYS, x_goog_user_project=None).json()["error"]
    assert answer["message"].startswith(
        "Your application is authenticating by using local Application Default"
    )
    assert answer["details"][0]["metadata"]["consumer"] == "projects/764086051850"
    assert ask("GET", f"{SERVICES}/{GEMINI}", x_goog_user_project=None).status_code == 200
    search = f"{POLICY.rpartition('/projects')[0]}/projects:search"
    assert ask("GET", search, x_goog_user_project=None).status_code == 200
    cloud.resourcemanager_wants_quota_project = True
    assert reason(ask("GET", search, x_goog_user_project=None))[2] == "SERVICE_DISABLED"


def test_a_sign_in_that_is_too_old_or_gone(ask: Caller, google: Google) -> None:
    google.expire_tokens()
    assert reason(ask("GET", KEYS))[2] == "ACCESS_TOKEN_EXPIRED"
    ask.person.reauth = True
    assert ask.sign_in().json()["error_subtype"] == "invalid_rapt"


# --- API keys -------------------------------------------------------------------------------------------------


def test_a_bound_key_from_its_creation_to_its_end(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.delays = Delays(polls=2, service=Wait(), key=Wait(answers=2), account=Wait(answers=1))
    assert ask("POST", ACCOUNTS, OURS).json()["email"] == EMAIL
    url, body = fresh_key(serviceAccountEmail=EMAIL)
    assert reason(ask("POST", url, body))[:2] == (404, "NOT_FOUND")  # the account is young
    cloud.clock.advance(1)
    begun = ask("POST", url, body)
    assert set(begun.json()) == {"name"}
    looks = len(cloud.asked)
    made = ask.wait(begun)["response"]
    assert len(cloud.asked) - looks == 3
    text = made["keyString"]
    assert text.startswith("AQ.")
    assert made["name"] == f"projects/{project.number}/locations/global/keys/gemini-setup-default-1"
    assert slowly(cloud, lambda: models(ask, text)) == [401, 401, 200]
    one = f"{KEYS}/gemini-setup-default-1"
    shown = ask("GET", one).json()
    assert "keyString" not in shown
    assert "keyString" not in ask("GET", KEYS).json()["keys"][0]
    assert ask("GET", f"{one}/keyString").json() == {"keyString": text}
    assert reason(ask("POST", url, body))[:2] == (409, "ALREADY_EXISTS")
    assert reason(ask("DELETE", f"{one}?etag=W/%22x%22"))[:2] == (409, "ABORTED")
    checked = f"{one}?checkExistingUsage=CHECK"
    assert reason(ask("DELETE", checked))[:2] == (400, "FAILED_PRECONDITION")
    cloud.clock.advance(days=6.9)
    ask.token = ask.sign_in().json()["access_token"]
    assert reason(ask("DELETE", checked))[:2] == (400, "FAILED_PRECONDITION")
    cloud.clock.advance(days=0.2)
    ask.token = ask.sign_in().json()["access_token"]
    gone = ask.wait(ask("DELETE", checked))["response"]
    assert gone["deleteTime"]
    assert models(ask, text).status_code == 401
    assert ask("GET", KEYS).json() == {}
    assert ask("GET", f"{KEYS}?showDeleted=true").json()["keys"][0]["deleteTime"]
    assert reason(ask("POST", url, body))[:2] == (409, "ALREADY_EXISTS")
    cloud.clock.advance(days=29)
    ask.token = ask.sign_in().json()["access_token"]
    ask.wait(ask("POST", f"{one}:undelete", {}))
    assert slowly(cloud, lambda: models(ask, text)) == [401, 401, 200]
    ask.wait(ask("DELETE", f"{one}?checkExistingUsage=SKIP"))
    cloud.clock.advance(days=31)
    ask.token = ask.sign_in().json()["access_token"]
    assert reason(ask("POST", f"{one}:undelete", {}))[:2] == (404, "NOT_FOUND")
    assert [line.partition(" ")[0] for line in cloud.ledger.lines()] == [
        "POST",
        "POST",
        "DELETE",
        "POST",
        "DELETE",
    ]


def test_an_unbound_key_has_the_old_form_and_is_found_by_pages(ask: Caller, cloud: Cloud) -> None:
    for number in range(5):
        url, body = fresh_key(f"one-{number}")
        assert ask.wait(ask("POST", url, body))["response"]["keyString"].startswith("AI" + "za")
    names: list[str] = []
    token: str | None = ""
    while token is not None:
        page = ask("GET", f"{KEYS}?pageSize=2&pageToken={token}").json()
        names += [key["name"].rpartition("/")[2] for key in page["keys"]]
        token = page.get("nextPageToken")
    assert names == [f"one-{number}" for number in range(5)]
    cloud.page_size = 1
    assert len(ask("GET", KEYS).json()["keys"]) == 1


@pytest.mark.parametrize("name", ["Upper", "1st", "ends-", "a" * 64, "0b5f1c36-90a4-4dd1-a1d8-4a3c58a09be4"])
def test_a_key_id_has_a_form(ask: Caller, name: str) -> None:
    url, body = fresh_key(name)
    assert reason(ask("POST", url, body))[:2] == (400, "INVALID_ARGUMENT")


def test_a_patch_replaces_what_it_names(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    url, body = fresh_key()
    ask.wait(ask("POST", url, body))
    one = f"{KEYS}/gemini-setup-default-1"
    wider = {"restrictions": {"apiTargets": [{"service": GEMINI}, {"service": VERTEX}]}}
    assert (
        reason(ask("PATCH", f"{one}?updateMask=serviceAccountEmail", {"serviceAccountEmail": EMAIL}))[0]
        == 400
    )
    assert reason(ask("PATCH", f"{one}?updateMask=restrictions", {**wider, "etag": "old"}))[0] == 409
    shown = ask.wait(ask("PATCH", f"{one}?updateMask=restrictions", wider))["response"]
    assert shown["displayName"] == "Gemini Setup"
    assert len(shown["restrictions"]["apiTargets"]) == 2


def test_too_many_calls_a_minute(ask: Caller, cloud: Cloud) -> None:
    cloud.reads_per_minute = 3
    codes = [ask("GET", KEYS).status_code for _ in range(8)]
    assert codes.count(429) >= 2
    cloud.clock.advance(60)
    assert ask("GET", KEYS).status_code == 200


def test_other_people_s_use_keeps_a_key_alive_too(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    key = cloud.plant_key(project, key_id="old", fields={"annotations": {"made-by": "gemini-setup"}})
    models(ask, key.key.text)
    ask.client.get(
        f"https://{GEMINI}/v1beta/openai/models", headers={"authorization": f"Bearer {key.key.text}"}
    )
    assert len(key.used) == 2
    assert reason(ask("DELETE", f"{KEYS}/old?checkExistingUsage=CHECK"))[0] == 400


# --- APIs -----------------------------------------------------------------------------------------------------


def test_an_api_is_on_before_it_answers(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    project.turn_off(GEMINI)
    key = cloud.plant_key(project)
    cloud.delays = Delays(polls=1, service=Wait(seconds=60))
    assert ask("GET", f"{SERVICES}/{GEMINI}").json()["state"] == "DISABLED"
    begun = ask("POST", f"{SERVICES}/{GEMINI}:enable", {})
    assert "done" not in begun.json()
    assert "done" not in ask("GET", f"https://serviceusage.googleapis.com/v1/{begun.json()['name']}").json()
    assert ask.wait(begun)["response"]["service"]["state"] == "ENABLED"
    assert ask("GET", f"{SERVICES}/{GEMINI}").json()["state"] == "ENABLED"
    assert reason(models(ask, key.key.text))[2] == "SERVICE_DISABLED"
    cloud.clock.advance(60)
    assert models(ask, key.key.text).status_code == 200
    again = ask("POST", f"{SERVICES}/{GEMINI}:enable", {}).json()
    assert (again["name"], again["done"]) == ("operations/noop.DONE_OPERATION", True)
    cloud.noop_says_done = False
    assert "done" not in ask("POST", f"{SERVICES}/{GEMINI}:enable", {}).json()
    assert ask("GET", f"https://serviceusage.googleapis.com/v1/{again['name']}").status_code == 400
    assert [(entry.applied, entry.noop) for entry in cloud.ledger.writes] == [
        (True, False),
        (True, True),
        (True, True),
    ]


def test_a_batch_is_all_or_none(ask: Caller, project: CloudProject) -> None:
    project.turn_off(GEMINI)
    project.billing = False
    both = {"serviceIds": [GEMINI, VERTEX]}
    answer = ask("POST", f"{SERVICES}:batchEnable", both)
    assert reason(answer) == (400, "FAILED_PRECONDITION", "UREQ_PROJECT_BILLING_NOT_FOUND")
    assert GEMINI not in project.services
    project.refuses_in_operation = True
    assert ask.wait(ask("POST", f"{SERVICES}:batchEnable", both))["error"]["code"] == 9
    assert GEMINI not in project.services
    project.billing = True
    assert len(ask.wait(ask("POST", f"{SERVICES}:batchEnable", both))["response"]["services"]) == 2
    states = ask("GET", f"{SERVICES}:batchGet?names=projects/shop-1234/services/{GEMINI}").json()["services"]
    assert [one["state"] for one in states] == ["ENABLED"]
    assert reason(ask("POST", f"{SERVICES}/gemini.example.com:enable", {}))[0] == 403


def test_terms_come_first(ask: Caller, project: CloudProject) -> None:
    project.turn_off(GEMINI)
    project.terms_accepted = False
    assert reason(ask("POST", f"{SERVICES}/{GEMINI}:enable", {}))[2] == "UREQ_TOS_NOT_ACCEPTED"


# --- projects and policies -----------------------------------------------------------------------------------------


def test_the_search_shows_what_the_person_may_see(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.project("somebody-elses")
    studio = cloud.ai_studio_project()
    cloud.allow(studio, ask.person.email, "resourcemanager.projects.get")
    cloud.delays = Delays(listed=Wait(answers=1))
    late = cloud.project("young-1", young=True)
    cloud.allow(late, ask.person.email, "resourcemanager.projects.get")
    url = "https://cloudresourcemanager.googleapis.com/v3/projects:search?query=state:ACTIVE"
    assert [one["projectId"] for one in ask("GET", url).json()["projects"]] == [project.id, studio.id]
    cloud.clock.advance(1)
    page = ask("GET", f"{url}&pageSize=2").json()
    assert [
        one["projectId"] for one in ask("GET", f"{url}&pageToken={page['nextPageToken']}").json()["projects"]
    ] == [late.id]
    project.allowed.clear()
    studio.allowed.clear()
    late.allowed.clear()
    assert ask("GET", url, x_goog_user_project=None).json() == {}
    wanted = {"permissions": ["apikeys.keys.create"]}
    assert ask("POST", f"{POLICY}:testIamPermissions", wanted, x_goog_user_project=None).json() == {}


def test_permissions_are_named_one_by_one(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.forbid(project, ask.person.email, "apikeys.keys.create")
    wanted = {
        "permissions": ["apikeys.keys.create", "apikeys.keys.list", "resourcemanager.projects.setIamPolicy"]
    }
    held = ask("POST", f"{POLICY}:testIamPermissions", wanted).json()["permissions"]
    assert held == wanted["permissions"][1:]
    assert ask("POST", f"{POLICY}:testIamPermissions", {"permissions": ["apikeys.*"]}).status_code == 400


def policy_of(ask: Caller, version: int = 3) -> dict[str, Any]:
    found: dict[str, Any] = ask(
        "POST", f"{POLICY}:getIamPolicy", {"options": {"requestedPolicyVersion": version}}
    ).json()
    return found


def test_a_policy_is_replaced_whole_and_by_its_etag(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    account = cloud.plant_account(project, "gemini", description="")
    before = project.policy.members()
    policy = policy_of(ask)
    assert policy["version"] == 3
    project.policy.add("roles/viewer", "user:another@example.com")
    mine = {"role": USER, "members": [account.member]}
    wanted = {"policy": {**policy, "bindings": [*policy["bindings"], mine]}, "updateMask": "bindings,etag"}
    assert reason(ask("POST", f"{POLICY}:setIamPolicy", wanted))[:2] == (409, "ABORTED")
    policy = policy_of(ask)
    wanted["policy"] = {**policy, "bindings": [*policy["bindings"], mine]}
    assert ask("POST", f"{POLICY}:setIamPolicy", wanted).status_code == 200
    gained = project.policy.members() - before
    assert {(role, who) for role, who, _ in gained} == {
        (USER, account.member),
        ("roles/viewer", "user:another@example.com"),
    }
    assert project.predicts(account.account)


def test_a_policy_below_version_3_loses_its_conditions(
    ask: Caller, cloud: Cloud, project: CloudProject
) -> None:
    policy = policy_of(ask, 1)
    assert policy["version"] == 1
    assert any("_withcond_" in one["role"] for one in policy["bindings"])
    assert ask("POST", f"{POLICY}:setIamPolicy", {"policy": policy}).status_code == 200
    assert not any("condition" in one for one in project.policy.bindings)
    assert len(cloud.take_complaints()) == 2  # the version, and the change


def test_without_an_etag_the_last_writer_wins(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    policy = policy_of(ask)
    project.policy.add("roles/viewer", "user:another@example.com")
    del policy["etag"]
    assert ask("POST", f"{POLICY}:setIamPolicy", {"policy": policy}).status_code == 200
    assert len(cloud.take_complaints()) == 2  # no etag, and a member lost


def test_a_role_for_an_account_that_is_young_or_not_there(ask: Caller, cloud: Cloud) -> None:
    cloud.delays = Delays(account=Wait(answers=1))
    ask("POST", ACCOUNTS, OURS)
    policy = policy_of(ask)
    for who, codes in ((EMAIL, [400, 200]), (EMAIL.replace("setup", "other"), [400, 400])):
        mine = {"role": USER, "members": [f"serviceAccount:{who}"]}
        for code in codes:
            wanted = {"policy": {**policy, "bindings": [*policy["bindings"], mine]}}
            assert ask("POST", f"{POLICY}:setIamPolicy", wanted).status_code == code
            cloud.clock.advance(1)
        policy = policy_of(ask)


# --- service accounts -----------------------------------------------------------------------------------------------


def test_an_account_is_made_once(ask: Caller) -> None:
    assert ask("POST", ACCOUNTS, OURS).json()["uniqueId"].isdigit()
    assert reason(ask("POST", ACCOUNTS, OURS))[:2] == (409, "ALREADY_EXISTS")
    assert ask("GET", f"{ACCOUNTS}/{EMAIL}").json()["description"] == "Made by gemini-setup"
    assert [one["email"] for one in ask("GET", ACCOUNTS).json()["accounts"]] == [EMAIL]
    for name in ("short", "1gemini", "a" * 31, "ends-in-"):
        assert ask("POST", ACCOUNTS, {**OURS, "accountId": name}).status_code == 400


def test_an_uploaded_certificate_signs_in_until_it_may_not(
    ask: Caller, cloud: Cloud, project: CloudProject
) -> None:
    cloud.delays = Delays(certificate=Wait(answers=1), account=Wait())
    ask("POST", ACCOUNTS, OURS)
    made = ask("POST", f"{ACCOUNTS}/{EMAIL}/keys:upload", pem(certificate())).json()
    assert (made["keyOrigin"], made["keyType"]) == ("USER_PROVIDED", "USER_MANAGED")
    key_id = made["name"].rpartition("/")[2]
    young = exchange(ask, key_id, cloud.now()).json()
    assert young == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    cloud.clock.advance(1)
    assert "access_token" in exchange(ask, key_id, cloud.now()).json()
    assert exchange(ask, key_id, cloud.now(), rsa_key(fresh=True)).status_code == 400
    assert exchange(ask, "0" * 40, cloud.now()).status_code == 400
    one = f"{ACCOUNTS}/{EMAIL}/keys/{key_id}"
    assert (
        ask("GET", f"{ACCOUNTS}/{EMAIL}/keys?keyTypes=USER_MANAGED").json()["keys"][0]["name"] == made["name"]
    )
    assert ask("POST", f"{one}:disable", {}).json() == {}
    assert ask("GET", one).json()["disabled"] is True
    assert exchange(ask, key_id, cloud.now()).status_code == 400
    ask("POST", f"{one}:enable", {})
    cloud.clock.advance(days=89)
    assert "access_token" in exchange(ask, key_id, cloud.now()).json()
    cloud.clock.advance(days=2)
    assert exchange(ask, key_id, cloud.now()).status_code == 400
    ask.token = ask.sign_in().json()["access_token"]
    assert ask("DELETE", one).json() == {}
    assert ask("GET", one).status_code == 404


def _bare_public_key() -> dict[str, str]:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    text = rsa_key(fresh=False).public_key().public_bytes(serialization.Encoding.PEM, form)
    return {"publicKeyData": base64.b64encode(text).decode("ascii")}


@pytest.mark.parametrize(
    "body",
    [
        lambda: pem(certificate(begins=600)),
        lambda: pem(certificate(begins=-9000, days=-0.1)),
        lambda: pem(certificate(ec.generate_private_key(ec.SECP256R1()))),
        _bare_public_key,
        lambda: {"publicKeyData": base64.b64encode(b"no certificate").decode("ascii")},
    ],
    ids=["not yet valid", "expired", "not RSA", "bare public key", "nothing of the kind"],
)
def test_certificates_that_google_does_not_take(ask: Caller, body: Callable[[], dict[str, str]]) -> None:
    ask("POST", ACCOUNTS, OURS)
    answer = ask("POST", f"{ACCOUNTS}/{EMAIL}/keys:upload", body())
    assert reason(answer)[:2] == (400, "INVALID_ARGUMENT")


def test_the_eleventh_key_is_refused_without_a_word(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    account = cloud.plant_account(project, "gemini-setup", description="gemini-setup")
    for _ in range(10):
        cloud.plant_account_key(account, certificate())
    answer = ask("POST", f"{ACCOUNTS}/{EMAIL}/keys:upload", pem(certificate()))
    assert answer.json()["error"] == {
        "code": 400,
        "message": "Precondition check failed.",
        "status": "FAILED_PRECONDITION",
    }


@pytest.mark.parametrize(
    "name", ["iam.disableServiceAccountKeyUpload", "iam.managed.disableServiceAccountKeyUpload"]
)
def test_an_organisation_may_forbid_uploads(
    ask: Caller, cloud: Cloud, project: CloudProject, name: str
) -> None:
    ask("POST", ACCOUNTS, OURS)
    project.constraints.add(name)
    error = ask("POST", f"{ACCOUNTS}/{EMAIL}/keys:upload", pem(certificate())).json()["error"]
    assert error["details"][0]["violations"][0]["type"] == f"constraints/{name}"
    url = f"https://orgpolicy.googleapis.com/v2/projects/shop-1234/policies/{name}:getEffectivePolicy"
    assert ask("GET", url).status_code == 403
    cloud.allow(project, ask.person.email, "orgpolicy.policy.get")
    assert ask("GET", url).json()["spec"]["rules"] == [{"enforce": True}]


def test_a_missing_permission_is_named_by_iam(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.forbid(project, ask.person.email, "iam.serviceAccounts.create")
    error = ask("POST", ACCOUNTS, OURS).json()["error"]
    assert error["details"][0]["reason"] == "IAM_PERMISSION_DENIED"
    assert error["details"][0]["metadata"]["permission"] == "iam.serviceAccounts.create"


def test_a_bound_key_ends_with_its_account(ask: Caller, cloud: Cloud) -> None:
    ask("POST", ACCOUNTS, OURS)
    url, body = fresh_key(serviceAccountEmail=EMAIL)
    text = ask.wait(ask("POST", url, body))["response"]["keyString"]
    assert models(ask, text).status_code == 200
    ask("POST", f"{ACCOUNTS}/{EMAIL}:disable", {})
    assert reason(models(ask, text))[2] == "ACCOUNT_STATE_INVALID"


def test_acting_as_an_account(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    account = cloud.plant_account(project, "robot", description="")
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account.email}:generateAccessToken"
    wanted = {"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "3600s"}
    assert reason(ask("POST", url, wanted))[2] == "IAM_PERMISSION_DENIED"
    account.impersonators.add(ask.person.email)
    found = ask("POST", url, wanted).json()
    assert set(found) == {"accessToken", "expireTime"}
    cloud.allow(project, account.email, "apikeys.keys.list")
    bearer = f"Bearer {found['accessToken']}"
    assert ask("GET", KEYS, authorization=bearer, x_goog_user_project=None).status_code == 200
    assert reason(ask("POST", url, {**wanted, "lifetime": "7200s"}))[0] == 400
    assert cloud.ledger.writes == []


def test_billing_is_read(ask: Caller, project: CloudProject) -> None:
    url = "https://cloudbilling.googleapis.com/v1/projects/shop-1234/billingInfo"
    assert ask("GET", url).json()["billingEnabled"] is True
    project.billing = False
    assert ask("GET", url).json()["billingAccountName"] == ""


# --- faults, complaints, the ledger -----------------------------------------------------------------------------------


def test_a_fault_spoils_the_answer_or_the_deed(ask: Caller, google: Google, project: CloudProject) -> None:
    method = "apikeys.projects.locations.keys.create"
    google.fault(method, Fault(before=True, status=503), times=1)
    url, body = fresh_key()
    assert ask("POST", url, body).status_code == 503
    assert not project.keys
    google.fault("apikeys.*", Fault(drop=True), times=1)
    with pytest.raises(httpx.TransportError):
        ask("POST", url, body)
    assert list(project.keys) == ["gemini-setup-default-1"]
    with pytest.raises(ValueError, match="no route"):
        google.fault("apikey", Fault(drop=True))


def test_something_happens_in_between(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.hook(
        "cloudresourcemanager.*.setIamPolicy", lambda _: project.policy.add("roles/viewer", "user:b@example.com"), times=1
    )  # fmt: skip
    account = cloud.plant_account(project, "gemini", description="")
    codes = []
    for _ in range(2):
        policy = policy_of(ask)
        mine = {"role": USER, "members": [account.member]}
        wanted = {"policy": {**policy, "bindings": [*policy["bindings"], mine]}}
        codes.append(ask("POST", f"{POLICY}:setIamPolicy", wanted).status_code)
    assert codes == [409, 200]


def test_operations_that_never_end_or_are_lost(ask: Caller, cloud: Cloud, project: CloudProject) -> None:
    cloud.stuck_operations = True
    name = ask("POST", *fresh_key()).json()["name"]
    url = f"https://apikeys.googleapis.com/v2/{name}"
    assert not any("done" in ask("GET", url).json() for _ in range(5))
    cloud.stuck_operations, cloud.lost_operations = False, True
    name = ask("POST", *fresh_key("other")).json()["name"]
    assert ask("GET", f"https://apikeys.googleapis.com/v2/{name}").status_code == 404
    assert ask("GET", f"https://serviceusage.googleapis.com/v1/{name}").status_code == 404


def _lookup(ask: Caller, cloud: Cloud) -> None:
    key = cloud.plant_key(cloud.projects["shop-1234"])
    ask("GET", f"https://apikeys.googleapis.com/v2/keys:lookupKey?keyString={key.key.text}")


def _key_in_an_address(ask: Caller, cloud: Cloud) -> None:
    key = cloud.plant_key(cloud.projects["shop-1234"])
    ask.client.get(f"https://{GEMINI}/v1beta/models?key={key.key.text}")


def _token_in_an_address(ask: Caller, cloud: Cloud) -> None:
    ask("GET", f"{KEYS}?access_token={ask.token}")


def _token_for_gemini(ask: Caller, cloud: Cloud) -> None:
    ask.client.get("https://storage.googleapis.com/", headers={"authorization": f"Bearer {ask.token}"})


def _refresh_token_for_iam(ask: Caller, cloud: Cloud) -> None:
    ask("POST", ACCOUNTS, {"accountId": ask.person.refresh_token})


def _private_key_in_a_body(ask: Caller, cloud: Cloud) -> None:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    text = rsa_key(fresh=False).private_bytes(serialization.Encoding.PEM, *form).decode("ascii")
    ask("POST", ACCOUNTS, {"accountId": text})


def _strange_key(http: str, rest: str) -> Callable[[Caller, Cloud], None]:
    def write(ask: Caller, cloud: Cloud) -> None:
        cloud.plant_key(cloud.projects["shop-1234"], key_id="theirs")
        ask(http, f"{KEYS}/theirs{rest}", {} if http != "DELETE" else None)

    return write


def _call(http: str, url: str, body: object = None) -> Callable[[Caller, Cloud], None]:
    def write(ask: Caller, cloud: Cloud) -> None:
        cloud.plant_account(cloud.projects["shop-1234"], "gemini-setup")
        ask(http, url, body)

    return write


def _extra_member(ask: Caller, cloud: Cloud) -> None:
    policy = policy_of(ask)
    more = {"role": "roles/viewer", "members": ["user:c@example.com", "user:d@example.com"]}
    ask("POST", f"{POLICY}:setIamPolicy", {"policy": {**policy, "bindings": [*policy["bindings"], more]}})


@pytest.mark.parametrize(
    ("sin", "said"),
    [
        (_lookup, ["puts a key into an address", "an API key in an address"]),
        (_key_in_an_address, ["an API key in an address"]),
        (_token_in_an_address, ["no parameter 'access_token'", "an access token in an address"]),
        (_token_for_gemini, ["an access token in the header authorization"]),
        (_refresh_token_for_iam, ["a refresh token in a body"]),
        (_private_key_in_a_body, ["a private key in a body"]),
        (_strange_key("DELETE", ""), ["not ours"]),
        (_strange_key("PATCH", "?updateMask=restrictions"), ["not ours"]),
        (_call("POST", *fresh_key("plain", annotations={})), ["without our annotation"]),
        (_call("POST", *fresh_key("wide", restrictions={})), ["not restricted"]),
        (_call("POST", ACCOUNTS, {"accountId": "whose-is-it"}), ["without our mark"]),
        (_call("DELETE", f"{ACCOUNTS}/{EMAIL}"), ["deletes a service account"]),
        (_call("POST", f"{ACCOUNTS}/{EMAIL}:disable", {}), ["not ours"]),
        (_call("POST", f"{ACCOUNTS}/{EMAIL}/keys", {}), ["lets Google make", "not ours"]),
        (_call("POST", f"{SERVICES}/{GEMINI}:disable", {}), ["turns an API off"]),
        (_call("PUT", "https://cloudbilling.googleapis.com/v1/projects/shop-1234/billingInfo", {}), ["links billing"]),
        (_call("DELETE", f"{POLICY}"), ["does not know it"]),
        (_call("GET", "https://apikeys.googleapis.com/v2/nothing"), ["none of Google's documents"]),
        (_call("POST", *fresh_key("odd", colour="red")), ["V2Key.colour is unknown"]),
        (_call("POST", *fresh_key("mine", uid="1")), ["uid is Google's to say"]),
        (_call("DELETE", f"{KEYS}/x?checkExistingUsage=PERHAPS"), ["'PERHAPS' is none of"]),
        (_extra_member, ["changes the policy by"]),
    ],
)  # fmt: skip
def test_what_must_never_be_is_complained_of(
    ask: Caller, cloud: Cloud, sin: Callable[[Caller, Cloud], None], said: Sequence[str]
) -> None:
    sin(ask, cloud)
    found = "\n".join(cloud.take_complaints())
    assert all(one in found for one in said), found
    assert ask.token not in found
    assert ask.person.refresh_token not in found


def test_a_complaint_fails_the_test_that_caused_it() -> None:
    with pytest.raises(AssertionError, match="the management hosts complain"), Google() as running:
        running.cloud.complaints.append("something")


def test_the_ledger_has_no_secrets(ask: Caller, cloud: Cloud) -> None:
    ask("POST", ACCOUNTS, OURS)
    ask("POST", f"{ACCOUNTS}/{EMAIL}/keys:upload", pem(certificate()))
    text = ask.wait(ask("POST", *fresh_key(serviceAccountEmail=EMAIL)))["response"]["keyString"]
    shown = str(cloud.ledger)
    assert text not in shown
    assert ask.token not in shown
    assert [entry.object.rpartition("/")[0] for entry in cloud.ledger.applied()] == [
        "projects/shop-1234/serviceAccounts",
        f"projects/shop-1234/serviceAccounts/{EMAIL}/keys",
        "projects/shop-1234/locations/global/keys",
    ]
