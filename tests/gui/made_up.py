"""A made-up core and worker, with credentials put together at run time: everything that a page can be shown with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal

from gemini_setup import actions, words
from gemini_setup import uses as ways
from gemini_setup.actions import Explanation
from gemini_setup.causes import CAUSES
from gemini_setup.credentials import Access, Endpoints, Fault, Service
from gemini_setup.downloads import GitStatus
from gemini_setup.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.uses import Use

STUDIO_STEPS = (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.OPENAI, Step.KEEP)
VERTEX_STEPS = (Step.FILE, Step.REACH, Step.SIGN_IN, Step.GENERATE, Step.OPENAI, Step.KEEP)
STORE = "GNOME Keyring"
PROJECT = "my-project-123"


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
        stored = MappingProxyType({"store": STORE})
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
        details=f"Gemini Setup: {cause}\n",
    )


def events_of(result: Report, *, vertex: bool = False) -> list[Event]:
    """The events that a run with this result sends, in order."""
    events: list[Event] = [Planned(VERTEX_STEPS if vertex else STUDIO_STEPS)]
    for item in result.findings:
        events += [Started(item.step), item]
    return [*events, result]


class MadeUpCore:
    """Answers at once with what it was told to answer."""

    def __init__(self, endpoints: Endpoints | None = None) -> None:
        self.result = report()
        self.git_status = GitStatus.NONE
        self.ignored: list[Path] = []
        self.trashed: list[Path] = []
        self.added: list[Access] = []
        self.kept: list[Access] = []
        self.pause = 0.0
        self.asks = False  # whether the system asks for the keyring's password
        self.error: Exception | None = None
        self._endpoints = endpoints or Endpoints()

    def endpoints(self) -> Endpoints:
        return self._endpoints

    async def add(self, access: Access, profile: str) -> AsyncGenerator[Event, None]:
        self.added.append(access)
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

    def explain(self, text: str) -> Explanation:
        return actions.explain(text)

    def diagnosis(self, report: Report) -> words.CauseWords:
        return actions.diagnosis(report)

    def trap_page(self, report: Report | None) -> words.TrapWords:
        return actions.trap_page(report)

    def admin_message(self, report: Report) -> str:
        return actions.admin_message(report)

    def uses(self, access: Access, report: Report) -> list[Use]:
        """The real ones, as on a computer where the command is on the PATH."""
        here = ways.command()
        openai = report.works_with.get("openai") is not False
        found = ways.uses(access, report.model, openai=openai)
        return [Use(use.id, use.title, use.text.replace(here[0], "gemini-setup")) for use in found]

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
    from dataclasses import replace

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
        async def awaited() -> Any:
            return await question()

        answer(asyncio.run(awaited()))
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
