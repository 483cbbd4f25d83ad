"""The entry `token`: an access token of ours, kept for as long as it is good (DESIGN §4). Pure."""

from __future__ import annotations

import json
from typing import Final

from gemini_setup.vault.heads import Head, is_printable, one_line

SCHEMA: Final = "gemini-token/1"
#: Seconds that a token must still be good for to be given out.
LEAST: Final = 300.0
#: Seconds that one can be good for at most: Google's hour, and a clock that was set by a little since.
MOST: Final = 3_660.0


def compose(head: Head, scope: str, expires: float, token: str) -> str:
    """One line of printable ASCII. `expires` is in seconds of the epoch."""
    members = {
        "schema": SCHEMA,
        "generation": head.generation,
        "scope": scope,
        "expires": int(expires),
        "token": token,
        "endpoints": head.endpoints,
    }
    return one_line(members)


def usable(text: str | None, head: Head, scope: str, now: float) -> str | None:
    """The token of this very generation and endpoints, if it is good for `LEAST` seconds more; else None.

    None also for a sign-in, which is another's as soon as the person signs in again: no head knows of that.
    """
    if head.kind == "adc":
        return None
    try:
        members = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or members.get("schema") != SCHEMA:
        return None
    expires, token = members.get("expires"), members.get("token")
    if (members.get("generation"), members.get("scope")) != (head.generation, scope):
        return None
    if members.get("endpoints") != head.endpoints or not isinstance(expires, (int, float)):
        return None
    # One that ends in more than an hour was written while the clock went ahead: nobody knows when it really ends.
    if not now + LEAST <= expires <= now + MOST or not isinstance(token, str):
        return None
    if not token or not is_printable(token):
        return None
    return token
