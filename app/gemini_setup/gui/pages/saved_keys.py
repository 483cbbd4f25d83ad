"""This computer: a card for each profile that is kept, with its state, what it wants, and its verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from gemini_setup.gui.backend import Place
from gemini_setup.gui.components.buttons import Button, Flow, link
from gemini_setup.gui.components.chip import Chip
from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.row_menu import Entry, MenuButton
from gemini_setup.gui.components.widgets import Card, Fold, Notice, column, empty, row
from gemini_setup.gui.pages.base import PageView
from gemini_setup.gui.presenters import profile_row
from gemini_setup.gui.presenters.made_words import AtGoogle, at_google, may_rotate, reminds
from gemini_setup.gui.presenters.profile_row import Remind
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph, announce, name
from gemini_setup.gui.texts import say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.model.credentials import DEFAULT_PROFILE, Kind, Profile
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.gui.backend import Core
    from gemini_setup.gui.protocols import Background, Checking, Links, Navigation, ProfileActions, Provision

#: Cards that are made at once: a screen's and some. The others are made as somebody scrolls to them.
_BATCH = 12
_ALWAYS = ("hand_over", "check", "replace", "more")


class HomePage(PageView):
    id = "home"
    step = None

    def __init__(
        self,
        navigation: Navigation,
        checking: Checking,
        profiles: ProfileActions,
        links: Links,
        background: Background,
        provision: Provision,
        core: Core,
    ) -> None:
        self.navigation, self.checking, self.profiles = navigation, checking, profiles
        self.links, self.background, self.provision, self.core = links, background, provision, core
        super().__init__()

    def build(self) -> None:
        self.set_title(say("home.title"), say("home.lead"))
        self.session = self.checking.session
        self._checked = ""  # the profile that was checked in its row
        self._question = 0
        self._busy = False
        self._shown: tuple[object, ...] = ()
        self.cards: dict[str, ProfileCard] = {}
        self._list = QWidget()
        self._column = column(self._list, 12)
        self.put(self._list)
        self._waiting: list[Profile] = []  # rows that have no card yet
        self._main_free = True  # whether a card may still have the page's one main button
        self.further = link("home.further", "")
        self.further.hide()
        self.put(self.further, 12, natural=True)
        self.further.clicked.connect(self._grow)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.unlisted = Notice("home.unlisted")
        self.put(self.unlisted)
        self._lost: list[Button] = []
        self._checks = QWidget()
        self._checks_flow = Flow(2 * theme.GAP, self._checks)
        self._checks.hide()
        self.put(self._checks, 8)
        self.private = Notice("home.private")
        self.put(self.private, 12)
        self.to_keyring = Button("home.move", cause_texts.text("faults.private", "move", {}), "plain", "lock")
        self.to_keyring.hide()
        self.put(self.to_keyring, 4, natural=True)
        self.explain = link("home.explain", say("choose.explain"))
        self.put(self.explain, 12, natural=True)
        self.doctor = link("home.doctor", say("doctor.open"))
        self.put(self.doctor, natural=True)
        self.made = link("home.made", say("made.open"))
        self.made.hide()
        self.put(self.made, natural=True)
        self.readers = Fold("home.readers", say("use.readers"))
        self._readers = Paragraph("", theme.SMALL, "muted")
        self.readers.add(self._readers)
        self.readers.hide()
        self.put(self.readers)
        self.explain.clicked.connect(self._explain)
        self.doctor.clicked.connect(self._doctor)
        self.made.clicked.connect(self._show_made)
        self.to_keyring.clicked.connect(self._move)
        self.provision.offered.connect(self._at_google)
        self.provision.listed.connect(self._at_google)
        self.session.began.connect(self._check_begins)

    def footer(self) -> FooterState:
        if self.session.running:  # one of them is checked in its row
            return FooterState(say("home.another"), False, primary=False, back=False, cancel=True, stops=True)
        return FooterState(
            say("home.another"), not self._busy, primary=False, back=False, cancel=True, closes=True
        )

    def activate(self) -> None:
        self.profiles.add_another()

    def look_again(self) -> None:
        self.navigation.go(self.id)  # the list is read again

    def _check_begins(self) -> None:
        row = self.session.row
        card = self.cards.get(row.name) if row is not None else None
        if card is not None:
            card.show_checking()
            self._shown = ()  # whatever comes of it, the row is shown again
            self._checked = card.item.name
            announce(self, f"{card.item.name}: {say('home.checking')}")

    def arrive(self) -> None:
        saved = self.profiles.saved
        self.show_profiles(saved.rows)
        self.show_unlisted(saved.lost)
        card = self.cards.get(self._checked)
        if card is not None and not self.session.running:
            announce(self, card.accessibleName())
        self._checked = ""

    def finish(self) -> None:
        self.body.addStretch(1)
        self.put_closing(say("choose.independent"))

    def show_profiles(self, rows: Sequence[Profile]) -> None:
        """Make the cards again where something has changed, ages included; the keyboard keeps its place."""
        rows_shown = ((row, *profile_row.state(row), *self.reminds(row), self.at_google(row)) for row in rows)
        shown = (self.provision.ready, *rows_shown)
        self.made.setVisible(bool(self.provision.made))
        if shown == self._shown:
            return
        self._shown = shown
        widget = QApplication.focusWidget()
        focused = widget.objectName() if widget is not None and self.isAncestorOf(widget) else ""
        count = max(_BATCH, len(self.cards))
        empty(self._column)
        self.cards = {}
        self._main_free = True
        self._waiting = list(rows)
        self._make_cards(count)
        for button in (button for card in self.cards.values() for button in card.buttons):
            if button.objectName() == focused:
                button.setFocus(Qt.FocusReason.OtherFocusReason)

    def at_google(self, item: Profile) -> AtGoogle:
        """What was made for it there."""
        return at_google(item, self.provision.made)

    def reminds(self, item: Profile) -> list[Remind]:
        return reminds(item, self.at_google(item), ready=self.provision.ready)

    def _at_google(self) -> None:
        """Something else is on offer, or was made: the rows say so."""
        self.show_profiles(self.profiles.saved.rows)

    def _show_made(self) -> None:
        self.provision.show_made()

    def _make_cards(self, count: int) -> None:
        """The next cards; the first that wants something urgently has the page's one main button."""
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        for item in now:
            card = ProfileCard(self, item, main=self._main_free)
            self._main_free = self._main_free and not card.urgent
            self.cards[item.name] = card
            self._column.addWidget(card)
        self.further.setText(say("home.further", count=len(self._waiting)))
        self.further.setVisible(bool(self._waiting))
        self._order()

    def _grow(self, _checked: bool = False) -> None:
        """Asked for by its button: the keyboard goes on at the first of the new cards."""
        before = len(self.cards)
        self._make_cards(_BATCH)
        for card in list(self.cards.values())[before : before + 1]:
            card.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _scrolled(self, value: int) -> None:
        if self._waiting and value > self.verticalScrollBar().maximum() - self.viewport().height():
            self._make_cards(_BATCH)

    def _order(self) -> None:
        """New buttons come last in the order of Tab: what stands beneath them follows them again."""
        controls = [button for card in self.cards.values() for button in card.buttons]
        beneath = (
            self.further, self.to_keyring, self.explain, self.doctor, self.made, self.readers.button
        )  # fmt: skip
        for one, next_one in pairwise((*controls, *self._lost, *beneath)):
            QWidget.setTabOrder(one, next_one)

    def entered(self) -> None:
        if self.isVisible():  # the first frame is not held up: the window looks around after it
            self.look_around()

    def look_around(self) -> None:
        """Where all of it is kept is found out beside: it opens the keyring's door without going in."""
        self.provision.read_made()
        self.background.forget(self._question)
        self._question = self.background.ask(
            partial(blocking, self.core.where), self.show_place, self._place_unknown
        )

    def show_place(self, place: Place) -> None:
        self.private.show_text(say("home.plain", file=place.file) if place.file else "", "amber")
        self.to_keyring.setVisible(bool(place.file) and place.keyring)
        self._readers.setText(place.readers)
        self.readers.setVisible(bool(place.readers))

    def _place_unknown(self, _: BaseException) -> None:
        """What is wrong with the keyring is told when something is done with it."""
        self.show_place(Place())

    def show_unlisted(self, names: Sequence[str]) -> None:
        """Kept, and not in the list: what they are is known once they are checked."""
        text = cause_texts.text("faults.private", "unlisted", {"names": joined(names)}) if names else ""
        self.unlisted.show_text(text, "amber")
        empty(self._checks_flow)
        self._lost = []
        for profile in names:
            button = Button(f"home.{profile}.check", say("home.check_name", profile=profile))
            button.clicked.connect(partial(self._check_unlisted, profile))
            self._checks_flow.addWidget(button)
            self._lost.append(button)
        self._checks.setVisible(bool(names))
        self._order()

    def _check_unlisted(self, profile: str, _checked: bool = False) -> None:
        self.profiles.check(Profile(profile))

    def show_busy(self, busy: bool) -> None:
        busy = busy or self.session.running
        self._busy = busy
        # Over a copy: the keyboard leaves a button that goes off, which may scroll, which makes cards.
        for card in list(self.cards.values()):
            for button in card.buttons:
                button.setEnabled(not busy)
        self.to_keyring.setEnabled(not busy)

    def act(self, what: str, item: Profile) -> None:
        """Do what a button says."""
        profiles = self.profiles
        deeds: dict[str, Callable[[], None]] = {
            "check": partial(profiles.check, item),
            "copy": partial(profiles.copy_key, item),
            "replace": partial(profiles.replace, item),
            "rename": partial(profiles.rename, item),
            "default": partial(profiles.make_default, item),
            "history": partial(profiles.show_history, item),
            "prove": partial(profiles.prove, item),
            "rollback": partial(profiles.roll_back, item),
            "erase": partial(profiles.erase_old, item),
            "remove": partial(profiles.remove, item),
            "keep": partial(profiles.keep_after_all, item),
            "hand_over": partial(profiles.hand_over, item),
            "rotate": partial(self.provision.rotate, item),
            "delete": partial(self._delete, profile_row.deletion_of(item)),
        }
        if self.at_google(item).restores:
            deeds["rollback"] = partial(self.provision.restore, item)
        if item.old is not None:
            old = profile_row.deletion_of_old(item.old, item.kind, item.service)
            deeds["delete_old"] = partial(self._delete, old)
        deeds[what]()

    def _delete(self, where: profile_row.Deletion | None) -> None:
        if where is not None:
            self.links.open_page(where.page, where.facts)

    def _doctor(self, _checked: bool = False) -> None:
        self.navigation.go("doctor")

    def _explain(self) -> None:
        self.navigation.go("explain")

    def _move(self) -> None:
        self.profiles.move_to_keyring()

    def first_focus(self) -> QWidget | None:
        buttons = [*(button for card in self.cards.values() for button in card.buttons), *self._lost]
        main = [button for button in buttons if button.property("kind") == "primary"]
        return next(iter(main or buttons), None)


