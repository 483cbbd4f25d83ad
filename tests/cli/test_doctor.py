"""`doctor` as a program: words for people, JSON for programs, nothing that may not be pasted in public."""

from __future__ import annotations

import sys
from pathlib import Path

from gemini_setup.i18n import cause_texts
from tests.cli.program import Program
from tests.loopback import Google


def test_a_doctor_s_report_is_whole_and_safe_to_paste(program: Program, google: Google) -> None:
    key, stale, written = google.studio_key(), google.studio_key(standard=True), google.studio_key()
    program("add", "studio", text=key.text)
    start_up = Path(program.environ["HOME"]) / ".zprofile"
    start_up.write_text(f"# mine\nexport GEMINI_API_KEY={written.text}\n", encoding="utf-8")
    google.forget()
    program.environ["VIRTUAL_ENV"] = sys.prefix  # where google-genai is installed
    done = program("doctor", "--json", GOOGLE_API_KEY=stale.text, HTTPS_PROXY="")
    assert done.code == 0
    report = done.json
    assert report["version"] == 1
    assert report["profiles"][0]["hint"] == key.text[-4:]
    genai = next(tool for tool in report["tools"] if tool["tool"] == "google-genai")
    assert (genai["wins"]["name"], genai["kept"], genai["fix"]) == (
        "GOOGLE_API_KEY",
        False,
        "unset GOOGLE_API_KEY",
    )
    assert (report["network"]["google"], abs(report["network"]["clock"]) < 5) == ("works", True)
    assert report["keyring"]["fault"] is None
    assert [seen.headers.get("x-goog-api-key") for seen in google.requests] == [None]

    words = program("doctor", GOOGLE_API_KEY=stale.text)
    assert words.out.count("unset GOOGLE_API_KEY") == 1, "once for all tools that it is the fix of"
    assert f"google-genai: GOOGLE_API_KEY …{stale.text[-4:]} is used instead of your saved key\n" in words.out
    assert f"GEMINI_API_KEY …{written.text[-4:]} (~/.zprofile:2)" in words.out
    for secret in (key.text, stale.text, written.text):
        assert secret[4:-4] not in done.out + words.out + words.err
    assert program.environ["HOME"] not in words.out


def test_a_wrong_clock_and_a_way_that_is_closed_are_told(program: Program, google: Google) -> None:
    google.clock_offset = -7200
    assert "2 hours ahead" in program("doctor").out
    closed = program("doctor", GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:9")
    assert closed.code == 0
    assert cause_texts.cause("connection-broken").title in closed.out
    assert "Not checked." in program("doctor", "--offline").out


def test_without_a_keyring_the_doctor_says_so(without_keyring: Program) -> None:
    report = without_keyring("doctor", "--json", "--offline").json
    assert report["keyring"]["fault"] == "missing"
    assert report["network"]["google"] is None
    assert without_keyring("doctor", "nonsense").code == 2
