"""Which model to ask for one small generation, and what it answered. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.security.redaction import plain

MAX_TRIES: Final = 3
_NAME = re.compile(
    r"(?:publishers/google/)?(?:models/)?(gemini-(\d+(?:\.\d+)?)-flash(-lite)?(-[a-z0-9.-]+)?)"
)
_LATEST = re.compile(r"(?:models/)?(gemini-flash(-lite)?-latest)")
# Names that generate, but want other calls than a plain text question (google-facts §4).
_SPECIAL = re.compile(r"tts|image|live|audio|robotics|embedding|computer|native|dialog|research|transl")


def generation() -> dict[str, Any]:
    """A request that costs next to nothing; a thinking model needs some room to answer with text."""
    return {
        "contents": [{"role": "user", "parts": [{"text": "Say hello in one short sentence."}]}],
        "generationConfig": {"maxOutputTokens": 64},
    }


def sentence_of(document: Any) -> str:
    """What a generation says, plain and longer than it is shown: it is cut when it is masked. "" for an answer without
    text, which is an answer all the same.
    """
    try:
        parts = document["candidates"][0]["content"]["parts"]
        text = "".join(
            part["text"] for part in parts if isinstance(part.get("text"), str) and not part.get("thought")
        )
    except (KeyError, IndexError, TypeError, AttributeError):
        return ""
    return plain(text, 2_000)


def _rank(name: str) -> tuple[int, int, tuple[int, ...], int] | None:
    """How well a model serves for a small question: light and newest first, released before preview."""
    found = _NAME.fullmatch(name)
    if found is None or _SPECIAL.search(name):
        return None
    _, version, lite, rest = found.groups()
    number = tuple(int(part) for part in version.split("."))
    return (1 if lite else 0, 0 if rest and "preview" in rest else 1, number, 0 if rest else 1)


def candidates_from(document: Any) -> list[str]:
    """The models of a `models.list` answer that a text question can be sent to, best first; bare ids.

    Takes both forms: `models` with `supportedGenerationMethods` (AI Studio) and `publisherModels` (Vertex AI). A list
    without a flash model gives any Gemini model that generates, then any other that is said to, so that no fixed name is
    ever needed.
    """
    if not isinstance(document, dict):
        return []
    ranked: list[tuple[Any, str]] = []
    others: list[str] = []
    strangers: list[str] = []
    entries = document.get("models") or document.get("publisherModels")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            continue
        methods = entry.get("supportedGenerationMethods")
        if isinstance(methods, list) and "generateContent" not in methods:
            continue
        name = entry["name"].rpartition("/")[2]
        if not urls.is_model(name):
            continue
        rank = _rank(name)
        if rank is not None:
            ranked.append((rank, name))
        elif (_LATEST.fullmatch(name) or name.startswith("gemini-")) and not _SPECIAL.search(name):
            others.append(name)
        elif isinstance(methods, list) and entry["name"] == f"models/{name}" and not _SPECIAL.search(name):
            strangers.append(name)  # of another family (gemma), and said to generate
    ranked.sort(reverse=True)
    others.sort(
        key=lambda name: _LATEST.fullmatch(name) is not None
    )  # an alias last: not every route knows it
    return [name for _, name in ranked] + others + strangers


def next_page(document: Any) -> str:
    """The token of a list's next page; "" on the last one."""
    token = document.get("nextPageToken") if isinstance(document, dict) else None
    return token if isinstance(token, str) and len(token) <= 2000 else ""


def asked_models(models: Sequence[str], last: str) -> dict[str, str]:
    """The facts of models that were asked in turn, `last` being the one that gave the answer."""
    tried = [*models[: models.index(last)], last]
    return (
        {"model": last} if len(tried) == 1 else {"model": last, "asked": "models", "tried": ", ".join(tried)}
    )
