"""orgpolicy: does an organization forbid keys of service accounts? Read before an upload, which would go round it."""

from __future__ import annotations

from typing import Final

from gemini_setup.google import urls
from gemini_setup.provision.session import Session

CONSTRAINTS: Final = ("iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation")


async def forbidding(session: Session, project: str) -> str:
    """The constraint that forbids creating them, "" where none does. Raises Stopped where that cannot be read."""
    for constraint in CONSTRAINTS:
        path = ("projects", project, "policies", constraint)
        url = urls.management(urls.ORG_POLICY, *path, verb="getEffectivePolicy")
        answer = await session.ask("GET", url, project, permissions=("orgpolicy.policy.get",))
        spec = answer.get("spec")
        rules = spec.get("rules") if isinstance(spec, dict) else None
        for rule in rules if isinstance(rules, list) else []:
            if isinstance(rule, dict) and (rule.get("enforce") is True or rule.get("denyAll") is True):
                return constraint
    return ""
