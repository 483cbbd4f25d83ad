"""No secret survives redaction, in whatever dress it comes."""

from __future__ import annotations

import base64
import html
import json
import re
import string
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import ApiKey, GcloudSignIn, Secret, ServiceAccount
from gemini_setup.security.redaction import mask_home, plain, redact, secrets_of

from . import samples

# A secret of no known shape, as a gateway may give out.
ODD = "Zq+9/" + "x7=Lm~" + "0pW%" + "tR&" + "uv!" * 5
AROUND = st.text(max_size=60)


@pytest.mark.parametrize("standard", [False, True], ids=["auth", "standard"])
def test_keys_are_known_by_their_shape_and_keep_their_last_four(standard: bool) -> None:
    key = samples.random_key(standard=standard)
    for text in (
        key,
        f'"{key}"',
        f"key={key}&x",
        f"({key})",
        f"api_key:{key}'",
        f"/v1?key={key}",
        f"…\n{key}\n",
    ):
        masked = redact(text)
        assert key not in masked
        assert key[5:-5] not in masked
    assert redact(f"consumer 'api_key:{key}' is gone") == f"consumer 'api_key:…{key[-4:]}' is gone"


def test_other_secrets_are_known_by_their_shape() -> None:
    token, secret = samples.random_token(), samples.random_key()[3:]
    pem = samples.rsa_pem()
    hidden = {
        "token": (f"token {token}.", token[6:30]),
        "jwt": (f"assertion={samples.jwt()}&x", samples.jwt()[10:40]),
        "bare jwt": (samples.jwt(), samples.jwt()[10:40]),
        "refresh": ("1/" + f"/0g{secret}", secret),
        "client secret": ("GOC" + f"SPX-{secret[:28]}", secret[:28]),
        "openai": ("s" + f"k-proj-{secret}", secret),
        "pem": (f"see {pem} there", pem.splitlines()[3]),
        "pem in json": (json.dumps({"private_key": pem}), pem.splitlines()[3]),
        "pem in json twice": (json.dumps(json.dumps({"private_key": pem})), pem.splitlines()[3]),
        "cut pem": (pem[:300], pem.splitlines()[2]),
        "user-info": ("proxy http://someone:pass-word-1@proxy.example:8080 said", "pass-word-1"),
        "query": ("https://x.example/v1?alt=json&key=whatever-it-is-1234", "whatever-it-is"),
        "header": ("X-Goog-Api-Key: whatever-it-is-1234", "whatever-it-is"),
        "python header": ("{'x-goog-api-key': 'whatever-it-is-1234'}", "whatever-it-is"),
        "bearer": ("Authorization: Bearer whatever-it-is-1234", "whatever-it-is"),
        "json bearer": ('{"authorization": "Bearer whatever-it-is-1234"}', "whatever-it-is"),
        "json field": ('{\\"access_token\\": \\"whatever-it-is-1234\\"}', "whatever-it-is"),
        "env": ("GEMINI_API_KEY=whatever-it-is-1234", "whatever-it-is"),
        "user-info with an @": ("http://someone:p@ss-word-1@proxy.example:8080", "ss-word-1"),
        "user-info in JSON": ('{"proxy": "http:\\/\\/someone:pass-word-1@proxy.example"}', "pass-word-1"),
        "user-info encoded": ("?next=http%3A%2F%2Fsomeone:pass-word-1%40proxy.example", "pass-word-1"),
        "any scheme": ("socks5h://someone:pass-word-1@proxy.example", "pass-word-1"),
        "encoded query": ("next=https%3A%2F%2Fx.example%3Fkey%3Dwhatever-it-is-1234", "whatever-it-is"),
        "query in HTML": ("?alt=json&amp;key=whatever-it-is-1234", "whatever-it-is"),
        "query in JSON": ("?alt=json\\u0026key=whatever-it-is-1234", "whatever-it-is"),
        "bare key": ("called with key=whatever-it-is-1234", "whatever-it-is"),
        "pair": ("[(b'x-goog-api-key', b'whatever-it-is-1234')]", "whatever-it-is"),
        "pair with bearer": ("[('Authorization', 'Bearer whatever-it-is-1234')]", "whatever-it-is"),
        "bytes": ("{b'x-goog-api-key': b'whatever-it-is-1234'}", "whatever-it-is"),
        "nested field": ('{\\\\\\"api_key\\\\\\": \\\\\\"whatever-it-is-1234', "whatever-it-is"),
        "a name for a value": ('"private_key": Authorization: Bearer whatever-it-is-1234', "whatever-it-is"),
        "two names": ("api_key: x-goog-api-key: whatever-it-is-1234", "whatever-it-is"),
        "a name in a query": ("?key=x-goog-api-key: whatever-it-is-1234", "whatever-it-is"),
        "a name after bearer": (
            "Authorization: Bearer x-goog-api-key: whatever-it-is-1234",
            "whatever-it-is",
        ),
        "bearer alone": ("sent Bearer whatever-it-is-1234", "whatever-it-is"),
        "encoded refresh": (f"refresh_token%3D1%2F%2F0g{secret}", secret),
    }
    key = samples.random_key()
    for before in ("\\u0022", "\\x22", "\\n", "%3D", "%253D"):
        hidden[before] = (f"{before}{key}", key[5:-4])
        hidden[f"{before}, dot encoded"] = (f"{before}{key.replace('.', '%2e', 1)}", key[5:-4])
    for name, (text, secret_part) in hidden.items():
        assert secret_part in text, name
        assert secret_part not in redact(text), name


