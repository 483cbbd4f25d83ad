"""The whole program with marked secrets: they are in the keyring and on the wire to the right host, and nowhere else."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

from tests.e2e.conftest import Wizard
from tests.e2e.test_rotation import says
from tests.loopback import Google


def forms(secret: str) -> list[bytes]:
    """A secret as it could lie around: plain, percent-encoded, base64, UTF-16."""
    return [
        secret.encode(),
        quote(secret, safe="").encode(),
        base64.b64encode(secret.encode()).rstrip(b"="),
        secret.encode("utf-16-le"),
    ]


def files_with(secret: str, *roots: Path) -> list[str]:
    found = []
    for root in roots:
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.suffix != ".keyring":
                data = path.read_bytes()
                found += [str(path) for form in forms(secret) if form in data]
    return found


def in_process(pid: int, secret: str) -> list[str]:
    """What of the secret the system shows of a process to others: its arguments and its environment."""
    return [
        name
        for name in ("cmdline", "environ")
        if any(form in Path(f"/proc/{pid}/{name}").read_bytes() for form in forms(secret))
    ]


def test_a_key_is_nowhere_but_in_the_keyring_and_on_the_wire(
    wizard: Wizard, google: Google, tmp_path: Path
) -> None:
    leaky = google.studio_key(suspended=True)  # Google's answer echoes the whole key
    good = google.studio_key()
    clipboard = "what the person had copied before"

    wizard.press("next")
    wizard.focus_is("key.field")
    wizard.paste(leaky.text)
    wizard.press("next")
    wizard.find("check.diagnosis")
    shown = " ".join(wizard.texts())
    wizard.press("check.copy")
    copied = wizard.desktop.clipboard_has("key-suspended")
    wizard.press("back")
    wizard.focus_is("key.field")
    wizard.desktop.key("ctrl+a")
    wizard.paste(good.text)
    says(wizard, good.text[-4:])  # it has been read: something else may lie on the clipboard now
    wizard.desktop.clipboard(clipboard)
    wizard.press("next")
    wizard.find("page.use")
    shown += " ".join(wizard.texts())
    seen_outside = in_process(wizard.process.pid, good.text) + in_process(wizard.process.pid, leaky.text)
    left_on_clipboard = wizard.desktop.run("xclip", "-selection", "clipboard", "-o")
    wizard.press("next")
    assert wizard.ended() == 0

    printed = wizard.printed()
    home = Path(wizard.desktop.env["HOME"])
    for secret in (leaky.text, good.text):
        assert secret not in shown
        assert secret not in copied
        assert secret not in printed
        assert files_with(secret, home, tmp_path) == []
    assert seen_outside == []
    assert left_on_clipboard == clipboard
    for request in google.requests:
        line = f"{request.path} {request.query}"
        assert good.text not in line
        assert leaky.text not in line
        carried = [
            name for name, value in request.headers.items() if good.text in value or leaky.text in value
        ]
        assert carried in (["x-goog-api-key"], ["authorization"])
        assert request.host == "generativelanguage.googleapis.com"
    assert {method for method, _ in google.proxy_requests} == {"CONNECT"}
