"""Manners of a desktop program: place, shortcuts, menu bar, help, one window, and a word when a check has ended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenuBar, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup import about, settings
from gemini_setup.actions.rotate import Both
from gemini_setup.delivery import Offer
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.gui import alerts, help_desk, main, single_window, window_actions, window_place
from gemini_setup.gui.components.footer import BACK_KEYS, NEXT_KEYS
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.single_window import Listener, hand_over
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.system import paths
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import DOCTOR
from tests.gui import made_up, pictures, states
from tests.gui.conftest import Browser
from tests.gui.driver import Driver
from tests.gui.made_up import MadeUpCore, key, report, row
from tests.waiting import LATE

CONTROL = Qt.KeyboardModifier.ControlModifier
SCREENS = [QRect(0, 0, 1280, 800), QRect(1280, 0, 1920, 1080)]
LEAST = QSize(880, 600)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our folder, and a place for sockets, of this test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(settings, "_unwritten", {})
    return paths.folder()


# ---- the window's place


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((100, 60, 1000, 700), (100, 60, 1000, 700)),
        ((1500, 100, 1000, 700), (1500, 100, 1000, 700)),  # on the second screen
        ((5000, 300, 1000, 700), (139, 49, 1000, 700)),  # its screen is gone: in the middle of the first
        ((-900, -500, 1000, 700), (-8, 0, 1000, 700)),
        ((1000, 700, 1000, 700), (2208 - 928 - 280, 380, 1000, 700)),
        ((0, 0, 4000, 3000), (0, 0, 1920, 1080)),
        ((10, 10, 300, 200), (10, 10, 880, 600)),
    ],
)
def test_it_opens_where_it_was_and_never_off_the_screens(
    wanted: tuple[int, int, int, int], found: tuple[int, int, int, int]
) -> None:
    place = window_place.on_screen(QRect(*wanted), LEAST, SCREENS)
    room = max(SCREENS, key=lambda one: one.intersected(place).width() * one.intersected(place).height())
    assert room.adjusted(-8, 0, 8, 8).contains(place)
    assert place.size() == QSize(*found[2:])
    if wanted[0] in (100, 1500, 10, 5000, -900):
        assert place.topLeft() == QPoint(*found[:2])


def test_a_screen_that_is_smaller_than_the_least_shows_the_title_at_least() -> None:
    place = window_place.on_screen(QRect(500, 400, 880, 600), LEAST, [QRect(0, 0, 640, 480)])
    assert place.top() == 0
    assert place.left() <= 0


@pytest.mark.parametrize("text", ["", "1 2 3", "x", "1 2 3x4 minimized", "999999 0 1x1", "1 2 -3x4"])
def test_what_we_have_not_written_is_no_place(text: str) -> None:
    assert window_place.parsed(text) is None


@pytest.mark.parametrize("maximized", [False, True])
def test_a_place_is_written_and_read(maximized: bool) -> None:
    place = window_place.Place(QPoint(-5, 20), QSize(900, 650), maximized)
    assert window_place.parsed(str(place)) == place


def test_the_size_is_remembered_once_the_person_has_changed_it(still: Driver, folder: Path) -> None:
    keeper = window_place.Keeper(still)
    still.close()
    assert not (folder / settings.FILE).exists(), "nothing was changed, so nothing is written"
    still.show()
    still.resize(1100, 720)
    still.close()
    assert settings.chosen(settings.WINDOW).endswith("1100x720")
    other = states.window()
    window_place.restore(other)
    assert other.size() == QGuiApplication.primaryScreen().availableGeometry().size().boundedTo(
        QSize(1100, 720)
    ).expandedTo(LEAST)
    other.deleteLater()
    del keeper


# ---- keys, and the menu bar


@pytest.fixture
def keys(window: Driver, core: MadeUpCore) -> Driver:
    core.profiles = [row()]
    main.furnish(window)
    window.go(Page.HOME)
    window.activateWindow()
    return window


def test_ctrl_n_adds_a_key(keys: Driver) -> None:
    QTest.keyClick(keys, Qt.Key.Key_N, CONTROL)
    assert keys.place == Page.CHOOSE
    assert keys.draft.replacing is None


@pytest.mark.parametrize("key_", [Qt.Key.Key_Q, Qt.Key.Key_W])
def test_ctrl_q_and_ctrl_w_close(keys: Driver, key_: Qt.Key) -> None:
    QTest.keyClick(keys, key_, CONTROL)
    assert not keys.isVisible()


def test_no_key_begins_another_thing_while_one_is_under_way(keys: Driver) -> None:
    keys.take_text(key())
    keys.controller.session.state = "running"
    QTest.keyClick(keys, Qt.Key.Key_N, CONTROL)
    QTest.keyClick(keys, Qt.Key.Key_F5)
    assert keys.place == Page.KEY
    keys.controller.session.state = "idle"


def test_f5_looks_again_on_the_page_that_is_shown(keys: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    for place in (DOCTOR, Page.CHOOSE):
        page = keys.page(place)
        monkeypatch.setattr(page, "look_again", lambda page=page: seen.append(page.id))
        keys.go(place)
        QTest.keyClick(keys, Qt.Key.Key_F5)
    assert seen == ["doctor", "choose"]


def test_f5_asks_google_again_on_the_page_of_a_result(keys: Driver, core: MadeUpCore, qtbot: QtBot) -> None:
    core.result = report("key-not-valid", facts={"hint": "a1b2"})
    keys.take_text(key())
    keys.go_on()
    qtbot.waitUntil(lambda: keys.draft.report is not None, timeout=20_000)
    count = len(core.added)
    QTest.keyClick(keys, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(core.added) == count + 1, timeout=20_000)


def test_f5_reads_the_list_of_what_is_saved_again(keys: Driver, core: MadeUpCore) -> None:
    core.profiles = [row(), row("work", hint="e5f6")]
    QTest.keyClick(keys, Qt.Key.Key_F5)
    assert list(keys.home_page.cards) == ["default", "work"]


def test_f5_looks_for_tools_again(
    keys: Driver, core: MadeUpCore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def offers(profile: str) -> list[Offer]:
        looked.append(profile)
        return []

    monkeypatch.setattr(core, "offers", offers)
    keys.hand_over(core.profiles[0])
    qtbot.waitUntil(lambda: len(looked) == 1 and not keys.calls.busy, timeout=20_000)
    QTest.keyClick(keys, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: looked == ["default", "default"] and not keys.calls.busy, timeout=20_000)


def test_f5_asks_about_a_previous_key_again_once_an_answer_is_there(qtbot: QtBot) -> None:
    for state, again in (("rotation-alive", True), ("rotation-ended", True), ("rotation-dead", False)):
        made = states.bring(state)
        qtbot.addWidget(made)
        main.furnish(made)
        pictures.settle(made)
        before = made.profiles.rotation.answer
        QTest.keyClick(made, Qt.Key.Key_F5)
        assert (made.profiles.rotation.answer is not before) is again, state
        made.close()


def test_every_page_can_be_looked_at_again(keys: Driver) -> None:
    keys.build_pages()
    for page in keys.pool.pages():
        assert isinstance(page, PageView)
        page.look_again()


def _menus(bar: QMenuBar) -> dict[str, list[QAction]]:
    return {action.text(): action.menu().actions() for action in bar.actions()}  # type: ignore[attr-defined]


def test_where_the_system_has_a_menu_bar_it_shows_the_same_actions(window: Driver, opened: Browser) -> None:
    bar = QMenuBar(window)
    menu = main.furnish(window, bar)
    assert menu is not None
    found = _menus(bar)
    assert list(found) == [say("menu.file"), say("menu.edit"), say("menu.help")]
    shown = {action.objectName(): action for actions in found.values() for action in actions}
    assert shown["menu.quit"].menuRole() is QAction.MenuRole.QuitRole
    assert shown["menu.settings"].menuRole() is QAction.MenuRole.PreferencesRole
    assert [one.menuRole() for one in found[say("menu.help")]] == [QAction.MenuRole.NoRole] * len(
        window.help_desk.entries
    )
    assert all(action.text() for action in shown.values())
    shown["menu.add"].trigger()
    assert window.place == Page.CHOOSE
    shown["menu.settings"].trigger()
    assert window.place == "about"
    window.speak("de")
    assert bar.actions()[0].text() == "Ablage"
    window.speak("en")


def test_its_edit_menu_acts_on_the_field_with_the_keyboard(window: Driver) -> None:
    main.furnish(window, bar := QMenuBar(window))
    edits = {action.objectName(): action for action in _menus(bar)[say("menu.edit")]}
    QApplication.clipboard().setText(key())
    window.go(Page.CHOOSE)
    edits["menu.paste"].trigger()
    assert window.place == Page.KEY, "where no field has the keyboard, a key goes to its page"
    window.key_page.field.edit.setFocus()
    edits["menu.selectAll"].trigger()
    assert window.key_page.field.edit.hasSelectedText()
    edits["menu.cut"].trigger()
    assert window.key_page.field.text() == key(), "a hidden key is not cut"
    window.go(Page.CHOOSE)
    window.setFocus()
    edits["menu.copy"].trigger()
    assert QApplication.clipboard().text() == key()


def test_where_the_system_has_none_the_window_has_none(keys: Driver) -> None:
    assert keys.findChildren(QMenuBar) == []


# ---- help


def test_the_pages_of_the_project_are_those_of_pyproject() -> None:
    with open(Path(__file__).parents[2] / "pyproject.toml", "rb") as file:
        named = tomllib.load(file)["project"].get("urls", {})
    assert {
        "documentation": named.get("Documentation", ""),
        "report": named.get("Issues", "") and named["Issues"] + "/new",
        "updates": named.get("Releases", ""),
    } == about.LINKS


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    links = {
        "documentation": "https://project.example/docs",
        "report": "https://project.example/issues/new",
        "updates": "https://project.example/releases",
    }
    monkeypatch.setattr(about, "LINKS", links)
    return links


def test_a_report_holds_versions_and_no_secret(
    window: Driver, links: dict[str, str], opened: Browser, qtbot: QtBot
) -> None:
    window.take_text(key())
    window.help_desk.ask("report")
    qtbot.waitUntil(lambda: bool(opened), timeout=20_000)
    (address,) = opened
    assert address.startswith(links["report"])
    (body,) = parse_qs(urlsplit(address).query)["body"]
    assert "gemini-setup " in body
    assert "PySide6_Essentials " in body
    assert key() not in body
    assert str(Path.home()) not in body
    assert os.uname().nodename not in body


def test_updates_and_documentation_open_their_pages(
    keys: Driver, links: dict[str, str], opened: Browser
) -> None:
    assert keys.help_desk.entries == ("documentation", "report", "updates")
    keys.help_desk.ask("updates")
    QTest.keyClick(keys, Qt.Key.Key_F1)
    assert opened == [links["updates"], links["documentation"]]


def test_without_a_page_for_it_nothing_leads_nowhere(
    window: Driver, opened: Browser, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "LINKS", dict.fromkeys(about.LINKS, ""))
    assert window.help_desk.entries == ("documentation", "report")
    window.help_desk.ask("documentation")
    assert opened == [(Path(__file__).parents[2] / "README.md").as_uri()], "that of the checkout"
    monkeypatch.setattr(help_desk, "_beside_us", lambda: "")
    window.help_desk.ask("documentation")
    assert window.toast.text() == say("help.no_documentation")
    window.help_desk.ask("report")
    qtbot.waitUntil(lambda: window.toast.text() == say("help.copied"), timeout=20_000)
    assert QApplication.clipboard().text().startswith("gemini-setup ")
    assert len(opened) == 1


# ---- one window


@pytest.fixture
def listener(qapp: QApplication) -> Iterator[Listener]:
    made = Listener(qapp)
    assert made.listens
    yield made
    made.close()


_START = (
    "import sys; from gemini_setup.gui import single_window\n"
    "single_window._PATIENCE = 20_000  # milliseconds: what is tested is that it is answered, not how soon\n"
    "sys.exit(not single_window.hand_over(sys.argv[1]))"
)


def _second(profile: str, token: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, single_window.TOKEN: token}
    return subprocess.Popen([sys.executable, "-c", _START, profile], env=env)


def test_a_second_start_is_taken_and_its_profile_too(listener: Listener, qtbot: QtBot) -> None:
    for profile, token, told in (
        ("", "", ["", ""]),
        ("work", "gnome-shell/7_TIME123", ["work", "gnome-shell/7_TIME123"]),
        ("../x", "a token\nof no kind", ["", ""]),
    ):
        with qtbot.waitSignal(listener.came, timeout=20_000) as seen:
            process = _second(profile, token)
        assert seen.args == told
        qtbot.waitUntil(lambda running=process: running.poll() is not None, timeout=20_000)  # type: ignore[misc]
        assert process.returncode == 0


def test_a_start_without_a_first_window_asks_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_window, "_connected", lambda limit: pytest.fail("nobody is to be asked"))
    assert not hand_over("")


def test_a_first_window_that_does_not_answer_holds_no_start_up(listener: Listener) -> None:
    begun = time.monotonic()
    assert not hand_over(""), "this thread is the one that would answer"
    assert time.monotonic() - begun < LATE


def test_what_a_killed_window_has_left_is_in_nobody_s_way(qapp: QApplication) -> None:
    first = Listener(qapp)
    mark = paths.window_mark()
    assert mark.exists()
    first.close()
    assert not mark.exists()
    mark.touch()  # no socket at all
    begun = time.monotonic()
    assert not hand_over("")
    assert time.monotonic() - begun < LATE
    again = Listener(qapp)
    assert again.listens
    again.close()


def test_the_socket_is_for_this_account_alone(listener: Listener) -> None:
    assert paths.window_mark().stat().st_mode & 0o077 == 0


def test_a_socket_of_another_account_s_is_not_spoken_to(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.setattr(single_window, "_connected", lambda limit: pytest.fail("it is not even to be asked"))
    assert not hand_over("work")


def test_another_start_brings_the_window_up_and_begins_with_its_profile(
    window: Driver, core: MadeUpCore
) -> None:
    core.profiles = [row(), row("work", hint="e5f6")]
    window.go(Page.HOME)
    window.showMinimized()
    main._come_up(window, "")
    assert not window.isMinimized()
    assert window.place == Page.HOME
    main._come_up(window, "work")
    assert window.place == Page.KEY
    assert window.draft.replacing is not None
    assert window.draft.replacing.name == "work"
    window.take_text(key())
    window.controller.session.state = "running"
    main._come_up(window, "default")
    assert window.draft.profile == "work", "what is under way is not disturbed"
    window.controller.session.state = "idle"


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"profile": 3}', b'{"profile": "A B"}', b"\xff", b"[" * 150]
)
def test_what_is_no_profile_s_name_is_none(line: bytes) -> None:
    assert single_window._told(line) == ("", "")


# ---- a check that ends while the window is behind


def test_it_is_told_when_the_window_is_behind_and_only_then(
    window: Driver, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    main.furnish(window)
    told: list[tuple[str, str]] = []
    rung: list[QWidget] = []
    monkeypatch.setattr(alerts, "_show", lambda title, body: told.append((title, body)))
    monkeypatch.setattr(QApplication, "alert", lambda widget, *_: rung.append(widget))
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    window.controller.session.reported.emit(report())
    QTest.qWait(50)
    assert (told, rung) == ([], [])
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    answer = report("key-not-valid", facts={"hint": "a1b2"})
    window.controller.session.reported.emit(answer)
    assert rung == [window]
    if sys.platform == "linux":
        qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        assert told == [(say("help.checked"), window.core.diagnosis(answer).title)]


@pytest.mark.parametrize("dead", [True, False])
def test_the_end_of_a_proof_is_told_too(
    window: Driver, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, dead: bool
) -> None:
    main.furnish(window)
    told: list[str] = []
    monkeypatch.setattr(alerts, "_show", lambda _, body: told.append(body))
    rung: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", lambda widget, *_: rung.append(widget))
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    rotation = window.profiles.rotation
    rotation.answer = made_up.asked("works")
    rotation.answered.emit()
    assert rung == [], "it is asked again"
    rotation.answer = made_up.proof(dead, "works")
    rotation.answered.emit()
    assert rung == [window]
    if sys.platform == "linux":
        qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        assert told == [say("help.previous_dead" if dead else "help.previous_alive")]


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus")
def test_the_notification_is_as_the_desktops_want_it() -> None:
    made = alerts.message("Check finished", "Your key works & <b>more</b>")
    assert made.header.fields[8] == "susssasa{sv}i"
    assert made.body[3:5] == ("Check finished", "Your key works &amp; &lt;b>more&lt;/b>")
    assert made.serialise(1)


def test_settings_that_hold_a_place_keep_the_rest(folder: Path) -> None:
    assert settings.choose(settings.APPEARANCE, "dark")
    assert settings.choose(settings.WINDOW, "1 2 900x700")
    text = json.loads((folder / settings.FILE).read_text())
    assert text == {"version": 1, "appearance": "dark", "window": "1 2 900x700"}
    pictures.prepare("light")


# ---- Undo


def test_a_restored_key_gives_its_place_back(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each swap says what Google said of the credential that comes into use by it."""
    made = states.bring("home-old-alive")
    qtbot.addWidget(made)
    pictures.settle(made)
    swapped: list[object] = []
    monkeypatch.setattr(made.core, "rollback", lambda name, said=None: swapped.append((name, said.id)))
    row_ = made.core.listed()[0]
    both = Both(cast(Any, _Stored()), CAUSES["works"], CAUSES["quota-zero"])
    monkeypatch.setattr(made.calls, "do", lambda call, done, missing: done(call()))
    made.profiles._roll_back(row_, both)
    assert swapped == [(row_.name, "works")]
    made.press("toast.undo")
    assert swapped == [(row_.name, "works"), (row_.name, "quota-zero")]
    assert made.toast.text() == say("toast.swapped_back", hint=row_.hint)
    assert not made.shows("toast.undo"), "it ends there"


class _Stored:
    access = Access(ApiKey(Secret(key())), Service.STUDIO)


def test_the_list_of_keys_is_whole() -> None:
    """docs/users.md: nobody finds a shortcut that stands nowhere."""
    listed = (Path(__file__).parents[2] / "docs" / "users.md").read_text(encoding="utf-8")
    keys = [
        NEXT_KEYS,
        BACK_KEYS,
        "Ctrl+V",
        "Escape",
        *(one for many in window_actions._KEYS.values() for one in many),
    ]
    assert [key for key in keys if not re.search(rf"[| ]{re.escape(key)}[, ]", listed)] == []
