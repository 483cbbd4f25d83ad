"""`gemini-setup get`: one line, as fast as the keyring gives it. Loads no argparse, no keyring, nothing of Google's."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_THERE, USAGE


def run(arguments: Sequence[str]) -> int:
    profile, field = "default", None
    named = False
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            sys.stdout.write(_page())
            return DONE
        if word == "--field" and rest:
            field = rest.pop(0)
        elif word.startswith("--field="):
            field = word.partition("=")[2]
        elif (word == "--profile" and rest and not named) or (word == "--" and len(rest) == 1 and not named):
            profile, named = rest.pop(0), True
        elif not word.startswith("-") and not named:
            profile, named = word, True
        else:
            # The word itself is not repeated: somebody may have put a key there.
            sys.stderr.write(f"gemini-setup get: {_frame('not_understood')}\n{_page()}")
            return USAGE
    from gemini_setup.security.process import harden
    from gemini_setup.usage import reader
    from gemini_setup.vault.faults import VaultFault

    harden()

    if field is not None and field not in reader.FIELDS:
        sys.stderr.write(f"gemini-setup get: {_frame('no_field', fields=' '.join(reader.FIELDS))}\n")
        return NOT_THERE
    try:
        text = reader.get(profile, field)
    except reader.NotKept as error:
        from gemini_setup.security.redaction import redact

        sys.stderr.write(f"gemini-setup get: {redact(str(error))}\n")
        return NOT_THERE
    except VaultFault as error:
        from gemini_setup.cli.output import told

        sys.stderr.write(f"gemini-setup get: {told(error)}\n")
        return KEYRING
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return DONE


def _page() -> str:
    from gemini_setup.i18n.messages import text
    from gemini_setup.usage.reader import FIELDS

    return text("help.pages", "get", {"fields": " ".join(FIELDS)})


def _frame(key: str, **facts: str) -> str:
    from gemini_setup.i18n.messages import text

    return text("help.frame", key, facts)
