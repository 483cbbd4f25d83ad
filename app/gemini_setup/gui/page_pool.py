"""The pages: those of the way are made while nothing else happens, the others when they are first needed. In another
language they are made again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from gemini_setup.gui.style.theme import THEME
from gemini_setup.wizard.flow import Draft, Page
from gemini_setup.wizard.navigator import (
    ABOUT,
    CONFIRM,
    DOCTOR,
    EXPLAIN,
    FAULT,
    HANDING,
    HISTORY,
    MADE,
    PLAN,
    RENAME,
    ROTATION,
    TRAP,
)

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.pages.base import PageView
    from gemini_setup.gui.protocols import (
        Announcer,
        Background,
        Checking,
        Drafts,
        Exclusive,
        Help,
        Intake,
        Languages,
        Links,
        Navigation,
        ProfileActions,
        Provision,
    )

#: Milliseconds between two pages that are made or dressed: the one that is seen comes first, and input between.
_PAUSE: Final = 10


class Services(NamedTuple):
    """What pages may be handed. `main` makes it, so that mypy holds each object against its protocol."""

    navigation: Navigation
    drafts: Drafts
    checking: Checking
    profiles: ProfileActions
    intake: Intake
    links: Links
    announcer: Announcer
    background: Background
    exclusive: Exclusive
    provision: Provision
    help: Help
    core: Core


class PagePool(QObject):
    changed = Signal()  # a page's footer
    main_wanted = Signal()
    goes_on = Signal()
    turned = Signal()

    def __init__(self, stack: QStackedWidget, services: Services, languages: Languages) -> None:
        super().__init__(stack)
        self._stack, self._services, self._languages = stack, services, languages
        self._pages: dict[str, PageView] = {}
        self._before: dict[str, PageView] = {}  # in the language before, until they are made again
        self._building = QTimer(self)
        self._dressing = QTimer(self)
        for timer, slot in ((self._building, self._build), (self._dressing, self._dress)):
            timer.setSingleShot(True)
            timer.setInterval(_PAUSE)
            timer.timeout.connect(slot)

    def page(self, place: str) -> PageView:
        """The page, made now where it does not stand yet."""
        if place not in self._pages:
            page = self._pages[place] = PAGES[place](self._services, self._languages)
            page.changed.connect(self.changed)
            page.main_wanted.connect(self.main_wanted)
            page.goes_on.connect(self.goes_on)
            page.turned.connect(self.turned)
            THEME.dress(page)
            self._stack.addWidget(page)
            old = self._before.pop(place, None)
            if old is not None:
                page.take_over(old)
                if self._stack.currentWidget() is old:  # else some other page would be shown for a moment
                    self._stack.setCurrentWidget(page)
                self._stack.removeWidget(old)
                old.hide()
                old.deleteLater()
        return self._pages[place]

    def standing(self, place: str) -> PageView | None:
        """The page if it has been made, in the language before where it is not yet in this one."""
        return self._pages.get(place) or self._before.get(place)

    def pages(self) -> list[PageView]:
        """Those that have been made."""
        return list(self._pages.values())

    def render(self, draft: Draft, shown: PageView) -> None:
        """Show the draft; pages that are not shown are drawn when they come up."""
        for page in self._pages.values():
            if page is shown or page.follows_unseen:
                page.render_draft(draft)

    def build_next(self, draft: Draft) -> bool:
        """Make one of the missing pages of the way, or of those in the language before. False: none is missing."""
        for place in PAGES:
            if place not in self._pages and (place in _WAY or place in self._before):
                self.page(place).render_draft(draft)
                return True
        return False

    # ---- another language, another appearance

    def retire(self) -> None:
        """All pages are to be made again; until then the old ones stand."""
        self._before |= self._pages
        self._pages = {}

    def rebuild(self, draft: Draft) -> None:
        """Their words and then the retired pages, one at a time, so that input comes between."""
        from gemini_setup.i18n import cause_texts

        self._draft = draft
        self._words = iter([partial(cause_texts.table, name) for name in cause_texts.TABLES])
        self._building.start()

    def _build(self) -> None:
        if (read := next(self._words, None)) is not None:
            read()
        elif not self._before or not self.build_next(self._draft):
            return
        self._building.start()

    def dress(self, shown: str) -> None:
        """The theme's sheet for the page that is seen now, for the others one at a time."""
        page = self._pages.get(shown)
        if page is not None:
            THEME.dress(page)
        self._dressing.start()

    def _dress(self) -> None:
        if any(THEME.dress(page) for page in self._pages.values()):
            self._dressing.start()


