"""One set of tokens for the window's look: colours in light and dark, type sizes, spacing, a little QSS."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

GAP: Final = 4  # every distance is a multiple of it
RADIUS: Final = 8  # controls
CARD: Final = 12  # cards
PADDING: Final = 18  # left and right in a button, its frame included
_COLUMN: Final = 720  # at the usual size of text
MARGIN: Final = 48  # left and right of a page's column

#: Set on an application that was started in Fusion: asking for it again would make a class with 500 constants.
STYLED: Final = "gemini-setup-styled"

# Type sizes as ratios of the system's font size, with their weights.
DISPLAY: Final = (1.85, 600)
TITLE: Final = (1.2, 600)
STRONG: Final = (1.0, 600)
BODY: Final = (1.0, 400)
SMALL: Final = (0.9, 400)
SMALL_STRONG: Final = (0.9, 600)


class Tokens(NamedTuple):
    """The colours of one scheme. `…_soft` is a ground for text in the colour itself, in `text` and in `muted`."""

    ground: str
    rail: str
    card: str
    code: str
    line: str  # hairlines between things that are no controls
    border: str  # borders of controls
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    hover: str
    disabled: str
    on_disabled: str
    green: str
    green_soft: str
    amber: str
    amber_soft: str
    red: str
    red_soft: str
    grey: str
    grey_soft: str


LIGHT: Final = Tokens(
    ground="#fbfbfe",
    rail="#f1f2f8",
    card="#ffffff",
    code="#f3f4f9",
    line="#e2e4ee",
    border="#81879a",
    text="#14161d",
    muted="#555b6e",
    accent="#2057d6",
    accent_hover="#1848bb",
    on_accent="#ffffff",
    accent_soft="#e9f0fe",
    hover="#f2f6ff",
    disabled="#e2e5ec",
    on_disabled="#5c6275",
    green="#0d6b3d",
    green_soft="#e2f5e9",
    amber="#855000",
    amber_soft="#fff3da",
    red="#b1201c",
    red_soft="#ffefee",
    grey="#525869",
    grey_soft="#eef0f4",
)

DARK: Final = Tokens(
    ground="#15171c",
    rail="#101216",
    card="#1d2026",
    code="#1a1d23",
    line="#2e323b",
    border="#787f90",
    text="#eef0f6",
    muted="#a5abbb",
    accent="#8ab1ff",
    accent_hover="#a6c3ff",
    on_accent="#0c1530",
    accent_soft="#1a2644",
    hover="#1c2333",
    disabled="#2a2e37",
    on_disabled="#9aa0b0",
    green="#6cd49a",
    green_soft="#16301f",
    amber="#f0b95a",
    amber_soft="#33270f",
    red="#ff9b93",
    red_soft="#341a1a",
    grey="#b4bac8",
    grey_soft="#262a32",
)

# (foreground, ground, least contrast): what is ever drawn on what. A test measures each in both schemes.
PAIRS: Final = (
    *(
        (fore, back, 4.5)
        for fore in ("text", "muted")
        for back in ("ground", "rail", "card", "code", "hover")
    ),
    *(
        (fore, f"{name}_soft", 4.5)
        for name in ("green", "amber", "red", "grey")
        for fore in (name, "text", "muted")
    ),
    *((name, back, 4.5) for name in ("green", "amber", "red", "grey") for back in ("ground", "card", "rail")),
    *((fore, "accent_soft", 4.5) for fore in ("accent", "text", "muted", "amber")),
    *(("accent", back, 4.5) for back in ("ground", "card", "rail", "code")),
    ("on_accent", "accent", 4.5),
    ("on_accent", "accent_hover", 4.5),
    ("on_disabled", "disabled", 4.5),
    *(("border", back, 3.0) for back in ("ground", "card", "rail", "code")),
    *(("accent", f"{name}_soft", 3.0) for name in ("green", "amber", "red", "grey")),
    *(("border", f"{name}_soft", 3.0) for name in ("green", "amber", "red", "grey")),
)

_QSS: Final = """
QLabel[tone="muted"] {{ color: {muted} }}
QLabel[tone="accent"] {{ color: {accent} }}
QLabel[tone="green"] {{ color: {green} }}
QLabel[tone="amber"] {{ color: {amber} }}
QLabel[tone="red"] {{ color: {red} }}
QLabel[tone="grey"] {{ color: {grey} }}
QPushButton[kind] {{ border-radius: {radius}px; padding: 10px 17px; font-weight: 600; outline: 0;
  border: 1px solid transparent }}
