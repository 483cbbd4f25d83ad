"""Variables by tool and by shell: what is set is read back by the real shell exactly, and nothing that wins is left."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup.credentials import Access, ApiKey, Endpoints, GcloudSignIn, Secret, Service
from gemini_setup.recognise import recognise
from gemini_setup.variables import SHELLS, TOOLS, NotForThisTool, Variables, lines, variables
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
        given_names = {*wanted.plain, *([wanted.secret[0]] if wanted.secret else [])}
        assert given_names, tool
        assert not given_names & set(wanted.unset), tool


def test_no_secret_stands_in_what_may_be_shown() -> None:
    for access, _, wanted in _all():
        shown = repr(wanted)
        assert KEY not in shown
        if access is ACCOUNT:
            assert "PRIVATE KEY" not in shown


@pytest.mark.parametrize(
    ("access", "tool", "plain", "secret"),
    [
        (STUDIO, "", {}, ("GEMINI_API_KEY", "key")),
        (STUDIO, "gemini-cli", {}, ("GEMINI_API_KEY", "key")),
        (STUDIO, "langchain", {}, ("GOOGLE_API_KEY", "key")),
        (STUDIO, "vercel-ai", {}, ("GOOGLE_GENERATIVE_AI_API_KEY", "key")),
        (STUDIO, "llm", {}, ("LLM_GEMINI_KEY", "key")),
        (
            STUDIO,
            "openai",
            {"OPENAI_BASE_URL": "https://generativelanguage.googleapis.com/v1beta/openai"},
            ("OPENAI_API_KEY", "key"),
        ),
        (
            EXPRESS,
            "",
            {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_GENAI_USE_ENTERPRISE": "true"},
            ("GOOGLE_API_KEY", "key"),
        ),
        (
            ACCOUNT,
            "",
            {
                "GOOGLE_GENAI_USE_VERTEXAI": "true",
                "GOOGLE_GENAI_USE_ENTERPRISE": "true",
                "GOOGLE_CLOUD_PROJECT": "some-project",
                "GOOGLE_CLOUD_LOCATION": "europe-west1",
            },
            ("GOOGLE_APPLICATION_CREDENTIALS", "file"),
        ),
        (
            ACCOUNT,
            "litellm",
            {"VERTEXAI_PROJECT": "some-project", "VERTEXAI_LOCATION": "europe-west1"},
            ("GOOGLE_APPLICATION_CREDENTIALS", "file"),
        ),
        (
            ACCOUNT,
            "openai",
            {
                "OPENAI_BASE_URL": "https://europe-west1-aiplatform.googleapis.com/v1/projects/some-project"
                "/locations/europe-west1/endpoints/openapi"
            },
            ("OPENAI_API_KEY", "token"),
        ),
    ],
)
def test_each_tool_gets_what_it_really_reads(
    access: Access, tool: str, plain: Mapping[str, str], secret: tuple[str, str]
) -> None:
    wanted = variables(access, tool)
    assert (dict(wanted.plain), wanted.secret) == (plain, secret)


def test_what_would_win_is_unset() -> None:
    assert {"GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"} <= set(
        variables(STUDIO).unset
    )
    # In Vertex mode a project in the environment beats an API key in it.
    assert {"GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"} <= set(variables(EXPRESS).unset)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in variables(SIGN_IN).unset


def test_a_profile_s_own_endpoint_goes_along() -> None:
    ends = Endpoints(gemini="https://gateway.example.com/g", vertex="https://gateway.example.com/v")
    studio = Access(STUDIO.credential, Service.STUDIO, endpoints=ends)
    assert variables(studio).plain["GOOGLE_GEMINI_BASE_URL"] == ends.gemini
    assert variables(studio, "litellm").plain["GEMINI_API_BASE"] == ends.gemini
    vertex = Access(ACCOUNT.credential, Service.VERTEX, "p-1", "global", ends)
    assert variables(vertex).plain["GOOGLE_VERTEX_BASE_URL"] == ends.vertex
    # A tool that cannot be told of it would ask Google itself with a credential that is not for Google.
    for access, tools in ((studio, {"llm", "vercel-ai"}), (vertex, {*TOOLS} - {"openai", "gemini-cli"})):
        for tool in tools:
            with pytest.raises(NotForThisTool):
                variables(access, tool)


def test_another_s_endpoint_is_not_followed() -> None:
    bases = {"GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"}
    for access in (STUDIO, EXPRESS, ACCOUNT, SIGN_IN):
        for tool in ("", "google-genai", "gemini-cli", "langchain"):
            assert bases <= set(variables(access, tool).unset), tool
    assert "GEMINI_API_BASE" in variables(STUDIO, "litellm").unset
    assert "VERTEXAI_CREDENTIALS" in variables(ACCOUNT, "litellm").unset


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
def test_a_dotenv_file_is_read_back_by_python_dotenv_s_rules(value: str) -> None:
    (line,) = lines("dotenv", {"X": value})
    name, _, text = line.partition("=")
    assert name == "X"
    if text.startswith("'"):
        assert text == f"'{value}'"
    elif text.startswith('"'):
        assert text[1:-1].replace("\\$", "$").replace('\\"', '"').replace("\\\\", "\\") == value
    else:
        assert text == value
        assert not set(value) & set(" #'\"$\\`")


def test_powershell_and_cmd_write_what_they_read() -> None:
    assert lines("powershell", {"X": "it's $x"}, ("Y",)) == [
        "Remove-Item Env:Y -ErrorAction SilentlyContinue",
        "$env:X = 'it''s $x'",
    ]
    assert lines("cmd", {"X": "a&b"}, ("Y",)) == ['set "Y="', 'set "X=a&b"']
    for sign in '"%!\n':
        with pytest.raises(NotForThisTool):
            lines("cmd", {"X": sign})


def test_every_shell_has_its_form() -> None:
    for shell in SHELLS:
        assert lines(shell, {"X": "1"})
