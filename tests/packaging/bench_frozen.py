"""`--smoke` sees what is missing: each part is taken out of a copy of the frozen program, and `--smoke` names it.

Not part of the suite, which has nothing frozen: `make package` runs it, with GEMINI_SETUP_BUNDLE naming the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desktop import Desktop

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that may be spoiled, at a path with a space and letters that are not ASCII."""
    place = tmp_path_factory.mktemp("Größe 設定") / "gemini-setup"
    shutil.copytree(os.environ["GEMINI_SETUP_BUNDLE"], place, symlinks=True)
    return place


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    with Desktop() as desktop:
        yield desktop


def smoke(bundle: Path, env: dict[str, str], program: str = "gemini-setup") -> tuple[int, dict[str, Any]]:
    """The exit code and the document of `--smoke`; {} where there is none."""
    done = subprocess.run(
        [str(bundle / program), "--smoke"], env=env, cwd="/", capture_output=True, text=True, timeout=90, check=False
    )  # fmt: skip
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {}


@contextmanager
def without(bundle: Path, pattern: str) -> Iterator[None]:
    """The files of `pattern` are somewhere else for a while."""
    found = list(bundle.glob(f"_internal/{pattern}"))
    assert found, f"there is no {pattern} in the bundle"
    away = bundle.with_name("away")
    away.mkdir()
    for number, path in enumerate(found):
        path.rename(away / str(number))
    try:
        yield
    finally:
        for number, path in enumerate(found):
            (away / str(number)).rename(path)
        away.rmdir()


@contextmanager
def without_module(bundle: Path, name: str) -> Iterator[None]:
    """The program's archive knows a module by another name for a while: nothing else in it changes its place."""
    program = bundle / "gemini-setup"
    before = program.read_bytes()
    old = name.encode()
    # In the table of contents a name stands whole, with its length before it.
    marked = bytes([len(old)]) + old
    assert before.count(marked) == 1, f"{name} is not once in the archive"
    program.write_bytes(before.replace(marked, marked[:-1] + b"~"))
    try:
        yield
    finally:
        program.write_bytes(before)


def test_everything_is_there(bundle: Path, desktop: Desktop) -> None:
    code, told = smoke(bundle, desktop.env)
    assert code == 0
    assert told["ok"]
    assert told["frozen"]
    assert told["failed"] == []
    assert told["parts"]["backend"]["what"] == "keyring.backends.SecretService.Keyring, the store answers"
    assert told["parts"]["frame"]["what"].startswith("xcb, ")


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("keyring-*.dist-info", "backend"),
        ("python3.*/lib-dynload/_ssl.*", "tls"),
        ("libssl.so*", "files"),  # the system's would do, where there is one
        ("certifi/cacert.pem", "tls"),
        ("cryptography/hazmat/bindings/_rust.*", "rsa"),
        ("gemini_setup/resources/en/causes.toml", "resources"),
        ("gemini_setup/resources/en/window.toml", "frame"),
        ("gemini_setup/resources/en/trap.toml", "files"),
        ("gemini_setup/resources/de/faults.toml", "files"),
        ("gemini_setup/resources/snippets", "resources"),
        ("gemini_setup/resources/snippets/openai.py", "files"),
        ("manifest.txt", "files"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "frame"),
        ("PySide6/Qt/lib/libQt6XcbQpa.so*", "frame"),
        ("PySide6/Qt/lib/libQt6Widgets.so*", "frame"),
        ("PySide6/QtWidgets.*", "frame"),
    ],
)
def test_a_file_that_is_missing_is_told(pattern: str, part: str, bundle: Path, desktop: Desktop) -> None:
    with without(bundle, pattern):
        code, told = smoke(bundle, desktop.env)
    assert code == 1
    assert part in told["failed"]


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("keyring.backends.SecretService", "backend"),
        ("secretstorage", "backend"),
        ("gemini_setup.vault.backends.secret_service", "backend"),
        ("truststore", "tls"),
        ("httpx", "tls"),
        ("google.auth.crypt", "rsa"),
        ("gemini_setup.gui.window", "frame"),
    ],
)
def test_a_module_that_is_missing_is_told(module: str, part: str, bundle: Path, desktop: Desktop) -> None:
    with without_module(bundle, module):
        code, told = smoke(bundle, desktop.env)
    assert code == 1
    assert part in told["failed"]


