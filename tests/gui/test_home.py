"""What is kept already: This computer, checking and replacing it, a rotation to its end, removal, the keyring's faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gemini_setup.gui import profile_actions
from gemini_setup.gui.announcements import Word
from gemini_setup.gui.backend import Place
from gemini_setup.gui.background.worker import Work
from gemini_setup.gui.components.widgets import Notice
from gemini_setup.gui.pages.all_set import UsePage
from gemini_setup.gui.pages.key import KeyPage
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.model.outcomes import Fault, Outcome
from gemini_setup.vault.faults import VaultFault
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import CONFIRM, EXPLAIN, FAULT, HISTORY, RENAME, ROTATION
from tests.gui import made_up, pictures, states
from tests.gui.conftest import Browser
from tests.gui.driver import Driver, open_window
from tests.gui.made_up import MadeUpCore, account_file, account_row, key, old, report, row
from tests.gui.test_window import at, focused
from tests.gui.test_window import press as press_button

Opens = Callable[..., Driver]


@pytest.fixture
def opens(qtbot: QtBot, core: MadeUpCore, opened: Browser) -> Iterator[Opens]:
    """Open the window on a computer that keeps these profiles."""
    works: list[Work] = []
    # Held to the end: a window that a test lets go would be collected by whatever thread comes next, a new worker's too.
    windows: list[Driver] = []

    def make(*rows: Profile, profile: str = "") -> Driver:
        core.profiles = list(rows)
        works.append(Work())
        made = open_window(core, profile=profile, work=works[-1], opener=opened.open)
        windows.append(made)
        qtbot.addWidget(made)
        pictures.settle(made)
        made.look_around()
        made.activateWindow()
        return made

    yield make
    for work in works:
        work.shutdown()


def keys(window: Driver) -> KeyPage:
    return cast(KeyPage, window.page(Page.KEY))


def press(window: Driver, identifier: str) -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # cards that were made anew
    press_button(window, identifier)


def word(window: Driver) -> str:
    return window.toast.accessibleName()


def shown(window: Driver, identifier: str) -> bool:
    button = window.findChild(QPushButton, identifier)
    return button is not None and button.isVisible()


# ---- where the window opens


def test_it_opens_at_what_is_kept_and_else_at_the_first_question(opens: Opens) -> None:
    assert opens().place == Page.CHOOSE
    window = opens(row())
    assert window.place == Page.HOME
    press(window, "next")
    assert window.place == Page.CHOOSE
    press(window, "back")
    assert window.place == Page.HOME


def test_a_profile_that_is_named_is_replaced_if_it_exists_and_made_if_not(opens: Opens) -> None:
    window = opens(account_row("work"), row(), profile="work")
    assert (window.place, window.draft.profile) == (Page.FILE, "work")
    press(window, "back")
    assert window.place == Page.HOME
    window = opens(row(), profile="new-one")
    assert (window.place, window.draft.profile, window.draft.replaces) == (Page.CHOOSE, "new-one", None)


def test_what_the_list_has_lost_is_found_and_comes_back_by_a_check(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    core.lost = ("default",)
    window = opens()
    assert window.place == Page.CHOOSE
    qtbot.waitUntil(lambda: shown(window, "banner.found.show"), timeout=20_000)
    assert window.place == Page.CHOOSE, "an answer that comes late turns no page"
    press(window, "banner.found.show")
    at(qtbot, window, Page.HOME)
    assert not shown(window, "banner.found.show")
    press(window, "next")
    assert window.draft.profile == "studio", "a name that was lost from the list is taken all the same"
    press(window, "back")
    press(window, "home.default.check")
    qtbot.waitUntil(lambda: window.rows() == ["default"], timeout=20_000)
    assert not window.shows("home.unlisted")


# ---- check


def test_a_check_keeps_nothing_and_its_result_stands_in_the_row(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(outcome=Outcome.UNANSWERED, cause="dns-failed", checked=made_up.days_ago(5)))
    press(window, "home.default.check")
    assert window.place == Page.HOME
    assert say("home.checking") in window.texts()
    qtbot.waitUntil(lambda: window.check.state == "idle", timeout=20_000)
    assert not window.shows("step.keep")
    qtbot.wait(1000)  # the time after which a new one would move on to its use
    assert window.place == Page.HOME, "all is well, so there is nothing to read elsewhere"
    assert core.checked == ["default"]
    assert core.kept == core.added == []
    assert "Worked 5 minutes ago" in window.name_of("home.default")


def test_a_check_in_the_list_can_be_stopped(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    core.pause = 5
    window = opens(row())
    press(window, "home.default.check")
    assert not window.is_on("home.default.hand_over")
    press(window, "cancel")
    assert window.place == Page.HOME
    assert window.isVisible()
    assert window.is_on("home.default.hand_over")
    qtbot.waitUntil(lambda: "Worked 3 days ago" in window.texts(), timeout=20_000)


def test_a_key_is_copied_for_a_minute(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_actions, "CLEARED_AFTER", 1.5)
    window, clipboard = opens(row(), account_row()), QApplication.clipboard()
    choose(window, "copy")
    qtbot.waitUntil(lambda: clipboard.text() == made_up.key(), timeout=20_000)
    qtbot.waitUntil(lambda: clipboard.text() == "", timeout=20_000)
    if not shown(window, "home.default.copy"):
        choose(window, "copy")
    qtbot.waitUntil(lambda: clipboard.text() == made_up.key(), timeout=20_000)
    clipboard.setText("something else")
    qtbot.wait(2000)
    assert clipboard.text() == "something else", "what was copied since stays"


@pytest.mark.parametrize("cause", ["billing-disabled", "dns-failed", "key-not-valid"])
def test_a_kept_one_is_never_offered_to_be_kept_anyway(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, cause: str
) -> None:
    core.result = report(cause)
    window = opens(row())
    press(window, "home.default.check")
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    assert not shown(window, "aside")
    assert say("check.saved_in", store=made_up.STORE) in window.name_of("check.outcome")
    window.keep_anyway()  # also by no other way
    assert core.kept == []
    press(window, "back")
    assert window.place == Page.HOME


def test_changing_a_refused_key_replaces_it(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    core.result = report("key-not-valid")
    window = opens(row(), account_row())
    press(window, "home.default.check")
    qtbot.waitUntil(lambda: window.shows("check.diagnosis"), timeout=20_000)
    window.open_entry()
    assert (window.place, window.draft.profile) == (Page.KEY, "default")
    assert "…a1b2" in window.name_of("key.replaces")


def test_what_is_gone_meanwhile_is_said(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(), account_row())
    core.profiles = [account_row()]
    press(window, "home.default.check")
    qtbot.waitUntil(lambda: word(window) == say("home.gone", profile="default"), timeout=20_000)
    assert window.place == Page.HOME
    qtbot.waitUntil(lambda: window.rows() == ["work"], timeout=20_000)


# ---- replace and add


def test_replacing_goes_the_whole_way_and_leaves_no_key_in_the_window(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row("studio", hint="e5f6"), row())
    core.result = replace(report(before=old()), profile="studio")
    press(window, "home.studio.replace")
    assert "…e5f6" in window.name_of("key.replaces")
    assert not window.shows("key.name")
    window.take_text(key())
    press(window, "next")
    at(qtbot, window, Page.USE)
    assert core.names == ["studio"]
    core.profiles = [row("studio", old=old()), row()]
    press(window, "use.deleted")
    at(qtbot, window, ROTATION)
    press(window, "back")
    assert window.place == Page.USE
    window.go(Page.HOME)
    assert window.draft.credential is None
    assert window.text_of("key.field") == ""
    press(window, "home.studio.replace")
    assert window.text_of("key.field") == ""
    assert focused() == "key.field"


def test_another_one_gets_a_free_name_that_can_be_changed(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(), row("studio"))
    press(window, "next")
    press(window, "next")
    window.take_text(key())
    naming = keys(window).naming
    assert "studio-2" in naming.button.text()
    press(window, "key.name")
    naming.field.setText("default")
    assert "…a1b2" in window.name_of("key.replaces")
    assert window.shows("key.replaces")
    naming.field.setText("No Name")
    assert not window.footer.next.isEnabled()
    assert naming.notice.text() == say("target.name_bad")
    assert not window.footer.reason.text(), "it is said beneath the field"
    press(window, "key.name")
    assert window.footer.reason.text() == say("target.name_bad")
    naming.field.setText("mine")
    twin = say("target.twin", profile="default", hint="a1b2")
    assert window.name_of("key.replaces") == twin, "it replaces nothing, and may be saved already"
    press(window, "next")
    at(qtbot, window, Page.USE)
    assert core.names == ["mine"]


def test_what_arrives_at_this_computer_is_another_one(opens: Opens) -> None:
    window = opens(row())
    QApplication.clipboard().setText(account_file())
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (window.place, window.draft.profile, window.draft.replaces) == (Page.FILE, "vertex", None)


def test_what_arrives_while_replacing_replaces_also_by_the_other_service(opens: Opens) -> None:
    window = opens(row())
    press(window, "home.default.replace")
    window.take_text(account_file())
    assert (window.place, window.draft.profile) == (Page.FILE, "default")
    assert say("kind.account") in window.name_of("file.replaces")


def test_a_leaked_one_is_stopped_first(opens: Opens, opened: list[str]) -> None:
    window = opens(row(outcome=Outcome.REFUSED, cause="key-leaked"))
    assert window.home_page.first_focus().objectName() == "home.default.delete"  # type: ignore[union-attr]
    press(window, "home.default.replace")
    assert window.shows("key.stop")
    press(window, "key.delete")
    assert opened == ["https://aistudio.google.com/api-keys"]


# ---- after a rotation


def test_the_old_one_is_deleted_proven_and_erased(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, opened: list[str]
) -> None:
    window = opens(row(old=old()))
    core.proving = [
        made_up.asked("works", wait=0.1),
        made_up.asked("key-not-valid", 1, 0.1),
        made_up.proof(True),
    ]
    press(window, "home.default.delete_old")
    assert opened == ["https://aistudio.google.com/api-keys"]
    press(window, "home.default.prove")
    assert window.place == ROTATION
    qtbot.waitUntil(lambda: window.rotation_page.phase == "dead", timeout=20_000)
    core.profiles = [row(old=old(dead=True))]
    assert focused() == "rotation.erase"
    press(window, "rotation.erase")
    at(qtbot, window, Page.HOME)
    assert core.done == [("prove", "default"), ("forget", "default")]
    assert word(window) == say("home.erased", hint="c3d4")
    assert not shown(window, "home.default.prove")


def test_one_that_still_works_offers_its_deletion_and_asks_by_itself(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, opened: list[str]
) -> None:
    window = opens(account_row(old=old(kind=Kind.SERVICE_ACCOUNT, project=made_up.PROJECT)))
    core.proving = [made_up.asked("works", wait=58)]
    press(window, "home.work.prove")
    page = window.rotation_page
    qtbot.waitUntil(lambda: page.phase == "alive", timeout=20_000)
    assert page.wait.text() in (say("rotation.waits", time=time) for time in ("0:58", "0:57"))
    assert made_up.PROJECT in page.card.note.text()
    press(window, "rotation.delete")
    assert opened[0].startswith("https://console.cloud.google.com/iam-admin/serviceaccounts")
    assert made_up.PROJECT in opened[0]
    press(window, "rotation.again")
    qtbot.waitUntil(lambda: len(core.done) == 2, timeout=20_000)


def test_an_answer_that_proves_nothing_is_called_so(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(old=old()))
    core.proving = [made_up.asked("key-not-valid", 0, 60, new_one="dns-failed")]
    press(window, "home.default.prove")
    qtbot.waitUntil(lambda: window.rotation_page.phase == "unclear", timeout=20_000)
    assert not shown(window, "rotation.erase")
    assert not shown(window, "rotation.delete")


@pytest.mark.parametrize("state", ["rotation-dead", "rotation-ended"])
def test_done_ends_a_rotation_that_has_its_answer(qtbot: QtBot, state: str) -> None:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    assert made.footer.next.text() == say("window.done")
    press(made, "next")
    assert made.place == Page.HOME


def test_while_the_previous_key_is_asked_about_nothing_is_done(qtbot: QtBot) -> None:
    made = states.bring("rotation-alive")
    qtbot.addWidget(made)
    pictures.settle(made)
    assert not made.shows("next")


def test_leaving_a_rotation_stops_the_asking_and_the_row_goes_on(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(old=old(deleted=made_up.days_ago(0.1))))
    core.pause = 1.0
    core.proving = [made_up.proof(True)]
    press(window, "home.default.prove")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.place == Page.HOME
    qtbot.wait(1300)
    assert window.rotation_page.phase == "asking", "what was left is not heard of again"
    assert shown(window, "home.default.prove")


def test_later_hides_the_card_and_keeps_the_way(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    core.result = report(before=old())
    window = opens()
    window.take_text(key())
    press(window, "next")
    at(qtbot, window, Page.USE)
    page = cast(UsePage, window.page(Page.USE))
    assert "…c3d4" in page.old.title.text()
    assert page.old.buttons[0].property("kind") == "primary"
    assert window.footer.next.property("kind") == "plain"
    press(window, "use.old_later")
    assert not page.old.isVisible()
    assert window.footer.next.property("kind") == "primary"
    assert focused() == "next"


@pytest.mark.parametrize("state", ["rotation-dead", "rotation-ended"])
def test_an_end_stays_as_it_was_told(qtbot: QtBot, state: str) -> None:
    """The countdown before it does not go on beneath it."""
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    said = (made.rotation_page.old.state, made.rotation_page.new.state, made.rotation_page.wait.text())
    qtbot.wait(600)
    assert (
        made.rotation_page.old.state,
        made.rotation_page.new.state,
        made.rotation_page.wait.text(),
    ) == said
    assert said[0] != "running"


def test_one_that_was_dead_already_is_not_brought_back(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    core.result = report(before=old(), old_dead=True)
    window = opens()
    window.take_text(key())
    press(window, "next")
    at(qtbot, window, Page.USE)
    assert not shown(window, "use.rollback")
    core.profiles = [row(old=old())]
    press(window, "use.erase")
    qtbot.waitUntil(lambda: core.done == [("forget", "default")], timeout=20_000)
    at(qtbot, window, Page.HOME)


# ---- beneath ⋯: bring back, erase, remove


def menu(window: Driver, name: str) -> list[str]:
    """What ⋯ opens, "" for a line between two groups."""
    press(window, f"home.{name}.more")
    found = window.menu(f"home.{name}.more")
    assert found.isVisible()
    texts = [action.text() for action in found.actions()]
    QTest.keyClick(found, Qt.Key.Key_Escape)
    assert not found.isVisible()
    return texts


def choose(window: Driver, what: str, name: str = "default") -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.choose(f"home.{name}.more", what)


def test_the_menu_has_only_what_applies(opens: Opens) -> None:
    window = opens(row(), row("a", old=old()), row("b", old=old(dead=True)), account_row("c"))
    rename, default, history = say("home.rename"), say("home.default"), say("home.history")
    back, erase, remove = say("home.rollback"), say("home.erase"), say("home.remove")
    copy = say("home.copy")
    for name, wanted in (
        ("default", [copy, rename, "", history, "", remove]),
        ("a", [copy, rename, default, "", back, erase, history, "", remove]),
        ("b", [copy, rename, default, "", history, "", remove]),  # to erase it is a button of the card
        ("c", [rename, default, "", history, "", remove]),  # a file is no text to paste
    ):
        assert menu(window, name) == wanted


def test_the_menu_opens_by_the_keyboard_and_says_so(opens: Opens, qtbot: QtBot) -> None:
    window = opens(row())
    button = window.widget("home.default.more")
    button.setFocus()
    told = QAccessible.queryAccessibleInterface(button)
    assert told.state().hasPopup
    assert told.text(QAccessible.Text.Name) == say("home.more_name", profile="default")
    QTest.keyClick(button, Qt.Key.Key_Space)
    found = window.menu("home.default.more")
    assert found.isVisible()
    QTest.keyClick(found, Qt.Key.Key_Down)
    assert found.activeAction().text() == say("home.copy")
    QTest.keyClick(found, Qt.Key.Key_Escape)
    assert focused() == "home.default.more"
    QTest.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(found.isVisible, timeout=20_000)
    QTest.keyClick(found, Qt.Key.Key_Escape)


def test_the_line_at_the_foot_gives_way_to_a_passing_word(opens: Opens) -> None:
    window = opens(row())
    line = say("choose.independent")
    assert line in window.texts()
    window.say(Word("Done.", good=True))
    assert line not in window.texts()
    press(window, "rail.about")
    press(window, "toast.close")
    press(window, "back")
    assert line in window.texts()


# ---- its name


def test_a_key_gets_another_name_and_undo_gives_it_back(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(), account_row(delivered=(("llm", "/x", ""),)))
    choose(window, "rename", "work")
    at(qtbot, window, RENAME)
    assert focused() == "rename.field"
    assert say("rename.tools", tools=say("handing.titles.llm")) in window.texts()
    assert not window.widget("next").isEnabled()
    rule = say("target.name_bad")
    for name_, why in (("default", say("rename.taken", name="default")), ("No Name", rule), ("", rule)):
        window.fill("rename.field", name_)
        assert not window.widget("next").isEnabled(), name_
        assert window.name_of("rename.notice") == why
        assert not window.footer.reason.text()
    window.fill("rename.field", "shop")
    QTest.keyClick(window.widget("rename.field"), Qt.Key.Key_Return)
    at(qtbot, window, Page.HOME)
    assert core.done == [("rename", "work shop")]
    assert word(window) == say("rename.done", profile="work", name="shop")
    qtbot.waitUntil(lambda: window.shows("home.shop.check"), timeout=20_000)
    press(window, "toast.undo")
    qtbot.waitUntil(lambda: core.done[1:] == [("rename", "shop work")], timeout=20_000)
    qtbot.waitUntil(lambda: window.shows("home.work.check"), timeout=20_000)


def test_another_one_becomes_the_default(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(), account_row())
    choose(window, "default", "work")
    at(qtbot, window, RENAME)
    assert say("rename.default_title", profile="work") in window.texts()
    press(window, "next")  # the name that is offered will do
    at(qtbot, window, Page.HOME)
    assert core.done == [("rename", "work default studio")]
    assert word(window) == say("rename.default_done", profile="work", name="studio")
    press(window, "toast.undo")
    qtbot.waitUntil(lambda: core.done[1:] == [("rename", "studio default work")], timeout=20_000)


def test_where_there_is_no_default_one_press_makes_it(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(account_row())
    choose(window, "default", "work")
    said = say("rename.default_done_alone", profile="work")
    qtbot.waitUntil(lambda: word(window) == said, timeout=20_000)
    assert core.done == [("rename", "work default")]
    press(window, "toast.undo")
    qtbot.waitUntil(lambda: core.done[1:] == [("rename", "default work")], timeout=20_000)


@pytest.mark.parametrize("why", ["taken", "unfinished"])
def test_a_name_that_another_program_has_taken_meanwhile_is_said(
    why: str, opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row())
    core.refuses = why
    choose(window, "rename")
    window.fill("rename.field", "shop")
    press(window, "next")
    qtbot.waitUntil(lambda: word(window) == say(f"rename.{why}", name="shop"), timeout=20_000)
    assert window.place == RENAME


def test_history_says_what_the_list_knows(opens: Opens, qtbot: QtBot) -> None:
    events = (
        ("2026-03-04T10:00:00Z", "kept"),
        ("2026-03-05T10:00:00Z", "delivered to llm"),
        ("2026-03-06T10:00:00Z", "renamed from work"),
        ("2026-03-07T10:00:00Z", "something of a newer version"),
    )
    window = opens(row(old=old(), model="gemini-9", events=events, worked=made_up.days_ago(3)))
    choose(window, "history")
    at(qtbot, window, HISTORY)
    told = window.name_of("history.facts")
    for part in ("gemini-9", "…c3d4", "3 days ago", made_up.STORE):
        assert part in told, part
    told = window.name_of("history.events")
    assert told.index(say("history.event.renamed", what="work")) < told.index(say("history.event.saved"))
    assert say("history.event.connected", what=say("handing.titles.llm")) in told
    assert "newer version" not in told
    press(window, "back")
    assert window.place == Page.HOME


def test_the_old_one_comes_back_in_one_press(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(old=old()))
    choose(window, "rollback")
    qtbot.waitUntil(lambda: core.done == [("rollback", "default")], timeout=20_000)
    qtbot.waitUntil(lambda: word(window) == say("home.rolled_back", hint="c3d4"), timeout=20_000)


def test_erasing_what_may_live_is_asked_for_once_more(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(old=old()))
    choose(window, "erase")
    at(qtbot, window, CONFIRM)
    assert window.focusWidget() is window.widget(
        "back"
    )  # also where the closing menu has taken the window's activity
    press(window, "back")  # keeps it
    assert (window.place, core.done) == (Page.HOME, [])
    choose(window, "erase")
    at(qtbot, window, CONFIRM)
    press(window, "next")
    at(qtbot, window, Page.HOME)
    assert core.done == [("forget", "default")]


def test_removing_says_what_stops_and_what_stays(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, opened: list[str]
) -> None:
    window = opens(row("mine", old=old()))
    choose(window, "remove", "mine")
    told = " ".join(window.texts())
    assert say("confirm.remove_programs", profile="mine") in told
    assert "…c3d4" in told
    assert say("confirm.remove_google") in told
    assert focused() == "back", "Return removes nothing"
    for key_ in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(window, key_, Qt.KeyboardModifier.ControlModifier)
    assert core.done == []
    press(window, "confirm.delete")
    assert len(opened) == 1
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert (window.place, core.done) == (Page.HOME, [])
    choose(window, "remove", "mine")
    press(window, "next")
    at(qtbot, window, Page.CHOOSE)  # nothing is left to be shown
    assert core.done == [("begin removal", "mine")]
    assert not window.footer.back.isVisible()
    assert word(window) == say("home.removed", profile="mine")
    press(window, "toast.close")  # and with it the way back
    qtbot.waitUntil(lambda: core.done[1:] == [("remove", "mine")], timeout=20_000)


def test_a_removal_is_undone_and_nothing_was_deleted(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(), account_row())
    choose(window, "remove", "work")
    press(window, "next")
    qtbot.waitUntil(lambda: core.done == [("begin removal", "work")], timeout=20_000)
    at(qtbot, window, Page.HOME)
    assert not window.shows("home.work.check")
    press(window, "toast.undo")
    qtbot.waitUntil(lambda: core.done[1:] == [("keep after all", "work")], timeout=20_000)
    qtbot.waitUntil(lambda: window.shows("home.work.check"), timeout=20_000)
    assert word(window) == say("home.kept_after_all", profile="work")


def test_after_undo_the_only_key_is_listed_again(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row())
    choose(window, "remove")
    press(window, "next")
    at(qtbot, window, Page.CHOOSE)
    press(window, "toast.undo")
    at(qtbot, window, Page.HOME)
    assert window.rows() == ["default"]


@pytest.mark.parametrize("how", ["another word", "language", "check", "the end"])
def test_a_removal_is_carried_out_once_there_is_no_undo(
    how: str, opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(), account_row())
    choose(window, "remove", "work")
    press(window, "next")
    qtbot.waitUntil(lambda: core.done == [("begin removal", "work")], timeout=20_000)
    at(qtbot, window, Page.HOME)
    if how == "another word":
        window.tell("Something else.")
    elif how == "language":
        window.speak("en")
    elif how == "check":
        window.take_text(key())
        press(window, "next")
    else:
        window.profiles._remove_at_the_end()
    qtbot.waitUntil(lambda: core.done[1:2] == [("remove", "work")], timeout=20_000)


def test_a_removal_that_the_keyring_refuses_is_said_and_listed(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(), account_row())
    choose(window, "remove", "work")
    press(window, "next")
    at(qtbot, window, Page.HOME)
    qtbot.waitUntil(lambda: not window.calls.busy, timeout=20_000)
    core.fault = VaultFault(Fault.LOCKED, "GNOME Keyring", "locked")
    press(window, "toast.close")
    qtbot.waitUntil(lambda: word(window) == say("home.not_removed", profile="work"), timeout=20_000)
    qtbot.waitUntil(
        lambda: window.shows("home.work.keep"), timeout=20_000
    )  # the row says that it did not finish


def test_a_second_press_while_one_is_under_way_does_nothing(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(old=old()))
    window.roll_back(core.profiles[0])
    window.roll_back(core.profiles[0])
    assert not window.is_on("home.default.hand_over")
    qtbot.waitUntil(lambda: not window.calls.busy, timeout=20_000)
    assert core.done == [("rollback", "default")]
    assert window.is_on("home.default.hand_over")


def test_a_deed_that_ends_late_does_not_take_the_person_away(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(old=old()))
    window.roll_back(core.profiles[0])
    window.replace(core.profiles[0])
    qtbot.waitUntil(lambda: word(window) != "", timeout=20_000)
    assert window.place == Page.KEY


# ---- the keyring's faults


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_has_its_card_and_is_tried_again(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, fault: Fault
) -> None:
    window = opens(row(old=old()))
    core.fault = VaultFault(fault, made_up.STORE, "made up")
    window.roll_back(core.profiles[0])
    at(qtbot, window, FAULT)
    title = window.title()
    assert focused() == "fault.again"
    window.go_back()
    press(window, "home.default.check")
    qtbot.waitUntil(lambda: window.check.state == "failed", timeout=20_000)
    assert window.title() == title
    core.fault = None
    press(window, "check.try_again")
    qtbot.waitUntil(lambda: window.check.state == "done", timeout=20_000)
    window.go(FAULT)
    press(window, "fault.again")
    at(qtbot, window, Page.HOME)
    assert core.done == [("rollback", "default")]


def test_a_keyring_that_asks_is_named_wherever_it_is_waited_for(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    asks = say("window.keyring_asks", store=made_up.STORE)
    window = opens(row(old=old()))
    core.pause, core.asks = 1, True
    press(window, "home.default.check")
    waits = say("check.title_waiting", store=made_up.STORE)
    qtbot.waitUntil(lambda: window.title() == waits, timeout=20_000)
    window.go_back()
    core.proving = [made_up.proof(True)]
    press(window, "home.default.prove")
    qtbot.waitUntil(lambda: window.rotation_page.wait.text() == asks, timeout=20_000)
    qtbot.waitUntil(lambda: window.rotation_page.phase == "dead", timeout=20_000)
    assert window.rotation_page.wait.text() == ""


def test_a_rotation_that_cannot_read_says_so(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    window = opens(row(old=old()))
    core.fault = VaultFault(Fault.LOCKED, made_up.STORE, "made up")
    press(window, "home.default.prove")
    qtbot.waitUntil(lambda: window.rotation_page.phase == "fault", timeout=20_000)
    core.fault, core.proving = None, [made_up.proof(True)]
    press(window, "rotation.again")
    qtbot.waitUntil(lambda: window.rotation_page.phase == "dead", timeout=20_000)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("reason", ["", "newer"])
def test_plain_text_is_a_second_choice_only_without_a_keyring_or_where_it_refuses(
    opens: Opens, core: MadeUpCore, qtbot: QtBot, fault: Fault, reason: str
) -> None:
    core.result = report(fault=fault, reason=reason)
    window = opens()
    window.take_text(key())
    press(window, "next")
    qtbot.waitUntil(lambda: window.check.state == "done", timeout=20_000)
    offered = fault is Fault.MISSING or (fault is Fault.DENIED and not reason)
    assert shown(window, "check.plain") is offered
    if not offered:
        return
    core.out_of_use = ["work"]
    press(window, "check.plain")
    at(qtbot, window, CONFIRM)
    said = " ".join(window.texts())
    assert core.plain_file() in said
    assert say("confirm.plain_apart", names="work") in said
    press(window, "back")  # rather not
    assert (window.place, core.done, core.kept) == (Page.CHECK, [], [])
    core.out_of_use = []
    press(window, "check.plain")
    at(qtbot, window, CONFIRM)
    assert "work" not in " ".join(window.texts())
    press(window, "next")
    at(qtbot, window, Page.USE)
    assert core.done == [("plain", "")]
    assert len(core.kept) == 1
    assert window.text_of("key.field") == key()


def test_plain_text_is_named_and_moved_when_there_is_a_keyring(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    core.place = Place("", core.plain_file(), keyring=True)
    window = opens(row())
    qtbot.waitUntil(lambda: shown(window, "home.move"), timeout=20_000)
    assert core.plain_file() in window.name_of("home.private")
    press(window, "home.move")
    qtbot.waitUntil(lambda: core.done == [("move", "")], timeout=20_000)
    qtbot.waitUntil(lambda: not shown(window, "home.move"), timeout=20_000)


# ---- words


def test_ages_are_said_as_a_person_does() -> None:
    for days, wanted in (
        (0, "5 minutes ago"), (0.05, "an hour ago"), (0.5, "12 hours ago"), (1.2, "a day ago"), (3, "3 days ago"),
        (31, "a month ago"), (200, "6 months ago"),
    ):  # fmt: skip
        assert profile_row.ago(made_up.days_ago(days)) == wanted
    assert profile_row.ago("2999-01-01T00:00:00Z") == say("ago.now")
    assert profile_row.ago("nonsense") == profile_row.ago(None) == ""


def test_every_place_where_something_is_deleted_is_a_page_of_google_s(
    opens: Opens, opened: list[str]
) -> None:
    window = opens()
    for kind, service in ((Kind.API_KEY, Service.STUDIO), (Kind.API_KEY, Service.VERTEX),
                          (Kind.SERVICE_ACCOUNT, Service.VERTEX)):  # fmt: skip
        where = profile_row.deletion(kind, service, made_up.PROJECT)
        assert where is not None
        window.open_page(where.page, where.facts)
        assert bool(where.note) is (service is Service.VERTEX)
    assert [url.partition("?")[0] for url in opened] == [
        "https://aistudio.google.com/api-keys",
        "https://console.cloud.google.com/apis/credentials",
        "https://console.cloud.google.com/iam-admin/serviceaccounts",
    ]
    assert profile_row.deletion(Kind.ADC, Service.VERTEX, None) is None


def test_an_error_message_is_explained_from_here_and_back(opens: Opens) -> None:
    window = opens(row())
    press(window, "home.explain")
    assert window.place == EXPLAIN
    press(window, "back")
    assert window.place == Page.HOME


def test_tab_goes_down_the_cards_and_then_to_the_foot(opens: Opens, qtbot: QtBot) -> None:
    window = opens(row(old=old()), account_row())
    qtbot.waitUntil(lambda: window.shows("home.readers"), timeout=20_000)
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    first = window.home_page.first_focus()
    assert first is not None
    first.setFocus()
    seen = []
    for _ in range(17):
        seen.append(focused())
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
    assert seen == [
        "home.default.delete_old", "home.default.prove", "home.default.hand_over", "home.default.check",
        "home.default.replace", "home.default.more", "home.work.hand_over", "home.work.check", "home.work.replace",
        "home.work.more", "home.explain", "home.doctor", "home.readers", "cancel", "next", "rail.saved", "rail.about",
    ]  # fmt: skip


def test_a_thousand_profiles_are_made_as_somebody_scrolls_to_them(opens: Opens, qtbot: QtBot) -> None:
    names = [f"p{number}" for number in range(1000)]
    window = opens(*(row(name) for name in names))
    page = window.home_page
    assert list(page.cards) == names[:12]
    bar = page.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=20_000)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: len(page.cards) > 12, timeout=20_000)
    count = len(page.cards)
    assert list(page.cards) == names[:count]
    press(window, "home.further")
    assert len(page.cards) == count + 12
    assert focused() == f"home.p{count}.hand_over", "the keyboard goes on at the first new one"
    qtbot.waitUntil(lambda: shown(window, f"home.p{count}.check"), timeout=20_000)
    press(window, f"home.p{count}.check")
    qtbot.waitUntil(
        lambda: window.check.state == "idle", timeout=20_000
    )  # a busy computer, and a thousand rows
    assert len(page.cards) >= count + 12, "what was shown is shown again"


@pytest.mark.parametrize("whole", [True, False])
def test_a_removal_that_did_not_finish_is_shown_and_is_the_person_s_to_end(
    whole: bool, opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(removing=True))
    core.whole = whole
    card = window.home_page.cards["default"]
    assert any(notice.text() == say("home.reminder.removing") for notice in card.findChildren(Notice))
    press(window, "home.default.keep")
    said = say("home.kept_after_all" if whole else "home.nothing_whole", profile="default")
    qtbot.waitUntil(lambda: word(window) == said, timeout=20_000)
    assert core.done == [("keep after all", "default")]
    window = opens(row(removing=True))
    press(window, "home.default.remove")
    assert window.place == CONFIRM
    press(window, "next")
    at(qtbot, window, Page.CHOOSE)


def test_an_old_one_that_google_rejects_comes_back_only_after_a_yes(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    core.of_the_old = "key-not-valid"
    window = opens(row(old=old()))
    choose(window, "rollback")
    at(qtbot, window, CONFIRM)
    assert cause_texts.cause("key-not-valid").title in " ".join(window.texts())
    press(window, "back")
    at(qtbot, window, Page.HOME)
    assert core.done == []
    choose(window, "rollback")
    at(qtbot, window, CONFIRM)
    press(window, "next")
    qtbot.waitUntil(lambda: core.done == [("rollback", "default")], timeout=20_000)


def test_erasing_the_only_one_that_works_is_said(opens: Opens, core: MadeUpCore, qtbot: QtBot) -> None:
    core.of_the_new = "key-not-valid"
    window = opens(row(old=old(), outcome=Outcome.REFUSED, cause="key-not-valid"))
    choose(window, "erase")
    at(qtbot, window, CONFIRM)
    assert say("confirm.erase_last") in " ".join(window.texts())


def test_a_keyring_that_refuses_before_google_is_asked_has_its_page(
    opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    window = opens(row(old=old()))
    core.fault = VaultFault(Fault.LOCKED, "GNOME Keyring", "locked")
    choose(window, "rollback")
    at(qtbot, window, FAULT)
    core.fault = None
    press(window, "fault.again")
    qtbot.waitUntil(lambda: core.done == [("rollback", "default")], timeout=20_000)


@pytest.mark.parametrize("begin", ["roll_back", "erase_old"])
def test_an_answer_about_both_keys_that_comes_late_turns_no_page(
    begin: str, opens: Opens, core: MadeUpCore, qtbot: QtBot
) -> None:
    core.of_the_old, core.pause = "key-not-valid", 0.2
    window = opens(row(old=old()))
    getattr(window, begin)(core.profiles[0])
    window.replace(core.profiles[0])
    assert window.place == Page.KEY
    qtbot.waitUntil(lambda: word(window) == say("home.not_done"), timeout=20_000)
    assert (window.place, core.done) == (Page.KEY, [])


def test_one_refusal_leaves_the_old_one_in_the_menu(opens: Opens) -> None:
    window = opens(row(old=old(refused="key-not-valid")))
    assert say("home.rollback") in menu(window, "default")
