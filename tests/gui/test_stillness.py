"""Where the system says that nothing is to move: asked as a desktop tells it, on a bus of the test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gemini_setup.gui.style import reduced_motion

#: A desktop's portal: answers `Read` for the one setting that it is given.
PORTAL = """
import sys
from gi.repository import Gio, GLib
namespace, key, value = sys.argv[1:]
NODE = Gio.DBusNodeInfo.new_for_xml('''<node><interface name="org.freedesktop.portal.Settings"><method name="Read">
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method></interface></node>''')

def call(connection, sender, path, interface, method, asked, invocation):
    if asked.unpack() != (namespace, key):
        invocation.return_dbus_error("org.freedesktop.portal.Error.NotFound", "no such setting")
        return
    told = GLib.Variant.parse(None, value, None, None)
    invocation.return_value(GLib.Variant("(v)", (GLib.Variant("v", told),)))

def ready(connection, name):
    connection.register_object("/org/freedesktop/portal/desktop", NODE.interfaces[0], call, None, None)

Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.portal.Desktop", 0, ready, lambda *_: print("up", flush=True), None)
GLib.MainLoop().run()
"""


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    assert daemon.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    daemon.terminate()
    daemon.communicate()


@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize(
    ("setting", "still"),
    [
        (("org.gnome.desktop.interface", "enable-animations", "false"), True),
        (("org.gnome.desktop.interface", "enable-animations", "true"), False),
        (("org.freedesktop.appearance", "reduced-motion", "uint32 1"), True),
        (("org.freedesktop.appearance", "reduced-motion", "uint32 0"), False),
    ],
)
def test_as_the_portal_says(setting: tuple[str, str, str], still: bool) -> None:
    portal = subprocess.Popen(
        ["/usr/bin/python3", "-W", "ignore", "-c", PORTAL, *setting], stdout=subprocess.PIPE, text=True
    )
    try:
        assert portal.stdout is not None
        assert portal.stdout.readline() == "up\n"
        assert reduced_motion.wanted() is still
    finally:
        portal.kill()
        portal.communicate()


@pytest.mark.usefixtures("bus")
def test_a_portal_that_does_not_run_says_nothing() -> None:
    assert not reduced_motion.wanted()


@pytest.mark.parametrize(("text", "still"), [("0", True), ("0.5", False), ("", False)])
def test_as_plasma_writes_it_down(
    text: str, still: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    (tmp_path / ".config").mkdir()
    line = f"AnimationDurationFactor={text}\n" if text else ""
    (tmp_path / ".config" / "kdeglobals").write_text(f"[KDE]\n{line}SingleClick=true\n")
    assert reduced_motion.wanted() is still


@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize("text", ["", "much"])
def test_a_line_of_plasma_s_that_is_damaged_leaves_the_answer_to_the_portal(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "kdeglobals").write_text(f"[KDE]\nAnimationDurationFactor={text}\n")
    test_as_the_portal_says(("org.freedesktop.appearance", "reduced-motion", "uint32 1"), True)
