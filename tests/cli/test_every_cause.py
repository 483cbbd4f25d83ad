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
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, cast

import pytest

from gemini_setup.checks.check import Checked, check
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.google import http
from gemini_setup.google.recognition import recognise_file
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.outcomes import Outcome
from tests.causes.files import EXAMPLES, KEY, Example, files
from tests.causes.records import ABSENT, Record, recorded
from tests.cli.program import Done, Program
from tests.conftest import without_foreign_variables
from tests.loopback import Account, Fault, Google, Key
from tests.secretservice import SecretService
from tests.waiting import HANGS

Kind = Literal["studio", "vertex", "express"]


@dataclass(frozen=True)
class Walk:
    """One answer on one route: `step` carries the cause, and decides but on the OpenAI-compatible routes."""

    example: Example
    kind: Kind
    route: str

    @property
    def cause(self) -> str:
        return self.example.cause

    @property
    def step(self) -> str:
        return self.example.step

    @property
    def decides(self) -> bool:
        """The OpenAI-compatible routes say what they think and decide nothing: the result is `works` all the same."""
        return self.step != "openai"

    def fault(self, key: str) -> Fault:
        assert self.example.status is not None
        body = self.example.text.replace(KEY, key).encode()
        return Fault(self.example.status, body, _content_type(body))


def _content_type(body: bytes) -> str:
    return "text/html; charset=UTF-8" if body.lstrip()[:1] == b"<" else "application/json; charset=UTF-8"


def _walk(example: Example) -> Walk:
    kind, route = example.route.split("/")
    assert kind in ("studio", "vertex", "express"), f"{example.cause}.toml"
    return Walk(example, cast("Kind", kind), route)


#: Every example that a route answers with; what is served nowhere says in its file's `not_served` who shows it instead.
WALKS = tuple(_walk(example) for example in EXAMPLES if example.route)

EXIT = {Outcome.ACCEPTED: 0, Outcome.BLOCKED: 3, Outcome.REFUSED: 3, Outcome.UNANSWERED: 5}


def test_no_cause_is_left_out() -> None:
    not_served = {name for name, file in files().items() if "not_served" in file}
    walked = {walk.cause for walk in WALKS}
    assert walked | not_served == set(CAUSES)
    assert not walked & not_served


# --- the walks ------------------------------------------------------------------------------------------

LANES = 4  # checks under way at once
EACH = 8  # so many walks, one is made by a process that is started anew

#: Starts the program as Python does after its imports, which are most of a check's time: a child for each command.
_FORKING = """
import json, os, sys, tempfile
from gemini_setup.actions import check_and_keep as actions
from gemini_setup.cli import main as cli
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
        return self._under_way[WALKS.index(walk)].result(HANGS)

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


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.example.id}-{walk.route}")
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
    fault = Fault(record.status, body, _content_type(body))
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
    monkeypatch.setattr(http, "_BACKOFF", 0.001)

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
