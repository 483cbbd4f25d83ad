"""Secrets to plant into what comes in, in whatever form, and the look for them in what goes out."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

_LETTERS = string.ascii_letters + string.digits
_SURE = 12  # so many characters of a secret in a row are a leak


def _made(seed: int, length: int, alphabet: str = _LETTERS + "-_") -> str:
    """The same in every process: a finding must be found again from its bytes alone."""
    # A letter first, in the middle and last: no sign at which a pattern could end.
    dice = random.Random(seed)
    return "".join(dice.choice(_LETTERS if at % 7 == 0 else alphabet) for at in range(length - 1)) + "x"


@cache
def session_secrets() -> tuple[str, ...]:
    """What a session may hold: a key of each family, one of none, a token, a signed request, lines of a private key."""
    return (
        "A" + "Q." + _made(1, 50),
        "AI" + "za" + _made(2, 35),
        "odd/" + _made(3, 40, _LETTERS + "+/=~%&!'\"\\<>$"),
        "ya" + "29." + _made(4, 160),
        "ey" + "J" + _made(5, 60) + ".ey" + "J" + _made(6, 90) + "." + _made(7, 300),
        "MII" + _made(8, 61, _LETTERS + "+/"),
        "ключ-" + _made(9, 20) + "-ü",
    )


def _beside(data: bytes, at: int) -> bytes:
    """Base64 of a longer text: what stands before shifts it."""
    return base64.b64encode(b"x-goog-api-key: "[: 3 + at % 3] + data + b"\r\nuser-agent")


def _wide(text: str) -> str:
    return text.encode("utf-16-le").decode("latin-1")


#: How a secret may come back, each with the number of the place in the text, which shifts what is around it.
FORMS: tuple[Callable[[str, int], str], ...] = (
    lambda s, at: s,
    lambda s, at: quote(s, safe=""),
    lambda s, at: quote(s),
    lambda s, at: re.sub("%..", lambda found: found.group().lower(), quote(s, safe="")),
    lambda s, at: base64.b64encode(s.encode()).decode(),
    lambda s, at: _beside(s.encode(), at).decode(),
    lambda s, at: _beside(s.encode(), at).decode().replace("+", "-").replace("/", "_").rstrip("="),
    lambda s, at: json.dumps(s),
    lambda s, at: json.dumps(json.dumps(s)),
    lambda s, at: json.dumps(s, ensure_ascii=False).replace("/", "\\/"),
    lambda s, at: repr(s),
    lambda s, at: _wide(s),
    lambda s, at: s.encode("utf-16-be").decode("latin-1"),
    lambda s, at: _beside(s.encode("utf-16-le"), at).decode(),
    lambda s, at: s.encode().hex(),
    lambda s, at: s.encode().hex().upper(),
    lambda s, at: s.encode("utf-16-le").hex(),
    lambda s, at: "".join(f"\\u{unit:04x}" for unit in _units(s)),
    lambda s, at: "".join(f"\\u{unit:04X}" for unit in _units(s)),
    lambda s, at: "".join(f"\\x{byte:02x}" for byte in s.encode()),
    lambda s, at: "".join(f"%{byte:02X}" for byte in s.encode()),
    lambda s, at: html.escape(s),
    lambda s, at: "".join(f"&#{ord(c)};" for c in s),
    lambda s, at: "".join(f"&#x{ord(c):X};" for c in s),
    lambda s, at: repr(json.dumps(s)),
    lambda s, at: re.sub("[&<>'=]", lambda found: f"\\u{ord(found.group()):04x}", json.dumps(s)),
    # The rest are no renderings, but what a terminal may have put into it.
    lambda s, at: s[:9] + "\u200b" + s[9:],
    lambda s, at: s[:9] + "\x1b[0m" + s[9:],
)
RENDERINGS = len(FORMS) - 2


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [data[at] * 256 + data[at + 1] for at in range(0, len(data), 2)]


@dataclass(frozen=True)
class Wanted:
    """What of one secret must not be in anything that leaves."""

    parts: tuple[str, ...]

    def found_in(self, text: str) -> str | None:
        return next((part for part in self.parts if part in text), None)


@cache
def wanted(secret: str, *, lower: bool = False) -> Wanted:
    """Pieces of the secret as it is, and its middle in every form; `lower` for texts that are in lower case."""
    middle = secret[4:-5]
    parts = [secret[at : at + _SURE] for at in range(4, len(secret) - 4 - _SURE, 4)]
    for form in FORMS:
        for at in range(3):
            coded = form(middle, at)
            # Of base64 only what the middle alone decides, of quoted forms what is between the quotes.
            parts.append(coded[8:-24] if len(coded) > 48 else coded[2:-2])
    found = dict.fromkeys(part.lower() if lower else part for part in parts if len(part) >= _SURE)
    return Wanted(tuple(found))


#: What a text may hold of somebody's secrets that no session knows: known by their shape or by the name before them.
def shaped() -> tuple[tuple[str, str], ...]:
    """(what is written, the part that must not be seen again). Their neighbours are no letters."""
    odd = _made(20, 30)
    lines = "\n".join(_made(seed, 64, _LETTERS + "+/") for seed in range(30, 55))
    pem = f"-----BEGIN {'PRIVATE'} KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    key, standard, token, jwt = (
        session_secrets()[0],
        session_secrets()[1],
        session_secrets()[3],
        session_secrets()[4],
    )
    return (
        (f" {key} ", key),
        (f'"{key}"', key),
        (f"={standard}&", standard),
        (f"%3D{key}%26", key),
        (f"'{standard}'", standard),
        (f"\\n{key}\\n", key),
        (f" {key.replace('.', '%2E', 1)} ", key),
        (f" {token} ", token),
        (f"({jwt})", jwt[:150]),
        (f" {pem} ", pem.splitlines()[4]),
        (json.dumps(json.dumps({"private_key": pem})), pem.splitlines()[4]),
        (f" https://x.example/?key={odd}&alt=json ", odd),
        (f' "x-goog-api-key": "{odd}" ', odd),
        (f" {{'api_key': '{odd}'}} ", odd),
        (f" Authorization: Bearer {odd} ", odd),
        (f" GEMINI_API_KEY={odd} ", odd),
        (f" http://someone:{odd}@proxy.example:8080/ ", odd),
        (f" http://someone:p@{odd}@proxy.example ", odd),
        (f" 1/{'/'}0g{odd}{odd} ", odd),
        (f" GOC{'SPX'}-{odd} ", odd),
        (f" s{'k'}-proj-{odd}{odd} ", odd),
        (f" [(b'x-goog-api-key', b'{odd}')] ", odd),
    )


SHAPED = shaped()
