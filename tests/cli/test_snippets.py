"""What the last page offers to be copied is run as it stands, in a new shell with a clean environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.loopback import Google

_OFFERED = (
    "import json\n"
    "from gemini_setup.reader import read_access, get\n"
    "from gemini_setup.uses import uses\n"
    "print(json.dumps({u.id: u.text for u in uses(read_access().access, get(field='model'))}))\n"
)


@pytest.fixture(params=["studio", "account"])
def kept(request: pytest.FixtureRequest, program: Program, google: Google, tmp_path: Path) -> str:
    """The secret that was kept, as `get` prints it."""
    program.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if request.param == "studio":
        assert program("add", "studio", text=google.studio_key().text).code == 0
    else:
        file = tmp_path / "account.json"
        file.write_text(google.service_account().text, encoding="utf-8")
        assert program("add", "vertex", str(file)).code == 0
    return program("get").out.strip()


def _offered(program: Program) -> dict[str, str]:
    found = subprocess.check_output(
        [sys.executable, "-c", _OFFERED], env=program.environ, text=True, timeout=20
    )
    offered = json.loads(found)
    assert isinstance(offered, dict)
    return offered


def _run(program: Program, text: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environ = {
        **program.environ,
        "PATH": f"{path}:{program.environ['PATH']}" if path else program.environ["PATH"],
    }
    return subprocess.run(
        ["bash", "-c", text], env=environ, capture_output=True, text=True, timeout=60, input=""
    )


def test_curl_gets_an_answer_and_has_no_secret_among_its_arguments(
    program: Program, google: Google, kept: str
) -> None:
    text = _offered(program)["curl"]
    google.forget()
    google.reply = "Good morning from curl."
    done = _run(program, text)
    assert "Good morning from curl." in done.stdout, done.stderr
    assert len(google.seen("generate") + google.seen("vertex-generate")) == 1
    seen = _run(program, "set -x; " + text).stderr
    assert kept not in seen.replace(f"printf {kept}", "")


def test_the_first_offer_opens_a_shell_that_has_it(program: Program, kept: str) -> None:
    offered = _offered(program)
    shell = offered["shell"]
    done = _run(program, f"echo 'env' | {shell}")
    assert done.returncode == 0, done.stderr
    assert "GEMINI_API_KEY=" in done.stdout or "GOOGLE_APPLICATION_CREDENTIALS=" in done.stdout
    assert "It works" in _run(program, offered["check"]).stdout
    if shutil.which("secret-tool"):
        assert kept[:40] in _run(program, offered["keyring"]).stdout


_CATCH = """#!/bin/sh
printf '%s\\n' "$@" > "$CAUGHT.arguments"
for word in "$@"; do case "$word" in
  *=/dev/stdin) cat /dev/stdin > "$CAUGHT" ;;
  *file:///dev/stdin|/dev/stdin|--data-file=-) cat > "$CAUGHT" ;;
esac; done
"""


@pytest.mark.parametrize(
    ("use", "tool"),
    [
        ("kubernetes", "kubectl"),
        ("google-secrets", "gcloud"),
        ("aws-secrets", "aws"),
        ("azure-secrets", "az"),
    ],
)
def test_secret_stores_get_it_by_a_pipe_whole_and_nowhere_else(
    program: Program, kept: str, tmp_path: Path, use: str, tool: str
) -> None:
    """The clouds' own tools cannot be asked here: one that notes what it is given stands in for each."""
    caught = tmp_path / "caught"
    program.environ["CAUGHT"] = str(caught)
    (tmp_path / tool).write_text(_CATCH)
    (tmp_path / tool).chmod(0o755)
    done = _run(program, _offered(program)[use], str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert caught.read_text() == kept
    assert kept[:40] not in Path(f"{caught}.arguments").read_text()
