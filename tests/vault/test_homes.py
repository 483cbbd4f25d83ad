"""A short sample of what `make kills` does in every hostile home; and what was wrong in some."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gemini_setup.delivery import records
from gemini_setup.i18n.messages import text
from gemini_setup.system import paths
from tests.cli.program import Done
from tests.conftest import without_foreign_variables
from tests.loopback import Google
from tests.secretservice import SecretService, is_possible

from . import homes, sweep

SAMPLE = (
    ("sound", "remove default --yes"),
    ("full", "add studio --no-generate"),
    ("no file may grow", "connect dotenv --file --yes"),
    ("folder may not be entered", "check --no-generate"),
    ("folder of another account, closed", "rollback default --force"),
    ("file in the folder's place", "exec vertex -- sh -c"),
    ("relative XDG_DATA_HOME", "list --json"),
    ("index of wrong types", "remove default --previous --yes --force"),
    ("index huge", "list"),
    ("lock a folder", "token vertex"),
    ("settings a pipe", "get"),
    ("records pipes", "disconnect dotenv --yes"),
    ("records huge", "connect --list"),
    ("home may not be entered", "doctor"),
    ("other programs' files are pipes", "doctor"),
)


HOME = {home.name: home for home in homes.HOMES}


@pytest.fixture(scope="module")
def stage() -> Iterator[sweep.Stage]:
    if not is_possible():
        # On Linux the set-up installs it: a skip there would hide the keyring's tests.
        missing = "needs dbus-daemon, gnome-keyring and libsecret-tools"
        pytest.fail(missing) if sys.platform.startswith("linux") else pytest.skip(missing)
    base = without_foreign_variables(dict(os.environ))
    with Google() as google, SecretService(base=base) as service, sweep.stage(google, service) as made:
        yield made


@pytest.mark.parametrize(("home", "command"), SAMPLE)
def test_no_command_falls_hangs_or_loses_a_credential_in_a_hostile_home(
    stage: sweep.Stage, home: str, command: str
) -> None:
    if not HOME[home].is_possible():
        pytest.skip(f"needs {HOME[home].needs}")
    (act,) = (one for one in stage.acts if one.name == command)
    assert stage.tried(HOME[home], act) == ""


def test_a_list_that_cannot_be_looked_for_is_not_called_empty(stage: sweep.Stage) -> None:
    """Where the data folder may not be entered, as after `sudo -E`."""
    stage.put_back()
    HOME["folder may not be entered"].make(stage.ground)
    done = stage.run(("list",), "")
    assert done is not None
    assert (done.code, done.out) == (0, ""), done
    assert "folder" in done.err, done.err
    assert text("cli", "empty_list", {}) not in done.err


def test_the_sweep_notices_what_must_not_be(stage: sweep.Stage) -> None:
    acts = {act.name: act for act in stage.acts}
    sound, full, get = HOME["sound"], HOME["full"], acts["get"]
    assert (len(HOME), len(acts)) == (len(homes.HOMES), len(stage.acts))
    stage.put_back()
    assert stage.wrong(sound, get, Done(70, "", "a mistake")) == "an internal error"
    assert stage.wrong(full, get, Done(4, "", " \n")) == "it fails without a word"
    assert stage.wrong(full, get, Done(4, "", stage.key)) == "a secret in a message"
    done = stage.wrong(sound, acts["remove default --yes"], Done(0, "", ""))
    assert done == "done, it says, and nothing has changed"
    (stage.ground.runtime / "account.json").write_text(stage.key)
    assert stage.wrong(sound, get, Done(0, "", "")) == "a secret in run/account.json"
    stage.keyring.put_back(())
    assert stage.wrong(sound, get, Done(0, "", "")) == "another credential is saved than was asked for"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no HOME")
def test_the_file_of_exec_is_never_made_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for home in ("", "there"):
        monkeypatch.setenv("HOME", home)
        for variables in ({}, {"XDG_DATA_HOME": "data", "XDG_RUNTIME_DIR": "run"}):
            for place in (paths.run_folder(variables), *paths.run_folders(variables)):
                assert place.is_absolute(), (home, place)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes")
def test_a_record_that_cannot_be_read_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a rotation would leave every place with the previous credential, without a word."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in ("a", "b", "c", "d"):
        place = records.Place("file", f"/somewhere/{name}", secret=True)
        records.save(records.Record(name, "dotenv", "default", "", "now", [place]))
    assert [record.id for record in records.everything()] == ["a", "b", "c", "d"]
    for name, change in (("a", homes.piped), ("b", homes.sparse), ("c", homes.cut)):
        change(records.home() / f"dotenv-{name}.json")
    assert [record.id for record in records.everything()] == ["d"]
