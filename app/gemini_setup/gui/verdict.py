"""From a report to what the check page says of it: title, colour, card and which buttons. Pure; no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_setup import words
from gemini_setup.credentials import Access, Fault, Kind, Outcome
from gemini_setup.events import Finding, Report, Step
from gemini_setup.gui.wording import say
from gemini_setup.words import Action, CauseWords

TONE = {
    Outcome.ACCEPTED: "green",
    Outcome.BLOCKED: "amber",
    Outcome.REFUSED: "red",
    Outcome.UNANSWERED: "grey",
}


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
    return words.cause(finding.cause.id, words.friendly(finding.facts)).what


def verdict(report: Report, said: CauseWords, what: str) -> Verdict:
    """`said` are the words of the report's cause, `what` the person's word for the credential."""
    store = report.store or say("use.store")
    works = report.cause.id == "works"
    if report.fault is not None:
        title = "check.title_fault" if works else "check.title_fault_other"
        card = fault_words(report.fault, report.store)
        return Verdict(say(title, thing=what), say("check.lead_fault"), "amber", card, again=True)
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
            main=not report.kept,
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


def fault_words(fault: Fault, store: str) -> tuple[str, str, tuple[str, ...]]:
    """(title, sentence, fixes) of what the keyring did not do."""
    table, facts = f"faults.{fault.value}", {"store": store or say("use.the_keyring")}
    return (
        words.text(table, "title"),
        words.text(table, "sentence", facts),
        (words.text(table, "fix", facts),),
    )


def duration(ms: int) -> str:
    if ms < 1000:
        return say("check.milliseconds", value=ms)
    return say("check.seconds", value=f"{ms / 1000:.1f}")
