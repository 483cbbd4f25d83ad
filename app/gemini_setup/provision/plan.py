"""What will be done at Google, as a value: every write in order, with what it needs, its undo, and gcloud's own command.

A plan is shown before anything happens, and nothing is written that it does not name.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import Service
from gemini_setup.model.made import Made, MadeKind

ACCOUNT_NAME: Final = "gemini-setup"
#: In the description of every service account of ours: without it, one of that name is somebody else's.
MARK: Final = "[made-by: gemini-setup]"
DESCRIPTION: Final = f"For keys that Gemini Setup creates. {MARK}"
DISPLAY_NAME: Final = "Gemini Setup"
ROLE: Final = "roles/aiplatform.user"
DAYS: Final = 90  # until a certificate of ours expires
MOST_DAYS: Final = 3650


class Act(StrEnum):
    """One write at Google. The words of each are `provision.acts.<id>`."""

    ENABLE = "enable"
    CREATE_ACCOUNT = "create-account"
    GRANT = "grant"
    CREATE_KEY = "create-key"
    UPLOAD_KEY = "upload-key"
    DELETE_KEY = "delete-key"
    UNDELETE_KEY = "undelete-key"
    DISABLE_ACCOUNT_KEY = "disable-account-key"
    ENABLE_ACCOUNT_KEY = "enable-account-key"
    DELETE_ACCOUNT_KEY = "delete-account-key"


#: What a person needs for it, and the predefined role that has all of them.
PERMISSIONS: Final[Mapping[Act, tuple[tuple[str, ...], str]]] = {
    Act.ENABLE: (("serviceusage.services.enable",), "roles/serviceusage.serviceUsageAdmin"),
    Act.CREATE_ACCOUNT: (("iam.serviceAccounts.create",), "roles/iam.serviceAccountAdmin"),
    Act.GRANT: (
        ("resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"),
        "roles/resourcemanager.projectIamAdmin",
    ),
    Act.CREATE_KEY: (
        ("apikeys.keys.create", "apikeys.keys.getKeyString", "iam.serviceAccountApiKeyBindings.create"),
        "roles/serviceusage.apiKeysAdmin",
    ),
    Act.UPLOAD_KEY: (
        ("iam.serviceAccountKeys.create", "iam.serviceAccountKeys.list"),
        "roles/iam.serviceAccountKeyAdmin",
    ),
    Act.DELETE_KEY: (("apikeys.keys.delete",), "roles/serviceusage.apiKeysAdmin"),
    Act.UNDELETE_KEY: (("apikeys.keys.undelete",), "roles/serviceusage.apiKeysAdmin"),
    Act.DISABLE_ACCOUNT_KEY: (("iam.serviceAccountKeys.disable",), "roles/iam.serviceAccountKeyAdmin"),
    Act.ENABLE_ACCOUNT_KEY: (("iam.serviceAccountKeys.enable",), "roles/iam.serviceAccountKeyAdmin"),
    Act.DELETE_ACCOUNT_KEY: (("iam.serviceAccountKeys.delete",), "roles/iam.serviceAccountKeyAdmin"),
}
#: The binding of a key to an account is in another role than the making of keys.
_OTHER_ROLE: Final = {
    "iam.serviceAccountApiKeyBindings.create": "roles/iam.serviceAccountApiKeyBindingAdmin",
    "serviceusage.services.use": "roles/serviceusage.serviceUsageConsumer",
}
USE: Final = "serviceusage.services.use"
#: The API that an act is a call of.
HOST_OF: Final[Mapping[Act, str]] = {
    Act.ENABLE: urls.SERVICE_USAGE, Act.CREATE_ACCOUNT: urls.IAM, Act.GRANT: urls.RESOURCE_MANAGER,
    Act.CREATE_KEY: urls.API_KEYS, Act.UPLOAD_KEY: urls.IAM, Act.DELETE_KEY: urls.API_KEYS,
    Act.UNDELETE_KEY: urls.API_KEYS, Act.DISABLE_ACCOUNT_KEY: urls.IAM, Act.ENABLE_ACCOUNT_KEY: urls.IAM,
    Act.DELETE_ACCOUNT_KEY: urls.IAM,
}  # fmt: skip
_UNDONE_BY: Final[Mapping[Act, Act]] = {
    Act.CREATE_KEY: Act.DELETE_KEY,
    Act.UPLOAD_KEY: Act.DELETE_ACCOUNT_KEY,
    Act.DELETE_KEY: Act.UNDELETE_KEY,
    Act.UNDELETE_KEY: Act.DELETE_KEY,
    Act.DISABLE_ACCOUNT_KEY: Act.ENABLE_ACCOUNT_KEY,
    Act.ENABLE_ACCOUNT_KEY: Act.DISABLE_ACCOUNT_KEY,
}


_RETIRING: Final = frozenset({Act.DELETE_KEY, Act.DISABLE_ACCOUNT_KEY, Act.DELETE_ACCOUNT_KEY})


class Flow(StrEnum):
    """What a plan is for. The words are `provision.flows.<id>`."""

    CREATE_KEY = "create-key"
    CREATE_ACCOUNT = "create-account"
    ENABLE = "enable"
    GRANT = "grant"
    ROTATE = "rotate"
    RESTORE = "restore"
    DELETE = "delete"


class Retire(StrEnum):
    """What becomes of the credential that a new one replaces."""

    QUIET = "quiet"  # deleted once Google says that nothing has used it for 7 days
    NOW = "now"  # a leak
    KEEP = "keep"


def role_for(permission: str) -> str:
    """The predefined role that has a permission of ours, "" for another one."""
    if permission in _OTHER_ROLE:
        return _OTHER_ROLE[permission]
    return next((role for names, role in PERMISSIONS.values() if permission in names), "")


def new_intent() -> str:
    """Eight letters and digits: what marks everything that one plan makes."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(8))


