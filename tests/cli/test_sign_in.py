"""gcloud's own sign-in: offered live like a file, kept without a secret, its token asked for anew."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from gemini_setup.google.urls import SCOPE
from tests.cli.program import Program, entry
from tests.loopback import Google
from tests.loopback.states import Project, User
from tests.secretservice import SecretService


def _place(program: Program, tmp_path: Path, user: User) -> Path:
    folder = tmp_path / "gcloud"
    folder.mkdir(exist_ok=True)
    file = folder / "application_default_credentials.json"
    document = {
        "account": "",
        "client_id": user.client_id,
        "client_secret": user.client_secret,
        "refresh_token": user.refresh_token,
        "type": "authorized_user",
        "universe_domain": "googleapis.com",
    }
    if user.quota_project is not None:
        document["quota_project_id"] = user.quota_project.id
    file.write_text(json.dumps(document), encoding="utf-8")
    program.environ["CLOUDSDK_CONFIG"] = str(folder)
    return file


@pytest.fixture
def project() -> Project:
    return Project()


def test_a_sign_in_is_checked_live_and_kept_without_a_secret(
    program: Program, google: Google, tmp_path: Path, project: Project, secret_service: SecretService
) -> None:
    user = google.gcloud_user(projects=[project], quota_project=project)
    _place(program, tmp_path, user)
    done = program("add", "vertex", "--adc", "--json")
    assert (done.code, done.json["cause"], done.json["kept"]) == (0, "works", True)
    assert [step["step"] for step in done.json["steps"]] == [
        "file",
        "reach",
        "sign-in",
        "generate",
        "openai",
        "keep",
    ]
    head = json.loads(entry(secret_service, "current") or "")
    assert (head["kind"], head["credential"], head["project"]) == ("adc", None, project.id)
    assert user.refresh_token not in json.dumps(head)
    assert program("get").code == 1
    assert program("get", "--field", "project").out == project.id + "\n"
    assert program("check", "--json").json["cause"] == "works"

    token = program("token")
    assert token.code == 0
    assert len(token.out) > 20
    assert entry(secret_service, "token") is None
    shown = program("exec", "--", "env").out
    assert f"GOOGLE_CLOUD_PROJECT={project.id}" in shown
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in shown
    for command, code in ((("exec", "--as", "X", "--", "true"), 125), (("env", "--as=X"), 1)):
        done = program(*command)
        assert (done.code, done.out) == (code, ""), command
        assert "has no key" in done.err, "an empty variable would be taken for a key"


def test_a_token_never_outlives_its_sign_in(
    program: Program, google: Google, tmp_path: Path, project: Project, secret_service: SecretService
) -> None:
    file = _place(program, tmp_path, google.gcloud_user(projects=[project], quota_project=project))
    assert program("add", "vertex", "--adc").code == 0
    first = program("token")
    expires, text = int(time.time()) + 3000, first.out.strip()
    head = json.loads(entry(secret_service, "current") or "")
    left = {"schema": "gemini-token/1", "generation": 1, "scope": SCOPE, "expires": expires, "token": text}
    left["endpoints"] = head["endpoints"]  # as an older version of ours has kept it
    name = "gemini-credentials:v1/default.token"
    secret_service.tool(
        "store",
        "--label=x",
        "service",
        name,
        "username",
        "default",
        text=json.dumps(left, separators=(",", ":")),
    )
    _place(program, tmp_path, google.gcloud_user(projects=[project], quota_project=project))
    other = program("token")
    assert (first.code, other.code) == (0, 0)
    assert first.out != other.out
    file.unlink()
    assert program("token").code == 3


def test_what_reads_no_secret_is_not_offered_for_a_sign_in(
    program: Program, google: Google, tmp_path: Path, project: Project
) -> None:
    _place(program, tmp_path, google.gcloud_user(projects=[project], quota_project=project))
    said = program("add", "vertex", "--adc").err
    assert "gemini-setup exec -- PROGRAM" in said
    assert "gemini-setup get" not in said


def test_no_sign_in_is_said_with_what_makes_one(program: Program, tmp_path: Path) -> None:
    program.environ["CLOUDSDK_CONFIG"] = str(tmp_path)
    done = program("add", "vertex", "--adc")
    assert done.code == 2
    assert "gcloud auth application-default login" in done.err
    assert program("add", "vertex", "--adc", "file.json").code == 2
    assert program("add", "vertex", "--adc", "--api-key").code == 2


def test_a_sign_in_without_a_project_wants_one(
    program: Program, google: Google, tmp_path: Path, project: Project
) -> None:
    _place(program, tmp_path, google.gcloud_user(projects=[project]))
    assert "--project" in program("add", "vertex", "--adc").err
    done = program("add", "vertex", "--adc", "--project", project.id, "--json")
    assert (done.code, done.json["cause"]) == (0, "works")


@pytest.mark.parametrize(
    ("how", "cause", "code"), [("revoked", "sign-in-expired", 3), ("reauth", "sign-in-expired", 3)]
)
def test_why_a_sign_in_is_turned_away(
    program: Program, google: Google, tmp_path: Path, project: Project, how: str, cause: str, code: int
) -> None:
    user = google.gcloud_user(projects=[project], quota_project=project)
    _place(program, tmp_path, user)
    setattr(user, how, True)
    done = program("add", "vertex", "--adc", "--json")
    assert (done.code, done.json["cause"], done.json["kept"]) == (code, cause, False)


def test_a_project_that_may_not_be_counted_to(
    program: Program, google: Google, tmp_path: Path, project: Project
) -> None:
    user = google.gcloud_user(projects=[project], quota_project=project)
    _place(program, tmp_path, user)
    user.quota_project = google.project()
    user.projects.clear()
    done = program("add", "vertex", "--adc", "--json")
    assert done.json["cause"] == "quota-project-denied"


def test_a_sign_in_that_is_gone_later_is_told(
    program: Program, google: Google, tmp_path: Path, project: Project
) -> None:
    file = _place(program, tmp_path, google.gcloud_user(projects=[project], quota_project=project))
    assert program("add", "vertex", "--adc").code == 0
    file.unlink()
    done = program("check", "--json")
    assert done.json["cause"] == "no-credentials-found"
    assert program("token").code == 3
