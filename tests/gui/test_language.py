"""The window in other languages: longer words have room, and a switch keeps what was typed, chosen and found."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from gemini_setup import settings
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.gui import qt_language
from gemini_setup.gui.components.widgets import CodeBlock
from gemini_setup.gui.pages.about import AboutPage
from gemini_setup.gui.pages.explain import ExplainPage
from gemini_setup.gui.style.text import Paragraph
from gemini_setup.gui.style.theme import THEME
from gemini_setup.i18n import cause_texts, messages
from gemini_setup.wizard.flow import Page
from gemini_setup.wizard.navigator import ABOUT, EXPLAIN, HANDING, TRAP
from tests.gui import made_up, pictures, states
from tests.gui.driver import Driver
from tests.gui.made_up import MadeUpCore
from tests.gui.test_look import no_text_is_clipped

PAGES = (
    "choose", "key-stripped", "key-json", "file-chosen", "file-none", "works", "partly", "blocked-admin", "refused-steps",
    "missing", "trap", "use-old", "use-tools", "explained", "home-old-alive", "replace-leaked", "another-named",
    "rotation-alive", "remove", "handing", "endpoint", "doctor-places",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_settings(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    yield
    messages.use("en")
    qt_language.turn(qapp)
    qt_language.translate_qt(qapp)
    THEME.force("light")


_VOWELS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def stretched(text: str) -> str:
    """Four tenths longer, accented, facts and commands left alone: as long as German or Finnish may be."""
    parts = re.split(r"(\{\w+\}|\[\[|\]\]|\|\||`[^`]*`|\S*[-/.<>=]\S*)", text)
    return "".join(
        part if n % 2 else re.sub(r"([A-Za-z]{4,})", lambda m: m[1].translate(_VOWELS) + m[1][: len(m[1]) * 2 // 5], part)
        for n, part in enumerate(parts)
    )  # fmt: skip


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = messages.fill

    def fill(text: str, facts: Any) -> str:
        return plain(stretched(text), facts)

    monkeypatch.setattr(messages, "fill", fill)
    monkeypatch.setattr(cause_texts, "fill", fill)


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("state", PAGES)
def test_longer_words_have_room(qtbot: QtBot, state: str) -> None:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    page = made.page(made.place)
    assert set("áéíóú") & set(page.title.text() + page.lead.text()), "the words are stretched ones"
    no_text_is_clipped(made)


@pytest.mark.parametrize("code", ["de", "ar"])
def test_every_diagnosis_has_room_in_other_languages(qtbot: QtBot, qapp: QApplication, code: str) -> None:
    messages.use(code)
    qt_language.turn(qapp)
    made = states.window()
    qtbot.addWidget(made)
    for cause in (cause for cause in CAUSES if cause != "works"):
        states.card_of(made, cause)
        pictures.settle(made)
        no_text_is_clipped(made)


def _texts(shown: Driver) -> set[str]:
    found = {label.text() for label in shown.findChildren(QLabel) if label.isVisible()}
    found |= {button.text() for button in shown.findChildren(QAbstractButton) if button.isVisible()}
    found |= {widget.accessibleName() for widget in shown.findChildren(QAbstractButton) if widget.isVisible()}
    return {text for text in found if len(re.findall(r"[a-z]{2,}", text)) > 3}


def _english() -> set[str]:
    """Every sentence of the window without facts in it."""

    def leaves(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set().union(*map(leaves, value.values())) if value else set()
        if isinstance(value, list):
            return set().union(*map(leaves, value)) if value else set()
        return {value} if isinstance(value, str) and "{" not in value else set()

    found = set().union(
        *(leaves(cause_texts.table(name)) for name in ("window", "trap", "causes", "faults", "uses"))
    )
    return {text for text in found if len(re.findall(r"[a-z]{2,}", text)) > 3}


def _speak(shown: Driver, code: str) -> None:
    shown.speak(code)
    for _ in range(40):
        QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize(
    "state",
    ["key-help", "file-none", "refused-steps", "trap", "use-vertex", "home-several"],
)
def test_a_switch_leaves_nothing_in_the_old_language(qtbot: QtBot, state: str) -> None:
    english = _english()
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    assert _texts(made) & english, "the state shows sentences"
    place = made.place
    made.open_about()
    _speak(made, "de")
    made.go_back()
    pictures.settle(made)
    assert made.place == (place if place not in (TRAP, "confirm") else made.place)
    assert not _texts(made) & english
    no_text_is_clipped(made)


def test_a_switch_keeps_what_was_typed_chosen_and_found(qtbot: QtBot) -> None:
    made = states.bring("key-wrong")
    qtbot.addWidget(made)
    pictures.settle(made)
    typed = made.key_page.field.text()
    assert typed
    made.go(EXPLAIN)
    explain = made.page(EXPLAIN)
    assert isinstance(explain, ExplainPage)
    explain.box.setPlainText("429 RESOURCE_EXHAUSTED")
    made.open_about()
    draft = made.draft
    _speak(made, "de")
    assert made.draft is draft
    assert made.place == ABOUT
    assert made.key_page.field.text() == typed
    kept = made.page(EXPLAIN)
    assert isinstance(kept, ExplainPage)
    assert kept is not explain
    assert kept.box.toPlainText() == "429 RESOURCE_EXHAUSTED"
    made.go_back()
    assert made.place == EXPLAIN
    made.go_back()
    assert made.place == Page.KEY


def test_a_diagnosis_stands_again_with_its_buttons_and_acts_no_second_time(qtbot: QtBot) -> None:
    made = states.bring("blocked")
    qtbot.addWidget(made)
    pictures.settle(made)
    before = [button.objectName() for button in made.check_page.card.buttons]
    english = made.check_page.title.text()
    made.open_about()
    _speak(made, "de")
    made.go_back()
    pictures.settle(made)
    assert made.place == Page.CHECK
    assert made.check_page.title.text() != english
    assert [button.objectName() for button in made.check_page.card.buttons] == before
    assert made.check.state == "done"


def test_no_language_is_changed_while_google_is_asked(qtbot: QtBot) -> None:
    made = states.bring("checking")
    qtbot.addWidget(made)
    pictures.settle(made)
    assert not made.rail.about.isEnabled()


def test_a_choice_in_the_window_holds_at_once_and_for_the_next_time(
    window: Driver, qapp: QApplication
) -> None:
    window.open_about()
    about = window.page(ABOUT)
    assert isinstance(about, AboutPage)
    names = [about.language.itemText(n) for n in range(about.language.count())]
    assert names[1] == "English"
    about.language.setCurrentIndex(next(n for n, text in enumerate(names) if text.startswith("العربية")))
    assert settings.chosen(settings.LANGUAGE) == "ar"
    assert qapp.layoutDirection() is Qt.LayoutDirection.RightToLeft
    now = window.page(ABOUT)
    assert isinstance(now, AboutPage)
    assert now is not about
    assert now.note.text(), "a draft says that it is one"
    assert QApplication.focusWidget() is now.language or not window.isActiveWindow()
    now.appearance.setCurrentIndex(2)
    assert settings.chosen(settings.APPEARANCE) == "dark"
    assert THEME.dark
    now.language.setCurrentIndex(0)
    assert settings.chosen(settings.LANGUAGE) == ""
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_a_choice_that_cannot_be_kept_is_said(window: Driver, tmp_path: Path) -> None:
    (tmp_path / "gemini-setup").write_text("a file where our folder would be")
    window.open_about()
    combo = window.page(ABOUT).findChild(QComboBox, "about.language")
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findText("Deutsch"))
    assert window.toast.accessibleName() == cause_texts.text("window.about", "not_kept")
    assert messages.language().code == "de"
    again = window.page(ABOUT)
    assert isinstance(again, AboutPage)
    assert again.language.currentText() == "Deutsch", "what is in use is shown"
    again.language.setCurrentIndex(0)
    assert messages.language().code == "en", "and can be taken back"


def test_the_secret_lives_on_in_one_field_only(qtbot: QtBot) -> None:
    made = states.bring("key-wrong")
    qtbot.addWidget(made)
    before = made.key_page
    made.open_about()
    made.speak("de")
    assert made.key_page is not before
    assert made.key_page.field.text()
    assert before.field.text() == ""


@pytest.mark.parametrize(("state", "button"), [("use-old", "use.old_later"), ("use-vertex", "use.trash")])
def test_what_was_done_on_the_last_page_stays_done(qtbot: QtBot, state: str, button: str) -> None:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)
    if button == "use.trash":
        made.use_page._trashed(None)
    else:
        found = made.findChild(QAbstractButton, button)
        assert isinstance(found, QAbstractButton)
        found.click()

    def said() -> tuple[bool, bool, bool, bool]:
        page = made.use_page
        return (
            page.card_is_main,
            page.trash.isVisible(),
            bool(page.later.text()),
            bool(page.trash_notice.text()),
        )

    before = said()
    made.open_about()
    _speak(made, "de")
    made.go_back()
    assert said() == before
    assert not before[0]
    assert not before[1]


def test_a_switch_asks_the_keyring_for_nothing(
    window: Driver, core: MadeUpCore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that reads it does so when it comes up: else a person would be asked for a password by the way."""
    core.profiles = [made_up.row()]
    asked: list[str] = []

    def offers(profile: str) -> list[Any]:
        asked.append(profile)
        return []

    monkeypatch.setattr(core, "offers", offers)
    window.go(Page.HOME)
    window.hand_over(core.profiles[0])
    qtbot.waitUntil(lambda: not window.calls.busy, timeout=20_000)
    assert asked == ["default"]
    window.open_about()
    _speak(window, "de")
    window.build_pages()
    assert not window.calls.busy
    assert asked == ["default"]
    window.go_back()
    assert window.place == HANDING
    qtbot.waitUntil(lambda: not window.calls.busy, timeout=20_000)
    assert asked == ["default", "default"]
    assert "default" in window.page(HANDING).lead.text()


