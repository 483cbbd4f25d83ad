"""Every place on this computer that a Gemini credential, or a switch beside one, can come from (google-facts §5.2).

Reads files and variables, asks nobody, changes nothing. A value leaves only as what may be shown of it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gemini_setup.google import urls
from gemini_setup.security.redaction import plain, redact

#: Variables that hold a secret, and those that decide which credential is used, where it goes and who pays.
SECRETS: Final = (
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GOOGLE_VERTEX_API_KEY", "LLM_GEMINI_KEY",
    "GOOGLE_AI_API_KEY", "GOOGLE_CLOUD_API_KEY", "VERTEX_API_KEY", "OPENAI_API_KEY", "GOOGLE_PRIVATE_KEY",
    "VERTEXAI_CREDENTIALS",
)  # fmt: skip
SWITCHES: Final = (
    "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE",
    "GOOGLE_GENAI_USE_GCA", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "GEMINI_API_BASE", "GOOGLE_BASE_URL",
    "GOOGLE_API_BASE_URL", "VERTEXAI_API_BASE", "OPENAI_BASE_URL", "VERTEXAI_PROJECT",
    "VERTEXAI_LOCATION", "GOOGLE_VERTEX_PROJECT", "GOOGLE_VERTEX_LOCATION", "CLOUDSDK_CONFIG",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
)  # fmt: skip
#: Those that name a file or a folder of the person's.
FILES: Final = ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG")
_NAMES: Final = frozenset((*SECRETS, *SWITCHES))
_LARGEST: Final = 1_000_000  # bytes of a file that are read

#: Shell start-up files under the home folder, and files of the whole system.
_PROFILES: Final = (
    ".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".kshrc",
    ".config/fish/config.fish", ".config/powershell/profile.ps1",
    ".config/powershell/Microsoft.PowerShell_profile.ps1", "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
    "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
)  # fmt: skip
_SYSTEM: Final = ("/etc/environment", "/etc/profile", "/etc/bash.bashrc", "/etc/zsh/zshenv")
_DOTENV: Final = (".env", ".env.local")

_ASSIGNED: Final = re.compile(
    r"""^\s*(?:export\s+|set\s+-\w+\s+|set\s+"?|\$env:|declare\s+-x\s+|typeset\s+-x\s+|setenv\s+)?"""
    r"""(?P<name>[A-Z][A-Z0-9_]+)\s*(?:=|\s)\s*(?P<value>.*?)\s*$"""
)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found. `place`: environment, user-environment, profile, dotenv, gemini-dotenv, adc, gcloud or tool.

    `where` is a path or "" and `line` its line (from 1) or 0; `shown` is what may be shown of the value, `hint` a
    key's last four characters. `value` is for verdicts alone and never leaves.
    """

    place: str
    name: str
    where: str = ""
    line: int = 0
    shown: str = ""
    hint: str = ""
    value: str = field(default="", repr=False)


@dataclass(frozen=True)
class Computer:
    """What is looked at: a test gives another home, folder and environment."""

    environ: Mapping[str, str]
    home: Path
    folder: Path
    root: Path = Path("/")
    platform: str = sys.platform
    user_environment: Callable[[], Mapping[str, str]] = dict

    @classmethod
    def here(cls) -> Computer:
        return cls(dict(os.environ), Path.home(), Path.cwd(), user_environment=_user_environment)


def look(computer: Computer) -> list[Found]:
    """Everything, in the order in which it is told; raises nothing for a file that cannot be read."""
    return [
        *environment(computer),
        *_user(computer),
        *_profiles(computer),
        *dotenv_files(computer),
        *_adc(computer),
        *_gcloud(computer),
        *_stores(computer),
    ]


def asks_us(value: str) -> bool:
    """Whether a setting starts our command for the key, instead of holding one."""
    return bool(re.search(r"gemini-setup(?:\.exe)?['\"]? (?:get|env|token)\b", value))


def _said(key: str) -> str:
    from gemini_setup.i18n.messages import text

    return text("cli.doctor", key)


def _made(place: str, name: str, value: str, where: str = "", line: int = 0) -> Found:
    """What may be shown of a value: of a secret its last four characters, of anything else the redacted text."""
    if asks_us(value):
        return Found(place, name, where, line, _said("asks_us"), "", value)
    if name in SECRETS or name == "key":
        hint = value[-4:] if len(value) >= 12 else ""
        shown = f"…{hint}" if hint else _said("short") if value else _said("empty")
        return Found(place, name, where, line, shown, hint, value)
    return Found(place, name, where, line, _shown(name, value), "", value)


def _shown(name: str, value: str) -> str:
    """Enough of a switch to see what it does, and no name of a company, a project, a computer or a file."""
    if not value.strip():
        return _said("empty")
    if "_USE_" in name:
        return value if value.lower() in ("true", "false", "1", "0") else _said("set")
    if name.endswith(("_URL", "_BASE")):
        return masked_address(value)
    if name.endswith("_LOCATION"):
        return value if urls.is_location(value) else _said("set")
    if name in FILES:
        return masked_file(value)
    return masked_name(value)


_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9]*)://)?(?:[^/@]*@)?(?P<host>[^/:@]+|\[[^\]]*\])(?P<port>:\d+)?(?P<path>/.*)?",
    re.I,
)


def masked_address(text: str) -> str:
    """A web address or a proxy: Google's hosts and this computer's own as they are, of others the scheme and port."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return _said("set")
    host = found["host"].lower()
    public = (
        host == "googleapis.com" or host.endswith(".googleapis.com") or urls.is_loopback(host.strip("[]"))
    )
    scheme = f"{found['scheme']}://" if found["scheme"] else ""
    path = "/…" if (found["path"] or "/") != "/" else ""
    return plain(f"{scheme}{host if public else '…'}{found['port'] or ''}{path}", 120)


