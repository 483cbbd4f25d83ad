"""Starts the window: core, theme and pages together. Nothing heavy is imported before the first frame."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gemini_setup import settings
from gemini_setup.gui import qt_language
from gemini_setup.gui.announcements import Announcements
from gemini_setup.gui.backend import Story, SystemCore
from gemini_setup.gui.background import collector
from gemini_setup.gui.background.exclusive_call import ExclusiveCall
from gemini_setup.gui.background.lazy_worker import LazyWorker
from gemini_setup.gui.controller import Controller
from gemini_setup.gui.crash.hooks import CRASHES
from gemini_setup.gui.help_desk import HelpDesk
from gemini_setup.gui.intake import Receiver
from gemini_setup.gui.links import BrowserLinks
from gemini_setup.gui.page_pool import Services
from gemini_setup.gui.profile_actions import SavedProfiles
from gemini_setup.gui.provision_actions import GoogleWork
from gemini_setup.gui.style import icons
from gemini_setup.gui.style.theme import STYLED, THEME
from gemini_setup.gui.texts import say
from gemini_setup.gui.window import Window
from gemini_setup.security.process import attend, harden
from gemini_setup.system import paths

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenuBar

    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.background.worker import Work
    from gemini_setup.gui.menu_bar import MenuBar
    from gemini_setup.vault.vault import Vault


class Demonstration(Protocol):
    """What a demonstration offers: stories, each a title with a text to paste or a file to choose."""

    @property
    def stories(self) -> Sequence[tuple[str, str | Path]]: ...


def application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([*sys.argv[:1], "-style", "fusion"])
        app.setProperty(STYLED, True)
    app.setApplicationName("gemini-setup")
    app.setApplicationDisplayName(say("window.name"))
    app.setDesktopFileName("gemini-setup")
    return app


def run(
    argv_profile: str | None = None,
    *,
    store: Callable[[], Vault] | None = None,
    demonstration: Demonstration | None = None,
    scheme: str | None = None,
) -> int:
    """Open the window and give the exit code when it is closed.

    `store` opens another vault than the system's; `scheme` forces "light" or "dark".
    """
    harden()
    attend()
    CRASHES.install()
    try:
        return _run(argv_profile, store, demonstration, scheme)
    except Exception as error:  # noqa: BLE001 - told in a window: started from a menu, it has no terminal
        return CRASHES.last_words(error)
    finally:
        CRASHES.uninstall()


def _run(
    profile: str | None,
    store: Callable[[], Vault] | None,
    demonstration: Demonstration | None,
    scheme: str | None,
) -> int:
    app = application()
    alone = store is not None or demonstration is not None  # other vaults than the person's own
    if not alone and os.path.lexists(paths.window_mark()):
        from gemini_setup.gui.single_window import hand_over

        if hand_over(profile or ""):
            return 0
    THEME.install(app, scheme or settings.chosen(settings.APPEARANCE) or None)
    qt_language.turn(app)
    stories = [Story(title, value) for title, value in demonstration.stories] if demonstration else None
    window = assemble(SystemCore(store=store), profile=profile or "", stories=stories)
    CRASHES.watch(window)
    if settings.chosen(settings.WINDOW):
        from gemini_setup.gui import window_place

        window_place.restore(window)
    first = _FirstFrame(window, partial(_first_frame_stands, window, alone=alone))
    window.show()
    code = app.exec()
    del first
    window.worker.shutdown()
    return code


def assemble(
    core: Core,
    *,
    profile: str = "",
    stories: Sequence[Story] | None = None,
    work: Work | None = None,
    opener: Callable[[str], bool] | None = None,
    frame: type[Window] = Window,
) -> Window:
    """The window with all its parts; the only place that knows them all.

    `profile` is the one whose credential is to be replaced, `stories` are a demonstration's. `work` and `opener` take
    the places of the worker and of the browser, `frame` that of the window's class.
    """
    worker = LazyWorker(work)
    announcements = Announcements()
    links = BrowserLinks(worker, opener)
    controller = Controller(core, worker, links, announcements, demonstration=stories is not None)
    calls = ExclusiveCall(core, worker, announcements)
    profiles = SavedProfiles(core, controller, calls, worker, announcements)
    google = GoogleWork(core, controller, worker, announcements)
    receiver = Receiver(controller, worker, announcements)
    help_desk = HelpDesk(links, worker, announcements)
    services = Services(
        navigation=controller,
        drafts=controller,
        checking=controller,
        profiles=profiles,
        intake=receiver,
        links=links,
        announcer=announcements,
        background=worker,
        exclusive=calls,
        provision=google,
        help=help_desk,
        core=core,
    )
    window = frame(
        core, controller, profiles, receiver, links, announcements, calls, worker, services, stories
    )
    for part in (worker, announcements, links, controller, calls, profiles, google, help_desk):
        part.setParent(window)
    controller.begin(profile)
    window.order()
    return window


_REST = 30  # milliseconds in which the first frame gets onto the screen


class _FirstFrame(QObject):
    """Calls back once, after the window has been painted for the first time: a timer alone fires before that."""

    def __init__(self, window: Window, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(_REST, self._then)
        return False


def _first_frame_stands(window: Window, *, alone: bool) -> None:
    from gemini_setup.gui.window_place import Keeper

    application().setWindowIcon(icons.app_icon())
    Keeper(window)
    furnish(window)
    if not alone:
        from gemini_setup.gui.single_window import Listener

        listener = Listener(window)
        listener.came.connect(partial(_come_up, window))
        application().aboutToQuit.connect(listener.close)
    _after_first_frame(window)


def furnish(window: Window, bar: QMenuBar | None = None) -> MenuBar | None:
    """What a desktop program has beside its pages: shortcuts, alerts, and a menu bar where the system has one.

    `bar` takes the place of the system's.
    """
    from gemini_setup.gui.alerts import Alerts
    from gemini_setup.gui.window_actions import WindowActions

    rotation = window.profiles.rotation
    provision = window.controller.provision
    Alerts(window, window.controller.session, rotation, provision, window.core, window.worker)
    actions = WindowActions(window, window.controller, window.calls, window.pool, window.help_desk)
    window.spoke.connect(actions.put_words)
    if bar is None and sys.platform != "darwin":
        return None
    from PySide6.QtWidgets import QMenuBar

    from gemini_setup.gui.menu_bar import MenuBar
    from gemini_setup.system.macos_command import bundled

    window.paste_keys.setEnabled(False)  # the menu has the same keys
    menu = MenuBar(bar or QMenuBar(None), actions, window.paste)
    window.spoke.connect(menu.put_words)
    if (command := bundled()) is not None:
        from gemini_setup.gui import macos_menu

        macos_menu.offer(window, command, menu.bar, menu.menus["help"].menuAction())
    return menu


def _come_up(window: Window, profile: str, token: str = "") -> None:
    """Another start was made: for a profile that it named, the way begins, unless something is under way here."""
    if token and application().platformName() == "wayland":
        from gemini_setup.gui.single_window import TOKEN

        os.environ[TOKEN] = token  # Qt takes it from there, once
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)
    busy = window.calls.busy or window.controller.session.running
    if profile and not busy and profile != window.draft.profile:
        window.controller.begin(profile)


def _after_first_frame(window: Window) -> None:
    """The other pages one at a time, then what a check needs: both while the person reads the first page."""
    try:
        more = window.pool.build_next(window.draft)
    except Exception as error:  # noqa: BLE001 - one broken page; without it the rest still goes on
        CRASHES.tell(error)
        more = False
    if more:
        QTimer.singleShot(0, partial(_after_first_frame, window))  # input comes between
        return
    from gemini_setup.system.threads import blocking

    app = application()
    collector.begin(QTimer(app))
    # The first of Qt's own objects that PySide is handed has it make the classes of all of QObject's heirs: 25 ms that
    # the person would feel with the first key in the field for the key, whose filter sees every event.
    app.children()
    qt_language.translate_qt(app)
    window.look_around()
    if not THEME.still:
        from gemini_setup.gui.style import reduced_motion

        window.worker.ask(partial(blocking, reduced_motion.wanted), _keep_still, _warm)
    warmed = partial(_warmed, window)
    window.worker.ask(partial(blocking, window.core.warm_up), warmed, warmed)


def _keep_still(wanted: bool) -> None:
    if wanted:
        THEME.keep_still(True)


def _warm(_: object) -> None:
    """Imports that fail are told by the check that needs them."""


def _warmed(window: Window, _: object) -> None:
    """What earlier runs left at Google is finished beside what the person does."""
    collector.spare()  # the imports of a check: among them are 228 objects that could go
    window.google.tidy()