@pytest.mark.parametrize(("state", "key"), [("endpoint", "endpoint"), ("demonstration", "demonstration")])
def test_what_holds_above_every_page_holds_after_a_switch(qtbot: QtBot, state: str, key: str) -> None:
    made = states.bring(state)
    qtbot.addWidget(made)
    pictures.settle(made)

    def said() -> str:
        banner = getattr(made.banners, key)
        assert banner.isVisible()
        return str(banner.accessibleName())

    english, foot = said(), made.rail._foot.text()
    made.open_about()
    _speak(made, "de")
    german = said()
    assert german != english
    assert german.startswith(cause_texts.table("window.window")[key].partition("{")[0])
    assert made.rail._foot.text() != foot


def test_a_switch_reaches_qt_s_own_words_and_the_order_of_tab(window: Driver, qapp: QApplication) -> None:
    window.open_about()
    _speak(window, "de")
    assert qapp.translate("QLineEdit", "&Copy") == "&Kopieren"
    chain = [window.footer.next]
    while chain[-1].nextInFocusChain() is not window.footer.next:
        chain.append(chain[-1].nextInFocusChain())  # type: ignore[arg-type]
    controls = [one for one in chain if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible()]
    assert controls[0] is window.rail.about
    _speak(window, "en")
    assert qapp.translate("QLineEdit", "&Copy") == "&Copy"


