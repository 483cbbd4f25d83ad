"""Every secret of every flow at Google: in the vault, in memory, and on the wire to its own host, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gemini_setup.actions import fulfilment
from gemini_setup.model.credentials import Access, ServiceAccount
from gemini_setup.system import paths
from tests.cli.program import Done, Program
from tests.cli.test_canary import Watch, is_clean
from tests.errands.flows import BY_NAME, Scenario
from tests.errands.stage import Stage, furnish
from tests.loopback import Google, User
from tests.loopback.management import SERVICES, Cloud, CloudProject, Delays
from tests.secretservice import SecretService

#: Those in which a secret is made, moved or let go; together they make every request and write every file.
FLOWS = [
    BY_NAME[name]
    for name in (
        "create a key", "create an account", "rotate a key, now", "rotate an account, now", "replace somebody's key",
        "grant the role", "restore a key",
    )
]  # fmt: skip


def secrets_of_google(google: Google, person: User) -> list[str]:
    """All that Google has given out or taken."""
    keys = [key.key.text for project in google.cloud.projects.values() for key in project.keys.values()]
    tokens = list(google._book.tokens)
    return [*keys, *tokens, person.refresh_token, person.client_secret]


def private_halves(*accesses: Access | None) -> list[str]:
    """Of each private key some lines from its middle: the first ones are its public half."""
    found = []
    for access in accesses:
        if access is not None and isinstance(access.credential, ServiceAccount):
            pem = json.loads(access.credential.document.reveal())["private_key"]
            found += [line for line in pem.splitlines()[12:20] if len(line) == 64]
    return found


class Sight:
    """Everything that is said, in the forms in which a log or a crash report would write it down."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def see(self, event: object) -> None:
        self.said += [repr(event), str(event)]


@pytest.fixture
def sight(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sight]:
    made, honest = Sight(), fulfilment.carry_out

    async def carry_out(*arguments: object, **named: object) -> object:
        async for event in honest(*arguments, **named):  # type: ignore[arg-type]
            made.see(event)
            yield event

    monkeypatch.setattr(fulfilment, "carry_out", carry_out)
    yield made
    assert made.said


