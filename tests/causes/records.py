"""The recorded answers beside the checkout, if they are there, and the collected texts that are part of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from gemini_setup.diagnosis.answers import Surface, from_text
from gemini_setup.diagnosis.causes import CAUSES, diagnose
from gemini_setup.model.outcomes import Cause

FILE = Path(__file__).resolve().parents[3] / "shared" / "google-answers.jsonl"
COLLECTED = tuple(sorted(Path(__file__).parent.glob("collected*.jsonl")))
ABSENT = "the recorded answers (../shared/google-answers.jsonl) are not beside this checkout"


@dataclass(frozen=True, slots=True)
class Record:
    id: str
    surface: Surface | None
    status: int | None
    body: str
    rendering: str
    cause: str
    accept: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.rendering or self.body

    @property
    def half(self) -> int:
        """Which half of the records it is in: by the hash of its id, so that nobody chooses."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2

    def right(self, found: Cause) -> bool:
        return found.id == self.cause or found.id in self.accept

    def same_outcome(self, found: Cause) -> bool:
        return self.right(found) or found.outcome is CAUSES[self.cause].outcome

    def diagnosed(self, text: str | None = None) -> Cause:
        return diagnose(from_text(self.text if text is None else text, self.surface, self.status))


def recorded() -> list[Record]:
    """Every recorded answer, or none where the file is absent."""
    return _read(FILE) if FILE.is_file() else []


def collected() -> list[Record]:
    """Error texts that people posted in public threads; whose project, key or mail it was is replaced.

    They were found and labelled before the rules knew them, so their first score measured the rules. Without a surface, a text stands as it was pasted.
    """
    return [record for file in COLLECTED for record in _read(file)]


def _read(file: Path) -> list[Record]:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [
        Record(
            row["id"],
            Surface(row["surface"]) if row.get("surface") else None,
            row.get("http_status"),
            row["body"],
            row.get("rendering") or "",
            row["cause"],
            tuple(row.get("accept") or ()),
        )
        for row in rows
    ]
