"""Which credential each tool uses on this computer, whether it is the kept one, and what to do about it.

Each tool's order is its own source's or a run of the real tool (`basis`); a tool of which neither is known is not here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Final

from gemini_setup.doctor.sources import Computer, Found, asks_us, upwards
from gemini_setup.model.credentials import Kind, Profile, Service
from gemini_setup.system import programs

_TRUE: Final = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What wins for a tool. `kept` says whether it is the kept credential (None: nothing to compare it with).

    `do` is an id of a sentence: "fine", "nothing", "unset", "remove", "exec", "library"; `source` is what wins, or None.
    `program` is the command that starts it, "" for a library; `behind` is what would be used next, nearest first, as far
    as it is another credential than the kept one.
    """

    tool: str
    source: Found | None
    kept: bool | None
    do: str
    basis: str
    program: str = ""
    behind: tuple[Found, ...] = ()


Chooser = Callable[[Sequence[Found], Computer], list[Found]]


def verdicts(found: Sequence[Found], profiles: Iterable[Profile], computer: Computer) -> list[Verdict]:
    """Of the tools that are installed here."""
    kept = [profile for profile in profiles if profile.name == "default"] or list(profiles)
    return [
        replace(_verdict(tool, one.chooser(found, computer), kept, one), program=one.program)
        for tool, one in _TOOLS.items()
        if _is_here(one, computer) and (tool != "openai" or _asks_gemini(found))
    ]


def _verdict(tool: str, order: list[Found], kept: list[Profile], known: _Tool) -> Verdict:
    basis = known.basis
    if not order:
        do = ("exec" if known.program else "library") if kept else "nothing"
        return Verdict(tool, None, None, do, basis)
    source = order[0]
    same = is_kept(source, kept) if kept else None
    if same is not False:
        do = "fine" if same else "nothing"
    elif source.place in ("environment", "user-environment"):
        do = "unset"
    else:
        do = "remove"
    behind = takewhile(lambda one: not is_kept(one, kept), order[1:])
    return Verdict(tool, source, same, do, basis, behind=tuple(behind) if same is False else ())


def _is_here(tool: _Tool, computer: Computer) -> bool:
    """Its program on the PATH or where pipx, uv and npm put one; its package for the project that we are in."""
    beside = [str(computer.home / ".local" / "bin")]
    windows = computer.platform == "win32"
    if tool.program and programs.found(tool.program, computer.environ, beside=beside, windows=windows):
        return True
    if tool.python and any(_has_package(place, tool.python) for place in _python_environments(computer)):
        return True
    return any(
        os.path.isdir(folder / "node_modules" / name) for name in tool.node for folder in upwards(computer)
    )


