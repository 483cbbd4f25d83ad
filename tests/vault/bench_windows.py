"""The contract on Windows itself: the real WinVaultKeyring over the real (or Wine's) Credential Manager.

Not part of the suite, which has a stand-in: `python tests/vault/bench_windows.py` with a Windows Python that has
keyring, platformdirs and pytest. It leaves the Credential Manager as it found it.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "app")]

import pytest  # noqa: E402 - a Windows Python as it is unpacked does not look at PYTHONPATH

from gemini_setup.model.outcomes import Fault, Outcome  # noqa: E402
from gemini_setup.vault import heads  # noqa: E402
from gemini_setup.vault.backends.credential_manager import CredentialManagerStore  # noqa: E402
from gemini_setup.vault.factory import keyring_available  # noqa: E402
from gemini_setup.vault.faults import VaultFault  # noqa: E402
from gemini_setup.vault.index import Index  # noqa: E402
from gemini_setup.vault.lock import VaultLock  # noqa: E402
from gemini_setup.vault.store import EntryStore  # noqa: E402
from gemini_setup.vault.vault import Vault  # noqa: E402
from tests.vault.contract import PROFILE, Contract, present  # noqa: E402
from tests.vault.samples import account, key, key_text  # noqa: E402

#: Every name that the tests may leave, python-keyring's copies among them.
ENTRIES = [
    "current",
    "previous",
    "key",
    "token",
    "next",
    *(f"g{n}.{i}" for n in range(1, 8) for i in range(8)),
]


def targets() -> dict[str, dict[str, Any]]:
    """What is in the Credential Manager under names of ours, read by nothing of ours."""
    from win32ctypes.pywin32 import pywintypes, win32cred

    found = {}
    for entry in ENTRIES:
        service = heads.service_name(PROFILE, entry)
        for name in (service, f"{PROFILE}@{service}"):
            try:
                found[name] = dict(win32cred.CredRead(Type=win32cred.CRED_TYPE_GENERIC, TargetName=name))
            except pywintypes.error as error:
                if error.winerror != 1168:  # there is none
                    raise
    return found


def text_of(credential: dict[str, Any]) -> str:
    return bytes(credential["CredentialBlob"]).decode("utf-16-le")


class TestWindows(Contract):
    @pytest.fixture
    def store(self) -> Iterator[EntryStore]:
        assert targets() == {}
        yield CredentialManagerStore()
        assert targets() == {}

    def test_one_credential_per_entry_that_does_not_roam(self, vault: Vault, store: EntryStore) -> None:
        for access in (key("a"), account("b", 60), account("c"), key("d")):
            vault.keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")
            found = targets()
            assert not [name for name in found if "@" in name]  # no copy of the old secret
            assert {one["Persist"] for one in found.values()} == {2}  # this computer only
            assert {one["UserName"] for one in found.values()} == {PROFILE}
            assert max(len(text_of(one)) for one in found.values()) <= 1200
        vault.forget_previous(PROFILE)
        texts = [text_of(one) for one in targets().values()]
        assert len(texts) == 2  # the head and the bare key
        assert not [text for text in texts if "NotAKey" in text or key_text("a") in text]
        vault.remove(PROFILE)

    def test_keyring_itself_reads_the_key(self, vault: Vault, store: EntryStore) -> None:
        vault.keep(PROFILE, key("a"), outcome=Outcome.ACCEPTED, cause="works")
        service = heads.service_name(PROFILE, heads.KEY)
        program = f"import keyring; print(keyring.get_password({service!r}, {PROFILE!r}))"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == key_text("a")
        vault.remove(PROFILE)

    def test_it_is_available_and_says_who_reads(self, vault: Vault) -> None:
        assert keyring_available()
        assert vault.who_reads == "windows"

    def test_the_private_file_keeps_the_contract_here_too(self, tmp_path: pathlib.Path) -> None:
        from gemini_setup.vault.backends.plaintext import PrivateStore, make

        make(tmp_path / "private")
        vault = Vault(
            PrivateStore(tmp_path / "private"), Index(tmp_path / "i.json"), VaultLock(tmp_path / "lock")
        )
        for access in (key("a"), account("b", 60), key("c")):
            vault.keep(PROFILE, access, outcome=Outcome.ACCEPTED, cause="works")
        vault.rollback(PROFILE)
        assert vault.read(PROFILE).access.credential.kind == "service_account"
        vault.remove(PROFILE)
        assert list((tmp_path / "private").iterdir()) == []

    def test_two_programs_keep_each_other_out(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "lock"
        program = (
            f"import sys; sys.path[:0] = {[str(ROOT / 'app')]!r}\n"
            "import pathlib, time\nfrom gemini_setup.vault.lock import VaultLock\n"
            f"with VaultLock(pathlib.Path({str(path)!r})).held():\n    print('held', flush=True); time.sleep(60)\n"
        )
        holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(VaultFault) as caught, VaultLock(path, patience=0.3).held():
            pytest.fail("two hold the lock")
        assert (caught.value.fault, caught.value.reason) == (Fault.SLOW, "busy")
        holder.kill()
        holder.wait()
        with VaultLock(path, patience=10).held():
            pass

    def test_everything_fits_and_nothing_is_left(self, store: EntryStore) -> None:
        assert present(store) == {}


if __name__ == "__main__":
    # No conftest: what it needs is for other tests.
    sys.exit(
        pytest.main([__file__, "-q", "--noconftest", "-p", "no:cacheprovider", "-c", "nul", *sys.argv[1:]])
    )
