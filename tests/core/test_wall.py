"""Each way out of the core, with a secret on it: findings, sentences, names, faults, messages, logs."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.cli import exit_codes, main
from gemini_setup.diagnosis import answers
from gemini_setup.diagnosis.answers import LIMIT, Surface
from gemini_setup.diagnosis.causes import CAUSES, diagnose
from gemini_setup.google.http import SIZE, Reply
from gemini_setup.google.recognition import recognise, recognise_document, recognise_file
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Report, Step
from gemini_setup.model.recognised import What
from gemini_setup.vault.factory import memory_vault
from tests.core import samples
from tests.fuzz.planting import wanted
from tests.loopback import Fault, Google
from tests.loopback import answers as google_answers

# Of no shape that a pattern knows, as a gateway gives out.
ODD = "odd/" + "Zq9x7Lm0pWtRuv" * 3 + "~x"


def leaks(secret: str, text: str) -> str | None:
    return wanted(secret).found_in(text)


def added(access: Access) -> Report:
    vault = memory_vault()
    desk = check_and_keep.AppContext(open_vault=lambda: vault, environ={})

    async def follow() -> Report:
        async for event in check_and_keep.add(desk, access, "default"):
            if isinstance(event, Report):
                last = event
        return last

    return asyncio.run(follow(), debug=True)


def studio(google: Google, key: str) -> Access:
    return Access(ApiKey(Secret(key)), Service.STUDIO, endpoints=Endpoints(gemini=google.url))


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("size", [LIMIT * 4, LIMIT * 5, SIZE], ids=["seen", "masked", "received"])
def test_a_secret_at_the_place_where_a_body_is_cut_leaves_no_half(size: int) -> None:
    for kept in range(12, len(ODD), 5):
        body = b"." * (size - kept) + ODD.encode() + b" and more" * 10
        evidence = answers.from_response(Surface.GEMINI_NATIVE, 403, body[:SIZE], [Secret(ODD)])
        assert leaks(ODD, evidence.text + evidence.words) is None, kept


@pytest.mark.parametrize(
    "hidden",
    [
        "".join(f"&#{ord(c)};" for c in ODD),
        "".join(f"&#x{ord(c):x};" for c in ODD),
        ODD.replace("/", "\\/"),
        ODD.replace("/", "\\\\/"),
    ],
    ids=["entities", "entities in hexadecimal", "slash", "slash twice"],
)
def test_undoing_escapes_brings_no_secret_back(hidden: str) -> None:
    body = f'{{"error": {{"message": "quotaId: {hidden} on resource \'projects/{hidden}\' &lt;"}}}}'
    evidence = answers.from_response(Surface.GEMINI_NATIVE, 403, body.encode(), [Secret(ODD)])
    assert "quota" in evidence.facts
    assert leaks(ODD, evidence.text + repr(dict(evidence.facts))) is None
    assert wanted(ODD, lower=True).found_in(evidence.words) is None


def test_a_bystander_s_key_does_not_come_back_through_an_entity() -> None:
    key = samples.random_key()
    hidden = "".join(f"&#{ord(c)};" for c in key)
    found = explanation.explain(f"Gemini API 429: quotaId: {hidden} in project {hidden}")
    assert leaks(key, repr(found)) is None


def test_half_a_key_at_the_end_of_a_sentence_is_masked(google: Google) -> None:
    for before in range(105, 160, 9):
        google.clear_faults()
        key = google.studio_key(ODD).text
        reply = google_answers.generated("a" * before + " " + key + " b" * 100, "gemini-3.8-flash")
        google.fault("generate", Fault(status=200, body=reply.body, content_type="application/json"))
        report = added(studio(google, key))
        assert report.cause.id == "works"
        assert len(report.sentence) > before
        assert leaks(key, report.sentence + repr(report)) is None


@pytest.mark.parametrize(
    ("date", "cause"),
    [
        (f"Sat, 21 Nov 2026 11:00:00 +{'9' * 20}", "works"),
        ("Mon, 01 Jan 0001 00:00:00 +2359", "works"),
        ("31 Dec 9999 23:59:59 -2359", "google-error"),  # a wish longer than anybody waits
        ("1" * 5000, "google-error"),
        (",", "works"),
    ],
)
def test_a_strange_date_breaks_nothing(google: Google, date: str, cause: str) -> None:
    key = google.studio_key()
    strange = Fault(status=503, body=b"{}", headers={"date": date}, retry_after=date)
    google.fault("models", strange, times=1)
    assert added(studio(google, key.text)).cause.id == cause
    google.clear_faults()
    google.fault("models", Fault(status=403, body=b"{}", headers={"date": date}))
    assert added(studio(google, key.text)).cause.id in ("unknown", "permission-denied")
    reply = Reply(200, {"date": date}, b"")
    assert reply.clock_offset is None or abs(reply.clock_offset) > 1e8


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_time_of_endless_digits_is_no_time(digits: int) -> None:
    for text in (
        f"retry in {'9' * digits}s",
        f"retry in {'9' * digits}h1s",
        f"retryDelay: {'9' * digits}m2.5s",
    ):
        assert "retry" not in explanation.explain(f"Gemini API 429: {text}").facts


def test_an_exception_that_cannot_say_anything_is_told_by_its_name() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise ValueError(ODD)

    error = OSError("first")
    error.__cause__ = Silent()
    evidence = answers.from_exception(Surface.TRANSPORT, error, [Secret(ODD)])
    assert "Silent" in evidence.text
    assert ODD not in evidence.text


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("said", ["\x1b[31m\u202etype", "{key}", "type\nof two lines"])
def test_nothing_odd_in_a_file_is_shown(said: str) -> None:
    key = samples.random_key()
    said = said.replace("{key}", key)
    files: list[dict[str, Any]] = [
        {"type": said},
        samples.service_account(universe_domain=said),
        samples.service_account(token_uri=f"https://user:{said}@evil.example/{said}"),
        samples.service_account(token_uri=said),
        samples.service_account(client_email=f"{said}@some-project.iam.gserviceaccount.com\n"),
        samples.service_account(private_key_id=said, project_id=f"{said} x", client_id=f"{said}:"),
    ]
    for document in files:
        found = recognise_document(json.dumps(document))
        shown = cause_texts.text("window.what", found.what.value, {"name": found.name}) + found.name
        if isinstance(found.credential, ServiceAccount):
            shown += found.credential.project + found.credential.client_id
            assert found.credential.hint in ("", key[-4:])
        if found.cause is not None:
            report = check_and_keep.turned_away("default", Step.FILE, found)
            shown += report.details.replace("\n", "") + "".join(report.facts.values())
            shown += "".join(check_and_keep.diagnosis(report).fixes)
        assert shown.isprintable()
        assert leaks(key, shown) is None


def test_the_host_of_a_foreign_address_is_still_named() -> None:
    found = recognise_document(json.dumps(samples.service_account(token_uri="https://evil.example:99/token")))
    assert (found.what, found.name) == (What.FOREIGN_TOKEN_URI, "evil.example:99")


def test_a_key_file_that_is_nested_or_long_beyond_reason_is_refused() -> None:
    text = json.dumps(samples.service_account())[:-1]
    for more in ("[" * 500 + "]" * 500, json.dumps("a" * 60_000)):
        assert recognise_document(f'{text},"more":{more}}}').what is What.TOO_LARGE
    assert recognise_document(f'{text},"more":[[[1]]]}}').what is What.SERVICE_ACCOUNT
    long = f"-----BEGIN {'PRIVATE'} KEY-----\n{'A' * 21_000}\n-----END {'PRIVATE'} KEY-----\n"
    assert (
        recognise_file(json.dumps(samples.service_account(private_key=long)).encode()).what is What.BROKEN_KEY
    )


@pytest.mark.parametrize("text", ['"\x1f\x1f"\x1f"\x1f', "'\xa0\u200b' '", '"";,"', "“\x85”"])
def test_quotes_around_nothing_are_no_key(text: str) -> None:
    assert recognise(text).what in (What.NOTHING, What.PROSE)


# ---------------------------------------------------------------- the command line


def said_by(*arguments: str, text: bytes = b"") -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
        code = main.main(arguments)
    return code, out.getvalue()


def test_an_internal_error_repeats_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = samples.random_key(standard=True)

    def broken(*_: object) -> None:
        raise RuntimeError(f"what came in was {key}\x1b[2J")

    monkeypatch.setattr(explanation, "explain", broken)
    code, said = said_by("explain", text=key.encode())
    assert code == exit_codes.INTERNAL
    assert f"what came in was …{key[-4:]}" in said
    assert "\x1b" not in said
    assert leaks(key, said) is None


def test_what_is_added_in_place_of_a_file_is_not_repeated(tmp_path: Path) -> None:
    key = samples.random_key()
    path = tmp_path / "key.json"
    path.write_text(json.dumps({"type": key, "universe_domain": key}))
    for arguments in (
        ("add", "vertex", str(path)),
        ("add", "vertex", str(path), "--json"),
        ("add", "vertex", "-"),
        ("add", "studio"),
    ):
        code, said = said_by(*arguments, text=path.read_bytes())
        assert code in (exit_codes.USAGE, exit_codes.NOT_KEPT)
        assert leaks(key, said) is None, arguments


def test_facts_in_odd_digits_are_printed_as_text() -> None:
    code, said = said_by("explain", "--json", text='Gemini API 429 {"quotaId": "²"}'.encode())
    assert code == 0
    assert json.loads(said)["facts"]["quota"] == "²"


@pytest.mark.parametrize("status", ["-1", "0", "99", "600", "many"])
def test_a_status_that_http_does_not_have_is_a_mistake(status: str) -> None:
    code, _ = said_by("explain", "--status", status, text=b"x")
    assert code == exit_codes.USAGE


# ---------------------------------------------------------------- logs


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """As a person who looks for a fault sets it up: every library's every line."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield out
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def test_no_library_logs_a_key(google: Google) -> None:
    for text in (None, ODD):
        key = google.studio_key(text).text if text else google.studio_key().text
        with everything_logged() as out:
            assert added(studio(google, key)).kept
        assert "send_request_headers" in out.getvalue()
        assert leaks(key, out.getvalue()) is None


def test_no_library_logs_a_private_key_an_assertion_or_a_token(google: Google) -> None:
    account = google.service_account()
    found = recognise(account.text).credential
    endpoints = Endpoints(google.url, google.url, f"{google.url}/token")
    assert isinstance(found, ServiceAccount)
    with everything_logged() as out:
        assert added(Access(found, Service.VERTEX, account.project.id, "global", endpoints)).kept
    assert "send_request_body" in out.getvalue()
    token = google.seen("vertex-generate")[0].headers["authorization"].removeprefix("Bearer ")
    form = google.seen("token")[0].body.decode()
    assertion = form.partition("assertion=")[2].partition("&")[0]
    for secret in (token, assertion, *account.info["private_key"].splitlines()[1:-2]):
        assert leaks(secret, out.getvalue()) is None


def test_the_look_for_a_leak_finds_one() -> None:
    assert leaks(ODD, f"x {ODD[10:24]} y")
    assert leaks(ODD, ODD.encode().hex())
    assert leaks(ODD, f"…{ODD[-4:]}") is None
    assert diagnose(answers.from_text("")) is CAUSES["unknown"]
