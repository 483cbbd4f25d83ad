"""What is offered on a computer as it is: the tools that are found, what they have, and whose it is."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from gemini_setup import delivery
from gemini_setup.actions import rotate
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.delivery import Delivered, DeliveryError, DeliveryOptions, Offer
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service
from gemini_setup.vault.vault import Vault
from tests.core import samples
from tests.delivery.conftest import Keep, hand_over, kept

LLM = ".config/io.datasette.llm"


def offered(vault: Vault, profile: str = "default") -> dict[str, Offer]:
    return {one.tool: one for one in delivery.offers(vault, profile)}


@pytest.fixture
def bare(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No tool on the PATH."""
    monkeypatch.setenv("PATH", str(home / "bin"))
    return home


def test_only_what_is_found_here_is_offered(vault: Vault, keep: Keep, bare: Path) -> None:
    keep()
    assert offered(vault) == {}
    for name in ("bin/aider", ".local/bin/llm"):  # on the PATH, and where pipx puts it
        file = bare / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    (bare / ".local/share/opencode").mkdir(parents=True)
    assert list(offered(vault)) == ["llm", "aider", "opencode"]
    assert all(one.fault is None and one.mine is None for one in offered(vault).values())
    assert [one.plain_text for one in offered(vault).values()] == [True, True, False]
    vertex = Access(ApiKey(Secret(samples.random_key())), Service.VERTEX)
    kept(vault, vertex, "express")
    assert "llm" not in offered(vault, "express")  # it can keep no such key


def test_whose_it_is_and_what_stands_in_the_way_is_each_places_own(
    vault: Vault, keep: Keep, bare: Path
) -> None:
    for name in (LLM, ".pi/agent"):
        (bare / name).mkdir(parents=True)
    keep()
    kept(vault, Access(ApiKey(Secret(samples.random_key())), Service.STUDIO), "work")
    hand_over(vault, "llm")
    odd = bare / ".pi/agent/auth.json"
    odd.write_text("{")
    found = offered(vault)
    assert found["llm"].mine is not None
    assert isinstance(found["pi"].fault, DeliveryError)
    assert found["pi"].fault.id == "odd"
    assert (offered(vault, "work")["llm"].owner, offered(vault, "work")["llm"].mine) == ("default", None)
    rotate.remove(AppContext(lambda: vault), "default")
    keep()  # of the same name, and not what llm has
    left = offered(vault)["llm"]
    assert (left.owner, left.mine, left.fault) == ("default", None, None)
    hand_over(vault, "llm")
    assert offered(vault)["llm"].mine is not None


def test_a_file_is_named_for_the_shell() -> None:
    file = "/home/some body/it's $HOME/.env"
    one = Delivered("dotenv", "default", (file,), "", True)
    assert shlex.split(delivery.named(one)) == ["dotenv", "--file", file]
    assert delivery.named(Delivered("llm", "default", (file,), "", True)) == "llm"


def test_a_file_that_was_written_for_one_tool_by_the_command_line_is_followed_as_it_is(
    vault: Vault, keep: Keep, bare: Path
) -> None:
    keep()
    file = bare / "project" / ".env"
    planned = delivery.plan(vault, delivery.TOOLS["dotenv"], "default", DeliveryOptions(file, "openai"))
    delivery.deliver(vault, planned)
    for one in (offered(vault)["dotenv"], delivery.offer(vault, "dotenv", "default", file)):
        assert one is not None
        assert (one.owner, one.fault) == ("", None)
        assert one.mine is not None
    wish = delivery.wish("dotenv", "default", file)
    again = delivery.plan(vault, delivery.TOOLS["dotenv"], "default", wish)
    assert again.again
    assert delivery.wish("dotenv", "work", file) == DeliveryOptions(file)
