"""`add --create`, `check --fix`, `rotate`, `made`, and `rollback` of what was deleted, in a process of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program, entry
from tests.loopback import Google, User
from tests.loopback.management import CloudProject, Delays
from tests.secretservice import SecretService

PROJECT = "shop-1234"


@pytest.fixture
def project(google: Google) -> CloudProject:
    google.cloud.delays = Delays.none()
    return google.cloud.project(PROJECT, services=())


@pytest.fixture
def person(google: Google, project: CloudProject) -> User:
    return google.cloud.person("someone@example.com", roles={project: "owner"}, quota_project=project)


@pytest.fixture
def signed_in(program: Program, google: Google, person: User, tmp_path: Path) -> Iterator[Program]:
    for name in google.environ():
        program.environ.pop(name, None)
    program.environ |= {**google.environ(real_hosts=True), "CLOUDSDK_CONFIG": str(tmp_path)}
    (tmp_path / "application_default_credentials.json").write_text(person.text)
    yield program
    assert google.cloud.complaints == []


def test_a_key_is_created_saved_and_listed(
    signed_in: Program, google: Google, secret_service: SecretService
) -> None:
    shown = signed_in("add", "studio", "--create", "--project", PROJECT, "--plan")
    assert shown.code == 0
    assert "gcloud services api-keys create" in shown.out
    assert google.cloud.ledger.lines() == []

    done = signed_in("add", "studio", "--create", "--project", PROJECT, "--yes", "--json")
    assert (done.code, done.json["cause"], done.json["kept"]) == (0, "works", True)
    key = entry(secret_service, "key") or ""
    assert key.startswith("AQ.")
    assert key not in done.out + done.err
    assert signed_in("get").out == f"{key}\n"
    assert entry(secret_service, "pending") is None

    listed = signed_in("made", "--json").json["objects"]
    assert {one["kind"]: one["state"] for one in listed} == {
        "api": "in-use",
        "service_account": "in-use",
        "api_key": "in-use",
    }
    assert "gcloud services api-keys delete" not in signed_in("made").out, "in a pipe there are columns"


def test_nothing_is_done_without_a_yes(signed_in: Program, google: Google) -> None:
    done = signed_in("add", "studio", "--create", "--project", PROJECT)
    assert (done.code, done.out) == (2, "")
    code, screen = signed_in.on_a_terminal(
        "add", "studio", "--create", "--project", PROJECT, typed=b"n\n", after=b"[y/N]"
    )
    assert code == 3
    assert "Nothing was changed" in screen
    assert google.cloud.ledger.lines() == []
    code, screen = signed_in.on_a_terminal("add", "studio", "--create", typed=b"y\n", after=b"[y/N]")
    assert code == 0
    assert "is restricted" not in screen
    assert len(google.cloud.ledger.lines()) == 3


def test_the_project_is_chosen_from_the_person_s_own(
    signed_in: Program, google: Google, person: User, project: CloudProject
) -> None:
    project.turn_on("cloudresourcemanager.googleapis.com")
    other = google.cloud.project("another-1234", services=())
    for one in (project, other):
        one.allowed[person.email] = set(project.allowed[person.email])
    done = signed_in("add", "studio", "--create", "--yes")
    assert done.code == 2
    assert PROJECT in done.err
    assert "--project" in done.err


def test_an_administrator_and_a_variable_can_forbid_it(signed_in: Program, google: Google) -> None:
    done = signed_in(
        "add", "studio", "--create", "--project", PROJECT, "--yes", GEMINI_SETUP_NO_PROVISION="1"
    )
    assert done.code == 3
    assert "turns that off" in done.err
    assert google.cloud.asked == []


def test_without_a_sign_in_the_command_for_one_is_said(signed_in: Program, tmp_path: Path) -> None:
    (tmp_path / "application_default_credentials.json").unlink()
    done = signed_in("add", "studio", "--create", "--project", PROJECT, "--yes")
    assert done.code == 3
    assert "gcloud auth application-default login" in done.out


def test_a_missing_permission_is_named_with_its_role_and_a_message(
    signed_in: Program, google: Google, project: CloudProject, person: User
) -> None:
    google.cloud.forbid(project, person.email, "apikeys.keys.create")
    done = signed_in("add", "studio", "--create", "--project", PROJECT, "--yes")
    assert done.code == 3
    assert "apikeys.keys.create" in done.out
    assert "roles/serviceusage.apiKeysAdmin" in done.out
    assert "Hello," in done.out
    assert google.cloud.ledger.lines() == []


def test_a_rotation_and_a_restore(signed_in: Program, google: Google, secret_service: SecretService) -> None:
    assert signed_in("add", "studio", "--create", "--project", PROJECT, "--yes").code == 0
    first = entry(secret_service, "key")
    done = signed_in("rotate", "--retire", "now", "--yes")
    assert done.code == 0
    second = entry(secret_service, "key")
    assert second != first
    states = [one["state"] for one in signed_in("made", "--json").json["objects"] if one["kind"] == "api_key"]
    assert sorted(states) == ["deleted", "in-use"]
    back = signed_in("rollback", "default", "--yes")
    assert back.code == 0, back.err
    assert entry(secret_service, "key") == first


def test_what_becomes_of_a_previous_key_of_ours_is_told_once(signed_in: Program) -> None:
    assert signed_in("add", "studio", "--create", "--project", PROJECT, "--yes").code == 0
    done = signed_in("rotate", "--yes")
    assert "stays until nothing has used it" in done.err
    assert "--previous" not in done.err  # it is deleted by us


def test_a_key_that_waits_for_its_end_is_asked_about_when_it_comes_back(signed_in: Program) -> None:
    assert signed_in("add", "studio", "--create", "--project", PROJECT, "--yes").code == 0
    assert signed_in("rotate", "--yes").code == 0
    back = signed_in("rollback", "default", "--yes")
    assert back.code == 0
    assert "in use again" in back.err
    assert "didn’t answer" not in back.err


def test_a_check_repairs_what_it_finds(signed_in: Program, google: Google, project: CloudProject) -> None:
    assert signed_in("add", "studio", "--create", "--project", PROJECT, "--yes").code == 0
    project.turn_off("generativelanguage.googleapis.com")
    assert signed_in("check", "--json").json["cause"] == "api-disabled"
    before = len(google.cloud.ledger.lines())
    assert signed_in("check", "--fix").code == 2, "nobody was asked"
    planned = signed_in("check", "--fix", "--plan")
    assert planned.code == 0
    assert "gcloud services enable" in planned.out
    done = signed_in("check", "--fix", "--yes", "--json")
    assert (done.code, json.loads(done.out.splitlines()[-1])["cause"]) == (0, "works")
    assert len(google.cloud.ledger.lines()) == before + 1
    assert signed_in("check", "--fix", "--yes").code == 0


def test_a_service_account_is_created_for_vertex(
    signed_in: Program, google: Google, secret_service: SecretService
) -> None:
    done = signed_in("add", "vertex", "--create", "--project", PROJECT, "--days", "30", "--yes")
    assert done.code == 0, done.out + done.err
    head = json.loads(entry(secret_service, "current") or "")
    assert (head["kind"], head["project"]) == ("service_account", PROJECT)
    assert "expires on" in done.err
    for wrong in (["--days", "0"], ["--api-key"], ["file.json"]):
        assert signed_in("add", "vertex", "--create", "--project", PROJECT, "--yes", *wrong).code == 2
    assert signed_in("add", "studio", "--plan", text="x").code == 2
    assert signed_in("rotate", "nothing", "--yes").code == 1


def test_what_reads_a_key_never_finishes_anything_at_google(
    signed_in: Program, google: Google, secret_service: SecretService
) -> None:
    assert signed_in("add", "studio", "--create", "--project", PROJECT, "--yes").code == 0
    assert signed_in("rotate", "--yes").code == 0
    [index] = Path(secret_service.env["HOME"]).rglob("profiles.json")
    document = json.loads(index.read_text())
    for one in document["made"]:
        if one["stage"] == "retiring":
            one["retire_after"] = "2020-01-01T00:00:00Z"
    index.write_text(json.dumps(document))
    asked = len(google.requests)
    for command in (("get",), ("env",), ("token",), ("list",), ("exec", "--", "true")):
        assert signed_in(*command).code == 0, command
    assert len(google.requests) == asked
    before = len(google.cloud.ledger.writes)
    done = signed_in("made", "--json")
    assert done.code == 0
    assert "still used" in done.err, "it was used a moment ago, by the checks"
    assert len(google.cloud.ledger.writes) == before + 1


#: What gcloud asks for at this sign-in; it takes no other answer.
_SCOPES = "openid " + " ".join(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("userinfo.email", "cloud-platform", "sqlservice.login")
)


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed here")
def test_the_real_gcloud_signs_in_and_its_file_is_used_as_it_is(
    program: Program, google: Google, project: CloudProject, tmp_path: Path
) -> None:
    person = google.cloud.person("someone@example.com", roles={project: "owner"})
    person.scopes = _SCOPES
    google.cloud.book.codes["4/from-the-browser"] = person
    environ = google.environ(real_hosts=True) | {"CLOUDSDK_CONFIG": str(tmp_path)}
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": str(google.ca_file),
    }
    done = subprocess.run(
        ["gcloud", "auth", "application-default", "login", "--no-launch-browser"],
        env=environ | own, input="4/from-the-browser\n", capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in google.environ():
        program.environ.pop(name, None)
    program.environ |= environ
    added = program("add", "studio", "--create", "--project", PROJECT, "--yes", "--json")
    assert added.code == 0, added.err
    assert added.json["kept"]
    assert google.cloud.complaints == []
