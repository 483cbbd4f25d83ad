"""The files of `resources/causes/`: their examples and counter-examples, and how one answer reaches people."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gemini_setup.diagnosis.answers import Evidence, Surface, from_text
from gemini_setup.i18n import cause_texts

FOLDER = Path(cause_texts.resources()) / "causes"
#: Stands in an example for the key that an answer repeats.
KEY = "{key}"
_A_KEY = "AIza" + "Sy" + "x" * 33


@cache
def files() -> dict[str, dict[str, Any]]:
    """Every cause's file by the cause's id."""
    found = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))}
    del found["order"]
    return found


@dataclass(frozen=True, slots=True)
class Example:
    """An answer and the cause that it tells; `alone` is what its text tells where nobody knows whence it came.

    `route` and `step`: where the Google of the tests serves it, and which step of a check then carries the cause.
    """

    cause: str
    number: int
    text: str
    surface: Surface | None
    status: int | None
    alone: str
    route: str
    step: str

    @property
    def id(self) -> str:
        return f"{self.cause}-{self.number}"

    @property
    def shown(self) -> str:
        return self.text.replace(KEY, _A_KEY)

    @property
    def document(self) -> Any | None:
        """The error that it is, or None where it is a page, a sentence or no error."""
        try:
            found = json.loads(self.shown)
        except ValueError:
            return None
        return found if isinstance(found, dict | list) and "error" in self.text else None

    def evidence(self, text: str | None = None) -> Evidence:
        return from_text(self.shown if text is None else text, self.surface, self.status)


def _examples(key: str) -> Iterator[Example]:
    for cause, file in files().items():
        for number, row in enumerate(file.get(key, ()), 1):
            told = row.get("is", cause)
            yield Example(
                cause, number, row["text"], Surface(row["surface"]) if "surface" in row else None, row.get("status"),
                row.get("alone", told), row.get("route", ""), row.get("step", ""),
            )  # fmt: skip


EXAMPLES = tuple(_examples("example"))
COUNTEREXAMPLES = tuple(_examples("counterexample"))


def first(cause: str, surface: Surface | None = None) -> Example:
    """The first example of a cause, or the first of that surface."""
    return next(e for e in EXAMPLES if e.cause == cause and surface in (None, e.surface))


def renderings(body: Any, code: int, status: str) -> dict[str, str]:
    """How one answer reaches people: every library prints it in another way."""
    text = json.dumps(body, indent=2)
    return {
        "object": text,
        "one line": json.dumps(body),
        "one-element array": json.dumps([body], indent=2),
        "string in a string": json.dumps({"error": {"message": text, "code": code, "status": status}}),
        "string in a string twice": json.dumps(json.dumps(json.dumps(body))),
        "python": f"google.genai.errors.ClientError: {code} {status}. {body!r}",
        "python array": f"openai.BadRequestError: Error code: {code} - {[body]!r}",
        "python bytes": f"b{json.dumps(body)!r}",
        "javascript": f"ApiError: {json.dumps(body)}\n    at throwErrorIfNotOK (file:///app/index.mjs:401:30)",
        "log line": f"2026-11-20T10:11:12Z 503ms ERROR request failed: {json.dumps(body)} (attempt 3 of 5)",
        "quoted": "> " + text.replace("\n", "\n> "),
    }
