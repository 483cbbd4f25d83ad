"""How long keeping, reading and rotating take on a real gnome-keyring: `python -m tests.vault.measures`."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Any

from gemini_setup.model.credentials import Access
from gemini_setup.usage import reader
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.backends.secret_service import SecretService as Backend
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.vault import Vault
from tests.secretservice import SecretService

from .kills import keeping, own_session
from .samples import account, key

ROUNDS = 15


def main() -> int:
    calls: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    send: Any = dbus.Connection.send_and_get_reply
    connection: Any = dbus.Connection
    backend: Any = Backend

    def counted(self: Any, message: Any, **named: Any) -> Any:
        calls["D-Bus calls"] += 1
        return send(self, message, **named)

    connection.send_and_get_reply = counted

    def watched(name: str) -> Callable[..., Any]:
        honest: Any = getattr(Backend, name)

        def operation(self: Any, *args: Any) -> Any:
            operations[name.partition("_")[0]] += 1
            return honest(self, *args)

        return operation

    for name in ("get_password", "set_password", "delete_password"):
        setattr(backend, name, watched(name))

    def measured(what: str, act: Callable[[int], object]) -> None:
        taken = []
        for number in range(ROUNDS):
            calls.clear()
            operations.clear()
            began = time.perf_counter()
            act(number)
            taken.append((time.perf_counter() - began) * 1000)
        counts = ", ".join(f"{count} {name}" for name, count in sorted(operations.items()))
        print(
            f"{what:44} {median(taken):7.1f} ms  {counts or 'the fast way'}; {calls['D-Bus calls']} D-Bus calls"
        )

    def rotating(first: Callable[[str], Access], limit: int | None) -> Callable[[int], object]:
        vault = opened(limit)
        return lambda number: keeping(first("abcdefghijklmnopqrstuvwxyz"[number]))(vault)

    def opened(limit: int | None) -> Vault:
        vault = open_vault()
        if limit is not None:
            vault._store._limit = limit  # type: ignore[attr-defined]
        return vault

    with SecretService() as session:
        own_session(session)
        vault = open_vault()
        for what, access in (("an API key", key("a")), ("a service account", account("a"))):
            taken = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                keeping(access)(vault)
                taken.append((time.perf_counter() - began) * 1000)
                vault.remove("default")
            print(f"{'keep ' + what + ' for the first time':44} {median(taken):7.1f} ms")
        measured("rotate an API key", rotating(key, None))
        measured("read an API key (the vault)", lambda _: vault.read("default"))
        measured("read an API key (the fast reader)", lambda _: reader.get())
        measured("the same key again", lambda _: keeping(key("o"))(vault))
        measured("rotate a service account", rotating(account, None))
        measured("read a service account (the vault)", lambda _: vault.read("default"))
        vault.remove("default")
        measured("rotate a service account in parts (1,200)", rotating(account, 1200))
        measured("read it (the vault)", lambda _: vault.read("default"))
        parts = opened(1200)
        measured("roll back (in parts)", lambda _: parts.rollback("default"))
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", "from gemini_setup.usage import reader; reader.get()"],
                check=True,
                env={"PATH": "", "PYTHONPATH": str(pathlib.Path("app").resolve()), **session.env},
            )
            taken.append((time.perf_counter() - began) * 1000)
        print(f"{'a program that starts and reads it':44} {median(taken):7.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
