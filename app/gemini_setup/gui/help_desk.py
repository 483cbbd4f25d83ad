"""Documentation, a report about a problem, and new versions: each is a page that is opened when it is asked for.

Nothing is fetched, and a report holds nothing but versions. Where the project names no page (`about.LINKS`), what helps
without one takes its place.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages

if TYPE_CHECKING:
    from gemini_setup.gui.announcements import Announcements
    from gemini_setup.gui.background.lazy_worker import LazyWorker
    from gemini_setup.gui.links import BrowserLinks

DOCUMENTATION, REPORT, UPDATES = "documentation", "report", "updates"
_LONGEST: Final = 2000  # characters of an address that every browser takes


class HelpDesk(QObject):
    def __init__(
        self,
        links: BrowserLinks,
        worker: LazyWorker,
        announcer: Announcements,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._links, self._worker, self._announcer = links, worker, announcer

    @property
    def entries(self) -> tuple[str, ...]:
        """What can be asked for here: no entry leads nowhere."""
        there = _links()
        return tuple(name for name in (DOCUMENTATION, REPORT, UPDATES) if name != UPDATES or there[UPDATES])

    def icon(self, entry: str) -> str:
        """What comes of asking for it: a page, or text on the clipboard."""
        return "copy" if entry == REPORT and not _links()[REPORT] else "external"

    def ask(self, entry: str) -> None:
        match entry:
            case "documentation":
                self._document()
            case "report":
                from gemini_setup.doctor.system_info import versions
                from gemini_setup.system.threads import blocking

                self._worker.ask(partial(blocking, versions), self._report, _nothing)
            case "updates":
                self._links.open_address(_links()[UPDATES])

    def _document(self) -> None:
        page = _links()[DOCUMENTATION] or _beside_us()
        if page:
            self._links.open_address(page)
        else:
            self._announcer.say(say("help.no_documentation"))

    def _report(self, versions: dict[str, str]) -> None:
        text = "".join(f"{name} {version}\n" for name, version in versions.items())
        form = _links()[REPORT]
        if form:
            self._links.open_address(f"{form}?body={quote(text)}"[:_LONGEST])
        else:
            QApplication.clipboard().setText(text)
            self._announcer.say(say("help.copied"), good=True)


def _links() -> dict[str, str]:
    from gemini_setup import about

    return about.LINKS


def _beside_us() -> str:
    """The README of a checkout, as an address; "" in an installed program, which has none."""
    file = Path(messages.folder()).parent / "README.md"
    return file.as_uri() if file.is_file() else ""


def _nothing(_: BaseException) -> None:
    """Versions that cannot be read are not reported."""