QPushButton[kind="primary"] {{ background: {accent}; color: {on_accent}; border-color: {accent} }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{ background: {accent_hover};
  border-color: {accent_hover} }}
QPushButton[kind="primary"]:disabled {{ background: {disabled}; color: {on_disabled}; border-color: {disabled} }}
QPushButton[kind="plain"] {{ background: {card}; color: {text}; border-color: {border} }}
QPushButton[kind="plain"]:hover, QPushButton[kind="plain"]:checked {{ background: {hover}; border-color: {accent} }}
QPushButton[kind="plain"]:pressed {{ background: {accent_soft}; border-color: {accent} }}
QPushButton[kind="plain"]:disabled {{ background: {disabled}; color: {on_disabled}; border-color: {disabled} }}
QPushButton[kind]::menu-indicator {{ image: none; width: 0 }}
QPushButton[kind="destroy"] {{ background: {red}; color: {ground}; border-color: {red} }}
QPushButton[kind="destroy"]:hover, QPushButton[kind="destroy"]:pressed {{ background: {text}; border-color: {text} }}
QPushButton[kind="destroy"]:disabled {{ background: {disabled}; color: {on_disabled}; border-color: {disabled} }}
QPushButton[kind="ghost"] {{ background: transparent; color: {muted} }}
QPushButton[kind="ghost"]:hover {{ background: {hover}; color: {accent} }}
QPushButton[kind="ghost"]:pressed {{ background: {accent_soft}; color: {accent} }}
QLineEdit, QComboBox, QPlainTextEdit {{ background: {card}; color: {text}; border: 1px solid {border};
  border-radius: {radius}px; padding: 0 11px; selection-background-color: {accent};
  selection-color: {on_accent} }}
QLineEdit, QComboBox {{ min-height: {field}px; max-height: {field}px }}
QPlainTextEdit {{ padding: 7px }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{ border: 2px solid {accent}; padding: 0 10px }}
QPlainTextEdit:focus {{ padding: 6px }}
QComboBox QLineEdit {{ border: 0; padding: 0; min-height: 0 }}
QComboBox::drop-down {{ border: 0; width: 30px }}
QComboBox::down-arrow {{ width: 0; height: 0 }}
QComboBox QAbstractItemView {{ background: {card}; color: {text}; border: 1px solid {border};
  selection-background-color: {accent_soft}; selection-color: {text}; outline: 0; padding: 4px }}
QPushButton[kind="tab"] {{ background: transparent; color: {muted}; padding: 6px 0; border: 0; border-radius: 0;
  border-bottom: 2px solid transparent }}
QPushButton[kind="tab"]:hover {{ color: {text} }}
QPushButton[kind="tab"]:checked {{ color: {accent}; border-bottom-color: {accent} }}
QMenu {{ background: {card}; color: {text}; border: 1px solid {border}; padding: 4px }}
QMenu::item {{ padding: 8px 24px 8px 16px; border-radius: 4px }}
QMenu::item:selected {{ background: {accent_soft}; color: {text} }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px }}
QToolTip {{ background: {card}; color: {text}; border: 1px solid {border}; padding: 4px }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0 }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0 }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0 }}
QScrollBar::handle {{ background: {border}; border-radius: 3px; margin: 3px; min-height: 32px; min-width: 32px }}
QScrollBar::handle:hover {{ background: {muted} }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0 }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent }}
"""

#: High contrast has no ground that says so: what is off has the platform's gray, and a broken frame where it has any.
_PLAIN_QSS: Final = """
QPushButton[kind]:disabled {{ color: {on_disabled} }}
QPushButton[kind="primary"]:disabled, QPushButton[kind="plain"]:disabled, QPushButton[kind="destroy"]:disabled {{
  border: 1px dashed {on_disabled} }}
