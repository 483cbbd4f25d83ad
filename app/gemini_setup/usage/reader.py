"""Read a kept credential fast, for other programs: no Qt, no httpx, no google-auth, and on Linux no keyring.

On Linux the Secret Service is asked directly through jeepney; whatever is unusual there (a locked keyring, several
matches, a secret that is not marked as text) and every other system goes the vault's ordinary way. Where a person chose
the private file, its files are read, and nothing else. Never writes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gemini_setup.i18n.errors import Worded
from gemini_setup.system.paths import private_file_in_use
from gemini_setup.vault import heads

if TYPE_CHECKING:
    from pathlib import Path

    from gemini_setup.model.credentials import StoredCredential
    from gemini_setup.vault.backends.dbus import Connection

AGENT = "GEMINI_SETUP_AGENT"  # as `borrower.VARIABLE`, which is loaded only where it is set; a test compares
FIELDS = ("key", "service-account", "project", "location", "base-url", "model")

#: As in `model.credentials`, which this must not load; a test compares them.
PROFILE_NAME = "[a-z0-9-]{1,32}"
_READS = 4  # as the vault: a bad value is read again three times
_SERVICE = "/org/freedesktop/secrets"
_PREFIX = "org.freedesktop.Secret."


class NotKept(Worded):
    """There is no such profile, or (`field` given) the profile has no such field."""

    def __init__(self, profile: str, field: str | None = None) -> None:
        super().__init__("no_field" if field else "not_kept", profile=profile, field=field or "")
        self.profile = profile
        self.field = field


class _Unusual(Exception):
    """For the ordinary way to sort out."""


def read_access(profile: str = "default") -> StoredCredential:
    """The credential in use. Raises NotKept, VaultFault."""
    from gemini_setup.vault.codec import kept_of

    head, body = _whole(profile)
    return kept_of(head, body)


def get(profile: str = "default", field: str | None = None) -> str:
    """One field on one line; without a field the key, or the service account. Raises NotKept, VaultFault.

    `key` is the bare key, `service-account` its JSON, `base-url` the OpenAI-compatible base, `model` the
    bare id of the model last seen to work.
    """
    if field is not None and field not in FIELDS:
        raise NotKept(profile, field)
    head, body = _whole(profile)
    value = _field(profile, field, head, body)
    if not value:
        raise NotKept(profile, field or "secret")
    return value


def with_token(profile: str = "default") -> tuple[heads.Head, str | None, str | None]:
    """The head in use, its credential's JSON, and the entry `token` where it is found fast. Raises NotKept, VaultFault.

    None for the token says nothing: a caller that needs one asks the vault, which looks again under its lock.
    """
    head, body = _whole(profile)
    if (
        head.kind == "api_key"
        or sys.platform in ("win32", "darwin")
        or os.environ.get(AGENT)
        or private_file_in_use() is not None
    ):
        return head, body, None
    from gemini_setup.vault.backends.dbus import connect

    try:
        with connect() as connection:
            session = _call(connection, "OpenSession", "sv", "plain", ("s", ""))[1]
            return head, body, _lookup(connection, session, profile, heads.TOKEN)
    except Exception:  # noqa: BLE001 - the vault's ordinary way names what is wrong
        return head, body, None


def key_of(profile: str, head: heads.Head, body: str | None) -> str:
    """The API key of a head that holds one. Raises NotKept."""
    key = heads.api_key(head, body)
    if key is None:
        raise NotKept(profile, "key")
    return key


def _field(profile: str, field: str | None, head: heads.Head, body: str | None) -> str | None:
    if field == "project":
        return head.project
    if field == "location":
        return head.location
    if field == "model":
        from gemini_setup.vault.factory import open_index

        row = open_index().profile(profile)
        return row.model if row else None
    if field == "base-url":
        from gemini_setup.google import urls
        from gemini_setup.vault.codec import kept_of

        try:
            return urls.openai_base(kept_of(head, body).access)
        except urls.NotAnAddress:
            return None  # an API key on Vertex AI has no OpenAI-compatible route
    if head.kind == "api_key" and field in ("key", None):
        return heads.api_key(head, body)
    if head.kind == "service_account" and field in ("service-account", None):
        return body
    return None


def _whole(profile: str) -> tuple[heads.Head, str | None]:
    """What is saved here; where another lends it (`borrower`), what it lends."""
    if os.environ.get(AGENT):
        return _borrowed(profile)
    try:
        return own(profile)
    except NotKept:
        raise
    except Exception as error:
        from gemini_setup.vault.faults import VaultFault

        if not isinstance(error, VaultFault) or error.fault.value != "missing" or not is_lent():
            raise
    return _borrowed(profile)


def _borrowed(profile: str) -> tuple[heads.Head, str | None]:
    from gemini_setup.usage import borrower

    _must_be_a_name(profile)
    try:
        return borrower.borrowed(profile)
    except borrower.NotThere:
        raise NotKept(profile) from None


def is_lent() -> bool:
    """Whether what is read here is another's: then there is no vault here to mint a token in."""
    if os.environ.get(AGENT):
        return True
    from gemini_setup.usage import borrower

    if private_file_in_use() is not None or borrower.windows_program() is None:
        return False
    from gemini_setup.vault.factory import keyring_available

    return not keyring_available()


