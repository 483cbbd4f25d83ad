"""What runs on this computer as it is now with the credential that was just kept. No secret is ever in these texts."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup import routes
from gemini_setup.credentials import DEFAULT_PROFILE, Access, Kind, Service
from gemini_setup.words import text


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use it: an id, a title, and a text to copy that runs as it stands."""

    id: str
    title: str
    text: str


def command() -> list[str]:
    """How this program's command is called here: by its name where the PATH has it, else by its full path."""
    name = "gemini-setup"
    found = shutil.which(name)
    if found:
        return [name]
    beside = Path(sys.executable).with_name(f"{name}.exe" if sys.platform == "win32" else name)
    if beside.is_file():
        return [str(beside)]
    return [sys.executable, "-m", "gemini_setup"]


def _shell(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def uses(
    access: Access, model: str | None, profile: str = DEFAULT_PROFILE, *, openai: bool = True
) -> list[Use]:
    """In the order to show them; the first is what helps most. `openai` says whether that route works with it.

    A key comes into any program by one variable in a terminal. A service account does not, so Python is first.
    """
    get = [*command(), "get", *([] if profile == DEFAULT_PROFILE else [profile])]
    found = [
        ("terminal", _terminal(access, get)),
        ("google-genai", _google_genai(access, get, model or routes.VERTEX_MODELS[0])),
        ("openai", _openai(access, get, model or routes.VERTEX_MODELS[0]) if openai else ""),
        ("check", _shell([*command(), "check", *([] if profile == DEFAULT_PROFILE else [profile])])),
        ("keyring", _lookup(access, profile)),
    ]
    return [Use(name, text("uses", name), code) for name, code in found if code]


def _terminal(access: Access, get: list[str]) -> str:
    if access.credential.kind is not Kind.API_KEY:
        return ""
    if access.service is Service.VERTEX:
        if sys.platform == "win32":
            return f"$env:GOOGLE_GENAI_USE_VERTEXAI = 'true'; $env:GOOGLE_API_KEY = {_shell(get)}"
        return f'export GOOGLE_GENAI_USE_VERTEXAI=true GOOGLE_API_KEY="$({_shell(get)})"'
    if sys.platform == "win32":
        return f"$env:GEMINI_API_KEY = {_shell(get)}"
    return f'export GEMINI_API_KEY="$({_shell(get)})"'


_GENERATE: Final = """answer = client.models.generate_content(
    model=%r,
    contents="Hello!",
)
print(answer.text)
"""
_CHAT: Final = """answer = client.chat.completions.create(
    model=%r,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)
"""


def _google_genai(access: Access, get: list[str], model: str) -> str:
    own = _own(access.endpoints.gemini if access.service is Service.STUDIO else access.endpoints.vertex)
    if access.credential.kind is Kind.API_KEY:
        vertex = "\n    vertexai=True," if access.service is Service.VERTEX else ""
        return f"""# pip install google-genai
import subprocess
from google import genai

key = subprocess.check_output({get!r}, text=True)
client = genai.Client({vertex}
    api_key=key.strip(),{own}
)
{_GENERATE % model}"""
    return f"""# pip install google-genai
import json, subprocess
from google import genai
from google.oauth2.service_account import Credentials

credentials = Credentials.from_service_account_info(
    json.loads(subprocess.check_output({get!r})),
    scopes=[{routes.SCOPE!r}],
)
client = genai.Client(
    vertexai=True,
    credentials=credentials,
    project={access.project!r},
    location={access.location!r},{own}
)
{_GENERATE % model}"""


def _own(base: str | None) -> str:
    """The profile's own endpoint: a credential for a gateway is not for Google's host."""
    return f"\n    http_options={{'base_url': {base!r}}}," if base else ""


def _openai(access: Access, get: list[str], model: str) -> str:
    if access.service is Service.VERTEX and access.credential.kind is Kind.API_KEY:
        return ""  # that route wants an access token there
    base = routes.openai_base(access)
    if access.service is Service.STUDIO:
        return f"""# pip install openai
import subprocess
from openai import OpenAI

key = subprocess.check_output({get!r}, text=True)
client = OpenAI(
    api_key=key.strip(),
    base_url={base!r},
)
{_CHAT % model}"""
    return f"""# pip install openai google-auth requests
import json, subprocess
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from openai import OpenAI

credentials = Credentials.from_service_account_info(
    json.loads(subprocess.check_output({get!r})),
    scopes=[{routes.SCOPE!r}],
)

def token():  # asked before every request: it lives for an hour
    if not credentials.valid:
        credentials.refresh(Request())
    return credentials.token

client = OpenAI(
    api_key=token,
    base_url={base!r},
)
{_CHAT % f"google/{model}"}"""


def _lookup(access: Access, profile: str) -> str:
    """How any other program reads the entry itself (DESIGN §4)."""
    entry = "key" if access.credential.kind is Kind.API_KEY else "current"
    service = f"gemini-credentials:v1/{profile}.{entry}"
    if sys.platform == "darwin":
        return f"security find-generic-password -s {service} -a {profile} -w"
    if sys.platform == "win32":
        return f"keyring get {service} {profile}"
    return f"secret-tool lookup service {service} username {profile}"
