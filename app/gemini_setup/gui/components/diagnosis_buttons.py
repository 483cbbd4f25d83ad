"""The buttons of a diagnosis: what the core's actions do in the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QHideEvent

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.presenters.check_result import Verdict
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action


class DiagnosisButtons(QObject):
    """Makes the buttons of a diagnosis; the first is the page's main one where the verdict says so.

    Pressing one emits `act` with its Action, or a signal for what is no action of the diagnosis: check `again`, save
    what was checked without asking Google (`keep`), or save it as `plain` text.
    """

    act = Signal(object)
    again = Signal()
    keep = Signal()
    plain = Signal()

    def buttons(self, result: Verdict, can_run: Callable[[Action], bool]) -> list[Button]:
        """`can_run` says whether an action means something here."""
        made: list[Button] = []
        if result.again:
            made.append(acting_button("check.try_again", say("check.try_again"), "", self.keep.emit))
        for number, action in enumerate(result.actions):
            if action.does == "again":
                continue  # the footer has it
            identifier = f"check.fix{number + 1}"
            if action.does == "wait":
                made.append(WaitButton(identifier, action.label, action.wait, self.again.emit))
            elif can_run(action):
                icon = "external" if action.does == "open" else ""
                made.append(acting_button(identifier, action.label, icon, partial(self.act.emit, action)))
        if result.plain:
            offer = cause_texts.text("faults.private", "offer")
            made.append(acting_button("check.plain", offer, "", self.plain.emit))
            made[-1].set_kind("ghost")
        if made and result.main:
            made[0].set_kind("primary")
        return made

    def try_again(self) -> list[Button]:
        """The one button of what could not be read."""
        button = acting_button("check.try_again", say("check.try_again"), "", self.again.emit)
        button.set_kind("primary")
        return [button]


def acting_button(identifier: str, text: str, icon: str, done: Callable[[], None]) -> Button:
    """A button of a card; one that opens the browser says so to those who do not see its sign."""
    button = Button(identifier, text, "plain", icon)
    if icon == "external":
        button.setAccessibleName(say("common.opens", text=text))
    button.clicked.connect(partial(_press, done))
    return button


class WaitButton(Button):
    """Counts down and then does it automatically; pressed again, or left with its page, it stops."""

    def __init__(self, identifier: str, text: str, seconds: int, done: Callable[[], None]) -> None:
        super().__init__(identifier, text)
        self._text, self._seconds, self._done = text, seconds, done
        self._end = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self._count)
        self.clicked.connect(self._toggle)

    @property
    def waiting(self) -> bool:
        return self._timer.isActive()

    def _toggle(self, _checked: bool = False) -> None:
        if self.waiting:
            self._stop()
        else:
            self._end = time.monotonic() + self._seconds
            self._timer.start()
            self._count()

    def _count(self) -> None:
        left = max(0, round(self._end - time.monotonic()))
        if left == 0:
            self._stop()
            self._done()
            return
        self.setText(say("check.waits", time=f"{left // 60}:{left % 60:02}"))

    def _stop(self) -> None:
        self._timer.stop()
        self.setText(self._text)

    def hideEvent(self, event: QHideEvent) -> None:
        if not event.spontaneous():  # a minimised window goes on waiting
            self._stop()
        super().hideEvent(event)


def _press(done: Callable[[], None], _checked: bool = False) -> None:
    done()
