"""What the monkey plays with: a Google on the loopback address, a vault that has faults, and texts of every kind."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from gemini_setup.gui.backend import Core, SystemCore
from gemini_setup.i18n import messages
from gemini_setup.model.outcomes import Fault as KeyringFault
from gemini_setup.vault.faults import VaultFault
from gemini_setup.vault.index import Index
from gemini_setup.vault.lock import VaultLock
from gemini_setup.vault.store import MemoryStore
from gemini_setup.vault.vault import Vault
from tests.loopback import Fault, Google

Kind = Literal["memory", "private", "keyring"]

#: What Google may do to the next answers, by name. No quota: by that it says that it knows the key, whichever it is.
FAULTS: Final[Mapping[str, Fault]] = {
    "refused": Fault.google(400),
    "forbidden": Fault.google(403),
    "overloaded": Fault.google(503),
    "slow": Fault(delay=0.15),
    "silent": Fault(silence=True),
    "dropped": Fault(drop=True),
    "reset": Fault(reset=True),
    "truncated": Fault(truncate=True),
    "portal": Fault.captive_portal(),
    "login": Fault.login_page(),
    "garbage": Fault(gzip_garbage=True),
    "html": Fault.bare(502),
}
ROUTES: Final = ("*", "models", "generate", "openai-models", "token", "vertex-generate", "vertex-openai")


class Troubled(MemoryStore):
    """Memory that says of the next few calls that it cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: list[KeyringFault] = []

    def _trouble(self) -> None:
        if self.trouble:
            raise VaultFault(self.trouble.pop(), self.name, "made up")

    def _set(self, service: str, user: str, text: str) -> None:
        self._trouble()
        super()._set(service, user, text)

    def _read(self, service: str, user: str) -> str | None:
        self._trouble()
        return super()._read(service, user)