class ProfileCard(Card):
    """One profile: what it is, what Google last said of it, what it wants, and what can be done."""

    def __init__(self, page: HomePage, item: Profile, *, main: bool) -> None:
        super().__init__()
        self._page, self.item = page, item
        self.urgent = False
        self.buttons: list[Button] = []
        tone, state = profile_row.state(item)
        self._at = at = page.at_google(item)
        about = (profile_row.summary(item), profile_row.kept(item), at.expires, profile_row.also_in(item))
        spoken = ". ".join(filter(None, about))
        name(self, f"home.{item.name}", say("home.row", profile=item.name, state=state, summary=spoken))
        head = row(12)
        head.addWidget(Paragraph(item.name, theme.TITLE, leading=1.3), 1)
        self._state = Chip()
        self._state.show_state(state, tone)
        head.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addLayout(head)
        for line in filter(None, about):
            texts.addWidget(Paragraph(line, theme.SMALL, "muted", leading=1.34))
        wanted: list[str] = []
        urgent = ""
        for remind in page.reminds(item):
            texts.addSpacing(8)
            texts.addWidget(self._remind(remind))
            wanted += remind.does
            urgent = urgent or (remind.does[0] if remind.urgent else "")
        self.urgent = bool(urgent)
        self._main = urgent if main else ""
        texts.addSpacing(12)
        extra = [what for what in dict.fromkeys(wanted) if what not in self._always() and self._applies(what)]
        if extra:
            texts.addWidget(self._line(extra))
            texts.addSpacing(8)
        texts.addWidget(self._line(self._always()))
        self._shown = extra
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(14)
        layout.addLayout(texts, 1)

    def _always(self) -> tuple[str, ...]:
        """Rotate stands in place of Replace where we have made it."""
        ours = self._at.ours and self._page.provision.ready
        return tuple("rotate" if ours and what == "replace" else what for what in _ALWAYS)

    @property
    def _other_way(self) -> str:
        """To another key than that of the button: by hand where we would do it, or by us; "" where there is none."""
        ready = self._page.provision.ready
        if self._at.ours and ready:
            return "replace"
        return "rotate" if may_rotate(self.item, self._at, ready=ready) else ""

    @property
    def _may_come_back(self) -> bool:
        old = self.item.old
        return old is not None and (not old.dead or self._at.restores)

    def show_checking(self) -> None:
        """Google is asked about it just now."""
        self._state.show_state(say("home.checking"), "grey")

    def _remind(self, remind: Remind) -> Notice:
        notice = Notice()
        notice.show_text(remind.text, remind.tone, remind.icon)
        notice.setAccessibleName(remind.text)
        return notice

    def _applies(self, what: str) -> bool:
        """Not where there is nothing to delete at Google, such as a sign-in."""
        item = self.item
        if what == "delete_old":
            return item.old is not None and bool(
                profile_row.deletion_of_old(item.old, item.kind, item.service)
            )
        return what != "delete" or profile_row.deletion_of(item) is not None

    def _line(self, verbs: Sequence[str]) -> QWidget:
        line = QWidget()
        flow = Flow(2 * theme.GAP, line)
        for what in verbs:
            if what == "hand_over" and self.item.kind is Kind.ADC:
                continue  # a sign-in is gcloud's own, and no tool keeps it
            button = self._more() if what == "more" else self._button(what)
            if what == self._main:
                button.set_kind("primary")
            self.buttons.append(button)
            flow.addWidget(button)
        return line

    def _more(self) -> MenuButton:
        more = MenuButton(f"home.{self.item.name}.more", say("home.more"), self._entries, self._choose)
        more.setAccessibleName(say("home.more_name", profile=self.item.name))
        more.setToolTip(say("home.more_title"))
        return more

    def _entries(self) -> list[Entry]:
        """What else applies, and has no button of its own."""
        item, old = self.item, self.item.old
        groups = (
            (
                "copy" if item.kind is Kind.API_KEY else "",
                self._other_way,
                "rename",
                "default" if item.name != DEFAULT_PROFILE else "",
            ),
            # Google is asked before the previous one comes back; for 30 days it brings back what we deleted there.
            ("rollback" if self._may_come_back else "", "" if old is None else "erase", "history"),
            ("remove",),
        )
        entries: list[Entry] = []
        for group in groups:
            verbs = [what for what in group if what and what not in self._shown]
            entries += [None] if entries and verbs else []
            entries += [(what, self._text(what)) for what in verbs]
        return entries

    def _choose(self, what: str) -> None:
        self._page.act(what, self.item)

    def _text(self, what: str) -> str:
        old = self.item.old
        said = {
            "delete": "old.delete",
            "delete_old": "old.delete",
            "prove": "old.ask" if old and old.deleted else "old.deleted",
            "erase": "old.erase" if old and old.dead else "home.erase",
        }
        return say(said.get(what, f"home.{what}"))

    def _button(self, what: str) -> Button:
        text = self._text(what)
        opens = what.startswith("delete")
        button = Button(f"home.{self.item.name}.{what}", text, "plain", "external" if opens else "")
        if what in ("check", "replace"):
            button.setAccessibleName(say(f"home.{what}_name", profile=self.item.name))
        else:  # several cards have the same verbs
            text = say("common.opens", text=text) if opens else text
            button.setAccessibleName(say("home.verb_name", text=text, profile=self.item.name))
        button.clicked.connect(partial(self._press, what))
        return button

    def _press(self, what: str, _checked: bool = False) -> None:
        self._page.act(what, self.item)
