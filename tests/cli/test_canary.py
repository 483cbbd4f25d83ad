"""Marked secrets go through the whole program: afterwards they are in the keyring and were on the wire, and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest

from gemini_setup.actions import check_and_keep
from gemini_setup.cli import main
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service, ServiceAccount
from gemini_setup.model.events import Report
from gemini_setup.vault.factory import memory_vault
from tests.cli.program import Done, Program, entry
from tests.loopback import Account, Fault, Google
from tests.loopback.states import random_key
from tests.secretservice import SecretService

MARK = "Canary0123456789"


def marked_key(*, standard: bool = False, odd: bool = False) -> str:
    """A key of each family, and one of no family that a pattern would know, as a gateway gives out."""
    key = random_key(standard=standard)
    return f"odd/{MARK}+{key[-20:]}~x" if odd else key[:8] + MARK + key[8 + len(MARK) :]


def dresses(secret: str) -> list[bytes]:
    """What to look for: the secret and each half of it, in the ways in which a program may write it down."""
    found: list[bytes] = []
    for text in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 : -4]):
        plain = text.encode()
        wide = [text.encode(name) for name in ("utf-16-le", "utf-16-be")]
        found += [plain, quote(text, safe="").encode(), plain.hex().encode(), *wide]
        # Base64 at each of the three offsets that the text before it may cause.
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + plain)
            found.append(coded[4:-4])
    return [dress for dress in found if len(dress) >= 8]


def is_clean(content: bytes, secrets: list[str]) -> bool:
    return not any(dress in content for secret in secrets for dress in dresses(secret))


class Watch:
    """Looks at every process' arguments, and at what the program leaves in files, for secrets."""

    def __init__(self, service: SecretService, secrets: list[str], folders: list[Path]) -> None:
        self.secrets = secrets
        self.found: set[str] = set()
        self.looks = 0
        self._folders = [service.home, *folders]
        self._spared = service.home / ".local/share/keyrings"
        self._stop = threading.Event()

    def arguments(self) -> None:
        while not self._stop.is_set():
            self.looks += 1
            for place in Path("/proc").glob("[0-9]*"):
                try:
                    shown = (place / "cmdline").read_bytes()
                except OSError:
                    continue
                if not is_clean(shown, self.secrets):
                    self.found.add(f"the arguments of {place.name}")
            self._stop.wait(0.02)

    def files(self) -> None:
        seen = 0
        for folder in self._folders:
            for path in folder.rglob("*"):
                if path.is_symlink() or not path.is_file() or self._spared in path.parents:
                    continue
                seen += 1
                if not is_clean(path.read_bytes() + str(path).encode(), self.secrets):
                    self.found.add(f"the file {path.name}")
        assert seen, "the look at the files looked at nothing"

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.arguments)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self.files()


@pytest.fixture
def folders(program: Program, tmp_path: Path) -> list[Path]:
    """Where the program may leave something: a working directory and a TMPDIR of its own, both watched."""
    temporary, here = tmp_path / "tmp", tmp_path / "here"
    temporary.mkdir()
    here.mkdir()
    program.environ.update(TMPDIR=str(temporary), PWD=str(here))
    (here / "something").write_text("so that the look looks at something")
    return [temporary, here]


def said(*runs: Done) -> bytes:
    return "".join(done.out + done.err for done in runs).encode()


def on_the_wire(google: Google, key: str) -> None:
    """The key was in its own header, and in nothing else of any request."""
    for seen in google.requests:
        headers = {
            name: value
            for name, value in seen.headers.items()
            if name not in ("x-goog-api-key", "authorization")
        }
        rest = json.dumps([seen.path, seen.query, headers]).encode() + seen.body
        assert is_clean(rest, [key]), seen
        assert seen.host == "127.0.0.1"
        assert seen.headers.get("authorization") in (None, f"Bearer {key}")
        assert seen.headers.get("x-goog-api-key") in (None, key)
        carriers = {
            "models": "x-goog-api-key",
            "generate": "x-goog-api-key",
            "openai-models": "authorization",
        }
        assert carriers[seen.route] in seen.headers


