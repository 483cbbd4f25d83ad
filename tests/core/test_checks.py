"""A check asks Google sparingly, names one cause, stops at once, and opens the trap page exactly where it helps."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gemini_setup.checks.check import Checked, check
from gemini_setup.checks.models import candidates_from, sentence_of
from gemini_setup.diagnosis.causes import TRAP
from gemini_setup.google import http, urls
from gemini_setup.google.recognition import recognise_file
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Finding, Planned, Started, Step, steps_of
from gemini_setup.model.outcomes import Outcome
from tests.loopback import Account, Fault, Google, Key, answers, tell
from tests.waiting import LATE, PATIENCE

from . import samples

GENERATIONS = ("generate", "openai-chat", "vertex-generate", "vertex-openai")
NUMBER_OF = "project"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BACKOFF", 0.01)


def own(google: Google) -> Endpoints:
    return Endpoints(gemini=google.url, vertex=google.url, token=f"{google.url}/token")


def studio(google: Google, key: Key | str) -> Access:
    text = key if isinstance(key, str) else key.text
    return Access(ApiKey(Secret(text)), Service.STUDIO, endpoints=own(google))


def vertex(google: Google, account: Account | str, **changes: Any) -> Access:
    found = recognise_file((account if isinstance(account, str) else account.text).encode()).credential
    assert isinstance(found, ServiceAccount)
    access = Access(found, Service.VERTEX, found.project, "global", own(google))
    return replace(access, **changes)


@dataclass
class Run:
    events: list[Planned | Started | Finding]
    checked: Checked

    @property
    def cause(self) -> str:
        return self.checked.cause.id

    @property
    def by_step(self) -> dict[str, str]:
        return {f.step.value: f.cause.id for f in self.checked.findings if f.cause is not None}

    @property
    def opens_trap(self) -> bool:
        return self.checked.facts.get("trap") == "yes"


def run(access: Access, *, generate: bool = True) -> Run:
    async def all_of_it() -> Run:
        events: list[Planned | Started | Finding] = []
        async for event in check(access, generate=generate):
            if isinstance(event, Checked):
                checked = event
            else:
                events.append(event)
        return Run(events, checked)

    return asyncio.run(all_of_it())


def routes_asked(google: Google) -> Counter[str]:
    return Counter(seen.route for seen in google.requests)


# --- stories --------------------------------------------------------------------------------------------


def test_every_story_of_the_demonstration_comes_to_its_cause(google: Google) -> None:
    for story in tell(google):
        access = studio(google, story.text) if story.kind == "key" else vertex(google, story.text)
        assert run(access).cause == story.cause, story.name


def test_a_good_key_works_everywhere_for_four_requests_and_one_generation(google: Google) -> None:
    for standard in (False, True):
        google.forget()
        done = run(studio(google, google.studio_key(standard=standard)))
        assert done.by_step == dict.fromkeys(("shape", "reach", "accepts", "generate", "openai"), "works")
        assert done.checked.usable
        assert (done.checked.native, done.checked.openai) == (True, True)
        assert done.checked.sentence == google.reply
        assert done.checked.model is not None
        assert "flash-lite" in done.checked.model
        assert len(google.requests) <= 4
        assert sum(routes_asked(google)[name] for name in GENERATIONS) == 1
        assert not done.opens_trap


def test_a_good_file_works_everywhere_for_two_generations(google: Google) -> None:
    done = run(vertex(google, google.service_account()))
    assert done.by_step == dict.fromkeys(("file", "reach", "sign-in", "generate", "openai"), "works")
    assert done.checked.usable
    assert (done.checked.native, done.checked.openai) == (True, True)
    assert sum(routes_asked(google)[name] for name in GENERATIONS) == 2
    assert len(google.requests) <= 4
    assert done.checked.facts["account"].endswith(".gserviceaccount.com")


def test_the_events_come_in_order_and_each_step_begins_and_ends_once(google: Google) -> None:
    for access in (studio(google, google.studio_key()), vertex(google, google.service_account())):
        done = run(access)
        assert done.events[0] == Planned(steps_of(access.credential.kind, access.service))
        started = [event.step for event in done.events if isinstance(event, Started)]
        ended = [event.step for event in done.events if isinstance(event, Finding)]
        assert sorted(started) == sorted(ended) == sorted(steps_of(access.credential.kind, access.service))
        for step in started:
            at = [i for i, e in enumerate(done.events) if not isinstance(e, Planned) and e.step is step]
            assert isinstance(done.events[at[0]], Started)
        assert all(finding.ms >= 0 for finding in done.checked.findings)
        order = list(Step)
        assert [order.index(f.step) for f in done.checked.findings] == sorted(
            order.index(f.step) for f in done.checked.findings
        )


def test_without_generation_nothing_that_counts_is_asked(google: Google) -> None:
    access = studio(google, google.studio_key())
    done = run(access, generate=False)
    assert done.cause == "works"
    assert not done.checked.usable
    assert "generate" not in done.by_step
    assert done.checked.native is True
    access = vertex(google, google.service_account())
    done = run(access, generate=False)
    assert done.cause == "works"
    assert "openai" not in done.by_step
    assert done.checked.openai is None
    assert not done.checked.usable
    assert len(google.seen("vertex-count")) == 1
    assert set(json.loads(google.seen("vertex-count")[0].body)) == {"contents"}
    assert not any(routes_asked(google)[name] for name in GENERATIONS)


# --- what is sent ---------------------------------------------------------------------------------------


def test_no_request_carries_a_key_in_its_address_or_two_credentials(google: Google) -> None:
    key, account = google.studio_key(), google.service_account()
    run(studio(google, key))
    run(vertex(google, account))
    assert google.requests
    for seen in google.requests:
        assert "key" not in seen.query
        assert key.text not in seen.path + json.dumps(seen.query)
        assert not ("x-goog-api-key" in seen.headers and "authorization" in seen.headers)
        carries = "x-goog-api-key" in seen.headers, "authorization" in seen.headers
        assert carries == {
            "models": (True, False),
            "generate": (True, False),
            "openai-models": (False, True),
            "token": (False, False),
        }.get(seen.route, (False, True)), seen.route
    native = google.seen("models")[0]
    assert native.headers["x-goog-api-key"] == key.text
    assert google.seen("openai-models")[0].headers["authorization"] == f"Bearer {key.text}"


def test_the_assertion_is_for_google_even_at_another_token_address(google: Google) -> None:
    from google.auth import jwt

    decode: Any = jwt.decode
    run(vertex(google, google.service_account()))
    form = parse_qs(google.seen("token")[0].body.decode())
    assert set(form) == {"grant_type", "assertion"}
    assert decode(form["assertion"][0], verify=False)["aud"] == "https://oauth2.googleapis.com/token"


def test_the_location_and_project_of_the_profile_are_asked_for(google: Google) -> None:
    account = google.service_account()
    other = google.project()
    account.projects.append(other)
    run(vertex(google, account, project=other.id, location="europe-west1"))
    for route in ("vertex-generate", "vertex-openai"):
        assert f"/projects/{other.id}/locations/europe-west1/" in google.seen(route)[0].path
    assert json.loads(google.seen("vertex-openai")[0].body)["model"].startswith("google/gemini-")


def test_google_s_own_hosts_are_asked_when_nothing_else_is_set(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in google.environ(real_hosts=True).items():
        monkeypatch.setenv(name, value)
    key = studio(google, google.studio_key())
    file = vertex(google, google.service_account())
    assert run(replace(key, endpoints=Endpoints())).cause == "works"
    for location, host in (("global", "aiplatform.googleapis.com"), ("europe-west1", "europe-west1-aiplatform.googleapis.com"),
                           ("eu", "aiplatform.eu.rep.googleapis.com")):  # fmt: skip
        google.forget()
        done = run(replace(file, endpoints=Endpoints(), location=location))
        assert done.cause == "works", (location, done.by_step)
        assert {seen.host for seen in google.requests} == {"oauth2.googleapis.com", host}


def test_a_refused_signature_asks_google_s_public_list_whether_the_key_is_still_on_it(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in google.environ(real_hosts=True).items():
        monkeypatch.setenv(name, value)
    revoked = google.service_account(key_revoked=True, fresh=True)
    changed = google.service_account()
    other = {**changed.info, "private_key": revoked.info["private_key"]}

    for document, fact in ((revoked.info, "unlisted_key"), (other, "listed_key")):
        access = replace(vertex(google, json.dumps(document)), endpoints=Endpoints())
        checked = run(access).checked
        assert checked.cause.id == "service-account-key-revoked"
        assert checked.facts[fact] == str(document["private_key_id"])[-4:]
    assert len(google.seen("certs")) == 2
    assert not any("authorization" in seen.headers for seen in google.seen("certs"))


@pytest.mark.parametrize("uri", ["https://evil.example/token", "http://127.0.0.1:1/token"])
def test_a_hostile_file_is_stopped_before_anything_is_sent(google: Google, uri: str) -> None:
    info = {**google.service_account().info, "token_uri": uri}
    document = Secret(json.dumps(info))
    account = ServiceAccount(document, info["client_email"], info["project_id"], info["private_key_id"])
    done = run(Access(account, Service.VERTEX, info["project_id"], "global", own(google)))
    assert done.by_step == {"file": "file-not-service-account"}
    assert google.requests == []


# --- models ---------------------------------------------------------------------------------------------


def test_a_model_that_is_gone_lets_the_next_be_asked_three_at_most(google: Google) -> None:
    key = google.studio_key()
    order = candidates_from({"models": [model.document for model in google._models.values()]})
    google.model(order[0], "missing")
    done = run(studio(google, key))
    assert (done.cause, done.checked.model) == ("works", order[1])
    # Listed, and gone when asked: as Google does it in the days of a retirement.
    for name in order[1:]:
        google.model(name, "retired")
    google.model(order[0], "retired")
    google.forget()
    done = run(studio(google, key))
    assert done.cause == "model-retired"
    assert len(google.seen("generate")) == 3


def test_only_a_missing_model_lets_another_be_asked(google: Google) -> None:
    for changes, cause in (({"quota": "per-day"}, "quota-per-day"), ({"denied": True}, "project-denied")):
        google.forget()
        assert run(studio(google, google.studio_key(**changes))).cause == cause
        assert len(google.seen("generate")) == 1


def test_an_answer_without_text_is_an_answer(google: Google) -> None:
    google.reply = ""
    for access in (studio(google, google.studio_key()), vertex(google, google.service_account())):
        done = run(access)
        assert (done.cause, done.checked.usable, done.checked.sentence) == ("works", True, "")


def test_a_list_without_a_model_proves_nothing(google: Google) -> None:
    """Google leaves out an empty list; something in front of it may answer so to any text."""
    done = run(studio(google, google.studio_key(models=())))
    assert (done.by_step["accepts"], done.cause) == ("unknown", "unknown")
    assert not done.checked.usable


def test_vertex_has_models_to_ask_where_its_list_cannot_be_had(google: Google) -> None:
    google.fault("vertex-models", Fault.google(403))
    done = run(vertex(google, google.service_account()))
    assert (done.cause, done.checked.model) == ("works", urls.VERTEX_MODELS[0])


def test_the_newest_light_model_is_chosen_and_never_one_for_other_work() -> None:
    def listed(*names: str, methods: tuple[str, ...] | None = ("generateContent",)) -> list[str]:
        entry = {} if methods is None else {"supportedGenerationMethods": list(methods)}
        return candidates_from({"models": [{"name": f"models/{name}", **entry} for name in names]})

    assert (
        listed("gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-3.10-flash-lite-preview")[0]
        == "gemini-3.5-flash-lite"
    )
    assert listed("gemini-3.9-flash", "gemini-3.10-flash", "gemini-2.5-flash") == [
        "gemini-3.10-flash",
        "gemini-3.9-flash",
        "gemini-2.5-flash",
    ]
    assert (
        listed("gemini-3.1-flash-tts-preview", "gemini-3-flash-image", "gemini-3-flash-live", "embedding-001")
        == []
    )
    assert listed("gemini-3.5-flash-lite", methods=("embedContent",)) == []
    assert listed("gemini-9-ultra") == ["gemini-9-ultra"]
    assert listed("gemini-flash-latest", "gemini-9-ultra") == ["gemini-9-ultra", "gemini-flash-latest"]
    assert listed("gemini-3.5-flash", "../../evil", "gemini 4 flash", "gemini-x/../..") == [
        "gemini-3.5-flash"
    ]
    vertex_names = candidates_from(
        {"publisherModels": [{"name": "publishers/google/models/gemini-3.5-flash-lite"}, {"name": 7}, None]}
    )
    assert vertex_names == ["gemini-3.5-flash-lite"]


def test_a_list_of_another_family_still_gives_a_model_to_ask() -> None:
    entry = {"supportedGenerationMethods": ["generateContent"]}
    names = ["models/embedding-2", "models/gemma-4-9b-it", "models/gemini-9-ultra"]
    document = {"models": [{"name": name, **(entry if "embed" not in name else {})} for name in names]}
    assert candidates_from(document) == ["gemini-9-ultra", "gemma-4-9b-it"]


def test_a_model_on_the_second_page_is_found_for_four_requests(google: Google) -> None:
    first = {
        "models": [{"name": "models/embedding-2"}],
        "nextPageToken": base64.urlsafe_b64encode(b"from 0").decode(),
    }
    google.fault("models", Fault(status=200, body=json.dumps(first)), times=1)
    done = run(studio(google, google.studio_key()))
    assert (done.cause, done.checked.usable) == ("works", True)
    assert len(google.requests) == 4


def test_a_200_is_judged_by_its_error_and_never_by_a_model_s_words(google: Google) -> None:
    google.reply = "SERVICE_DISABLED? API_KEY_INVALID? <html>"
    assert run(studio(google, google.studio_key())).cause == "works"
    body = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    google.fault("generate", Fault(status=200, body=json.dumps([body])))
    assert run(studio(google, google.studio_key())).cause == "model-overloaded"


@pytest.mark.parametrize("document", [None, [], {}, {"models": None}, {"models": "x"}, {"models": [None, 1, "x", {}]}, {"models": {"a": 1}}, 7,
                                      {"models": 7}, {"publisherModels": True}, {"models": [{"name": "models/gemini-3-flash", "supportedGenerationMethods": 5}]}])  # fmt: skip
def test_a_strange_list_of_models_breaks_nothing(document: Any) -> None:
    assert set(candidates_from(document)) <= {"gemini-3-flash"}


@pytest.mark.parametrize("document", [None, {}, {"candidates": []}, {"candidates": [{}]}, {"candidates": [{"content": {}}]}, [1],
                                      {"candidates": [{"content": {"parts": [None]}}]}, {"candidates": {"0": 1}}, {"candidates": [{"content": {"parts": 3}}]}])  # fmt: skip
def test_a_strange_generation_has_no_sentence(document: Any) -> None:
    assert sentence_of(document) == ""


def test_a_model_s_sentence_is_plain_and_leaves_its_thoughts_out() -> None:
    parts = [{"text": "thinking", "thought": True}, {"text": "Hello\x1b[31m \u202ethere"}, {"text": "!\n"}]
    assert sentence_of({"candidates": [{"content": {"parts": parts}}]}) == "Hello there!"


# --- causes ---------------------------------------------------------------------------------------------

STUDIO_STATES: dict[str, tuple[dict[str, Any], Outcome]] = {
    "key-expired": ({"expired": True}, Outcome.REFUSED),
    "key-leaked": ({"leaked": True}, Outcome.REFUSED),
    "key-suspended": ({"suspended": True}, Outcome.REFUSED),
    "key-owner-disabled": ({"owner_disabled": True}, Outcome.REFUSED),
    "api-disabled": ({"api_enabled": False}, Outcome.BLOCKED),
    "key-restricted-to-other-apis": ({"restricted_to_other_apis": True}, Outcome.BLOCKED),
    "key-restricted-to-websites": ({"websites": ("https://shop.example.com/*",)}, Outcome.BLOCKED),
    "key-restricted-to-addresses": ({"addresses": ("198.51.100.1",)}, Outcome.BLOCKED),
    "key-restricted-to-android-apps": ({"android": True}, Outcome.BLOCKED),
    "key-restricted-to-ios-apps": ({"ios": True}, Outcome.BLOCKED),
    "location-not-supported": ({"location_supported": False}, Outcome.BLOCKED),
    "project-denied": ({"denied": True}, Outcome.BLOCKED),
    "billing-overdue": ({"billing": "overdue"}, Outcome.BLOCKED),
    "billing-country-restricted": ({"billing": "country"}, Outcome.BLOCKED),
    "location-needs-billing": ({"billing": "needs-linking"}, Outcome.BLOCKED),
    "quota-per-minute": ({"quota": "per-minute"}, Outcome.ACCEPTED),
    "quota-per-day": ({"quota": "per-day"}, Outcome.ACCEPTED),
    "quota-zero": ({"quota": "zero"}, Outcome.ACCEPTED),
    "quota-exhausted": ({"quota": "exhausted"}, Outcome.ACCEPTED),
    "credits-depleted": ({"quota": "credits-depleted"}, Outcome.ACCEPTED),
    "spending-cap": ({"quota": "spending-cap"}, Outcome.ACCEPTED),
}


@pytest.mark.parametrize("cause", STUDIO_STATES)
def test_each_state_of_a_key_has_its_cause_and_costs_at_most_one_generation(
    google: Google, cause: str
) -> None:
    states, outcome = STUDIO_STATES[cause]
    for standard in (False, True):
        google.forget()
        done = run(studio(google, google.studio_key(standard=standard, **states)))
        assert (done.cause, done.checked.cause.outcome, done.checked.usable) == (cause, outcome, False)
        assert sum(routes_asked(google)[name] for name in GENERATIONS) <= 1
        assert len(google.requests) <= 4
        assert len(google.seen("models")) == 1, "a refusal is asked once"


def test_a_mistyped_key_has_its_cause_by_its_family(google: Google) -> None:
    assert run(studio(google, google.unknown_key(standard=True))).cause == "key-not-valid"
    assert run(studio(google, google.unknown_key())).cause == "key-taken-for-token"
    assert run(studio(google, "some-other-shape-of-a-key-0123")).cause == "key-not-valid"


@pytest.mark.parametrize(
    ("states", "cause", "last"),
    [
        ({"role": False}, "role-missing", "generate"),
        ({"api_enabled": False}, "api-disabled", "generate"),
        ({"billing": "disabled"}, "billing-disabled", "generate"),
        ({"quota": "capacity"}, "capacity-exhausted", "generate"),
        ({"disabled": True}, "service-account-disabled", "sign-in"),
        ({"deleted": True}, "service-account-not-found", "sign-in"),
        ({"key_revoked": True}, "service-account-key-revoked", "sign-in"),
    ],
)
def test_each_state_of_an_account_has_its_cause_at_its_step(
    google: Google, states: dict[str, Any], cause: str, last: str
) -> None:
    done = run(vertex(google, google.service_account(**states)))
    assert done.cause == cause
    assert done.by_step[last] == cause
    assert not done.opens_trap, "the trap page is about API keys"
    if last == "sign-in":
        assert "generate" not in done.by_step


def test_a_wrong_clock_and_a_wrong_project_are_named(google: Google) -> None:
    google.clock_offset = -7200
    done = run(vertex(google, google.service_account()))
    assert done.cause == "clock-wrong"
    assert abs(int(done.checked.facts["clock"]) - 7200) < 10
    assert cause_texts.friendly(done.checked.facts)["clock_by"] == "2 hours ahead"
    google.clock_offset = 0
    done = run(vertex(google, google.service_account(), project="no-such-project"))
    assert done.cause in ("project-not-found", "role-missing")
    assert done.checked.facts["project"] == "no-such-project"


def test_a_file_with_a_damaged_key_is_named_before_anything_is_sent(google: Google) -> None:
    info = google.service_account().info
    lines = info["private_key"].splitlines()
    damaged = "\n".join([lines[0], *reversed(lines[1:-1]), lines[-1]])
    for pem in (damaged, samples.ec_pem()):
        found = recognise_file(json.dumps({**info, "private_key": pem}).encode()).credential
        assert isinstance(found, ServiceAccount)
        done = run(Access(found, Service.VERTEX, found.project, "global", own(google)))
        assert done.by_step == {"file": "private-key-unreadable"}
    assert google.requests == []


def test_a_key_that_cannot_be_sent_stops_at_its_shape(google: Google) -> None:
    done = run(studio(google, "AQ" + ".Ab" + "…" * 40))
    assert done.by_step == {"shape": "key-not-sendable"}
    assert google.requests == []


#: What Google itself says of its own trouble; the faults of the way are test_transport's.
FAULTS: dict[str, tuple[Fault, str]] = {
    "front door": (Fault.front_door(), "google-frontend-refused"),
    "google 500": (Fault.google(500), "google-error"),
    "google 504": (Fault.google(504), "google-timeout"),
    "google 503": (Fault.google(503), "model-overloaded"),
    "gateway 407": (Fault(status=407, body=b""), "proxy-needs-sign-in"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_google_s_own_trouble_is_named_and_never_opens_the_trap(google: Google, name: str) -> None:
    fault, cause = FAULTS[name]
    google.fault("*", fault)
    for access in (
        studio(google, google.studio_key(standard=True)),
        vertex(google, google.service_account()),
    ):
        google.forget()
        done = run(access)
        assert done.cause == cause
        assert not done.opens_trap
        assert not done.checked.usable
        first = "models" if access.service is Service.STUDIO else "token"
        assert len(google.seen(first)) <= 3
        assert not any(routes_asked(google)[route] for route in GENERATIONS)


ODD_BODIES = [b"[]", b"null", b"7", b'"x"', b'{"models": 7}', b'{"access_token": 5}', b'{"access_token": "a\\nb"}', b'{"access_token": ""}',
              b'{"access_token": "\\u00fc"}', b'{"candidates": {"a": []}}', b'{"models": [{"name": "models/gemini-3-flash"}]}']  # fmt: skip


@pytest.mark.parametrize("body", ODD_BODIES)
def test_an_odd_answer_on_any_route_ends_in_a_cause_and_not_in_a_fall(google: Google, body: bytes) -> None:
    key, account = studio(google, google.studio_key()), vertex(google, google.service_account())
    for route in (
        "models",
        "generate",
        "openai-models",
        "token",
        "vertex-models",
        "vertex-generate",
        "vertex-openai",
    ):
        google.clear_faults()
        google.fault(route, Fault(status=200, body=body, content_type="application/json"))
        for access in (key, account):
            assert run(access).checked.findings


def test_a_model_that_is_overloaded_is_asked_three_times_and_the_key_stays_accepted(google: Google) -> None:
    google.fault("generate", Fault.google(503))
    done = run(studio(google, google.studio_key()))
    assert (done.cause, done.checked.cause.outcome) == ("model-overloaded", Outcome.ACCEPTED)
    assert len(google.seen("generate")) == 3
    assert done.checked.native is True


def test_the_openai_route_never_changes_the_result_but_is_told(google: Google) -> None:
    refusal = answers.keys_not_supported("generativelanguage.googleapis.com", "x").as_list()
    google.fault("openai-models", Fault(status=401, body=refusal.body, content_type="application/json"))
    done = run(studio(google, google.studio_key()))
    assert (done.cause, done.checked.usable) == ("works", True)
    assert (done.checked.native, done.checked.openai) == (True, False)
    google.fault("vertex-openai", Fault.google(403))
    done = run(vertex(google, google.service_account()))
    assert (done.cause, done.checked.native, done.checked.openai) == ("works", True, False)
    google.clear_faults()
    google.fault("openai-models", Fault(drop=True))
    assert run(studio(google, google.studio_key())).checked.openai is None


def test_the_two_routes_are_asked_side_by_side(google: Google) -> None:
    access = studio(google, google.studio_key())
    for route in ("generate", "openai-models"):
        google.fault(route, Fault(silence=True))

    async def both() -> None:
        task = asyncio.create_task(_follow(access))
        for route in ("generate", "openai-models"):
            await asyncio.to_thread(google.wait_for, route)
        assert not google.seen("generate")[0].aborted, "neither has been answered"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(both())


async def _follow(access: Access) -> None:
    async for _ in check(access):
        pass


def test_secrets_are_in_no_event_whatever_the_answer_repeats(google: Google) -> None:
    for key in (google.studio_key(suspended=True), google.studio_key(suspended=True, standard=True)):
        done = run(studio(google, key))
        assert done.cause == "key-suspended"
        assert key.text not in repr(done.events) + repr(done.checked)
        assert f"…{key.text[-4:]}" in "".join(finding.detail for finding in done.checked.findings)
    key = google.studio_key("Odd-Key/of+a~gateway=" + "x9" * 8)
    google.fault(
        "models",
        Fault(status=403, body=json.dumps({"error": {"message": f"no {key.text} here", "code": 403}})),
    )
    done = run(studio(google, key))
    assert key.text not in repr(done.events) + repr(done.checked)
    account = google.service_account()
    google.fault(
        "token",
        Fault(status=400, body=json.dumps({"error": "x", "error_description": account.info["private_key"]})),
    )
    done = run(vertex(google, account))
    line = account.info["private_key"].splitlines()[3]
    assert line not in repr(done.events) + repr(done.checked)


# --- stopping -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "route"), [
    ("studio", "models"), ("studio", "generate"), ("studio", "openai-models"),
    ("vertex", "token"), ("vertex", "vertex-models"), ("vertex", "vertex-generate"), ("vertex", "vertex-openai"),
])  # fmt: skip
def test_closing_the_generator_stops_every_request_at_once(google: Google, service: str, route: str) -> None:
    google.fault(route, Fault(silence=True))
    access = (
        studio(google, google.studio_key())
        if service == "studio"
        else vertex(google, google.service_account())
    )

    async def stopped() -> None:
        events: AsyncGenerator[Any, None] = check(access)
        seen: list[Any] = []
        generated = asyncio.Event()

        async def follow() -> None:
            async for event in events:
                seen.append(event)
                if isinstance(event, Finding) and event.step is Step.GENERATE:
                    generated.set()

        task = asyncio.create_task(follow())
        await asyncio.to_thread(google.wait_for, route)
        if route == "openai-models":
            # The other steps end by themselves: only this one is under way.
            await asyncio.wait_for(generated.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await events.aclose()
        count = len(seen)
        await asyncio.to_thread(google.wait_aborted, route, LATE)  # the limit of an answer is longer
        await asyncio.sleep(0.05)
        assert len(seen) == count, "a late event"
        assert not any(isinstance(event, Checked) for event in seen)
        left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        assert not left

    asyncio.run(stopped())
    asked = len(google.requests)
    time.sleep(0.05)
    assert len(google.requests) == asked, "nothing is asked after the end"


@pytest.mark.parametrize(
    ("service", "routes_hanging"),
    [("studio", ("models", "openai-models")), ("vertex", ("vertex-generate", "vertex-openai"))],
)
def test_closing_the_generator_stops_both_routes_at_once(
    google: Google, service: str, routes_hanging: tuple[str, str]
) -> None:
    for route in routes_hanging:
        google.fault(route, Fault(silence=True))
    access = (
        studio(google, google.studio_key())
        if service == "studio"
        else vertex(google, google.service_account())
    )

    async def stopped() -> None:
        task = asyncio.create_task(_follow(access))
        for route in routes_hanging:
            await asyncio.to_thread(google.wait_for, route)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, LATE)
        for route in routes_hanging:
            await asyncio.to_thread(google.wait_aborted, route, LATE)

    asyncio.run(stopped())


def test_leaving_the_events_unread_stops_the_requests_too(google: Google) -> None:
    google.fault("models", Fault(silence=True))
    access = studio(google, google.studio_key())

    async def left() -> None:
        events = check(access)
        async for event in events:
            if isinstance(event, Started) and event.step is Step.REACH:
                await asyncio.to_thread(google.wait_for, "models")
                break
        await events.aclose()

    asyncio.run(left())
    google.wait_aborted("models", LATE)


# --- the trap -------------------------------------------------------------------------------------------

TRAPPED: dict[str, dict[str, Any]] = {
    name: states for name, (states, _) in STUDIO_STATES.items() if name in TRAP
}


@pytest.mark.parametrize("standard", [False, True], ids=["auth", "standard"])
@pytest.mark.parametrize("cause", TRAPPED)
def test_each_trap_opens_its_page_and_its_buttons_name_the_project(
    google: Google, cause: str, standard: bool
) -> None:
    key = google.studio_key(standard=standard, **TRAPPED[cause])
    done = run(studio(google, key))
    assert (done.cause, done.opens_trap) == (cause, True)
    facts = done.checked.facts
    page = cause_texts.trap(cause, cause_texts.friendly(facts))
    number = str(key.project.number)
    assert facts["project"] == number
    assert number in page.sentence
    assert page.second is not None
    url = urls.link(page.second.page, facts) or ""
    assert parse_qs(urlsplit(url).query)["project"] == [number]
    assert urls.is_console_link(url)
    if cause == "api-disabled":
        assert url == (
            f"https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project={number}"
        )
    assert urls.link(page.main.page, facts) == "https://aistudio.google.com/api-keys"


def test_each_trap_has_a_first_sentence_of_its_own(google: Google) -> None:
    said = {}
    for cause, states in TRAPPED.items():
        facts = run(studio(google, google.studio_key(standard=True, **states))).checked.facts
        page = cause_texts.trap(cause, cause_texts.friendly(facts))
        said[cause] = page.title + page.sentence.partition(". ")[0]
        assert len(f"{page.title} {page.sentence}".split()) <= 55
    assert len(set(said.values())) == len(TRAPPED) == 6
    assert "203.0.113.7" in said["key-restricted-to-addresses"]


def test_a_key_that_stands_for_nobody_opens_it_after_the_native_route(google: Google) -> None:
    key = google.studio_key(standard=True)
    refusal = answers.keys_not_supported(
        "generativelanguage.googleapis.com", "google.ai.generativelanguage.v1beta.ModelService.ListModels"
    )
    google.fault("models", Fault(status=401, body=refusal.body, content_type="application/json"))
    done = run(studio(google, key))
    assert (done.cause, done.opens_trap) == ("api-keys-not-supported", True)


def test_an_aiza_key_turned_away_without_a_reason_opens_it_and_another_key_does_not(google: Google) -> None:
    refusal = json.dumps(
        {
            "error": {
                "code": 403,
                "message": "The caller does not have permission",
                "status": "PERMISSION_DENIED",
            }
        }
    )
    google.fault("models", Fault(status=403, body=refusal, content_type="application/json"))
    assert run(studio(google, google.studio_key(standard=True))).opens_trap
    assert not run(studio(google, google.studio_key())).opens_trap


@pytest.mark.parametrize("cause", sorted(set(STUDIO_STATES) - TRAP))
def test_no_other_state_of_a_key_opens_the_trap(google: Google, cause: str) -> None:
    for standard in (False, True):
        assert not run(
            studio(google, google.studio_key(standard=standard, **STUDIO_STATES[cause][0]))
        ).opens_trap


def test_neither_typos_nor_good_keys_open_the_trap_whatever_the_openai_route_says(google: Google) -> None:
    for bad_key in ("credentials-missing", "not-valid"):
        google.openai_bad_key = bad_key
        assert not run(studio(google, google.unknown_key(standard=True))).opens_trap
        assert not run(studio(google, google.unknown_key())).opens_trap
    refusal = answers.keys_not_supported("generativelanguage.googleapis.com", "x").as_list()
    google.fault("openai-models", Fault(status=401, body=refusal.body, content_type="application/json"))
    done = run(studio(google, google.studio_key(standard=True)))
    assert (done.cause, done.checked.openai, done.opens_trap) == ("works", False, False)
