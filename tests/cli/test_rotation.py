"""Rotation on the command line, at the loopback Google and a real keyring: replace, bring back, erase, remove."""

from __future__ import annotations

import json

from gemini_setup.diagnosis.causes import PROVES_DEAD
from tests.cli.program import Program
from tests.loopback import Fault, Google
from tests.secretservice import SecretService


def _row(program: Program) -> dict[str, object]:
    (row,) = json.loads(program("list", "--json").out)["profiles"]
    assert isinstance(row, dict)
    return row


def test_a_rotation_from_the_first_key_to_the_last_click(program: Program, google: Google) -> None:
    first, second = google.studio_key(), google.studio_key()
    assert program("add", "studio", text=first.text).code == 0
    done = program("add", "studio", text=second.text)
    assert done.code == 0
    assert f"…{first.text[-4:]}" in done.err
    assert "gemini-setup remove default --previous" in done.err
    assert program("get").out == second.text + "\n"
    old = _row(program)["old"]
    assert isinstance(old, dict)
    assert (old["hint"], old["dead"]) == (first.text[-4:], False)

    assert program("rollback", "default").code == 0
    assert program("get").out == first.text + "\n"
    assert program("rollback", "default").code == 0
    assert program("get").out == second.text + "\n"

    unasked = program("remove", "default", "--previous")
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    erased = program("remove", "default", "--previous", "--yes")
    assert erased.code == 0
    assert "anyone who has it can still use it" in erased.err
    assert _row(program)["old"] is None
    for command in (("rollback", "default"), ("remove", "default", "--previous", "--yes")):
        none = program(*command)
        assert (none.code, "no previous" in none.err) == (1, True)
    assert program("get").out == second.text + "\n"


def test_the_same_key_again_is_no_rotation(program: Program, google: Google) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    again = program("add", "studio", text=key.text)
    assert "already saved" in again.err
    assert program("rollback", "default").code == 1
    assert _row(program)["old"] is None


def test_whoever_replaces_a_dead_key_is_not_told_to_kill_it(program: Program, google: Google) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    first.deleted = True
    done = program("add", "studio", text=second.text)
    assert done.code == 0
    assert "no longer works at Google" in done.err


def test_with_a_proof_only_what_is_dead_is_erased(program: Program, google: Google) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    running = program.start("remove", "default", "--previous", "--prove", "--yes")
    assert running.stderr is not None
    line = running.stderr.readline().decode()
    assert "Google’s answer about the previous key: It works. Next check in 1 minute." in line
    running.kill()
    running.communicate()
    assert program("rollback", "default").code == 0


def test_a_removed_profile_is_gone_everywhere(program: Program, google: Google) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    unasked = program("remove", "default")
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    assert program("get").out == key.text + "\n"
    assert program("remove", "default", "--yes").code == 0
    assert program("get").code == 1
    assert json.loads(program("list", "--json").out)["profiles"] == []
    assert program("remove", "default", "--yes").code == 1
    assert program("rollback", "default").code == 1
    never = program("remove", key.text, "--yes")
    assert (never.code, key.text[8:] in never.err + never.out) == (1, False)


def test_somebody_at_a_terminal_is_asked_before_a_profile_is_forgotten(
    program: Program, google: Google
) -> None:
    program("add", "studio", text=google.studio_key().text)
    code, screen = program.on_a_terminal("remove", "default", typed=b"n\n", after=b"[y/N]")
    assert "Remove the profile “default”" in screen
    assert (code, program("get").code) == (130, 0)
    assert program.on_a_terminal("remove", "default", typed=b"y\n", after=b"[y/N]")[0] == 0
    assert program("get").code == 1


def test_an_explicit_profile_leaves_the_other_alone(program: Program, google: Google) -> None:
    key, other = google.studio_key(), google.studio_key()
    program("add", "studio", text=key.text)
    program("add", "studio", "--profile", "work", text=other.text)
    assert program("rollback", "work").code == 1
    assert program("remove", "work", "--yes").code == 0
    assert program("get").out == key.text + "\n"


def test_what_google_does_not_say_of_the_old_one_is_not_made_up(program: Program, google: Google) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    first.fault = Fault.bare(503)
    done = program("add", "studio", text=second.text)
    assert done.code == 0
    assert "Google didn’t say whether it works" in done.err
    assert "still works. Delete" not in done.err


