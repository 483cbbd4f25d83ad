"""The main job on real input: a stranger takes each kind of credential from the first page to the last, and then other
programs really use what was kept.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Wizard, installed_command
from tests.e2e.desktop import Desktop
from tests.loopback import Google

KEY_ENTRY = ("service", "gemini-credentials:v1/default.key", "username", "default")


def get(desktop: Desktop, environ: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [installed_command(), "get", *arguments],
        env={**desktop.env, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("standard", [False, True], ids=["AQ", "AIza"])
def test_an_api_key_goes_from_the_first_page_to_the_last(
    standard: bool, wizard: Wizard, google: Google, desktop: Desktop, environ: dict[str, str]
) -> None:
    key = google.studio_key(standard=standard)

    wizard.find("page.choose")
    wizard.press("next")
    wizard.find("page.key")
    wizard.focus_is("key.field")
    wizard.paste(key.text)
    wizard.press("next")
    wizard.find("page.use")
    wizard.press("next")

    assert wizard.ended() == 0
    assert wizard.presses <= 4
    assert wizard.pastes == 1
    assert len(google.requests) <= 4
    assert len(google.seen("generate")) == 1
    assert desktop.run("secret-tool", "lookup", *KEY_ENTRY) == key.text
    assert get(desktop, environ) == key.text
    assert key.text not in wizard.printed()


def test_a_service_account_file_goes_from_the_first_page_to_the_last(
    wizard: Wizard, google: Google, desktop: Desktop, environ: dict[str, str], tmp_path: Path
) -> None:
    account = google.service_account()
    file = tmp_path / "downloaded-key.json"
    file.write_text(account.text)

    wizard.find("page.choose")
    wizard.press("choose.vertex")
    wizard.press("next")
    wizard.find("page.file")
    wizard.press("file.drop")
    wizard.focus_is("QApplication.QFileDialog.fileNameEdit")
    desktop.type(str(file))
    desktop.key("Return")
    wizard.find("file.project")
    wizard.press("next")
    wizard.find("page.use")
    wizard.press("next")

    assert wizard.ended() == 0
    assert json.loads(get(desktop, environ)) == account.info
    assert get(desktop, environ, "--field", "project") == account.project.id
    assert len(google.seen("vertex-generate")) + len(google.seen("vertex-openai")) <= 2
    assert account.info["private_key"] not in wizard.printed()
