"""A diagnosis fits its context: adding, saved, or a pasted error (DESIGN §2). All causes in all three are walked."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Context
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.vault import Vault
from tests.loopback import Fault, Google, answers

from .test_words import FACTS, is_whole

CONTEXTS: dict[str, Any] = tomllib.loads(
    (cause_texts.resources() / "en" / "contexts.toml").read_text("utf-8")
)
SIDES = ("", "studio", "vertex")
NAMES = {"studio", "vertex", *Context, "service_account", "worked", "unproven", "foreign", "shell"}
PARTS = {"title", "what", "why", "fixes", "actions", "command", "admin"}


def walked(cause: str) -> Iterator[tuple[Context, dict[str, str], cause_texts.CauseWords]]:
    """Everything that a person may read of a cause, with all facts and with none."""
    for context, side, kind, worked, unproven, facts in product(
        Context, SIDES, ("", "service_account"), ("", "3 days ago"), ("", "yes"), ({}, FACTS)
    ):
        if worked and context is not Context.SAVED:
            continue
        known = {
            "side": side,
            "credential": kind,
            "worked": worked,
            "worked_ago": worked,
            "unproven": unproven,
        }
        all_of_it = {**facts, **{name: value for name, value in known.items() if value}}
        yield context, all_of_it, cause_texts.cause(cause, all_of_it, context)


def _texts(said: cause_texts.CauseWords) -> list[str]:
    return [said.title, said.what, said.why, *said.fixes, *(action.label for action in said.actions)]


#: There is no credential here to be pasted, checked or chosen, and no page that it lies on.
NOT_OF_A_PASTED_ERROR = re.compile(
    r"(?i)check again|paste (?:it|the key|another key|the new key)\b(?! into)|(?:paste|choose|correct|edit)\b[^.]{0,60} here\b"
    r"|\bbelow\b|start this program|of this program|this field|file page|what was pasted|press |replace (?:it|this)"
    r"|exactly as it was saved|save (?:it )?anyway"
)
#: It was read from this computer as it was saved: nothing was cut off, mistyped or changed on the way.
NOT_OF_A_SAVED_ONE = re.compile(
    r"(?i)(?<!wasn’t )(?<!text was )(?<!reset or )cut off|mistyped while|paste the key|copy the key|copy it again|it was edited"
    r"|changed by hand|choose another file|paste another|paste it here|choose that file here|nothing has been saved"
    r"|your program calls"
)
NOT_WHILE_ADDING = re.compile(r"(?i)exactly as it was saved|last worked|replace this one|your program calls")


@pytest.mark.parametrize("cause", CAUSES)
def test_a_diagnosis_fits_its_context(cause: str) -> None:
    for context, facts, said in walked(cause):
        for text in _texts(said):
            assert is_whole(text), (facts, text)
            assert not cause_texts.placeholders(text)
        wrong = {
            Context.PASTED: NOT_OF_A_PASTED_ERROR,
            Context.SAVED: NOT_OF_A_SAVED_ONE,
            Context.ADDING: NOT_WHILE_ADDING,
        }[context]
        found = [text for text in _texts(said) if wrong.search(text)]
        assert not found, (context, found)
        assert 1 <= len(said.fixes) <= 4
        assert len(said.actions) <= 3
        assert len(said.title) <= 60
        if context is Context.PASTED:
            assert {action.does for action in said.actions} <= {"open", "trap", "admin", "key"}
        for action in said.actions:
            assert action.does != "open" or action.page in urls.LINK_NAMES


@pytest.mark.parametrize(
    "cause", [name for name, cause in CAUSES.items() if cause.outcome is Outcome.ACCEPTED]
)
def test_what_is_not_proven_is_not_called_fine(cause: str) -> None:
    if cause == "works":
        return
    for _, facts, said in walked(cause):
        fine = re.search(r"(?i)your access works|google accept(?:s|ed) your", f"{said.title} {said.what}")
        assert bool(fine) is not bool(facts.get("unproven")), said


def test_every_table_over_a_cause_is_one_that_is_read() -> None:
    def looked_at(table: dict[str, Any], path: str) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                assert name in NAMES, f"{path}.{name}"
                looked_at(value, f"{path}.{name}")
            else:
                assert name in PARTS, f"{path}.{name}"

    assert set(CONTEXTS) - {"labels"} <= set(CAUSES)
    for cause, table in CONTEXTS.items():
        if cause != "labels":
            assert not PARTS & set(table), "the texts themselves stand in causes.toml"
            looked_at(table, cause)


# --- a saved key ----------------------------------------------------------------------------------------


def _checked(vault: Vault, profile: str = "default") -> Report:
    async def follow() -> Report:
        events = check_and_keep.check(check_and_keep.AppContext(lambda: vault, {}), profile)
        return [event async for event in events if isinstance(event, Report)][-1]

    return asyncio.run(follow())


def _saved(vault: Vault, google: Google, key: str) -> Report:
    async def follow() -> Report:
        access = Access(ApiKey(Secret(key)), Service.STUDIO, endpoints=Endpoints(gemini=google.url))
        events = check_and_keep.add(check_and_keep.AppContext(lambda: vault, {}), access, "default")
        return [event async for event in events if isinstance(event, Report)][-1]

    return asyncio.run(follow())


@pytest.mark.parametrize("standard", [True, False], ids=["key-not-valid", "key-taken-for-token"])
def test_a_saved_key_that_worked_was_deleted_and_not_cut_off(google: Google, standard: bool) -> None:
    vault, key = memory_vault(), google.studio_key(standard=standard)
    assert _saved(vault, google, key.text).kept
    answer = answers.key_not_valid() if standard else answers.taken_for_token(answers.GEMINI, "ListModels")
    key.fault = Fault(answer.status, answer.body, answer.content_type)
    for _ in range(2):  # the second time the list knows of one that failed, and still when it worked
        report = _checked(vault)
        assert report.context == Context.SAVED
        said = check_and_keep.diagnosis(report)
        assert said.title == "This key was deleted at Google"
        assert said.what.startswith("It last worked just now. Google no longer recognizes this key")
        assert (said.actions[0].label, said.actions[0].does) == ("Replace", "edit")
    # The same answer about a key that is being added.
    fresh = google.studio_key(standard=standard, fault=key.fault)
    told = check_and_keep.diagnosis(_saved(memory_vault(), google, fresh.text))
    assert "cut off" in told.why
    assert told.actions[0].does == "edit"


def test_when_it_last_worked_is_said_in_words() -> None:
    at = (datetime.now(UTC) - timedelta(days=3, hours=1)).isoformat()
    known = cause_texts.friendly({"worked": at})
    assert known["worked_ago"] == "3 days ago"
    assert "worked_ago" not in cause_texts.friendly({"worked": "nonsense"})
    assert "worked" not in cause_texts.friendly({"worked": "nonsense"})
    assert cause_texts.cause("key-not-valid", known, Context.SAVED).what.startswith(
        "It last worked 3 days ago."
    )


def test_a_key_that_is_rotated_has_not_worked_before(google: Google) -> None:
    vault, first = memory_vault(), google.studio_key()
    _saved(vault, google, first.text)
    row = vault.profile("default")
    assert row is not None
    assert row.worked
    limited = google.studio_key(quota="exhausted")
    assert _saved(vault, google, limited.text).kept
    row = vault.profile("default")
    assert row is not None
    assert row.worked is None


# --- a pasted error, by its service (issue 12, §3) -------------------------------------------------------

TRAP_401 = answers.keys_not_supported


@pytest.mark.parametrize("service", [answers.VERTEX, answers.GEMINI])
def test_the_trap_of_401_is_told_by_its_service_without_the_other_s_advice(service: str) -> None:
    found = explanation.explain(TRAP_401(service, "Method").body.decode())
    assert found.cause.id == "api-keys-not-supported"
    said = " ".join([found.words.title, found.words.what, found.words.why, *found.words.fixes])
    of_vertex = ("vertexai=True", "GOOGLE_GENAI_USE_VERTEXAI", "service account")
    of_studio = ("AI Studio", "paste it into Gemini Setup", "recognize")
    mine, others = (of_vertex, of_studio) if service == answers.VERTEX else (of_studio, of_vertex)
    assert all(text in said for text in mine), said
    assert not any(text in said for text in others), said
    links = [url for _, url in found.links]
    assert any("aistudio" in url for url in links) is (service == answers.GEMINI)


def test_the_same_in_a_check(google: Google) -> None:
    own = Endpoints(gemini=google.url, vertex=google.url, token=f"{google.url}/token")
    for service, route in ((Service.STUDIO, "models"), (Service.VERTEX, "vertex-count")):
        name = answers.GEMINI if service is Service.STUDIO else answers.VERTEX
        answer = TRAP_401(name, "Method")
        key = google.studio_key(
            vertex=service is Service.VERTEX, fault=Fault(answer.status, answer.body, answer.content_type)
        )
        key.fault_on = (route,)

        async def follow(access: Access) -> Report:
            events = check_and_keep.add(check_and_keep.AppContext(memory_vault, {}), access, "default")
            return [event async for event in events if isinstance(event, Report)][-1]

        report = asyncio.run(follow(Access(ApiKey(Secret(key.text)), service, endpoints=own)))
        said = check_and_keep.diagnosis(report)
        text = " ".join([said.title, *said.fixes, *(action.label for action in said.actions)])
        assert ("Vertex AI doesn’t accept" in text) is (service is Service.VERTEX)
        assert ("vertexai=True" in text) is (service is Service.VERTEX)
        assert ("AI Studio keys page" in text) is (service is Service.STUDIO)
        page = check_and_keep.trap_page(report)
        assert ("Vertex AI" in page.title) is (service is Service.VERTEX)


def test_the_bare_message_says_how_to_tell_them_apart() -> None:
    found = explanation.explain("401 API keys are not supported by this API")
    assert found.cause.id == "api-keys-not-supported"
    assert not found.trap
    assert "aiplatform" in found.words.fixes[0]
    surfaces = {
        s: explanation.explain("401 API keys are not supported by this API", s).words.title for s in Surface
    }
    assert surfaces[Surface.VERTEX_NATIVE] == "Vertex AI doesn’t accept this kind of key"
    assert surfaces[Surface.GEMINI_OPENAI] == "Google doesn’t recognize this key"


def test_the_page_of_a_blocked_key_is_short_and_says_how_to_keep_it() -> None:
    page = cause_texts.trap("api-disabled")
    assert page.keep
    assert len(f"{page.title} {page.sentence}".split()) <= 55
