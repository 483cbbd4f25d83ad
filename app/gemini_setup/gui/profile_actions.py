"""What is done to saved credentials: each with its question before, its sentence after, and its way to try again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from gemini_setup.gui.rotation_session import RotationSession
from gemini_setup.gui.subjects import Connecting, FaultCase, Renaming, Saved
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import DEFAULT_PROFILE
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.faults import NoSuchProfile
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import CONFIRM, DOCTOR, FAULT, HANDING, HISTORY, RENAME, ROTATION

if TYPE_CHECKING:
    from gemini_setup.actions.private_file import Moved
    from gemini_setup.actions.rotate import Both
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.exclusive_call import ExclusiveCall
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.controller import Controller
    from gemini_setup.gui.presenters.confirmations import Question
    from gemini_setup.model.credentials import Profile
    from gemini_setup.model.events import Delivered
    from gemini_setup.vault.faults import VaultFault

#: Seconds after which a key that was copied leaves the clipboard.
CLEARED_AFTER: float = 60
#: The pages about saved credentials: what was done there leads back to their list.
_HOME_SECTION = (Page.HOME, Page.USE, ROTATION, CONFIRM, FAULT, DOCTOR, HANDING, RENAME, HISTORY)
#: Seconds that the program's end waits for a removal.
_AT_THE_END = 3.0
#: A profile's name, its new one, and the one that what has that name gets, or "".
Names = tuple[str, str, str]


class SavedProfiles(QObject):
    """`stored` is emitted when credentials are kept in another place now: in the plain-text file, or in the keyring."""

    stored = Signal()

    def __init__(
        self,
        core: Core,
        controller: Controller,
        calls: ExclusiveCall,
        worker: LazyWorker,
        announcer: Announcements,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._core, self._controller, self._calls, self._announcer = core, controller, calls, announcer
        self._worker = worker
        self._clipboard = b""  # of what a key's copy has put there, its hash
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self._clear_clipboard)
            app.aboutToQuit.connect(self._remove_at_the_end)
        self.rotation = RotationSession(core, worker, self)
        calls.faulted.connect(self.open_fault)

    # ---- what leads to another page

    @property
    def saved(self) -> Saved:
        return self._controller.saved

    def profile(self, name: str) -> Profile | None:
        return self._controller.profile(name)

    def add_another(self) -> None:
        self._controller.add_another()

    def check(self, row: Profile) -> None:
        self._controller.check_in_row(row)

    def replace(self, row: Profile) -> None:
        self._controller.replace(row)

    def prove(self, row: Profile) -> None:
        self.rotation.start(row)
        self._controller.go(ROTATION)

    def hand_over(self, row: Profile) -> None:
        """The list of other tools, for this profile."""
        self._controller.subjects.connecting = Connecting(self.profile(row.name) or row)
        self._controller.go(HANDING)

    def show_history(self, row: Profile) -> None:
        self._controller.subjects.history = self.profile(row.name) or row
        self._controller.go(HISTORY)

    def ask(self, question: Question) -> None:
        self._controller.subjects.question = question
        self._controller.go(CONFIRM)

    def tell(self, said: str, *, good: bool = True, undo: Callable[[], None] | None = None) -> None:
        """What was done on a page, at the window's foot, with what takes it back."""
        self._announcer.say(said, good=good, undo=undo)

    def open_fault(self, error: VaultFault, again: Callable[[], None]) -> None:
        """The keyring did not do it: which fault it was, and the way to try it again."""
        from gemini_setup.gui.presenters.check_result import fault_words

        self._controller.subjects.fault = FaultCase(error, again)
        if self._controller.place == CONFIRM:  # its question has been answered
            self._controller.show(self._controller.trail.instead(FAULT))
        elif self._controller.place in _HOME_SECTION:
            self._controller.go(FAULT)
        else:
            self._announcer.say(fault_words(error.fault, error.store, error.reason)[0])

    def copy_key(self, row: Profile) -> None:
        """To the clipboard, which is cleared after a minute unless something else has been copied since."""
        gone = partial(self._gone, say("home.gone", profile=row.name))
        self._calls.do(partial(self._core.key, row.name), partial(self._copied, row), gone)

    def _copied(self, row: Profile, key: str) -> None:
        secret = QMimeData()
        secret.setText(key)
        secret.setData("x-kde-passwordManagerHint", b"secret")  # no clipboard's history takes it
        QGuiApplication.clipboard().setMimeData(secret)
        self._clipboard = _digest(key)
        QTimer.singleShot(round(CLEARED_AFTER * 1000), self, self._clear_clipboard)
        self._announcer.say(say("home.copied", profile=row.name, seconds=round(CLEARED_AFTER)), good=True)

    def _clear_clipboard(self) -> None:
        if not self._clipboard:
            return
        clipboard = QGuiApplication.clipboard()
        if _digest(clipboard.text()) == self._clipboard:
            clipboard.clear()

    # ---- the previous credential

    def roll_back(self, row: Profile) -> None:
        """One click where Google accepts it, else only after a question: the program would stop working."""
        self._ask_both(row, partial(self._roll_back, row), self.roll_back, comes_back=True)

    def _roll_back(self, row: Profile, both: Both) -> None:
        hint = both.before.access.credential.hint
        call = partial(self._core.rollback, said=both.old)
        undo = partial(self._swap_back, row, both)
        back = partial(self._do, row, call, say("home.rolled_back", hint=hint), say("home.no_old"), undo)
        if both.old.outcome is Outcome.REFUSED:
            from gemini_setup.gui.presenters.confirmations import rollback_question

            self.ask(rollback_question(row, hint, both.old, back))
        else:
            back()

    def _swap_back(self, row: Profile, both: Both) -> None:
        """Undo: the two have changed places, and do so once more."""
        call = partial(self._core.rollback, said=both.new)
        self._do(row, call, say("toast.swapped_back", hint=row.hint), say("home.no_old"))

    def _ask_both(
        self,
        row: Profile,
        then: Callable[[Both], None],
        again: Callable[[Profile], None],
        *,
        comes_back: bool = False,
    ) -> None:
        """Ask Google about both credentials before one comes back or goes."""
        place = self._controller.place

        def answered(both: Both | None) -> None:
            self._announcer.say("")
            if both is None:
                self._gone(say("home.no_old"))
            elif self._controller.place != place:  # an answer turns no page
                self._announcer.say(say("home.not_done"))
            else:
                then(both)

        def failed(error: BaseException) -> None:
            self._announcer.say("")
            self._calls.tell(error, partial(again, row), partial(self._gone, say("home.no_old")))

        if not self._calls.busy:
            self._announcer.say(say("home.asks_both"))
            question = partial(self._core.ask_both, row.name, comes_back=comes_back)
            self._calls.ask(question, answered, failed, self)

    def erase_old(self, row: Profile, *, sure: bool = False) -> None:
        """One click for what is dead (`sure`: Google has just said so); anything else is asked for once more."""
        now = self.profile(row.name)
        old = now.old if now is not None else None
        if now is None or old is None:
            self._gone(say("home.no_old"))
            return
        said = say("home.erased", hint=old.hint)
        erase = partial(self._do, now, self._core.forget_previous, said, say("home.no_old"))
        if old.dead or sure:
            erase()
        else:
            self._ask_both(now, partial(self._ask_to_erase, now, erase), self.erase_old)

    def _ask_to_erase(self, row: Profile, erase: Callable[[], None], both: Both) -> None:
        from gemini_setup.gui.presenters.confirmations import erase_question

        self.ask(erase_question(row, erase, last=both.only_old_works))

    # ---- its name

    def rename(self, row: Profile) -> None:
        self._open_rename(Renaming(row))

    def make_default(self, row: Profile) -> None:
        """Programs that ask for no name get it. The one that they get now has to have another name by then."""
        renaming = Renaming(row, self.profile(DEFAULT_PROFILE))
        if renaming.default is None:
            self.change_name(renaming, DEFAULT_PROFILE)
        else:
            self._open_rename(renaming)

    def _open_rename(self, renaming: Renaming) -> None:
        self._controller.subjects.renaming = renaming
        self._controller.go(RENAME)

    def change_name(self, renaming: Renaming, name: str) -> None:
        """`name` is the new one of the row, or of the default that it takes the place of. Undo goes the same way back."""
        old = renaming.row.name
        if renaming.default is not None:
            said = say("rename.default_done", profile=old, name=name)
            self._rename(said, (old, DEFAULT_PROFILE, name), (name, DEFAULT_PROFILE, old))
        elif name == DEFAULT_PROFILE:
            self._rename(say("rename.default_done_alone", profile=old), (old, name, ""), (name, old, ""))
        else:
            self._rename(say("rename.done", profile=old, name=name), (old, name, ""), (name, old, ""))

    def _rename(self, said: str, names: Names, back: Names | None = None) -> None:
        undo = partial(self._rename, say("rename.undone"), back) if back is not None else None
        gone = partial(self._gone, say("home.gone", profile=names[0]))
        self._calls.do(partial(self._core.rename, *names), partial(self._renamed, said, names, undo), gone)

    def _renamed(self, said: str, names: Names, undo: Callable[[], None] | None, why: str) -> None:
        if why:
            self._announcer.say(say(f"rename.{why}", name=names[2] or names[1]))
        else:
            self._gone(said, good=True, undo=undo)

    # ---- a whole profile

    def remove(self, row: Profile) -> None:
        from gemini_setup.gui.presenters.confirmations import remove_question

        gone = partial(self._gone, say("home.gone", profile=row.name))
        call = self._core.remove if row.removing else self._core.begin_removal
        remove = partial(self._calls.do, partial(call, row.name), partial(self._removed, row), gone)
        self.ask(remove_question(row, remove))

    def _removed(self, row: Profile, left: Sequence[Delivered]) -> None:
        """What was handed over stays there, and follows nothing anymore. Nothing is deleted while Undo is offered."""
        said = [say("home.removed", profile=row.name)]
        if left:
            from gemini_setup.gui.presenters.deliveries import still

            said += still(left)
        if row.removing:  # it was offered before
            self._gone(" ".join(said), good=True)
            return
        self._controller.leaving.add(row.name)
        self._gone(
            " ".join(said),
            good=True,
            undo=partial(self._stay, row),
            ended=partial(self._carry_out_removal, row.name),
        )

    def _stay(self, row: Profile) -> None:
        self._controller.leaving.discard(row.name)
        self.keep_after_all(row)

    def _carry_out_removal(self, name: str) -> None:
        from gemini_setup.system.threads import blocking

        call = partial(blocking, partial(self._core.remove, name, begun=True))
        self._worker.ask(call, partial(self._carried_out, name), partial(self._not_carried_out, name))

    def _carried_out(self, name: str, _: object) -> None:
        self._controller.leaving.discard(name)

    def _not_carried_out(self, name: str, error: BaseException) -> None:
        """It is in the list again, which says what can be done; NoSuchProfile: another one has the name by now."""
        self._controller.leaving.discard(name)
        if self._controller.place == Page.HOME:
            self._controller.go(Page.HOME)
        if not isinstance(error, NoSuchProfile):
            self._announcer.say(say("home.not_removed", profile=name))

    def _remove_at_the_end(self) -> None:
        """The program ends: there is no Undo anymore. What can't be done in time is offered by the next start."""
        for name in list(self._controller.leaving):
            call = partial(self._core.remove, name, begun=True)
            thread = threading.Thread(target=_quietly, args=(call,), daemon=True)
            thread.start()
            thread.join(_AT_THE_END)

    def keep_after_all(self, row: Profile) -> None:
        """Take back a removal that did not finish."""
        gone = partial(self._gone, say("home.gone", profile=row.name))
        self._calls.do(
            partial(self._core.take_back_removal, row.name), partial(self._kept_after_all, row), gone
        )

    def _kept_after_all(self, row: Profile, whole: bool) -> None:
        if self._controller.place == Page.CHOOSE:  # it was the only one
            self._controller.go(Page.HOME)
        self._gone(
            say("home.kept_after_all" if whole else "home.nothing_whole", profile=row.name), good=whole
        )

    # ---- the plain-text file

    def ask_for_plain_text(self) -> None:
        """Only after the person has read what that means, and what it would take out of use."""
        asked = partial(self._ask_for_plain_text, self._controller.place)
        self._calls.do(self._core.in_keyring, asked, _no_op)

    def _ask_for_plain_text(self, place: str, in_keyring: Sequence[str]) -> None:
        from gemini_setup.gui.presenters.confirmations import plain_question

        if self._controller.place != place:  # an answer turns no page
            return
        save = partial(self._calls.do, self._core.keep_in_a_file, self._kept_in_a_file, self._controller.back)
        self.ask(plain_question(self._core.plain_file(), in_keyring, save))

    def _kept_in_a_file(self, _: object) -> None:
        self.stored.emit()
        self._controller.keep_anyway()

    def move_to_keyring(self) -> None:
        self._calls.do(self._core.move_to_keyring, self._moved, self._controller.changed.emit)

    def _moved(self, result: tuple[Moved, str]) -> None:
        from gemini_setup.i18n import cause_texts

        moved, store = result
        said = [cause_texts.text("faults.private", "moved", {"store": store})]
        for name, now in moved.apart.items():
            facts = {"store": store, "profile": name, "name": now}
            said.append(cause_texts.text("faults.private", "apart", facts))
        self.stored.emit()
        self._gone(" ".join(said), good=True)

    # ---- afterwards

    def _do(
        self,
        row: Profile,
        call: Callable[[str], object],
        said: str,
        missing: str,
        undo: Callable[[], None] | None = None,
    ) -> None:
        done = partial(self._done, said, undo)
        self._calls.do(partial(call, row.name), done, partial(self._gone, missing))

    def _done(self, said: str, undo: Callable[[], None] | None, _: object) -> None:
        self._gone(said, good=True, undo=undo)

    def _gone(
        self,
        said: str,
        *,
        good: bool = False,
        undo: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """To what is saved now; a person who has gone on to something else meanwhile is only told."""
        if self._controller.place in _HOME_SECTION:
            self._controller.go(Page.HOME)
        self._announcer.say(said, good=good, undo=undo, ended=ended)


def _quietly(call: Callable[[], object]) -> None:
    with suppress(Exception):  # nobody is there to be told
        call()


def _no_op() -> None:
    """For a call that misses nothing."""


def _digest(text: str) -> bytes:
    """So that what was copied is known again without being held."""
    import hashlib  # brings OpenSSL, which the first frame does without

    return hashlib.sha256(text.encode()).digest()
