"""From a report to what the check page says of it: title, outcome, reasons, facts and which buttons. Makes no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts, messages
from gemini_setup.i18n.cause_texts import Action, CauseWords
from gemini_setup.model.credentials import Access, Kind
from gemini_setup.model.events import Finding, Report, Step
from gemini_setup.model.outcomes import Cause, Fault, Outcome

#: The page where a key is created, by its name in google/urls.py.
NEW_KEY_PAGE: Final = "ai-studio-keys"

TONE = {
    Outcome.ACCEPTED: "green",
    Outcome.BLOCKED: "amber",
    Outcome.REFUSED: "red",
    Outcome.UNANSWERED: "grey",
}

#: Accepted causes that do not pass with time: what lifts them, and not going on, is the page's main button.
_LASTING = ("quota-zero", "credits-depleted", "spending-cap")
#: Facts that get a row of their own, in this order.
_FACTS = ("project", "account", "permission", "issuer", "address")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page says. `chip` is the outcome in a word, "" where all is well; `meta` are facts beside it.

    `told`: there is something to read beneath the title, so the steps stand folded. `main`: the first button is the
    page's main one. `again`: it tries the keyring once more. `plain`: a button saves as plain text. `keep_anyway`: the
    footer offers to save what Google has not accepted. `goes_on`: all is well, and the window moves on. `repeats`: what
    is saved may be checked again once something has been changed.
    """

    title: str
    lead: str
    tone: str
    chip: str = ""
    meta: tuple[str, ...] = ()
    told: bool = False
    why: str = ""
    fixes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[Action, ...] = ()
    keep_anyway: bool = False
    again: bool = False
    plain: bool = False
    goes_on: bool = False
    repeats: bool = False
    main: bool = True
    asked: str = ""
    note: str = ""
    command: str = ""


def thing(access: Access | None) -> str:
    kind = access.credential.kind if access else Kind.API_KEY
    return say(
        {Kind.API_KEY: "check.thing_key", Kind.ADC: "check.thing_sign_in"}.get(kind, "check.thing_file")
    )


def tone_of(finding: Finding) -> str:
    """The color of a step's row."""
    if finding.fault is not None:
        return "amber"
    if finding.good or finding.cause is None:
        return "green"
    outcome = finding.cause.outcome
    return "amber" if outcome is Outcome.ACCEPTED else TONE[outcome]


def openai_why(report: Report) -> str:
    """Why the OpenAI-compatible route does not work, where the native one does; "" otherwise."""
    if report.works_with.get("openai") is not False:
        return ""
    finding = next((f for f in report.findings if f.step is Step.OPENAI and f.cause is not None), None)
    if finding is None or finding.cause is None or finding.good:
        return ""
    return cause_texts.cause(finding.cause.id, cause_texts.friendly(finding.facts), report.context).what


def verdict(report: Report, said: CauseWords, what: str, *, again: bool = False) -> Verdict:
    """`said` are the words of the report's cause, `what` the person's word for the credential.

    `again`: what was checked has been saved before, and stays saved whatever came out.
    """
    store = report.store or say("use.store")
    saved = again or report.kept
    meta = _meta(report, say("check.saved_in", store=store) if saved else say("check.not_saved"))
    if report.fault is not None and not again:
        keep = kept_finding(report)
        title, why, fixes = fault_words(
            report.fault, report.store, keep.facts.get("reason", "") if keep else ""
        )
        return Verdict(
            title, say("check.lead_fault", thing=what), "amber", say("check.chip.fault"), meta[1:], told=True, why=why,
            fixes=fixes, again=True, plain=may_be_plain_text(keep),
        )  # fmt: skip
    if report.cause.id == "works":
        return _works(report, what, store, meta, again=again)
    accepted = report.outcome is Outcome.ACCEPTED
    made = Verdict(
        said.title,
        said.what,
        "amber" if accepted else TONE[report.outcome],
        say(f"check.chip.{'limited' if accepted else report.outcome}"),
        meta,
        told=True,
        why=said.why,
        fixes=said.fixes,
        facts=_fact_rows(report.facts),
        actions=said.actions,
        asked=said.asked,
        note=said.note,
        command=said.command,
    )
    lasting = report.cause.id in _LASTING  # for what ends with the day, asking again is in vain
    if again:
        return replace(made, main=not accepted or lasting, repeats=not accepted or lasting)
    if accepted:
        return replace(made, main=not report.kept or lasting, repeats=lasting)
    if report.kept:
        return replace(made, goes_on=True, main=False, repeats=True)
    return replace(made, keep_anyway=report.outcome is not Outcome.REFUSED)


