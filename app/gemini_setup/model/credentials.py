"""The values that every part speaks in: secrets, credentials, profiles. Knows nothing else of the program."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gemini_setup.model.outcomes import Outcome

DEFAULT_PROFILE: Final = "default"

#: What a profile may be called; `usage/reader.py` has a copy, as it must not load this module.
PROFILE_NAME: Final = "[a-z0-9-]{1,32}"


class Service(StrEnum):
    STUDIO = "studio"
    VERTEX = "vertex"


class Kind(StrEnum):
    API_KEY = "api_key"
    SERVICE_ACCOUNT = "service_account"
    ADC = "adc"


class Secret:
    """A text that must not be printed by accident: `reveal()` is the only way to it.

    Not a `str`, so formatting, logging, `json.dumps` and tracebacks show a mask; comparing takes constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @property
    def hint(self) -> str:
        """The last four characters, the way a person recognises a key; nothing for a short text."""
        return self._text[-4:] if len(self._text) >= 12 else ""

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # It brings OpenSSL: 3 ms that the first frame and `get` need not wait for.
        from hmac import compare_digest

        return compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. Only a live answer tells which service accepts it (google-facts §1.1)."""

    secret: Secret

    @property
    def kind(self) -> Kind:
        return Kind.API_KEY

    @property
    def hint(self) -> str:
        return self.secret.hint


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account's key file. `document` is its JSON on one line, as kept in the keyring."""

    document: Secret
    email: str
    project: str
    key_id: str = ""
    client_id: str = ""

    @property
    def kind(self) -> Kind:
        return Kind.SERVICE_ACCOUNT

    @property
    def hint(self) -> str:
        return self.key_id[-4:]


@dataclass(frozen=True, slots=True)
class GcloudSignIn:
    """gcloud's own sign-in on this computer: no secret of ours, only the fact that it is used."""

    @property
    def kind(self) -> Kind:
        return Kind.ADC

    @property
    def hint(self) -> str:
        return ""


Credential = ApiKey | ServiceAccount | GcloudSignIn


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs that differ from Google's own, as a profile's head keeps them; None means Google's."""

    gemini: str | None = None
    vertex: str | None = None
    token: str | None = None

    def __bool__(self) -> bool:
        return bool(self.gemini or self.vertex or self.token)

    def as_json(self) -> dict[str, str | None] | None:
        return {"gemini": self.gemini, "vertex": self.vertex, "token": self.token} if self else None


@dataclass(frozen=True, slots=True)
class Access:
    """A credential with all that is needed to use it: what is checked, kept and read back.

    `project` and `location` are None for an AI Studio key.
    """

    credential: Credential
    service: Service
    project: str | None = None
    location: str | None = None
    endpoints: Endpoints = field(default_factory=Endpoints)


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """What one head of the keyring holds: an access, its generation (from 1) and when it was kept (UTC, RFC 3339)."""

    access: Access
    generation: int
    created: str


@dataclass(frozen=True, slots=True)
class ReplacedCredential:
    """The credential that a rotation has replaced and that is not yet proven dead (DESIGN §7). Never a secret.

    `service` is None where an older version wrote it. `kept` is when it was kept, `replaced` when the new one took its
    place, `deleted` when the person said that it was deleted at Google (each UTC, RFC 3339, or None), `dead` whether
    asking it has proven that; `refused` the cause by which Google refused it when it was last asked, proof or not;
    `model` the one that it answered with.
    """

    kind: Kind
    hint: str = ""
    project: str | None = None
    kept: str | None = None
    service: Service | None = None
    replaced: str | None = None
    deleted: str | None = None
    dead: bool = False
    model: str | None = None
    refused: str | None = None

    @property
    def useless(self) -> bool:
        """Nobody can use it any longer, as far as the program knows."""
        return self.dead or bool(self.refused)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "hint": self.hint,
            "project": self.project,
            "kept": self.kept,
            "service": self.service.value if self.service else None,
            "replaced": self.replaced,
            "deleted": self.deleted,
            "dead": self.dead,
            "model": self.model,
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of the index: everything that may be shown about a kept credential. Never a secret.

    `kind` and `service` are None for a credential that the index has lost: what it is shows when it is read. `standard`:
    an API key of the older form, which Google is retiring (google-facts §1.2). `old` is set while a rotation is open.
    `removing`: it is being removed, or its removal did not come to its end; the person finishes it or keeps it.
    """

    name: str
    kind: Kind | None = None
    service: Service | None = None
    hint: str = ""
    project: str | None = None
    location: str | None = None
    model: str | None = None
    kept: str | None = None
    checked: str | None = None
    outcome: Outcome | None = None
    cause: str | None = None
    backend: str | None = None
    events: tuple[tuple[str, str], ...] = ()
    standard: bool = False
    old: ReplacedCredential | None = None
    delivered: tuple[tuple[str, str, str], ...] = ()  # tool, place, and what kept it from following, or ""
    removing: bool = False
    worked: str | None = None  # when a check last found that it works
    ours: bool = False  # this program made it at Google: `rotate` can retire what it replaces
    expires: str | None = None  # when it ends at Google, where that is known
    retiring: bool = False  # the one before it is deleted at Google once nothing uses it any longer

    @property
    def last_worked(self) -> str | None:
        """Also of a row that an older version wrote."""
        return self.worked or (self.checked if self.cause == "works" else None)

    def as_json(self) -> dict[str, Any]:
        return {
            "profile": self.name,
            "kind": self.kind.value if self.kind else None,
            "service": self.service.value if self.service else None,
            "hint": self.hint,
            "project": self.project,
            "location": self.location,
            "model": self.model,
            "kept": self.kept,
            "checked": self.checked,
            "outcome": self.outcome.value if self.outcome else None,
            "cause": self.cause,
            "backend": self.backend,
            "events": [{"at": at, "what": what} for at, what in self.events],
            "standard": self.standard,
            "old": self.old.as_json() if self.old else None,
            "delivered": [
                {"tool": tool, "place": place, "trouble": trouble or None}
                for tool, place, trouble in self.delivered
            ],
            "removing": self.removing,
            "worked": self.worked,
            "ours": self.ours,
            "expires": self.expires,
            "retiring": self.retiring,
        }


def is_profile_name(name: str) -> bool:
    return re.fullmatch(PROFILE_NAME, name) is not None
