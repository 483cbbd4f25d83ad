"""The way through the window: presses, keyboard, Back, Cancel, pasting and dropping anywhere, results, keeping."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components.buttons import TabButton
from gemini_setup.gui.components.diagnosis_buttons import WaitButton
from gemini_setup.gui.pages.all_set import UsePage
from gemini_setup.gui.pages.choose import ChoosePage
from gemini_setup.gui.pages.doctor import DoctorPage
from gemini_setup.gui.pages.explain import ExplainPage
from gemini_setup.gui.pages.file import FilePage
from gemini_setup.gui.pages.key import KeyPage
from gemini_setup.gui.pages.trap import TrapPage
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts, messages
from gemini_setup.model.credentials import Access, ApiKey, Kind, Profile, Secret, Service
from gemini_setup.model.events import Planned, Step
from gemini_setup.model.outcomes import Fault
from gemini_setup.model.recognised import What
from gemini_setup.system.git import GitStatus
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import EXPLAIN, TRAP
from tests.gui import made_up, pictures, states
from tests.gui.driver import Driver, rested
from tests.gui.made_up import FACTS, MadeUpCore, account_file, key, report
from tests.waiting import HANGS, LATE

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(window: QWidget, identifier: str) -> None:
    button = window.findChild(QPushButton, identifier)
    assert button is not None, identifier
    assert button.isVisible(), identifier
    assert button.isEnabled(), identifier
    assert isinstance(window, Driver)
    rested(button)
    if window.page(window.place).isAncestorOf(button):
        window.page(window.place).bring_into_view(button)
        QApplication.sendPostedEvents()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def key_page(window: Driver) -> KeyPage:
    return cast(KeyPage, window.page(Page.KEY))


def file_page(window: Driver) -> FilePage:
    return cast(FilePage, window.page(Page.FILE))


def at(qtbot: QtBot, window: Driver, place: str) -> None:
    qtbot.waitUntil(lambda: window.place == place, timeout=20_000)


def focused() -> str:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


# ---- the short way


def test_studio_takes_three_presses_and_one_paste(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    press(window, "next")
    assert window.place == Page.KEY
    assert focused() == "key.field"
    QApplication.clipboard().setText(key())
    QTest.keyClick(window.widget("key.field"), Qt.Key.Key_V, CONTROL)
    press(window, "next")
    at(qtbot, window, Page.USE)
    assert isinstance(core.added[0].credential, ApiKey)
    assert core.added[0].credential.secret.reveal() == key()
    assert any(text.startswith("Saved in GNOME Keyring.") for text in window.texts())
    press(window, "next")
    assert not window.isVisible()


def test_continue_pressed_as_the_page_turns_by_itself_does_not_press_done(
    window: Driver, qtbot: QtBot
) -> None:
    """Both stand in one place, and Done closes the window."""
    press(window, "next")
    QApplication.clipboard().setText(key())
    QTest.keyClick(window.widget("key.field"), Qt.Key.Key_V, CONTROL)
    press(window, "next")
    at(qtbot, window, Page.USE)
    QTest.mouseClick(window.widget("next"), Qt.MouseButton.LeftButton)
    QTest.keyClick(window, Qt.Key.Key_Return, CONTROL)
    QTest.keyClick(window.widget("next"), Qt.Key.Key_Return)
    assert window.isVisible()
    assert window.place == Page.USE
    qtbot.waitUntil(lambda: not window.footer.next.rests, timeout=20_000)
    QTest.keyClick(window, Qt.Key.Key_Return, CONTROL)
    assert not window.isVisible()


def test_the_keyboard_alone_is_enough(window: Driver, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_Return, CONTROL)
    assert focused() == "key.field"
    QTest.keyClicks(window.widget("key.field"), key())
    QTest.keyClick(window.widget("key.field"), Qt.Key.Key_Return)
    at(qtbot, window, Page.USE)


def test_tab_reaches_every_control(qtbot: QtBot) -> None:
    for state in (
        "choose", "key-json", "file-untracked", "file-none-admin", "trap", "explained", "use-key", "home-old-alive",
        "home-unlisted", "another-named", "remove", "rotation-alive", "use-old",
    ):  # fmt: skip
        made = states.bring(state)
        qtbot.addWidget(made)
        pictures.settle(made)
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow, timeout=20_000)
        qtbot.waitUntil(
            lambda shown=made: QApplication.focusWidget() in shown.findChildren(QWidget),  # type: ignore[misc]
            timeout=20_000,
        )
        wanted = {
            widget.objectName()
            for widget in made.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.objectName() and not widget.objectName().startswith("qt_")
            and widget.focusProxy() is None
        }  # fmt: skip
        seen = set()
        for _ in range(80):
            seen.add(focused())
            QTest.keyClick(QApplication.focusWidget() or made, Qt.Key.Key_Tab)
        alone = {"choose.vertex", "choose.studio"}  # arrows go from one to the other
        alone |= {tab.objectName() for tab in made.findChildren(TabButton) if not tab.isChecked()}
        assert wanted - seen - alone == set(), state
        made.close()


def test_arrows_choose_and_toggled_decides(window: Driver) -> None:
    page = cast(ChoosePage, window.page(Page.CHOOSE))
    assert page.studio.isChecked()
    page.studio.setFocus()
    QTest.keyClick(page.studio, Qt.Key.Key_Down)
    assert page.vertex.isChecked()
    assert window.draft.service == "vertex"
    page.studio.toggle()  # what an assistive tool does: no click
    assert window.draft.service == "studio"


# ---- nothing is lost


def test_back_keeps_what_was_typed(window: Driver) -> None:
    press(window, "next")
    QTest.keyClicks(window.widget("key.field"), key())
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.place == Page.CHOOSE
    window.change(window.draft.with_service(Service.VERTEX))
    press(window, "next")
    press(window, "back")
    window.change(window.draft.with_service(Service.STUDIO))
    press(window, "next")
    assert window.text_of("key.field") == key()
    assert window.footer.next.isEnabled()


@pytest.mark.parametrize("cause", ["key-not-valid", "dns-failed", "quota-zero", "unknown"])
def test_a_failure_keeps_the_key(window: Driver, qtbot: QtBot, core: MadeUpCore, cause: str) -> None:
    core.result = report(cause)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.check.state == "done", timeout=20_000)
    window.go_back()
    assert window.place == Page.KEY
    assert window.text_of("key.field") == key()


def test_a_mistake_of_ours_is_told_and_keeps_the_key(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.error = RuntimeError("made up")
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.check.state == "failed", timeout=20_000)
    assert window.footer.next.isEnabled()
    core.error = None
    window.go_on()
    at(qtbot, window, Page.USE)


# ---- stopping


@pytest.mark.parametrize("how", ["cancel", "escape", "back"])
def test_stopping_is_at_once_and_final(window: Driver, qtbot: QtBot, core: MadeUpCore, how: str) -> None:
    core.pause = 1.5  # so long that it is not done before it is stopped
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: len(core.added) == 1, timeout=20_000)
    if how == "escape":
        QTest.keyClick(window, Qt.Key.Key_Escape)
    else:
        press(window, how)
    assert not window.check.running
    qtbot.wait(2000)
    assert window.draft.report is None
    assert window.place == (Page.KEY if how == "back" else Page.CHECK)
    assert window.isVisible()
    assert window.text_of("key.field") == key()


def test_escape_alone_never_closes(window: Driver) -> None:
    window.take_text(key())
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.isVisible()


def test_closing_does_not_wait(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.pause = HANGS
    window.take_text(key())
    window.go_on()
    qtbot.wait(30)
    began = time.monotonic()
    window.close()
    assert time.monotonic() - began < LATE


# ---- pasting and dropping anywhere


def _drop(window: Driver, data: QMimeData) -> None:
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, buttons, none))


def test_a_key_pasted_anywhere_goes_to_its_page(window: Driver) -> None:
    QApplication.clipboard().setText(f"GEMINI_API_KEY='{key()}'")
    QTest.keyClick(window, Qt.Key.Key_V, CONTROL)
    assert window.place == Page.KEY
    assert window.text_of("key.field") == key()
    assert "Ends in a1b2" in window.name_of("key.notice")
    assert say("key.stripped_parts.assignment") in window.name_of("key.notice")


def test_a_file_dropped_anywhere_goes_to_its_page(window: Driver, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(account_file(), encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    _drop(window, data)
    at(qtbot, window, Page.FILE)
    assert window.draft.path == path
    assert file_page(window).project.text() == made_up.PROJECT
    assert focused() == "next"


def test_a_text_dropped_anywhere_is_recognised(window: Driver) -> None:
    data = QMimeData()
    data.setText(account_file())
    _drop(window, data)
    assert window.place == Page.FILE
    assert window.draft.path is None


def test_what_is_neither_is_said_and_changes_nothing(window: Driver, tmp_path: Path) -> None:
    window.take_text(key())
    window.take_text("just a few words")
    assert say("window.not_ours") in window.toast.accessibleName()
    assert window.draft.key.what is What.API_KEY
    several = QMimeData()
    several.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in "ab"])
    _drop(window, several)
    assert window.toast.accessibleName() == say("window.one_file")


def test_the_key_file_is_taken_from_among_several(window: Driver, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(account_file())
    several = QMimeData()
    several.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("notes.txt", "key.json")])
    _drop(window, several)
    at(qtbot, window, Page.FILE)
    assert window.draft.path == tmp_path / "key.json"


def test_a_banner_can_be_put_away(window: Driver) -> None:
    window.controller.found.emit("Keys that the list has lost.")
    assert window.shows("banner.found")
    press(window, "banner.found.close")
    assert not window.shows("banner.found")


def test_a_service_account_in_the_key_box_is_offered(window: Driver) -> None:
    window.go(Page.KEY)
    QApplication.clipboard().setText(account_file())
    QTest.keyClick(window.widget("key.field"), Qt.Key.Key_V, CONTROL)
    assert window.place == Page.KEY
    assert made_up.PROJECT in window.name_of("key.notice")
    press(window, "key.to_file")
    assert window.place == Page.FILE
    assert window.draft.access is not None


@pytest.mark.parametrize(
    ("pasted", "word"),
    [
        ("somebody@example.com", "email"),
        ("ya" + "29." + "x" * 30, "access token"),
        ("https://aistudio.google.com/api-keys", "address"),
        ("a few words of prose", "look like a key"),
    ],
)
def test_what_can_never_be_a_key_is_said(window: Driver, pasted: str, word: str) -> None:
    window.go(Page.KEY)
    key_page(window).field.edit.pasted.emit(pasted)
    assert word in window.name_of("key.notice")
    assert not window.footer.next.isEnabled()


def test_unknown_shapes_are_not_refused(window: Driver) -> None:
    window.take_text("a-form-that-nobody-has-seen-0123456789")
    assert window.place == Page.KEY
    assert window.footer.next.isEnabled()


@pytest.mark.parametrize("make", ["folder", "missing", "binary", "empty", "large"])
def test_bad_files_get_a_sentence(window: Driver, qtbot: QtBot, tmp_path: Path, make: str) -> None:
    path = tmp_path / "file.json"
    match make:
        case "folder":
            path.mkdir()
        case "binary":
            path.write_bytes(bytes(range(256)))
        case "empty":
            path.touch()
        case "large":
            path.write_bytes(b"{" * 1_000_100)
    window.take_text(key())
    window.take_path(path)
    page = file_page(window)
    qtbot.waitUntil(lambda: bool(page.wrong.text() or window.toast.accessibleName()), timeout=20_000)
    assert window.draft.key.credential is not None
    assert window.isVisible()


# ---- the file page


def test_location_and_project_can_be_changed(window: Driver) -> None:
    window.take_text(account_file())
    page = file_page(window)
    page.location.setCurrentText("europe-west4")
    page.project.setText("another-project")
    access = window.draft.access
    assert access is not None
    assert (access.project, access.location) == ("another-project", "europe-west4")
    page.location.setCurrentText("evil.example/#")
    assert window.draft.access is None
    assert not window.footer.next.isEnabled()
    assert page.fields_notice.text() == say("file.location_bad")


def test_git_is_told_and_ignored_by_a_press(
    window: Driver, qtbot: QtBot, core: MadeUpCore, tmp_path: Path
) -> None:
    core.git_status = GitStatus.UNTRACKED
    path = tmp_path / "file.json"
    path.write_text(account_file(), encoding="utf-8")
    window.take_path(path)
    qtbot.waitUntil(lambda: file_page(window).add_ignore.isVisible(), timeout=20_000)
    press(window, "file.add_ignore")
    qtbot.waitUntil(lambda: file_page(window).git.text() == say("file.git.added"), timeout=20_000)
    assert core.ignored == [path]


def test_links_have_the_project_filled_in(window: Driver, opened: list[str]) -> None:
    window.change(window.draft.with_service(Service.VERTEX))
    window.go(Page.FILE)
    page = file_page(window)
    page.none.set_open(True)
    page.none.project.setText("a&b c")
    for step in ("project", "enable", "account", "role"):
        press(window, f"file.none.open_{step}")
    assert len(opened) == 4
    assert all("a%26b+c" in url for url in opened[1:])
    assert "a&b c" in page.none.message()


def test_removing_the_file(window: Driver) -> None:
    window.take_text(account_file())
    press(window, "file.remove")
    assert window.draft.access is None
    assert not window.footer.next.isEnabled()


# ---- results


def test_one_diagnosis_with_its_fix_as_main_button(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report("role-missing", vertex=True, at=Step.GENERATE, facts={"project": "my-project-123"})
    window.take_text(account_file())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert window.widget("check.fix1").property("kind") == "primary"
    assert window.footer.next.property("kind") == "plain"
    assert focused() == "check.fix1"
    assert not window.shows("step.reach")
    press(window, "check.steps")
    assert window.shows("step.reach")
    press(window, "check.copy")
    assert QApplication.clipboard().text() == core.result.details


def test_refused_offers_no_keeping(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report("key-not-valid")
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert [
        b for b in window.findChildren(QPushButton) if "keep_anyway" in b.objectName() and b.isVisible()
    ] == []
    window.keep_anyway()
    assert core.kept == []


@pytest.mark.parametrize("cause", ["location-not-supported", "dns-failed"])
def test_keep_it_anyway_does_not_ask_again(
    window: Driver, qtbot: QtBot, core: MadeUpCore, cause: str
) -> None:
    core.result = report(cause)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    press(window, "aside")
    at(qtbot, window, Page.USE)
    assert len(core.added) == 1
    assert len(core.kept) == 1


def test_limited_is_kept_and_stays_to_be_read(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report("quota-zero")
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    qtbot.wait(1000)
    assert window.place == Page.CHECK
    press(window, "next")
    assert window.place == Page.USE


@pytest.mark.parametrize("fault", list(Fault))
def test_keyring_faults_are_calm_and_tried_again(
    window: Driver, qtbot: QtBot, core: MadeUpCore, fault: Fault
) -> None:
    core.result = report(fault=fault)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert say("check.lead_fault", thing=say("check.thing_key")) in window.texts()
    assert window.name_of("check.outcome").startswith(say("check.chip.fault"))
    assert not window.footer.next.isVisible()  # "Check again" would ask Google once more
    press(window, "check.try_again")
    at(qtbot, window, Page.USE)
    assert len(core.added) == 1


def test_what_changes_after_a_result_forgets_it(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report("key-not-valid")
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    window.go_back()
    key_page(window).field.edit.setText(key() + "x")
    assert window.draft.report is None
    core.result = report()
    window.go_on()
    at(qtbot, window, Page.USE)
    assert len(core.added) == 2


# ---- the trap


@pytest.mark.parametrize(
    ("cause", "address"),
    [
        ("api-disabled", "console.developers.google.com/apis/api/generativelanguage.googleapis.com"),
        ("key-restricted-to-other-apis", "console.cloud.google.com/apis/credentials"),
        ("key-restricted-to-websites", "console.cloud.google.com/apis/credentials"),
    ],
)
def test_the_trap_opens_from_a_diagnosis(
    window: Driver, qtbot: QtBot, core: MadeUpCore, opened: list[str], cause: str, address: str
) -> None:
    core.result = report(cause, trap=True, facts=FACTS)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.way.main"), timeout=20_000)
    page = window.check_page
    assert window.place == Page.CHECK, "one page for one blocked key"
    assert len(f"{page.title.text()} {page.lead.text()}".split()) <= 55
    assert "123456789" in page.outcome.accessibleName()
    press(window, "check.way.main")
    press(window, "check.way.second")
    assert opened[0] == "https://aistudio.google.com/api-keys"
    assert address in opened[1]
    assert "123456789" in opened[1]
    press(window, "back")
    assert window.text_of("key.field") == key()


def test_a_blocked_key_goes_on_when_it_works(
    window: Driver, qtbot: QtBot, core: MadeUpCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a link was opened Google is asked every 15 seconds, and the result stands still meanwhile."""
    core.result = report("api-disabled", trap=True, facts=FACTS)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.way.main"), timeout=20_000)
    watch = window.controller.watch
    assert say("check.watches") not in window.texts(), "nobody has gone to mend it"
    press(window, "check.way.second")
    assert say("check.watches") in window.texts()
    title = window.title()
    for _ in range(2):
        with qtbot.waitSignal(window.check.repeated, timeout=20_000):
            watch.due.emit()
        assert (window.title(), window.check.state) == (title, "done")
        assert window.footer.next.isEnabled()
    core.result = report()
    watch.due.emit()
    at(qtbot, window, Page.USE)
    assert not watch.running
    assert len(core.added) == 4
    assert core.kept == [], "the check itself has saved it"


