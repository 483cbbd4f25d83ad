"""Connects tools and disconnects them: what a list of tools asks for is done here, away from Qt's thread.

A row shows what was read back, or the one sentence of what stood in the way. Nothing is written before its button is
pressed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt
from shiboken6 import isValid

from gemini_setup.gui.components.tool_list import ToolList
from gemini_setup.gui.presenters import deliveries
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.system.threads import blocking
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gemini_setup.delivery import Delivered, Offer, Undone
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.components.tool_row import ToolRow
    from gemini_setup.gui.protocols import Background, Exclusive, Navigation, ProfileActions
    from gemini_setup.model.credentials import Profile


class Stage(Protocol):
    """The page that a list stands on."""

    id: str

    def isVisible(self) -> bool: ...
    def bring_into_view(self, widget: QWidget) -> None: ...


class ToolSession(QObject):
    """For the list on one page."""

    def __init__(
        self,
        tools: ToolList,
        page: Stage,
        navigation: Navigation,
        profiles: ProfileActions,
        background: Background,
        exclusive: Exclusive,
        core: Core,
    ) -> None:
        super().__init__(tools)
        self._list, self._page, self._navigation, self._profiles = tools, page, navigation, profiles
        self._background, self._exclusive, self._core = background, exclusive, core
        self._profile = ""
        self._question = 0
        self._patient = self._stale = False
        tools.look_wanted.connect(self._look)
        tools.connect_wanted.connect(self._connect)
        tools.stop_wanted.connect(self._stop)
        tools.disconnect_wanted.connect(self._ask_to_disconnect)
        tools.ignore_wanted.connect(self._ignore)
        tools.picked.connect(self._take)

    # ---- what is on this computer

    def show_profile(self, row: Profile | None, *, patient: bool = False) -> None:
        """Look what is here for that profile; `patient` says that the keyring may ask the person meanwhile."""
        self.left()
        self._stale = False
        self._profile = row.name if row is not None else ""
        self._patient = patient
        self._list.begin(row)
        if row is not None:
            self._look()

    def look_again(self) -> None:
        if self._profile and not self._exclusive.busy:
            self._look()

    def _look(self) -> None:
        question = partial(blocking, partial(self._core.offers, self._profile))
        if self._patient:
            self._list.show_looking(say("handing.looking"))
            self._exclusive.ask(question, self.show_offers, self._not_found, self)
        else:
            self._list.show_looking("")
            self._question = self._background.ask(question, self.show_offers, self._not_found)

    def show_offers(self, offers: Sequence[Offer]) -> None:
        self._list.show_offers(offers, patient=self._patient)
        first = next(iter(self._list.controls()), None)
        if self._patient and first is not None and self._page.isVisible():
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _not_found(self, error: BaseException) -> None:
        if isinstance(error, NoSuchProfile):
            text = say("home.gone", profile=self._profile)
        elif isinstance(error, VaultFault):
            text = deliveries.reason("", error)
        else:
            text = say("handing.failed", name=type(error).__name__)
        self._list.show_trouble(text, again=not isinstance(error, NoSuchProfile))

    def _take(self, tool: str, file: Path) -> None:
        question = partial(self._core.offer, tool, self._profile, file)
        self._exclusive.ask(partial(blocking, question), self._taken, self._not_found, self)

    def _taken(self, offer: Offer | None) -> None:
        if offer is not None:
            row = self._list.add(offer)
            self._page.bring_into_view(row)
            row.focus()

    def left(self) -> None:
        """Another page comes up: what is under way is stopped."""
        self._background.forget(self._question)
        self._exclusive.stop(self)
        for row in self._list.rows.values():
            if row.running and row.offer is not None:
                row.show_offer(row.offer)
                self._stale = True

    def entered(self) -> None:
        """What was stopped by leaving may have come to its end: look how it is."""
        if self._stale:
            self._stale = False
            self._look()

    # ---- what is done

    def _connect(self, row: ToolRow) -> None:
        offer = row.offer
        if offer is not None:
            question = partial(self._core.hand_over, offer.tool, self._profile, offer.file)
            self._begin(row, say("handing.running"), question, partial(_connected, offer))

    def _connect_again(self, profile: str, before: Offer) -> None:
        """What has just been disconnected, also once its list shows something else or is gone."""
        row = self._row_of(before) if profile == self._profile else None
        if row is not None:
            self._connect(row)
            return
        title = deliveries.title(before.tool)
        question = partial(self._core.hand_over, before.tool, profile, before.file)
        done = partial(self._profiles.tell, say("toast.connected", tool=title))
        self._exclusive.ask(question, lambda _: done(), partial(self._not_again, before.tool), None)

    def _row_of(self, offer: Offer) -> ToolRow | None:
        if not isValid(self._list) or not self._page.isVisible():
            return None
        rows = self._list.rows.values()
        return next((row for row in rows if row.offer is not None and _same(row.offer, offer)), None)

    def _not_again(self, tool: str, error: BaseException) -> None:
        self._profiles.tell(deliveries.reason(tool, error), good=False)

    def _ask_to_disconnect(self, row: ToolRow) -> None:
        """What is another profile's is asked for once more, on a page of its own that leads back here."""
        offer = row.offer
        if offer is None or not offer.owner:
            self._disconnect(row)
            return
        from gemini_setup.gui.presenters.confirmations import take_back_question

        left = "kept" if self._profiles.profile(offer.owner) is not None else "lost"
        if offer.owner == self._profile:
            left = "earlier"
        place = joined(map(deliveries.short, offer.places))
        sure = partial(self._sure, row)
        self._profiles.ask(take_back_question(offer.owner, deliveries.title(offer.tool), place, sure, left))

    def _sure(self, row: ToolRow) -> None:
        self._navigation.go(self._page.id)
        self._disconnect(row)

    def _disconnect(self, row: ToolRow) -> None:
        if row.offer is not None:
            call = partial(self._core.take_back, row.offer.tool, row.file())
            self._begin(row, say("handing.undoing"), partial(blocking, call), _disconnected)

    def _ignore(self, row: ToolRow) -> None:
        file = row.file()
        if file is not None:
            call = partial(self._core.ignore, file)
            self._begin(row, say("handing.ignoring"), partial(blocking, call), _ignored)

    def _begin(
        self,
        row: ToolRow,
        text: str,
        question: Callable[[], Awaitable[Any]],
        said: Callable[[Any], tuple[str, str]],
    ) -> None:
        """Do it away from the window, then see how it is there."""
        offer = row.offer
        assert offer is not None
        row.begin(text)
        self._exclusive.ask(
            partial(_and_then, question, self._looking(offer)),
            partial(self._ended, row, said),
            partial(self._failed, row, offer),
            self,
        )

    def _looking(self, offer: Offer) -> Callable[[], Offer | None]:
        return partial(self._core.offer, offer.tool, self._profile, offer.file)

    def _ended(
        self, row: ToolRow, said: Callable[[Any], tuple[str, str]], value: tuple[Any, Offer | None]
    ) -> None:
        result, offer = value
        if row.offer is None or row not in self._list.rows.values():
            return
        failed = isinstance(result, BaseException)
        told = ("amber", deliveries.reason(row.offer.tool, result)) if failed else said(result)
        before = row.offer
        row.end(offer or row.offer, told, failed=failed)
        self._list.changed.emit()
        if said is _disconnected and told[0] == "green" and before.mine is not None and not before.owner:
            text = say("toast.disconnected", tool=deliveries.title(before.tool))
            self._profiles.tell(text, undo=partial(self._connect_again, self._profile, before))

    def _failed(self, row: ToolRow, offer: Offer, error: BaseException) -> None:
        """It could not even be looked at afterwards."""
        if row in self._list.rows.values():
            row.end(offer, ("amber", deliveries.reason(offer.tool, error)), failed=True)

    def _stop(self, row: ToolRow) -> None:
        """What had begun to be written is written to its end, and seen then."""
        offer = row.offer
        if offer is None:
            return
        self._exclusive.stop(self)
        told = ("muted", say("handing.stopped"))
        row.end(offer, told)
        seen: Callable[[Offer | None], None] = partial(self._seen, row, told)
        self._background.ask(partial(blocking, self._looking(offer)), seen, _nothing)

    def _seen(self, row: ToolRow, told: tuple[str, str], offer: Offer | None) -> None:
        if offer is not None and row in self._list.rows.values() and not row.running:
            row.show_offer(offer, None if offer.mine != (row.offer and row.offer.mine) else told)
            self._list.changed.emit()


