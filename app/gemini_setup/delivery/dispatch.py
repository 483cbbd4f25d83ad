"""Sent places: a secret at a vendor's that a team uses, put there by the vendor's own program, and again at a rotation.

They are recorded as every other delivery is (`records`), with the place and without the secret; what is at the vendor's
is never read for anything but the proof, and never deleted by us.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from gemini_setup.delivery import records as records
from gemini_setup.delivery import stash
from gemini_setup.delivery.destinations.base import Destination, is_name, is_place
from gemini_setup.delivery.destinations.directory import DESTINATIONS
from gemini_setup.delivery.destinations.vendor_program import VendorProgram, Where
from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.delivery.records import Place, Record
from gemini_setup.delivery.status import delivered, lock, shown
from gemini_setup.delivery.targets import save
from gemini_setup.delivery.tools.base import NotForThisTool
from gemini_setup.model.credentials import Access, ApiKey, Secret, ServiceAccount, StoredCredential
from gemini_setup.model.events import Delivered
from gemini_setup.system.owned_folder import Unsafe
from gemini_setup.system.paths import private_file_in_use
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault

KIND: Final = "sent"  # of a place in a record


@dataclass(frozen=True, slots=True)
class Sending:
    """What would be sent where."""

    destination: Destination
    profile: str
    where: Where
    secret: Secret
    kept: str
    stamp: str

    @property
    def command(self) -> str:
        return self.destination.shown(self.where)


def plan_sending(vault: Vault, target: str, profile: str, to: str = "", name: str = "") -> Sending:
    """Look, send nothing. Raises DeliveryError, NotForThisTool, NoSuchProfile, VaultFault."""
    destination = DESTINATIONS[target]
    if bool(to) and not destination.to:
        raise DeliveryError("no-to", tool=destination.title)
    if destination.needs_to and not to:
        raise DeliveryError("need-to", tool=destination.title, to=destination.to)
    kept = vault.read(profile)
    secret = _secret(kept.access, destination.title)
    account = isinstance(kept.access.credential, ServiceAccount)
    where = Where(to, name or (destination.account_name if account else destination.key_name))
    if not is_name(where.name) or (to and not is_place(to)):
        raise DeliveryError("odd-place")
    record = records.load(target, str(where))
    if record is not None and record.profile != profile and not record.ended:
        raise DeliveryError("sent-already", profile=record.profile, command=_command(target, where))
    return Sending(destination, profile, where, secret, kept.created, _stamp(kept))


def send(vault: Vault, planned: Sending, environ: Mapping[str, str] | None = None) -> tuple[Delivered, str]:
    """Send it, prove it, and write down where; also the vendor's version of it. Raises DeliveryError, VaultFault."""
    environ = os.environ if environ is None else environ
    target = planned.destination.id
    with lock().held():
        known = records.load(target, str(planned.where))
        record = known or _begun(target, planned)
        record.profile, record.ended = planned.profile, False
        save(record)  # before it is sent: a killed run leaves a place that the next rotation reaches
        try:
            version = _sent(planned.destination, planned.where, planned.secret, planned.stamp, environ)
        except DeliveryError:
            if known is None:
                with contextlib.suppress(OSError, Unsafe):
                    records.drop(record)
            raise
        record.trouble, record.done, record.kept = "", True, planned.kept
        save(record)
        _note(vault, planned.profile, f"sent to {target}")
    return shown(record), version


def sent_again(record: Record, kept: StoredCredential, environ: Mapping[str, str]) -> str:
    """A rotation: the new credential goes there too. The id of what stood in the way, or ""."""
    destination = DESTINATIONS[record.tool]
    try:
        secret = _secret(kept.access, destination.title)
        _sent(destination, Where.read(record.places[0].name), secret, _stamp(kept), environ)
    except NotForThisTool:
        return "not-for-this-tool"
    except DeliveryError as obstacle:
        return obstacle.id
    return ""


def forget(vault: Vault, target: str, to: str = "", name: str = "") -> list[Where]:
    """No longer send there; what is there stays. Raises DeliveryError: "not-delivered", or "which-place" for several."""
    title = DESTINATIONS[target].title
    with lock().held():
        found = [one for one in records.everything() if one.tool == target]
        places = [Where.read(one.places[0].name) for one in found]
        wanted = [
            (record, where)
            for record, where in zip(found, places, strict=True)
            if (not to or where.to == to) and (not name or where.name == name)
        ]
        if not wanted:
            raise DeliveryError("not-delivered", tool=title)
        if len(wanted) > 1:
            raise DeliveryError("which-place", places=", ".join(str(where) for _, where in wanted))
        for record, _ in wanted:
            try:
                records.drop(record)
            except (OSError, Unsafe) as error:
                raise DeliveryError("no-record", why=getattr(error, "strerror", None) or str(error)) from None
            _note(vault, record.profile, f"no longer sent to {target}")
    return [where for _, where in wanted]


def _begun(target: str, planned: Sending) -> Record:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    place = Place(KIND, str(planned.where), secret=False)
    record = Record(records.record_id(target, place.name), target, planned.profile, "", now, [place])
    return replace(record, private=private_file_in_use() is not None)


def _sent(
    destination: Destination, where: Where, secret: Secret, stamp: str, environ: Mapping[str, str]
) -> str:
    return destination.send(VendorProgram(destination.program, environ, secret), where, stamp)


def _stamp(kept: StoredCredential) -> str:
    """What tells this credential from every other of its profile, also from one of the same second."""
    return f"{re.sub(r'[^0-9]', '', kept.created)}-{kept.generation}"


def _secret(access: Access, title: str) -> Secret:
    """The key, or the service account on one line. Raises NotForThisTool."""
    if isinstance(access.credential, ApiKey):
        return access.credential.secret
    if isinstance(access.credential, ServiceAccount):
        import json

        return Secret(json.dumps(json.loads(access.credential.document.reveal())))
    raise NotForThisTool("sent_sign_in", tool=title)


def _command(target: str, where: Where) -> str:
    to = f" --to {where.to}" if where.to else ""
    return f"{target}{to} --name {where.name}"


def _note(vault: Vault, profile: str, event: str) -> None:
    rows = [
        {"tool": one.tool, "place": one.places[0], "trouble": one.trouble or None}
        for one in delivered(profile)
    ]
    with contextlib.suppress(VaultFault):
        stash.note(vault, profile, rows, event)
