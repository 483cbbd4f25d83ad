"""The errors of the management hosts; `source` names the part of google-hands.md each is modelled on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.loopback import answers
from tests.loopback.answers import Answer, Document, error, google_page, ok

__all__ = ["Answer", "Document", "done", "error", "google_page", "ok"]

#: The project of the OAuth client that gcloud writes into the person's file.
ADC_CLIENT_PROJECT = 764086051850
TITLES = {
    "apikeys.googleapis.com": "API Keys API",
    "serviceusage.googleapis.com": "Service Usage API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "iamcredentials.googleapis.com": "IAM Service Account Credentials API",
    "cloudbilling.googleapis.com": "Cloud Billing API",
    "orgpolicy.googleapis.com": "Organization Policy API",
    "policyanalyzer.googleapis.com": "Policy Analyzer API",
}


def done(document: object, source: str) -> Answer:
    return ok(document, f"google-hands {source}")


def info(reason: str, metadata: Mapping[str, str], domain: str = "googleapis.com") -> Document:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": dict(metadata),
    }


def localized(message: str) -> Document:
    return {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message}


def precondition(kind: str, subject: str, description: str = "") -> Document:
    violation = {"type": kind, "subject": subject}
    if description:
        violation["description"] = description
    return {"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [violation]}


def unauthenticated(host: str, method: str, *, expired: bool = False, missing: bool = False) -> Answer:
    if missing:
        return error(
            401,
            "UNAUTHENTICATED",
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.",
            [info("CREDENTIALS_MISSING", {"service": host, "method": method})],
            source="google-hands A0 credential",
        )
    return answers.token_expired(host, method) if expired else answers.token_unknown(host, method)


def key_for_token(host: str, method: str) -> Answer:
    return answers.keys_not_supported(host, method)


def scope(host: str, method: str) -> Answer:
    return answers.scope_insufficient(host, method)


def quota_project_missing(host: str) -> Answer:
    message = (
        f"Your application is authenticating by using local Application Default Credentials. The {host} API requires a "
        "quota project, which is not set by default. To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            info("SERVICE_DISABLED", {"consumer": f"projects/{ADC_CLIENT_PROJECT}", "service": host}),
            localized(message),
        ],
        source="google-hands A0 quota project",
    )


def quota_project_denied(host: str, project: str) -> Answer:
    message = (
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by "
        f"visiting https://console.developers.google.com/iam-admin/iam/project?project={project} and then retry. "
        "Propagation of the new permission may take a few minutes."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            info("USER_PROJECT_DENIED", {"consumer": f"projects/{project}", "service": host}),
            localized(message),
        ],
        source="google-hands A0 header refused",
    )


def service_disabled(host: str, project: str) -> Answer:
    title = TITLES.get(host, host)
    url = f"https://console.developers.google.com/apis/api/{host}/overview?project={project}"
    message = (
        f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting {url} then retry. "
        "If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            info(
                "SERVICE_DISABLED",
                {
                    "activationUrl": url,
                    "consumer": f"projects/{project}",
                    "containerInfo": project,
                    "service": host,
                    "serviceTitle": title,
                },
            ),
            localized(message),
        ],
        source="google-hands A0 API off in P",
    )


def permission_denied(message: str = "The caller does not have permission") -> Answer:
    """Most hosts say no more than this."""
    return error(403, "PERMISSION_DENIED", message, source="google-hands A0 error body")


def iam_permission_denied(permission: str, resource: str) -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource (or it may not exist).",
        [
            info(
                "IAM_PERMISSION_DENIED",
                {"permission": permission, "resource": resource},
                domain="iam.googleapis.com",
            )
        ],
        source="google-hands A0 error body",
    )


def invalid(message: str, fields: Sequence[str] = ()) -> Answer:
    details: list[Document] = []
    if fields:
        violations: list[Any] = [{"field": field, "description": message} for field in fields]
        details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return error(400, "INVALID_ARGUMENT", message, details, source="google-hands A (a 400 of the kind)")


def not_found(message: str = "Requested entity was not found.") -> Answer:
    return error(404, "NOT_FOUND", message, source="google-hands A3, A4")


def exists(message: str = "Requested entity already exists") -> Answer:
    return error(409, "ALREADY_EXISTS", message, source="google-hands A3 keyId, A4")


def aborted(message: str) -> Answer:
    return error(409, "ABORTED", message, source="google-hands A3 wrong etag, A5")


def failed_precondition(message: str, details: Sequence[Document] = (), source: str = "A6") -> Answer:
    return error(400, "FAILED_PRECONDITION", message, details, source=f"google-hands {source}")


def constraint(message: str, name: str, subject: str) -> Answer:
    return failed_precondition(
        message, [precondition(f"constraints/{name}", subject, message)], "A3, A6 organisation's policy"
    )


def rate_limited(host: str, number: int, metric: str) -> Answer:
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute' of service '{host}' for consumer "
        f"'project_number:{number}'."
    )
    return error(
        429,
        "RESOURCE_EXHAUSTED",
        message,
        [
            info(
                "RATE_LIMIT_EXCEEDED",
                {"service": host, "consumer": f"projects/{number}", "quota_metric": metric},
            )
        ],
        source="google-hands A3 quotas",
    )
