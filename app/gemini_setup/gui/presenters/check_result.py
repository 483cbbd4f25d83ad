"""From a report to what the check page says of it: title, colour, card and which buttons. Pure; no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts, messages
from gemini_setup.i18n.cause_texts import Action, CauseWords
from gemini_setup.model.credentials import Access, Kind
from gemini_setup.model.events import Finding, Report, Step
from gemini_setup.model.outcomes import Fault, Outcome

TONE = {
    Outcome.ACCEPTED: "green",
    Outcome.BLOCKED: "amber",
    Outcome.REFUSED: "red",
    Outcome.UNANSWERED: "grey",
}


#: Accepted causes that do not pass with time: what lifts them, and not going on, is the page's main button.
_LASTING = ("quota-zero", "credits-depleted", "spending-cap")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`card` is (title, why, fixes); `main` says whether the card's first button is the page's main one."""

    title: str
    lead: str
    tone: str
    card: tuple[str, str, tuple[str, ...]] | None = None
    actions: tuple[Action, ...] = ()
    keep_anyway: bool = False
    again: bool = False  # the card's button tries the keyring once more
    plain: bool = False  # a second button keeps it as plain text
    goes_on: bool = False  # all is well: the window moves on by itself
    main: bool = True
    asked: str = ""
    note: str = ""


def thing(access: Access | None) -> str:
    kind = access.credential.kind if access else Kind.API_KEY
    return say(
        {Kind.API_KEY: "check.thing_key", Kind.ADC: "check.thing_sign_in"}.get(kind, "check.thing_file")
    )


def tone_of(finding: Finding) -> str:
    """The colour of a step's row."""
    if finding.fault is not None:
        return "amber"
    if finding.good or finding.cause is None:
        return "green"
    outcome = finding.cause.outcome
    return "amber" if outcome is Outcome.ACCEPTED else TONE[outcome]


def openai_why(report: Report) -> str:
    """Why the OpenAI-compatible way does not work, where the native one does; "" otherwise."""
    if report.works_with.get("openai") is not False:
        return ""
    finding = next((f for f in report.findings if f.step is Step.OPENAI and f.cause is not None), None)
    if finding is None or finding.cause is None or finding.good:
        return ""
    return cause_texts.cause(finding.cause.id, cause_texts.friendly(finding.facts), report.context).what


def verdict(report: Report, said: CauseWords, what: str, *, again: bool = False) -> Verdict:
    """`said` are the words of the report's cause, `what` the person's word for the credential.

    `again`: what was checked has been kept before, and stays kept whatever came out.
    """
    store = report.store or say("use.store")
    if again:
        return _still(report, said, what, store)
    works = report.cause.id == "works"
    if report.fault is not None:
        title = "check.title_fault" if works else "check.title_fault_other"
        keep = kept_finding(report)
        card = fault_words(report.fault, report.store, keep.facts.get("reason", "") if keep else "")
        plain = may_be_plain_text(keep)
        return Verdict(
            say(title, thing=what), say("check.lead_fault"), "amber", card, again=True, plain=plain
        )
    if works:
        return _works(report, what, store)
    card = (said.title, f"{said.what} {said.why}", said.fixes)
    facts = {"thing": what, "store": store}
    if report.outcome is Outcome.ACCEPTED:
        lead = "check.lead_limited" if report.kept else "check.lead_limited_unsaved"
        return Verdict(
            say("check.title_limited", **facts),
            say(lead, **facts),
            "amber",
            card,
            said.actions,
            main=not report.kept or report.cause.id in _LASTING,
            asked=said.asked,
            note=said.note,
        )
    if report.kept:
        lead = say("check.lead_kept_anyway", **facts)
        return Verdict(
            say("check.title_kept_anyway"),
            lead,
            TONE[report.outcome],
            card,
            said.actions,
            goes_on=True,
            main=False,
            asked=said.asked,
            note=said.note,
        )
    name = report.outcome.value
    title = "unknown" if report.cause.id == "unknown" else name
    return Verdict(
        say(f"check.title_{title}", **facts),
        say(f"check.lead_{name}", **facts),
        TONE[report.outcome],
        card,
        said.actions,
        keep_anyway=report.outcome is not Outcome.REFUSED,
        asked=said.asked,
        note=said.note,
    )


def kept_finding(report: Report) -> Finding | None:
    return next((finding for finding in report.findings if finding.step is Step.KEEP), None)


def _still(report: Report, said: CauseWords, what: str, store: str) -> Verdict:
    """A kept credential, asked about again."""
    facts = {"thing": what, "store": store}
    why = openai_why(report)
    if report.cause.id == "works":
        lead = say("check.lead_still_works", **facts)
        if not why:
            return Verdict(say("check.title_works", **facts), lead, "green")
        card = (say("check.openai_title"), why, ())
        return Verdict(say("check.title_partly", **facts), lead, "amber", card, main=False)
    accepted = report.outcome is Outcome.ACCEPTED
    title = "limited" if accepted else "unknown" if report.cause.id == "unknown" else report.outcome.value
    return Verdict(
        say(f"check.title_{title}", **facts),
        say("check.lead_still_limited" if accepted else "check.lead_still", **facts),
        "amber" if accepted else TONE[report.outcome],
        (said.title, f"{said.what} {said.why}", said.fixes),
        said.actions,
        main=not accepted,
        asked=said.asked,
        note=said.note,
    )


def _works(report: Report, what: str, store: str) -> Verdict:
    facts = {"thing": what, "store": store}
    why = openai_why(report)
    lead = say("check.lead_unchanged" if report.unchanged else "check.lead_works", **facts)
    if not report.kept:
        lead = say("check.lead_works_unsaved")
    if why:
        card = (say("check.openai_title"), why, ())
        return Verdict(say("check.title_partly", **facts), lead, "amber", card, main=False)
    return Verdict(say("check.title_works", **facts), lead, "green", goes_on=report.kept)


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
