"""A check that ends while the window is behind others is told: the window asks for attention, and on Linux a
notification says what came of it."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts

if TYPE_CHECKING:
    from jeepney import Message

    from gemini_setup.actions.fulfilment import Ended
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.check_session import CheckSession
    from gemini_setup.gui.provision_session import ProvisionSession
    from gemini_setup.gui.rotation_session import RotationSession
    from gemini_setup.model.events import Report

_LIMIT: Final = 1.0  # seconds for the desktop's answer
_PLACE: Final = ("/org/freedesktop/Notifications", "org.freedesktop.Notifications")


class Alerts(QObject):
    """Of a check, of the proof that a previous key is dead, and of what is done at Google: each may take minutes."""

    def __init__(
        self,
        window: QWidget,
        session: CheckSession,
        rotation: RotationSession,
        provision: ProvisionSession,
        core: Core,
        worker: LazyWorker,
    ) -> None:
        super().__init__(window)
        self._window, self._rotation, self._core, self._worker = window, rotation, core, worker
        session.reported.connect(self._reported)
        rotation.answered.connect(self._answered)
        provision.ended.connect(self._ended)

    def _reported(self, report: Report) -> None:
        if not self._window.isActiveWindow():
            self._tell(self._core.diagnosis(report).title)

    def _answered(self) -> None:
        dead = getattr(self._rotation.answer, "dead", None)
        if dead is not None and not self._window.isActiveWindow():  # no more is asked
            self._tell(say("help.previous_dead" if dead else "help.previous_alive"))

    def _ended(self, end: Ended) -> None:
        """What ends with a check's result is told by that."""
        if end.report is not None or self._window.isActiveWindow():
            return
        if end.cause is not None and end.state == "stopped":
            self._tell(cause_texts.cause(end.cause.id, cause_texts.friendly(end.facts)).title)
        else:
            self._tell(say("plan.waits" if end.state == "waits" else "plan.done"))

    def _tell(self, text: str) -> None:
        QApplication.alert(self._window)
        if sys.platform != "linux":
            return
        from gemini_setup.system.threads import blocking

        show = partial(_show, say("help.checked"), text)
        self._worker.ask(partial(blocking, show), _nothing, _nothing)


def message(title: str, body: str) -> Message:
    """By D-Bus itself: Qt's own binding has no unsigned numbers in Python, and the notification wants one."""
    from jeepney import DBusAddress, new_method_call

    place = DBusAddress(_PLACE[0], _PLACE[1], _PLACE[1])
    hints = {"desktop-entry": ("s", "gemini-setup")}
    body = body.replace("&", "&amp;").replace("<", "&lt;")  # some desktops read it as markup
    return new_method_call(
        place, "Notify", "susssasa{sv}i", ("gemini-setup", 0, "gemini-setup", title, body, [], hints, -1)
    )


def _show(title: str, body: str) -> None:
    from jeepney.io.blocking import DBusConnection, prep_socket

    from gemini_setup.vault.backends import dbus

    with DBusConnection(prep_socket(dbus.address(), timeout=_LIMIT)) as connection:
        connection.send_and_get_reply(message(title, body), timeout=_LIMIT)


def _nothing(_: object) -> None:
    """A desktop that shows no notifications: the window has asked for attention."""
