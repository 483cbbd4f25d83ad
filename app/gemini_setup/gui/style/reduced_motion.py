"""Does the person want nothing to move? Asked of the system itself: Qt knows only from 6.12 on. It may wait a second."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

_LIMIT: Final = 1.0  # seconds for an answer of the desktop
_PORTAL: Final = "org.freedesktop.portal.Desktop"
#: (namespace, key, what it says where nothing is to move), the standing one first.
_SETTINGS: Final = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
)
_CLIENT_AREA_ANIMATION: Final = 0x1042  # SPI_GETCLIENTAREAANIMATION


def wanted() -> bool:
    """False also where the system does not say."""
    try:
        if sys.platform == "win32":
            return _windows()
        if sys.platform == "darwin":
            return _macos()
        return _kde(Path.home() / ".config" / "kdeglobals") or _portal()
    except Exception:  # noqa: BLE001 - a desktop that answers in some other way says nothing about it
        return False


def _windows() -> bool:
    import ctypes

    moves = ctypes.c_int(1)
    user32 = ctypes.windll.user32  # type: ignore[attr-defined]  # on Windows only
    asked = user32.SystemParametersInfoW(_CLIENT_AREA_ANIMATION, 0, ctypes.byref(moves), 0)
    return bool(asked) and not moves.value


def _macos() -> bool:
    import plistlib

    file = Path.home() / "Library" / "Preferences" / "com.apple.universalaccess.plist"
    return file.is_file() and bool(plistlib.loads(file.read_bytes()).get("reduceMotion"))


def _kde(file: Path) -> bool:
    """Plasma's speed of animations, whose last notch is none at all."""
    if not file.is_file():
        return False
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line.partition("=")[2] for line in lines if line.startswith("AnimationDurationFactor=")]
    try:
        return bool(told) and float(told[-1]) == 0
    except ValueError:  # empty or not a number: then the portal is asked
        return False


def _portal() -> bool:
    """GNOME and others; a portal that does not run is not started."""
    from jeepney import DBusAddress, MessageFlag, MessageType, new_method_call
    from jeepney.io.blocking import DBusConnection, prep_socket

    from gemini_setup.vault.backends import dbus

    with DBusConnection(prep_socket(dbus.address(), timeout=_LIMIT)) as connection:
        portal = DBusAddress("/org/freedesktop/portal/desktop", _PORTAL, "org.freedesktop.portal.Settings")
        for namespace, key, still in _SETTINGS:
            question = new_method_call(portal, "Read", "ss", (namespace, key))
            question.header.flags |= MessageFlag.no_auto_start
            answer = connection.send_and_get_reply(question, timeout=_LIMIT)
            if answer.header.message_type is MessageType.method_return and _plain(answer.body[0]) == still:
                return True
    return False


def _plain(value: Any) -> Any:
    """A value out of its variants; the portal wraps one into another."""
    while isinstance(value, tuple):
        value = value[1]
    return value
