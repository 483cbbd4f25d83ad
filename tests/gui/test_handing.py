"""Handing the credential over in the window: real files in a home folder of its own, the real worker, no keyring."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gemini_setup import delivery
from gemini_setup.actions import check_and_keep, rotate
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.actions.private_file import choose_private_file
from gemini_setup.gui.backend import SystemCore
from gemini_setup.gui.background.worker import Work
from gemini_setup.gui.components.tool_list import ToolList
from gemini_setup.gui.components.tool_row import ToolRow
from gemini_setup.gui.pages.connections import HandingPage
from gemini_setup.gui.pages.explain import ExplainPage
from gemini_setup.gui.pages.rotation import RotationPage
from gemini_setup.gui.presenters import deliveries, profile_row
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Kind, Secret, Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.vault import Vault
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import CONFIRM, EXPLAIN, HANDING, ROTATION
from tests.core import samples
from tests.gui import made_up, pictures, states
from tests.gui.driver import Driver, open_window
from tests.gui.test_window import at, focused
from tests.gui.test_window import press as press_button
from tests.waiting import PATIENCE

OTHERS = '{"openai": "other",\r\n   "gemini": "an-older-one"}'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare_environment: None) -> Path:
    """A home folder with llm's own folder in it; the credential lies in the private file."""
    place = tmp_path / "home"
    (place / ".config" / "io.datasette.llm").mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a slow disk is not what is tested
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LLM_USER_PATH", "GEMINI_CLI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    choose_private_file()
    return place


@pytest.fixture
def keys(home: Path) -> Path:
    """What llm keeps, with another key in it."""
    file = home / ".config" / "io.datasette.llm" / "keys.json"
    file.write_bytes(OTHERS.encode())
    return file


def keep(profile: str = "default") -> str:
    """Keep a new key; what was delivered follows, as in a rotation. The key."""
    key = samples.random_key()
    vault = open_vault()
    access = Access(ApiKey(Secret(key)), Service.STUDIO)
    kept = vault.keep(profile, access, outcome=Outcome.ACCEPTED, cause="works").kept
    check_and_keep.follow(vault, profile, kept, dict(os.environ))
    return key


Opens = Callable[..., Driver]


@pytest.fixture
def opens(qtbot: QtBot, home: Path) -> Iterator[Opens]:
    """Open the window over the real core."""
    works: list[Work] = []
    windows: list[Driver] = []

    def make(desk: AppContext | None = None) -> Driver:
        works.append(Work())
        made = open_window(SystemCore(desk), work=works[-1], opener=lambda _: True)
        windows.append(made)
        qtbot.addWidget(made)
        pictures.settle(made)
        made.activateWindow()
        return made

    yield make
    # What is still being written would land in the next test's home: where that lies is asked for as it is written.
    with contextlib.suppress(qtbot.TimeoutError):  # a test may have left something that hangs
        qtbot.waitUntil(lambda: not any(window.calls.busy for window in windows), timeout=20_000)
    for work in works:
        work.shutdown()


def press(window: Driver, identifier: str) -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    press_button(window, identifier)


def handing(window: Driver) -> ToolList:
    return cast(HandingPage, window.page(HANDING)).handing


def to_tools(window: Driver, qtbot: QtBot, profile: str = "default", tool: str = "llm") -> ToolRow:
    """The list for a profile, by what ⋯ opens; the row of a tool."""
    for what in ("more", "hand_over"):
        button = window.findChild(QPushButton, f"home.{profile}.{what}")
        assert button is not None
        button.click()
    at(qtbot, window, HANDING)
    qtbot.waitUntil(lambda: (tool, "") in handing(window).rows, timeout=20_000)
    return handing(window).rows[tool, ""]


def says(qtbot: QtBot, row: ToolRow, text: str) -> None:
    qtbot.waitUntil(lambda: text in row.status.text() and not row.running, timeout=20_000)
    assert text in row.accessibleName()
    qtbot.waitUntil(lambda: not row.running, timeout=20_000)


