"""Doing it at Google (DESIGN §9), for both faces: what is offered, what a person may wish for, and the plan of it.

A plan is a value (`provision.plan.Plan`); `fulfilment.carry_out` does what it names and nothing else.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.google import gcloud, urls
from gemini_setup.i18n.errors import Worded
from gemini_setup.model.credentials import (
    Access,
    ApiKey,
    GcloudSignIn,
    Service,
    ServiceAccount,
    is_profile_name,
)
from gemini_setup.model.made import Made, MadeKind, Stage
from gemini_setup.provision.plan import DAYS, MOST_DAYS, Flow, Plan, Project, Retire
from gemini_setup.system.threads import blocking

if TYPE_CHECKING:
    from gemini_setup.model.events import Report
    from gemini_setup.provision.session import Session
    from gemini_setup.vault.vault import Vault

FORBIDDEN: Final = "GEMINI_SETUP_NO_PROVISION"
_FILE: Final = "no-provision"

#: Repairs by the cause of a check (DESIGN §9); `key-*` and the like are replaced by a key that is right.
_NEW_KEY: Final = frozenset(
    {
        "key-restricted-to-other-apis", "key-restricted-to-websites", "key-restricted-to-addresses",
        "key-restricted-to-android-apps", "key-restricted-to-ios-apps", "key-unrestricted",
        "api-keys-not-supported", "key-expired", "key-leaked", "key-owner-disabled", "key-not-valid",
        "key-taken-for-token",
    }
)  # fmt: skip
_NEW_ACCOUNT_KEY: Final = frozenset({"service-account-key-revoked", "private-key-unreadable"})


#: What a diagnosis may ask to be turned on.
_TURNED_ON: Final = frozenset(
    {urls.GEMINI_SERVICE, urls.VERTEX_SERVICE, urls.service_of(urls.IAM_CREDENTIALS)}
)


class NotPossible(Worded):
    """It cannot be done here, whoever asks: `str()` is the sentence."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be offered on this computer, from its files alone.

    `ready`: a person's own sign-in of gcloud's is there. `gcloud`: where it is not, but gcloud is, which can sign in.
    `forbidden`: an administrator or a variable says no. `quota_project`: the project that gcloud counts requests to.
    """

    ready: bool = False
    gcloud: bool = False
    forbidden: bool = False
    quota_project: str = ""
    foreign: bool = False  # the sign-in's file names a host that is not Google's


#: Signs a person in for programs such as this one; gcloud opens the browser and asks.
SIGN_IN: Final = ("gcloud", "auth", "application-default", "login")


def forbidding_file() -> Path:
    """Where an administrator forbids it for everybody on this computer."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA") or r"C:\ProgramData") / "gemini-setup" / _FILE
    if sys.platform == "darwin":
        return Path("/Library/Application Support/gemini-setup") / _FILE
    return Path("/etc/gemini-setup") / _FILE


def is_forbidden(environ: Mapping[str, str]) -> bool:
    return environ.get(FORBIDDEN, "").strip().lower() not in ("", "0", "no", "false") or os.path.lexists(
        forbidding_file()
    )


