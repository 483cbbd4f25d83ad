"""Tools that ask our command for the key: nothing of it in their files, nothing written by a rotation, and the way back."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_setup import delivery
from gemini_setup.delivery import records
from gemini_setup.delivery.formats.base import FormatError, taken_back
from gemini_setup.delivery.formats.line_edit import Lines
from gemini_setup.delivery.formats.toml_edit import Toml
from gemini_setup.delivery.tools import helper
from gemini_setup.delivery.tools.env_files import NAME
from gemini_setup.system import own_command
from gemini_setup.vault.vault import Vault
from tests.delivery.conftest import Keep, hand_over, take_away

CASES = {
    "opencode": ("opencode", ".config/opencode/plugin/gemini-setup.js", ""),
    "openclaw": ("openclaw", ".openclaw/openclaw.json", '{\n\t// mine\n\t"gateway": {"mode": "local"}\n}\n'),
    "pi": ("pi", ".pi/agent/auth.json", '{"google": {"type": "api_key", "key": "an-older-one"}}'),
    "direnv": ("direnv", "project/.envrc", "# mine\nexport A=1"),
    "dotenvx": ("dotenvx", "project/.env", "A=1\r\nGEMINI_API_KEY='an-older-one' # here\r\nB=2\r\n"),
    "mise": ("mise", "project/mise.toml", '[env] # mine\nA = "1"\n[tools]\n'),
    "mise, no table": ("mise", "project/mise.toml", '[tools]\nnode = "22"'),
    "varlock": ("varlock", "project/.env.schema", "# ---\nGEMINI_API_KEY=\nOTHER=1\n"),
}


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own command as a stand-in that answers like it; what it is asked is noted."""
    place = home / "bin" / "gemini-setup"
    place.parent.mkdir()
    place.write_text('#!/bin/sh\necho "$@" >>"$HOME/asked"\necho an-answer\n')
    place.chmod(0o755)
    monkeypatch.setattr(own_command, "path", lambda: str(place))
    return place


def _argument(tool: str, file: Path) -> Path | None:
    return file if delivery.TOOLS[tool].needs_file else None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("there", [True, False])
def test_no_copy_no_writing_and_back_byte_for_byte(
    case: str, there: bool, vault: Vault, keep: Keep, home: Path, command: Path
) -> None:
    tool, name, text = CASES[case]
    file = home / name
    if there and text:
        file.parent.mkdir(parents=True)
        file.write_bytes(text.encode())
    key = keep()
    done = hand_over(vault, tool, _argument(tool, file))
    assert (done.places, done.plain_text, done.trouble) == ((str(file),), False, "")
    assert (home / "asked").read_text() == "get default\n"
    written = file.read_text()
    assert str(command) in written
    for _ in range(3):
        assert file.read_text() == written
        holding = [path for path in home.rglob("*") if path.is_file() and key in path.read_text()]
        assert all("private" in path.parts for path in holding), holding
        key = keep()
        (followed,) = delivery.follow(vault, "default")
        assert followed.trouble == ""
    assert take_away(vault, tool) == {str(file): "restored"}
    assert (file.read_bytes() == text.encode()) if there and text else not file.exists()
    assert records.everything() == []


