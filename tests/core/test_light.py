"""What is loaded by whom: the core works without Qt, and the fast paths without the network's libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gemini_setup

SOURCE = Path(gemini_setup.__file__).resolve().parent

_LOOK = """
import json, sys
{code}
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(code: str, **environ: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOOK.format(code=code)],
        env={**os.environ, "PYTHONPATH": str(SOURCE.parent), **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def tops(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "module",
    [
        "wizard.flow",
        "usage.reader",
        "diagnosis.causes",
        "i18n.cause_texts",
        "actions.check_and_keep",
        "cli.main",
        "google.recognition",
        "google.urls",
        "model.events",
    ],
)
def test_the_light_parts_load_neither_qt_nor_the_network_s_libraries(module: str) -> None:
    heavy = {
        "PySide6",
        "shiboken6",
        "httpx",
        "httpcore",
        "google",
        "cryptography",
        "truststore",
        "keyring",
        "requests",
    }
    assert not tops(loaded_by(f"import gemini_setup.{module}")) & heavy


def test_the_table_of_causes_is_loaded_to_diagnose_only() -> None:
    code = (
        "from gemini_setup.actions import check_and_keep, explanation, rotate\n"
        "from gemini_setup.diagnosis import causes\nfrom gemini_setup.i18n import cause_texts\n"
        "from gemini_setup.model import events\nfrom gemini_setup.wizard import flow"
    )
    loaded = loaded_by(code)
    assert "gemini_setup.diagnosis.causes" in loaded
    assert not loaded & {
        "gemini_setup.diagnosis._table",
        "gemini_setup.diagnosis.matcher",
        "gemini_setup.diagnosis.predicates",
    }
    assert "gemini_setup.diagnosis._table" in loaded_by(f"{code}\nexplanation.explain('x')")


def test_getting_a_profile_that_is_not_there_loads_no_argparse_and_no_keyring(tmp_path: Path) -> None:
    code = "from gemini_setup.cli.main import main\nassert main(['get', 'Not A Name']) == 1"
    loaded = tops(loaded_by(code, HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path)))
    assert not loaded & {"argparse", "keyring", "httpx", "google", "cryptography", "asyncio", "PySide6"}


def test_the_whole_core_and_the_command_line_work_where_qt_is_not_installed() -> None:
    modules = [
        "gemini_setup." + ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "gui" and path.name != "__main__.py"
    ]
    assert len(modules) > 25
    # None in sys.modules makes an import fail as if the package were not there.
    code = "import importlib\nsys.modules['PySide6'] = sys.modules['shiboken6'] = None\n"
    code += "\n".join(
        f"importlib.import_module({m!r})"
        for m in modules
        if not m.endswith((".credential_manager", ".keychain"))
    )
    code += "\ndel sys.modules['PySide6'], sys.modules['shiboken6']"
    assert not {m for m in loaded_by(code) if m.startswith("gemini_setup.gui")}


def test_help_and_a_mistake_load_nothing_of_the_program_but_its_words() -> None:
    code = (
        "import sys\nfrom gemini_setup.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m.startswith('gemini_setup.') and not m.startswith('gemini_setup.cli')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_RUNTIME_DIR": "", "HOME": "/nonexistent"
    })  # fmt: skip
    loaded = (
        "['gemini_setup.i18n', 'gemini_setup.i18n.messages', 'gemini_setup.settings', 'gemini_setup.system', "
        "'gemini_setup.system.paths', 'gemini_setup.version']"
    )
    assert done.stdout.splitlines()[-1] == loaded


def test_the_parser_s_surfaces_are_those_that_answers_come_from() -> None:
    from gemini_setup.cli.parser import SURFACES
    from gemini_setup.diagnosis.answers import Surface

    assert set(SURFACES) == {surface.value for surface in Surface}