@pytest.mark.parametrize(
    "between", ["\u200b", "\u00ad", "\x1b[0m", "\x00", "\u202e", "\x1b]0;x\x07", "\ufeff\u2060"]
)
def test_a_secret_with_something_invisible_in_it_is_not_whole_again_when_that_is_taken_out(
    between: str,
) -> None:
    for text in (samples.random_key(), samples.random_key(standard=True), ODD):
        for split in (text[:9] + between + text[9:], between.join(text)):
            for masked in (redact(split, [Secret(text)]), plain(redact(split, [Secret(text)]))):
                assert text[:-4] not in plain(masked)


@pytest.mark.parametrize("before", ["\x1b[", "\x1b[0", "\x1b", "\x1b[1;31m", "\x1b]0;", "\x9b"])
def test_an_escape_sequence_before_a_secret_takes_nothing_of_it_away(before: str) -> None:
    for text in (samples.random_key(), samples.random_key(standard=True), ODD):
        masked = redact(f"{before}{text} after", [Secret(text)])
        assert text[1:-4] not in masked
    for text in (
        samples.random_key(),
        samples.random_key(standard=True),
        samples.random_token(),
        samples.jwt(),
    ):
        assert text[1:-4] not in redact(f"{before}{text} after")


@pytest.mark.parametrize(
    "before",
    [
        "-----BEGIN A-----\nx\n-----END A-----",
        "-----BEGIN A-----\nx\n-----END A ",
        "-----BEGIN A-----\nx\n-----END",
        "-----BEGIN A-----\nx\n-----END A--",
        "-----BEGIN----------END ",
        "-----BEGIN A ",
        "-----BEGIN",
    ],
)
def test_what_ends_before_a_private_key_takes_nothing_of_its_beginning_away(before: str) -> None:
    line = "k7" * 32
    for between in ("", "-", "---", "-----", "\n"):
        pem = f"-----BEGIN {'PRIVATE'} KEY-----\n{line}\n-----END {'PRIVATE'} KEY-----"
        shown = redact(f"{before}{between}{pem} and more")
        assert line not in shown
        assert shown.endswith("[private key] and more")


def test_an_unfinished_escape_sequence_takes_no_key_s_beginning_away() -> None:
    for key in (samples.random_key(), samples.random_key(standard=True)):
        for length in range(285, 300):
            masked = redact(f"\x1b]{'a' * length} {key} and more")
            assert key[20:-4] not in masked


