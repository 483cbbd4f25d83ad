"""`token`, `env`, `exec` and the Python API: what other programs really get, at the loopback Google and a real keyring."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gemini_setup.i18n import cause_texts
from gemini_setup.usage import execution
from tests.cli.program import COMMAND, SOURCE, Program, entry, interruptible
from tests.loopback import Fault, Google
from tests.secretservice import SecretService
from tests.waiting import PATIENCE

PYTHON = sys.executable
SHOW = "import os, json; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def account(program: Program, google: Google, tmp_path: Path) -> str:
    """A kept service account; its file's text."""
    file = tmp_path / "account.json"
    text = google.service_account().text
    file.write_text(text, encoding="utf-8")
    assert program("add", "vertex", str(file)).code == 0
    google.forget()
    return text


@pytest.fixture
def key(program: Program, google: Google) -> str:
    text = google.studio_key().text
    assert program("add", "studio", text=text).code == 0
    return text


@pytest.fixture
def runtime(program: Program, tmp_path: Path) -> Path:
    place = tmp_path / "runtime"
    place.mkdir(mode=0o700)
    program.environ["XDG_RUNTIME_DIR"] = str(place)
    return place / "gemini-setup"


# ---------------------------------------------------------------- token


def test_a_key_is_its_own_bearer(program: Program, key: str) -> None:
    assert program("token").out == key + "\n"
    assert program("token", "nobody").code == 1
    assert program("token", "--for", "openai").code == 2


def test_a_token_is_minted_once_kept_and_given_out_again(
    program: Program, google: Google, account: str, secret_service: SecretService
) -> None:
    first = program("token")
    assert first.code == 0, first.err
    assert program("token").out == first.out
    assert len(google.seen("token")) == 1
    kept = json.loads(entry(secret_service, "token") or "")
    assert kept["schema"] == "gemini-token/1"
    assert (kept["generation"], kept["token"]) == (1, first.out.strip())
    assert 3000 < kept["expires"] - time.time() < 3700


def test_a_token_near_its_end_or_of_another_generation_is_not_given_out(
    program: Program, google: Google, account: str, secret_service: SecretService
) -> None:
    first = program("token").out
    kept = json.loads(entry(secret_service, "token") or "")
    name = "gemini-credentials:v1/default.token"
    for change in (
        {"expires": time.time() + 200},
        {"generation": 2},
        {"scope": "other"},
        {"schema": "gemini-token/2"},
    ):
        changed = json.dumps({**kept, **change})
        secret_service.tool("store", "--label=x", "service", name, "username", "default", text=changed)
        again = program("token").out
        assert again != first, change
        assert json.loads(entry(secret_service, "token") or "")["token"] == again.strip()


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("NaN", 3500, 3600),
        ("1e400", 3500, 3600),
        ("86400", 3500, 3600),
        ("true", 3500, 3600),
        ("-5", -10, 5),
        ('"x"', 3500, 3600),
    ],
)
def test_whatever_lifetime_is_said_a_token_is_trusted_for_an_hour_at_most(
    program: Program,
    google: Google,
    account: str,
    secret_service: SecretService,
    said: str,
    least: int,
    most: int,
) -> None:
    google.fault("token", Fault(status=200, body=f'{{"access_token":"ya29.made-up","expires_in":{said}}}'))
    done = program("token")
    assert (done.code, done.out) == (0, "ya29.made-up\n"), done.err
    kept = json.loads(entry(secret_service, "token") or "")
    assert least - 60 < kept["expires"] - time.time() <= most


@pytest.mark.parametrize("token", ["a\\u0000b", "a\\nb", "a b\\u001b[31m", "\\u00e4"])
def test_a_token_that_is_no_token_is_refused_in_words(
    program: Program, google: Google, account: str, token: str
) -> None:
    google.fault("token", Fault(status=200, body=f'{{"access_token":"{token}","expires_in":3600}}'))
    for command in (("token",), ("exec", "--for", "openai", "--", "true")):
        done = program(*command)
        assert (done.code, done.out) in ((3, ""), (5, ""), (125, "")), command
        assert "internal error" not in done.err


