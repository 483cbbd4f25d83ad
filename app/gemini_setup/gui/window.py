"""The window's frame: rail, banners, page, toast, footer, shortcuts. It shows what the controller and the page say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QWidget

from gemini_setup.gui import accessibility, qt_language
from gemini_setup.gui.announcements import Word
from gemini_setup.gui.components.banners import Banners
from gemini_setup.gui.components.footer import BACK_KEYS, NEXT_KEYS, Footer
from gemini_setup.gui.components.rail import Rail
from gemini_setup.gui.components.widgets import column
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.page_pool import PagePool, Services
from gemini_setup.gui.presenters.way import WayTracker, foot
from gemini_setup.gui.style.text import announce, name
from gemini_setup.gui.style.theme import THEME
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.model.credentials import Service
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT

if TYPE_CHECKING:
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.backend import Core, Story
    from gemini_setup.gui.background.exclusive_call import ExclusiveCall
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.components.toast import Toast
    from gemini_setup.gui.controller import Controller
    from gemini_setup.gui.intake import Receiver
    from gemini_setup.gui.links import BrowserLinks
    from gemini_setup.gui.pages.base import PageView
    from gemini_setup.gui.profile_actions import SavedProfiles
    from gemini_setup.wizard.flow import Draft

#: Milliseconds between what stands around the page and the page itself, in another language.
_PAUSE: Final = 10


class Window(QWidget):
    """Only the first page is imported with this module; the others, and the worker, come after the first frame.

    `stories` are those of a demonstration, None where this is none.
    """

    told_as = accessibility.WINDOW
    spoke = Signal()  # in another language

    def __init__(
        self,
        core: Core,
        controller: Controller,
        profiles: SavedProfiles,
        receiver: Receiver,
        links: BrowserLinks,
        announcements: Announcements,
        calls: ExclusiveCall,
        worker: LazyWorker,
        services: Services,
        stories: Sequence[Story] | None = None,
    ) -> None:
        super().__init__()
        self.setMinimumSize(880, 600)
        self.resize(960, 660)
        self.setAcceptDrops(True)
        self.core, self.controller, self.profiles, self.calls = core, controller, profiles, calls
        self.worker, self._receiver, self._links, self._stories = worker, receiver, links, stories
        self._way = WayTracker()
        self.help_desk = services.help
        self.google = services.provision
        self._seen = False  # whether it has been on the screen
        self._shown: PageView | None = None
        self.stack = QStackedWidget()
        self.pool = PagePool(self.stack, services, self)
        self._turning = QTimer(self)
        self._turning.setSingleShot(True)
        self._turning.setInterval(_PAUSE)
        self._turning.timeout.connect(self._turn)
        THEME.changed.connect(self._dress)
        self._whole = QHBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        pane = QWidget()
        self._pane = column(pane)
        self._pane.addWidget(self.stack, 1)
        self._whole.addWidget(pane, 1)
        self._furnish()
        for keys, slot in (
            (NEXT_KEYS, self.go_on),
            ("Ctrl+Enter", self.go_on),
            (BACK_KEYS, self._go_back),
            ("Escape", controller.escape),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self.paste_keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        self.paste_keys.activated.connect(self.paste)
        self.pool.goes_on.connect(self.go_on)
        for changed in (controller.changed, calls.changed, self.pool.changed):
            changed.connect(self.refresh)
        for wanted in (controller.main_wanted, self.pool.main_wanted):
            wanted.connect(self.focus_main)
        controller.shown.connect(self._show)
        controller.finished.connect(self.close)
        profiles.stored.connect(self._show_foot)
        announcements.said.connect(self.say)

    # ---- what stands around the page

    def _furnish(self) -> None:
        """In the language in use."""
        name(self, "window", say("window.title"))
        self.setWindowTitle(say("window.title"))
        self.rail = Rail([say("rail.choose"), say("rail.key"), say("rail.check"), say("rail.use")])
        self.footer = Footer()
        self.banners = Banners(self._receiver.take_story, self._stories)
        self.controller.found.connect(self.banners.show_found)
        self._links.unopened.connect(self.banners.show_address)
        self.banners.found_opens.connect(partial(self.controller.go, Page.HOME))
        self._toast: Toast | None = None
        self._dress()
        self._whole.insertWidget(0, self.rail)
        self._pane.addWidget(self.footer)
        self._pane.insertWidget(0, self.banners)
        self.footer.back.clicked.connect(self._go_back)
        self.footer.aside.clicked.connect(self._do_aside)
        self.footer.cancel.clicked.connect(self.controller.cancel)
        self.footer.next.clicked.connect(self._press_main)
        self.pool.turned.connect(self.footer.rest)
        self.rail.about.clicked.connect(partial(self.controller.go, ABOUT))
        self.rail.saved.clicked.connect(partial(self.controller.go, Page.HOME))
        self.show_endpoints()

    def show_endpoints(self) -> None:
        """Where credentials go, where that is not Google."""
        self.controller.read_endpoints()
        trouble, hosts = self.controller.endpoint_trouble, self.controller.custom_hosts
        if trouble:
            self.banners.show_endpoint(trouble, trouble=True)
        elif self.controller.custom_endpoint:
            self.banners.show_endpoint(say("window.endpoint", hosts=messages.joined(hosts)))
        self._show_foot()

    def _show_foot(self) -> None:
        """Where credentials are kept and sent, as it is now."""
        now = self.controller
        self.rail.set_foot(foot(self.core.plain_text(), now.custom_endpoint, now.demonstration))

    def say(self, word: Word) -> None:
        """A passing word at the foot of the page."""
        if word.text or self._toast is not None:
            self.toast.say(word)

    @property
    def toast(self) -> Toast:
        """Made for the first word, not for the first frame."""
        if self._toast is None:
            from gemini_setup.gui.components.toast import Toast

            self._toast = Toast(self.stack)
            THEME.dress(self._toast)
            self._toast.covers.connect(self._cover)
            self.order()
        return self._toast

    def _cover(self, covered: bool) -> None:
        self.pool.page(self.controller.place).cover(covered)

    def _around(self) -> list[QWidget]:
        """What stands around the page, and is made again in another language."""
        return [self.rail, self.footer, self.banners, *([self._toast] if self._toast is not None else ())]

    def _dress(self) -> None:
        """What is seen gets the theme's sheet now, the other pages one at a time."""
        for part in self._around():
            THEME.dress(part)
        self.pool.dress(self.controller.place)

    def speak(self, code: str) -> None:
        """Everything again in another language ("": the system's). What was typed, chosen and found stays."""
        messages.use(code or None)
        app = cast(QApplication, QApplication.instance())
        qt_language.turn(app)
        qt_language.translate_qt(app)
        self.say(Word(""))  # what waits for its end is done
        for old in self._around():
            old.hide()
            old.deleteLater()
        self.pool.retire()
        self._furnish()
        self.spoke.emit()
        self._turning.start()

    def _turn(self) -> None:
        """The page, once what stands around it is on the screen: both at once would stop the window for 80 ms."""
        self.controller.go(self.controller.place)
        self.order()
        self.pool.rebuild(self.controller.draft)

    def order(self) -> None:
        """Tab goes page, footer, toast, rail, banner, page; in vain before the first page is there."""
        words = (self._toast.undo, self._toast.close_button) if self._toast is not None else ()
        for before, after in pairwise((self.footer.next, *words, self.rail.saved, self.rail.about)):
            QWidget.setTabOrder(before, after)

    # ---- the page

    def _show(self) -> None:
        """The page before is told, the keyboard stands at the new one's first control, and it is announced."""
        place = self.controller.place
        old, page = self._shown, self.pool.page(place)
        THEME.dress(page)
        changed = old is not page
        self._shown = page
        if changed:
            self.banners.show_address("")
            if old is not None and old in self.pool.pages():
                old.left()
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt gives it to some control for a moment
        page.arrive()
        page.cover(self._toast is not None and bool(self._toast.text()))
        self.stack.setCurrentWidget(page)
        self.refresh()
        if changed:
            page.show_top()
        page.entered()
        focus = page.first_focus() or self.footer.first()
        if focus is not None:
            focus.setFocus(Qt.FocusReason.OtherFocusReason)
        elif changed:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        if changed:
            announce(page, page.spoken())

    def refresh(self) -> None:
        """Derive the rail, the page and the footer from the draft and the page."""
        draft, page = self.controller.draft, self.pool.page(self.controller.place)
        hooks.CRASHES.remember()
        self.pool.render(draft, page)
        self.rail.set_title(1, say("rail.key" if draft.service is Service.STUDIO else "rail.file"))
        self._show_rail(page)
        page.show_busy(self.calls.busy)
        self.rail.let(not self.calls.busy and not self.controller.working)
        self.footer.show_state(page.footer())

    def _show_rail(self, page: PageView) -> None:
        way = self._way.follow(self.controller.draft, self.controller.trail, page.step)
        self.rail.show_way(way.states, current=way.current, saved=bool(self.controller.draft.kept))

    def _press_main(self) -> None:
        self.pool.page(self.controller.place).activate()

    def go_on(self) -> None:
        """As the footer's main button; Return and Ctrl+Return. What destroys something is pressed itself."""
        if self.footer.ready():
            self._press_main()

    def _go_back(self) -> None:
        if not self.pool.page(self.controller.place).go_back():
            self.controller.back()

    def _do_aside(self) -> None:
        self.pool.page(self.controller.place).do_aside()

    def focus_main(self) -> None:
        self.footer.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def look_around(self) -> None:
        """After the first frame: what the first page shows, but need not show at once."""
        self.pool.page(self.controller.place).look_around()
        self.controller.look_around()
        self.google.look()

    # ---- for the report about a failure

    @property
    def place(self) -> str:
        return self.controller.place

    @property
    def draft(self) -> Draft:
        return self.controller.draft

    def typed(self) -> list[str]:
        """What stands in the pages' fields and may be secret."""
        return [text for page in self.pool.pages() for text in page.typed()]

    # ---- events

    def paste(self) -> None:
        self._receiver.take_mime(QApplication.clipboard().mimeData())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._receiver.take_mime(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that scroll do so wherever the keyboard stands, also at the foot; Return that nothing takes goes on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.go_on()
        elif not self.pool.page(self.controller.place).scroll_by(event.key()):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, onward: bool) -> bool:
        """Also from the foot into the page, where no scrolling area hears of it."""
        moved = super().focusNextPrevChild(onward)
        if moved:
            self.pool.page(self.controller.place).show_focus()
        return moved

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            for page in self.pool.pages():
                page.conceal()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            THEME.watch(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()
        self.worker.shutdown()
        event.accept()
        QTimer.singleShot(0, QApplication.quit)
