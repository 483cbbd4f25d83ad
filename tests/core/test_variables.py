"""Variables by tool and by shell: what is set is read back by the real shell exactly, and nothing that wins is left."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, GcloudSignIn, Secret, Service
from gemini_setup.usage.tool_names import TOOLS, find, near, started_by
from gemini_setup.usage.variables import (
    SHELLS,
    NotForThisTool,
    Variables,
    follows,
    lines,
    narrowed,
    variables,
)
from tests.core import samples

KEY = samples.random_key()
STUDIO = Access(ApiKey(Secret(KEY)), Service.STUDIO)
EXPRESS = Access(ApiKey(Secret(KEY)), Service.VERTEX)
_ACCOUNT = recognise(json.dumps(samples.service_account())).credential
assert _ACCOUNT is not None
ACCOUNT = Access(_ACCOUNT, Service.VERTEX, "some-project", "europe-west1")
SIGN_IN = Access(GcloudSignIn(), Service.VERTEX, "some-project", "global")


def _all() -> list[tuple[Access, str, Variables]]:
    found = []
    for access in (STUDIO, EXPRESS, ACCOUNT, SIGN_IN):
        for tool in ("", *TOOLS):
            try:
                found.append((access, tool, variables(access, tool)))
            except NotForThisTool:
                continue
    return found


def test_no_tool_is_told_to_unset_what_it_is_given() -> None:
    for _, tool, wanted in _all():
        given_names = {*wanted.plain, *wanted.secret}
        assert given_names, tool
        assert not given_names & set(wanted.unset), tool


def test_no_secret_stands_in_what_may_be_shown() -> None:
    for access, _, wanted in _all():
        shown = repr(wanted)
        assert KEY not in shown
        if access is ACCOUNT:
            assert "PRIVATE KEY" not in shown


def test_every_name_of_a_fact_is_set_in_the_one_set_for_all_tools() -> None:
    """Names read from the tools' sources; `tests/interop` starts the tools themselves."""
    studio = variables(STUDIO)
    assert studio.what == "key"
    assert set(studio.secret) == {
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "GOOGLE_GENERATIVE_AI_API_KEY",  # the AI SDK, opencode, Mastra
        "LLM_GEMINI_KEY",
        "GOOGLE_AI_API_KEY",  # Semantic Kernel
    }
    assert dict(studio.plain) == {}
    account = variables(ACCOUNT)
    assert (account.what, account.secret) == ("file", ("GOOGLE_APPLICATION_CREDENTIALS",))
    for name in (
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "VERTEXAI_PROJECT",
        "GOOGLE_VERTEX_PROJECT",
        "VERTEX_PROJECT_ID",
    ):
        assert account.plain[name] == "some-project", name
    # LiteLLM and genkit answer from us-central1 where their own name for it is missing.
    for name in (
        "GOOGLE_CLOUD_LOCATION",
        "VERTEXAI_LOCATION",
        "GCLOUD_LOCATION",
        "GOOGLE_VERTEX_LOCATION",
        "CLOUD_ML_REGION",
    ):
        assert account.plain[name] == "europe-west1", name
    assert account.plain["GOOGLE_GENAI_USE_VERTEXAI"] == "true"
    assert {"GOOGLE_API_KEY", "GOOGLE_VERTEX_API_KEY", "GOOGLE_CLOUD_API_KEY"} <= set(
        variables(EXPRESS).secret
    )


@pytest.mark.parametrize(
    "rival",
    [
        *("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_VERTEX_API_KEY", "GOOGLE_CLOUD_API_KEY", "VERTEX_API_KEY", "GEMINI_API_BASE"),
        *("GOOGLE_BASE_URL", "GOOGLE_API_BASE_URL", "GOOGLE_GENAI_API_VERSION", "GOOGLE_GENAI_CLIENT_MODE"),
        *("VERTEXAI_CREDENTIALS", "GOOGLE_GENAI_USE_GCA", "GOOGLE_CLOUD_ACCESS_TOKEN", "VERTEX_API_HOST"),
    ],
)  # fmt: skip
def test_a_rival_in_the_shell_is_taken_out(rival: str) -> None:
    assert rival in variables(STUDIO).unset


def test_a_service_account_is_not_charged_to_another_s_project() -> None:
    taken = set(variables(ACCOUNT).unset)
    assert {
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_API_USE_MTLS_ENDPOINT",
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
    } <= taken
    # What is another program's business stays: with an API key none of these decides about Gemini.
    left = {
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
    }
    assert not left & set(variables(STUDIO).unset)
    # In Vertex mode a project in the environment beats an API key in it.
    assert {"GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"} <= set(
        variables(EXPRESS).unset
    )
    assert "GOOGLE_APPLICATION_CREDENTIALS" in variables(SIGN_IN).unset


