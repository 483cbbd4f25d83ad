"""What stands around the page: the rail, the column on a wide window, hover, the passing word at the foot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gemini_setup.gui.components import toast
from gemini_setup.gui.components.buttons import Button
from gemini_setup.gui.components.widgets import Fold
from gemini_setup.gui.presenters.way import Way, WayTracker
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.texts import say
from gemini_setup.i18n import messages
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT, CONFIRM, DOCTOR, EXPLAIN, HANDING, HISTORY, RENAME, TRAP
from tests.gui import pictures, states
from tests.gui.driver import Driver
from tests.gui.made_up import key, row

Bring = Callable[[str], Driver]


@pytest.fixture
def bring(qtbot: QtBot) -> Bring:
    def brought(state: str) -> Driver:
        made = states.bring(state)
        qtbot.addWidget(made)
        pictures.settle(made)
        return made

    return brought


# ---- the rail


def _way(tracker: WayTracker, place: str, base: str = "", step: int | None = 0) -> Way:
    return tracker.look(place, base or place, step, checking=False, finished=place == Page.USE)


def test_the_first_way_has_four_steps_and_ticks_those_that_were_taken() -> None:
    tracker = WayTracker()
    seen = [_way(tracker, page).states for page in (Page.CHOOSE, Page.KEY, Page.CHECK, Page.USE)]
    assert seen == [
        ("now", "open", "open", "open"),
        ("done", "now", "open", "open"),
        ("done", "done", "now", "open"),
        ("done", "done", "done", "done"),
    ]


@pytest.mark.parametrize("place", [DOCTOR, EXPLAIN, ABOUT])
def test_beside_the_way_no_step_is_shown(place: str) -> None:
    tracker = WayTracker()
    _way(tracker, Page.CHOOSE)
    _way(tracker, Page.KEY)
    way = _way(tracker, place, Page.KEY, None)
    assert way.states == ("", "", "", "")
    assert way.current == ("about" if place == ABOUT else "")


@pytest.mark.parametrize("place", [CONFIRM, TRAP])
def test_what_belongs_to_a_step_leaves_it_under_way(place: str) -> None:
    tracker = WayTracker()
    _way(tracker, Page.CHOOSE)
    _way(tracker, Page.CHECK)
    assert _way(tracker, place, Page.CHECK, 2).states == ("done", "done", "now", "open")


def test_who_replaces_a_key_has_chosen_no_service() -> None:
    tracker = WayTracker()
    assert _way(tracker, Page.HOME, step=None) == Way(("", "", "", ""), "saved")
    assert _way(tracker, Page.KEY).states == ("", "now", "open", "open")
    assert _way(tracker, ABOUT, Page.KEY, None).states == ("", "", "", "")
    assert _way(tracker, Page.CHECK).states == ("", "done", "now", "open")
    assert _way(tracker, Page.USE).states == ("", "done", "done", "done")
    assert _way(tracker, Page.FILE).states == ("", "now", "open", "open"), "something pasted on the last page"
    assert _way(tracker, Page.CHOOSE).states == ("now", "open", "open", "open"), "Back leads to the choice"


def test_at_what_is_saved_no_step_is_shown() -> None:
    tracker = WayTracker()
    assert _way(tracker, HANDING).current == "saved"
    for place in (RENAME, HISTORY):
        assert _way(tracker, place, Page.HOME, None).current == "saved"
    assert _way(tracker, DOCTOR, Page.HOME, None) == Way(("", "", "", ""), "")
    checking = tracker.look(Page.CHECK, Page.CHECK, None, checking=True, finished=False)
    assert checking == Way(("", "", "", ""), "saved")


def _shown_steps(window: Driver) -> list[str]:
    steps = [widget for widget in window.rail.findChildren(QWidget) if type(widget).__name__ == "_Step"]
    return [step.accessibleName() for step in steps if step.isVisible()]


def test_replacing_begins_at_the_first_step_that_is_shown(bring: Bring) -> None:
    window = bring("home")
    assert _shown_steps(window) == []
    assert window.name_of("rail.saved") == say("rail.here_now", title=say("rail.here"))
    window.replace(window.core.listed()[0])
    assert _shown_steps(window) == [
        say("rail.now", number=1, title=say("rail.key")),
        say("rail.open", number=2, title=say("rail.check")),
        say("rail.open", number=3, title=say("rail.use")),
    ]


def test_what_is_saved_is_one_press_away_from_every_page(bring: Bring) -> None:
    window = bring("home")
    for place in (Page.CHOOSE, Page.KEY, Page.FILE, DOCTOR, EXPLAIN, ABOUT):
        window.go(place)
        window.press("rail.saved")
        assert window.place == Page.HOME, place
    window.take_text(key())
    window.check_again()
    assert not window.rail.saved.isEnabled(), "a check under way is ended by Cancel"
    assert not window.rail.about.isEnabled()


def test_where_nothing_is_saved_nothing_leads_there(still: Driver) -> None:
    assert not still.shows("rail.saved")
    still.press("rail.about")
    assert still.place == ABOUT
    assert still.name_of("rail.about") == say("rail.here_now", title=say("about.open"))


# ---- one column


def _left(window: Driver, widget: QWidget) -> int:
    return widget.mapTo(window, QPoint(0, 0)).x()


@pytest.mark.parametrize("width", [880, 1000, 1600, 2560])
def test_the_column_is_in_the_middle_and_the_footer_beneath_it(bring: Bring, width: int) -> None:
    window = bring("another-named")
    pictures.settle(window, QSize(width, 1000))
    page = window.page(window.place)
    left, right = _left(window, page.title), _left(window, page.title) + page.title.width()
    assert abs(left - window.rail.width() - (width - right)) <= 1, "as much room on both sides"
    assert _left(window, window.footer.back) + theme.PADDING == left
    assert _left(window, window.footer.next) + window.footer.next.width() == right


def test_larger_text_has_a_wider_column(monkeypatch: pytest.MonkeyPatch) -> None:
    assert theme.column() == 720
    monkeypatch.setattr(theme, "scale", lambda: 2.0)
    assert theme.column() == 1440


@pytest.mark.parametrize("language", ["en", "de"])
def test_nobody_scrolls_for_empty_room(bring: Bring, language: str) -> None:
    """At the least size of the window: a page gives up its empty room, also under a banner, and takes it back."""
    messages.use(language)
    try:
        for state in (
            "choose",
            "demonstration",
            "found-unlisted",
            "another-named",
            "use-vertex",
            "explained",
        ):
            window = bring(state)
            page = window.page(window.place)
            assert page.verticalScrollBar().maximum() == 0, state
        window = bring("demonstration")
        pictures.settle(window, QSize(880, 900))
        page = window.page(window.place)
        tight = page.title.y()
        page.show_top()
        pictures.settle(window, QSize(880, 900))
        assert page.title.y() > tight
    finally:
        messages.use("en")


@pytest.mark.parametrize("state", ["home", "key-empty", "use-key", "file-none", "refused"])
def test_links_and_folds_begin_where_the_text_does_or_end_with_the_column(bring: Bring, state: str) -> None:
    window = bring(state)
    pictures.settle(window, QSize(880, 1600))
    page = window.page(window.place)
    links = [
        one
        for one in page.findChildren(Button)
        if one.property("kind") == "link" and one.isVisible() and one.parentWidget() is not None
    ]
    assert links
    column = page.body.parentWidget()
    assert column is not None
    edges = {_left(window, page.title), _left(window, column)} | {
        _left(window, label) for label in page.findChildren(QLabel) if label.isVisible()
    }
    image = pictures.picture(window).toImage()
    for one in links:
        ends = _left(window, one) + one.width() == _left(window, column) + column.width()
        assert _left(window, one) in edges or ends, one.objectName()
        place = one.mapTo(window, QPoint(0, 0))
        if not one._icon or isinstance(one.parentWidget(), Fold):
            ground = image.pixelColor(place.x() - 4, place.y() + one.height() // 2)
            inked = [x for x in range(4) if _differs(image, place.x() + x, place.y(), one.height(), ground)]
            assert inked, f"the text of {one.objectName()} begins at its edge"


def _differs(image: QImage, x: int, y: int, height: int, ground: QColor) -> bool:
    return any(image.pixelColor(x, y + step) != ground for step in range(height))


# ---- the mouse


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_what_the_mouse_rests_on_does_not_look_off(scheme: theme.Tokens) -> None:
    hover, off = QColor(scheme.hover), QColor(scheme.disabled)
    assert hover.hslSaturationF() > 0.2, "tinted"
    assert 200 < hover.hslHue() < 250, "blue"
    assert abs(hover.lightness() - off.lightness()) > 5


@pytest.mark.parametrize(
    ("state", "name"), [("home", "next"), ("choose", "choose.vertex"), ("file-empty", "file.drop")]
)
def test_what_the_mouse_rests_on_has_a_blue_edge(bring: Bring, state: str, name: str) -> None:
    window = bring(state)
    button = window.widget(name)
    assert isinstance(button, QAbstractButton)
    before = _edge(window, button)
    QTest.mouseMove(window.windowHandle(), button.mapTo(window, button.rect().center()))
    QApplication.processEvents()
    assert button.underMouse()
    accent = QColor(theme.tokens().accent)
    assert _near(_edge(window, button), accent)
    assert not _near(before, accent)


def _edge(window: Driver, widget: QWidget) -> list[QColor]:
    """The colours of the frame above, where it is straight."""
    image = pictures.picture(window).toImage()
    place = widget.mapTo(window, QPoint(0, 0))
    middle = widget.width() // 2
    return [
        image.pixelColor(place.x() + x, place.y() + y) for x in range(middle, middle + 24) for y in range(3)
    ]


def _near(colours: list[QColor], wanted: QColor) -> bool:
    return any(
        abs(one.red() - wanted.red()) + abs(one.green() - wanted.green()) + abs(one.blue() - wanted.blue())
        < 150
        for one in colours
    )


# ---- the size of text


def test_secondary_text_is_never_smaller_than_twelve_pixels(qapp: QApplication) -> None:
    screen = qapp.primaryScreen().logicalDotsPerInch()
    for points in (8, 9, 10.5, 13, 21):
        pictures.prepare("light", points)
        small = theme.font(theme.SMALL).pointSizeF() * screen / 72
        assert small >= min(12, points * screen / 72) - 0.01, points


def test_a_title_grows_no_further_with_very_large_text() -> None:
    ratios = []
    for points in (11, 16.5, 22):
        pictures.prepare("light", points)
        ratios.append(theme.font(theme.DISPLAY).pointSizeF() / points)
        assert theme.font(theme.DISPLAY).pointSizeF() > theme.font(theme.BODY).pointSizeF()
    assert ratios[0] == ratios[1] > ratios[2]
    assert theme.TITLE[0] <= ratios[2] < 1.5


# ---- the passing word


def _places(window: Driver) -> dict[str, QPoint]:
    return {
        widget.objectName(): widget.mapTo(window, QPoint(0, 0))
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.objectName() and not window.toast.isAncestorOf(widget)
        and widget is not window.toast
    }  # fmt: skip


def test_a_passing_word_moves_nothing_and_lies_above_the_foot(bring: Bring) -> None:
    window = bring("home-old-alive")
    before = _places(window)
    window.tell("Disconnected.", good=True)
    pictures.settle(window)
    assert _places(window) == before
    box = window.toast.rect().translated(window.toast.mapTo(window, QPoint(0, 0)))
    assert box.bottom() <= window.footer.mapTo(window, QPoint(0, 0)).y()
    pictures.settle(window, QSize(1400, 900))
    box = window.toast.rect().translated(window.toast.mapTo(window, QPoint(0, 0)))
    assert box.bottom() > 700, "it follows the window's size"


def test_a_long_word_is_whole(bring: Bring) -> None:
    window = bring("home")
    for text in ("Short.", "A sentence of many words. " * 12):
        window.tell(text)
        pictures.settle(window)
        (label,) = window.toast.findChildren(Paragraph)
        assert label.height() >= label.heightForWidth(label.width()), text


def test_a_word_is_taken_away_by_its_cross_and_by_the_keyboard(bring: Bring) -> None:
    window = bring("home")
    window.tell("Disconnected.")
    assert window.toast.text() == "Disconnected."
    assert window.name_of("toast.close") == say("toast.close")
    window.press("toast.close")
    assert not window.shows("toast")
    window.tell("Disconnected.")
    window.activateWindow()
    window.footer.next.setFocus()
    QTest.keyClick(window.footer.next, Qt.Key.Key_Tab)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.objectName() == "toast.close"
    QTest.keyClick(focus, Qt.Key.Key_Space)
    assert not window.shows("toast")


def test_escape_in_it_takes_it_away_and_leaves_the_page(bring: Bring) -> None:
    window = bring("home")
    window.go(ABOUT)
    window.tell("Disconnected.")
    window.activateWindow()
    window.toast.close_button.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert not window.shows("toast")
    assert window.place == ABOUT
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert window.place == Page.HOME


def test_what_destroys_something_is_pressed_by_no_key(bring: Bring) -> None:
    window = bring("remove")
    assert window.footer.next.toolTip() == ""


def test_the_foot_names_its_keys(still: Driver) -> None:
    still.take_text(key())
    assert still.footer.back.toolTip() == "Alt+Left"
    assert still.footer.next.toolTip() == "Ctrl+Return"
    QTest.keyClick(still, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert still.place == Page.CHOOSE


def test_undo_is_offered_only_where_it_can_be_and_once(bring: Bring) -> None:
    window = bring("home")
    done: list[str] = []
    window.tell("Disconnected.", good=True)
    assert not window.shows("toast.undo")
    window.tell("Disconnected.", good=True, undo=lambda: done.append("undone"))
    window.press("toast.undo")
    assert done == ["undone"]
    assert not window.shows("toast")
    window.tell("Something else.")
    assert not window.shows("toast.undo"), "an earlier Undo is not for a later word"


def test_a_word_passes_but_not_under_the_mouse(
    bring: Bring, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toast, "_PASSING", 30)
    monkeypatch.setattr(toast, "_READING", 0)
    window = bring("home")
    window.tell("Disconnected.")
    window.toast.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    QTest.qWait(120)
    assert window.shows("toast")
    window.toast.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    qtbot.waitUntil(lambda: not window.shows("toast"), timeout=20_000)


def test_a_word_is_announced_with_its_undo(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    window = bring("home")
    said: list[str] = []
    monkeypatch.setattr(toast, "announce", lambda _, text: said.append(text))
    window.tell("Disconnected.", undo=lambda: None)
    window.tell("Done.")
    assert said == [f"Disconnected. {say('toast.can_undo')}", "Done."]
    assert window.name_of("toast") == "Done."


def test_the_rail_knows_at_once_that_something_is_saved(bring: Bring) -> None:
    window = bring("choose")
    assert not window.shows("rail.saved")
    window.change(window.draft.to_add([row()]))
    assert window.shows("rail.saved")


def test_both_choices_are_seen_with_text_at_200_percent(qtbot: QtBot) -> None:
    pictures.prepare("light", pictures.POINTS * 2)
    made = states.bring("choose")
    qtbot.addWidget(made)
    pictures.settle(made)
    page = made.page(Page.CHOOSE)
    second = made.widget("choose.vertex")
    title = second.findChildren(Paragraph)[0]
    place = title.mapTo(page.viewport(), QPoint(0, 0))
    assert page.viewport().rect().contains(place)
    assert place.y() + title.height() <= page.viewport().height()


def test_no_two_buttons_are_called_alike_on_the_last_page(bring: Bring) -> None:
    """The footer leads to what is saved, too; who hears the names must be able to tell them apart."""
    window = bring("use-key")
    window.change(window.draft.to_add([row()]))
    names = [
        one.accessibleName() or one.text()
        for one in window.findChildren(QAbstractButton)
        if one.isVisible() and one.isEnabled()
    ]
    assert window.shows("rail.saved")
    assert len(names) == len(set(names)), names


def test_tab_comes_to_the_tab_that_was_chosen_by_an_assistive_tool(bring: Bring) -> None:
    window = bring("use-key")
    more = window.widget("use.tab.more")
    assert isinstance(more, QAbstractButton)
    assert not more.focusPolicy() & Qt.FocusPolicy.TabFocus
    more.toggle()  # no press, and the keyboard stays where it is
    assert more.focusPolicy() & Qt.FocusPolicy.TabFocus
    stops = [
        one.objectName()
        for one in window.findChildren(QAbstractButton)
        if one.property("kind") == "tab" and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert stops == ["use.tab.more"]
