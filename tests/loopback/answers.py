"""The bodies that Google answers with; `source` names the fact or the kind of record each is modelled on."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

GEMINI = "generativelanguage.googleapis.com"
VERTEX = "aiplatform.googleapis.com"
_JSON = "application/json; charset=UTF-8"
_HTML = "text/html; charset=UTF-8"

Document = dict[str, object]


@dataclass(frozen=True)
class Answer:
    """A whole answer: either a document (sent as JSON), a text, or the events of a stream."""

    status: int
    document: object = None
    text: str | bytes | None = None
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] | None = None
    source: str = ""

    @property
    def body(self) -> bytes:
        if self.events is not None:
            return "".join(self.events).encode("utf-8")
        if self.text is not None:
            return self.text if isinstance(self.text, bytes) else self.text.encode("utf-8")
        return (json.dumps(self.document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")

    def as_list(self) -> Answer:
        """The same error as the OpenAI-compatible routes wrap it (google-facts.md §1.3)."""
        if self.status < 400 or not isinstance(self.document, dict):
            return self
        return replace(self, document=[self.document])


def ok(document: object, source: str) -> Answer:
    return Answer(200, document, source=source)


def error(code: int, status: str, message: str, details: Iterable[Document] = (), *, source: str) -> Answer:
    inner: Document = {"code": code, "message": message, "status": status}
    found = list(details)
    if found:
        inner["details"] = found
    return Answer(code, {"error": inner}, source=source)


def _info(reason: str, metadata: Mapping[str, str], domain: str | None = "googleapis.com") -> Document:
    found: Document = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    if domain is not None:
        found["domain"] = domain
    found["metadata"] = dict(metadata)
    return found


def _localized(message: str) -> Document:
    return {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message}


def _help(description: str, url: str) -> Document:
    return {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": description, "url": url}],
    }


# --- credentials that Google cannot take ----------------------------------------------------------------


def key_not_valid(
    message: str = "API key not valid. Please pass a valid API key.", service: str = GEMINI
) -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        message,
        [_info("API_KEY_INVALID", {"service": service}), _localized(message)],
        source="google-facts §1.6 row 1; record gemini-native 400 key-not-valid",
    )


def key_expired(service: str = GEMINI) -> Answer:
    answer = key_not_valid("API key expired. Please renew the API key.", service)
    return replace(answer, source="google-facts §1.6 row 1; record gemini-native 400 key-expired")


def taken_for_token(service: str, method: str, *, reason: str = "ACCESS_TOKEN_TYPE_UNSUPPORTED") -> Answer:
    return error(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other "
        "valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [_info(reason, {"method": method, "service": service}, domain=None)],
        source="google-facts §1.3, §1.6 rows 2 and 11; record gemini-native 401 key-taken-for-token",
    )


def token_unknown(service: str, method: str) -> Answer:
    """A token Google never made or no longer knows: the same sentence without a reason."""
    plain = taken_for_token(service, method)
    assert isinstance(plain.document, dict)
    inner = {k: v for k, v in plain.document["error"].items() if k != "details"}
    return replace(
        plain,
        document={"error": inner},
        source="record gemini-openai 401 key-taken-for-token (no details); shape on Vertex inferred",
    )


def token_expired(service: str, method: str) -> Answer:
    answer = taken_for_token(service, method, reason="ACCESS_TOKEN_EXPIRED")
    return replace(answer, source="google-facts §1.6 enum 16; causes.tsv access-token-expired")


def bearer_key_blocked(method: str) -> Answer:
    """A made-up AQ. key as Bearer on a native route."""
    message = f"Requests to this API {GEMINI} method {method} are blocked."
    return error(
        401,
        "UNAUTHENTICATED",
        message,
        [_info("API_KEY_SERVICE_BLOCKED", {"service": GEMINI, "method": method})],
        source="google-facts §1.3 row fake AQ., §1.6 row 11 (the code and reason; the sentence is inferred)",
    )


def keys_not_supported(service: str, method: str) -> Answer:
    """The 401 trap."""
    return error(
        401,
        "UNAUTHENTICATED",
        "API keys are not supported by this API. Expected OAuth2 access token or other "
        "authentication credentials "
        "that assert a principal. See https://cloud.google.com/docs/authentication",
        [_info("CREDENTIALS_MISSING", {"method": method, "service": service})],
        source="google-facts §1.4 A and C; record vertex-native / gemini-openai 401 api-keys-not-supported",
    )


def unregistered_callers() -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). Please "
        "use API Key or "
        "other form of API consumer identity to call this API.",
        source="google-facts §1.3 row nothing; record gemini-native 403 credential-missing",
    )


def no_credential_vertex(method: str) -> Answer:
    return error(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, "
        "login cookie or "
        "other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [_info("CREDENTIALS_MISSING", {"service": VERTEX, "method": method})],
        source="record vertex-openai 401 credential-missing",
    )


def no_authorization_header() -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "Missing or invalid Authorization header.",
        source="google-facts §1.3; record gemini-openai 400 credential-missing",
    ).as_list()


def empty_bearer() -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "Invalid Authorization header.",
        source="record gemini-openai 400 credential-missing (empty Bearer)",
    ).as_list()


def invalid_auth_key() -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "Invalid Auth key.",
        source="google-facts §1.3 row fake AQ.; record gemini-openai 400 key-not-valid",
    ).as_list()


def please_pass_valid_key() -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "Please pass a valid API key",
        source="record gemini-openai 400 key-not-valid (2026-08)",
    ).as_list()


def sent_twice_native() -> Answer:
    return error(
        401,
        "UNAUTHENTICATED",
        "API key cannot be used with other authentication credentials.",
        source="google-facts §1.3 row key sent twice (only the end of the sentence is recorded)",
    )


def sent_twice_openai() -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "Multiple authentication credentials received. Please pass only one.",
        source="google-facts §1.3; record gemini-openai 400 credentials-sent-twice",
    ).as_list()


def key_leaked() -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        "Your API key was reported as leaked. Please use another API key.",
        source="google-facts §1.6 row 13; record gemini-native 403 key-leaked",
    )


def consumer_suspended(key: str, number: int, service: str) -> Answer:
    """Echoes the whole key twice, as Google does: what must never reach a log."""
    message = f"Permission denied: Consumer 'api_key:{key}' has been suspended."
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "CONSUMER_SUSPENDED",
                {"consumer": f"projects/{number}", "service": service, "containerInfo": f"api_key:{key}"},
            ),
            _localized(message),
        ],
        source="google-facts §1.6 row 14; record gemini-native 403 key-suspended",
    )


def owner_disabled() -> Answer:
    return error(
        401,
        "UNAUTHENTICATED",
        "The bound service account is deleted or disabled.",
        [{"reason": "ACCOUNT_STATE_INVALID"}],
        source="record gemini-native 401 key-owner-disabled",
    )


# --- right credential, something else in the way --------------------------------------------------------


def service_disabled(service: str, project: str) -> Answer:
    title = "Agent Platform API" if service == VERTEX else "Generative Language API"
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    message = (
        f"{title} has not been used in project {project} before or it is disabled. Enable it by "
        f"visiting {url} then "
        "retry. If you enabled this API recently, wait a few minutes for the action to propagate "
        "to our systems and "
        "retry."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "SERVICE_DISABLED",
                {
                    "serviceTitle": title,
                    "consumer": f"projects/{project}",
                    "containerInfo": project,
                    "service": service,
                    "activationUrl": url,
                },
            ),
            _localized(message),
            _help("Google developers console API activation", url),
        ],
        source="google-facts §1.6 row 3, §2.1; record vertex-native 403 api-disabled",
    )


def service_blocked(service: str, method: str, number: int) -> Answer:
    message = f"Requests to this API {service} method {method} are blocked."
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "API_KEY_SERVICE_BLOCKED",
                {
                    "consumer": f"projects/{number}",
                    "service": service,
                    "apiName": service,
                    "methodName": method,
                },
            ),
            _localized(message),
        ],
        source="google-facts §1.6 row 4; record gemini-native 403 key-restricted-to-other-apis",
    )


def referrer_blocked(referrer: str, number: int) -> Answer:
    message = f"Requests from referer {referrer or '<empty>'} are blocked."
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "API_KEY_HTTP_REFERRER_BLOCKED",
                {
                    "consumer": f"projects/{number}",
                    "service": GEMINI,
                    "httpReferrer": referrer or "<empty>",
                },
            ),
            _localized(message),
        ],
        source="google-facts §1.6 row 5; record gemini-native 403 key-restricted-to-websites",
    )


def address_blocked(address: str, number: int) -> Answer:
    message = (
        f"The provided API key has an IP address restriction. The originating IP address of the call "
        f"({address}) violates this restriction."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "API_KEY_IP_ADDRESS_BLOCKED",
                {"callerIp": address, "consumer": f"projects/{number}", "service": GEMINI},
            ),
            _localized(message),
        ],
        source="google-facts §1.6 row 6; record gemini-native 403 key-restricted-to-addresses",
    )


def app_blocked(platform: str, number: int) -> Answer:
    """`platform` is "android" or "ios"."""
    client = "Android client application" if platform == "android" else "iOS client application"
    message = f"Requests from this {client} <empty> are blocked."
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                f"API_KEY_{platform.upper()}_APP_BLOCKED",
                {"consumer": f"projects/{number}", "service": GEMINI},
            ),
            _localized(message),
        ],
        source="google-facts §1.6 row 7; record gemini-native 403 key-restricted-to-android-apps",
    )


def counting_forbidden(project: str) -> Answer:
    return error(
        400,
        "FAILED_PRECONDITION",
        f"Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/{project}` attempting to "
        "use a disallowed Gen AI model count-tokens. Please contact your organization administrator to fix this violation.",
        source="google-facts §10 (vertexai.allowedModels)",
    )


def location_not_supported() -> Answer:
    return error(
        400,
        "FAILED_PRECONDITION",
        "User location is not supported for the API use.",
        source="google-facts §1.6 row 17; record gemini-native 400 location-not-supported",
    )


def location_needs_billing() -> Answer:
    return error(
        400,
        "FAILED_PRECONDITION",
        "Gemini API free tier is not available in your country. Please enable billing on your "
        "project in Google AI "
        "Studio.",
        source="record gemini-native 400 location-needs-billing",
    )


def project_denied() -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        "Your project has been denied access. Please contact support.",
        source="google-facts §1.6 row 16; record gemini-native 403 project-denied",
    )


def billing_overdue(number: int) -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        f"Lightning dunning decision is deny for project: projects/{number}",
        source="record gemini-native 403 billing-overdue",
    )


def billing_country() -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        f"Access to {GEMINI} is restricted from your billing country.",
        source="google-facts §1.6 row 15",
    )


def billing_disabled(number: int) -> Answer:
    url = f"https://console.developers.google.com/billing/enable?project={number}"
    message = (
        "This API method requires billing to be enabled. Please enable billing on project "
        f"#{number} by visiting "
        f"{url} then retry. If you enabled billing for this project recently, wait a few minutes "
        "for the action to "
        "propagate to our systems and retry."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _help("Google developers console billing", url),
            _info("BILLING_DISABLED", {"service": VERTEX, "consumer": f"projects/{number}"}),
        ],
        source="google-facts §2.1; record vertex-native 403 billing-disabled",
    )


def scope_insufficient(service: str, method: str) -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", {"service": service, "method": method})],
        source="google-facts §1.6 row 12; record vertex-native 403 scope-missing",
    )


def role_missing(resource: str, permission: str = "aiplatform.endpoints.predict") -> Answer:
    return error(
        403,
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '//{VERTEX}/{resource}' (or it may not exist).",
        [_info("IAM_PERMISSION_DENIED", {"permission": permission, "resource": resource}, domain=VERTEX)],
        source="google-facts §2.1 IAM denial; record vertex-native 403 role-missing",
    )


def project_not_found(project: str) -> Answer:
    message = f"Permission denied on resource project {project}."
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info(
                "CONSUMER_INVALID",
                {"consumer": f"projects/{project}", "containerInfo": project, "service": VERTEX},
            ),
            _localized(message),
            _help("Google developers console", "https://console.developers.google.com"),
        ],
        source="google-facts §2.1; record vertex-native 403 project-not-found",
    )


def quota_project_missing() -> Answer:
    message = (
        "Your application is authenticating by using local Application Default Credentials. The "
        f"{VERTEX} API requires a quota project, which is not set by default. To learn how to set your quota "
        "project, see https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
    )
    # At Google this is the project of gcloud's shared OAuth client, nobody's own; the number here is made up.
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info("SERVICE_DISABLED", {"consumer": "projects/700000000001", "service": VERTEX}),
            _localized(message),
        ],
        source="google-facts §5.1; record vertex-native 403 quota-project-missing",
    )


def quota_project_denied(project: str) -> Answer:
    message = (
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "
        "permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project="
        f"{project} and then retry. Propagation of the new permission may take a few minutes."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info("USER_PROJECT_DENIED", {"consumer": f"projects/{project}", "service": VERTEX}),
            _localized(message),
        ],
        source="causes.tsv quota-project-denied; record google-auth-exception 403 quota-project-denied",
    )


# --- quota and overload ---------------------------------------------------------------------------------


def quota(kind: str, model: str, number: int, limit: int) -> Answer:
    """A 429 of the Developer API; `kind` is a state of `states.Quota`."""
    if kind == "credits-depleted":
        return error(
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted. Please go to AI Studio at "
            "https://ai.studio/projects to manage "
            "your project and billing. Learn more at https://ai.google.dev/gemini-api/docs/billing#prepay. ",
            source="record gemini-native 429 credits-depleted",
        )
    if kind == "spending-cap":
        return error(
            429,
            "RESOURCE_EXHAUSTED",
            "Your project has exceeded its monthly spending cap. Please go to AI Studio at "
            "https://ai.studio/spend "
            "to manage your project spend cap.",
            source="causes.tsv spending-cap; record gemini-native 429 spending-cap (the words are inferred)",
        )
    if kind in ("exhausted", "capacity"):
        return error(
            429,
            "RESOURCE_EXHAUSTED",
            "Resource has been exhausted (e.g. check quota).",
            source="record gemini-native 429 quota-exhausted",
        )
    if kind == "zero-region":
        return _region_quota(number)
    period = "PerMinute" if kind == "per-minute" else "PerDay"
    limit = 0 if kind == "zero" else limit
    metric = f"{GEMINI}/generate_content_free_tier_requests"
    seconds = 28.926488533 if kind == "per-minute" else 37.826266380
    message = (
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your "
        "current usage, head to: "
        f"https://ai.dev/rate-limit. \n* Quota exceeded for metric: {metric}, limit: {limit}, "
        f"model: {model}\n"
        f"Please retry in {seconds}s."
    )
    violation: Document = {
        "quotaMetric": metric,
        "quotaId": f"GenerateRequests{period}PerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": model},
    }
    if limit:
        violation["quotaValue"] = str(limit)  # Google leaves a zero out
    return error(
        429,
        "RESOURCE_EXHAUSTED",
        message,
        [
            _help("Learn more about Gemini API quotas", "https://ai.google.dev/gemini-api/docs/rate-limits"),
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{int(seconds)}s"},
        ],
        source="google-facts §1.6 row 18, §4; records gemini-native 429 quota-per-day / quota-zero",
    )


def _region_quota(number: int) -> Answer:
    limit = "GenerateContentRequestsPerMinutePerProjectPerRegion"
    return error(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Generate Content API requests per minute' and limit "
        "'GenerateContent "
        f"request limit per minute for a region' of service '{GEMINI}' for consumer "
        f"'project_number:{number}'.",
        [
            _info(
                "RATE_LIMIT_EXCEEDED",
                {
                    "service": GEMINI,
                    "quota_location": "us-west4",
                    "quota_limit_value": "0",
                    "quota_limit": limit,
                    "quota_metric": f"{GEMINI}/generate_content_requests",
                    "consumer": f"projects/{number}",
                },
            ),
            _help(
                "Request a higher quota limit.", "https://cloud.google.com/docs/quotas/help/request_increase"
            ),
        ],
        source="record gemini-native 429 quota-zero (region)",
    )


def vertex_quota(kind: str, model: str) -> Answer:
    if kind in ("capacity", "exhausted"):
        return error(
            429,
            "RESOURCE_EXHAUSTED",
            "Resource exhausted. Please try again later. Please refer to "
            "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
            source="google-facts §2.1 Dynamic Shared Quota; record vertex-native 429 capacity-exhausted",
        )
    unit = "day" if kind == "per-day" else "minute"
    zero = " (limit: 0)" if kind in ("zero", "zero-region") else ""
    return error(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for "
        f"{VERTEX}/generate_content_requests_per_{unit}_per_project_per_base_model with base "
        f"model: {model}{zero}. Please submit a quota increase request. "
        "https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.",
        source="record vertex-native 429 quota-per-minute (per-day and limit 0 by analogy)",
    )


def overloaded() -> Answer:
    return error(
        503,
        "UNAVAILABLE",
        "The model is overloaded. Please try again later.",
        source="record gemini-native 503 model-overloaded",
    )


_FAILURES: dict[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    502: ("UNAVAILABLE", "The service is currently unavailable."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}


def failure(status: int, *, generates: bool) -> Answer:
    """Google's own JSON for a status that a fault asks for."""
    if status == 503 and generates:
        return overloaded()
    name, message = _FAILURES.get(status, ("UNKNOWN", "Unknown Error."))
    return error(
        status,
        name,
        message,
        source="records gemini-native 500 google-error, 504 google-timeout, 403 permission-denied",
    )


