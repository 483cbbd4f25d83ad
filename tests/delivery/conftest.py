"""A home folder of its own, and a vault whose keys are made up on the spot. The vault is the private file: no keyring."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_setup import delivery
from gemini_setup.actions.private_file import choose_private_file
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service, StoredCredential
from gemini_setup.model.outcomes import Outcome
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.vault import Vault
from tests.core import samples


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare_environment: None) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a slow disk is not what is tested
    monkeypatch.setenv("HOME", str(place))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LLM_USER_PATH", "GEMINI_CLI_HOME"):
        monkeypatch.delenv(name, raising=False)
    return place


@pytest.fixture
def vault(home: Path) -> Vault:
    choose_private_file()
    return open_vault()


Keep = Callable[[], str]


@pytest.fixture
def keep(vault: Vault) -> Keep:
    """Keep a new key of AI Studio, as a rotation does; the key."""

    def make() -> str:
        key = samples.random_key()
        kept(vault, Access(ApiKey(Secret(key)), Service.STUDIO))
        return key

    return make


def kept(vault: Vault, access: Access, profile: str = "default") -> StoredCredential:
    return vault.keep(profile, access, outcome=Outcome.ACCEPTED, cause="works").kept


def hand_over(vault: Vault, tool: str, file: Path | None = None, **wish: object) -> delivery.Delivered:
    planned = delivery.plan(
        vault,
        delivery.TOOLS[tool],
        "default",
        delivery.DeliveryOptions(file, **wish),  # type: ignore[arg-type]
    )
    return delivery.deliver(vault, planned)


def take_away(vault: Vault, tool: str, file: Path | None = None) -> dict[str, str]:
    """How each place was left."""
    return {one.place: one.how for one in delivery.undo(vault, delivery.TOOLS[tool], file)}
