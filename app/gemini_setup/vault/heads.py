"""The text of heads and parts, to the letter of DESIGN §4. Pure, and light enough for the fast reader.

Nothing here keeps a secret longer than the caller does; no repr or exception shows one.
"""

from __future__ import annotations

import json
import re

SCHEMA = "gemini-credentials/1"
PREFIX = "gemini-credentials:v1/"
CURRENT, PREVIOUS, KEY, TOKEN = "current", "previous", "key", "token"
NEXT = "next"  # ours: there only while a rollback runs, which swaps the two heads and must lose neither
PENDING = "pending"  # ours: a credential that is being created at Google and is not in use yet

PART_LENGTH = 1000  # characters of one part, on every system
KEY_LENGTH = 1200  # the longest API key that gets an entry of its own

_FAMILY = "gemini-credentials/"


class Damaged(Exception):
    """The text is not a whole head or not a whole credential. Says how, never what it read."""


class UnknownSchema(Exception):
    """A head of a schema version that this program does not know."""


class Head:
    """What one head says. `body` is the credential's JSON (None for `adc`, or when it lies in `parts` parts)."""

    __slots__ = (
        "body",
        "created",
        "endpoints",
        "generation",
        "kind",
        "location",
        "parts",
        "project",
        "service",
        "sha256",
    )

    def __init__(
        self,
        generation: int,
        created: str,
        kind: str,
        service: str,
        project: str | None,
        location: str | None,
        endpoints: dict[str, str | None] | None,
        body: str | None = None,
        parts: int = 0,
        sha256: str = "",
    ) -> None:
        self.generation = generation
        self.created = created
        self.kind = kind
        self.service = service
        self.project = project
        self.location = location
        self.endpoints = endpoints
        self.body = body
        self.parts = parts
        self.sha256 = sha256

    def holding(self, body: str | None, parts: int = 0, sha256: str = "") -> Head:
        """The same head with its credential elsewhere: in itself, or in parts."""
        facts = (self.created, self.kind, self.service, self.project, self.location, self.endpoints)
        return Head(self.generation, *facts, body, parts, sha256)

    def __repr__(self) -> str:
        return f"<Head {self.generation} {self.kind} in {self.parts} parts>"


def service_name(profile: str, entry: str) -> str:
    return f"{PREFIX}{profile}.{entry}"


def plain_file(profile: str, entry: str) -> str:
    """The name of an entry's file in the private store: `:` and `/` are no signs for a file's name."""
    return f"gemini-credentials-v1.{profile}.{entry}"


def part_name(generation: int, number: int) -> str:
    return f"g{generation}.{number}"


def pending_part(number: int) -> str:
    return f"{PENDING}.{number}"


def one_line(value: object) -> str:
    """JSON on one line of printable ASCII: `security` prints anything else as hex, Go and Node drop NULs."""
    # json leaves DEL as it is; inside JSON it can stand in strings only, so replacing it is safe.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f")


def is_printable(text: str) -> bool:
    return bool(text) and all(" " <= character <= "~" for character in text)


def digest(text: str) -> str:
    import hashlib  # loads OpenSSL: not for a reader that finds no parts

    return hashlib.sha256(text.encode("ascii")).hexdigest()


def split(body: str) -> list[str]:
    return [body[start : start + PART_LENGTH] for start in range(0, len(body), PART_LENGTH)]


def whole(head: Head, part: list[str | None]) -> str | None:
    """The credential's JSON of a head, its parts given; Damaged if one is missing or the sum is another's."""
    if not head.parts:
        return head.body
    if len(part) != head.parts or any(not text for text in part):
        raise Damaged("a part is missing")
    body = "".join(text or "" for text in part)
    if not body.isascii() or digest(body) != head.sha256:
        raise Damaged("the parts do not match their sum")
    return body


def in_parts(head: Head) -> tuple[Head, list[str]]:
    """The same head with its credential in parts, and the parts."""
    body = head.body or ""
    parts = split(body)
    return head.holding(None, len(parts), digest(body)), parts


def compose(head: Head) -> str:
    """One line of printable ASCII; members in the contract's order."""
    members: dict[str, object] = {
        "schema": SCHEMA,
        "generation": head.generation,
        "created": head.created,
        "kind": head.kind,
        "service": head.service,
        "project": head.project,
        "location": head.location,
        "endpoints": head.endpoints,
    }
    if head.parts:
        members["parts"] = head.parts
        members["sha256"] = head.sha256
        return one_line(members)
    # The body is JSON already, byte for byte what its parts would be.
    return f'{one_line(members)[:-1]},"credential":{head.body or "null"}}}'