@pytest.mark.parametrize("between", ["\u200b", "\x1b[0m"])
def test_a_request_with_something_invisible_in_it_is_masked_whole(between: str) -> None:
    """In part by its shape, it was no more known as a whole when the invisible was gone."""
    signed = samples.jwt()
    for text in (f"a{signed[:9]}{between}{signed[9:]}", f"a{between}{signed}"):
        masked = redact(text, [Secret(signed)])
        assert not any(signed[at : at + 12] in masked for at in range(len(signed) - 16))


def test_an_escape_that_ends_in_a_secret_with_something_invisible_in_it_hides_nothing() -> None:
    secret = "MII" + "b5Zq9x7Lm0" * 6
    for between in ("\u200b", "\x1b[0m", "\x00", "\x1b[1;31m\u2060"):
        masked = redact(f"\x1b[{secret[:9]}{between}{secret[9:]}", [Secret(secret)])
        assert secret[20:-4] not in masked, between


def test_no_character_that_turns_a_line_or_steers_a_terminal_comes_through() -> None:
    masked = redact("a\rb\r\nc\x0bd\x1ce\x85f\u2028g\x1fh\x07i\u202ej\ufeffk\tl")
    assert masked == "a\nb\nc\nd\ne\nf\nghijk\tl"


def test_ordinary_words_are_left_alone() -> None:
    for text in (
        "API key not valid. Please pass a valid API key.",
        "See https://cloud.google.com/docs/authentication?hl=en for more.",
        "Quota exceeded for metric: generate_content_free_tier_requests, limit: 20, model: gemini-3.8-flash",
        "consumer: projects/123456789",
        "write to someone@example.com",
        "see https://example.com/people?mail=someone@example.com",
        "https://example.com: someone@example.com answers",
        "key=name",
        "metadata {key='quota_limit_value'}",
        "key=projects/some-project/locations",
        "Missing or invalid Authorization header.",
        "Authorization: see the docs",
    ):
        assert redact(text) == text


def test_a_session_s_secret_is_found_in_every_dress() -> None:
    for text in (ODD, samples.random_key(), "only-ten-c", "ü" * 12):
        secret = Secret(text)
        dresses = {
            "plain": text,
            "percent": quote(text, safe=""),
            "percent with slashes": quote(text),
            "base64": base64.b64encode(text.encode()).decode(),
            "urlsafe base64": base64.urlsafe_b64encode(text.encode()).decode(),
            "unpadded": base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
            "json": json.dumps(text),
            "json in json": json.dumps(json.dumps(text)),
            "repr": repr(text),
            "lower percent": re.sub("%..", lambda found: found.group().lower(), quote(text, safe="")),
            "UTF-16": text.encode("utf-16-le").decode("latin-1"),
            "UTF-16, big end first": text.encode("utf-16-be").decode("latin-1"),
            "base64 of UTF-16": base64.b64encode(text.encode("utf-16-le")).decode().rstrip("="),
            "hexadecimal": text.encode().hex(),
            "hexadecimal UTF-16": text.encode("utf-16-be").hex().upper(),
            "\\u": "".join(f"\\u{ord(c):04x}" for c in text),
            "\\x": "".join(f"\\x{byte:02X}" for byte in text.encode()),
            "every % code": "".join(f"%{byte:02X}" for byte in text.encode()),
            "HTML": html.escape(text),
            "every entity": "".join(f"&#{ord(c)};" for c in text),
            "every entity in hexadecimal": "".join(f"&#x{ord(c):x};" for c in text),
            "Java's JSON": json.dumps(text).replace("=", "\\u003d").replace("&", "\\u0026"),
            "PHP's JSON": json.dumps(text).replace("/", "\\/"),
            "repr of JSON": repr(json.dumps(text)),
            "JSON of HTML": json.dumps(html.escape(text)),
            "JSON of JSON of HTML of repr": json.dumps(json.dumps(html.escape(repr(text)[1:-1]))),
        }
        for name, dress in dresses.items():
            masked = redact(f"before {dress} after", [secret])
            assert dress.strip("\"'") not in masked, (name, masked)
            assert text[:-4] not in masked, (name, masked)  # what was NULs between the letters is taken out
            assert masked.startswith("before ")
            assert masked.endswith(" after")


