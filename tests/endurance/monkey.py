"""The monkey: presses, types, pastes, drops, resizes and switches in the real window, and what must hold after each step.

It knows the program as a person does: what shows and can be used. What it did is in `story`, for whoever mends the bug.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QMimeData,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QDropEvent, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)

from gemini_setup.gui.components.secret_field import SecretEdit
from gemini_setup.gui.components.widgets import Notice
from gemini_setup.gui.pages import check
from gemini_setup.gui.style.theme import THEME
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.model.credentials import Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.wizard.flow import Page, following, preceding
from gemini_setup.wizard.navigator import ABOUT, CONFIRM, DOCTOR, EXPLAIN, FAULT, HANDING, ROTATION, TRAP
from tests.endurance.world import FAULTS, ROUTES, World, some_trouble
from tests.gui.driver import Driver, open_window

_NONE, _CTRL, _ALT, _SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
_KEY = Qt.Key
#: Every shortcut of the window and of what stands in it; what is not here is never found to be broken.
KEYS: Final = {
    "Ctrl+Return": (_KEY.Key_Return, _CTRL),
    "Ctrl+Enter": (_KEY.Key_Enter, _CTRL),
    "Alt+Left": (_KEY.Key_Left, _ALT),
    "Alt+Right": (_KEY.Key_Right, _ALT),
    "Escape": (_KEY.Key_Escape, _NONE),
    "Return": (_KEY.Key_Return, _NONE),
    "Enter": (_KEY.Key_Enter, Qt.KeyboardModifier.KeypadModifier),
    "Space": (_KEY.Key_Space, _NONE),
    "Tab": (_KEY.Key_Tab, _NONE),
    "Backtab": (_KEY.Key_Backtab, _SHIFT),
    "Ctrl+Tab": (_KEY.Key_Tab, _CTRL),
    "Up": (_KEY.Key_Up, _NONE),
    "Down": (_KEY.Key_Down, _NONE),
    "Left": (_KEY.Key_Left, _NONE),
    "Right": (_KEY.Key_Right, _NONE),
    "Page_Up": (_KEY.Key_PageUp, _NONE),
    "Page_Down": (_KEY.Key_PageDown, _NONE),
    "Home": (_KEY.Key_Home, _NONE),
    "End": (_KEY.Key_End, _NONE),
    "Ctrl+A": (_KEY.Key_A, _CTRL),
    "Ctrl+C": (_KEY.Key_C, _CTRL),
    "Ctrl+X": (_KEY.Key_X, _CTRL),
    "Ctrl+Z": (_KEY.Key_Z, _CTRL),
    "Ctrl+Y": (_KEY.Key_Y, _CTRL),
    "Shift+Insert": (_KEY.Key_Insert, _SHIFT),
    "Backspace": (_KEY.Key_Backspace, _NONE),
    "Delete": (_KEY.Key_Delete, _NONE),
    "F1": (_KEY.Key_F1, _NONE),
    "F5": (_KEY.Key_F5, _NONE),
    "F10": (_KEY.Key_F10, _SHIFT),
    "Menu": (_KEY.Key_Menu, _NONE),
    "Alt+K": (_KEY.Key_K, _ALT),
    "Alt+P": (_KEY.Key_P, _ALT),
    "Alt+L": (_KEY.Key_L, _ALT),
    "Alt+A": (_KEY.Key_A, _ALT),
    "Ctrl+Q": (_KEY.Key_Q, _CTRL),
    "Ctrl+W": (_KEY.Key_W, _CTRL),
}
#: Buttons that take away what was given, as they say.
_TAKES: Final = frozenset({"file.remove", "file.sign_in", "file.to_key", "key.to_file", "key.field.paste"})
#: Buttons by which the person has it kept although Google has not accepted it.
_KEEPS: Final = ("aside", ".try_again")
_BESIDE: Final = (TRAP, EXPLAIN, ROTATION, CONFIRM, FAULT, DOCTOR, ABOUT)
_SAYS_NOTHING: Final = ("This plugin does not support", "QXcbConnection: XError")


_GOES_ON: Final = 15  # milliseconds in which a person would see that all is well
_LATER: Final = 6  # steps in which a file is read, or a button that was pressed by Return is let go
_PATIENCE: Final = 0.8  # seconds


class Broken(AssertionError):
    """Something that must always hold does not; with what was done before it."""


@dataclass(frozen=True)
class Given:
    """What the person has given so far, and for which purpose."""

    purpose: object
    done: bool
    key: object
    file: object
    project: str
    location: str
    name: str
    field: str
    error: str


class Monkey:
    """One life in one world: a window, opened again whenever it was closed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.story: list[str] = []
        self.steps = 0
        self.opened: list[str] = []
        self.troubles: list[str] = []  # exceptions, and warnings of Qt's
        self.printed = io.StringIO()
        self.anyway: set[str] = set()
        self._grace = 0  # steps in which something given before may still arrive
        self._stack = contextlib.ExitStack()
        self._window: Driver | None = None
        self._seen_kept = ""
        self._other = QWidget()
        self._stack.enter_context(self._listening())
        self._stack.callback(setattr, check, "_GOES_ON", check._GOES_ON)
        check._GOES_ON = _GOES_ON
        try:
            # A life begins in the same clothes.
            self.font(10.5)
            THEME.force("light")
            messages.use("en")
            self.open()
            self._before = self._given()
        except BaseException:
            self._stack.close()
            raise

    # ---- life

    @property
    def window(self) -> Driver:
        assert self._window is not None
        return self._window

    def open(self) -> None:
        self._window = open_window(self.world.core(), opener=self._open_page)
        self.window.show()
        self.window.look_around()  # pages are built when they are come to: all at once would take most of the time
        self.window.activateWindow()
        self._turn()

    def end(self) -> None:
        """Close, and look once more at what was left behind."""
        try:
            self._close_window()
            self._look_at_files()
            self.look_for_secrets(self.printed.getvalue(), "what was printed or logged")
            for name in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    shown = Path(f"/proc/self/{name}").read_bytes().decode("utf-8", "replace")
                    self.look_for_secrets(shown, name)
        finally:
            self._other.deleteLater()
            self._stack.close()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _close_window(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            self._close_dialogs()
            window.close()
            window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Everything that fails or is said somewhere comes here."""
        before = sys.excepthook, threading.excepthook, sys.stderr, sys.stdout
        handler = logging.StreamHandler(self.printed)
        level = logging.root.level

        def excepted(
            kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
        ) -> None:
            import traceback

            self.troubles.append("".join(traceback.format_exception(kind, error, trace)))

        def said(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
            self.printed.write(text + "\n")
            if kind is not QtMsgType.QtDebugMsg and not text.startswith(_SAYS_NOTHING):
                self.troubles.append(f"Qt: {text}")

        sys.excepthook = excepted
        threading.excepthook = lambda told: excepted(told.exc_type, told.exc_value, told.exc_traceback)
        sys.stderr = sys.stdout = self.printed
        logging.root.addHandler(handler)
        logging.root.setLevel(logging.DEBUG)
        qInstallMessageHandler(said)
        try:
            yield
        finally:
            qInstallMessageHandler(None)
            logging.root.removeHandler(handler)
            logging.root.setLevel(level)
            sys.excepthook, threading.excepthook, sys.stderr, sys.stdout = before

    # ---- one step

    def step(self, what: str, do: Callable[[], object], *, gives: int = 0, popup: bool = False) -> None:
        """Do it and look. `gives`: in so many steps, this one included, what was given may change (typing, pasting,
        dropping, taking away).
        """
        if self._window is None or not self.window.isVisible():
            self.story.append("the window is closed; open it again")
            self._close_window()
            self.open()
            self._before = self._given()
        if not popup:
            while (shown := QApplication.activePopupWidget()) is not None:
                shown.close()
        self.story.append(f"{self.window.place}: {what}")
        self.steps += 1
        self._grace = max(self._grace, gives)
        # Qt opens some menus in a loop of its own: it must end.
        QTimer.singleShot(1500, _close_popups)
        do()
        self._turn()
        while self._window is not None and self._window.is_turning:
            self._turn(5)  # in another language the page comes a moment after what stands around it
        self._look()
        self._grace -= 1

    def _turn(self, milliseconds: int = 0) -> None:
        for _ in range(2):
            QApplication.sendPostedEvents()
            QApplication.processEvents()
        if milliseconds:
            _wait(milliseconds)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    # ---- what a monkey does

    def controls(self) -> list[QWidget]:
        """What shows and can be used, in the window or the dialog in front of it."""
        front: QWidget = next(iter(self._dialogs()), self.window)
        found: list[QWidget] = []
        _walk(front, found)
        kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox)
        return [w for w in found if isinstance(w, kinds) and w.isEnabled() and not _inner(w)]

    def _dialogs(self) -> list[QDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]

    def _alone(self) -> bool:
        """The window is there, and no dialog of Qt's in front of it: those ask back in loops of their own."""
        if self._dialogs():
            self.step("close the dialog", self._close_dialogs)
        return self._window is not None and self.window.isVisible()

    def _close_dialogs(self) -> None:
        for dialog in self._dialogs():
            dialog.close()

    def use(self, number: int, text: str, *, mouse: bool) -> None:
        """Press, choose from or type into one of the controls."""
        if self._window is None or not self.window.isVisible():
            return
        if dialogs := self._dialogs():
            self.answer(dialogs[0], number)
            return
        controls = self.controls()
        if not controls:
            return
        control = controls[number % len(controls)]
        if control.objectName() == "cancel" and number % 5:
            control = controls[0]  # a life of opening and closing sees little
        name = control.objectName() or type(control).__name__
        if isinstance(control, QAbstractButton):
            self._before_press(name)
            gives = _LATER if name in _TAKES else 0

            def press() -> None:
                page = self.window.page(self.window.place)
                if page.isAncestorOf(control):
                    page.bring_into_view(control)
                if mouse:
                    QTest.mouseClick(control, Qt.MouseButton.LeftButton)
                else:
                    control.click()

            self.step(f"press {name}", press, gives=gives)
        elif isinstance(control, QComboBox):
            self.step(
                f"choose {number % max(1, control.count())} of {name}",
                lambda: control.setCurrentIndex(number % max(1, control.count())),
                gives=1,
            )
        else:
            self.step(f"type {text!r} into {name}", lambda: self._type(control, text), gives=1)

    def _type(self, field: QWidget, text: str) -> None:
        field.setFocus()
        for character in text:  # as keys: what a text does to the field while it grows is of interest
            QTest.sendKeyEvent(QTest.KeyAction.Click, field, Qt.Key.Key_unknown, character, _NONE)

    def answer(self, dialog: QDialog, number: int) -> None:
        if isinstance(dialog, QFileDialog):
            files = list(self.world.files.values())
            file = files[number % len(files)]

            def choose() -> None:
                dialog.fileSelected.emit(str(file))
                dialog.close()
                self._until_read()

            if number % 3:
                self.step(f"choose the file {file.name!r}", choose, gives=_LATER)
                return
        self.step(f"close {type(dialog).__name__}", dialog.close)

    def key(self, name: str) -> None:
        if not self._alone():
            return
        key, modifiers = KEYS[name]
        target: QWidget = QApplication.focusWidget() or self.window
        focused = target.objectName()
        if name in ("Return", "Enter", "Space", "Ctrl+Return", "Ctrl+Enter"):
            self._before_press(focused)
        edits = isinstance(target, QLineEdit | QPlainTextEdit | QComboBox)
        takes = focused in _TAKES or (edits and name not in ("Escape", "Alt+Left", "Tab", "Backtab"))
        if edits and name in ("Ctrl+Return", "Ctrl+Enter"):
            takes = target.objectName() == "key.field" and self.window.key_page._waiting is not None
        gives = _LATER if focused in _TAKES else int(takes or name == "Shift+Insert")
        self.step(f"{name} at {focused or type(target).__name__}", lambda: QTest.keyClick(target, key, modifiers), gives=gives)  # fmt: skip

    def paste(self, name: str) -> None:
        if not self._alone():
            return
        target: QWidget = QApplication.focusWidget() or self.window
        text = self.world.texts[name]
        plain = isinstance(target, QLineEdit) and not isinstance(target, SecretEdit)
        if plain and any(secret in text for secret in self.world.secrets):
            text = "project-of-mine"  # what one pastes into a plain field shows there
        QApplication.clipboard().setText(text)
        self.step(
            f"paste {name} at {target.objectName()}",
            lambda: QTest.keyClick(target, Qt.Key.Key_V, _CTRL),
            gives=1,
        )

    def drop(self, names: list[str], *, text: str, at_field: bool) -> None:
        """Files, or (`text` names it) a text; onto the window or straight onto the key's field."""
        if not self._alone():
            return
        data = QMimeData()
        if text:
            data.setText(self.world.texts[text])
        else:
            data.setUrls([QUrl.fromLocalFile(str(self.world.files[name])) for name in names])
        event = QDropEvent(QPointF(40, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, _NONE)
        edit = self.window.key_page.field.edit
        onto = edit if at_field and text and edit.isVisible() else self.window

        def let_go() -> None:
            onto.dropEvent(event)
            if not text:
                self._until_read()

        self.step(f"drop {text or names}", let_go, gives=1 if text else _LATER)

    def _until_read(self) -> None:
        """A file is read on a thread; on a busy computer that takes longer than a few steps."""
        end = time.monotonic() + 2
        while self.window.work._asked and time.monotonic() < end:
            self._turn(5)

    def context_menu(self, number: int) -> None:
        """Open the menu of the key's field, or do something in one that is open."""
        shown = QApplication.activePopupWidget()
        if isinstance(shown, QMenu):
            actions = [action for action in shown.actions() if action.isEnabled()]
            if actions:
                action = actions[number % len(actions)]
                self.step(f"menu: {action.text()}", action.trigger, gives=1, popup=True)
            return
        from PySide6.QtGui import QContextMenuEvent

        if self._window is None or not self.window.key_page.field.edit.isVisible():
            return
        edit = self.window.key_page.field.edit
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), edit.mapToGlobal(QPoint(5, 5))
        )
        self.step("open the field's menu", lambda: edit.contextMenuEvent(event))

    def resize(self, width: int, height: int) -> None:
        self.step(f"resize to {width}x{height}", lambda: self.window.resize(width, height))

    def dress(self, scheme: str | None) -> None:
        self.step(f"appearance {scheme}", lambda: THEME.force(scheme))

    def speak(self, code: str) -> None:
        self.step(f"speak {code or 'as the system'}", lambda: self.window.speak(code))

    def font(self, points: float) -> None:
        def change() -> None:
            font = QFont("Inter")
            font.setPointSizeF(points)
            QApplication.setFont(font)
            THEME.font_changed()

        if self._window is None:
            change()
        else:
            self.step(f"text at {points} points", change)

    def away_and_back(self) -> None:
        def away() -> None:
            self._other.show()
            self._other.activateWindow()
            self._turn()
            if self.window.key_page.field.show_button.isChecked():
                raise Broken("the key still shows while another window is in front")
            self._other.hide()
            self.window.activateWindow()

        self.step("another window in front, and back", away)

    def close(self) -> None:
        self.step("close the window", lambda: self.window.close())

    def google_does(self, name: str, route: str, times: int) -> None:
        self.story.append(f"Google: {name} on {route}, {times} times")
        self.world.google.fault(route, FAULTS[name], times)

    def google_is(self, *, down: bool) -> None:
        self.story.append("Google is gone" if down else "Google is well")
        self.world.google.down = down
        if not down:
            self.world.google.clear_faults()

    def keyring_fails(self, dice: Any) -> None:
        self.story.append("the keyring has trouble")
        some_trouble(self.world.store, dice)

    def wait(self, milliseconds: int) -> None:
        self.step(f"wait {milliseconds} ms", lambda: self._turn(milliseconds))

    def until_rest(self) -> None:
        """Until a check that runs has ended, but not for one that Google leaves without an answer."""

        def rest() -> None:
            end = time.monotonic() + _PATIENCE
            while self.window.isVisible() and self.window.check.running and time.monotonic() < end:
                self._turn(10)
            self._turn(3 * _GOES_ON)

        self.step("wait for the check", rest)

    def _before_press(self, name: str) -> None:
        draft = self.window.draft
        if name.endswith(_KEEPS) or name.startswith("fault.") or self.window.place == CONFIRM:
            self.anyway.add(_fingerprint(draft))

    # ---- what must hold

    def _given(self) -> Given:
        window, draft = self.window, self.window.draft
        row = draft.replacing
        return Given(
            purpose=(row.name if row is not None else None, draft.endpoints),
            done=draft.checking is None and draft.report is not None and draft.report.kept,
            key=draft.key,
            file=draft.file,
            project=draft.project,
            location=draft.location,
            name=draft.name,
            field=window.key_page.field.text(),
            error=window.explain_page.box.toPlainText(),
        )

    def _look(self) -> None:
        if self.troubles:
            raise Broken(self._tell("\n".join(self.troubles)))
        if not self.window.isVisible():
            return
        try:
            self._nothing_is_lost()
            self._never_past_a_failed_check()
            self._buttons_and_rail_agree()
            self._focus_is_there()
            self._no_secret_shows()
        except Broken as broken:
            raise Broken(self._tell(str(broken))) from None

    def _tell(self, what: str) -> str:
        done = "\n".join(f"  {line}" for line in self.story[-25:])
        return f"{what}\nafter {self.steps} steps, the last of them:\n{done}"

    def _nothing_is_lost(self) -> None:
        before, now = self._before, self._given()
        self._before = now
        if before == now or self._grace > 0:
            return
        ours = ("key", "file", "project", "location", "name", "field")
        changed = [name for name in ours if getattr(before, name) != getattr(now, name)]
        if before.purpose != now.purpose or before.done or now.done:
            changed = []  # a new way forgets what was typed for another, and a secret as soon as it is kept
        if before.error != now.error:
            changed.append("error")
        if changed:
            was = {name: _short(getattr(before, name)) for name in changed}
            raise Broken(f"given and lost: {was} is now {[_short(getattr(now, name)) for name in changed]}")

    def _never_past_a_failed_check(self) -> None:
        window, draft = self.window, self.window.draft
        report = draft.report
        if window.place == Page.USE and not (report is not None and report.kept):
            raise Broken("the last page, and nothing was kept")
        if window.check.state == "failed":
            raise Broken("a check ended with a mistake of ours")
        if draft.checking is None and report is not None and report.kept and not report.unchanged:
            if report.outcome is Outcome.REFUSED:
                raise Broken(f"kept although it was refused: {report.cause.id}")
            if report.outcome is not Outcome.ACCEPTED and _fingerprint(draft) not in self.anyway:
                raise Broken(f"kept, and nobody asked for it: {report.cause.id}")
        kept = self.world.kept() if self.world.kind == "memory" or self.steps % 20 == 0 else self._seen_kept
        if kept != self._seen_kept:
            self._seen_kept = kept
            self._look_at_what_is_kept(kept)

    def _look_at_what_is_kept(self, kept: str) -> None:
        for text in self.world.refused:
            if text in kept:
                raise Broken(f"something that Google refuses is kept: …{text[-4:]}")
        for text in self.world.blocked:
            if text in kept and text not in self.anyway:
                raise Broken(f"something that Google blocks is kept, and nobody asked for it: …{text[-4:]}")

    def _buttons_and_rail_agree(self) -> None:
        window, place, draft = self.window, self.window.place, self.window.draft
        if window.stack.currentWidget() is not window.page(place):
            raise Broken("another page than the one where the window stands")
        foot, page = window.footer, window.page(place)
        if place in (Page.CHOOSE, Page.KEY, Page.FILE):
            can = following(Page(place), draft) is not None
            if foot.next.isEnabled() != can:
                raise Broken(f"the main button is {'off' if can else 'on'}")
            told = (foot.reason.isVisible() and foot.reason.text()) or _says_why(page)
            if not can and not told:
                raise Broken("the main button is off and nothing says why")
            if foot.back.isVisible() != (preceding(Page(place), draft) is not None):
                raise Broken("Back shows where it leads nowhere, or not where it leads somewhere")
        if place in (*_BESIDE, HANDING) and not foot.back.isVisible():
            raise Broken("no way back")
        index = {Page.CHOOSE: 0, Page.KEY: 1, Page.FILE: 1, Page.CHECK: 2}.get(
            Page(place) if place in set(Page) else Page.HOME
        )
        if index is not None and not (place == Page.CHECK and draft.checking is not None):
            states = [step._state for step in window.rail._steps if not step.isHidden()]
            skipped = 4 - len(states)  # who replaces one, or pastes one, takes no first step
            if skipped > min(index, 1) or states != ["done"] * (index - skipped) + ["now"] + ["open"] * (
                3 - index
            ):
                raise Broken(f"the rail says {states} at {place}")
        if place == Page.HOME and any(step.isVisible() for step in window.rail._steps):
            raise Broken("the rail shows steps where none is taken")
        shown: list[QWidget] = []
        _walk(window, shown)
        main = [
            w.objectName()
            for w in shown
            if w.property("kind") == "primary" and isinstance(w, QAbstractButton)
        ]
        if len(main) > 1:
            raise Broken(f"several main buttons: {main}")

    def _focus_is_there(self) -> None:
        if not self.window.isActiveWindow() or QApplication.activePopupWidget() is not None:
            return
        focus = QApplication.focusWidget()
        if focus is None:
            raise Broken("the keyboard stands nowhere")
        if not focus.isVisible() or not focus.isEnabled():
            raise Broken(f"the keyboard stands at {focus.objectName()}, which does not show or is off")
        if not (focus is self.window or self.window.isAncestorOf(focus)):
            raise Broken(f"the keyboard stands outside the window: {focus}")

    def _no_secret_shows(self) -> None:
        texts: list[str] = []
        for top in QApplication.topLevelWidgets():
            if top.isVisible():
                shown: list[QWidget] = [top]
                _walk(top, shown)
                texts += [text for widget in shown for text in _texts(widget)]
        self.look_for_secrets("\n".join(texts), "what shows")
        if self.opened:
            self.look_for_secrets("\n".join(self.opened), "an address that was opened")
            self.opened.clear()
        if self.printed.tell() > 200_000 or self.steps % 25 == 0:
            said = self.printed.getvalue()
            self.printed.seek(0)
            self.printed.truncate()
            self.look_for_secrets(said, "what was printed or logged")

    def _open_page(self, url: str) -> bool:
        self.opened.append(url)
        return True

    def look_for_secrets(self, text: str, where: str) -> None:
        for secret in self.world.secrets:
            if secret[4:-5] in text:
                at = text.index(secret[4:-5])
                line = text[max(0, text.rfind("\n", 0, at)) : at + 8]
                raise Broken(f"a secret is in {where}: {line.replace(secret[4:-5], '*****')}")

    def _look_at_files(self) -> None:
        """The folder of ours holds no secret, but for the person's plain text; other tools' files were asked for."""
        if self.world.kind != "memory":
            self._look_at_what_is_kept(self.world.kept())
        private = self.world.private_files()
        folder = self.world.home / ".local/share/gemini-setup"
        for path in folder.rglob("*") if folder.exists() else ():
            if path.is_file() and path not in private:
                text = path.read_bytes().decode("utf-8", "replace")
                if path.parent.name != "delivered":
                    self.look_for_secrets(text, f"the file {path.name}")


