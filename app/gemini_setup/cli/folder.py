"""The profile that a folder chose (`.gemini-setup`), for those that name none; and `allow`, by which a person agrees.

Nothing is loaded that `get` does not have anyway.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gemini_setup.usage import folder_choice

if TYPE_CHECKING:
    import argparse

_DEFAULT = "default"  # as `model.credentials`, which `get` must not load


def profile(named: str | None, *, helper: bool) -> str:
    """The profile that was named, else the folder's where it is allowed, else `default`; said on stderr.

    `helper`: other programs call this one, and take a word on stderr for an error or for a part of the key; so it
    speaks only where a person reads.
    """
    if named is not None:
        return named
    found = folder_choice.look()
    if found is None:
        return _DEFAULT
    if not helper or _is_watched():
        from gemini_setup.cli import output as say
        from gemini_setup.security.redaction import plain

        facts = {"file": plain(found.file, 300), "profile": found.profile}
        say.tell(say.cli("folder_chose" if found.allowed else "folder_not_allowed", **facts))
    return found.profile if found.allowed else _DEFAULT


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def run(options: argparse.Namespace) -> int:
    """`allow`. Raises UsageError."""
    from gemini_setup.cli import output as say
    from gemini_setup.cli.arguments import UsageError, fail
    from gemini_setup.cli.exit_codes import DONE, NOT_KEPT, NOT_THERE
    from gemini_setup.model.credentials import is_profile_name
    from gemini_setup.security.redaction import plain

    if options.list:
        for file, name in sorted(folder_choice.allowed().items()):
            state = "" if folder_choice.read(file) == name else say.cli("folder_changed")
            print("\t".join((plain(os.path.dirname(file)), name, state)).rstrip("\t"))
        return DONE
    place = os.path.realpath(os.path.expanduser(options.folder or os.curdir))
    file = os.path.join(place, folder_choice.FILE)
    facts = {"file": plain(file, 300)}
    if options.profile is not None and not is_profile_name(options.profile):
        raise UsageError(say.cli("bad_profile"))
    try:
        if options.remove:
            done = folder_choice.revoke(file)
            say.tell(say.cli("folder_revoked" if done else "folder_not_there", **facts))
            return DONE if done else NOT_THERE
        if options.profile is not None and folder_choice.read(file) != options.profile:
            if os.path.lexists(file):
                fail(say.cli("folder_taken", **facts))
                return NOT_KEPT
            with open(file, "x", encoding="ascii", newline="\n") as made:
                made.write(f"{options.profile}\n")
        wanted = folder_choice.read(file)
        if wanted is None:
            fail(say.cli("folder_empty", **facts))
            return NOT_THERE
        folder_choice.allow(file, wanted)
    except OSError as error:
        fail(say.cli("folder_not_written", why=error.strerror or type(error).__name__))
        return NOT_KEPT
    say.tell(say.cli("folder_allowed", profile=wanted, folder=plain(place, 300)))
    return DONE
