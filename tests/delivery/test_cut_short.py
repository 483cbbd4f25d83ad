"""What a killed run leaves beside a place, what another account may put there meanwhile, and who cleans up."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gemini_setup import delivery
from gemini_setup.actions import check_and_keep
from gemini_setup.cli.connect import followed
from gemini_setup.cli.main import main
from gemini_setup.delivery import file_edit, records
from gemini_setup.system import atomic_file
from gemini_setup.system import owned_folder as our_files
from gemini_setup.vault.vault import Vault

from .conftest import Keep, hand_over, take_away


class Killed(BaseException):
    """As little to be caught as SIGKILL."""


EFFECTS = ("open", "write", "fsync", "fchmod", "fchown", "link", "replace", "unlink", "mkdir", "setxattr")


def killed_at(at: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Before and after each effect of `os`; nothing after it is carried out."""
    passed, dead = 0, False

    def point() -> None:
        nonlocal passed, dead
        passed += 1
        if dead or passed > at:
            dead = True
            raise Killed

    def stepped(honest: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            point()
            done = honest(*args, **named)
            if dead:
                raise Killed
            point()
            return done

        return step

    with monkeypatch.context() as patched:
        for name in EFFECTS:
            patched.setattr(os, name, stepped(getattr(os, name)))
        try:
            act()
        except Killed:
            return True
    return False


def beside(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != ".env"]


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize("text", [None, "A=1\n"])
def test_a_killed_delivery_leaves_no_secret_that_an_undo_would_not_take(
    text: str | None, named: bool, vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every effect; afterwards it is taken away by the person, or swept by the next start."""
    if named:  # a file system that cannot make files without a name
        monkeypatch.setattr(atomic_file, "_unnamed", lambda _: None)
    key, folder = keep(), home / "project"
    folder.mkdir()
    file = folder / ".env"
    for at in range(400):
        if text is not None:
            file.write_text(text)
        if not killed_at(at, lambda: hand_over(vault, "dotenv", file), monkeypatch):
            break
        left = beside(folder)
        assert all(path.name == ".env.gemini-setup.tmp" for path in left)
        if at % 2 and delivery.delivered():
            take_away(vault, "dotenv", file)
        else:
            check_and_keep.recover(check_and_keep.AppContext(lambda: vault))
        assert beside(folder) == []
        if delivery.delivered():
            take_away(vault, "dotenv", file)
        assert (file.read_text() if file.exists() else None) == text
    else:
        pytest.fail("it never came to its end")
    assert at > 20
    assert key in file.read_text()


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="Linux")
def test_what_is_being_written_has_no_name_before_it_is_whole(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    seen: list[list[str]] = []
    honest = file_edit._now

    def looking(real: Path) -> bytes | None:
        seen.append(sorted(os.listdir(home)))
        return honest(real)

    monkeypatch.setattr(file_edit, "_now", looking)
    hand_over(vault, "dotenv", home / ".env")
    assert seen
    assert all(not any("gemini-setup" in name for name in names) for names in seen)


def test_who_swaps_the_new_file_for_a_link_gets_no_rights_of_ours(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that another account may write, a name is whose it is at that moment."""
    keep()
    private = home / "id_of_mine"
    private.write_text("mine")
    private.chmod(0o600)
    file = home / ".env"
    file.write_text("A=1\n")
    file.chmod(0o644)
    monkeypatch.setattr(atomic_file, "_unnamed", lambda _: None)
    honest = file_edit._dress

    def swapped(found: file_edit.Found, descriptor: int) -> None:
        new = home / ".env.gemini-setup.tmp"
        new.unlink()
        new.symlink_to(private)
        honest(found, descriptor)

    monkeypatch.setattr(file_edit, "_dress", swapped)
    with pytest.raises(delivery.DeliveryError, match="changed-just-now"):
        hand_over(vault, "dotenv", file)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert (private.read_text(), file.read_text()) == ("mine", "A=1\n")
    assert not file.is_symlink()


def test_what_is_swapped_for_a_link_before_it_is_read_is_not_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, file = home / "id_of_mine", home / ".env"
    secret.write_text("mine")
    file.write_text("A=1\n")
    honest = Path.resolve

    def swapping(path: Path, strict: bool = False) -> Path:
        real = honest(path, strict)
        file.unlink()
        file.symlink_to(secret)
        return real

    monkeypatch.setattr(Path, "resolve", swapping)
    with pytest.raises(delivery.DeliveryError):
        file_edit.look(file)


def test_a_pipe_in_the_place_of_a_file_holds_nobody(vault: Vault, keep: Keep, home: Path) -> None:
    keep()
    os.mkfifo(home / ".env")
    with pytest.raises(delivery.DeliveryError, match="no-file"):
        hand_over(vault, "dotenv", home / ".env")


# -- a rotation that was cut short before it came to the places ---------------------------------------------------


@pytest.mark.parametrize("later", [0, 86_400], ids=["in the same second", "a day later"])
def test_a_place_that_a_killed_rotation_did_not_reach_is_said_and_followed(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    now = datetime(2031, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(vault, "_clock", lambda: now)
    keep()
    file = home / ".env"
    hand_over(vault, "dotenv", file)
    assert [one.trouble for one in delivery.delivered()] == [""]
    monkeypatch.setattr(vault, "_clock", lambda: now + timedelta(seconds=later))
    key = keep()  # and no `follow`: it was killed here
    assert key not in file.read_text()
    assert [one.trouble for one in delivery.delivered()] == ["behind"]
    (said,) = followed(delivery.delivered())
    assert said.endswith(f"To finish: gemini-setup connect dotenv default --file {file}")
    assert delivery.behind() == ["default"]
    check_and_keep.recover(check_and_keep.AppContext(lambda: vault))
    assert key in file.read_text()
    assert ([one.trouble for one in delivery.delivered()], delivery.behind()) == ([""], [])


def test_a_place_that_is_somebody_else_s_by_now_is_not_tried_at_every_start(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    file = home / ".env"
    hand_over(vault, "dotenv", file)
    file.write_text("GEMINI_API_KEY=another\n")
    monkeypatch.setattr(vault, "_clock", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    keep()
    check_and_keep.recover(check_and_keep.AppContext(lambda: vault))
    assert [one.trouble for one in delivery.delivered()] == ["not-ours"]
    assert delivery.behind() == []


# -- file systems that cannot ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES])
def test_a_file_system_that_does_not_sync_folders_is_written_to(
    refusal: int, vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(os, "fsync", fsync)
    key = keep()
    hand_over(vault, "dotenv", home / ".env")
    assert key in (home / ".env").read_text()
    take_away(vault, "dotenv")
    assert not (home / ".env").exists()


def test_a_folder_that_could_not_be_brought_to_a_broken_disk_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="broken"):
        atomic_file.settle(home)


def test_a_record_that_cannot_be_deleted_is_an_obstacle_and_no_crash(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    hand_over(vault, "llm")

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(our_files.OurFolder, "drop", refused)
    with pytest.raises(delivery.DeliveryError, match="no-record"):
        take_away(vault, "llm")


def _places_in(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield (*way, name)
        yield from _places_in(one, (*way, name))


def _with(document: Any, way: tuple[Any, ...], value: object) -> str:
    changed = json.loads(json.dumps(document))
    inner = changed
    for name in way[:-1]:
        inner = inner[name]
    inner[way[-1]] = value
    return json.dumps(changed)


def test_a_record_of_wrong_types_is_none(
    vault: Vault, keep: Keep, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each value of it in turn: the record is read as nobody's, or is whole, and no command breaks on it."""
    keep()
    file = home / "project" / ".env"
    file.parent.mkdir()
    file.write_text("GEMINI_API_KEY=before\n")
    hand_over(vault, "dotenv", file)
    keep()
    delivery.follow(vault, "default")
    (path,) = records.home().iterdir()
    document = json.loads(path.read_text())
    ways = list(_places_in(document))
    assert len(ways) > 30
    refused = 0
    for way in ways:
        for wrong in (None, 7, 1.5, "text", True, [], {}, [7], {"a": 7}, [[7, "a"]]):
            path.write_text(_with(document, way, wrong))
            found = records.everything()
            refused += not found
            for record in found:
                assert json.loads(json.dumps(record.as_json())).keys() == document.keys()
                assert all(isinstance(place.name, str) for place in record.places)
                assert record.places
            for shown in delivery.delivered():
                assert all(
                    isinstance(text, str) for text in (shown.tool, shown.profile, shown.at, shown.trouble)
                )
    assert refused > len(ways) * 5
    path.write_text(_with(document, ("places", 0, "name"), 7))
    assert main(["connect", "--list"]) == 0
    assert "Traceback" not in capsys.readouterr().err