"""


def luminance(colour: str) -> float:
    """WCAG relative luminance of `#rrggbb`."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _platform_tokens(palette: QPalette) -> Tokens:
    """Tokens for high contrast: only the platform's own colours, states told apart by their glyphs.

    Frames stand in the colour of the text: the style's own are mixed from its ground, and not seen on black.
    """
    role = QPalette.ColorRole
    text, ground = palette.color(role.WindowText).name(), palette.color(role.Window).name()
    accent, on_accent = palette.color(role.Highlight).name(), palette.color(role.HighlightedText).name()
    if min(contrast(accent, ground), contrast(accent, on_accent)) < 4.5:
        accent, on_accent = text, ground
    values = dict.fromkeys(Tokens._fields, text)
    for name in ("ground", "rail", "card", "code", "hover", "disabled"):
        values[name] = ground
    for name in ("accent_soft", "green_soft", "amber_soft", "red_soft", "grey_soft"):
        values[name] = ground
    off = palette.color(QPalette.ColorGroup.Disabled, role.WindowText).name()
    values |= {"accent": accent, "accent_hover": accent, "on_accent": on_accent}
    values["on_disabled"] = off if contrast(off, ground) >= 4.5 else text
    return Tokens(**values)


class Theme(QObject):
    """The look in use. `scheme` forces "light" or "dark"; None follows the system and its changes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self.sheet = ""  # the tokens as a style sheet; see `dress`
        self.dark = False
        self.plain = False  # high contrast: the platform's own colours
        self.focus_visible = False
        self.high_contrast = False  # the system asks for it
        self.still = False  # nothing moves: for pictures, and for people who asked their system for it
        self._forced: str | None = None
        self._app: QApplication | None = None
        self._platform = QPalette()
        self._watched: list[QObject] = []
        self._hints: object = None  # kept, or what is asked of them goes away with them
        self._wishes: object = None

    def install(self, app: QApplication, scheme: str | None = None) -> None:
        self._forced = scheme
        if self._app is not app:
            self._app = app
            self._platform = QPalette(app.palette())
            if not app.property(STYLED):
                app.setStyle("Fusion")
            hints = self._hints = app.styleHints()
            hints.colorSchemeChanged.connect(self._system_changed)
            wishes = self._wishes = (
                hints.accessibility() if hasattr(hints, "accessibility") else None
            )  # since 6.10
            if wishes is not None:
                wishes.contrastPreferenceChanged.connect(self._contrast_changed)
                if hasattr(wishes, "motionPreferenceChanged"):  # since 6.12
                    wishes.motionPreferenceChanged.connect(self._motion_changed)
            self.high_contrast = wishes is not None and _is_high(wishes.contrastPreference())
            self.still = self.still or _wants_stillness(wishes)
        self._apply()

    def watch(self, window: QWidget) -> None:
        """Show focus rings in a window that has come up for the first time once its keyboard is used to move.

        What the system sends to the window is looked at there: a filter on the application would be called for every
        event of every widget.
        """
        handle = window.windowHandle()
        handle.installEventFilter(self)
        self._watched = [one for one in self._watched if isValid(one)] + [handle]

    def dress(self, widget: QWidget) -> bool:
        """Give a part of a window the sheet in use; False when it had it.

        The application has none: with a new one each widget there is, seen or not, would be polished at once (250 ms).
        """
        if widget.styleSheet() == self.sheet:
            return False
        widget.setStyleSheet(self.sheet)
        return True

    def force(self, scheme: str | None) -> None:
        self._forced = scheme
        self._apply()

    def _system_changed(self) -> None:
        if self._forced is None:
            self._apply()

    def _system_is_dark(self) -> bool:
        hint = QGuiApplication.styleHints().colorScheme()
        if hint is Qt.ColorScheme.Unknown:
            return self._platform.color(QPalette.ColorRole.Window).lightness() < 128
        return hint is Qt.ColorScheme.Dark

    def _contrast_changed(self, preference: Qt.ContrastPreference) -> None:
        self.ask_for_contrast(_is_high(preference))

    def ask_for_contrast(self, high: bool, platform: QPalette | None = None) -> None:
        """The system asks for high contrast, or no more; `platform` are its colours, where they are not asked of it."""
        self.high_contrast = high
        if platform is not None:
            self._platform = platform
        elif self._app is not None:
            self._platform = self._of_the_system(self._app)
        self._apply()

    def _of_the_system(self, app: QApplication) -> QPalette:
        """Its colours as they are now, without those that were set here before."""
        ours = app.palette()
        app.setPalette(QPalette())
        found = QPalette(app.palette())
        app.setPalette(ours)
        return found

    def _motion_changed(self, _preference: object) -> None:
        self.keep_still(_wants_stillness(self._wishes))

    def keep_still(self, still: bool) -> None:
        """What moves is told by `changed`."""
        self.still = still
        self.changed.emit()

    def _apply(self) -> None:
        app = self._app
        if app is None:
            return
        self.dark = self._forced == "dark" or (self._forced is None and self._system_is_dark())
        self.plain = self.high_contrast  # before any look that was chosen here: it is what the person can see
        before = self.sheet
        if self.plain:
            self.tokens = _platform_tokens(self._platform)
            self.sheet = qss(self.tokens, app.font(), plain=True)
            app.setPalette(self._platform)
        else:
            self.tokens = DARK if self.dark else LIGHT
            self.sheet = qss(self.tokens, app.font())
            if self.sheet != before:
                app.setPalette(palette(self.tokens))
        self.changed.emit()
        for window in app.topLevelWidgets():
            window.update()

    def font_changed(self) -> None:
        """Apply the sizes that depend on the system's font again."""
        self._apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Focus rings appear with the first Tab or arrow key and go with the next press of the mouse."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _NAVIGATION and not self.focus_visible:
                self._show_focus(True)
        elif event.type() == QEvent.Type.MouseButtonPress and self.focus_visible:
            self._show_focus(False)
        return False

    def _show_focus(self, visible: bool) -> None:
        self.focus_visible = visible
        widget = QApplication.focusWidget()
        if widget is not None:
            widget.update()


