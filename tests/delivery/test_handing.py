"""Deliveries as a whole: written, proven, following, taken back byte for byte; odd files; killed at every step."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_setup import delivery
from gemini_setup.actions import check_and_keep, profile_name, rotate
from gemini_setup.delivery import records as records
from gemini_setup.google.recognition import recognise
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Endpoints, Secret, Service
from gemini_setup.model.outcomes import Fault
from gemini_setup.vault import removal
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.vault import Vault
from tests.core import samples
from tests.delivery.conftest import Keep, hand_over, kept, take_away

LLM = ".config/io.datasette.llm/keys.json"
CASES = {
    "llm": ("llm", LLM, '{"// Note": "mine",   "gemini": "an-older-one",\r\n "openai": "other"}'),
    "llm, first key": ("llm", LLM, "{}"),
    "llm, empty file": ("llm", LLM, ""),
    "aider": ("aider", ".env", "# mine\r\nOTHER=1\r\n"),
    "dotenv": ("dotenv", "project/.env", "\ufeffA=1\nGEMINI_API_KEY='an-older-one' # here\nB=\udcff\xe9"),
    "dotenv, no end": ("dotenv", "project/.env", "A=1"),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, home: Path) -> tuple[str, Path, bytes]:
    tool, name, text = CASES[request.param]
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return tool, file, text.encode("utf-8", "surrogateescape")


def _argument(tool: str, file: Path) -> Path | None:
    return file if delivery.TOOLS[tool].needs_file else None


def test_delivered_followed_and_undone_byte_for_byte(
    case: tuple[str, Path, bytes], vault: Vault, keep: Keep, home: Path
) -> None:
    tool, file, before = case
    file.write_bytes(before)
    file.chmod(0o640)
    key = keep()
    hand_over(vault, tool, _argument(tool, file))
    rows = vault.profile("default")
    assert rows is not None
    assert rows.delivered == ((tool, str(file), ""),)
    for _ in range(3):
        data = file.read_bytes()
        assert data.count(key.encode()) == 1
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert data.replace(key.encode(), b"") != before
        everything = "".join(path.read_text() for path in home.rglob("delivered/*.json"))
        assert key not in everything
        assert "an-older-one" not in everything
        old, key = key, keep()
        (followed,) = delivery.follow(vault, "default")
        assert followed.trouble == ""
        assert old.encode() not in file.read_bytes()
    assert take_away(vault, tool) == {str(file): "restored"}
    assert file.read_bytes() == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    row = vault.profile("default")
    assert row is not None
    assert row.delivered == ()
    assert delivery.delivered() == []
    left = [path.name for path in home.rglob("*") if "undo" in path.name or "gemini-setup-new" in path.name]
    assert left == []


def test_a_file_that_was_not_there_is_for_this_account_alone_and_goes_again(
    case: tuple[str, Path, bytes], vault: Vault, keep: Keep
) -> None:
    tool, file, _ = case
    if tool != "aider":
        file.parent.rmdir()
    there = file.parent.exists()
    keep()
    hand_over(vault, tool, _argument(tool, file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keep()
    delivery.follow(vault, "default")
    take_away(vault, tool)
    assert not file.exists()
    assert file.parent.exists() is there


def test_a_later_profile_of_the_name_of_a_removed_one_is_written_nowhere_unasked(
    vault: Vault, keep: Keep, home: Path
) -> None:
    file = home / LLM
    file.parent.mkdir(parents=True)
    file.write_text('{"gemini": "an-older-one"}')
    first = keep()
    hand_over(vault, "llm")
    (left,) = rotate.remove(check_and_keep.AppContext(lambda: vault), "default")
    assert left.places == (str(file),)
    second = keep()
    assert delivery.follow(vault, "default") == ()
    assert json.loads(file.read_text()) == {"gemini": first}
    assert [row.delivered for row in vault.profiles()] == [()]
    hand_over(vault, "llm")  # when the person says so it is written, and follows again
    assert json.loads(file.read_text()) == {"gemini": second}
    third = keep()
    assert [one.trouble for one in delivery.follow(vault, "default")] == [""]
    assert json.loads(file.read_text()) == {"gemini": third}
    rotate.remove(check_and_keep.AppContext(lambda: vault), "default")
    assert take_away(vault, "llm") == {str(file): "restored"}
    assert json.loads(file.read_text()) == {"gemini": "an-older-one"}


@pytest.mark.parametrize("refusing", ["get", "delete"])
def test_a_profile_that_could_not_be_removed_is_still_followed(
    refusing: str, vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    hand_over(vault, "llm")

    def refused(*_: object) -> None:
        raise VaultFault(Fault.LOCKED, "", "not unlocked")

    with monkeypatch.context() as patched:
        patched.setattr(vault._store, refusing, refused)
        with pytest.raises(VaultFault):
            rotate.remove(check_and_keep.AppContext(lambda: vault), "default")
    key = keep()
    delivery.follow(vault, "default")
    assert json.loads((home / LLM).read_text()) == {"gemini": key}


# ---------------------------------------------------------------- others change it meanwhile


@pytest.mark.parametrize("killed", [False, True])
def test_a_tool_stays_with_its_credential_when_that_gets_another_name(
    vault: Vault, keep: Keep, home: Path, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It follows it there, and what stood in its place before can still be had again."""
    file = home / LLM
    file.parent.mkdir(parents=True)
    file.write_text('{"gemini": "an-older-one"}')
    key = keep()
    hand_over(vault, "llm")
    kept(vault, Access(ApiKey(Secret(samples.random_key())), Service.STUDIO), "work")
    names = ("work", "default", "before")
    if killed:
        with monkeypatch.context() as now:
            now.setattr(removal, "erase", _killed)
            with pytest.raises(KeyboardInterrupt):
                profile_name.rename(vault, *names, environ=os.environ)
        check_and_keep.recover(check_and_keep.AppContext(lambda: vault))
    else:
        assert profile_name.rename(vault, *names, environ=os.environ) == ""
    assert {row.name: [tool for tool, *_ in row.delivered] for row in vault.profiles()} == {
        "default": [],
        "before": ["llm"],
    }
    assert [one.profile for one in delivery.delivered()] == ["before"]
    assert key in file.read_text()
    keep()  # another key of the name that it had
    assert delivery.follow(vault, "default") == ()
    assert key in file.read_text()
    newer = samples.random_key()
    delivery.follow(vault, "before", kept(vault, Access(ApiKey(Secret(newer)), Service.STUDIO), "before"))
    assert newer in file.read_text()
    assert take_away(vault, "llm") == {str(file): "restored"}
    assert file.read_text() == '{"gemini": "an-older-one"}'


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_removal_that_is_only_begun_is_taken_back_with_its_tools(
    vault: Vault, keep: Keep, home: Path
) -> None:
    (home / LLM).parent.mkdir(parents=True)
    key = keep()
    hand_over(vault, "llm")
    desk = check_and_keep.AppContext(lambda: vault)
    (left,) = rotate.begin_removal(desk, "default")
    assert left.tool == "llm"
    assert vault.read("default").access.credential == ApiKey(Secret(key)), "programs go on reading it"
    (row,) = vault.profiles()
    assert row.removing
    assert delivery.follow(vault, "default") == ()
    assert rotate.take_back_removal(desk, "default")
    assert not vault.profiles()[0].removing
    (followed,) = delivery.follow(vault, "default")
    assert followed.tool == "llm"
    rotate.begin_removal(desk, "default")
    (left,) = rotate.remove(desk, "default")
    assert left.tool == "llm", "told at the end as well"
    assert vault.profiles() == []