def masked_file(path: str) -> str:
    """Where it lies, without its own name; the ending says what it is."""
    folder, name = os.path.split(path)
    ending = os.path.splitext(name)[1]
    return plain(redact(os.path.join(folder, f"…{ending if len(ending) <= 6 else ''}")), 120)


def masked_name(name: str) -> str:
    """Two may be told apart, none is named."""
    return plain(f"{name[0]}…{name[-2:]}") if len(name) >= 8 else "…"


def environment(computer: Computer) -> list[Found]:
    named = (*SECRETS, *SWITCHES)
    return [_made("environment", name, computer.environ[name]) for name in named if name in computer.environ]


def _user(computer: Computer) -> list[Found]:
    """Windows' variables of the user, macOS' of launchd: what programs get that no terminal has started."""
    found = computer.user_environment()
    return [_made("user-environment", name, found[name]) for name in (*SECRETS, *SWITCHES) if name in found]


def _profiles(computer: Computer) -> Iterator[Found]:
    files = [computer.home / name for name in _PROFILES]
    for pattern in (".config/environment.d/*.conf", ".config/fish/conf.d/*.fish"):
        files += sorted(computer.home.glob(pattern))
    if computer.platform != "win32":
        files += [computer.root / name.lstrip("/") for name in _SYSTEM]
    for file in files:
        yield from _lines("profile", file)