async def _and_then(
    question: Callable[[], Awaitable[Any]], look: Callable[[], Offer | None]
) -> tuple[Any, Offer | None]:
    """What came of it, an exception too, and how it is there now."""
    try:
        result = await question()
    except Exception as error:  # noqa: BLE001 - each is told as one sentence
        result = error
    return result, await blocking(look)


def _same(one: Offer, other: Offer) -> bool:
    return (one.tool, one.file) == (other.tool, other.file)


def _connected(offer: Offer, done: Delivered) -> tuple[str, str]:
    if offer.file is not None:
        return "green", say("handing.done_file")
    proof = "own-reader" if done.own_reader else "format"
    said = cause_texts.text("delivery.proof", proof, {"tool": deliveries.title(done.tool)})
    return "green", say("handing.done", proof=said)


def _disconnected(undone: Sequence[Undone]) -> tuple[str, str]:
    if all(one.how == "restored" for one in undone):
        return "green", say("handing.undone")
    told = [
        cause_texts.text("delivery.undone", one.how, {"place": deliveries.short(one.place)}) for one in undone
    ]
    return "amber", " ".join(told)


def _ignored(_: object) -> tuple[str, str]:
    return "green", say("file.git.added")


def _nothing(_: BaseException) -> None:
    """What was said of it stays; the page looks again when it comes up."""
