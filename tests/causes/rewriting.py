"""The same answer in other words' clothes: other ids, numbers, hosts, models and keys, and other renderings.

A rule that holds a record's own id or number fails here. Nothing that carries meaning is replaced: reasons, codes,
statuses, limits, quota ids, service names and Google's sentences stay.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

_KEY = re.compile(r"AIza[0-9A-Za-z_*-]{8,}")
_PROJECT = re.compile(
    r"(?i)(projects?(?:[/ ]|%2F)[#'\"`]?|project_number:|[?&]project=|resource project )(?!your|none\b|has\b|was\b|is\b|for\b|that\b|to\b|not\b)"
    r"(\d{6,14}|[a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?=[^a-z0-9-]|$)"
)
_MODEL = re.compile(r"\b(gemini|gemma|claude|gpt)-(\d[a-z0-9.]*)((?:-[a-z0-9.@]+)*)", re.I)
_REGION = re.compile(r"\b(?:us|europe|asia|me)-(?:central|east|west|southeast|northeast|south|north)\d\b")
_ADDRESS = re.compile(r"(?<![\d.])(?!127\.)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_LONG = re.compile(r"(?<![\w.])\d{7,}(?![\w.])")
_DELAY = re.compile(r"(?i)(retry in |retrydelay['\"\\]*: ?['\"\\]*)\d+(?:\.\d+)?(?=s)")
_MAIL = re.compile(r"\b[\w.-]+@(?=[\w-]+\.iam\.gserviceaccount\.com)")
_WHEN = re.compile(r"\b20\d\d-\d\d-\d\d\b")

_WORDS = ("quiet", "amber", "harbour", "violet", "maple", "north", "paper", "lunar", "cedar", "delta")
_REGIONS = ("us-west1", "europe-west9", "asia-northeast3", "us-east5", "europe-north1")


def replaced(text: str, seed: str) -> str:
    """`text` with everything that names somebody replaced by something else of the same form."""
    chance = random.Random(seed)

    def digits(found: str) -> str:
        return str(chance.randint(1, 9)) + "".join(str(chance.randint(0, 9)) for _ in found[1:])

    def project(found: re.Match[str]) -> str:
        name = found.group(2)
        other = (
            digits(name)
            if name.isdigit()
            else f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{chance.randint(10, 9999)}"
        )
        return found.group(1) + other

    text = _KEY.sub(lambda found: "AIza" + "Sy" + "x" * (len(found.group()) - 6), text)
    text = _PROJECT.sub(project, text)
    text = _MODEL.sub(
        lambda f: f"{f.group(1)}-{chance.randint(4, 9)}.{chance.randint(0, 9)}{f.group(3)}", text
    )
    text = _REGION.sub(lambda _: chance.choice(_REGIONS), text)
    text = _ADDRESS.sub(lambda _: f"203.0.113.{chance.randint(1, 254)}", text)
    text = _DELAY.sub(lambda found: f"{found.group(1)}{chance.randint(1, 59)}", text)
    text = _MAIL.sub(lambda _: f"robot-{chance.randint(1, 99)}@", text)
    text = _WHEN.sub(lambda _: f"2027-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}", text)
    return _LONG.sub(lambda found: digits(found.group()), text)


def _inspected(value: Any, depth: int = 0) -> str:
    """As `util.inspect` of Node prints it: bare keys, single quotes."""
    indent = "  " * (depth + 1)
    if isinstance(value, dict):
        if not value:
            return "{}"
        rows = [
            f"{key if re.fullmatch('[A-Za-z_$][A-Za-z0-9_$]*', key) else repr(key)}: {_inspected(item, depth + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(indent + row for row in rows) + "\n" + "  " * depth + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(_inspected(item, depth + 1) for item in value) + " ]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    return str(value)


def structure(text: str) -> Any | None:
    """The JSON that an answer is, or None where it is a sentence, a page or a traceback."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _one(text: str) -> Any:
    found = structure(text)
    return found[0] if isinstance(found, list) and found else found


def _object(text: str) -> str:
    found = _one(text)
    return text if found is None else json.dumps(found, indent=2)


def _array(text: str) -> str:
    found = _one(text)
    return f"[{text}\n]" if found is None else json.dumps([found], indent=2)


def _string(text: str) -> str:
    return json.dumps({"error": {"message": text, "details": None}})


def _python(text: str) -> str:
    found = structure(text)
    return f"ERROR in call: {found!r}" if found is not None else f"RuntimeError({text!r})"


def _javascript(text: str) -> str:
    found = structure(text)
    shown = _inspected(found if found is not None else {"message": text})
    return f"Uncaught Error: request failed\n    at async main (file:///app/index.mjs:12:20) {shown}"


def _prose(text: str) -> str:
    return f"Hello, since this morning my program prints this and then stops:\n\n> {text}\n\nWhat does it mean? Thank you."


def cut(text: str) -> str:
    """The first 60 %, as a log's column or a phone's screen leaves it."""
    return text[: len(text) * 6 // 10]


FORMS: dict[str, Callable[[str], str]] = {
    "replaced": lambda text: text,
    "object": _object,
    "array": _array,
    "string in string": _string,
    "python": _python,
    "javascript": _javascript,
    "prose": _prose,
    "cut at 60 %": cut,
}
