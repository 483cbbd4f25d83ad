"""What was typed behind a command, and what is said of a mistake in it.

`get`, `token`, `env`, and `exec` are read here, as loading argparse would cost them a tenth of their time; the others by
`parser`. A sentence about a mistake repeats a word only where it cannot be a secret: somebody may have put a key there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

#: A word of small letters and hyphens, as our own names are: no key, token, or password of Google's is one.
_HARMLESS = r"(?=.{1,20}\Z)-{0,2}[a-z]+(?:-[a-z]+)*"


class UsageError(Exception):
    """A sentence for stderr and exit code 2."""


def frame(key: str, **facts: str) -> str:
    """A word around the arguments: a heading, or what is wrong with them."""
    from gemini_setup.i18n.messages import text  # not for an answer without a word

    return text("help.frame", key, facts)


def unknown(key: str, word: str, known: Iterable[str]) -> UsageError:
    """`key` is "no_command" or "no_option"; the nearest of the known names is offered."""
    from difflib import get_close_matches

    near = get_close_matches(word[:40], list(known), 1)
    name = word.partition("=")[0]
    facts = {"near": near[0]} if near else {}
    return UsageError(frame(key, **facts, name=name if re.fullmatch(_HARMLESS, name) else ""))


def parse(
    words: Sequence[str], valued: Sequence[str] = (), flags: Sequence[str] = ()
) -> tuple[str | None, dict[str, list[str]]]:
    """The profile if one is named, and the values of each option that was given (of a flag: none). Raises UsageError.

    `valued` are the options with a value beside `--profile`, which is another way to name the profile.
    """
    profile: str | None = None
    found: dict[str, list[str]] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, joined, value = word.partition("=")
        named = word
        if word in flags:
            found[word] = []
            continue
        if option == "--profile" or option in valued:
            if not joined:
                if not rest:
                    raise UsageError(frame("value_missing", option=option))
                value = rest.pop(0)
            if option != "--profile":
                found.setdefault(option, []).append(value)
                continue
            named = value
        elif word == "--" and len(rest) == 1:
            named = rest.pop()
        elif word.startswith("-"):
            raise unknown("no_option", word, ("--help", "--profile", *valued, *flags))
        if profile is not None:
            raise UsageError(frame("too_many"))
        profile = named
    return profile, found


def wants_help(words: Iterable[str]) -> bool:
    return any(word in ("-h", "--help") for word in words)


def fail(sentence: object) -> None:
    """Say on stderr why nothing comes of it."""
    from gemini_setup.cli.terminal import Screen

    Screen(sys.stderr).write(f"gemini-setup: {sentence}")
