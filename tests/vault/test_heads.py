"""Heads to the letter of DESIGN §4."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service
from gemini_setup.vault import heads
from gemini_setup.vault.codec import head_of, kept_of, same_access

from .samples import account, account_object, key, key_text, sign_in

AT = "2026-11-20T17:00:00Z"


def test_a_key_s_head_letter_by_letter() -> None:
    text = heads.compose(head_of(key("a"), 7, AT))
    assert text == (
        '{"schema":"gemini-credentials/1","generation":7,"created":"2026-11-20T17:00:00Z","kind":"api_key",'
        '"service":"studio","project":null,"location":null,"endpoints":null,'
        '"credential":{"api_key":"' + key_text("a") + '"}}'
    )


def test_a_split_service_account_s_head_and_parts_letter_by_letter() -> None:
    access = account("b", endpoints=Endpoints(vertex="https://gate.example/v"))
    head, parts = heads.in_parts(head_of(access, 2, AT))
    joined = "".join(parts)
    assert heads.compose(head) == (
        '{"schema":"gemini-credentials/1","generation":2,"created":"2026-11-20T17:00:00Z",'
        '"kind":"service_account","service":"vertex","project":"project-b","location":"global",'
        '"endpoints":{"gemini":null,"vertex":"https://gate.example/v","token":null},'
        f'"parts":{len(parts)},"sha256":"{hashlib.sha256(joined.encode()).hexdigest()}"}}'
    )
    assert json.loads(joined) == account_object("b")
    assert {len(part) for part in parts[:-1]} == {1000}
    assert 0 < len(parts[-1]) <= 1000
    assert len(parts) >= 2


def test_a_sign_in_keeps_no_secret() -> None:
    text = heads.compose(head_of(sign_in(), 1, AT))
    assert json.loads(text)["credential"] is None
    head = heads.parse(text)
    assert kept_of(head, heads.whole(head, [])).access == sign_in()


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=400))
def test_any_key_survives_as_one_line_of_printable_ascii(text: str) -> None:
    access = Access(ApiKey(Secret(text)), Service.VERTEX, "p-1", "us")
    head = head_of(access, 1, AT)
    line = heads.compose(head)
    assert heads.is_printable(line)
    found = heads.parse(line)
    try:
        kept = kept_of(found, heads.whole(found, []))
    except UnicodeEncodeError:  # pragma: no cover - would be a defect
        pytest.fail("a key is not kept")
    assert kept.access.credential.secret.reveal() == text  # type: ignore[union-attr]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=5000))
def test_split_and_joined_is_the_same(text: str) -> None:
    head = head_of(Access(ApiKey(Secret("k" + text)), Service.STUDIO), 3, AT)
    split, parts = heads.in_parts(head)
    assert heads.whole(split, list(parts)) == head.body


@pytest.mark.parametrize("key", ["", "a\nb", "a\x1b[31m", "ü", "a\x7f", "a\r", "\u202eb"])
def test_what_is_no_line_of_printable_signs_is_no_key(key: str) -> None:
    """Another program may have written the entry; what it says is printed by get, token and env."""
    with pytest.raises(ValueError, match="printable"):
        head_of(Access(ApiKey(Secret(key)), Service.STUDIO), 1, AT)
    found = json.loads(heads.compose(head_of(Access(ApiKey(Secret("k")), Service.STUDIO), 1, AT)))
    found["credential"]["api_key"] = key
    with pytest.raises(heads.Damaged):
        heads.parse(json.dumps(found))
    split, parts = heads.in_parts(head_of(Access(ApiKey(Secret("k")), Service.STUDIO), 1, AT))
    body = json.dumps({"api_key": key})
    split.sha256, parts = heads.digest(body), [body]
    with pytest.raises(heads.Damaged):
        kept_of(split, heads.whole(split, list(parts)))


@pytest.mark.parametrize("name", ["project", "location", "created"])
def test_no_text_of_a_head_brings_another_line(name: str) -> None:
    found = json.loads(heads.compose(head_of(account("c"), 4, AT)))
    found[name] = "p-1\nAPI_KEY=other"
    with pytest.raises(heads.Damaged):
        heads.parse(json.dumps(found))


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example", "https://evil.example?x=", "https://user@evil.example", "ftp://evil.example",
        "https://a\nb.example", "https://127.0.0.1 .example", "", "http://127.999.999.999", "file:///etc/passwd",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["gemini", "vertex", "token"])
def test_an_endpoint_that_we_would_not_have_kept_is_not_followed(name: str, address: str) -> None:
    """Whoever may write an entry must not have the key sent in clear, or exported for other programs to send."""
    found = json.loads(heads.compose(head_of(account("c"), 4, AT)))
    found["endpoints"] = {"gemini": None, "vertex": None, "token": None, name: address}
    with pytest.raises(heads.Damaged):
        heads.parse(json.dumps(found))
    found["endpoints"][name] = "https://gateway.example:8443/gemini"
    assert heads.parse(json.dumps(found)).endpoints == found["endpoints"]


def test_unknown_members_are_ignored() -> None:
    found = json.loads(heads.compose(head_of(account("c"), 4, AT)))
    found["color"] = {"deep": [1]}
    found["endpoints"] = {"gemini": None, "vertex": None, "token": None, "more": 1}
    head = heads.parse(json.dumps(found))
    assert same_access(kept_of(head, head.body).access, account("c"))


@pytest.mark.parametrize(
    "schema", ["gemini-credentials/2", "gemini-credentials/1.1", "gemini-credentials/10"]
)
def test_an_unknown_version_is_an_error_of_its_own(schema: str) -> None:
    found = json.loads(heads.compose(head_of(key("a"), 4, AT))) | {"schema": schema}
    with pytest.raises(heads.UnknownSchema):
        heads.parse(json.dumps(found))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other"},
        {"schema": None},
        {"generation": 0},
        {"generation": "1"},
        {"generation": True},
        {"created": None},
        {"kind": "password"},
        {"service": "aws"},
        {"project": 5},
        {"endpoints": []},
        {"endpoints": {"gemini": 1}},
        {"credential": None},
        {"credential": {}},
        {"credential": {"api_key": ""}},
        {"credential": {"api_key": 5}},
        {"credential": "text"},
    ],
)
def test_a_damaged_head_is_damaged(change: dict[str, object]) -> None:
    found = json.loads(heads.compose(head_of(key("a"), 4, AT))) | change
    with pytest.raises(heads.Damaged):
        heads.parse(json.dumps(found))


@pytest.mark.parametrize("text", ["", "x", "[]", "5", "null", "[" * 100_000, '{"schema":', "\x00"])
def test_a_text_that_is_no_head_is_damaged(text: str) -> None:
    with pytest.raises(heads.Damaged):
        heads.parse(text)


def test_missing_short_and_swapped_parts_are_damaged() -> None:
    head, parts = heads.in_parts(head_of(account("d"), 4, AT))
    for wrong in (
        [],
        parts[:-1],
        [*parts, "x"],
        [parts[0], None, *parts[2:]],
        parts[::-1],
        ["ü", *parts[1:]],
    ):
        with pytest.raises(heads.Damaged):
            heads.whole(head, list(wrong))


@pytest.mark.parametrize("parts", [0, -1, True, "2", 1001, None])
def test_a_senseless_number_of_parts_is_damaged(parts: object) -> None:
    head, _ = heads.in_parts(head_of(account("d"), 4, AT))
    found = json.loads(heads.compose(head)) | {"parts": parts}
    with pytest.raises(heads.Damaged):
        heads.parse(json.dumps(found))


def test_the_order_of_a_file_s_members_does_not_make_it_another() -> None:
    first = account("e")
    document = dict(reversed(list(account_object("e").items())))
    credential = first.credential
    turned = type(credential)(Secret(json.dumps(document, indent=2)), *_rest(credential))  # type: ignore[call-arg]
    again = Access(turned, first.service, first.project, first.location)
    assert same_access(first, again)
    assert not same_access(first, account("f"))
    assert not same_access(first, Access(credential, Service.VERTEX, "other-project", "global"))
    assert not same_access(key("a"), sign_in())


def _rest(credential: object) -> tuple[str, ...]:
    return tuple(getattr(credential, name) for name in ("email", "project", "key_id", "client_id"))
