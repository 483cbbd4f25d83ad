"""A made-up core and worker, with credentials put together at run time: everything that a page can be shown with."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.actions.explanation import Explanation
from gemini_setup.actions.private_file import Moved
from gemini_setup.actions.rotate import Asked, Both, Proof
from gemini_setup.delivery import Delivered, Offer, Undone
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.doctor.report import Computer, Examination, Keyring, Way, examine
from gemini_setup.google.recognition import recognise
from gemini_setup.gui.backend import Place
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import (
    Access,
    ApiKey,
    Endpoints,
    Kind,
    Profile,
    ReplacedCredential,
    Secret,
    Service,
    StoredCredential,
)
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Cause, Fault, Outcome
from gemini_setup.system.git import GitStatus
from gemini_setup.usage import snippets as ways
from gemini_setup.usage.snippets import Use
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from tests.gui.made_up_google import MadeUpHands

STUDIO_STEPS = (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.OPENAI, Step.KEEP)
VERTEX_STEPS = (Step.FILE, Step.REACH, Step.SIGN_IN, Step.GENERATE, Step.OPENAI, Step.KEEP)
STORE = "GNOME Keyring"
PROJECT = "my-project-123"
READERS = cause_texts.text("faults.readers", "linux")


def key() -> str:
    """53 characters, ends in a1b2."""
    return "AQ." + "Fake" * 11 + "Ke" + "a1b2"


def old_key() -> str:
    return "AI" + "za" + "Made" * 7 + "Up-" + "c3d4"


def account_file(**changes: object) -> str:
    pem = "-----BEGIN PRIVATE" + " KEY-----\n" + "bWFkZSB1cA\n" * 3 + "-----END PRIVATE" + " KEY-----\n"
    document = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0123abcd" * 5,
        "private_key": pem,
        "client_email": f"gemini@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "1" * 21,
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(document | changes)


def days_ago(days: float) -> str:
    """A time as the list of profiles has it."""
    return (datetime.now(UTC) - timedelta(days=days, minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(name: str = "default", **changes: Any) -> Profile:
    """A kept key that worked three days ago."""
    made = Profile(
        name,
        Kind.API_KEY,
        Service.STUDIO,
        hint="a1b2",
        kept=days_ago(40),
        checked=days_ago(3),
        outcome=Outcome.ACCEPTED,
        cause="works",
        backend=STORE,
    )
    return replace(made, **changes)


def account_row(name: str = "work", **changes: Any) -> Profile:
    return row(
        name,
        **{"kind": Kind.SERVICE_ACCOUNT, "service": Service.VERTEX, "project": PROJECT, "location": "europe-west4",
           "hint": "c3d4", **changes},
    )  # fmt: skip


def old(**changes: Any) -> ReplacedCredential:
    return replace(
        ReplacedCredential(Kind.API_KEY, "c3d4", None, days_ago(200), Service.STUDIO, days_ago(2)), **changes
    )


def asked(old_one: str, deaths: int = 0, wait: float = 58, new_one: str = "works") -> Asked:
    return Asked(CAUSES[old_one], CAUSES[new_one], deaths, wait)


def proof(dead: bool, old_one: str = "key-not-valid") -> Proof:
    return Proof(dead, CAUSES[old_one], CAUSES["works"], 1)


def finding(step: Step, cause: str | None = "works", ms: int = 84, **facts: str) -> Finding:
    return Finding(step, CAUSES[cause] if cause else None, ms, MappingProxyType(facts))


_TIMES = {
    Step.SHAPE: 1,
    Step.FILE: 2,
    Step.REACH: 84,
    Step.ACCEPTS: 212,
    Step.SIGN_IN: 187,
    Step.GENERATE: 1312,
    Step.OPENAI: 240,
}
_STOPS = {"dns-failed": Step.REACH, "tls-intercepted": Step.REACH, "connection-timeout": Step.REACH}


def report(
    cause: str = "works",
    *,
    vertex: bool = False,
    kept: bool | None = None,
    fault: Fault | None = None,
    openai: str = "works",
    unchanged: bool = False,
    at: Step | None = None,
    trap: bool = False,
    facts: Mapping[str, str] = MappingProxyType({}),
    reason: str = "",
    before: ReplacedCredential | None = None,
    old_dead: bool = False,
) -> Report:
    """A whole result, with the findings that lead to it."""
    found = CAUSES[cause]
    facts = {**facts, "trap": "yes"} if trap else dict(facts)
    steps = VERTEX_STEPS if vertex else STUDIO_STEPS
    accepted = found.outcome.value == "accepted"
    stops = at or _STOPS.get(cause, Step.GENERATE if accepted else Step.SIGN_IN if vertex else Step.ACCEPTS)
    findings = []
    for step in steps:
        if step is Step.KEEP:
            break
        if step is Step.OPENAI and (accepted or stops is Step.GENERATE):
            findings.append(finding(step, openai, _TIMES[step], **facts))
            continue
        ends = cause != "works" and step is stops
        findings.append(finding(step, cause if ends else "works", _TIMES[step], **(facts if ends else {})))
        if ends and not accepted:
            break
    kept = (accepted and fault is None) if kept is None else kept
    if kept or fault is not None:
        stored = MappingProxyType({"store": STORE, **({"reason": reason} if reason else {})})
        findings.append(Finding(Step.KEEP, None, 9, stored, fault=fault))
    return Report(
        profile="default",
        cause=found,
        usable=cause == "works",
        works_with=MappingProxyType(
            {"native": accepted or None, "openai": openai == "works" if accepted else None}
        ),
        findings=tuple(findings),
        facts=MappingProxyType(facts),
        kept=kept,
        unchanged=unchanged,
        fault=fault,
        store=STORE if kept or fault else "",
        model="gemini-3.5-flash-lite" if cause == "works" else None,
        sentence="Hello! I’m ready when you are." if cause == "works" else "",
        old=before,
        old_dead=old_dead,
        details=f"Gemini Setup: {cause}\n",
    )


def rechecked(result: Report) -> Report:
    """The same result of a credential that was kept before."""
    findings = tuple(one for one in result.findings if one.step is not Step.KEEP)
    facts = {**result.facts, "worked": days_ago(3)}
    saved = cause_texts.Context.SAVED
    return replace(
        result, findings=findings, kept=True, unchanged=True, store=STORE, context=saved, facts=facts
    )


def events_of(result: Report, *, vertex: bool = False, keeps: bool = True) -> list[Event]:
    """The events that a run with this result sends, in order."""
    steps = VERTEX_STEPS if vertex else STUDIO_STEPS
    events: list[Event] = [Planned(steps if keeps else steps[:-1])]
    for item in result.findings:
        events += [Started(item.step), item]
    return [*events, result]


class MadeUpCore:
    """Answers at once with what it was told to answer."""

    def __init__(self, endpoints: Endpoints | None = None) -> None:
        self.result = report()
        self.hands = MadeUpHands()
        self.git_status = GitStatus.NONE
        self.ignored: list[Path] = []
        self.trashed: list[Path] = []
        self.added: list[Access] = []
        self.kept: list[Access] = []
        self.pause = 0.0
        self.asks = False  # whether the system asks for the keyring's password
        self.error: Exception | None = None
        self.profiles: list[Profile] = []
        self.names: list[str] = []  # the profiles under which it was to be kept
        self.checked: list[str] = []
        self.of_the_old = self.of_the_new = "works"  # what Google says of the two credentials of a profile
        self.out_of_use: list[str] = []  # what plain text would leave in the keyring
        self.refuses = ""  # why another name is not given
        self.whole = True  # whether enough is left of what a removal has begun to erase
        self.lost: tuple[str, ...] = ()  # kept, and not in the list
        self.proving: list[Asked | Proof] = []
        self.done: list[tuple[str, str]] = []  # what was done to which profile
        self.fault: VaultFault | None = None  # what the keyring says to everything
        self.tools: list[Offer] = []  # to hand it over to
        self.left: list[Delivered] = []  # where a removed profile still is
        self.place = Place(READERS)
        self.signed_in: str | None = None  # the project of gcloud's sign-in
        self.command = "gemini-setup"  # as it is called here
        self._endpoints = endpoints or Endpoints()

    def listed(self) -> list[Profile]:
        return list(self.profiles)

    def unlisted(self) -> tuple[str, ...]:
        return self.lost

    async def check(self, profile: str) -> AsyncGenerator[Event, None]:
        """The result without its keeping: what is kept stays kept."""
        self.checked.append(profile)
        await asyncio.sleep(self.pause)
        if self.fault is not None:
            raise self.fault
        if profile in self.lost:
            self.profiles.append(row(profile))
        found = next((one for one in self.profiles if one.name == profile), None)
        if found is None:
            raise NoSuchProfile(profile)
        kept = rechecked(self.result)
        for event in events_of(kept, vertex=found.service is Service.VERTEX, keeps=False):
            await asyncio.sleep(self.pause)
            if isinstance(event, Report):
                self._change(profile, outcome=event.outcome, cause=event.cause.id, checked=days_ago(0))
            yield event

    async def prove(self, profile: str) -> AsyncGenerator[Asked | Proof, None]:
        self.done.append(("prove", profile))
        if self.fault is not None:
            raise self.fault
        for event in self.proving:
            await asyncio.sleep(self.pause)
            yield event

    async def ask_both(self, profile: str, *, comes_back: bool = False) -> Both | None:
        if self.fault is not None:
            raise self.fault
        await asyncio.sleep(self.pause)
        access = Access(ApiKey(Secret(old_key())), Service.STUDIO)
        return Both(
            StoredCredential(access, 2, days_ago(9)), CAUSES[self.of_the_old], CAUSES[self.of_the_new]
        )

    def rollback(self, profile: str, said: Cause | None = None) -> StoredCredential:
        self._do("rollback", profile)
        access = Access(ApiKey(Secret(old_key())), Service.STUDIO)
        return StoredCredential(access, 3, days_ago(0))

    def forget_previous(self, profile: str) -> bool:
        self._do("forget", profile)
        self._change(profile, old=None)
        return True

    def key(self, profile: str) -> str:
        return key()

    def rename(self, profile: str, new: str, apart: str = "") -> str:
        self._do("rename", f"{profile} {new} {apart}".strip())
        if not self.refuses:
            if apart:
                self._change(new, name=apart)
            self._change(profile, name=new)
        return self.refuses

    def begin_removal(self, profile: str) -> list[Delivered]:
        self._do("begin removal", profile)
        self._change(profile, removing=True)
        return self.left

    def remove(self, profile: str, *, begun: bool = False) -> list[Delivered]:
        self._do("remove", profile)
        self.profiles = [one for one in self.profiles if one.name != profile]
        return self.left

    def take_back_removal(self, profile: str) -> bool:
        self._do("keep after all", profile)
        self._change(profile, removing=False)
        return self.whole

    def offers(self, profile: str) -> list[Offer]:
        return list(self.tools)

    def offer(self, tool: str, profile: str, file: Path | None) -> Offer | None:
        return next((one for one in self.tools if (one.tool, one.file) == (tool, file)), None)

    async def hand_over(self, tool: str, profile: str, file: Path | None) -> Delivered:
        self._do("hand over", tool)
        raise NotImplementedError

    def take_back(self, tool: str, place: Path | None) -> list[Undone]:
        self._do("take back", tool)
        return []

    def where(self) -> Place:
        return self.place

    def plain_text(self) -> bool:
        return bool(self.place.file)

    def plain_file(self) -> str:
        return "/home/somebody/.local/share/gemini-setup/private"

    def in_keyring(self) -> list[str]:
        return self.out_of_use

    def keep_in_a_file(self) -> None:
        self._do("plain", "")
        self.place = Place(READERS, self.plain_file())
        self.result = replace(self.result, fault=None)

    def move_to_keyring(self) -> tuple[Moved, str]:
        self._do("move", "")
        self.place = Place(READERS)
        return Moved(tuple(one.name for one in self.profiles), {}), STORE

    def _do(self, what: str, profile: str) -> None:
        self.done.append((what, profile))
        if self.fault is not None:
            raise self.fault

    def _change(self, profile: str, **changes: Any) -> None:
        self.profiles = [replace(one, **changes) if one.name == profile else one for one in self.profiles]

    def endpoints(self) -> Endpoints:
        return self._endpoints

    async def add(
        self, access: Access, profile: str, made: float | None = None
    ) -> AsyncGenerator[Event, None]:
        self.added.append(access)
        self.names.append(profile)
        for event in events_of(self.result, vertex=access.service is Service.VERTEX):
            await asyncio.sleep(self.pause)
            if self.error is not None:
                raise self.error
            yield event

    async def keep(self, access: Access, report: Report) -> AsyncGenerator[Event, None]:
        self.kept.append(access)
        yield Started(Step.KEEP)
        await asyncio.sleep(self.pause)
        end = Finding(Step.KEEP, None, 9, MappingProxyType({"store": STORE}))
        yield end
        yield _kept(report, end)

    def doctor(self) -> Examination:
        return examination(list(self.profiles))

    def sign_in(self) -> str | None:
        return self.signed_in

    def explain(self, text: str, *, on_the_way: bool = False) -> Explanation:
        return explanation.explain(text, Surface.TRANSPORT if on_the_way else None)

    def diagnosis(self, report: Report) -> cause_texts.CauseWords:
        return check_and_keep.diagnosis(report)

    def trap_page(self, report: Report | None) -> cause_texts.TrapWords:
        return check_and_keep.trap_page(report)

    def admin_message(self, report: Report) -> str:
        return check_and_keep.admin_message(report)

    def uses(self, access: Access, report: Report) -> list[Use]:
        """The real ones, as on a computer where the command is called so."""
        here = ways.command()
        openai = report.works_with.get("openai") is not False
        found = ways.uses(access, report.model, openai=openai)

        def named(text: str) -> str:
            return text.replace(here[0], self.command)

        return [replace(use, text=named(use.text), run=named(use.run)) for use in found]

    def uses_of(self, row: Profile) -> list[Use]:
        found = recognise(key() if row.kind is Kind.API_KEY else account_file()).credential
        assert found is not None
        assert row.service is not None
        access = Access(found, row.service, row.project, row.location)
        return self.uses(access, report("works", vertex=row.kind is not Kind.API_KEY))

    def git(self, path: Path) -> GitStatus:
        return self.git_status

    def ignore(self, path: Path) -> None:
        self.ignored.append(path)

    def trash(self, path: Path) -> None:
        self.trashed.append(path)

    def store_name(self) -> str:
        return STORE

    def asking(self) -> bool:
        return self.asks

    def warm_up(self) -> None:
        return None


def _kept(result: Report, end: Finding) -> Report:
    findings = (*(f for f in result.findings if f.step is not Step.KEEP), end)
    return replace(result, findings=findings, kept=True, fault=None, store=STORE)


class StillWork(QObject):
    """In place of the worker: no thread, runs stand still, questions are answered on the spot."""

    happened = Signal(int, object)
    finished = Signal(int)
    failed = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.run = 0
        self.running = False
        self.stands = False  # questions, too, get no answer

    def current(self, run: int) -> bool:
        return run == self.run and self.running

    def start(self, events: Callable[[], AsyncGenerator[Any, None]]) -> int:
        self.run += 1
        self.running = True
        return self.run

    def ask(
        self,
        question: Callable[[], Awaitable[Any]],
        answer: Callable[[Any], None],
        fault: Callable[[BaseException], None] | None = None,
    ) -> int:
        if self.stands:
            return 1

        async def awaited() -> Any:
            return await question()

        try:
            value = asyncio.run(awaited())
        except Exception as error:
            if fault is None:
                raise
            fault(error)
        else:
            answer(value)
        return 0

    def forget(self, number: int) -> None:
        return None

    def cancel(self) -> None:
        self.running = False

    def shutdown(self) -> None:
        return None

    def tell(self, events: list[Event]) -> None:
        """Have the run that stands still say something."""
        for event in events:
            self.happened.emit(self.run, event)


FACTS: Mapping[str, str] = MappingProxyType(
    {"project": "123456789", "service": "generativelanguage.googleapis.com", "hint": "a1b2"}
)


def examination(profiles: list[Profile]) -> Examination:
    """A computer with a stale variable, a key in a project's file, a tool that uses the saved one, and one that has none."""
    stale, mine = old_key(), "x" * 30 + "a1b2"
    home = Path("/home/somebody")
    files = {home / "work" / ".env": f"GEMINI_API_KEY={mine}\n"}
    with tempfile.TemporaryDirectory() as place:
        for file, text in files.items():
            there = Path(place) / file.relative_to("/")
            there.parent.mkdir(parents=True)
            there.write_text(text, encoding="utf-8")
        folder = Path(place) / "home/somebody/work"
        for package in ("google_genai", "langchain_google_genai", "litellm"):  # what is installed is listed
            (folder / ".venv/lib/python3.12/site-packages" / f"{package}-1.0.dist-info").mkdir(parents=True)
        for name in ("gemini", "llm"):
            program = folder.parent / ".local/bin" / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\n", encoding="utf-8")
            program.chmod(0o755)
        environ = {"GOOGLE_API_KEY": stale, "GEMINI_API_KEY": mine}
        computer = Computer(environ, folder.parent, folder, Path(place), "linux")
        kept = profiles or [Profile("default", Kind.API_KEY, Service.STUDIO, "a1b2")]
        return examine(computer, kept, way=Way("works", 0), keyring=Keyring(STORE, ""))