def test_a_check_that_cannot_read_is_a_whole_document(without_keyring: Program) -> None:
    done = without_keyring("check", "--json")
    assert done.code == 4
    assert {"outcome", "cause", "usable", "works_with", "kept", "steps"} <= set(done.json)
    assert (done.json["fault"], done.json["steps"]) == ("missing", [])


def test_what_is_known_of_the_old_key_is_what_is_said_of_it_later(program: Program, google: Google) -> None:
    """`add` has said that it no longer works; no reminder may say that it still does."""
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    first.deleted = True
    program("add", "studio", text=second.text)
    old = _row(program)["old"]
    assert isinstance(old, dict)
    assert (old["refused"] in PROVES_DEAD, old["dead"]) == (True, False)

    third = google.studio_key()
    second.deleted = True
    assert program("check").code == 3  # known before it is replaced, even if Google is silent then
    second.fault = Fault.bare(503)
    program("add", "studio", text=third.text)
    old = _row(program)["old"]
    assert isinstance(old, dict)
    assert (old["hint"], old["refused"] in PROVES_DEAD) == (second.text[-4:], True)


def test_a_dead_key_comes_back_only_to_whoever_insists_and_the_last_that_works_is_not_erased(
    program: Program, google: Google
) -> None:
    """Two commands, each without a question, and no key was left."""
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    first.deleted = True
    refused = program("rollback", "default")
    assert (refused.code, "--force" in refused.err) == (3, True)
    assert program("get").out == second.text + "\n"
    old = _row(program)["old"]
    assert isinstance(old, dict)
    assert old["refused"] in PROVES_DEAD
    code, screen = program.on_a_terminal("rollback", "default", typed=b"n\n", after=b"[y/N]")
    assert (code, first.text[-4:] in screen) == (130, True)
    assert program("get").out == second.text + "\n"

    assert program("rollback", "default", "--force").code == 0
    assert program("get").out == first.text + "\n"
    row = _row(program)
    assert (row["outcome"], row["cause"] in PROVES_DEAD) == ("refused", True)
    only = program("remove", "default", "--previous", "--yes")
    assert (only.code, "--force" in only.err) == (3, True)
    assert program("rollback", "default").code == 0
    assert program("get").out == second.text + "\n"
    assert program("remove", "default", "--previous", "--yes").code == 0


def test_somebody_at_a_terminal_is_asked_before_the_old_one_is_erased(
    program: Program, google: Google
) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    code, screen = program.on_a_terminal("remove", "default", "--previous", typed=b"n\n", after=b"[y/N]")
    assert (code, first.text[-4:] in screen) == (130, True)
    assert _row(program)["old"] is not None
    assert program.on_a_terminal("remove", "default", "--previous", typed=b"y\n", after=b"[y/N]")[0] == 0
    assert _row(program)["old"] is None


def test_a_key_that_nobody_can_ask_about_comes_back_and_that_is_said(
    program: Program, google: Google
) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    first.fault = Fault.bare(503)
    done = program("rollback", "default")
    assert (done.code, "Google didn’t say whether the restored key works" in done.err) == (0, True)
    assert program("get").out == first.text + "\n"


def test_half_a_previous_key_is_erased(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    _spoil(secret_service, "previous")
    assert program("rollback", "default").code == 1
    assert program("remove", "default", "--previous", "--yes").code == 0
    assert secret_service.lookup("gemini-credentials:v1/default.previous", "default") is None
    assert program("get").out == second.text + "\n"


def test_what_is_damaged_is_said_to_be(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    program("add", "studio", text=second.text)
    for name in ("current", "previous", "key"):
        _spoil(secret_service, name)
    for command in (
        ("get",),
        ("check",),
        ("rollback", "default"),
        ("remove", "default", "--previous", "--yes"),
    ):
        done = program(*command)
        assert done.code == (0 if command[0] == "remove" else 4), command
        if done.code:
            assert "damaged" in done.err
    assert program("add", "studio", text=first.text).code == 0
    assert program("get").out == first.text + "\n"


def _spoil(service: SecretService, name: str) -> None:
    attributes = ("service", f"gemini-credentials:v1/default.{name}", "username", "default")
    text = service.tool("lookup", *attributes).stdout
    more = ("application", "Python keyring library")
    done = service.tool("store", "--label=x", *attributes, *more, text=text[: len(text) // 2])
    assert done.returncode == 0
