"""The commands that a plan shows, read by the real gcloud: it knows each word, and stops only because nobody is signed in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gemini_setup.provision.plan import Act, Write

_ACCOUNT = "gemini-setup@shop-1234.iam.gserviceaccount.com"
_NAMES = {
    Act.ENABLE: ("generativelanguage.googleapis.com", "apikeys.googleapis.com"),
    Act.CREATE_ACCOUNT: (_ACCOUNT,),
    Act.GRANT: ("roles/aiplatform.user",),
}


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed here")
@pytest.mark.parametrize("act", list(Act))
def test_gcloud_knows_every_word_of_the_command(act: Act, tmp_path: Path) -> None:
    (tmp_path / "CERTIFICATE.pem").write_text("made up")
    names = _NAMES.get(act, ("gemini-setup-default-abcd2345",))
    command = Write(act, "shop-1234", names, account=_ACCOUNT, days=90).command
    done = subprocess.run(
        [*command, "--quiet"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert "You do not currently have an active account selected" in done.stderr, done.stderr
