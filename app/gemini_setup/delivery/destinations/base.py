"""What a destination is: a store at a vendor's, reached by the vendor's own program, which a person is signed in to."""

from __future__ import annotations

import re
from typing import Final, Protocol

from gemini_setup.delivery.destinations.vendor_program import VendorProgram, Where

_NAME: Final = r"[A-Za-z][A-Za-z0-9._-]{0,126}"
_TO: Final = r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,252}"


class Destination(Protocol):
    """`id` is what `connect` takes; `program` the vendor's; `to` what stands after --to, "" where there is no such thing.

    `needs_to`: it has no place of its own without one. `key_name` and `account_name` are the secret's name unless told.
    """

    id: str
    title: str
    program: str
    to: str
    needs_to: bool
    key_name: str
    account_name: str

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        """Put the secret there and prove it; the vendor's version or time of it. Raises DeliveryError.

        `stamp` tells this credential from the one before, for a store whose secrets never change.
        """

    def shown(self, where: Where) -> str:
        """The command that is run, for the person's consent."""

    def removal(self, where: Where) -> str:
        """The vendor's own command that deletes it there, for a person to run."""


class Store:
    """What they have in common."""

    id = ""
    title = ""
    program = ""
    to = ""
    needs_to = False
    key_name = "GEMINI_API_KEY"
    account_name = "GEMINI_SERVICE_ACCOUNT"
    #: The option that names the place, put before `to`.
    option = ""

    def at(self, where: Where) -> list[str]:
        return [self.option, where.to] if where.to and self.option else []


class CloudStore(Store):
    key_name = "gemini-api-key"
    account_name = "gemini-service-account"


def is_name(text: str) -> bool:
    return re.fullmatch(_NAME, text) is not None


def is_place(text: str) -> bool:
    """Nothing that a program could take for an option, or a shell for more than a word."""
    return re.fullmatch(_TO, text) is not None
