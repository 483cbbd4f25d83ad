"""Between the values of the program (`Access`, `StoredCredential`) and the heads of the keyring."""

from __future__ import annotations

import hmac
import json
from typing import Any

from gemini_setup.model.credentials import (
    Access,
    ApiKey,
    Credential,
    Endpoints,
    GcloudSignIn,
    Kind,
    Secret,
    Service,
    ServiceAccount,
    StoredCredential,
)
from gemini_setup.vault import heads


def body_of(credential: Credential) -> str | None:
    """The JSON kept for a credential: one line of printable ASCII, None for gcloud's own sign-in."""
    if isinstance(credential, ApiKey):
        if not heads.is_printable(credential.secret.reveal()):
            raise ValueError("an API key is one line of printable ASCII")  # no reader would take it back
        return heads.one_line({"api_key": credential.secret.reveal()})
    if isinstance(credential, ServiceAccount):
        return heads.one_line(_object(credential.document.reveal()))
    return None


def _object(document: str) -> dict[str, Any]:
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError("a service account whose document is no JSON object")
    return value


def head_of(access: Access, generation: int, created: str) -> heads.Head:
    return heads.Head(
        generation,
        created,
        access.credential.kind.value,
        access.service.value,
        access.project,
        access.location,
        access.endpoints.as_json(),
        body_of(access.credential),
    )


def kept_of(head: heads.Head, body: str | None) -> StoredCredential:
    """The value of a whole head. Damaged if its credential is not what its kind says."""
    endpoints = Endpoints(**head.endpoints) if head.endpoints else Endpoints()
    access = Access(_credential(head, body), Service(head.service), head.project, head.location, endpoints)
    return StoredCredential(access, head.generation, head.created)


def _credential(head: heads.Head, body: str | None) -> Credential:
    kind = Kind(head.kind)
    if kind is Kind.ADC:
        return GcloudSignIn()
    if kind is Kind.API_KEY:
        return ApiKey(Secret(heads.api_key(head, body) or ""))
    try:
        document = _object(body or "")
    except ValueError:
        raise heads.Damaged("no service account") from None

    def text(name: str) -> str:
        value = document.get(name)
        return value if isinstance(value, str) else ""

    return ServiceAccount(
        Secret(body or ""),
        text("client_email"),
        text("project_id"),
        text("private_key_id"),
        text("client_id"),
    )


def same_access(one: Access, other: Access) -> bool:
    """The very same credential, for the same service, project, location and endpoints?"""
    places = [(a.credential.kind, a.service, a.project, a.location, a.endpoints) for a in (one, other)]
    if places[0] != places[1]:
        return False
    first, second = (_canonical(a.credential) for a in (one, other))
    return hmac.compare_digest(first, second)


def _canonical(credential: Credential) -> bytes:
    # A service-account file is the same file with its members in another order.
    return json.dumps(json.loads(body_of(credential) or "null"), sort_keys=True).encode()
