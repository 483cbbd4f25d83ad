"""keyring's own contract for backends, as it ships it, on ours; and that keyring never chooses ours by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from keyring.testing.backend import BackendBasicTests

from gemini_setup.vault.backends.credential_manager import CredentialManager
from gemini_setup.vault.backends.keychain import SecurityKeychain
from gemini_setup.vault.backends.secret_service import SecretService
from tests.secretservice import SecretService as Session

from .standins import install_windows


class TestLinux(BackendBasicTests):
    @pytest.fixture(autouse=True)
    def _session(self, keyring: Session) -> Iterator[None]:
        yield
        self.keyring.close()

    def init_keyring(self) -> SecretService:
        return SecretService()

    @pytest.fixture(autouse=True)
    def _init_properties(self, request: pytest.FixtureRequest, _session: None) -> None:
        self.keyring = self.init_keyring()
        self.credentials_created: set[tuple[str, str]] = set()
        request.addfinalizer(self.cleanup)  # noqa: PT021 - as keyring's own fixture, which this replaces


TWO_USERS = "every entry has a service of its own, so that no two users share one (DESIGN §4)"


class TestWindows(BackendBasicTests):
    @pytest.fixture(autouse=True)
    def _init_properties(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        install_windows(monkeypatch)
        self.keyring = CredentialManager()
        self.credentials_created: set[tuple[str, str]] = set()

    @pytest.mark.skip(reason=TWO_USERS)
    def test_delete_one_in_group(self) -> None: ...

    @pytest.mark.skip(reason=TWO_USERS)
    def test_different_user(self) -> None: ...

    @pytest.mark.skip(reason=TWO_USERS)
    def test_credential(self) -> None: ...

    @pytest.mark.skip(reason=TWO_USERS)
    def test_wrong_username_returns_none(self) -> None: ...


@pytest.mark.parametrize("backend", [SecretService, CredentialManager, SecurityKeychain])
def test_keyring_does_not_choose_ours(backend: type) -> None:
    assert backend.priority <= 0  # type: ignore[attr-defined]  # keyring's class property


@pytest.mark.parametrize("backend", [SecretService, CredentialManager, SecurityKeychain])
def test_the_environment_changes_nothing(backend: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
    monkeypatch.setenv("KEYRING_PROPERTY_PERSIST", "session")
    made = backend()
    assert "scheme" not in vars(made)
    assert "_persist" not in vars(made)
