"""`add` and `check` as programs and people meet them: what is said where, with which code, and what is kept."""

from __future__ import annotations

import io
import json
import re
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from gemini_setup.cli import main
from tests.cli.program import COMMAND, Program, entry, sleeps
from tests.loopback import Fault, Google
from tests.loopback.states import random_key
from tests.secretservice import SecretService
from tests.waiting import HANGS, LATE, PATIENCE

STUDIO_STEPS = ["shape", "reach", "accepts", "generate", "openai", "keep"]
VERTEX_STEPS = ["file", "reach", "sign-in", "generate", "openai", "keep"]


def is_a_report(document: Any, *, profile: str = "default") -> None:
    """DESIGN §5, to the letter; readers may rely on every one of these."""
    assert set(document) == {
        "version",
        "profile",
        "outcome",
        "cause",
        "usable",
        "works_with",
        "kept",
        "fault",
        "steps",
    }
    assert document["version"] == 1
    assert document["profile"] == profile
    assert document["outcome"] in ("accepted", "blocked", "refused", "unanswered")
    assert isinstance(document["usable"], bool)
    assert isinstance(document["kept"], bool)
    assert set(document["works_with"]) == {"native", "openai"}
    assert all(value in (True, False, None) for value in document["works_with"].values())
    for step in document["steps"]:
        assert isinstance(step["ms"], int)
        assert set(step) == (
            {"step", "fault", "ms"} if step["step"] == "keep" else {"step", "outcome", "cause", "ms"}
        )


# --- adding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standard", [False, True], ids=["auth", "standard"])
def test_a_good_key_is_kept_and_any_program_reads_it(
    google: Google, secret_service: SecretService, program: Program, standard: bool
) -> None:
    key = google.studio_key(standard=standard)
    done = program("add", "studio", "--json", text=f"{key.text}\n")
    assert done.code == 0
    is_a_report(done.json)
    assert {name: done.json[name] for name in ("outcome", "cause", "usable", "kept", "fault")} == {
        "outcome": "accepted",
        "cause": "works",
        "usable": True,
        "kept": True,
        "fault": None,
    }
    assert done.json["works_with"] == {"native": True, "openai": True}
    assert [step["step"] for step in done.json["steps"]] == STUDIO_STEPS
    assert "Custom endpoint" in done.err  # and nothing of the steps, which a program reads as JSON
    assert len(done.err.splitlines()) == 1
    assert entry(secret_service, "key") == key.text
    head = json.loads(entry(secret_service, "current") or "")
    assert head["endpoints"] == {"gemini": google.url, "vertex": google.url, "token": f"{google.url}/token"}
    assert (head["kind"], head["service"], head["credential"]) == ("api_key", "studio", {"api_key": key.text})
    assert program("get").out == f"{key.text}\n"


def test_people_read_the_proof_on_stdout_and_the_way_on_stderr(google: Google, program: Program) -> None:
    key = google.studio_key()
    done = program("add", "studio", text=f"export GEMINI_API_KEY='{key.text}'")
    assert done.code == 0
    assert done.out.splitlines() == [done.out.splitlines()[0], f"Gemini replied: “{google.reply}”"]
    assert done.out.startswith("It works. ")
    assert "Saved in " in done.err
    assert "gemini-setup exec -- PROGRAM" in done.err
    for line in (
        "Key format",
        "Connection to Google",
        "Access",
        "Test message",
        "Save",
    ):
        assert re.search(rf"^✓ {line} +\d+ ms$", done.err, re.M), done.err
    assert "\x1b" not in done.err + done.out


def test_adding_the_same_key_again_changes_nothing(
    google: Google, secret_service: SecretService, program: Program
) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    before = entry(secret_service, "current")
    done = program("add", "studio", text=key.text)
    assert done.code == 0
    assert "already saved" in done.err
    assert entry(secret_service, "current") == before
    assert entry(secret_service, "previous") is None


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_a_good_file_is_kept_whole_and_given_back_on_one_line(
    google: Google, program: Program, tmp_path: Path, way: str
) -> None:
    account = google.service_account()
    path = tmp_path / "key.json"
    path.write_text(account.text)
    if way == "file":
        done = program("add", "vertex", str(path), "--json")
    else:
        done = program("add", "vertex", "-", "--json", text=account.text)
    assert done.code == 0, done
    is_a_report(done.json)
    assert [step["step"] for step in done.json["steps"]] == VERTEX_STEPS
    assert (done.json["cause"], done.json["kept"], done.json["usable"]) == ("works", True, True)
    got = program("get")
    assert got.out.count("\n") == 1
    assert json.loads(got.out) == account.info
    assert path.read_text() == account.text


