"""An API key for Vertex AI: told apart by a second question, checked there, kept as what it is."""

from __future__ import annotations

import asyncio
import json

import pytest

from gemini_setup.actions import check_and_keep
from gemini_setup.diagnosis import causes
from gemini_setup.google.recognition import recognise
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service
from gemini_setup.model.events import Report
from gemini_setup.vault.factory import memory_vault
from gemini_setup.wizard.flow import Draft
from tests.cli.program import Program
from tests.loopback import Google


def test_a_key_for_vertex_is_kept_for_vertex(program: Program, google: Google) -> None:
    key = google.studio_key(vertex=True)
    done = program("add", "vertex", "--api-key", "--json", text=key.text)
    document = json.loads(done.out)
    assert (done.code, document["cause"], document["kept"]) == (0, "works", True)
    assert [step["step"] for step in document["steps"]] == ["shape", "reach", "accepts", "generate", "keep"]
    assert document["works_with"] == {"native": True, "openai": None}
    assert all("x-goog-api-key" in seen.headers for seen in google.requests)

    assert program("get").out == key.text + "\n"
    assert program("get", "--field", "base-url").code == 1
    (profile,) = json.loads(program("list", "--json").out)["profiles"]
    assert (profile["kind"], profile["service"]) == ("api_key", "vertex")
    assert json.loads(program("check", "--json").out)["cause"] == "works"
    key.deleted = True
    assert program("check").err.endswith("To replace it: `gemini-setup add vertex --api-key`\n")


@pytest.mark.parametrize(
    "extra", [["some.json", "--api-key"], [], ["--api-key", "--project", "some-project"]]
)
def test_a_file_and_a_key_are_not_mixed(program: Program, extra: list[str]) -> None:
    assert program("add", "vertex", *extra, text="").code == 2


async def _add(google: Google, key: str, endpoints: Endpoints) -> Report:
    access = Access(ApiKey(Secret(key)), Service.STUDIO, endpoints=endpoints)
    async for event in check_and_keep.add(check_and_keep.AppContext(memory_vault), access, "default"):
        if isinstance(event, Report):
            return event
    raise AssertionError("no report")


def _added(google: Google, key: str, *, gateway: bool = False) -> Report:
    vertex = None if gateway else google.url
    return asyncio.run(_add(google, key, Endpoints(gemini=google.url, vertex=vertex)))


def test_a_restricted_key_is_asked_about_at_vertex_and_offered_there(google: Google) -> None:
    key = google.studio_key(vertex=True)
    report = _added(google, key.text)
    assert report.cause is causes.CAUSES["key-restricted-to-other-apis"]
    assert not report.trap
    said = check_and_keep.diagnosis(report)
    assert said.actions[0] == cause_texts.Action("Use it with Vertex AI", "elsewhere")
    assert said.asked == "We also asked Vertex AI about this key, and Vertex AI accepts it."
    assert said.fixes[0].startswith("Use this key with Vertex AI")
    assert len(google.seen("vertex-count")) == 1

    draft = Draft().with_key(recognise(key.text)).with_other_service()
    assert draft.access is not None
    assert draft.access.service is Service.VERTEX
    assert not draft.with_key(recognise(google.unknown_key())).express


def test_a_key_for_maps_is_in_the_trap_after_one_more_question(google: Google) -> None:
    report = _added(google, google.studio_key(standard=True, restricted_to_other_apis=True).text)
    assert report.trap
    assert [action.does for action in check_and_keep.diagnosis(report).actions] == ["open", "open"]
    assert len(google.seen("vertex-count")) == 1


def test_a_gateway_s_key_is_not_shown_to_google(google: Google) -> None:
    _added(google, google.studio_key(vertex=True).text, gateway=True)
    assert google.seen("vertex-count") == []


def test_a_good_key_costs_no_second_question(google: Google) -> None:
    assert _added(google, google.studio_key().text).cause is causes.WORKS
    assert len(google.requests) == 3


def _on_vertex(google: Google, key: str, *, gateway: bool = False) -> Report:
    async def last() -> Report:
        endpoints = Endpoints(gemini=None if gateway else google.url, vertex=google.url)
        access = Access(ApiKey(Secret(key)), Service.VERTEX, endpoints=endpoints)
        async for event in check_and_keep.add(check_and_keep.AppContext(memory_vault), access, "default"):
            if isinstance(event, Report):
                return event
        raise AssertionError("no report")

    return asyncio.run(last())


def test_an_ai_studio_key_on_vertex_is_asked_about_at_ai_studio_and_offered_there(google: Google) -> None:
    report = _on_vertex(google, google.studio_key().text)
    assert report.cause is causes.CAUSES["key-restricted-to-other-apis"]
    assert not report.trap
    said = check_and_keep.diagnosis(report)
    assert said.actions[0] == cause_texts.Action("Use it with AI Studio", "elsewhere")
    assert said.asked == "We also asked AI Studio about this key, and AI Studio accepts it."
    assert len(google.seen("models")) == 1
    assert not Draft().with_other_service().with_other_service().express

    assert _on_vertex(google, google.studio_key().text, gateway=True).facts.get("asked") is None
    assert len(google.seen("models")) == 1


def test_an_older_key_on_vertex_is_bound_to_no_account_and_may_be_one_for_ai_studio(google: Google) -> None:
    report = _on_vertex(google, google.studio_key(standard=True).text)
    assert report.cause is causes.CAUSES["api-keys-not-supported"]
    assert check_and_keep.diagnosis(report).actions[0].does == "elsewhere"


@pytest.mark.parametrize("service", list(Service))
def test_a_key_reaches_no_host_that_is_of_another_house(google: Google, service: Service) -> None:
    """Google's own and a gateway are two houses: a question across would show the key to whom it is not for."""
    from gemini_setup.checks import follow_up as second
    from gemini_setup.checks.runner import Run

    key = ApiKey(Secret(google.studio_key().text))
    for ends in (Endpoints(gemini=google.url), Endpoints(vertex=google.url)):
        run = Run(Access(key, service, endpoints=ends), generate=False, environ={})
        cause = causes.CAUSES["key-restricted-to-other-apis"]
        for ask in (second.works_on_vertex, second.works_on_studio):
            assert asyncio.run(ask(run, key, cause)) == {}
    assert google.requests == []
