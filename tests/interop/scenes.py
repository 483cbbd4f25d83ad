"""One scene per tool and service: keep a credential, run the unmodified tool, and look at what went over the wire."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.program import COMMAND, Program
from tests.conftest import without_foreign_variables
from tests.interop import apart
from tests.interop.apart import Bridge
from tests.interop.installing import Installed
from tests.loopback import Google, Seen
from tests.secretservice import SecretService

MODEL = "gemini-3.5-flash"
#: Not the region that many tools take where they are told of none.
LOCATION = "europe-west1"
PATIENCE = 180.0


#: What a person may have set long ago: `exec` must win over each, or the tool is seen to use it.
DECOYS = {
    **dict.fromkeys(
        (
            "GOOGLE_API_KEY",
            "GEMINI_API_KEY",
            "OPENAI_API_KEY",
            "LLM_GEMINI_KEY",
            "GOOGLE_GENERATIVE_AI_API_KEY",
            "GOOGLE_VERTEX_API_KEY",
            "VERTEX_API_KEY",
            "VERTEXAI_API_KEY",
            "GOOGLE_CLOUD_API_KEY",
            "GOOGLE_AI_API_KEY",
            "GOOGLE_GENAI_API_KEY",
            "PALM_API_KEY",
        ),
        "decoy-that-is-no-key-0123456789abcdef",
    ),
    **dict.fromkeys(
        (
            "GOOGLE_CLOUD_PROJECT",
            "GOOGLE_CLOUD_PROJECT_ID",
            "GOOGLE_VERTEX_PROJECT",
            "VERTEXAI_PROJECT",
            "VERTEX_PROJECT",
            "GCLOUD_PROJECT",
            "GOOGLE_CLOUD_QUOTA_PROJECT",
            "VERTEX_PROJECT_ID",
            "VERTEX_AI_PROJECT_ID",
        ),
        "decoy-project",
    ),
    **dict.fromkeys(
        ("GOOGLE_CLOUD_LOCATION", "GOOGLE_VERTEX_LOCATION", "VERTEXAI_LOCATION", "VERTEX_LOCATION", "GOOGLE_CLOUD_REGION",
         "GCLOUD_LOCATION", "VERTEX_REGION", "VERTEX_AI_REGION", "CLOUD_ML_REGION"),
        "us-central1",
    ),
    **dict.fromkeys(
        ("GOOGLE_APPLICATION_CREDENTIALS", "VERTEXAI_CREDENTIALS", "VERTEX_CREDENTIALS"), "/nonexistent/decoy.json"
    ),
    **dict.fromkeys(
        ("GEMINI_API_BASE", "OPENAI_BASE_URL", "OPENAI_API_BASE", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL",
         "VERTEXAI_API_BASE", "VERTEX_API_BASE", "GOOGLE_BASE_URL", "GOOGLE_API_BASE_URL"), "https://decoy.example.com"
    ),
    "GEMINI_API_KEY_AUTH_MECHANISM": "bearer",
    "GOOGLE_GENAI_USE_GCA": "true",
    "GOOGLE_GENAI_API_VERSION": "v9",
    "GOOGLE_GENAI_CLIENT_MODE": "replay",
    "GOOGLE_API_USE_MTLS_ENDPOINT": "always",
    "OPENAI_ORG_ID": "decoy",
    "OPENAI_PROJECT_ID": "decoy",
}  # fmt: skip
_SWITCHES = ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE")


class Unlike(AssertionError):
    """What was seen is not what it should be. Never with a secret in it."""


@dataclass
class Stage:
    """A computer of its own: a keyring, a home, the loopback Google, and a network in which it is Google."""

    google: Google
    service: SecretService
    bridge: Bridge
    program: Program
    home: Path
    secret: str = ""
    email: str = ""
    vertex: bool = False
    gateway: str = ""
    shell: dict[str, str] = field(default_factory=dict)

    def at_a_gateway(self) -> None:
        """What is kept from here on is for a company's own endpoint."""
        self.google.gateway = self.gateway = apart.GATEWAY
        base = f"https://{self.gateway}"
        self.program.environ |= {"GOOGLE_GEMINI_BASE_URL": base, "GOOGLE_VERTEX_BASE_URL": base}

    def keep_key(self) -> str:
        """A new API key, checked and kept by the real command."""
        self.secret = self.google.studio_key().text
        self._kept(self.program("add", "studio", text=self.secret, timeout=60))
        return self.secret

    def keep_account(self) -> None:
        account = self.google.service_account()
        self.vertex = True
        self.secret, self.email = account.text, account.email
        file = self.home / "downloaded.json"
        file.write_text(account.text, encoding="utf-8")
        self._kept(self.program("add", "vertex", str(file), "--location", LOCATION, timeout=60))
        file.unlink()

    def keep_express(self) -> None:
        self.vertex = True
        self.secret = self.google.studio_key(vertex=True).text
        self._kept(self.program("add", "vertex", "--api-key", text=self.secret, timeout=60))

    def do(self, *arguments: str, path: str = "") -> str:
        """One command of ours, at the person's own shell; what it says on stderr."""
        environ = {"PATH": f"{path}:{self.program.environ['PATH']}"} if path else {}
        done = self.program(*arguments, timeout=60, **environ)
        if done.code != 0:
            raise Unlike(f"gemini-setup {arguments[0]} ended with {done.code}: {_end(done.err)}")
        return done.err

    def _kept(self, done: object) -> None:
        if getattr(done, "code", 1) != 0:
            raise Unlike("the credential was not kept")
        self.google.forget()

    def run(
        self,
        command: list[str],
        *,
        tool: str | None,
        text: str = "",
        folder: Path | None = None,
        options: str = "",
        **environ: str,
    ) -> str:
        """Its output. `tool` None starts it from the plain shell, else `exec --for` that tool ("" for the default set)."""
        start = command
        if tool is not None:
            start = [*COMMAND, "exec", *(["--for", tool] if tool else []), *options.split(), "--", *command]
            # The switches are set the wrong way round.
            environ |= DECOYS | dict.fromkeys(_SWITCHES, "false" if self.vertex else "true")
        done = subprocess.run(
            self.bridge.command(start),
            input=text,
            env={**self.shell, **environ},
            cwd=folder or self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        for secret in filter(None, (self.secret if len(self.secret) < 200 else "",)):
            if secret in done.stdout + done.stderr:
                raise Unlike("the tool printed the key")
        if done.returncode != 0:
            raise Unlike(f"ended with {done.returncode}: {_end(done.stdout + done.stderr)}")
        return done.stdout

    # -- what must hold ---------------------------------------------------------------------------------------

    def answered(self, output: str) -> None:
        if self.google.reply not in output:
            raise Unlike(f"no answer of the model in: {_end(output)}")

    def asked_with_key(self, route: str, header: str = "x-goog-api-key") -> None:
        """The route was asked and answered, and each request that carries a credential carries only ours, only so."""
        good = [seen for seen in self.google.seen(route) if seen.status == 200]
        if not good:
            raise Unlike(f"{route} was not asked and answered; seen: {self.google.requests}")
        self.nowhere_else()
        for seen in filter(self._ours, self.google.requests):
            found = credentials_in(seen)
            wanted = {header: f"Bearer {self.secret}" if header == "authorization" else self.secret}
            if seen.headers.get("x-goog-user-project", "").startswith("decoy"):
                raise Unlike(f"{seen} is for another's quota project")
            if found and found != wanted:
                raise Unlike(f"{seen} carries {sorted(found)} that are not just ours in {header}")
        if not all(credentials_in(seen) for seen in good):
            raise Unlike(f"{route} was asked without a credential")

    def asked_with_token(self, route: str, host: str | None = None) -> None:
        """The route was asked with an access token that this service account was given."""
        good = [seen for seen in self.google.seen(route) if seen.status == 200]
        if not good:
            raise Unlike(f"{route} was not asked and answered; seen: {self.google.requests}")
        self.nowhere_else()
        for seen in filter(self._ours, self.google.requests):
            if seen.route in ("token", "certs"):
                continue
            found = credentials_in(seen)
            token = self.google._find_token(found.get("authorization", "").removeprefix("Bearer "))
            owner = getattr(token.owner, "email", "") if token else ""
            if set(found) - {"authorization"} or (found and owner != self.email):
                raise Unlike(f"{seen} carries {sorted(found)}, not just a token of our account")
            if host and seen.host != host and seen in good:
                raise Unlike(f"{route} was asked at {seen.host}")
            payer = seen.headers.get("x-goog-user-project", "")
            if payer.startswith("decoy"):
                raise Unlike(f"{seen} is for another's quota project")

    def _ours(self, seen: Seen) -> bool:
        """Where the credential may go: Google, or the profile's own endpoint and nowhere at Google."""
        if self.gateway:
            return seen.host == self.gateway or seen.route in ("token", "certs")
        return seen.host.endswith(".googleapis.com")

    def nowhere_else(self) -> None:
        """No other host got the key or a token of the account, in whatever place or form."""
        wanted = [self.secret] if len(self.secret) < 200 else list(self.google._book.tokens)
        for seen in self.google.requests:
            if self._ours(seen):
                continue
            body = seen.body
            if seen.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            whole = " ".join(
                [seen.path, *seen.headers.values(), *seen.query.values(), body.decode("latin-1")]
            )
            if any(secret in whole for secret in wanted):
                raise Unlike(f"{seen.host}{seen.path} was sent the credential")


def credentials_in(seen: Seen) -> dict[str, str]:
    """Every credential that a request carries, by where it stands."""
    found = {
        name: seen.headers[name]
        for name in ("x-goog-api-key", "authorization", "api-key", "x-api-key")
        if seen.headers.get(name)
    }
    if seen.query.get("key"):
        found["?key="] = seen.query["key"]
    return found


def _end(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-4:])[-500:]


