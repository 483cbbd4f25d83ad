"""The buttons of a diagnosis: what the core's actions do in the window."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent

from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.presenters.check_result import Verdict
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.cause_texts import Action
from gemini_setup.model.credentials import Service
from gemini_setup.model.events import Report

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Host


class ShowsAdmin(Protocol):
    def show_admin(self) -> None: ...


class Acting:
    """Makes the buttons for one page; the first is the page's main one where the verdict says so."""

    def __init__(self, host: Host, page: ShowsAdmin) -> None:
        self._host = host
        self._page = page

    def buttons(self, report: Report, result: Verdict) -> list[Button]:
        made: list[Button] = []
        if result.again:
            made.append(acting_button("check.try_again", say("check.try_again"), "", self._host.keep_anyway))
        for number, action in enumerate(result.actions):
            if number and action.does == "again" and not report.kept:
                continue  # the footer has it
            if action.does == "wait":
                made.append(
                    WaitButton(f"check.fix{number + 1}", action.label, action.wait, self._host.check_again)
                )
                continue
            done = self.doing(action, report)
            if done is not None:
                icon = "external" if action.does == "open" else ""
                made.append(acting_button(f"check.fix{number + 1}", action.label, icon, done))
        if result.plain:
            plain = acting_button(
                "check.plain", cause_texts.text("faults.private", "offer"), "", self._host.ask_for_plain_text
            )
            plain.set_kind("ghost")
            made.append(plain)
        if result.keep_anyway:  # no way to put it right, so it looks like none
            keep = acting_button("check.keep_anyway", say("check.keep_anyway"), "", self._host.keep_anyway)
            keep.set_kind("ghost")
            made.append(keep)
        if made and result.main and made[0].objectName() != "check.keep_anyway":
            made[0].set_kind("primary")
        return made

    def again(self) -> list[Button]:
        """The one button of what could not be read."""
        button = acting_button("check.try_again", say("check.try_again"), "", self._host.check_again)
        button.set_kind("primary")
        return [button]

    def doing(self, action: Action, report: Report) -> Callable[[], None] | None:
        """What pressing it does, or None for an action that means nothing here."""
        host = self._host
        match action.does:
            case "open":
                return partial(host.open_page, action.page, report.facts)
            case "again":
                return host.check_again
            case "edit" | "key":
                return host.open_entry
            case "switch":
                row = host.draft.checking
                service = (row.service if row is not None else None) or host.draft.service
                other = Service.VERTEX if service is Service.STUDIO else Service.STUDIO
                return partial(host.open_entry, other)
            case "elsewhere":  # what is kept is not at hand to be tried with the other service
                return host.use_elsewhere if host.draft.checking is None else None
            case "trap":
                return partial(host.open_trap, report.cause.id, report.facts)
            case "admin":
                return self._page.show_admin
        return None


def acting_button(identifier: str, text: str, icon: str, done: Callable[[], None]) -> Button:
    """A button of a card; one that opens the browser says so to whoever does not see its sign."""
    button = Button(identifier, text, "plain", icon)
    if icon == "external":
        button.setAccessibleName(say("common.opens", text=text))
    button.clicked.connect(partial(_press, done))
    return button


class WaitButton(Button):
    """Counts down and then does it by itself; pressed again, or left with its page, it stops."""

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
