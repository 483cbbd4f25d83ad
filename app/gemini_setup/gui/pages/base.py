"""What every page has: one scrolling column with a title, its footer, and what the window tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from gemini_setup.gui.components.footer import FooterState
from gemini_setup.gui.components.widgets import Card, ChoiceCard
from gemini_setup.gui.style import theme
from gemini_setup.gui.style.text import Paragraph, heading, lead
from gemini_setup.gui.texts import say
from gemini_setup.wizard.flow import Draft, Page, following, preceding

if TYPE_CHECKING:
    from gemini_setup.gui.protocols import Drafts, Navigation


_EMPTY: Final = 36  # pixels that a page can give up for what it holds


class PageView(QScrollArea):
    """A page. Its widgets live on while other pages are shown, so nothing that was typed is lost.

    A page is handed what it needs as keywords, and keeps it before it calls this class, which builds it.
    """

    changed = Signal()  # its footer is another one
    main_wanted = Signal()  # the keyboard belongs to the footer's main button
    goes_on = Signal()  # as if the footer's main button were pressed
    turned = Signal()  # ... and nobody pressed: the next page came up by itself

    id = ""
    step: int | None = 0  # where the rail stands while it is shown; None: at what is kept
    follows_unseen = False  # whether it follows the draft also while another page is shown

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(f"page.{self.id}")
        self.setAccessibleIdentifier(f"page.{self.id}")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # with very large text only
        inside = QWidget()
        outer = QHBoxLayout(inside)
        outer.setContentsMargins(theme.margin(), 0, theme.margin(), 0)
        outer.setSpacing(0)
        column = QWidget()
        column.setMaximumWidth(theme.column())
        column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.body = QVBoxLayout(column)
        self._closing: QWidget | None = None
        self._covered = False
        self._tight = theme.is_large()
        self.body.setSpacing(0)
        self.title = heading()
        self.lead = lead()
        self.body.addWidget(self.title)
        self.body.addSpacing(theme.GAP)
        self.body.addWidget(self.lead)
        self._beneath_lead = QSpacerItem(0, 0)
        self.body.addItem(self._beneath_lead)
        self._set_tight(self._tight)
        self._outer = outer
        self.verticalScrollBar().rangeChanged.connect(self._make_room)
        outer.addStretch(0)  # on a wide window the column stands in the middle
        outer.addWidget(column, 1)
        outer.addStretch(0)
        self.setWidget(inside)
        self.build()
        self.finish()

    def build(self) -> None:
        """Make the page's widgets once."""

    def _set_tight(self, tight: bool) -> None:
        """Less empty room above, below, and beneath the lead."""
        self._tight = tight
        above, beneath, below = (12, 12, 0) if tight else (28, 20, 12)
        self.body.setContentsMargins(0, above, 0, below)
        self._beneath_lead.changeSize(0, beneath)
        self.body.invalidate()
        self._show_closing()

    def put_closing(self, text: str) -> None:
        """A line at the foot of the page, for which nobody scrolls."""
        self._closing = Paragraph(text, theme.SMALL, "muted")
        self.put(self._closing, 12)
        self._show_closing()

    def cover(self, covered: bool) -> None:
        """A passing word lies above the foot of the page."""
        self._covered = covered
        self._show_closing()

    def _show_closing(self) -> None:
        if self._closing is None:
            return
        room = not self._tight or theme.is_large()
        policy = self._closing.sizePolicy()
        policy.setRetainSizeWhenHidden(room)  # a passing word moves nothing
        self._closing.setSizePolicy(policy)
        self._closing.setVisible(room and not self._covered)

    def _make_room(self, _least: int, most: int) -> None:
        """Nobody scrolls for the sake of empty room. The scroll bar stands in the margin, so that the column keeps its
        width.
        """
        if 0 < most <= _EMPTY and not self._tight:
            self._set_tight(True)
            return
        bar = self.verticalScrollBar().sizeHint().width() if most > 0 else 0
        left, right = (theme.margin(), theme.margin() - bar)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            left, right = right, left
        self._outer.setContentsMargins(left, 0, right, 0)

    def finish(self) -> None:
        """What is left of the height stays empty below the last widget."""
        self.body.addStretch(1)

    def put(self, item: QWidget | QLayout, gap: int = 0, *, natural: bool = False) -> None:
        """Add to the column; `natural` keeps a button as wide as its text, lined up with the column's text."""
        inner = (
            item.layout() if isinstance(item, QWidget) and not isinstance(item, (Card, ChoiceCard)) else None
        )
        if inner is not None and not natural:
            margins = inner.contentsMargins()  # the gap goes away with a widget that is hidden
            inner.setContentsMargins(margins.left(), margins.top() + gap, margins.right(), margins.bottom())
        elif gap:
            self.body.addSpacing(gap)
        if isinstance(item, QWidget):
            self.body.addWidget(item, 0, Qt.AlignmentFlag.AlignLeading if natural else Qt.AlignmentFlag(0))
        else:
            self.body.addLayout(item)

    def put_beside_title(self, widget: QWidget) -> None:
        """A sign of the page's result, before its title and lead."""
        for part in (self.title, self.lead):
            self.body.removeWidget(part)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(theme.GAP)
        texts.addWidget(self.title)
        texts.addWidget(self.lead)
        head.addLayout(texts, 1)
        self.body.insertLayout(0, head)

    def set_title(self, title: str, lead: str = "") -> None:
        self.title.setText(title)
        self.lead.setText(lead)
        self.lead.setVisible(bool(lead))
        self.setAccessibleName(title)

    # ---- what the window asks and tells

    def footer(self) -> FooterState:
        """The buttons at the foot."""
        return FooterState()

    def activate(self) -> None:
        """Do what the footer's main button says; also Ctrl+Return."""

    def do_aside(self) -> None:
        """Do what the footer's quiet button says."""

    def go_back(self) -> bool:
        """Do what the footer's left button says where that is not Back. False: it is."""
        return False

    def typed(self) -> Sequence[str]:
        """What was typed here and may be secret, so that no crash report repeats it."""
        return ()

    def arrive(self) -> None:
        """The page is about to come up, or has been asked for again: show what it is about."""

    def take_over(self, old: PageView) -> None:
        """What `old`, the same page in another language, holds beside the draft: typed text, results, what is open."""

    def render_draft(self, draft: Draft) -> None:
        """Show what the draft holds."""

    def show_busy(self, busy: bool) -> None:
        """Something is being done to what is kept: buttons that would do another thing are off."""

    def first_focus(self) -> QWidget | None:
        """Where the keyboard stands when the page comes up."""
        return None

    def blocked_reason(self) -> str:
        """Why the main button is off, in words that stand beside it; "" when it is on or has no reason."""
        return ""

    def look_around(self) -> None:
        """The first frame stands: what was too slow for it can be looked up now."""

    def look_again(self) -> None:
        """F5: what the page shows is looked up again, where it shows anything of that kind."""

    def conceal(self) -> None:
        """Another program's window is in front: nothing secret shows in clear."""

    def entered(self) -> None:
        """The page has come up."""

    def left(self) -> None:
        """Another page has come up."""

    def spoken(self) -> str:
        """What a screen reader says when the page comes up."""
        return ". ".join(filter(None, (self.title.text(), self.lead.text())))

    def show_focus(self) -> None:
        """The whole control with the keyboard is in view, where Qt cares for a field's cursor only."""
        widget, inside = QApplication.focusWidget(), self.widget()
        if widget is not None and inside is not None and inside.isAncestorOf(widget):
            half = min(widget.height(), self.viewport().height()) // 2
            centre = widget.mapTo(inside, widget.rect().center())
            self.ensureVisible(centre.x(), centre.y(), 0, half + 2 * theme.GAP)

    def bring_into_view(self, widget: QWidget) -> None:
        """Lay out what has just changed, then scroll."""
        self._lay_out()
        self.ensureWidgetVisible(widget, 0, 24)

    def is_on_first_screen(self, widget: QWidget) -> bool:
        """Whether all of it shows beside the title, unscrolled: with very large text a button may not."""
        inside = self.widget()
        self._lay_out()
        if inside is None:
            return False
        return widget.mapTo(inside, widget.rect().bottomLeft()).y() < self.viewport().height()

    def _lay_out(self) -> None:
        inside = self.widget()
        layout = inside.layout() if inside is not None else None
        if layout is not None:
            layout.activate()

    def show_top(self) -> None:
        if self._tight and not theme.is_large():
            self._set_tight(False)
        self.verticalScrollBar().setValue(0)

    def scroll_by(self, key: int) -> bool:
        """By a key that scrolls; False for any other."""
        action = _SCROLLS.get(key)
        if action is not None:
            self.verticalScrollBar().triggerAction(action)
        return action is not None


_SCROLLS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class WizardPage(PageView):
    """A page on which an answer is given: its main button goes on as soon as the draft allows it."""

    main_text = "window.continue"

    def __init__(self, navigation: Navigation, drafts: Drafts) -> None:
        self.navigation, self.drafts = navigation, drafts
        super().__init__()

    def footer(self) -> FooterState:
        draft, here = self.drafts.draft, Page(self.id)
        trouble = bool(self.drafts.endpoint_trouble)
        return FooterState(
            say(self.main_text),
            following(here, draft) is not None and not trouble,
            back=preceding(here, draft) is not None,
            cancel=True,
            reason="" if trouble else self.blocked_reason(),  # a banner says it
            returns=bool(draft.kept),
        )

    def activate(self) -> None:
        self.navigation.follow()
