"""The window's own words, by dotted keys of `resources/<lang>/window.toml`."""

from __future__ import annotations

from typing import Any

from gemini_setup.i18n import messages


def _find(key: str) -> Any:
    first, *parts = key.split(".")
    value: Any = messages.section("window", first)
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def say(key: str, **facts: object) -> str:
    """The text of that key with its placeholders filled in. Plain text always."""
    value = _find(key)
    if not isinstance(value, str):
        raise KeyError(f"window.{key}")
    return messages.fill(value, {name: str(fact) for name, fact in facts.items()})


def has(key: str) -> bool:
    return isinstance(_find(key), str)


def apart(text: str) -> str:
    """A piece of another script within a line, held together where lines run from right to left."""
    return f"\u2068{text}\u2069" if text and messages.language().right_to_left else text


def several(key: str) -> list[str]:
    value = _find(key)
    if not isinstance(value, list):
        raise KeyError(f"window.{key}")
    return [str(item) for item in value]
