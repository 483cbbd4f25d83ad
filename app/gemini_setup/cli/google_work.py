"""`add --create`, `check --fix`, `rotate`, `made`: doing it at Google with gcloud's sign-in (DESIGN §9)."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import sys
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from gemini_setup.actions import check_and_keep, errands, explanation, fulfilment, loose_ends, possessions
from gemini_setup.actions.errands import NotPossible, Wish
from gemini_setup.actions.fulfilment import Ended
from gemini_setup.cli import consent, result
from gemini_setup.cli import output as say
from gemini_setup.cli.arguments import UsageError, fail
from gemini_setup.cli.consent import word
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_KEPT, NOT_THERE, UNANSWERED
from gemini_setup.cli.terminal import Screen, table, waiting
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, Service, is_profile_name
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Outcome
from gemini_setup.provision.plan import DAYS, MOST_DAYS, Flow, Plan, Project, Retire
from gemini_setup.provision.refusals import Stopped
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

_PLANS: Final = 4  # times that a plan is made anew because something changed meanwhile
_TIDY: Final = 30.0  # seconds that finishing what an earlier run left may take
_T = TypeVar("_T")


def create(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    """`add studio|vertex --create`. Raises UsageError, say.NobodyAsked, urls.NotAnAddress."""
    vertex = options.service == "vertex"
    if not is_profile_name(options.profile):
        raise UsageError(say.cli("bad_profile"))
    if vertex and (options.file or options.api_key or options.adc):
        raise UsageError(word("with_create"))
    if vertex and not urls.is_location(options.location):
        raise UsageError(say.cli("bad_location"))
    given = getattr(options, "days", None)
    days = DAYS if given is None else given
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(word("days_range"))
    flow = Flow.CREATE_ACCOUNT if vertex else Flow.CREATE_KEY
    service = Service.VERTEX if vertex else Service.STUDIO
    location = options.location if vertex else urls.DEFAULT_LOCATION
    wish = Wish(flow, options.profile, service, options.project or "", location, days)
    return _ended(_fulfilled(desk, wish, options), options, options.profile)


def rotate(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    """Raises UsageError, say.NobodyAsked, urls.NotAnAddress."""
    name = options.profile_name
    if not is_profile_name(name):
        fail(say.cli("unknown_profile"))
        return NOT_THERE
    row = next((row for row in check_and_keep.listed() if row.name == name), None)
    leaked = row is not None and row.cause == "key-leaked"
    retire = Retire(options.retire) if options.retire else Retire.NOW if leaked else Retire.QUIET
    wish = Wish(Flow.ROTATE, name, project=options.project or "", retire=retire)
    return _ended(_fulfilled(desk, wish, options), options, name)


def fix(
    desk: check_and_keep.AppContext, options: argparse.Namespace, report: Report, access: Access
) -> int | None:
    """After a check: repair what it found. None where there is nothing that could be repaired, which is said."""
    if report.outcome is Outcome.ACCEPTED:
        return None
    wish = errands.for_report(report, access)
    if wish is None:
        say.tell(word("not_fixable"))
        return None
    if options.project:
        wish = replace(wish, project=options.project)
    return _ended(_fulfilled(desk, wish, options), options, report.profile)


def restore(desk: check_and_keep.AppContext, plan: Plan | None, options: argparse.Namespace) -> int:
    """`rollback` of what was deleted at Google. Raises say.NobodyAsked."""
    if plan is None:
        say.tell(cause_texts.text("provision.ends", "nothing"))
        return DONE
    if options.plan:
        consent.show_only(plan, as_json=False)
        return DONE
    if not consent.agreed(plan, yes=options.yes):
        say.tell(word("declined"))
        return NOT_KEPT
    options.json, options.wait = False, None
    ended = _carried_out(desk, plan, options)
    if ended.state == "done":
        say.tell(word("restored"))
        return DONE
    return _ended(ended, options, plan.profile)


def made(options: argparse.Namespace) -> int:
    found = possessions.listed()
    if options.json:
        print(json.dumps({"version": 1, "objects": [one.as_json() for one in found]}))
        return DONE
    if not found:
        say.tell(word("nothing_made"))
        return DONE
    screen = Screen(sys.stdout)
    rows = []
    for one in found:
        thing = one.made
        kind = cause_texts.text("provision.kinds", thing.kind.value)
        state = cause_texts.text("provision.states", one.state)
        date = (thing.retire_after or thing.expires)[:10] if one.state != "deleted" else ""
        rows.append([kind, thing.name, thing.project, thing.profile, state, date])
    if not screen.is_terminal:
        for one, row in zip(found, rows, strict=True):
            ids = [one.made.kind.value, row[1], row[2], row[3], one.state, row[5]]
            print("\t".join(ids))
        return DONE
    header = [word(f"column_{name}") for name in ("kind", "name", "project", "profile", "state", "date")]
    lines = table(screen, header, rows)
    print(screen.paint(lines[0], "bold"))
    print("\n".join(lines[1:]))
    print(f"\n{word('undo_heading')}")
    for one in found:
        if one.command and one.state not in ("deleted",):
            print(f"  {shlex.join(one.command)}")
    return DONE


def tidy(desk: check_and_keep.AppContext) -> None:
    """Finish and retire what earlier runs left. What fails is a line on stderr and changes no exit code."""
    try:
        with waiting(word("tidying")):
            ends = asyncio.run(asyncio.wait_for(loose_ends.finish(desk), _TIDY))
    except (NotPossible, TimeoutError):
        return
    except VaultFault as error:
        say.tell(say.told(error))
        return
    for end in ends:
        title = cause_texts.cause(end.cause.id, {}).title if end.cause is not None else ""
        say.tell(cause_texts.text("provision.loose", end.what, {"name": end.made.name, "title": title}))


# ---------------------------------------------------------------- from a wish to its end


def _fulfilled(desk: check_and_keep.AppContext, wish: Wish, options: argparse.Namespace) -> Ended | int:
    """Plan, show, ask, do; again where something has changed meanwhile. An exit code where it came to no end."""
    if options.wait is not None and options.wait < 0:
        raise UsageError(word("wait_range"))
    if wish.project and not urls.is_project(wish.project):
        raise UsageError(say.cli("bad_project"))
    if not options.plan:
        say.must_be_asked(yes=options.yes)
    ended: Ended | None = None
    try:
        for _ in range(_PLANS):
            if not wish.project and not _knows_project(desk, wish):
                wish = replace(wish, project=_chosen_project(desk))
            plan = _asked(errands.plan(desk, wish))
            if plan is None:
                say.tell(cause_texts.text("provision.ends", "nothing"))
                return DONE
            if options.plan:
                consent.show_only(plan, as_json=options.json)
                return DONE
            if not consent.agreed(plan, yes=options.yes):
                say.tell(word("declined"))
                return NOT_KEPT
            ended = _carried_out(desk, plan, options)
            # What could only be seen once its API was on: now the plan itself.
            more = ended.state == "done" and plan.flow is Flow.ENABLE and wish.flow is not Flow.ENABLE
            if ended.state != "again" and not more:
                return ended
            say.tell(cause_texts.text("provision.ends", "again"))
    except Stopped as stopped:
        code = _cause_told(stopped.cause.id, stopped.facts, stopped.cause.outcome, options, wish.profile)
        if stopped.cause.id == "no-credentials-found" and not errands.offer(desk).gcloud:
            say.tell(word("no_gcloud", url=urls.AI_STUDIO_KEYS))
        return code
    except NotPossible as error:
        fail(error)
        return NOT_KEPT
    except NoSuchProfile:
        fail(say.cli("unknown_profile"))
        return NOT_THERE
    except VaultFault as error:
        fail(say.told(error))
        return KEYRING
    assert ended is not None
    return ended


def _carried_out(desk: check_and_keep.AppContext, plan: Plan, options: argparse.Namespace) -> Ended:
    wait = fulfilment.PATIENCE if options.wait is None else float(options.wait)
    generate = not getattr(options, "no_generate", False)
    saved = options.command == "check"
    events = fulfilment.carry_out(desk, plan, wait=wait, generate=generate, saved=saved)
    return consent.follow(events, quiet=options.json)


def _asked(question: Awaitable[_T]) -> _T:
    async def run() -> _T:
        return await question

    with waiting(word("looking")):
        return asyncio.run(run())


def _knows_project(desk: check_and_keep.AppContext, wish: Wish) -> bool:
    """A rotation of what we made is in the project of that."""
    if wish.flow is not Flow.ROTATE:
        return False
    vault = desk.open_vault()
    access = vault.read(wish.profile).access
    return bool(access.project) or errands.made_of(vault, wish.profile, access) is not None


def _chosen_project(desk: check_and_keep.AppContext) -> str:
    """The person's one project, or the one that they choose. Raises UsageError, Stopped."""
    try:
        found = _asked(errands.projects(desk))
    except Stopped as stopped:
        if stopped.cause.id in ("quota-project-missing", "api-disabled"):  # the list needs a project itself
            raise UsageError(word("name_project")) from None
        raise
    own = [project for project in found if not project.ai_studio]
    if not found:
        raise UsageError(word("no_projects", url=urls.AI_STUDIO_KEYS))
    if len(found) == 1:
        return found[0].id
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            word("name_project", projects=", ".join(project.id for project in (own or found)[:10]))
        )
    say.tell(word("choose"))
    for number, project in enumerate(found, 1):
        say.tell(_project_line(project), f"  {number}. ")
    say.ask(word("choose_answer"))
    answer = sys.stdin.readline().strip()
    if answer.isdigit() and 1 <= int(answer) <= len(found):
        return found[int(answer) - 1].id
    if urls.is_project(answer) and not answer.isdigit():
        return answer
    raise UsageError(say.cli("bad_project"))


