"""`gemini-setup deliver` in a process of its own, with a real keyring: Gemini CLI's entry as another program sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gemini_setup.cli import connect
from gemini_setup.cli.parser import parser
from gemini_setup.delivery import DeliveryError
from tests.cli.program import Program
from tests.loopback import Google
from tests.secretservice import SecretService

ENTRY = ("service", "gemini-cli-api-key", "account", "default-api-key")


@pytest.fixture
def program(google: Google, secret_service: SecretService) -> Program:
    """Google's own addresses: a tool that keeps no endpoint is handed no key for another one."""
    made = Program(google, secret_service, {})
    for name in google.environ():
        made.environ.pop(name, None)
    made.environ.update(google.environ(real_hosts=True))
    return made


def _add(program: Program, google: Google) -> tuple[str, str]:
    key = google.studio_key().text
    done = program("add", "studio", text=key)
    assert done.code == 0, done.err
    return key, done.err


def test_gemini_cli_from_the_first_delivery_to_the_end(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    def seen() -> str:
        return secret_service.tool("lookup", *ENTRY).stdout

    def key_seen() -> str:
        return str(json.loads(seen())["token"]["accessToken"])

    settings = secret_service.home / ".gemini" / "settings.json"
    secret_service.tool("store", "--label=x", *ENTRY, text="what was there")
    first, _ = _add(program, google)
    done = program("connect", "gemini-cli", "--json", "--yes")
    assert done.code == 0, done.err
    assert done.json["places"] == ["gemini-cli-api-key/default-api-key", str(settings)]
    assert "GNOME Keyring" in done.err
    assert "That key comes back when you disconnect" in done.err
    assert key_seen() == first
    assert json.loads(settings.read_text()) == {"security": {"auth": {"selectedType": "gemini-api-key"}}}

    second, said = _add(program, google)
    assert key_seen() == second
    assert "Gemini CLI got the key that’s now in use" in said
    assert program("rollback", "default").code == 0
    assert key_seen() == first
    (row,) = program("list", "--json").json["profiles"]
    assert row["delivered"] == [
        {"tool": "gemini-cli", "place": "gemini-cli-api-key/default-api-key", "trouble": None}
    ]
    (listed,) = program("connect", "--list", "--json").json["delivered"]
    assert (listed["tool"], listed["profile"], listed["plain_text"]) == ("gemini-cli", "default", False)

    gone = program("remove", "default", "--yes")
    assert "Gemini CLI is still connected" in gone.err
    assert "gemini-setup disconnect gemini-cli" in gone.err
    unasked = program("disconnect", "gemini-cli")
    assert (unasked.code, "--yes" in unasked.err, key_seen()) == (2, True, first)
    undone = program("disconnect", "gemini-cli", "--yes")
    assert undone.code == 0, undone.err
    assert seen() == "what was there"
    assert not settings.exists()
    everything = "".join(path.read_text() for path in Path(secret_service.home).rglob("*.json"))
    assert first not in everything
    assert second not in everything
    assert program("disconnect", "gemini-cli").code == 1


def test_a_delivery_that_fails_never_undoes_the_keeping(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    _add(program, google)
    file = secret_service.home / ".env"
    assert program("connect", "dotenv", "--file", str(file), "--yes").code == 0
    file.write_text("GEMINI_API_KEY=theirs\n")
    key, said = _add(program, google)
    assert f"didn’t get the key that’s now in use: {file}. {file} no longer has what we wrote there" in said
    assert program("get").out == key + "\n"
    assert file.read_text() == "GEMINI_API_KEY=theirs\n"


def test_codes_and_questions(program: Program, google: Google, secret_service: SecretService) -> None:
    assert program("connect").code == 2
    assert program("connect", "no-such-tool").code == 2
    assert program("connect", "dotenv").code == 2
    assert program("connect", "llm", "--file", "x").code == 2
    assert program("connect", "llm").code == 1
    assert program("disconnect", "llm").code == 1
    assert program("connect", "--list").out == ""
    typed = google.unknown_key()
    assert typed not in program("connect", "llm", typed).err
    _add(program, google)
    keys = secret_service.home / ".config/io.datasette.llm/keys.json"
    keys.parent.mkdir(parents=True)
    keys.write_text("{")
    refused = program("connect", "llm")
    assert refused.code == 3
    assert "We left it as it is" in refused.err
    assert keys.read_text() == "{"
    keys.unlink()
    unasked = program("connect", "llm")
    assert (unasked.code, "--yes" in unasked.err, keys.exists()) == (2, True, False)
    code, screen = program.on_a_terminal("connect", "llm", typed=b"n\n", after=b"[y/N]")
    assert code == 130
    assert "plain text" in screen
    assert not keys.exists()
    code, screen = program.on_a_terminal("connect", "llm", typed=b"y\n", after=b"[y/N]")
    assert code == 0, screen
    assert keys.exists()
    assert program.on_a_terminal("disconnect", "llm", typed=b"n\n", after=b"[y/N]")[0] == 130
    assert keys.exists()
    assert program.on_a_terminal("disconnect", "llm", typed=b"y\n", after=b"[y/N]")[0] == 0
    assert not keys.exists()


def test_where_it_is_not_proven_it_is_told_what_to_do_by_hand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(options: object) -> int:
        raise DeliveryError("not-here", tool="Gemini CLI")

    monkeypatch.setattr(connect, "_connect", elsewhere)
    assert connect.run(parser().parse_args(["connect", "gemini-cli"])) == 3
    assert "/auth" in capsys.readouterr().err


def test_where_no_keyring_runs_it_is_said(google: Google, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    program = Program(
        google, None, {"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(home / "data")}
    )
    done = program("connect", "gemini-cli")
    assert done.code == 4
    assert done.err.startswith("gemini-setup: ")
