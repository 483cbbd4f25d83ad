"""The environment variables that tools really read (google-facts §5.2), and how each shell writes them.

One set for all tools: every name that a fact goes by in any of them is set, and every variable of the shell that would
win over one of them is taken out. The other set is for OpenAI's own libraries. Pure, but for a look at a company's file.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from gemini_setup.google import urls
from gemini_setup.i18n import messages
from gemini_setup.i18n.errors import Worded
from gemini_setup.model.credentials import Access, Kind, Service
from gemini_setup.usage import tool_names

SHELLS: Final = ("bash", "fish", "powershell", "cmd", "dotenv")
#: What `exec --as NAME=FIELD` can put under another name.
FIELDS: Final = ("key", "project", "location", "base-url")

_SWITCHES: Final = ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE")
_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
#: An AI Studio key, by everybody who has a name of their own for it.
_STUDIO_KEYS: Final = (
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "LLM_GEMINI_KEY", "GOOGLE_AI_API_KEY",
)  # fmt: skip
#: An API key of Vertex AI: google-genai and Gemini CLI, the AI SDK, pi, inspect-ai.
_VERTEX_KEYS: Final = (
    "GOOGLE_API_KEY", "GOOGLE_VERTEX_API_KEY", "GOOGLE_CLOUD_API_KEY", "VERTEX_API_KEY", "VERTEXAI_API_KEY",
)  # fmt: skip
_OLD_KEYS: Final = ("PALM_API_KEY", "GOOGLE_GENAI_API_KEY")
#: Google's own names for a project and a place are also those of programs that have nothing to do with Gemini.
_CLOUD_PROJECTS: Final = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT_ID", "GCLOUD_PROJECT")
_CLOUD_LOCATIONS: Final = (
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_REGION",
    "GCLOUD_LOCATION",
    "CLOUD_ML_REGION",
)
_GEMINI_PROJECTS: Final = (
    "GOOGLE_VERTEX_PROJECT", "VERTEXAI_PROJECT", "VERTEX_PROJECT", "VERTEX_PROJECT_ID", "VERTEX_AI_PROJECT_ID",
)  # fmt: skip
_GEMINI_LOCATIONS: Final = (
    "GOOGLE_VERTEX_LOCATION", "VERTEXAI_LOCATION", "VERTEX_LOCATION", "VERTEX_REGION", "VERTEX_AI_REGION",
)  # fmt: skip
#: Where each tool looks for the address of its service.
_STUDIO_BASES: Final = ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_BASE_URL", "GOOGLE_API_BASE_URL")
_LITELLM_BASE: Final = "GEMINI_API_BASE"  # with the version, unlike the others
_VERTEX_BASES: Final = ("GOOGLE_VERTEX_BASE_URL", "VERTEXAI_API_BASE", "VERTEX_API_BASE")
_BASES: Final = (*_STUDIO_BASES, _LITELLM_BASE, *_VERTEX_BASES)
#: Whatever else sends a request elsewhere, in another form, or in another's name.
_ASTRAY: Final = (
    "GOOGLE_GENAI_API_VERSION", "GOOGLE_GENAI_CLIENT_MODE", "GOOGLE_GENAI_REPLAYS_DIRECTORY", "GOOGLE_GENAI_REPLAY_ID",
    "GOOGLE_GENAI_RUN_VERTEX_ONLY_IN_API_MODE", "GOOGLE_GENAI_RUN_GEMINI_ONLY_IN_API_MODE",
    "GOOGLE_GENAI_USE_GCA", "GOOGLE_GENAI_ACCESS_TOKEN", "GEMINI_API_KEY_AUTH_MECHANISM", "GOOGLE_CLOUD_ACCESS_TOKEN",
    "GOOGLE_API_HOST", "VERTEX_API_HOST", "VERTEX_API_VERSION", "VERTEX_PUBLISHER",
)  # fmt: skip
#: The same, of Google's own libraries: of no account to an API key, and other programs' business there.
_ASTRAY_CLOUD: Final = (
    "GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_API_USE_MTLS_ENDPOINT", "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
)  # fmt: skip
#: Credentials that tools take before GOOGLE_APPLICATION_CREDENTIALS.
_ACCOUNTS: Final = (
    "VERTEXAI_CREDENTIALS", "VERTEX_CREDENTIALS", "GOOGLE_CLOUD_CREDENTIALS", "GOOGLE_CLIENT_EMAIL", "GOOGLE_PRIVATE_KEY",
    "GOOGLE_PRIVATE_KEY_ID", "GCLOUD_SERVICE_ACCOUNT_CREDS",
)  # fmt: skip
_GEMINI_CLI_DEFAULTS: Final = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"
_OPENAI_BASES: Final = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
_OPENAI_OTHERS: Final = (
    "OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS", "OPENAI_API_TYPE",
    "OPENAI_API_VERSION", "OPENAI_ADMIN_KEY", *_STUDIO_KEYS,
)  # fmt: skip
#: openai-agents posts its traces to OpenAI with the key that it was given: ours.
_OPENAI_PLAIN: Final = {"OPENAI_AGENTS_DISABLE_TRACING": "1"}
#: Names that are OpenAI's own: under one of them alone, our key would go to OpenAI.
OPENAI_NAMES: Final = frozenset(
    {"OPENAI_API_KEY", *_OPENAI_BASES, *_OPENAI_PLAIN, *_OPENAI_OTHERS} - {*_STUDIO_KEYS}
)
_GEMINI_ONLY: Final = (
    *_STUDIO_KEYS, *_VERTEX_KEYS, *_OLD_KEYS, *_ACCOUNTS, *_GEMINI_PROJECTS, *_GEMINI_LOCATIONS, *_SWITCHES, *_BASES,
    *_ASTRAY,
)  # fmt: skip


class NotForThisTool(Worded, ValueError):
    """The tool has no way to use this kind of credential by variables; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Variables:
    """`plain` may be shown; `secret` names the variables that carry the secret.

    `what` says what that is: "key", "token", "file", or "" for none. `unset` would win over them, or send the credential
    elsewhere.
    """

    plain: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secret: tuple[str, ...] = ()
    what: str = ""
    unset: tuple[str, ...] = ()


