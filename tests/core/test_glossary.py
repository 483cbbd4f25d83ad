"""What is said to a person follows the glossary (DESIGN §11), and a diagnosis has the length of a card."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.i18n import cause_texts, messages

from .test_contexts import walked

#: A word that isn't said, and what is said instead.
FORBIDDEN = {
    r"\bany more\b": "anymore, or no longer",
    r"\banew\b": "again",
    r"\bby (?:itself|themselves)\b": "automatically",
    r"\b(?:kept|keeps|keeping|keep it)\b": "saved, save",
    r"\btakes? it\b": "accepts it",
    r"\bgoogle (?:takes|knows|turns)\b|\bwants\b": "Google accepts, recognizes, rejects; needs, requires",
    r"\bof (?:yours|ours|mine)\b": "your own, our own",
    r"\bwhoever\b": "anyone who",
    r"\b(?:any|some|every|no)body\b": "anyone, someone, everyone, no one",
    r"\b(?:organis|authoris|recognis|licence|behaviour|colour|cancelled)": "American spelling",
    r"(?-i:\bbearer\b)": "access token",
    r"\bmay not\b|\bcannot\b": "can’t, or might not",
    r"\b(?:is|are|was|were|do|does|did|has|have|can|could|would|should|will) not\b": "a contraction",
    r"\b(?:is|was) no\b(?! longer)": "isn’t a, there’s no",
    r"(?-i:\bcredentials?\b)(?! store)(?! \(scopes=)(?! are created)": "key, or service account",
    r"\bold ones?\b": "previous key",
    r"\bpress(?:es|ed)?\b": "select",
    r"(?-i:\b(?:project|bundle|key) ids?\b)": "ID",
    r", too[,.:;]": "also, or too without a comma",
    r"\b(?:make|makes|made|making) (?:a |an |another |one |the )?(?:new |separate )?keys?\b": "create a key",
    r"\be-mail\b": "email",
    r"\bservice-account file\b": "service account file",
}
_FORBIDDEN = re.compile("|".join(f"(?:{pattern})" for pattern in FORBIDDEN), re.I)

#: The same for German, where it can be held without false alarms.
FORBIDDEN_IN_GERMAN = re.compile(
    r"\bvon (?:selbst|sich aus)\b|\balte[nrs]? (?:Schlüssel|Zugangsdaten)\b|\bübergeben\b"
)

#: Title, what, why and fixes together, as beside the folded details of a card.
WORDS_OF_A_CARD = 60


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if not re.fullmatch(r"[a-z]+:[a-z0-9-]+", value):  # what a button does
            yield path, value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "command":
                yield from _leaves(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(one, f"{path}.{number}")


def sentences(code: str) -> dict[str, str]:
    """Every text of a language with its place."""
    found: dict[str, str] = {}
    for file in sorted((cause_texts.resources() / code).glob("*.toml")):
        if file.name != "language.toml":
            found |= dict(_leaves(tomllib.loads(file.read_text("utf-8")), file.stem))
    return found


def wrong_in(text: str) -> list[str]:
    """What the glossary forbids in a text; what stands in straight quotes was said by somebody else."""
    return _FORBIDDEN.findall(re.sub(r'"[^"\n]*"', "", text))


def test_no_sentence_has_a_word_that_the_glossary_forbids() -> None:
    told = sentences("en")
    assert len(told) > 800, "hardly anything was read"
    assert {place: (text, wrong_in(text)) for place, text in told.items() if wrong_in(text)} == {}


def test_no_german_sentence_has_one_either() -> None:
    told = sentences("de")
    assert len(told) > 800, "hardly anything was read"
    assert {place: text for place, text in told.items() if FORBIDDEN_IN_GERMAN.search(text)} == {}


@pytest.mark.parametrize(
    "text",
    [
        "It isn’t there any more.",
        "Download it anew.",
        "It asks again by itself.",
        "What was kept is kept.",
        "We asked Vertex AI: it takes it.",
        "Google knows no such key.",
        "a program of yours",
        "Whoever has it can use it.",
        "Somebody else answered.",
        "Your organisation forbids it.",
        "print a bearer for the route",
        "This key may not use Gemini.",
        "The key cannot be read.",
        "The proxy does not answer.",
        "This is no key.",
        "The credential is fine.",
        "Erase the old one.",
        "Press Check and save.",
        "Correct the project id.",
        "That has an effect, too.",
        "Make a new key in AI Studio.",
        "Choose a service-account file.",
    ],
)
def test_the_look_for_forbidden_words_finds_them(text: str) -> None:
    assert wrong_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Google no longer recognizes this key. It can’t be used anymore.",
        "The key was sent as “Authorization: Bearer”.",
        'Google says "The caller does not have permission".',
        "This session has no credential store. Open the Credentials page.",
        "Is there a new one in AI Studio?",
        "The account isn’t there, and this is no longer a key.",
    ],
)
def test_what_is_said_well_is_let_through(text: str) -> None:
    assert wrong_in(text) == []


@pytest.mark.parametrize(
    "language", [one.code for one in messages.languages() if not one.draft and not one.part]
)
def test_a_diagnosis_has_the_length_of_a_card(language: str) -> None:
    """In every context and with all facts: what a person reads before anything is unfolded."""
    messages.use(language)
    try:
        counted = {
            cause: max(
                len(" ".join([said.title, said.what, said.why, *said.fixes]).split())
                for _, _, said in walked(cause)
            )
            for cause in CAUSES
        }
    finally:
        messages.use("en")
    assert {cause: words for cause, words in counted.items() if words > WORDS_OF_A_CARD} == {}
    assert max(counted.values()) > WORDS_OF_A_CARD - 10, "the limit could be lower"


#: Pages for people who use the program; what is for developers says "credential".
PAGES = ("README.md", "docs/install.md", "docs/users.md", "docs/administrators.md")
_FOR_PEOPLE = re.compile(
    "|".join(f"(?:{pattern})" for pattern in FORBIDDEN if "credentials?" not in pattern), re.I
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_for_people_has_no_such_word_either(page: str) -> None:
    text = (cause_texts.resources().parent / page).read_text("utf-8")
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)
    assert [line for line in text.splitlines() if _FOR_PEOPLE.search(re.sub(r'"[^"]*"', "", line))] == []
