"""What came of a check, said to a person or as JSON: `add` and `check` end here."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Collection, Iterator
from typing import Any

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_KEPT, UNANSWERED
from gemini_setup.cli.terminal import Screen, same_place
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import (
    DEFAULT_PROFILE,
    Access,
    ApiKey,
    GcloudSignIn,
    Service,
    ServiceAccount,
)
from gemini_setup.model.events import Event, Finding, Report, Step
from gemini_setup.model.outcomes import Fault, Outcome


def follow(
    events: AsyncGenerator[Event, None], *, quiet: bool, context: str = cause_texts.Context.ADDING
) -> tuple[Report, Collection[str]]:
    """Run an action to its end, with a row for each step on stderr; the titles of causes that stand in the rows."""
    steps = say.Steps(context=context)

    async def run() -> Report:
        report: Report | None = None
        async for event in events:
            if not quiet:
                steps.show(event)
            if isinstance(event, Report):
                report = event
        assert report is not None, "every action ends with a report"
        return report

    try:
        return asyncio.run(run()), steps.said
    finally:
        steps.end()


def finish(
    report: Report,
    access: Access | None = None,
    *,
    as_json: bool,
    added: bool,
    said: Collection[str] = (),
    previous_told: bool = False,
) -> int:
    """`access` is what was checked, None where nothing was; `said` are the titles that stand on stderr already.

    `previous_told`: the caller says what becomes of the previous credential.
    """
    code = exit_code(report, added=added)
    if as_json:
        print(json.dumps(document(report)))
        return code
    if report.findings:
        say.gap(sys.stdout)
    if report.cause.id == "works":
        _show_success(report)
    else:
        _show_cause(report, access, added=added, said=said)
    sys.stdout.flush()
    rest = list(_rest(report, access, added=added, previous_told=previous_told))
    if rest:
        say.gap(sys.stderr)
    for sentence in rest:
        say.tell(sentence)
    return code


def _rest(
    report: Report, access: Access | None, *, added: bool, previous_told: bool = False
) -> Iterator[str]:
    """What is said on stderr after the answer: what was saved, or why not, and what is to be done next."""
    profile = "" if report.profile == DEFAULT_PROFILE else report.profile
    if report.cause.id != "works" and not added and access is not None and report.outcome is Outcome.REFUSED:
        yield say.cli("replace_with", **_way(access), profile=profile)
    openai = next((one for one in report.findings if one.step is Step.OPENAI), None)
    if openai is not None and not openai.good and openai.cause is not None and report.cause.id == "works":
        title = cause_texts.cause(openai.cause.id, cause_texts.friendly(openai.facts)).title
        yield say.cli("openai_differs", title=title)
    if report.fault is not None:
        yield say.fault_sentence(report.fault, report.store, report.reason)
        nowhere = report.fault in (Fault.MISSING, Fault.LOCKED) and not check_and_keep.listed()
        if added and not report.kept and nowhere:
            yield say.cli("not_saved_next")
    elif added and report.kept:
        signed_in = access is not None and isinstance(access.credential, GcloudSignIn)
        kept = "kept" if report.cause.id == "works" else "kept_blocked"
        kept = "unchanged" if report.unchanged else "kept_sign_in" if signed_in else kept
        yield say.cli(kept, store=report.store, profile=profile)
        if report.old is not None and not previous_told and (report.proven or report.old_dead):
            silent = report.old_cause is None or report.old_cause.outcome is Outcome.UNANSWERED
            line = "old_dead" if report.old_dead else "old_unknown" if silent else "old_alive"
            yield say.cli(line, hint=report.old.hint, profile=report.profile)
        if report.delivered:
            from gemini_setup.cli.connect import followed

            yield from followed(report.delivered)
    elif added:
        yield say.cli("not_kept" if report.outcome is Outcome.REFUSED else "keep_anyway")


def _show_success(report: Report) -> None:
    screen, words = Screen(sys.stdout), check_and_keep.diagnosis(report)
    screen.write(f"{words.title}. {words.what}")
    if report.sentence:
        screen.write(say.cli("replied", sentence=report.sentence))


def _show_cause(report: Report, access: Access | None, *, added: bool, said: Collection[str]) -> None:
    words = check_and_keep.diagnosis(report)
    page = check_and_keep.trap_page(report) if report.trap else None
    ways = explanation.ways_out(page, report.facts) if page is not None else ()
    profile = "" if report.profile == DEFAULT_PROFILE else report.profile
    command = f"gemini-setup check {profile}"
    if added and access is not None:
        command = f"gemini-setup add {_way(access)['way']}" + (f" --profile {profile}" if profile else "")
    text = say.diagnosis(
        Screen(sys.stdout),
        words,
        explanation.links_of(words, report.facts),
        page if ways else None,
        ways,
        again=say.cli("way_again", command=command.rstrip()),
        untitled=words.title in said and same_place(),
    )
    print(text)


def _way(access: Access) -> dict[str, str]:
    """How a credential of the same kind is added for the same project and place: the facts of `replace_with`."""
    if access.service is Service.STUDIO:
        return {"way": "studio"}
    if isinstance(access.credential, ApiKey):
        return {"way": "vertex --api-key"}
    facts = {"way": "vertex FILE" if isinstance(access.credential, ServiceAccount) else "vertex --adc"}
    if access.project and access.project != getattr(access.credential, "project", None):
        facts["project"] = access.project
    if access.location and access.location != "global":
        facts["location"] = access.location
    return facts


def exit_code(report: Report, *, added: bool) -> int:
    if report.fault is not None:
        return KEYRING
    if report.outcome is Outcome.ACCEPTED or (added and report.kept):
        return DONE
    return UNANSWERED if report.outcome is Outcome.UNANSWERED else NOT_KEPT


def document(report: Report) -> dict[str, Any]:
    def step(finding: Finding) -> dict[str, Any]:
        entry: dict[str, Any] = {"step": finding.step.value}
        if finding.step is Step.KEEP:
            entry["fault"] = finding.fault.value if finding.fault else None
        else:
            entry["outcome"] = finding.outcome.value if finding.outcome else None
            entry["cause"] = finding.cause.id if finding.cause else None
        return {**entry, "ms": finding.ms}

    return {
        "version": 1,
        "profile": report.profile,
        "outcome": report.outcome.value,
        "cause": report.cause.id,
        "usable": report.usable,
        "works_with": dict(report.works_with),
        "kept": report.kept,
        "fault": report.fault.value if report.fault else None,
        "steps": [step(finding) for finding in report.findings],
    }


def not_read(profile: str, fault: Fault | None) -> dict[str, Any]:
    """The document of a check that could not begin: nothing was asked, so nothing is known of the credential."""
    return {
        "version": 1, "profile": profile, "outcome": None, "cause": None, "usable": False,
        "works_with": {"native": None, "openai": None}, "kept": None,
        "fault": fault.value if fault else None, "steps": [],
    }  # fmt: skip