def test_what_others_have_written_meanwhile_stays(vault: Vault, keep: Keep, home: Path) -> None:
    file = home / LLM
    file.parent.mkdir(parents=True)
    file.write_text('{"gemini": "an-older-one"}')
    keep()
    hand_over(vault, "llm")
    document = {**json.loads(file.read_text()), "openai": "other"}
    file.write_text(json.dumps(document, indent=2) + "\n")  # as `llm keys set` does
    key = keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == ""
    assert json.loads(file.read_text()) == {"gemini": key, "openai": "other"}
    assert take_away(vault, "llm") == {str(file): "taken-out"}
    assert json.loads(file.read_text()) == {"gemini": "an-older-one", "openai": "other"}


def test_another_value_in_our_place_is_left_alone(vault: Vault, keep: Keep, home: Path) -> None:
    file = home / ".env"
    file.write_text("A=1\n")
    keep()
    hand_over(vault, "aider")
    file.write_text("A=1\nGEMINI_API_KEY=theirs\n")
    keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == "not-ours"
    row = vault.profile("default")
    assert row is not None
    assert row.delivered == (("aider", str(file), "not-ours"),)
    assert file.read_text() == "A=1\nGEMINI_API_KEY=theirs\n"
    assert take_away(vault, "aider") == {str(file): "not-ours"}
    assert file.read_text() == "A=1\nGEMINI_API_KEY=theirs\n"


