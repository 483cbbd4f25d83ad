"""The commands of `gemini-setup` but `get`: arguments in, actions run, an answer and an exit code out."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import sys
import textwrap
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.cli import output as say
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_KEPT, NOT_THERE, UNANSWERED, USAGE
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google import gcloud, urls
from gemini_setup.google.recognition import (
    MAX_PASTE,
    Recognised,
    What,
    read_file,
    recognise,
    recognise_file,
    text_of,
)
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import (
    DEFAULT_PROFILE,
    Access,
    ApiKey,
    Endpoints,
    GcloudSignIn,
    Profile,
    Service,
    ServiceAccount,
    is_profile_name,
)
from gemini_setup.model.events import Event, Finding, Report, Step
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.security.process import harden
from gemini_setup.security.redaction import plain

MAX_EXPLAIN = 1_000_000  # characters of a pasted error that are read


class _Usage(Exception):
    """A sentence for stderr and exit code 2."""


def run(options: argparse.Namespace) -> int:
    """`options` are the parser's; the exit code."""
    harden()
    desk = check_and_keep.AppContext()
    try:
        match options.command:
            case "add":
                return _add(desk, options)
            case "check":
                return _check(desk, options)
            case "list":
                return _list(as_json=options.json)
            case "explain":
                return _explain(options)
            case "rollback" | "forget-previous" | "remove":
                from gemini_setup.cli import rotation as rotating

                return rotating.run(desk, options)
            case _:
                return USAGE
    except (_Usage, say.NobodyAsked, urls.NotAnAddress) as error:
        print(f"gemini-setup: {error}", file=sys.stderr)
        return USAGE


# ---------------------------------------------------------------- add


