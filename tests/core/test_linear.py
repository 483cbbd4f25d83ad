"""No text takes more time than it is long: a paste of a megabyte, however it was made, is looked at in a second."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache

import pytest

from gemini_setup.actions import explanation
from gemini_setup.diagnosis import answers
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google.recognition import recognise, recognise_document, recognise_file
from gemini_setup.model.credentials import Secret
from gemini_setup.security.redaction import plain, redact, secrets_of
from tests.core import samples
from tests.fuzz.seeds import rests

SMALL, LARGE = 100_000, 1_000_000
# Ten times the text: ten times the time, were there no noise. What grows with the square would take a hundred.
GROWTH = 30
# Below this a measurement is noise.
NOISE = 0.01

#: Pieces that are repeated: what the wall's patterns begin with, what they look for behind it, and what they skip.
PIECES = (
    " ", "\n", "\r", '"', "\\", '\\\\\\"', "\\u0026", "\u200b", "e\u0301", "\u2500", "\x1b[", "\x1b]", "&amp;", "[[[[", '{"a":',
    "a", "7", "a.", "a-", "://", "a://b", "http://a", "https:\\/\\/", "@", "x://a@", "%3A%2F%2F", "&key=", "key=", "key=a", "api_key: ",
    "x-goog-api-key', b'", "authorization: bearer ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN A-----\n-", "-",
    "AIza", "AQ.", "AQ%2E", "sk-", "eyJ", "eyJhbGciOi.", "1//", '{"error":', "projects/", "KEY=a ", "x-api-key: a", "GEMINI_API_KEY=x;\n",
)  # fmt: skip
#: More for the patterns of causes and facts, which see the first and the last 10 kB of a text.
WORDS = (
    "message: ", "status: ", "code: 4", "400 ", "http/1.1 ", "permission ", "permission 'a.b.c", "aiplatform.", "in project ", "resource project ",
    "on resource //", "model ", "models/gemini-", "ip address ", "callerIp: ", "quota", "retry in 1h", "retry in 1m", "limit: ", "google ", "a.googleapis.com ",
    "storage.googleapis.com/", "consumer ", "requests from referer ", "proxy ", "ssl error ", "invalid jwt ", "service account ", "unexpected token ",
    "failed to connect to all addresses ", "defaultcredentialserror file ", "publisher model ", "error:0:", "region: ", "locations/", "https://console.a/",
    "<html>", "exceptions.", "requests to this api ", "has not been used in project ", "invalid_grant ", "tunnel ", "project ", "models ", "connectexception ",
)  # fmt: skip


@cache
def _real(size: int) -> str:
    texts = "\n".join(text.decode("utf-8", "replace") for text in rests("body"))
    return (texts * (size // len(texts) + 1))[:size]


def _log(size: int) -> str:
    lines = (
        f"2026-11-21 10:{n // 60 % 60:02d}:{n % 60:02d} INFO worker-{n % 8} handled request {n * 31} in {n % 97} ms"
        f" path=/v1/items/{n} authorization=present status=200"
        for n in range(size // 90)
    )
    return "\n".join(lines)[:size]


def _texts(piece: str) -> tuple[Callable[[int], str], ...]:
    """The piece alone; where a value would be, with an end that does not fit; in a JSON text that is cut."""
    return (
        lambda size: piece * (size // len(piece)),
        lambda size: f"GEMINI_API_KEY=a{piece * (size // len(piece))}b c",
        lambda size: f"x-goog-api-key: a{piece * (size // len(piece))}\x00b c",
        lambda size: json.dumps({"error": {"message": piece * (size // len(json.dumps(piece)[1:-1]))}})[:-2],
    )


def _least(look: Callable[[str], object], text: str, most: float) -> float:
    """CPU seconds for one look; for one of more than `most` the least of three: a busy computer makes some longer."""
    least = float("inf")
    for _ in range(3):
        began = time.process_time()
        look(text)
        least = min(least, time.process_time() - began)
        if least < most:
            break
    return least


def _explained(text: str) -> object:
    return explanation.explain(text)


def _as_key(text: str) -> object:
    return recognise(text[: 200_000 * len(text) // LARGE])  # a longer one is not looked at


LOOKS: dict[str, Callable[[str], object]] = {
    "explain": _explained,
    "recognise": _as_key,
    "document": recognise_document,
    "file": lambda text: recognise_file(text.encode("utf-8", "replace")[:LARGE]),
    "plain": plain,
}


# One test for each piece: all of them in one take longer than a test may on a machine that has more to do.
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", list(LOOKS))
def test_ten_times_the_text_takes_ten_times_the_time(name: str, piece: str) -> None:
    # Of the frames around a piece the first is enough for the wall, which is most of an explanation.
    for text in _texts(piece)[: 1 if name in ("explain", "plain", "document") else 4]:
        _grows_no_faster(LOOKS[name], text(SMALL), text(LARGE))


@pytest.mark.parametrize("piece", WORDS)
def test_causes_and_facts_are_found_in_a_time_that_grows_no_faster_than_the_text(piece: str) -> None:
    for text in (_texts(piece)[0], _texts("google " + piece)[3]):
        _grows_no_faster(_explained, text(answers.LIMIT // 10), text(answers.LIMIT))


def _grows_no_faster(look: Callable[[str], object], small: str, large: str) -> None:
    short = _least(look, small, float("inf"))
    most = min(GROWTH * max(short, NOISE), 1.0)
    took = _least(look, large, most)
    assert took <= most, (large[:80], short, took)


@pytest.mark.parametrize("make", [_log, _real], ids=["log", "answers"])
def test_a_megabyte_of_ordinary_text_is_explained_in_half_a_second(
    make: Callable[[int], str],
) -> None:
    _explained(make(1000))  # the patterns are compiled once
    # A quarter on an idle computer; what grows faster than the text takes minutes.
    assert _least(_explained, make(LARGE), 0.5) <= 0.5


def test_an_answer_is_masked_as_fast_with_a_private_key_s_lines_to_look_for() -> None:
    account = recognise(json.dumps(samples.service_account())).credential
    assert account is not None
    secrets = [*secrets_of(account), Secret("odd+/=&'\"\\" * 5)]
    body = _real(LARGE).encode()
    answers.from_response(Surface.GEMINI_NATIVE, 403, body, secrets)
    took = _least(lambda _: answers.from_response(Surface.GEMINI_NATIVE, 403, body, secrets), "", 0.15)
    assert took <= 0.15


def test_a_flood_of_backslashes_is_no_slower_for_a_secret_that_begins_with_one() -> None:
    for odd in ('\\"=odd', '"=odd' * 3, "&\\" * 10):
        _grows_no_faster(lambda text, odd=odd: redact(text, [Secret(odd)]), "\\" * SMALL, "\\" * LARGE)  # type: ignore[misc]


def test_the_middle_of_a_long_text_is_masked_too() -> None:
    key = samples.random_key(standard=True)
    text = f"{'a b ' * 100_000}{key}{' c d' * 100_000}"
    assert key[8:-4] not in redact(text)


def test_an_absurd_key_file_is_refused_at_once() -> None:
    lines = "\n".join(["A" * 64] * 6000)
    absurd = samples.service_account(
        private_key=f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    )
    assert _least(lambda _: recognise_file(json.dumps(absurd).encode()), "", 0.1) <= 0.1
    found = recognise_file(json.dumps(absurd).encode())
    assert found.credential is None