@pytest.mark.parametrize("kind", ["auth", "standard", "odd"])
def test_a_key_is_found_in_the_keyring_and_on_the_wire_and_nowhere_else(
    google: Google, secret_service: SecretService, program: Program, folders: list[Path], kind: str
) -> None:
    key = marked_key(standard=kind == "standard", odd=kind == "odd")
    google.studio_key(key, standard=kind == "standard")
    google.latency = 0.1  # so that the look at the arguments sees the program at work
    watch = Watch(secret_service, [key], folders)
    with watch.watching():
        runs = [
            program("add", "studio", text=f"export GEMINI_API_KEY='{key}'\n"),
            program("add", "studio", "--json", "--profile", "second", text=key),
            program("check"),
            program("check", "--json"),
            program("list"),
            program("list", "--json"),
            program("get", "--field", "base-url"),
            program("get", "--field", "model"),
        ]
        got = program("get")
    assert [done.code for done in runs] == [0] * len(runs)
    assert is_clean(said(*runs), [key])
    assert (got.out, got.err) == (f"{key}\n", "")
    assert entry(secret_service, "key") == key
    assert watch.looks > 5
    assert not watch.found
    on_the_wire(google, key)


def test_a_private_key_is_found_in_the_keyring_only_and_its_token_on_the_wire_only(
    google: Google, secret_service: SecretService, program: Program, folders: list[Path], tmp_path: Path
) -> None:
    account = google.service_account()
    lines = account.info["private_key"].splitlines()[1:-1]
    path = tmp_path / "key.json"
    path.write_text(account.text)
    google.latency = 0.1
    watch = Watch(secret_service, [*lines[3:6]], folders)
    with watch.watching():
        runs = [
            program("add", "vertex", str(path)),
            program("add", "vertex", "-", "--json", "--profile", "second", text=account.text),
            program("check", "--json"),
            program("check"),
            program("list", "--json"),
            program("get", "--field", "base-url"),
        ]
        got = program("get")
    assert [done.code for done in runs] == [0] * len(runs), runs
    assert json.loads(got.out) == account.info
    assertions = [
        dict(p.split("=", 1) for p in seen.body.decode().split("&"))["assertion"]
        for seen in google.seen("token")
    ]
    tokens = [
        seen.headers["authorization"].removeprefix("Bearer ") for seen in google.seen("vertex-generate")
    ]
    assert tokens
    assert assertions
    for secrets in (lines[:-1], assertions, tokens):
        assert is_clean(said(*runs), secrets)
    assert not watch.found
    for seen in google.requests:
        assert is_clean(json.dumps([seen.path, seen.query, seen.headers]).encode() + seen.body, lines[:-1])
        assert ("authorization" in seen.headers) == (seen.route != "token")


def echoes(key: str) -> dict[str, Fault]:
    """Answers that repeat the key, as Google's own, a gateway's or a broken server's may."""
    coded = base64.b64encode(f"x-goog-api-key: {key}".encode()).decode()
    pages = {
        "sentence": json.dumps(
            {"error": {"code": 403, "message": f"consumer {key} is not known", "status": "PERMISSION_DENIED"}}
        ),
        "nested": json.dumps({"error": {"message": json.dumps({"error": {"message": f"key={key}"}})}}),
        "headers": f"<html><pre>GET / HTTP/1.1\nX-Goog-Api-Key: {key}\nAuthorization: Bearer {key}</pre></html>",
        "address": f"no route to https://x.example/v1?key={quote(key, safe='')}&alt=json",
        "split": f"{key[: len(key) // 2]}\u200b{key[len(key) // 2 :]}",
        "base64": json.dumps({"error": {"message": base64.b64encode(key.encode()).decode()}}),
        "coded header": f"sent {coded}",
        "trace": f"Traceback: headers={{'x-goog-api-key': '{key}'}}",
    }
    return {
        name: Fault(status=403, body=page, content_type="application/json") for name, page in pages.items()
    }


def test_an_answer_that_repeats_the_key_gives_nothing_away(
    google: Google, secret_service: SecretService, program: Program, folders: list[Path]
) -> None:
    for odd in (False, True):
        key = marked_key(odd=odd)
        google.studio_key(key, suspended=True)
        watch = Watch(secret_service, [key], folders)
        with watch.watching():
            runs = [
                program("add", "studio", text=key),
                program("add", "studio", "--json", "--force", text=key),
            ]
        assert [done.code for done in runs] == [3, 3]
        assert is_clean(said(*runs), [key])
        assert not watch.found
        assert entry(secret_service, "key") is None


@pytest.mark.parametrize("odd", [False, True], ids=["auth", "odd"])
@pytest.mark.parametrize("name", list(echoes("x" * 53)))
def test_details_to_copy_are_clean_whatever_the_answer_repeats(google: Google, name: str, odd: bool) -> None:
    key = marked_key(odd=odd)
    google.studio_key(key)
    for route in ("models", "generate", "openai-models"):
        google.clear_faults()
        google.fault(route, echoes(key)[name])
        access = Access(ApiKey(Secret(key)), Service.STUDIO, endpoints=Endpoints(gemini=google.url))
        report = _added(access)
        assert is_clean((report.details + repr(report)).encode(), [key]), (route, report.details)
        assert "403" in report.details or report.cause.id == "works"


