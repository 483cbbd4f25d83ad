"""Google's hosts, paths, headers, deep links and locations: the one place with a Google URL in it. No network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from gemini_setup.i18n.errors import Worded
from gemini_setup.model.credentials import Access, Endpoints, Kind, Service

GEMINI: Final = "https://generativelanguage.googleapis.com"
VERTEX: Final = "https://aiplatform.googleapis.com"
TOKEN: Final = "https://oauth2.googleapis.com/token"
#: What a key file may name as its token_uri: Google's own, the older ones from before 2018. None of them is ever fetched
#: from the file.
TOKEN_URIS: Final = (
    TOKEN,
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token",
)
AUTH: Final = "https://accounts.google.com/o/oauth2/auth"  # a member of every key file; never fetched
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

GEMINI_SERVICE: Final = "generativelanguage.googleapis.com"
VERTEX_SERVICE: Final = "aiplatform.googleapis.com"

DEFAULT_LOCATION: Final = "global"
#: Offered in the window; any other that `is_location` allows may be typed. Not per model (google-facts §2).
LOCATIONS: Final = (
    "global", "us", "eu",
    "africa-south1",
    "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3",
    "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "asia-southeast3",
    "australia-southeast1", "australia-southeast2",
    "europe-central2", "europe-north1", "europe-north2", "europe-southwest1",
    "europe-west1", "europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8",
    "europe-west9", "europe-west10", "europe-west12", "europe-west15",
    "me-central1", "me-central2", "me-west1",
    "northamerica-northeast1", "northamerica-northeast2", "southamerica-east1", "southamerica-west1",
    "us-central1", "us-central2", "us-east1", "us-east4", "us-east5", "us-east7", "us-south1",
    "us-west1", "us-west2", "us-west3", "us-west4", "us-west8",
)  # fmt: skip

#: Asked in this order on Vertex AI when its list of models cannot be had (google-facts §4, November 2026).
VERTEX_MODELS: Final = ("gemini-3.5-flash-lite", "gemini-3.8-flash", "gemini-3.5-flash")

_LOCATION = re.compile(r"global|us|eu|[a-z]+(-[a-z]+)+[0-9]+")
_PROJECT = re.compile(r"[a-z0-9.:-]{4,80}")
_MODEL = re.compile(r"[a-z0-9.-]{1,80}")


def is_location(text: str) -> bool:
    return _LOCATION.fullmatch(text) is not None and len(text) <= 60


def is_project(text: str) -> bool:
    return _PROJECT.fullmatch(text) is not None


def is_model(text: str) -> bool:
    return _MODEL.fullmatch(text) is not None


class NotAnAddress(Worded, ValueError):
    """A base URL or a part of a path that is not sent anywhere; its text is a sentence."""


# ---------------------------------------------------------------- endpoints

_VARIABLES: Final = {
    "gemini": "GOOGLE_GEMINI_BASE_URL",
    "vertex": "GOOGLE_VERTEX_BASE_URL",
    "token": "GEMINI_SETUP_TOKEN_URL",
}
_LOOPBACK: Final = re.compile(r"localhost|::1|127(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}")


def is_loopback(host: str) -> bool:
    """This computer by name or number; `127.evil.example` is a name like any other."""
    return _LOOPBACK.fullmatch(host) is not None


def base_url(text: str, name: str = "The address") -> str:
    """A base URL in its normal form: scheme, host and an optional path prefix, without a slash at the end.

    https, or http on a loopback address. Raises NotAnAddress for anything else.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NotAnAddress("address_form", name=name) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise NotAnAddress("address_start", name=name)
    if parts.scheme == "http" and not is_loopback(host):
        raise NotAnAddress("address_clear", name=name)
    if parts.username is not None or "?" in text or "#" in text:
        raise NotAnAddress("address_more", name=name)
    if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9a-fA-F:]+", host) or re.search(r"[\s\\]|\.\.|[^ -~]", text):
        raise NotAnAddress("address_form", name=name)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def endpoints_from(environ: Mapping[str, str]) -> Endpoints:
    """The endpoints that the environment asks for (DESIGN §2 Endpoints); raises NotAnAddress."""
    found = {
        field: base_url(environ[name], name)
        for field, name in _VARIABLES.items()
        if environ.get(name, "").strip()
    }
    google = {"gemini": GEMINI, "vertex": VERTEX, "token": TOKEN}
    return Endpoints(**{field: url for field, url in found.items() if url != google[field]})


def differing_variables(endpoints: Endpoints, environ: Mapping[str, str]) -> list[str]:
    """The variables that name another endpoint than a kept profile's own; they are named and not followed."""
    names = []
    for field, name in _VARIABLES.items():
        asked = environ.get(name, "").strip()
        if not asked:
            continue
        try:
            asked = base_url(asked)
        except NotAnAddress:
            pass
        if asked != (
            getattr(endpoints, field) or {"gemini": GEMINI, "vertex": VERTEX, "token": TOKEN}[field]
        ):
            names.append(name)
    return names


