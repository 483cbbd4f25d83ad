"""apikeys: keys bound to our service account and restricted to the Gemini API.

`lookupKey` is not here: it carries the key in its address.
"""

from __future__ import annotations

from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.provision.plan import PERMISSIONS, Act
from gemini_setup.provision.session import Session

MADE_BY: Final = "gemini-setup"


def _key(project: str, name: str, *more: str, verb: str = "", **query: str) -> str:
    path = ("projects", project, "locations", "global", "keys", name, *more)
    return urls.management(urls.API_KEYS, *path, verb=verb, query=dict(query))


async def create(
    session: Session, project: str, name: str, account: str, profile: str, intent: str
) -> dict[str, Any]:
    """The operation. Raises Stopped."""
    url = urls.management(
        urls.API_KEYS, "projects", project, "locations", "global", "keys", query={"keyId": name}
    )
    payload = {
        "displayName": f"Gemini Setup: {profile}",
        "annotations": {"made-by": MADE_BY, "profile": profile, "intent": intent},
        "restrictions": {"apiTargets": [{"service": urls.GEMINI_SERVICE}]},
        "serviceAccountEmail": account,
    }
    return await session.ask(
        "POST", url, project, payload=payload, permissions=PERMISSIONS[Act.CREATE_KEY][0]
    )


async def get(session: Session, project: str, name: str) -> dict[str, Any]:
    """The key without its text. Raises Stopped."""
    return await session.ask("GET", _key(project, name), project, permissions=("apikeys.keys.get",))


async def text(session: Session, project: str, name: str) -> str:
    """Its text: a secret. Raises Stopped."""
    answer = await session.ask(
        "GET", _key(project, name, "keyString"), project, permissions=("apikeys.keys.getKeyString",)
    )
    return text_in(answer)


def text_in(answer: dict[str, Any]) -> str:
    found = answer.get("keyString")
    return found if isinstance(found, str) else ""


def is_ours(key: dict[str, Any], intent: str) -> bool:
    """It carries our annotation and the mark of this very intent."""
    marks = key.get("annotations")
    return isinstance(marks, dict) and (marks.get("made-by"), marks.get("intent")) == (MADE_BY, intent)


def is_deleted(key: dict[str, Any]) -> bool:
    return bool(key.get("deleteTime"))


async def delete(session: Session, project: str, name: str, etag: str, *, unused: bool) -> dict[str, Any]:
    """The operation. Google refuses one that was used in the last 7 days, unless it is `unused`. Raises Stopped."""
    query = {"checkExistingUsage": "SKIP" if unused else "CHECK"}
    if etag:
        query["etag"] = etag
    url = _key(project, name, **query)
    return await session.ask("DELETE", url, project, permissions=PERMISSIONS[Act.DELETE_KEY][0])


async def undelete(session: Session, project: str, name: str) -> dict[str, Any]:
    """The operation. Google can for 30 days. Raises Stopped."""
    return await session.ask(
        "POST",
        _key(project, name, verb="undelete"),
        project,
        payload={},
        permissions=PERMISSIONS[Act.UNDELETE_KEY][0],
    )
