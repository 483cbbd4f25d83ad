"""The management hosts as tests see them: what is there, what is asked, what was written, and what must not have been."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from tests.loopback.states import Account, Project, Registry, User, random_key

from . import apikeys, iam, others, replies, resourcemanager, rules, serviceusage
from .documents import SERVICES, Match, document
from .ledger import Entry, Ledger, without_secrets
from .replies import Answer
from .state import ROLES, AccountKey, ApiKey, CloudProject, Policy, ServiceAccount
from .world import Asked, Refused, World, basics, check_quota_project, token_of

Handler = Callable[[Asked], Answer]
When = Literal["before", "after"]
_HANDLERS: dict[str, Handler] = {
    **apikeys.HANDLERS,
    **serviceusage.HANDLERS,
    **resourcemanager.HANDLERS,
    **iam.HANDLERS,
    **others.HANDLERS,
}
#: A request that is in no document, in `Seen.route` and for faults.
UNKNOWN = "management"
#: What a test may plant a fault on.
NAMES = (*(name.partition(".")[0] for name in SERVICES), UNKNOWN)


@dataclass
class Hook:
    """Something that happens when a method is asked for: before Google does it, or after, with no answer given yet."""

    pattern: str
    when: When
    call: Callable[[str], None]  # is told the method; what it raises ends the connection
    left: int | None


class Cloud(World):
    """Google's management hosts; `google.cloud`."""

    def __init__(self, book: Registry) -> None:
        super().__init__(book)
        self.ledger = Ledger()
        self.asked: list[str] = []  # the discovery id of every request, reads too
        self.complaints: list[str] = []
        self._hooks: list[Hook] = []
        self._watch = rules.Watch(self, book)

    # --- what it is told -----------------------------------------------------------------------------------

    def project(
        self,
        name: str | None = None,
        *,
        services: Iterable[str] = (),
        parent: str | None = None,
        constraints: Iterable[str] = (),
        billing: bool = True,
        display: str = "My Project",
        young: bool = False,
    ) -> CloudProject:
        """A project whose policy has a person of its own and one conditional binding, as every real one."""
        inner = Project(name) if name is not None else Project()
        made = CloudProject(inner, display, self.now(), self.now, parent, billing)
        made.services = basics(self, tuple(services))
        made.constraints = set(constraints)
        made.policy = Policy(
            [
                {"role": "roles/owner", "members": ["user:first-owner@example.com"]},
                {
                    "role": "roles/aiplatform.user",
                    "members": ["group:night-shift@example.com"],
                    "condition": {
                        "title": "this year",
                        "expression": 'request.time < timestamp("2030-01-01T00:00:00Z")',
                    },
                },
            ]
        )
        if young:
            made.listed = self.rising(self.delays.listed)
        inner.switched = made.answers
        with self.lock:
            self.projects[made.id] = made
        self.register(inner)
        return made

    def ai_studio_project(self, **more: Any) -> CloudProject:
        """The one that AI Studio makes for a new person."""
        number = f"{len(self.projects):010d}"
        services = ("generativelanguage.googleapis.com",)
        return self.project(
            f"gen-lang-client-{number}", services=services, billing=False, display="Gemini API", **more
        )

    def person(
        self,
        email: str = "someone@example.com",
        *,
        roles: Mapping[CloudProject, str] | None = None,
        quota_project: CloudProject | None = None,
    ) -> User:
        """Somebody signed in with gcloud; `.text` is the file that gcloud writes."""
        secret = random_key()[3:]
        own = [project.project for project in roles or {}]
        user = User(
            email,
            own,
            f"764086051850-{secret[:12].lower()}.apps.googleusercontent.com",
            "GOC" + "SPX-" + secret[:28],
            "1/" + "/" + "0g" + secret,
            quota_project.project if quota_project is not None else None,
        )
        with self.book.lock:
            self.book.users[user.refresh_token] = user
        with self.lock:
            self.people[email] = user
        for project, role in (roles or {}).items():
            project.allowed[email] = set(ROLES[role])
            if role != "none":
                project.policy.add(f"roles/{role}", f"user:{email}")
        return user

    def allow(self, project: CloudProject, email: str, *permissions: str) -> None:
        project.allowed.setdefault(email, set()).update(permissions)

    def forbid(self, project: CloudProject, email: str, *permissions: str) -> None:
        project.allowed.setdefault(email, set()).difference_update(permissions)

    def api_keys(self, project: CloudProject) -> list[ApiKey]:
        return list(project.keys.values())

    def plant_key(self, project: CloudProject, **fields: Any) -> ApiKey:
        """A key that is there already: `key_id`, `text`, and the fields of the API in `fields`."""
        with self.lock:
            return apikeys.plant(self, project, **fields)

    def plant_account(
        self, project: CloudProject, name: str, *, display: str = "", description: str = ""
    ) -> ServiceAccount:
        with self.lock:
            return iam.plant(self, project, name, display=display, description=description)

    def plant_account_key(self, one: ServiceAccount, certificate: x509.Certificate) -> AccountKey:
        with self.lock:
            return iam.plant_key(self, one, certificate)

    def hook(
        self, pattern: str, call: Callable[[str], None], *, when: When = "before", times: int | None = None
    ) -> None:
        """Calls `call(method)` at each matching request: "before" Google does it, or "after", before it answers."""
        self._hooks.append(Hook(pattern, when, call, times))

    def unhook(self) -> None:
        self._hooks.clear()

    # --- what it saw ---------------------------------------------------------------------------------------

    def take_complaints(self) -> list[str]:
        """What was complained of so far, taken away: for a test that breaks a rule on purpose."""
        with self.lock:
            found, self.complaints[:] = list(self.complaints), []
        return found

    def assert_clean(self) -> None:
        found = self.take_complaints()
        assert not found, "the management hosts complain:\n" + "\n".join(found)

    def _complain(self, found: Iterable[str]) -> None:
        with self.lock:
            self.complaints += [one for one in found if one not in self.complaints]

    def note_use(self, text: str) -> None:
        """A request with that key has come to a Gemini or Vertex host."""
        with self.lock:
            if (found := self.api_key(text)) is not None:
                found[1].used.append(self.now())

    def watch(
        self,
        scheme: str,
        host: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        token_route: bool,
    ) -> None:
        """Every request to every host."""
        if self.projects or self.people:
            self._complain(self._watch.look(scheme, host, target, headers, body, token_route=token_route))

    # --- answers -------------------------------------------------------------------------------------------

    def route(self, host: str, http: str, path: str) -> str:
        """The discovery id of a request."""
        found = document(host).match(http, path)
        return UNKNOWN if found is None else found.method.id

    def answer(
        self, host: str, http: str, target: str, headers: Mapping[str, str], raw: bytes
    ) -> tuple[Answer, User | Account | None]:
        parts = urlsplit(target)
        match = document(host).match(http, parts.path)
        if match is None:
            self._complain([f"{http} {host}{parts.path} is in none of Google's documents"])
            return replies.google_page(404, parts.path), None
        name = match.method.id
        self._call_hooks(name, "before")
        with self.lock:
            self.asked.append(name)
            apikeys.purge(self)
            answer, owner = self._judge(
                host, match, parse_qs(parts.query, keep_blank_values=True), headers, raw
            )
        self._call_hooks(name, "after")
        return answer, owner

    def _call_hooks(self, name: str, when: When) -> None:
        for one in list(self._hooks):
            if one.when == when and one.left != 0 and fnmatchcase(name, one.pattern):
                if one.left is not None:
                    one.left -= 1
                one.call(name)

    def _judge(
        self,
        host: str,
        match: Match,
        query: dict[str, list[str]],
        headers: Mapping[str, str],
        raw: bytes,
    ) -> tuple[Answer, User | Account | None]:
        method, paper = match.method, document(host)
        self._complain(rules.of_method(method.id))
        body: Any = None
        if raw:
            try:
                body = json.loads(raw)
            except ValueError:
                body = raw.decode("utf-8", "replace")
        wrong = [*paper.wrong_query(method, query), *paper.wrong_body(method, body)]
        entry = None
        if method.writes:
            path = f"/{method.template}".replace("{+", "{")
            for name, text in match.names.items():
                path = path.replace(f"{{{name}}}", text)
            entry = self.ledger.add(
                Entry(0, method.http, host, path, query, method.id, without_secrets(body), self.now())
            )
        caller: User | Account | None = None
        asked = None
        try:
            token = token_of(self, headers, host, method.id)
            caller = token.owner
            check_quota_project(self, headers, host, caller)
            if wrong:
                self._complain(wrong)
                raise Refused(_unreadable(wrong))
            asked = Asked(self, host, method, match.names, query, body or {}, caller, entry)
            answer = self._handle(asked)
        except Refused as refused:
            answer = refused.answer
        if entry is not None:
            entry.status = answer.status
            if asked is not None:
                self._complain(rules.of_write(self, asked, entry))
        if answer.status == 200:
            self._complain(paper.wrong_answer(method, answer.document))
        return answer, caller

    def _handle(self, asked: Asked) -> Answer:
        if asked.method.id.endswith(".operations.get"):
            return self._look(asked)
        handler = _HANDLERS.get(asked.method.id)
        if handler is None:
            self._complain([f"{asked.method.id}: the stand-in does not know it, and we have no use for it"])
            return replies.error(501, "UNIMPLEMENTED", "Operation is not implemented.", source="the stand-in")
        return handler(asked)

    def _look(self, asked: Asked) -> Answer:
        """An operation: `done` is absent until it is."""
        name = asked.name
        if name == serviceusage.NOOP:
            raise Refused(replies.invalid("The operation cannot be polled."))
        found = self.operations.get(name)
        if found is None or found.host != asked.host or found.lost:
            raise Refused(replies.not_found(f"Operation {name} not found."))
        found.looks += 1
        said: dict[str, Any] = {"name": name}
        if found.metadata is not None:
            said["metadata"] = found.metadata
        if found.looks > found.polls and not found.stuck:
            said |= {"done": True, **found.result}
        return replies.done(said, "A0 operations")


def _unreadable(wrong: list[str]) -> Answer:
    message = "Invalid JSON payload received. " + " ".join(f"{one}." for one in wrong)
    return replies.invalid(message, ["request"])
