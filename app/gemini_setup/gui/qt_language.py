"""The language of the window: its direction, and Qt's own words in the dialogs that Qt itself brings."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from gemini_setup.i18n import messages

_in_use: list[QTranslator] = []


def turn(app: QApplication) -> None:
    """Lay the window out in the direction of the language in use."""
    messages.show_marks()
    right = messages.language().right_to_left
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)


def translate_qt(app: QApplication) -> None:
    """The words of file dialogs and of a field's menu. Where Qt has none for a language they stay English."""
    while _in_use:
        app.removeTranslator(_in_use.pop())
    code = messages.language().code
    translator = QTranslator(app)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code != messages.SOURCE and translator.load(QLocale(code), "qtbase", "_", place):
        app.installTranslator(translator)
        _in_use.append(translator)
