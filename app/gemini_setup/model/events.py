"""What a check or a keeping tells while it runs. Facts and ids only: the words are in `resources/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from gemini_setup.model.credentials import Kind, ReplacedCredential, Service
from gemini_setup.model.outcomes import Cause, Fault, Outcome

NO_FACTS: Mapping[str, str] = MappingProxyType({})


class Step(StrEnum):
    """The steps of a check, in the order in which they are shown (DESIGN §2)."""

    SHAPE = "shape"
    FILE = "file"
    REACH = "reach"
    ACCEPTS = "accepts"
    SIGN_IN = "sign-in"
    GENERATE = "generate"
    OPENAI = "openai"
    KEEP = "keep"


def steps_of(kind: Kind, service: Service, *, generate: bool = True) -> tuple[Step, ...]:
    """The steps of a check of such a credential, in the order to show them (DESIGN §2); *keep* is the caller's."""
    if kind is Kind.API_KEY and service is Service.VERTEX:
        return (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE)[: 4 if generate else 3]
    if kind is Kind.API_KEY:
        steps = (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.OPENAI)
        return steps if generate else tuple(step for step in steps if step is not Step.GENERATE)
    steps = (Step.FILE, Step.REACH, Step.SIGN_IN, Step.GENERATE, Step.OPENAI)
    return steps if generate else tuple(step for step in steps if step is not Step.OPENAI)


@dataclass(frozen=True, slots=True)
class Planned:
    """First event of every run: the steps that will be taken, in the order to show them."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Started:
    step: Step


@dataclass(frozen=True, slots=True)
class Finding:
    """A step's end. `ms` is its wall time. *keep* has no cause but perhaps a fault."""

    step: Step
    cause: Cause | None
    ms: int
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    detail: str = ""  # the redacted answer, for "Copy details"; never shown as rich text
    fault: Fault | None = None

    @property
    def outcome(self) -> Outcome | None:
        return self.cause.outcome if self.cause else None

    @property
    def good(self) -> bool:
        return self.fault is None and (self.cause is None or self.cause.id == "works")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery to another tool's own store. `places` to be shown; `trouble` is the id of what kept it from following

    the last rotation, or ""; `own_reader`: the tool itself was asked what it reads there; `variant`: the tool whose
    variables a .env file has, or "".
    """

    tool: str
    profile: str
    places: tuple[str, ...]
    at: str
    plain_text: bool
    trouble: str = ""
    own_reader: bool = False
    variant: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "tool": self.tool,
            "profile": self.profile,
            "places": list(self.places),
            "at": self.at,
            "plain_text": self.plain_text,
            "trouble": self.trouble or None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Last event of every run: the one diagnosis, and all findings behind it.

    `works_with` maps "native" and "openai" to True, False or None (not asked). `fault` is the keyring's.
    """

    profile: str
    cause: Cause
    usable: bool
    works_with: Mapping[str, bool | None]
    findings: tuple[Finding, ...]
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    kept: bool = False
    unchanged: bool = False  # the very credential that was already kept: only "last checked" has changed
    fault: Fault | None = None
    reason: str = ""  # of the fault, where there is more to say than the fault itself
    store: str = ""  # the system's own name of the store it is kept in
    model: str | None = None
    sentence: str = ""  # what the model answered, as proof
    old: ReplacedCredential | None = None  # the credential that this one replaced, for rolling back
    delivered: tuple[Delivered, ...] = ()  # the other tools that this credential was handed over to as well
    old_cause: Cause | None = None  # what Google says of that one
    old_dead: bool = False  # and it means that Google no longer accepts it
    details: str = field(default="", repr=False)  # everything for "Copy details", redacted
    context: str = "adding"  # what was asked about (words.Context)

    @property
    def outcome(self) -> Outcome:
        return self.cause.outcome

    @property
    def proven(self) -> bool:
        """Whether the credential has listed models or generated: only then does it take another one's place for good."""
        return any(f.step in (Step.ACCEPTS, Step.GENERATE) and f.good for f in self.findings)

    @property
    def trap(self) -> bool:
        """Whether this diagnosis opens the Cloud Console trap page."""
        return self.facts.get("trap") == "yes"


Event = Planned | Started | Finding | Report
