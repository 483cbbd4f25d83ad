"""What did the person paste, drop or choose? Pure: a text or a file's bytes in, what it is out. Knows no network.

A shape may hint, it may never refuse: there is no `credential` only for what can never be an API key or a
service-account file (google-facts §7). Everything else is left to Google's answer.
"""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.model.credentials import ApiKey, Credential, Secret, ServiceAccount
from gemini_setup.model.recognised import Recognised, What

MAX_FILE: Final = 1_000_000  # bytes; a key file has about 2,400
MAX_PASTE: Final = 200_000  # characters looked at
_MAX_ACCOUNT: Final = 50_000  # characters of a service account's document; a real one has about 2,400
_MAX_NESTED: Final = 100  # lists and objects in it; a real one has none
_MAX_PEM: Final = 20_000  # characters; the private key of RSA's longest, 16384 bits, has 12,800


_ASSIGNMENT = re.compile(
    r"""^\s*(?:export\s+|set\s+|setx\s+|\$env:|(?:ENV|env)\s+|-\s+)?["']?([A-Za-z_][A-Za-z0-9_.-]{2,60})["']?\s*(?:=|:\s)\s*(\S.*)$""",
    re.S,
)
_KEY_NAME = re.compile(r"(?i)key|gemini|google|token|secret|credential")
_GEMINI_NAME = re.compile(r"(?i)(?:gemini|google|genai).*key|^api_?key$")
_QUERY = re.compile(r"^https?://\S*[?&](?:key|api_key)=([^&#\s]+)", re.I)
_HEADER = re.compile(
    r"""(?i)^\s*(?:(?:-H|--header)[ =]?\s*["']?)?(?:x-goog-api-key|x-api-key|authorization)\s*:\s*(?:bearer\s+)?"""
    r"""(\S+?)["']?\s*+(?:\\\s*+)?$"""
)
# Shells that put no sign between the name and the value.
_SPACED = re.compile(
    r"(?i)^\s*(?:setx|setenv|set(?:\s+-{1,2}[a-z]+)+)\s+([a-z_][a-z0-9_]{2,60})\s+(\S+)(?:\s+/m)?\s*$"
)
#: A name before a colon that is a program's word for a fault, and no setting.
_FAULT_NAME = re.compile(r"(?i)error|exception|fail|panic|fatal")
_CODE = re.compile(
    r"\b(?:UNAUTHENTICATED|PERMISSION_DENIED|RESOURCE_EXHAUSTED|INVALID_ARGUMENT|FAILED_PRECONDITION|NOT_FOUND|UNAVAILABLE"
    r"|DEADLINE_EXCEEDED|ACCESS_TOKEN_[A-Z_]+|API_KEY_[A-Z_]+|CREDENTIALS_MISSING|SERVICE_DISABLED)\b"
)
#: What errors are worded with, in several languages; a sentence about a key has none of it.
_ERROR = re.compile(
    r"(?i)error|exception|denied|invalid|unauthori[sz]ed|unauthenticated|traceback|fail|quota|forbidden"
    r"|refused|rejected|blocked|exceed|expired|exhausted|overload|unavailable|timed? ?out|timeout"
    r"|disconnect|bad request|requires"
    r"|not (?:found|supported|valid|allowed|available|enabled|eligible|known|running|trusted|servable|offered)"
    r"|could ?n.t|cannot|can.t|unable|unexpected|unknown|unregistered|unrestricted|unsupported|missing"
    r"|malformed|illegal|expected|disabled|suspended|leaked|restricted|restriction|prohibited|violat"
    r"|rate limit|daily limit|spend|credits|billing|no longer|does ?n.t|do not have|has not been|was not"
    r"|license|<html|<!doctype|hardcoded|starting with|start with|please set|specify one|verify your"
    r"|multiple authentication|try again|retry|\b[1-5]\d\d\b|\berrno\b|(?-i:\bE[A-Z]{4,}\b)|\bHTTP\b"
    r"|\bstatus\b|\binfo:|\bwarn|\bdebug\b|panic|googleapis|generativelanguage|aiplatform"
    r"|google\.(?:auth|api|gen)|\bapi has\b|\bapi keys? (?:not|are|is)\b|\bdunning\b|invalid_|_denied"
    r"|fehler|fehlgeschlagen|abgelehnt|ungültig|erreur|échec|erro\b|fallo|ошибк|错误|失败|出错|拒绝|无法|報錯|报错|失敗|找不到"
    r"|エラー|誤った|拒否|できません|오류|실패"
)
#: From here on stand the scripts of East Asia, whose sentences are one word to a program.
_WRITTEN_WITHOUT_SPACES = "\u2e7f"
_QUOTES = "\"'`‘’“”„«»"
# Spaces that a web page or a mail program puts around or into a copied text.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SENDABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)
_KEY_PIECE = re.compile(r"[A-Za-z0-9._~+/=-]+")
# Hints of vendors whose keys people paste by mistake. Only `sk-` can never be Google's (google-facts §7).
_VENDORS = (
    ("sk-ant-", "Anthropic"),
    ("sk-or-", "OpenRouter"),
    ("sk-", "OpenAI"),
    ("gsk_", "Groq"),
    ("xai-", "xAI"),
    ("hf_", "Hugging Face"),
    ("ghp_", "GitHub"),
    ("github_pat_", "GitHub"),
)
_STANDARD, _AUTH = "AIza", "AQ."