def test_no_language_is_changed_while_something_is_done_to_what_is_kept(window: Driver, qtbot: QtBot) -> None:
    may = threading.Event()
    window.calls.do(partial(may.wait, 5), lambda _: None, window.refresh)
    assert window.calls.busy
    assert not window.rail.about.isEnabled()
    may.set()
    qtbot.waitUntil(window.rail.about.isEnabled, timeout=20_000)


@pytest.mark.parametrize("code", ["en", "ar"])
def test_copy_stands_beside_the_code_and_english_keeps_its_full_stop(
    qtbot: QtBot, qapp: QApplication, code: str
) -> None:
    messages.use(code)
    qt_language.turn(qapp)
    made = states.bring("use-key")
    qtbot.addWidget(made)
    pictures.settle(made)
    blocks = [one for one in made.page(made.place).findChildren(CodeBlock) if one.isVisible()]
    assert blocks
    for block in blocks:
        metrics = QFontMetricsF(block._text.font())
        widest = max(metrics.horizontalAdvance(line) for line in block.text().splitlines()[:2])
        text = block._text.mapTo(block, QPoint(0, 0)).x()
        assert text == 16, "at the left in every language: code runs from there"
        assert text + widest < block.copy_button.x(), block.text()
    assert _direction(Paragraph("Not checked.")) is Qt.LayoutDirection.LeftToRight
    arabic = Qt.LayoutDirection.RightToLeft if code == "ar" else Qt.LayoutDirection.LeftToRight
    assert _direction(Paragraph("\u0645\u0641\u062a\u0627\u062d Gemini.")) is arabic


def _direction(paragraph: Paragraph) -> Qt.LayoutDirection:
    layout, _ = paragraph._layout(300)
    return layout.textOption().textDirection()
