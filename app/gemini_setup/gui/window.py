"""The window: a rail, the pages and a footer. `refresh()` alone derives every button from the draft and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractSlider, QApplication, QHBoxLayout, QStackedWidget, QWidget

from gemini_setup import routes
from gemini_setup.credentials import Endpoints, Outcome, Service
from gemini_setup.flow import Draft, Page, entry, following, preceding, receive
from gemini_setup.gui.banners import Banners
from gemini_setup.gui.footer import Buttons, Footer
from gemini_setup.gui.pages.page import PageView
from gemini_setup.gui.rail import Rail
from gemini_setup.gui.text import announce, name
from gemini_setup.gui.widgets import column
from gemini_setup.gui.wording import say
from gemini_setup.recognise import Recognised, What, read_file, recognise

if TYPE_CHECKING:
    from gemini_setup.gui.core import Core, Story
    from gemini_setup.gui.pages.check import CheckPage
    from gemini_setup.gui.pages.explain import ExplainPage
    from gemini_setup.gui.pages.key import KeyPage
    from gemini_setup.gui.pages.trap import TrapPage
    from gemini_setup.gui.work import Work

TRAP, EXPLAIN = "trap", "explain"


def _open_in_browser(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))


class Window(QWidget):
    """Holds the draft and the page; every change of either ends in `refresh()`.

    Only the first page is imported with this module; the others, and the worker, come after the first frame.
    """

    def __init__(
        self,
        core: Core,
        *,
        draft: Draft | None = None,
        stories: Sequence[Story] | None = None,
        work: Work | None = None,
        opener: Callable[[str], None] = _open_in_browser,
    ) -> None:
        super().__init__()
        name(self, "window", say("window.title"))
        self.setWindowTitle(say("window.title"))
        self.setMinimumSize(880, 600)
        self.resize(960, 660)
        self.setAcceptDrops(True)
        self.core = core
        self._work = work
        self.draft = draft or Draft()
        self._opener = opener
        self._endpoint_trouble = ""
        self.custom_endpoint = False  # whether credentials go to the person's own endpoint
        self._place: str = Page.CHOOSE
        self._return: str = Page.CHOOSE
        self._pages: dict[str, PageView] = {}
        self.rail = Rail([say("rail.choose"), say("rail.key"), say("rail.check"), say("rail.use")])
        self.banners = Banners(self.tell_story, stories)
        self.stack = QStackedWidget()
        self.footer = Footer()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        pane = QWidget()
        right = column(pane)
        right.addWidget(self.stack, 1)
        right.addWidget(self.footer)
        right.insertWidget(0, self.banners)  # last, so that Tab goes page, footer, banner, page
        layout.addWidget(pane, 1)
        self._take_endpoints(stories is not None)
        self._page(Page.CHOOSE)
        self.footer.back.clicked.connect(self.go_back)
        self.footer.cancel.clicked.connect(self.cancel)
        self.footer.next.clicked.connect(self.go_on)
        for keys, slot in (
            ("Ctrl+Return", self.go_on),
            ("Ctrl+Enter", self.go_on),
            ("Alt+Left", self.go_back),
            ("Escape", self.escape),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated.connect(self.paste)
        self.go(Page.CHOOSE)

    # ---- pages

    def build_pages(self) -> None:
        """All pages at once."""
        while self.build_next():
            pass

    def build_next(self) -> bool:
        """One page of those that are missing yet; False when none was."""
        for place in _PAGES:
            if place not in self._pages:
                page = self._page(place)
                page.render_draft(self.draft)
                # Laid out and drawn once now, unseen: the first turn to it would stop the window for 40 ms.
                page.resize(self.stack.size())
                page.grab()
                return True
        return False

    def _page(self, place: str) -> PageView:
        if place not in self._pages:
            module, kind = _PAGES[place]
            page = cast(PageView, getattr(import_module(f"gemini_setup.gui.pages.{module}"), kind)(self))
            self._pages[place] = page
            self.stack.addWidget(page)
        return self._pages[place]

    @property
    def work(self) -> Work:
        if self._work is None:
            from gemini_setup.gui.work import Work

            self._work = Work(self)
        return self._work

    @property
    def place(self) -> str:
        return self._place

    def page(self, place: str) -> PageView:
        return self._page(place)

    @property
    def check_page(self) -> CheckPage:
        return cast("CheckPage", self._page(Page.CHECK))

    @property
    def key_page(self) -> KeyPage:
        return cast("KeyPage", self._page(Page.KEY))

    @property
    def trap_page(self) -> TrapPage:
        return cast("TrapPage", self._page(TRAP))

    @property
    def explain_page(self) -> ExplainPage:
        return cast("ExplainPage", self._page(EXPLAIN))

    def go(self, place: str) -> None:
        """Show a page: the one before is told, the keyboard stands at its first control, and it is announced."""
        old = self._pages.get(self._place)
        if place in (TRAP, EXPLAIN) and self._place not in (TRAP, EXPLAIN):
            self._return = self._place
        page = self._page(place)
        changed = old is not page
        self._place = place
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
        draft, page = self.draft, self._page(self._place)
        for built in self._pages.values():
            built.render_draft(draft)
        self.rail.set_title(1, say("rail.key" if draft.service is Service.STUDIO else "rail.file"))
        self.rail.show_step(page.step, finished=self._place == Page.USE)
        self.footer.show_buttons(self._buttons(page))

    def _buttons(self, page: PageView) -> Buttons:
        draft = self.draft
        if self._place == TRAP:
            before = self.trap_page.cause is None
            again = "" if before or draft.access is None else say("window.again")
            return Buttons(again, primary=False)
        if self._place == EXPLAIN:
            explain = self.explain_page
            return Buttons(
                say("explain.explain"),
                explain.ready,
                primary=explain.found is None,
                reason=page.blocked_reason(),
            )
        if self._place == Page.CHECK:
            return self._check_buttons()
        if self._place == Page.USE:
            return Buttons(say("window.finish"), back=False)
        last = self._place in (Page.KEY, Page.FILE)
        ready = following(Page(self._place), draft) is not None and not self._endpoint_trouble
        text = say("window.check" if last else "window.continue")
        reason = self._endpoint_trouble or page.blocked_reason()
        return Buttons(text, ready, back=last, cancel=True, reason=reason)

    def _check_buttons(self) -> Buttons:
        check = self.check_page
        if check.running:
            return Buttons(say("window.continue"), False, cancel=True, stops=True)
        if following(Page.CHECK, self.draft) is not None:
            return Buttons(say("window.continue"))
        if check.card_repeats:
            return Buttons()
        text = say("window.check" if check.phase == "idle" else "window.again")
        return Buttons(text, self.draft.access is not None, primary=not check.card_is_main)

    # ---- what the person does

    def change(self, draft: Draft) -> None:
        if draft is self.draft:
            return
        if draft.report is None and self.check_page_running():
            self.check_page.stop()
        self.draft = draft
        self.refresh()

    def check_page_running(self) -> bool:
        return Page.CHECK in self._pages and self.check_page.running

    def go_on(self) -> None:
        """The footer's main button, Return in the key's field and Ctrl+Return."""
        if not (self.footer.next.isVisibleTo(self) and self.footer.next.isEnabled()):
            return
        if self._place == EXPLAIN:
            self.explain_page.explain()
        elif self._place == TRAP:
            self.check_again()
        elif self._place == Page.USE:
            self.close()
        elif self._place == Page.CHECK and following(Page.CHECK, self.draft) is None:
            self.check_again()
        else:
            place = following(Page(self._place), self.draft)
            if place is Page.CHECK and not (self.draft.report and self.draft.report.kept):
                # "Check and save" asks anew: what stood in the way may have been set right meanwhile.
                self.check_again()
            elif place is not None:
                self.go(place)

    def go_back(self) -> None:
        if self._place in (TRAP, EXPLAIN):
            self.go(self._return)
            return
        if self._place == Page.CHECK:
            self.check_page.stop()
        place = preceding(Page(self._place), self.draft)
        if place is not None:
            self.go(place)

    def cancel(self) -> None:
        """End a running check at once; otherwise close the window."""
        if self.check_page_running():
            self.check_page.stop()
            self.refresh()
            self.footer.next.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.close()

    def escape(self) -> None:
        """End a running check, or leave a page that lies beside the way; never close the window."""
        if self.check_page_running():
            self.cancel()
        elif self._place in (TRAP, EXPLAIN):
            self.go_back()

    def check_again(self) -> None:
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
        url = routes.link(page, facts or {})
        if url is not None:
            self._opener(url)

    def open_trap(self, cause: str | None, facts: Mapping[str, str]) -> None:
        self.trap_page.show_trap(cause, facts, self.draft.report if cause else None)
        self.go(TRAP)

    def open_entry(self, service: Service | None = None) -> None:
        """The page where this service's credential is given, ready to be replaced."""
        if service is not None:
            self.change(self.draft.with_service(service))
        self.go(entry(self.draft))
        self.key_page.field.edit.selectAll()

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
        self.take(recognise(text))

    def take_path(self, path: Path) -> None:
        from gemini_setup.blocking import blocking

        self.work.ask(partial(blocking, partial(read_file, path)), partial(self._read, path))

    def _read(self, path: Path, found: Recognised) -> None:
        if found.what is What.NOTHING:
            self.go(Page.FILE if self._place == Page.FILE else self._place)
            self.say(say("what.nothing"))
            return
        self.take(found, path)

    def take(self, found: Recognised, path: Path | None = None) -> None:
        """To the page where it belongs, with it; what belongs nowhere is said and changes nothing."""
        draft, place = receive(self.draft, found, path)
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

    def say(self, text: str) -> None:
        """A passing word above the page."""
        self.banners.say(text)

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
        except routes.NotAnAddress as error:
            endpoints = Endpoints()
            self._endpoint_trouble = say("window.endpoint_bad", why=str(error))
            self.banners.show_endpoint(self._endpoint_trouble, trouble=True)
        if self.draft.endpoints != endpoints:
            self.draft = Draft(profile=self.draft.profile, service=self.draft.service, endpoints=endpoints)
        if demonstration:
            self.rail.set_foot(say("rail.foot_demonstration"))
        elif endpoints:
            self.custom_endpoint = True
            addresses = (endpoints.gemini, endpoints.vertex, endpoints.token)
            hosts = dict.fromkeys(urlsplit(address).netloc for address in addresses if address)
            self.banners.show_endpoint(say("window.endpoint", hosts=", ".join(hosts)))
            self.rail.set_foot(say("rail.foot_custom"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that scroll do so wherever the keyboard stands, also at the foot."""
        action = _SCROLLS.get(event.key())
        if action is None:
            super().keyPressEvent(event)
        else:
            self._page(self._place).verticalScrollBar().triggerAction(action)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and not self.isActiveWindow()
            and Page.KEY in self._pages
        ):
            self.key_page.field.conceal()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()
        if self._work is not None:
            self._work.shutdown()
        event.accept()
        QTimer.singleShot(0, QApplication.quit)

    def sizeHint(self) -> QSize:
        return QSize(960, 660)


_SCROLLS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}

_PAGES: dict[str, tuple[str, str]] = {
    Page.CHOOSE: ("choose", "ChoosePage"),
    Page.KEY: ("key", "KeyPage"),
    Page.FILE: ("file", "FilePage"),
    Page.CHECK: ("check", "CheckPage"),
    Page.USE: ("use", "UsePage"),
    TRAP: ("trap", "TrapPage"),
    EXPLAIN: ("explain", "ExplainPage"),
}
