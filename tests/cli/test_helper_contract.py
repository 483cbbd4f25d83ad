"""The contract of DESIGN §10: `get` and `token` as other programs' key helper, in a process of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.program import SOURCE, Program
from tests.loopback import Google
from tests.secretservice import SecretService

ANSWERS = 50

#: In a mount namespace of its own, so that no other test's session is in the way; the bus lies where systemd lays it.
_APART = """
mount -t tmpfs none /run && mkdir -p /run/user/$1 && chmod 700 /run/user/$1 && ln -s "$2" /run/user/$1/bus
shift 2
exec env -i "$@"
"""


def _apart(*command: str) -> list[str]:
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    return ["unshare", *own, "--mount", "--", *command]


def _possible() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(_apart("mount", "-t", "tmpfs", "none", "/run"), capture_output=True).returncode == 0


def _helper(program: Program, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Started as OpenClaw starts its helpers: HOME alone, no terminal (a session of its own), nothing on stdin."""
    bus = program.environ["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=")
    home = f"HOME={program.environ['HOME']}"
    code = f"import sys; sys.path.insert(0, {SOURCE!r}); from gemini_setup.cli.main import main; sys.exit(main())"
    command = [
        "sh",
        "-c",
        _APART,
        "sh",
        str(os.getuid()),
        bus,
        home,
        sys.executable,
        "-B",
        "-c",
        code,
        *words,
    ]
    return subprocess.run(
        _apart(*command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        start_new_session=True,
    )


@pytest.fixture
def saved(program: Program, google: Google) -> str:
    if not _possible():
        pytest.skip("this account may make no mount namespace")
    key = google.studio_key().text
    assert program("add", "studio", text=key).code == 0
    return key


@pytest.mark.parametrize("words", [("get",), ("token",), ("get", "default"), ("get", "--field", "key")])
def test_with_home_alone_the_answer_and_nothing_else(
    words: tuple[str, ...], saved: str, program: Program
) -> None:
    done = _helper(program, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{saved}\n".encode(), b"")


def test_an_access_token_with_home_alone(program: Program, google: Google) -> None:
    if not _possible():
        pytest.skip("this account may make no mount namespace")
    account = google.service_account()
    assert program("add", "vertex", "-", text=account.text).code == 0
    done = _helper(program, "token")
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 1)
    assert google._find_token(done.stdout.decode().strip()) is not None
    done = _helper(program, "get")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["client_email"] == account.email


def test_fifty_at_once(saved: str, program: Program, secret_service: SecretService) -> None:
    with ThreadPoolExecutor(ANSWERS) as pool:
        found = list(pool.map(lambda _: _helper(program, "get"), range(ANSWERS)))
    assert {(one.returncode, one.stdout, one.stderr) for one in found} == {(0, f"{saved}\n".encode(), b"")}
    assert not secret_service.died


def test_where_there_is_nothing_the_code_says_so_and_stdout_is_empty(saved: str, program: Program) -> None:
    done = _helper(program, "get", "another")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr


@pytest.mark.parametrize("linked", [False, True])
def test_where_tells_the_file_and_no_link_to_it(linked: bool, tmp_path: Path) -> None:
    """pipx lays a link into ~/.local/bin, which OpenClaw refuses to start."""
    real = Path(sys.executable).with_name("gemini-setup")
    if not real.exists():
        pytest.skip("this checkout has no command")
    (tmp_path / "gemini-setup").symlink_to(real)
    command = tmp_path / "gemini-setup" if linked else real
    done = subprocess.run([command, "--where"], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{os.path.realpath(real)}\n", "")
