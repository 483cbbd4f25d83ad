"""Each cause's file holds true: its examples are told, its counter-examples are not, and the order is said where it counts."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gemini_setup.diagnosis import matcher
from gemini_setup.diagnosis.answers import Surface, from_text
from gemini_setup.diagnosis.causes import CAUSES, diagnose

from .files import COUNTEREXAMPLES, EXAMPLES, FOLDER, Example, files, renderings
from .records import collected

ROOT = Path(__file__).parents[2]
COMPILER = ROOT / "packaging" / "compile-causes"
HOST = "generativelanguage.googleapis.com"
#: Told by the call that was refused, or by what was looked at, while something is done at Google (tests/errands).
AT_GOOGLE = {"account-keys-full", "account-permission-missing", "concurrent-change", "sign-in-foreign"}
#: No signature of their own: `diagnose` and `of_its_age` decide them.
WITHOUT_SIGNATURE = {"works", "unknown", "credential-too-new", *AT_GOOGLE}


def _compiler() -> ModuleType:
    loader = SourceFileLoader("compile_causes", str(COMPILER))
    spec = importlib.util.spec_from_loader("compile_causes", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


compiler = _compiler()


def test_what_is_checked_in_is_what_the_files_compile_to() -> None:
    done = subprocess.run(
        [sys.executable, COMPILER, "--check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "run packaging/compile-causes"


def test_every_cause_is_in_a_file_with_a_signature_and_an_example() -> None:
    assert set(files()) == set(CAUSES)
    assert {name for name, file in files().items() if "match" not in file} == WITHOUT_SIGNATURE
    assert {name for name, file in files().items() if "example" not in file} == {
        "credential-too-new",
        *AT_GOOGLE,
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_an_example_tells_its_cause(example: Example) -> None:
    assert diagnose(example.evidence()).id == example.cause
    assert diagnose(from_text(example.shown)).id == example.alone
    if (
        example.surface is Surface.TRANSPORT
    ):  # every program has such faults: only what names Gemini's host is ours
        assert diagnose(from_text(f"POST https://{HOST}/v1beta/models\n{example.shown}")).id == example.cause


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.document is not None], ids=lambda example: example.id
)
def test_an_example_tells_its_cause_in_every_rendering_with_and_without_its_place(example: Example) -> None:
    document = example.document
    body = document[0] if isinstance(document, list) else document
    assert isinstance(body, dict)
    code = body["error"].get("status", "") if isinstance(body["error"], dict) else ""
    for name, text in renderings(body, example.status or 0, code).items():
        assert diagnose(example.evidence(text)).id == example.cause, name
        # A library's own name may tell more than the answer does, and never something else.
        assert diagnose(from_text(text)).id in (example.alone, example.cause), name


@pytest.mark.parametrize("example", COUNTEREXAMPLES, ids=lambda example: example.id)
def test_a_counterexample_does_not_tell_the_cause(example: Example) -> None:
    assert example.alone != example.cause, f"{example.cause}.toml: say in `is` what a counter-example is"
    assert diagnose(example.evidence()).id == example.alone


# --- the order ------------------------------------------------------------------------------------------


def _without_an_order(text: str, surface: Surface | None, status: int | None) -> list[str]:
    """Pairs of causes that fit one text although neither their phases nor an edge say which comes first."""
    edges = compiler.edges_of(files())

    def before(first: str, second: str, seen: tuple[str, ...] = ()) -> bool:
        following = {b for a, b in edges if a == first and b not in seen}
        return second in following or any(before(one, second, (*seen, one)) for one in following)

    found = list(matcher.matching(from_text(text, surface, status)))
    return [
        f"{FOLDER.name}/{first}.toml and {FOLDER.name}/{second}.toml both fit, in the phase {phase}: "
        f"name one in the other's `before` or `after`"
        for number, (phase, first) in enumerate(found)
        for other, second in found[number + 1 :]
        if phase == other and not before(first, second)
    ]


def test_two_causes_that_fit_one_example_have_an_order() -> None:
    wrong = {
        line: example.id
        for example in EXAMPLES
        for line in _without_an_order(example.shown, example.surface, example.status)
    }
    wrong |= {
        line: record.id
        for record in collected()
        for line in _without_an_order(record.text, record.surface, record.status)
    }
    assert not wrong, "\n".join(f"{line} ({where})" for line, where in wrong.items())


# --- the compiler ---------------------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files once more, to be spoiled."""
    folder = tmp_path / "causes"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(compiler, "CAUSES", folder)
    return folder


def test_two_causes_before_each_other_are_named(copied: Path) -> None:
    file = copied / "key-not-valid.toml"
    file.write_text('before = ["key-suspended"]\n' + file.read_text("utf-8"), "utf-8")
    with pytest.raises(compiler.Mistake, match=r"key-not-valid.*key-suspended come before each other"):
        compiler.made()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('outcome = "refused"', 'outcome = "fine"', "outcome is one of"),
        ('phase = "key"', 'phase = "keys"', "no phase 'keys'"),
        ("proves_dead = true", "proofs_dead = true", "unknown: proofs_dead"),
        ("proves_dead = true", 'after = ["dns-failed"]', "no phase has both"),
        ("proves_dead = true", 'after = ["no-such-cause"]', "which is no cause"),
        ("proves_dead = true", "trap = true", r"trap = true goes with \[en.trap\]"),
        ('contains = "renew the api key"', 'contains = "Renew the API key"', "lower case"),
        ('contains = "renew the api key"', 'pattern = "renew (the"', "unterminated"),
        ('contains = "renew the api key"', 'contain = "renew the api key"', "has no contain"),
        ('contains = "renew the api key"', 'from = "google"', "fits everything"),
        ('contains = "renew the api key"', 'when = "tuesday"', "no predicate 'tuesday'"),
        ("[en]", "[en", "Expected ']'"),
        ('title = "', 'titel = "', "has no titel"),
        ("{hint}", "{hnit}", "facts are those of the words"),
        ('route = "', 'root = "', "example"),
    ],
)
def test_a_mistake_is_told_with_the_name_of_its_file(copied: Path, old: str, new: str, said: str) -> None:
    file = copied / "key-expired.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(compiler.Mistake, match=f"key-expired.toml.*{said}"):
        compiler.made()


def test_a_cause_more_is_one_file(copied: Path) -> None:
    lines = ['outcome = "blocked"', 'phase = "project"', "[[match]]", 'reason = "MOON_IN_THE_WAY"', "[en]"]
    lines += [f'{key} = "x"' for key in ("title", "what", "why")] + ['fixes = ["x"]', "actions = []"]
    lines += ["[[example]]", 'text = "x"', 'route = "studio/models"', 'step = "accepts"']
    (copied / "moon-in-the-way.toml").write_text("\n".join(lines), "utf-8")
    texts: dict[str, str] = {path.name: text for path, text in compiler.made().items()}
    before: dict[str, Any] = {path.name: path.read_text("utf-8") for path in compiler.made()}
    changed = {name for name in texts if texts[name] != before[name]}
    assert changed == {"_table.py", "_catalogue.py", "causes.toml"}
    assert "'MOON_IN_THE_WAY'" in texts["_catalogue.py"], "an answer's reasons are looked for by their names"
