"""A refusal of Google's management hosts becomes one cause, through the same diagnosis as everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Evidence, Surface
from gemini_setup.google.http import Reply
from gemini_setup.model.credentials import Secret
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.provision.plan import role_for

#: Denials that are about the person's own account here, not about a credential.
_OF_THE_PERSON: Final = frozenset({"role-missing", "permission-denied", "project-not-found"})
_PERMISSION = re.compile(
    r"\b((?:serviceusage|apikeys|iam|resourcemanager|orgpolicy)\.[a-zA-Z]+\.[a-zA-Z]+)\b"
)
_CONSTRAINT = re.compile(r"(?:constraints/)?(iam\.(?:managed\.)?disable[A-Za-z]{5,60})")


class Stopped(Exception):
    """It goes no further. `cause` and `facts` say why, `details` is the redacted answer, `status` that of HTTP."""

    def __init__(
        self,
        cause: Cause | str,
        facts: Mapping[str, str] | None = None,
        details: str = "",
        evidence: Evidence | None = None,
    ) -> None:
        self.cause = causes.CAUSES[cause] if isinstance(cause, str) else cause
        super().__init__(self.cause.id)
        self.facts: Mapping[str, str] = MappingProxyType(dict(facts or {}))
        self.details = details
        self.evidence = evidence or Evidence()
        self.begun = False  # the write itself was accepted: it was asking about it that failed

    @property
    def status(self) -> int | None:
        return self.evidence.status

    @property
    def code(self) -> str:
        return self.evidence.code


class Outdated(Exception):
    """What the plan was made from is no longer so: look again, plan again, ask again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which call was refused: for the facts of the refusal."""

    host: str
    project: str
    permissions: tuple[str, ...] = ()


def of_reply(reply: Reply, asked: Asked, secrets: Iterable[Secret]) -> Stopped:
    evidence = answers.from_response(Surface.MANAGEMENT, reply.status, reply.body, secrets)
    return _stopped(evidence, asked)


def of_operation(error: Mapping[str, Any], asked: Asked, secrets: Iterable[Secret]) -> Stopped:
    """The `error` of an operation that ended: `code` is a number of gRPC's."""
    import json

    code = error.get("code")
    status = _HTTP_OF.get(code if isinstance(code, int) else 2, 500)
    name = _NAME_OF.get(code if isinstance(code, int) else 2, "UNKNOWN")
    body = json.dumps({"error": {**error, "code": status, "status": name}}).encode()
    evidence = answers.from_response(Surface.MANAGEMENT, status, body, secrets)
    return _stopped(evidence, asked)


def of_exception(error: BaseException, secrets: Iterable[Secret]) -> Stopped:
    """The network's own faults: offline, a proxy, TLS."""
    evidence = answers.from_exception(Surface.TRANSPORT, error, secrets)
    return Stopped(causes.diagnose(evidence), evidence.facts, evidence.text, evidence)


_HTTP_OF: Final = {3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 13: 500, 14: 503, 16: 401}
_NAME_OF: Final = {
    3: "INVALID_ARGUMENT", 4: "DEADLINE_EXCEEDED", 5: "NOT_FOUND", 6: "ALREADY_EXISTS", 7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED", 9: "FAILED_PRECONDITION", 10: "ABORTED", 13: "INTERNAL", 14: "UNAVAILABLE",
    16: "UNAUTHENTICATED",
}  # fmt: skip


def _stopped(evidence: Evidence, asked: Asked) -> Stopped:
    cause = causes.diagnose(evidence)
    facts = {**evidence.facts}
    facts.setdefault("project", asked.project)
    if constraint := _CONSTRAINT.search(evidence.text):
        facts["constraint"] = constraint.group(1)
    if cause.id in _OF_THE_PERSON and evidence.status in (403, 404):
        return permission_missing(_missing(evidence, asked), {**facts, "project": asked.project}, evidence)
    if cause.id == "model-overloaded":
        cause = causes.CAUSES["google-error"]  # a 503 of these hosts is about no model
    if cause.outcome is Outcome.ACCEPTED and not cause.id.startswith("quota"):
        cause = causes.UNKNOWN  # "the request is not valid" says nothing here of a credential
    return Stopped(cause, facts, evidence.text, evidence)


def _missing(evidence: Evidence, asked: Asked) -> str:
    found = _PERMISSION.search(evidence.text)
    if found:
        return found.group(1)
    return asked.permissions[0] if asked.permissions else ""


def permission_missing(
    permissions: str | Iterable[str], facts: Mapping[str, str], evidence: Evidence | None = None
) -> Stopped:
    """This account may not: which permissions are missing, and which roles would bring them."""
    names = [permissions] if isinstance(permissions, str) else list(permissions)
    names = [name for name in names if name]
    roles = dict.fromkeys(role for name in names if (role := role_for(name)))
    told = {"permission": ", ".join(names), "role": ", ".join(roles)}
    known = {**facts, **{name: value for name, value in told.items() if value}}
    return Stopped("account-permission-missing", known, evidence.text if evidence else "", evidence)