# --- models and requests --------------------------------------------------------------------------------


def model_missing(model: str, version: str, method: str = "generateContent") -> Answer:
    return error(
        404,
        "NOT_FOUND",
        f"models/{model} is not found for API version {version}, or is not supported for {method}. "
        "Call ListModels "
        "to see the list of available models and their supported methods.",
        source="google-facts §1.6 row 19; record gemini-native 404 model-not-found",
    )


def model_retired(model: str) -> Answer:
    return error(
        404,
        "NOT_FOUND",
        f"This model models/{model} is no longer available to new users. Please update your code to "
        "use a newer "
        "model for the latest features and improvements.",
        source="google-facts §1.6 row 19; record gemini-native 404 model-retired",
    )


def vertex_model_missing(project: str, location: str, model: str) -> Answer:
    return error(
        404,
        "NOT_FOUND",
        "Publisher Model "
        f"`projects/{project}/locations/{location}/publishers/google/models/{model}` was not found "
        "or your project does not have access to it. Please ensure you are using a valid model "
        "version. For more "
        "information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
        source="google-facts §2; record vertex-native 404 model-not-found",
    )


def malformed_publisher_model(model: str) -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        f"Malformed publisher model (`model`: '{model}') for the 'openapi' request endpoint ID; expected "
        "'<publisher>/<model>'.",
        source="google-facts §2; record vertex-openai 400 model-needs-publisher",
    ).as_list()


