"""One run of a check: it times the steps, turns every answer into a finding, and sums them up."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Evidence, Surface
from gemini_setup.diagnosis.causes import NOT_FROM_GOOGLE, UNKNOWN, WORKS
from gemini_setup.google.gcloud import SignIn
from gemini_setup.google.http import Network, Reply
from gemini_setup.google.recognition import looks_standard
from gemini_setup.model.credentials import Access, Kind, Service
from gemini_setup.model.events import Finding, Started, Step
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.security.redaction import plain, redact, secrets_of
from gemini_setup.system.connection import has_way_out

#: A difference to the server's clock that is told; the token endpoint allows about five minutes.
CLOCK_TOLERANCE = 300.0
CLOCK_AGREES = 60.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A check's result: the cause of the first step before *openai* that is not `works`, else `works`."""

    cause: Cause
    facts: Mapping[str, str]
    findings: tuple[Finding, ...]
    usable: bool
    native: bool | None
    openai: bool | None
    model: str | None
    sentence: str


class StepFailed(Exception):
    """A step has found its cause and the steps that depend on it are not run."""


class Run:
    """The state of one check while it runs: an event queue out, findings by step."""

    def __init__(
        self,
        access: Access,
        *,
        generate: bool,
        environ: Mapping[str, str] | None,
        made: float | None = None,
    ) -> None:
        self.access = access
        self.generate = generate
        self.made = made  # when it was made at Google, where that is known
        self.environ = os.environ if environ is None else environ
        self.network = Network(access.endpoints, environ)
        self.sign_in: SignIn | None = None  # gcloud's, where that is the credential
        self.user_project = ""  # to which a person's own sign-in has its requests counted
        self.secrets = list(secrets_of(access.credential))
        self.model: str | None = None
        self.sentence = ""
        self.generated = False
        self._queue: asyncio.Queue[Started | Finding | None] = asyncio.Queue()
        self._began: dict[Step, float] = {}
        self._findings: dict[Step, Finding] = {}
        self._statuses: dict[Step, int] = {}
        self.answered = False  # a question that carried the credential got a real answer
        self._offset: float | None = None  # this computer's clock against the Date header, in seconds

    async def events(
        self, steps: Callable[[Run], Awaitable[None]]
    ) -> AsyncGenerator[Started | Finding, None]:
        """Run `steps` beside the reader; leaving the generator cancels every request that is under way."""

        async def drive() -> None:
            try:
                async with self.network:
                    await steps(self)
            finally:
                self._queue.put_nowait(None)

        task = asyncio.create_task(drive())
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # -------------------------------------------------------- a step's life

    def start(self, step: Step, *, at: float | None = None) -> None:
        self._began[step] = at or time.perf_counter()
        self._queue.put_nowait(Started(step))

    def started(self, step: Step) -> bool:
        return step in self._began

    def ended(self, step: Step) -> bool:
        return step in self._findings

    def finish(
        self,
        step: Step,
        cause: Cause = WORKS,
        evidence: Evidence | None = None,
        *,
        at: float | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> Finding:
        """End a step, now or `at` an earlier `perf_counter` time."""
        cause = causes.of_its_age(cause, None if self.made is None else time.time() - self.made)
        ms = round(((at or time.perf_counter()) - self._began[step]) * 1000)
        known = {**(evidence.facts if evidence else {}), **(facts or {})}
        if cause.outcome is not causes.CAUSES[cause.id].outcome:
            known["unproven"] = "yes"
        if evidence is not None and evidence.status is not None:
            self._statuses[step] = evidence.status
            known.setdefault("status", str(evidence.status))
        detail = evidence.text if evidence is not None and cause is not WORKS else ""
        finding = Finding(step, cause, ms, MappingProxyType(known), detail)
        self._findings[step] = finding
        self._queue.put_nowait(finding)
        return finding

    def fail(
        self,
        step: Step,
        cause: Cause,
        evidence: Evidence | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> StepFailed:
        """End a step with its cause; `raise` what is returned."""
        self.finish(step, cause, evidence, facts=facts)
        return StepFailed()

    async def asked(
        self, surface: Surface, question: Awaitable[Reply], *members: str, beside: bool = False
    ) -> tuple[Reply | None, Evidence, Cause]:
        """Await a request: its reply (None where there was none), the evidence and its cause.

        A 200 counts only with one of the `members` that the call returns. What was asked `beside` another question is
        judged by its own answer alone.
        """
        try:
            reply = await question
        except Exception as error:  # noqa: BLE001 - whatever the network and its libraries raise is evidence
            evidence = answers.from_exception(Surface.TRANSPORT, error, self.secrets)
            cause = causes.diagnose(evidence)
            return None, evidence if beside else await self._with_facts(evidence, cause, error), cause
        document: object = reply.json() if 200 <= reply.status < 300 else None
        if isinstance(document, (dict, list)) and _error_in(document) is None:
            if not members or _has(document, members):
                # Whatever words a model has chosen: to look for causes in a long list of models takes 30 ms, in which
                # the interpreter, and so the window, stands.
                return reply, Evidence(surface, reply.status), WORKS
            return reply, answers.from_response(surface, reply.status, reply.body, self.secrets), UNKNOWN
        evidence = answers.from_response(surface, reply.status, reply.body, self.secrets)
        cause = causes.diagnose(evidence)
        if 200 <= reply.status < 300:
            if not isinstance(document, (dict, list)):
                # A 200 that is no JSON: a portal, a block page. Google's own sign-in page has a cause of its own.
                cause = cause if cause.id == "wrong-address" else causes.CAUSES["not-google"]
            elif (told := _error_in(document)) is not None:  # a gateway that answers 200 to everything
                evidence = answers.from_response(surface, told, reply.body, self.secrets)
                cause = causes.diagnose(evidence)
        elif 300 <= reply.status < 400:
            cause = causes.CAUSES["not-google"]  # Google's API redirects nobody; a login page does
        return reply, evidence, causes.judged(cause, evidence, answered=self.answered and not beside)

    async def _with_facts(self, evidence: Evidence, cause: Cause, error: Exception) -> Evidence:
        """What can be found out here about a way that does not lead to Google."""
        facts = {}
        if cause.id == "tls-intercepted":
            with suppress(AttributeError, RuntimeError):  # an error that belongs to no request
                facts["issuer"] = await self.network.issuer(str(error.request.url))  # type: ignore[attr-defined]
        elif cause.id == "dns-failed" and not self.access.endpoints and not has_way_out():
            facts["offline"] = "yes"
        return replace(evidence, facts={**evidence.facts, **facts}) if any(facts.values()) else evidence

    def reached(self, reply: Reply | None, evidence: Evidence, cause: Cause, following: Step) -> None:
        """End *reach* by the first answer and start the step that asked: anything that Google itself said is an arrival.

        No request of its own: the first question shows all that it would (name, TLS, clock) and costs nothing more. The
        time until the connection stood is *reach*'s, the rest is the following step's.
        """
        if reply is None or cause.id in NOT_FROM_GOOGLE:
            raise self.fail(Step.REACH, cause, evidence)
        offset = self._offset = reply.clock_offset
        off = offset is not None and abs(offset) > CLOCK_TOLERANCE
        facts = {"clock": str(round(offset or 0))} if off else {}
        self.finish(Step.REACH, at=reply.connected, facts=facts)
        self.start(following, at=reply.connected)

    # -------------------------------------------------------- the sum

    def result(self) -> Checked:
        order = list(Step)
        findings = tuple(sorted(self._findings.values(), key=lambda f: order.index(f.step)))
        deciding = next((f for f in findings if f.step is not Step.OPENAI and f.cause is not WORKS), None)
        cause = (deciding.cause if deciding else WORKS) or UNKNOWN
        facts = dict(deciding.facts) if deciding else {}
        access = self.access
        facts.setdefault("hint", access.credential.hint)
        facts.setdefault("side", access.service.value)
        facts["credential"] = access.credential.kind.value
        if access.project:
            facts.setdefault("project", access.project)
        if access.location:
            facts.setdefault("location", access.location)
        if access.credential.kind is Kind.SERVICE_ACCOUNT:
            facts.setdefault("account", getattr(access.credential, "email", ""))
            facts["client_id"] = getattr(access.credential, "client_id", "")
        reach = self._findings.get(Step.REACH)
        if reach and "clock" in reach.facts:
            facts.setdefault("clock", reach.facts["clock"])
        if cause.id == "clock-wrong" and self._offset is not None:
            agrees = abs(self._offset) < CLOCK_AGREES
            facts["asked"] = "clock-agrees" if agrees else "clock-differs"
            if not agrees:
                facts["clock"] = str(round(self._offset))
        vertex = access.service is Service.VERTEX
        status = self._statuses.get(deciding.step) if deciding else None
        if (
            deciding
            and causes.opens_trap(
                cause,
                api_key=access.credential.kind is Kind.API_KEY,
                native_asked=True,  # `openai` never decides, so what did was a native route
                vertex=vertex,
                standard_key=looks_standard(access.credential),
                http_status=status,
            )
            and not facts.get("other")
        ):  # a key that works at the other service is in no trap
            facts["trap"] = "yes"
        entry = self._findings.get(Step.SIGN_IN) or self._findings.get(Step.ACCEPTS)
        generate = self._findings.get(Step.GENERATE)
        return Checked(
            cause=cause,
            facts=MappingProxyType(facts),
            findings=findings,
            usable=self.generated,
            native=_takes(generate or entry),
            openai=_takes(self._findings.get(Step.OPENAI)),
            model=self.model,
            sentence=plain(redact(self.sentence, self.secrets), 160),
        )


def _takes(finding: Finding | None) -> bool | None:
    """Whether a route takes the credential: None where it was not asked or gave no usable answer."""
    if finding is None or finding.outcome in (None, Outcome.UNANSWERED):
        return None
    return finding.outcome is Outcome.ACCEPTED


def _has(document: object, members: tuple[str, ...]) -> bool:
    """Whether an answer has what its call returns. A model may have nothing to say; a list of models never is empty."""
    found = [(name, document.get(name)) for name in members] if isinstance(document, dict) else []
    return any(value or (name == "candidates" and isinstance(value, list)) for name, value in found)


def _error_in(document: object) -> int | None:
    """The status that an error body names (500 where it names none), None for a body that is no error."""
    first = document[0] if isinstance(document, list) and document else document
    error = first.get("error") if isinstance(first, dict) else None
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500