def offer(desk: AppContext) -> Offer:
    """Blocking, a few milliseconds; asks nobody."""
    if is_forbidden(desk.environ):
        return Offer(forbidden=True)
    found = gcloud.look(desk.environ)
    if isinstance(found, gcloud.SignIn) and not found.account:
        return Offer(ready=True, quota_project=found.project if urls.is_project(found.project) else "")
    there = shutil.which("gcloud", path=desk.environ.get("PATH")) is not None
    return Offer(gcloud=there, foreign=found is gcloud.Missing.FOREIGN)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants done. `project` "" is looked up: by `projects`, and they choose.

    `account`: the service account that lacks the role. `api`: what to turn on, "" for the service's own. `retire`: for a
    rotation, how what we made is to go.
    """

    flow: Flow
    profile: str
    service: Service = Service.STUDIO
    project: str = ""
    location: str = urls.DEFAULT_LOCATION
    days: int = DAYS
    account: str = ""
    api: str = ""
    retire: Retire = Retire.QUIET


def for_report(report: Report, access: Access | None) -> Wish | None:
    """What would repair what a check found; None where nothing of ours does. `access` is what was checked."""
    project = report.facts.get("project", "")
    project = project if urls.is_project(project) else ""
    service = access.service if access is not None else Service(report.facts.get("side") or Service.STUDIO)
    cause = report.cause.id
    own = access.project if access is not None else None
    if cause == "api-disabled" and project:
        api = report.facts.get("service", "")
        return Wish(Flow.ENABLE, report.profile, service, project, api=api if api in _TURNED_ON else "")
    if access is None:
        return None
    if cause == "role-missing" and isinstance(access.credential, ServiceAccount):
        return Wish(Flow.GRANT, report.profile, service, own or project, account=access.credential.email)
    if isinstance(access.credential, ApiKey) and service is Service.STUDIO and cause in _NEW_KEY:
        retire = Retire.NOW if cause in ("key-leaked", "key-expired") else Retire.QUIET
        return Wish(Flow.ROTATE, report.profile, service, project, retire=retire)
    if isinstance(access.credential, ServiceAccount) and cause in _NEW_ACCOUNT_KEY:
        place = access.location or urls.DEFAULT_LOCATION
        return Wish(Flow.ROTATE, report.profile, service, own or project, place, retire=Retire.NOW)
    return None


def session(desk: AppContext) -> Session:
    from gemini_setup.provision.session import Session, sleep

    if is_forbidden(desk.environ):
        raise NotPossible("provision_forbidden")
    found = gcloud.look(desk.environ)
    if isinstance(found, gcloud.SignIn) and found.account:
        raise NotPossible("provision_stand_in", account=found.account)
    return Session(desk.environ, pause=desk.pause or sleep, now=desk.now)


async def projects(desk: AppContext) -> list[Project]:
    """The person's projects, to choose from. Raises Stopped, NotPossible."""
    from gemini_setup.provision import resource_manager

    async with session(desk) as asking:
        return await resource_manager.projects(asking, asking.quota_project)


async def plan(desk: AppContext, wish: Wish) -> Plan | None:
    """What would be done; nothing is changed. None where there is nothing to do.

    Raises Stopped (with its cause), NotPossible, VaultFault, and NoSuchProfile for a rotation of nothing.
    """
    from gemini_setup.provision import look, planner

    if not is_profile_name(wish.profile) or not 1 <= wish.days <= MOST_DAYS:
        raise ValueError("no profile, or no number of days")
    there, old = await blocking(lambda: _there(desk, wish))
    wish = _completed(wish, there, old)
    if not urls.is_project(wish.project):
        raise NotPossible("provision_project")
    key = wish.service is Service.STUDIO
    flow = wish.flow
    if flow is Flow.ROTATE:
        flow = Flow.CREATE_KEY if key else Flow.CREATE_ACCOUNT
    async with session(desk) as asking:
        sight = await look.look(asking, wish.project, flow, wish.service)
    if flow is Flow.ENABLE:
        return planner.enable(sight, wish.profile, wish.service, wish.api)
    if flow is Flow.GRANT:
        return planner.grant(sight, wish.profile, wish.account)
    replaces = there is not None
    if flow is Flow.CREATE_KEY:
        made = planner.create_key(sight, wish.profile, replaces=replaces)
    else:
        made = planner.create_account(sight, wish.profile, wish.location, days=wish.days, replaces=replaces)
    if wish.flow is Flow.ROTATE and made.makes is not None:
        return planner.rotated(made, old, wish.retire)
    return made


