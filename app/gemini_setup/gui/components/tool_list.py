"""The tools to hand the credential over to: a row each with what is written where, one button, and the way back.

Everything is done away from the window by `host.doing`; a row shows what was read back, or the one sentence of what stood
in the way. Nothing is written before its button is pressed.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from gemini_setup.gui.components.buttons import Button, Flow, link
from gemini_setup.gui.components.widgets import Card, Notice, column, empty, hairline
from gemini_setup.gui.presenters import deliveries, profile_row
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Code, Paragraph, announce, name
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.model.credentials import Profile
from gemini_setup.system.git import GitStatus
from gemini_setup.system.threads import blocking
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from gemini_setup.delivery import Delivered, Note, Offer, Undone
    from gemini_setup.gui.protocols import Host, Shown

#: Notes that are shown in another way than as a sentence: by the path, and by what git knows.
_SHOWN_ELSEWHERE: Final = ("not-ignored",)
_LARGE: Final = 1.5  # from this size of text on, buttons stand beneath a row instead of beside it
_WARNINGS: Final = ("open-to-others", "shadows")


class ToolList(QWidget):
    """The list for one profile. `prefix` begins its identifiers; `page` is where it stands."""

    changed = Signal()  # other controls are there now: the order of Tab is made anew

    def __init__(self, host: Host, page: Shown, prefix: str) -> None:
        super().__init__()
        self.host, self._page, self.prefix = host, page, prefix
        self._profile = ""
        self.thing = ""
        self._question = 0
        self._patient = self._stale = False
        self._takes_files: tuple[str, ...] = ()
        self.rows: dict[tuple[str, str], ToolRow] = {}
        self.status = Notice(f"{prefix}.status")
        self.again = Button(f"{prefix}.again", say("handing.again"))
        self.again.hide()
        self.card = Card()
        self._list = column(self.card, 0, (16, 4, 16, 4))
        self.card.hide()
        self._asked = QWidget()
        flow = Flow(2 * theme.GAP, self._asked)
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
        layout.addWidget(self._asked)
        self.again.clicked.connect(self._look_again)
        self.dotenv.clicked.connect(self._choose_folder)
        self.adc.clicked.connect(self._choose_file)

    # ---- what is shown

    def show_profile(self, row: Profile | None, *, patient: bool = False) -> None:
        """Look what is here for that profile; `patient` says that the keyring may ask the person meanwhile."""
        self.left()
        self._stale = False
        self._profile = row.name if row is not None else ""
        self._clear()
        if row is None:
            return
        self.thing = profile_row.thing(row)
        self._takes_files = _file_tools(row)
        self.dotenv.setVisible("dotenv" in self._takes_files)
        self.adc.setVisible("adc" in self._takes_files)
        self._patient = patient
        self._look()

    def _look(self) -> None:
        self.again.hide()
        question = partial(blocking, partial(self.host.core.offers, self._profile))
        if self._patient:
            self.status.show_text(say("handing.looking"), "muted", "clock")
            self.host.doing.ask(question, self.show_offers, self._not_found, self)
        else:
            self._question = self.host.work.ask(question, self.show_offers, self._not_found)

    def _look_again(self, _checked: bool = False) -> None:
        self._look()

    def show_offers(self, offers: Sequence[Offer]) -> None:
        self._clear()
        for offer in offers:
            self._put(offer)
        nothing = not offers and not self._takes_files and self._patient
        self.status.show_text(say("handing.none", thing=self.thing) if nothing else "", "muted", "question")
        self.changed.emit()
        first = next(iter(self.controls()), None)
        if self._patient and first is not None and self._page.isVisible():
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _not_found(self, error: BaseException) -> None:
        if isinstance(error, NoSuchProfile):
            text = say("home.gone", profile=self._profile)
        elif isinstance(error, VaultFault):
            text = deliveries.reason("", error)
        else:
            text = say("handing.failed", name=type(error).__name__)
        self.status.show_text(text, "amber")
        self.again.setVisible(not isinstance(error, NoSuchProfile))
        announce(self, text, assertive=True)

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
            self.rows[key] = ToolRow(self, identifier)
            self._list.addWidget(self.rows[key])
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

    def left(self) -> None:
        """Another page comes up: what is under way is stopped."""
        self.host.work.forget(self._question)
        self.host.doing.stop(self)
        for row in self.rows.values():
            if row.running and row.offer is not None:
                row.show_offer(row.offer)
                self._stale = True

    def entered(self) -> None:
        """What was stopped by leaving may have come to its end: look how it is."""
        if self._stale:
            self._stale = False
            self._look()

    # ---- places that the person names

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
        """A project's folder was chosen: what its `.env` would get is shown; nothing is written yet."""
        if folder:
            self._take("dotenv", Path(folder) / ".env")

    def take_file(self, file: str) -> None:
        if file:
            self._take("adc", Path(file))

    def _take(self, tool: str, file: Path) -> None:
        question = partial(self.host.core.offer, tool, self._profile, file)
        self.host.doing.ask(partial(blocking, question), self._taken, self._not_found, self)

    def _taken(self, offer: Offer | None) -> None:
        if offer is None:
            return
        self.status.show_text("")
        row = self._put(offer)
        self.changed.emit()
        announce(self, row.accessibleName())
        self._page.bring_into_view(row)
        row.focus()

    # ---- what the person does

    @property
    def profile(self) -> str:
        return self._profile

    def confirm(self, row: ToolRow, offer: Offer) -> None:
        """What is another profile's is asked for once more, on a page of its own that leads back here."""
        from gemini_setup.gui.presenters.confirmations import take_back_question

        left = "kept" if self.host.profile(offer.owner) is not None else "lost"
        if offer.owner == self._profile:
            left = "earlier"
        place = joined(map(deliveries.short, offer.places))
        sure = partial(self._sure, row)
        self.host.ask(take_back_question(offer.owner, deliveries.title(offer.tool), place, sure, left))

    def _sure(self, row: ToolRow) -> None:
        self.host.go(self._page.id)
        row.take_back()