def test_who_is_offline_is_asked_again_automatically(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report("dns-failed", at=Step.REACH, facts={"offline": "yes"})
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    watch = window.controller.watch
    assert watch.running
    assert say("check.watches") in window.texts()
    with qtbot.waitSignal(window.check.repeated, timeout=20_000):
        watch.due.emit()
    core.result = report()
    watch.due.emit()
    at(qtbot, window, Page.USE)
    assert not watch.running


def test_a_name_that_is_not_found_is_not_asked_for_again(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.result = report("dns-failed", at=Step.REACH)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert not window.controller.watch.running, "there is a network: when that is mended nobody knows"


def test_watching_ends_with_the_page_and_with_another_result(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.result = report("api-disabled", trap=True, facts=FACTS)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.way.main"), timeout=20_000)
    press(window, "check.way.second")
    core.result = report("key-expired")
    window.controller.watch.due.emit()
    qtbot.waitUntil(lambda: window.title() == cause_texts.cause("key-expired").title, timeout=20_000)
    assert not window.controller.watch.running, "there is nothing left to wait for"
    assert not window.shows("check.way.main")
    core.result = report("api-disabled", trap=True, facts=FACTS)
    press(window, "next")
    qtbot.waitUntil(lambda: window.shows("check.way.main"), timeout=20_000)
    press(window, "check.way.second")
    core.pause, core.result = 1.0, report()
    window.controller.watch.due.emit()
    press(window, "back")
    assert not window.controller.watch.running
    qtbot.wait(1300)
    assert window.place == Page.KEY
    assert window.check.state == "done", "nothing is saved behind the person's back"
    assert window.draft.report is not None
    assert not window.draft.report.kept


def test_the_trap_opens_before_pasting(window: Driver) -> None:
    window.go(Page.KEY)
    press(window, "key.console")
    assert window.place == TRAP
    assert window.title() == cause_texts.trap(None).title
    press(window, "trap.main")
    assert window.place == Page.KEY
    assert focused() == "key.field"


def test_pasting_on_the_trap_page_goes_on(window: Driver) -> None:
    window.go(Page.KEY)
    window.open_trap(None, {})
    QApplication.clipboard().setText(key())
    QTest.keyClick(window, Qt.Key.Key_V, CONTROL)
    assert window.place == Page.KEY
    assert window.text_of("key.field") == key()


# ---- start using it


def test_the_download_goes_to_the_trash_by_a_press(
    window: Driver, qtbot: QtBot, core: MadeUpCore, tmp_path: Path
) -> None:
    core.result = report(vertex=True)
    path = tmp_path / "file.json"
    path.write_text(account_file(), encoding="utf-8")
    window.take_path(path)
    at(qtbot, window, Page.FILE)
    window.go_on()
    at(qtbot, window, Page.USE)
    press(window, "use.trash")
    page = cast(UsePage, window.page(Page.USE))
    qtbot.waitUntil(lambda: page.trash_notice.text() == say("use.trashed"), timeout=20_000)
    assert core.trashed == [path]


def test_commands_are_copied(window: Driver, qtbot: QtBot) -> None:
    window.take_text(key())
    window.go_on()
    at(qtbot, window, Page.USE)
    qtbot.waitUntil(lambda: window.shows("use.tab.shell"), timeout=20_000)
    for tab, wanted in (("google-genai", "genai.Client()"), ("shell", "gemini-setup exec -- ")):
        window.press(f"use.tab.{tab}")
        window.press(f"use.{tab}.copy")
        assert wanted in QApplication.clipboard().text()
        assert key() not in QApplication.clipboard().text()


# ---- an error message, an endpoint, a demonstration


def test_an_error_message_is_explained(window: Driver, qtbot: QtBot) -> None:
    press(window, "choose.explain")
    assert window.place == EXPLAIN
    page = cast(ExplainPage, window.page(EXPLAIN))
    error = {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}
    page.box.setPlainText(json.dumps(error))
    QTest.keyClick(page.box, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: page.card.isVisible(), timeout=20_000)
    assert page.found is not None
    assert page.found.cause.id == "key-not-valid"
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.place == Page.CHOOSE


@pytest.mark.parametrize("place", [Page.CHOOSE, Page.KEY, Page.FILE, "about", EXPLAIN])
@pytest.mark.parametrize("way", ["pasted", "dropped"])
def test_an_error_that_is_pasted_or_dropped_anywhere_is_explained(
    window: Driver, qtbot: QtBot, tmp_path: Path, place: str, way: str
) -> None:
    error = "401 API keys are not supported by this API"
    service = window.draft.service
    window.go(place)
    if way == "dropped":
        file = tmp_path / "program.log"
        file.write_text(error, encoding="utf-8")
        window.take_path(file)
    elif place == Page.KEY:
        QApplication.clipboard().setText(error)
        QTest.keyClick(window.widget("key.field"), Qt.Key.Key_V, CONTROL)
    else:
        window.take_text(error)
    page = cast(ExplainPage, window.page(EXPLAIN))
    qtbot.waitUntil(lambda: page.found is not None, timeout=20_000)
    assert window.place == EXPLAIN
    assert page.box.toPlainText() == error
    assert page.found is not None
    assert page.found.cause.id == "api-keys-not-supported"
    assert window.draft.service is service
    assert window.text_of("key.field") == ""


def test_a_custom_endpoint_is_told(qtbot: QtBot) -> None:
    made = states.endpoint()
    qtbot.addWidget(made)
    made.show()
    assert "gateway.example.com" in made.banners.endpoint.accessibleName()
    assert made.banners.endpoint.isVisible()
    assert made.draft.endpoints.gemini == "https://gateway.example.com/gemini"


def test_the_demonstration_tells_stories(qtbot: QtBot) -> None:
    made = states.demonstration()
    qtbot.addWidget(made)
    made.show()
    made.banners.story.setCurrentIndex(1)
    made.banners.story.activated.emit(1)
    assert made.place == Page.KEY
    assert made.draft.key.credential is not None


def test_the_keyring_is_waited_for_by_its_name(still: Driver) -> None:
    """Said at once where the system says that it asks, and in other words where it is only slow."""
    states.STATES["waiting"](still)
    check, core, patience = still.check_page, cast(MadeUpCore, still.core), still.check._patience
    check.set_title(say("check.title_running", thing="key"), say("check.lead_running"))
    patience.start()
    patience._look()
    assert check.title.text() == say("check.title_running", thing="key")
    core.asks = True
    patience._look()
    assert check.title.text() == say("check.title_waiting", store=made_up.STORE)
    assert check.lead.text() == say("check.lead_waiting")
    core.asks = False
    for _ in range(6):
        patience._look()
    assert check.lead.text() == say("check.lead_slow")


def test_what_the_answer_found_missing_is_seen_first(still: Driver) -> None:
    states.STATES["trap-website"](still)
    pictures.settle(still)
    page = still.check_page
    named = [
        w.accessibleName()
        for w in page.ways.findChildren(QWidget)
        if say("trap.unknown") not in w.accessibleName() and f"{say('trap.studio')}:" in w.accessibleName()
    ]
    (row,) = [w for w in page.ways.findChildren(QWidget) if w.accessibleName() in named]
    corner = row.mapTo(page.viewport(), row.rect().topLeft())
    assert page.viewport().rect().contains(corner)


def test_tab_goes_from_the_fixes_to_what_stands_beneath(qtbot: QtBot) -> None:
    made = states.bring("refused")
    qtbot.addWidget(made)
    pictures.settle(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=20_000)
    made.check_page.card.buttons[0].setFocus()
    seen = []
    for _ in range(6):
        seen.append(focused())
        QTest.keyClick(QApplication.focusWidget() or made, Qt.Key.Key_Tab)
    assert seen == ["check.fix1", "check.fix2", "check.steps", "check.copy", "back", "next"]
    made.close()


def test_scrolling_keys_work_from_the_foot(qtbot: QtBot) -> None:
    made = states.bring("home-several")
    qtbot.addWidget(made)
    pictures.settle(made)
    bar = made.page(Page.HOME).verticalScrollBar()
    assert bar.maximum() > 0
    made.footer.next.setFocus()
    QTest.keyClick(made.footer.next, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    QTest.keyClick(made.footer.next, Qt.Key.Key_PageUp)
    assert bar.value() < bar.maximum()
    made.close()


def test_tab_goes_down_the_page_then_to_the_foot(qtbot: QtBot) -> None:
    made = states.bring("demonstration")
    qtbot.addWidget(made)
    pictures.settle(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=20_000)
    made.page(Page.CHOOSE).first_focus().setFocus()  # type: ignore[union-attr]
    seen = []
    for _ in range(6):
        seen.append(focused())
        QTest.keyClick(QApplication.focusWidget() or made, Qt.Key.Key_Tab)
    assert seen == ["choose.studio", "choose.explain", "cancel", "next", "rail.about", "story"]
    made.close()


def test_waiting_checks_again_by_itself(
    window: Driver, qtbot: QtBot, core: MadeUpCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.result = report("service-starting")
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.check.state == "done", timeout=20_000)
    (button, *_) = window.check_page.card.buttons
    assert isinstance(button, WaitButton)
    text = button.text()
    press(window, button.objectName())
    assert button.text() == say("check.waits", time="5:00")
    press(window, button.objectName())
    assert (button.waiting, button.text()) == (False, text)

    press(window, button.objectName())
    window.go_back()
    assert not button.waiting, "what was left does not come back by itself"
    assert len(core.added) == 1

    window.go(Page.CHECK)
    core.result = report()
    press(window, button.objectName())
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 301)  # goes on: the worker waits by it, too
    qtbot.waitUntil(lambda: window.place == Page.USE, timeout=20_000)
    assert len(core.added) == 2


def test_a_key_goes_to_the_other_service_as_it_was_typed(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.result = report(
        "key-restricted-to-other-apis", facts={**FACTS, "other": "vertex", "asked": "vertex-yes"}
    )
    window.take_text(typed := key())
    window.go_on()
    qtbot.waitUntil(lambda: window.check.state == "done", timeout=20_000)
    card = window.check_page.card
    assert card.asked.text() == cause_texts.cause("works", {"asked": "vertex-yes"}).asked
    assert "project 123456789" in card.note.text()
    core.result = report()
    press(window, "check.fix1")
    qtbot.waitUntil(lambda: window.place == Page.USE, timeout=20_000)
    access = core.added[-1]
    assert access.service is Service.VERTEX
    assert isinstance(access.credential, ApiKey)
    assert access.credential.secret.reveal() == typed


def test_gcloud_s_sign_in_is_offered_where_there_is_one_and_used_like_a_file(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.signed_in = made_up.PROJECT
    window.change(window.draft.with_service(Service.VERTEX))
    window.go(Page.FILE)
    page = file_page(window)
    qtbot.waitUntil(page.sign_in.isVisible, timeout=20_000)
    assert "gcloud" in page.lead.text(), "the page is not about a file alone"
    press(window, "file.sign_in")
    assert not page.sign_in.isVisible()
    window.go_on()
    at(qtbot, window, Page.USE)
    (access,) = core.added
    assert (access.credential.kind, access.project) == (Kind.ADC, made_up.PROJECT)

    core.signed_in = None
    window.go(Page.FILE)
    press(window, "file.remove")
    qtbot.waitUntil(lambda: not page.sign_in.isVisible(), timeout=20_000)  # gcloud is looked for beside


def test_who_wins_is_told_and_its_report_is_safe_to_paste(window: Driver, qtbot: QtBot) -> None:
    window.go("doctor")
    page = cast(DoctorPage, window.page("doctor"))
    qtbot.waitUntil(lambda: page.found is not None, timeout=20_000)
    assert page.state.text() == say("doctor.others", count=3)
    press(window, "doctor.group1.fix.copy")
    assert QApplication.clipboard().text() == "unset GOOGLE_API_KEY"
    press(window, "doctor.details")
    press(window, "doctor.copy")
    copied = json.loads(QApplication.clipboard().text())
    assert copied["tools"][0]["fix"] == "unset GOOGLE_API_KEY"
    assert made_up.old_key() not in QApplication.clipboard().text()


# ---- the rows of a check


def rows(window: Driver) -> dict[str, str]:
    """The steps that are shown, each with its state."""
    steps = window.check_page.steps
    return {name: row.state for name in steps.names() if (row := steps.row(name)) is not None}


def test_a_key_for_vertex_ai_shows_its_own_steps_from_the_first_moment(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.result = report("key-not-valid", vertex=True)
    window.take_text(key())
    window.change(window.draft.with_other_service())
    core.pause = 0.2
    window.go_on()
    wanted = ["shape", "reach", "accepts", "generate", "keep"]
    assert list(rows(window)) == wanted, "before anything has come from the core"
    window.check.stop()


def test_a_language_change_keeps_the_steps_of_a_result(still: Driver) -> None:
    access = Access(ApiKey(Secret(key())), Service.VERTEX)
    still.go(Page.CHECK)
    still.check.start(access, "default")
    work = cast(made_up.StillWork, still.work)
    steps = (Step.SHAPE, Step.REACH, Step.ACCEPTS, Step.GENERATE, Step.KEEP)
    work.tell([Planned(steps), *(made_up.finding(step) for step in (Step.SHAPE, Step.REACH))])
    bad = made_up.finding(Step.ACCEPTS, "key-not-valid")
    base = report("key-not-valid")
    found = (made_up.finding(Step.SHAPE), made_up.finding(Step.REACH), bad)
    work.tell([bad, replace(base, findings=found)])
    before = rows(still)
    assert list(before) == [step.value for step in steps]
    still.speak("de")
    still.build_pages()
    assert rows(still) == before
    still.speak("en")


# ---- nothing false: each of these was said or done once


def test_back_returns_through_each_side_page(window: Driver) -> None:
    press(window, "next")
    window.go(EXPLAIN)
    window.open_trap(None, {})
    window.open_about()
    for place in (TRAP, EXPLAIN, Page.KEY):
        window.go_back()
        assert window.place == place


def test_cancel_goes_back_to_what_is_saved_and_closes_only_without(
    window: Driver, qtbot: QtBot, core: MadeUpCore
) -> None:
    core.profiles = [made_up.row()]
    for begin in (window.add_another, lambda: window.replace(made_up.row())):
        begin()
        assert window.isVisible()
        press(window, "cancel")
        assert (window.place, window.isVisible()) == (Page.HOME, True)
    core.profiles = []
    window.go(Page.HOME)
    assert window.place == Page.CHOOSE
    press(window, "cancel")
    assert not window.isVisible()


def test_what_is_saved_and_cannot_be_used_is_not_sent_on_as_if_it_worked(
    window: Driver, qtbot: QtBot, core: MadeUpCore, opened: list[str]
) -> None:
    core.result = report("quota-zero", facts=FACTS)
    window.take_text(key())
    window.go_on()
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert window.footer.next.property("kind") == "plain", "going on mends nothing"
    main = window.check_page.card.buttons[0]
    assert main.property("kind") == "primary"
    QTest.mouseClick(main, Qt.MouseButton.LeftButton)
    assert opened == ["https://aistudio.google.com/billing"]
    press(window, "next")
    at(qtbot, window, Page.USE)
    page = window.use_page
    why = window.core.diagnosis(core.result).title
    assert page.lead.text() == say("use.lead_amber", store=made_up.STORE, why=why)
    last = window.findChildren(QWidget, "rail.step4") or [
        w for w in window.rail.findChildren(QWidget) if "Step 4" in w.accessibleName()
    ]
    assert [step.accessibleName() for step in last] == [say("rail.now", number=4, title=say("rail.use"))], (
        "no fourth tick"
    )


def test_no_heading_stands_over_an_empty_list(window: Driver, qtbot: QtBot, core: MadeUpCore) -> None:
    core.result = report()
    core.profiles = [made_up.row()]
    window.take_text(key())
    window.go_on()
    at(qtbot, window, Page.USE)
    qtbot.waitUntil(window.use_page.handing.dotenv.isVisible, timeout=20_000)
    heading = say("handing.heading")
    assert not window.use_page.handing.rows
    assert not [
        label
        for label in window.use_page.findChildren(QLabel)
        if label.isVisible() and label.text() == heading
    ]


def test_a_credential_that_the_list_has_lost_is_not_called_an_ai_studio_key(
    window: Driver, core: MadeUpCore
) -> None:
    lost = Profile("default")
    assert "AI Studio" not in profile_row.kind(lost) + profile_row.thing(lost)
    window.replace(lost)
    assert window.place == Page.CHOOSE, "it may be of either service"
    press(window, "next")
    banner = window.name_of("key.replaces")
    assert "“default”" in banner
    assert "AI Studio" not in banner
    window.go_back()
    assert window.place == Page.CHOOSE
    window.check.recheck(lost)
    assert rows(window) == {}, "what it is is not known yet"
    window.check.stop()


def test_a_keystroke_draws_only_the_page_that_is_shown(
    window: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(window, "next")
    drawn: list[str] = []
    for place in (Page.HOME, Page.CHOOSE, Page.FILE, Page.CHECK, TRAP, EXPLAIN):
        page = window.page(place)
        monkeypatch.setattr(page, "render_draft", lambda _draft, place=place: drawn.append(place))
    QTest.keyClicks(window.widget("key.field"), "AQ.x")
    assert drawn == []


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_step_is_named_and_claims_nothing(language: str) -> None:
    """A row says "Access", with a tick or a cross: "Google accepts the key" with a cross is false."""
    claims = {
        "en": r"\b(is|are|can|accepts|answers|works|lets|reads|saved)\b", "de": r"\b(ist|sieht|akzeptiert|antwortet|meldet)\b",
        "ar": r"تقبل|يجيب|يعمل|يمكن",
    }[language]  # fmt: skip
    messages.use(language)
    try:
        for table in ("window.steps.{}", "cli.steps"):
            for step in Step:
                title = (
                    say(f"steps.{step}.title")
                    if "window" in table
                    else messages.text("cli.steps", step.value)
                )
                assert not re.search(claims, title.lower()), title
            explanation = say(f"steps.{step}.explanation").lower()
            assert not re.match(r"(saved|checked|gespeichert|geprüft)\b", explanation), explanation
    finally:
        messages.use("en")


@pytest.mark.parametrize("cause", [None, "key-restricted-to-websites", "api-disabled"])
def test_the_trap_says_of_each_need_what_is_known(still: Driver, cause: str | None) -> None:
    """Before anything was asked nothing is; and a missing restriction would be no fault."""
    still.open_trap(cause, {})
    page = cast(TrapPage, still.page(TRAP))
    needs = [
        widget.accessibleName()
        for widget in page.ways.findChildren(QWidget)
        if f"{say('trap.studio')}:" in widget.accessibleName()
    ]
    assert len(needs) == 4
    unknown = [need for need in needs if say("trap.unknown") in need]
    assert len(unknown) == (0 if cause is None else 3)
    assert not any(need.startswith("No ") for need in needs)
    if cause == "key-restricted-to-websites":
        assert "Blocked here" in needs[0]


@pytest.mark.parametrize(
    "text",
    [
        "curl https://generativelanguage.googleapis.com/v1beta/models -H 'x-goog-api-key: {key}'",
        "here is your key {key} please retry, error",
        '{{"error": "denied", "api_key": "{key}"}}',
        "From: somebody\nError: see below\n\n{account}\n",
    ],
)
def test_a_secret_in_what_was_pasted_is_not_shown_on_the_page_of_errors(text: str, window: Driver) -> None:
    """The box shows its text in clear, on the screen and to assistive tools."""
    whole = text.format(key=key(), account=account_file())
    window.explain(whole)
    shown = cast(ExplainPage, window.page(EXPLAIN)).box.toPlainText()
    assert window.place == EXPLAIN
    assert shown
    assert key() not in shown
    assert key()[6:-4] not in shown
    assert "PRIVATE KEY-----\\nM" not in shown
    private = json.loads(account_file())["private_key"].splitlines()[1]
    assert private not in shown


def test_a_key_pasted_for_an_error_message_is_not_shown_and_taken_to_its_page(
    window: Driver, qtbot: QtBot
) -> None:
    window.go(EXPLAIN)
    QApplication.clipboard().setText(f"GEMINI_API_KEY={key()}")
    QTest.keyClick(window.widget("explain.box"), Qt.Key.Key_V, CONTROL)
    assert window.place == Page.KEY
    assert window.draft.key.what is What.API_KEY
    window.go(EXPLAIN)
    assert window.explain_page.box.toPlainText() == ""
    QApplication.clipboard().setText(f"400 API key not valid: {key()}")
    QTest.keyClick(window.widget("explain.box"), Qt.Key.Key_V, CONTROL)
    assert window.place == EXPLAIN
    qtbot.waitUntil(lambda: window.explain_page.found is not None, timeout=20_000)  # without another press
    assert "400 API key not valid" in window.explain_page.box.toPlainText()
    assert key() not in window.explain_page.box.toPlainText()


def test_a_reason_alone_is_a_message(window: Driver, qtbot: QtBot) -> None:
    """By its form it could be a key."""
    window.go(EXPLAIN)
    QApplication.clipboard().setText("ACCESS_TOKEN_TYPE_UNSUPPORTED")
    QTest.keyClick(window.widget("explain.box"), Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: window.explain_page.found is not None, timeout=20_000)
    assert window.place == EXPLAIN


def test_a_blocked_key_is_not_called_a_new_one(window: Driver, qtbot: QtBot) -> None:
    """Whoever has turned the API on has the key already."""
    window.explain(
        "403 Generative Language API has not been used in project 123456789 before or it is disabled."
    )
    qtbot.waitUntil(lambda: window.explain_page.found is not None, timeout=20_000)
    (button,) = [one for one in window.findChildren(QPushButton) if one.objectName() == "explain.add_key"]
    assert button.text() == say("explain.check_key")


def test_an_explained_error_leads_on_to_the_key_page(qtbot: QtBot) -> None:
    """Whoever comes back from AI Studio with a new key goes on from there."""
    made = states.bring("explained")
    qtbot.addWidget(made)
    pictures.settle(made)
    made.press("explain.add_key")
    assert made.place == Page.KEY


def test_a_leaked_key_is_deleted_before_a_new_one_is_fetched(qtbot: QtBot) -> None:
    made = states.bring("replace-leaked")
    qtbot.addWidget(made)
    pictures.settle(made)
    kinds = {name: made.widget(name).property("kind") for name in ("key.delete", "key.open")}
    assert kinds == {"key.delete": "primary", "key.open": "plain"}
    made.take_text(key())
    assert made.widget("key.delete").property("kind") == "plain"