def test_a_moved_command_is_written_again_by_the_next_rotation(
    vault: Vault, keep: Keep, home: Path, command: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pipx, uv, and a new version may lay it elsewhere."""
    keep()
    hand_over(vault, "pi")
    moved = home / "other" / "gemini-setup"
    moved.parent.mkdir()
    os.rename(command, moved)
    monkeypatch.setattr(own_command, "path", lambda: str(moved))
    keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == ""
    assert str(moved) in (home / ".pi/agent/auth.json").read_text()
    take_away(vault, "pi")
    assert not (home / ".pi/agent/auth.json").exists()


@pytest.mark.parametrize(
    ("does", "obstacle"),
    [
        ("exit 1", "helper-silent"),
        ("echo x; echo y", "helper-silent"),
        ("echo x; echo y >&2", "helper-silent"),
    ],
)
def test_a_command_that_does_not_answer_connects_nothing(
    does: str, obstacle: str, vault: Vault, keep: Keep, home: Path, command: Path
) -> None:
    keep()
    command.write_text(f"#!/bin/sh\n{does}\n")
    with pytest.raises(delivery.DeliveryError, match=obstacle):
        hand_over(vault, "pi")
    assert not (home / ".pi").exists()
    assert records.everything() == []


def test_a_checkout_and_a_strange_path_are_said(
    vault: Vault, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    for path, obstacle in ((None, "no-own-command"), ("/a$(rm)/gemini-setup", "odd-path")):
        monkeypatch.setattr(own_command, "path", lambda path=path: path)
        with pytest.raises(delivery.DeliveryError, match=obstacle):
            hand_over(vault, "pi")


def test_a_path_with_a_space_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_command, "path", lambda: "/a b/gemini-setup")
    assert helper.line("default") == "'/a b/gemini-setup' get default"


def _legacy(vault: Vault, home: Path) -> Path:
    """A delivery as version 0.1 made it: the key itself in auth.json."""
    file = home / ".local/share/opencode/auth.json"
    tool = delivery.TOOLS["opencode"]
    planned = delivery.plan(vault, tool, "default", delivery.DeliveryOptions(file))
    assert planned.plain_text
    delivery.deliver(vault, planned)
    return file


def test_an_opencode_of_an_earlier_version_still_follows_and_goes(
    vault: Vault, keep: Keep, home: Path, command: Path
) -> None:
    keep()
    file = _legacy(vault, home)
    key = keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == ""
    assert json.loads(file.read_text())["google"]["key"] == key
    assert take_away(vault, "opencode") == {str(file): "restored"}
    assert not file.exists()


def test_connecting_opencode_again_takes_the_earlier_copy_away(
    vault: Vault, keep: Keep, home: Path, command: Path
) -> None:
    keep()
    file = _legacy(vault, home)
    hand_over(vault, "opencode")
    assert not file.exists()
    (left,) = delivery.delivered()
    assert left.places == (str(home / ".config/opencode/plugin/gemini-setup.js"),)


# ---------------------------------------------------------------- the forms

_LINE = st.text("ab=#\"' $\t", max_size=8).map(lambda text: f"X{text}")


@given(st.lists(_LINE | st.just(f"{NAME}=old"), max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_lines_take_one_and_give_it_back(lines: list[str], end: str, ended: bool) -> None:
    text = end.join(lines) + (end if ended and lines else "")
    form = Lines(r"[ \t]*NAME[ \t]*=")
    put = form.put(text, {(NAME,): f"{NAME}=new"})
    assert form.get(put.text, (NAME,)) == f"{NAME}=new"
    assert taken_back(put.text, put.layers) == text
    without = form.take(put.text, (NAME,), form.raw(text, (NAME,)), form.depth(text, (NAME,)))
    assert without.splitlines() == text.splitlines()


@pytest.mark.parametrize(
    "text",
    ["", "a = 1\n", "[env]\n", '[env]\nA = "1"\n\n[tools]\nb = 1\n', '[env]\nK = "old" # mine\n', "[tools]\r\na = 1\r\n", "[x]"],
)  # fmt: skip
def test_toml_takes_a_value_and_gives_it_back(text: str) -> None:
    form, address = Toml(), ("env", "K")
    put = form.put(text, {address: '{{ a "b" }}'})
    assert tomllib.loads(put.text)["env"]["K"] == '{{ a "b" }}'
    assert taken_back(put.text, put.layers) == text
    without = form.take(put.text, address, form.raw(text, address), form.depth(text, address))
    assert tomllib.loads(without) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text", ["[", 'env = {A = "1"}\n', "env.A = 1\n", '[env]\nK = """\nold\n"""\n', "[[env]]\nA = 1\n"]
)
def test_toml_of_another_shape_is_left_alone(text: str) -> None:
    with pytest.raises(FormatError):
        Toml().put(text, {("env", "K"): "new"})
