"""What the loopback Google knows and can be told: projects, keys, accounts, faults, and what it saw."""

from __future__ import annotations

import json
import secrets
import string
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal, Protocol
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from . import answers

Quota = Literal[
    "ok",
    "per-minute",
    "per-day",
    "zero",
    "zero-region",
    "exhausted",
    "credits-depleted",
    "spending-cap",
    "capacity",
]
Billing = Literal["ok", "disabled", "overdue", "country", "needs-linking"]
ModelState = Literal["ok", "retired", "missing", "overloaded", "hidden"]

QUOTAS: tuple[Quota, ...] = (
    "ok",
    "per-minute",
    "per-day",
    "zero",
    "zero-region",
    "exhausted",
    "credits-depleted",
    "spending-cap",
    "capacity",
)

_ALPHABET = string.ascii_letters + string.digits + "_-"


def _some(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def random_key(*, standard: bool = False) -> str:
    """A key-shaped text that Google never made; put together here so that no source file holds one."""
    if standard:
        return "AI" + "za" + "Sy" + _some(_ALPHABET, 33)
    return "AQ" + "." + "Ab8" + _some(_ALPHABET, 47)


def random_token() -> str:
    return "ya" + "29." + _some(_ALPHABET, 180)


class Ripens(Protocol):
    """Something young: it is asked whether it is known by now, and each "not yet" may be counted."""

    def ripe(self) -> bool: ...


class PublicHalf(Protocol):
    """A key of a service account as the token endpoint knows it."""

    @property
    def public(self) -> rsa.RSAPublicKey: ...

    def good(self) -> bool: ...


@dataclass
class Project:
    """A Google Cloud project; every field may be changed while the server runs."""

    id: str = field(default_factory=lambda: f"loopback-{_some(string.ascii_lowercase, 6)}")
    number: int = field(default_factory=lambda: 700_000_000_000 + secrets.randbelow(99_999_999_999))
    gemini_api: bool = True
    vertex_api: bool = True
    denied: bool = False  # the models list works, generation does not
    suspended: bool = False
    billing: Billing = "ok"
    quota: Quota = "ok"
    quota_value: int = 20
    location_supported: bool = True
    models: tuple[str, ...] | None = None  # None: the whole catalogue
    switched: Callable[[str], bool] | None = (
        None  # whether an API is on, where tests/loopback/management has the project
    )

    def answers(self, service: str) -> bool:
        on = self.vertex_api if service == answers.VERTEX else self.gemini_api
        return on and (self.switched is None or self.switched(service))


@dataclass
class Fault:
    """One way in which an answer goes wrong; without a status the true answer is the one that is spoiled."""

    status: int | None = None
    body: bytes | str | None = None  # None with a status: Google's own JSON for it
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | str | None = None
    delay: float = 0.0
    silence: bool = False  # never answers; ends when the client does
    before: bool = False  # Google has not even done what it was asked for
    drop: bool = False  # closes the connection without a word
    reset: bool = False  # half of the body, then a TCP reset
    truncate: bool = False  # half of the body, then a clean close, short of Content-Length
    drip: float | None = None  # seconds between single bytes of the body
    drip_head: bool = False  # the status line and headers drip too
    huge: int | None = None  # a body of so many bytes
    bomb: int | None = None  # a small gzip body that unpacks to so many bytes
    gzip_garbage: bool = False  # Content-Encoding: gzip over bytes that are no gzip

    @classmethod
    def google(cls, status: int = 503, *, retry_after: int | str | None = None) -> Fault:
        """Google's own JSON error (500, 503, 504, 429, 403, 401, 400, 404)."""
        return cls(status=status, retry_after=retry_after)

    @classmethod
    def bare(cls, status: int = 503) -> Fault:
        """A status of some gateway, with a line of HTML that is not Google's."""
        return cls(status=status, body=answers.bare_html(status), content_type="text/html")

    @classmethod
    def login_page(cls, location: str = "https://login.example.net/portal?return=1") -> Fault:
        """A redirect to somebody's sign-in page."""
        return cls(
            status=302,
            body=answers.moved_html(location),
            content_type="text/html; charset=utf-8",
            headers={"Location": location},
        )

    @classmethod
    def captive_portal(cls) -> Fault:
        """200 and HTML, as a hotel's Wi-Fi answers."""
        return cls(status=200, body=answers.portal_html(), content_type="text/html; charset=utf-8")

    @classmethod
    def social_portal(cls) -> Fault:
        """The same where one may sign in with an account of Google's: its host stands in the page."""
        page = answers.portal_html().replace(
            "<button>", '<a href="https://accounts.google.com/o/oauth2/auth">Sign in with Google</a><button>'
        )
        return cls(status=200, body=page, content_type="text/html; charset=utf-8")

    @classmethod
    def front_door(cls) -> Fault:
        """Google's HTML 403, given before any API saw the request."""
        return cls(status=403, body=answers.google_html(403), content_type="text/html; charset=UTF-8")


@dataclass(eq=False)
class Key:
    """An API key and its state; every field may be changed while the server runs."""

    text: str
    standard: bool
    project: Project
    vertex: bool = False  # an express-mode key: good for Vertex AI, blocked on the Gemini API
    restricted_to_other_apis: bool = False
    websites: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    android: bool = False
    ios: bool = False
    expired: bool = False
    leaked: bool = False
    suspended: bool = False
    deleted: bool = False
    owner_disabled: bool = False
    fault: Fault | None = None
    fault_on: tuple[str, ...] = ()  # names of routes; empty: all
    rising: Ripens | None = None  # made a moment ago, and not known everywhere
    sinking: Ripens | None = None  # deleted a moment ago, and still good somewhere

    def __repr__(self) -> str:
        return f"<Key …{self.text[-4:]} of {self.project.id}>"  # a failing test prints this


@cache
def _shared_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def rsa_key(*, fresh: bool) -> rsa.RSAPrivateKey:
    """The one of this process (making one takes a tenth of a second and more), or another."""
    return _shared_rsa.__wrapped__() if fresh else _shared_rsa()


@dataclass(eq=False)
class Account:
    """A service account with one key file, and its state; fields may be changed while the server runs."""

    email: str
    project: Project
    private_key: rsa.RSAPrivateKey
    key_id: str = field(default_factory=lambda: secrets.token_hex(20))
    unique_id: str = field(default_factory=lambda: "1" + _some(string.digits, 20))
    role: bool = True  # roles/aiplatform.user in its project
    projects: list[Project] = field(default_factory=list)  # further projects in which it has the role
    disabled: bool = False
    deleted: bool = False
    key_revoked: bool = False
    fault: Fault | None = None
    fault_on: tuple[str, ...] = ()
    public_keys: dict[str, PublicHalf] = field(default_factory=dict)  # further keys, by their ids
    predicts: Callable[[Project], bool] | None = None  # instead of `role`: what the policy says

    def __repr__(self) -> str:
        return f"<Account {self.email}>"

    @property
    def info(self) -> dict[str, str]:
        """The fields that Google writes into a key file, in Google's order."""
        pem = self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": self.project.id,
            "private_key_id": self.key_id,
            "private_key": pem.decode("ascii"),
            "client_email": self.email,
            "client_id": self.unique_id,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/"
            + quote(self.email, ""),
            "universe_domain": "googleapis.com",
        }

    @property
    def text(self) -> str:
        return json.dumps(self.info, indent=2) + "\n"