def only_audio(model: str) -> Answer:
    return error(
        400,
        "INVALID_ARGUMENT",
        "The requested combination of response modalities (TEXT) is not supported by the model. "
        f"models/{model} accepts the following combination of response modalities:\n* AUDIO\n",
        source="causes.tsv request-not-valid; google-facts §4 'a listed model may still be unusable'",
    )


def bad_request(message: str) -> Answer:
    return error(400, "INVALID_ARGUMENT", message, source="causes.tsv request-not-valid")


def bad_json() -> Answer:
    return bad_request("Invalid JSON payload received. Unexpected token.\n\n^")


# --- the token route ------------------------------------------------------------------------------------


def token(text: str, scope: str | None = None, seconds: int = 3599) -> Answer:
    found: Document = {"access_token": text, "expires_in": seconds}
    if scope is not None:
        found["scope"] = scope
    found["token_type"] = "Bearer"
    return _oauth(200, found, "google-facts §3 token endpoint; RFC 6749 §5.1")


def token_error(name: str, description: str, *, status: int = 400, source: str, **more: str) -> Answer:
    return _oauth(status, {"error": name, "error_description": description, **more}, source)


def _oauth(status: int, document: Document, source: str) -> Answer:
    return Answer(
        status,
        document,
        content_type="application/json; charset=utf-8",
        source=source,
        headers={
            "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
            "Pragma": "no-cache",
            "Expires": "Mon, 01 Jan 1990 00:00:00 GMT",
        },
    )