def _python_environments(computer: Computer) -> list[Path]:
    named = [computer.environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    near = [folder / name for folder in upwards(computer) for name in (".venv", "venv")]
    return [*(Path(place) for place in named if place), *near, computer.home / ".local"]


def _has_package(place: Path, name: str) -> bool:
    pattern = f"site-packages/{name}-*.dist-info"
    try:
        return any(found for inner in ("lib/python3*", "Lib") for found in place.glob(f"{inner}/{pattern}"))
    except OSError:  # a folder that may not be entered
        return False


def _asks_gemini(found: Sequence[Found]) -> bool:
    """OpenAI's own library is no tool of Gemini's unless it is told so: its key is then not ours to judge."""
    return any("googleapis.com" in one.value for one in _variables(found, "OPENAI_BASE_URL"))


def is_kept(source: Found, profiles: Iterable[Profile]) -> bool:
    """By what the list of profiles shows of them: a key's last four characters, a service account's project.

    Whoever asks our command has what is saved.
    """
    if asks_us(source.value):
        return True
    for profile in profiles:
        if profile.kind is Kind.API_KEY and source.hint and source.hint == profile.hint:
            return True
        if (
            profile.service is Service.VERTEX
            and profile.kind is not Kind.API_KEY
            and source.place == "adc"
            and source.value == profile.project
        ):
            return True
    return False


# ---------------------------------------------------------------- how each one chooses


def _variables(found: Sequence[Found], *names: str) -> list[Found]:
    """Variables of the process, in this order of precedence; an empty one counts as none."""
    return [
        one
        for name in names
        for one in found
        if one.place == "environment" and one.name == name and one.value
    ]


def _is_on(found: Sequence[Found], *names: str) -> bool:
    return any(one.value.strip().lower() in _TRUE for one in _variables(found, *names))


def _in_files(found: Sequence[Found], files: Iterable[str], names: Sequence[str]) -> list[Found]:
    """The values of the first of these files that sets one of the names."""
    for file in files:
        inside = [
            one
            for name in names
            for one in reversed(found)
            if one.where == file and one.name == name and one.value
        ]
        if inside:
            return inside
    return []


def _google_genai(found: Sequence[Found], computer: Computer) -> list[Found]:
    # The newer switch decides where it is there at all, "false" and "" included.
    newer = "GOOGLE_GENAI_USE_ENTERPRISE"
    switch = newer if newer in computer.environ else "GOOGLE_GENAI_USE_VERTEXAI"
    return _by_switch(found, switch)


def _by_switch(found: Sequence[Found], switch: str) -> list[Found]:
    """In Vertex mode a project or location that is set takes the sign-in before a key."""
    keys = _variables(found, "GOOGLE_API_KEY", "GEMINI_API_KEY")
    if not _is_on(found, switch):
        return keys
    adc = [one for one in found if one.place == "adc"]
    place = _variables(found, "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION")
    return [*adc, *keys] if place else [*keys, *adc]


def _gemini_cli(found: Sequence[Found], computer: Computer) -> list[Found]:
    """The first `.env` that is there up the tree, whatever it holds, fills what the environment lacks.

    The way that was chosen in its settings comes before the one that the variables ask for.
    """
    files = [
        folder / name for folder in (*upwards(computer), computer.home) for name in (".gemini/.env", ".env")
    ]
    first = [str(file) for file in files if os.path.exists(file)][:1]

    def read(name: str) -> list[Found]:
        return _variables(found, name) or _in_files(found, first, (name,))

    def is_on(name: str) -> bool:
        return any(one.value == "true" for one in read(name))

    chosen = [one for one in found if one.name == "gemini-cli auth"]
    way = chosen[0].value if chosen else ""
    if not way and is_on("GOOGLE_GENAI_USE_GCA"):
        return read("GOOGLE_GENAI_USE_GCA")
    if way.startswith("oauth"):
        return [*chosen, *read("GEMINI_API_KEY")]
    if way == "vertex-ai" or (not way and is_on("GOOGLE_GENAI_USE_VERTEXAI")):
        return [*read("GOOGLE_API_KEY"), *(one for one in found if one.place == "adc")]
    return [*read("GEMINI_API_KEY"), *(one for one in chosen if way == "gemini-api-key")]


def _langchain(found: Sequence[Found], computer: Computer) -> list[Found]:
    """It hands google-genai the older switch alone."""
    return _by_switch(found, "GOOGLE_GENAI_USE_VERTEXAI")


def _litellm(found: Sequence[Found], computer: Computer) -> list[Found]:
    return _variables(found, "GOOGLE_API_KEY", "GEMINI_API_KEY")


def _aider(found: Sequence[Found], computer: Computer) -> list[Found]:
    """It loads `.env` of home, the repository and the folder, the later over the earlier, all over the environment.

    Its own settings then set Gemini's variable; its LiteLLM takes Google's first.
    """
    repository = [folder for folder in upwards(computer) if os.path.exists(folder / ".git")][:1]
    files = [str(folder / ".env") for folder in (computer.folder, *repository, computer.home)]

    def read(name: str) -> list[Found]:
        return _in_files(found, files, (name,)) or _variables(found, name)

    own = [one for one in found if one.name == "aider key"]
    return [*read("GOOGLE_API_KEY"), *own, *read("GEMINI_API_KEY")]


def _llm(found: Sequence[Found], computer: Computer) -> list[Found]:
    return [*(one for one in found if one.name == "llm key"), *_variables(found, "LLM_GEMINI_KEY")]


def _own(name: str, *variables: str) -> Chooser:
    """What it has of its own, then these variables."""

    def choose(found: Sequence[Found], computer: Computer) -> list[Found]:
        return [*(one for one in found if one.name == f"{name} key"), *_variables(found, *variables)]

    return choose


def _vercel(found: Sequence[Found], computer: Computer) -> list[Found]:
    return _variables(found, "GOOGLE_GENERATIVE_AI_API_KEY")


def _openai(found: Sequence[Found], computer: Computer) -> list[Found]:
    return _variables(found, "OPENAI_API_KEY")


def _google_auth(found: Sequence[Found], computer: Computer) -> list[Found]:
    return [one for one in found if one.place == "adc"]


@dataclass(frozen=True, slots=True)
class _Tool:
    """How it chooses, how that is known, and how to see whether it is here: its command, its packages."""

    chooser: Chooser
    basis: str
    program: str = ""
    python: str = ""
    node: tuple[str, ...] = ()


_TOOLS: Final = {
    "google-genai": _Tool(_google_genai, "tried: google-genai 3.4.0", python="google_genai"),
    "gemini-cli": _Tool(_gemini_cli, "tried: Gemini CLI 0.61.0", "gemini"),
    "langchain": _Tool(_langchain, "tried: langchain-google-genai 4.4.2", python="langchain_google_genai"),
    "litellm": _Tool(_litellm, "tried: LiteLLM 1.106.2", "litellm", "litellm"),
    "aider": _Tool(_aider, "tried: aider 0.86.2", "aider"),
    "llm": _Tool(_llm, "tried: llm 0.36, llm-gemini 0.35", "llm"),
    "opencode": _Tool(
        _own("opencode", "GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"),
        "tried: opencode 1.18.33",
        "opencode",
    ),
    "pi": _Tool(_own("pi", "GEMINI_API_KEY"), "tried: pi 1.6.0", "pi"),
    "openclaw": _Tool(
        _own("openclaw", "GEMINI_API_KEY", "GOOGLE_API_KEY"), "tried: OpenClaw 2026.9.6", "openclaw"
    ),
    "vercel-ai": _Tool(_vercel, "source of @ai-sdk/google 3.0.141", node=("@ai-sdk/google",)),
    "openai": _Tool(_openai, "source of openai 3.52.0", python="openai", node=("openai",)),
    "google-auth": _Tool(_google_auth, "source of google-auth 2.62.2", python="google_auth"),
}
