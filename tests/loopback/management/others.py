"""The hosts of which we need a call or two: iamcredentials, cloudbilling, orgpolicy, policyanalyzer."""

from __future__ import annotations

import re
from typing import Any

from tests.loopback.states import Token, random_token

from . import replies
from .clock import DAY
from .replies import Answer
from .state import CloudProject, stamp
from .world import Asked, Refused

_TAKES_TOKENS = "iam.serviceAccounts.getAccessToken"


def generate_access_token(asked: Asked) -> Answer:
    """A token of an account, for whoever may act as it."""
    words = asked.words()
    if words[:3] != ["projects", "-", "serviceAccounts"]:
        raise Refused(replies.invalid("The project must be '-'.", ["name"]))
    found = asked.world.account(words[3])
    if found is None:
        raise Refused(replies.not_found(f"Not found; Gaia id not found for email {words[3]}"))
    project = asked.project(found.account.project.id)
    if asked.email not in found.impersonators and not project.may(asked.email, _TAKES_TOKENS):
        raise Refused(replies.iam_permission_denied(_TAKES_TOKENS, f"projects/-/serviceAccounts/{words[3]}"))
    if found.account.disabled:
        raise Refused(replies.failed_precondition("Service account is disabled.", source="C"))
    scopes = asked.body.get("scope")
    if not isinstance(scopes, list) or not scopes:
        raise Refused(replies.invalid("At least one scope is required.", ["scope"]))
    lifetime = re.fullmatch(r"([0-9]+)s", str(asked.body.get("lifetime", "3600s")))
    if lifetime is None or not 0 < int(lifetime[1]) <= 3600:
        raise Refused(replies.invalid("The lifetime must be at most one hour.", ["lifetime"]))
    if asked.body.get("delegates"):
        raise Refused(replies.iam_permission_denied(_TAKES_TOKENS, str(asked.body["delegates"][0])))
    expires = asked.world.now() + int(lifetime[1])
    token = Token(random_token(), found.account, frozenset(map(str, scopes)), expires)
    with asked.world.book.lock:
        asked.world.book.tokens[token.text] = token
    return replies.done({"accessToken": token.text, "expireTime": stamp(expires)}, "C")


# --- billing ----------------------------------------------------------------------------------------------------

_ACCOUNT = "billingAccounts/01AB23-CD45EF-678901"


def _billing(project: CloudProject) -> dict[str, Any]:
    return {
        "name": f"projects/{project.id}/billingInfo",
        "projectId": project.id,
        "billingAccountName": _ACCOUNT if project.billing else "",
        "billingEnabled": project.billing,
    }


def billing(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "resourcemanager.projects.get")
    return replies.done(_billing(project), "A1 billingInfo")


def link_billing(asked: Asked) -> Answer:
    project = asked.project()
    asked.need(project, "billing.resourceAssociations.create")
    project.billing = bool(asked.body.get("billingAccountName"))
    asked.did(f"projects/{project.id}/billingInfo")
    return replies.done(_billing(project), "A7 (not for us)")


def billing_accounts(asked: Asked) -> Answer:
    rows = [{"name": _ACCOUNT, "open": True, "displayName": "My Billing Account", "currencyCode": "EUR"}]
    held = any(
        one.may(asked.email, "billing.resourceAssociations.create") for one in asked.world.projects.values()
    )
    return replies.done(asked.page("billingAccounts", rows if held else [], 100, 100), "A7")


# --- an organisation's policies -------------------------------------------------------------------------------------


def effective_policy(asked: Asked) -> Answer:
    words = asked.words()
    project = asked.project()
    asked.need(
        project,
        "orgpolicy.policy.get",
        said=f"Permission 'orgpolicy.policy.get' denied on resource "
        f"'//orgpolicy.googleapis.com/projects/{words[1]}/policies/{words[3]}' (or it may not exist).",
    )
    enforced = words[3] in project.constraints
    rules = [{"enforce": True}] if enforced else [{"enforce": False}]
    name = f"projects/{project.number}/policies/{words[3]}"
    return replies.done({"name": name, "spec": {"rules": rules}}, "A6 getEffectivePolicy")


# --- when a key was used last -----------------------------------------------------------------------------------------


def activities(asked: Asked) -> Answer:
    """A hint only: by days, and a day late."""
    project = asked.project()
    asked.need(project, "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query")
    found = re.search(r"serviceAccounts/([^/\"]+)/keys/([0-9a-f]+)", asked.parameter("filter"))
    rows = []
    for one in project.accounts.values():
        for key in one.keys.values():
            if found is not None and (one.email, key.id) != found.groups():
                continue
            now = asked.world.now()
            past = [when for when in key.signed if now - when > DAY]
            full = f"//iam.googleapis.com/projects/{project.id}/serviceAccounts/{one.email}/keys/{key.id}"
            last = {"lastAuthenticatedTime": stamp(max(past) // DAY * DAY + 7 * 3600)} if past else {}
            period = {"startTime": stamp(one.created), "endTime": stamp((now - DAY) // DAY * DAY + 7 * 3600)}
            kind = "serviceAccountKeyLastAuthentication"
            rows.append(
                {
                    "fullResourceName": full,
                    "activityType": kind,
                    "activity": last,
                    "observationPeriod": period,
                }
            )
    return replies.done(asked.page("activities", rows, 50, 1000), "A6 last use")


HANDLERS = {
    "iamcredentials.projects.serviceAccounts.generateAccessToken": generate_access_token,
    "cloudbilling.projects.getBillingInfo": billing,
    "cloudbilling.projects.updateBillingInfo": link_billing,
    "cloudbilling.billingAccounts.list": billing_accounts,
    "orgpolicy.projects.policies.getEffectivePolicy": effective_policy,
    "policyanalyzer.projects.locations.activityTypes.activities.query": activities,
}
