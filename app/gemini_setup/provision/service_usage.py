"""serviceusage: which APIs are on in a project, and turning some on. They are never turned off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gemini_setup.google import urls
from gemini_setup.provision.plan import PERMISSIONS, Act
from gemini_setup.provision.session import Session


async def states(session: Session, project: str, services: Iterable[str]) -> dict[str, bool]:
    """Whether each is on. Raises Stopped."""
    names = [f"projects/{project}/services/{service}" for service in services]
    url = urls.management(
        urls.SERVICE_USAGE, "projects", project, "services", verb="batchGet", query={"names": names}
    )
    answer = await session.ask("GET", url, project, permissions=("serviceusage.services.get",))
    found = answer.get("services")
    return {
        str(one.get("name", "")).rpartition("/")[2]: one.get("state") == "ENABLED"
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    }


async def enable(session: Session, project: str, services: tuple[str, ...]) -> dict[str, Any]:
    """Turn them on, all or none: the operation. Raises Stopped."""
    url = urls.management(urls.SERVICE_USAGE, "projects", project, "services", verb="batchEnable")
    payload = {"serviceIds": list(services)}
    return await session.ask("POST", url, project, payload=payload, permissions=PERMISSIONS[Act.ENABLE][0])