def test_project_location_and_profile_are_kept_as_asked(google: Google, program: Program) -> None:
    account = google.service_account()
    other = google.project()
    account.projects.append(other)
    options = ("--project", other.id, "--location", "europe-west1", "--profile", "work")
    done = program("add", "vertex", "-", *options, "--json", text=account.text)
    is_a_report(done.json, profile="work")
    assert done.code == 0
    assert (
        "gemini-setup exec work2 -- PROGRAM"
        in program("add", "vertex", "-", "--profile", "work2", text=account.text).err
    )
    fields = {
        name: program("get", "work", "--field", name).out.strip()
        for name in ("project", "location", "base-url", "model")
    }
    assert fields["project"] == other.id
    assert fields["location"] == "europe-west1"
    assert (
        fields["base-url"] == f"{google.url}/v1/projects/{other.id}/locations/europe-west1/endpoints/openapi"
    )
    assert fields["model"].startswith("gemini-")
    assert program("get").code == 1


@pytest.mark.parametrize(
    ("states", "cause", "outcome", "code", "forced"),
    [
        ({"quota": "per-day"}, "quota-per-day", "accepted", 0, 0),
        ({"quota": "zero"}, "quota-zero", "accepted", 0, 0),
        ({"api_enabled": False}, "api-disabled", "blocked", 3, 0),
        ({"denied": True}, "project-denied", "blocked", 3, 0),
        ({"expired": True}, "key-expired", "refused", 3, 3),
        ({"leaked": True}, "key-leaked", "refused", 3, 3),
        ({"fault": Fault(drop=True)}, "connection-broken", "unanswered", 5, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_accepted_is_kept_blocked_and_unanswered_by_force_refused_never(
    google: Google,
    secret_service: SecretService,
    program: Program,
    states: Any,
    cause: str,
    outcome: str,
    code: int,
    forced: int,
) -> None:
    key = google.studio_key(**states)
    done = program("add", "studio", "--json", text=key.text)
    assert (done.code, done.json["cause"], done.json["outcome"]) == (code, cause, outcome)
    assert done.json["usable"] is False
    assert done.json["kept"] is (code == 0)
    assert ("keep" in done.causes) is (code == 0)
    assert (entry(secret_service, "key") == key.text) is (code == 0)
    done = program("add", "studio", "--json", "--force", text=key.text)
    assert (done.code, done.json["kept"]) == (forced, forced == 0)
    is_a_report(done.json)
    assert (entry(secret_service, "key") == key.text) is (forced == 0)


def test_what_is_not_kept_is_explained_and_the_way_to_keep_it_is_named(
    google: Google, program: Program
) -> None:
    blocked = google.studio_key(standard=True, api_enabled=False)
    done = program("add", "studio", text=blocked.text)
    assert done.code == 3
    assert "The API is off in this project" in done.out
    assert f"overview?project={blocked.project.number}" in done.out
    assert "Not saved. To save it anyway, add --force." in done.err
    forced = program("add", "studio", "--force", text=google.studio_key(api_enabled=False).text)
    assert "and verified, but you can’t use it yet. To check it again: `gemini-setup check`" in forced.err
    refused = program("add", "studio", text=google.studio_key(expired=True).text)
    assert "Not saved." in refused.err
    assert "--force" not in refused.err


def test_a_refused_key_does_not_touch_the_one_that_is_kept(
    google: Google, secret_service: SecretService, program: Program
) -> None:
    good = google.studio_key()
    program("add", "studio", text=good.text)
    before = entry(secret_service, "current")
    assert (
        program(
            "add",
            "studio",
            text=google.unknown_key(),
        ).code
        == 3
    )
    assert entry(secret_service, "current") == before
    assert program("get").out.strip() == good.text


def test_without_generation_is_told_as_not_usable(google: Google, program: Program) -> None:
    done = program("add", "studio", "--no-generate", "--json", text=google.studio_key().text)
    assert done.code == 0
    assert [step["step"] for step in done.json["steps"]] == ["shape", "reach", "accepts", "openai", "keep"]
    assert (done.json["cause"], done.json["usable"]) == ("works", False)
    done = program("add", "vertex", "-", "--no-generate", "--json", text=google.service_account().text)
    assert [step["step"] for step in done.json["steps"]] == ["file", "reach", "sign-in", "generate", "keep"]
    assert done.json["works_with"]["openai"] is None
    assert done.json["usable"] is False
    assert not google.seen("generate") + google.seen("vertex-generate") + google.seen("vertex-openai")


def test_the_index_holds_no_secret_and_is_nobody_else_s(
    google: Google, secret_service: SecretService, program: Program
) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    index = secret_service.home / ".local/share/gemini-setup/profiles.json"
    assert key.text not in index.read_text()
    assert stat.S_IMODE(index.stat().st_mode) == 0o600
    assert stat.S_IMODE(index.parent.stat().st_mode) == 0o700


# --- input that is none ---------------------------------------------------------------------------------


def test_each_thing_that_is_no_key_gets_one_sentence_and_no_question_to_google(
    google: Google, without_keyring: Program
) -> None:
    account = google.service_account()
    token = "ya" + "29." + "a0" * 60
    pasted: dict[str, bytes] = {
        "nothing": b"",
        "spaces": b" \n ",
        "token": token.encode(),
        "file": account.text.encode(),
        "pem": account.info["private_key"].encode(),
        "mail": account.email.encode(),
        "oauth client": b'{"installed": {"client_id": "x"}}',
        "prose": b"I have no idea what a key is, sorry",
        "binary": bytes(range(256)),
        "huge": b"a" * 5_000_000,
        "utf-16": "some words here".encode("utf-16"),
    }
    for name, content in pasted.items():
        done = without_keyring("add", "studio", text=content)
        assert done.code in (2, 3), name
        if done.code == 2:
            assert done.out == ""
            said = [line for line in done.err.splitlines() if not line.startswith("Custom endpoint")]
            assert len(said) == 1, (name, said)
            assert said[0].startswith("gemini-setup: ")
            assert said[0].endswith("."), said
        assert token not in done.err
        assert account.info["private_key"].splitlines()[2] not in done.err
        assert "Traceback" not in done.err
    assert google.requests == []


def test_each_file_that_is_none_gets_one_sentence(
    google: Google, without_keyring: Program, tmp_path: Path
) -> None:
    import os

    info = google.service_account().info

    def file(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    large = tmp_path / "large"
    with large.open("wb") as grown:
        grown.truncate(100_000_000)
    refused = {
        file("client.json", b'{"installed": {}}'): "file-not-service-account",
        file("user.json", b'{"type": "authorized_user"}'): "file-not-service-account",
        file("words.txt", b"not json at all, sorry"): "file-not-json",
        file("photo.jpg", bytes(range(256)) * 4): "file-not-json",
        file("cut.json", json.dumps(info).encode()[:700]): "file-not-json",
        file(
            "token.json", json.dumps({**info, "token_uri": "https://evil.example"}).encode()
        ): "file-not-service-account",
        file(
            "universe.json", json.dumps({**info, "universe_domain": "evil.example"}).encode()
        ): "file-not-service-account",
        file("pem.json", json.dumps({**info, "private_key": "x"}).encode()): "private-key-unreadable",
    }
    for path, cause in refused.items():
        done = without_keyring("add", "vertex", path, "--json")
        assert (done.code, done.json["cause"], done.json["kept"]) == (3, cause, False), path
        is_a_report(done.json)
        assert done.causes == {"file": cause}
    for path in (
        str(tmp_path),
        str(tmp_path / "pipe"),
        str(tmp_path / "gone"),
        str(tmp_path / "none"),
        str(large),
        file("empty", b""),
    ):
        done = without_keyring("add", "vertex", path)
        assert (done.code, done.out) == (2, ""), path
        assert done.err.splitlines()[-1].startswith("gemini-setup: ")
    assert google.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--location", "evil.example/#"),
        ("--location", "../.."),
        ("--project", "a/../../b"),
        ("--project", "Some Project"),
        ("--profile", "../x"),
        ("--profile", "UPPER"),
        ("--profile", "a" * 33),
    ],
    ids=" ".join,
)
def test_hostile_options_are_one_sentence_and_no_request(
    google: Google, without_keyring: Program, arguments: tuple[str, ...]
) -> None:
    done = without_keyring("add", "vertex", "-", *arguments, text=google.service_account().text)
    assert (done.code, done.out) == (2, "")
    assert "gemini-setup: " in done.err
    assert google.requests == []


def test_a_hostile_base_url_is_one_sentence_and_no_request(google: Google, without_keyring: Program) -> None:
    for url in (
        "http://gateway.example",
        "https://u:p@gateway.example",
        "http://127.evil.example",
        "ftp://x",
        "https://x/?q",
    ):
        done = without_keyring("add", "studio", text=google.studio_key().text, GOOGLE_GEMINI_BASE_URL=url)
        assert (done.code, done.out) == (2, "")
        assert "GOOGLE_GEMINI_BASE_URL" in done.err
        assert "u:p" not in done.err
    assert google.requests == []


def test_a_key_as_an_argument_is_not_repeated(
    bare_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    key = random_key()
    for arguments in (
        ("add", "studio", key),
        ("add", key),
        (key,),
        ("add", "studio", "--key", key),
        ("add", "studio", f"--key={key}"),
        ("add", "vertex", key),
        ("add", "vertex", "-", "--location", key),
        ("check", key),
        ("get", key),
        ("get", "--field", key),
        ("get", f"--{key}"),
        ("explain", key),
        ("explain", "--surface", key),
        ("explain", "--status", key),
        ("explain", f"--status={key}"),
        ("list", key),
        ("--profile", key),
        ("add", "studio", "--profile", key),
        ("--prof", key, "list"),
    ):
        try:
            code: object = main.main(arguments)
        except SystemExit as left:
            code = left.code
        shown = "".join(capsys.readouterr())
        assert code in (1, 2, 4), arguments
        assert shown, arguments
        assert key[4:-4] not in shown, arguments


# --- the keyring's faults -------------------------------------------------------------------------------


def test_without_a_keyring_the_answer_is_still_told_and_the_fault_named(
    google: Google, without_keyring: Program
) -> None:
    done = without_keyring("add", "studio", "--json", text=google.studio_key().text)
    assert done.code == 4
    is_a_report(done.json)
    assert (done.json["outcome"], done.json["kept"], done.json["fault"]) == ("accepted", False, "missing")
    assert done.causes["keep"] == "missing"
    for arguments in (("get",), ("check",)):
        done = without_keyring(*arguments)
        assert done.code == 4, arguments
        assert done.out == ""
        assert "keyring" in done.err
    assert without_keyring("check", "--json").json["fault"] == "missing"
    assert without_keyring("list").code == 0


def test_a_locked_keyring_is_named_and_nobody_waits_for_ever(google: Google, bare_environment: None) -> None:
    with SecretService("locked") as service:
        program = Program(google, service, {})
        began = time.monotonic()
        done = program("add", "studio", "--json", text=google.studio_key().text)
        assert (done.code, done.json["fault"], done.json["kept"]) == (4, "locked", False)
        assert program("get").code == 4
        assert time.monotonic() - began < HANGS


# --- checking again -------------------------------------------------------------------------------------


def test_a_kept_key_is_checked_again_live(google: Google, program: Program) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    google.forget()
    done = program("check", "--json")
    assert done.code == 0
    is_a_report(done.json)
    assert (done.json["cause"], done.json["kept"], done.json["usable"]) == ("works", True, True)
    assert "keep" not in done.causes
    assert len(google.seen("models")) == 1
    key.expired = True
    done = program("check", "--json")
    assert (done.code, done.json["cause"], done.json["kept"]) == (3, "key-expired", True)
    assert program("get").out.strip() == key.text, "a check takes nothing away"
    google.down = True
    done = program("check", "--json")
    assert (done.code, done.json["outcome"]) == (5, "unanswered")


def test_a_kept_profile_is_asked_at_its_own_endpoint_and_a_differing_variable_is_named(
    google: Google, program: Program
) -> None:
    program("add", "studio", text=google.studio_key().text)
    google.forget()
    with Google() as other:
        done = program("check", "--json", GOOGLE_GEMINI_BASE_URL=other.url)
        assert done.json["cause"] == "works"
        assert "GOOGLE_GEMINI_BASE_URL" in done.err
        assert other.requests == []
    assert google.seen("models")
    assert "GOOGLE_" not in program("check").err
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "GEMINI_SETUP_TOKEN_URL"):
        program.environ.pop(name)
    assert program("check", "--json").json["cause"] == "works"


def test_the_list_tells_what_the_last_check_found_and_touches_no_keyring(
    google: Google, secret_service: SecretService, program: Program
) -> None:
    assert program("list").out == ""
    assert "Nothing is saved yet" in program("list").err
    assert program("list", "--json").json == {"version": 1, "profiles": []}
    key, account = google.studio_key(), google.service_account()
    program("add", "studio", text=key.text)
    program("add", "vertex", "-", "--profile", "work", text=account.text)
    key.project.quota = "per-day"
    program("check")
    secret_service.kill()
    done = program("list", "--json")
    assert done.code == 0
    assert set(done.json) == {"version", "profiles"}
    first, second = done.json["profiles"]
    assert (first["profile"], first["kind"], first["service"], first["hint"]) == (
        "default",
        "api_key",
        "studio",
        key.text[-4:],
    )
    assert (first["outcome"], first["cause"]) == ("accepted", "quota-per-day")
    assert (second["profile"], second["kind"], second["project"], second["location"]) == (
        "work",
        "service_account",
        account.project.id,
        "global",
    )
    assert key.text not in done.out
    shown = program("list").out.splitlines()
    assert len(shown) == 2
    assert shown[0].startswith("default\tAI Studio\t…")
    assert account.project.id in shown[1]


def test_what_is_not_kept_is_named_as_such(program: Program) -> None:
    for arguments in (("check",), ("check", "nobody"), ("get",), ("get", "nobody")):
        done = program(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert done.err.startswith("gemini-setup")


# --- people at a terminal -------------------------------------------------------------------------------


def test_on_a_terminal_the_key_is_asked_for_and_not_shown_and_each_step_has_its_line(
    google: Google, program: Program
) -> None:
    key = google.studio_key()
    google.latency = 1  # so long that a busy computer shows each step while it runs
    code, screen = program.on_a_terminal("add", "studio", typed=f"{key.text}\n".encode(), after=b"shown):")
    assert code == 0, screen
    assert "Paste your API key (it isn’t shown): " in screen
    assert key.text not in screen
    assert key.text[6:-4] not in screen
    assert re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Connection to Google", screen), "the step that runs is shown while it runs"
    lines = [re.sub(r"\x1b\[[0-9;]*[mK]|\r", "", line) for line in screen.splitlines()]
    for title in (
        "Key format",
        "Connection to Google",
        "Access",
        "Test message",
        "Save",
    ):
        assert sum(re.search(rf"✓ {title} +\d+ ms$", line) is not None for line in lines) == 1, (
            title,
            screen,
        )
    assert any(line.startswith("It works.") for line in lines)


def test_on_a_terminal_ctrl_c_at_the_prompt_leaves_at_once(program: Program) -> None:
    code, screen = program.on_a_terminal("add", "studio", typed=b"\x03", after=b"shown):")
    assert code == 130, screen
    assert "Traceback" not in screen
    code, screen = program.on_a_terminal("add", "studio", typed=b"\x04", after=b"shown):")
    assert code == 2, screen


@pytest.mark.parametrize(
    ("route", "arguments"), [("models", ("add", "studio")), ("generate", ("add", "studio", "--json"))]
)
def test_ctrl_c_leaves_at_once_while_a_request_hangs(
    google: Google, program: Program, route: str, arguments: tuple[str, ...]
) -> None:
    google.fault(route, Fault(silence=True))
    process = program.start(*arguments, text=google.studio_key().text)
    google.wait_for(route)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < LATE  # what hangs would hold it for ten seconds and more
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    google.wait_aborted(route, 1)
    assert program("get").code == 1


@pytest.mark.parametrize(
    "arguments", [("add", "studio"), ("get",), ("check",), ("check", "--json")], ids=" ".join
)
def test_ctrl_c_leaves_at_once_while_the_keyring_hangs(
    google: Google, secret_service: SecretService, program: Program, arguments: tuple[str, ...]
) -> None:
    secret_service.freeze()
    process = program.start(*arguments, text=google.studio_key().text)
    if arguments[0] == "add":
        google.wait_for("generate")
    sleeps(process)  # it waits for the keyring
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < LATE  # what hangs would hold it for ten seconds and more
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_who_ignores_ctrl_c_is_not_ended_by_it(google: Google, program: Program) -> None:
    """A shell's background job and nohup ignore it, and every program of Unix honors that."""
    google.fault("models", Fault(silence=True))
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND, "add", "studio"]
    process = subprocess.Popen(
        ignoring, env=program.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(google.studio_key().text.encode())
    process.stdin.close()
    process.stdin = None
    google.wait_for("models")
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGTERM


# --- streams and surroundings ---------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_that_lacks_a_character_spoils_no_command(
    google: Google, program: Program, encoding: str
) -> None:
    key = google.studio_key()
    added = program("add", "studio", text=key.text, PYTHONIOENCODING=encoding)
    assert (added.code, "internal" in added.err) == (0, False)
    listed = program("list", PYTHONIOENCODING=encoding)
    assert (listed.code, listed.out.count("\n")) == (0, 1)


def test_closed_streams_are_no_fall_and_stdout_stays_for_the_answer(google: Google, program: Program) -> None:
    key = google.studio_key()

    def shell(redirection: str, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", f'exec "$@" {redirection}', "bash", *COMMAND, *arguments],
            env=program.environ, input=text, capture_output=True, text=True, timeout=30,
        )  # fmt: skip

    added = shell("2>&-", "add", "studio", "--json", text=key.text)
    assert (added.returncode, json.loads(added.stdout)["cause"]) == (0, "works")
    unheard = shell(">&-", "get")  # an answer that nobody got is no success
    assert (unheard.returncode, "couldn’t be written" in unheard.stderr) == (1, True)
    nothing = shell("<&-", "add", "vertex", "-")
    assert (nothing.returncode, "internal" in nothing.stderr) == (2, False)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_key_comes_in_as_windows_writes_it(google: Google, program: Program, encoding: str) -> None:
    key = google.studio_key()
    assert program("add", "studio", "--json", text=f"{key.text}\r\n".encode(encoding)).code == 0
    assert program("get").out == f"{key.text}\n"


def test_the_home_of_nobody_is_a_file_that_is_not_there(program: Program) -> None:
    done = program("add", "vertex", "~no-such-user/key.json")
    assert (done.code, "internal" in done.err) == (2, False)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9", "http://127.0.0.1:99999"])
def test_a_proxy_of_another_kind_is_named(google: Google, program: Program, proxy: str) -> None:
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "GEMINI_SETUP_TOKEN_URL"):
        program.environ.pop(name, None)
    key = google.studio_key()
    done = program(
        "add",
        "studio",
        "--json",
        text=key.text,
        HTTPS_PROXY=proxy,
        https_proxy=proxy,
        NO_PROXY="",
        no_proxy="",
    )
    assert (done.code, done.json["cause"]) == (5, "proxy-unreachable")


def test_a_proxy_of_another_kind_does_not_keep_from_this_computer(google: Google, program: Program) -> None:
    key = google.studio_key()
    assert program("add", "studio", "--json", text=key.text, ALL_PROXY="socks5://127.0.0.1:9").code == 0


@pytest.mark.parametrize("file", ["/nowhere/ca.pem", "/etc/passwd", "/dev/null", "/"])
def test_a_certificate_file_that_is_none_ends_in_a_cause(google: Google, program: Program, file: str) -> None:
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "GEMINI_SETUP_TOKEN_URL"):
        program.environ.pop(name, None)
    program.environ.update(google.environ(real_hosts=True))
    done = program("add", "studio", "--json", text=google.studio_key().text, SSL_CERT_FILE=file)
    assert (done.code, done.json["cause"]) == (5, "tls-intercepted")


@pytest.mark.parametrize("screen", [{"DISPLAY": ":7777"}, {"WAYLAND_DISPLAY": "no-such-screen"}])
def test_a_screen_that_does_not_answer_is_said_and_ends_without_a_crash(
    without_keyring: Program, screen: dict[str, str]
) -> None:
    without_keyring.environ.pop("QT_QPA_PLATFORM", None)
    without_keyring.environ.update(screen)
    done = without_keyring()
    assert (done.code, done.out) == (2, "")
    assert "gemini-setup add`" in done.err
