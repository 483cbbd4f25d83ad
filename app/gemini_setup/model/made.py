"""What this program has made at Google, as the index lists it: names, dates and where they belong. Never a secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

from gemini_setup.model.credentials import Kind


class MadeKind(StrEnum):
    API_KEY = "api_key"
    SERVICE_ACCOUNT = "service_account"
    SERVICE_ACCOUNT_KEY = "service_account_key"
    API = "api"
    ROLE = "role"


#: What can be a profile's credential; the others are what such a one needs.
CREDENTIALS: Final = frozenset({MadeKind.API_KEY, MadeKind.SERVICE_ACCOUNT_KEY})


class Stage(StrEnum):
    """How far it has come. A run that is killed leaves `intended` or `pending`: `finish` looks at Google."""

    INTENDED = "intended"  # noted, and the write may have happened or not
    MADE = "made"  # it is there; of a credential: nobody uses it
    PENDING = "pending"  # a credential whose secret waits in the keyring until it works
    USED = "used"  # a credential that was a profile's in use, and may be now
    RETIRING = "retiring"  # to be deleted from `retire_after` on
    DELETED = "deleted"


_KINDS: Final = {MadeKind.API_KEY: Kind.API_KEY, MadeKind.SERVICE_ACCOUNT_KEY: Kind.SERVICE_ACCOUNT}
#: Of a deleted one that a run was to bring back: it is looked at, whether it is there.
RESTORING: Final = "restore"

#: `Stage`s of which nobody knows yet what they will become.
OPEN: Final = frozenset({Stage.INTENDED, Stage.PENDING})


@dataclass(frozen=True, slots=True)
class Made:
    """One object at Google. `name` is its own in its project: a key's id, an account's address, a service, a role.

    `intent` is the plan that it was made by, and marks the object at Google where that can carry a mark; `account` is
    the service account that a key belongs to, or that a role was granted to. Times are UTC, RFC 3339. `hint` are the
    last four characters of a credential, by which the list finds the profile that uses it. `begins` and `expires` are a
    certificate's. `retire`: how it is to go, "quiet", "now" or "keep". `service` is that of its profile. `replaces`: the
    name of what it takes the place of, of ours too, and `then` how that is to go once it has.
    """

    kind: MadeKind
    name: str
    project: str
    profile: str
    intent: str
    stage: Stage = Stage.INTENDED
    account: str = ""
    hint: str = ""
    created: str = ""
    begins: str = ""
    expires: str = ""
    retire: str = ""
    retire_after: str = ""
    disabled: str = ""
    deleted: str = ""
    service: str = ""
    replaces: str = ""
    then: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What makes it one object among all."""
        return (self.kind.value, self.project, self.account, self.name)

    @property
    def is_credential(self) -> bool:
        return self.kind in CREDENTIALS

    def is_of(self, profile: str, kind: Kind | None, hint: str) -> bool:
        """Is it the credential of a profile, as a list of profiles shows it?"""
        return (profile, kind, hint) == (self.profile, _KINDS.get(self.kind), self.hint) and hint != ""

    def at(self, stage: Stage, **changes: Any) -> Made:
        return replace(self, stage=stage, **changes)

    def as_json(self) -> dict[str, str]:
        """For the index: members that say nothing are left out."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def made_of(document: object) -> Made | None:
    """From the index; None for what another version wrote and this one cannot read."""
    if not isinstance(document, dict):
        return None
    known: dict[str, Any] = {
        one.name: value for one in fields(Made) if isinstance(value := document.get(one.name), str)
    }
    try:
        known["kind"], known["stage"] = MadeKind(known["kind"]), Stage(known.get("stage", ""))
        return Made(**known)
    except (KeyError, ValueError, TypeError):
        return None
