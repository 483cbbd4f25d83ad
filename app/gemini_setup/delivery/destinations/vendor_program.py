"""A vendor's own program with a secret on its standard input: in no argument, in no variable of its, and in no file.

What it says is shown only where it failed, and only after everything like a secret has been masked.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gemini_setup.delivery.file_edit import DeliveryError
from gemini_setup.model.credentials import Secret
from gemini_setup.security.redaction import plain, redact
from gemini_setup.system import programs

PATIENCE: Final = 90.0  # seconds for one call: some sign in first
_WHY: Final = 300  # characters of what it said


@dataclass(frozen=True, slots=True)
class Where:
    """One place at a vendor's: `to` is the repository, project … ("": the program's own), `name` the secret's."""

    to: str
    name: str

    def __str__(self) -> str:
        return f"{self.to} {self.name}".strip()

    @classmethod
    def read(cls, text: str) -> Where:
        to, _, name = text.rpartition(" ")
        return cls(to, name)


class Failed(Exception):
    """The program ended with a failure; `said` is what it wrote, masked."""

    def __init__(self, said: str) -> None:
        super().__init__("a vendor's program failed")
        self.said = said


@dataclass(frozen=True, slots=True)
class VendorProgram:
    """One vendor's program; `secret` is what must never be shown."""

    name: str
    environ: Mapping[str, str]
    secret: Secret = field(repr=False)

    def run(self, *arguments: str, feed: bytes = b"") -> str:
        """What it writes to stdout. Raises Failed, and DeliveryError where it is not here or never ends."""
        own = os.path.join(self.environ.get("HOME") or os.path.expanduser("~"), ".local", "bin")
        path = programs.found(self.name, self.environ, beside=(own,))
        if path is None:
            raise DeliveryError("no-program", program=self.name)
        try:
            done = subprocess.run(
                [path, *arguments], input=feed, env=dict(self.environ), capture_output=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise DeliveryError("no-end", program=self.name) from None
        except OSError as error:
            raise DeliveryError(
                "send-failed", program=self.name, why=error.strerror or type(error).__name__
            ) from None
        if done.returncode != 0:
            raise Failed(self._masked(done.stderr or done.stdout))
        return done.stdout.decode("utf-8", "replace")

    def ask(self, *arguments: str, feed: bytes = b"") -> str:
        """As `run`, with every failure a DeliveryError."""
        try:
            return self.run(*arguments, feed=feed)
        except Failed as error:
            raise DeliveryError("send-failed", program=self.name, why=error.said) from None

    def send(self, *arguments: str) -> str:
        """With the secret on standard input. Raises Failed, DeliveryError."""
        return self.run(*arguments, feed=self.secret.reveal().encode())

    def same(self, text: str) -> bool:
        """Whether this is the secret, as programs print it: with an end of line, or without."""
        return text.removesuffix("\n").removesuffix("\r") == self.secret.reveal()

    def _masked(self, said: bytes) -> str:
        text = redact(said.decode("utf-8", "replace"), [self.secret])
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return plain(" / ".join(lines[-3:]), _WHY)


def worded(text: str, pattern: str) -> str:
    """A word of what a program said, "" where it is not there."""
    match = re.search(pattern, text)
    return match.group(1) if match else ""