@given(before=AROUND, after=AROUND, standard=st.booleans())
def test_a_key_never_survives_whatever_stands_around_it(before: str, after: str, standard: bool) -> None:
    key = samples.random_key(standard=standard)
    for text in (
        f"{before}{key}{after}",
        json.dumps({before: key, "x": after}),
        json.dumps([json.dumps({"m": f"{before} {key} {after}"})]),
        f"{before}'{key}'{after}",
        quote(f"{before}{key}{after}"),
    ):
        for masked in (redact(text, [Secret(key)]), plain(redact(text, [Secret(key)]))):
            assert key[8:-4] not in masked


@given(before=AROUND, after=AROUND)
def test_a_secret_of_no_known_shape_never_survives_where_it_is_known(before: str, after: str) -> None:
    for text in (
        f"{before}{ODD}{after}",
        json.dumps({before: ODD, "x": after}),
        json.dumps(json.dumps(f"{before}{ODD}")),
    ):
        assert ODD[3:-3] not in redact(text, [Secret(ODD)])


@example(before="0\x1b", after="", standard=False)  # taken out, the escape glues the word before to the key
@given(before=AROUND, after=AROUND, standard=st.booleans())
def test_a_key_that_nobody_named_is_masked_between_ordinary_separators(
    before: str, after: str, standard: bool
) -> None:
    key = samples.random_key(standard=standard)
    for sign in " \"'=:/&?,;(<[{\n":
        assert key[8:-4] not in redact(f"{before}{sign}{key}{sign}{after}")


def test_the_secrets_of_a_file_are_its_private_key_and_each_of_its_lines() -> None:
    document = samples.service_account()
    account = recognise(json.dumps(document)).credential
    assert isinstance(account, ServiceAccount)
    secrets = secrets_of(account)
    lines = [line for line in document["private_key"].splitlines() if len(line) >= 40]
    for line in lines:
        assert line not in redact(f"bad line {line} here", secrets)
    assert document["client_email"] in redact(document["client_email"], secrets)
    key = ApiKey(Secret(samples.random_key()))
    assert secrets_of(key) == (key.secret,)
    assert secrets_of(GcloudSignIn()) == ()


# --- plain ----------------------------------------------------------------------------------------------


def test_plain_takes_out_whatever_could_steer_a_terminal_or_turn_a_line() -> None:
    assert plain("a\x1b[31mred\x1b[0m b") == "ared b"
    assert plain("\x1b]0;title\x07text") == "text"
    assert plain("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\") == "link"
    assert plain("\x9b31mred") in ("31mred", "red")
    assert plain("abc\u202egnp.exe") == "abcgnp.exe"
    assert plain("a\u2066b\u2069c\u200bd\ufeffe\u00adf\u061cg\U000e0041h") == "abcdefgh"
    assert plain("one\r\ntwo\tthree\u2028four\u2029five") == "one two three four five"
    assert plain("a\x00b\x08c\x7fd") == "abcd"


@given(st.text(alphabet=st.characters(), max_size=500))
def test_what_is_plain_is_one_short_printable_line(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 300
    assert all(character.isprintable() for character in shown)
    assert plain(shown) == shown


def test_plain_keeps_other_alphabets_and_shortens_with_a_mark() -> None:
    assert plain("Grüße aus 東京 и Москва") == "Grüße aus 東京 и Москва"
    assert plain("x" * 400) == "x" * 299 + "…"
    assert plain("x" * 50, 10) == "x" * 9 + "…"
    assert plain(string.printable).isprintable()


@pytest.mark.parametrize(
    ("text", "home", "masked"),
    [
        ("in /srv/ann/x.env", "/srv/ann", "in ~/x.env"),
        ("/home/bob/x and /Users/bob/y", "/srv/ann", "/home/…/x and /Users/…/y"),
        (r"C:\Users\Bob\x and D:\work", r"C:\Users\Ann", r"C:\Users\…\x and D:\work"),
        ("/etc/x", "/", "/etc/x"),
        ("/etc/x", "", "/etc/x"),
    ],
)
def test_home_folders_are_shown_without_a_name(text: str, home: str, masked: str) -> None:
    assert mask_home(text, home) == masked