def test_a_token_from_a_clock_that_went_ahead_is_not_given_out(
    program: Program, google: Google, account: str, secret_service: SecretService
) -> None:
    first = program("token").out
    kept = json.loads(entry(secret_service, "token") or "")
    ahead = json.dumps({**kept, "expires": int(time.time()) + 30 * 86_400})
    name = "gemini-credentials:v1/default.token"
    secret_service.tool("store", "--label=x", "service", name, "username", "default", text=ahead)
    assert program("token").out != first


def test_two_programs_that_ask_at_once_mint_one(program: Program, google: Google, account: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: program("token").out, range(3)))
    assert len(set(found)) == 1
    assert len(google.seen("token")) == 1


def test_a_rotation_drops_the_old_token(
    program: Program, google: Google, account: str, tmp_path: Path, secret_service: SecretService
) -> None:
    old = program("token").out
    other = tmp_path / "other.json"
    other.write_text(google.service_account().text, encoding="utf-8")
    assert program("add", "vertex", str(other)).code == 0
    assert entry(secret_service, "token") is None
    assert program("token").out != old


def test_why_there_is_no_token_is_told(program: Program, google: Google, tmp_path: Path) -> None:
    made = google.service_account(fresh=True)
    file = tmp_path / "account.json"
    file.write_text(made.text, encoding="utf-8")
    program("add", "vertex", str(file))
    made.key_revoked = True
    done = program("token")
    assert (done.code, done.out) == (3, "")
    assert "This key file has been revoked" in done.err


# ---------------------------------------------------------------- env


def test_a_shell_takes_the_variables_and_loses_what_would_win(program: Program, key: str) -> None:
    done = program("env", "--shell", "bash")
    assert done.code == 0
    script = done.out + f"exec {PYTHON} -c '{SHOW}'"
    environ = {"PATH": os.environ["PATH"], "GOOGLE_VERTEX_API_KEY": "x", "GOOGLE_GENAI_USE_VERTEXAI": "true"}
    shown = json.loads(
        subprocess.run(["bash", "-c", script], env=environ, capture_output=True, check=True).stdout
    )
    assert shown["GEMINI_API_KEY"] == shown["GOOGLE_GENERATIVE_AI_API_KEY"] == key
    assert "GOOGLE_VERTEX_API_KEY" not in shown
    assert "GOOGLE_GENAI_USE_VERTEXAI" not in shown


def test_a_service_account_s_secret_is_not_printed(program: Program, account: str) -> None:
    done = program("env", "--shell", "bash")
    assert "GOOGLE_CLOUD_PROJECT" in done.out
    assert "PRIVATE KEY" not in done.out + done.err
    assert "gemini-setup exec" in done.err
    token = program("env", "--for", "openai")
    assert "OPENAI_BASE_URL" in token.out
    assert "OPENAI_API_KEY" not in token.out
    assert program("env", "--for", "llm").code == 1
    assert program("env", "--shell", "tcsh").code == 2


def test_a_dotenv_file_names_what_it_cannot_unset(program: Program, key: str) -> None:
    done = program("env", "--shell", "dotenv", GOOGLE_VERTEX_API_KEY="x")
    assert f"GOOGLE_GEMINI_BASE_URL={program.environ['GOOGLE_GEMINI_BASE_URL']}\n" in done.out
    assert f"\nGEMINI_API_KEY={key}\n" in done.out
    assert "GOOGLE_VERTEX_API_KEY" in done.err


# ---------------------------------------------------------------- exec


def test_a_program_has_the_key_and_not_what_would_win(program: Program, key: str) -> None:
    rivals = {
        "GOOGLE_API_KEY": "other",
        "GEMINI_API_BASE": "https://elsewhere.example",
        "VERTEX_API_KEY": "other",
    }
    program.environ |= rivals
    shown = json.loads(program("exec", "--", PYTHON, "-c", SHOW).out)
    assert shown["GEMINI_API_KEY"] == shown["GOOGLE_API_KEY"] == shown["LLM_GEMINI_KEY"] == key
    assert shown["GEMINI_API_BASE"] == program.environ["GOOGLE_GEMINI_BASE_URL"] + "/v1beta"
    assert "VERTEX_API_KEY" not in shown