def test_handed_over_and_taken_back_byte_for_byte(opens: Opens, keys: Path, qtbot: QtBot) -> None:
    key = keep()
    window = opens()
    row = to_tools(window, qtbot)
    spoken = row.accessibleName()
    assert "~/.config/io.datasette.llm/keys.json" in spoken
    assert say("handing.notes.plain-text") in spoken
    assert say("handing.notes.replaces") in spoken
    assert keys.read_bytes() == OTHERS.encode()  # nothing is written before the button is pressed
    qtbot.waitUntil(lambda: focused() == "handing.llm.do", timeout=20_000)
    press(window, "handing.llm.do")
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    assert json.loads(keys.read_text()) == {"openai": "other", "gemini": key}
    assert focused() == "handing.llm.undo"  # the keyboard stays in the row
    assert not row.do.isVisible()
    press(window, "back")
    at(qtbot, window, Page.HOME)
    assert say("home.also_in", tools="llm") in window.home_page.cards["default"].accessibleName()

    newer = keep()
    row = to_tools(window, qtbot)
    assert json.loads(keys.read_text())["gemini"] == newer
    says(qtbot, row, say("handing.has_follows", thing="key"))
    press(window, "handing.llm.undo")
    says(qtbot, row, say("handing.undone"))
    assert keys.read_bytes() == OTHERS.encode()
    qtbot.waitUntil(lambda: focused() == "handing.llm.do", timeout=20_000)
    assert delivery.delivered() == []


def test_a_projects_env_says_what_git_does_and_is_made_and_unmade(
    opens: Opens, home: Path, qtbot: QtBot
) -> None:
    key = keep()
    project = home / "my project"
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    window = opens()
    to_tools(window, qtbot)
    handing(window).take_folder(str(project))
    file = project / ".env"
    qtbot.waitUntil(lambda: ("dotenv", str(file)) in handing(window).rows, timeout=20_000)
    row = handing(window).rows["dotenv", str(file)]
    assert say("file.git.untracked") in row.accessibleName()
    assert not file.exists()
    qtbot.waitUntil(row.isVisible, timeout=20_000)
    press(window, "handing.dotenv.ignore")
    says(qtbot, row, say("file.git.added"))
    qtbot.waitUntil(lambda: say("handing.ignored") in row.accessibleName(), timeout=20_000)
    assert (project / ".gitignore").read_text() == "/.env\n"
    press(window, "handing.dotenv.do")
    says(qtbot, row, say("handing.done_file"))
    assert f"={key}" in file.read_text()
    press(window, "handing.dotenv.undo")
    says(qtbot, row, say("handing.undone"))
    assert not file.exists()


def test_a_fault_is_one_sentence_and_nothing_is_lost(opens: Opens, keys: Path, qtbot: QtBot) -> None:
    key = keep()
    window = opens()
    row = to_tools(window, qtbot)
    keys.write_text("{")  # after it was looked at
    press(window, "handing.llm.do")
    facts = {"place": "~/.config/io.datasette.llm/keys.json", "should": "JSON"}
    qtbot.waitUntil(lambda: row.status.text().startswith(facts["place"]), timeout=20_000)
    says(qtbot, row, "We left it as it is.")
    assert keys.read_text() == "{"
    assert delivery.delivered() == []
    assert focused() == "handing.llm.do"
    keys.write_bytes(OTHERS.encode())
    press(window, "handing.llm.do")
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    assert json.loads(keys.read_text())["gemini"] == key


def test_a_profile_that_is_removed_meanwhile_is_said_to_be_gone(
    opens: Opens, keys: Path, qtbot: QtBot
) -> None:
    keep()
    window = opens()
    row = to_tools(window, qtbot)
    rotate.remove(AppContext(open_vault), "default")
    press(window, "handing.llm.do")
    says(qtbot, row, say("home.gone", profile="default"))
    assert keys.read_bytes() == OTHERS.encode()


