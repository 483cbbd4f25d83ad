"""What all the handlers share: the book of projects, one request with its caller, and the order in which Google refuses."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback.states import Account, Key, Project, Registry, Token, User

from . import replies
from .clock import Clock, Delays, Ripening, Wait
from .documents import Method
from .ledger import Entry
from .replies import Answer
from .state import BASICS, ApiKey, CloudProject, Operation, ServiceAccount

CLOUD = "https://www.googleapis.com/auth/cloud-platform"
#: Asked without a quota project these answer all the same.
_BOOTSTRAP = {"serviceusage.googleapis.com"}


class Refused(Exception):
    """A handler's no."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class World:
    """The state behind all the hosts; its lock is held while a request is answered."""

    def __init__(self, book: Registry) -> None:
        self.book = book
        self.lock = threading.RLock()
        self.clock = Clock()
        self.skew = 0.0  # Google.clock_offset
        self.delays = Delays()
        self.projects: dict[str, CloudProject] = {}
        self.people: dict[str, User] = {}
        self.operations: dict[str, Operation] = {}
        self.resourcemanager_wants_quota_project = False
        self.noop_says_done = True
        self.reads_per_minute = 240  # of apikeys, per project
        self.writes_per_minute = 120
        self.page_size = 0  # most rows of a page of any list; 0: as many as Google gives
        self.stuck_operations = False  # from now on none is ever done
        self.lost_operations = False  # from now on none is ever found
        self._minutes: dict[tuple[int, str, int], int] = {}

    def now(self) -> float:
        return self.clock.now() + self.skew

    def rising(self, wait: Wait | None = None) -> Ripening:
        return Ripening(self.now, wait)

    def find(self, name: str) -> CloudProject | None:
        return next((p for p in self.projects.values() if name in (p.id, str(p.number))), None)

    def account(self, email: str) -> ServiceAccount | None:
        """A living one, by its mail address or number."""
        for project in self.projects.values():
            for one in project.accounts.values():
                if email in (one.email, one.account.unique_id) and one.deleted is None:
                    return one
        return None

    def api_key(self, text: str) -> tuple[CloudProject, ApiKey] | None:
        for project in self.projects.values():
            if (found := project.key_of(text)) is not None:
                return project, found
        return None

    def person_of(self, owner: User | Account | None) -> str:
        return owner.email if owner is not None else ""

    def operate(
        self,
        host: str,
        prefix: str,
        number: int,
        result: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        polls: int | None = None,
    ) -> dict[str, Any]:
        """A new operation as the call that began it answers."""
        from .state import new_id

        made = Operation(
            new_id(prefix, number),
            host,
            self.delays.polls if polls is None else polls,
            dict(result),
            dict(metadata) if metadata is not None else None,
            lost=self.lost_operations,
            stuck=self.stuck_operations,
        )
        self.operations[made.name] = made
        return {"name": made.name, **({"metadata": made.metadata} if made.metadata else {})}

    def counts(self, project: CloudProject, kind: str, most: int) -> bool:
        """Counts one call of this minute; False when there were too many."""
        minute = (project.number, kind, int(self.now() // 60))
        self._minutes[minute] = self._minutes.get(minute, 0) + 1
        return self._minutes[minute] <= most

    # --- what tests set up -----------------------------------------------------------------------------------

    def register(self, project: Project) -> None:
        self.book.add_project(project)

    def register_key(self, key: Key) -> None:
        with self.book.lock:
            self.book.keys[key.text] = key

    def register_account(self, account: Account) -> None:
        with self.book.lock:
            self.book.accounts[account.email] = account


@dataclass
class Asked:
    """One request to a management host, its caller known and its quota project found."""

    world: World
    host: str
    method: Method
    names: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: dict[str, Any]
    caller: User | Account
    entry: Entry | None  # of a write
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return self.caller.email

    @property
    def name(self) -> str:
        """The one resource that the path names."""
        return next(iter(self.names.values()), "")

    def words(self) -> list[str]:
        return self.name.split("/")

    def parameter(self, name: str, otherwise: str = "") -> str:
        return self.query.get(name, [otherwise])[0]

    def project(self, name: str | None = None) -> CloudProject:
        """The project of the path; one that nobody knows is refused like one that is not shown."""
        words = self.words()
        name = name if name is not None else words[1] if words[0] == "projects" and len(words) > 1 else ""
        found = self.world.find(name)
        if found is None or found.state != "ACTIVE":
            raise Refused(self._unknown(name))
        return found

    def _unknown(self, name: str) -> Answer:
        if self.host == "iam.googleapis.com":
            return replies.not_found(f"Unknown project id: {name}")
        return replies.permission_denied()

    def need(self, project: CloudProject, permission: str, resource: str = "", said: str = "") -> None:
        """Refuses a caller without that permission, as this host does."""
        if project.may(self.email, permission):
            return
        if self.host in ("iam.googleapis.com", "iamcredentials.googleapis.com"):
            raise Refused(replies.iam_permission_denied(permission, resource or f"projects/{project.id}"))
        raise Refused(replies.permission_denied(said) if said else replies.permission_denied())

    def did(self, what: str, *, noop: bool = False) -> None:
        """The write is done: `what` is the full name of its object."""
        if self.entry is not None:
            self.entry.object, self.entry.applied, self.entry.noop = what, True, noop

    def page(self, name: str, rows: list[dict[str, Any]], otherwise: int, most: int) -> dict[str, Any]:
        """One page of a list; `{}` where there is nothing."""
        size = min(int(self.parameter("pageSize", "0")) or otherwise, most, self.world.page_size or most)
        token = self.parameter("pageToken")
        if token and not (token.startswith("from-") and token[5:].isdigit()):
            raise Refused(replies.invalid("Invalid page token."))
        start = int(token[5:]) if token else 0
        found: dict[str, Any] = {name: rows[start : start + size]} if rows[start : start + size] else {}
        if start + size < len(rows):
            found["nextPageToken"] = f"from-{start + size}"
        return found


# --- the gate ---------------------------------------------------------------------------------------------------


def token_of(world: World, headers: Mapping[str, str], host: str, method: str) -> Token:
    """The token that a request carries, alive and broad enough; Refused else."""
    text = headers.get("authorization", "")
    if headers.get("x-goog-api-key"):
        raise Refused(replies.key_for_token(host, method))
    if not text.lower().startswith("bearer "):
        raise Refused(replies.unauthenticated(host, method, missing=True))
    with world.book.lock:
        token = world.book.tokens.get(text[7:].strip())
    if token is None:
        raise Refused(replies.unauthenticated(host, method))
    gone = isinstance(token.owner, Account) and (token.owner.deleted or token.owner.disabled)
    if token.expires <= world.now() or gone:
        raise Refused(replies.unauthenticated(host, method, expired=True))
    if CLOUD not in token.scopes:
        raise Refused(replies.scope(host, method))
    return token


def check_quota_project(world: World, headers: Mapping[str, str], host: str, caller: User | Account) -> None:
    """Whose quota it is, whether the caller may use it, and whether the API is on there."""
    named = headers.get("x-goog-user-project")
    if named is None:
        if isinstance(caller, Account):
            own = world.find(caller.project.id)
            if own is not None and not own.answers(host):
                raise Refused(replies.service_disabled(host, str(own.number)))
            return
        free = host in _BOOTSTRAP or (
            host == "cloudresourcemanager.googleapis.com" and not world.resourcemanager_wants_quota_project
        )
        if not free:
            raise Refused(replies.quota_project_missing(host))
        return
    project = world.find(named)
    if project is None or not project.may(caller.email, "serviceusage.services.use"):
        raise Refused(replies.quota_project_denied(host, named))
    if not project.answers(host):
        raise Refused(replies.service_disabled(host, named))


def basics(world: World, services: tuple[str, ...]) -> dict[str, Ripening]:
    return {service: Ripening(world.now) for service in (*BASICS, *services)}