def _there(desk: AppContext, wish: Wish) -> tuple[Access | None, Made | None]:
    """What the profile holds, and the object of ours at Google that this is. NoSuchProfile for a rotation of nothing."""
    from gemini_setup.vault.faults import NoSuchProfile

    vault = desk.open_vault()
    try:
        kept = vault.read(wish.profile)
    except NoSuchProfile:
        if wish.flow is Flow.ROTATE:
            raise
        return None, None
    return kept.access, made_of(vault, wish.profile, kept.access)


def made_of(vault: Vault, profile: str, access: Access) -> Made | None:
    """The object of ours at Google that a profile's credential is, by what the list noted of it."""
    found = [one for one in vault.made() if one.profile == profile and is_it(one, access)]
    return found[-1] if found else None


def is_it(made: Made, access: Access) -> bool:
    """Is the credential this object? By its kind and last four characters, and for an account by all of its names."""
    credential = access.credential
    if isinstance(credential, ApiKey):
        return made.kind is MadeKind.API_KEY and made.hint == credential.hint != ""
    if isinstance(credential, ServiceAccount):
        right = (made.name, made.account) == (credential.key_id, credential.email)
        return made.kind is MadeKind.SERVICE_ACCOUNT_KEY and right
    return False


def is_retiring(vault: Vault, profile: str, access: Access) -> bool:
    """Is it to be deleted at Google, once nothing uses it?"""
    made = made_of(vault, profile, access)
    return made is not None and made.stage is Stage.RETIRING


def back_in_use(vault: Vault, profile: str, access: Access) -> None:
    """What was to be deleted, and is a profile's own again, stays."""
    from gemini_setup.vault.faults import VaultFault

    made = made_of(vault, profile, access)
    if made is not None and made.stage is Stage.RETIRING:
        with suppress(VaultFault):  # before anything is deleted, the keyring is looked at again
            vault.note_made(made.at(Stage.USED, retire="", retire_after="", disabled=""))


def _completed(wish: Wish, there: Access | None, old: Made | None) -> Wish:
    """A rotation is of the same kind, in the same project, where that is known."""
    if wish.flow is not Flow.ROTATE or there is None:
        return wish
    if isinstance(there.credential, GcloudSignIn):
        raise NotPossible("provision_sign_in")
    if isinstance(there.credential, ApiKey) and there.service is Service.VERTEX:
        raise NotPossible("provision_express")
    project = old.project if old is not None else wish.project or there.project or ""
    place = there.location or wish.location
    return replace(wish, service=there.service, project=project, location=place)


async def plan_restore(desk: AppContext, profile: str) -> Plan | None:
    """Bring back the previous credential of a profile, which we have deleted or disabled at Google.

    None where it needs nothing there. Raises NotPossible where it is too late, VaultFault.
    """
    from gemini_setup.provision import planner

    made = await blocking(lambda: _previous_made(desk, profile))
    if made is None or (made.stage is not Stage.DELETED and not made.disabled):
        return None
    session(desk)  # NotPossible where it is forbidden
    if made.stage is Stage.DELETED and made.kind is MadeKind.SERVICE_ACCOUNT_KEY:
        raise NotPossible("provision_gone")
    if made.stage is Stage.DELETED and days_since(made.deleted, desk.now()) >= UNDELETE_DAYS:
        raise NotPossible("provision_too_late", days=str(UNDELETE_DAYS))
    return planner.restore(made)


def _previous_made(desk: AppContext, profile: str) -> Made | None:
    vault = desk.open_vault()
    before = vault.previous(profile)
    return made_of(vault, profile, before.access) if before is not None else None


#: Days for which Google brings a deleted API key back.
UNDELETE_DAYS: Final = 30


def days_since(at: str, now: float) -> float:
    """Of a time of the list; endless for one that cannot be read."""
    from gemini_setup.model.reminders import moment

    then = moment(at)
    return (now - then.timestamp()) / 86400 if then is not None else float("inf")


def seconds(at: str, now: float) -> float:
    """A time of the list in seconds of this computer's own clock, which checks measure ages by."""
    return time.time() - days_since(at, now) * 86400


def moment(now: float) -> str:
    """A time as the list has it."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