def _is_high(preference: Qt.ContrastPreference) -> bool:
    return preference is Qt.ContrastPreference.HighContrast


def _wants_stillness(wishes: object) -> bool:
    """The system's "reduce motion", where this Qt knows of it."""
    motion = getattr(wishes, "motionPreference", None)
    return motion is not None and "Reduced" in str(motion())


_NAVIGATION: Final = frozenset(
    {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right}
)


def palette(tokens: Tokens) -> QPalette:
    result = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, tokens.ground),
        (role.Base, tokens.card),
        (role.AlternateBase, tokens.code),
        (role.Button, tokens.card),
        (role.WindowText, tokens.text),
        (role.Text, tokens.text),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.ToolTipBase, tokens.card),
        (role.ToolTipText, tokens.text),
        (role.Mid, tokens.line),
    ):
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.muted))
    return result


def qss(tokens: Tokens, font: QFont, *, plain: bool = False) -> str:
    colours = tokens._asdict()
    return (_QSS + _PLAIN_QSS if plain else _QSS).format(
        radius=RADIUS, field=max(38, round(size_in_points(font) * 2.6 * 1.33) + 2), **colours
    )


def size_in_points(font: QFont) -> float:
    return font.pointSizeF() if font.pointSizeF() > 0 else font.pixelSize() * 0.75


#: Secondary text is never smaller than this many pixels, as long as the person's own text is not.
_LEGIBLE: Final = 12
#: With text beyond this scale headings come nearer to its size: a title would fill the page.
_TALLEST: Final = 1.5


def font(kind: tuple[float, int]) -> QFont:
    """The system's font at one of the sizes above."""
    result = QFont(QGuiApplication.font())
    usual = size_in_points(result)
    if kind[0] < 1:
        screen = QGuiApplication.primaryScreen()
        least = _LEGIBLE * 72 / (screen.logicalDotsPerInch() if screen is not None else 96)
        result.setPointSizeF(max(usual * kind[0], min(usual, least * min(1, kind[0] / SMALL[0]))))
    else:
        shrunk = min(1, (_TALLEST / scale()) ** 2)
        least = TITLE[0] if kind[0] > TITLE[0] else 1.0
        result.setPointSizeF(usual * min(kind[0], max(least, kind[0] * shrunk)))
    result.setWeight(QFont.Weight(kind[1]))
    return result


def code_font() -> QFont:
    from PySide6.QtGui import QFontDatabase

    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setPointSizeF(size_in_points(QGuiApplication.font()) * 0.95)
    return result


def scale() -> float:
    """How much larger than usual the person's text is: what the rail's and the icons' widths grow by."""
    return max(1.0, size_in_points(QGuiApplication.font()) / 11.0)


def is_large() -> bool:
    """Very large text, which needs the room of margins and ornaments itself."""
    return scale() > 1.5


def column() -> int:
    """A page's column is never wider: as many letters fit into it whatever their size."""
    return round(_COLUMN * scale())


def margin() -> int:
    """Left and right of a page's column."""
    return MARGIN // 2 if is_large() else MARGIN


THEME: Final = Theme()


def tokens() -> Tokens:
    return THEME.tokens


def off() -> QColor:
    """The ink of a control that is off."""
    return colour("on_disabled" if THEME.plain else "muted")


def colour(name: str) -> QColor:
    return QColor(getattr(THEME.tokens, name))
