"""What runs on this computer as it is now with the credential that was just kept. No secret is ever in these texts.

The texts are `resources/snippets/NAME`, with `§name§` for what is filled in; which of them fit a credential is told here.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gemini_setup.google import urls
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import DEFAULT_PROFILE, Access, Kind, Service
from gemini_setup.system import programs
from gemini_setup.usage import variables


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use it: an id, a title, and a text to copy that runs as it stands.

    `group` is "here" (this computer), "code" (a program of yours) or "elsewhere" (where it runs in production). `run` is
    the command for a text that has to be started with the saved credential, "" where it finds it by itself.
    """

    id: str
    title: str
    text: str
    group: str = "here"
    run: str = ""


#: Tools that are offered where they are found: (program, its tool, arguments after it; `{model}` is filled in).
_TOOLS: Final = (
    ("gemini", "gemini-cli", ()),
    ("aider", "aider", ("--model", "gemini/{model}")),
    ("llm", "llm", ("-m", "gemini/{model}", "Hello!")),
)
#: Snippets by kind of credential: id, file, group. Kinds: studio, express (a key for Vertex AI), account, adc.
SNIPPETS: Final = (
    ("google-genai", "google-genai.py", "code", ("studio", "express", "account", "adc")),
    ("openai", "openai.py", "code", ("studio", "account", "adc")),
    ("node", "studio.node.mjs", "code", ("studio",)),
    ("node", "account.node.mjs", "code", ("account",)),
    ("go", "studio.go", "code", ("studio",)),
    ("java", "studio.java", "code", ("studio",)),
    ("curl", "studio.curl.sh", "code", ("studio", "express")),
    ("curl", "vertex.curl.sh", "code", ("account", "adc")),
    ("vscode", "vscode.sh", "elsewhere", ("studio", "express", "account", "adc")),
    ("pycharm", "pycharm.sh", "elsewhere", ("studio", "express", "account", "adc")),
    ("docker", "key.docker.sh", "elsewhere", ("studio", "express")),
    ("docker", "account.docker.sh", "elsewhere", ("account",)),
    ("compose", "key.compose.yaml", "elsewhere", ("studio", "express")),
    ("github", "github.yaml", "elsewhere", ("studio", "express")),
    ("kubernetes", "kubernetes.sh", "elsewhere", ("studio", "express", "account")),
    ("google-secrets", "google-secrets.sh", "elsewhere", ("studio", "express", "account")),
    ("aws-secrets", "aws-secrets.sh", "elsewhere", ("studio", "express", "account")),
    ("azure-secrets", "azure-secrets.sh", "elsewhere", ("studio", "express", "account")),
)


def command() -> list[str]:
    """How this program's command is called here: by its name where the PATH has it, else by its full path."""
    name = "gemini-setup"
    if programs.found(name):
        return [name]
    beside = Path(sys.executable).with_name(f"{name}.exe" if sys.platform == "win32" else name)
    if beside.is_file():
        return [str(beside)]
    return [sys.executable, "-m", "gemini_setup"]


def shell(arguments: list[str]) -> str:
    """A command as a person types it: for PowerShell on Windows, elsewhere for every other shell."""
    return _powershell(arguments) if sys.platform == "win32" else shlex.join(arguments)


def _powershell(arguments: list[str]) -> str:
    """A quoted text at the beginning is a value there and starts nothing, unless `&` calls it."""
    quoted = [
        word if re.fullmatch(r"[A-Za-z0-9_./:\\=+-]+", word) else variables.powershell(word)
        for word in arguments
    ]
    return ("" if quoted[0] == arguments[0] else "& ") + " ".join(quoted)


def uses(
    access: Access, model: str | None, profile: str = DEFAULT_PROFILE, *, openai: bool = True
) -> list[Use]:
    """In the order to show them; the first is what helps most. `openai` says whether that route works with it."""
    named = [] if profile == DEFAULT_PROFILE else [profile]
    kind = _kind(access)
    facts = _facts(access, model or urls.VERTEX_MODELS[0], named, kind)
    found = [("shell", shell([*command(), "exec", *named, "--", _own_shell()]), "here")]
    found += [
        (f"tool-{program}", line, "here") for program, line in _tools(access, kind, facts["model"], named)
    ]
    if access.credential.kind is Kind.API_KEY:
        found.append(("dotenv", f"{shell([*command(), 'env', *named, '--shell', 'dotenv'])} >> .env", "here"))
    found.append(("terminal", _terminal(access, [*command(), "get", *named]), "here"))
    for name, file, group, kinds in SNIPPETS:
        if kind not in kinds or (name == "openai" and not openai):
            continue
        if name in ("go", "java") and access.endpoints.gemini:
            continue  # their snippets name no endpoint: a gateway's key is not for Google's host
        found.append((name, _filled(file.format(kind=kind), facts), group))
    found.append(("check", shell([*command(), "check", *named]), "here"))
    found.append(("keyring", _lookup(access, profile), "elsewhere"))
    runs = {"google-genai": shell([*command(), "exec", *named, "--", "python", "hello.py"])}
    return [Use(name, _title(name), text, group, runs.get(name, "")) for name, text, group in found if text]


