"""What PySide6's hooks collect and this program never uses: on Windows and Linux it is left out of the bundle.

Plugins are chosen by name; a library stays where something that stays needs it. `packaging/package` measures what is
left against a bare PySide6 window; `--smoke` and the wizard's test on the frozen program show that nothing is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
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
    loose = {_name(entry): entry for entry in kept if _is_loose_library(entry)}
    asking = [entry for entry in kept if not _is_loose_library(entry) and entry[2] in ("BINARY", "EXTENSION")]
    needed = set[str]()
    while asking:
        for name in _imports(asking.pop()[1]) & (loose.keys() - needed):
            needed.add(name)
            asking.append(loose[name])
    return [entry for entry in kept if entry not in loose.values() or _name(entry) in needed]


def _path(entry: Entry) -> str:
    return entry[0].replace("\\", "/")


def _name(entry: Entry) -> str:
    return _path(entry).rpartition("/")[2].lower()


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
    path, name = _path(entry), _name(entry)
    if entry[2] not in ("BINARY", "SYMLINK") or _PLUGIN.search(path) or not _LIBRARY.search(name):
        return False
    return not name.startswith(("libpython", "python3", "vcruntime"))


def _imports(source: str) -> set[str]:
    """The names of the libraries that a binary needs."""
    return {Path(name).name.lower() for name, _ in get_imports(source)}
