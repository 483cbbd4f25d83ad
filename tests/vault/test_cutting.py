"""A short sample of what `make kills` does at every effect of the real command; and homes that refuse."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.conftest import without_foreign_variables
from tests.loopback import Google
from tests.secretservice import SecretService

from . import cutting

pytestmark = pytest.mark.skipif(not cutting.is_possible(), reason="needs gcc on Linux")


@pytest.fixture
def stage(google: Google, secret_service: SecretService, tmp_path: Path) -> cutting.Stage:
    program = Program(google, secret_service, without_foreign_variables(dict(os.environ)))
    return cutting.Stage(program, google, secret_service, cutting.compiled(tmp_path))


def test_a_command_killed_at_one_of_its_effects(stage: cutting.Stage) -> None:
    killed, wrong = cutting.campaign(stage, 1, random.Random(os.urandom(4)), "remove")
    assert wrong == []
    assert killed == 1


@pytest.mark.parametrize(
    ("number", "calls", "said"),
    [
        (errno.ENOLCK, "lock", "file locks"),
        (errno.EROFS, "", "can’t write"),
        (errno.ENOSPC, "", "disk has no room"),
    ],
)
def test_a_home_that_refuses_is_said_to_and_nothing_is_lost(
    stage: cutting.Stage, number: int, calls: str, said: str
) -> None:
    """Full, read-only, foreign, without locks: never "a mistake in Gemini Setup", and what is kept stays."""
    key = stage.key()
    stage.add(key)
    assert stage.refused(number, "get", calls=calls).out == key + "\n"
    for command in (
        ("add", "studio", "--no-generate"),
        ("remove", "default", "--yes"),
        ("check", "--no-generate"),
        ("connect", "dotenv", "--file", str(stage.home / ".env"), "--yes"),
    ):
        done = stage.refused(number, *command, calls=calls, text=stage.key())
        assert done.code == 4, (command, done.err)
        assert said in done.err, (command, done.err)
    assert stage.refused(number, "list", calls=calls).code == 0
    assert stage.program("get").out == key + "\n"
    assert not (stage.home / ".env").exists()


def test_a_service_account_is_used_where_no_file_can_be_locked(stage: cutting.Stage) -> None:
    """Minting goes on without the lock, and so does the file of `exec`."""
    file = stage.home / "account.json"
    file.write_text(stage.google.service_account().text)
    assert stage.program("add", "vertex", str(file), "--no-generate").code == 0
    token = stage.refused(errno.ENOLCK, "token", calls="lock")
    assert (token.code, bool(token.out.strip())) == (0, True), token.err
    done = stage.refused(
        errno.ENOLCK, "exec", "--", "sh", "-c", 'cat "$GOOGLE_APPLICATION_CREDENTIALS"', calls="lock"
    )
    assert done.code == 0, done.err
    assert "private_key" in done.out