def jwt_signature() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid JWT Signature.",
        source="google-facts §3; record oauth-token 400 service-account-key-revoked",
    )


def jwt_audience() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid JWT: Failed audience check",
        source="record oauth-token 400 token-request-not-valid",
    )


def jwt_time() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat "
        "and exp values in the JWT claim.",
        source="google-facts §3; record oauth-token 400 clock-wrong",
    )


def jwt_malformed() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid JWT: Failed to parse the assertion.",
        source="not recorded; the shape of google-facts §3",
    )


def account_not_found() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid grant: account not found",
        source="google-facts §3; record oauth-token 400 service-account-not-found",
    )


def account_disabled() -> Answer:
    return token_error(
        "invalid_grant",
        "Invalid grant: account is disabled",
        source="causes.tsv service-account-disabled (the exact words are not recorded)",
    )


def invalid_scope() -> Answer:
    return token_error(
        "invalid_scope",
        "Invalid OAuth scope or ID token audience provided.",
        source="google-facts §2, §3; record oauth-token 400 scope-not-valid",
    )


def refresh_revoked() -> Answer:
    return token_error(
        "invalid_grant", "Token has been expired or revoked.", source="record oauth-token 400 sign-in-expired"
    )


def refresh_reauth() -> Answer:
    return token_error(
        "invalid_grant",
        "reauth related error (invalid_rapt)",
        error_subtype="invalid_rapt",
        error_uri="https://support.google.com/a/answer/9368756",
        source="record oauth-token 400 sign-in-expired (rapt)",
    )


