"""`agent`: lends what is saved here to a shell on another computer or in a container, asking for every loan.

Also `lend`, what the agent sends, for our own command on the other side of WSL.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from gemini_setup.cli import output as say
from gemini_setup.cli.arguments import UsageError, fail
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_KEPT, NOT_THERE
from gemini_setup.security.redaction import plain


def run(options: argparse.Namespace) -> int:
    """Until Ctrl-C. Raises UsageError."""
    from gemini_setup.usage.lender import Lender, default_socket

    if os.name == "nt":
        fail(say.cli("agent_not_here"))
        return NOT_KEPT
    asks = not options.unattended
    if asks and (sys.stdin is None or not sys.stdin.isatty()):
        raise UsageError(say.cli("agent_nobody"))
    place = Path(os.path.abspath(os.path.expanduser(options.socket))) if options.socket else default_socket()
    lender = Lender(place, _asked if asks else _told)
    try:
        lender.open()
    except OSError as error:
        fail(say.cli("agent_no_socket", place=plain(str(place)), why=error.strerror or str(error)))
        return NOT_KEPT
    signal.signal(signal.SIGTERM, lambda *_: lender.stop())
    facts = {"socket": plain(str(place))}
    for key in ("agent_runs", "agent_ssh", "agent_container"):
        say.tell(say.cli(key, **facts))
    say.tell(say.cli("agent_asks" if asks else "agent_unasked"))
    try:
        lender.serve()
    except KeyboardInterrupt:
        pass
    finally:
        lender.stop()
    return DONE


def _asked(profile: str, who: str) -> bool:
    """The person, at this terminal: here is the screen of the computer that has the key."""
    return say.agreed(say.cli("agent_question", profile=profile, host=who), yes=False)


def _told(profile: str, who: str) -> bool:
    say.tell(say.cli("agent_lent", profile=profile, host=who))
    return True


def lend(words: list[str]) -> int:
    """One line for the borrower; as `get`, the answer alone on stdout."""
    from gemini_setup.security.process import harden
    from gemini_setup.usage import lender, reader
    from gemini_setup.vault.faults import VaultFault

    harden()
    try:
        sys.stdout.write(lender.lend(words[0] if words else "default") + "\n")
    except reader.NotKept as error:
        fail(error)
        return NOT_THERE
    except VaultFault as error:
        fail(say.told(error))
        return KEYRING
    sys.stdout.flush()
    return DONE