def _decode(data: bytes) -> str | None:
    """A file's text, whatever a Windows editor made of it, or None for something that is no text."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                return None
    for zeros, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) >= 4 and data[zeros] == data[zeros + 2] == 0:
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def looks_standard(credential: Credential) -> bool:
    """Whether it is an API key of the older form, by its looks: a hint, and nothing is refused by it."""
    return isinstance(credential, ApiKey) and recognise(credential.secret.reveal()).family == "standard"


def text_of(data: bytes) -> str:
    """What came in on standard input as text, Windows' encodings included; what is no text keeps its readable parts."""
    text = _decode(data)
    return data.decode("utf-8", "replace") if text is None else text


def _key_line(text: str) -> str:
    """The one line of a pasted .env file that holds the Gemini key; "" where there is none or more than one."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    settings = [(line, found) for line in lines if (found := _ASSIGNMENT.match(line))]
    if len(settings) < len(lines) or len(text.splitlines()) < 2:
        return ""
    keys = {line for line, found in settings if _GEMINI_NAME.search(found.group(1))}
    return keys.pop() if len(keys) == 1 else ""


def recognise(pasted: str) -> Recognised:
    """Say what a pasted text is; `credential` is set when it is worth asking Google about it."""
    text = _INVISIBLE.sub("", pasted[:MAX_PASTE]).strip()
    stripped: list[str] = []
    if len(pasted) > MAX_PASTE:
        return Recognised(What.TOO_LARGE, length=len(pasted))
    if not text:
        return Recognised(What.NOTHING)
    if text[0] in "{[":
        return _document_or_error(text)
    if "-----BEGIN" in text and "{" not in text.partition("-----BEGIN")[0]:
        return Recognised(What.PRIVATE_KEY, length=len(text))
    if text != pasted:
        stripped.append("spaces")
    text = _key_line(text) or text
    if found := _QUERY.match(text):
        text = found.group(1)
        stripped.append("address")
    elif found := _HEADER.match(text):
        text = found.group(1)
        stripped.append("header")
    else:
        found = _SPACED.match(text) or _ASSIGNMENT.match(text)
        if (
            found
            and _KEY_NAME.search(found.group(1))
            and not _FAULT_NAME.search(found.group(1))
            and not text.lower().startswith(("http:", "https:"))
        ):
            text = found.group(2).rstrip()
            if len(text) > 1 and text[-1] in ";,":
                text = text[:-1].rstrip()
            stripped.append("assignment")
        elif text.lower().startswith("bearer "):
            text = text[7:].strip()
            stripped.append("header")
    if len(text) >= 2 and text[0] in _QUOTES:
        text = text.strip(_QUOTES + ",;" + string.whitespace + "\x1c\x1d\x1e\x1f\x85\xa0")
        stripped.append("quotes")
    elif text and text[-1] in _QUOTES + ";,":
        text = text.rstrip(_QUOTES + ";,")
        stripped.append("quotes")
    if text[:1] in ("{", "["):
        return _document_or_error(text)
    pieces = text.split()
    if len(pieces) > 1:
        # A key that a mail or a terminal has wrapped; prose has short words and other characters.
        joined = "".join(pieces)
        if (
            "\n" in text
            and not _CODE.search(text)
            and len(pieces) <= 4
            and all(_KEY_PIECE.fullmatch(p) for p in pieces)
            and len(joined) >= 30
        ):
            text = joined
            stripped.append("line-breaks")
        elif _looks_like_error(text):
            return Recognised(What.ERROR_MESSAGE, length=len(text))
        else:
            return Recognised(What.PROSE, length=len(text))
    if not text:
        return Recognised(What.NOTHING)
    if max(text) > _WRITTEN_WITHOUT_SPACES and _ERROR.search(text):
        return Recognised(What.ERROR_MESSAGE, length=len(text))
    what, name = _never_a_key(text)
    if what is not None:
        return Recognised(what, length=len(text), stripped=tuple(stripped), name=name)
    family = "standard" if text[:4] == _STANDARD else "auth" if text[:3] == _AUTH else ""
    doubt = ""
    vendor = next((v for prefix, v in _VENDORS if text.startswith(prefix)), "")
    if vendor:
        doubt = "other-vendor"
    elif (family == "standard" and len(text) < 39) or (family == "auth" and len(text) < 40) or len(text) < 20:
        doubt = "short"
    elif family == "standard" and len(text) > 39:
        doubt = "long"
    return Recognised(
        What.API_KEY,
        ApiKey(Secret(text)),
        len(text),
        tuple(stripped),
        family=family,
        doubt=doubt,
        name=vendor,
    )


def _document_or_error(text: str) -> Recognised:
    """A pasted text that begins like JSON: programs print their errors in brackets, too."""
    found = recognise_document(text)
    other = found.what in (What.NOT_JSON, What.OTHER_JSON)
    if other and "private_key" not in text and _looks_like_error(text):
        return Recognised(What.ERROR_MESSAGE, length=len(text))
    return found


def _looks_like_error(text: str) -> bool:
    """Of a text of several words, which is no key: whether some program has printed it. What it means, `causes` tells."""
    if text.count("\ufffd") * 20 > len(text) or "\0" in text:
        return False  # a file of another kind
    return len(text) > 200 or text.count("\n") > 2 or _ERROR.search(text) is not None


def _never_a_key(text: str) -> tuple[What | None, str]:
    if any(c not in _SENDABLE for c in text):
        return What.NOT_SENDABLE, ""
    if text.startswith("ya29."):
        return What.ACCESS_TOKEN, ""
    if text.startswith("eyJ") and text.count(".") >= 1:
        return What.JWT, ""
    if text.startswith("GOCSPX-"):
        return What.CLIENT_SECRET, ""
    if text.startswith("sk-"):
        return What.OTHER_VENDOR, next(v for prefix, v in _VENDORS if text.startswith(prefix))
    if re.fullmatch(r"[0-9a-f]{40}", text):
        return What.KEY_ID, ""
    if re.fullmatch(r"[^@\s/]+@[^@\s/]+\.[a-z]{2,}", text, re.I):
        return What.EMAIL, ""
    if re.match(r"(?i)[a-z][a-z0-9+.-]*://", text):
        return What.ADDRESS, ""
    if text.lower().endswith(".json"):
        return What.ADDRESS, "file"
    return None, ""


def recognise_file(data: bytes) -> Recognised:
    """The same for a file's content. A file that holds nothing but a key is taken as that key."""
    if len(data) > MAX_FILE:
        return Recognised(What.TOO_LARGE, length=len(data))
    text = _decode(data)
    if text is None:
        return Recognised(What.BINARY, length=len(data))
    text = text.strip()
    if not text:
        return Recognised(What.NOTHING)
    if text[0] in "{[":
        return recognise_document(text)
    found = recognise(text)
    if found.what in (What.API_KEY, What.PRIVATE_KEY):
        return found
    return Recognised(What.NOT_JSON, length=len(text))