def test_a_file_that_is_gone_is_not_made_again_by_a_rotation_but_when_asked(
    vault: Vault, keep: Keep, home: Path
) -> None:
    keep()
    hand_over(vault, "llm")
    (home / LLM).unlink()
    key = keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == "gone"
    assert not (home / LLM).exists()
    hand_over(vault, "llm")
    assert json.loads((home / LLM).read_text()) == {"gemini": key}
    take_away(vault, "llm")
    assert not (home / LLM).exists()


def test_a_credential_that_the_tool_cannot_keep_is_said(vault: Vault, keep: Keep, home: Path) -> None:
    key = keep()
    hand_over(vault, "llm")
    account = recognise(json.dumps(samples.service_account())).credential
    assert account is not None
    kept(vault, Access(account, Service.VERTEX, "some-project", "global"))
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == "not-for-this-tool"
    assert json.loads((home / LLM).read_text()) == {"gemini": key}


def test_a_key_that_was_there_already_still_follows(vault: Vault, keep: Keep, home: Path) -> None:
    key = keep()
    (home / LLM).parent.mkdir(parents=True)
    (home / LLM).write_text(json.dumps({"gemini": key}))
    hand_over(vault, "llm")
    new = keep()
    delivery.follow(vault, "default")
    assert json.loads((home / LLM).read_text()) == {"gemini": new}
    take_away(vault, "llm")
    assert json.loads((home / LLM).read_text()) == {"gemini": key}


def test_a_service_account_becomes_a_file_where_asked(vault: Vault, home: Path) -> None:
    document = samples.service_account()
    account = recognise(json.dumps(document)).credential
    assert account is not None
    kept(vault, Access(account, Service.VERTEX, "some-project", "global"))
    file = home / "adc.json"
    file.write_text('{"type": "authorized_user"}')
    hand_over(vault, "adc", file)
    assert json.loads(file.read_text()) == document
    take_away(vault, "adc", file)
    assert file.read_text() == '{"type": "authorized_user"}'
    for tool in ("llm", "aider", "opencode", "openclaw", "pi", "gemini-cli"):
        with pytest.raises(delivery.NotForThisTool):
            hand_over(vault, tool)


def test_a_key_for_a_gateway_goes_only_where_the_gateway_is_known(vault: Vault, home: Path) -> None:
    key = samples.random_key()
    own = Endpoints(gemini="https://gateway.example.com/gemini")
    kept(vault, Access(ApiKey(Secret(key)), Service.STUDIO, endpoints=own))
    for tool in ("llm", "opencode", "openclaw", "pi", "gemini-cli"):
        with pytest.raises(delivery.NotForThisTool):
            hand_over(vault, tool)
    hand_over(vault, "dotenv", home / ".env")
    assert "GOOGLE_GEMINI_BASE_URL=https://gateway.example.com/gemini\n" in (home / ".env").read_text()


# ---------------------------------------------------------------- odd files


def _link(file: Path) -> None:
    file.symlink_to(file.with_name("nowhere"))


def _second_name(file: Path) -> None:
    file.write_text("A=1\n")
    os.link(file, file.with_name("second"))


def _read_only(file: Path) -> None:
    file.write_text("A=1\n")
    file.chmod(0o400)


def _others(file: Path) -> None:
    file.write_text("A=1\n")
    os.chown(file, 12345, 12345)


def _tracked(file: Path) -> None:
    file.write_text("A=1\n")
    for words_ in (["init", "-q"], ["add", "-f", file.name]):
        subprocess.run(["git", *words_], cwd=file.parent, check=True)


