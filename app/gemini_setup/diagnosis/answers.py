"""An HTTP answer, an exception or a pasted text becomes `Evidence`, redacted on the way in. Knows no words for people.

Google's error model (google.rpc.Status with details) reaches people as an object, a one-element array, a string
inside a string, a Python or JavaScript rendering, gRPC text or prose, whole or cut off. All of them go one way here:
the text is unescaped until it stays the same, and the fields are searched in it by name. Details are searched, never
indexed; numbers inside URLs are not statuses.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gemini_setup.diagnosis._catalogue import REASONS
from gemini_setup.google import urls
from gemini_setup.model.credentials import Secret
from gemini_setup.security.redaction import plain, redact

LIMIT: Final = 20_000  # characters that are looked at; a real answer has fewer than 5,000
_LONGEST: Final = 1_000_000  # characters that are masked before the middle of a long log is left out


class Surface(StrEnum):
    """Where an answer came from (DESIGN §3)."""

    GEMINI_NATIVE = "gemini-native"
    GEMINI_OPENAI = "gemini-openai"
    VERTEX_NATIVE = "vertex-native"
    VERTEX_OPENAI = "vertex-openai"
    OAUTH_TOKEN = "oauth-token"
    GOOGLE_AUTH = "google-auth-exception"
    TRANSPORT = "transport"
    MANAGEMENT = "google-management"  # the hosts where keys, accounts, APIs and roles are made


_REASON = re.compile(r"(?<![A-Z_])(" + "|".join(sorted(REASONS, key=len, reverse=True)) + r")(?![A-Z_])")
#: What stands before a model's answer where that is only a part of what went wrong.
_TROUBLE = re.compile(r"(?i)error|fail|exception|denied|refused|\b[45]\d\d\b")
_CODE = re.compile(
    r"(?<![A-Z_])(UNAUTHENTICATED|PERMISSION_DENIED|RESOURCE_EXHAUSTED|INVALID_ARGUMENT|FAILED_PRECONDITION"
    r"|NOT_FOUND|UNAVAILABLE|DEADLINE_EXCEEDED|INTERNAL)(?![A-Z_])"
)
_MODEL_OF_GOOGLE = re.compile(
    r"(?<![\w.-])[45]\d\d (?:UNAUTHENTICATED|PERMISSION_DENIED|RESOURCE_EXHAUSTED|INVALID_ARGUMENT|FAILED_PRECONDITION|NOT_FOUND"
    r"|UNAVAILABLE|DEADLINE_EXCEEDED|INTERNAL)(?![A-Z_])"
)
_STATUS_FIELD = re.compile(r"""\bstatus["']?\s*(?::|=>?)\s*["']?([A-Z][A-Z_]{3,})\b""")
_URL = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>\])]+")
_STATUS = re.compile(
    r"""(?ix)
      (?<![\w.-])"?(?:error\s+)?(?:code|status|http_status|status[ _]?code|statuscode)["']?\s*(?::|=>?|\s)\s*["']?([1-5]\d\d)(?![\w.-])
    | \bhttp(?:/\d(?:\.\d)?)?(?:\s*(?:error|status|code|response|client))*\s*[:=]?\s*([1-5]\d\d)(?![\w.-])
    | ^\W{0,3}([1-5]\d\d)\s+(?:[A-Z]|\{)
    | \b(?:exceptions?\.\w{3,40}|ResourceExhausted|TooManyRequests|PermissionDenied|Forbidden|Unauthenticated|Unauthorized|InvalidArgument|BadRequest
        |FailedPrecondition|NotFound|InternalServerError|ServiceUnavailable|DeadlineExceeded|GatewayTimeout|(?:Client|Server|API)Error):\s*([45]\d\d)\s  # google.api_core prints its status so
    | \bAPI\s+error:?\s*\(?([45]\d\d)(?![\w.-])
    | \[([45]\d\d)\s*\]  # and Google's JavaScript library so, where the line came without a phrase
    | (?<![\w.:/-])([45]\d\d)\s+(?:Bad\ Request|Unauthorized|Forbidden|Not\ Found|Too\ Many\ Requests|Proxy\ Auth
        |Internal\ Server|Bad\ Gateway|Service\ Unavailable|Gateway\ Time|UNAUTHENTICATED|PERMISSION_DENIED|INVALID_ARGUMENT
        |RESOURCE_EXHAUSTED|NOT_FOUND|UNAVAILABLE|FAILED_PRECONDITION|INTERNAL|DEADLINE_EXCEEDED|Deadline\ Exceeded)
    """
)
_FRAME = re.compile("[\u2500-\u257f]+")  # the lines that terminal programs draw around a message and into it
# What a console puts around a line that it breaks: its frame and indent.
_AROUND = " \t|" + "".join(map(chr, range(0x2500, 0x2580)))
_SHORT: Final = 6_000  # characters in which wrapped words are looked for
_PAGE = re.compile(r"(?i)<title>\s*error \d{3} \(")
_OAUTH = re.compile(
    r"\b(invalid_grant|invalid_client|invalid_scope|unauthorized_client|deleted_client|disabled_client|org_internal"
    r"|admin_policy_enforced|account_disabled|invalid_request|access_denied)\b"
)
# The same codes as Go and the client libraries' exceptions write them.
_CODE_CLASS = re.compile(
    r"(?:exceptions\.|StatusCode(?:\.|=[\"']?)|code = |code=|\bgax\.rpc\.|\bstatus: [\"']?)"
    r"(Unauthenticated|PermissionDenied|ResourceExhausted|InvalidArgument|FailedPrecondition|NotFound|Unavailable"
    r"|ServiceUnavailable|DeadlineExceeded|InternalServerError|Internal|TooManyRequests)(?:Exception)?\b"
)
_CODE_OF: Final = {
    "Unauthenticated": "UNAUTHENTICATED",
    "PermissionDenied": "PERMISSION_DENIED",
    "ResourceExhausted": "RESOURCE_EXHAUSTED",
    "TooManyRequests": "RESOURCE_EXHAUSTED",
    "InvalidArgument": "INVALID_ARGUMENT",
    "FailedPrecondition": "FAILED_PRECONDITION",
    "NotFound": "NOT_FOUND",
    "Unavailable": "UNAVAILABLE",
    "ServiceUnavailable": "UNAVAILABLE",
    "DeadlineExceeded": "DEADLINE_EXCEEDED",
    "InternalServerError": "INTERNAL",
    "Internal": "INTERNAL",
}
# Whom Google counts a request to: it knows that only after it has looked at the credential.
_CONSUMER = re.compile(
    r"(?i)\bconsumer[\"']?\s*[:=]?\s*[\"']?(?:projects?[/_ ]|api_key:)|\bproject_number:\d|\bquotaid[\"']?\s*[:=]\s*[\"']?[a-z]"
)
# Gemini's own hosts: a text that names one of them speaks of Gemini, or of the sign-in on the way to it.
_HOST = re.compile(
    r"(?i)\b(?:(?:[a-z]{2,12}-)?generativelanguage|(?:[a-z]+-[a-z]+\d+-)?aiplatform|firebasevertexai|cloudaicompanion|(?:[a-z]{2,12}-)?cloudcode-pa)"
    r"\.(?:[a-z]{2}\.rep\.|sandbox\.)?googleapis\.com|\bdevelopers\.generativeai\.google\b"
    r"|\bai\.google\.dev\b|\bai\.dev/|\bai\.studio\b|\baistudio\.google\.com|\bgoogle\.(?:ai\.generativelanguage|cloud\.aiplatform)\b"
)
# Names that only Gemini's (and google-auth's) programs use; not the bare words, which are a star sign and a search engine.
_GOOGLE = re.compile(
    r"(?i)\b(?:oauth2|sts|iamcredentials)\.googleapis\.com|\baccounts\.google\.com/o/oauth2|www\.googleapis\.com/oauth2"
    r"|host=[\"']accounts\.google\.com|\b(?:com\.)?google\. ?(?:rpc|api_core|genai|auth|oauth2|generativeai|ai)\b|@google/gen|\bgoogle-(?:genai|generativeai|auth)\b|google\s?generative\s?ai"
    r"|\bcom\.google\.(?:api\.(?:client|gax)|cloud)\b|\bgoogle/(?:apiclient|auth)\b|\bgoogle[_\\](?:service|auth|client)[_\\]?exception|\bgoogle\\\\?(?:apicore|cloud|auth|genai)\b"
    r"|\bgoogle::(?:cloud|auth|apis|genai)\b|\bgoogle\.(?:apis\.(?:auth|requests)|genai)\b|\bgoogle_(?:cloud|genai)::|\bsignet::"
    r"|\berror 40[013]: (?:invalid_(?:scope|client|request|grant)|access_denied|org_internal|admin_policy_enforced|(?:deleted|disabled)_client|unauthorized_client|redirect_uri_mismatch)\b"
    r"|\bfunction_?declarations\b|\b(?:stream_?)?generate_?content|\bgemini[ _-](?:cli|api)\b|\bgemini ?[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
    r"|generative\s?language|\bgen_?ai\.|langchain_google|vertex[_-]?ai|\bvertex ai\b|gemini_?(?:exception|error|api)|\bgem(?:ini|ma)-\d"
    r"|models/gem(?:ini|ma)|publishers/google|\bgemini (?:api|cli|client|code assist|request|call|http|stream(?:ing)?|models?|provider|error|sdk|\d)"
    r"|google (?:ai studio|gemini|ai api|cloud sdk)|\bgoogle_(?:api_key|application_credentials|cloud_project|genai)|gserviceaccount\.com"
    r"|application default credentials|agent platform api|\bx-goog-api-key\b|(?<![\w.-])googleapis"
    # Sentences that people paste without anything around; where the text names another service of Google's, that one
    # is meant (`_ELSEWHERE`).
    r"|\bexhausted your capacity on this model|resource has been exhausted \(e\.g\. check quota\)"
    r"|spikes in demand are usually temporary|your project has been denied access\. please contact support"
)
# Other services of Google's, other vendors, other tools: their errors are worded alike and are not ours to explain.
_ELSEWHERE = re.compile(
    r"(?i)\b(?!(?:www|type|oauth2|sts|iamcredentials|iam|cloudresourcemanager|serviceusage|console|storage|metadata|play|fonts|ajax)\.)"
    r"[a-z][a-z0-9-]{1,40}\.googleapis\.com"
    r"|\bstorage\.googleapis\.com/(?!.{0,300}gemini)|googleapis\.com/(?!oauth2|auth\b)(?:drive|youtube|calendar|gmail|upload|customsearch|books|admin|bigquery|compute)\b"
    r"|\b(?:google )?maps (?:javascript|platform|api|static|embed|sdk)|\bgeocod|\bplaces api\b|\bdirections api\b|youtube|\byoutube data api|firebase|firestore|crashlytics"
    r"|\bgoogle (?:drive|sheets|docs|calendar|photos|play|ads|analytics|search console)\b|\bgmail api\b|\b(?:drive|sheets|gmail|calendar|people|slides|docs|vision|translation|translate|custom search|text-to-speech|speech-to-text|bigquery|cloud storage|compute engine|kubernetes engine|cloud run|pub/sub|secret manager|cloud functions|cloud sql admin|places|geocoding|geolocation|routes) api\b"
    r"|\b(?:storage|compute|bigquery|run|pubsub|container|cloudsql|datastore|secretmanager|artifactregistry|logging|monitoring|dns|cloudfunctions|cloudbuild)\.[a-z]+\.[a-z]+\b"
    r"|\bgcr\.io\b|\bpkg\.dev\b|\(gcloud\.(?!auth|ai)"
    r"|\bapi\.(?:sandbox\.)?gemini\.com|\bgemini (?:exchange|trust|observatory|telescope|north|south)\b"
    r"|(?:platform|api|help)\.openai\.com|anthropic\.com|mistral\.ai|\bgroq\.com|openrouter\.ai|\bcohere\.(?:ai|com)|\.azure\.com|azurewebsites|huggingface\.co|perplexity\.ai|deepseek\.com|\bx\.ai\b|together\.(?:ai|xyz)"
    r"|amazonaws\.com|\bbotocore\b|api\.github\.com|docs\.github\.com|//github\.com|\bgithub\.com[:/ ']|gitlab\.com|bitbucket\.org|stripe\.com|api\.cloudflare\.com|slack\.com|twilio\.com|sendgrid|discord\.com|openweathermap|graph\.microsoft\.com|login\.microsoftonline"
    r"|registry\.npmjs\.org|registry\.yarnpkg|npm (?:err!|error|warn)|pypi\.org|pythonhosted\.org|pip\._vendor|\b(?:pip3?|npm|brew|apt-get|apt|cargo|docker|conda) (?:install|pull|update|i)\b|docker\.io|error response from daemon|crates\.io|rubygems\.org|maven\.org|proxy\.golang\.org|deb\.debian\.org|archive\.ubuntu\.com"
)
_OTHER_API = re.compile(r"([A-Za-z][A-Za-z -]{2,50}) API has not been used in project")
_OUR_API = re.compile(
    r"(?i)generative|gemini|vertex|agent platform|resource manager|service usage|iam|cloud ai"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer says, in parts that rules can ask for. Never holds a secret.

    `words` is the whole text in lower case, white space folded and URLs kept, for rules about wording. `reasons` are
    the ErrorInfo reasons found, in the order of the text. `exception` names an exception's class, when there was one.
    `google`: the text itself names Gemini's side or shows Google's error model. `elsewhere`: it names another service,
    vendor or tool and none of Gemini's hosts. `consumer`: it names whom Google counts the request to, so Google has looked
    at the credential.
    """

    surface: Surface | None = None
    status: int | None = None
    code: str = ""
    reasons: tuple[str, ...] = ()
    oauth: str = ""
    words: str = ""
    html: bool = False
    google: bool = False
    elsewhere: bool = False
    consumer: bool = False
    empty: bool = False
    answered: bool = False  # a model's answer, whatever it speaks of
    exception: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""  # redacted, for "Copy details"

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.words) is not None


def unescaped(text: str) -> str:
    """Text with the escapes of nested renderings undone, at most five layers deep; linear in its length."""
    for _ in range(5):
        changed = text.replace("\\\\", "\\").replace('\\"', '"').replace("\\'", "'")
        changed = changed.replace("\\r", " ").replace("\\n", " ").replace("\\t", " ").replace("\\u0027", "'")
        changed = (
            changed.replace("\\u003c", "<")
            .replace("\\u003e", ">")
            .replace("\\u0026", "&")
            .replace("\\/", "/")
        )
        if changed == text:
            break
        text = changed
    return html.unescape(text) if "&" in text else text


def from_text(
    pasted: str,
    surface: Surface | None = None,
    status: int | None = None,
    secrets: Iterable[Secret] = (),
    exception: str = "",
) -> Evidence:
    """Evidence from any text; `surface` and `status` when the caller knows them."""
    secrets = tuple(secrets)
    return _evidence(redact(pasted[:_LONGEST], secrets), surface, status, secrets, exception)


def _evidence(
    text: str, surface: Surface | None, status: int | None, secrets: tuple[Secret, ...], exception: str = ""
) -> Evidence:
    """Evidence from a text that is masked already."""
    if len(text) > LIMIT:  # a traceback tells at its end, an answer at its beginning; masked before it is cut
        text = f"{text[: LIMIT // 2]}\n…\n{text[-(LIMIT // 2) + 3 :]}"
    flat = " ".join(_FRAME.sub(" ", unescaped(text)).split())
    if "\\" in text or "&" in text:  # an escape or an entity that is undone may have hidden a secret
        flat = redact(flat, secrets)
    bare = _URL.sub(" ", flat)
    code = named = next((c for c in _STATUS_FIELD.findall(bare) if _CODE.fullmatch(c)), "")
    if not code and (found := _CODE.search(bare)):
        code = found.group(1) if found.group(1) != "INTERNAL" or status == 500 else ""
    if not code and (found := _CODE_CLASS.search(bare)):
        code = _CODE_OF[found.group(1)]
    pair = _MODEL_OF_GOOGLE.search(bare)
    if status is None and pair:  # Google's own pair of number and code, whatever else in the log has a number
        status = int(pair.group()[:3])
    if status is None and (seen := _STATUS.search(bare)):
        status = next(int(group) for group in seen.groups() if group)
    start = flat[:400].lower()
    joined, boxed = _joined(text), _FRAME.search(text) is not None
    if (
        joined
        and not code
        and (found := _CODE.search(_URL.sub(" ", joined)))
        and found.group(1) != "INTERNAL"
    ):
        code = found.group(1)
    unwrapped = " ".join(redact(_FRAME.sub(" ", joined), secrets).split()).lower() if joined else ""
    ours = _HOST.search(flat) is not None or _HOST.search(joined) is not None
    other = _OTHER_API.search(joined or flat)
    elsewhere = _ELSEWHERE.search(flat) is not None or (
        other is not None and not _OUR_API.search(other.group(1))
    )
    oauth = _OAUTH.search(flat)
    return Evidence(
        surface=surface,
        status=status,
        code=code,
        reasons=tuple(dict.fromkeys(_REASON.findall(flat) or _REASON.findall(joined))),
        oauth=oauth.group(1) if oauth else "",
        # Once as it came and once with its lines joined: a console breaks them in the middle of words.
        words=f"{flat.lower()} ¦ {unwrapped}" if unwrapped else flat.lower(),
        html="<html" in start
        or "<!doctype html" in start
        or "<body" in start
        or _PAGE.search(flat) is not None,
        # A code in `status` or behind the number of HTTP ("403 PERMISSION_DENIED") is Google's model.
        google=bool(named)
        or ours
        or pair is not None
        or _GOOGLE.search(flat) is not None
        or _GOOGLE.search(joined) is not None
        or (oauth is not None and "google" in flat.lower()),
        elsewhere=elsewhere and not ours,
        consumer=_CONSUMER.search(flat) is not None or _CONSUMER.search(joined) is not None,
        empty=not flat,
        answered=surface is None and _is_an_answer(text),
        exception=exception,
        facts=MappingProxyType({**_facts(flat), **_facts(joined)} if joined and boxed else _facts(flat)),
        text=text,
    )


def _joined(text: str) -> str:
    """A short text whose wrapped lines are put together without a space, the frame around them taken away."""
    if len(text) > _SHORT or ("\n" not in text.strip() and "   " not in text):
        return ""
    lines = [line.strip(_AROUND.replace(" ", "")).rstrip() for line in unescaped(text).splitlines()]
    lines = [line for line in lines if line]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    left = min(indents, default=0)
    hanging = min(indents[1:], default=0)  # some indent all lines but the first
    width = max(map(len, lines), default=0)
    # A line that does not reach the edge was broken at a space, and the box has hidden it.
    whole = "".join(
        line[hanging if number else left :] + ("" if len(line) == width else " ")
        for number, line in enumerate(lines)
    )
    return re.sub(" {3,}", "", whole)


def _is_an_answer(text: str) -> bool:
    """Whether a pasted text is a model's own answer and nothing else: what that speaks of is no error of ours."""
    start = text.find("{")
    if not 0 <= start <= 400 or ('"candidates"' not in text and '"choices"' not in text):
        return False
    try:
        document, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    if text[end:].strip() or _TROUBLE.search(text[:start]):
        return False
    if not isinstance(document, dict) or document.get("error"):
        return False
    told = document.get("candidates") or document.get("choices")
    return isinstance(told, list) and any(
        isinstance(one, dict) and ("content" in one or "message" in one) for one in told
    )


def from_response(surface: Surface, status: int, body: bytes, secrets: Iterable[Secret] = ()) -> Evidence:
    """Evidence from an HTTP answer; `body` as received (at most the network's limit), in any encoding."""
    secrets = tuple(secrets)
    seen = redact(body[: LIMIT * 5].decode("utf-8", "replace"), secrets)
    if len(body) > LIMIT * 5:  # half a secret at the cut is known by nothing
        seen = seen[:-LIMIT]
    return _evidence(seen, surface, status, secrets)


def from_exception(surface: Surface, error: BaseException, secrets: Iterable[Secret] = ()) -> Evidence:
    """Evidence from an exception and the chain of its causes, which is where the telling one usually is."""
    parts: list[str] = []
    names: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 6:
        name = f"{type(seen).__module__}.{type(seen).__name__}"
        parts.append(f"{name}: {_said(seen)}")
        names.append(name)
        seen = seen.__cause__ or seen.__context__
    return from_text("\n".join(parts), surface, None, secrets, exception=" ".join(names))


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own text fails still has a name
        return ""


# ---------------------------------------------------------------- facts


def _field(name: str, text: str, value: str = r"[^\"'\s,}]+") -> str:
    found = re.search(rf"""\b{name}["']?\s*(?::|=>?)\s*["']?({value})""", text)
    return found.group(1) if found else ""


_PROJECT_NUMBER = re.compile(
    r"projects?[ /](?:number[: ]*)?#?['\"]?(\d{6,14})\b|project_number:(\d{6,14})|[?&]project=(\d{6,14})\b"
)
_PROJECT_ID = re.compile(
    r"(?:consumer['\"]?\s*[:=]\s*['\"]?projects/|resource project |in project |[?&]project=|//[a-z.]+/projects/"
    r"|project '|projects/)([a-z][a-z0-9-]{4,28}[a-z0-9])\b"
)
_SERVICE = re.compile(
    r"\b((?:[a-z]+-)?(?:generativelanguage|aiplatform|cloudaicompanion)|[a-z]{4,30})\.googleapis\.com\b"
)
_API_OFF = re.compile(
    r"(?i)\b(generative language|vertex ai|agent platform) api has not been used in project\b"
)
_APIS: Final = {
    "generative language": "generativelanguage.googleapis.com",
    "vertex ai": "aiplatform.googleapis.com",
    "agent platform": "aiplatform.googleapis.com",
}
_PERMISSION = re.compile(
    r"permission['\"]?\s*:?\s*['\"]([a-z]+\.[A-Za-z]+\.[A-Za-z]+)['\"]|\b(aiplatform\.(?!googleapis)[a-z]+\.[a-z]+)\b",
    re.I,
)
_MODEL = re.compile(
    r"(?:models?/|model:\s*|model\s+['\"]?|model['\"]?:\s*['\"](?:google/)?)((?:gemini|gemma|learnlm|imagen|text|chat)-[a-z0-9.-]*[a-z0-9])"
)
_RETRY = re.compile(
    r"(?:retry in|retrydelay['\"]?\s*:\s*['\"]?)\s*(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?([\d.]{1,20})\s*(ms|s)",
    re.I,
)
_LOCATION = re.compile(
    r"\blocations/([a-z0-9-]{2,40})\b|\b([a-z]+(?:-[a-z]+){1,2}\d{1,2})-aiplatform\.googleapis|\baiplatform\.(us|eu)\.rep\.googleapis"
    r"|\bregion[\"']?\s*[:=]\s*[\"']?([a-z]+-[a-z]+\d{1,2})\b"
)
_HINT = re.compile(
    r"(?<=[:='\"(])…([0-9A-Za-z_-]{4})(?![\w-])"
)  # as the wall leaves a key that an answer repeats
_CONSOLE_LINK = re.compile(r"https://console\.[a-z.]{10,30}/[^\s\"'<>\\)\]}]{1,300}")
_RESOURCE = re.compile(r"on resource ['\"]?(//[^\s'\"]+|projects/[^\s'\"]+)")


def _facts(text: str) -> dict[str, str]:
    """What an answer names: project, service, permission, model, limits, times. Values are plain and short."""
    facts: dict[str, str] = {}

    def fact(name: str, value: str) -> None:
        if value:
            facts[name] = plain(value, 120)

    number = _PROJECT_NUMBER.search(text)
    project = next((g for g in number.groups() if g), "") if number else ""
    if not project and (found := _PROJECT_ID.search(text)):
        project = found.group(1)
    fact("project", project)
    service = _field("service", text, r"[a-z.-]+\.googleapis\.com")
    if not service and (found := _SERVICE.search(text)):
        service = f"{found.group(1)}.googleapis.com"
    if not service and (found := _API_OFF.search(text)):
        service = _APIS[found.group(1).lower()]
    if service not in (
        "console.googleapis.com",
        "type.googleapis.com",
        "oauth2.googleapis.com",
        "www.googleapis.com",
    ):
        service = "aiplatform.googleapis.com" if "aiplatform" in service else service
        fact("service", service)
    if found := _PERMISSION.search(text):
        fact("permission", next(g for g in found.groups() if g))
    if found := _RESOURCE.search(text):
        fact("resource", found.group(1).rstrip(").,"))
    if found := _MODEL.search(text):
        fact("model", found.group(1))
    if (found := _LOCATION.search(text)) and urls.is_location(place := next(filter(None, found.groups()))):
        fact("location", place)
    if found := _HINT.search(text):
        fact("hint", found.group(1))
    links = (found.group().rstrip(".,;") for found in _CONSOLE_LINK.finditer(text))
    if link := next(filter(urls.is_console_link, links), ""):
        facts["activation"] = plain(link, 300)  # for reading; what a button opens is rebuilt (routes.link)
    fact("address", _field("callerIp", text, r"[0-9a-fA-F.:]{3,45}") or _ip_in_prose(text))
    fact("quota", _field("quotaId", text) or _field("quota_limit", text, r"[A-Za-z][A-Za-z0-9_-]+"))
    quota = facts.get("quota", "").replace("_", "").replace("-", "").lower()
    fact("resets", _begins_anew(quota))
    limit = _field("quotaValue", text, r"\d+") or _field("quota_limit_value", text, r"\d+")
    if not limit and (found := re.search(r"\blimit: (\d+)\b", text)):
        limit = found.group(1)
    fact("limit", limit)
    # RetryInfo names seconds for a day's quota and for one of zero, too (google-facts §4): no fact there.
    if facts.get("resets") != "America/Los_Angeles" and limit != "0" and (found := _RETRY.search(text)):
        hours, minutes, amount, unit = found.groups()
        try:
            seconds = float(amount) / (1000 if unit.lower() == "ms" else 1)
        except ValueError:
            seconds = 0
        fact("retry", str(int(seconds + 0.999) + 60 * int(minutes or 0) + 3600 * int(hours or 0)))
    return facts


def _begins_anew(quota: str) -> str:
    """When a quota of that id begins again: the time zone whose midnight it is, "minute", or "" where it does not say."""
    return "America/Los_Angeles" if "perday" in quota else "minute" if "perminute" in quota else ""


def _ip_in_prose(text: str) -> str:
    found = re.search(
        r"ip address\b.{0,40}?\b((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}:[0-9a-f:]{3,40})", text, re.I
    )
    return found.group(1) if found else ""
