"""One place that a tool reads: what is written there, how it is, and the buttons for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, Flow
from gemini_setup.gui.components.widgets import Notice, column, empty
from gemini_setup.gui.presenters import deliveries
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Code, Paragraph, announce, name, set_tone
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.system.git import GitStatus

if TYPE_CHECKING:
    from gemini_setup.delivery import Note, Offer

#: Notes that are shown in another way than as a sentence: by the path, and by what git knows.
_SHOWN_ELSEWHERE: Final = ("not-ignored",)
_LARGE: Final = 1.5  # from this size of text on, buttons stand beneath a row instead of beside it
_WARNINGS: Final = ("open-to-others", "shadows")


class ToolRow(QWidget):
    """One place: what is written there, its state, and its buttons. `running` while something is done to it.

    `thing` is the person's word for the credential, `profile` whose it is. What a press asks for is emitted.
    """

    connect_wanted = Signal()
    stop_wanted = Signal()
    disconnect_wanted = Signal()
    ignore_wanted = Signal()

    def __init__(self, identifier: str, thing: str, profile: str) -> None:
        super().__init__()
        name(self, identifier)
        self._thing, self._profile = thing, profile
        self.offer: Offer | None = None
        self.running = False
        self._told: list[str] = []  # the notes, as they are read out
        self._title = Paragraph("", theme.STRONG, leading=1.3)
        self._places = Code(leading=1.3)
        set_tone(self._places, "muted")
        self._places.at_end = (
            QGuiApplication.isRightToLeft()
        )  # a path reads from left to right, on the text's side
        self._notes = QWidget()
        self._notes_column = column(self._notes, 2)
        self.status = Notice(f"{identifier}.status")
        self.do = Button(f"{identifier}.do", say("handing.do"))
        self.undo = Button(f"{identifier}.undo", say("handing.undo"))
        self.ignore = Button(f"{identifier}.ignore", say("handing.ignore"))
        buttons = QWidget()
        beside = theme.scale() < _LARGE
        inner = column(buttons, 2 * theme.GAP) if beside else Flow(2 * theme.GAP, buttons)
        for button in self.controls:
            inner.addWidget(button)
            inner.setAlignment(button, Qt.AlignmentFlag.AlignTrailing)
            button.hide()
        texts = QVBoxLayout()
        texts.setSpacing(theme.GAP)
        for widget in (self._title, self._places, self._notes, self.status):
            texts.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 12)
        layout.setSpacing(12)
        layout.addLayout(texts, 1)
        if beside:
            layout.addWidget(buttons, 0, Qt.AlignmentFlag.AlignTop)
        else:
            texts.addWidget(buttons)
        self.do.clicked.connect(self._do)
        self.undo.clicked.connect(self.disconnect_wanted)
        self.ignore.clicked.connect(self.ignore_wanted)

    @property
    def controls(self) -> tuple[Button, ...]:
        return (self.do, self.undo, self.ignore)

    # ---- what is shown

    def show_offer(self, offer: Offer, said: tuple[str, str] | None = None) -> None:
        """`said` is a state's colour and a sentence that is shown for it; else the offer says how it is."""
        focused = next((button for button in self.controls if button.hasFocus()), None)
        self.offer, self.running = offer, False
        tool = deliveries.title(offer.tool)
        self._title.setText(tool)
        places = [deliveries.short(place) for place in offer.places if not deliveries.is_entry(place)]
        self._places.setText("\n".join(places))
        self._places.setVisible(bool(places))
        self._show_notes(offer)
        self._show_status(*(said or self._state(offer)))
        self._buttons(offer)
        for button, key in ((self.do, "do"), (self.undo, "undo")):
            button.setAccessibleName(say(f"handing.{key}_name", tool=self._spoken(offer)))
        self.ignore.setAccessibleName(
            say("handing.ignore_name", file=deliveries.short(str(offer.file or "")))
        )
        if focused is not None and focused.isHidden():
            self.focus()

    def _spoken(self, offer: Offer) -> str:
        """The tool; a file that is no tool's own with its path, as there may be several."""
        return deliveries.title(offer.tool) if offer.file is None else deliveries.short(str(offer.file))

    def _state(self, offer: Offer) -> tuple[str, str]:
        from gemini_setup.delivery import DeliveryError

        if offer.mine is not None and offer.mine.trouble:
            why = deliveries.trouble(offer.tool, offer.places[0], offer.mine.trouble)
            return "amber", say("handing.has_old", why=why)
        if isinstance(offer.fault, DeliveryError) and offer.fault.id == "not-here":
            return "muted", say("handing.by_hand", how=cause_texts.text("delivery.instructions", offer.tool))
        if offer.fault is not None:
            return "amber", deliveries.reason(offer.tool, offer.fault)
        if offer.mine is not None:
            return "green", say("handing.has_follows", thing=self._thing)
        if offer.owner:
            key = "has_earlier" if offer.owner == self._profile else "has_other"
            return "muted", say(f"handing.{key}", profile=offer.owner)
        return "muted", ""

    def _show_status(self, tone: str, text: str, icon: str = "") -> None:
        self.status.show_text(text, tone, icon or ("help" if tone == "muted" else ""))
        offer = self.offer
        if offer is not None:
            place = joined(map(deliveries.short, offer.places))
            spoken = say("handing.place_name", tool=deliveries.title(offer.tool), place=place)
            self.setAccessibleName(" ".join((spoken, *self._told, text)).strip())

    def _show_notes(self, offer: Offer) -> None:
        """What to know before; where it is delivered, only that it is plain text and what git knows."""
        empty(self._notes_column)
        self._told = []
        for note in offer.notes:
            if note.id in _SHOWN_ELSEWHERE or (
                offer.mine is not None and note.id not in ("plain-text", "shadows")
            ):
                continue
            self._note(self._note_text(note), *_look_of(note.id))
        if offer.git is GitStatus.UNTRACKED:
            self._note(say("file.git.untracked"), "amber", "warning")
        elif offer.git is GitStatus.IGNORED and offer.tool == "dotenv":
            self._note(say("handing.ignored"), "muted", "check")
        self._notes.setVisible(bool(self._notes_column.count()))

    def _note_text(self, note: Note) -> str:
        return deliveries.sentence(
            "notes", note.id, {key: deliveries.short(fact) for key, fact in note.facts.items()}
        )

    def _note(self, text: str, tone: str, icon: str) -> None:
        notice = Notice()
        notice.show_text(text, tone, icon)
        notice.setAccessibleName(text)
        self._told.append(text)
        self._notes_column.addWidget(notice)

    def _buttons(self, offer: Offer) -> None:
        owed = offer.mine is not None and not offer.mine.trouble and offer.fault is None
        other = bool(offer.owner) and offer.owner != self._profile
        by_hand = getattr(offer.fault, "id", "") == "not-here"
        self.do.setText(say("handing.do"))
        self.do.setVisible(not owed and not other and not by_hand)
        self.undo.setText(say("handing.undo_other" if offer.owner else "handing.undo"))
        self.undo.setVisible(offer.mine is not None or bool(offer.owner))
        self.ignore.setVisible(offer.git is GitStatus.UNTRACKED)

    def show_busy(self, busy: bool) -> None:
        for button in self.controls:
            button.setEnabled(not busy or (self.running and button is self.do))

    def focus(self) -> None:
        button = next((button for button in self.controls if not button.isHidden()), None)
        if button is not None:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what is done

    def _do(self, _checked: bool = False) -> None:
        (self.stop_wanted if self.running else self.connect_wanted).emit()

    def file(self) -> Path | None:
        """One of the files of the place: it names a delivery where a tool has several."""
        places = self.offer.places if self.offer is not None else ()
        return next((Path(place) for place in map(os.path.expanduser, places) if os.path.isabs(place)), None)

    def begin(self, text: str) -> None:
        """Something is done to it now. The keyboard stays in the row, at what stops it."""
        assert self.offer is not None
        self.running = True
        self._show_status("muted", text, "clock")
        focused = any(button.hasFocus() for button in self.controls)
        self.do.setText(say("handing.stop"))
        self.do.setAccessibleName(say("handing.stop_name", tool=self._spoken(self.offer)))
        self.do.show()
        if focused:
            self.do.setFocus(Qt.FocusReason.OtherFocusReason)
        self.undo.hide()
        self.ignore.hide()
        announce(self, text)

    def end(self, offer: Offer, said: tuple[str, str], *, failed: bool = False) -> None:
        """How it is now, and the colour and the sentence of what came of it."""
        self.show_offer(offer, said)
        announce(self, said[1], assertive=failed)


def _look_of(note: str) -> tuple[str, str]:
    if note in _WARNINGS:
        return "amber", "warning"
    return "muted", "lock" if note in ("keychain", "setting") else "file"
