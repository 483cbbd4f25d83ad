"""The keyless way: gcloud's sign-in that stands in for a service account, with exactly Google's host and path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Program, entry
from tests.loopback import Google, User
from tests.loopback.management import CloudProject, Delays
from tests.secretservice import SecretService

PROJECT = "shop-1234"
EMAIL = f"reader@{PROJECT}.iam.gserviceaccount.com"
_URL = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"


class Place:
    """gcloud's file, written anew with some members otherwise."""

    def __init__(self, folder: Path, person: User) -> None:
        self.file = folder / "application_default_credentials.json"
        source = json.loads(person.text)
        self.document: dict[str, Any] = {
            "type": "impersonated_service_account",
            "service_account_impersonation_url": _URL,
            "delegates": [],
            "source_credentials": {name: source[name] for name in source if name != "quota_project_id"},
        }

    def write(self, **changes: object) -> None:
        self.file.write_text(json.dumps({**self.document, **changes}))


@pytest.fixture
def project(google: Google) -> CloudProject:
    google.cloud.delays = Delays.none()
    made = google.cloud.project(PROJECT, services=())
    made.turn_on("aiplatform.googleapis.com", "iamcredentials.googleapis.com")
    return made


@pytest.fixture
def place(program: Program, google: Google, project: CloudProject, tmp_path: Path) -> Place:
    person = google.cloud.person("someone@example.com", roles={project: "owner"})
    account = google.cloud.plant_account(project, "reader", description="")
    account.impersonators.add(person.email)
    project.policy.add("roles/aiplatform.user", account.member)
    for name in google.environ():
        program.environ.pop(name, None)
    program.environ |= {**google.environ(real_hosts=True), "CLOUDSDK_CONFIG": str(tmp_path)}
    found = Place(tmp_path, person)
    found.write()
    return found


def test_it_is_checked_saved_without_a_secret_and_gives_tokens(
    program: Program, google: Google, place: Place, secret_service: SecretService
) -> None:
    done = program("add", "vertex", "--adc", "--json")
    assert (done.code, done.json["cause"], done.json["kept"]) == (0, "works", True), done.err
    head = json.loads(entry(secret_service, "current") or "")
    assert (head["kind"], head["credential"], head["project"]) == ("adc", None, PROJECT)
    exchange = [seen for seen in google.requests if seen.host == "iamcredentials.googleapis.com"]
    assert [(seen.path, seen.headers.get("x-goog-user-project")) for seen in exchange] == [
        (_URL.removeprefix("https://iamcredentials.googleapis.com"), PROJECT)
    ]
    own = [seen for seen in google.requests if seen.host == "aiplatform.googleapis.com"]
    assert own
    assert not any("x-goog-user-project" in seen.headers for seen in own)
    token = program("token")
    assert token.code == 0, token.err
    assert len(token.out) > 20


def test_who_may_not_stand_in_is_told_so(program: Program, google: Google, place: Place) -> None:
    google.cloud.projects[PROJECT].accounts[EMAIL].impersonators.clear()
    done = program("add", "vertex", "--adc", "--json")
    assert (done.code, done.causes["sign-in"]) == (3, "impersonation-denied")
    said = program("add", "vertex", "--adc").out
    assert EMAIL in said
    assert "Service Account Token Creator" in said


@pytest.mark.parametrize(
    "url",
    [
        _URL.replace("googleapis.com/v1", "googleapis.com.evil.example/v1"),
        _URL.replace("https", "http"),
        _URL.replace("/-/", "/other/"),
        _URL.replace("generateAccessToken", "generateIdToken"),
        _URL + "?x=1",
        _URL.replace("reader@", "reader/../"),
        "https://user@" + _URL.removeprefix("https://"),
        7,
    ],
)
def test_any_other_address_is_not_asked(program: Program, google: Google, place: Place, url: object) -> None:
    place.write(service_account_impersonation_url=url)
    done = program("add", "vertex", "--adc", "--json")
    assert done.code == 2
    assert google.requests == []


def test_a_foreign_source_is_not_asked_either(program: Program, google: Google, place: Place) -> None:
    source = place.document["source_credentials"]
    for changes in (
        {"type": "external_account", "credential_source": {"executable": {"command": "true"}}},
        {"token_uri": "https://evil.example/token"},
        {"universe_domain": "evil.example"},
    ):
        place.write(source_credentials={**source, **changes})
        assert program("add", "vertex", "--adc").code == 2
    place.write(delegates=["https://evil.example"])
    assert program("add", "vertex", "--adc").code == 2
    assert google.requests == []


def test_nothing_is_made_at_google_in_another_s_name(program: Program, google: Google, place: Place) -> None:
    done = program("add", "studio", "--create", "--project", PROJECT, "--yes")
    assert done.code == 3
    assert EMAIL in done.err
    assert google.cloud.asked == []