@contextmanager
def stage() -> Iterator[Stage]:
    """The environment for tools is a plain one: no proxy, only the trust in the loopback Google's certificates."""
    base = without_foreign_variables(dict(os.environ))
    with Google() as google, SecretService(base=base) as service:
        google.any_host = True
        bridge = Bridge(int(google.proxy_url.rpartition(":")[2]))
        try:
            program = Program(google, service, {})
            for name in google.environ():
                program.environ.pop(name, None)
            shell = dict(program.environ)
            program.environ.update(google.environ(real_hosts=True))
            trust = google.environ(real_hosts=True)
            shell |= {
                name: trust[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
            }
            shell |= {"NO_COLOR": "1", "TERM": "dumb", "CI": ""}
            yield Stage(google, service, bridge, program, service.home, shell=shell)
        finally:
            bridge.close()


# ---------------------------------------------------------------- the scenes


@dataclass(frozen=True)
class Scene:
    """`package` is installed for it; `service` is a row of the table; `run` raises Unlike, or passes."""

    name: str
    package: str
    service: str
    how: str
    run: Callable[[Stage, Installed], None]


OPENAI = """
import openai, sys
model = sys.argv[1]
answer = openai.OpenAI().chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])
print(answer.choices[0].message.content)
"""
GENAI = f"""
from google import genai
client = genai.Client()
print(client.models.generate_content(model="{MODEL}", contents="hello").text)
"""
LANGCHAIN = f"""
from langchain_google_genai import ChatGoogleGenerativeAI
print(ChatGoogleGenerativeAI(model="{MODEL}").invoke("hello").text)
"""
LITELLM = """
import sys, litellm
litellm.telemetry = False
answer = litellm.completion(model=sys.argv[1], messages=[{"role": "user", "content": "hello"}])
print(answer.choices[0].message.content)
"""
VERCEL = f"""
import {{ generateText }} from 'ai';
import {{ google }} from '@ai-sdk/google';
import {{ vertex }} from '@ai-sdk/google-vertex';
const provider = process.argv[2] === 'vertex' ? vertex : google;
const {{ text }} = await generateText({{ model: provider('{MODEL}'), prompt: 'hello' }});
console.log(text);
"""
DOTENV_PYTHON = f"""
from dotenv import load_dotenv
assert load_dotenv(".env")
from google import genai
client = genai.Client()
print(client.models.generate_content(model="{MODEL}", contents="hello").text)
"""
DOTENV_NODE = f"""
import 'dotenv/config';
import {{ generateText }} from 'ai';
import {{ google }} from '@ai-sdk/google';
const {{ text }} = await generateText({{ model: google('{MODEL}'), prompt: 'hello' }});
console.log(text);
"""


def _python(code: str, *arguments: str, tool: str, key: str = "", token: str = "", header: str = "x-goog-api-key",
            express: bool = False) -> Callable[[Stage, Installed], None]:  # fmt: skip
    def run(stage: Stage, installed: Installed) -> None:
        stage.keep_express() if express else stage.keep_account() if token else stage.keep_key()
        stage.answered(stage.run([installed.python, "-c", code, *arguments], tool=tool))
        if token:
            stage.asked_with_token(token, f"{LOCATION}-aiplatform.googleapis.com")
        else:
            stage.asked_with_key(key, header)

    return run


def _llm(stage: Stage, installed: Installed) -> None:
    stage.keep_key()
    stage.answered(stage.run([installed.bin("llm"), "-m", MODEL, "hello"], tool=""))
    stage.asked_with_key("generate")


def _aider(model: str, key: str = "", token: str = "") -> Callable[[Stage, Installed], None]:
    def run(stage: Stage, installed: Installed) -> None:
        stage.keep_account() if token else stage.keep_key()
        stage.answered(stage.run(aider(installed, model), tool=""))
        # Its LiteLLM is an older one that writes the key into the address.
        stage.asked_with_token(token) if token else stage.asked_with_key(key, "?key=")

    return run


def aider(installed: Installed, model: str) -> list[str]:
    return [
        installed.bin("aider"), "--model", model, "--message", "hello", "--no-git", "--yes-always", "--no-stream",
        "--no-check-update", "--no-show-model-warnings", "--no-analytics", "--no-show-release-notes", "--no-pretty",
        "--no-detect-urls", "--edit-format", "ask",
    ]  # fmt: skip


def gemini_cli(installed: Installed) -> list[str]:
    return [installed.bin("gemini"), "--model", MODEL, "--prompt", "hello", "--skip-trust"]


def _gemini_cli(stage: Stage, installed: Installed) -> None:
    stage.keep_key()
    stage.answered(stage.run(gemini_cli(installed), tool=""))
    stage.asked_with_key("generate")


def _gemini_cli_vertex(stage: Stage, installed: Installed) -> None:
    stage.keep_account()
    stage.answered(stage.run(gemini_cli(installed), tool=""))
    stage.asked_with_token("vertex-generate")


def _gemini_cli_express(stage: Stage, installed: Installed) -> None:
    stage.keep_express()
    stage.answered(stage.run(gemini_cli(installed), tool=""))
    stage.asked_with_key("vertex-generate")


def _vercel(which: str, keep: Callable[[Stage], object], *, key: str = "", token: str = "") -> Callable[[Stage, Installed], None]:  # fmt: skip
    def run(stage: Stage, installed: Installed) -> None:
        keep(stage)
        script = installed.place / "ask.mjs"
        script.write_text(VERCEL)
        stage.answered(stage.run(["node", str(script), which], tool=""))
        stage.asked_with_token(token) if token else stage.asked_with_key(key)

    return run


@dataclass(frozen=True)
class Handover:
    """A delivery to be proven: the arguments after "connect", the files below the home folder that it writes, each with

    what stands there before ("" for a file that is not there), and how the tool is started, from the home folder.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, str]
    start: Callable[[Installed], list[str]]
    proof: str
    variables: tuple[str, ...] = ()
    header: str = "x-goog-api-key"


def _handover(how: Handover) -> Callable[[Stage, Installed], None]:
    """Delivered, used without us, followed through two rotations, taken away: with nothing there before, and with others'."""

    def run(stage: Stage, installed: Installed) -> None:
        path = str(Path(installed.bin("x")).parent)
        for before in ({}, how.files):
            for name in how.files:
                (stage.home / name).unlink(missing_ok=True)
            for name, text in before.items():
                (stage.home / name).parent.mkdir(parents=True, exist_ok=True)
                (stage.home / name).write_bytes(text.encode())
            untouched = _tree(stage.home, how.files)
            _entry(stage, "store" if before else "clear")
            for number in range(3):
                stage.keep_key()
                if number == 0:
                    said = stage.do("connect", *how.arguments, "--yes", path=path)
                    if how.proof not in said:
                        raise Unlike(f"not verified {how.proof}: {_end(said)}")
                stage.answered(stage.run(how.start(installed), tool=None))
                stage.asked_with_key("generate", how.header)
                stage.google.forget()
            stage.do("disconnect", how.arguments[0], "--yes", path=path)
            if _tree(stage.home, how.files) != untouched:
                raise Unlike("undone, but not byte for byte what was there before")
            if _entry(stage, "lookup") != ("an entry of before" if before else ""):
                raise Unlike("undone, but the keychain entry is not what was there before")

    return run


def _adc(stage: Stage, installed: Installed) -> None:
    """The service account as a file where google-auth looks by itself."""
    file = stage.home / ".config/gcloud/application_default_credentials.json"
    vertex = {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": LOCATION}
    for number in range(3):
        stage.keep_account()
        if number == 0:
            stage.do("connect", "adc", "--file", str(file), "--yes")
        vertex["GOOGLE_CLOUD_PROJECT"] = json.loads(stage.secret)["project_id"]
        stage.answered(stage.run([installed.python, "-c", GENAI], tool=None, folder=None, text="", **vertex))
        stage.asked_with_token("vertex-generate")
        stage.google.forget()
    stage.do("disconnect", "adc", "--yes")
    if file.parent.exists():
        raise Unlike("undone, but not as it was before")


def _tree(home: Path, names: Mapping[str, str]) -> dict[str, tuple[bytes, int] | None]:
    return {
        name: (found.read_bytes(), found.stat().st_mode) if (found := home / name).exists() else None
        for name in names
    }


def _entry(stage: Stage, verb: str) -> str:
    """Gemini CLI's entry of the keychain, by another program."""
    attributes = ("service", "gemini-cli-api-key", "account", "default-api-key")
    if verb == "store":
        return stage.service.tool("store", "--label=x", *attributes, text="an entry of before").stdout
    return stage.service.tool(verb, *attributes).stdout


def _script(name: str, code: str) -> Callable[[Installed], list[str]]:
    def start(installed: Installed) -> list[str]:
        script = installed.place / name
        script.write_text(code)
        return [installed.python if name.endswith(".py") else "node", str(script)]

    return start


HANDOVERS = {
    "gemini-cli": Handover(
        ("gemini-cli",),
        {
            ".gemini/settings.json": '{\n\t// mine\n\t"ui": { "theme": "Dracula" },\n\t"security": {"auth": {"selectedType": "oauth-personal"}} /* end */\n}\n'
        },
        gemini_cli,
        "the way Gemini CLI reads it",
    ),
    "llm": Handover(
        ("llm",),
        {
            ".config/io.datasette.llm/keys.json": '{"// Note": "mine",   "gemini": "an-older-one",\r\n "openai": "other"}'
        },
        lambda installed: [installed.bin("llm"), "-m", MODEL, "hello"],
        "by llm itself",
    ),
    "dotenv-python": Handover(
        ("dotenv", "--file", "~/.env"),
        {".env": "# mine\nexport GEMINI_API_KEY='an-older-one' # here\nOTHER=1"},
        _script("ask.py", DOTENV_PYTHON),
        "the way a .env file reads it",
    ),
    "dotenv-node": Handover(
        ("dotenv", "--file", "~/.env", "--for", "vercel-ai"),
        {".env": "OTHER=1\r\n\r\n# mine\r\n"},
        _script("ask.mjs", DOTENV_NODE),
        "the way a .env file reads it",
    ),
    "aider": Handover(
        ("aider",),
        {".env": "OTHER=1\n"},
        lambda installed: aider(installed, f"gemini/{MODEL}"),
        "the way aider reads it",
        header="?key=",
    ),
}


STUDIO, VERTEX, EXPRESS = "AI Studio", "Vertex AI", "Vertex AI, API key"
_BEARER = "authorization"

SCENES: tuple[Scene, ...] = (
    Scene("openai", "openai", STUDIO, "exec", _python(OPENAI, MODEL, tool="openai", key="openai-chat", header=_BEARER)),
    Scene("openai", "openai", VERTEX, "exec", _python(OPENAI, f"google/{MODEL}", tool="openai", token="vertex-openai")),
    Scene("google-genai", "google-genai", STUDIO, "exec", _python(GENAI, tool="", key="generate")),
    Scene("google-genai", "google-genai", VERTEX, "exec", _python(GENAI, tool="", token="vertex-generate")),
    Scene("google-genai", "google-genai", EXPRESS, "exec", _python(GENAI, tool="", key="vertex-generate", express=True)),
    Scene("langchain", "langchain", STUDIO, "exec", _python(LANGCHAIN, tool="", key="generate")),
    Scene("langchain", "langchain", VERTEX, "exec", _python(LANGCHAIN, tool="", token="vertex-generate")),
    Scene("langchain", "langchain", EXPRESS, "exec", _python(LANGCHAIN, tool="", key="vertex-generate", express=True)),
    Scene("litellm", "litellm", STUDIO, "exec", _python(LITELLM, f"gemini/{MODEL}", tool="", key="generate")),
    Scene("litellm", "litellm", VERTEX, "exec", _python(LITELLM, f"vertex_ai/{MODEL}", tool="", token="vertex-generate")),
    Scene("llm", "llm", STUDIO, "exec", _llm),
    Scene("aider", "aider", STUDIO, "exec", _aider(f"gemini/{MODEL}", key="generate")),
    Scene("aider", "aider", VERTEX, "exec", _aider(f"vertex_ai/{MODEL}", token="vertex-generate")),
    Scene("gemini-cli", "gemini-cli", STUDIO, "exec", _gemini_cli),
    Scene("gemini-cli", "gemini-cli", VERTEX, "exec", _gemini_cli_vertex),
    Scene("gemini-cli", "gemini-cli", EXPRESS, "exec", _gemini_cli_express),
    Scene("vercel-ai", "vercel-ai", STUDIO, "exec", _vercel("google", Stage.keep_key, key="generate")),
    Scene("vercel-ai", "vercel-ai", VERTEX, "exec", _vercel("vertex", Stage.keep_account, token="vertex-generate")),
    Scene("vercel-ai", "vercel-ai", EXPRESS, "exec", _vercel("vertex", Stage.keep_express, key="vertex-generate")),
    Scene("gemini-cli", "gemini-cli", STUDIO, "connect", _handover(HANDOVERS["gemini-cli"])),
    Scene("llm", "llm", STUDIO, "connect", _handover(HANDOVERS["llm"])),
    Scene("python-dotenv", "python-dotenv", STUDIO, "connect dotenv", _handover(HANDOVERS["dotenv-python"])),
    Scene("dotenv", "dotenv", STUDIO, "connect dotenv", _handover(HANDOVERS["dotenv-node"])),
    Scene("aider", "aider", STUDIO, "connect", _handover(HANDOVERS["aider"])),
    Scene("google-genai", "google-genai", VERTEX, "connect adc", _adc),
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    scene: Scene
    version: str
    trouble: str
    seconds: float


def play(scene: Scene, installed: Installed) -> Result:
    began = time.perf_counter()
    trouble = ""
    try:
        with stage() as ground:
            scene.run(ground, installed)
    except Unlike as error:
        trouble = str(error)
    except subprocess.TimeoutExpired:
        trouble = f"no end after {PATIENCE:.0f} s"
    except Exception as error:  # noqa: BLE001 - told as this scene's, and the others are played
        trouble = f"the scene broke: {error!r}"
    return Result(scene, installed.package.version, trouble, time.perf_counter() - began)
