"""One thing at a time that is done to what is kept: on a thread of its own, with a word while the keyring waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer

from gemini_setup.gui.crash import hooks
from gemini_setup.gui.texts import say
from gemini_setup.system.threads import blocking
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.worker import Work

_LOOKS = 300  # milliseconds between two looks at whether the keyring asks the person for its password
_SLOW = 5  # looks after which a keyring that does not say so is told to be slow


class Owner(Protocol):
    """The window, for what is done to saved credentials."""

    core: Core

    @property
    def work(self) -> Work: ...
    def refresh(self) -> None: ...
    def say(self, text: str, *, good: bool = False) -> None: ...
    def open_fault(self, error: VaultFault, again: Callable[[], None]) -> None: ...


class ExclusiveCall(QObject):
    """A second call while one is under way is not made: the buttons that make it are off then."""

    def __init__(self, window: Owner, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self.busy = False
        self._number: int | None = None  # of a question that can be stopped
        self._owner: object = None  # who has asked it
        self._looks = 0
        self._told = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOKS)
        self._timer.timeout.connect(self._look)

    def do(self, call: Callable[[], Any], done: Callable[[Any], None], missing: Callable[[], None]) -> None:
        """Call `call` away from the window and hand its value to `done`; `missing` where nothing is kept any more.

        A keyring's fault has a page of its own, from where it can be tried again.
        """
        if self.busy:
            return
        self._begin()
        again = partial(self.do, call, done, missing)
        self._window.work.ask(
            partial(blocking, call), partial(self._done, done), partial(self._failed, again, missing)
        )

    def ask(
        self,
        question: Callable[[], Awaitable[Any]],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        owner: object,
    ) -> None:
        """Await something that `owner` may `stop`, and that says its faults itself."""
        if self.busy:
            return
        self._begin()
        self._owner = owner
        number = self._window.work.ask(question, partial(self._done, done), partial(self._fell, failed))
        self._number = number if self.busy else None

    def stop(self, owner: object) -> None:
        """End what `owner` has begun by `ask`; nothing of it is heard afterwards."""
        if self._number is not None and self._owner is owner:
            self._window.work.forget(self._number)
            self._end()

    def _fell(self, failed: Callable[[BaseException], None], error: BaseException) -> None:
        self._end()
        if not self._unheard(failed):
            failed(error)

    def _begin(self) -> None:
        self.busy = True
        self._looks = 0
        self._told = ""
        self._timer.start()
        self._window.refresh()

    def _end(self) -> None:
        self.busy = False
        self._number = self._owner = None
        self._timer.stop()
        if self._told:
            self._window.say("")
        self._window.refresh()

    def _done(self, done: Callable[[Any], None], value: Any) -> None:
        self._end()
        if not self._unheard(done):
            done(value)

    @staticmethod
    def _unheard(call: Callable[..., object]) -> bool:
        from gemini_setup.gui.background.worker import (
            unheard,  # it is loaded by now, and not before the first frame
        )

        return unheard(call)

    def _failed(self, again: Callable[[], None], missing: Callable[[], None], error: BaseException) -> None:
        self._end()
        self.tell(error, again, missing)

    def tell(self, error: BaseException, again: Callable[[], None], missing: Callable[[], None]) -> None:
        """Say why something was not done: a keyring's fault on its page, from where it is tried `again`."""
        if isinstance(error, VaultFault):
            self._window.open_fault(error, again)
        elif isinstance(error, NoSuchProfile):
            missing()
        else:
            self._window.say(say("window.internal_act", name=type(error).__name__))
            if isinstance(error, Exception):
                hooks.CRASHES.tell(error)  # with the report

    def _look(self) -> None:
        self._looks += 1
        key = "asks" if self._window.core.asking() else "slow" if self._looks >= _SLOW else ""
        store = self._window.core.store_name() or say("use.the_keyring")
        text = say(f"window.keyring_{key}", store=store) if key else ""
        if text and text != self._told:
            self._told = text
            self._window.say(text)