def _kind(access: Access) -> str:
    if access.credential.kind is Kind.API_KEY:
        return "studio" if access.service is Service.STUDIO else "express"
    return "account" if access.credential.kind is Kind.SERVICE_ACCOUNT else "adc"


def _title(name: str) -> str:
    tool = name.removeprefix("tool-")
    return (
        cause_texts.text("uses", "tool", {"tool": tool}) if tool != name else cause_texts.text("uses", name)
    )


def _own_shell() -> str:
    """A program that every computer has and that passes its variables on."""
    if sys.platform == "win32":
        return "powershell"
    name = Path(os.environ.get("SHELL") or "sh").name
    return name if re.fullmatch(r"[a-z]{2,8}", name) else "sh"


def _tools(access: Access, kind: str, model: str, named: list[str]) -> list[tuple[str, str]]:
    """Only those that variables can give it to: `exec` refuses the others, or they find nothing (variables.py)."""
    lines = []
    for program, tool, arguments in _TOOLS:
        if not programs.found(program) or not _fits(access, tool):
            continue
        filled = [argument.format(model=model) for argument in arguments]
        if program == "aider" and kind != "studio":
            filled = ["--model", f"vertex_ai/{model}"]
        lines.append((program, shell([*command(), "exec", *named, "--", program, *filled])))
    return lines


def _fits(access: Access, tool: str) -> bool:
    try:
        variables.variables(access, tool)
    except variables.NotForThisTool:
        return False
    return True


def _terminal(access: Access, get: list[str]) -> str:
    if access.credential.kind is not Kind.API_KEY:
        return ""
    if access.service is Service.VERTEX:
        if sys.platform == "win32":
            return f"$env:GOOGLE_GENAI_USE_VERTEXAI = 'true'; $env:GOOGLE_API_KEY = {shell(get)}"
        return f'export GOOGLE_GENAI_USE_VERTEXAI=true GOOGLE_API_KEY="$({shell(get)})"'
    if sys.platform == "win32":
        return f"$env:GEMINI_API_KEY = {shell(get)}"
    return f'export GEMINI_API_KEY="$({shell(get)})"'


def _facts(access: Access, model: str, named: list[str], kind: str) -> dict[str, str]:
    get, token = [*command(), "get", *named], [*command(), "token", *named]
    studio = access.service is Service.STUDIO
    own = access.endpoints.gemini if studio else access.endpoints.vertex
    try:
        base = urls.openai_base(access)
    except urls.NotAnAddress:
        base = ""
    words_of_get = f"{json.dumps(get[0])}, {json.dumps(get[1:])}"
    return {
        "model": model,
        "openai_model": model if studio else f"google/{model}",
        "project": access.project or "",
        "location": access.location or "",
        "base": base,
        "get": shell(get),
        "token": shell(token),
        "exec": shell([*command(), "exec", *named]),
        "get_list": repr(get),
        "token_list": repr(token),
        "get_words": words_of_get,
        "get_words_plain": ", ".join(map(json.dumps, get)),
        # The profile's own endpoint: a credential for a gateway is not for Google's host.
        "own_python": f"\n    http_options={{'base_url': {own!r}}}," if own else "",
        "own_node": f", httpOptions: {{ baseUrl: {json.dumps(own)} }}" if own else "",
        "own_node_line": f"\n  httpOptions: {{ baseUrl: {json.dumps(own)} }}," if own else "",
        "generate_url": _generate_url(access, model),
        "variable": "GEMINI_API_KEY" if studio else "GOOGLE_API_KEY",
        "secret_name": "GEMINI_API_KEY" if kind in ("studio", "express") else "GEMINI_ACCOUNT",
        "file_name": "api-key" if kind in ("studio", "express") else "account.json",
    }


def _generate_url(access: Access, model: str) -> str:
    make: Callable[[Access, str], str] = (
        urls.gemini_generate if access.service is Service.STUDIO else urls.vertex_generate
    )
    return make(access, model)


def _filled(file: str, facts: Mapping[str, str]) -> str:
    text = (cause_texts.resources() / "snippets" / file).read_text(encoding="utf-8")
    return re.sub("§([a-z_]+)§", lambda found: facts[found.group(1)], text)


def _lookup(access: Access, profile: str) -> str:
    """How any other program reads the entry itself (DESIGN §4)."""
    entry = "key" if access.credential.kind is Kind.API_KEY else "current"
    service = f"gemini-credentials:v1/{profile}.{entry}"
    if sys.platform == "darwin":
        return f"security find-generic-password -s {service} -a {profile} -w"
    if sys.platform == "win32":
        return f"keyring get {service} {profile}"
    return f"secret-tool lookup service {service} username {profile}"
