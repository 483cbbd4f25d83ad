"""The program with a session of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.conftest import without_foreign_variables
from tests.loopback import Google
from tests.secretservice import SecretService


@pytest.fixture
def program(google: Google, secret_service: SecretService) -> Program:
    """With a real, unlocked keyring."""
    return Program(google, secret_service, {})


@pytest.fixture
def without_keyring(google: Google, tmp_path: Path) -> Program:
    """Where no keyring runs and no bus to ask for one."""
    environ = without_foreign_variables(dict(os.environ))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
        environ.pop(name, None)
    home = str(tmp_path / "home")
    Path(home).mkdir()
    own = {
        "HOME": home,
        "XDG_DATA_HOME": f"{home}/data",
        "XDG_RUNTIME_DIR": f"{home}/run",
        "XDG_CONFIG_HOME": f"{home}/config",
    }
    return Program(google, None, {**environ, **own})