def client_unknown() -> Answer:
    return token_error(
        "invalid_client",
        "The OAuth client was not found.",
        status=401,
        source="record oauth-token 401 oauth-client-not-valid",
    )


def grant_unknown(grant: str) -> Answer:
    return token_error(
        "unsupported_grant_type", f"Invalid grant_type: {grant}", source="RFC 6749 §5.2; not recorded"
    )


def certificates(found: Mapping[str, str]) -> Answer:
    return Answer(
        200,
        dict(found),
        source="the brief's route certs; the client_x509_cert_url of google-facts §3",
        headers={"Cache-Control": "public, max-age=21600, must-revalidate, no-transform"},
    )


# --- answers that no state of ours leads to: a test serves them as a fault ------------------------------


def perimeter(project: str) -> Answer:
    """A VPC Service Controls perimeter."""
    message = (
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: "
        f"{secrets.token_hex(16)}."
    )
    return error(
        403,
        "PERMISSION_DENIED",
        message,
        [
            _info("SECURITY_POLICY_VIOLATED", {"consumer": f"projects/{project}", "service": VERTEX}),
            _localized(message),
        ],
        source="google-facts §1.6 enum 15; causes.tsv organisation-policy",
    )


# --- successes ------------------------------------------------------------------------------------------


def _usage(reply: str) -> Document:
    count = max(1, len(reply.split()))
    found: Document = {
        "promptTokenCount": 4,
        "totalTokenCount": 4 + count,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4}],
    }
    if reply:
        found["candidatesTokenCount"] = count
    else:
        found["thoughtsTokenCount"] = count  # all of it went into thinking
    return found


