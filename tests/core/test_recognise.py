"""Whatever is pasted, dropped or chosen is named, and nothing but what can never be a key is turned away."""

from __future__ import annotations

import json
import os
import string
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemini_setup.google.recognition import (
    MAX_FILE,
    MAX_PASTE,
    read_file,
    recognise,
    recognise_document,
    recognise_file,
)
from gemini_setup.model.credentials import ApiKey, ServiceAccount
from gemini_setup.model.recognised import What
from tests.causes.records import collected, recorded

from . import samples


def key_of(pasted: str) -> str | None:
    found = recognise(pasted)
    return found.credential.secret.reveal() if isinstance(found.credential, ApiKey) else None


# --- pasted keys ----------------------------------------------------------------------------------------

WRAPPINGS = [
    "{}",
    "  {}\n",
    "\ufeff{}",
    "\u200b{}\u200b",
    "\u2060{}",
    '"{}"',
    "'{}'",
    "`{}`",
    "“{}”",
    "‘{}’",
    "„{}“",
    "«{}»",
    "{},",
    '"{}",',
    "{};",
    "export GEMINI_API_KEY={}",
    'export GEMINI_API_KEY="{}"',
    "export GEMINI_API_KEY='{}';",
    "GEMINI_API_KEY={}",
    "GOOGLE_API_KEY = {}",
    "gemini.api_key={}",
    "api-key: {}",
    "set GEMINI_API_KEY={}",
    '$env:GEMINI_API_KEY="{}"',
    "ENV GEMINI_API_KEY={}",
    "- GEMINI_API_KEY={}",
    '"apiKey": "{}",',
    "GEMINI_API_KEY: {}",
    "setx GEMINI_API_KEY {}",
    'setx GEMINI_API_KEY "{}"',
    "set -gx GEMINI_API_KEY {}",
    "x-goog-api-key: {}",
    "X-Goog-Api-Key:{}",
    '-H "x-goog-api-key: {}"',
    "-H 'x-goog-api-key: {}' \\",
    "Authorization: Bearer {}",
    "authorization: bearer {}",
    "Bearer {}",
    "https://generativelanguage.googleapis.com/v1beta/models?key={}",
    "https://generativelanguage.googleapis.com/v1beta/models?pageSize=5&key={}&alt=json",
    'api_key="{}"',
    "key={}",
    "key: {}",
]


@pytest.mark.parametrize("standard", [False, True], ids=["auth", "standard"])
@pytest.mark.parametrize("form", WRAPPINGS)
def test_a_key_is_found_in_what_people_copy_around_it(form: str, standard: bool) -> None:
    key = samples.random_key(standard=standard)
    assert key_of(form.replace("{}", key)) == key


@pytest.mark.parametrize("standard", [False, True], ids=["auth", "standard"])
@pytest.mark.parametrize("gap", ["\n", "\r\n", "\n  ", " \n"])
def test_a_key_that_was_wrapped_is_put_together_again(gap: str, standard: bool) -> None:
    key = samples.random_key(standard=standard)
    found = recognise(key[:20] + gap + key[20:])
    assert found.credential == ApiKey(recognise(key).credential.secret)  # type: ignore[union-attr]
    assert "line-breaks" in found.stripped


def test_invisible_characters_inside_a_key_are_taken_out() -> None:
    key = samples.random_key()
    assert key_of(f"{key[:10]}\u200b{key[10:20]}\u00ad{key[20:]}\u202c") == key


def test_what_was_taken_away_is_said_and_nothing_is_for_a_bare_key() -> None:
    key = samples.random_key()
    assert recognise(key).stripped == ()
    assert recognise(f" {key}").stripped == ("spaces",)
    assert recognise(f"GEMINI_API_KEY='{key}'").stripped == ("assignment", "quotes")


def test_the_family_and_the_hint_are_told_and_doubts_are_soft() -> None:
    auth, standard = samples.random_key(), samples.random_key(standard=True)
    assert (recognise(auth).family, recognise(standard).family) == ("auth", "standard")
    assert recognise(auth).hint == auth[-4:]
    assert recognise(auth).doubt == recognise(standard).doubt == ""
    for cut in (auth[:30], standard[:-3], auth[:12]):
        assert recognise(cut).doubt == "short"
        assert recognise(cut).credential is not None
    assert recognise(standard + "x").doubt == "long"
    assert recognise(standard + "x").credential is not None
    groq = recognise("gs" + "k_" + "a1B2" * 12)
    assert (groq.doubt, groq.name) == ("other-vendor", "Groq")
    assert groq.credential is not None


