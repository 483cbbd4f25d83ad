"""What holds above every page: the demonstration, a custom endpoint, and what waits for the person there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from gemini_setup.gui.components.banner import Banner
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.widgets import column
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import announce
from gemini_setup.gui.texts import say

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Story


class Banners(QWidget):
    """Takes no room while there is nothing to say. `stories` is None where this is no demonstration."""

    found_opens = Signal()

    def __init__(self, tell: Callable[[Story], None], stories: Sequence[Story] | None) -> None:
        super().__init__()
        self._tell = tell
        self._stories = list(stories or ())
        outer = QHBoxLayout(self)
        outer.setContentsMargins(theme.margin(), 12, theme.margin(), 0)
        inside = QWidget()
        inside.setMaximumWidth(theme.column())
        outer.addStretch(0)
        outer.addWidget(inside, 1)
        outer.addStretch(0)
        layout = column(inside, 2 * theme.GAP)
        self.found = Banner("banner.found", "accent", "key")
        show = Button("banner.found.show", say("window.show_found"))
        show.clicked.connect(self.found_opens)
        self.found.add(show)
        self.found.add_close()
        self.found.closed.connect(partial(self.show_found, ""))
        self.address = Banner("banner.address", "amber", "warning")
        self._url = ""
        self.copy_address = Button("banner.address.copy", say("window.copy_address"), "plain", "copy")
        self.copy_address.clicked.connect(self._copy_address)
        self.address.add(self.copy_address)
        self.address.add_close()
        self.address.closed.connect(partial(self.show_address, ""))
        self.endpoint = Banner("banner.endpoint", "accent", "external")
        self.demonstration = Banner("banner.demonstration", "accent", "play")
        for banner in (self.demonstration, self.endpoint, self.found, self.address):
            layout.addWidget(banner)
            banner.hide()
        if stories is not None:
            self.demonstration.set_text(say("window.demonstration"))
            self.demonstration.show()
            if self._stories:
                from gemini_setup.gui.components.combo_box import Combo

                titles = [say("window.story"), *(story.title for story in self._stories)]
                self.story = Combo("story", say("window.story_name"), titles)
                self.story.setMaximumWidth(round(280 * theme.scale()))
                self.demonstration.add(self.story)
                self.story.activated.connect(self._chosen)
        if stories is None:
            self.hide()

    def show_endpoint(self, text: str, *, trouble: bool = False) -> None:
        self.endpoint.set_text(text)
        if trouble:
            self.endpoint.set_sign("red", "warning")
        self.endpoint.show()
        self._fit()

    def show_found(self, text: str) -> None:
        """Saved keys that the list had lost; "" takes it away."""
        self.found.set_text(text)
        self.found.setVisible(bool(text))
        if text:
            announce(self, text)
        self._fit()

    def show_address(self, url: str) -> None:
        """An address that no browser opened, to be copied; "" takes it away."""
        self._url = url
        text = say("window.no_browser", address=url) if url else ""
        self.address.set_text(text)
        self.copy_address.setText(say("window.copy_address"))
        self.address.setVisible(bool(url))
        if url:
            announce(self, text)
        self._fit()

    def _copy_address(self, _checked: bool = False) -> None:
        QApplication.clipboard().setText(self._url)
        self.copy_address.setText(say("common.copied"))

    def _chosen(self, index: int) -> None:
        if index > 0:
            self._tell(self._stories[index - 1])

    def _fit(self) -> None:
        banners = (self.demonstration, self.endpoint, self.found, self.address)
        self.setVisible(any(not banner.isHidden() for banner in banners))
