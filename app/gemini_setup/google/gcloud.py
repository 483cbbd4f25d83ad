"""gcloud's own sign-in on this computer: the application-default credentials of a person (`type: authorized_user`).

Read anew each time it is used and never kept: a profile of kind `adc` holds project and location and no secret.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup.model.credentials import Secret

_NAME: Final = "application_default_credentials.json"
_LARGEST: Final = 100_000  # bytes; gcloud writes about 400


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a token is asked for with. `project` is the quota project that gcloud wrote beside it, "" where none."""

    client_id: str
    client_secret: Secret
    refresh_token: Secret
    project: str
    path: Path


def place(environ: Mapping[str, str]) -> Path:
    """Where gcloud keeps it: `CLOUDSDK_CONFIG`, else its usual folder."""
    own = environ.get("CLOUDSDK_CONFIG", "")
    if own:
        return Path(own) / _NAME
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or Path.home()) / "gcloud" / _NAME
    return Path(environ.get("HOME") or Path.home()) / ".config" / "gcloud" / _NAME


def find(environ: Mapping[str, str] | None = None) -> SignIn | None:
    """Blocking: the sign-in of a person where gcloud keeps it, else None. Raises nothing.

    Not where `GOOGLE_APPLICATION_CREDENTIALS` says: what we start does not get that variable, so that a check proves
    what `exec` hands over.
    """
    return _read(place(os.environ if environ is None else environ))


def _read(path: Path) -> SignIn | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:  # a pipe of that name must not hold us
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("type") != "authorized_user":
        return None
    if document.get("universe_domain") not in (None, "", "googleapis.com"):
        return None
    texts = [document.get(name) for name in ("client_id", "client_secret", "refresh_token")]
    if not all(isinstance(text, str) and text for text in texts):
        return None
    project = document.get("quota_project_id")
    client_id, client_secret, refresh_token = map(str, texts)
    shown = project if isinstance(project, str) else ""
    return SignIn(client_id, Secret(client_secret), Secret(refresh_token), shown, path)
