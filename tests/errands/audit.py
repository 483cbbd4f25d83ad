"""The plan held against what Google has written down: the same deeds, in the same order, and nothing beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gemini_setup.provision.plan import ROLE, Act, Write
from tests.errands.stage import Stage
from tests.loopback.management import Cloud, Entry


@dataclass(frozen=True)
class Deed:
    """What a write of a plan must look like in the ledger."""

    method: str  # the end of the discovery id
    object: str  # a pattern of the full name
    member: tuple[str, str] | None = None  # (role, member) that the policy gains
    asks: str = ""  # what Google is to look at before it deletes

    def fits(self, entry: Entry) -> bool:
        return (
            entry.id.endswith(self.method)
            and re.fullmatch(self.object, entry.object) is not None
            and (
                self.member is None
                or ({(role, who) for role, who, _ in entry.gained} == {self.member} and not entry.lost)
            )
            and (not self.asks or entry.query.get("checkExistingUsage") == [self.asks])
        )


def deed(write: Write) -> Deed:
    project = f"projects/{re.escape(write.project)}"
    key = f"{project}/locations/global/keys/{re.escape(write.name)}"
    account = f"{project}/serviceAccounts/{re.escape(write.account)}"
    match write.act:
        case Act.ENABLE:
            names = ", ".join(f"{project}/services/{re.escape(name)}" for name in write.names)
            return Deed(".services.batchEnable", names)
        case Act.CREATE_ACCOUNT:
            return Deed(".serviceAccounts.create", f"{project}/serviceAccounts/{re.escape(write.name)}")
        case Act.GRANT:
            return Deed(".projects.setIamPolicy", project, (write.name, f"serviceAccount:{write.account}"))
        case Act.CREATE_KEY:
            return Deed(".locations.keys.create", key)
        case Act.DELETE_KEY:
            return Deed(".locations.keys.delete", key, asks="SKIP" if write.unused else "CHECK")
        case Act.UNDELETE_KEY:
            return Deed(".locations.keys.undelete", key)
        case Act.UPLOAD_KEY:
            return Deed(".serviceAccounts.keys.upload", f"{account}/keys/[0-9a-f]+")
        case Act.DISABLE_ACCOUNT_KEY:
            return Deed(".serviceAccounts.keys.disable", f"{account}/keys/{re.escape(write.name)}")
        case Act.ENABLE_ACCOUNT_KEY:
            return Deed(".serviceAccounts.keys.enable", f"{account}/keys/{re.escape(write.name)}")
        case Act.DELETE_ACCOUNT_KEY:
            return Deed(".serviceAccounts.keys.delete", f"{account}/keys/{re.escape(write.name)}")


def differences(writes: Iterable[Write], entries: Sequence[Entry]) -> list[str]:
    """What the plan names and Google has not done, and the other way round; also what was tried and is not in the plan."""
    wanted = [deed(write) for write in writes]
    done = [entry for entry in entries if entry.applied and not entry.noop]
    found = [f"not done: {one.method} {one.object}" for one in wanted[len(done) :]]
    for number, entry in enumerate(done):
        if number >= len(wanted):
            found.append(f"not in the plan: {entry.line} {entry.object}")
        elif not wanted[number].fits(entry):
            found.append(f"instead of {wanted[number].method} {wanted[number].object}: {entry.line}")
    for entry in entries:
        if not entry.applied and not any(entry.id.endswith(one.method) for one in wanted):
            found.append(f"tried, and not in the plan: {entry.line}")
        if entry.noop:
            found.append(f"written though it was so: {entry.line}")
    return found


class Auditor:
    """Looks over the shoulder of a run: is each write noted here before it arrives there, and is it in the plan?"""

    def __init__(self, stage: Stage, cloud: Cloud) -> None:
        self._stage = stage
        self._cloud = cloud
        self._mark = cloud.ledger.mark()
        self.unnoted: list[str] = []
        cloud.ledger.listeners.append(self._hear)

    def _hear(self, entry: Entry) -> None:
        listed = {made.name: made for made in self._stage.made()}
        words = entry.path.split("/")
        method = entry.id.rpartition(".")[2]
        if method == "batchEnable":
            names = list(entry.body["serviceIds"])
        elif method == "setIamPolicy":
            names = [ROLE]
        elif entry.id.endswith("serviceAccounts.create"):
            names = [f"{entry.body['accountId']}@{words[3]}.iam.gserviceaccount.com"]
        elif entry.id.endswith("locations.keys.create"):
            names = entry.query.get("keyId", [""])
        elif method == "upload":
            waiting = self._stage.pending()
            noted = any(name.startswith("upload-") for name in listed) and waiting is not None
            names = [] if noted else ["the private half of the certificate"]
        else:
            names = [words[-1].partition(":")[0]]
        self.unnoted += [f"not noted before: {entry.line} ({name})" for name in names if name not in listed]

    def findings(self, writes: Iterable[Write]) -> list[str]:
        """Everything that is wrong, of whatever kind."""
        entries = self._cloud.ledger.since(self._mark)
        return [*differences(writes, entries), *self.unnoted, *self._cloud.take_complaints()]


def table(title: str, writes: Sequence[Write], entries: Sequence[Entry]) -> str:
    """Plan and ledger side by side, for the note of the issue."""
    rows = [f"| {title} | {len(writes)} |  |  |"]
    done = [entry for entry in entries if entry.applied and not entry.noop]
    for number in range(max(len(writes), len(done))):
        left = (
            f"{writes[number].act.value} {', '.join(writes[number].names)}" if number < len(writes) else "–"
        )
        right = done[number].line if number < len(done) else "–"
        rows.append(f"|  |  | {left} | `{right}` |")
    return "\n".join(rows)
