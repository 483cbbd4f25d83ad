"""Opens Google's pages, and this project's, in the browser, and says which address no browser opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gemini_setup.google import urls

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Background


class BrowserLinks(QObject):
    """`opener` takes the browser's place: it is given an address and returns whether it opened it.

    `unopened` carries an address for the person to copy, or "" when another page is being opened.
    """

    unopened = Signal(str)

    def __init__(
        self, background: Background, opener: Callable[[str], bool] | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._opener = opener

    def open_page(self, page: str, facts: Mapping[str, str] | None = None) -> None:
        url = urls.link(page, facts or {})
        if url is not None:
            self.open_address(url)

    def open_address(self, url: str) -> None:
        """One of Google's, or of this project's own: nothing that was typed or pasted."""
        self.unopened.emit("")
        opened = partial(self._opened, url)
        if self._opener is not None:
            opened(self._opener(url))
            return
        from gemini_setup.gui import browser
        from gemini_setup.system.threads import blocking

        self._background.ask(partial(blocking, partial(browser.open_page, url)), opened)

    def _opened(self, url: str, opened: bool) -> None:
        if not opened:
            self.unopened.emit(url)
