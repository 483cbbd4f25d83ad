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
from gemini_setup.errors import Worded

#: Tools by the name that `--for` takes; "" is the set that conflicts with none of them.
TOOLS: Final = ("gemini-cli", "google-genai", "openai", "langchain", "litellm", "aider", "llm", "vercel-ai")
SHELLS: Final = ("bash", "fish", "powershell", "cmd", "dotenv")

_SWITCHES: Final = ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE")
_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
#: Where google-genai and Gemini CLI send the credential to: one that is not the profile's own is not followed.
_BASES: Final = ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL")
#: What Gemini CLI 0.61 looks at first, and how it sends the key.
_GEMINI_CLI: Final = ("GOOGLE_GENAI_USE_GCA", "GEMINI_API_KEY_AUTH_MECHANISM")
_PROJECTS: Final = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT_ID")
#: What LiteLLM 1.106 takes before the variables that it documents, or sends elsewhere.
_LITELLM_VERTEX: Final = (
    "VERTEXAI_CREDENTIALS", "VERTEX_CREDENTIALS", "VERTEX_PROJECT", "VERTEX_LOCATION", "VERTEXAI_API_BASE",
    "VERTEX_API_BASE",
)  # fmt: skip
_OPENAI_OTHERS: Final = ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS")


class NotForThisTool(Worded, ValueError):
    """The tool has no way to use this kind of credential by variables; its text is a sentence."""


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


def needs(access: Access, tool: str = "") -> str:
    """What the secret is that the tool gets: "key", "token", "file", or "" for none. Raises NotForThisTool."""
    secret = variables(access, tool).secret
    return secret[1] if secret is not None else ""


def _studio(access: Access, tool: str) -> Variables:
    own = access.endpoints.gemini
    match tool:
        case "openai":
            return _openai(access, "key")
        case "llm" | "vercel-ai":
            if own:
                raise NotForThisTool("no_endpoint", tool=tool)
            name = "LLM_GEMINI_KEY" if tool == "llm" else "GOOGLE_GENERATIVE_AI_API_KEY"
            return Variables(secret=(name, "key"))
        case "langchain":  # it reads GOOGLE_API_KEY first, so that one cannot be shadowed
            return _made({"GOOGLE_GEMINI_BASE_URL": own}, ("GOOGLE_API_KEY", "key"), _BASES, _SWITCHES)
        case "litellm" | "aider":
            return _made({"GEMINI_API_BASE": own}, ("GEMINI_API_KEY", "key"), ("GOOGLE_API_KEY",))
    others = ("GOOGLE_API_KEY", *_SWITCHES, *_GEMINI_CLI)
    return _made({"GOOGLE_GEMINI_BASE_URL": own}, ("GEMINI_API_KEY", "key"), others, _BASES)


def _express(access: Access, tool: str) -> Variables:
    """A key for Vertex AI. A project in the environment would win over it (google-genai 3.4)."""
    own = access.endpoints.vertex
    if tool == "vercel-ai" and not own:
        unset = ("GOOGLE_VERTEX_PROJECT", "GOOGLE_VERTEX_LOCATION")
        return Variables(secret=("GOOGLE_VERTEX_API_KEY", "key"), unset=unset)
    if tool in ("", "gemini-cli") or (tool in ("google-genai", "langchain") and not own):
        plain = {**dict.fromkeys(_SWITCHES, "true"), "GOOGLE_VERTEX_BASE_URL": own}
        others = ("GEMINI_API_KEY", *_PROJECTS, "GOOGLE_CLOUD_LOCATION", *_GEMINI_CLI)
        return _made(plain, ("GOOGLE_API_KEY", "key"), others, _BASES)
    raise NotForThisTool("no_express", tool=tool)


def _vertex(access: Access, tool: str) -> Variables:
    project, location, own = access.project or "", access.location or "", access.endpoints.vertex
    secret = (_FILE, "file") if access.credential.kind is Kind.SERVICE_ACCOUNT else None
    adc = () if secret else (_FILE,)
    if own and tool in ("google-genai", "langchain", "litellm", "aider", "vercel-ai"):
        # google-genai 3.4 follows GOOGLE_VERTEX_BASE_URL only where the mode is given in code.
        raise NotForThisTool("no_endpoint", tool=tool)
    match tool:
        case "openai":
            return _openai(access, "token")
        case "litellm" | "aider":
            plain = {"VERTEXAI_PROJECT": project, "VERTEXAI_LOCATION": location}
            return _made(plain, secret, _LITELLM_VERTEX, adc)
        case "vercel-ai":
            plain = {"GOOGLE_VERTEX_PROJECT": project, "GOOGLE_VERTEX_LOCATION": location}
            return _made(plain, secret, ("GOOGLE_VERTEX_API_KEY", *adc))
        case "llm":
            raise NotForThisTool("no_account", tool=tool)
    wanted = {
        **dict.fromkeys(_SWITCHES, "true"),
        "GOOGLE_CLOUD_PROJECT": project,
        "GOOGLE_CLOUD_LOCATION": location,
        "GOOGLE_VERTEX_BASE_URL": own,
    }
    return _made(wanted, secret, ("GOOGLE_API_KEY", "GEMINI_API_KEY", *_GEMINI_CLI, *adc), _BASES)


def _openai(access: Access, secret: str) -> Variables:
    try:
        base = routes.openai_base(access)
    except routes.NotAnAddress:
        raise NotForThisTool("express_openai") from None
    return Variables(_set(OPENAI_BASE_URL=base), ("OPENAI_API_KEY", secret), _OPENAI_OTHERS)


def _set(**values: str | None) -> Mapping[str, str]:
    return MappingProxyType({name: value for name, value in values.items() if value})


def _made(
    plain: Mapping[str, str | None], secret: tuple[str, str] | None, *unset: tuple[str, ...]
) -> Variables:
    """What is set is not unset; a variable of `plain` that has no value is: it would be another's."""
    given = {*(name for name, value in plain.items() if value), *([secret[0]] if secret else [])}
    others = dict.fromkeys([name for names in unset for name in names] + list(plain))
    return Variables(_set(**plain), secret, tuple(name for name in others if name not in given))


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
        raise NotForThisTool("cmd")
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