def _lines(place: str, file: Path) -> Iterator[Found]:
    for number, line in enumerate(_text(file).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith(("#", "unset ", "set -e ")):
            continue
        for part in _statements(text):
            assigned = _ASSIGNED.match(part)
            if assigned is not None and assigned["name"] in _NAMES:
                yield _made(place, assigned["name"], assigned["value"], str(file), number)


def _statements(line: str) -> Iterator[str]:
    """The statements of a line, their quotes taken off: what stands in quotes ends none, and begins no comment."""
    for text in (line, re.split(r"\s#", line, maxsplit=1)[0]):  # an apostrophe in the comment
        words = shlex.shlex(text, posix=True, punctuation_chars=";&|")
        words.whitespace_split, words.commenters, words.escape = True, "", ""
        try:
            found = list(words)
        except ValueError:  # a quote that does not end here
            continue
        statement: list[str] = []
        for word in [*found, ";"]:
            comment = word.startswith("#")
            if not comment and word.strip(";&|"):
                statement.append(word)
                continue
            yield " ".join(statement)
            statement = []
            if comment:
                return
        return
    name, sign, value = line.partition("=")
    yield f"{name}{sign}{_unquoted(value)}"


def _unquoted(text: str) -> str:
    """A shell's value: what stands in quotes as it stands, else up to a space before a comment."""
    quoted = re.match(r"\s*(['\"])(.*?)\1", text)
    if quoted is not None:
        return quoted.group(2)
    return re.split(r"\s+#", text.strip().rstrip('"'), maxsplit=1)[0]


def _text(file: Path) -> str:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return ""
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def upwards(computer: Computer) -> list[Path]:
    """The folder we are in and those above it, to the root."""
    return [computer.folder, *computer.folder.parents]


def dotenv_files(computer: Computer) -> Iterator[Found]:
    """`.env` up the tree and at home, and Gemini CLI's own beside them."""
    seen: set[Path] = set()
    for folder in (*upwards(computer), computer.home):
        for place, name in (("gemini-dotenv", ".gemini/.env"), *(("dotenv", name) for name in _DOTENV)):
            file = folder / name
            if file not in seen:
                seen.add(file)
                yield from _lines(place, file)


# ---------------------------------------------------------------- Google's own files


def _json(file: Path) -> Any:
    try:
        return json.loads(_text(file) or "null")
    except (ValueError, RecursionError):
        return None


def _adc(computer: Computer) -> Iterator[Found]:
    from gemini_setup.google import gcloud

    environ = {"HOME": str(computer.home), **computer.environ}
    named = computer.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    files = [Path(named)] if named else []
    for file in (*files, gcloud.place(environ)):
        document = _json(file)
        if isinstance(document, dict) and isinstance(document.get("type"), str):
            project = document.get("project_id") or document.get("quota_project_id") or ""
            kind = document["type"] if re.fullmatch(r"[a-z_]{1,40}", document["type"]) else "…"
            shown = f"{kind} {masked_name(str(project)) if project else ''}".strip()
            yield Found("adc", "application-default credentials", str(file), shown=shown, value=str(project))
        elif named and str(file) == named:
            there = _said("no_credential" if os.path.exists(file) else "no_file")
            yield Found("adc", "application-default credentials", str(file), shown=there)


def _gcloud(computer: Computer) -> Iterator[Found]:
    """The active configuration's account and project."""
    from gemini_setup.google import gcloud

    base = gcloud.place({"HOME": str(computer.home), **computer.environ}).parent
    active = (
        computer.environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME")
        or _text(base / "active_config").strip()
        or "default"
    )
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", active):
        return
    file = base / "configurations" / f"config_{active}"
    section = ""
    for number, line in enumerate(_text(file).splitlines(), 1):
        text = line.strip()
        if text.startswith("["):
            section = text.strip("[]")
        name, equals, value = (part.strip() for part in text.partition("="))
        if section == "core" and equals and name in ("account", "project"):
            shown = masked_name(value) if name == "project" else plain(redact(value), 120)
            yield Found("gcloud", name, str(file), number, shown, value=value)


# ---------------------------------------------------------------- other tools' own stores


def _stores(computer: Computer) -> Iterator[Found]:
    home, environ = computer.home, computer.environ
    settings = home / ".gemini" / "settings.json"
    chosen = _dig(_json(settings), "security", "auth", "selectedType")
    if isinstance(chosen, str):
        yield Found("tool", "gemini-cli auth", str(settings), shown=plain(chosen, 60), value=chosen)
    yield from _helped(computer)
    for name, file, keys in (
        ("llm", llm_folder(computer) / "keys.json", ("gemini",)),
        ("opencode", _data(home, environ) / "opencode" / "auth.json", ("google", "key")),
        ("continue", home / ".continue" / ".env", ()),
        ("aider", home / ".aider.conf.yml", ()),
    ):
        if keys:
            value = _dig(_json(file), *keys)
            if isinstance(value, str) and value:
                yield _named_key(name, value, file)
            continue
        for number, line in enumerate(_text(file).splitlines(), 1):
            key = re.search(r"(?i)gemini[\w-]*(?:=|:\s*)['\"]?([\w.-]{12,})", line)
            if key is not None:
                yield _named_key(name, key.group(1), file, number)


def _helped(computer: Computer) -> Iterator[Found]:
    """Tools whose own settings start our command: they hold nothing of the key."""
    home, environ = computer.home, computer.environ
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    plugin = config / "opencode" / "plugin" / "gemini-setup.js"
    if "execFileSync" in _text(plugin):
        yield Found("tool", "opencode key", str(plugin), 1, _said("asks_us"), value="gemini-setup get")
    file = Path(environ.get("PI_CODING_AGENT_DIR") or home / ".pi" / "agent") / "auth.json"
    value = _dig(_json(file), "google", "key")
    if isinstance(value, str) and value:
        own = Found("tool", "pi key", str(file), shown=_said("asks_us"), value=value)
        yield own if asks_us(value) else _named_key("pi", value, file)
    file = Path(environ.get("OPENCLAW_STATE_DIR") or home / ".openclaw") / "openclaw.json"
    key = _dig(_json(file), "models", "providers", "google", "apiKey")
    if isinstance(key, str) and key:
        yield _named_key("openclaw", key, file)
    provider = _dig(key, "provider")
    command = _dig(_json(file), "secrets", "providers", str(provider), "command")
    if isinstance(command, str) and "gemini-setup" in command:
        yield Found("tool", "openclaw key", str(file), shown=_said("asks_us"), value="gemini-setup get")


def _named_key(tool: str, value: str, file: Path, line: int = 0) -> Found:
    return Found("tool", f"{tool} key", str(file), line, f"…{value[-4:]}", value[-4:], value)


def llm_folder(computer: Computer) -> Path:
    own = computer.environ.get("LLM_USER_PATH")
    if own:
        return Path(own)
    name = "io.datasette.llm"
    if computer.platform == "darwin":
        return computer.home / "Library" / "Application Support" / name
    if computer.platform == "win32":
        return Path(computer.environ.get("APPDATA") or computer.home) / name
    return Path(computer.environ.get("XDG_CONFIG_HOME") or computer.home / ".config") / name


def _data(home: Path, environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")


def _dig(document: Any, *names: str) -> Any:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _user_environment() -> Mapping[str, str]:
    """Windows: the registry's variables of the user and the machine. macOS: launchd's. Elsewhere there are none."""
    if sys.platform == "win32":
        return dict(_registry())
    if sys.platform == "darwin":
        return dict(_launchd())
    return {}


def _launchd() -> Iterable[tuple[str, str]]:
    import subprocess

    for name in (*SECRETS, *SWITCHES):
        done = subprocess.run(["/bin/launchctl", "getenv", name], capture_output=True, text=True, timeout=5)
        if done.returncode == 0 and done.stdout.strip():
            yield name, done.stdout.strip()


if sys.platform == "win32":

    def _registry() -> Iterable[tuple[str, str]]:
        """Variables of the machine, then of the user, which win."""
        import winreg

        machine = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
        for hive, path in ((winreg.HKEY_LOCAL_MACHINE, machine), (winreg.HKEY_CURRENT_USER, "Environment")):
            try:
                with winreg.OpenKey(hive, path) as key:
                    for name in (*SECRETS, *SWITCHES):
                        try:
                            yield name, str(winreg.QueryValueEx(key, name)[0])
                        except FileNotFoundError:
                            continue
            except OSError:
                continue
