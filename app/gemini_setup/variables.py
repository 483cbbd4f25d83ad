"""The environment variables that each tool really reads (google-facts §5.2), and how each shell writes them. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from gemini_setup import routes
from gemini_setup.credentials import Access, Kind, Service

#: Tools by the name that `--for` takes; "" is the set that conflicts with none of them.
TOOLS: Final = ("gemini-cli", "google-genai", "openai", "langchain", "litellm", "aider", "llm", "vercel-ai")
SHELLS: Final = ("bash", "fish", "powershell", "cmd", "dotenv")

_SWITCHES: Final = ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE")
_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_OPENAI_OTHERS: Final = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")


class NotForThisTool(ValueError):
    """The tool has no way to use this kind of credential by variables; the message is plain words."""


@dataclass(frozen=True, slots=True)
class Variables:
    """`plain` may be shown; `secret` names the variable that carries the secret and what it is: "key", "token" or "file".

    `unset` would win over them, or send the credential elsewhere.
    """

    plain: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secret: tuple[str, str] | None = None
    unset: tuple[str, ...] = ()


def variables(access: Access, tool: str = "") -> Variables:
    """What `tool` needs to use this credential. Raises NotForThisTool."""
    if access.service is Service.STUDIO:
        return _studio(access, tool)
    if access.credential.kind is Kind.API_KEY:
        return _express(access, tool)
    return _vertex(access, tool)


def _studio(access: Access, tool: str) -> Variables:
    own = access.endpoints.gemini
    match tool:
        case "openai":
            return _openai(access, "key")
        case "llm":
            return Variables(secret=("LLM_GEMINI_KEY", "key"))
        case "vercel-ai":
            return Variables(secret=("GOOGLE_GENERATIVE_AI_API_KEY", "key"))
        case "langchain":  # it reads GOOGLE_API_KEY first, so that one cannot be shadowed
            return Variables(_set(GOOGLE_GEMINI_BASE_URL=own), ("GOOGLE_API_KEY", "key"), _SWITCHES)
        case "litellm" | "aider":
            return Variables(_set(GEMINI_API_BASE=own), ("GEMINI_API_KEY", "key"), ("GOOGLE_API_KEY",))
    unset = ("GOOGLE_API_KEY", *_SWITCHES, "GOOGLE_GENAI_USE_GCA")
    return Variables(_set(GOOGLE_GEMINI_BASE_URL=own), ("GEMINI_API_KEY", "key"), unset)


def _express(access: Access, tool: str) -> Variables:
    """A key for Vertex AI. A project in the environment would win over it (google-genai 3.4)."""
    if tool == "vercel-ai":
        unset = ("GOOGLE_VERTEX_PROJECT", "GOOGLE_VERTEX_LOCATION")
        return Variables(secret=("GOOGLE_VERTEX_API_KEY", "key"), unset=unset)
    if tool in ("", "google-genai", "gemini-cli", "langchain"):
        plain = _set(**dict.fromkeys(_SWITCHES, "true"), GOOGLE_VERTEX_BASE_URL=access.endpoints.vertex)
        others = ("GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_GENAI_USE_GCA")
        return Variables(plain, ("GOOGLE_API_KEY", "key"), others)
    raise NotForThisTool(f"{tool} has no way to use an API key of Vertex AI.")


def _vertex(access: Access, tool: str) -> Variables:
    project, location = access.project or "", access.location or ""
    secret = (_FILE, "file") if access.credential.kind is Kind.SERVICE_ACCOUNT else None
    adc = () if secret else (_FILE,)
    match tool:
        case "openai":
            return _openai(access, "token")
        case "litellm" | "aider":
            return Variables(_set(VERTEXAI_PROJECT=project, VERTEXAI_LOCATION=location), secret, adc)
        case "vercel-ai":
            plain = _set(GOOGLE_VERTEX_PROJECT=project, GOOGLE_VERTEX_LOCATION=location)
            return Variables(plain, secret, ("GOOGLE_VERTEX_API_KEY", *adc))
        case "llm":
            raise NotForThisTool("llm has no way to use a service account.")
    plain = _set(
        **dict.fromkeys(_SWITCHES, "true"),
        GOOGLE_CLOUD_PROJECT=project,
        GOOGLE_CLOUD_LOCATION=location,
        GOOGLE_VERTEX_BASE_URL=access.endpoints.vertex,
    )
    return Variables(plain, secret, ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_GCA", *adc))


def _openai(access: Access, secret: str) -> Variables:
    try:
        base = routes.openai_base(access)
    except routes.NotAnAddress:
        raise NotForThisTool("An API key of Vertex AI has no OpenAI-compatible route.") from None
    return Variables(_set(OPENAI_BASE_URL=base), ("OPENAI_API_KEY", secret), _OPENAI_OTHERS)


def _set(**values: str | None) -> Mapping[str, str]:
    return MappingProxyType({name: value for name, value in values.items() if value})


# ---------------------------------------------------------------- shells


def lines(shell: str, assigned: Mapping[str, str], unset: tuple[str, ...] = ()) -> list[str]:
    """The lines that set and unset them in a shell. `dotenv` cannot unset: those names are left out there."""
    if shell == "dotenv":
        return [f"{name}={_dotenv(value)}" for name, value in assigned.items()]
    remove, put = _FORMS[shell]
    return [remove.format(name) for name in unset] + [
        put.format(name, _QUOTED[shell](value)) for name, value in assigned.items()
    ]


_FORMS: Final = {
    "bash": ("unset {}", "export {}={}"),
    "fish": ("set -e {}", "set -gx {} {}"),
    "powershell": ("Remove-Item Env:{} -ErrorAction SilentlyContinue", "$env:{} = {}"),
    "cmd": ('set "{}="', 'set "{}={}"'),
}


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cmd(text: str) -> str:
    if re.search(r'["%!\r\n]', text):
        raise NotForThisTool("This value has characters that cmd cannot carry; use PowerShell.")
    return text


def _dotenv(text: str) -> str:
    """Single quotes are read as they stand by every reader; a value that holds one needs double ones."""
    if re.fullmatch(r"[A-Za-z0-9_./:@-]*", text):
        return text
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("\n", "\\n")
    return f'"{escaped}"'


_QUOTED: Final = {"bash": shlex.quote, "fish": _fish, "powershell": _powershell, "cmd": _cmd}