def _close_popups() -> None:
    while (shown := QApplication.activePopupWidget()) is not None:
        shown.close()


def _wait(milliseconds: int) -> None:
    """By turns of the loop: one that is entered here could be left open by whatever is pressed meanwhile."""
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)


def _walk(widget: QWidget, found: list[QWidget]) -> None:
    """All that shows below a widget, in order."""
    for child in widget.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            found.append(child)
            _walk(child, found)


def _inner(widget: QWidget) -> bool:
    """A part of another control."""
    return widget.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(widget.parent(), QComboBox)


def _texts(widget: QWidget) -> list[str]:
    """What a person or an assistive tool reads of a widget."""
    found = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.windowTitle()]
    if isinstance(widget, QLabel | QAbstractButton):
        found.append(widget.text())
    elif isinstance(widget, SecretEdit):
        found += [widget.displayText(), widget.placeholderText()]
    return [text for text in found if text]


def _says_why(page: QWidget) -> bool:
    """A page may say itself what is missing or what to do about what was given."""
    shown: list[QWidget] = []
    _walk(page, shown)
    return any(isinstance(widget, Notice) and widget.text() for widget in shown)


def _fingerprint(draft: Any) -> str:
    """The credential in hand as the world names it: a key's text, an account's address."""
    found = (draft.key if draft.service is Service.STUDIO else draft.file).credential
    if found is None:
        return ""
    secret = getattr(found, "secret", None)
    return str(secret.reveal()) if secret is not None else str(getattr(found, "email", ""))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:30]}… ({len(text)})"


__all__ = ["FAULTS", "KEYS", "ROUTES", "Broken", "Monkey", "say"]
