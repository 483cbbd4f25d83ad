"""`add`: a key, a service account file, or gcloud's sign-in is read, checked, and saved."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gemini_setup.actions import check_and_keep
from gemini_setup.cli import output as say
from gemini_setup.cli import place, result
from gemini_setup.cli.arguments import UsageError
from gemini_setup.google import gcloud, urls
from gemini_setup.google.recognition import MAX_PASTE, read_file, recognise, recognise_file, text_of
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import (
    Access,
    Endpoints,
    GcloudSignIn,
    Service,
    ServiceAccount,
    is_profile_name,
)
from gemini_setup.model.events import Step
from gemini_setup.model.recognised import Recognised, What


def answered(words: Sequence[str]) -> list[str]:
    """`add` without a service: the words with the one that a person at the terminal answers. Raises UsageError."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(say.cli("which_missing"))
    say.tell(say.cli("which"))
    for number, service in enumerate(("studio", "vertex"), 1):
        say.tell(say.cli(f"which_{service}"), f"  {number}. ")
    while True:
        answer = _line("which_answer").strip()
        if answer in ("", "1"):
            return ["add", "studio", *words[1:]]
        if answer == "2":
            return ["add", "vertex", _line("which_file").strip(), *words[1:]]


def _line(key: str) -> str:
    """A line that is typed. Raises UsageError where the terminal is closed."""
    say.ask(say.cli(key))
    line = sys.stdin.readline()
    if not line:
        raise UsageError(say.cli("which_missing"))
    return line


def run(desk: check_and_keep.AppContext, options: argparse.Namespace) -> int:
    """Raises UsageError, say.NobodyAsked, urls.NotAnAddress."""
    if not is_profile_name(options.profile):
        raise UsageError(say.cli("bad_profile"))
    for option, given in (("--plan", options.plan), ("--wait", options.wait is not None)):
        if given:
            raise UsageError(
                cause_texts.text("provision.cli", "create_only", {"option": option, "other": "--create"})
            )
    endpoints = desk.endpoints()
    _name_endpoints(endpoints)
    typed = sys.stdin is not None and sys.stdin.isatty()
    if typed and not options.plain_text_file:
        place.warn(options.service)  # before anything is pasted
    if options.service == "studio":
        found = recognise(_typed_key())
        step, access = Step.SHAPE, _key_access(found, Service.STUDIO, endpoints)
    elif options.api_key:
        if options.file or options.project or options.adc:
            raise UsageError(say.cli("key_or_file"))
        found = recognise(_typed_key())
        step, access = Step.SHAPE, _key_access(found, Service.VERTEX, endpoints)
    elif options.adc:
        if options.file:
            raise UsageError(say.cli("key_or_file"))
        found = Recognised(What.ADC_USER)
        step, access = Step.FILE, _sign_in_access(desk, options, endpoints)
    elif not options.file:
        raise UsageError(say.cli("key_or_file"))
    else:
        found = _chosen_file(options.file)
        step, access = Step.FILE, _vertex_access(found, options, endpoints)
    if access is None:
        report = check_and_keep.turned_away(options.profile, step, found)
        return result.finish(report, as_json=options.json, added=True)
    if not typed and not options.plain_text_file:
        place.warn(options.service)
    with _plain_text(desk, options) if options.plain_text_file else contextlib.nullcontext(desk) as chosen:
        events = check_and_keep.add(
            chosen, access, options.profile, generate=not options.no_generate, force=options.force
        )
        report, said = result.follow(events, quiet=options.json)
    return result.finish(report, access, as_json=options.json, added=True, said=said)


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
        raise UsageError(say.cli("plain_text_names", names=", ".join(names)))
    if opened:
        raise UsageError(say.cli("plain_text_keyring"))
    say.tell(cause_texts.text("faults.private", "explain", {}))
    say.tell(say.cli("plain_text_apart"))
    if not say.agreed(say.cli("plain_text_question"), yes=options.yes):
        raise UsageError(say.cli("not_kept"))

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
        say.tell(say.cli("endpoint", hosts=", ".join(hosts)))


def _typed_key() -> str:
    if sys.stdin is None:
        raise UsageError(say.cli("nothing"))
    if not sys.stdin.isatty():
        return text_of(sys.stdin.buffer.read(MAX_PASTE * 4))
    import getpass

    try:
        typed = getpass.getpass(f"{say.cli('ask_key')} ", stream=sys.stderr)
    except EOFError:
        return ""
    if hint := recognise(typed).hint:
        say.tell(say.cli("typed", hint=hint, count=str(len(typed.strip()))))
    return typed


def _key_access(found: Recognised, service: Service, endpoints: Endpoints) -> Access | None:
    """None for what stops at the step *shape* with a cause of its own."""
    if found.what is What.API_KEY and found.credential is not None:
        return Access(found.credential, service, endpoints=endpoints)
    if found.what is What.NOTHING:
        raise UsageError(say.cli("nothing"))
    if found.what is What.SERVICE_ACCOUNT:
        raise UsageError(say.cli("use_vertex"))
    if found.what is What.NOT_SENDABLE:
        return None
    if found.what is What.ERROR_MESSAGE:
        raise UsageError(say.cli("use_explain"))
    raise UsageError(say.cli("pasted_elsewhere", what=_what(found)))


def _chosen_file(name: str) -> Recognised:
    if name == "-":
        return recognise_file(sys.stdin.buffer.read(2_000_000) if sys.stdin is not None else b"")
    return read_file(Path(os.path.expanduser(name)))  # leaves ~nobody as it is, where Path's own raises


def _vertex_access(found: Recognised, options: argparse.Namespace, endpoints: Endpoints) -> Access | None:
    if not urls.is_location(options.location):
        raise UsageError(say.cli("bad_location"))
    if isinstance(found.credential, ServiceAccount):
        project = options.project or found.credential.project
        if not project:
            raise UsageError(say.cli("no_project"))
        if not urls.is_project(project):
            raise UsageError(say.cli("bad_project"))
        return Access(found.credential, Service.VERTEX, project, options.location, endpoints)
    if found.cause is None and found.what not in (What.API_KEY, What.PRIVATE_KEY):
        raise UsageError(_what(found))  # a folder, nothing, unreadable: no credential of any kind
    return None


def _sign_in_access(
    desk: check_and_keep.AppContext, options: argparse.Namespace, endpoints: Endpoints
) -> Access:
    """gcloud's sign-in: its project is the one that gcloud counts its requests to, where none is named."""
    if not urls.is_location(options.location):
        raise UsageError(say.cli("bad_location"))
    sign_in = gcloud.look(desk.environ)
    if sign_in is gcloud.Missing.FOREIGN:
        raise UsageError(cause_texts.cause("sign-in-foreign").what)
    if not isinstance(sign_in, gcloud.SignIn):
        raise UsageError(say.cli("no_sign_in"))
    project = options.project or sign_in.project or urls.project_of(sign_in.account)
    if not project:
        raise UsageError(say.cli("no_sign_in_project"))
    if not urls.is_project(project):
        raise UsageError(say.cli("bad_project"))
    return Access(GcloudSignIn(), Service.VERTEX, project, options.location, endpoints)


def _what(found: Recognised) -> str:
    return cause_texts.text("window.what", found.what.value, {"name": found.name})
