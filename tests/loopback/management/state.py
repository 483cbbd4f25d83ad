"""What the management hosts know: projects with their APIs, policies, accounts and keys, and what a person may do there."""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.loopback.states import Account, Key, Project

from .clock import DAY, Ripening

GEMINI = "generativelanguage.googleapis.com"
VERTEX = "aiplatform.googleapis.com"
#: What is on in a project from its first day.
BASICS = ("cloudapis.googleapis.com", "servicemanagement.googleapis.com", "serviceusage.googleapis.com")
#: Turned on only with billing.
PAID = {VERTEX}
#: How long what was deleted can be brought back.
GRACE = 30 * DAY
QUIET = 7 * DAY
MOST_KEYS = 10

USER = "roles/aiplatform.user"
_PREDICTS = {USER, "roles/aiplatform.admin", "roles/editor", "roles/owner"}

_READS = frozenset(
    {
        "apikeys.keys.get",
        "apikeys.keys.list",
        "iam.serviceAccountKeys.get",
        "iam.serviceAccountKeys.list",
        "iam.serviceAccounts.get",
        "iam.serviceAccounts.list",
        "resourcemanager.projects.get",
        "resourcemanager.projects.getIamPolicy",
        "serviceusage.services.get",
        "serviceusage.services.list",
    }
)
_EDITS = _READS | {
    "apikeys.keys.create",
    "apikeys.keys.delete",
    "apikeys.keys.getKeyString",
    "apikeys.keys.undelete",
    "apikeys.keys.update",
    "iam.serviceAccountApiKeyBindings.create",
    "iam.serviceAccountKeys.create",
    "iam.serviceAccountKeys.delete",
    "iam.serviceAccountKeys.disable",
    "iam.serviceAccountKeys.enable",
    "iam.serviceAccounts.create",
    "iam.serviceAccounts.delete",
    "iam.serviceAccounts.disable",
    "iam.serviceAccounts.enable",
    "iam.serviceAccounts.update",
    "serviceusage.services.disable",
    "serviceusage.services.enable",
    "serviceusage.services.use",
}
#: What a person with that role may do. An owner may neither read an organisation's policies nor act as an account.
ROLES: dict[str, frozenset[str]] = {
    "viewer": _READS,
    "editor": _EDITS,
    "owner": _EDITS
    | {
        "resourcemanager.projects.setIamPolicy",
        "resourcemanager.projects.delete",
        "iam.serviceAccounts.getIamPolicy",
        "iam.serviceAccounts.setIamPolicy",
        "billing.resourceAssociations.create",
    },
    "none": frozenset(),
}