def test_openai_s_own_libraries_have_a_set_of_their_own() -> None:
    wanted = variables(STUDIO, "openai")
    base = "https://generativelanguage.googleapis.com/v1beta/openai"
    assert (wanted.secret, wanted.what) == (("OPENAI_API_KEY",), "key")
    # openai-agents posts its traces to OpenAI, with the key.
    assert wanted.plain == {
        "OPENAI_BASE_URL": base,
        "OPENAI_API_BASE": base,
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
    }
    assert "GEMINI_API_KEY" in wanted.unset  # AutoGen takes it before ours
    account = variables(ACCOUNT, "openai")
    assert account.what == "token"
    assert account.plain["OPENAI_BASE_URL"] == (
        "https://europe-west1-aiplatform.googleapis.com/v1/projects/some-project/locations/europe-west1/endpoints/openapi"
    )
    with pytest.raises(NotForThisTool):
        variables(EXPRESS, "openai")
    assert not {"OPENAI_API_KEY", "OPENAI_BASE_URL"} & {*variables(STUDIO).secret, *variables(STUDIO).plain}


ENDS = Endpoints(gemini="https://gateway.example.com/g", vertex="https://gateway.example.com/v")
OWN_STUDIO = Access(STUDIO.credential, Service.STUDIO, endpoints=ENDS)
OWN_VERTEX = Access(ACCOUNT.credential, Service.VERTEX, "p-1", "global", ENDS)


def test_a_profile_s_own_endpoint_goes_along() -> None:
    studio = variables(OWN_STUDIO).plain
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_BASE_URL", "GOOGLE_API_BASE_URL"):
        assert studio[name] == ENDS.gemini, name
    assert (
        studio["GEMINI_API_BASE"] == f"{ENDS.gemini}/v1beta"
    )  # LiteLLM and aider put no version before /models
    vertex = variables(OWN_VERTEX).plain
    # google-genai reads AI Studio's variable in Vertex mode, too, unless the mode is given in code.
    assert vertex["GOOGLE_GEMINI_BASE_URL"] == vertex["GOOGLE_VERTEX_BASE_URL"] == ENDS.vertex
    assert vertex["VERTEXAI_API_BASE"] == ENDS.vertex


def test_gemini_cli_can_sign_in_at_an_endpoint_unless_its_owner_says_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH"
    monkeypatch.delenv(name, raising=False)
    file = variables(OWN_STUDIO).plain[name]
    assert json.loads(Path(file).read_text()) == {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    assert name not in variables(STUDIO).plain
    monkeypatch.setenv(name, "/etc/company.json")
    wanted = variables(OWN_STUDIO)
    assert name not in {*wanted.plain, *wanted.unset}


@pytest.mark.parametrize(
    ("access", "refused"),
    [
        (
            OWN_STUDIO,
            {"llm", "vercel-ai", "opencode", "mastra", "cline", "genkit", "langchain-js", "gptme", "pi"},
        ),
        (OWN_VERTEX, {"aider", "vercel-ai", "opencode", "genkit", "promptfoo"}),
    ],
)
def test_a_tool_that_would_ask_google_itself_is_refused(access: Access, refused: set[str]) -> None:
    for tool in refused:
        with pytest.raises(NotForThisTool):
            variables(access, tool)
        if TOOLS[tool].account or access is OWN_STUDIO:
            assert variables(access, tool, anyway=True).secret, tool
    assert follows(access, "") is None, "a program that nobody knows"
    assert follows(STUDIO, "") is True
    assert follows(access, "gemini-cli") is True


def test_another_s_endpoint_is_not_followed() -> None:
    bases = {"GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "GEMINI_API_BASE", "VERTEXAI_API_BASE"}
    for access in (STUDIO, EXPRESS, ACCOUNT, SIGN_IN):
        assert bases <= set(variables(access).unset)


def test_a_file_that_stays_holds_the_tool_s_own_name_alone() -> None:
    assert narrowed(STUDIO).secret == ("GEMINI_API_KEY",)
    assert "GOOGLE_API_KEY" in narrowed(STUDIO).unset  # google-genai takes it first
    assert narrowed(STUDIO, "vercel-ai") == Variables(secret=("GOOGLE_GENERATIVE_AI_API_KEY",), what="key")
    assert narrowed(STUDIO, "langchain").secret == ("GOOGLE_API_KEY",)
    assert narrowed(OWN_STUDIO, "aider").plain == {"GEMINI_API_BASE": f"{ENDS.gemini}/v1beta"}
    assert narrowed(STUDIO, "aider").unset == ("GEMINI_API_BASE", "GOOGLE_API_KEY")
    assert narrowed(STUDIO, "openai").secret == ("OPENAI_API_KEY",)
    assert narrowed(EXPRESS).secret == ("GOOGLE_API_KEY",)
    assert narrowed(EXPRESS).plain["GOOGLE_GENAI_USE_VERTEXAI"] == "true"
    assert "GOOGLE_CLOUD_PROJECT" in narrowed(EXPRESS).unset  # it would win over the key
    for tool in ("vercel-ai", "inspect-ai", "pi", "google-genai"):
        (name,) = narrowed(EXPRESS, tool).secret
        assert name in variables(EXPRESS, tool).secret
        assert not {name, *variables(EXPRESS).secret} & set(narrowed(EXPRESS, tool).unset)
    assert narrowed(EXPRESS, "vercel-ai").secret == ("GOOGLE_VERTEX_API_KEY",)


# ---------------------------------------------------------------- names that people know


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        *(("opencode", "opencode"), ("mastra", "mastra"), ("DSPy", "dspy"), ("smolagents", "smolagents"), ("adk", "google-adk")),
        *(("pydantic-ai", "pydantic-ai"), ("ai-sdk", "vercel-ai"), ("gemini", "gemini-cli"), ("sgpt", "shell-gpt")),
        *(("openai-agents", "openai-agents"), ("@langchain/google-genai", "langchain-js")),
        *(("AIzaSy-something", None), ("", None), ("curl", None)),
    ],
)  # fmt: skip
def test_tools_are_found_by_the_names_that_people_know(name: str, tool: str | None) -> None:
    assert find(name) == tool