def _project_line(project: Project) -> str:
    named = f"{project.name} ({project.id})" if project.name and project.name != project.id else project.id
    return f"{named}, {word('ai_studio')}" if project.ai_studio else named


# ---------------------------------------------------------------- what came of it


def _cause_told(
    cause: str, facts: Mapping[str, str], outcome: Outcome, options: argparse.Namespace, profile: str
) -> int:
    code = UNANSWERED if outcome is Outcome.UNANSWERED else NOT_KEPT
    if options.json:
        print(
            json.dumps(
                {**result.not_read(profile, None), "outcome": outcome.value, "cause": cause, "kept": False}
            )
        )
        return code
    shown = cause_texts.friendly(facts)
    words = cause_texts.cause(cause, shown)
    print(say.diagnosis(Screen(sys.stdout), words, explanation.links_of(words, facts)))
    if letter := cause_texts.admin_message(cause, shown):
        import textwrap

        print(f"\n{say.cli('admin')}:\n\n{textwrap.indent(letter, '  ')}")
    sys.stdout.flush()
    return code


def _ended(ended: Ended | int, options: argparse.Namespace, profile: str) -> int:
    if isinstance(ended, int):
        return ended
    report = ended.report
    if ended.fault is not None:
        fail(say.told(ended.fault))
        code = KEYRING
        if options.json:
            print(json.dumps(result.not_read(profile, ended.fault.fault)))
    elif report is not None and ended.state in ("done", "repaired"):
        retired = ended.plan.old is not None  # what becomes of it is said below
        code = result.finish(
            report, None, as_json=options.json, added=ended.state == "done", previous_told=retired
        )
    elif report is not None and report.fault is not None:
        code = result.finish(report, None, as_json=options.json, added=True)
    elif ended.cause is not None and ended.state != "done":
        outcome = report.outcome if report is not None else ended.cause.outcome
        code = _cause_told(ended.cause.id, ended.facts, outcome, options, profile)
    else:
        code = DONE if ended.state == "done" else UNANSWERED
        if not options.json:
            say.tell(cause_texts.text("provision.ends", ended.state))
    _say_what_is_there(ended, options)
    return code


def _say_what_is_there(ended: Ended, options: argparse.Namespace) -> None:
    plan, done = ended.plan, ended.state in ("done", "repaired")
    if ended.state == "waits" and not options.json:
        say.tell(cause_texts.text("provision.ends", "waits"))
    exists = consent.what_exists(ended)
    if exists and not options.json:
        say.tell(word("exists", what=exists))
        say.tell(word("list"))
    if not done or options.json:
        return
    for thing in ended.made:
        if thing.expires:
            say.tell(word("expires", date=thing.expires[:10]))
    if plan.flow is not Flow.ROTATE:
        return
    if ended.cause is not None and plan.old is not None:
        facts = {"name": plan.old.name, "title": cause_texts.cause(ended.cause.id).title}
        say.tell(cause_texts.text("provision.loose", "refused", facts))
    if plan.old is None:
        say.tell(word("not_ours"))
    elif plan.retire is Retire.QUIET:
        say.tell(word("retiring", profile=plan.profile))
    elif plan.retire is Retire.KEEP:
        say.tell(word("kept_old"))
