"""iam: our service account, and keys of its own by upload. An account is never deleted."""

from __future__ import annotations

import base64
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.provision.plan import DESCRIPTION, DISPLAY_NAME, MARK, PERMISSIONS, Act
from gemini_setup.provision.session import Session

MOST_KEYS: Final = 10  # of one account; Google refuses the next one without a reason


def _account(project: str, email: str, *more: str, verb: str = "", **query: str) -> str:
    path = ("projects", project, "serviceAccounts", email, *more)
    return urls.management(urls.IAM, *path, verb=verb, query=dict(query))


async def create(session: Session, project: str, name: str) -> dict[str, Any]:
    """`name` is the part of the address before the @. Raises Stopped."""
    url = urls.management(urls.IAM, "projects", project, "serviceAccounts")
    payload = {
        "accountId": name,
        "serviceAccount": {"displayName": DISPLAY_NAME, "description": DESCRIPTION},
    }
    return await session.ask(
        "POST", url, project, payload=payload, permissions=PERMISSIONS[Act.CREATE_ACCOUNT][0]
    )


async def get(session: Session, project: str, email: str) -> dict[str, Any]:
    """Raises Stopped."""
    return await session.ask(
        "GET", _account(project, email), project, permissions=("iam.serviceAccounts.get",)
    )


def is_ours(account: dict[str, Any]) -> bool:
    return MARK in str(account.get("description", ""))


async def keys(session: Session, project: str, email: str) -> list[dict[str, Any]]:
    """Those that people made. Raises Stopped."""
    url = _account(project, email, "keys", keyTypes="USER_MANAGED")
    answer = await session.ask("GET", url, project, permissions=("iam.serviceAccountKeys.list",))
    found = answer.get("keys")
    return [one for one in (found if isinstance(found, list) else []) if isinstance(one, dict)]


def key_id(key: dict[str, Any]) -> str:
    return str(key.get("name", "")).rpartition("/")[2]


async def upload(session: Session, project: str, email: str, certificate: str) -> dict[str, Any]:
    """Give an account a certificate. Sent once: a second one might be a second key. Raises Stopped."""
    payload = {"publicKeyData": base64.b64encode(certificate.encode()).decode()}
    return await session.ask(
        "POST",
        _account(project, email, "keys", verb="upload"),
        project,
        payload=payload,
        permissions=PERMISSIONS[Act.UPLOAD_KEY][0][:1],
        retries=0,
    )


async def switch(session: Session, project: str, email: str, key: str, *, on: bool) -> None:
    """Disable a key, or enable it again. Raises Stopped."""
    act = Act.ENABLE_ACCOUNT_KEY if on else Act.DISABLE_ACCOUNT_KEY
    url = _account(project, email, "keys", key, verb="enable" if on else "disable")
    await session.ask("POST", url, project, payload={}, permissions=PERMISSIONS[act][0])


async def delete_key(session: Session, project: str, email: str, key: str) -> None:
    """There is no way back. Raises Stopped."""
    url = _account(project, email, "keys", key)
    await session.ask("DELETE", url, project, permissions=PERMISSIONS[Act.DELETE_ACCOUNT_KEY][0])
