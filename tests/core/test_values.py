"""The values that everybody speaks in give no secret away."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict
from typing import Any

import pytest

from gemini_setup.model.credentials import (
    PROFILE_NAME,
    Access,
    ApiKey,
    Endpoints,
    Kind,
    Secret,
    Service,
    StoredCredential,
    is_profile_name,
)
from gemini_setup.usage import reader

from . import samples


def test_a_secret_is_shown_by_reveal_and_by_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    text = samples.random_key()
    secret = Secret(text)
    kept = StoredCredential(Access(ApiKey(secret), Service.STUDIO), 1, "2026-11-20T17:00:00Z")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").warning("%s %r %s", secret, kept, f"{secret}{secret!r}")
    try:
        raise ValueError(kept)
    except ValueError as error:
        shown = "".join(traceback.format_exception(error))
    shown += caplog.text + str(kept) + str([secret]) + ascii(secret)
    assert text not in shown
    anything: Any = secret
    for leak in (
        lambda: json.dumps(anything),
        lambda: pickle.dumps(anything),
        lambda: copy.deepcopy(kept),
        lambda: "" + anything,
        lambda: f"{anything:>9}",
    ):
        with pytest.raises(TypeError):
            leak()
    assert secret.reveal() == text


def test_secrets_are_equal_by_their_text_and_to_nothing_else() -> None:
    text = samples.random_key()
    assert Secret(text) == Secret("".join([text[:5], text[5:]]))
    assert Secret(text) != Secret(text[:-1])
    assert Secret(text) != text
    assert Secret("ü") == Secret("ü") != Secret("u")
    assert len({Secret(text), Secret(text)}) == 1
    assert len(Secret(text)) == len(text)
    assert not Secret("")


def test_a_hint_is_the_end_of_a_long_text_only() -> None:
    assert Secret("abcdefghijkl").hint == "ijkl"
    assert Secret("abcdefghijk").hint == ""


def test_endpoints_that_are_google_s_own_are_kept_as_none() -> None:
    assert Endpoints().as_json() is None
    assert not Endpoints()
    assert Endpoints(token="https://x.example").as_json() == {
        "gemini": None,
        "vertex": None,
        "token": "https://x.example",
    }
    assert asdict(Endpoints()) == {"gemini": None, "vertex": None, "token": None}
    assert ApiKey(Secret("x" * 20)).kind is Kind.API_KEY


@pytest.mark.parametrize(("name", "good"), [("default", True), ("a", True), ("a-1", True), ("a" * 32, True), ("a" * 33, False), ("", False),
                                            ("A", False), ("a.b", False), ("a/b", False), ("a b", False), ("ä", False), ("a\n", False), ("١", False)])  # fmt: skip
def test_names_of_profiles_are_small_and_plain(name: str, good: bool) -> None:
    assert is_profile_name(name) is good


def test_the_reader_s_copy_of_the_rule_is_the_rule() -> None:
    assert reader.PROFILE_NAME == PROFILE_NAME
