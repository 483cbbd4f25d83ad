"""The tools that a credential can be connected to: a row each, and buttons for places that the person names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gemini_setup.gui.components.buttons import Button, Flow, link
from gemini_setup.gui.components.tool_row import ToolRow
from gemini_setup.gui.components.widgets import Card, Notice, column, empty, hairline
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import announce
from gemini_setup.gui.texts import say
from gemini_setup.model.credentials import Kind, Profile

if TYPE_CHECKING:
    from gemini_setup.delivery import Offer

#: Which files a credential of a kind can be written to, where the person asks for it.
_FILE_TOOLS: dict[Kind | None, tuple[str, ...]] = {Kind.API_KEY: ("dotenv",), Kind.SERVICE_ACCOUNT: ("adc",)}


class ToolList(QWidget):
    """The list for one profile. `prefix` begins its identifiers. What a press asks for is emitted.

    `connect_wanted`, `stop_wanted`, `disconnect_wanted` and `ignore_wanted` carry the row; `picked` carries the tool's
    id and the path that the person chose for it. Nothing has been written then.
    """

    changed = Signal()  # other controls are there now: the order of Tab is to be set again
    look_wanted = Signal()
    connect_wanted = Signal(object)
    stop_wanted = Signal(object)
    disconnect_wanted = Signal(object)
    ignore_wanted = Signal(object)
    picked = Signal(str, object)

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix
        self._profile = self._thing = ""
        self.takes_files: tuple[str, ...] = ()
        self.rows: dict[tuple[str, str], ToolRow] = {}
        self.status = Notice(f"{prefix}.status")
        self.again = Button(f"{prefix}.again", say("handing.again"))
        self.again.hide()
        self.card = Card()
        self._list = column(self.card, 0, (16, 4, 16, 4))
        self.card.hide()
        asked = QWidget()
        flow = Flow(2 * theme.GAP, asked)
        self.dotenv = link(f"{prefix}.choose_dotenv", say("handing.dotenv"), "file")
        self.adc = link(f"{prefix}.choose_adc", say("handing.adc"), "file")
        self.adc.setAccessibleName(say("handing.adc_name"))
        for button in (self.dotenv, self.adc):
            flow.addWidget(button)
            button.hide()
        layout = column(self, 2 * theme.GAP)
        for widget in (self.status, self.card):
            layout.addWidget(widget)
        layout.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(asked)
        self.again.clicked.connect(self.look_wanted)
        self.dotenv.clicked.connect(self._choose_folder)
        self.adc.clicked.connect(self._choose_file)

    def begin(self, row: Profile | None) -> None:
        """An empty list, for that profile."""
        self._profile = row.name if row is not None else ""
        self._thing = profile_row.thing(row) if row is not None else ""
        self.takes_files = _FILE_TOOLS.get(row.kind, ()) if row is not None else ()
        self._clear()
        self.dotenv.setVisible("dotenv" in self.takes_files)
        self.adc.setVisible("adc" in self.takes_files)

    def show_looking(self, text: str) -> None:
        """`text` is said while the tools are looked for; "" for what takes no time that anybody notices."""
        self.again.hide()
        if text:
            self.status.show_text(text, "muted", "clock")

    def show_offers(self, offers: Sequence[Offer], *, patient: bool) -> None:
        """`patient`: the list is what the page is about, so an empty one is told."""
        self._clear()
        for offer in offers:
            self._put(offer)
        text = ""
        if patient and not offers:
            text = say("handing.none_here") if self.takes_files else say("handing.none", thing=self._thing)
        self.status.show_text(text, "muted", "question")
        self.changed.emit()

    def show_trouble(self, text: str, *, again: bool) -> None:
        """Why there is no list, and whether to look again can help."""
        self.status.show_text(text, "amber")
        self.again.setVisible(again)
        announce(self, text, assertive=True)

    def add(self, offer: Offer) -> ToolRow:
        """One more, of a place that the person named."""
        self.status.show_text("")
        row = self._put(offer)
        self.changed.emit()
        announce(self, row.accessibleName())
        return row

    def _clear(self) -> None:
        empty(self._list)
        self.rows = {}
        self.card.hide()

    def _put(self, offer: Offer) -> ToolRow:
        key = (offer.tool, str(offer.file or ""))
        if key not in self.rows:
            if self.rows:
                self._list.addWidget(hairline())
            count = sum(1 for tool, _ in self.rows if tool == offer.tool)
            identifier = f"{self.prefix}.{offer.tool}{f'.{count + 1}' if count else ''}"
            row = self.rows[key] = ToolRow(identifier, self._thing, self._profile)
            row.connect_wanted.connect(partial(self.connect_wanted.emit, row))
            row.stop_wanted.connect(partial(self.stop_wanted.emit, row))
            row.disconnect_wanted.connect(partial(self.disconnect_wanted.emit, row))
            row.ignore_wanted.connect(partial(self.ignore_wanted.emit, row))
            self._list.addWidget(row)
        self.rows[key].show_offer(offer)
        self.card.show()
        return self.rows[key]

    def controls(self) -> list[Button]:
        """In the order of Tab."""
        inside = [button for row in self.rows.values() for button in row.controls]
        return [button for button in (*inside, self.again, self.dotenv, self.adc) if not button.isHidden()]

    def show_busy(self, busy: bool) -> None:
        for row in self.rows.values():
            row.show_busy(busy)
        for button in (self.again, self.dotenv, self.adc):
            button.setEnabled(not busy)

    def _choose_folder(self, _checked: bool = False) -> None:
        dialog = QFileDialog(self.window(), say("handing.dotenv_choose"), os.path.expanduser("~"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.take_folder)
        dialog.open()

    def _choose_file(self, _checked: bool = False) -> None:
        dialog = QFileDialog(self.window(), say("handing.adc_choose"), os.path.expanduser("~"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(say("handing.adc_filter"))
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # the row says what would be replaced
        dialog.selectFile(say("handing.adc_file"))
        dialog.fileSelected.connect(self.take_file)
        dialog.open()

    def take_folder(self, folder: str) -> None:
        """A project's folder was chosen."""
        if folder:
            self.picked.emit("dotenv", Path(folder) / ".env")

    def take_file(self, file: str) -> None:
        if file:
            self.picked.emit("adc", Path(file))


def chain(controls: Sequence[QWidget]) -> None:
    """Tab goes through them in this order."""
    for one, next_one in pairwise(controls):
        QWidget.setTabOrder(one, next_one)
