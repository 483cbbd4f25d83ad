"""How a text is laid out for the stream that it goes to: width, colors, signs. What goes into a pipe never changes."""

from __future__ import annotations

import codecs
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TextIO

#: Prose is not wider than this, however wide the terminal is; tables are.
PROSE: Final = 100
#: The name of the error handler for what a stream's encoding lacks; `main` sets it for both streams.
FALL_BACK: Final = "gemini-setup"
#: What stands in for a sign that the stream's encoding lacks; anything else becomes a question mark.
SIGNS: Final[Mapping[str, str]] = {
    "✓": "+", "✗": "x", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "·": "-", "–": "-", "—": "-",
    "→": "->", "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip
_COLORS: Final = {"green": "32", "yellow": "33", "red": "31", "dim": "2", "bold": "1"}
_TURNS: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_TURNS: Final = "|/-\\"
WHILE: Final = 0.5  # seconds after which what is under way is said
_TURN: Final = 0.1  # seconds between two pictures of what turns
_BACK: Final = "\r\x1b[K"  # to the beginning of the line, which is erased


def nearest(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(SIGNS.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error(FALL_BACK, nearest)


class Screen:
    """A stream as it is now: a terminal of some width, or a pipe, which has none."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        self.moves = self.is_terminal and os.environ.get("TERM") != "dumb" and _obeys_escapes(stream)
        self.colors = self.moves and not os.environ.get("NO_COLOR")
        self.columns = _columns(stream) if self.is_terminal else 0

    def fit(self, text: str) -> str:
        """The text with signs that the stream can show, so that its width is known."""
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return text.encode(encoding, FALL_BACK).decode(encoding)

    def paint(self, text: str, color: str) -> str:
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self.colors and color and text else text

    def lines(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        """A paragraph, wrapped between words and indented; the first line begins with `first`. One line in a pipe.

        A `command` is not broken, and stands out where there are colors.
        """
        first = indent if first is None else first
        if not self.columns:
            return [first + text]
        room = min(self.columns - 1, PROSE)
        found, line = list[str](), first
        start = True
        for unit, spaced in _units(self.fit(text)):
            gap = " " if spaced and not start else ""
            shown = self._command(unit)
            if not start and width(line) + len(gap) + width(shown) > room:
                found.append(line)
                line, gap = indent, ""
            line += gap + shown
            start = False
        return [*found, line]

    def _command(self, unit: str) -> str:
        return re.sub("`([^`]+)`", lambda found: self.paint(found[1], "bold"), unit) if self.colors else unit

    def write(self, text: str = "", indent: str = "", first: str | None = None) -> None:
        self.stream.write("\n".join(self.lines(text, indent, first)) + "\n")
        self.stream.flush()


_WIDE: Final = r"\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"  # signs that a line may be broken between


def _units(text: str) -> Iterator[tuple[str, bool]]:
    """What is not broken, and whether a space stands before it: commands, words, and single wide signs."""
    end = 0
    for found in re.finditer(rf"\S*`[^`]+`[^\s{_WIDE}]*|[{_WIDE}]|[^\s{_WIDE}]+", text):
        yield found[0], found.start() > end
        end = found.end()


def width(text: str) -> int:
    """The columns that a text takes; its colors take none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in re.sub(r"\x1b\[[0-9;]*m", "", text)
    )


def fitting(line: str, columns: int) -> str:
    """As much of it as there is room for, with a mark where something is left out."""
    room = columns
    for place, sign in enumerate(line):
        room -= 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if room < 0:
            return line[: max(place - 1, 0)] + "…"
    return line


def table(screen: Screen, header: Sequence[str], rows: Sequence[Sequence[str]], least: int = 8) -> list[str]:
    """Aligned columns for a terminal; the widest gives way where there is no room. The last column is not padded.

    `rows` hold plain text: a caller that paints a cell does it with what it gets back.
    """
    cells = [[screen.fit(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > screen.columns - 1 and max(widths) > least:
        widths[widths.index(max(widths))] -= 1
    return [
        "  ".join(
            cell + " " * (size - width(cell))
            for cell, size in zip(_shortened(row, widths), widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def _shortened(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [fitting(cell, size) for cell, size in zip(row, widths, strict=True)]


def same_place() -> bool:
    """Do stdout and stderr go to the same file, pipe, or terminal? Then nothing need be said on both."""
    with suppress(OSError, ValueError, AttributeError):
        return os.path.samestat(os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno()))
    return False


class Turning:
    """A line at the end of the screen that shows that something is under way: only where the cursor can go back.

    `text` may be changed while it turns. Whoever writes beside it does so by `beside()`.
    """

    def __init__(self, screen: Screen, after: float = 0.0) -> None:
        self._screen = screen
        self._after = after
        self._text = ""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._shown = False

    def say(self, text: str) -> None:
        """Show this from now on; "" for nothing."""
        with self._lock:
            self._text = text
            if not text:
                self._erase()
        if text and self._screen.moves and self._thread is None:
            self._thread = threading.Thread(target=self._turn, daemon=True)
            self._thread.start()

    def beside(self, *lines: str) -> None:
        """Write lines that stay, above what turns."""
        with self._lock:
            self._erase()
            self._screen.stream.write("".join(f"{line}\n" for line in lines))
            self._screen.stream.flush()

    def end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._erase()

    def _erase(self) -> None:
        if self._shown:
            self._screen.stream.write(_BACK)
            self._screen.stream.flush()
            self._shown = False

    def _turn(self) -> None:
        turns = _TURNS if self._screen.fit(_TURNS) == _TURNS else _ASCII_TURNS
        number = 0
        if self._ended.wait(self._after):
            return
        while True:
            with self._lock, suppress(OSError, ValueError):
                if self._text:
                    line = fitting(
                        self._screen.fit(f"{turns[number % len(turns)]} {self._text}"),
                        self._screen.columns - 1,
                    )
                    self._screen.stream.write(_BACK + line)
                    self._screen.stream.flush()
                    self._shown = True
            number += 1
            if self._ended.wait(_TURN):
                return


@contextmanager
def waiting(text: str, stream: TextIO | None = None) -> Iterator[None]:
    """Say on a terminal what is under way, once it has taken a while."""
    turning = Turning(Screen(stream or sys.stderr), WHILE)
    turning.say(text)
    try:
        yield
    finally:
        turning.end()


if sys.platform == "win32":

    def _obeys_escapes(stream: TextIO) -> bool:
        """Does the console take escape sequences? An older one has to be told (ENABLE_VIRTUAL_TERMINAL_PROCESSING)."""
        import ctypes
        import msvcrt

        try:
            console = msvcrt.get_osfhandle(stream.fileno())
        except (OSError, ValueError):
            return False
        mode, kernel = ctypes.c_ulong(), ctypes.windll.kernel32
        found = kernel.GetConsoleMode(ctypes.c_void_p(console), ctypes.byref(mode))
        return bool(found and kernel.SetConsoleMode(ctypes.c_void_p(console), mode.value | 4))

else:

    def _obeys_escapes(stream: TextIO) -> bool:
        return True


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
