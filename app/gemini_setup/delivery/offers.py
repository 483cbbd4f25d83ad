"""What can be handed over on this computer as it is: the tools that are here, what would be written, what is there.

Blocking; writes nothing. `plan` and `deliver` do the work; this is for a face that shows it before it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gemini_setup.delivery import records as records
from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.delivery.service import Note, planned, settled
from gemini_setup.delivery.status import delivered
from gemini_setup.delivery.tools.base import DeliveryOptions, NotForThisTool, Tool
from gemini_setup.delivery.tools.registry import TOOLS
from gemini_setup.model.credentials import StoredCredential
from gemini_setup.model.events import Delivered
from gemini_setup.system.git import GitStatus
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool, or one file of a tool that needs one (`file`).

    `places` is what would be written, or what is; `fault` why nothing can be now, or None. `mine` is the delivery of this
    profile there. `owner` is another profile that is delivered there, this one's own name where it was removed since and
    what is there follows it no more, or "". `git` is what git knows of a file with a secret.
    """

    tool: str
    file: Path | None
    places: tuple[str, ...]
    plain_text: bool = False
    notes: tuple[Note, ...] = ()
    fault: DeliveryError | VaultFault | None = None
    mine: Delivered | None = None
    owner: str = ""
    git: GitStatus = GitStatus.NONE


def wish(tool: str, profile: str, file: Path | None) -> DeliveryOptions:
    """To have it delivered as it is: a file that follows this profile keeps the variables that it was written with."""
    place = None if file is None else os.path.abspath(file)
    there = (one for one in records.of(profile) if one.tool == tool and place in (None, one.places[0].name))
    return DeliveryOptions(file, next((one.variant for one in there), ""))


def offers(vault: Vault, profile: str, environ: Mapping[str, str] | None = None) -> tuple[Offer, ...]:
    """Every tool that is found here and can keep this credential, then every file that it was written to.

    Raises NoSuchProfile and VaultFault where the credential cannot be read; what is wrong with one place is its own.
    """
    environ = os.environ if environ is None else environ
    kept = vault.read(profile)
    mine = delivered(profile)
    made = []
    for tool in TOOLS.values():
        files = [Path(one.places[0]) for one in mine if one.tool == tool.id] if tool.needs_file else [None]
        for file in files:
            if tool.needs_file or tool.is_here(environ) or any(one.tool == tool.id for one in mine):
                made.append(_offer(kept, tool, profile, file, environ))
    return tuple(one for one in made if one is not None)


def offer(
    vault: Vault, tool: str, profile: str, file: Path | None = None, environ: Mapping[str, str] | None = None
) -> Offer | None:
    """One of them, as it is once what is being written just now is done. None where it cannot keep such a credential."""
    settled()
    environ = os.environ if environ is None else environ
    return _offer(vault.read(profile), TOOLS[tool], profile, file, environ)


def _offer(
    kept: StoredCredential, tool: Tool, profile: str, file: Path | None, environ: Mapping[str, str]
) -> Offer | None:
    there = [one for one in delivered() if one.tool == tool.id]
    if file is not None:
        there = [one for one in there if one.places[0] == os.path.abspath(file)]
    following = delivered(profile)
    found = next((one for one in there if one in following), None)
    places = found.places if found is not None else ()
    text = found is not None and found.plain_text
    try:
        made = planned(kept, tool, profile, wish(tool.id, profile, file), environ)
    except NotForThisTool:
        if found is None:
            return None
        return Offer(tool.id, file, places, text, fault=DeliveryError("not-for-this-tool"), mine=found)
    except DeliveryError as obstacle:
        if obstacle.id == "delivered-already":
            other = next((one for one in there if one.profile == obstacle.facts.get("profile")), None)
            if other is not None:
                return Offer(tool.id, file, other.places, other.plain_text, owner=other.profile)
        return Offer(tool.id, file, places or _asked(file), text, fault=obstacle, mine=found)
    except VaultFault as error:
        return Offer(tool.id, file, places, text, fault=error, mine=found)
    left = profile if found is None and any(one.profile == profile for one in there) else ""
    return Offer(tool.id, file, made.places, made.plain_text, made.notes, None, found, left, made.git)


def _asked(file: Path | None) -> tuple[str, ...]:
    return () if file is None else (os.path.abspath(file),)