@dataclass
class World:
    """One person's computer, new for each life of the monkey; Google outlives it."""

    google: Google
    kind: Kind
    home: Path
    store: Troubled = field(default_factory=Troubled)
    texts: dict[str, str] = field(default_factory=dict)  # what may be pasted or typed
    files: dict[str, Path] = field(default_factory=dict)  # what may be dropped or chosen
    accepted: set[str] = field(default_factory=set)  # credentials that Google takes
    refused: set[str] = field(default_factory=set)  # those that are never kept, whatever is pressed
    blocked: set[str] = field(default_factory=set)  # kept only when the person says so
    secrets: set[str] = field(default_factory=set)  # what must not be seen

    def __post_init__(self) -> None:
        self._vault = Vault(self.store, Index(None), VaultLock(None))
        self._register()
        if self.kind == "private":
            from gemini_setup.actions.private_file import choose_private_file

            choose_private_file()

    def core(self) -> Core:
        return SystemCore(store=lambda: self._vault) if self.kind == "memory" else SystemCore()

    def kept(self) -> str:
        """All that is kept, as one text; "" where only the keyring itself could tell."""
        if self.kind == "memory":
            return "\n".join(list(self.store.entries.values()))
        if self.kind == "private":
            return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in self.private_files())
        return ""

    def private_files(self) -> list[Path]:
        folder = self.home / ".local/share/gemini-setup/private"
        return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []

    def clean(self) -> None:
        """The session's keyring is the only thing that outlives this world's folder."""
        if self.kind == "keyring":
            core = self.core()
            for row in core.listed():
                core.remove(row.name)

    def _register(self) -> None:
        google = self.google
        good = google.studio_key()
        self.texts["good"] = good.text
        self.texts["second"] = google.studio_key().text
        self.texts["standard"] = google.studio_key(standard=True).text
        self.texts["day"] = google.studio_key(quota="per-day").text
        self.texts["minute"] = google.studio_key(quota="per-minute").text
        self.texts["zero"] = google.studio_key(quota="zero").text
        self.accepted |= set(self.texts.values())
        blocked = {
            "trap": google.studio_key(standard=True, api_enabled=False),
            "website": google.studio_key(standard=True, websites=("https://shop.example.com/*",)),
            "billing": google.studio_key(billing="overdue"),
            "broken": google.studio_key(fault=Fault(drop=True)),
        }
        self.blocked |= {key.text for key in blocked.values()}
        self.texts |= {name: key.text for name, key in blocked.items()}
        express = google.studio_key(vertex=True)
        self.texts["express"] = express.text
        self.accepted.add(express.text)  # with the other service
        refused = {
            "mistyped": google.unknown_key(standard=True),
            "expired": google.studio_key(standard=True, expired=True).text,
            "leaked": google.studio_key(leaked=True).text,
            "other-vendor": "sk" + "-proj-" + google.unknown_key()[3:43],
            "another-vendor": "h" + "f_" + google.unknown_key()[3:37],
            "access-token": "ya" + "29." + google.unknown_key()[3:] * 2,
        }
        self.refused |= set(refused.values())
        self.texts |= refused
        account, roleless = google.service_account(), google.service_account(name="roleless", role=False)
        pem = str(account.info["private_key"])
        # One RSA key for all accounts of this process: the account's name tells them apart.
        self.accepted.add(account.email)
        self.blocked.add(roleless.email)
        self.texts |= {"account": account.text, "roleless": roleless.text, "pem": pem}
        self.secrets |= set(self.texts.values()) - {account.text, roleless.text, pem}
        self.secrets |= {line for line in pem.splitlines() if len(line) > 40}
        self.texts |= {
            "assignment": f"export GEMINI_API_KEY='{good.text}'  # mine\r\n",
            "quoted": f"\u201c{good.text}\u201d",
            "cut-off": good.text[:-9],
            "error": f'{{"error": {{"code": 400, "message": "API key not valid: {good.text}"}}}}',
            "prose": "just a few words, and then some more",
            "address": "https://aistudio.google.com/app/apikey",
            "mail": "somebody@example.com",
            "nothing": "",
            "blank": " \n\t ",
            "short": "AQ.a",
            "right-to-left": "\u202e" + good.text[::-1] + "\u202c",
            "emoji": "\U0001f511" * 40,
            "megabyte": "x" * 1_000_000,
            "binary": bytes(range(256)).decode("latin-1") * 8,
            "array": json.dumps([1, 2, {"type": "service_account"}]),
            "deep": "[" * 20_000,
            "markup": "<b onclick=x>bold</b>&nbsp;" * 20,
        }
        folder = self.home / "Downloads"
        folder.mkdir(parents=True)
        for name, data in (
            ("account.json", account.text.encode()),
            ("roleless.json", roleless.text.encode()),
            ("key.txt", good.text.encode()),
            ("error.json", self.texts["error"].encode()),
            ("binary.json", bytes(range(256)) * 40),
            ("large.json", b"{" * 3_000_000),
            ("empty.json", b""),
            ("utf16.json", account.text.encode("utf-16")),
            ("name with \u202e a \U0001f511.json", account.text.encode()),
        ):
            (folder / name).write_bytes(data)
            self.files[name] = folder / name
        self.files |= {"folder": folder, "missing": folder / "no.json"}


@contextmanager
def world(google: Google, kind: Kind = "memory") -> Iterator[World]:
    """A home of its own in the environment of this process, and Google's addresses in it; all put back afterwards."""
    before, folder = dict(os.environ), Path.cwd()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gs-monkey-")))
        stack.callback(os.chdir, folder)

        def back() -> None:
            os.environ.clear()
            os.environ.update(before)
            messages.use("en")

        stack.callback(back)
        os.environ.update(
            {**google.environ(), "HOME": str(home), "XDG_DATA_HOME": str(home / ".local/share"),
             "XDG_CONFIG_HOME": str(home / ".config"), "XDG_CACHE_HOME": str(home / ".cache")}
        )  # fmt: skip
        os.chdir(home)
        made = World(google, kind, home)
        stack.callback(made.clean)
        yield made


def some_trouble(store: Troubled, dice: random.Random) -> None:
    store.trouble += [dice.choice(list(KeyringFault))] * dice.randint(1, 6)
