"""What this program has made at Google, as it is listed: with what it is for now, and how it is undone by hand."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_setup.actions import errands
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.model.credentials import Profile
from gemini_setup.model.made import OPEN, RESTORING, Made, MadeKind, Stage


@dataclass(frozen=True, slots=True)
class Listed:
    """`state` is an id of `provision.states`; `command` what a person would run to undo it."""

    made: Made
    state: str
    command: tuple[str, ...]

    def as_json(self) -> dict[str, str | None]:
        made = self.made
        return {
            "kind": made.kind.value,
            "name": made.name,
            "project": made.project,
            "profile": made.profile,
            "state": self.state,
            "created": made.created or None,
            "expires": made.expires or None,
            "retire_after": made.retire_after or None,
            "account": made.account or None,
            "deleted": made.deleted or None,
        }


def listed() -> list[Listed]:
    """Blocking, from the list alone: nothing is asked, and no secret is read."""
    from gemini_setup.vault.factory import open_index

    index = open_index()
    rows = {row.name: row for row in index.profiles()}
    return [Listed(made, state(made, rows.get(made.profile)), undo(made)) for made in index.made()]


def is_any_due(desk: AppContext) -> bool:
    """Blocking, from the list alone: is there something for `loose_ends.finish`, today?"""
    from gemini_setup.vault.factory import open_index

    return bool(due(open_index().made(), desk.now())) and not errands.is_forbidden(desk.environ)


def due(listed: list[Made], now: float) -> list[Made]:
    """What a killed run left, what waits for Google, and what is to be retired by now."""
    return [
        made
        for made in listed
        if made.stage in OPEN
        or (made.stage is Stage.DELETED and made.retire == RESTORING)
        or (made.stage is Stage.RETIRING and errands.days_since(made.retire_after, now) >= 0)
    ]


def state(made: Made, row: Profile | None) -> str:
    if made.stage is Stage.DELETED:
        return "deleted"
    if made.stage is Stage.RETIRING:
        return "retiring"
    if made.stage in (Stage.INTENDED, Stage.PENDING):
        return "pending"
    if not made.is_credential:
        return "in-use"
    if row is not None and made.is_of(row.name, row.kind, row.hint):
        return "in-use"
    if row is not None and row.old is not None and made.is_of(row.name, row.old.kind, row.old.hint):
        return "previous"
    return "unused"


def undo(made: Made) -> tuple[str, ...]:
    """gcloud's command that undoes it by hand."""
    project = f"--project={made.project}"
    match made.kind:
        case MadeKind.API_KEY:
            verb = "undelete" if made.stage is Stage.DELETED else "delete"
            return ("gcloud", "services", "api-keys", verb, made.name, "--location=global", project)
        case MadeKind.SERVICE_ACCOUNT_KEY:
            if made.stage is Stage.DELETED:
                return ()
            of = f"--iam-account={made.account}"
            return ("gcloud", "iam", "service-accounts", "keys", "delete", made.name, of, project)
        case MadeKind.SERVICE_ACCOUNT:
            return ("gcloud", "iam", "service-accounts", "disable", made.name, project)
        case MadeKind.API:
            return ("gcloud", "services", "disable", made.name, project)
        case _:
            member = f"--member=serviceAccount:{made.account}"
            return (
                "gcloud", "projects", "remove-iam-policy-binding", made.project, member, f"--role={made.name}",
                "--condition=None",
            )  # fmt: skip