# Each page is imported when it is made: the first frame needs one of them.


def _home(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.saved_keys import HomePage

    return HomePage(s.navigation, s.checking, s.profiles, s.links, s.background, s.provision, s.core)


def _choose(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.choose import ChoosePage

    return ChoosePage(s.navigation, s.drafts)


def _key(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.key import KeyPage

    return KeyPage(s.navigation, s.drafts, s.intake, s.links, s.provision)


def _file(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.file import FilePage

    return FilePage(s.navigation, s.drafts, s.intake, s.links, s.background, s.provision, s.core)


def _check(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.check import CheckPage

    return CheckPage(s.navigation, s.drafts, s.checking, s.profiles, s.announcer, s.provision, s.core)


def _use(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.all_set import UsePage

    return UsePage(
        s.navigation, s.drafts, s.profiles, s.links, s.background, s.exclusive, s.provision, s.core
    )


def _trap(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.trap import TrapPage

    return TrapPage(s.navigation, s.drafts, s.checking)


def _explain(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.explain import ExplainPage

    return ExplainPage(s.navigation, s.checking, s.intake, s.background, s.core)


def _rotation(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.rotation import RotationPage

    return RotationPage(s.navigation, s.profiles, s.links, s.announcer, s.core)


def _confirm(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.confirm import ConfirmPage

    return ConfirmPage(s.navigation, s.links)


def _fault(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.fault import FaultPage

    return FaultPage(s.navigation)


def _doctor(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.doctor import DoctorPage

    return DoctorPage(s.profiles, s.background, s.core)


def _handing(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.connections import HandingPage

    return HandingPage(s.navigation, s.profiles, s.background, s.exclusive, s.core)


def _about(s: Services, languages: Languages) -> PageView:
    from gemini_setup.gui.pages.about import AboutPage

    return AboutPage(s.announcer, s.background, languages, s.help)


def _rename(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.rename import RenamePage

    return RenamePage(s.navigation, s.profiles)


def _history(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.history import HistoryPage

    return HistoryPage(s.navigation)


def _plan(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.google_plan import PlanPage

    return PlanPage(s.navigation, s.provision, s.links, s.core)


def _made(s: Services, _: Languages) -> PageView:
    from gemini_setup.gui.pages.made_list import MadePage

    return MadePage(s.provision)


#: All of them by their place.
PAGES: Final[dict[str, Callable[[Services, Languages], PageView]]] = {
    Page.HOME: _home,
    Page.CHOOSE: _choose,
    Page.KEY: _key,
    Page.FILE: _file,
    Page.CHECK: _check,
    Page.USE: _use,
    TRAP: _trap,
    EXPLAIN: _explain,
    ROTATION: _rotation,
    CONFIRM: _confirm,
    FAULT: _fault,
    DOCTOR: _doctor,
    HANDING: _handing,
    ABOUT: _about,
    RENAME: _rename,
    HISTORY: _history,
    PLAN: _plan,
    MADE: _made,
}

#: What most people pass from the first page to the last: those turns must not wait for a page to be made. The others take
#: 5 to 30 ms when they are first opened, and together would hold 15 MiB for nothing (docs/speed.md).
_WAY: Final = frozenset({Page.HOME, Page.CHOOSE, Page.KEY, Page.CHECK, Page.USE, TRAP})
