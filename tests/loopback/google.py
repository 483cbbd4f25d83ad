"""The loopback Google itself: routes a request to its answer, spoils it on demand, remembers what it saw."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate
from fnmatch import fnmatch
from pathlib import Path
from types import TracebackType
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.waiting import PATIENCE

from . import answers, tokens
from .answers import GEMINI, VERTEX, Answer
from .certificates import Authority, Flaw, account_certificate
from .management.cloud import NAMES, Cloud
from .management.documents import SERVICES
from .models import BY_NAME, CATALOGUE, LOCATIONS, Model
from .states import (
    Account,
    Billing,
    Fault,
    Key,
    ModelState,
    Project,
    Quota,
    Registry,
    Seen,
    Token,
    User,
    Waiting,
    random_key,
    rsa_key,
)
from .wire import Closed, Connection, Listener, Request, Response, bomb, squeeze

ROUTES = (
    "models",
    "generate",
    "count",
    "openai-models",
    "openai-chat",
    "token",
    "certs",
    "vertex-models",
    "vertex-generate",
    "vertex-count",
    "vertex-openai",
    "other",
)
_GENERATES = {"generate", "openai-chat", "vertex-generate", "vertex-openai"}
_LISTS_ERRORS = {"openai-models", "openai-chat", "vertex-openai"}

_TOKEN_HOST = "oauth2.googleapis.com"
_CERTS_HOST = "www.googleapis.com"
# An address of the documentation range (RFC 5737): the one from which Google is told to see the caller.
CALLER = "203.0.113.7"

_NARROW = "https://www.googleapis.com/auth/aiplatform"
_RETRIEVER = "https://www.googleapis.com/auth/generative-language.retriever"

_MODEL = r"(?P<model>[^/:]+)"
_PLACE = r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)"
_VERBS = r"(?P<verb>generateContent|streamGenerateContent|countTokens)"
_PATHS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (method, kind, re.compile(pattern))
    for method, kind, pattern in (
        ("GET", "models", rf"/(?P<version>v1beta|v1alpha|v1)/models(?:/{_MODEL})?"),
        ("POST", "generate", rf"/(?P<version>v1beta|v1alpha|v1)/models/{_MODEL}:{_VERBS}"),
        ("GET", "openai-models", r"/v1beta/openai/models/?"),
        ("POST", "openai-chat", r"/v1beta/openai/chat/completions"),
        ("POST", "token", r"/token|/oauth2/v4/token"),  # the second for libraries that are older
        ("GET", "certs", r"/(?:service_accounts|robot)/v1/metadata/x509/(?P<email>[^/]+)"),
        ("GET", "vertex-models", r"/v1beta1/publishers/google/models"),
        ("GET", "vertex-models", rf"/(?P<version>v1beta1|v1)/publishers/google/models/{_MODEL}"),
        (
            "POST",
            "vertex-generate",
            rf"/(?P<version>v1beta1|v1)/(?:{_PLACE}/)?publishers/google/models/{_MODEL}:{_VERBS}",
        ),
        ("POST", "vertex-openai", rf"/(?P<version>v1beta1|v1)/{_PLACE}/endpoints/openapi/chat/completions"),
    )
)
_VERTEX_HOST = re.compile(
    r"(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com|aiplatform\.(?:us|eu)\.rep\.googleapis\.com"
)


@dataclass
class Call:
    """One request with its route found and its credentials taken out."""

    request: Request
    route: str
    path: str
    query: dict[str, str]
    parts: dict[str, str]
    key: str | None
    bearer: str | None
    authorization: str | None
    host: str = ""

    def part(self, name: str) -> str:
        return self.parts.get(name, "")

    def json(self) -> dict[str, object] | None:
        try:
            found = json.loads(self.request.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


Owner = Key | Account | User


class Google:
    """A Google of your own; use it as a context manager, or call start() and stop()."""

    def __init__(self, *, untrusted: bool = False, flaw: Flaw = "", prefix: str = "") -> None:
        self.untrusted = untrusted  # TLS certificates come from a CA that ca_file does not hold
        self.flaw = flaw  # what is wrong with the certificates of the CA that it holds
        self.prefix = prefix  # a gateway's path, in front of every path on `url`
        self.requests: list[Seen] = []
        self.proxy_requests: list[tuple[str, str]] = []
        self.tls_failures: list[str] = []  # hosts whose handshake the client broke off
        self.proxy_auth: tuple[str, str] | None = None
        self.gateway = ""  # a host that answers for every service of Google's, as a company's gateway does
        self.any_host = (
            False  # the proxy leads to whatever host is asked for; those that are not Google's say 404
        )
        #: Of other hosts, what one of them answers to a request; None for one that it does not know.
        self.others: Callable[[Request, str], Answer | None] = lambda request, host: None
        self.reply = "Hello! It's good to hear from you."
        self.latency = 0.0
        self.clock_offset = 0.0
        self.gzip = True
        self.openai_bad_key: Literal["credentials-missing", "not-valid"] = "credentials-missing"
        self._book = Registry()
        self.cloud = Cloud(self._book)  # the management hosts
        self._models: dict[str, Model] = dict(BY_NAME)
        self._model_states: dict[str, tuple[ModelState, tuple[str, ...] | None]] = {
            model.name: ("retired", None) for model in CATALOGUE if model.retired
        }
        self._condition = threading.Condition()
        self._plain = Listener("plain", self._serve_plain)
        self._proxy = Listener("proxy", self._serve_proxy)
        self._proxy_down = False
        self._down = False
        self._running = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._authority: Authority | None = None
        self._stranger: Authority | None = None

    # --- life ---------------------------------------------------------------------------------------------

    def __enter__(self) -> Google:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            self.cloud.assert_clean()

    def start(self) -> Google:
        if self._running:
            return self
        self._folder = tempfile.TemporaryDirectory(prefix="loopback-google-")
        folder = Path(self._folder.name)
        self._authority = Authority(folder, "ca", self.flaw)
        self._stranger = Authority(folder, "stranger")
        self._running = True
        for listener, down in ((self._plain, self._down), (self._proxy, self._proxy_down)):
            listener.start()
            if down:
                listener.stop()
        return self

    def stop(self) -> None:
        self._running = False
        self._plain.stop()
        self._proxy.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._plain.port}{self.prefix}"

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self._proxy.port}"

    @property
    def ca_file(self) -> Path:
        assert self._authority is not None, "not started"
        return self._authority.file

    @property
    def proxy_down(self) -> bool:
        """Connections to the proxy are refused."""
        return self._proxy_down

    @proxy_down.setter
    def proxy_down(self, down: bool) -> None:
        if down != self._proxy_down and self._running:
            self._proxy.stop() if down else self._proxy.start()
        self._proxy_down = down

    @property
    def down(self) -> bool:
        """Connections to `url` are refused."""
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        if down != self._down and self._running:
            self._plain.stop() if down else self._plain.start()
        self._down = down

    def environ(self, real_hosts: bool = False) -> dict[str, str]:
        """Variables for a program; a caller that wants no others must not inherit any."""
        if real_hosts:
            ca = str(self.ca_file)
            return {
                "HTTPS_PROXY": self.proxy_url,
                "https_proxy": self.proxy_url,
                "NO_PROXY": "",
                "no_proxy": "",
                "SSL_CERT_FILE": ca,
                "REQUESTS_CA_BUNDLE": ca,
                "NODE_EXTRA_CA_CERTS": ca,
            }
        return {
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "GEMINI_SETUP_TOKEN_URL": f"{self.url}/token",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    # --- what it is told -----------------------------------------------------------------------------------

    def studio_key(
        self,
        text: str | None = None,
        *,
        standard: bool = False,
        project: Project | None = None,
        vertex: bool = False,
        api_enabled: bool = True,
        restricted_to_other_apis: bool = False,
        websites: Sequence[str] = (),
        addresses: Sequence[str] = (),
        android: bool = False,
        ios: bool = False,
        expired: bool = False,
        leaked: bool = False,
        suspended: bool = False,
        deleted: bool = False,
        owner_disabled: bool = False,
        denied: bool = False,
        quota: Quota = "ok",
        quota_value: int = 20,
        billing: Billing = "ok",
        location_supported: bool = True,
        models: Sequence[str] | None = None,
        fault: Fault | None = None,
        fault_on: Sequence[str] = (),
    ) -> Key:
        """Registers a key; with `project` given, the project's own states come from there."""
        if project is None:
            project = Project(
                gemini_api=api_enabled,
                denied=denied,
                quota=quota,
                quota_value=quota_value,
                billing=billing,
                location_supported=location_supported,
                models=None if models is None else tuple(models),
            )
        key = Key(
            text or random_key(standard=standard),
            standard,
            project,
            vertex,
            restricted_to_other_apis,
            tuple(websites),
            tuple(addresses),
            android,
            ios,
            expired,
            leaked,
            suspended,
            deleted,
            owner_disabled,
            fault,
            tuple(fault_on),
        )
        self._book.add_project(project)
        with self._book.lock:
            self._book.keys[key.text] = key
        return key

    def unknown_key(self, *, standard: bool = False) -> str:
        """A text of the right shape that nobody registered."""
        return random_key(standard=standard)

    def service_account(
        self,
        *,
        project: Project | None = None,
        projects: Sequence[Project] = (),
        name: str = "gemini",
        role: bool = True,
        disabled: bool = False,
        deleted: bool = False,
        key_revoked: bool = False,
        api_enabled: bool = True,
        billing: Billing = "ok",
        quota: Quota = "ok",
        fresh: bool = False,
        fault: Fault | None = None,
        fault_on: Sequence[str] = (),
    ) -> Account:
        """Registers a service account; `fresh` makes an RSA key of its own instead of the process's."""
        if project is None:
            project = Project(vertex_api=api_enabled, billing=billing, quota=quota)
        email = f"{name}@{project.id}.iam.gserviceaccount.com"
        account = Account(
            email,
            project,
            rsa_key(fresh=fresh),
            role=role,
            projects=list(projects),
            disabled=disabled,
            deleted=deleted,
            key_revoked=key_revoked,
            fault=fault,
            fault_on=tuple(fault_on),
        )
        for known in (project, *projects):
            self._book.add_project(known)
        with self._book.lock:
            self._book.accounts[email] = account
        return account

    def gcloud_user(
        self,
        *,
        projects: Sequence[Project] = (),
        quota_project: Project | None = None,
        revoked: bool = False,
        reauth: bool = False,
    ) -> User:
        """Registers a person's application-default credentials (`type: authorized_user`)."""
        secret = random_key()[3:]
        user = User(
            "someone@example.com",
            list(projects),
            f"{secret[:12].lower()}.apps.googleusercontent.com",
            "GOC" + "SPX-" + secret[:28],
            "1/" + "/" + "0g" + secret,
            quota_project,
            revoked,
            reauth,
        )
        for known in (*projects, *([quota_project] if quota_project else [])):
            self._book.add_project(known)
        with self._book.lock:
            self._book.users[user.refresh_token] = user
        return user

    def project(self, project: Project | None = None) -> Project:
        """Registers a project, so that a path may name it (an unregistered one is "not found")."""
        project = project or Project()
        self._book.add_project(project)
        return project

    def model(self, name: str, state: ModelState = "ok", *, locations: Sequence[str] | None = None) -> None:
        """Sets a model's state, on Vertex AI in `locations` only; a new name is added to the lists."""
        if name not in self._models:
            self._models[name] = Model(
                name, name.replace("-", " ").title(), "001", vertex=True, everywhere=True
            )
        self._model_states[name] = (state, None if locations is None else tuple(locations))

    def fault(self, route: str, fault: Fault, times: int | None = None) -> None:
        """Spoils the next `times` answers (None: all) of a route, or of "*"."""
        if route not in ROUTES and route != "*" and route.partition(".")[0] not in NAMES:
            raise ValueError(f"no route {route!r}")
        with self._book.lock:
            self._book.waiting.append(Waiting(route, fault, times))

    def clear_faults(self) -> None:
        with self._book.lock:
            self._book.waiting.clear()

    def shorten_tokens(self, seconds: int) -> None:
        """Access tokens that are given out from now on live for so long."""
        self._book.lifetime = seconds

    def expire_tokens(self) -> None:
        """Every access token given out so far is past its hour from now on."""
        with self._book.lock:
            for token in self._book.tokens.values():
                token.expires = 0.0

    # --- what it saw ---------------------------------------------------------------------------------------

    def seen(self, route: str) -> list[Seen]:
        with self._condition:
            return [seen for seen in self.requests if seen.route == route]

    def forget(self) -> None:
        """Empties requests and proxy_requests."""
        with self._condition:
            self.requests.clear()
            self.proxy_requests.clear()

    def wait_for(self, route: str, n: int = 1, timeout: float = PATIENCE) -> list[Seen]:
        """Waits until n requests of a route have arrived, answered or not."""
        with self._condition:
            if not self._condition.wait_for(lambda: len(self._of(route)) >= n, timeout):
                raise TimeoutError(f"{len(self._of(route))} of {n} requests of {route} after {timeout} s")
            return self._of(route)

    def wait_aborted(self, route: str, timeout: float = PATIENCE) -> Seen:
        """Waits until a client has closed the connection on a delayed answer of a route."""
        with self._condition:
            if not self._condition.wait_for(lambda: any(s.aborted for s in self._of(route)), timeout):
                raise TimeoutError(f"no {route} request was aborted within {timeout} s")
            return next(s for s in self._of(route) if s.aborted)

    def _of(self, route: str) -> list[Seen]:
        return [seen for seen in self.requests if seen.route == route]

    def now(self) -> float:
        self.cloud.skew = self.clock_offset
        return self.cloud.now()

    # --- connections ---------------------------------------------------------------------------------------

    def _serve_plain(self, connection: Connection) -> None:
        self._serve(connection, "http", "127.0.0.1", self._plain.port)

    def _serve_proxy(self, connection: Connection) -> None:
        request = connection.read()
        with self._condition:
            self.proxy_requests.append((request.method, request.target))
            self._condition.notify_all()
        host, _, port = request.target.rpartition(":")
        if self.proxy_auth is not None and not self._allowed(request):
            self._refuse(connection, 407, [("Proxy-Authenticate", 'Basic realm="loopback"')])
        elif request.method != "CONNECT" or port != "443" or not self._leads_to(host):
            self._refuse(connection, 403, [])
        else:
            authority = self._stranger if self.untrusted else self._authority
            assert authority is not None
            connection.establish()
            try:
                connection.wrap(authority.context(host))
            except OSError:
                with self._condition:
                    self.tls_failures.append(host)
                    self._condition.notify_all()
                raise
            self._serve(connection, "https", host, 443)

    def _leads_to(self, host: str) -> bool:
        return self.any_host or f".{host}".endswith(".googleapis.com") or host == self.gateway != ""

    def _allowed(self, request: Request) -> bool:
        assert self.proxy_auth is not None
        want = base64.b64encode(":".join(self.proxy_auth).encode()).decode("ascii")
        return request.headers.get("proxy-authorization", "") == f"Basic {want}"

    @staticmethod
    def _refuse(connection: Connection, status: int, headers: list[tuple[str, str]]) -> None:
        body = f"<html><body><h1>{status}: the loopback proxy says no</h1></body></html>\n".encode("ascii")
        connection.write(Response(status, [("Content-Type", "text/html"), *headers], body, close=True))

    def _serve(self, connection: Connection, scheme: str, host: str, port: int) -> None:
        while True:
            request = connection.read()
            call = self._understand(request, scheme, host)
            name, _, _ = request.headers.get("host", host).partition(":")
            seen = Seen(
                request.method,
                scheme,
                name,
                port,
                call.path,
                call.query,
                request.headers,
                request.body,
                call.route,
                connection.number,
            )
            with self._condition:
                self.requests.append(seen)
                self._condition.notify_all()
            self._notice(call, scheme, host)
            try:
                going_on = self._respond(connection, call, seen)
            except Closed:
                with self._condition:
                    seen.aborted, seen.sent = True, connection.sent
                    self._condition.notify_all()
                raise
            if not going_on or request.headers.get("connection", "").lower() == "close":
                return

    def _notice(self, call: Call, scheme: str, host: str) -> None:
        """What the management hosts want to know of every request."""
        request = call.request
        token_route = call.route == "token"
        self.cloud.watch(scheme, host, request.target, request.headers, request.body, token_route=token_route)
        for text in {call.key, call.bearer} - {None}:
            self.cloud.note_use(str(text))

    def _respond(self, connection: Connection, call: Call, seen: Seen) -> bool:
        fault = self._book.take_fault(call.route)
        answer, owner = answers.failure(503, generates=False), None
        if fault is None or not fault.before:
            answer, owner = self._answer(call)
        if fault is None and owner is not None and (not owner.fault_on or call.route in owner.fault_on):
            fault = owner.fault
        if self.latency > 0:
            connection.wait(self.latency)
        if fault is not None:
            if fault.delay > 0:
                connection.wait(fault.delay)
            if fault.silence:
                connection.wait(None)
            if fault.drop:
                return False
        response = self._dress(call, answer, fault)
        # Known before the first byte leaves: a client that has read the answer may ask at once what was seen.
        spoiled = fault is not None and fault.status is not None
        seen.status, seen.source = response.status, "a fault" if spoiled else answer.source
        return connection.write(response)

    def _understand(self, request: Request, scheme: str, host: str) -> Call:
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = parts.path
        inner: str | None = path
        if scheme == "http" and self.prefix:
            inner = path.removeprefix(self.prefix) if path.startswith(f"{self.prefix}/") else None
        method, route, groups = request.method, "other", dict[str, str]()
        managed = scheme == "https" and host in SERVICES
        if managed:
            route = self.cloud.route(host, method, path)
        for wanted, kind, pattern in _PATHS if inner is not None and not managed else ():
            if method != wanted or (scheme == "https" and host != self.gateway and not _belongs(kind, host)):
                continue
            if found := pattern.fullmatch(inner or ""):
                route = kind
                groups = {name: unquote(text) for name, text in found.groupdict().items() if text is not None}
                break
        if groups.get("verb") == "countTokens":
            route = "count" if route == "generate" else "vertex-count"
        authorization = request.headers.get("authorization")
        bearer = None
        if authorization is not None and authorization.lower().startswith("bearer"):
            bearer = authorization[6:].strip()
        key = request.headers.get("x-goog-api-key") or query.get("key") or None
        return Call(request, route, path, query, groups, key, bearer, authorization, host if managed else "")

    def _dress(self, call: Call, answer: Answer, fault: Fault | None) -> Response:
        """Puts Google's headers on an answer and the fault into it."""
        if fault is not None and fault.status is not None:
            if fault.body is not None:
                answer = Answer(fault.status, text=fault.body, content_type=fault.content_type or "text/html")
            elif fault.status >= 300:
                answer = answers.failure(fault.status, generates=call.route in _GENERATES)
                if call.route in _LISTS_ERRORS:
                    answer = answer.as_list()
            else:
                answer = replace(answer, status=fault.status)
        body = answer.body
        headers = {
            "Content-Type": answer.content_type,
            "Vary": "Origin, X-Origin, Referer",
            "Date": formatdate(self.now(), usegmt=True),
            "Server": "scaffolding on HTTPServer2",
            "X-XSS-Protection": "0",
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
            "Alt-Svc": 'h3=":443"; ma=2592000',
            **answer.headers,
        }
        response = Response(answer.status, [], body)
        response.head_only = call.request.method == "HEAD"
        if answer.events is not None:
            response.chunks = tuple(event.encode("utf-8") for event in answer.events)
        takes_gzip = "gzip" in call.request.headers.get("accept-encoding", "")
        if self.gzip and takes_gzip and answer.events is None and len(body) > 256 and fault is None:
            headers["Content-Encoding"] = "gzip"
            response.body = squeeze(body)
        if fault is not None:
            self._spoil(response, headers, fault)
        response.headers = list(headers.items())
        return response

    @staticmethod
    def _spoil(response: Response, headers: dict[str, str], fault: Fault) -> None:
        if fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        if fault.content_type is not None:
            headers["Content-Type"] = fault.content_type
        headers.update(fault.headers)
        if fault.gzip_garbage:
            headers["Content-Encoding"] = "gzip"
            response.body, response.chunks = b"\x1f\x8b" + b"this is no gzip" * 20, None
        if fault.bomb is not None:
            headers["Content-Encoding"] = "gzip"
            response.body, response.chunks = bomb(fault.bomb), None
        if fault.truncate:
            response.chunks = None
            response.cut = len(response.body) // 2
        response.huge = fault.huge
        response.reset = fault.reset
        response.drip, response.drip_head = fault.drip, fault.drip_head

    # --- answers -------------------------------------------------------------------------------------------

    def _answer(self, call: Call) -> tuple[Answer, Owner | None]:
        handlers: dict[str, Callable[[Call], tuple[Answer, Owner | None]]] = {
            "models": self._native,
            "generate": self._native,
            "count": self._native,
            "openai-models": self._openai,
            "openai-chat": self._openai,
            "token": self._token,
            "certs": self._certs,
            "vertex-models": self._vertex,
            "vertex-generate": self._vertex,
            "vertex-count": self._vertex,
            "vertex-openai": self._vertex,
        }
        if call.host:
            request = call.request
            return self.cloud.answer(call.host, request.method, request.target, request.headers, request.body)
        handler = handlers.get(call.route)
        if handler is None:
            other = self.others(call.request, call.request.headers.get("host", "").partition(":")[0])
            if other is not None:
                return other, None
            return answers.google_page(404, call.path), None
        return handler(call)

    def _find_token(self, text: str | None) -> Token | None:
        with self._book.lock:
            return self._book.tokens.get(text or "")

    def _token(self, call: Call) -> tuple[Answer, Owner | None]:
        verdict = tokens.exchange(call.request.body, self._book, self.now())
        return verdict.answer, verdict.owner

    def _certs(self, call: Call) -> tuple[Answer, Owner | None]:
        with self._book.lock:
            account = self._book.accounts.get(call.part("email"))
        if account is None or account.deleted:
            return answers.google_page(404, call.path), account
        found: dict[str, str] = {}
        if not account.key_revoked:
            found[account.key_id] = account_certificate(account.private_key, account.unique_id)
        return answers.certificates(found), account

    # The Developer API, native.

    def _native(self, call: Call) -> tuple[Answer, Owner | None]:
        method = _native_method(call, call.part("version"))
        if call.key is not None and call.bearer:
            return answers.sent_twice_native(), self._book.find_key(call.key)
        if call.key is None:
            return self._native_bearer(call, method)
        key = self._book.find_key(call.key)
        if key is None:
            if call.key.startswith("AQ."):
                return answers.taken_for_token(GEMINI, method), None
            return answers.key_not_valid(), None
        return self._refusal(key, call, method) or self._studio(call, key.project), key

    def _native_bearer(self, call: Call, method: str) -> tuple[Answer, Owner | None]:
        if not call.bearer:
            return answers.unregistered_callers(), None
        token = self._find_token(call.bearer)
        if token is None:
            if call.bearer.startswith("AQ.") and self._book.find_key(call.bearer) is None:
                return answers.bearer_key_blocked(method), None
            return answers.taken_for_token(GEMINI, method), self._book.find_key(call.bearer)
        return self._token_refusal(token, GEMINI, method) or self._studio(call, _project(token)), token.owner

    def _token_refusal(self, token: Token, service: str, method: str) -> Answer | None:
        if token.expires <= self.now() or (isinstance(token.owner, Account) and token.owner.deleted):
            return answers.token_expired(service, method)
        scopes = token.scopes
        if service == GEMINI:
            good = tokens.CLOUD in scopes and _RETRIEVER in scopes
        else:
            good = tokens.CLOUD in scopes or (_NARROW in scopes and "CountTokens" not in method)
        return None if good else answers.scope_insufficient(service, method)

    def _refusal(self, key: Key, call: Call, method: str) -> Answer | None:
        """What stands between a known key and the Gemini API, or None."""
        number = key.project.number
        referrer = call.request.headers.get("referer", "")
        if key.expired:
            return answers.key_expired()
        if key.leaked:
            return answers.key_leaked()
        if key.suspended or key.project.suspended:
            return answers.consumer_suspended(key.text, number, GEMINI)
        if key.owner_disabled:
            return answers.owner_disabled()
        if key.restricted_to_other_apis or key.vertex:
            return answers.service_blocked(GEMINI, method, number)
        if key.websites and not any(fnmatch(referrer, pattern) for pattern in key.websites):
            return answers.referrer_blocked(referrer, number)
        if key.addresses and CALLER not in key.addresses:
            return answers.address_blocked(CALLER, number)
        if key.android or key.ios:
            return answers.app_blocked("android" if key.android else "ios", number)
        return None

    def _studio(self, call: Call, project: Project) -> Answer:
        """The Developer API's answer to a caller that it takes."""
        if not project.answers(GEMINI):
            return answers.service_disabled(GEMINI, str(project.number))
        if not project.location_supported:
            return answers.location_not_supported()
        if call.route in ("models", "openai-models"):
            return self._studio_models(call, project)
        version, openai = call.part("version") or "v1main", call.route == "openai-chat"
        asked = call.json()
        if asked is None:
            return answers.bad_json()
        name = call.part("model")
        if openai:
            name = str(asked.get("model", "")).removeprefix("models/")
        problem = self._studio_model(name, version, call.part("verb"))
        if problem is not None:
            return problem
        if not asked.get("messages" if openai else "contents"):
            return answers.bad_request("* GenerateContentRequest.contents: contents is not specified\n")
        if call.route == "count":
            return answers.counted()
        return self._studio_obstacle(project, name) or self._generate(call, name, asked)

    def _studio_obstacle(self, project: Project, model: str) -> Answer | None:
        if project.denied:
            return answers.project_denied()
        if project.billing == "overdue":
            return answers.billing_overdue(project.number)
        if project.billing == "country":
            return answers.billing_country()
        if project.billing == "needs-linking":
            return answers.location_needs_billing()
        if project.quota != "ok":
            return answers.quota(project.quota, model, project.number, project.quota_value)
        if self._state(model) == "overloaded":
            return answers.overloaded()
        return None

    def _state(self, name: str, location: str | None = None) -> ModelState:
        state, locations = self._model_states.get(name, ("ok", None))
        return state if locations is None or location in locations else "ok"

    def _studio_model(self, name: str, version: str, verb: str) -> Answer | None:
        model = self._models.get(name)
        wanted = verb.replace("streamG", "g") or "generateContent"
        gone = (
            model is None or self._state(name) in ("missing", "hidden") or (model.alias and version == "v1")
        )
        methods = model.document["supportedGenerationMethods"] if model is not None else []
        if model is None or gone or (isinstance(methods, list) and wanted not in methods):
            return answers.model_missing(name, version, wanted)
        if self._state(name) == "retired":
            return answers.model_retired(name)
        if model.kind == "speech" and wanted == "generateContent":
            return answers.only_audio(name)
        return None

    def _offered(self, project: Project, *, vertex: bool = False) -> list[Model]:
        found = [
            m for m in self._models.values() if self._state(m.name) != "hidden" and (m.vertex or not vertex)
        ]
        if project.models is None:
            return found
        return [self._models[name] for name in project.models if name in self._models]

    def _studio_models(self, call: Call, project: Project) -> Answer:
        offered = self._offered(project)
        if call.route == "openai-models":
            rows: list[object] = [
                {"id": f"models/{m.name}", "object": "model", "owned_by": "google", "display_name": m.title}
                for m in offered
            ]
            return answers.ok({"object": "list", "data": rows}, "google-facts §2.1 /v1beta/openai/models")
        if name := call.part("model"):
            if name not in self._models or self._state(name) in ("missing", "hidden"):
                return answers.model_missing(name, call.part("version"))
            return answers.ok(self._models[name].document, "public API reference, models.get")
        if call.part("version") == "v1":
            offered = [m for m in offered if not m.alias]  # google-facts §4: aliases exist only on v1beta
        return _page("models", [m.document for m in offered], call.query)

    def _generate(self, call: Call, name: str, asked: dict[str, object]) -> Answer:
        vertex = call.route.startswith("vertex")
        if call.route in ("openai-chat", "vertex-openai"):
            said = str(asked.get("model", name))
            make = answers.completion_stream if asked.get("stream") else answers.completion
            return make(self.reply, said, int(self.now()))
        if call.part("verb") == "streamGenerateContent":
            events = call.query.get("alt") == "sse"
            return answers.generated_stream(self.reply, name, events=events, vertex=vertex)
        return answers.generated(self.reply, name, vertex=vertex)

    # The Developer API, OpenAI-compatible.

    def _openai(self, call: Call) -> tuple[Answer, Owner | None]:
        method = _native_method(call, "v1main")
        if call.bearer is None:
            return answers.no_authorization_header(), None
        if not call.bearer:
            return answers.empty_bearer(), None
        key, token = self._book.find_key(call.bearer), self._find_token(call.bearer)
        if key is None and token is None:
            if call.bearer.startswith("AQ."):
                return answers.invalid_auth_key(), None
            if call.key is not None:
                return answers.sent_twice_openai(), None
            if call.bearer.startswith("AI" + "za") and self.openai_bad_key == "credentials-missing":
                return answers.keys_not_supported(GEMINI, method).as_list(), None
            return answers.please_pass_valid_key(), None
        owner = key if key is not None else token.owner if token is not None else None
        if call.key is not None:
            return answers.sent_twice_openai(), owner
        if key is not None:
            answer = self._refusal(key, call, method) or self._studio(call, key.project)
        else:
            assert token is not None
            answer = self._token_refusal(token, GEMINI, method) or self._studio(call, _project(token))
        return answer.as_list(), owner

    # Vertex AI.

    def _vertex(self, call: Call) -> tuple[Answer, Owner | None]:
        answer, owner = self._vertex_answer(call)
        return (answer.as_list() if call.route == "vertex-openai" else answer), owner

    def _vertex_answer(self, call: Call) -> tuple[Answer, Owner | None]:
        method = _vertex_method(call)
        if call.key is not None:
            return self._vertex_key(call, call.key, method)
        if not call.bearer:
            return answers.no_credential_vertex(method), None
        token = self._find_token(call.bearer)
        if token is None:
            key = self._book.find_key(call.bearer)
            if call.bearer.startswith(("AQ.", "AI" + "za")):
                return answers.taken_for_token(VERTEX, method), key
            return answers.token_unknown(VERTEX, method), None
        owner = token.owner
        refusal = self._token_refusal(token, VERTEX, method) or self._quota_project(call, owner)
        return refusal or self._platform(call, owner), owner

    def _vertex_key(self, call: Call, text: str, method: str) -> tuple[Answer, Owner | None]:
        key = self._book.find_key(text)
        if key is None:
            # Not recorded for a made-up key (google-facts §9): the native route's words.
            if text.startswith("AQ."):
                return answers.taken_for_token(VERTEX, method), None
            return answers.keys_not_supported(VERTEX, method), None
        if key.standard:
            return answers.keys_not_supported(VERTEX, method), key
        if not key.vertex:
            return answers.service_blocked(VERTEX, method, key.project.number), key
        if key.expired:
            return answers.key_expired(VERTEX), key
        if key.leaked:
            return answers.key_leaked(), key
        if key.suspended or key.project.suspended:
            return answers.consumer_suspended(key.text, key.project.number, VERTEX), key
        if key.owner_disabled:
            return answers.owner_disabled(), key
        return self._platform(call, key), key

    def _quota_project(self, call: Call, owner: Owner) -> Answer | None:
        """A person's token says nothing about whose quota it uses (google-facts §2.1, §5.1)."""
        if not isinstance(owner, User):
            return None
        named = call.request.headers.get("x-goog-user-project")
        if named is None:
            return answers.quota_project_missing() if call.route == "vertex-models" else None
        project = self._book.find_project(named)
        known = [*owner.projects, *([owner.quota_project] if owner.quota_project else [])]
        return None if project in known else answers.quota_project_denied(named)

    def _platform(self, call: Call, owner: Owner) -> Answer:
        """Vertex AI's answer to a caller that it knows."""
        own = _own_project(owner)
        if call.route == "vertex-models":
            named = call.request.headers.get("x-goog-user-project")
            own = self._book.find_project(named or "") or own
            if own is not None and not own.answers(VERTEX):
                return answers.service_disabled(VERTEX, own.id)
            return self._platform_models(call, own or Project())
        named_project = call.part("project")
        project = self._book.find_project(named_project) if named_project else own
        if project is None:
            return answers.project_not_found(named_project)
        if not project.answers(VERTEX):
            return answers.service_disabled(VERTEX, named_project or str(project.number))
        if project.billing == "disabled":
            return answers.billing_disabled(project.number)
        location = call.part("location") or "global"
        asked = call.json()
        if asked is None:
            return answers.bad_json()
        name = call.part("model")
        resource = f"projects/{named_project or project.id}/locations/{location}"
        openai = call.route == "vertex-openai"
        if not _may_predict(owner, project):
            rest = "endpoints/openapi" if openai else f"publishers/google/models/{name}"
            return answers.role_missing(f"{resource}/{rest}")
        if openai:
            said = str(asked.get("model", ""))
            publisher, _, name = said.partition("/")
            if not name:
                return answers.malformed_publisher_model(said)
            if publisher != "google":
                return answers.vertex_model_missing(project.id, location, name)
        return self._platform_model(call, project, location, name, asked)

    def _platform_model(
        self, call: Call, project: Project, location: str, name: str, asked: dict[str, object]
    ) -> Answer:
        model, state = self._models.get(name), self._state(name, location)
        here = model is not None and model.vertex and location in LOCATIONS
        if (
            not here
            or (model is not None and not model.everywhere and location != "global")
            or (state in ("retired", "missing", "hidden"))
        ):
            return answers.vertex_model_missing(project.id, location, name)
        contents = asked.get("messages" if call.route == "vertex-openai" else "contents")
        if not isinstance(contents, list) or not contents:
            return answers.bad_request(
                "Unable to submit request because at least one contents field is required."
            )
        if call.route != "vertex-openai" and any(
            not isinstance(c, dict) or c.get("role") not in ("user", "model") for c in contents
        ):
            return answers.bad_request("Please use a valid role: user, model.")
        if call.route == "vertex-count":
            return answers.counted(vertex=True)
        if project.quota != "ok":
            return answers.vertex_quota(project.quota, name)
        if state == "overloaded":
            return answers.overloaded()
        return self._generate(call, name, asked)

    def _platform_models(self, call: Call, project: Project) -> Answer:
        if name := call.part("model"):
            model = self._models.get(name)
            if model is None or not model.vertex or self._state(name) in ("missing", "hidden", "retired"):
                return answers.vertex_model_missing(project.id, "global", name)
            return answers.ok(model.vertex_document, "public API reference, publishers.models.get")
        rows = [m.vertex_document for m in self._offered(project, vertex=True)]
        return _page("publisherModels", rows, call.query)


