"""gcloud's own sign-in on this computer: the application-default credentials of a person (`type: authorized_user`), or
those of a service account that a person stands in for (`impersonated_service_account`).

Read again each time it is used and never kept: a profile of kind `adc` holds project and location and no secret. Nothing
in the file is ever run, and no address in it is ever fetched: what it names must be Google's own, to the letter.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Secret

_NAME: Final = "application_default_credentials.json"
_LARGEST: Final = 100_000  # bytes; gcloud writes about 400


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a token is asked for with. `project` is the quota project that gcloud wrote beside it, "" where none.

    `account`: the service account that the person's own token is exchanged for, by way of the `delegates`; "" where the
    sign-in is the person's own.
    """

    client_id: str
    client_secret: Secret
    refresh_token: Secret
    project: str
    path: Path
    account: str = ""
    delegates: tuple[str, ...] = ()


class Missing(StrEnum):
    """Why there is no sign-in that can be used."""

    NONE = "none"  # no file
    FOREIGN = "foreign"  # it names another token endpoint, universe, or impersonation host than Google's
    OTHER = "other"  # it is no JSON of gcloud's, or of another kind


def place(environ: Mapping[str, str]) -> Path:
    """Where gcloud keeps it: `CLOUDSDK_CONFIG`, else its usual folder."""
    own = environ.get("CLOUDSDK_CONFIG", "")
    if own:
        return Path(own) / _NAME
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or Path.home()) / "gcloud" / _NAME
    return Path(environ.get("HOME") or Path.home()) / ".config" / "gcloud" / _NAME


def find(environ: Mapping[str, str] | None = None) -> SignIn | None:
    """Blocking: the sign-in where gcloud keeps it, else None. Raises nothing.

    Not where `GOOGLE_APPLICATION_CREDENTIALS` says: what we start does not get that variable, so that a check proves
    what `exec` hands over.
    """
    found = look(environ)
    return found if isinstance(found, SignIn) else None


def look(environ: Mapping[str, str] | None = None) -> SignIn | Missing:
    """Blocking: the same, with the reason where there is none."""
    return _read(place(os.environ if environ is None else environ))


def _read(path: Path) -> SignIn | Missing:
    try:
        if not path.is_file():  # a pipe of that name must not hold us
            return Missing.NONE
        if path.stat().st_size > _LARGEST:
            return Missing.OTHER
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Missing.OTHER
    if not isinstance(document, dict):
        return Missing.OTHER
    if document.get("type") != "impersonated_service_account":
        return _person(document, path)
    account = urls.impersonated_by(document.get("service_account_impersonation_url"))
    source, delegates = document.get("source_credentials"), document.get("delegates") or []
    if not isinstance(source, dict) or not isinstance(delegates, list):
        return Missing.OTHER
    if not account or document.get("universe_domain") not in _UNIVERSES:
        return Missing.FOREIGN
    if not all(isinstance(one, str) and _DELEGATE.fullmatch(one) for one in delegates):
        return Missing.OTHER
    person = _person(source, path)
    if not isinstance(person, SignIn):
        return person
    project = document.get("quota_project_id")
    shown = project if isinstance(project, str) else person.project
    return replace(person, account=account, delegates=tuple(delegates), project=shown)


_UNIVERSES: Final = (None, "", "googleapis.com")
_DELEGATE: Final = re.compile(r"(?:projects/-/serviceAccounts/)?[a-z0-9.-]{1,100}@[a-z0-9.-]{1,100}")


def _person(document: dict[str, Any], path: Path) -> SignIn | Missing:
    if document.get("type") != "authorized_user":
        return Missing.OTHER
    if document.get("universe_domain") not in _UNIVERSES:
        return Missing.FOREIGN
    token_uri = document.get("token_uri")
    if token_uri is not None and token_uri not in urls.TOKEN_URIS:
        return Missing.FOREIGN
    texts = [document.get(name) for name in ("client_id", "client_secret", "refresh_token")]
    if not all(isinstance(text, str) and text for text in texts):
        return Missing.OTHER
    project = document.get("quota_project_id")
    client_id, client_secret, refresh_token = map(str, texts)
    shown = project if isinstance(project, str) else ""
    return SignIn(client_id, Secret(client_secret), Secret(refresh_token), shown, path)