def explained(cause: Cause, said: CauseWords, facts: Mapping[str, str]) -> Verdict:
    """What a pasted error means; nothing was checked."""
    works = cause.id == "works"
    accepted = cause.outcome is Outcome.ACCEPTED
    chip = "unrecognized" if cause.id == "unknown" else cause.outcome  # nobody was asked
    return Verdict(
        said.title,
        said.what,
        "green" if works else "amber" if accepted else TONE[cause.outcome],
        say(f"check.chip.{'accepted' if works else 'limited' if accepted else chip}"),
        told=True,
        why=said.why,
        fixes=said.fixes,
        facts=_fact_rows(facts),
        actions=said.actions,
        note=said.note,
        command=said.command,
    )


def unread(title: str, why: str, fixes: tuple[str, ...]) -> Verdict:
    """The keyring did not give what was to be checked."""
    chip = say("check.chip.unread")
    return Verdict(title, say("check.not_asked"), "amber", chip, told=True, why=why, fixes=fixes, again=True)


def kept_finding(report: Report) -> Finding | None:
    return next((finding for finding in report.findings if finding.step is Step.KEEP), None)


def _meta(report: Report, saved: str) -> tuple[str, ...]:
    hint, kind = report.facts.get("hint", ""), report.facts.get("credential", "")
    return (saved, say("check.key_hint", hint=hint)) if hint and kind == Kind.API_KEY else (saved,)


def _fact_rows(facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((say(f"check.fact.{fact}"), facts[fact]) for fact in _FACTS if facts.get(fact))


def _works(report: Report, what: str, store: str, meta: tuple[str, ...], *, again: bool) -> Verdict:
    facts = {"thing": what, "store": store}
    why = openai_why(report)
    if why:
        chip = say("check.chip.partly")
        title = say("check.title_partly", **facts)
        return Verdict(title, why, "amber", chip, meta, told=True, main=False)
    title = say("check.title_works", **facts)
    if again:
        return Verdict(title, say("check.lead_still_works", **facts), "green")
    if not report.kept:
        return Verdict(title, say("check.lead_works_unsaved"), "green")
    lead = "check.lead_unchanged" if report.unchanged else "check.lead_works"
    return Verdict(title, say(lead, **facts), "green", goes_on=True)


def fault_words(fault: Fault, store: str, reason: str = "") -> tuple[str, str, tuple[str, ...]]:
    """(title, sentence, fixes) of what the keyring did not do; `reason` says more exactly why, where it is known."""
    table, facts = cause_texts.table(f"faults.{fault.value}"), {"store": store or say("use.the_keyring")}
    said = {**table, **table.get(reason, {})}
    return said["title"], cause_texts.fill(said["sentence"], facts), (cause_texts.fill(said["fix"], facts),)


def may_be_plain_text(finding: Finding | None) -> bool:
    """Whether a plain-text file is offered as a second choice: where there is no keyring, or it does not let us in."""
    if finding is None or finding.fault not in (Fault.MISSING, Fault.DENIED):
        return False
    return finding.fault is Fault.MISSING or not finding.facts.get("reason")


def duration(ms: int) -> str:
    if ms < 1000:
        return say("check.milliseconds", value=ms)
    return say("check.seconds", value=messages.number(ms / 1000))


def fetches_a_key(actions: Sequence[Action]) -> bool:
    """Whether an explanation sends the person to AI Studio for a key, and none of its buttons takes the new one."""
    return any(one.page == NEW_KEY_PAGE for one in actions) and not any(one.does == "key" for one in actions)
