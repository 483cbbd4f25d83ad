"""`get` prints one line for other programs; `explain` says what an error means. Neither says more than asked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.i18n import cause_texts
from tests.cli.program import Program
from tests.loopback import Google, answers
from tests.waiting import PATIENCE

GEMINI = "generativelanguage.googleapis.com"


def is_an_explanation(document: Any) -> None:
    assert set(document) == {"version", "cause", "outcome", "title", "why", "fixes", "links", "facts"}
    assert document["version"] == 1
    assert document["outcome"] == CAUSES[document["cause"]].outcome.value
    assert all(isinstance(document[name], str) and document[name] for name in ("title", "why"))
    assert document["fixes"]
    assert all(isinstance(fix, str) for fix in document["fixes"])
    assert all(
        set(link) == {"title", "url"} and link["url"].startswith("https://") for link in document["links"]
    )
    assert all(isinstance(value, str | int | float) for value in document["facts"].values())


def test_every_field_of_a_key_is_one_line_and_the_others_are_not_there(
    google: Google, program: Program
) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    assert program("get", "--field", "key").out == f"{key.text}\n"
    assert program("get", "--field=key").out == f"{key.text}\n"
    assert program("get", "default", "--field", "base-url").out == f"{google.url}/v1beta/openai\n"
    assert program("get", "--field", "model").out.startswith("gemini-")
    for field in ("service-account", "project", "location", "no-such-field"):
        done = program("get", "--field", field)
        assert (done.code, done.out) == (1, ""), field
        assert done.err.startswith("gemini-setup: ")
        assert len(done.err.splitlines()) == 1


def test_every_field_of_a_file_is_one_line(google: Google, program: Program) -> None:
    account = google.service_account()
    program("add", "vertex", "-", text=account.text)
    for arguments in (("get",), ("get", "--field", "service-account"), ("get", "--profile", "default")):
        done = program(*arguments)
        assert done.out.count("\n") == 1
        assert json.loads(done.out) == account.info
        assert done.err == ""
    assert program("get", "--field", "project").out == f"{account.project.id}\n"
    assert program("get", "--field", "location").out == "global\n"
    assert program("get", "--field", "key").code == 1


def test_get_loads_neither_argparse_nor_keyring_nor_anything_of_google_s(
    google: Google, program: Program
) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    code = (
        "import sys\nfrom gemini_setup.cli.main import main\nassert main(['get']) == 0\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=program.environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout == f"{key.text}\n"
    for heavy in (
        "argparse",
        "keyring",
        "secretstorage",
        "httpx",
        "google",
        "cryptography",
        "PySide6",
        "asyncio",
    ):
        assert f"'{heavy}'" not in done.stderr


def test_get_asks_nothing_of_the_network(google: Google, program: Program) -> None:
    program("add", "studio", text=google.studio_key().text)
    google.forget()
    program("get")
    program("get", "--field", "base-url")
    assert google.requests == []


def test_get_into_a_pipe_that_nobody_reads_says_nothing(google: Google, program: Program) -> None:
    program("add", "studio", text=google.studio_key().text)
    process = program.start("get")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=PATIENCE)
    assert err == b""


# --- explain --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["object", "list", "python", "prose"])
def test_an_error_is_explained_in_every_form(google: Google, without_keyring: Program, form: str) -> None:
    answer = json.loads(answers.service_disabled(GEMINI, "123456789012").body)
    text = {
        "object": json.dumps(answer, indent=2),
        "list": json.dumps([answer]),
        "python": f"google.genai.errors.ClientError: 403 PERMISSION_DENIED. {answer!r}",
        "prose": f"My program says: {answer['error']['message']}",
    }[form]
    done = without_keyring("explain", "--json", text=text)
    assert done.code == 0
    assert done.err == ""
    is_an_explanation(done.json)
    assert done.json["cause"] == "api-disabled"
    assert done.json["facts"]["project"] == "123456789012"
    url = f"https://console.developers.google.com/apis/api/{GEMINI}/overview?project=123456789012"
    assert url in [link["url"] for link in done.json["links"]]
    shown = without_keyring("explain", text=text)
    assert shown.code == 0
    studio = "https://aistudio.google.com/api-keys"
    assert studio in [link["url"] for link in done.json["links"]]
    page = cause_texts.trap("api-disabled")
    for part in (
        done.json["title"],
        done.json["why"],
        studio,
        "Recommended: ",
        "Or keep this key: ",
        page.keep,
        url,
    ):
        assert part in shown.out


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("bash: line 1: some-program: command not found", "shell"),
        ("zsh: command not found: gemini-cli", "shell"),
        ("'gemini' is not recognized as an internal or external command,", "shell"),
        ("make: *** [all] Error 2", "foreign"),
    ],
)
def test_a_shell_is_not_answered_as_if_google_had_spoken(
    without_keyring: Program, text: str, whose: str
) -> None:
    done = without_keyring("explain", "--json", text=text)
    title = cause_texts.cause("unknown", {whose: "yes"}, "pasted").title
    assert (done.json["cause"], done.json["title"]) == ("unknown", title)
    assert title != cause_texts.cause("unknown", {}, "pasted").title
    assert "new message" not in done.out


def test_a_trap_of_vertex_keeps_its_own_advice(without_keyring: Program) -> None:
    answer = answers.keys_not_supported(answers.VERTEX, "Method").body.decode()
    shown = without_keyring("explain", text=answer).out
    assert "vertexai=True" in shown
    assert "aistudio" not in shown
    assert "Recommended" not in shown


def test_status_and_surface_help_where_the_text_says_too_little(
    google: Google, without_keyring: Program
) -> None:
    def cause(*arguments: str, text: str) -> str:
        return str(without_keyring("explain", "--json", *arguments, text=text).json["cause"])

    assert cause(text="Resource exhausted") == "unknown"
    assert (
        cause("--status", "429", "--surface", "gemini-native", text="Resource exhausted") == "quota-exhausted"
    )
    assert without_keyring("explain", "--status", "many").code == 2
    assert without_keyring("explain", "--surface", "elsewhere").code == 2


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" \n",
        b"\xff\xfe\x00",
        b"hello",
        b"\x1b[31m\x1b]0;x\x07",
        b"a" * 2_000_000,
        "ü\u202e".encode() * 1000,
    ],
)
def test_whatever_is_pasted_is_answered_calmly(without_keyring: Program, text: bytes) -> None:
    done = without_keyring("explain", "--json", text=text)
    if text.strip():
        assert done.code == 0
        is_an_explanation(done.json)
        assert done.json["cause"] == "unknown"
    else:
        assert (done.code, done.out) == (2, "")
        assert "error message" in done.err


def test_hostile_facts_are_shown_plain_and_linked_encoded(without_keyring: Program) -> None:
    message = "Generative Language API has not been used in project 123456789012 before or it is disabled. \x1b[2J\u202e<a href=x>"
    done = without_keyring("explain", text=json.dumps({"error": {"code": 403, "message": message}}))
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_the_trap_page_is_told_with_and_without_an_error(without_keyring: Program) -> None:
    before = without_keyring("explain", "--trap")
    assert before.code == 0
    assert before.out.startswith(cause_texts.trap(None).title)
    assert before.out.count("\n      AI Studio: ") == 4
    assert "[" not in before.out, "before anything was asked nothing is known of a key"
    text = json.dumps(json.loads(answers.service_disabled(GEMINI, "123456789012").body))
    after = without_keyring("explain", "--trap", text=text)
    assert after.code == 0
    assert "123456789012" in after.out
    assert after.out.count("[Off]") == 1
    assert after.out.count("[Not checked yet]") == 3
    document = without_keyring("explain", "--trap", "--json", text=text)
    assert document.code == 0
    assert document.json["version"] == 1


def test_an_explanation_needs_neither_keyring_nor_network(google: Google, without_keyring: Program) -> None:
    without_keyring("explain", "--json", text="API key not valid. Please pass a valid API key.")
    assert google.requests == []


# --- the program itself ---------------------------------------------------------------------------------


def test_without_a_screen_it_says_what_to_do_instead(without_keyring: Program) -> None:
    done = without_keyring()
    assert (done.code, done.out) == (2, "")
    assert "gemini-setup add`" in done.err


def test_help_and_version_are_answers(without_keyring: Program) -> None:
    for arguments in (
        ("--help",),
        ("add", "--help"),
        ("add", "studio", "--help"),
        ("get", "--help"),
        ("explain", "-h"),
        ("--version",),
    ):
        done = without_keyring(*arguments)
        assert (done.code, done.err) == (0, ""), arguments
        assert "gemini-setup" in done.out
    assert without_keyring("--version").out.startswith("gemini-setup 0.")


def test_a_mistake_of_our_own_says_so_without_a_traceback(program: Program) -> None:
    code = (
        "import sys\nfrom gemini_setup.cli import main as cli\nfrom gemini_setup.usage import reader\n"
        "def fall(*_): raise ZeroDivisionError('with a ' + 'AI' + 'za' + 'k' * 35)\n"
        "reader.get = fall\nsys.exit(cli.main(['get']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=program.environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 70
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "k" * 20 not in done.stderr


def test_what_may_have_come_from_the_way_to_gemini_is_offered_and_not_said(without_keyring: Program) -> None:
    bare = "SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
    done = without_keyring("explain", text=bare)
    assert done.out.startswith(cause_texts.cause("unknown", {"foreign": "yes"}, "pasted").title)
    assert f"the error means: {cause_texts.cause('tls-intercepted').title}" in done.out
    again = without_keyring("explain", "--surface", "transport", "--json", text=bare)
    assert again.json["cause"] == "tls-intercepted"
    assert (
        "while connecting"
        not in without_keyring("explain", text="npm ERR! registry.npmjs.org ECONNREFUSED").out
    )
    assert "while connecting" not in without_keyring("explain", text="Traceback: KeyError: 'x'").out


def test_why_there_is_no_keyring_is_said_by_its_reason(without_keyring: Program) -> None:
    for arguments in (("get",), ("token",), ("check",)):
        done = without_keyring(*arguments, WSL_DISTRO_NAME="Debian")
        assert done.code == 4, arguments
        assert "This is WSL" in done.err, arguments