def _belongs(kind: str, host: str) -> bool:
    """On real host names every service answers for itself only."""
    if kind == "token":
        return host in (_TOKEN_HOST, _CERTS_HOST)
    if kind == "certs":
        return host == _CERTS_HOST
    if kind.startswith("vertex"):
        return _VERTEX_HOST.fullmatch(host) is not None
    return host == GEMINI


def _native_method(call: Call, version: str) -> str:
    package = f"google.ai.generativelanguage.{version}"
    if call.route in ("models", "openai-models"):
        return f"{package}.ModelService.ListModels"
    verb = call.part("verb") or "generateContent"
    if call.route == "openai-chat":
        asked = call.json() or {}
        verb = "streamGenerateContent" if asked.get("stream") else verb
    return f"{package}.GenerativeService.{verb[0].upper()}{verb[1:]}"


def _vertex_method(call: Call) -> str:
    package = f"google.cloud.aiplatform.{call.part('version') or 'v1beta1'}"
    if call.route == "vertex-models":
        return f"{package}.ModelGardenService.{'Get' if call.part('model') else 'List'}PublisherModel" + (
            "" if call.part("model") else "s"
        )
    if call.route == "vertex-count":
        return f"{package}.LlmUtilityService.CountTokens"
    verb = call.part("verb") or "chatCompletions"
    return f"{package}.PredictionService.{verb[0].upper()}{verb[1:]}"