def generation(reply: str, model: str, *, finish: bool = True, vertex: bool = False) -> Document:
    content: Document = {"role": "model"}
    if reply:
        content["parts"] = [{"text": reply}]
    candidate: Document = {"content": content}
    if finish:
        candidate["finishReason"] = "STOP" if reply else "MAX_TOKENS"
    if not vertex:
        candidate["index"] = 0
    usage = _usage(reply)
    if vertex:
        usage["trafficType"] = "ON_DEMAND"
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": model,
        "responseId": secrets.token_urlsafe(16),
    }


def generated(reply: str, model: str, *, vertex: bool = False) -> Answer:
    return ok(
        generation(reply, model, vertex=vertex),
        "google-facts §2.1 (a thinking model may answer 200 without text); public API reference",
    )


def _pieces(reply: str) -> list[str]:
    words = reply.split(" ")
    half = (len(words) + 1) // 2
    return [" ".join(words[:half]), " " + " ".join(words[half:])] if len(words) > 1 else [reply]


def generated_stream(reply: str, model: str, *, events: bool, vertex: bool = False) -> Answer:
    """Server-sent events with alt=sse, else the pieces of one JSON array."""
    pieces = _pieces(reply)
    documents = [
        generation(piece, model, finish=place == len(pieces) - 1, vertex=vertex)
        for place, piece in enumerate(pieces)
    ]
    source = "public API reference, streamGenerateContent"
    if events:
        return Answer(
            200,
            content_type="text/event-stream",
            source=source,
            events=tuple(f"data: {json.dumps(d)}\r\n\r\n" for d in documents),
        )
    texts = [json.dumps(d, indent=2) for d in documents]
    return Answer(
        200,
        source=source,
        events=(*(("[" if n == 0 else ",\r\n") + t for n, t in enumerate(texts)), "]\n"),
    )


