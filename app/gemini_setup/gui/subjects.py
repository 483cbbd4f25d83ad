"""What the pages beside the wizard are about. The pages paint these; one that is made again shows the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemini_setup.gui.presenters.confirmations import Question
    from gemini_setup.model.credentials import Profile
    from gemini_setup.model.events import Report
    from gemini_setup.vault.faults import VaultFault


@dataclass(frozen=True, slots=True)
class Saved:
    """The profiles of the list, and the names of those that the list has lost."""

    rows: tuple[Profile, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TrapCase:
    """A diagnosis that opens the trap page; `cause` is None before anything was pasted."""

    cause: str | None
    facts: Mapping[str, str]
    report: Report | None


@dataclass(frozen=True, slots=True, eq=False)
class FaultCase:
    """What the keyring did not do, and how to try it again."""

    error: VaultFault
    again: Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class Connecting:
    """The profile that tools are connected to. Each visit is another one: what is on the computer is looked at again."""

    row: Profile


@dataclass(frozen=True, slots=True, eq=False)
class Renaming:
    """The profile that gets another name. `default` is the one that has to leave it the name "default", if any."""

    row: Profile
    default: Profile | None = None


@dataclass(slots=True)
class Subjects:
    """One for each page that has any; None while it has not been opened."""

    trap: TrapCase = field(default_factory=lambda: TrapCase(None, {}, None))
    question: Question | None = None
    fault: FaultCase | None = None
    connecting: Connecting | None = None
    renaming: Renaming | None = None
    history: Profile | None = None
    error: str | None = None  # a pasted error message, until the page has taken it
    retype: bool = False  # the key in the field is to be replaced: the page selects it when it comes up