def gemini_base(access: Access) -> str:
    return access.endpoints.gemini or GEMINI


def vertex_base(access: Access) -> str:
    """The host of the access's location (google-facts §2)."""
    if access.endpoints.vertex:
        return access.endpoints.vertex
    location = access.location or DEFAULT_LOCATION
    if not is_location(location):
        raise NotAnAddress("bad_location")
    if location == "global":
        return VERTEX
    if location in ("us", "eu"):
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def token_url(access: Access) -> str:
    return access.endpoints.token or TOKEN


def is_allowed(url: str, endpoints: Endpoints) -> bool:
    """Whether a credential may go to this URL: a Google API host over https, or the profile's own endpoint."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or re.search(r"[\s\\]", url):
        return False  # read differently by different programs
    if (
        parts.scheme == "https"
        and re.fullmatch(r"[a-z0-9.-]+\.googleapis\.com", host)
        and port in (None, 443)
    ):
        return True
    for base in (endpoints.gemini, endpoints.vertex, endpoints.token):
        if base:
            own = urlsplit(base)
            if (parts.scheme, parts.hostname, port) == (own.scheme, own.hostname, own.port):
                return True
    return False


# ---------------------------------------------------------------- paths


def _model(model: str) -> str:
    if not is_model(model):
        raise NotAnAddress("bad_model")
    return quote(model, safe="")


def gemini_models(access: Access, page: str = "") -> str:
    query = f"pageSize=1000&pageToken={quote(page, safe='')}" if page else "pageSize=1000"
    return f"{gemini_base(access)}/v1beta/models?{query}"


def gemini_generate(access: Access, model: str) -> str:
    return f"{gemini_base(access)}/v1beta/models/{_model(model)}:generateContent"


def gemini_openai_models(access: Access) -> str:
    return f"{gemini_base(access)}/v1beta/openai/models"


def _vertex_place(access: Access) -> str:
    if not is_project(access.project or "") or not is_location(access.location or ""):
        raise NotAnAddress("bad_project")
    return (
        f"projects/{quote(access.project or '', safe='')}/locations/{quote(access.location or '', safe='')}"
    )


def public_certificates(account: str) -> str:
    """Google's public list of a service account's keys: certificates by key id, for everybody to read."""
    return f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{quote(account, safe='')}"


def vertex_models(access: Access) -> str:
    return f"{vertex_base(access)}/v1beta1/publishers/google/models?pageSize=100"


def vertex_generate(access: Access, model: str, method: str = "generateContent") -> str:
    name = f"publishers/google/models/{_model(model)}:{method}"
    if access.credential.kind is Kind.API_KEY and not access.project:
        return f"{vertex_base(access)}/v1/{name}"  # express mode: no project in the path
    return f"{vertex_base(access)}/v1/{_vertex_place(access)}/{name}"


def vertex_chat(access: Access) -> str:
    return f"{openai_base(access)}/chat/completions"


def openai_base(access: Access) -> str:
    """The OpenAI-compatible base URL, as `get --field base-url` prints it."""
    if access.service is Service.STUDIO:
        return f"{gemini_base(access)}/v1beta/openai"
    return f"{vertex_base(access)}/v1/{_vertex_place(access)}/endpoints/openapi"


# ---------------------------------------------------------------- where things are made (provision)

SERVICE_USAGE: Final = "https://serviceusage.googleapis.com/v1"
API_KEYS: Final = "https://apikeys.googleapis.com/v2"
RESOURCE_MANAGER: Final = "https://cloudresourcemanager.googleapis.com/v3"
IAM: Final = "https://iam.googleapis.com/v1"
IAM_CREDENTIALS: Final = "https://iamcredentials.googleapis.com/v1"
BILLING: Final = "https://cloudbilling.googleapis.com/v1"
ORG_POLICY: Final = "https://orgpolicy.googleapis.com/v2"
#: The only hosts that a person's own access token goes to, beside Vertex AI where their sign-in is the credential.
MANAGEMENT: Final = (SERVICE_USAGE, API_KEYS, RESOURCE_MANAGER, IAM, BILLING, ORG_POLICY)

#: As `service_account_impersonation_url` of gcloud's file has it, and no other host or path.
_IMPERSONATION = re.compile(
    rf"{re.escape(IAM_CREDENTIALS)}/projects/-/serviceAccounts/([a-z0-9.-]{{1,100}}@[a-z0-9.-]{{1,100}}):generateAccessToken"
)


def service_of(base: str) -> str:
    """The name of the API behind one of the bases above: its host."""
    return urlsplit(base).hostname or ""


def management(
    base: str, *path: str, verb: str = "", query: Mapping[str, str | list[str]] | None = None
) -> str:
    """A URL below one of `MANAGEMENT`; what is in the path and the query is percent-encoded."""
    below = "/".join(quote(part, safe=":@") for part in path)
    asked = urlencode(query, doseq=True) if query else ""
    return f"{base}/{below}{f':{verb}' if verb else ''}{f'?{asked}' if asked else ''}"


def is_management(url: str) -> bool:
    return any(url.startswith(f"{base}/") for base in MANAGEMENT)


def impersonated_by(url: object) -> str:
    """The service account of an impersonation URL that is Google's to the letter, else ""."""
    found = _IMPERSONATION.fullmatch(url) if isinstance(url, str) else None
    return found.group(1) if found else ""


