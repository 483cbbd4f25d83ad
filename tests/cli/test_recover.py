"""The window's start finishes what a killed run had begun, and touches no keyring when nothing was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.secretservice import SecretService

PROGRAM = "from gemini_setup.actions import check_and_keep as actions; actions.recover(actions.AppContext())"


def _recover(env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], env=env, check=True, timeout=30, capture_output=True)


def _index(service: SecretService) -> Path:
    return Path(service.env["XDG_DATA_HOME"]) / "gemini-setup" / "profiles.json"


def test_parts_that_a_killed_run_left_are_swept(secret_service: SecretService) -> None:
    entry = ("service", "gemini-credentials:v1/default.g1.0", "username", "default")
    secret_service.tool("store", "--label=left over", *entry, text="half a credential")
    index = _index(secret_service)
    index.parent.mkdir(parents=True, mode=0o700)
    index.write_text(json.dumps({"version": 1, "open": ["default"], "profiles": []}))
    _recover(secret_service.env)
    assert json.loads(index.read_text())["open"] == []
    assert secret_service.lookup(entry[1], "default") is None


def test_without_a_mark_no_keyring_is_asked(secret_service: SecretService) -> None:
    secret_service.freeze()  # whoever asked it now would wait
    try:
        _recover(secret_service.env)
    finally:
        secret_service.thaw()
    assert not _index(secret_service).exists()
