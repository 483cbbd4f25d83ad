"""What this program is made of: its own version, and of each part that it runs on the version and the license."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final, NamedTuple

from gemini_setup.version import __version__

#: Distributions that a person's program contains, with the license where their metadata spell it out at length.
PARTS: Final = {
    "PySide6_Essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "keyring": "MIT",
    "google-auth": "Apache-2.0",
    "cryptography": "Apache-2.0 OR BSD-3-Clause",
    "httpx": "BSD-3-Clause",
    "truststore": "MIT",
    "certifi": "MPL-2.0",
    "platformdirs": "MIT",
    "SecretStorage": "BSD-3-Clause",
    "jeepney": "MIT",
    "pywin32-ctypes": "BSD-3-Clause",
}

#: The project's pages, as pyproject.toml names them under [project.urls]; "" for one that it does not have yet.
LINKS: Final = {
    "documentation": "",
    "report": "",  # the form for a new issue
    "updates": "",  # the releases
}


class Part(NamedTuple):
    """`license` is an SPDX expression."""

    name: str
    version: str
    license: str


def parts() -> tuple[Part, ...]:
    """Ourselves first, then Python, then the parts that are there; reads files, so not for the window's thread."""
    found = [
        Part("Gemini Setup", __version__, "Apache-2.0"),
        Part("Python", platform.python_version(), "PSF-2.0"),
    ]
    for name, terms in PARTS.items():
        try:
            version = metadata.version(name)
        except (
            metadata.PackageNotFoundError
        ):  # another system's, or a frozen program that left the record out
            continue
        found.append(Part(name, version, terms))
    return tuple(found)