def project_of(account: str) -> str:
    """The project that a service account belongs to, by its address; "" for one that does not say."""
    found = re.fullmatch(r"[^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com", account)
    return found.group(1) if found else ""


def generate_access_token(account: str) -> str:
    return f"{IAM_CREDENTIALS}/projects/-/serviceAccounts/{quote(account, safe='@')}:generateAccessToken"


# ---------------------------------------------------------------- pages for people

CONSOLE_HOSTS: Final = ("console.developers.google.com", "console.cloud.google.com")
AI_STUDIO_KEYS: Final = "https://aistudio.google.com/api-keys"
_CONSOLE = "https://console.cloud.google.com"

#: Deep links by name (google-facts §6); `{project}` is filled in percent-encoded.
_LINKS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "ai-studio-keys": (AI_STUDIO_KEYS, {}),
    "ai-studio-projects": ("https://aistudio.google.com/projects", {}),
    "ai-studio-limits": ("https://aistudio.google.com/rate-limit", {}),
    "ai-studio-billing": ("https://aistudio.google.com/billing", {}),
    "key-help": ("https://ai.google.dev/gemini-api/docs/api-key", {}),
    "regions": ("https://ai.google.dev/gemini-api/docs/available-regions", {}),
    "deprecations": ("https://aistudio.google.com/docs/deprecations", {}),
    "status": ("https://aistudio.google.com/status", {}),
    "new-project": (f"{_CONSOLE}/projectcreate", {}),
    "projects": (f"{_CONSOLE}/cloud-resource-manager", {}),
    "enable-vertex": (f"{_CONSOLE}/apis/enableflow", {"apiid": VERTEX_SERVICE, "project": "{project}"}),
    "enable-gemini": (f"{_CONSOLE}/apis/enableflow", {"apiid": GEMINI_SERVICE, "project": "{project}"}),
    "credentials": (f"{_CONSOLE}/apis/credentials", {"project": "{project}"}),
    "iam": (f"{_CONSOLE}/iam-admin/iam", {"project": "{project}"}),
    "service-accounts": (f"{_CONSOLE}/iam-admin/serviceaccounts", {"project": "{project}"}),
    "account-keys": (
        f"{_CONSOLE}/iam-admin/serviceaccounts/details/{{client_id}}/keys",
        {"project": "{project}"},
    ),
    "org-policies": (f"{_CONSOLE}/iam-admin/orgpolicies/list", {"project": "{project}"}),
    "billing": (f"{_CONSOLE}/billing/linkedaccount", {"project": "{project}"}),
    "quotas": (f"{_CONSOLE}/iam-admin/quotas", {"project": "{project}"}),
    "model-garden": (f"{_CONSOLE}/vertex-ai/model-garden", {"project": "{project}"}),
    "vertex-locations": (
        "https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations",
        {},
    ),
}
LINK_NAMES: Final = frozenset(_LINKS) | {"activation"}


def is_console_link(url: str) -> bool:
    """Whether a link that came from a server may be opened: https and one of the console's hosts, nothing clever."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and parts.hostname in CONSOLE_HOSTS
        and parts.username is None
        and port in (None, 443)
        and not re.search(r"[\s\\\x00-\x1f]", url)
    )


def link(name: str, facts: Mapping[str, str]) -> str | None:
    """The page of that name with the project filled in, or None for a name that has no page.

    "activation" is the link that Google's answer itself named, rebuilt from its project, so that nothing else
    that a server might put into it is opened.
    """
    project = facts.get("project", "")
    if name == "activation":
        service = facts.get("service") or GEMINI_SERVICE
        if not re.fullmatch(r"[a-z]+\.googleapis\.com", service):
            return None
        base = f"https://console.developers.google.com/apis/api/{service}/overview"
        return f"{base}?{urlencode({'project': project})}" if project else base
    if name not in _LINKS:
        return None
    if name == "account-keys" and not re.fullmatch("[0-9]{1,30}", facts.get("client_id", "")):
        name = "service-accounts"
    base, query = _LINKS[name]
    base = base.replace("{client_id}", facts.get("client_id", ""))
    filled = {key: value.replace("{project}", project) for key, value in query.items()}
    filled = {key: value for key, value in filled.items() if value}
    return f"{base}?{urlencode(filled)}" if filled else base