def _silent(file: Path) -> None:
    """A repository that git cannot read."""
    file.write_text("A=1\n")
    (file.parent / ".git").write_text("gitdir: /nowhere\n")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_link, "dangling-link"),
        (_second_name, "two-names"),
        (_read_only, "read-only"),
        (_tracked, "tracked"),
        (_silent, "git-silent"),
        (lambda file: file.mkdir(), "no-file"),
        (lambda file: file.write_bytes(b"#" * (1 << 20) + b"\n"), "too-large"),
        (lambda file: file.write_text("GOOGLE_API_KEY=other\n"), "shadowed"),
        (lambda file: file.write_text("A=\0\n"), "odd"),
        *([(_others, "other-owner")] if os.name == "posix" and os.geteuid() == 0 else []),
    ],
)  # fmt: skip
def test_what_is_odd_is_said_and_left_alone(
    make: Callable[[Path], object], why: str, vault: Vault, keep: Keep, home: Path
) -> None:
    keep()
    file = home / "project" / ".env"
    file.parent.mkdir()
    make(file)
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(delivery.DeliveryError) as raised:
        hand_over(vault, "dotenv", file)
    assert raised.value.id == why
    assert cause_texts.text("delivery.obstacles", why, raised.value.facts)
    assert (file.read_bytes() if file.is_file() else None) == before
    assert delivery.delivered() == []
    if why in ("tracked", "git-silent", "shadowed"):
        hand_over(vault, "dotenv", file, force=True)
        take_away(vault, "dotenv")
        assert file.read_bytes() == before