def test_an_earlier_one_of_the_same_name_is_told_from_the_one_that_is_kept(
    opens: Opens, keys: Path, qtbot: QtBot
) -> None:
    keep()
    vault = open_vault()
    delivery.deliver(vault, delivery.plan(vault, delivery.TOOLS["llm"], "default"))
    rotate.remove(AppContext(open_vault), "default")
    keep()
    window = opens()
    row = to_tools(window, qtbot)
    says(qtbot, row, say("handing.has_earlier", profile="default"))
    press(window, "handing.llm.undo")
    assert say("handing.confirm_earlier", profile="default") in window.confirm_page.card.accessibleName()
    press(window, "next")
    says(qtbot, row, say("handing.undone"))
    assert keys.read_bytes() == OTHERS.encode()


@pytest.mark.parametrize("way", ["stop", "back", "close"])
def test_stopped_while_the_keyring_waits_nothing_is_written_later(
    way: str, opens: Opens, keys: Path, qtbot: QtBot
) -> None:
    keep()
    gate, waiting, reading = threading.Event(), threading.Event(), threading.Semaphore(0)
    gate.set()

    def opened() -> Vault:
        if not gate.is_set():
            waiting.set()
        assert gate.wait(PATIENCE)
        reading.release()
        return open_vault()

    window = opens(AppContext(opened))
    row = to_tools(window, qtbot)
    while reading.acquire(blocking=False):
        pass
    gate.clear()
    press(window, "handing.llm.do")
    qtbot.waitUntil(waiting.is_set, timeout=20_000)
    assert row.running
    if way == "stop":
        assert row.do.text() == say("handing.stop")
        press(window, "handing.llm.do")
        says(qtbot, row, say("handing.stopped"))
    elif way == "back":
        press(window, "back")
        assert window.place == Page.HOME
        assert not window.calls.busy
    else:
        window.close()
    gate.set()  # the person lets it in after all
    assert reading.acquire(timeout=PATIENCE)
    qtbot.wait(200)
    assert keys.read_bytes() == OTHERS.encode()
    assert delivery.delivered() == []


def test_what_another_profile_has_there_is_taken_back_after_a_question(
    opens: Opens, keys: Path, qtbot: QtBot
) -> None:
    keep("work")
    vault = open_vault()
    delivery.deliver(vault, delivery.plan(vault, delivery.TOOLS["llm"], "work"))
    key = keep()
    window = opens()
    row = to_tools(window, qtbot)
    says(qtbot, row, say("handing.has_other", profile="work"))
    assert not row.do.isVisible()
    press(window, "handing.llm.undo")
    assert window.place == CONFIRM
    assert say("handing.confirm_kept", profile="work") in window.confirm_page.card.accessibleName()
    press(window, "back")  # leaves it
    assert window.place == HANDING
    press(window, "handing.llm.undo")
    press(window, "next")
    at(qtbot, window, HANDING)
    says(qtbot, row, say("handing.undone"))
    assert keys.read_bytes() == OTHERS.encode()
    press(window, "handing.llm.do")
    qtbot.waitUntil(lambda: key in keys.read_text(), timeout=20_000)


def test_removal_says_what_stays_where_and_how_it_is_taken_away(
    opens: Opens, home: Path, qtbot: QtBot
) -> None:
    keep()
    project = home / "my project"
    project.mkdir()
    vault = open_vault()
    wish = delivery.DeliveryOptions(project / ".env")
    delivery.deliver(vault, delivery.plan(vault, delivery.TOOLS["dotenv"], "default", wish))
    window = opens()
    window.home_page.act("remove", window.core.listed()[0])
    assert "~/my project/.env" in window.confirm_page.card.accessibleName()
    press(window, "next")
    at(qtbot, window, Page.CHOOSE)
    said = window.toast.accessibleName()
    command = said.partition("gemini-setup ")[2]
    assert shlex.split(command) == ["disconnect", "dotenv", "--file", str(project / ".env")]
    assert (project / ".env").exists()