def _project(token: Token) -> Project:
    return _own_project(token.owner) or Project()


def _own_project(owner: Owner) -> Project | None:
    if isinstance(owner, User):
        return owner.quota_project or (owner.projects[0] if owner.projects else None)
    return owner.project


def _may_predict(owner: Owner, project: Project) -> bool:
    if isinstance(owner, Key):
        return owner.project is project
    if isinstance(owner, Account) and owner.predicts is not None:
        return owner.predicts(project)
    if isinstance(owner, Account) and owner.role and owner.project is project:
        return True
    return any(known is project for known in owner.projects)


def _page(name: str, rows: list[dict[str, object]], query: dict[str, str]) -> Answer:
    """One page of a list, as pageSize and pageToken ask."""
    size, start = 50, 0
    with contextlib.suppress(ValueError):
        size = min(int(query.get("pageSize") or 50) or 50, 1000)
    token = query.get("pageToken", "")
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token.encode("ascii")).decode("ascii").removeprefix("from "))
        except ValueError:
            return answers.bad_request("Invalid page token.")
    found: dict[str, object] = {name: rows[start : start + size]}
    if start + size < len(rows):
        found["nextPageToken"] = base64.urlsafe_b64encode(f"from {start + size}".encode("ascii")).decode(
            "ascii"
        )
    return answers.ok(found, "public API reference, models.list; google-facts §2.1")