@pytest.mark.parametrize("scenario", FLOWS, ids=[one.name for one in FLOWS])
def test_secrets_stay_where_they_belong(
    stage: Stage,
    google: Google,
    cloud: Cloud,
    project: CloudProject,
    person: User,
    sight: Sight,
    scenario: Scenario,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    facts = scenario.arrange(cloud, project)
    halves: list[str] = []

    async def go() -> None:
        if scenario.prepare is not None:
            await scenario.prepare(stage, facts)
        halves.extend(private_halves(*stage.saved()))
        sight.see(await scenario.act(stage, facts))
        for made in (stage.made(), await stage.finish(), stage.desk, *stage.saved()):
            sight.see(made)

    before = dict(os.environ)
    asyncio.run(go())
    halves += private_halves(*stage.saved())
    secrets = [*secrets_of_google(google, person), *halves]
    assert len(secrets) >= 4
    assert ("account" not in scenario.name) or halves

    out, err = capfd.readouterr()
    told = "\n".join([*sight.said, out, err, *(record.getMessage() for record in caplog.records)])
    assert is_clean(told.encode(), secrets)
    assert dict(os.environ) == before
    assert is_clean(json.dumps(dict(os.environ)).encode(), secrets)
    # On the disk: the sign-in where gcloud put it, what is saved in the private file, and nothing beside them.
    spared = (stage.home / "data" / "gemini-setup" / paths.PRIVATE, stage.home / ".config" / "gcloud")
    seen = 0
    for path in stage.home.rglob("*"):
        if path.is_file() and not any(one in path.parents for one in spared):
            seen += 1
            assert is_clean(path.read_bytes() + str(path).encode(), secrets), path
    assert seen
    saved = b"".join(path.read_bytes() for path in spared[0].iterdir())
    assert is_clean(saved, [person.refresh_token, person.client_secret, *_persons_tokens(google, person)])
    _on_the_wire(google, secrets)
    assert google.cloud.complaints == []


def _persons_tokens(google: Google, person: User) -> list[str]:
    return [text for text, token in google._book.tokens.items() if token.owner is person]


def _on_the_wire(google: Google, secrets: list[str]) -> None:
    """No address and no foreign header has a secret; a body only where it is for the token endpoint."""
    for seen in google.requests:
        carriers = ("authorization", "x-goog-api-key")
        rest = {name: value for name, value in seen.headers.items() if name not in carriers}
        assert is_clean(json.dumps([seen.path, seen.query, rest]).encode(), secrets), seen
        if seen.route != "token":
            assert is_clean(seen.body, secrets), seen
        if seen.host in SERVICES:
            assert "x-goog-api-key" not in seen.headers
            assert re.fullmatch(r"Bearer \S+", seen.headers["authorization"])
    assert google.proxy_requests
    assert is_clean(json.dumps(google.proxy_requests).encode(), secrets)


def test_a_plan_can_be_pickled_and_has_no_secret(stage: Stage, cloud: Cloud, project: CloudProject) -> None:
    """What a crash report or another process would get."""
    asyncio.run(_do(BY_NAME["create an account"], stage, {"project": project.id}))
    halves = private_halves(*stage.saved())
    assert halves
    assert is_clean(pickle.dumps((stage.plans, stage.made())), halves)


async def _do(scenario: Scenario, stage: Stage, facts: dict[str, str]) -> None:
    await scenario.act(stage, facts)


# --- the program itself, with a real keyring ------------------------------------------------------------------------


@pytest.fixture
def signed_in(google: Google, secret_service: SecretService) -> tuple[Program, User]:
    cloud, program = google.cloud, Program(google, secret_service, {})
    cloud.delays = Delays.none()
    project = cloud.project("shop-1234", services=("cloudresourcemanager.googleapis.com",))
    person = cloud.person(roles={project: "owner"}, quota_project=project)
    for name in google.environ():
        program.environ.pop(name, None)
    program.environ |= google.environ(real_hosts=True)
    file = Path(program.environ["HOME"]) / ".config" / "gcloud" / "application_default_credentials.json"
    file.parent.mkdir(parents=True)
    file.write_text(person.text)
    return program, person


def test_the_program_leaves_no_secret_anywhere(
    signed_in: tuple[Program, User], google: Google, secret_service: SecretService, tmp_path: Path
) -> None:
    program, person = signed_in
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    program.environ["TMPDIR"] = str(temporary)
    (temporary / "something").write_text("so that the look looks at something")
    google.latency = 0.02  # so that the look at the arguments sees the program at work
    watch = Watch(secret_service, [person.refresh_token, person.client_secret], [temporary])
    spared = Path(program.environ["HOME"]) / ".config" / "gcloud"
    runs: list[Done] = []
    commands = (
        ("add", "studio", "--create", "--project", "shop-1234", "--plan"),
        ("add", "studio", "--create", "--project", "shop-1234", "--yes", "--json"),
        ("rotate", "default", "--retire", "now", "--yes"),
        ("rollback", "default", "--yes"),
        ("add", "vertex", "--create", "--project", "shop-1234", "--yes", "--profile", "robot"),
        ("rotate", "robot", "--yes"),
        ("check", "robot", "--fix", "--yes"),
        ("made", "--json"),
        ("list", "--json"),
        ("doctor",),
    )
    sign_in = (spared / "application_default_credentials.json").read_bytes()
    with watch.watching():
        for command in commands:
            runs.append(program(*command, timeout=60))
            assert runs[-1].code == 0, (command, runs[-1])
            # What Google has given out meanwhile is looked for as well.
            watch.secrets[:] = secrets_of_google(google, person)
        (spared / "application_default_credentials.json").unlink()  # gcloud's own is no leak of ours
    assert len(google.cloud.ledger.applied()) >= 8
    secrets = secrets_of_google(google, person)
    assert is_clean("".join(done.out + done.err for done in runs).encode(), secrets)
    assert not watch.found
    _on_the_wire(google, secrets)
    assert is_clean(json.dumps({**program.environ}).encode(), secrets)
    assert sign_in.decode() == person.text
    assert not list(temporary.glob("*.json"))


def test_the_canary_can_sing(google: Google, tmp_path: Path) -> None:
    """These looks find what they look for."""
    project = google.cloud.project("shop-1234")
    person = google.cloud.person(roles={project: "owner"})
    furnish(tmp_path / "home", person)
    key = google.cloud.plant_key(project)
    secrets = secrets_of_google(google, person)
    assert key.key.text in secrets
    assert not is_clean(repr({"a": key.key.text}).encode(), secrets)
    assert not is_clean(person.text.encode(), secrets)
