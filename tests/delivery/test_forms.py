"""Texts changed at one value only, for any text: the rest stays, the change can be taken back exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.delivery.formats.base import ABSENT, FormatError, taken_back
from gemini_setup.delivery.formats.dotenv_edit import Dotenv
from gemini_setup.delivery.formats.json_edit import Json

_names = st.text(st.characters(codec="utf-8"), max_size=6)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=8,
)
_space = st.text(" \t\r\n", max_size=3)
_address = st.lists(st.sampled_from(["a", "b", 'q"\\', "ü"]), min_size=1, max_size=3).map(tuple)


def _written(value: Any, spaces: Any) -> str:
    """JSON with white space that no formatter makes."""
    if isinstance(value, dict):
        inner = ",".join(
            f"{spaces()}{json.dumps(key)}{spaces()}:{_written(one, spaces)}" for key, one in value.items()
        )
        return f"{spaces()}{{{inner}{spaces()}}}{spaces()}"
    if isinstance(value, list):
        return f"{spaces()}[{','.join(_written(one, spaces) for one in value)}{spaces()}]{spaces()}"
    return f"{spaces()}{json.dumps(value, ensure_ascii=False)}{spaces()}"


def _set(document: dict[str, Any], address: tuple[str, ...], value: Any) -> bool:
    """What `put` should mean; False where something that is no object stands in the way."""
    inner: Any = document
    for key in address[:-1]:
        inner = inner.setdefault(key, {})
        if not isinstance(inner, dict):
            return False
    inner[address[-1]] = value
    return True


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "ü"]) | _names, _values, max_size=4),
    _address,
    st.text(max_size=5) | st.dictionaries(_names, st.text(max_size=3), max_size=2),
    st.data(),
)
def test_any_json_takes_a_value_and_gives_it_back(
    document: dict[str, Any], address: tuple[str, ...], value: Any, data: st.DataObject
) -> None:
    text = _written(document, lambda: data.draw(_space))
    wanted = json.loads(text)
    form = Json()
    if not _set(wanted, address, value):
        with pytest.raises(FormatError):
            form.put(text, {address: value})
        return
    depth, raw = form.depth(text, address), form.raw(text, address)
    put = form.put(text, {address: value})
    assert json.loads(put.text) == wanted
    assert form.get(put.text, address) == value
    assert taken_back(put.text, put.layers) == text
    assert json.loads(form.take(put.text, address, raw, depth)) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", '{\n  "a": {\n    "b": "X"\n  }\n}\n'),
        ("{}", '{\n  "a": {\n    "b": "X"\n  }\n}'),
        ('{"a": {"c": 1}}', '{"a": {"c": 1, "b": "X"}}'),
        ('{\r\n    "c": 1\r\n}\r\n', '{\r\n    "c": 1,\r\n    "a": {\r\n        "b": "X"\r\n    }\r\n}\r\n'),
        ('{\n\t"a": {\n\t\t"c": 1 // why\n\t}\n}', '{\n\t"a": {\n\t\t"c": 1, // why\n\t\t"b": "X"\n\t}\n}'),
        ('{"a": {"c": 1 // why\n}}', '{"a": {"c": 1, // why\n    "b": "X"\n}}'),
        ('{"a": {"b": /* old */ "Y", "b": "Z"}}', '{"a": {"b": /* old */ "Y", "b": "X"}}'),
        ('{ /* none */ }', '{\n  "a": {\n    "b": "X"\n  }\n /* none */ }'),
    ],
)  # fmt: skip
def test_a_value_is_written_the_way_the_file_is(text: str, wanted: str) -> None:
    form = Json(comments=True)
    put = form.put(text, {("a", "b"): "X"})
    assert put.text == wanted
    assert taken_back(put.text, put.layers) == text


def test_what_is_no_json_object_is_left_alone() -> None:
    for text in ("[]", "null", "{", '{"a": 1,}', "{} {}", '\ufeff{"a": 1}', '{"a": 1} // note', "[" * 5000):
        with pytest.raises(FormatError):
            Json().put(text, {("a",): 1})
    with pytest.raises(FormatError):
        Json().put('{"a": 1}', {("a", "b"): 1})


_line = st.sampled_from(
    [
        "", "# GEMINI_API_KEY=no", "A=1", "export B='x # y'", 'C="two\nlines"', "GEMINI_API_KEY=old # why", "odd", "D",
        "  export GEMINI_API_KEY = 'old'", "MY_GEMINI_API_KEY=other", "GEMINI_API_KEY_2=x", 'E="', "\udcff=\udcfe",
    ]
)  # fmt: skip


@given(st.lists(_line, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_dotenv_file_takes_a_value_and_gives_it_back(lines: list[str], end: str, ended: bool) -> None:
    text = end.join(lines) + (end if ended and lines else "")
    form, address = Dotenv(), ("GEMINI_API_KEY",)
    before, raw, depth = form.get(text, address), form.raw(text, address), form.depth(text, address)
    put = form.put(text, {address: "new-key.1"})
    assert form.get(put.text, address) == "new-key.1"
    assert taken_back(put.text, put.layers) == text
    again = form.take(put.text, address, raw, depth)
    assert form.get(again, address) == before
    if before is ABSENT:
        assert put.text.startswith(text)
        assert again.rstrip("\r\n") == text.rstrip("\r\n")
    else:
        assert again == text


def test_a_value_in_the_middle_keeps_its_line() -> None:
    text = "A=1\nexport GEMINI_API_KEY = 'old' # mine\nB=2\n"
    put = Dotenv().put(text, {("GEMINI_API_KEY",): "new", ("OTHER",): "a b"})
    assert put.text == "A=1\nexport GEMINI_API_KEY = new # mine\nB=2\nOTHER='a b'\n"
