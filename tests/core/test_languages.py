"""Every language is whole or says that it is a draft, and says the same as the English: facts, buttons, numbers of lines."""

from __future__ import annotations

import json
import plistlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gemini_setup import settings
from gemini_setup.i18n import cause_texts, messages

RESOURCES = Path(messages.folder())
SOURCE = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in (RESOURCES / "en").glob("*.toml")}
OTHERS = [one for one in messages.languages() if one.code != messages.SOURCE]


def _leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    if isinstance(value, dict):
        return {k: v for name, one in value.items() for k, v in _leaves(one, (*path, name)).items()}
    if isinstance(value, list):
        return {k: v for n, one in enumerate(value) for k, v in _leaves(one, (*path, str(n))).items()}
    return {path: value} if isinstance(value, str) else {}


def _all(code: str) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for file in (RESOURCES / code).glob("*.toml"):
        if file.stem != "language":
            found |= _leaves(tomllib.loads(file.read_text("utf-8")), (file.stem,))
    # A line for a terminal is the same in every language, so that the English file alone has it.
    return {path: text for path, text in found.items() if path[-1] != "command"}


ENGLISH = _all("en")


def test_there_are_a_whole_second_language_one_from_right_to_left_and_one_without_spaces() -> None:
    assert {one.code for one in OTHERS if not one.draft and not one.part} >= {"de"}
    assert any(one.right_to_left for one in OTHERS)
    assert any(re.search("[\u3040-\u30ff\u4e00-\u9fff]", one.name) for one in OTHERS)


@pytest.mark.parametrize("one", OTHERS, ids=lambda one: one.code)
def test_a_language_has_every_text_and_none_too_many(one: messages.Language) -> None:
    there = _all(one.code)
    assert not set(there) - set(ENGLISH), "texts that nobody shows"
    if not one.draft and not one.part:
        assert not set(ENGLISH) - set(there), "texts that are missing"


@pytest.mark.parametrize("one", OTHERS, ids=lambda one: one.code)
def test_a_text_has_the_facts_of_the_english_one_and_what_code_reads_is_the_same(
    one: messages.Language,
) -> None:
    for path, text in _all(one.code).items():
        english = ENGLISH[path]
        assert cause_texts.placeholders(text) == cause_texts.placeholders(english), path
        assert text.count("[[") == text.count("]]"), path
        assert text.count("{") == text.count("}") == len(re.findall(r"\{[a-z_]+\}", text)), path
        if path[0] in ("causes", "trap") and path[-1] == "1" and {"actions", "main", "second"} & set(path):
            assert text == english, f"{path}: what a button does"
        outside = re.sub(r"\[\[.*?(?:\|\||\]\])", "", text, flags=re.S)
        optional = cause_texts.placeholders(re.sub(r"\[\[.*?(?:\|\||\]\])", "", english, flags=re.S))
        assert cause_texts.placeholders(outside) <= optional, (
            f"{path}: a fact that may be missing stands outside"
        )


@pytest.mark.parametrize("one", [o for o in OTHERS if not o.part], ids=lambda one: one.code)
def test_nothing_was_left_in_english(one: messages.Language) -> None:
    """A sentence is; a name, a command or a word that both have is not one."""
    left = [
        path
        for path, text in _all(one.code).items()
        if text == ENGLISH[path] and len(re.findall(r"[a-z]{2,}", re.sub(r"\{\w+\}|`[^`]*`", "", text))) > 4
        and path[:2] != ("help", "examples")
    ]  # fmt: skip
    assert left == []


def test_what_a_language_lacks_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_current", None)
    messages.use("ja")
    try:
        assert cause_texts.text("window.window", "back") == _all("ja")["window", "window", "back"]
        assert cause_texts.text("cli", "nothing") == ENGLISH["cli", "nothing"]
    finally:
        messages.use("en")


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:fr"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "C", "LANGUAGE": "de"}, "en"),  # as gettext has it
        ({"LANG": "ja_JP.UTF-8"}, "en"),  # a part is not chosen for anybody
        ({"LANG": "ar_EG.UTF-8"}, "ar"),
        ({"LANG": "tlh_XX"}, "en"),
        ({"LANG": "../../etc"}, "en"),
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8", "GEMINI_SETUP_LANGUAGE": "en"}, "en"),
        ({"GEMINI_SETUP_LANGUAGE": "ja"}, "ja"),
        ({"GEMINI_SETUP_LANGUAGE": "DE-at"}, "de"),
    ],
)
def test_the_system_s_language_is_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environ: dict[str, str], spoken: str
) -> None:
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", settings.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    try:
        assert messages.use(None).code == spoken
    finally:
        messages.use("en")


def test_a_choice_wins_is_kept_privately_and_can_be_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    file = tmp_path / "gemini-setup" / "settings.json"
    assert settings.choose(settings.LANGUAGE, "de")
    assert settings.choose(settings.APPEARANCE, "dark")
    try:
        assert messages.use(None).code == "de"
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        file.write_text(json.dumps({**json.loads(file.read_text()), "of-a-later-version": [1]}))
        assert settings.choose(settings.LANGUAGE, "")
        assert json.loads(file.read_text()) == {"version": 1, "appearance": "dark", "of-a-later-version": [1]}
        assert messages.use(None).code == "en"
    finally:
        messages.use("en")


@pytest.mark.parametrize("text", ["", "[]", '{"language": 7}', "{" * 5000, "\x00"])
def test_a_broken_file_of_settings_is_no_choice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "gemini-setup").mkdir()
    (tmp_path / "gemini-setup" / "settings.json").write_text(text)
    assert settings.chosen(settings.LANGUAGE) == ""
    assert settings.choose(settings.LANGUAGE, "de")
    assert settings.chosen(settings.LANGUAGE) == "de"


def test_a_choice_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gemini-setup").write_text("a file where our folder would be")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert not settings.choose(settings.LANGUAGE, "de")
    assert settings.chosen(settings.LANGUAGE) == "de", "it holds for this run"
    (tmp_path / "gemini-setup").unlink()
    assert settings.choose(settings.LANGUAGE, "ar")
    assert settings.chosen(settings.LANGUAGE) == "ar"


@pytest.mark.parametrize(
    "data", [b"", b"bplist00", b"<?xml version='1.0'?><plist><dict>", b"<plist><array/></plist>"]
)
def test_preferences_of_macos_that_are_broken_name_no_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    place = tmp_path / "Library" / "Preferences"
    place.mkdir(parents=True)
    (place / ".GlobalPreferences.plist").write_bytes(data)
    assert settings._apple_languages() == []
    (place / ".GlobalPreferences.plist").write_bytes(plistlib.dumps({"AppleLanguages": ["de-AT", "en"]}))
    assert settings._apple_languages() == ["de-AT", "en"]


@pytest.mark.parametrize("code", [one.code for one in messages.languages()])
def test_the_window_s_words_are_the_same_table_by_table(code: str) -> None:
    """Read one at a time, for the first frame's sake: no line of a long text may look like the head of a table."""
    messages.use(code)
    try:
        whole = messages.whole("window")
        assert {first: messages.section("window", first) for first in whole} == whole
        assert messages.section("window", "no such table") is None
    finally:
        messages.use("en")