def never_a_key() -> dict[str, tuple[str, What]]:
    secret = samples.random_key()[3:]
    return {
        "nothing": ("", What.NOTHING),
        "spaces": (" \n\t ", What.NOTHING),
        "invisible": ("\u200b\ufeff", What.NOTHING),
        "quotes only": ('""', What.NOTHING),
        "access token": (samples.random_token(), What.ACCESS_TOKEN),
        "bearer token": (f"Bearer {samples.random_token()}", What.ACCESS_TOKEN),
        "jwt": (samples.jwt(), What.JWT),
        "client secret": ("GOC" + f"SPX-{secret[:28]}", What.CLIENT_SECRET),
        "openai": ("s" + f"k-proj-{secret}", What.OTHER_VENDOR),
        "anthropic": ("s" + f"k-ant-api03-{secret}", What.OTHER_VENDOR),
        "key id": ("0a" * 20, What.KEY_ID),
        "email": ("gemini@some-project.iam.gserviceaccount.com", What.EMAIL),
        "address": ("https://aistudio.google.com/api-keys", What.ADDRESS),
        "file name": ("~/Downloads/some-project-0123.json", What.ADDRESS),
        "windows path": (r"C:\Users\me\key.json", What.ADDRESS),
        "pem": (samples.rsa_pem(), What.PRIVATE_KEY),
        "prose": ("where do I find the key that everybody talks about?", What.PROSE),
        "error": ("Error: API key not valid. Please pass a valid API key.", What.ERROR_MESSAGE),
        "cyrillic": ("А" + samples.random_key()[1:], What.NOT_SENDABLE),
        "bullets": ("•" * 39, What.NOT_SENDABLE),
        "ellipsis": (samples.random_key()[:20] + "…", What.NOT_SENDABLE),
        "control": (samples.random_key()[:20] + "\x1b[0m" + secret, What.NOT_SENDABLE),
        "too long": ("a" * (MAX_PASTE + 1), What.TOO_LARGE),
    }


@pytest.mark.parametrize("name", never_a_key())
def test_what_can_never_be_a_key_is_named(name: str) -> None:
    pasted, what = never_a_key()[name]
    found = recognise(pasted)
    assert (found.what, found.credential) == (what, None)


def test_only_characters_that_no_header_carries_are_a_cause_for_a_key() -> None:
    causes = {name: recognise(pasted).cause for name, (pasted, _) in never_a_key().items()}
    assert {name for name, cause in causes.items() if cause == "key-not-sendable"} == {
        "cyrillic",
        "bullets",
        "ellipsis",
        "control",
    }


PRINTABLE = "".join(chr(n) for n in range(33, 127))
#: The forms that are told apart or taken off around a key: everything else has to be asked about.
_FORMS = ("ya29.", "eyJ", "GOC" + "SPX-", "s" + "k-", "{", "[", "-----BEGIN")
_DRESSING = set("\"'`;,=:<>()*\\$")


def _is_a_form(text: str) -> bool:
    return (
        text.startswith(_FORMS)
        or "-----BEGIN" in text
        or "@" in text
        or "://" in text
        or text.lower().endswith(".json")
        or (len(text) == 40 and set(text) <= set("0123456789abcdef"))
        or bool(_DRESSING & set(text))
    )


@given(st.text(alphabet=PRINTABLE, min_size=20, max_size=100))
@example("AIza" + "-" * 35)
@example("~" * 20)
@example("0" * 41)
@example("key-" + "a" * 30)
@example("token.secret.credential-0123")
def test_a_key_of_a_shape_that_nobody_knows_is_checkable_as_it_stands(text: str) -> None:
    found = recognise(text)
    if _is_a_form(text):
        return
    assert found.what is What.API_KEY
    assert key_of(text) == text


@given(st.text(alphabet=PRINTABLE, min_size=20, max_size=100))
def test_any_sendable_text_is_a_key_unless_it_is_one_of_the_named_forms(text: str) -> None:
    allowed = {
        What.API_KEY, What.ACCESS_TOKEN, What.JWT, What.CLIENT_SECRET, What.OTHER_VENDOR, What.KEY_ID, What.EMAIL,
        What.ADDRESS, What.PRIVATE_KEY, What.NOT_JSON, What.OTHER_JSON, What.NOTHING,
    }  # fmt: skip
    assert recognise(text).what in allowed


