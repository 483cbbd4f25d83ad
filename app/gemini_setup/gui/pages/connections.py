"""Use what is kept: texts to copy, and the tools here that it can be handed over to and taken back from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gemini_setup.gui.components.snippet_tabs import SnippetTabs
from gemini_setup.gui.components.tool_list import ToolList, chain
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Label
from gemini_setup.gui.texts import say
from gemini_setup.gui.tool_session import ToolSession
from gemini_setup.model.credentials import Profile
from gemini_setup.system.threads import blocking
from gemini_setup.usage.snippets import Use

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Background, Exclusive, Navigation, ProfileActions
    from gemini_setup.gui.subjects import Connecting


class HandingPage(PageView):
    id = "handing"
    step = None

    def __init__(
        self,
        navigation: Navigation,
        profiles: ProfileActions,
        background: Background,
        exclusive: Exclusive,
        core: Core,
    ) -> None:
        self.navigation, self.profiles, self.background, self.exclusive, self.core = (
            navigation,
            profiles,
            background,
            exclusive,
            core,
        )
        super().__init__()

    def build(self) -> None:
        self.set_title(say("handing.title"))
        self._subject: Connecting | None = None  # the visit that is shown
        self._question = 0
        self.handing = ToolList("handing")
        self._connecting = ToolSession(
            self.handing, self, self.navigation, self.profiles, self.background, self.exclusive, self.core
        )
        self.put(self.handing)
        self._heading = Label(say("use.tabs"), theme.STRONG)
        self._heading.hide()
        self.put(self._heading, 24)
        self.snippets = SnippetTabs("handing.use")
        self.snippets.grown.connect(self._order)
        self.put(self.snippets, 4)
        self.handing.changed.connect(self._tools_changed)

    def _tools_changed(self) -> None:
        self._order()

    def arrive(self) -> None:
        subject = self.navigation.subjects.connecting
        if subject is not None and subject is not self._subject:
            self._subject = subject
            self._show(subject.row)

    def _show(self, row: Profile) -> None:
        self.set_title(
            say("handing.title"), say("handing.lead", thing=profile_row.thing(row), profile=row.name)
        )
        self._show_uses(())
        self._connecting.show_profile(row, patient=True)
        self.background.forget(self._question)
        self._question = self.background.ask(
            partial(blocking, partial(self.core.uses_of, row)), self._show_uses, _nothing
        )

    def _show_uses(self, uses: Sequence[Use]) -> None:
        self.snippets.show_uses(uses)
        self._heading.setVisible(bool(uses))
        self._order()

    def _order(self) -> None:
        """What came later stands between what was there: Tab goes down the page."""
        chain((*self.handing.controls(), *self.snippets.controls()))

    def show_busy(self, busy: bool) -> None:
        self.handing.show_busy(busy)

    def entered(self) -> None:
        self._connecting.entered()

    def left(self) -> None:
        self.background.forget(self._question)
        self._connecting.left()

    def look_again(self) -> None:
        self._connecting.look_again()

    def first_focus(self) -> QWidget | None:
        return next(iter(self.handing.controls()), None)


def _nothing(_: BaseException) -> None:
    """The keyring did not give it: the list of tools says so."""
