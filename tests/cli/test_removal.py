"""A removal that was refused was not done; one that was cut short is shown, and finished or taken back when asked to."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.program import Program
from tests.loopback import Google
from tests.secretservice import SecretService


def _index(service: SecretService) -> Path:
    return Path(service.env["XDG_DATA_HOME"]) / "gemini-setup" / "profiles.json"


def _rows(program: Program) -> list[tuple[str, bool]]:
    return [
        (row["profile"], row["removing"]) for row in json.loads(program("list", "--json").out)["profiles"]
    ]


def _half_removed(service: SecretService) -> None:
    """As a kill -9 right after the keyring was found open leaves it."""
    document = json.loads(_index(service).read_text())
    document["profiles"][0]["removing"] = True
    _index(service).write_text(json.dumps(document))


def test_a_removal_that_the_keyring_refused_was_not_done(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    """Escape in the system's password dialog: nobody hides the credential, and no later start erases it."""
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    env = Path(program.environ["HOME"]) / ".env"
    assert program("connect", "dotenv", "--file", str(env), "--yes").code == 0
    secret_service.lock()
    refused = program("remove", "default", "--yes")
    assert (refused.code, "locked" in refused.err) == (4, True)
    assert _rows(program) == [("default", False)]

    secret_service.stop_daemon()
    secret_service.start_daemon(unlock=True)
    assert program("get").out == first.text + "\n"
    program("add", "studio", text=second.text)
    assert second.text in env.read_text(), "what is delivered still follows"


def test_what_is_half_removed_is_listed_and_no_check_hides_it(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    key = google.studio_key()
    program("add", "studio", text=key.text)
    _half_removed(secret_service)
    assert program("get").out == key.text + "\n"
    listed = program("list")
    assert listed.out.split("\t")[0] == "default"
    assert "removing" in listed.out
    assert "gemini-setup remove default --keep" in listed.err
    checked = program("check")
    assert (checked.code, "remove default --keep" in checked.err) == (0, True)
    assert _rows(program) == [("default", True)]

    assert program("remove", "default", "--keep").code == 0
    assert _rows(program) == [("default", False)]
    assert program("get").out == key.text + "\n"
    again = program("remove", "default", "--keep")
    assert (again.code, "Nothing changed" in again.err) == (0, True)

    _half_removed(secret_service)
    assert program("remove", "default", "--yes").code == 0
    assert (_rows(program), program("get").code) == ([], 1)
    assert program("remove", "default", "--keep").code == 1


def test_whoever_adds_to_a_half_removed_profile_keeps_it_and_its_deliveries(
    program: Program, google: Google, secret_service: SecretService
) -> None:
    first, second = google.studio_key(), google.studio_key()
    program("add", "studio", text=first.text)
    env = Path(program.environ["HOME"]) / ".env"
    program("connect", "dotenv", "--file", str(env), "--yes")
    _half_removed(secret_service)
    (record,) = (_index(secret_service).parent / "delivered").iterdir()
    record.write_text(record.read_text().replace('"ended": false', '"ended": true'))
    program("add", "studio", text=second.text)
    assert _rows(program) == [("default", False)]
    assert second.text in env.read_text()