def _must_be_a_name(profile: str) -> None:
    if re.fullmatch(PROFILE_NAME, profile) is None:
        raise NotKept(profile)


def own(profile: str) -> tuple[heads.Head, str | None]:
    """What is saved on this computer. Raises NotKept, VaultFault."""
    _must_be_a_name(profile)
    place = private_file_in_use()
    if place is not None or sys.platform not in ("win32", "darwin"):
        try:
            return _fast(profile) if place is None else _plain(place, profile)
        except TimeoutError as error:
            # The ordinary way would wait as long once more for the same silence.
            raise _slow(error) from None
        except Exception:  # noqa: BLE001 - whatever it is, the ordinary way names it
            pass
    return _ordinary(profile)


def _slow(error: TimeoutError) -> Exception:
    from gemini_setup.model.outcomes import Fault
    from gemini_setup.vault.backends.dbus import SilentBus
    from gemini_setup.vault.faults import VaultFault

    if isinstance(error, SilentBus):
        return VaultFault(Fault.SLOW, "", "the session bus did not answer in time", "bus")
    return VaultFault(Fault.SLOW, "", "the keyring did not answer in time")


def _ordinary(profile: str) -> tuple[heads.Head, str | None]:
    from gemini_setup.vault.factory import open_vault
    from gemini_setup.vault.faults import NoSuchProfile, VaultFault

    while True:
        place = private_file_in_use()
        vault = open_vault()
        try:
            return vault.whole(profile)
        except NoSuchProfile:
            raise NotKept(profile) from None
        except VaultFault:
            if place is None or private_file_in_use() is not None:
                raise
            # It was moved into the keyring while we read.
        finally:
            vault.close()


# -- the fast way ----------------------------------------------------------------------------------------


def _fast(profile: str) -> tuple[heads.Head, str | None]:
    from gemini_setup.vault.backends.dbus import connect

    with connect() as connection:
        session = _call(connection, "OpenSession", "sv", "plain", ("s", ""))[1]
        return _read(lambda entry: _lookup(connection, session, profile, entry))


def _read(lookup: Callable[[str], str | None]) -> tuple[heads.Head, str | None]:
    for entry in (heads.CURRENT, heads.PREVIOUS):
        for _ in range(_READS):
            text = lookup(entry)
            if text is None:
                break
            try:
                head = heads.parse(text)
                parts = [lookup(heads.part_name(head.generation, number)) for number in range(head.parts)]
                return head, heads.whole(head, parts)
            except heads.Damaged:
                continue
    # Nothing found may also mean that the keyring is locked: only the ordinary way asks for it to be opened.
    raise _Unusual


def _plain(place: Path, profile: str) -> tuple[heads.Head, str | None]:
    from gemini_setup.system import owned_folder

    def lookup(entry: str) -> str | None:
        # Opened again each time: once it was moved into the keyring, what is left of it must not be read.
        with owned_folder.opened(place) as folder:
            return folder.read(heads.plain_file(profile, entry))

    return _read(lookup)


def _lookup(connection: Connection, session: str, profile: str, entry: str) -> str | None:
    attributes = {"service": heads.service_name(profile, entry), "username": profile}
    found, locked = _call(connection, "SearchItems", "a{ss}", attributes)
    if locked or len(found) > 1:
        raise _Unusual
    if not found:
        return None
    (secrets,) = _call(connection, "GetSecrets", "aoo", found, session)
    _, _, secret, content_type = secrets[found[0]]
    if not content_type.startswith("text/plain"):
        raise _Unusual
    return bytes(secret).decode()


def _call(connection: Connection, method: str, signature: str, *body: object) -> Any:
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import unwrap_msg

    service = DBusAddress(_SERVICE, "org.freedesktop.secrets", _PREFIX + "Service")
    return unwrap_msg(connection.send_and_get_reply(new_method_call(service, method, signature, body)))
