"""A keyring that does not do it, in a real window by the keyboard alone: each fault is really had, its card says what
it is, nothing is typed or asked twice, and when the fault is over the key is kept.

`missing` is walked in test_rotation.py. gnome-keyring never says that it has no room, so `full` is the disk under the
private file, which a person has chosen before; it is had only where the test may mount a file system of its own.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gemini_setup.i18n.cause_texts import resources
from tests.e2e.conftest import Opened, Wizard, installed_command, say
from tests.e2e.desktop import Desktop
from tests.e2e.test_rotation import kept, tab_to
from tests.loopback import Google
from tests.secretservice import PASSWORD, SecretService
from tests.waiting import PATIENCE

#: The window's own command that waits less long for a keyring's answer; all else is as installed.
IMPATIENT = """
import sys
from gemini_setup.vault.backends import dbus
dbus.LIMIT = 5
from gemini_setup.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def wizard(
    request: pytest.FixtureRequest, desktop: Desktop, environ: dict[str, str], opened: Opened, tmp_path: Path
) -> Iterator[Wizard]:
    """As everywhere; a parameter is the command instead."""
    wizard = Wizard(desktop, environ, getattr(request, "param", [installed_command()]))
    try:
        yield wizard
    finally:
        desktop.picture(tmp_path / "last.png")
        wizard.stop()


def card(fault: str, reason: str = "", store: str = "") -> list[str]:
    """Title and sentence as the person shall read them, from the words themselves."""
    with (resources() / "en" / "faults.toml").open("rb") as file:
        table = tomllib.load(file)[fault]
    said = {**table, **table.get(reason, {})}
    return [said["title"], re.sub(r"\[\[\{store\}\|\|.*?\]\]", store, said["sentence"])]


def unlock(service: SecretService) -> None:
    """Unlock the login keyring over gnome-keyring's control socket, as the login screen does when one comes back."""
    request = struct.pack(">II", 1, len(PASSWORD)) + PASSWORD
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(PATIENCE)
        control.connect(f"{service.env['XDG_RUNTIME_DIR']}/keyring/control")
        control.sendall(b"\0")  # carries who we are
        control.sendall(struct.pack(">I", len(request) + 4) + request)
        assert control.recv(8) == struct.pack(">II", 8, 0), "the keyring was not unlocked"


def nothing() -> None:
    pass


def walk(
    wizard: Wizard,
    google: Google,
    says: list[str],
    *,
    strike: Callable[[], None] = nothing,
    meanwhile: Callable[[], None] = nothing,
    mend: Callable[[], None],
) -> str:
    """Paste a key, check, meet the fault, go back, check what is still in the field, meet it again, mend it, try again.

    `strike` comes before each check, `meanwhile` when the keyring is being asked. Gives the key; it was pasted once.
    """
    desktop, key = wizard.desktop, google.studio_key()
    wizard.find("page.choose")
    wizard.focus_is("choose.studio")
    desktop.key("ctrl+Return")
    wizard.focus_is("key.field")
    wizard.paste(key.text)
    for times in (1, 2):
        strike()
        if times == 1:
            tab_to(wizard, "next")
        desktop.key("Return")
        google.wait_for("generate", times)
        meanwhile()
        wizard.find("check.try_again")
        shown = wizard.find("check.diagnosis")["name"]
        for part in says:
            assert part in shown
        assert wizard.nameless() == []
        wizard.focus_is("check.try_again")
        if times == 1:
            desktop.key("alt+Left")
            wizard.focus_is("key.field")  # what was typed is still in it: nothing is pasted again
    asked = len(google.requests)
    mend()
    desktop.key("Return")
    wizard.find("page.use")
    assert say("rail.use") in wizard.texts()
    assert len(google.requests) == asked
    wizard.focus_is("next")
    time.sleep(1)  # a key that comes sooner is taken for one meant for the page before
    desktop.key("Return")
    assert wizard.ended() == 0
    assert wizard.pastes == 1
    assert key.text not in wizard.printed()
    return key.text


def test_locked(wizard: Wizard, google: Google, desktop: Desktop) -> None:
    service = desktop.service
    key = walk(
        wizard,
        google,
        card("locked", store="GNOME Keyring"),
        strike=service.lock,
        mend=lambda: unlock(service),
    )
    assert kept(desktop) == key


@pytest.mark.parametrize("wizard", [[sys.executable, "-c", IMPATIENT]], indirect=True, ids=["5 s"])
def test_slow(wizard: Wizard, google: Google, desktop: Desktop) -> None:
    service = desktop.service
    key = walk(wizard, google, card("slow", store="GNOME Keyring"), strike=service.freeze, mend=service.thaw)
    assert kept(desktop) == key


def test_denied(wizard: Wizard, google: Google, desktop: Desktop) -> None:
    """Where the folder of ours should be lies a file; root, too, can make nothing below one."""
    ours = desktop.service.home / ".local/share/gemini-setup"

    def take_away() -> None:
        assert not ours.exists()
        ours.write_bytes(b"")

    ours.parent.mkdir(parents=True, exist_ok=True)
    take_away()
    key = walk(wizard, google, card("denied", "no-folder"), mend=ours.unlink)
    assert kept(desktop) == key


def test_gone(wizard: Wizard, google: Google, desktop: Desktop) -> None:
    """Killed while a question of the window waits for its answer: frozen first, so that it cannot have answered."""
    service = desktop.service
    listening: list[subprocess.Popen[str]] = []

    def strike() -> None:
        if not service.pid:
            service.start_daemon(unlock=True)
        service.freeze()
        watched = "type='method_call',destination='org.freedesktop.secrets'"
        monitor = subprocess.Popen(
            ["timeout", "120", "dbus-monitor", "--session", "--profile", watched],
            env=service.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        listening.append(monitor)
        next_line(monitor, "NameAcquired")

    def die() -> None:
        monitor = listening.pop()
        next_line(monitor, "org.freedesktop.Secret")
        monitor.terminate()
        monitor.communicate()
        service.kill()

    key = walk(
        wizard,
        google,
        card("gone", store="GNOME Keyring"),
        strike=strike,
        meanwhile=die,
        mend=lambda: service.start_daemon(unlock=True),
    )
    assert kept(desktop) == key


def next_line(process: subprocess.Popen[str], part: str) -> None:
    """Read on until a line with `part`; AssertionError when the process ends before."""
    assert process.stdout is not None
    assert any(part in line for line in process.stdout), f"{process.args!r} never said {part}"


@pytest.fixture
def small(desktop: Desktop) -> Iterator[Path]:
    """The private file's folder, chosen before, as a disk of 32 KiB of its own; mounted before the window starts."""
    place = desktop.service.home / ".local/share/gemini-setup/private"
    place.mkdir(parents=True, mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k,mode=0700", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(
            f"a full disk is not to be had: this account may not mount one ({mounted.stderr.splitlines()[0]})"
        )
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_full(small: Path, wizard: Wizard, google: Google) -> None:
    filler = small / "filler"

    def fill() -> None:
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(512))

    key = walk(wizard, google, card("full", "disk"), strike=fill, mend=filler.unlink)
    assert key in {file.read_text() for file in small.iterdir()}
