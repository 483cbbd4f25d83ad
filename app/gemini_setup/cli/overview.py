"""`gemini-setup --help`: every command in groups, with examples. Loads no argparse, so that it is there at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

from gemini_setup.cli.arguments import frame
from gemini_setup.cli.terminal import Screen, width
from gemini_setup.i18n.messages import text

#: Headings (`help.groups`) and the commands below them.
GROUPS: Final = (
    ("start", ("add", "check", "list")),
    ("use", ("exec", "env", "get", "token", "connect", "disconnect", "allow", "agent")),
    ("replace", ("rotate", "rollback", "remove")),
    ("find_out", ("explain", "doctor", "made")),
    ("shell", ("completion",)),
)
COMMANDS: Final = tuple(name for _, names in GROUPS for name in names)
_WIDEST: Final = 26  # columns of a name and its value; a longer one has its explanation below it


def show() -> None:
    sys.stdout.write(page(_lines(Screen(sys.stdout))))


def page(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _lines(screen: Screen) -> Iterator[str]:
    yield from screen.lines(text("help.program", "description"))
    yield ""
    yield f"{frame('usage')}gemini-setup [COMMAND]"
    for group, names in GROUPS:
        yield from section(screen, text("help.groups", group))
        yield from rows(screen, [(name, text("help.program", name)) for name in names], 12)
    yield from section(screen, frame("options"))
    yield from rows(
        screen,
        [
            ("-h, --help", frame("help")),
            ("--version", frame("version")),
            ("--where", text("help.program", "where")),
            ("--profile PROFILE", text("help.program", "window_profile")),
        ],
    )
    yield from examples(screen, "overview")
    yield ""
    yield from screen.lines(frame("more", command="gemini-setup COMMAND"))


def section(screen: Screen, heading: str) -> Iterator[str]:
    yield ""
    yield screen.paint(f"{heading}:", "bold")


def rows(screen: Screen, found: Sequence[tuple[str, str]], least: int = 0) -> Iterator[str]:
    """Names with their explanations beside them."""
    size = min(_WIDEST, max([least, *(width(name) for name, _ in found)]))
    for name, said in found:
        indent = " " * (size + 4)
        beside = width(name) <= size
        if not beside:
            yield f"  {name}"
        yield from screen.lines(said, indent, f"  {name}{' ' * (size - width(name))}  " if beside else None)


def examples(screen: Screen, key: str) -> Iterator[str]:
    yield from section(screen, frame("examples"))
    for line in text("help.examples", key).strip().splitlines():
        yield f"  {line}"
