"""No text takes more time than it is long: however a paste was made, ten times of it are looked at in ten times the time."""

from __future__ import annotations

import json
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
from tests.core.growth import grows_no_faster, seconds
from tests.fuzz.seeds import rests

SMALL, LARGE = 20_000, 200_000

#: Pieces that are repeated: what the wall's patterns begin with, what they look for behind it, and what they skip.
PIECES = (
    " ", "\n", "\r", '"', "\\", '\\\\\\"', "\\u0026", "\u200b", "e\u0301", "\u2500", "\x1b[", "\x1b]", "&amp;", "[[[[", '{"a":',
    "a", "7", "a.", "a-", "://", "a://b", "http://a", "https:\\/\\/", "@", "x://a@", "%3A%2F%2F", "&key=", "key=", "key=a", "api_key: ",
    "x-goog-api-key', b'", "authorization: bearer ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN A-----\n-", "-----BEGIN A-----\n-----END", "-",
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
def answers_of(size: int) -> str:
    texts = "\n".join(text.decode("utf-8", "replace") for text in rests("body"))
    return (texts * (size // len(texts) + 1))[:size]


def log_of(size: int) -> str:
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
        grows_no_faster(LOOKS[name], text(SMALL), text(LARGE))


@pytest.mark.parametrize("piece", WORDS)
def test_causes_and_facts_are_found_in_a_time_thatgrows_no_faster_than_the_text(piece: str) -> None:
    for text in (_texts(piece)[0], _texts("google " + piece)[3]):
        grows_no_faster(_explained, text(answers.LIMIT // 10), text(answers.LIMIT))


@pytest.mark.parametrize("make", [log_of, answers_of], ids=["log", "answers"])
def test_ordinary_text_is_explained_in_a_time_that_grows_no_faster_than_it(
    make: Callable[[int], str],
) -> None:
    _explained(make(1000))  # the patterns are compiled once
    grows_no_faster(_explained, make(SMALL), make(LARGE))


def test_an_answer_is_masked_as_fast_with_a_private_key_s_lines_to_look_for() -> None:
    account = recognise(json.dumps(samples.service_account())).credential
    assert account is not None
    secrets = [*secrets_of(account), Secret("odd+/=&'\"\\" * 5)]
    body = answers_of(1_000_000).encode()

    def masked(secrets: list[Secret]) -> float:
        return min(
            seconds(lambda: answers.from_response(Surface.GEMINI_NATIVE, 403, body, secrets))
            for _ in range(3)
        )

    masked(secrets)  # the patterns are compiled once
    assert masked(secrets) < 4 * masked([])


def test_a_flood_of_backslashes_is_no_slower_for_a_secret_that_begins_with_one() -> None:
    for odd in ('\\"=odd', '"=odd' * 3, "&\\" * 10):
        grows_no_faster(lambda text, odd=odd: redact(text, [Secret(odd)]), "\\" * SMALL, "\\" * LARGE)  # type: ignore[misc]


def test_the_middle_of_a_long_text_is_masked_too() -> None:
    key = samples.random_key(standard=True)
    text = f"{'a b ' * 100_000}{key}{' c d' * 100_000}"
    assert key[8:-4] not in redact(text)


def test_an_absurd_key_file_is_refused() -> None:
    lines = "\n".join(["A" * 64] * 6000)
    absurd = samples.service_account(
        private_key=f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    )
    found = recognise_file(json.dumps(absurd).encode())
    assert found.credential is None
