"""What can go wrong with a keyring, in the six words of the contract (DESIGN §5, exit code 4)."""

from __future__ import annotations

from gemini_setup.credentials import Fault


class VaultFault(Exception):
    """The keyring did not keep or give a credential.

    `fault` is one of the six; `store` the system's own name of the store ("" if there is none); `why` plain
    words
    for a log. None of them ever holds a secret, and the original exception is not chained: a library's
    message may
    quote what it was given.
    """

    def __init__(self, fault: Fault, store: str, why: str) -> None:
        super().__init__(fault, store, why)
        self.fault = fault
        self.store = store
        self.why = why

    def __str__(self) -> str:
        return f"{self.store or 'keyring'}: {self.fault.value}: {self.why}"


class NewerSchema(VaultFault):
    """What is kept was written by a newer program: an error, never overwritten and never healed over."""

    def __init__(self, store: str, why: str = "it was kept by a newer version of this program") -> None:
        super().__init__(Fault.DENIED, store, why)
        self.args = (store, why)


class NoSuchProfile(Exception):
    """Nothing is kept under this name (also: it cannot be a profile's name)."""

    def __init__(self, profile: str) -> None:
        super().__init__(profile)
        self.profile = profile

    def __str__(self) -> str:
        return f"no profile {self.profile!r} is kept"
