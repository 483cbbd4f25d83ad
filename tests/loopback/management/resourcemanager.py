"""cloudresourcemanager.googleapis.com, version 3: the projects of a person, what it may do there, and a project's policy."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

from . import replies
from .replies import Answer
from .state import ROLES, CloudProject, fresh_etag, members, stamp
from .world import Asked, Refused

_PERMISSIONS = ROLES["owner"] | {
    "aiplatform.endpoints.predict",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "orgpolicy.policy.get",
    "resourcemanager.projects.update",
}
_CONDITIONAL = "_withcond_"


def shown(project: CloudProject) -> dict[str, Any]:
    found = {
        "name": f"projects/{project.number}",
        "projectId": project.id,
        "displayName": project.display,
        "state": project.state,
        "createTime": stamp(project.created),
        "updateTime": stamp(project.created),
        "etag": f'W/"{hashlib.sha256(project.id.encode()).hexdigest()[:16]}"',
    }
    return {**found, "parent": project.parent} if project.parent else found


def search(asked: Asked) -> Answer:
    words = [word.partition(":")[::2] for word in asked.parameter("query").split()]
    rows = []
    for project in asked.world.projects.values():
        if not project.may(asked.email, "resourcemanager.projects.get"):
            continue
        if any(kind == "state" and value != project.state for kind, value in words):
            continue
        if any(kind in ("id", "projectId") and not _like(value, project.id) for kind, value in words):
            continue
        if project.listed is None or project.listed.ripe():
            rows.append(shown(project))
    return replies.done(asked.page("projects", rows, 50, 500), "A1 projects:search")


def _like(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def get(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "resourcemanager.projects.get")
    return replies.done(shown(project), "A1")


def test_permissions(asked: Asked) -> Answer:
    wanted = [str(one) for one in asked.body.get("permissions", [])]
    strange = next((one for one in wanted if one not in _PERMISSIONS), None)
    if strange is not None:  # a wildcard among them
        raise Refused(replies.invalid(f"Permission {strange} is not valid for this resource."))
    project = asked.world.find(asked.words()[1])
    held = [one for one in wanted if project is not None and project.may(asked.email, one)]
    return replies.done({"permissions": held} if held else {}, "A1 testIamPermissions")


def get_policy(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "resourcemanager.projects.getIamPolicy")
    version = int(asked.body.get("options", {}).get("requestedPolicyVersion", 1))
    return replies.done(_policy(project, version), "A5 getIamPolicy")


def _policy(project: CloudProject, version: int) -> dict[str, Any]:
    """Below version 3 a condition is not shown: its role has another name."""
    bindings = copy.deepcopy(project.policy.bindings)
    conditional = any("condition" in one for one in bindings)
    if version < 3:
        for one in bindings:
            if "condition" in one:
                condition = repr(sorted(one.pop("condition").items())).encode()
                one["role"] += _CONDITIONAL + hashlib.sha256(condition).hexdigest()[:20]
    found: dict[str, Any] = {"version": 3 if conditional and version >= 3 else 1, "etag": project.policy.etag}
    if bindings:
        found["bindings"] = bindings
    if project.policy.audit:
        found["auditConfigs"] = copy.deepcopy(project.policy.audit)
    return found


def set_policy(asked: Asked) -> Answer:
    """Replaces the whole policy by what is on the wire."""
    project = asked.project()
    asked.need(project, "resourcemanager.projects.setIamPolicy")
    policy = asked.body.get("policy")
    if not isinstance(policy, dict):
        raise Refused(replies.invalid("The policy is missing.", ["policy"]))
    mask = {part for part in str(asked.body.get("updateMask", "bindings,etag")).split(",") if part}
    wanted = _bindings(asked, project, policy)
    if policy.get("etag") and policy["etag"] != project.policy.etag:
        raise Refused(
            replies.aborted(
                "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
            )
        )
    before = project.policy.members()
    if "bindings" in mask:
        project.policy.bindings = wanted
    if "auditConfigs" in mask:
        project.policy.audit = copy.deepcopy(policy.get("auditConfigs", []))
    after = project.policy.members()
    for role, member, _ in after - before:
        project.grants[role, member] = asked.world.rising(asked.world.delays.grant)
    if asked.entry is not None:
        asked.entry.gained, asked.entry.lost = after - before, before - after
    project.policy.etag = fresh_etag()
    asked.did(f"projects/{project.id}", noop=after == before)
    return replies.done(_policy(project, 3), "A5 setIamPolicy")


def _bindings(asked: Asked, project: CloudProject, policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    version = int(policy.get("version", 1))
    known = {member for _, member, _ in members(project.policy.bindings)}
    for one in copy.deepcopy(policy.get("bindings", [])):
        if not str(one.get("role", "")).startswith(("roles/", "projects/", "organizations/")):
            raise Refused(replies.invalid(f"Role {one.get('role')} is not supported for this resource."))
        if version < 3:  # a silent widening, as at Google
            one["role"] = one["role"].partition(_CONDITIONAL)[0]
            one.pop("condition", None)
        for member in one.get("members", []):
            kind, _, who = str(member).partition(":")
            if not who and kind not in ("allUsers", "allAuthenticatedUsers"):
                raise Refused(replies.invalid(f"Invalid member: {member}"))
            if kind == "serviceAccount" and member not in known:
                account = asked.world.account(who)
                if account is None or not account.rising.ripe():
                    raise Refused(replies.invalid(f"Service account {who} does not exist."))
        if one.get("members"):
            found.append(one)
    return found


HANDLERS = {
    "cloudresourcemanager.projects.search": search,
    "cloudresourcemanager.projects.get": get,
    "cloudresourcemanager.projects.testIamPermissions": test_permissions,
    "cloudresourcemanager.projects.getIamPolicy": get_policy,
    "cloudresourcemanager.projects.setIamPolicy": set_policy,
}