def variables(access: Access, tool: str = "", *, anyway: bool = False) -> Variables:
    """What `tool` needs to use this credential; "" is a tool that nobody named, and gets the set for all.

    Raises NotForThisTool: it has no way to use it, or (but for `anyway`) would send it to Google instead of the
    endpoint that it is for.
    """
    known = tool_names.TOOLS[tool] if tool else tool_names.Known()
    if not anyway and follows(access, tool) is False:
        raise NotForThisTool("no_endpoint", tool=tool)
    if known.reads == tool_names.OPENAI_SET:
        return _openai(access)
    if access.service is Service.STUDIO:
        return _studio(access)
    if access.credential.kind is Kind.API_KEY:
        if not known.express:
            raise NotForThisTool("no_express", tool=tool)
        return _express(access)
    if not known.account:
        raise NotForThisTool("no_account", tool=tool)
    return _vertex(access)


def own_endpoint(access: Access) -> str | None:
    """The endpoint that this credential is for instead of Google's, if it has one."""
    return access.endpoints.gemini if access.service is Service.STUDIO else access.endpoints.vertex


def follows(access: Access, tool: str | None) -> bool | None:
    """Whether variables lead this tool to the profile's own endpoint: True also where it has none, None for unknown."""
    if not own_endpoint(access):
        return True
    if not tool:
        return None
    known = tool_names.TOOLS[tool]
    return known.studio if access.service is Service.STUDIO else known.vertex


def narrowed(access: Access, tool: str = "") -> Variables:
    """For a file that stays: only the names that the tool itself reads, and what in that file would win over them.

    Raises NotForThisTool.
    """
    whole = variables(access, tool)
    known = tool_names.TOOLS[tool] if tool else tool_names.Known()
    if known.reads == tool_names.OPENAI_SET:
        others = tuple(name for name in whole.unset if name not in _STUDIO_KEYS)
        return Variables(whole.plain, whole.secret, whole.what, others)
    if access.service is not Service.STUDIO:
        if access.credential.kind is not Kind.API_KEY:
            return whole
        winners = (name for name in whole.unset if name not in _VERTEX_KEYS)
        return _made(whole.plain, (known.express_key,), "key", winners)
    if known.key not in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        return Variables(secret=(known.key,), what="key")
    base = _LITELLM_BASE if known.litellm else "GOOGLE_GEMINI_BASE_URL"
    rivals = [base, "GOOGLE_API_KEY"]
    if not known.litellm:
        rivals += [
            *_SWITCHES,
            "GOOGLE_VERTEX_BASE_URL",
            "GOOGLE_GENAI_USE_GCA",
            "GEMINI_API_KEY_AUTH_MECHANISM",
        ]
    plain = {name: value for name, value in whole.plain.items() if name == base}
    return _made(plain, (known.key,), "key", rivals)


def _studio(access: Access) -> Variables:
    own = access.endpoints.gemini
    plain: dict[str, str | None] = dict.fromkeys(_STUDIO_BASES, own)
    plain[_LITELLM_BASE] = f"{own}/v1beta" if own else None
    if own and (defaults := _gemini_cli_defaults()):
        plain[_GEMINI_CLI_DEFAULTS] = defaults
    return _made(plain, _STUDIO_KEYS, "key", _GEMINI_ONLY)