def email_of(name: str, project: str) -> str:
    """The address of a service account. A project of a domain ("example.com:one") has its parts the other way round."""
    domain, _, bare = project.rpartition(":")
    return (
        f"{name}@{bare}.{domain}.iam.gserviceaccount.com"
        if domain
        else f"{name}@{project}.iam.gserviceaccount.com"
    )


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it is shown. `ai_studio`: AI Studio has made it. `owned`: an organization or folder owns it."""

    id: str
    number: str = ""
    name: str = ""
    ai_studio: bool = False
    owned: bool | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One request that changes something. `names`: services to turn on, else the one name of what is written.

    `later`: not now but by a later start, once nothing uses it any longer. `unused`: only we have ever seen it, or it
    leaked, so that Google is not asked whether it is in use.
    """

    act: Act
    project: str
    names: tuple[str, ...]
    account: str = ""
    days: int = 0
    later: bool = False
    unused: bool = False

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def permissions(self) -> tuple[str, ...]:
        return PERMISSIONS[self.act][0]

    @property
    def undo(self) -> Act | None:
        """What takes it back; None where only a person should, by hand: an API, a role, an account."""
        return _UNDONE_BY.get(self.act)

    def facts(self) -> dict[str, str]:
        """For the words."""
        return {
            "project": self.project,
            "name": self.name,
            "names": ", ".join(self.names),
            "account": self.account,
            **({"days": str(self.days)} if self.days else {}),
        }

    @property
    def command(self) -> tuple[str, ...]:
        """gcloud's command that does the same."""
        where = () if self.act is Act.GRANT else (f"--project={self.project}",)
        return ("gcloud", *_gcloud(self), *where)


def _gcloud(write: Write) -> tuple[str, ...]:
    name, account = write.name, write.account
    keys, of_account = ("services", "api-keys"), ("iam", "service-accounts", "keys")
    match write.act:
        case Act.ENABLE:
            return ("services", "enable", *write.names)
        case Act.CREATE_ACCOUNT:
            bare = name.partition("@")[0]
            return (
                "iam", "service-accounts", "create", bare, f"--display-name={DISPLAY_NAME}",
                f"--description={DESCRIPTION}",
            )  # fmt: skip
        case Act.GRANT:
            member = f"--member=serviceAccount:{account}"
            return (
                "projects", "add-iam-policy-binding", write.project, member, f"--role={name}", "--condition=None",
            )  # fmt: skip
        case Act.CREATE_KEY:
            return (
                *keys, "create", f"--key-id={name}", f"--service-account={account}",
                f"--api-target=service={urls.GEMINI_SERVICE}",
            )  # fmt: skip
        case Act.UPLOAD_KEY:
            return (*of_account, "upload", "CERTIFICATE.pem", f"--iam-account={account}")
        case Act.DELETE_KEY | Act.UNDELETE_KEY:
            return (*keys, write.act.value.removesuffix("-key"), name, "--location=global")
        case _:
            return (
                *of_account,
                write.act.value.removesuffix("-account-key"),
                name,
                f"--iam-account={account}",
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done, by one consent.

    `replaces`: the profile holds a credential, which becomes the previous one. `old`: what we made and now retire.
    `unsure`: Google did not say what this account may do, so the first write may be refused.
    """

    flow: Flow
    intent: str
    profile: str
    project: Project
    service: Service
    writes: tuple[Write, ...]
    location: str | None = None
    days: int = DAYS
    replaces: bool = False
    retire: Retire | None = None
    old: Made | None = None
    unsure: bool = False

    @property
    def now(self) -> tuple[Write, ...]:
        """What is written at once."""
        return tuple(write for write in self.writes if not write.later)

    @property
    def before(self) -> tuple[Write, ...]:
        """What is written before the new credential is in use: all, where there is none."""
        return tuple(write for write in self.now if self.makes is None or write.act not in _RETIRING)

    @property
    def after(self) -> tuple[Write, ...]:
        """What is written once the new credential is in use."""
        return tuple(write for write in self.now if write not in self.before)

    @property
    def makes(self) -> Act | None:
        """The write that makes a credential, None for a plan without one."""
        return next((w.act for w in self.writes if w.act in (Act.CREATE_KEY, Act.UPLOAD_KEY)), None)

    def as_json(self) -> dict[str, object]:
        return {
            "version": 1,
            "flow": self.flow.value,
            "profile": self.profile,
            "project": self.project.id,
            "replaces": self.replaces,
            "retire": self.retire.value if self.retire else None,
            "writes": [
                {
                    "act": write.act.value,
                    "project": write.project,
                    "names": list(write.names),
                    "account": write.account or None,
                    "later": write.later,
                    "undo": write.undo.value if write.undo else None,
                    "command": list(write.command),
                }
                for write in self.writes
            ],
        }


KIND_OF: Final[Mapping[Act, MadeKind]] = {
    Act.ENABLE: MadeKind.API,
    Act.CREATE_ACCOUNT: MadeKind.SERVICE_ACCOUNT,
    Act.GRANT: MadeKind.ROLE,
    Act.CREATE_KEY: MadeKind.API_KEY,
    Act.UPLOAD_KEY: MadeKind.SERVICE_ACCOUNT_KEY,
}