def _file_tools(row: Profile) -> tuple[str, ...]:
    """Which files a credential of that kind can be written to, where the person asks for it."""
    from gemini_setup.model.credentials import Kind

    tools: dict[Kind | None, tuple[str, ...]] = {Kind.API_KEY: ("dotenv",), Kind.SERVICE_ACCOUNT: ("adc",)}
    return tools.get(row.kind, ())


class ToolRow(QWidget):
    """One place: what is written there, its state, and its buttons. `running` while something is done to it."""

    def __init__(self, list_: ToolList, identifier: str) -> None:
        super().__init__()
        name(self, identifier)
        self._list = list_
        self.offer: Offer | None = None
        self.running = False
        self._told: list[str] = []  # the notes, as they are read out
        self._title = Paragraph("", theme.STRONG, leading=1.3)
        self._places = Code("", tone="muted", leading=1.3)
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
        self.undo.clicked.connect(self._undo)
        self.ignore.clicked.connect(self._ignore)

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
        self._places.setText("\n".join(map(deliveries.short, offer.places)))
        self._places.setVisible(bool(offer.places))
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

        thing = self._list.thing
        if offer.mine is not None and offer.mine.trouble:
            why = deliveries.trouble(offer.tool, offer.places[0], offer.mine.trouble)
            return "amber", say("handing.has_old", why=why)
        if isinstance(offer.fault, DeliveryError) and offer.fault.id == "not-here":
            return "muted", say("handing.by_hand", how=cause_texts.text("delivery.instructions", offer.tool))
        if offer.fault is not None:
            return "amber", deliveries.reason(offer.tool, offer.fault)
        if offer.mine is not None:
            return "green", say("handing.has_follows", thing=thing)
        if offer.owner:
            key = "has_earlier" if offer.owner == self._list.profile else "has_other"
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
        other = bool(offer.owner) and offer.owner != self._list.profile
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
        offer = self.offer
        if offer is None:
            return
        if self.running:
            self._list.host.doing.stop(self._list)
            self._stopped(offer)
        else:
            question = partial(self._list.host.core.hand_over, offer.tool, self._list.profile, offer.file)
            self._begin(say("handing.running"), question, self._handed_over)

    def _undo(self, _checked: bool = False) -> None:
        offer = self.offer
        if offer is not None and offer.owner:
            self._list.confirm(self, offer)
        else:
            self.take_back()

    def take_back(self) -> None:
        offer = self.offer
        if offer is not None:
            call = partial(self._list.host.core.take_back, offer.tool, self._file())
            self._begin(say("handing.undoing"), partial(blocking, call), _taken_back)

    def _ignore(self, _checked: bool = False) -> None:
        file = self._file()
        if file is not None:
            call = partial(self._list.host.core.ignore, file)
            self._begin(say("handing.ignoring"), partial(blocking, call), _ignored)

    def _file(self) -> Path | None:
        """One of the files of the place: it names a delivery where a tool has several."""
        places = self.offer.places if self.offer is not None else ()
        return next((Path(place) for place in map(os.path.expanduser, places) if os.path.isabs(place)), None)

    def _begin(
        self, text: str, question: Callable[[], Awaitable[Any]], said: Callable[[Any], tuple[str, str]]
    ) -> None:
        """Do it away from the window, then see how it is there. The keyboard stays in the row, at what stops it."""
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
        self._list.host.doing.ask(
            partial(_and_then, question, self._looking(self.offer)),
            partial(self._ended, said),
            partial(self._failed, self.offer),
            self._list,
        )

    def _looking(self, offer: Offer) -> Callable[[], Offer | None]:
        return partial(self._list.host.core.offer, offer.tool, self._list.profile, offer.file)

    def _ended(self, said: Callable[[Any], tuple[str, str]], value: tuple[Any, Offer | None]) -> None:
        result, offer = value
        if self.offer is None:
            return
        failed = isinstance(result, BaseException)
        told = ("amber", deliveries.reason(self.offer.tool, result)) if failed else said(result)
        self.show_offer(offer or self.offer, told)
        announce(self, told[1], assertive=failed)
        self._list.changed.emit()

    def _failed(self, offer: Offer, error: BaseException) -> None:
        """It could not even be looked at afterwards."""
        told = ("amber", deliveries.reason(offer.tool, error))
        self.show_offer(offer, told)
        announce(self, told[1], assertive=True)

    def _stopped(self, offer: Offer) -> None:
        """What had begun to be written is written to its end, and seen then."""
        told = ("muted", say("handing.stopped"))
        self.show_offer(offer, told)
        announce(self, told[1])
        seen: Callable[[Offer | None], None] = partial(self._seen, told)
        self._list.host.work.ask(partial(blocking, self._looking(offer)), seen, _nothing)

    def _seen(self, told: tuple[str, str], offer: Offer | None) -> None:
        if offer is not None and not self.running:
            self.show_offer(offer, None if offer.mine != (self.offer and self.offer.mine) else told)
            self._list.changed.emit()

    def _handed_over(self, done: Delivered) -> tuple[str, str]:
        if self.offer is not None and self.offer.file is not None:
            return "green", say("handing.done_file")
        proof = "own-reader" if done.own_reader else "format"
        said = cause_texts.text("delivery.proof", proof, {"tool": deliveries.title(done.tool)})
        return "green", say("handing.done", proof=said)


