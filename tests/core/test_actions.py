"""Adding, keeping anyway, checking again: what comes out of the vault is what went in, and nothing is kept that must not be."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_setup.actions import check_and_keep
from gemini_setup.google import http
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Event, Finding, Planned, Report, Started, Step
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.usage import snippets
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.vault import Vault
from tests.loopback import Fault as Wrong
from tests.loopback import Google

from . import samples


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BACKOFF", 0.01)


def all_of(events: AsyncGenerator[Event, None]) -> list[Event]:
    async def follow() -> list[Event]:
        return [event async for event in events]

    return asyncio.run(follow())


def last(events: list[Event]) -> Report:
    assert isinstance(events[-1], Report)
    assert not any(isinstance(event, Report) for event in events[:-1])
    return events[-1]


def desk_with(vault: Vault) -> check_and_keep.AppContext:
    return check_and_keep.AppContext(open_vault=lambda: vault, environ={})


def studio(google: Google, text: str) -> Access:
    return Access(ApiKey(Secret(text)), Service.STUDIO, endpoints=Endpoints(gemini=google.url))


def test_what_is_accepted_is_kept_as_it_was_checked(google: Google) -> None:
    vault, key = memory_vault(), google.studio_key()
    access = studio(google, key.text)
    events = all_of(check_and_keep.add(desk_with(vault), access, "work"))
    report = last(events)
    assert isinstance(events[0], Planned)
    assert events[0].steps[-1] is Step.KEEP
    assert [type(event) for event in events[-3:]] == [Started, Finding, Report]
    assert (report.kept, report.fault, report.unchanged, report.profile) == (True, None, False, "work")
    assert vault.read("work").access == access
    with pytest.raises(NoSuchProfile):
        vault.read("default")
    again = last(all_of(check_and_keep.add(desk_with(vault), access, "work")))
    assert (again.kept, again.unchanged) == (True, True)


def test_keeping_anyway_asks_nothing_anew_and_a_refused_key_is_never_kept(google: Google) -> None:
    vault = memory_vault()
    desk = desk_with(vault)
    blocked = studio(google, google.studio_key(api_enabled=False).text)
    report = last(all_of(check_and_keep.add(desk, blocked, "default")))
    assert (report.outcome, report.kept) == (Outcome.BLOCKED, False)
    google.forget()
    kept = last(all_of(check_and_keep.keep(desk, blocked, report)))
    assert (kept.kept, kept.cause, kept.trap) == (True, report.cause, True)
    assert google.requests == []
    assert vault.read("default").access == blocked
    refused = studio(google, google.studio_key(expired=True).text)
    for force in (False, True):
        report = last(all_of(check_and_keep.add(desk, refused, "default", force=force)))
        assert not report.kept
    with pytest.raises(ValueError, match="refused"):
        all_of(check_and_keep.keep(desk, refused, report))
    assert vault.read("default").access == blocked


@pytest.mark.parametrize("fault", list(Fault))
def test_a_keyring_s_fault_is_told_and_trying_again_asks_google_nothing(google: Google, fault: Fault) -> None:
    access = studio(google, google.studio_key().text)

    def broken() -> Vault:
        raise VaultFault(fault, "GNOME Keyring", "as the test wants it")

    report = last(
        all_of(
            check_and_keep.add(check_and_keep.AppContext(open_vault=broken, environ={}), access, "default")
        )
    )
    assert (report.kept, report.fault, report.store, report.cause.id) == (
        False,
        fault,
        "GNOME Keyring",
        "works",
    )
    assert report.findings[-1].step is Step.KEEP
    assert not report.findings[-1].good
    google.forget()
    vault = memory_vault()
    again = last(all_of(check_and_keep.keep(desk_with(vault), access, report)))
    assert (again.kept, again.fault) == (True, None)
    assert [f.step for f in again.findings].count(Step.KEEP) == 1
    assert google.requests == []


def test_stopping_an_add_keeps_nothing(google: Google) -> None:
    vault = memory_vault()
    google.fault("generate", Wrong(silence=True))
    access = studio(google, google.studio_key().text)

    async def stopped() -> None:
        events = check_and_keep.add(desk_with(vault), access, "default")
        async for event in events:
            if isinstance(event, Started) and event.step is Step.GENERATE:
                await asyncio.to_thread(google.wait_for, "generate")
                break
        await events.aclose()

    asyncio.run(stopped())
    google.wait_aborted("generate", 1)
    with pytest.raises(NoSuchProfile):
        vault.read("default")


def test_checking_again_reads_the_kept_credential_and_notes_the_result(google: Google) -> None:
    vault, key = memory_vault(), google.studio_key()
    desk = desk_with(vault)
    all_of(check_and_keep.add(desk, studio(google, key.text), "default"))
    key.leaked = True
    report = last(all_of(check_and_keep.check(desk, "default")))
    assert (report.cause.id, report.kept) == ("key-leaked", True)
    assert vault.read("default").access.credential == ApiKey(Secret(key.text))
    with pytest.raises(NoSuchProfile):
        all_of(check_and_keep.check(desk, "nobody"))


def test_a_check_s_outcome_is_not_written_on_what_replaced_it_meanwhile(google: Google) -> None:
    vault, key = memory_vault(), google.studio_key()
    desk = desk_with(vault)
    all_of(check_and_keep.add(desk, studio(google, key.text), "default"))
    key.expired = True

    async def replaced_during_it() -> None:
        other = studio(google, google.studio_key().text)
        async for event in check_and_keep.check(desk, "default"):
            if isinstance(event, Started):
                vault.keep("default", other, outcome=Outcome.ACCEPTED, cause="works")

    asyncio.run(replaced_during_it())
    assert [row.cause for row in vault.profiles()] == ["works"]


def test_the_environment_s_endpoints_are_for_new_credentials() -> None:
    desk = check_and_keep.AppContext(
        open_vault=memory_vault, environ={"GOOGLE_GEMINI_BASE_URL": "https://gateway.example/"}
    )
    assert desk.endpoints() == Endpoints(gemini="https://gateway.example")


# --- ways to use it -------------------------------------------------------------------------------------


def accesses() -> list[Access]:
    import json

    account = recognise(json.dumps(samples.service_account())).credential
    assert isinstance(account, ServiceAccount)
    return [
        Access(ApiKey(Secret(samples.random_key())), Service.STUDIO),
        Access(account, Service.VERTEX, "example.com:some-project", "europe-west1"),
        Access(ApiKey(Secret(samples.random_key())), Service.VERTEX),
    ]


#: What each kind of credential cannot be used by: a file comes into no program by one variable, and the
#: OpenAI-compatible route takes no key on Vertex AI.
NOT_SO = (set[str](), {"terminal", "go", "java", "compose", "github"}, {"openai", "node", "go", "java"})
ALWAYS = {"shell", "google-genai", "curl", "check", "keyring", "docker", "kubernetes"}


def test_every_way_to_use_it_is_whole_and_holds_no_secret() -> None:
    everything = set[str]()
    for access, not_so in zip(accesses(), NOT_SO, strict=True):
        found = snippets.uses(access, "gemini-3.5-flash-lite", "work")
        names = [use.id for use in found]
        everything |= set(names)
        assert len(names) == len(set(names))
        assert names[0] == "shell"
        assert set(names) >= ALWAYS
        assert not set(names) & not_so
        for use in found:
            assert use.title
            if use.id in ("google-genai", "openai"):
                ast.parse(use.text)
                assert "gemini-3.5-flash-lite" in use.text
            assert "work" in use.text + use.run
            credential = access.credential
            secret = credential.secret if isinstance(credential, ApiKey) else getattr(credential, "document")  # noqa: B009
            assert secret.reveal()[:60] not in use.text
            assert "PRIVATE" not in use.text
    assert everything >= {name for names in NOT_SO for name in names}


def test_a_credential_of_a_gateway_is_used_at_the_gateway() -> None:
    for access in accesses():
        own = replace(
            access,
            endpoints=Endpoints(gemini="https://gateway.example/g", vertex="https://gateway.example/v"),
        )
        for use in snippets.uses(own, None):
            if use.id in ("google-genai", "openai"):
                ast.parse(use.text)
                assert (
                    "https://gateway.example/" in use.text or " exec -- " in use.text + use.run
                )  # which hands it over
                assert "-latest" not in use.text, "an alias is not known on every route"
        assert not any("gateway" in use.text for use in snippets.uses(access, None))


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_the_line_for_a_terminal_is_one_that_a_shell_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "a folder's $name"
    odd.mkdir()
    program = odd / "gemini-setup"
    program.write_text("#!/bin/sh\nprintf 'secret-of %s\\n' \"$*\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(snippets, "command", lambda: [str(program)])
    (line,) = [use.text for use in snippets.uses(accesses()[0], None, "work") if use.id == "terminal"]
    done = subprocess.run(
        ["sh", "-c", f'{line}; printf %s "$GEMINI_API_KEY"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == "secret-of get work"
