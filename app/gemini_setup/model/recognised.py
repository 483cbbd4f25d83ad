"""What a pasted text or a chosen file is. `google.recognition` finds it out; the first frame needs only this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gemini_setup.model.credentials import Credential


class What(StrEnum):
    API_KEY = "api-key"
    SERVICE_ACCOUNT = "service-account"
    NOTHING = "nothing"
    # what can never be a key
    NOT_SENDABLE = "not-sendable"  # characters that no HTTP header carries
    ACCESS_TOKEN = "access-token"
    JWT = "jwt"
    CLIENT_SECRET = "client-secret"
    OTHER_VENDOR = "other-vendor"
    KEY_ID = "key-id"
    EMAIL = "email"
    ADDRESS = "address"
    PRIVATE_KEY = "private-key"  # a PEM without its file
    ERROR_MESSAGE = "error-message"
    PROSE = "prose"
    # JSON that is something else
    OAUTH_CLIENT = "oauth-client"
    ADC_USER = "adc-user"
    FIREBASE_CONFIG = "firebase-config"
    EXTERNAL_ACCOUNT = "external-account"
    IMPERSONATED = "impersonated"
    GDCH = "gdch"
    OTHER_JSON = "other-json"
    # a service-account file with something wrong in it
    BROKEN_KEY = "broken-key"
    ENCRYPTED_KEY = "encrypted-key"
    NOT_RSA = "not-rsa"
    INCOMPLETE = "incomplete"
    FOREIGN_TOKEN_URI = "foreign-token-uri"
    FOREIGN_UNIVERSE = "foreign-universe"
    # a file that could not be read as one
    NOT_JSON = "not-json"
    BINARY = "binary"
    TOO_LARGE = "too-large"
    FOLDER = "folder"
    MISSING = "missing"
    UNREADABLE = "unreadable"


#: The causes (DESIGN §3) that the local look at a file or a text can give alone.
CAUSES: Final = {
    What.NOT_SENDABLE: "key-not-sendable",
    What.NOT_JSON: "file-not-json",
    What.BINARY: "file-not-json",
    What.OAUTH_CLIENT: "file-not-service-account",
    What.ADC_USER: "file-not-service-account",
    What.FIREBASE_CONFIG: "file-not-service-account",
    What.EXTERNAL_ACCOUNT: "file-not-service-account",
    What.IMPERSONATED: "file-not-service-account",
    What.GDCH: "file-not-service-account",
    What.OTHER_JSON: "file-not-service-account",
    What.ERROR_MESSAGE: "file-not-service-account",
    What.INCOMPLETE: "file-not-service-account",
    What.FOREIGN_TOKEN_URI: "file-not-service-account",
    What.FOREIGN_UNIVERSE: "file-not-service-account",
    What.BROKEN_KEY: "private-key-unreadable",
    What.ENCRYPTED_KEY: "private-key-unreadable",
    What.NOT_RSA: "private-key-unreadable",
}


#: What `name` names is no type here: a field that is missing, a host, a cloud.
_OTHER_NAMES: Final = frozenset({What.INCOMPLETE, What.FOREIGN_TOKEN_URI, What.FOREIGN_UNIVERSE})


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text or file is. `stripped` names what was taken away around a key: ids of words, see `window.toml`.

    `family` is a hint for the eye only: "auth" (AQ.), "standard" (AIza) or "" (another form).
    `doubt` is a soft warning's id ("short", "other-vendor") or "". `name` tells the other vendor or file type.
    """

    what: What
    credential: Credential | None = None
    length: int = 0
    stripped: tuple[str, ...] = ()
    family: str = ""
    doubt: str = ""
    name: str = ""

    @property
    def cause(self) -> str | None:
        """The id of the cause for which a check would stop here, or None."""
        return CAUSES.get(self.what)

    @property
    def hint(self) -> str:
        return self.credential.hint if self.credential else ""

    @property
    def kind(self) -> str:
        """The file's own type where it is another, as "authorized_user", or ""; `name` may also be a field or a host."""
        return "" if self.what in _OTHER_NAMES else self.name