def test_a_program_gets_the_key_under_any_name(program: Program, key: str) -> None:
    done = program(
        "exec", "--as", "OCO_API_KEY", "--as=BASE=base-url", "--", PYTHON, "-c", SHOW, OCO_API_KEY="other"
    )
    shown = json.loads(done.out)
    assert (shown["OCO_API_KEY"], shown["BASE"]) == (key, program("get", "--field", "base-url").out.strip())
    env = program("env", "--shell", "bash", "--as", "OCO_API_KEY").out
    assert f"export OCO_API_KEY={key}\n" in env
    for wrong in (f"{key}", "A=secret", "1A", "A B"):
        done = program("exec", "--as", wrong, "--", "true")
        assert done.code == 2
        assert key not in done.err
        assert "a variable’s name" in done.err


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "openai_api_key", "OPENAI_BASE_URL=base-url"])
def test_no_key_goes_to_openai_under_its_own_name(program: Program, key: str, name: str) -> None:
    for command in (("exec", "--as", name, "--", PYTHON, "-c", SHOW), ("env", f"--as={name}")):
        done = program(*command)
        assert (done.code, done.out) == (2, ""), command
        assert "Use --for openai" in done.err


def test_what_a_profile_does_not_have_is_not_set_to_nothing(program: Program, key: str) -> None:
    for command, code in ((("exec", "--as", "X=project", "--", "true"), 125), (("env", "--as=X=project"), 1)):
        done = program(*command)
        assert (done.code, done.out) == (code, ""), command
        assert "has no project" in done.err


def test_a_service_account_s_file_and_place_get_other_names(program: Program, account: str) -> None:
    names = ("--as", "SERVICE_FILE", "--as", "PROJECT=project", "--as", "WHERE=location")
    shown = json.loads(program("exec", *names, "--", PYTHON, "-c", SHOW).out)
    assert shown["SERVICE_FILE"] == shown["GOOGLE_APPLICATION_CREDENTIALS"]
    assert (shown["PROJECT"], shown["WHERE"]) == (json.loads(account)["project_id"], "global")


def test_for_takes_the_names_that_people_know(program: Program, key: str) -> None:
    done = program("exec", "--for", "dspy", "--", PYTHON, "-c", SHOW)
    assert json.loads(done.out)["GEMINI_API_KEY"] == key
    assert "dspy reads the variables that every tool gets" in done.err
    done = program("exec", "--for", "sgpt", "--anyway", "--", PYTHON, "-c", SHOW)
    shown = json.loads(done.out)
    assert (shown["OPENAI_API_KEY"], shown["OPENAI_AGENTS_DISABLE_TRACING"]) == (key, "1")
    assert "GEMINI_API_KEY" not in shown
    assert "shell-gpt reads the variables of OpenAI’s libraries" in done.err
    typed = "opencodd"
    done = program("exec", "--for", typed, "--", "true")
    assert done.code == 2
    assert "Did you mean opencode?" in done.err
    assert typed not in done.err, "it might have been a key"


def test_a_gateway_s_credential_is_not_given_in_silence(program: Program, key: str, tmp_path: Path) -> None:
    """The profile is for the loopback address: an endpoint of its own."""
    ran = tmp_path / "ran"
    tool = tmp_path / "opencode"
    tool.write_text(f"#!/bin/sh\ntouch {ran}\n")
    tool.chmod(0o755)
    path = f"{tmp_path}:{program.environ['PATH']}"
    for command in ((str(tool),), ("opencode", "run"), ("npx", "opencode-ai")):
        done = program("exec", "--", *command, PATH=path)
        assert done.code == 125, command
        assert cause_texts.text("errors", "no_endpoint", {"tool": "opencode"}) in done.err
        assert "--anyway" in done.err
    assert not ran.exists()
    done = program("exec", "--anyway", "--", "opencode", PATH=path)
    assert done.code == 0
    assert "sends the key to Google" in done.err
    assert ran.exists()
    assert "If it" not in program("exec", "--for", "google-genai", "--", "true").err
    done = program("exec", "--", "true")
    assert (done.code, "This key is for" in done.err) == (0, True)
    assert program("exec", "--anyway", "--", "true").err == ""


def test_a_service_account_s_file_is_there_while_the_program_runs(
    program: Program, account: str, runtime: Path
) -> None:
    look = (
        "import os, json, stat; p = os.environ['GOOGLE_APPLICATION_CREDENTIALS']; s = os.stat(p);"
        "f = os.stat(os.path.dirname(p)); print(json.dumps([p, s.st_mode & 0o777, f.st_mode & 0o777, open(p).read()]))"
    )
    path, mode, folder, text = json.loads(program("exec", "--", PYTHON, "-c", look).out)
    assert (mode, folder) == (0o600, 0o700)
    assert json.loads(text) == json.loads(account)
    assert Path(path).parent == runtime
    assert not Path(path).exists()