def error_in(path: Path) -> str:
    """The text of a file that is a program's error message, "" for any other file. Raises nothing."""
    try:
        with path.open("rb") as file:
            text = text_of(file.read(MAX_PASTE))
    except (OSError, ValueError):
        return ""
    return text if recognise(text).what is What.ERROR_MESSAGE else ""


def read_file(path: Path) -> Recognised:
    """Read a chosen file and say what it is. Raises nothing: what can't be read is a `What` too."""
    try:
        if path.is_dir():
            return Recognised(What.FOLDER)
        if not path.exists():
            return Recognised(What.MISSING)
        if not path.is_file():
            return Recognised(What.UNREADABLE)
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError):
        return Recognised(What.UNREADABLE)
    return recognise_file(data)


def recognise_document(text: str) -> Recognised:
    """Classify JSON before any library sees it: libraries accept too much (google-facts §3)."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        # Some editors wrap it in quotes, or a shell has doubled its backslashes; a person's copy can also be cut.
        return Recognised(What.NOT_JSON, length=len(text))
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        return Recognised(What.OTHER_JSON, length=len(text))
    if document.get("type") == "service_account" and (
        len(text) > _MAX_ACCOUNT or text.count("[") + text.count("{") > _MAX_NESTED
    ):  # it would fill the keyring, or could be read and not be written again
        return Recognised(What.TOO_LARGE, length=len(text))
    what, name = _classify(document)
    if what is not None:
        return Recognised(what, length=len(text), name=name)
    account = ServiceAccount(
        document=Secret(json.dumps(document, ensure_ascii=True, separators=(",", ":"))),
        email=document["client_email"],
        project=_shown(_text(document.get("project_id")), "[!-~]{1,80}"),
        key_id=_shown(_text(document.get("private_key_id")), "[0-9A-Za-z_-]{1,80}"),
        client_id=_shown(_text(document.get("client_id")), "[0-9A-Za-z._-]{1,80}"),
    )
    return Recognised(What.SERVICE_ACCOUNT, account, len(text))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")  # Python reads NaN and Infinity; who reads what we keep may not


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _shown(value: str, pattern: str) -> str:
    """A text from a file if it is what it should be: people will read it, and it may be anything, a secret too."""
    return value if re.fullmatch(pattern, value) else ""


def _classify(document: dict[str, Any]) -> tuple[What | None, str]:
    """None for a sound service-account file, else what it is and a name for the sentence."""
    kind = _text(document.get("type"))
    if "installed" in document or "web" in document:
        return What.OAUTH_CLIENT, ""
    if "project_info" in document or "mobilesdk_app_id" in document or "apiKey" in document:
        return What.FIREBASE_CONFIG, ""
    others = {
        "authorized_user": What.ADC_USER,
        "external_account": What.EXTERNAL_ACCOUNT,
        "external_account_authorized_user": What.EXTERNAL_ACCOUNT,
        "impersonated_service_account": What.IMPERSONATED,
        "gdch_service_account": What.GDCH,
    }
    if kind in others:
        return others[kind], kind
    if "error" in document:
        return What.ERROR_MESSAGE, ""
    if kind != "service_account":
        return What.OTHER_JSON, _shown(kind, "[a-z_]{1,40}")
    if not re.fullmatch(r"[!-?A-~]{1,200}@[!-?A-~]{1,200}", _text(document.get("client_email"))):
        return What.INCOMPLETE, "client_email"
    if not _text(document.get("private_key")).strip():
        return What.INCOMPLETE, "private_key"
    universe = document.get("universe_domain")
    if universe not in (None, "", "googleapis.com"):
        return What.FOREIGN_UNIVERSE, _shown(_text(universe), "[a-z0-9.-]{1,80}") or "…"
    token_uri = document.get("token_uri")
    if token_uri is not None and token_uri not in urls.TOKEN_URIS:
        found = re.match(r"https?://(?:[^/?#]*@)?([^/?#@]*)", _text(token_uri))
        return What.FOREIGN_TOKEN_URI, _shown(found.group(1) if found else "", "[a-z0-9.:-]{1,80}") or "…"
    return _classify_pem(_text(document.get("private_key"))), ""


def _classify_pem(pem: str) -> What | None:
    """Only what is plain from the text; whether the numbers inside are a key is found when it is loaded."""
    if len(pem) > _MAX_PEM:
        return What.BROKEN_KEY
    if "\\n" in pem and "\n" not in pem.strip():
        return What.BROKEN_KEY
    if "ENCRYPTED" in pem:
        return What.ENCRYPTED_KEY
    if "-----BEGIN EC " in pem or "-----BEGIN DSA " in pem:
        return What.NOT_RSA
    # Found, not matched by one expression: that would look to the end again from each of many beginnings.
    begin = re.search(r"-----BEGIN (RSA )?PRIVATE KEY-----\s", pem)
    if begin is None:
        return What.BROKEN_KEY
    end = pem.find(f"-----END {begin.group(1) or ''}PRIVATE KEY-----", begin.end())
    if end <= begin.end():
        return What.BROKEN_KEY
    return None