def _express(access: Access) -> Variables:
    """A key for Vertex AI. A project in the environment would win over it (google-genai 3.4)."""
    others = (*_GEMINI_ONLY, *_ASTRAY_CLOUD, *_CLOUD_PROJECTS, *_CLOUD_LOCATIONS)
    return _made(_vertex_switches(access), _VERTEX_KEYS, "key", others)


def _vertex(access: Access) -> Variables:
    account = access.credential.kind is Kind.SERVICE_ACCOUNT
    wanted = {
        **_vertex_switches(access),
        **dict.fromkeys((*_CLOUD_PROJECTS, *_GEMINI_PROJECTS), access.project),
        **dict.fromkeys((*_CLOUD_LOCATIONS, *_GEMINI_LOCATIONS), access.location),
    }
    others = (*_GEMINI_ONLY, *_ASTRAY_CLOUD, *(() if account else (_FILE,)))
    return _made(wanted, (_FILE,) if account else (), "file" if account else "", others)


def _vertex_switches(access: Access) -> dict[str, str | None]:
    """The mode, and the endpoint: google-genai reads it from AI Studio's variable where the mode is not given in code."""
    own = access.endpoints.vertex
    return {
        **dict.fromkeys(_SWITCHES, "true"),
        **dict.fromkeys(("GOOGLE_GEMINI_BASE_URL", *_VERTEX_BASES), own),
    }


def _openai(access: Access) -> Variables:
    try:
        base = urls.openai_base(access)
    except urls.NotAnAddress:
        raise NotForThisTool("express_openai") from None
    if access.credential.kind is Kind.API_KEY and access.service is Service.VERTEX:
        raise NotForThisTool("express_openai")
    what = "key" if access.credential.kind is Kind.API_KEY else "token"
    plain = {**dict.fromkeys(_OPENAI_BASES, base), **_OPENAI_PLAIN}
    return _made(plain, ("OPENAI_API_KEY",), what, _OPENAI_OTHERS)


def _gemini_cli_defaults() -> str:
    """A file of ours for Gemini CLI 0.61, which knows no way to sign in at another endpoint unless its settings say so.

    It counts less than any settings of the person or the company. "" where the company has such a file of its own.
    """
    if os.environ.get(_GEMINI_CLI_DEFAULTS):
        return ""
    own = {
        "darwin": "/Library/Application Support/GeminiCli",
        "win32": r"C:\ProgramData\gemini-cli",
    }.get(sys.platform, "/etc/gemini-cli")
    if os.path.exists(os.path.join(own, "system-defaults.json")):
        return ""
    return os.path.join(messages.folder(), "tools", "gemini-cli-defaults.json")


def _made(
    plain: Mapping[str, str | None], secret: tuple[str, ...], what: str, others: Iterable[str]
) -> Variables:
    """What is set is not unset; a variable of `plain` that has no value is: it would be another's."""
    set_here = {name: value for name, value in plain.items() if value}
    unset = [name for name in dict.fromkeys([*others, *plain]) if name not in set_here and name not in secret]
    return Variables(MappingProxyType(set_here), secret, what, tuple(unset))


def field_value(access: Access, name: str, secret: str) -> str:
    """A fact of a profile for `--as NAME=FIELD`; `secret` is what "key" stands for, "" for none.

    Raises NotForThisTool where it has no such thing: an empty variable would be taken for a value.
    """
    value: str | None = None
    match name:
        case "key":
            value = secret
        case "project":
            value = access.project
        case "location":
            value = access.location
        case "base-url":
            with suppress(urls.NotAnAddress):
                value = urls.openai_base(access)
    if not value:
        raise NotForThisTool("no_such_field", field=name)
    return value


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


#: PowerShell ends a quoted text at each of these as well, whichever began it.
_POWERSHELL_QUOTES: Final = "'‘’‚‛"


def powershell(text: str) -> str:
    """A text as PowerShell reads it back, nothing in it filled in or run."""
    return "'" + re.sub(f"[{_POWERSHELL_QUOTES}]", lambda sign: sign.group() * 2, text) + "'"


def _cmd(text: str) -> str:
    if re.search(r'["%!\r\n]', text):
        raise NotForThisTool("cmd")
    return text


def _dotenv(text: str) -> str:
    """As python-dotenv, Node's dotenv and the shells all read it back. Raises NotForThisTool where they differ."""
    if re.fullmatch(r"[A-Za-z0-9_./:@-]*", text):
        return text
    if re.search(r"[\\\r\n\0]|\$\{", text) or not text.isascii():
        raise NotForThisTool("dotenv_value")
    if "'" not in text:
        return f"'{text}'"
    if re.search(r'["$`]', text):
        raise NotForThisTool("dotenv_value")
    return f'"{text}"'


_QUOTED: Final = {"bash": shlex.quote, "fish": _fish, "powershell": powershell, "cmd": _cmd}
