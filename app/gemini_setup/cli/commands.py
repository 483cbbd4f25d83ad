"""The commands that argparse reads: each is run by its module; `check` and `list` stand here."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Sequence

from gemini_setup.actions import check_and_keep
from gemini_setup.cli import output as say
from gemini_setup.cli import result
from gemini_setup.cli.arguments import UsageError, fail
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_THERE, USAGE
from gemini_setup.cli.terminal import Screen, table, waiting
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, Profile, Service
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Outcome
from gemini_setup.security.process import harden
from gemini_setup.security.redaction import plain


def run(options: argparse.Namespace) -> int:
    """`options` are the parser's; the exit code."""
    harden()
    try:
        return _run(check_and_keep.AppContext(), options)
    except (UsageError, say.NobodyAsked, urls.NotAnAddress) as error:
        fail(error)
        return USAGE


def _run(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    if options.command in ("add", "check", "rotate", "made"):
        from gemini_setup.actions import possessions

        if possessions.is_any_due(desk):
            from gemini_setup.cli import google_work

            google_work.tidy(desk)
    match options.command:
        case "add" if options.create:
            from gemini_setup.cli import google_work

            return google_work.create(desk, options)
        case "add":
            from gemini_setup.cli import add

            return add.run(desk, options)
        case "rotate":
            from gemini_setup.cli import google_work

            return google_work.rotate(desk, options)
        case "made":
            from gemini_setup.cli import google_work

            return google_work.made(options)
        case "check":
            return _check(desk, options)
        case "list":
            return _list(as_json=options.json)
        case "explain":
            from gemini_setup.cli import explain

            return explain.run(options)
        case "connect" | "disconnect":
            from gemini_setup.cli import connect

            return connect.run(options)
        case "agent":
            from gemini_setup.cli import agent

            return agent.run(options)
        case "allow":
            from gemini_setup.cli import folder

            return folder.run(options)
        case "doctor":
            from gemini_setup.cli import doctor

            return doctor.run(options)
        case "completion":
            from gemini_setup.cli import completion

            return completion.run(options.shell)
        case _:
            from gemini_setup.cli import rotation

            return rotation.run(desk, options)


def _check(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    from gemini_setup.vault.faults import NoSuchProfile, VaultFault

    if options.fix and not options.plan:
        say.must_be_asked(yes=options.yes)
    try:
        with waiting(say.busy("keyring")):
            kept = check_and_keep.read(desk, options.profile_name)
        for name in urls.differing_variables(kept.access.endpoints, desk.environ):
            say.tell(say.cli("variable_ignored", name=name))
        events = check_and_keep.check(desk, options.profile_name, generate=not options.no_generate)
        report, said = result.follow(events, quiet=options.json, context=cause_texts.Context.SAVED)
        _name_removal(
            next((row for row in check_and_keep.listed() if row.name == options.profile_name), None)
        )
    except NoSuchProfile:
        fail(say.cli("unknown_profile"))
        return NOT_THERE
    except VaultFault as error:
        fail(say.told(error))
        if options.json:
            print(json.dumps(result.not_read(options.profile_name, error.fault)))
        return KEYRING
    if not options.fix:
        return result.finish(report, kept.access, as_json=options.json, added=False, said=said)
    return _fixed(desk, options, report, kept.access, said)


def _fixed(
    desk: check_and_keep.AppContext,
    options: argparse.Namespace,
    report: Report,
    access: Access,
    said: Collection[str],
) -> int:
    """What the check found is said; then what repairs it is planned, agreed to, and done."""
    from gemini_setup.cli import google_work

    if not options.json:
        result.finish(report, access, as_json=False, added=False, said=said)
    code = google_work.fix(desk, options, report, access)
    if code is not None:
        return code
    if options.json:
        return result.finish(report, access, as_json=True, added=False, said=said)
    return result.exit_code(report, added=False)


def _list(*, as_json: bool) -> int:
    profiles = check_and_keep.listed()
    if as_json:
        print(json.dumps({"version": 1, "profiles": [profile.as_json() for profile in profiles]}))
        return DONE
    if not profiles:
        _say_nothing_saved()
    elif (screen := Screen(sys.stdout)).is_terminal:
        _show_table(screen, profiles)
    else:
        for profile in profiles:
            print("\t".join(map(plain, _row(profile))))
    sys.stdout.flush()
    for profile in profiles:
        _name_removal(profile)
    return DONE


def _say_nothing_saved() -> None:
    from gemini_setup.vault.factory import unlisted
    from gemini_setup.vault.faults import VaultFault

    try:
        with waiting(say.busy("keyring")):
            lost = unlisted()
    except VaultFault as error:
        say.tell(say.told(error))
        return
    text = cause_texts.text("faults.private", "unlisted", {"names": ", ".join(lost)}) if lost else ""
    say.tell(text or say.cli("empty_list"))


def _row(profile: Profile) -> tuple[str, ...]:
    """For a pipe: the same five columns for ever, with ids and times as the index has them."""
    studio = profile.service is Service.STUDIO
    service = "AI Studio" if studio else f"Vertex AI, {profile.project}, {profile.location}"
    hint = f"…{profile.hint}" if profile.hint else ""
    state = "removing" if profile.removing else profile.cause or ""
    return profile.name, service, hint, state, profile.checked or ""


_COLORS = {
    "works": "green",
    "accepted": "yellow",
    "blocked": "yellow",
    "refused": "red",
    "removing": "yellow",
}


def _show_table(screen: Screen, profiles: Sequence[Profile]) -> None:
    header = [say.listed(key) for key in ("name", "service", "key", "status", "checked")]
    states = [_state(profile) for profile in profiles]
    rows = [
        [*map(plain, _row(profile)[:3]), say.status(state), cause_texts.ago(profile.checked)]
        for profile, state in zip(profiles, states, strict=True)
    ]
    lines = table(screen, header, rows)
    print(screen.paint(lines[0], "bold"))
    for line, state in zip(lines[1:], states, strict=True):
        word = screen.fit(say.status(state))
        before, found, after = line.rpartition(
            word
        )  # the status stands behind every other word that may be the same
        print(before + screen.paint(found, _COLORS.get(state, "dim")) + after)


def _state(profile: Profile) -> str:
    """A key of `[status]`."""
    if profile.removing:
        return "removing"
    if profile.cause == "works":
        return "works"
    return profile.outcome.value if isinstance(profile.outcome, Outcome) else "unknown"


def _name_removal(row: Profile | None) -> None:
    """A removal that did not come to its end is the person's to finish or to take back."""
    if row is not None and row.removing:
        say.tell(say.cli("half_removed", profile=row.name))