@given(st.text(max_size=300))
def test_no_text_at_all_breaks_it_and_a_key_is_always_sendable(text: str) -> None:
    for found in (recognise(text), recognise_file(text.encode("utf-8", "surrogatepass"))):
        if isinstance(found.credential, ApiKey):
            key = found.credential.secret.reveal()
            assert key
            assert set(key) <= set(string.ascii_letters + string.digits + string.punctuation)


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes) -> None:
    assert recognise_file(data).what in What


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "a" * n,
        lambda n: "a " * (n // 2),
        lambda n: "\n" * n + "x",
        lambda n: "export " * (n // 7),
        lambda n: "A_" * (n // 2) + "=",
        lambda n: "https://" + "?key" * (n // 4),
        lambda n: "a@" * (n // 2),
        lambda n: '{"type":' * (n // 8),
        lambda n: '{"type":"service_account","client_email":"x","private_key":"' + "-----BEGIN PRIVATE KEY-----\\n" * (n // 29) + '"}',
        lambda n: "a:" * (n // 2),
        lambda n: "key= " + " " * n + ";",
    ],
)  # fmt: skip
def test_the_time_grows_with_the_length_and_not_faster(make: Any) -> None:
    def time_of(size: int) -> float:
        data = make(size).encode()
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            recognise_file(data)
            recognise(data.decode())
            best = min(best, time.process_time() - began)
        return best

    # A hundred times the text may take some hundred times the time; a quadratic look would take ten thousand times.
    assert time_of(990_000) < 400 * max(0.001, time_of(9_900))


# --- files ----------------------------------------------------------------------------------------------


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file.json"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_key_file_is_read_in_whatever_encoding_an_editor_saved_it(tmp_path: Path, encoding: str) -> None:
    text = json.dumps(samples.service_account(), indent=2)
    found = read_file(written(tmp_path, text.encode(encoding)))
    account = found.credential
    assert isinstance(account, ServiceAccount)
    assert (account.email, account.project) == ("gemini@some-project.iam.gserviceaccount.com", "some-project")
    assert account.hint == "6789"
    assert json.loads(account.document.reveal()) == samples.service_account()
    assert "\n" not in account.document.reveal()
    assert account.document.reveal().isascii()


def test_utf_16_with_its_mark_is_read_in_both_orders(tmp_path: Path) -> None:
    text = json.dumps(samples.service_account())
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert read_file(written(tmp_path, mark + text.encode(name))).what is What.SERVICE_ACCOUNT


def test_a_file_pasted_as_text_is_the_same_file() -> None:
    text = json.dumps(samples.service_account(), indent=2)
    assert recognise(text).credential == recognise_file(text.encode()).credential
    assert recognise(f"\n {text} \n").what is What.SERVICE_ACCOUNT
    assert recognise(f"GOOGLE_CREDENTIALS='{text}'").what is What.SERVICE_ACCOUNT


@pytest.mark.parametrize(
    "uri", ["https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token"]
)
def test_google_s_older_token_addresses_are_taken(uri: str) -> None:
    assert recognise_document(json.dumps(samples.service_account(token_uri=uri))).credential is not None


def test_old_pem_headers_and_absent_fields_are_taken() -> None:
    for change in (
        {"private_key": samples.rsa_pem(old=True)},
        {"universe_domain": None},
        {"token_uri": None},
        {"project_id": None},
    ):
        assert recognise_document(json.dumps(samples.service_account(**change))).what is What.SERVICE_ACCOUNT


def other_files() -> dict[str, tuple[Any, What]]:
    sound = samples.service_account
    pem = samples.rsa_pem()
    key = samples.random_key(standard=True)
    return {
        "oauth client": ({"installed": {"client_id": "x", "client_secret": "y"}}, What.OAUTH_CLIENT),
        "oauth web client": ({"web": {"client_id": "x"}}, What.OAUTH_CLIENT),
        "gcloud sign-in": ({"type": "authorized_user", "refresh_token": "x"}, What.ADC_USER),
        "google-services.json": ({"project_info": {}, "client": [{"api_key": [{"current_key": key}]}]}, What.FIREBASE_CONFIG),
        "firebase web": ({"apiKey": key, "authDomain": "x"}, What.FIREBASE_CONFIG),
        "external": ({"type": "external_account", "credential_source": {"executable": {"command": "rm"}}}, What.EXTERNAL_ACCOUNT),
        "external user": ({"type": "external_account_authorized_user"}, What.EXTERNAL_ACCOUNT),
        "impersonated": ({"type": "impersonated_service_account", "service_account_impersonation_url": "x"}, What.IMPERSONATED),
        "gdch": ({"type": "gdch_service_account", "private_key": pem}, What.GDCH),
        "an answer": ({"error": {"code": 403, "message": "no"}}, What.ERROR_MESSAGE),
        "an answer in a list": ([{"error": {"code": 403}}], What.ERROR_MESSAGE),
        "no type": (sound(type=None), What.OTHER_JSON),
        "a wrong type": (sound(type="service-account"), What.OTHER_JSON),
        "a type that is no text": (sound(type=["service_account"]), What.OTHER_JSON),
        "a list": ([1, 2], What.OTHER_JSON),
        "an empty object": ({}, What.OTHER_JSON),
        "two of them": ([sound(), sound()], What.OTHER_JSON),
        "no mail": (sound(client_email=None), What.INCOMPLETE),
        "mail is no text": (sound(client_email=7), What.INCOMPLETE),
        "no key": (sound(private_key=None), What.INCOMPLETE),
        "foreign token_uri": (sound(token_uri="https://evil.example/token"), What.FOREIGN_TOKEN_URI),
        "lookalike token_uri": (sound(token_uri="https://oauth2.googleapis.com.evil.example/token"), What.FOREIGN_TOKEN_URI),
        "user-info token_uri": (sound(token_uri="https://oauth2.googleapis.com@evil.example/token"), What.FOREIGN_TOKEN_URI),
        "http token_uri": (sound(token_uri="http://oauth2.googleapis.com/token"), What.FOREIGN_TOKEN_URI),
        "token_uri is a list": (sound(token_uri=["https://oauth2.googleapis.com/token"]), What.FOREIGN_TOKEN_URI),
        "foreign universe": (sound(universe_domain="evil.example"), What.FOREIGN_UNIVERSE),
        "universe is a list": (sound(universe_domain=["googleapis.com"]), What.FOREIGN_UNIVERSE),
        "ec key": (sound(private_key=samples.ec_pem(old=True)), What.NOT_RSA),
        "encrypted": (sound(private_key=samples.encrypted_pem()), What.ENCRYPTED_KEY),
        "no pem": (sound(private_key="hello"), What.BROKEN_KEY),
        "cut pem": (sound(private_key=pem[:400]), What.BROKEN_KEY),
        "escaped twice": (sound(private_key=pem.replace("\n", "\\n")), What.BROKEN_KEY),
        "public key": (sound(private_key=pem.replace("PRIVATE", "PUBLIC")), What.BROKEN_KEY),
    }  # fmt: skip


@pytest.mark.parametrize("name", other_files())
def test_every_other_file_is_named_before_any_library_sees_it(name: str, tmp_path: Path) -> None:
    document, what = other_files()[name]
    found = read_file(written(tmp_path, json.dumps(document).encode()))
    assert (found.what, found.credential) == (what, None)
    assert found.cause in ("file-not-service-account", "private-key-unreadable", "file-not-json")


def test_hostile_names_in_a_file_come_back_short(tmp_path: Path) -> None:
    for change in ({"type": "x" * 5000}, {"universe_domain": "x" * 5000}, {"token_uri": "x" * 5000}):
        assert len(recognise_document(json.dumps(samples.service_account(**change))).name) <= 80


BYTES = {
    "empty": (b"", What.NOTHING),
    "white space": (b" \r\n\t", What.NOTHING),
    "only a mark": (b"\xef\xbb\xbf", What.NOTHING),
    "binary": (bytes(range(256)) * 8, What.BINARY),
    "zip": (b"PK\x03\x04" + b"\0\x01\x02\x03" * 50, What.BINARY),
    "half of utf-16": (b"\xff\xfe\x00", What.BINARY),
    "yaml": (b"type: service_account\nclient_email: x\n", What.NOT_JSON),
    "html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", What.NOT_JSON),
    "cut json": (b'{"type": "service_account", "project_id": "x', What.NOT_JSON),
    "deep json": (b"[" * 100_000, What.NOT_JSON),
    "huge number": (b'{"type": ' + b"1" * 6000 + b"}", What.NOT_JSON),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_is_no_key_file_is_named(name: str, tmp_path: Path) -> None:
    content, what = BYTES[name]
    found = read_file(written(tmp_path, content))
    assert (found.what, found.credential) == (what, None)


def test_a_file_with_nothing_but_a_key_is_that_key(tmp_path: Path) -> None:
    key = samples.random_key()
    assert read_file(written(tmp_path, f"{key}\n".encode())).credential == recognise(key).credential
    assert (
        read_file(written(tmp_path, f"GEMINI_API_KEY={key}\n".encode())).credential
        == recognise(key).credential
    )


def test_a_pem_without_its_file_is_named(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, samples.rsa_pem().encode())).what is What.PRIVATE_KEY


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        assert read_file(path).what is What.TOO_LARGE
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000_000
    assert recognise_file(b"{" * (MAX_FILE + 1)).what is What.TOO_LARGE


def test_folders_links_and_things_that_are_no_files_are_named_and_never_hang(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "to-folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to(tmp_path / "pipe")
    found = {
        name: read_file(tmp_path / name).what
        for name in ("gone", "round", "to-folder", "pipe", "to-pipe", "none")
    }
    assert found == {
        "gone": What.MISSING,
        "round": found["round"],
        "to-folder": What.FOLDER,
        "pipe": What.UNREADABLE,
        "to-pipe": What.UNREADABLE,
        "none": What.MISSING,
    }
    assert found["round"] in (What.MISSING, What.UNREADABLE)
    assert read_file(tmp_path).what is What.FOLDER
    assert read_file(Path("/proc/self/mem")).what is What.UNREADABLE
    assert read_file(Path("/dev/zero")).what is What.UNREADABLE
    assert read_file(Path("a\0b")).what in (What.MISSING, What.UNREADABLE)
    assert read_file(tmp_path / ("n" * 5000)).what in (What.MISSING, What.UNREADABLE)
    assert read_file(tmp_path / "file.json" / "below").what is What.MISSING


def test_a_link_to_a_key_file_is_followed(tmp_path: Path) -> None:
    written(tmp_path, json.dumps(samples.service_account()).encode())
    (tmp_path / "link").symlink_to(tmp_path / "file.json")
    assert read_file(tmp_path / "link").what is What.SERVICE_ACCOUNT


def test_a_found_credential_prints_no_secret() -> None:
    key, account = samples.random_key(), samples.service_account()
    shown = repr((recognise(key), recognise(json.dumps(account))))
    assert key not in shown
    assert account["private_key"][40:80] not in shown
    assert "PRIVATE" not in shown


def test_the_key_of_a_pasted_env_file_is_taken_and_nothing_is_joined_to_it() -> None:
    key, other = samples.random_key(), samples.random_key()
    for text in (
        f"GEMINI_API_KEY={key}\nMODE=fast\n",
        f"# mine\nexport GOOGLE_API_KEY='{key}'\n\nPORT=80",
        f"OPENAI_API_KEY=x\r\nGEMINI_API_KEY={key}\r\n",
    ):
        assert key_of(text) == key
    assert key_of(f"GEMINI_API_KEY={key}\nGOOGLE_API_KEY={key}") != key + other


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_reads_is_no_json(number: str) -> None:
    assert recognise_document(f'{{"type": "service_account", "x": {number}}}').what is What.NOT_JSON


RECORDED = [record for record in (*recorded(), *collected()) if record.text.strip()]


def test_what_people_posted_as_an_error_is_recognised_as_one() -> None:
    other = [
        (record.id, found.what)
        for record in RECORDED
        if (found := recognise(record.text)).what is not What.ERROR_MESSAGE
    ]
    assert other == []


@pytest.mark.parametrize(
    "text",
    [
        "where do I find the key that everybody talks about?",
        "my new key for Gemini",
        "the key is in the mail",
        "please find the key of our project below",
        "Bitte den Schlüssel in das Feld einfügen",
    ],
)
def test_a_sentence_about_a_key_is_no_error(text: str) -> None:
    assert recognise(text).what is What.PROSE


def test_a_key_or_a_file_that_speaks_of_errors_is_still_one() -> None:
    key = samples.random_key()
    assert recognise(f"GEMINI_API_KEY={key}").what is What.API_KEY
    assert recognise(f"{key[:25]}\n{key[25:]}").what is What.API_KEY
    assert recognise(f"Error: {key}").what is not What.PROSE
    account = json.dumps(
        samples.service_account(client_email="error-quota@some-project.iam.gserviceaccount.com")
    )
    assert recognise(account).what is What.SERVICE_ACCOUNT
    assert recognise(account[:-5]).what is What.NOT_JSON