def test_what_did_not_follow_is_told_on_the_card_and_in_a_rotation(
    opens: Opens, keys: Path, qtbot: QtBot
) -> None:
    keep()
    vault = open_vault()
    delivery.deliver(vault, delivery.plan(vault, delivery.TOOLS["llm"], "default"))
    keys.write_text('{"gemini": "theirs"}')
    key = keep()
    window = opens()
    place = "~/.config/io.datasette.llm/keys.json"
    why = cause_texts.text("delivery.obstacles", "not-ours", {"place": place})
    notices = [one.text for one in _reminders(window)]
    assert say("home.reminder.not_followed", tool="llm", why=why) in notices
    row = to_tools(window, qtbot)
    says(qtbot, row, why)
    press(window, "handing.llm.do")
    qtbot.waitUntil(lambda: key in keys.read_text(), timeout=20_000)
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    assert _reminders(window) == []

    shown = states.rotation_delivered()
    qtbot.addWidget(shown)
    page = cast(RotationPage, shown.page(ROTATION))
    found = [(row.state, row.accessibleName()) for row in page.tools]
    assert [state for state, _ in found] == ["green", "amber", "green"]
    assert why in found[1][1]
    assert "/home/somebody/work/my-project/.env" in found[2][1]


def _reminders(window: Driver) -> list[profile_row.Remind]:
    (row,) = window.core.listed()
    return [one for one in profile_row.remind(row) if "llm" in one.text]


def test_every_tool_has_a_name_and_its_place_in_the_list() -> None:
    assert list(deliveries.TOOLS) == list(delivery.TOOLS)
    assert all(
        deliveries.title(tool) != tool or tool in ("llm", "aider", "opencode", "pi")
        for tool in delivery.TOOLS
    )


def test_a_bare_network_error_is_explained_as_ours_where_the_person_says_so(still: Driver) -> None:
    still.go(EXPLAIN)
    page = cast(ExplainPage, still.page(EXPLAIN))
    page.box.setPlainText("connect ECONNREFUSED 127.0.0.1:3128")
    page.explain()
    unknown = page.cause.text()
    assert page.found is not None
    way = page.found.on_the_way
    assert way is not None
    assert cause_texts.cause(way.id).title in page.on_the_way.text()
    press(still, "explain.on_the_way_do")
    assert page.cause.text() == cause_texts.cause(way.id).title != unknown
    assert not page.on_the_way_do.isVisible()
    assert not page.on_the_way.isVisible()


def test_replacing_a_sign_in_begins_at_the_sign_in(still: Driver) -> None:
    core = cast(made_up.MadeUpCore, still.core)
    core.signed_in = made_up.PROJECT
    row = made_up.account_row(kind=Kind.ADC, hint="")
    core.profiles = [row]
    still.replace(row)
    assert still.place == Page.FILE
    assert focused() == "file.sign_in"
    still.replace(made_up.account_row("file"))
    assert focused() == "file.drop"


def test_a_demonstration_offers_to_write_to_nobody_s_files(keys: Path) -> None:
    keep()
    assert [one.tool for one in SystemCore().offers("default")] == ["llm"]
    assert SystemCore(store=open_vault).offers("default") == ()


def test_disconnecting_is_undone_at_the_foot(opens: Opens, keys: Path, qtbot: QtBot) -> None:
    key = keep()
    window = opens()
    row = to_tools(window, qtbot)
    press(window, "handing.llm.do")
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    press(window, "handing.llm.undo")
    qtbot.waitUntil(lambda: window.shows("toast.undo"), timeout=20_000)
    assert window.toast.text() == say("toast.disconnected", tool="llm")
    press(window, "toast.undo")
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    assert json.loads(keys.read_text())["gemini"] == key
    assert not window.shows("toast")


def test_it_is_undone_also_from_another_page(opens: Opens, keys: Path, qtbot: QtBot) -> None:
    key = keep()
    window = opens()
    row = to_tools(window, qtbot)
    press(window, "handing.llm.do")
    says(qtbot, row, cause_texts.text("delivery.proof", "format", {"tool": "llm"}))
    press(window, "handing.llm.undo")
    qtbot.waitUntil(lambda: window.shows("toast.undo"), timeout=20_000)
    press(window, "back")
    at(qtbot, window, Page.HOME)
    press(window, "toast.undo")
    qtbot.waitUntil(lambda: window.toast.text() == say("toast.connected", tool="llm"), timeout=20_000)
    assert json.loads(keys.read_text())["gemini"] == key
