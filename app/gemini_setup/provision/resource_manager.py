"""cloudresourcemanager: a person's projects, what they may do in one, and its policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.provision.plan import PERMISSIONS, Act, Project
from gemini_setup.provision.propagation import is_off
from gemini_setup.provision.refusals import Stopped
from gemini_setup.provision.session import Session

_PAGES: Final = 20  # of 200 projects: nobody chooses from more


async def _read(session: Session, method: str, url: str, project: str, **more: Any) -> dict[str, Any]:
    """A question that changes nothing. Where this API is off in a project, it may answer without one all the same."""
    try:
        return await session.ask(method, url, project, **more)
    except Stopped as stopped:
        if not project or not is_off(stopped, urls.RESOURCE_MANAGER):
            raise
        try:
            return await session.ask(method, url, "", **more)
        except Stopped:
            raise stopped from None


async def projects(session: Session, quota: str) -> list[Project]:
    """Every project of this person's, those of their own first. A new one may be missing. Raises Stopped."""
    found: list[Project] = []
    page = ""
    for _ in range(_PAGES):
        query: dict[str, str | list[str]] = {"query": "state:ACTIVE", "pageSize": "200"}
        if page:
            query["pageToken"] = page
        answer = await _read(
            session,
            "GET",
            urls.management(urls.RESOURCE_MANAGER, "projects", verb="search", query=query),
            quota,
        )
        listed = answer.get("projects")
        for one in listed if isinstance(listed, list) else []:
            project = _project(one)
            if project is not None and not project.id.startswith("sys-"):
                found.append(project)
        page = answer.get("nextPageToken") or ""
        if not isinstance(page, str) or not page:
            break
    return sorted(found, key=lambda project: (project.ai_studio, project.name.lower(), project.id))


async def project(session: Session, name: str) -> Project:
    """By id or number. Raises Stopped."""
    answer = await _read(
        session,
        "GET",
        urls.management(urls.RESOURCE_MANAGER, "projects", name),
        name,
        permissions=("resourcemanager.projects.get",),
    )
    found = _project(answer)
    if found is None or answer.get("state", "ACTIVE") != "ACTIVE":
        raise Stopped("project-not-found", {"project": name})
    return found


def _project(answer: object) -> Project | None:
    if not isinstance(answer, dict) or not isinstance(answer.get("projectId"), str):
        return None
    name = answer["projectId"]
    if not urls.is_project(name):
        return None
    number = str(answer.get("name", "")).rpartition("/")[2]
    shown = answer.get("displayName")
    return Project(
        name,
        number if number.isdigit() else "",
        shown if isinstance(shown, str) else "",
        name.startswith("gen-lang-client-"),
        bool(answer.get("parent")),
    )


async def may(session: Session, project: str, permissions: Iterable[str]) -> frozenset[str]:
    """Those of the permissions that this account has there. Raises Stopped."""
    url = urls.management(urls.RESOURCE_MANAGER, "projects", project, verb="testIamPermissions")
    answer = await _read(session, "POST", url, project, payload={"permissions": sorted(permissions)})
    found = answer.get("permissions")
    return frozenset(map(str, found if isinstance(found, list) else []))


async def policy(session: Session, project: str) -> dict[str, Any]:
    """The whole policy, its conditions with it. Raises Stopped."""
    url = urls.management(urls.RESOURCE_MANAGER, "projects", project, verb="getIamPolicy")
    payload = {"options": {"requestedPolicyVersion": 3}}
    return await session.ask("POST", url, project, payload=payload, permissions=PERMISSIONS[Act.GRANT][0][:1])


async def set_policy(session: Session, project: str, changed: dict[str, Any]) -> None:
    """`changed` must carry the etag that it was read with: without it the last writer would win. Raises Stopped."""
    if not changed.get("etag"):
        raise ValueError("a policy without an etag is never written")
    url = urls.management(urls.RESOURCE_MANAGER, "projects", project, verb="setIamPolicy")
    whole = {"version": 3, "etag": changed["etag"], "bindings": changed["bindings"]}
    payload = {"policy": whole, "updateMask": "bindings,etag"}
    await session.ask(
        "POST", url, project, payload=payload, permissions=PERMISSIONS[Act.GRANT][0][1:], retries=0
    )


def has_member(found: dict[str, Any], role: str, member: str) -> bool:
    """Without a condition: one that holds sometimes is another thing."""
    return any(member in one.get("members", []) for one in _of_role(found, role))


def with_member(found: dict[str, Any], role: str, member: str) -> dict[str, Any]:
    """The same policy and exactly one member more."""
    bindings = [dict(one) for one in _bindings(found)]
    for one in bindings:
        if one.get("role") == role and not one.get("condition"):
            one["members"] = [*one.get("members", []), member]
            break
    else:
        bindings.append({"role": role, "members": [member]})
    return {**found, "bindings": bindings}


def _of_role(found: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [one for one in _bindings(found) if one.get("role") == role and not one.get("condition")]


def _bindings(found: dict[str, Any]) -> list[dict[str, Any]]:
    bindings = found.get("bindings")
    return [one for one in (bindings if isinstance(bindings, list) else []) if isinstance(one, dict)]