def counted(*, vertex: bool = False) -> Answer:
    found: Document = {"totalTokens": 4, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4}]}
    if vertex:
        found["totalBillableCharacters"] = 12
    return ok(found, "google-facts §2.1 countTokens; public API reference")


def completion(reply: str, model: str, created: int) -> Answer:
    count = max(1, len(reply.split()))
    message: Document = {"role": "assistant"}
    if reply:
        message["content"] = reply
    return ok(
        {
            "choices": [{"finish_reason": "stop" if reply else "length", "index": 0, "message": message}],
            "created": created,
            "id": secrets.token_urlsafe(16),
            "model": model,
            "object": "chat.completion",
            "usage": {
                "completion_tokens": count if reply else 0,
                "prompt_tokens": 4,
                "total_tokens": 4 + count,
            },
        },
        "google-facts §2 OpenAI-compatible path; the chat.completion shape",
    )


def completion_stream(reply: str, model: str, created: int) -> Answer:
    identity = secrets.token_urlsafe(16)
    pieces = _pieces(reply)
    events: list[str] = []
    for place, piece in enumerate(pieces):
        choice: Document = {"delta": {"content": piece, "role": "assistant"}, "index": 0}
        if place == len(pieces) - 1:
            choice["finish_reason"] = "stop" if reply else "length"
        events.append(
            "data: "
            + json.dumps(
                {
                    "choices": [choice],
                    "created": created,
                    "id": identity,
                    "model": model,
                    "object": "chat.completion.chunk",
                }
            )
            + "\n\n"
        )
    return Answer(
        200,
        content_type="text/event-stream",
        events=(*events, "data: [DONE]\n\n"),
        source="the chat.completion.chunk shape",
    )


# --- pages that are no JSON -----------------------------------------------------------------------------

_TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Request Entity Too Large",
    502: "Server Error",
}


def google_html(status: int, path: str = "/") -> str:
    """Google's front end's own page, told by its title and its two phrases."""
    if status == 404:
        say = f"The requested URL <code>{html.escape(path)}</code> was not found on this server."
    elif status == 405:
        say = "The request method is inappropriate for the URL <code>" + html.escape(path) + "</code>."
    elif status == 403:
        where = f"<code>{html.escape(path)}</code>"
        say = f"Your client does not have permission to get URL {where} from this server."
    else:
        say = "Your client has issued a malformed or illegal request."
    return (
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
        '  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">\n'
        f"  <title>Error {status} ({_TITLES.get(status, 'Error')})!!1</title>\n"
        "  <style>body{font:15px/22px arial,sans-serif;margin:7% auto 0;max-width:390px}</style>\n"
        "  <a href=//www.google.com/><span id=logo aria-label=Google></span></a>\n"
        f"  <p><b>{status}.</b> <ins>That\u2019s an error.</ins>\n"
        f"  <p>{say}  <ins>That\u2019s all we know.</ins>\n"
    )


def google_page(status: int, path: str, **headers: str) -> Answer:
    return Answer(
        status,
        text=google_html(status, path),
        content_type=_HTML,
        headers={"Referrer-Policy": "no-referrer", **headers},
        source="records vertex-native 404 wrong-address, gemini-native 403 google-frontend-refused",
    )


def bare_html(status: int) -> str:
    return (
        f"<html>\r\n<head><title>{status} Service Temporarily Unavailable</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def moved_html(location: str) -> str:
    return (
        "<html><head><title>Sign in</title></head><body>The document has moved "
        f'<a href="{html.escape(location)}">here</a>.</body></html>\n'
    )


def portal_html() -> str:
    return (
        "<!DOCTYPE html><html><head><title>Welcome to Guest Wi-Fi</title></head><body><h1>Guest Wi-Fi</h1>"
        '<form action="/accept" method="post"><button>Accept the terms</button></form></body></html>\n'
    )
