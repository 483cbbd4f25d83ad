"""What is shown when we fail: a window of plain Qt, whatever page is broken, with a report that may be posted in public.

Failures come from slots and events (`sys.excepthook`), threads (`threading.excepthook`), and tasks that nobody awaits
(`Work`). The report is made where it happens, says file, line and function, and drops the frames with what is in them.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QThread,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from gemini_setup.wizard.flow import Draft

NO_WINDOW: Final = 2  # Qt could not start: as the command line's exit code where there is no screen
INTERNAL: Final = 70
_SHOWN = 3  # times that a window comes up for the same place: one that fails with every frame would never end
_PRINTED = 10  # times that it goes to stderr
_FRAMES = 40
_LONGEST = 200  # characters of an exception's own words
_FRAGMENT = 6  # characters in a row that an exception's words must not share with what was typed
_CAUSES = 5  # exceptions behind the one that was not caught


class Watched(Protocol):
    """The window, for the report about a failure."""

    @property
    def draft(self) -> Draft: ...
    @property
    def place(self) -> str: ...
    def typed(self) -> Sequence[str]: ...
    def isVisible(self) -> bool: ...
    def close(self) -> bool: ...
    def refresh(self) -> None: ...


class Crashes(QObject):
    """The hooks, from `install` to `uninstall`. They may be called in any thread; the window comes up in Qt's."""

    _told = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.dialog: Crash | None = None
        self._window: Watched | None = None
        self._count: Counter[str] = Counter()  # of failures at a place
        self._shown: Counter[str] = Counter()  # of windows about them
        self._before: tuple[Any, Any] | None = None
        self._broken = False  # the window about it has failed itself
        self._remembered: tuple[str, tuple[str, ...]] = ("", ())  # the page, and what has been typed
        self._told.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Before the application is made: where Qt cannot start, it says so in words and ends without a core dump."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._excepted
        threading.excepthook = self._excepted_in_thread
        qInstallMessageHandler(self._qt_said)
        if sys.stderr is not None and not faulthandler.is_enabled():
            # Files, lines and functions of each thread, no values.
            with contextlib.suppress(ValueError, OSError):  # a stderr that is no file
                faulthandler.enable(sys.stderr)

    def watch(self, window: Watched) -> None:
        """The window that goes on afterwards, and that knows what must not be in a report."""
        self._window = window
        self.remember()

    def remember(self) -> None:
        """Note the page and what was typed, for a failure in a thread that may not touch a widget. For Qt's thread."""
        if self._window is not None:
            self._remembered = (self._window.place, tuple(self._read_typed(self._window)))

    def uninstall(self) -> None:
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None
            qInstallMessageHandler(None)
        self._window = None
        self._remembered = ("", ())
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    # ---- in the thread where it happens

    def _excepted(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        self.tell(error if error is not None else kind(), trace)

    def _excepted_in_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_type is not SystemExit:
            self.tell(told.exc_value or told.exc_type(), told.exc_traceback)

    def tell(self, error: BaseException, trace: TracebackType | None = None) -> None:
        """Say it on stderr and, once Qt's thread is free, in a window. Raises nothing; nothing before `install`."""
        if self._before is None:
            return
        try:
            place = _place(error, trace)
            self._count[place] += 1
            printed = self._count[place] <= _PRINTED
            if not printed and self._shown[place] >= _SHOWN:
                return
            text = report(error, trace, self._typed(), self._where())
            if printed and sys.stderr is not None:
                sys.stderr.write(text)
            self._told.emit(text, place)
        except Exception as failed:  # noqa: BLE001 - the last resort has none of its own
            with contextlib.suppress(Exception):
                sys.stderr.write(f"gemini-setup: {type(error).__name__}, {type(failed).__name__}\n")

    def _typed(self) -> Sequence[str]:
        """What the person has given and may stand in an exception's words, each as far as it can be got at."""
        window = self._window
        if window is None or QThread.currentThread() is not self.thread():
            return self._remembered[1]  # a widget read in another thread may end the process
        return self._read_typed(window)

    @staticmethod
    def _read_typed(window: Watched) -> list[str]:
        ways: tuple[Callable[[], Iterable[str]], ...] = (lambda: _secrets(window.draft), window.typed)
        found: list[str] = []
        for way in ways:
            with contextlib.suppress(Exception):
                found += way()
        return found

    def _where(self) -> str:
        return self._remembered[0]

    def _qt_said(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        """Qt's own messages pass the wall, too. After a fatal one Qt would abort: with a sentence we end instead."""
        from gemini_setup.security.redaction import redact

        fatal = kind is QtMsgType.QtFatalMsg
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            return
        with contextlib.suppress(Exception):
            for typed in self._typed():
                text = _without_fragments(text, typed)
            sys.stderr.write(redact(text) + "\n")
        if not fatal:
            return
        with contextlib.suppress(Exception):
            if self._window is None:
                from gemini_setup.i18n.messages import text as say
                from gemini_setup.usage.snippets import command, shell

                said = say("cli", "no_qt", {"command": shell(command())})
                sys.stderr.write(f"gemini-setup: {said.replace('`', '')}\n")
            sys.stderr.flush()
        os._exit(NO_WINDOW if self._window is None else INTERNAL)

    # ---- in Qt's thread

    def _show(self, text: str, place: str) -> None:
        if self._broken:
            return
        try:
            if self.dialog is not None:
                self.dialog.one_more()
                return
            if self._shown[place] >= _SHOWN:
                return
            self._shown[place] += 1
            window = self._window if self._window is not None and self._window.isVisible() else None
            self.dialog = Crash(text, window if isinstance(window, QWidget) else None)
            self.dialog.finished.connect(self._answered)
            self.dialog.show()
        except Exception as error:  # noqa: BLE001 - told where it still can be, and never tried again
            self._broken = True
            self.dialog = None
            self.tell(error)

    def _answered(self, result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()
        window = self._window
        if window is None or result != Crash.GO_ON:
            if window is not None:
                with contextlib.suppress(Exception):
                    window.close()
            QApplication.exit(INTERNAL)
            return
        try:
            window.refresh()  # what was broken off half-way is derived again
        except Exception as error:  # noqa: BLE001 - a slot that raises would come here again
            self.tell(error)

    def last_words(self, error: BaseException) -> int:
        """There is no window to go back to: show what happened, wait for Close, and give the exit code."""
        self._window = None
        self.tell(error)
        app = QApplication.instance()
        if app is not None and self._before is not None:
            QApplication.processEvents()  # the report is on its way
            if self.dialog is not None:
                self.dialog.exec()
        return INTERNAL


def _secrets(draft: Any) -> Iterator[str]:
    """The texts of a draft's credentials: of a file its lines, which an exception might quote one by one."""
    for found in (draft.key, draft.file):
        if found.credential is not None:
            from gemini_setup.security.redaction import secrets_of

            for secret in secrets_of(found.credential):
                yield secret.reveal()


class Crash(QDialog):
    """Plain Qt, as nothing of ours can be trusted now. Done with `GO_ON`, or with `CLOSE`."""

    GO_ON: Final = 1
    CLOSE: Final = 2

    def __init__(self, text: str, window: QWidget | None) -> None:
        super().__init__(window)
        said = _words()
        self.setObjectName("crash")
        self.setWindowTitle(said("title"))
        self.setModal(True)
        self.text = text
        self._more = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        title = QLabel(said("title"))
        font = title.font()
        font.setBold(True)
        font.setPointSizeF(max(font.pointSizeF(), 1) * 1.2)
        title.setFont(font)
        self.lead = QLabel(said("lead" if window is not None else "lead_start"))
        self.typed = QLabel(said("typed"))
        self.typed.setVisible(window is not None)
        self.safe = QLabel(said("safe"))
        for label in (title, self.lead, self.typed, self.safe):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            layout.addWidget(label)
        self.box = QPlainTextEdit(text)
        self.box.setReadOnly(True)
        self.box.setTabChangesFocus(True)
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.setMinimumHeight(120)
        self._name(self.box, "crash.report", said("report"))
        layout.addWidget(self.box, 1)
        self.count = QLabel()
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.hide()
        layout.addWidget(self.count)
        self.copy = QPushButton(said("copy"))
        self.close_all = QPushButton(said("close"))
        self.go_on = QPushButton(said("go_on"))
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(self.close_all)
        row.addWidget(self.go_on)
        layout.addLayout(row)
        main = self.go_on if window is not None else self.close_all
        self.go_on.setVisible(window is not None)
        for button, identifier in (
            (self.copy, "crash.copy"), (self.close_all, "crash.close"), (self.go_on, "crash.go_on")
        ):  # fmt: skip
            self._name(button, identifier, button.text())
            button.setProperty("kind", "primary" if button is main else "plain")
            button.setAutoDefault(False)
        main.setDefault(True)
        main.setFocus()
        with contextlib.suppress(Exception):  # the application itself has no style sheet
            from gemini_setup.gui.style.theme import THEME

            THEME.dress(self)
        self.copy.clicked.connect(self._copy)
        self.close_all.clicked.connect(self._close)
        self.go_on.clicked.connect(self.accept)
        self.resize(620, 420)

    def _name(self, widget: QWidget, identifier: str, accessible: str) -> None:
        widget.setObjectName(identifier)
        widget.setAccessibleIdentifier(identifier)
        widget.setAccessibleName(accessible)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.text)
        self.copy.setText(_words()("copied"))

    def _close(self) -> None:
        self.done(self.CLOSE)

    def reject(self) -> None:
        """Escape and the title bar's cross leave the window behind open, where there is one."""
        self.done(self.GO_ON if self.parent() is not None else self.CLOSE)

    def one_more(self) -> None:
        """Another failure while this one is shown: counted, not shown."""
        self._more += 1
        self.count.setText(_words()("more", count=str(self._more)))
        self.count.show()


def _words() -> Callable[..., str]:
    """The texts of `window.toml`'s table `crash`; where the words themselves are broken, Qt's own on the buttons."""
    try:
        from gemini_setup.gui.texts import say

        say("crash.title")
        return lambda key, **facts: say(f"crash.{key}", **facts)
    except Exception:  # noqa: BLE001 - a resource that is not there or cannot be read
        buttons = {"copy": "Copy", "close": "Close", "go_on": "Ignore", "title": "Gemini Setup"}
        return lambda key, **_: (
            QApplication.translate("QPlatformTheme", buttons[key]) if key in buttons else ""
        )


# ---- the report


def report(
    error: BaseException, trace: TracebackType | None = None, typed: Iterable[str] = (), page: str = ""
) -> str:
    """What happened, fit for the public: versions, and per exception its kind and its frames as file, line and function.

    Its own words are cut short; what they share with `typed`, secrets, home folders and mail addresses are masked. No
    line of code and no value of a variable is in it.
    """
    typed = list(typed)
    lines = [*_versions(), *([f"Page: {page}"] if page else []), ""]
    for number, (one, frames) in enumerate(_chain(error, trace)):
        if number:
            lines.append("before that:" if number < _CAUSES else "…")
        said = _own_words(one, typed)
        lines.append(f"{_kind(one)}: {said}" if said else _kind(one))
        lines += [f"  {frame}" for frame in frames]
    return "\n".join(lines) + "\n"


def _versions() -> Iterator[str]:
    import platform

    import PySide6
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication

    from gemini_setup.i18n import messages
    from gemini_setup.version import __version__

    yield f"Gemini Setup {__version__}{' (frozen)' if getattr(sys, 'frozen', False) else ''}"
    yield f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, Qt {qVersion()}"
    shown = QGuiApplication.platformName() if QGuiApplication.instance() is not None else "no window"
    with contextlib.suppress(Exception):
        shown += f", {messages.language().code}"
    yield f"{platform.platform()} ({shown})"


def _chain(error: BaseException, trace: TracebackType | None) -> Iterator[tuple[BaseException, list[str]]]:
    """The exception and those behind it, each with its frames."""
    seen: set[int] = set()
    one: BaseException | None = error
    trace = trace or error.__traceback__
    while one is not None and id(one) not in seen and len(seen) <= _CAUSES:
        seen.add(id(one))
        yield one, list(_frames(trace))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        trace = one.__traceback__ if one is not None else None


def _frames(trace: TracebackType | None) -> Iterator[str]:
    """The innermost last; of a long one the two ends."""
    found: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__")
        package = module.rpartition(".")[0].replace(".", "/") if isinstance(module, str) else ""
        file = re.split(r"[\\/]", code.co_filename)[-1]
        found.append(f"{package}{'/' if package else ''}{file}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    half = _FRAMES // 2
    yield from found if len(found) <= _FRAMES else [*found[:half], "…", *found[-half:]]


def _place(error: BaseException, trace: TracebackType | None) -> str:
    return " ".join((type(error).__name__, *list(_frames(trace or error.__traceback__))[-1:]))


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _own_words(error: BaseException, typed: Iterable[str]) -> str:
    from pathlib import Path

    from gemini_setup.security.redaction import plain, redact

    try:
        said = str(error)[:4000]
    except Exception:  # noqa: BLE001 - an exception that cannot even say what it is
        return ""
    for text in typed:
        said = _without_fragments(said, text)
    said = redact(said)
    with contextlib.suppress(Exception):
        if len(home := str(Path.home())) > 1:
            said = said.replace(home, "~")
    said = re.sub(r"(?i)((?<![a-z0-9])[a-z]:\\users\\|/home/|/users/)[^/\\\s]+", r"\1…", said)
    said = re.sub(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "…@…", said)
    return plain(said, _LONGEST)


def _without_fragments(said: str, typed: str) -> str:
    """`said` without any run of characters that is in `typed`, too: an exception quotes parts, not wholes."""
    size = min(_FRAGMENT, len(typed))
    if size < 4:
        return said  # somebody has only begun to type; each word of ours has such a run
    pieces = {typed[at : at + size] for at in range(min(len(typed), 20_000) - size + 1)}
    hidden = bytearray(len(said))
    for at in range(len(said) - size + 1):
        if said[at : at + size] in pieces:
            hidden[at : at + size] = b"\1" * size
    shown = ("\0" if hide else character for character, hide in zip(said, hidden, strict=True))
    return re.sub("\0+", "…", "".join(shown))


CRASHES: Final = Crashes()
