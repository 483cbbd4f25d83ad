"""What the window gives to the clipboard on "Start using it", read from outside, and a person's new shell to run it in."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.conftest import Wizard, installed_command
from tests.e2e.desktop import Desktop
from tests.loopback import Google
from tests.loopback.states import Project
from tests.waiting import PATIENCE

#: All that a new login's shell has of the session here, beside PATH: no variable of ours, none of another tool.
_LOGIN = ("HOME", "USER", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "LC_ALL")
_COPY = ".copy"


@dataclass
class StoredCredential:
    """What is kept: a key or a file's document, and on Vertex AI a project."""

    key: str = ""
    document: Mapping[str, object] = field(default_factory=dict)
    project: str = ""


def prepared(
    kind: str, desktop: Desktop, google: Google, environ: dict[str, str], folder: Path
) -> StoredCredential:
    """What the person has before the window opens."""
    if kind == "studio":
        return StoredCredential(google.studio_key().text)
    if kind == "express":  # the window's way to one is to replace one
        key = google.studio_key(vertex=True).text
        subprocess.run(
            [installed_command(), "add", "vertex", "--api-key", "--no-generate"],
            env={**desktop.env, **environ}, input=key, text=True, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        return StoredCredential(key)
    if kind == "account":
        account = google.service_account()
        (folder / "downloaded-key.json").write_text(account.text)
        return StoredCredential(document=account.info, project=account.project.id)
    owner = Project()
    user = google.gcloud_user(projects=[owner], quota_project=owner)
    place = Path(desktop.env["HOME"]) / ".config" / "gcloud" / "application_default_credentials.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({
        "type": "authorized_user", "client_id": user.client_id, "client_secret": user.client_secret,
        "refresh_token": user.refresh_token, "quota_project_id": owner.id,
    }))  # fmt: skip
    return StoredCredential(project=owner.id)


def to_the_last_page(kind: str, wizard: Wizard, kept: StoredCredential, folder: Path) -> None:
    """The person's way to "Start using it"."""
    if kind in ("account", "adc"):
        wizard.press("choose.vertex")
        wizard.press("next")
        wizard.find("page.file")
        wizard.press("file.drop" if kind == "account" else "file.sign_in")
        if kind == "account":
            wizard.focus_is("QApplication.QFileDialog.fileNameEdit")
            wizard.desktop.type(str(folder / "downloaded-key.json"))
            wizard.desktop.key("Return")
        wizard.find("file.project")
    else:
        wizard.press("next" if kind == "studio" else "home.default.replace")
        wizard.focus_is("key.field")
        wizard.paste(kept.key)
    wizard.press("next")
    wizard.find("page.use")
    wizard.find("use.tab.more")  # the last of what is shown once it is known


def copied(wizard: Wizard, only: Collection[str] = ()) -> dict[str, str]:
    """Open every tab and fold of the page that shows, press every Copy in turn: what lay on the clipboard then, by way.

    With `only`, those ways alone, each of which must be there.
    """
    found: dict[str, str] = {}
    for tab in [name for name in wizard.pressable() if name.startswith("use.tab.")]:
        wizard.press(tab)
        if tab != "use.tab.more":
            way = tab.removeprefix("use.tab.")
            if not only or way in only:
                found[way] = _copy(wizard, f"use.{way}")
                if f"use.run{_COPY}" in wizard.pressable():  # how it is started, as a last line
                    found[way] += f"\n#{_copy(wizard, 'use.run')}"
    pressed = set[str]()
    while folds := [
        name
        for name in wizard.pressable()
        if name not in pressed
        and (
            name.startswith("use.group.")
            or (name.endswith(".open") and (not only or name[len("use.") : -len(".open")] in only))
        )
    ]:
        for name in folds:
            wizard.press(name)
            pressed.add(name)
    ways = [
        name.removesuffix(_COPY).removeprefix("use.")
        for name in wizard.pressable()
        if name.endswith(_COPY) and not name.startswith("use.hand.")  # to connect a tool is no text to copy
    ]
    found |= {way: _copy(wizard, f"use.{way}") for way in ways if not only or way in only}
    assert set(only) <= set(found), f"the window does not offer {set(only) - set(found)}"
    return found


def _copy(wizard: Wizard, way: str) -> str:
    """Something else lies on the clipboard first, so that what is read is what this press has put there."""
    before = f"what lay there before {way}"
    wizard.desktop.clipboard(before)
    wizard.press(way + _COPY)
    end = time.monotonic() + PATIENCE
    while (text := wizard.desktop.on_clipboard()) in ("", before):
        assert time.monotonic() < end, f"{way}: Copy put nothing on the clipboard"
        time.sleep(0.02)
    return text


def login(session: Mapping[str, str], *first: Path, **more: str) -> dict[str, str]:
    """The environment of a new shell of this person's; `first` come before the system's folders on the PATH."""
    path = os.pathsep.join([*map(str, first), "/usr/local/bin", "/usr/bin", "/bin"])
    return {**{name: session[name] for name in _LOGIN if name in session}, "PATH": path, **more}


def run(
    arguments: list[str], environ: Mapping[str, str], folder: Path, text: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """In that environment and no other, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        arguments, env=environ, cwd=folder, input=text, capture_output=True, text=True, timeout=seconds
    )  # fmt: skip