def stamp(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fresh_etag() -> str:
    return base64.b64encode(secrets.token_bytes(8)).decode("ascii")


@dataclass
class Policy:
    """A project's IAM policy; every write of anyone gives it another etag."""

    bindings: list[dict[str, Any]] = field(default_factory=list)
    etag: str = field(default_factory=fresh_etag)
    audit: list[dict[str, Any]] = field(default_factory=list)

    def members(self) -> set[tuple[str, str, str]]:
        """(role, member, condition) of each member."""
        return members(self.bindings)

    def add(self, role: str, member: str, condition: dict[str, str] | None = None) -> None:
        """What somebody else does in the console."""
        for one in self.bindings:
            if one["role"] == role and one.get("condition") == condition:
                if member not in one["members"]:
                    one["members"].append(member)
                break
        else:
            made: dict[str, Any] = {"role": role, "members": [member]}
            self.bindings.append({**made, "condition": condition} if condition else made)
        self.etag = fresh_etag()

    def remove(self, role: str, member: str) -> None:
        for one in self.bindings:
            if one["role"] == role and member in one["members"]:
                one["members"].remove(member)
        self.bindings = [one for one in self.bindings if one["members"]]
        self.etag = fresh_etag()


def members(bindings: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (str(one.get("role")), member, repr(sorted((one.get("condition") or {}).items())))
        for one in bindings
        for member in one.get("members", [])
    }


@dataclass(eq=False)
class ApiKey:
    """An API key with what its administration knows; `key` is what the Gemini hosts know of it."""

    id: str
    uid: str
    key: Key
    created: float
    fields: dict[str, Any]  # displayName, annotations, restrictions, serviceAccountEmail
    updated: float
    etag: str = field(default_factory=lambda: f'W/"{fresh_etag()}"')
    deleted: float | None = None
    used: list[float] = field(default_factory=list)  # every request with it that reached us

    def __repr__(self) -> str:
        return f"<ApiKey {self.id} …{self.key.text[-4:]}>"

    @property
    def ours(self) -> bool:
        return bool(self.fields.get("annotations", {}).get("made-by") == "gemini-setup")


@dataclass(eq=False)
class AccountKey:
    """A key of a service account: the public half, as it was uploaded."""

    id: str
    public: rsa.RSAPublicKey
    begins: float
    ends: float
    rising: Ripening
    now: Callable[[], float]
    origin: str = "USER_PROVIDED"
    disabled: bool = False
    deleted: bool = False
    signed: list[float] = field(default_factory=list)  # when a sign-in with it was asked for

    def good(self) -> bool:
        """Whether the token endpoint believes a signature of it now; a "not yet" is counted."""
        now = self.now()
        self.signed.append(now)
        if self.disabled or self.deleted or not self.begins <= now < self.ends:
            return False
        return self.rising.ripe()


@dataclass(eq=False)
class ServiceAccount:
    """A service account; `account` is what the token endpoint knows of it."""

    account: Account
    display: str
    description: str
    created: float
    rising: Ripening
    keys: dict[str, AccountKey] = field(default_factory=dict)
    impersonators: set[str] = field(default_factory=set)  # mail addresses
    etag: str = field(default_factory=fresh_etag)
    deleted: float | None = None

    @property
    def email(self) -> str:
        return self.account.email

    @property
    def member(self) -> str:
        return f"serviceAccount:{self.email}"

    @property
    def ours(self) -> bool:
        return "gemini-setup" in self.description

    def alive(self) -> list[AccountKey]:
        return [key for key in self.keys.values() if not key.deleted]


@dataclass(eq=False)
class CloudProject:
    """A project with everything that its administration knows; change it while it runs."""

    project: Project
    display: str
    created: float
    now: Callable[[], float]
    parent: str | None = None  # "organizations/123456789012", "folders/…"
    billing: bool = True
    terms_accepted: bool = True
    refuses_in_operation: bool = False  # a missing billing account is said there
    state: str = "ACTIVE"
    services: dict[str, Ripening] = field(default_factory=dict)  # those that are on
    constraints: set[str] = field(default_factory=set)  # of its organisation, that stand in the way
    bound_keys_for: set[str] = field(default_factory=lambda: {GEMINI})  # despite the constraint on bound keys
    policy: Policy = field(default_factory=Policy)
    accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    allowed: dict[str, set[str]] = field(default_factory=dict)  # mail address → permissions
    grants: dict[tuple[str, str], Ripening] = field(default_factory=dict)  # (role, member) given by our hand
    listed: Ripening | None = None

    @property
    def id(self) -> str:
        return self.project.id

    @property
    def number(self) -> int:
        return self.project.number

    def __repr__(self) -> str:
        return f"<CloudProject {self.id}>"

    def may(self, email: str, permission: str) -> bool:
        return permission in self.allowed.get(email, set())

    def turn_on(self, *services: str) -> None:
        """On and known everywhere, as if it had always been."""
        for service in services:
            self.services[service] = Ripening(self.now)

    def turn_off(self, *services: str) -> None:
        for service in services:
            self.services.pop(service, None)

    def answers(self, service: str) -> bool:
        """Whether an API is on and answers; a "not yet" is counted."""
        rising = self.services.get(service)
        return rising is not None and rising.ripe()

    def predicts(self, account: Account) -> bool:
        """Whether an account may use Vertex AI here."""
        member = f"serviceAccount:{account.email}"
        for role, who, condition in self.policy.members():
            if role in _PREDICTS and who == member and condition == "[]":
                rising = self.grants.get((role, member))
                if rising is None or rising.ripe():
                    return True
        return False

    def our_keys(self) -> list[ApiKey]:
        """Ours that still work."""
        return [key for key in self.keys.values() if key.ours and key.deleted is None]

    def key_of(self, text: str) -> ApiKey | None:
        return next((key for key in self.keys.values() if key.key.text == text), None)


def new_id(prefix: str, number: int) -> str:
    """The name of an operation."""
    return f"operations/{prefix}-{number}-{secrets.token_hex(4)}-{secrets.token_hex(6)}"


def new_unique_id() -> str:
    return "1" + "".join(secrets.choice(string.digits) for _ in range(20))


def public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | None:
    found = certificate.public_key()
    return found if isinstance(found, rsa.RSAPublicKey) else None


def fingerprint(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Operation:
    """A long-running operation: what it will answer, and how many looks before."""

    name: str
    host: str
    polls: int
    result: dict[str, Any]  # {"response": …} or {"error": …}
    metadata: dict[str, Any] | None = None
    looks: int = 0
    lost: bool = False  # asked for, it is not found
    stuck: bool = False  # never done
