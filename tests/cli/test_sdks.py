"""The real SDKs of the test lock, unmodified, under plain `exec`: the right place, our credential alone, and nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.interop.scenes import DECOYS
from tests.loopback import Google

GENAI = (
    "from google import genai; client = genai.Client();"
    " print(client.models.generate_content(model={model!r}, contents='hello').text)"
)
OPENAI = (
    "import openai; print(openai.OpenAI().chat.completions.create(model={model!r},"
    " messages=[{{'role': 'user', 'content': 'hello'}}]).choices[0].message.content)"
)


@pytest.fixture
def there(program: Program, google: Google) -> Program:
    """Google by its real names; the way to every other host leads to the loopback, too, so that it would be seen."""
    for name in google.environ():
        program.environ.pop(name, None)
    program.environ |= google.environ(real_hosts=True)
    google.any_host = True
    return program


def _keep(program: Program, google: Google, folder: Path, *, vertex: bool) -> str:
    """Keep a credential; the secret that may go to Google alone."""
    if not vertex:
        key = google.studio_key().text
        assert program("add", "studio", text=key).code == 0
        google.forget()
        return key
    file = folder / "account.json"
    file.write_text(google.service_account().text, encoding="utf-8")
    assert program("add", "vertex", str(file), "--location", "europe-west1").code == 0
    google.forget()
    return "ya29"


@pytest.mark.parametrize(
    ("vertex", "tool", "code", "model", "host"),
    [
        (False, "", GENAI, "gemini-3.5-flash", "generativelanguage.googleapis.com"),
        (True, "", GENAI, "gemini-3.5-flash", "europe-west1-aiplatform.googleapis.com"),
        (False, "openai", OPENAI, "gemini-3.5-flash", "generativelanguage.googleapis.com"),
        (True, "openai", OPENAI, "google/gemini-3.5-flash", "europe-west1-aiplatform.googleapis.com"),
    ],
)  # fmt: skip
def test_an_sdk_asks_where_the_profile_is_with_what_is_saved_and_nobody_else(
    there: Program, google: Google, tmp_path: Path, vertex: bool, tool: str, code: str, model: str, host: str
) -> None:
    secret = _keep(there, google, tmp_path, vertex=vertex)
    there.environ |= DECOYS | {"GOOGLE_GENAI_USE_VERTEXAI": "false" if vertex else "true"}
    done = there(
        "exec",
        *(("--for", tool) if tool else ()),
        "--",
        sys.executable,
        "-c",
        code.format(model=model),
        timeout=90,
    )
    assert google.reply in done.out, done.err
    asked = [seen for seen in google.requests if seen.route not in ("token", "certs")]
    assert {seen.host for seen in asked if seen.status == 200} == {host}
    for seen in asked:
        carried = " ".join([*seen.headers.values(), *seen.query.values()])
        assert "decoy" not in carried, seen
        assert seen.host.endswith(".googleapis.com") or secret not in carried + seen.body.decode("latin-1")


def test_google_genai_s_vertex_mode_never_passes_a_gateway_by(
    there: Program, google: Google, tmp_path: Path
) -> None:
    """Without `vertexai=True` in the code it reads AI Studio's variable for the address."""
    google.gateway = "gateway.example.com"
    base = "https://gateway.example.com"
    there.environ |= {"GOOGLE_GEMINI_BASE_URL": base, "GOOGLE_VERTEX_BASE_URL": base}
    _keep(there, google, tmp_path, vertex=True)
    there("exec", "--", sys.executable, "-c", GENAI.format(model="gemini-3.5-flash"), timeout=90)
    asked = {seen.host for seen in google.requests if seen.route not in ("token", "certs")}
    assert asked == {google.gateway}
    kwargs = "import gemini_setup; " + GENAI.replace(
        "Client()", "Client(**gemini_setup.load().genai_kwargs())"
    )
    done = there("exec", "--", sys.executable, "-c", kwargs.format(model="gemini-3.5-flash"), timeout=90)
    assert google.reply in done.out, done.err
