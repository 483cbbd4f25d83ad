"""Does the doctor's verdict agree with what the real tool does? Keys in places that conflict, and a look at the wire.

Each place holds another key, all of them good. The tool is started plainly; the key that it sent is the one that won.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gemini_setup.doctor.report import Computer, Keyring, examine
from tests.interop.installing import Installed
from tests.interop.scenes import (
    GENAI,
    LANGCHAIN,
    LITELLM,
    LOCATION,
    MODEL,
    Scene,
    Stage,
    Unlike,
    aider,
    credentials_in,
    gemini_cli,
)

HOME, PROJECT = "~", "~/work/project"
_ADC = "~/.config/gcloud/application_default_credentials.json"
_VERTEX = {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": LOCATION}


@dataclass(frozen=True)
class Clash:
    """Places that conflict. `§a§` … in `environ` and `files` (paths from "~") become keys, `§adc§` an ADC file.

    `wins` names the one that is sent, by its letter or "adc"; "" where none of them is. It is written down here so that
    a scene in which tool and doctor both changed is noticed too.
    """

    about: str
    wins: str
    environ: Mapping[str, str]
    files: Mapping[str, str]
    vertex: bool = False


def _clash(
    tool: str, start: Callable[[Installed, Path], list[str]], clash: Clash
) -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        held = {"adc": ""}
        for letter in "abcd":
            held[letter] = stage.google.studio_key(vertex=clash.vertex).text
        account = stage.google.service_account()
        held["adc"] = account.text
        stage.email = account.email
        project = json.loads(account.text)["project_id"]

        def filled(text: str) -> str:
            for name, value in held.items():
                text = text.replace(f"§{name}§", value)
            return text.replace("§project§", project)

        folder = stage.home / "work" / "project"
        folder.mkdir(parents=True)
        for name, text in clash.files.items():
            file = stage.home / name.removeprefix("~/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(filled(text), encoding="utf-8")
        environ = {name: filled(value) for name, value in clash.environ.items()}
        try:
            stage.run(start(installed, stage.home), tool=None, folder=folder, **environ)
        except Unlike:
            if clash.wins:  # a tool that finds no key ends with a message
                raise
        sent = _sent(stage, held)
        where = {"PATH": str(Path(installed.bin("x")).parent), "VIRTUAL_ENV": str(installed.place)}
        told = _told(tool, stage, folder, environ | where, held)
        if sent != clash.wins:
            raise Unlike(f"{clash.about}: it sent {sent or 'none'}, not {clash.wins or 'none'}")
        if told != sent:
            raise Unlike(f"{clash.about}: it sent {sent or 'none'}, the doctor says {told or 'none'}")

    return run


def _sent(stage: Stage, held: Mapping[str, str]) -> str:
    """Which of them went over the wire: exactly one, or ""."""
    found = set[str]()
    for seen in stage.google.requests:
        if seen.route in ("token", "certs"):
            continue
        for value in credentials_in(seen).values():
            bare = value.removeprefix("Bearer ")
            token = stage.google._find_token(bare)
            if token is not None and getattr(token.owner, "email", "") == stage.email:
                found.add("adc")
            else:
                found |= {name for name, one in held.items() if one == bare} or {"another"}
    if len(found) > 1:
        raise Unlike(f"it sent {sorted(found)}")
    return next(iter(found), "")


def _told(tool: str, stage: Stage, folder: Path, environ: Mapping[str, str], held: Mapping[str, str]) -> str:
    computer = Computer({**stage.shell, **environ}, stage.home, folder, stage.home / "no-root")
    examined = examine(computer, (), keyring=Keyring("", ""))
    source = next(verdict for verdict in examined.verdicts if verdict.tool == tool).source
    if source is None:
        return ""
    if source.place == "adc":
        return "adc"
    return next((name for name, one in held.items() if one == source.value), source.name)


def _script(name: str, code: str, *arguments: str) -> Callable[[Installed, Path], list[str]]:
    """As a file in a folder of its own: what is piped or given by -c may look for `.env` elsewhere."""

    def start(installed: Installed, home: Path) -> list[str]:
        file = home / "programs" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(code, encoding="utf-8")
        return [installed.python, str(file), *arguments]

    return start


def _trusting(installed: Installed, home: Path) -> list[str]:
    """In a folder that the person has trusted before; --skip-trust comes too late for `.gemini/.env`."""
    trusted = home / ".gemini" / "trustedFolders.json"
    trusted.parent.mkdir(exist_ok=True)
    trusted.write_text(json.dumps({str(home / "work"): "TRUST_FOLDER"}), encoding="utf-8")
    return [argument for argument in gemini_cli(installed) if argument != "--skip-trust"]


_BOTH = {"GOOGLE_API_KEY": "§a§", "GEMINI_API_KEY": "§b§"}
_ONE = {"GEMINI_API_KEY": "§b§"}
_FOLDER = f"{PROJECT}/.env"
_REPOSITORY = {
    "~/work/.git/HEAD": "ref: refs/heads/main\n",
    "~/work/.git/objects/x": "",
    "~/work/.git/refs/x": "",
}
_CHOSEN = {"~/.gemini/settings.json": '{"security": {"auth": {"selectedType": "gemini-api-key"}}}'}
_CHOSEN_VERTEX = {"~/.gemini/settings.json": '{"security": {"auth": {"selectedType": "vertex-ai"}}}'}

CLASHES: tuple[tuple[str, Callable[[Installed, Path], list[str]], tuple[Clash, ...]], ...] = (
    (
        "google-genai",
        _script("ask.py", GENAI),
        (
            Clash("both variables", "a", _BOTH, {}),
            Clash("a .env beside a variable", "b", _ONE, {_FOLDER: "GOOGLE_API_KEY=§a§\n"}),
            Clash("Vertex AI, key and sign-in", "a", {**_VERTEX, "GOOGLE_API_KEY": "§a§", "GOOGLE_CLOUD_LOCATION": ""}, {_ADC: "§adc§"}, vertex=True),
            Clash("Vertex AI, key, sign-in and project", "adc", {**_VERTEX, "GOOGLE_API_KEY": "§a§", "GOOGLE_CLOUD_PROJECT": "§project§"}, {_ADC: "§adc§"}),
            Clash("the newer switch off, the older on", "b", {**_VERTEX, "GOOGLE_GENAI_USE_ENTERPRISE": "false", "GEMINI_API_KEY": "§b§", "GOOGLE_CLOUD_PROJECT": "§project§"}, {_ADC: "§adc§"}),
        ),
    ),
    (
        "langchain",
        _script("ask.py", LANGCHAIN),
        (
            Clash("both variables", "a", _BOTH, {}),
            Clash("a .env beside a variable", "b", _ONE, {_FOLDER: "GOOGLE_API_KEY=§a§\n"}),
            Clash("Vertex AI, key and sign-in", "a", {**_VERTEX, "GOOGLE_API_KEY": "§a§", "GOOGLE_CLOUD_LOCATION": ""}, {_ADC: "§adc§"}, vertex=True),
            Clash("Vertex AI, key, sign-in and project", "adc", {**_VERTEX, "GOOGLE_API_KEY": "§a§", "GOOGLE_CLOUD_PROJECT": "§project§"}, {_ADC: "§adc§"}),
        ),
    ),
    (
        "litellm",
        _script("ask.py", LITELLM, f"gemini/{MODEL}"),
        (
            Clash("both variables", "a", _BOTH, {}),
            Clash("a .env beside a variable", "b", _ONE, {_FOLDER: "GOOGLE_API_KEY=§a§\n"}),
        ),
    ),
    (
        "llm",
        lambda installed, home: [installed.bin("llm"), "-m", MODEL, "hello"],
        (
            Clash("its store and its variable", "c", {"LLM_GEMINI_KEY": "§a§", **_ONE}, {"~/.config/io.datasette.llm/keys.json": '{"gemini": "§c§"}'}),
            Clash("its variable and others'", "c", {**_BOTH, "LLM_GEMINI_KEY": "§c§"}, {}),
            Clash("others' variables only", "", _BOTH, {}),
        ),
    ),
    (
        "aider",
        lambda installed, home: aider(installed, f"gemini/{MODEL}"),
        (
            Clash("the folder's .env over the environment", "a", _ONE, {_FOLDER: "GEMINI_API_KEY=§a§\n"}),
            Clash("the folder's .env over home's", "c", {}, {"~/.env": "GEMINI_API_KEY=§a§\n", _FOLDER: "GEMINI_API_KEY=§c§\n"}),
            Clash("both variables", "a", _BOTH, {}),
            Clash("Google's in .env, Gemini's in the environment", "a", _ONE, {_FOLDER: "GOOGLE_API_KEY=§a§\n"}),
            Clash("its own settings file", "c", _ONE, {"~/.aider.conf.yml": "api-key:\n  - gemini=§c§\n", _FOLDER: "GEMINI_API_KEY=§a§\n"}),
            Clash("Google's variable over its own settings file", "a", {"GOOGLE_API_KEY": "§a§"}, {"~/.aider.conf.yml": "api-key:\n  - gemini=§c§\n"}),
            Clash("the repository's .env over home's", "d", _ONE, {**_REPOSITORY, "~/work/.env": "GEMINI_API_KEY=§d§\n", "~/.env": "GEMINI_API_KEY=§a§\n"}),
        ),
    ),
    (
        "gemini-cli",
        _trusting,
        (
            Clash("the environment, a .env up the tree, its own .env", "b", _ONE, {**_CHOSEN, "~/work/.env": "GEMINI_API_KEY=§a§\n", "~/.gemini/.env": "GEMINI_API_KEY=§c§\n"}),
            Clash("a .env up the tree, its own .env", "a", {}, {**_CHOSEN, "~/work/.env": "GEMINI_API_KEY=§a§\n", "~/.gemini/.env": "GEMINI_API_KEY=§c§\n"}),
            Clash("its own .env beside another in the folder", "c", {}, {f"{PROJECT}/.gemini/.env": "GEMINI_API_KEY=§c§\n", _FOLDER: "GEMINI_API_KEY=§a§\n"}),
            Clash("a .env without a key in the way", "", {}, {_FOLDER: "OTHER=1\n", "~/.gemini/.env": "GEMINI_API_KEY=§c§\n"}),
            Clash("both variables", "b", _BOTH, {}),
            Clash("Vertex AI chosen, key and sign-in", "a", {**_VERTEX, **_BOTH}, {**_CHOSEN_VERTEX, _ADC: "§adc§"}, vertex=True),
            Clash("an API key chosen, the switch of Vertex AI on", "b", {**_VERTEX, **_BOTH}, _CHOSEN),
            Clash("an API key chosen, the switch of the sign-in on", "b", {"GOOGLE_GENAI_USE_GCA": "true", **_ONE}, _CHOSEN),
            Clash("Vertex AI chosen, key, sign-in and project", "a", {**_VERTEX, "GOOGLE_API_KEY": "§a§", "GOOGLE_CLOUD_PROJECT": "§project§"}, {**_CHOSEN_VERTEX, _ADC: "§adc§"}, vertex=True),
            Clash("the switch of Vertex AI in a .env", "adc", {}, {_FOLDER: f"GOOGLE_GENAI_USE_VERTEXAI=true\nGOOGLE_CLOUD_LOCATION={LOCATION}\nGOOGLE_CLOUD_PROJECT=§project§\nGEMINI_API_KEY=§a§\n", _ADC: "§adc§"}),
        ),
    ),
)  # fmt: skip

DOCTOR: tuple[Scene, ...] = tuple(
    Scene(tool, tool, clash.about, "doctor", _clash(tool, start, clash))
    for tool, start, clashes in CLASHES
    for clash in clashes
)