@pytest.mark.parametrize("tool", ["llm", "aider"])
def test_no_tool_s_own_file_gets_the_key_where_git_tracks_it(
    tool: str, vault: Vault, keep: Keep, home: Path
) -> None:
    """A home folder, or a part of it, may be a repository of dotfiles."""
    keep()
    planned = delivery.plan(vault, delivery.TOOLS[tool], "default")
    file = Path(planned.places[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}" if file.suffix == ".json" else "")
    for words_ in (["init", "-q"], ["add", "-f", str(file)]):
        subprocess.run(["git", *words_], cwd=home, check=True)
    with pytest.raises(delivery.DeliveryError, match="tracked"):
        hand_over(vault, tool)
    assert delivery.delivered() == []
    hand_over(vault, tool, force=True)


@pytest.mark.parametrize("text", ["{", "[]", '\ufeff{"gemini": "x"}', "{'gemini': 1}"])
def test_a_file_that_the_tool_itself_cannot_read_is_left_alone(
    text: str, vault: Vault, keep: Keep, home: Path
) -> None:
    keep()
    (home / LLM).parent.mkdir(parents=True)
    (home / LLM).write_text(text)
    with pytest.raises(delivery.DeliveryError, match="odd"):
        hand_over(vault, "llm")
    assert (home / LLM).read_text() == text


def test_a_link_stays_a_link(vault: Vault, keep: Keep, home: Path) -> None:
    real = home / "dotfiles" / "env"
    real.parent.mkdir()
    real.write_text("A=1\n")
    (home / ".env").symlink_to(real)
    keep()
    planned = delivery.plan(vault, delivery.TOOLS["aider"], "default")
    assert {note.id for note in planned.notes} >= {"plain-text", "link", "open-to-others"}
    delivery.deliver(vault, planned)
    assert (home / ".env").is_symlink()
    assert "GEMINI_API_KEY" in real.read_text()
    take_away(vault, "aider")
    assert real.read_text() == "A=1\n"


def test_what_is_told_before(vault: Vault, keep: Keep, home: Path) -> None:
    keep()
    project = home / "project"
    project.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    (project / ".env").write_text("GEMINI_API_KEY=old\n")
    (project / ".env").chmod(0o600)
    environ = {**os.environ, "GEMINI_API_KEY": "other"}
    wish = delivery.DeliveryOptions(project / ".env")
    planned = delivery.plan(vault, delivery.TOOLS["dotenv"], "default", wish, environ)
    assert [note.id for note in planned.notes] == ["plain-text", "not-ignored", "replaces", "shadows"]
    assert planned.plain_text
    assert (project / ".env").read_text() == "GEMINI_API_KEY=old\n"
    assert delivery.delivered() == []
    (project / ".gitignore").write_text(".env\n")
    planned = delivery.plan(vault, delivery.TOOLS["dotenv"], "default", wish)
    assert [note.id for note in planned.notes] == ["plain-text", "replaces"]


def test_a_tool_that_reads_something_else_gets_nothing(
    vault: Vault, keep: Keep, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    (home / "bin").mkdir()
    other = home / "bin" / "llm"
    other.write_text("#!/bin/sh\necho something-else\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(delivery.DeliveryError, match="not-read-back"):
        hand_over(vault, "llm")
    assert not (home / LLM).exists()
    other.write_text(f'#!/bin/sh\nsed -n \'s/.*"gemini": "\\(.*\\)".*/\\1/p\' {home / LLM}\n')
    assert hand_over(vault, "llm").own_reader


def test_two_files_are_two_deliveries(vault: Vault, keep: Keep, home: Path) -> None:
    keep()
    one, other = home / "one.env", home / "other.env"
    hand_over(vault, "dotenv", one)
    hand_over(vault, "dotenv", other, variant="vercel-ai")
    with pytest.raises(delivery.DeliveryError, match="which"):
        take_away(vault, "dotenv")
    key = keep()
    delivery.follow(vault, "default")
    assert f"GOOGLE_GENERATIVE_AI_API_KEY={key}\n" == other.read_text()
    take_away(vault, "dotenv", one)
    take_away(vault, "dotenv")
    with pytest.raises(delivery.DeliveryError, match="not-delivered"):
        take_away(vault, "dotenv")


# ---------------------------------------------------------------- killed


def _dies_at(step: int, what: Callable[[], object]) -> bool:
    """Run `what` in a child that is killed as it is about to do its step-th change of a disk; False if it came through."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(name: str) -> None:
            real = getattr(os, name)

            def call(*arguments: object, **named: object) -> object:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)

            setattr(os, name, call)

        for name in ("replace", "unlink", "fsync", "rmdir", "mkdir"):
            counted(name)
        try:
            what()
        except BaseException:  # noqa: BLE001 - nothing of the child may come back into the tests
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("kind", ["llm", "dotenv", "llm, first key"])
@pytest.mark.parametrize("during", ["deliver", "follow", "undo"])
def test_killed_at_every_step(kind: str, during: str, vault: Vault, keep: Keep, home: Path) -> None:
    tool, name, text = CASES[kind]
    before = text.encode("utf-8", "surrogateescape")
    file = home / name
    file.parent.mkdir(parents=True)
    where = _argument(tool, file)
    file.write_bytes(before)
    step, killed = 0, True
    while killed:
        step += 1
        assert step < 60
        old = keep()
        if during != "deliver":
            hand_over(vault, tool, where)
        whole = {before, file.read_bytes()}
        new = old
        if during == "follow":
            new = keep()
        run = {
            "deliver": lambda: hand_over(open_vault(), tool, where),
            "follow": lambda: delivery.follow(open_vault(), "default"),
            "undo": lambda: take_away(open_vault(), tool, where),
        }[during]
        killed = _dies_at(step, run)
        now = file.read_bytes()
        assert now in whole or (
            now.count(new.encode()) == 1 and old.encode() not in now.replace(new.encode(), b"")
        )
        # The next run of each kind mends it.
        if during == "undo":
            if delivery.delivered():
                assert set(take_away(vault, tool, where).values()) == {"restored"}
        else:
            delivery.follow(vault, "default") if during == "follow" else hand_over(vault, tool, where)
            assert file.read_bytes().count(new.encode()) == 1
            assert set(take_away(vault, tool, where).values()) == {"restored"}
        assert file.read_bytes() == before
        assert records.everything() == []
    assert step > 5


# ---------------------------------------------------------------- words


def test_everything_that_is_said_has_words_and_every_word_is_said() -> None:
    source = "".join(path.read_text() for path in sorted(Path(delivery.__file__).parent.rglob("*.py")))
    table = cause_texts.table("delivery")
    raised = {
        *re.findall(r'DeliveryError\(\s*"([a-z-]+)"', source),
        *re.findall(r'"(behind)" if', source),
        *re.findall(r'return "(keyring|unknown-tool|not-for-this-tool)"', source),
    }
    assert raised == {*table["obstacles"]}
    assert {*re.findall(r'Note\(\s*"([a-z-]+)"', source), "plain-text", "setting", "helper"} == {
        *table["notes"]
    }
    assert {*re.findall(r'return "(restored|taken-out|not-ours|gone)"', source)} == {*table["undone"]}
    assert {*delivery.TOOLS} == {*table["tools"]} >= {*table["instructions"]}
    facts = dict.fromkeys(
        (
            "place",
            "tool",
            "store",
            "real",
            "mode",
            "names",
            "why",
            "profile",
            "places",
            "should",
            "proof",
            "command",
            "version",
            "to",
            "program",
        ),
        "x",
    )
    for name, texts in table.items():
        for key, text in texts.items():
            assert cause_texts.placeholders(text) <= {*facts}, (name, key)