def test_without_a_place_in_memory_the_file_is_in_a_folder_of_ours(
    program: Program, account: str, tmp_path: Path
) -> None:
    wide = tmp_path / "wide"
    wide.mkdir(mode=0o755)
    wide.chmod(0o755)
    look = "import os; print(os.environ['GOOGLE_APPLICATION_CREDENTIALS'])"
    path = program("exec", "--", PYTHON, "-c", look, XDG_RUNTIME_DIR=str(wide)).out.strip()
    assert not path.startswith((str(wide), "/tmp/account"))
    assert "/gemini-setup/run/" in path


@pytest.mark.parametrize("kind", ["key", "account"])
def test_exit_codes_are_the_program_s_or_those_of_env(
    program: Program, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    request.getfixturevalue(kind)
    assert program("exec", "--", PYTHON, "-c", "raise SystemExit(7)").code == 7
    assert program("exec", "--", "no-such-program-at-all").code == 127
    plain = tmp_path / "plain"
    plain.write_text('echo "a script without its first line, $1"\nexit 5\n', encoding="utf-8")
    done = program("exec", "--", str(plain))
    assert done.code == 126
    assert f"“{plain}” can’t be started" in done.err
    plain.chmod(0o755)  # as env(1) and every shell start it
    done = program("exec", "--", str(plain), "two words")
    assert (done.code, done.out) == (5, "a script without its first line, two words\n")
    ended = program("exec", "--", PYTHON, "-c", "import os; os.kill(os.getpid(), 9)").code
    assert ended in (137, -9)  # a key's program has taken our place, so its end is ours


def test_what_cannot_be_started_is_125(program: Program) -> None:
    assert program("exec", "--", "true").code == 125
    assert program("exec", "nobody", "--", "true").code == 125
    assert program("exec", "--").code == 2
    assert program("exec", "true").code == 2


@pytest.mark.parametrize("kind", ["key", "account"])
def test_signals_reach_the_program(
    program: Program, kind: str, request: pytest.FixtureRequest, runtime: Path
) -> None:
    request.getfixturevalue(kind)
    wait = (
        # Not by print: the signal may come while "ready" is still being written.
        "import os, signal, time\ndef stop(n, f):\n    os.write(1, b'stopped\\n'); raise SystemExit(3)\n"
        "signal.signal(signal.SIGTERM, stop); print('ready', flush=True)\ntime.sleep(20)"
    )
    running = program.start("exec", "--", PYTHON, "-c", wait)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=PATIENCE)
    assert (out, running.returncode) == (b"stopped\n", 3)
    assert not runtime.is_dir() or list(runtime.iterdir()) == []


def _ignored(status: str) -> set[int]:
    mask = int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigIgn")), 16)
    return {number for number in range(1, 32) if mask >> (number - 1) & 1}


