"""Which key do your tools use? The groups, the one line that mends each, and how much is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from gemini_setup.doctor.report import Computer, Examination, Keyring, Way, examine
from gemini_setup.gui.pages.doctor import DoctorPage
from gemini_setup.gui.presenters import key_use
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.wizard.navigator import DOCTOR, HANDING
from tests.gui import made_up, pictures, states
from tests.gui.driver import Driver

SAVED = Profile("default", Kind.API_KEY, Service.STUDIO, "a1b2")
MINE, STALE, OTHER = "x" * 30 + "a1b2", made_up.old_key(), "y" * 30 + "9z8y"


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    home = tmp_path / "home" / "somebody"
    folder = home / "work"
    for package in ("google_genai", "langchain_google_genai", "litellm", "google_auth"):
        (folder / ".venv/lib/python3.12/site-packages" / f"{package}-1.0.dist-info").mkdir(parents=True)
    (folder / "node_modules/@ai-sdk/google").mkdir(parents=True)
    for name in ("gemini", "aider", "llm"):
        program = home / ".local/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return Computer({}, home, folder, tmp_path / "root", "linux")


def _examined(computer: Computer, environ: Mapping[str, str], *saved: Profile) -> Examination:
    return examine(
        replace(computer, environ=environ), saved, way=Way("works", 0), keyring=Keyring("GNOME Keyring", "")
    )


def test_tools_are_grouped_by_the_key_they_use(computer: Computer) -> None:
    shell = {"GOOGLE_API_KEY": STALE, "GEMINI_API_KEY": MINE}
    other, saved, none = key_use.groups(_examined(computer, shell, SAVED))
    assert other.title == say("doctor.uses", which="…c3d4", place="GOOGLE_API_KEY")
    assert other.tools == "google-genai, LangChain, LiteLLM, aider"
    assert other.fix == "unset GOOGLE_API_KEY"
    assert other.tone == "amber"
    assert (saved.title, saved.tools, saved.tone) == (say("doctor.saved"), "Gemini CLI", "green")
    assert none.title == say("doctor.none")
    assert none.tools == "llm, Vercel AI SDK, google-auth"
    assert none.fix == "gemini-setup exec -- llm", "a program, by its own name"


def test_one_line_mends_the_whole_group(computer: Computer) -> None:
    """Also what would come up once the first variable is gone."""
    shell = {"GOOGLE_API_KEY": STALE, "GEMINI_API_KEY": OTHER}
    first, second = key_use.groups(_examined(computer, shell, SAVED))[:2]
    assert first.fix == "unset GOOGLE_API_KEY GEMINI_API_KEY"
    assert second.title == say("doctor.uses", which="…9z8y", place="GEMINI_API_KEY")
    assert second.fix == "unset GEMINI_API_KEY"
    mended = {name: value for name, value in shell.items() if name not in first.fix.split()}
    assert all(one.source is None for one in _examined(computer, mended, SAVED).verdicts)


def test_the_same_key_from_two_variables_is_one_group(computer: Computer) -> None:
    shell = {"GOOGLE_API_KEY": STALE, "GEMINI_API_KEY": STALE}
    (first, *_) = key_use.groups(_examined(computer, shell, SAVED))
    assert first.title == say("doctor.uses", which="…c3d4", place="GOOGLE_API_KEY, GEMINI_API_KEY")
    assert "Gemini CLI" in first.tools
    assert first.fix == "unset GOOGLE_API_KEY GEMINI_API_KEY"


def test_windows_has_a_line_of_its_own(computer: Computer) -> None:
    shell = {"GOOGLE_API_KEY": STALE, "GEMINI_API_KEY": OTHER, "USERNAME": "somebody"}
    found = _examined(replace(computer, platform="win32"), shell, SAVED)
    assert next(iter(key_use.groups(found))).fix == "Remove-Item Env:GOOGLE_API_KEY, Env:GEMINI_API_KEY"


def test_a_variable_that_every_terminal_sets_is_told_with_its_line(computer: Computer) -> None:
    (computer.home / ".bashrc").write_text(f"\nexport GOOGLE_API_KEY={STALE}\n")
    (first, *_) = key_use.groups(_examined(computer, {"GOOGLE_API_KEY": STALE}, SAVED))
    assert first.note == say("doctor.set_in", place=say("doctor.line", file="~/.bashrc", line=2))


def test_a_key_in_a_file_is_removed_there(computer: Computer) -> None:
    (computer.folder / ".env").write_text(f"GEMINI_API_KEY={STALE}\n")
    (first, *_) = key_use.groups(_examined(computer, {}, SAVED))
    place = say("doctor.line", file="~/work/.env", line=1)
    assert first.title == say("doctor.uses", which="…c3d4", place=place)
    assert first.tools == "Gemini CLI, aider"
    assert (first.fix, first.note) == ("", say("doctor.remove", place=place))


def test_a_sign_in_is_no_key(computer: Computer) -> None:
    settings = computer.home / ".gemini" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"security": {"auth": {"selectedType": "oauth-personal"}}}')
    adc = computer.home / ".config" / "gcloud" / "application_default_credentials.json"
    adc.parent.mkdir(parents=True)
    adc.write_text('{"type": "authorized_user", "quota_project_id": "somebody-s-project"}')
    titles = {one.tools: one.title for one in key_use.groups(_examined(computer, {}, SAVED))}
    assert titles["Gemini CLI"] == say("doctor.account")
    assert titles["google-auth"] == say("doctor.sign_in")


@pytest.mark.parametrize(
    ("environ", "saved", "said", "tone"),
    [
        ({"GOOGLE_API_KEY": STALE}, True, ("others", {"count": 4}), "amber"),
        ({"LLM_GEMINI_KEY": STALE}, True, ("other", {"tool": "llm"}), "amber"),
        ({"GEMINI_API_KEY": MINE}, True, ("some", {}), "green"),
        ({}, True, ("unused", {}), "muted"),
        ({"GEMINI_API_KEY": MINE}, False, ("unsaved", {}), "muted"),
    ],
)
def test_one_sentence_says_it_all(
    computer: Computer,
    environ: Mapping[str, str],
    saved: bool,
    said: tuple[str, Mapping[str, object]],
    tone: str,
) -> None:
    found = _examined(computer, environ, *([SAVED] if saved else []))
    assert key_use.summary(found) == (say(f"doctor.{said[0]}", **said[1]), tone)


def test_every_tool_uses_it_only_where_every_tool_does(computer: Computer) -> None:
    found = _examined(computer, {"GEMINI_API_KEY": MINE}, SAVED)
    alone = replace(found, verdicts=tuple(one for one in found.verdicts if one.kept))
    assert key_use.summary(alone) == (say("doctor.fine"), "green")
    assert key_use.summary(replace(found, verdicts=())) == (say("doctor.no_tools"), "muted")


def test_nothing_secret_and_no_name_is_said(computer: Computer) -> None:
    (computer.home / ".bashrc").write_text(f"export GOOGLE_API_KEY={STALE}\n")
    found = _examined(computer, {"GOOGLE_API_KEY": STALE, "GEMINI_API_KEY": OTHER}, SAVED)
    said = " ".join([*(one.spoken for one in key_use.groups(found)), *key_use.details(found)])
    for secret in (STALE, OTHER, str(computer.home), "somebody"):
        assert secret not in said


def test_behind_is_no_part_of_the_report(computer: Computer) -> None:
    """Whoever reads the report by a program finds what was there before."""
    tools = _examined(computer, {"GOOGLE_API_KEY": STALE}, SAVED).as_json()["tools"]
    assert {frozenset(one) for one in tools} == {frozenset(("tool", "wins", "kept", "do", "fix", "basis"))}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_typical_page_is_short(qtbot: QtBot, language: str) -> None:
    messages.use(language)
    try:
        made = states.bring("doctor")
        qtbot.addWidget(made)
        pictures.settle(made)
        page = made.page(DOCTOR)
        texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
        texts += [button.text() for button in page.findChildren(QPushButton) if button.isVisible()]
        words = [word for text in texts for word in re.findall(r"[\w’-]+", text)]
        assert len(words) <= 60, " ".join(words)
        buttons = [one for one in page.findChildren(QPushButton) if one.isVisible()]
        assert len([one for one in buttons if one.property("kind") == "plain"]) <= 3
    finally:
        messages.use("en")


def test_a_tool_is_connected_from_here(qtbot: QtBot) -> None:
    made = states.bring("doctor")
    qtbot.addWidget(made)
    pictures.settle(made)
    made.press("doctor.connect")
    assert made.place == HANDING


def test_f5_and_the_button_look_again(window: Driver, qtbot: QtBot) -> None:
    window.go(DOCTOR)
    page = cast(DoctorPage, window.page(DOCTOR))
    for look in (page.look_again, page.again.click):
        page.found = None
        look()
        qtbot.waitUntil(lambda: page.found is not None, timeout=20_000)