def parse(text: str) -> Head:
    """A head from its text. Unknown members are ignored; Damaged or UnknownSchema if it is none of ours."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        raise Damaged("not JSON") from None
    if not isinstance(members, dict):
        raise Damaged("not an object")
    schema = members.get("schema")
    if schema != SCHEMA:
        if isinstance(schema, str) and schema.startswith(_FAMILY):
            raise UnknownSchema("a schema version that this program does not know")
        raise Damaged("not a head")
    generation, created = members.get("generation"), members.get("created")
    if not isinstance(generation, int) or isinstance(generation, bool) or generation < 1:
        raise Damaged("no generation")
    if not isinstance(created, str) or not is_printable(created):
        raise Damaged("no date")
    kind, service = members.get("kind"), members.get("service")
    if kind not in ("api_key", "service_account", "adc") or service not in ("studio", "vertex"):
        raise Damaged("an unknown kind or service")
    head = Head(
        generation,
        created,
        kind,
        service,
        _text_or_none(members, "project"),
        _text_or_none(members, "location"),
        _endpoints(members.get("endpoints")),
    )
    if "credential" in members:
        _take_credential(head, members["credential"])
    else:
        _take_parts(head, members.get("parts"), members.get("sha256"))
    return head


def salvaged(text: str, key: str) -> Head | None:
    """The head of an API key of which all but the end can be read, with the key from an entry of its own.

    None for what does not say everything, and for other endpoints than Google's: those are whole or they are nothing.
    """
    begun = re.match(
        r'\{"schema":"gemini-credentials/1","generation":([1-9][0-9]{0,8}),"created":"([0-9TZ:-]{1,40})","kind":"api_key",'
        r'"service":"(studio|vertex)","project":(null|"[a-z0-9.:-]{1,80}"),"location":(null|"[a-z0-9-]{1,40}"),"endpoints":null,',
        text,
    )
    if begun is None or not is_printable(key):
        return None
    generation, created, service, project, location = begun.groups()
    body = one_line({"api_key": key})
    return Head(
        int(generation), created, "api_key", service, json.loads(project), json.loads(location), None, body
    )


def _text_or_none(members: dict[str, object], name: str) -> str | None:
    """One line of printable ASCII: it is printed, put into variables and into addresses."""
    value = members.get(name)
    if value is None or (isinstance(value, str) and is_printable(value)):
        return value
    raise Damaged(f"{name} is not a text")


def _endpoints(value: object) -> dict[str, str | None] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Damaged("endpoints are not an object")
    found = {name: _text_or_none(value, name) for name in ("gemini", "vertex", "token")}
    for name, address in found.items():
        if address is not None:
            _must_be_safe(name, address)
    return found


def _must_be_safe(name: str, address: str) -> None:
    """As it was looked at before it was saved: who can write an entry must not make us send the key in clear."""
    from gemini_setup.google import urls  # not for a reader of Google's own

    try:
        safe = urls.base_url(address) == address
    except urls.NotAnAddress:
        safe = False
    if not safe:
        raise Damaged(f"{name} is no address for a credential")


def _take_credential(head: Head, credential: object) -> None:
    if head.kind == "adc":
        if credential is not None:
            raise Damaged("a sign-in with a secret")
        return
    if not isinstance(credential, dict):
        raise Damaged("no credential")
    if head.kind == "api_key" and not _is_key(credential.get("api_key")):
        raise Damaged("no API key")
    try:
        head.body = one_line(credential)
    except RecursionError:  # reading allows a little more nesting than writing
        raise Damaged("a credential nested too deeply") from None


def _is_key(value: object) -> bool:
    return isinstance(value, str) and is_printable(value)


def _take_parts(head: Head, parts: object, sha256: object) -> None:
    if not isinstance(parts, int) or isinstance(parts, bool) or not 1 <= parts <= 1000:
        raise Damaged("neither a credential nor parts")
    if not isinstance(sha256, str) or len(sha256) != 64:
        raise Damaged("parts without a sum")
    head.parts, head.sha256 = parts, sha256


def api_key(head: Head, body: str | None) -> str | None:
    """The bare API key of a whole head, None if its credential is another kind. Damaged if it lacks one."""
    if head.kind != "api_key":
        return None
    try:
        value = json.loads(body or "")["api_key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Damaged("no API key") from None
    if not _is_key(value):
        raise Damaged("no API key")
    return str(value)