@dataclass(eq=False)
class User:
    """A person signed in with gcloud (application-default credentials), and the state of that sign-in."""

    email: str
    projects: list[Project]
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    quota_project: Project | None = None
    revoked: bool = False
    reauth: bool = False
    fault: Fault | None = None
    fault_on: tuple[str, ...] = ()
    scopes: str = "https://www.googleapis.com/auth/cloud-platform"  # what the sign-in was for

    @property
    def info(self) -> dict[str, str]:
        found = {
            "account": "",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "type": "authorized_user",
            "universe_domain": "googleapis.com",
        }
        if self.quota_project is not None:
            found["quota_project_id"] = self.quota_project.id
        return found

    @property
    def text(self) -> str:
        return json.dumps(self.info, indent=2)


@dataclass
class Token:
    """An access token that the token route gave out."""

    text: str = field(repr=False)
    owner: Account | User
    scopes: frozenset[str]
    expires: float  # time.time() of the server's clock


@dataclass(eq=False)
class Seen:
    """One request as it arrived."""

    method: str
    scheme: str
    host: str
    port: int
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    route: str
    connection: int  # two requests of one number came over one kept-alive connection
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    aborted: bool = False
    sent: int = 0  # bytes of the connection, where the client left it during the answer
    source: str = (
        ""  # the fact or record that the answer is modelled on; "a fault" for one that was asked for
    )

    def __repr__(self) -> str:
        return f"<Seen {self.method} {self.route} {self.host}:{self.port}{self.path} -> {self.status}>"


@dataclass
class Waiting:
    """A fault that lies in wait on a route."""

    route: str
    fault: Fault
    left: int | None


class Registry:
    """The book of everything registered; its lock guards it against the connections' threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keys: dict[str, Key] = {}
        self.accounts: dict[str, Account] = {}
        self.users: dict[str, User] = {}
        self.codes: dict[str, User] = {}  # what a person copies from the browser at the first sign-in
        self.tokens: dict[str, Token] = {}
        self.lifetime = 3600  # seconds of an access token
        self.projects: list[Project] = []
        self.waiting: list[Waiting] = []

    def add_project(self, project: Project) -> None:
        with self.lock:
            if all(known is not project for known in self.projects):
                self.projects.append(project)

    def find_project(self, name: str) -> Project | None:
        with self.lock:
            return next((p for p in self.projects if name in (p.id, str(p.number))), None)

    def find_key(self, text: str) -> Key | None:
        with self.lock:
            key = self.keys.get(text)
        if key is None or (key.deleted and (key.sinking is None or key.sinking.ripe())):
            return None
        return key if key.rising is None or key.rising.ripe() else None

    def take_fault(self, route: str) -> Fault | None:
        """The fault that this answer suffers; counted down as it is taken."""
        with self.lock:
            for waiting in self.waiting:
                if not fnmatchcase(route, waiting.route) or waiting.left == 0:
                    continue
                if waiting.left is not None:
                    waiting.left -= 1
                return waiting.fault
        return None
