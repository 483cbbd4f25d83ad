"""A failure of ours shows a window that says so, with a report that may be posted in public, and loses nothing."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.crash import hooks
from gemini_setup.gui.crash.hooks import Crash, Crashes, report
from gemini_setup.gui.pages.key import KeyPage
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import EXPLAIN
from tests.gui import made_up
from tests.gui.driver import Driver
from tests.gui.made_up import MadeUpCore, account_file, key


@pytest.fixture
def crashes(window: Driver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crashes]:
    """The hooks over the real window. (Under pytest-qt the exception hook is the test's own: tests call ours.)"""
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", codes.append)
    monkeypatch.setattr(QApplication, "quit", lambda: None)
    made = Crashes()
    monkeypatch.setattr(hooks, "CRASHES", made)
    made.install()
    made.watch(window)
    cast(Any, made).codes = codes
    yield made
    made.uninstall()


def shown(crashes: Crashes, qtbot: QtBot) -> Crash:
    qtbot.waitUntil(lambda: crashes.dialog is not None and crashes.dialog.isVisible(), timeout=20_000)
    assert crashes.dialog is not None
    return crashes.dialog


def visible(dialog: QWidget) -> str:
    return " ".join(
        str(text())
        for widget in dialog.findChildren(QWidget)
        for reader in ("text", "toPlainText", "accessibleName")
        if callable(text := getattr(widget, reader, None)) and widget.isVisibleTo(dialog)
    )


def test_a_slot_that_fails_is_told_and_what_was_typed_stays(
    window: Driver, crashes: Crashes, core: MadeUpCore, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broken core quotes the credential: the report has the place, and not the key."""
    window.take_text(key())

    def broken(*_: object) -> cause_texts.CauseWords:
        raise ValueError(f"no such thing: {key()!r} of somebody@example.com in {Path.home()}/work")

    core.diagnosis = broken  # type: ignore[method-assign, assignment]
    window.go_on()
    dialog = shown(crashes, qtbot)

    assert say("crash.lead") in visible(dialog)
    assert "ValueError: no such thing" in dialog.text
    assert "gemini_setup/gui/pages/check.py" in dialog.text
    assert "CheckPage._show_report" in dialog.text
    assert "Page: check" in dialog.text
    errors = capsys.readouterr().err
    for said in (dialog.text, visible(dialog), errors):
        assert key() not in said
        assert not any(key()[at : at + 6] in said for at in range(len(key()) - 5)), said
        assert "somebody@" not in said
        assert str(Path.home()) + "/" not in said
    assert dialog.text in errors
    dialog.copy.click()
    assert QApplication.clipboard().text() == dialog.text

    dialog.go_on.click()
    assert crashes.dialog is None
    assert window.isVisible()
    assert cast(KeyPage, window.page(Page.KEY)).field.text() == key()
    del core.diagnosis
    window.go_on()  # it is saved: only the page's words have failed
    qtbot.waitUntil(lambda: window.place == Page.USE, timeout=20_000)


def test_a_thread_a_lost_task_and_an_unheard_question_are_told(
    window: Driver, crashes: Crashes, qtbot: QtBot
) -> None:
    def fails() -> None:
        raise LookupError("in a thread")

    async def starts() -> None:
        async def breaks() -> None:
            raise KeyError("lost")

        task = asyncio.ensure_future(breaks())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    async def unheard() -> None:
        raise ZeroDivisionError("nobody reads it")

    def in_a_thread() -> None:
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()

    for begin, kind in (
        (in_a_thread, "LookupError"),
        (lambda: window.work.ask(starts, lambda _: None), "KeyError"),
        (lambda: window.work.ask(unheard, lambda _: None), "ZeroDivisionError"),
    ):
        begin()
        dialog = shown(crashes, qtbot)
        assert f"\n{kind}: " in dialog.text
        assert "test_crash.py:" in dialog.text
        dialog.reject()
        assert window.isVisible()


def test_a_check_and_a_deed_that_fail_inside_bring_the_report_beside_their_own_words(
    window: Driver, crashes: Crashes, core: MadeUpCore, qtbot: QtBot
) -> None:
    core.error = RuntimeError("inside a check")
    window.take_text(key())
    window.go_on()
    assert "RuntimeError: inside a check" in shown(crashes, qtbot).text
    assert window.check.state == "failed"
    cast(Crash, crashes.dialog).reject()

    def deed() -> None:
        raise TypeError("inside a deed")

    window.calls.do(deed, lambda _: None, lambda: None)
    assert "TypeError: inside a deed" in shown(crashes, qtbot).text
    assert "TypeError" in window.toast.accessibleName()
    cast(Crash, crashes.dialog).reject()


class _Broken(QWidget):
    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        _Broken.painted += 1
        crash_of = RuntimeError("painting")
        try:
            raise crash_of
        except RuntimeError as error:
            sys.excepthook(
                RuntimeError, error, error.__traceback__
            )  # as Qt's binding does with what a slot raises


def test_a_second_failure_while_it_is_shown_is_counted_and_a_third_window_is_the_last(
    window: Driver, crashes: Crashes, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that fails whenever it is painted brings three windows, not one for every frame."""
    page = _Broken(window)
    page.resize(50, 50)
    page.show()
    dialogs = []
    for _ in range(3):
        page.repaint()
        page.repaint()
        dialog = shown(crashes, qtbot)
        qtbot.waitUntil(dialog.count.isVisible, timeout=20_000)
        dialogs.append(dialog)
        dialog.reject()
    assert len(set(map(id, dialogs))) == 3
    for _ in range(30):
        page.repaint()
    qtbot.wait(20)
    assert crashes.dialog is None
    assert capsys.readouterr().err.count("RuntimeError: painting") <= hooks._PRINTED
    page.deleteLater()


def test_a_failing_crash_window_is_told_on_stderr_and_never_tried_again(
    window: Driver,
    crashes: Crashes,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object) -> None:
        raise OSError("not even this")

    monkeypatch.setattr(hooks, "Crash", fails)
    crashes.tell(ValueError("first"))
    qtbot.wait(20)
    crashes.tell(ValueError("second"))
    qtbot.wait(20)
    said = capsys.readouterr().err
    assert said.count("OSError: not even this") == 1
    assert "ValueError: second" in said
    assert crashes.dialog is None


def test_close_ends_the_program_and_stops_its_work(window: Driver, crashes: Crashes, qtbot: QtBot) -> None:
    crashes.tell(ValueError("made up"))
    dialog = shown(crashes, qtbot)
    dialog.close_all.click()
    assert not window.isVisible()
    assert cast(Any, crashes).codes == [70]


def test_without_words_the_report_still_comes_up(
    window: Driver, crashes: Crashes, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object, **__: object) -> str:
        raise FileNotFoundError("window.toml")

    monkeypatch.setattr("gemini_setup.gui.texts.say", unreadable)
    crashes.tell(FileNotFoundError("window.toml"))
    dialog = shown(crashes, qtbot)
    assert dialog.close_all.text()
    assert "FileNotFoundError" in dialog.box.toPlainText()
    dialog.reject()


def test_qts_own_warnings_pass_the_wall(
    window: Driver, crashes: Crashes, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "only-half-of-a-" + "key"
    window.key_page.field.edit.insert(typed)
    qWarning(f"QSomething: bad {made_up.old_key()} and {typed}")
    said = capsys.readouterr().err
    assert "QSomething: bad" in said
    assert made_up.old_key() not in said
    assert typed not in said


def test_a_report_says_where_without_a_line_of_code_or_a_value(window: Driver) -> None:
    """Chains, groups of frames and an exception that cannot say what it is; no local variable, no source line."""
    secret = "local " + made_up.old_key()

    def inner(value: str) -> None:
        raise KeyError(value[:0] or "inside")

    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError(secret)

    def again(depth: int) -> None:
        if depth:
            again(depth - 1)
        try:
            inner(secret)
        except KeyError as error:
            raise Silent(secret) from error

    with pytest.raises(Silent) as caught:
        again(200)
    said = report(caught.value)
    assert "KeyError: 'inside'" in said
    assert "Silent" in said
    assert "raise KeyError" not in said
    assert made_up.old_key()[:10] not in said
    assert len(said.splitlines()) < 2 * hooks._FRAMES
    assert str(Path(__file__).parent) not in said, "no folder of this computer"


def test_a_report_hides_what_was_typed_however_it_is_cut(window: Driver) -> None:
    """A file's private key line by line, a text of no known shape, and the text of the error page."""
    window.take_text(account_file())
    window.go(EXPLAIN)
    window.explain_page.box.setPlainText("the password is hunter2-of-mine, they said")
    made = Crashes()
    made.watch(window)
    typed = made._typed()
    line = "bWFkZSB1cA"
    for quoted in (line, line[1:-1], "hunter2-of-mine", "ter2-of-m"):
        said = report(ValueError(f"cannot read <{quoted}> here"), None, typed)
        assert quoted not in said, quoted
        assert "cannot read" in said
    assert "a plain text" in report(ValueError("a plain text"), None, ["a"]), "one letter hides nothing"


def test_interrupting_from_the_terminal_is_no_crash(crashes: Crashes, qtbot: QtBot) -> None:
    crashes._excepted(KeyboardInterrupt, KeyboardInterrupt(), None)
    qtbot.wait(10)
    assert crashes.dialog is None
    assert cast(Any, crashes).codes == [130]


def test_where_no_window_comes_up_the_dialog_has_no_way_back(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Crashes()
    made.install()
    try:

        def press() -> None:
            assert made.dialog is not None
            assert made.dialog.lead.text() == say("crash.lead_start")
            assert not made.dialog.go_on.isVisible()
            assert not made.dialog.typed.isVisible()
            QTest.qWait(1)
            made.dialog.close_all.click()

        QTimer.singleShot(100, press)
        monkeypatch.setattr(QApplication, "exit", lambda code: None)
        assert made.last_words(SyntaxError("a broken resource")) == 70
    finally:
        made.uninstall()


def test_the_hooks_are_given_back() -> None:
    before = (sys.excepthook, threading.excepthook)
    made = Crashes()
    made.install()
    assert sys.excepthook != before[0]
    made._excepted_in_thread(
        cast(Any, SimpleNamespace(exc_type=SystemExit, exc_value=None, exc_traceback=None))
    )
    made.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_a_failure_in_another_thread_reads_no_widget_and_still_masks_what_was_typed(
    window: Driver, crashes: Crashes, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt's widgets belong to one thread: read in another they may end the process, in the very path that must not fail."""
    window.take_text(key())
    window.go(EXPLAIN)
    cast(Any, window.page(EXPLAIN)).box.setPlainText("a pasted sentence that nobody else is to see")
    readers: list[str] = []

    def noting(owner: Any, name: str) -> None:
        before = getattr(owner, name)

        def read() -> Any:
            readers.append(threading.current_thread().name)
            return before()

        monkeypatch.setattr(owner, name, read)

    noting(cast(KeyPage, window.page(Page.KEY)).field, "text")
    noting(cast(Any, window.page(EXPLAIN)).box, "toPlainText")

    def fails() -> None:
        crashes.tell(ValueError(f"no {key()} and no pasted sentence that nobody else is to see"))

    thread = threading.Thread(target=fails, name="another")
    thread.start()
    thread.join()
    dialog = shown(crashes, qtbot)
    assert "another" not in readers
    assert "ValueError" in dialog.text
    assert key() not in dialog.text
    assert "pasted sentence" not in dialog.text
    assert "Page: explain" in dialog.text
