"""The window as tests drive it: pressed and read by accessible identifiers, and with its parts at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QWidget

from gemini_setup.gui import main
from gemini_setup.gui.announcements import Word
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.page_pool import PAGES
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.pages.saved_keys import ProfileCard
from gemini_setup.gui.window import Window
from gemini_setup.model.credentials import Profile, Service
from gemini_setup.wizard.flow import Draft, Page
from gemini_setup.wizard.navigator import ABOUT, CONFIRM, EXPLAIN, PLAN, ROTATION, TRAP

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core, Story
    from gemini_setup.gui.background.worker import Work
    from gemini_setup.gui.check_session import CheckSession
    from gemini_setup.gui.pages.all_set import UsePage
    from gemini_setup.gui.pages.check import CheckPage
    from gemini_setup.gui.pages.confirm import ConfirmPage
    from gemini_setup.gui.pages.explain import ExplainPage
    from gemini_setup.gui.pages.google_plan import PlanPage
    from gemini_setup.gui.pages.key import KeyPage
    from gemini_setup.gui.pages.rotation import RotationPage
    from gemini_setup.gui.pages.saved_keys import HomePage
    from gemini_setup.gui.pages.trap import TrapPage
    from gemini_setup.gui.presenters.confirmations import Question
    from gemini_setup.vault.faults import VaultFault


def open_window(
    core: Core,
    *,
    profile: str = "",
    stories: Sequence[Story] | None = None,
    work: Work | None = None,
    opener: Callable[[str], bool] | None = None,
) -> Driver:
    """The whole window, put together as the program does it."""
    made = main.assemble(core, profile=profile, stories=stories, work=work, opener=opener, frame=Driver)
    assert isinstance(made, Driver)
    return made


def rested(button: QWidget) -> None:
    """Wait until a button that has come up under the pointer takes presses."""
    while isinstance(button, Button) and button.rests:
        QTest.qWait(20)


class Driver(Window):
    # ---- by identifier, as an assistive tool finds it

    def widget(self, identifier: str) -> QWidget:
        widget = self.findChild(QWidget, identifier)
        assert widget is not None, f"no {identifier}"
        return widget

    def press(self, identifier: str) -> None:
        """Click a button that is shown and enabled, scrolled to if need be."""
        button = self.widget(identifier)
        assert isinstance(button, QPushButton), identifier
        assert button.isVisible(), f"{identifier} is hidden"
        assert button.isEnabled(), f"{identifier} is off"
        page = self.page(self.place)
        if page.isAncestorOf(button):
            page.bring_into_view(button)
            QApplication.sendPostedEvents()
        rested(button)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, identifier: str, entry: str) -> None:
        """Open a button's menu and choose an entry of it by the keyboard."""
        self.press(identifier)
        menu = self.menu(identifier)
        found = [action for action in menu.actions() if action.objectName() == f"{identifier}.{entry}"]
        assert found, f"no {entry} in {[action.text() for action in menu.actions()]}"
        menu.setActiveAction(found[0])
        QTest.keyClick(menu, Qt.Key.Key_Return)

    def menu(self, identifier: str) -> QMenu:
        found = self.widget(identifier).findChild(QMenu)
        assert found is not None, f"{identifier} has no menu"
        return found

    def fill(self, identifier: str, text: str) -> None:
        """Type into a field in place of what it holds."""
        field = self.widget(identifier)
        assert isinstance(field, QLineEdit), identifier
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)

    def title(self) -> str:
        """Of the page that is shown, as a screen reader says it."""
        return self.page(self.place).accessibleName()

    def rows(self) -> list[str]:
        """The saved keys that are listed."""
        cards = [card for card in self.findChildren(ProfileCard) if card.isVisible()]
        return [card.objectName().removeprefix("home.") for card in cards]

    def text_of(self, identifier: str) -> str:
        """What stands in a field."""
        field = self.widget(identifier)
        assert isinstance(field, QLineEdit), identifier
        return field.text()

    def is_on(self, identifier: str) -> bool:
        return self.widget(identifier).isEnabled()

    def shows(self, identifier: str) -> bool:
        widget = self.findChild(QWidget, identifier)
        return widget is not None and widget.isVisible()

    def name_of(self, identifier: str) -> str:
        """What a screen reader says of it."""
        return self.widget(identifier).accessibleName()

    def texts(self) -> list[str]:
        """What is shown as text."""
        return [label.text() for label in self.findChildren(QLabel) if label.isVisible()]

    def tell(self, text: str, *, good: bool = False, undo: Callable[[], None] | None = None) -> None:
        self.say(Word(text, good, undo))

    # ---- its parts

    @property
    def is_turning(self) -> bool:
        """Whether the page in the new language is still to come."""
        return self._turning.isActive()

    @property
    def check(self) -> CheckSession:
        return self.controller.session

    @property
    def work(self) -> Work:
        return self.worker.work

    def page(self, place: str) -> PageView:
        return self.pool.page(place)

    def build_pages(self) -> None:
        """All there are, also those that the program makes only when they are needed."""
        while self.pool.build_next(self.draft):
            pass
        for place in PAGES:
            if self.pool.standing(place) is None:
                self.page(place).render_draft(self.draft)

    def go(self, place: str) -> None:
        self.controller.go(place)

    def go_back(self) -> None:
        self.controller.back()

    def change(self, draft: Draft) -> None:
        self.controller.change(draft)

    def open_about(self) -> None:
        self.controller.go(ABOUT)

    def open_trap(self, cause: str | None, facts: Mapping[str, str]) -> None:
        self.controller.open_trap(cause, facts)

    def open_entry(self, service: Service | None = None) -> None:
        self.controller.open_entry(service)

    def check_again(self) -> None:
        self.controller.check_again()

    def cancel(self) -> None:
        self.controller.cancel()

    def explain(self, text: str) -> None:
        self.controller.explain(text)

    def open_fault(self, error: VaultFault, again: Callable[[], None]) -> None:
        self.profiles.open_fault(error, again)

    def ask_for_plain_text(self) -> None:
        self.profiles.ask_for_plain_text()

    def check_kept(self, row: Profile) -> None:
        self.controller.check_kept(row)

    def keep_anyway(self) -> None:
        self.controller.keep_anyway()

    def add_another(self) -> None:
        self.controller.add_another()

    def replace(self, row: Profile) -> None:
        self.profiles.replace(row)

    def prove(self, row: Profile) -> None:
        self.profiles.prove(row)

    def roll_back(self, row: Profile) -> None:
        self.profiles.roll_back(row)

    def erase_old(self, row: Profile, *, sure: bool = False) -> None:
        self.profiles.erase_old(row, sure=sure)

    def remove(self, row: Profile) -> None:
        self.profiles.remove(row)

    def hand_over(self, row: Profile) -> None:
        self.profiles.hand_over(row)

    def ask(self, question: Question) -> None:
        self.profiles.ask(question)

    def take_text(self, text: str) -> None:
        self._receiver.take_text(text)

    def take_path(self, path: Path) -> None:
        self._receiver.take_path(path)

    def open_page(self, page: str, facts: Mapping[str, str] | None = None) -> None:
        self._links.open_page(page, facts)

    # ---- pages, where what is tested is how one looks

    @property
    def home_page(self) -> HomePage:
        return cast("HomePage", self.page(Page.HOME))

    @property
    def key_page(self) -> KeyPage:
        return cast("KeyPage", self.page(Page.KEY))

    @property
    def check_page(self) -> CheckPage:
        return cast("CheckPage", self.page(Page.CHECK))

    @property
    def use_page(self) -> UsePage:
        return cast("UsePage", self.page(Page.USE))

    @property
    def trap_page(self) -> TrapPage:
        return cast("TrapPage", self.page(TRAP))

    @property
    def explain_page(self) -> ExplainPage:
        return cast("ExplainPage", self.page(EXPLAIN))

    @property
    def rotation_page(self) -> RotationPage:
        return cast("RotationPage", self.page(ROTATION))

    @property
    def confirm_page(self) -> ConfirmPage:
        return cast("ConfirmPage", self.page(CONFIRM))

    @property
    def plan_page(self) -> PlanPage:
        return cast("PlanPage", self.page(PLAN))
