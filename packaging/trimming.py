"""What PySide6's hooks collect and this program never uses: on Windows and Linux it is left out of the bundle.

Plugins are chosen by name; a library stays where something that stays needs it. `packaging/package` measures what is
left against a bare PySide6 window; `--smoke` and the wizard's test on the frozen program show that nothing is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from PyInstaller.depend.bindepend import get_imports

#: Folders of Qt's plugins of which nothing, or only what begins with one of these names, is kept.
_PLUGINS: Final[dict[str, tuple[str, ...]]] = {
    "egldeviceintegrations": (),
    "generic": (),
    "iconengines": (),  # every icon is drawn by the program
    "imageformats": ("qico",),
    "networkinformation": (),
    "platforminputcontexts": ("compose", "ibus"),
    "platforms": ("qxcb", "qwayland", "qoffscreen", "qwindows"),
    "platformthemes": (
        "qxdgdesktopportal",
    ),  # the other is GTK's, and brings all of GTK from where it is built
    "printsupport": (),
    "tls": (),  # the network is httpx's, not Qt's
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-graphics-integration-client": (),  # graphics cards: widgets are painted in memory
    "wayland-graphics-integration-server": (),
    "wayland-shell-integration": ("xdg-shell",),
    "xcbglintegrations": (),
}
_DATA: Final = re.compile(r"/include/|/sboms/|\.pyi$|\.lib$")
_TRANSLATION: Final = re.compile(r"PySide6/(?:Qt/)?translations/(.*)\.qm$")
_PLUGIN: Final = re.compile(r"/plugins/([^/]+)/(?:lib)?([^/]+)$")
_LIBRARY: Final = re.compile(r"\.so(\.[\d.]+)?$|\.dll$", re.I)

Entry = tuple[str, str, str]  # where in the bundle, where from, what kind


def trimmed(entries: list[Entry], languages: Iterable[str] = ()) -> list[Entry]:
    """The entries of an Analysis' binaries or data that the program needs, in their order.

    `languages` are those that Qt's own dialogs are wanted in.
    """
    words = {f"qtbase_{language}" for language in languages}
    kept = [entry for entry in entries if not _superfluous(_path(entry), words)]
    loose = {_path(entry): entry for entry in kept if _is_loose_library(entry)}
    needed = {
        name.lower().rpartition("/")[2]
        for _, source, kind in (entry for entry in kept if _path(entry) not in loose)
        if kind in ("BINARY", "EXTENSION")
        for name in _imports(source)
    }
    return [
        entry
        for entry in kept
        if _path(entry) not in loose or _path(entry).rpartition("/")[2].lower() in needed
    ]


def _path(entry: Entry) -> str:
    return entry[0].replace("\\", "/")


def _superfluous(path: str, words: set[str]) -> bool:
    translation = _TRANSLATION.search(path)
    if translation is not None:
        return translation[1] not in words
    found = _PLUGIN.search(path)
    if found is not None and found[1] in _PLUGINS:
        return not found[2].startswith(_PLUGINS[found[1]])
    return bool(_DATA.search(path))


def _is_loose_library(entry: Entry) -> bool:
    """A library that is only there because something links to it; what Python and Qt load by name is no such one."""
    path = _path(entry)
    name = path.rpartition("/")[2].lower()
    if entry[2] not in ("BINARY", "SYMLINK") or _PLUGIN.search(path) or not _LIBRARY.search(name):
        return False
    return not name.startswith(("libpython", "python3", "vcruntime"))


def _imports(source: str, seen: set[str] | None = None) -> set[str]:
    """The names of all libraries that a binary needs, those that they need themselves included."""
    seen = set() if seen is None else seen
    for name, path in get_imports(source):
        if name not in seen:
            seen.add(name)
            if path:
                seen.add(path.replace("\\", "/"))
                _imports(path, seen)
    return seen