async def _and_then(
    question: Callable[[], Awaitable[Any]], look: Callable[[], Offer | None]
) -> tuple[Any, Offer | None]:
    """What came of it, an exception too, and how it is there now."""
    try:
        result = await question()
    except Exception as error:  # noqa: BLE001 - each is told as one sentence
        result = error
    return result, await blocking(look)


def _taken_back(undone: Sequence[Undone]) -> tuple[str, str]:
    if all(one.how == "restored" for one in undone):
        return "green", say("handing.undone")
    told = [
        cause_texts.text("delivery.undone", one.how, {"place": deliveries.short(one.place)}) for one in undone
    ]
    return "amber", " ".join(told)


def _ignored(_: object) -> tuple[str, str]:
    return "green", say("file.git.added")


def _look_of(note: str) -> tuple[str, str]:
    if note in _WARNINGS:
        return "amber", "warning"
    return "muted", "lock" if note in ("keychain", "setting") else "file"


def _nothing(_: BaseException) -> None:
    """What was said of it stays; the page looks again when it comes up."""


def chain(controls: Sequence[QWidget]) -> None:
    """Tab goes through them in this order."""
    for one, next_one in pairwise(controls):
        QWidget.setTabOrder(one, next_one)


__all__ = ["ToolList", "ToolRow", "chain"]
