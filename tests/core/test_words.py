"""What people read is whole: every cause has words, every word a cause, every fact a name, and no sentence hangs."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from gemini_setup.diagnosis.causes import CAUSES, TRAP
from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.events import Step
from gemini_setup.model.outcomes import Fault

#: Every fact that a text may name: what answers tell, what a check knows, and what `friendly` makes of both.
FACTS = {
    "account": "gemini@some-project.iam.gserviceaccount.com",
    "address": "203.0.113.7",
    "api": "Vertex AI API (now Agent Platform API)",  # the longest of them
    "clock_by": "3 minutes ahead",
    "constraint": "iam.disableServiceAccountKeyCreation",
    "hint": "a1b2",
    "issuer": "Example Proxy Root CA, Example Networks",
    "kind": "authorized_user",
    "limit": "20",
    "listed_as": "Generative Language API",
    "listed_key": "c3d4",
    "location": "europe-west1",
    "model": "gemini-3.8-flash",
    "number": "123456789",
    "offline": "offline",
    "other_service": "Vertex AI",
    "permission": "aiplatform.endpoints.predict",
    "project": "123456789",
    "resets_here": "09:00",
    "role": "roles/aiplatform.user",
    "service": "generativelanguage.googleapis.com",
    "status": "503",
    "tried": "gemini-3.8-flash, gemini-3.5-flash",
    "unlisted_key": "c3d4",
    "wait": "40 seconds",
}
TABLE: dict[str, Any] = tomllib.loads((cause_texts.resources() / "en" / "causes.toml").read_text("utf-8"))
ENTRIES = {name: entry for name, entry in TABLE.items() if name not in ("names", "console", "asked")}
PAGES: dict[str, Any] = tomllib.loads((cause_texts.resources() / "en" / "trap.toml").read_text("utf-8"))[
    "causes"
]


def texts(entry: dict[str, Any]) -> list[str]:
    found = [
        entry["title"],
        entry["what"],
        entry["why"],
        *entry["fixes"],
        *(label for label, _ in entry["actions"]),
    ]
    return [*found, *(entry[key] for key in ("admin", "command") if key in entry)]


def page_texts(entry: dict[str, Any]) -> list[str]:
    actions = [entry[name][0] for name in ("main", "second") if name in entry]
    return [entry["title"], entry["sentence"], *actions, *([entry["aside"]] if "aside" in entry else [])]


ALL_TEXTS = [(name, text) for name, entry in ENTRIES.items() for text in texts(entry)] + [
    (f"trap {name}", text) for name, entry in PAGES.items() for text in page_texts(entry)
]
ALL_TEXTS += [("console", TABLE["console"]["note"])]

_HANGS = re.compile(
    r"  |\(\s*\)|\s[,.;:!?)](?!json)|\(\s|\[\[|\]\]|\|\||[{}]|,\s*[.,]|:\s*[.,]|\.\.(?!\.)"
    r"|\b(?:of|the|a|an|its|as|than|leaves out|called|google/)[.,;!?)]"
    r"|\b(?:in|of|to|for|use) (?:project|account|location)(?: as\b|[.,;:!?)]|$)"
    r"|\b(?:the is|the the|its its|of of|in in|an? the|add to|knows and|offer any)\b(?=[ .])|^\s|\s$",
    re.I,
)


def is_whole(text: str) -> bool:
    return all(not _HANGS.search(line) for line in text.strip().splitlines() if line)


def test_every_cause_has_words_and_every_entry_is_a_cause() -> None:
    assert set(ENTRIES) == set(CAUSES)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_its_parts_and_keeps_its_measure(name: str) -> None:
    entry = ENTRIES[name]
    assert set(entry) - {"admin", "command"} == {"title", "what", "why", "fixes", "actions"}
    assert all(0 < len(cause_texts.fill(entry["title"], facts)) <= 60 for facts in ({}, FACTS))
    assert not entry["title"].endswith((".", "!"))
    assert 1 <= len(entry["fixes"]) <= 4
    assert len(cause_texts.cause(name, {}).actions) <= 3
    assert len([label for label, _ in entry["actions"] if not label.startswith("[[")]) <= 3
    assert cause_texts.fill(entry["what"], {}).endswith(".")
    assert cause_texts.fill(entry["what"], FACTS).endswith(".")
    assert entry["why"].endswith(".")
    assert all(fix.endswith((".", ".)")) for fix in cause_texts.cause(name, FACTS).fixes)


def test_no_two_causes_share_a_first_fix_or_a_title() -> None:
    for key in ("title", "first fix"):
        said: dict[str, str] = {}
        for name, entry in ENTRIES.items():
            text = entry["title"] if key == "title" else cause_texts.cause(name, {}).fixes[0]
            assert said.setdefault(text, name) == name, (key, text)


def _is_an_action(target: str) -> bool:
    does, _, page = target.partition(":")
    if does in ("open", "console"):
        url = urls.link(page, {}) or ""
        return page in urls.LINK_NAMES and urls.is_console_link(url) is (does == "console")
    pages = ("", "location", "project") if does == "edit" else ("",)
    return does in cause_texts.ACTIONS and (page.isdigit() if does == "wait" else page in pages)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_action_is_one_that_the_faces_know(name: str) -> None:
    actions = ENTRIES[name]["actions"]
    assert all(_is_an_action(target) for _, target in actions)
    assert len({target for _, target in actions}) == len(actions)
    assert len({label for label, _ in actions}) == len(actions)
    # A button that writes to the administrator needs a message to write, and a message a button.
    assert any(target == "admin" for _, target in actions) == ("admin" in ENTRIES[name])
    # The trap page is offered where the cause opens it, and nowhere else.
    if any(target == "trap" for _, target in actions):
        assert name in TRAP


def test_every_cause_that_opens_the_trap_page_has_a_page_of_its_own() -> None:
    assert set(PAGES) == TRAP | {"before", "otherwise"}
    sentences = [cause_texts.fill(PAGES[name]["sentence"], {}).split(". ")[0] for name in PAGES]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize(("name", "text"), ALL_TEXTS)
def test_brackets_are_balanced_and_every_placeholder_is_a_fact(name: str, text: str) -> None:
    depth = 0
    for sign in re.findall(r"\[\[|\]\]", text):
        depth += 1 if sign == "[[" else -1
        assert depth in (0, 1)
    assert depth == 0
    assert cause_texts.placeholders(text) <= set(FACTS), cause_texts.placeholders(text) - set(FACTS)
    assert text.count("{") == text.count("}") == len(re.findall(r"\{[a-z_]+\}", text))
    outside = re.sub(r"\[\[.*?(?:\|\||\]\])", "", text, flags=re.S)
    assert not cause_texts.placeholders(outside), "a fact that may be missing stands outside of [[ ]]"


@pytest.mark.parametrize(("name", "text"), ALL_TEXTS)
def test_with_any_facts_or_none_a_text_is_a_whole_sentence(name: str, text: str) -> None:
    named = sorted(cause_texts.placeholders(text))
    for size in range(len(named) + 1):
        for some in combinations(named, size):
            filled = cause_texts.fill(text, {fact: FACTS[fact] for fact in some})
            if not filled and text.startswith("[["):
                continue  # a button or a fix that is only there with its fact
            assert is_whole(filled), filled
            assert filled.strip()[0] in filled.strip()[0].upper() or filled.startswith("gcloud"), filled


@pytest.mark.parametrize(
    "broken",
    ["in project .", "a  b", "gone ().", "it is , so", "the is off", "x {y}", "[[z]]", "of.", "leaves out."],
)
def test_the_look_for_hanging_ends_finds_them(broken: str) -> None:
    assert not is_whole(broken)


def test_commands_for_an_administrator_are_left_out_or_whole() -> None:
    for name, entry in ENTRIES.items():
        for facts in ({}, FACTS):
            for line in cause_texts.fill(entry.get("admin", ""), facts).splitlines():
                if line.startswith("gcloud"):
                    assert "= " not in line, (name, line)
                    assert not line.endswith("="), (name, line)
                    if "--member" not in line and "add-iam-policy-binding" in line:
                        pytest.fail(f"{name}: a command without its member would be refused: {line}")


# --- the trap page --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_title_and_sentences_of_the_trap_page_have_at_most_55_words(name: str) -> None:
    for facts in ({}, FACTS, {**FACTS, "project": "a-quite-long-project-id-123456"}):
        page = cause_texts.trap(name, facts)
        assert len(f"{page.title} {page.sentence}".split()) <= 55


def test_the_trap_page_never_says_where_a_key_was_made() -> None:
    claims = re.compile(
        r"(?i)(?:your|this|the) key (?:comes|came|is|was|has been)\b[^.;]{0,20}\b(?:from|made|created|generated)\b[^.;]{0,40}console"
        r"|\b(?:was|is|been) (?:made|created|generated) (?:in|with|by|at) |(?:a|is a) (?:cloud )?console key\b(?! works)"
        r"|comes from the (?:cloud )?console|you (?:made|created) (?:it|this key|your key)"
    )
    for name in (*PAGES, None):
        for facts in ({}, FACTS):
            page = cause_texts.trap(name, facts)
            for text in (page.title, page.sentence, page.aside):
                assert not claims.search(text), text
    assert claims.search("This key was made in the Cloud Console.")
    assert claims.search("Your key comes from the Cloud Console.")


def test_what_the_trap_page_says_is_missing_is_what_the_answer_told() -> None:
    rows = {name: cause_texts.trap(name, {}).missing for name in PAGES}
    assert rows == {
        "before": None,
        "api-disabled": 0,
        "key-restricted-to-other-apis": 1,
        "key-restricted-to-websites": 2,
        "key-restricted-to-addresses": 2,
        "key-restricted-to-android-apps": 2,
        "key-restricted-to-ios-apps": 2,
        "key-unrestricted": 1,
        "api-keys-not-supported": 3,
        "otherwise": None,
    }
    assert len(cause_texts.trap(None).rows) == 4
    for name in TRAP:
        page = cause_texts.trap(name, FACTS)
        assert (page.main.does, page.main.page) == ("open", "ai-studio-keys")
        assert page.second is not None
        assert page.second.does == "open"
        assert page.second.page in urls.LINK_NAMES
    assert cause_texts.trap("key-restricted-to-addresses").aside
    assert (
        "(number 123456789)"
        in cause_texts.trap("api-disabled", cause_texts.friendly({"project": "123456789"})).sentence
    )
    assert (
        "("
        not in cause_texts.trap("api-disabled", cause_texts.friendly({"project": "some-project"})).sentence
    )  # that is no number


def test_an_answer_without_a_page_of_its_own_gets_the_general_one() -> None:
    assert (
        cause_texts.trap("permission-denied").title
        == cause_texts.trap("otherwise").title
        != cause_texts.trap(None).title
    )


# --- the rest -------------------------------------------------------------------------------------------


def test_every_fault_of_the_keyring_and_every_step_has_words() -> None:
    assert set(cause_texts.table("faults")) == {
        *(fault.value for fault in Fault),
        "readers",
        "private",
        "backends",
    }
    for fault in Fault:
        for key in ("title", "sentence", "fix"):
            for facts in ({}, {"store": "GNOME Keyring"}, {"store": "The keyring"}):
                said = cause_texts.text(f"faults.{fault.value}", key, facts)
                assert is_whole(said), (facts, said)
                assert said[0].isupper(), said
    assert set(cause_texts.table("cli.steps")) == {step.value for step in Step}


def test_a_name_without_words_is_an_error_and_a_missing_fact_is_none() -> None:
    with pytest.raises(KeyError):
        cause_texts.text("cli", "no-such-text")
    with pytest.raises(KeyError):
        cause_texts.text("cli", "steps")
    assert cause_texts.fill("a[[ {x}]][[ and {y}]].", {"x": "1"}) == "a 1."
    assert cause_texts.fill("a[[ {x} {y}]].", {"x": "1"}) == "a."
    assert cause_texts.fill("a [[{x}||b]].", {"x": "1"}) == "a 1."
    assert cause_texts.fill("a [[{x}||b]].", {}) == "a b."
    assert cause_texts.fill("{x}", {"x": "{y} [[z]]"}) == "{y} [[z]]"


def test_facts_from_an_answer_never_become_part_of_a_text_s_form() -> None:
    hostile = dict.fromkeys(FACTS, "[[{hint}]] {project} <b>")
    for name in CAUSES:
        said = cause_texts.cause(name, hostile)
        assert len(said.fixes) == len(cause_texts.cause(name, FACTS).fixes)
        assert "a1b2" not in said.what


def test_times_are_said_as_people_say_them() -> None:
    said = {
        seconds: cause_texts.duration(seconds)
        for seconds in (0, 1, 2, 37, 59, 60, 90, 119, 170, 3599, 3600, 7300, 86400, 200_000)
    }
    assert said == {
        0: "1 second",
        1: "1 second",
        2: "2 seconds",
        37: "37 seconds",
        59: "59 seconds",
        60: "1 minute",
        90: "2 minutes",
        119: "2 minutes",
        170: "3 minutes",
        3599: "1 hour",
        3600: "1 hour",
        7300: "2 hours",
        86400: "1 day",
        200_000: "2 days",
    }


def test_facts_get_names_that_people_know() -> None:
    known = cause_texts.friendly(
        {"service": "aiplatform.googleapis.com", "clock": "-400", "retry": "37", "project": ""}
    )
    assert known["api"].startswith("Vertex AI API")
    assert known["clock_by"] == "7 minutes behind"
    assert known["wait"] == "37 seconds"
    assert "project" not in known
    assert cause_texts.friendly({"clock": "600"})["clock_by"] == "10 minutes ahead"
    assert "api" not in cause_texts.friendly({})
    assert cause_texts.friendly({"service": "storage.googleapis.com"})["api"] == "storage.googleapis.com"


# --- second questions and the console ---------------------------------------------------------------------


def test_every_second_question_that_a_check_asks_has_its_sentence() -> None:
    from gemini_setup.checks import check

    source = "".join(path.read_text("utf-8") for path in Path(check.__file__).parent.glob("*.py"))
    asked = re.findall(r'"asked"\]? ?[:=] ?"([a-z-]+)"(?: if \w+ else "([a-z-]+)")?', source)
    named = {name for names in asked for name in names if name}
    said = set(TABLE["asked"])
    assert named == said
    for name in said:
        sentence = cause_texts.cause("key-not-valid", {**FACTS, "asked": name}).asked
        assert is_whole(sentence), sentence
    assert cause_texts.cause("key-not-valid", FACTS).asked == ""


@pytest.mark.parametrize("name", ENTRIES)
def test_beside_a_button_to_the_console_stand_the_project_and_whose_account(name: str) -> None:
    said = cause_texts.cause(name, cause_texts.friendly({"project": "some-project"}))
    console = any(action.console for action in said.actions)
    assert bool(said.note) is console
    if console:
        assert "some-project" in said.note
        assert "account that owns it" in said.note
        assert "some-project" not in cause_texts.cause(name, {}).note


def test_midnight_in_california_is_told_by_this_computer_s_clock() -> None:
    tokyo, berlin = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
    assert cause_texts.midnight_in_california(datetime(2026, 11, 21, 12, tzinfo=tokyo)) == "17:00"
    assert cause_texts.midnight_in_california(datetime(2026, 7, 1, 12, tzinfo=tokyo)) == "16:00"
    assert cause_texts.midnight_in_california(datetime(2026, 7, 1, 12, tzinfo=berlin)) == "09:00"
    # Between the two changes of the clocks in spring Berlin is only eight hours ahead.
    assert cause_texts.midnight_in_california(datetime(2026, 3, 15, 12, tzinfo=berlin)) == "08:00"


#: Where the sentences of a file are asked for: `app/gemini_setup/` and these folders below it. The words of causes, of
#: their contexts, and of the trap page are held by the causes themselves.
ASKED_IN: Final = {
    "window": ("",),
    "cli": ("cli", "doctor", "gui", "i18n", "model"),
    "delivery": ("cli", "delivery", "gui", "actions"),
    "errors": ("",),
    "faults": ("",),
    "help": ("cli",),
    "provision": ("actions", "cli", "gui", "model", "provision"),
    "uses": ("usage", "gui"),
}


_PARTS: Final = ("title", "sentence", "fix")


def _asked(tree: ast.Module) -> tuple[set[str], list[re.Pattern[str]]]:
    """Strings that may be keys, and patterns for those that are put together.

    Not a docstring, a member's name (`{"why": …}`, `facts["why"]`) or what is compared with.
    """
    no_key: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            no_key.update(key for key in node.keys if key is not None)
        elif isinstance(node, ast.Subscript):
            no_key.add(node.slice)
        elif isinstance(node, ast.Expr):
            no_key.add(node.value)
        elif isinstance(node, ast.Compare):
            no_key.update((node.left, *node.comparators))
    whole: set[str] = set()
    built = []
    for node in ast.walk(tree):
        if node in no_key:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            if re.match(
                r"[\w-]+[._]", str(parts[0] or "")
            ):  # begins with a table's name, or that of a group of keys
                built.append(
                    re.compile("".join(r"[\w-]+" if one is None else re.escape(str(one)) for one in parts))
                )
    return whole, built


def _unused(name: str, found: dict[str, Any]) -> list[str]:
    whole: set[str] = set()
    built: list[re.Pattern[str]] = []
    for folder in ASKED_IN[name]:
        for path in (Path(cause_texts.__file__).parents[1] / folder).rglob("*.py"):
            strings, patterns = _asked(ast.parse(path.read_text(encoding="utf-8")))
            whole |= strings
            built += patterns

    # What explains an option or a command of two words is found by its name.
    whole |= {re.sub("[- ]", "_", one.lstrip("-")) for one in whole if re.match("--|add ", one)}

    def keys(table: dict[str, Any], before: str) -> Iterator[str]:
        for key, value in table.items():
            yield from keys(value, f"{before}{key}.") if isinstance(value, dict) else [f"{before}{key}"]

    def used(key: str) -> bool:
        # The window asks by whole keys; elsewhere the table stands in one argument and the key in another, and what is
        # said of a fault of the keyring is asked for by the fault.
        *tables, last = key.split(".")
        names = {key} if name == "window" else {key, tables[-1] if tables and last in _PARTS else last}
        return bool(names & whole) or any(one.fullmatch(each) for one in built for each in names)

    # `cause_texts.ago` asks for those by their table.
    return [key for key in keys(found, "") if not key.startswith("ago.") and not used(key)]


@pytest.mark.parametrize("name", ASKED_IN)
def test_every_sentence_is_used(name: str) -> None:
    """One that no code asks for is translated, read, and kept true for nothing."""
    found = tomllib.loads((cause_texts.resources() / "en" / f"{name}.toml").read_text(encoding="utf-8"))
    assert _unused(name, found) == []
    assert _unused(name, {"nobody_says_this": "", "here": {"or_this": ""}}) == [
        "nobody_says_this",
        "here.or_this",
    ]
