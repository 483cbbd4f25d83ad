"""The window: a rail, the pages and a footer. `refresh()` alone derives every button from the draft and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer
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
from PySide6.QtWidgets import QAbstractSlider, QApplication, QHBoxLayout, QStackedWidget, QWidget

from gemini_setup.google import urls
from gemini_setup.google.recognition import Recognised, What, error_in, read_file, recognise
from gemini_setup.gui import accessibility, qt_language
from gemini_setup.gui.background.exclusive_call import ExclusiveCall
from gemini_setup.gui.components.banners import Banners
from gemini_setup.gui.components.footer import Buttons, Footer
from gemini_setup.gui.components.rail import Rail
from gemini_setup.gui.components.widgets import column
from gemini_setup.gui.crash import hooks
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.style.text import announce, name
from gemini_setup.gui.style.theme import THEME
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.model.credentials import Endpoints, Profile, Service
from gemini_setup.model.outcomes import Outcome
from gemini_setup.wizard.flow import Draft, Page, beginning, entry, following, preceding, receive
from gemini_setup.wizard.navigator import (
    ABOUT,
    CONFIRM,
    DOCTOR,
    EXPLAIN,
    FAULT,
    ROTATION,
    SIDE_PAGES,
    TRAP,
    Trail,
)

if TYPE_CHECKING:
    from gemini_setup.actions.private_file import Moved
    from gemini_setup.actions.rotate import Both
    from gemini_setup.gui.backend import Core, Story
    from gemini_setup.gui.background.worker import Work
    from gemini_setup.gui.pages.check import CheckPage
    from gemini_setup.gui.pages.confirm import ConfirmPage
    from gemini_setup.gui.pages.connections import HandingPage
    from gemini_setup.gui.pages.explain import ExplainPage
    from gemini_setup.gui.pages.fault import FaultPage
    from gemini_setup.gui.pages.home import HomePage
    from gemini_setup.gui.pages.key import KeyPage
    from gemini_setup.gui.pages.rotation import RotationPage
    from gemini_setup.gui.pages.saved import UsePage
    from gemini_setup.gui.pages.trap import TrapPage
    from gemini_setup.gui.presenters.confirmations import Question
    from gemini_setup.model.events import Delivered
    from gemini_setup.vault.faults import VaultFault

HANDING = "handing"
_AT_WHAT_IS_KEPT = (Page.HOME, Page.USE, ROTATION, CONFIRM, FAULT, DOCTOR, HANDING)


_BREATH = 10  # milliseconds between two pages that are made or dressed anew: the one that is seen comes first


class Window(QWidget):
    """Holds the draft and the page; every change of either ends in `refresh()`.

    Only the first page is imported with this module; the others, and the worker, come after the first frame. `opener`
    takes the browser's place: it is given an address and says whether it opened it.
    """

    told_as = accessibility.WINDOW

    def __init__(
        self,
        core: Core,
        *,
        profile: str = "",
        stories: Sequence[Story] | None = None,
        work: Work | None = None,
        opener: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__()
        self.setMinimumSize(880, 600)
        self.resize(960, 660)
        self.setAcceptDrops(True)
        self.core = core
        self._work = work
        self.draft = Draft()
        self.doing = ExclusiveCall(self, self)
        self._opener = opener
        self._endpoint_trouble = ""
        self._seen = False  # whether it has been on the screen
        self.custom_endpoint = False  # whether credentials go to the person's own endpoint
        self._unlisted: tuple[str, ...] = ()  # kept, and not in the list
        self._trail = Trail(Page.CHOOSE)
        self._pages: dict[str, PageView] = {}
        self._before: dict[str, PageView] = {}  # the pages in the language before, until they are made anew
        self._undrawn: PageView | None = None  # made, and not laid out yet
        self._stories = stories
        self._rebuilding = QTimer(self)
        self._rebuilding.setSingleShot(True)
        self._turning = QTimer(self)
        self._turning.setSingleShot(True)
        self._turning.setInterval(_BREATH)
        self._turning.timeout.connect(self._turn)
        self._rebuilding.setInterval(_BREATH)
        self._rebuilding.timeout.connect(self._rebuild)
        self._dressing = QTimer(self)
        self._dressing.setSingleShot(True)
        self._dressing.setInterval(_BREATH)
        self._dressing.timeout.connect(self._dress_next)
        THEME.changed.connect(self._dress)
        self.stack = QStackedWidget()
        self._whole = QHBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        pane = QWidget()
        self._pane = column(pane)
        self._pane.addWidget(self.stack, 1)
        self._whole.addWidget(pane, 1)
        self._furnish()
        start = self._begin(profile)
        self._trail = Trail(start)
        self._page(start)
        for keys, slot in (
            ("Ctrl+Return", self.go_on),
            ("Ctrl+Enter", self.go_on),
            ("Alt+Left", self.go_back),
            ("Escape", self.escape),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated.connect(self.paste)
        self.go(start)
        self._order()

    def _furnish(self) -> None:
        """What stands around the pages, in the language in use."""
        name(self, "window", say("window.title"))
        self.setWindowTitle(say("window.title"))
        self.rail = Rail([say("rail.choose"), say("rail.key"), say("rail.check"), say("rail.use")])
        self.footer = Footer()
        self.banners = Banners(self.tell_story, self._stories)
        self.banners.found_opens.connect(self._show_found)
        self._dress()
        self._whole.insertWidget(0, self.rail)
        self._pane.addWidget(self.footer)
        self._pane.insertWidget(0, self.banners)
        self.footer.back.clicked.connect(self.go_back)
        self.footer.cancel.clicked.connect(self.cancel)
        self.footer.next.clicked.connect(self.go_on)
        self.rail.about.clicked.connect(self.open_about)
        self._take_endpoints(self._stories is not None)

    def _order(self) -> None:
        """Tab goes page, footer, the rail's one button, banner, page; in vain before the first page is there."""
        QWidget.setTabOrder(self.footer.next, self.rail.about)

    def open_about(self) -> None:
        self.go(ABOUT)

    def speak(self, code: str) -> None:
        """Everything anew in another language ("": the system's). What was typed, chosen and found stays."""
        messages.use(code or None)
        app = cast(QApplication, QApplication.instance())
        qt_language.turn(app)
        qt_language.translate_qt(app)
        for old in (self.rail, self.footer, self.banners):
            old.hide()
            old.deleteLater()
        self._undrawn = None
        self._before |= self._pages
        self._pages = {}
        self._furnish()
        self._turning.start()

    @property
    def is_turning(self) -> bool:
        """Whether the page in the new language is still to come."""
        return self._turning.isActive()

    def _turn(self) -> None:
        """The page, once what stands around it is on the screen: both at once would stop the window for 80 ms."""
        self.go(self.place)
        self._order()
        self._rebuilding.start()

    def _dress(self) -> None:
        """What is seen gets the theme's sheet now, the other pages one at a time."""
        seen = self._pages.get(self.place)
        for part in (self.rail, self.footer, self.banners, *([seen] if seen is not None else ())):
            THEME.dress(part)
        self._dressing.start()

    def _dress_next(self) -> None:
        if any(THEME.dress(page) for page in self._pages.values()):
            self._dressing.start()

    def _rebuild(self) -> None:
        """The other pages one at a time, so that input comes between."""
        if (self._before or self._undrawn is not None) and self.build_next():
            self._rebuilding.start()

    def _begin(self, profile: str) -> str:
        """Where the window opens: at what is kept, at replacing the profile that was named, or at a new one."""
        kept = self._kept()
        row = next((row for row in kept if row.name == profile), None)
        if row is not None:
            self.draft = self.draft.to_replace(row, kept)
            return beginning(self.draft)
        self.draft = self.draft.to_add(kept).with_name(profile)
        return Page.HOME if kept and not profile else Page.CHOOSE

    # ---- pages

    def build_pages(self) -> None:
        """All pages at once."""
        while self.build_next():
            pass

    def build_next(self) -> bool:
        """A step towards the pages that are missing yet: one is made, or the one just made is drawn; False: all stand."""
        if self._undrawn is not None:
            page, self._undrawn = self._undrawn, None
            # Laid out and drawn once now, unseen: the first turn to it would stop the window for 40 ms.
            page.resize(self.stack.size())
            page.grab()
            return True
        for place in _PAGES:
            if place not in self._pages:
                self._undrawn = self._page(place)
                self._undrawn.render_draft(self.draft)
                return True
        return False

    def look_around(self) -> None:
        """After the first frame: what the first page shows, but need not show at once."""
        from gemini_setup.system.threads import blocking

        if self.place == Page.HOME:
            self.home_page.look_around()
        self.work.ask(partial(blocking, self.core.unlisted), self._found_unlisted, _nothing)
        if not THEME.still:
            from gemini_setup.gui.style import reduced_motion

            self.work.ask(partial(blocking, reduced_motion.wanted), _keep_still, _nothing)

    def _found_unlisted(self, names: Sequence[str]) -> None:
        """The list was lost, the credentials are not: a check of one brings it back into the list."""
        self._unlisted = tuple(names)
        if not names:
            return
        if self.place == Page.HOME:
            self.go(Page.HOME)  # the list is shown again, with them
        else:  # an answer turns no page: the person may be about to press something
            self.change(replace(self.draft, kept=tuple(self._kept())))
            self.banners.show_found(say("window.found", names=messages.joined(names)))

    def _show_found(self) -> None:
        self.go(Page.HOME)

    def _page(self, place: str) -> PageView:
        if place not in self._pages:
            module, kind = _PAGES[place]
            page = cast(PageView, getattr(import_module(f"gemini_setup.gui.pages.{module}"), kind)(self))
            self._pages[place] = page
            THEME.dress(page)
            self.stack.addWidget(page)
            old = self._before.pop(place, None)
            if old is not None:
                page.take_over(old)
                self.stack.removeWidget(old)
                old.hide()
                old.deleteLater()
        return self._pages[place]

    @property
    def work(self) -> Work:
        if self._work is None:
            from gemini_setup.gui.background.worker import Work

            self._work = Work(self)
        return self._work

    @property
    def place(self) -> str:
        """The page that is shown."""
        return self._trail.here

    def page(self, place: str) -> PageView:
        return self._page(place)

    @property
    def check_page(self) -> CheckPage:
        return cast("CheckPage", self._page(Page.CHECK))

    @property
    def home_page(self) -> HomePage:
        return cast("HomePage", self._page(Page.HOME))

    @property
    def confirm_page(self) -> ConfirmPage:
        return cast("ConfirmPage", self._page(CONFIRM))

    @property
    def rotation_page(self) -> RotationPage:
        return cast("RotationPage", self._page(ROTATION))

    @property
    def fault_page(self) -> FaultPage:
        return cast("FaultPage", self._page(FAULT))

    @property
    def key_page(self) -> KeyPage:
        return cast("KeyPage", self._page(Page.KEY))

    @property
    def use_page(self) -> UsePage:
        return cast("UsePage", self._page(Page.USE))

    @property
    def trap_page(self) -> TrapPage:
        return cast("TrapPage", self._page(TRAP))

    @property
    def explain_page(self) -> ExplainPage:
        return cast("ExplainPage", self._page(EXPLAIN))

    def go(self, place: str) -> None:
        """Show a page: the one before is told, the keyboard stands at its first control, and it is announced."""
        if place == Page.HOME:
            place = self._look_at_what_is_kept()
            self.banners.show_found("")
        self._show(self._trail.to(place))

    def _show(self, trail: Trail) -> None:
        old = self._pages.get(self.place)
        page = self._page(trail.here)
        THEME.dress(page)
        changed = old is not page
        self._trail = trail
        if changed:
            self.banners.show_address("")
        if old is not None and changed:
            old.left()
        if changed:
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt gives it to some control for a moment
        self.stack.setCurrentWidget(page)
        self.refresh()
        if changed:
            page.show_top()
        page.entered()
        focus = page.first_focus()
        if focus is None and self.footer.next.isVisibleTo(self) and self.footer.next.isEnabled():
            focus = self.footer.next
        if focus is not None:
            focus.setFocus(Qt.FocusReason.OtherFocusReason)
        elif changed:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        if changed:
            announce(page, page.spoken())

    def refresh(self) -> None:
        """Derive the rail, the page and every button from the draft and the page."""
        draft, page = self.draft, self._page(self.place)
        hooks.CRASHES.remember()
        for built in self._pages.values():  # the others are drawn when they come up
            if built is page or built.follows_unseen:
                built.render_draft(draft)
        self.rail.set_title(1, say("rail.key" if draft.service is Service.STUDIO else "rail.file"))
        self._show_rail(page)
        page.show_busy(self.doing.busy)
        self.rail.about.setEnabled(not self.doing.busy and not self.check_page_running())
        self.footer.show_buttons(self._buttons(page))

    def _show_rail(self, page: PageView) -> None:
        """Beside the way it stands where one came from."""
        step, place = page.step, self.place
        if place in SIDE_PAGES and (step is None or self._trail.base == Page.HOME):
            place = self._trail.base
            before = self._pages.get(place) or self._before.get(
                place
            )  # in the language before: it says the same
            step = (before or self._page(place)).step
        report = self.draft.report
        finished = place == Page.USE and (report is None or report.usable)
        self.rail.show_step(step, finished=finished)

    def _buttons(self, page: PageView) -> Buttons:
        draft = self.draft
        if self.place == Page.HOME:
            return Buttons(
                say("home.another"), not self.doing.busy, primary=False, back=False, cancel=True, closes=True
            )
        if self.place == CONFIRM:
            question = self.confirm_page.question
            return Buttons(question.harmless if question is not None else "")
        if self.place in (ROTATION, FAULT, DOCTOR, HANDING, ABOUT):
            return Buttons()
        if self.place == TRAP:
            before = self.trap_page.cause is None
            again = "" if before or draft.access is None else say("window.again")
            return Buttons(again, primary=False)
        if self.place == EXPLAIN:
            explain = self.explain_page
            return Buttons(
                say("explain.explain"),
                explain.ready,
                primary=explain.found is None,
                reason=page.blocked_reason(),
            )
        if self.place == Page.CHECK:
            return self._check_buttons()
        if self.place == Page.USE:
            return Buttons(say("window.finish"), primary=not self.use_page.card_is_main, back=False)
        last = self.place in (Page.KEY, Page.FILE)
        ready = following(Page(self.place), draft) is not None and not self._endpoint_trouble
        text = say("window.check" if last else "window.continue")
        back = preceding(Page(self.place), draft) is not None
        reason = page.blocked_reason()
        if self._endpoint_trouble:
            reason = say("window.endpoint_bad", why="").strip()  # the banner says why
        return Buttons(text, ready, back=back, cancel=True, reason=reason, returns=bool(draft.kept))

    def _check_buttons(self) -> Buttons:
        check = self.check_page
        if check.running:
            return Buttons(say("window.continue"), False, cancel=True, stops=True)
        draft = self.draft
        if draft.checking is not None and draft.report is not None:
            if check.phase == "done" and draft.report.outcome is Outcome.ACCEPTED:
                return Buttons(say("window.done"))
        elif following(Page.CHECK, draft) is not None:
            return Buttons(say("window.continue"), primary=not check.card_is_main)
        if check.card_repeats:
            return Buttons()
        text = say("window.check" if check.phase == "idle" else "window.again")
        ready = draft.checking is not None or draft.access is not None
        return Buttons(text, ready, primary=not check.card_is_main)

    # ---- what the person does

    def change(self, draft: Draft) -> None:
        if draft is self.draft:
            return
        if draft.report is None and self.check_page_running():
            self.check_page.stop()
        self.draft = self._settled(draft)
        self.refresh()

    def _settled(self, draft: Draft) -> Draft:
        """Once it is kept, what is typed from here on would replace it."""
        if draft.checking is None and draft.report is not None and draft.report.kept:
            return draft.settled(self._kept())
        return draft

    def check_page_running(self) -> bool:
        return Page.CHECK in self._pages and self.check_page.running

    def go_on(self) -> None:
        """The footer's main button, Return in the key's field and Ctrl+Return."""
        if not (self.footer.next.isVisibleTo(self) and self.footer.next.isEnabled()):
            return
        if self.place == EXPLAIN:
            self.explain_page.explain()
        elif self.place == TRAP:
            self.check_again()
        elif self.place == Page.USE:
            self.close()
        elif self.place == Page.HOME:
            self.add_another()
        elif self.place == CONFIRM:
            self.go_back()
        elif self.place == Page.CHECK and self.draft.checking is not None:
            self.leave_check()
        elif self.place == Page.CHECK and following(Page.CHECK, self.draft) is None:
            self.check_again()
        else:
            place = following(Page(self.place), self.draft)
            if place is Page.CHECK and not (self.draft.report and self.draft.report.kept):
                # "Check and save" asks anew: what stood in the way may have been set right meanwhile.
                self.check_again()
            elif place is not None:
                self.go(place)

    def go_back(self) -> None:
        trail = self._trail.back()
        if trail is not None:
            if trail.here == Page.HOME:  # its list is read again
                self.go(Page.HOME)
            else:
                self._show(trail)
            return
        if self.place == HANDING:
            self.go(Page.HOME)
            return
        if self.place == Page.CHECK:
            self.check_page.stop()
        place = preceding(Page(self.place), self.draft)
        if place is not None:
            self.go(place)

    def cancel(self) -> None:
        """End a running check at once; go back to the saved keys where there are some; otherwise close the window."""
        if self.check_page_running():
            self.check_page.stop()
            self.refresh()
            self.focus_main()
        elif self.place != Page.HOME and self.draft.kept:
            self.go(Page.HOME)
        else:
            self.close()

    def focus_main(self) -> None:
        """The keyboard stands at the foot's main button."""
        self.footer.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> None:
        """End a running check, or leave a page that lies beside the way; never close the window."""
        if self.check_page_running():
            self.cancel()
        elif self.place in SIDE_PAGES or self.place == HANDING:
            self.go_back()

    def leave_check(self) -> None:
        """The main button under what was asked about a kept one: on when all is well, else it asks again."""
        if self.draft.report is not None and self.draft.report.outcome is Outcome.ACCEPTED:
            self.go(Page.HOME)
        else:
            self.check_again()

    def check_again(self) -> None:
        if self.draft.checking is not None:
            self.check_kept(self.draft.checking)
            return
        access = self.draft.access
        if access is None or self._endpoint_trouble:
            return
        self.draft = self.draft.with_report(None)
        self.check_page.start(access, self.draft.profile)
        self.go(Page.CHECK)

    def use_elsewhere(self) -> None:
        """The key is one for the other service: check it there, as it was typed."""
        self.draft = self.draft.with_other_service()
        self.check_again()

    def keep_anyway(self) -> None:
        """Keep what was checked, without asking Google anew; also "Try again" after a keyring's fault."""
        access, report = self.draft.access, self.draft.report
        if access is None or report is None or report.outcome is Outcome.REFUSED:
            return
        self.check_page.keep(access, report)
        self.go(Page.CHECK)

    def open_page(self, page: str, facts: Mapping[str, str] | None = None) -> None:
        url = urls.link(page, facts or {})
        if url is None:
            return
        self.banners.show_address("")
        opened = partial(self._opened, url)
        if self._opener is not None:
            opened(self._opener(url))
        else:
            from gemini_setup.gui import browser
            from gemini_setup.system.threads import blocking

            self.work.ask(partial(blocking, partial(browser.open_page, url)), opened)

    def _opened(self, url: str, opened: bool) -> None:
        """Where no browser came up, the person gets the address itself."""
        if not opened:
            self.banners.show_address(url)

    def open_trap(self, cause: str | None, facts: Mapping[str, str]) -> None:
        self.trap_page.show_trap(cause, facts, self.draft.report if cause else None)
        self.go(TRAP)

    def open_entry(self, service: Service | None = None) -> None:
        """The page where this service's credential is given, ready to be replaced."""
        row = self.draft.checking
        if row is not None:
            row = self.profile(row.name) or row  # the check may have put it back into the list
            self.change(self.draft.checked().to_replace(row, self._kept()))
        elif self._trail.base == Page.HOME and self.place in SIDE_PAGES:
            self.change(self.draft.to_add(self._kept()))
        if service is not None:
            self.change(self.draft.with_service(service))
        self.go(entry(self.draft) if service is not None else beginning(self.draft))
        self.key_page.field.edit.selectAll()

    # ---- what is kept already

    def _look_at_what_is_kept(self) -> str:
        """Show the list as it is now; where nothing is kept any more, the way begins anew."""
        rows, kept = self.core.listed(), self._kept()
        draft = self.draft.checked()
        done = draft.report is not None and draft.report.kept
        self.draft = draft.to_add(kept) if done or not kept else replace(draft, kept=tuple(kept))
        if not kept:
            return Page.CHOOSE
        self.home_page.show_profiles(rows)
        self.home_page.show_unlisted([row.name for row in kept[len(rows) :]])
        return Page.HOME

    def _kept(self) -> list[Profile]:
        """The list, and after it what is kept and has been lost from it: its names are taken, too."""
        rows = list(self.core.listed())
        names = {row.name for row in rows}
        lost = (name_ for name_ in self._unlisted if name_ not in names)
        return [*rows, *map(Profile, lost)]

    def profile(self, name: str) -> Profile | None:
        return next((row for row in self._kept() if row.name == name), None)

    def add_another(self) -> None:
        self.change(self.draft.to_add(self._kept()))
        self.go(Page.CHOOSE)

    def check_kept(self, row: Profile) -> None:
        self.draft = self.draft.to_check(row)
        self.check_page.recheck(row)
        self.go(Page.CHECK)

    def replace(self, row: Profile) -> None:
        self.change(self.draft.to_replace(row, self._kept()))
        self.go(beginning(self.draft))

    def prove(self, row: Profile) -> None:
        self.rotation_page.start(row)
        self.go(ROTATION)

    def roll_back(self, row: Profile) -> None:
        """One click where Google accepts the old one, else only after a question: the program would stop working."""
        self._ask_both(row, partial(self._roll_back, row), self.roll_back)

    def _roll_back(self, row: Profile, both: Both) -> None:
        hint = both.before.access.credential.hint
        call = partial(self.core.rollback, said=both.old)
        back = partial(self._do, row, call, say("home.rolled_back", hint=hint), say("home.no_old"))
        if both.old.outcome is Outcome.REFUSED:
            from gemini_setup.gui.presenters.confirmations import rollback_question

            self.ask(rollback_question(row, hint, both.old, back))
        else:
            back()

    def _ask_both(self, row: Profile, then: Callable[[Both], None], again: Callable[[Profile], None]) -> None:
        """Ask Google about both credentials before one comes back or goes."""

        place = self.place

        def answered(both: Both | None) -> None:
            self.say("")
            if both is None:
                self._gone(say("home.no_old"))
            elif self.place != place:  # an answer turns no page
                self.say(say("home.not_done"))
            else:
                then(both)

        def failed(error: BaseException) -> None:
            self.say("")
            self.doing.tell(error, partial(again, row), partial(self._gone, say("home.no_old")))

        if not self.doing.busy:
            self.say(say("home.asks_both"))
            self.doing.ask(partial(self.core.ask_both, row.name), answered, failed, self)

    def erase_old(self, row: Profile, *, sure: bool = False) -> None:
        """One click for what is dead (`sure`: Google has just said so); anything else is asked for once more."""
        now = self.profile(row.name)
        old = now.old if now is not None else None
        if now is None or old is None:
            self._gone(say("home.no_old"))
            return
        said = say("home.erased", hint=old.hint)
        erase = partial(self._do, now, self.core.forget_previous, said, say("home.no_old"))
        if old.dead or sure:
            erase()
        else:
            self._ask_both(now, partial(self._ask_to_erase, now, erase), self.erase_old)

    def _ask_to_erase(self, row: Profile, erase: Callable[[], None], both: Both) -> None:
        from gemini_setup.gui.presenters.confirmations import erase_question

        self.ask(erase_question(row, erase, last=both.only_old_works))

    def remove(self, row: Profile) -> None:
        from gemini_setup.gui.presenters.confirmations import remove_question

        gone = partial(self._gone, say("home.gone", profile=row.name))
        done = partial(self._removed, row)
        self.ask(
            remove_question(row, partial(self.doing.do, partial(self.core.remove, row.name), done, gone))
        )

    def _removed(self, row: Profile, left: Sequence[Delivered]) -> None:
        """What was handed over stays there, and follows nothing any more."""
        said = [say("home.removed", profile=row.name)]
        if left:
            from gemini_setup.gui.presenters.deliveries import still

            said += still(left)
        self._gone(" ".join(said), good=True)

    def keep_after_all(self, row: Profile) -> None:
        """Take back a removal that did not finish."""
        gone = partial(self._gone, say("home.gone", profile=row.name))
        self.doing.do(
            partial(self.core.take_back_removal, row.name), partial(self._kept_after_all, row), gone
        )

    def _kept_after_all(self, row: Profile, whole: bool) -> None:
        self._gone(
            say("home.kept_after_all" if whole else "home.nothing_whole", profile=row.name), good=whole
        )

    def hand_over(self, row: Profile) -> None:
        """The list of other tools, for this profile."""
        page = cast("HandingPage", self._page(HANDING))
        page.forget()
        self.go(HANDING)
        page.show_profile(self.profile(row.name) or row)

    def ask_for_plain_text(self) -> None:
        """Only after the person has read what that means, and what it would take out of use."""
        self.doing.do(self.core.in_keyring, partial(self._ask_for_plain_text, self.place), _no_op)

    def _ask_for_plain_text(self, place: str, in_keyring: Sequence[str]) -> None:
        from gemini_setup.gui.presenters.confirmations import plain_question

        if self.place != place:  # an answer turns no page
            return
        save = partial(self.doing.do, self.core.keep_in_a_file, self._kept_in_a_file, self.go_back)
        self.ask(plain_question(self.core.plain_file(), in_keyring, save))

    def _kept_in_a_file(self, _: object) -> None:
        self._show_foot()
        self.keep_anyway()

    def move_to_keyring(self) -> None:
        self.doing.do(self.core.move_to_keyring, self._moved, self.refresh)

    def _moved(self, result: tuple[Moved, str]) -> None:
        from gemini_setup.i18n import cause_texts

        moved, store = result
        said = [cause_texts.text("faults.private", "moved", {"store": store})]
        for name_, now in moved.apart.items():
            said.append(
                cause_texts.text("faults.private", "apart", {"store": store, "profile": name_, "name": now})
            )
        self._show_foot()
        self._gone(" ".join(said), good=True)

    def ask(self, question: Question) -> None:
        self.confirm_page.ask(question)
        self.go(CONFIRM)

    def _do(self, row: Profile, call: Callable[[str], object], said: str, missing: str) -> None:
        self.doing.do(partial(call, row.name), partial(self._done, said), partial(self._gone, missing))

    def _done(self, said: str, _: object) -> None:
        self._gone(said, good=True)

    def _gone(self, said: str, *, good: bool = False) -> None:
        """To what is kept now; a person who has gone on to something else meanwhile is only told."""
        if self.place in _AT_WHAT_IS_KEPT:
            self.go(Page.HOME)
        self.say(said, good=good)

    def open_fault(self, error: VaultFault, again: Callable[[], None]) -> None:
        """The keyring did not do it: which fault it was, and the way to try it again."""
        self.fault_page.show_fault(error, again)
        if self.place == CONFIRM:  # its question has been answered
            self._show(self._trail.instead(FAULT))
        elif self.place in _AT_WHAT_IS_KEPT:
            self.go(FAULT)
        else:
            self.say(self.fault_page.card.title.text())

    # ---- a key or a file, dropped or pasted anywhere

    def paste(self) -> None:
        self._take_mime(QApplication.clipboard().mimeData())

    def _take_mime(self, data: QMimeData) -> None:
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if len(files) > 1:
            self.say(say("window.one_file"))
        elif files:
            self.take_path(Path(files[0]))
        elif data.hasText() and data.text().strip():
            self.take_text(data.text())
        else:
            self.say(say("window.nothing_there"))

    def take_text(self, text: str) -> None:
        self.take(recognise(text), text=text)

    def take_path(self, path: Path) -> None:
        from gemini_setup.system.threads import blocking

        self.work.ask(partial(blocking, partial(read_file, path)), partial(self._read, path))

    def _read(self, path: Path, found: Recognised) -> None:
        if found.what is What.NOTHING:
            self.go(Page.FILE if self.place == Page.FILE else self.place)
            self.say(say("what.nothing"))
            return
        if found.what in (What.ERROR_MESSAGE, What.NOT_JSON):
            from gemini_setup.system.threads import blocking

            whole = partial(blocking, partial(error_in, path))
            self.work.ask(whole, partial(self._read_error, found, path))
            return
        self.take(found, path)

    def _read_error(self, found: Recognised, path: Path, text: str) -> None:
        if text:
            self.explain(text)
        else:
            self.take(found, path)

    def explain(self, text: str) -> None:
        """An error that was pasted or dropped, wherever that was."""
        self.say("")
        if self.check_page_running():
            self.check_page.stop()
        self.go(EXPLAIN)
        self.explain_page.show_error(text)

    def take(self, found: Recognised, path: Path | None = None, *, text: str = "") -> None:
        """To the page where it belongs, with it; what belongs nowhere is said and changes nothing."""
        draft, place = receive(self._ready_to_receive(), found, path)
        if place == Page.EXPLAIN:
            self.explain(text)
            return
        if place is None:
            text = say(f"what.{found.what}", name=found.name, project="")
            nothing = found.what is What.NOTHING
            self.say(say("window.nothing_there") if nothing else f"{say('window.not_ours')} {text}")
            return
        self.say("")
        if self.check_page_running():
            self.check_page.stop()
        self.change(draft)
        self.go(place)

    def _ready_to_receive(self) -> Draft:
        """The draft for something that arrives: on the way it belongs to that way, elsewhere it begins another one."""
        if self.draft.checking is not None:
            return self.draft.checked().to_replace(self.draft.checking, self._kept())
        begins = self._trail.base in (Page.HOME, Page.USE, HANDING)
        return self.draft.to_add(self._kept()) if begins else self.draft

    def say(self, text: str, *, good: bool = False) -> None:
        """A passing word above the page."""
        self.banners.say(text, good=good)

    def tell_story(self, story: Story) -> None:
        if isinstance(story.value, Path):
            self.take_path(story.value)
        else:
            self.take_text(story.value)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._take_mime(event.mimeData())

    # ---- the window itself

    def _take_endpoints(self, demonstration: bool) -> None:
        """Where credentials are checked; a demonstration's own endpoint needs no notice beside its banner."""
        try:
            endpoints = self.core.endpoints()
        except urls.NotAnAddress as error:
            endpoints = Endpoints()
            self._endpoint_trouble = say("window.endpoint_bad", why=str(error))
            self.banners.show_endpoint(self._endpoint_trouble, trouble=True)
        if self.draft.endpoints != endpoints:
            self.draft = replace(self.draft, endpoints=endpoints)
        self._demonstration = demonstration
        if endpoints and not demonstration:
            self.custom_endpoint = True
            addresses = (endpoints.gemini, endpoints.vertex, endpoints.token)
            hosts = dict.fromkeys(urlsplit(address).netloc for address in addresses if address)
            self.banners.show_endpoint(say("window.endpoint", hosts=messages.joined(hosts)))
        self._show_foot()

    def _show_foot(self) -> None:
        """Where it is kept and sent, as it is."""
        foot = "foot_plain" if self.core.plain_text() else "foot"
        if self.custom_endpoint:
            foot += "_custom"
        if self._demonstration:
            foot = "foot_demonstration"
        self.rail.set_foot(say(f"rail.{foot}"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that scroll do so wherever the keyboard stands, also at the foot; Return that nothing takes goes on."""
        action = _SCROLLS.get(event.key())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.go_on()
        elif action is None:
            super().keyPressEvent(event)
        else:
            self._page(self.place).verticalScrollBar().triggerAction(action)

    def focusNextPrevChild(self, onward: bool) -> bool:
        """Also from the foot into the page, where no scrolling area hears of it."""
        moved = super().focusNextPrevChild(onward)
        if moved:
            self._page(self.place).show_focus()
        return moved

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and not self.isActiveWindow()
            and Page.KEY in self._pages
        ):
            self.key_page.field.conceal()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            THEME.watch(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()
        if self._work is not None:
            self._work.shutdown()
        event.accept()
        QTimer.singleShot(0, QApplication.quit)

    def sizeHint(self) -> QSize:
        return QSize(960, 660)


def _keep_still(wanted: bool) -> None:
    if wanted:
        THEME.keep_still(True)


def _no_op() -> None:
    """For a call that misses nothing."""


def _nothing(_: BaseException) -> None:
    """What could not be found out is not said; the window works without it."""


_SCROLLS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}

_PAGES: dict[str, tuple[str, str]] = {
    Page.HOME: ("home", "HomePage"),
    Page.CHOOSE: ("choose", "ChoosePage"),
    Page.KEY: ("key", "KeyPage"),
    Page.FILE: ("file", "FilePage"),
    Page.CHECK: ("check", "CheckPage"),
    Page.USE: ("saved", "UsePage"),
    TRAP: ("trap", "TrapPage"),
    EXPLAIN: ("explain", "ExplainPage"),
    ROTATION: ("rotation", "RotationPage"),
    CONFIRM: ("confirm", "ConfirmPage"),
    FAULT: ("fault", "FaultPage"),
    DOCTOR: ("doctor", "DoctorPage"),
    HANDING: ("connections", "HandingPage"),
    ABOUT: ("about", "AboutPage"),
}
