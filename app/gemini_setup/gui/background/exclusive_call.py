"""One thing at a time that is done to what is saved: on a thread of its own, with a word while the keyring waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gemini_setup.gui.background.patience import Patience
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.texts import say
from gemini_setup.system.threads import blocking
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker


class ExclusiveCall(QObject):
    """A second call while one is under way is not made: the buttons that make it are off then.

    `faulted` carries a VaultFault and the callable that tries it again.
    """

    changed = Signal()
    faulted = Signal(object, object)

    def __init__(
        self, core: Core, worker: LazyWorker, announcer: Announcements, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._core, self._worker, self._announcer = core, worker, announcer
        self._busy = False
        self._number: int | None = None  # of a question that can be stopped
        self._owner: object = None  # who has asked it
        self._told = False  # a word about the keyring stands
        self._patience = Patience(core.asking, self)
        self._patience.waits.connect(self._say_waits)

    @property
    def busy(self) -> bool:
        return self._busy

    def do(self, call: Callable[[], Any], done: Callable[[Any], None], missing: Callable[[], None]) -> None:
        """Call `call` away from the window and hand its value to `done`; `missing` where nothing is saved anymore.

        A keyring's fault has a page of its own, from where it can be tried again.
        """
        if self._busy:
            return
        self._begin()
        again = partial(self.do, call, done, missing)
        self._worker.ask(
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
        if self._busy:
            return
        self._begin()
        self._owner = owner
        number = self._worker.ask(question, partial(self._done, done), partial(self._fell, failed))
        self._number = number if self._busy else None

    def stop(self, owner: object) -> None:
        """End what `owner` has begun by `ask`; nothing of it is heard afterwards."""
        if self._number is not None and self._owner is owner:
            self._worker.forget(self._number)
            self._end()

    def _fell(self, failed: Callable[[BaseException], None], error: BaseException) -> None:
        self._end()
        if not self._unheard(failed):
            failed(error)

    def _begin(self) -> None:
        self._busy = True
        self._told = False
        self._patience.start()
        self.changed.emit()

    def _end(self) -> None:
        self._busy = False
        self._number = self._owner = None
        self._patience.stop()
        if self._told:
            self._announcer.say("")
        self.changed.emit()

    def _done(self, done: Callable[[Any], None], value: Any) -> None:
        self._end()
        if not self._unheard(done):
            done(value)

    @staticmethod
    def _unheard(call: Callable[..., object]) -> bool:
        # It is loaded by now, and not before the first frame.
        from gemini_setup.gui.background.worker import unheard

        return unheard(call)

    def _failed(self, again: Callable[[], None], missing: Callable[[], None], error: BaseException) -> None:
        self._end()
        self.tell(error, again, missing)

    def tell(self, error: BaseException, again: Callable[[], None], missing: Callable[[], None]) -> None:
        """Say why something was not done: a keyring's fault on its page, from where it is tried `again`."""
        if isinstance(error, VaultFault):
            self.faulted.emit(error, again)
        elif isinstance(error, NoSuchProfile):
            missing()
        else:
            self._announcer.say(say("window.internal_act", name=type(error).__name__))
            if isinstance(error, Exception):
                hooks.CRASHES.tell(error)  # with the report

    def _say_waits(self, what: str) -> None:
        self._told = True
        store = self._core.store_name() or say("use.the_keyring")
        self._announcer.say(say(f"window.keyring_{what}", store=store))
