"""What is said of a credential that other tools have as well: their names, places, and what stood in the way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gemini_setup.delivery.tools import gemini_cli
from gemini_setup.gui.presenters.check_result import fault_words
from gemini_setup.gui.texts import apart, has, say
from gemini_setup.i18n import cause_texts
from gemini_setup.i18n.messages import joined
from gemini_setup.vault.faults import NoSuchProfile, VaultFault

if TYPE_CHECKING:
    from gemini_setup.model.events import Delivered

#: In the order in which they are shown; here, as the first page must not import what writes to them.
TOOLS: Final = (
    "gemini-cli", "llm", "aider", "opencode", "openclaw", "pi", "dotenv", "adc", "direnv", "dotenvx", "mise", "varlock",
)  # fmt: skip
#: Those whose place is a file that the person chose.
_FILES: Final = frozenset(TOOLS[TOOLS.index("dotenv") :])


def title(tool: str) -> str:
    """What people call it."""
    return say(f"handing.titles.{tool}") if has(f"handing.titles.{tool}") else tool


def short(place: str) -> str:
    """A place as it is shown: the home folder as ~."""
    home = os.path.expanduser("~")
    return f"~{place[len(home) :]}" if home != "/" and place.startswith(home + os.sep) else place


def is_entry(place: str) -> bool:
    """Whether it lies in the keyring: an entry's name is for programs."""
    return place == f"{gemini_cli.SERVICE}/{gemini_cli.ACCOUNT}"


def tools(delivered: Sequence[tuple[str, str]]) -> str:
    """(tool, place) of what is delivered, in words: files that are no tool's own with their paths."""
    known = sorted(delivered, key=lambda one: TOOLS.index(one[0]) if one[0] in TOOLS else len(TOOLS))
    named = [short(place) if tool in _FILES else title(tool) for tool, place in known]
    return joined(map(apart, dict.fromkeys(named)))


def trouble(tool: str, place: str, what: str) -> str:
    """Why a place did not follow, as a sentence."""
    return sentence("obstacles", what, {"tool": title(tool), "place": short(place)})


def still(left: Sequence[Delivered]) -> list[str]:
    """Sentences about what a removed profile leaves behind, and how it is taken away."""
    from gemini_setup.delivery import named

    told = []
    for one in left:
        facts = {"tool": title(one.tool), "place": short(one.places[0]), "command": named(one)}
        told.append(cause_texts.text("delivery.say", "still", facts))
    return told


def sentence(table: str, key: str, facts: dict[str, str]) -> str:
    if has(f"handing.{table}.{key}"):
        return say(f"handing.{table}.{key}", **facts)
    return cause_texts.text(f"delivery.{table}", key, facts)


def reason(tool: str, error: BaseException) -> str:
    """One sentence for what stood in the way."""
    from gemini_setup.delivery import DeliveryError, NotForThisTool

    if isinstance(error, DeliveryError):
        facts = {"tool": title(tool), **{key: short(fact) for key, fact in error.facts.items()}}
        return sentence("obstacles", error.id, facts)
    if isinstance(error, NotForThisTool):
        return str(error)
    if isinstance(error, NoSuchProfile):  # removed meanwhile, by another window or the command line
        return say("home.gone", profile=error.profile)
    if isinstance(error, VaultFault):
        heading, why, _ = fault_words(error.fault, error.store, error.reason)
        return f"{heading}. {why}"
    if isinstance(error, OSError):  # the only file that is written here by ourselves
        return say("file.git.failed", why=error.strerror or "")
    return say("handing.internal", name=type(error).__name__)
