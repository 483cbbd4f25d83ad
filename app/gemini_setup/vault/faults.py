"""What can go wrong with a keyring, in the six words of the contract (DESIGN §5, exit code 4)."""

from __future__ import annotations

from gemini_setup.model.outcomes import Fault


class VaultFault(Exception):
    """The keyring did not keep or give a credential.

    `fault` is one of the six; `store` the system's own name of the store ("" if there is none); `why` plain words for
    a log; `reason` an id for `[<fault>.<reason>]` of the words where there is more to say than the fault itself
    (`REASONS`), else "". None of them ever holds a secret, and the original exception is not chained: a library's
    message may quote what it was given.
    """

    def __init__(self, fault: Fault, store: str, why: str, reason: str = "") -> None:
        if reason and reason not in REASONS[fault]:
            raise ValueError(f"no reason of {fault.value}: {reason}")
        super().__init__(fault, store, why)
        self.fault = fault
        self.store = store
        self.why = why
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.store or 'keyring'}: {self.fault.value}: {self.why}"


#: Every reason that a fault may have; each has words (`faults.toml`), and no fault has another.
REASONS: dict[Fault, frozenset[str]] = {
    Fault.MISSING: frozenset(
        {
            "wsl",  # Windows Subsystem for Linux: no keyring runs there unless somebody starts it
            "sandbox",  # Flatpak or Snap, which do not let us reach the keyring
            "container",
            "ssh",  # a session from another computer
            "no-bus",  # no D-Bus, or an address that is never tried (autolaunch, TCP)
            "other-bus",  # the address names a bus that another account holds
            "no-service",  # a bus, and nobody on it who offers a keyring
            "no-collection",  # a service in which nobody has made a keyring yet
            "no-logon",  # Windows: this logon has no credential store
            "no-keychain",  # macOS: no login keychain
            "not-fit",  # the system's own interface cannot be used by this Python or this computer
        }
    ),
    Fault.LOCKED: frozenset(),
    Fault.SLOW: frozenset(
        {
            "busy",  # another Gemini Setup is still writing
            "bus",  # the session bus itself is silent: the keyring was not reached
        }
    ),
    Fault.DENIED: frozenset(
        {
            "newer",  # kept by a newer version of this program
            "no-folder",  # our folder in the person's home cannot be written
            "no-locks",  # the file system of that folder knows no locks
            "unsafe-file",  # the private file or its folder is another's, open to others, or no plain file
        }
    ),
    Fault.FULL: frozenset({"disk"}),  # the disk under a file of ours
    Fault.GONE: frozenset({"damaged"}),  # it is there, and no longer what was saved
}


class NewerSchema(VaultFault):
    """What is kept was written by a newer program: an error, never overwritten and never healed over."""

    def __init__(self, store: str, why: str = "it was kept by a newer version of this program") -> None:
        super().__init__(Fault.DENIED, store, why, "newer")
        self.args = (store, why)


class NoSuchProfile(Exception):
    """Nothing is kept under this name (also: it cannot be a profile's name)."""

    def __init__(self, profile: str) -> None:
        super().__init__(profile)
        self.profile = profile

    def __str__(self) -> str:
        return f"no profile {self.profile!r} is kept"