def test_a_changed_text_is_told(bundle: Path, desktop: Desktop) -> None:
    file = bundle / "_internal/gemini_setup/resources/snippets/openai.py"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"\n", b"\r\n"))  # as git on Windows may do it
    try:
        code, told = smoke(bundle, desktop.env)
    finally:
        file.write_bytes(before)
    assert (code, told["failed"]) == (1, ["files"])


def test_without_a_screen_it_still_paints(bundle: Path, desktop: Desktop) -> None:
    env = {name: value for name, value in desktop.env.items() if name != "DISPLAY"}
    code, told = smoke(bundle, env)
    assert code == 0
    assert told["parts"]["frame"]["what"].startswith("offscreen, ")


def test_programs_that_it_starts_get_the_environment_that_the_person_had(
    bundle: Path, desktop: Desktop, tmp_path: Path
) -> None:
    """`exec` runs other programs: they must not load our libraries in place of their own, nor take part in our start."""
    program = bundle / "gemini-setup"
    env = {**desktop.env, "LD_LIBRARY_PATH": "/opt/theirs"}
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    from tests.loopback import Google

    with Google() as google:
        env |= google.environ()
        add = [str(program), "add", "studio", "--no-generate"]
        subprocess.run(
            add, input=google.studio_key().text, env=env, text=True, check=True, capture_output=True
        )
        run = [str(program), "exec", "--", sys.executable, "-c", show]
        told = subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout
        seen: dict[str, str] = json.loads(told)
        assert seen["LD_LIBRARY_PATH"] == "/opt/theirs"
        assert not [name for name in seen if name.startswith(("_PYI", "_MEI")) or name.endswith("_ORIG")]
        assert not [value for value in seen.values() if str(bundle) in value]
        # The program under itself, as a script under `exec` calls it.
        inner = [str(program), "exec", "--", str(program), "get"]
        del env["LD_LIBRARY_PATH"]
        again = subprocess.run(inner, env=env, capture_output=True, text=True, check=True).stdout
        assert again.strip() == subprocess.run(
            [str(program), "get"], env=env, capture_output=True, text=True, check=True
        ).stdout.strip()  # fmt: skip


def test_it_is_installed_for_one_account_and_taken_away_again(
    bundle: Path, desktop: Desktop, tmp_path: Path
) -> None:
    home = tmp_path / "häuschen mit platz"
    home.mkdir()
    env = {**desktop.env, "HOME": str(home), "PATH": f"{home}/.local/bin:{os.environ['PATH']}"}
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        env.pop(name, None)
    for _ in range(2):  # a second time is an update
        done = subprocess.run(
            [str(bundle / "install")], env=env, cwd="/", capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "In a terminal: gemini-setup"
    found = shutil.which("gemini-setup", path=env["PATH"])
    assert found == str(home / ".local/bin/gemini-setup")
    assert smoke(Path(found).parent, env)[0] == 0
    entry = home / ".local/share/applications/gemini-setup.desktop"
    if check := shutil.which("desktop-file-validate"):
        subprocess.run([check, str(entry)], check=True)
    (line,) = [line for line in entry.read_text().splitlines() if line.startswith("Exec=")]
    assert line == f'Exec="{home}/.local/bin/gemini-setup"'
    assert (home / ".local/share/icons/hicolor/256x256/apps/gemini-setup.png").is_file()
    (version,) = (home / ".local/lib/gemini-setup").iterdir()  # the first one has gone: nothing runs from it
    subprocess.run([str(version / "install"), "--remove"], env=env, check=True, capture_output=True)
    assert [path for path in home.rglob("*") if not path.is_dir()] == []
