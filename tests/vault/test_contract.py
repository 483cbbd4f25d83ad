"""The one contract, over memory, the private file, GNOME Keyring, KWallet, KeePassXC and the stand-ins."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from gemini_setup.vault.store import EntryStore
from tests.secretservice import SecretService

from . import others
from .conftest import use
from .contract import Contract


class TestEveryStore(Contract):
    """Memory, private file, Windows and macOS stand-ins, a real GNOME Keyring (the fixture `store`)."""


class _Late(Contract):
    name = ""

    @pytest.fixture(scope="class")
    @classmethod
    def service(cls) -> Iterator[SecretService]:
        if not others.is_possible(cls.name):
            pytest.skip(
                f"NOT TESTED: the contract over {cls.name} needs {', '.join(others.NEEDED[cls.name])}"
            )
        with others.running(cls.name) as session:
            yield session

    @pytest.fixture
    def store(
        self, service: SecretService, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
    ) -> Iterator[EntryStore]:
        use(monkeypatch, service)
        from gemini_setup.vault.backends.secret_service import SecretServiceStore

        opened = SecretServiceStore().open()
        assert opened.name == {"kwallet": "KWallet", "keepassxc": "KeePassXC"}[self.name]
        assert opened.late
        yield opened
        opened.close()


class TestKWallet(_Late):
    name = "kwallet"


class TestKeePassXC(_Late):
    name = "keepassxc"