def test_details_of_a_file_s_check_are_clean_whatever_the_answer_repeats(google: Google) -> None:
    account = google.service_account()
    found = recognise(account.text).credential
    assert isinstance(found, ServiceAccount)
    lines = account.info["private_key"].splitlines()[1:-1]
    for body in (
        account.text,
        json.dumps({"error": {"message": account.text}}),
        "\n".join(lines),
        account.info["private_key"],
    ):
        google.clear_faults()
        google.fault("*", Fault(status=400, body=body, content_type="application/json"))
        endpoints = Endpoints(google.url, google.url, f"{google.url}/token")
        report = _added(Access(found, Service.VERTEX, account.project.id, "global", endpoints))
        assert is_clean((report.details + repr(report)).encode(), lines[:-1])
    _token_echo(google, account, found)


def _token_echo(google: Google, account: Account, found: ServiceAccount) -> None:
    google.clear_faults()
    endpoints = Endpoints(google.url, google.url, f"{google.url}/token")
    access = Access(found, Service.VERTEX, account.project.id, "global", endpoints)
    first = _added(access)
    assert first.cause.id == "works"
    token = google.seen("vertex-generate")[0].headers["authorization"].removeprefix("Bearer ")
    assert is_clean((first.details + repr(first)).encode(), [token])
    google.fault(
        "token",
        Fault(status=200, body=json.dumps({"access_token": MARK * 4}), content_type="application/json"),
    )
    google.fault("vertex-generate", Fault(status=403, body=f"no {MARK * 4} here"))
    report = _added(access)
    assert MARK not in report.details + repr(report)


def _added(access: Access) -> Report:
    vault = memory_vault()
    desk = check_and_keep.AppContext(open_vault=lambda: vault, environ={})

    async def follow() -> Report:
        async for event in check_and_keep.add(desk, access, "default"):
            if isinstance(event, Report):
                last = event
        return last

    return asyncio.run(follow())


def explained(text: str, *arguments: str) -> bytes:
    """As the program says it, in this process: starting it thirty times would take longer than all the rest."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main.main(["explain", *arguments]) == 0
    return (out.getvalue() + err.getvalue()).encode()


def test_an_explained_error_gives_back_no_secret_that_stands_in_it(google: Google) -> None:
    key, standard = marked_key(), marked_key(standard=True)
    pem = google.service_account().info["private_key"]
    token = "ya" + "29." + MARK + "a0b1" * 20
    for secret in (key, standard, token):
        for text in (
            f"403 for {secret}",
            json.dumps(
                {
                    "error": {
                        "message": f"consumer api_key:{secret}",
                        "details": [{"metadata": {"consumer": f"api_key:{secret}"}}],
                    }
                }
            ),
            f"curl -H 'x-goog-api-key: {secret}' https://generativelanguage.googleapis.com/?key={secret} -> 400 API key not valid",
            f"GET /v1beta/models?key={secret}\nAuthorization: Bearer {secret}",
            f"project '{secret}' model: {secret} callerIp: {secret} on resource '//x.googleapis.com/{secret}'",
            f"in project {secret} before or it is disabled; models/gemini-{secret} permission '{secret}' quotaId: {secret}",
        ):
            for arguments in (("--json",), (), ("--trap",)):
                assert is_clean(explained(text, *arguments), [secret]), text.replace(secret, "SECRET")
    assert is_clean(
        explained(json.dumps({"private_key": pem, "error": "invalid_grant"})), pem.splitlines()[1:-2]
    )


def test_an_explanation_leaves_no_file(without_keyring: Program, tmp_path: Path) -> None:
    key = marked_key()
    done = without_keyring("explain", text=f"403 for {key}")
    assert done.code == 0
    assert is_clean(said(done), [key])
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


def test_the_look_finds_what_it_is_to_find(tmp_path: Path) -> None:
    key = marked_key()
    for content in (
        key,
        quote(key),
        json.dumps({"a": key}),
        base64.b64encode(f"xy{key}".encode()).decode(),
        key[:30],
        key.encode().hex(),
    ):
        assert not is_clean(content.encode(), [key]), content
    assert not is_clean(key.encode("utf-16-le"), [key])
    assert is_clean(f"…{key[-4:]}".encode(), [key])
    assert os.fspath(tmp_path)