def test_a_name_stands_for_one_tool() -> None:
    every = [name for tool, known in TOOLS.items() for name in {tool, *known.names, *known.programs}]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("/usr/local/bin/opencode run hello", "opencode"),
        (r"C:\\npm\\opencode.cmd", "opencode"),
        ("npx -y opencode-ai@1.18 run", "opencode"),
        ("npx @google/gemini-cli", "gemini-cli"),
        ("uvx --from aider-chat aider", "aider"),
        ("uv tool run llm", "llm"),
        ("pipx run aider-chat==0.86", "aider"),
        ("python3.12 -m litellm --port 1", "litellm"),
        ("python app.py", None),
        ("bash", None),
        ("env A=1 pi -p hello", "pi"),
    ],
)
def test_a_command_is_known_by_its_program(command: str, tool: str | None) -> None:
    assert started_by(command.split()) == tool


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    assert near("opencod") == "opencode"
    assert near("AIzaSyD-1234567890abcdefghijklmnopqrstu") is None


_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
_RUN = {
    "bash": (["bash", "-c"], 'printf %s "$X"'),
    "fish": (["fish", "--no-config", "-c"], "printf %s $X"),
}


@pytest.mark.parametrize("shell", [name for name in _RUN if shutil.which(name)])
@given(value=_VALUES)
def test_a_real_shell_reads_back_what_was_written(shell: str, value: str) -> None:
    command, show = _RUN[shell]
    script = "\n".join([*lines(shell, {"X": value}, ("Y",)), show])
    done = subprocess.run(
        [*command, script],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "Y": "1"},
        check=True,
    )
    assert done.stdout == value


@given(value=_VALUES)
@example("it's")
@example("a b#c")
def test_a_dotenv_file_is_read_back_or_the_value_is_said_not_to_fit(value: str) -> None:
    """Read here by bash; python-dotenv and Node's dotenv differ where a value is not written at all."""
    readers_differ = set(value) & set('\\$"`')
    try:
        (line,) = lines("dotenv", {"X": value})
    except NotForThisTool:
        if not readers_differ:
            raise
        return
    done = subprocess.run(
        ["bash", "-c", line + '\nprintf %s "$X"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == value


@pytest.mark.parametrize("value", ["a\\b", "${HOME}", "it's $5", 'it\'s "so"', "a\nb", "é"])
def test_what_readers_of_a_dotenv_file_read_differently_is_not_written(value: str) -> None:
    with pytest.raises(NotForThisTool):
        lines("dotenv", {"X": value})


def test_powershell_and_cmd_write_what_they_read() -> None:
    assert lines("powershell", {"X": "it's $x"}, ("Y",)) == [
        "Remove-Item Env:Y -ErrorAction SilentlyContinue",
        "$env:X = 'it''s $x'",
    ]
    assert lines("cmd", {"X": "a&b"}, ("Y",)) == ['set "Y="', 'set "X=a&b"']
    # PowerShell ends a quoted text at typographic quotes as well.
    assert lines("powershell", {"X": "a’;calc;‘"}) == ["$env:X = 'a’’;calc;‘‘'"]
    for sign in '"%!\n':
        with pytest.raises(NotForThisTool):
            lines("cmd", {"X": sign})


def test_every_shell_has_its_form() -> None:
    for shell in SHELLS:
        assert lines(shell, {"X": "1"})