@pytest.mark.parametrize("kind", ["key", "account"])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_program_ignores_the_signals_that_its_caller_ignores_and_no_others(
    program: Program, kind: str, request: pytest.FixtureRequest
) -> None:
    """Python ignores SIGPIPE and SIGXFSZ, which are inherited; and nohup means what it says."""
    request.getfixturevalue(kind)
    assert _ignored(program("exec", "--", "cat", "/proc/self/status").out) == set()
    nohup = ["sh", "-c", 'trap "" HUP INT; exec "$@"', "sh", *COMMAND, "exec", "--"]
    done = subprocess.run(
        [*nohup, "cat", "/proc/self/status"],
        env=program.environ, capture_output=True, text=True, preexec_fn=interruptible,
    )  # fmt: skip
    assert _ignored(done.stdout) == {signal.SIGHUP, signal.SIGINT}
    # With an account we stand between: we must live on, too. With a key the program has taken our place.
    survives = ("kill -HUP $PPID; " if kind == "account" else "") + "kill -HUP $$; echo survived"
    done = subprocess.run([*nohup, "sh", "-c", survives], env=program.environ, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("survived\n", 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl, and reads /proc")
def test_exec_itself_cannot_be_dumped_while_it_holds_the_private_key(program: Program, account: str) -> None:
    """Also where the limit forbids every dump, so that none could be seen."""
    look = """
import ctypes, sys
from gemini_setup.cli import main as cli
from gemini_setup.usage import execution as running
def supervised(*_):
    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
    return 0
running._supervise = supervised
sys.exit(cli.main(["exec", "--", "true"]))
"""
    done = subprocess.run([PYTHON, "-c", look], env=program.environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_exec_dumps_no_core_with_the_private_key_and_its_program_still_may(
    program: Program, account: str, tmp_path: Path
) -> None:
    show = (
        "import ctypes, os, resource; print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE)[0],"
        " os.getppid(), flush=True); import time; time.sleep(60)"
    )
    running = subprocess.Popen(
        [
            "sh",
            "-c",
            'ulimit -S -c "$(ulimit -H -c)"; exec "$@"',
            "sh",
            *COMMAND,
            "exec",
            "--",
            PYTHON,
            "-c",
            show,
        ],
        env=program.environ,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    may_dump, limit, parent = running.stdout.readline().split()
    assert int(parent) == running.pid
    assert int(may_dump) == 1
    assert int(limit) == resource.getrlimit(resource.RLIMIT_CORE)[1]
    child = int(subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, check=True).stdout)
    os.kill(running.pid, signal.SIGABRT)
    _, status = os.waitpid(running.pid, 0)
    os.kill(child, signal.SIGKILL)
    running.stdout.close()
    running.returncode = status
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.glob("core*")) == []


def test_what_a_killed_run_left_is_removed_but_not_under_a_living_program(
    program: Program, account: str, runtime: Path
) -> None:
    running = program.start(
        "exec", "--", PYTHON, "-c", "import time; print('ready', flush=True); time.sleep(60)"
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    child = int(subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, check=True).stdout)
    running.kill()
    running.wait()
    assert len(list(runtime.iterdir())) == 1
    program("get", "--field", "project")
    assert len(list(runtime.iterdir())) == 1, "the program still reads it"
    os.kill(child, signal.SIGKILL)
    running.communicate()
    program("get", "--field", "project")
    assert list(runtime.iterdir()) == []


def test_what_a_run_without_a_place_in_memory_left_goes_in_any_session(
    program: Program, account: str, runtime: Path
) -> None:
    bare = Program.__new__(Program)
    bare.environ = {name: value for name, value in program.environ.items() if name != "XDG_RUNTIME_DIR"}
    running = bare.start(
        "exec", "--", PYTHON, "-c", "import os; print(os.getpid(), flush=True); import time; time.sleep(60)"
    )
    assert running.stdout is not None
    child = int(running.stdout.readline())
    running.kill()
    running.wait()
    os.kill(child, signal.SIGKILL)
    running.communicate()
    left = (
        Path(program.environ.get("XDG_DATA_HOME") or f"{program.environ['HOME']}/.local/share")
        / "gemini-setup"
        / "run"
    )
    assert len(list(left.iterdir())) == 1
    program("get", "--field", "project")
    assert list(left.iterdir()) == []


def test_a_program_that_cannot_be_started_is_told_and_a_differing_variable_named(
    program: Program, key: str
) -> None:
    assert (
        "“no-such-program-at-all” can’t be started: No such file"
        in program("exec", "--", "no-such-program-at-all").err
    )
    for command in (("token",), ("env",), ("exec", "--", "true")):
        done = program(*command, GOOGLE_GEMINI_BASE_URL="https://elsewhere.example")
        assert "GOOGLE_GEMINI_BASE_URL names a different endpoint" in done.err, command


def test_a_token_is_not_given_to_a_place_that_it_is_not_for(
    program: Program, google: Google, account: str
) -> None:
    program.environ["NEXT_KEY"] = google.studio_key().text
    found = _python(
        program,
        "import os, subprocess, sys, gemini_setup\n"
        "token = gemini_setup.load().openai_kwargs()['api_key']; first = token()\n"
        "subprocess.run([sys.executable, '-m', 'gemini_setup', 'add', 'studio'], input=os.environ['NEXT_KEY'].encode(),"
        " check=True, capture_output=True)\n"
        "import time; now = time.monotonic; time.monotonic = lambda: now() + 61\n"
        "try: token()\nexcept gemini_setup.Changed as e: print(e)",
    )
    assert found.startswith("the profile was replaced")


def test_no_secret_is_an_argument(program: Program, key: str, account: str) -> None:
    show = "import sys; print(open('/proc/self/cmdline').read(), sys.argv)"
    done = program("exec", "--", PYTHON, "-c", show)
    assert key not in done.out
    assert "PRIVATE" not in done.out


# ---------------------------------------------------------------- Python


def _python(program: Program, script: str) -> str:
    done = subprocess.run([PYTHON, "-c", script], env=program.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_python_program_loads_it(program: Program, key: str) -> None:
    found = _python(
        program,
        "import sys, json, gemini_setup\n"
        "assert [m for m in sys.modules if m.startswith('gemini_setup.')] == ['gemini_setup.version']\n"
        "c = gemini_setup.load()\n"
        "loaded = [m for m in ('PySide6', 'httpx', 'google.auth') if m in sys.modules]\n"
        "print(json.dumps([c.env(environ={}), c.openai_kwargs(), c.genai_kwargs(), repr(c), loaded]))",
    )
    env, openai, genai, shown, loaded = json.loads(found)
    assert env["GEMINI_API_KEY"] == openai["api_key"] == genai["api_key"] == key
    assert openai["base_url"].endswith("/v1beta/openai")
    assert genai["http_options"]["base_url"] == program.environ["GOOGLE_GEMINI_BASE_URL"]
    assert key not in shown
    assert loaded == []


def test_a_python_program_s_token_survives_its_hour(program: Program, google: Google, account: str) -> None:
    google.shorten_tokens(306)  # given out for six seconds, until five minutes before its end
    found = _python(
        program,
        "import json, time, gemini_setup\n"
        "c = gemini_setup.load(); token = c.openai_kwargs()['api_key']\n"
        "a, b = token(), token()\n"
        "now = time.monotonic; time.monotonic = lambda: now() + 61\n"
        "time.sleep(6.5); d = token()\n"
        "print(json.dumps([a == b, a == d, c.kind, c.project == c.genai_kwargs()['project']]))",
    )
    assert json.loads(found) == [True, False, "service_account", True]
    assert len(google.seen("token")) == 2


def test_a_token_is_not_held_through_a_computer_s_sleep(
    program: Program, google: Google, account: str
) -> None:
    """The clock that counts on stands still then."""
    found = _python(
        program,
        "import time, gemini_setup, gemini_setup.usage.tokens as tokens\n"
        "looked, held = [], tokens.held\n"
        "tokens.held = lambda profile: (looked.append(profile), held(profile))[1]\n"
        "token = gemini_setup.load().openai_kwargs()['api_key']; token(); token()\n"
        "now = time.time; time.time = lambda: now() + 61; token()\n"
        "time.time = lambda: now() - 3600; token(); print(len(looked))",
    )
    assert found == "3", "once, and after each jump of the clock"


def test_a_file_that_the_system_takes_in_pieces_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with execution._file("a document of some length") as (path, _):
        assert path.read_text() == "a document of some length"


def test_what_is_not_kept_is_said(program: Program) -> None:
    assert SOURCE in program.environ["PYTHONPATH"]
    found = _python(
        program,
        "import gemini_setup\ntry: gemini_setup.load('nobody')\nexcept gemini_setup.NotKept as e: print(e)",
    )
    assert found == cause_texts.text("errors", "not_kept", {"profile": "nobody"})


def test_an_openai_client_made_once_works_on_after_its_token_has_expired(
    program: Program, google: Google, account: str
) -> None:
    google.shorten_tokens(306)
    model = program("get", "--field", "model").out.strip()
    found = _python(
        program,
        "import json, time, warnings; warnings.simplefilter('ignore')\n"
        "import gemini_setup, openai\n"
        "client = openai.OpenAI(**gemini_setup.load().openai_kwargs(), max_retries=0)\n"
        f"ask = lambda: client.chat.completions.create(model='google/{model}',"
        " messages=[{'role': 'user', 'content': 'Hello!'}]).choices[0].message.content\n"
        "first = ask(); now = time.monotonic; time.monotonic = lambda: now() + 61\n"
        "time.sleep(6.5); print(json.dumps([first, ask()]))",
    )
    assert json.loads(found) == [google.reply, google.reply]
    sent = {seen.headers["authorization"] for seen in google.seen("vertex-openai")}
    assert len(sent) == 2, "each with the token of its time"
