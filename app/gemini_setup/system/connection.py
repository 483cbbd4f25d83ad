"""Does any network lead from this computer to the internet? Told by the system's own table; nothing is sent."""

from __future__ import annotations

import errno
import socket
from typing import Final

#: Addresses that nobody has (RFC 5737, RFC 3849): the way to them is the way to everybody.
_ANYWHERE: Final = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)
_NO_WAY: Final = (
    errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT
)  # fmt: skip


def has_way_out() -> bool:
    """False only where the system says that no network leads out. A network that leads nowhere is not seen here."""
    for family, address in _ANYWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 9))  # chooses a way and sends nothing
        except OSError as error:
            if error.errno not in _NO_WAY:
                return True
        else:
            return True
    return False