def _add(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    if not is_profile_name(options.profile):
        raise _Usage(say.cli("bad_profile"))
    endpoints = desk.endpoints()
    _name_endpoints(endpoints)
    if options.service == "studio":
        found = recognise(_typed_key())
        step, access = Step.SHAPE, _key_access(found, Service.STUDIO, endpoints)
    elif options.api_key:
        if options.file or options.project or options.adc:
            raise _Usage(say.cli("key_or_file"))
        found = recognise(_typed_key())
        step, access = Step.SHAPE, _key_access(found, Service.VERTEX, endpoints)
    elif options.adc:
        if options.file:
            raise _Usage(say.cli("key_or_file"))
        found = Recognised(What.ADC_USER)
        step, access = Step.FILE, _sign_in_access(desk, options, endpoints)
    elif not options.file:
        raise _Usage(say.cli("key_or_file"))
    else:
        found = _chosen_file(options.file)
        step, access = Step.FILE, _vertex_access(found, options, endpoints)
    if access is None:
        report = check_and_keep.turned_away(options.profile, step, found)
        return _finish(report, as_json=options.json, added=True)
    with _plain_text(desk, options) if options.plain_text_file else contextlib.nullcontext(desk) as chosen:
        events = check_and_keep.add(
            chosen, access, options.profile, generate=not options.no_generate, force=options.force
        )
        report = _run(events, quiet=options.json)
    return _finish(report, access, as_json=options.json, added=True)


@contextlib.contextmanager
def _plain_text(
    desk: check_and_keep.AppContext, options: argparse.Namespace
) -> Iterator[check_and_keep.AppContext]:
    """A person's own second choice where there is no keyring: asked for in words.

    The file is made once something is to be saved in it, and stays only with what was saved.
    """
    from gemini_setup.actions import private_file
    from gemini_setup.vault.factory import open_vault, private_file_in_use
    from gemini_setup.vault.vault import Vault

    if private_file_in_use() is not None:
        yield desk
        return
    opened, names = private_file.in_keyring()
    if names:
        raise _Usage(say.cli("plain_text_names", names=", ".join(names)))
    if opened:
        raise _Usage(say.cli("plain_text_keyring"))
    print(cause_texts.text("faults.private", "explain", {}), file=sys.stderr)
    print(say.cli("plain_text_apart"), file=sys.stderr)
    if not say.agreed(say.cli("plain_text_question"), yes=options.yes):
        raise _Usage(say.cli("not_kept"))

    def choose() -> Vault:
        private_file.choose_private_file()
        return open_vault()

    try:
        yield replace(desk, open_vault=choose)
    finally:
        private_file.take_back_choice()


def _name_endpoints(endpoints: Endpoints) -> None:
    hosts = sorted({base for base in (endpoints.gemini, endpoints.vertex, endpoints.token) if base})
    if hosts:
        print(say.cli("endpoint", hosts=", ".join(hosts)), file=sys.stderr)


def _typed_key() -> str:
    if sys.stdin is None:
        raise _Usage(say.cli("nothing"))
    if not sys.stdin.isatty():
        return text_of(sys.stdin.buffer.read(MAX_PASTE * 4))
    import getpass

    try:
        return getpass.getpass(say.cli("ask_key"), stream=sys.stderr)
    except EOFError:
        return ""


def _key_access(found: Recognised, service: Service, endpoints: Endpoints) -> Access | None:
    """None for what stops at the step *shape* with a cause of its own."""
    if found.what is What.API_KEY and found.credential is not None:
        return Access(found.credential, service, endpoints=endpoints)
    if found.what is What.NOTHING:
        raise _Usage(say.cli("nothing"))
    if found.what is What.SERVICE_ACCOUNT:
        raise _Usage(say.cli("use_vertex"))
    if found.what is What.NOT_SENDABLE:
        return None
    if found.what is What.ERROR_MESSAGE:
        raise _Usage(say.cli("use_explain"))
    raise _Usage(say.cli("pasted_elsewhere", what=_what(found)))


def _chosen_file(name: str) -> Recognised:
    if name == "-":
        return recognise_file(sys.stdin.buffer.read(2_000_000) if sys.stdin is not None else b"")
    return read_file(Path(os.path.expanduser(name)))  # leaves ~nobody as it is, where Path's own raises


def _vertex_access(found: Recognised, options: argparse.Namespace, endpoints: Endpoints) -> Access | None:
    if not urls.is_location(options.location):
        raise _Usage(say.cli("bad_location"))
    if isinstance(found.credential, ServiceAccount):
        project = options.project or found.credential.project
        if not project:
            raise _Usage(say.cli("no_project"))
        if not urls.is_project(project):
            raise _Usage(say.cli("bad_project"))
        return Access(found.credential, Service.VERTEX, project, options.location, endpoints)
    if found.cause is None and found.what not in (What.API_KEY, What.PRIVATE_KEY):
        raise _Usage(_what(found))  # a folder, nothing, unreadable: no credential of any kind
    return None


def _sign_in_access(
    desk: check_and_keep.AppContext, options: argparse.Namespace, endpoints: Endpoints
) -> Access:
    """gcloud's sign-in: its project is the one that gcloud counts its requests to, where none is named."""
    if not urls.is_location(options.location):
        raise _Usage(say.cli("bad_location"))
    sign_in = gcloud.find(desk.environ)
    if sign_in is None:
        raise _Usage(say.cli("no_sign_in"))
    project = options.project or sign_in.project
    if not project:
        raise _Usage(say.cli("no_sign_in_project"))
    if not urls.is_project(project):
        raise _Usage(say.cli("bad_project"))
    return Access(GcloudSignIn(), Service.VERTEX, project, options.location, endpoints)


def _what(found: Recognised) -> str:
    return cause_texts.text("window.what", found.what.value, {"name": found.name})


def _run(
    events: AsyncGenerator[Event, None], *, quiet: bool, context: str = cause_texts.Context.ADDING
) -> Report:
    """Run an action to its end, with a live line for each step on stderr."""
    steps = say.Steps(context=context)

    async def follow() -> Report:
        report: Report | None = None
        async for event in events:
            if not quiet:
                steps.show(event)
            if isinstance(event, Report):
                report = event
        assert report is not None, "every action ends with a report"
        return report

    return asyncio.run(follow())


def _finish(report: Report, access: Access | None = None, *, as_json: bool, added: bool) -> int:
    """`access` is what was checked; None where nothing was."""
    code = _exit_code(report, added=added)
    signed_in = access is not None and isinstance(access.credential, GcloudSignIn)
    if as_json:
        print(json.dumps(_document(report)))
        return code
    said = check_and_keep.diagnosis(report)
    if report.cause.id != "works":
        page = check_and_keep.trap_page(report) if report.trap else None
        ways = explanation.ways_out(page, report.facts) if page is not None else ()
        print(say.diagnosis(said, explanation.links_of(said, report.facts), page if ways else None, ways))
        if not added and access is not None and report.outcome is Outcome.REFUSED:
            profile = "" if report.profile == DEFAULT_PROFILE else report.profile
            print(say.cli("replace_with", **_way(access), profile=profile), file=sys.stderr)
    else:
        print(f"{said.title}. {said.what}")
        if report.sentence:
            print("  " + say.cli("sentence", sentence=report.sentence))
    openai = next((f for f in report.findings if f.step is Step.OPENAI), None)
    if openai is not None and not openai.good and openai.cause is not None and report.cause.id == "works":
        title = cause_texts.cause(openai.cause.id, cause_texts.friendly(openai.facts)).title
        print(say.cli("openai_differs", title=title), file=sys.stderr)
    if report.fault is not None:
        print(say.fault_sentence(report.fault, report.store, report.reason), file=sys.stderr)
        if (
            added
            and not report.kept
            and report.fault in (Fault.MISSING, Fault.LOCKED)
            and not check_and_keep.listed()
        ):
            print(say.cli("not_saved_next"), file=sys.stderr)
    elif added and report.kept:
        profile = "" if report.profile == DEFAULT_PROFILE else report.profile
        kept = "unchanged" if report.unchanged else "kept_sign_in" if signed_in else "kept"
        print(say.cli(kept, store=report.store, profile=profile), file=sys.stderr)
        if report.old is not None and (report.proven or report.old_dead):
            silent = report.old_cause is None or report.old_cause.outcome is Outcome.UNANSWERED
            line = "old_dead" if report.old_dead else "old_unknown" if silent else "old_alive"
            print(say.cli(line, hint=report.old.hint, profile=report.profile), file=sys.stderr)
        if report.delivered:
            from gemini_setup.cli.deliver import say_followed

            say_followed(report.delivered)
    elif added:
        hint = f" {say.cli('keep_anyway')}" if report.outcome is not Outcome.REFUSED else ""
        print(f"{say.cli('not_kept')}{hint}", file=sys.stderr)
    return code


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


def _exit_code(report: Report, *, added: bool) -> int:
    if report.fault is not None:
        return KEYRING
    if report.outcome is Outcome.ACCEPTED or (added and report.kept):
        return DONE
    return UNANSWERED if report.outcome is Outcome.UNANSWERED else NOT_KEPT


def _document(report: Report) -> dict[str, Any]:
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


def _not_read(profile: str, fault: Fault) -> dict[str, Any]:
    """The document of a check that could not begin: nothing was asked, so nothing is known of the credential."""
    return {
        "version": 1, "profile": profile, "outcome": None, "cause": None, "usable": False,
        "works_with": {"native": None, "openai": None}, "kept": None, "fault": fault.value, "steps": [],
    }  # fmt: skip


# ---------------------------------------------------------------- check and list


def _check(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    from gemini_setup.vault.faults import NoSuchProfile, VaultFault

    try:
        kept = check_and_keep.read(desk, options.profile_name)
        for name in urls.differing_variables(kept.access.endpoints, desk.environ):
            print(say.cli("variable_ignored", name=name), file=sys.stderr)
        events = check_and_keep.check(desk, options.profile_name, generate=not options.no_generate)
        report = _run(events, quiet=options.json, context=cause_texts.Context.SAVED)
        _name_removal(
            next((row for row in check_and_keep.listed() if row.name == options.profile_name), None)
        )
    except NoSuchProfile:
        print(f"gemini-setup: {say.cli('unknown_profile')}", file=sys.stderr)
        return NOT_THERE
    except VaultFault as error:
        print(f"gemini-setup: {say.told(error)}", file=sys.stderr)
        if options.json:
            print(json.dumps(_not_read(options.profile_name, error.fault)))
        return KEYRING
    return _finish(report, kept.access, as_json=options.json, added=False)


def _list(*, as_json: bool) -> int:
    profiles = check_and_keep.listed()
    if as_json:
        print(json.dumps({"version": 1, "profiles": [profile.as_json() for profile in profiles]}))
        return DONE
    if not profiles:
        from gemini_setup.vault.factory import unlisted
        from gemini_setup.vault.faults import VaultFault

        try:
            lost = unlisted()
        except VaultFault as error:
            print(say.told(error), file=sys.stderr)
            return DONE
        text = cause_texts.text("faults.private", "unlisted", {"names": ", ".join(lost)}) if lost else ""
        print(text or say.cli("empty_list"), file=sys.stderr)
    for profile in profiles:
        service = (
            "AI Studio"
            if profile.service is Service.STUDIO
            else f"Vertex AI, {profile.project}, {profile.location}"
        )
        hint = f"…{profile.hint}" if profile.hint else ""
        state = "removing" if profile.removing else profile.cause or ""
        print("\t".join(map(plain, (profile.name, service, hint, state, profile.checked or ""))))
    for profile in profiles:
        _name_removal(profile)
    return DONE


def _name_removal(row: Profile | None) -> None:
    """A removal that did not come to its end is the person's to finish or to take back."""
    if row is not None and row.removing:
        print(say.cli("half_removed", profile=row.name), file=sys.stderr)


# ---------------------------------------------------------------- explain


def _explain(options: argparse.Namespace) -> int:
    pasted = ""
    if sys.stdin is not None and not (options.trap and sys.stdin.isatty()):
        pasted = text_of(sys.stdin.buffer.read(MAX_EXPLAIN))
    if not pasted.strip():
        if not options.trap:
            raise _Usage(say.cli("nothing_pasted"))
        print(say.trap(check_and_keep.trap_page(None)))
        return DONE
    surface = Surface(options.surface) if options.surface else None
    found = explanation.explain(pasted, surface, options.status)
    if options.json:
        print(
            json.dumps(
                {
                    "version": 1,
                    "cause": found.cause.id,
                    "outcome": found.cause.outcome.value,
                    "title": found.words.title,
                    "why": found.words.why,
                    "fixes": list(found.words.fixes),
                    "links": [{"title": title, "url": url} for title, url in found.links],
                    "facts": {
                        name: int(v) if re.fullmatch("[0-9]{1,9}", v) else v
                        for name, v in found.facts.items()
                    },
                }
            )
        )
    elif options.trap and found.trap:
        print(say.trap(found.page))
    else:
        new_key = found.trap and cause_texts.friendly(found.facts).get("side") != "vertex"
        ways = explanation.ways_out(found.page, found.facts) if new_key else ()
        print(say.diagnosis(found.words, found.links, found.page if ways else None, ways))
        if found.on_the_way is not None:
            print("\n" + say.cli("on_the_way", title=cause_texts.cause(found.on_the_way.id).title))
        if found.admin:
            print(f"\n{say.cli('admin')}:\n\n{textwrap.indent(found.admin, '  ')}")
    return DONE
