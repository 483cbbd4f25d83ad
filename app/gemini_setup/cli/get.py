"""`gemini-setup get`: one line, as fast as the keyring gives it. Loads no argparse, no keyring, nothing of Google's."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_THERE


def run(words: Sequence[str]) -> int:
    from gemini_setup.cli import arguments

    if arguments.wants_help(words):
        from gemini_setup.cli.parser import show_help

        show_help("get")
    try:
        named, options = arguments.parse(words, ("--field",))
    except arguments.UsageError as error:
        from gemini_setup.cli.parser import mistake

        return mistake(error, "get")
    from gemini_setup.i18n.errors import Worded
    from gemini_setup.security.process import harden
    from gemini_setup.usage import reader
    from gemini_setup.vault.faults import VaultFault

    harden()

    field = options["--field"][-1] if "--field" in options else None
    if field is not None and field not in reader.FIELDS:
        said = arguments.frame("one_of", name="--field", choices=", ".join(reader.FIELDS))
        arguments.fail(said)
        return NOT_THERE
    from gemini_setup.cli import folder

    profile = folder.profile(named, helper=True)
    try:
        text = reader.get(profile, field)
    except reader.NotKept as error:
        from gemini_setup.security.redaction import redact

        arguments.fail(redact(str(error)))
        return NOT_THERE
    except (VaultFault, Worded) as error:
        from gemini_setup.cli import place

        arguments.fail(place.told(error))
        return KEYRING
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return DONE
