"""The causes and what they mean for a credential; `diagnose` finds the one that an answer tells. No words, no network.

How Google's error model works, and so the order of the phases (resources/causes/order.toml): the structured reason of
`ErrorInfo` first, but where one reason is used for several things its message decides; then status and code together
with the wording that Google uses for them; last the transport. What no cause fits is `unknown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gemini_setup.diagnosis._catalogue import (
    NO_REASON,
    NOT_FROM_GOOGLE,
    OTHER_SERVICE,
    OUTCOMES,
    PROVES_DEAD,
    TOO_NEW,
    TRAP,
)
from gemini_setup.model.outcomes import Cause, Outcome

if TYPE_CHECKING:
    from gemini_setup.diagnosis.answers import Evidence

__all__ = [
    "CAUSES", "NOT_FROM_GOOGLE", "OTHER_SERVICE", "PROVES_DEAD", "TRAP", "UNKNOWN", "WORKS", "YOUNG_FOR",
    "diagnose", "judged", "of_its_age", "opens_trap", "whose",
]  # fmt: skip


CAUSES: Final[Mapping[str, Cause]] = MappingProxyType(
    {name: Cause(name, Outcome(outcome)) for name, outcome in OUTCOMES.items()}
)
WORKS: Final = CAUSES["works"]
UNKNOWN: Final = CAUSES["unknown"]


def diagnose(evidence: Evidence) -> Cause:
    """The one cause that this evidence tells, `unknown` where it tells none."""
    if (
        evidence.surface is not None  # a log's line "200 OK" says nothing of the error under it
        and evidence.status is not None
        and 200 <= evidence.status < 300
        and not evidence.html
        and not evidence.reasons
    ):
        return WORKS
    if evidence.answered:
        return WORKS
    if evidence.empty and evidence.status is None:
        return UNKNOWN
    from gemini_setup.diagnosis import matcher

    if (found := CAUSES[matcher.told(evidence)]) is not UNKNOWN:
        return found
    if evidence.elsewhere and evidence.surface is None:
        return UNKNOWN
    return CAUSES[matcher.begun(evidence)]


def whose(evidence: Evidence) -> str:
    """Of a text without a cause: "shell" where one finds no such program, "foreign" where nothing names Google, or ""."""
    if evidence.says(r"command not found|is not recognized as (?:an internal|the name of)|: not found$"):
        return "shell"
    return "" if evidence.google else "foreign"


def judged(cause: Cause, evidence: Evidence, *, answered: bool) -> Cause:
    """The cause with the outcome that this answer proves (DESIGN §2).

    An overload, a quota or a complaint about the request shows that the credential is accepted only where somebody has
    looked at it: the answer names whom the request is counted to, or an earlier one in the same run was real
    (`answered`). A gateway or an outage in front of Google says the same of any text.
    """
    if cause is WORKS or cause.outcome is not Outcome.ACCEPTED or answered or evidence.consumer:
        return cause
    return replace(cause, outcome=Outcome.UNANSWERED)


#: Seconds until all of Google knows what was made.
YOUNG_FOR: Final = 600.0


def of_its_age(cause: Cause, age: float | None) -> Cause:
    """The same cause, or `credential-too-new` where what was asked about was made `age` seconds ago; None: not known."""
    young = age is not None and age < YOUNG_FOR
    return CAUSES["credential-too-new"] if young and cause.id in TOO_NEW else cause


def opens_trap(
    cause: Cause,
    *,
    api_key: bool,
    native_asked: bool,
    vertex: bool,
    standard_key: bool,
    http_status: int | None,
) -> bool:
    """Whether a diagnosis opens the trap page (DESIGN §2): it is about API keys, so never for a service-account file.

    `standard_key` is the shape as a hint: of an `AIza` key that the native route turns away with 401 or 403 and no more
    specific reason, nobody has recorded the exact answer (google-facts §1.6 row 8).
    """
    if not api_key:
        return False
    if cause.id == "api-keys-not-supported":
        return vertex or native_asked
    if cause.id in TRAP:
        return True
    return standard_key and native_asked and http_status in (401, 403) and cause.id in NO_REASON
