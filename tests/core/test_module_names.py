"""Where a module is, its name says: no two share one, and none is a gerund (docs/architecture.md)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

import gemini_setup

#: Each package has one of these.
IN_EVERY_PACKAGE: Final = {"__init__", "__main__", "base", "main"}
#: One thing in its faces: the command, the page, and what both of them call.
FACES: Final = {
    "about": {"about", "gui/pages/about"},
    "check": {"checks/check", "gui/pages/check"},
    "doctor": {"cli/doctor", "gui/pages/doctor"},
    "explain": {"cli/explain", "gui/pages/explain"},
    "rotation": {"cli/rotation", "gui/pages/rotation"},
}


def modules() -> list[str]:
    """As paths below the package, without the ending."""
    top = Path(gemini_setup.__file__).parent
    return [path.relative_to(top).with_suffix("").as_posix() for path in top.rglob("*.py")]


def shared(paths: Iterable[str]) -> dict[str, set[str]]:
    """The names that occur more than once and may not."""
    found: dict[str, set[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], set()).add(path)
    return {
        name: where
        for name, where in found.items()
        if len(where) > 1 and name not in IN_EVERY_PACKAGE and not where <= FACES.get(name, set())
    }


def gerunds(paths: Iterable[str]) -> set[str]:
    names = {path.rpartition("/")[2] for path in paths}
    return {name for name in names if re.search(r"[a-z]{2}ing(?:_|\Z)", name)}


def test_no_two_modules_share_a_name() -> None:
    assert shared(modules()) == {}


def test_no_module_is_a_gerund() -> None:
    assert gerunds(modules()) == set()


def test_no_exception_is_left_over() -> None:
    """One for modules that are no longer there would let the next pair through."""
    found = Counter(path.rpartition("/")[2] for path in modules())
    assert {name: len(where) for name, where in FACES.items()} == {name: found[name] for name in FACES}


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/tool", "b/tool"], {"tool"}),
        (["cli/doctor", "gui/pages/doctor"], set()),
        (["cli/doctor", "gui/pages/doctor", "vault/doctor"], {"doctor"}),
        (["a/base", "b/base"], set()),
    ],
)
def test_a_shared_name_is_found(paths: list[str], names: set[str]) -> None:
    assert set(shared(paths)) == names


def test_a_gerund_is_found() -> None:
    assert gerunds(["vault/keeping", "cli/running_tools", "a/ring", "a/removal"]) == {
        "keeping",
        "running_tools",
    }


#: Lines that a module may have at most; the window is a frame. The table that packaging/compile-causes writes is no module to read.
LONGEST: Final = 500
FRAME: Final = 350


def test_no_module_has_grown_beyond_what_is_read_at_once() -> None:
    top = Path(gemini_setup.__file__).parent
    lines = {one: len((top / f"{one}.py").read_text(encoding="utf-8").splitlines()) for one in modules()}
    long = {one: count for one, count in lines.items() if count > LONGEST and one != "diagnosis/_table"}
    assert not long
    assert lines["gui/window"] <= FRAME
