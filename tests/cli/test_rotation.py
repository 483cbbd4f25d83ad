"""Rotation on the command line, at the loopback Google and a real keyring: replace, bring back, erase, remove."""

from __future__ import annotations

import json

from tests.cli.program import Program
from tests.loopback import Fault, Google


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
    assert "gemini-setup forget-previous default" in done.err
    assert program("get").out == second.text + "\n"
    old = _row(program)["old"]
    assert isinstance(old, dict)
    assert (old["hint"], old["dead"]) == (first.text[-4:], False)

    assert program("rollback", "default").code == 0
    assert program("get").out == first.text + "\n"
    assert program("rollback", "default").code == 0
    assert program("get").out == second.text + "\n"

    erased = program("forget-previous", "default")
    assert erased.code == 0
    assert "it still works for whoever has it" in erased.err
    assert _row(program)["old"] is None
    for command in ("rollback", "forget-previous"):
        none = program(command, "default")
        assert (none.code, "no previous" in none.err) == (1, True)
    assert program("get").out == second.text + "\n"


def test_the_same_key_again_is_no_rotation(program: Program, google: Google) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    again = program("add", "studio", text=key.text)
    assert "already have" in again.err
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
    running = program.start("forget-previous", "default", "--prove")
    assert running.stderr is not None
    line = running.stderr.readline().decode()
    assert "Google about the old one: It works. Asking again in 1 minute." in line
    running.kill()
    running.communicate()
    assert program("rollback", "default").code == 0


def test_a_removed_profile_is_gone_everywhere(program: Program, google: Google) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    assert program("remove", "default").code == 0
    assert program("get").code == 1
    assert json.loads(program("list", "--json").out)["profiles"] == []
    assert program("remove", "default").code == 1
    assert program("rollback", "default").code == 1
    never = program("remove", key.text)
    assert (never.code, key.text[8:] in never.err + never.out) == (1, False)


def test_somebody_at_a_terminal_is_asked_before_a_profile_is_forgotten(
    program: Program, google: Google
) -> None:
    program("add", "studio", text=google.studio_key().text)
    code, screen = program.on_a_terminal("remove", "default", typed=b"n\n", after=b"[y/N]")
    assert "Forget the profile default" in screen
    assert (code, program("get").code) == (130, 0)
    assert program.on_a_terminal("remove", "default", typed=b"y\n", after=b"[y/N]")[0] == 0
    assert program("get").code == 1


def test_an_explicit_profile_leaves_the_other_alone(program: Program, google: Google) -> None:
    key, other = google.studio_key(), google.studio_key()
    program("add", "studio", text=key.text)
    program("add", "studio", "--profile", "work", text=other.text)
    assert program("rollback", "work").code == 1
    assert program("remove", "work").code == 0
    assert program("get").out == key.text + "\n"


def test_what_google_does_not_say_of_the_old_one_is_not_made_up(program: Program, google: Google) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    first.fault = Fault.bare(503)
    done = program("add", "studio", text=second.text)
    assert done.code == 0
    assert "Google did not say whether it still works" in done.err
    assert "still works. Delete" not in done.err


def test_a_check_that_cannot_read_is_a_whole_document(without_keyring: Program) -> None:
    done = without_keyring("check", "--json")
    assert done.code == 4
    assert {"outcome", "cause", "usable", "works_with", "kept", "steps"} <= set(done.json)
    assert (done.json["fault"], done.json["steps"]) == ("missing", [])
