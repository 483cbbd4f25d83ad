"""What the window asks of the core, in one place; tests and pictures put a made-up one in its stead."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gemini_setup.google import urls

if TYPE_CHECKING:
    from gemini_setup.actions.check_and_keep import AppContext
    from gemini_setup.actions.explanation import Explanation
    from gemini_setup.actions.private_file import Moved
    from gemini_setup.actions.rotate import Asked, Both, Proof
    from gemini_setup.delivery import Offer, Undone
    from gemini_setup.doctor.report import Examination
    from gemini_setup.gui.provision_core import Hands
    from gemini_setup.i18n import cause_texts
    from gemini_setup.model.credentials import Access, Endpoints, Profile, StoredCredential
    from gemini_setup.model.events import Delivered, Event, Report
    from gemini_setup.model.outcomes import Cause
    from gemini_setup.system.git import GitStatus
    from gemini_setup.usage.snippets import Use
    from gemini_setup.vault.vault import Vault


class Story(NamedTuple):
    """One story of the demonstration: a text to paste, or a file to choose."""

    title: str
    value: str | Path


class Place(NamedTuple):
    """Where credentials are kept: `readers` is a sentence on who can read them, `file` the plain text's place or "".

    `keyring` says whether a keyring could take over what is plain text.
    """

    readers: str = ""
    file: str = ""
    keyring: bool = False


class Core(Protocol):
    """Everything here that is neither a generator nor `async` may block and is called on a daemon thread, but for the
    words and for what only looks at the environment, at one small file or whether there is one: `endpoints`, `listed`,
    `plain_text`.
    """

    def endpoints(self) -> Endpoints: ...
    def listed(self) -> Sequence[Profile]: ...
    def unlisted(self) -> Sequence[str]: ...
    def check(self, profile: str) -> AsyncGenerator[Event, None]: ...
    def prove(self, profile: str) -> AsyncGenerator[Asked | Proof, None]: ...
    async def ask_both(self, profile: str, *, comes_back: bool = False) -> Both | None: ...
    def rollback(self, profile: str, said: Cause | None = None) -> StoredCredential: ...
    def forget_previous(self, profile: str) -> bool: ...
    def key(self, profile: str) -> str: ...
    def rename(self, profile: str, new: str, apart: str = "") -> str: ...
    def begin_removal(self, profile: str) -> Sequence[Delivered]: ...
    def remove(self, profile: str, *, begun: bool = False) -> Sequence[Delivered]: ...
    def take_back_removal(self, profile: str) -> bool: ...
    def offers(self, profile: str) -> Sequence[Offer]: ...
    def offer(self, tool: str, profile: str, file: Path | None) -> Offer | None: ...
    async def hand_over(self, tool: str, profile: str, file: Path | None) -> Delivered: ...
    def take_back(self, tool: str, place: Path | None) -> Sequence[Undone]: ...
    def where(self) -> Place: ...
    def plain_text(self) -> bool: ...
    def plain_file(self) -> str: ...
    def in_keyring(self) -> Sequence[str]: ...
    def keep_in_a_file(self) -> None: ...
    def move_to_keyring(self) -> tuple[Moved, str]: ...
    def add(self, access: Access, profile: str, made: float | None = None) -> AsyncGenerator[Event, None]: ...
    def keep(self, access: Access, report: Report) -> AsyncGenerator[Event, None]: ...
    def explain(self, text: str, *, on_the_way: bool = False) -> Explanation: ...
    def diagnosis(self, report: Report) -> cause_texts.CauseWords: ...
    def trap_page(self, report: Report | None) -> cause_texts.TrapWords: ...
    def admin_message(self, report: Report) -> str: ...
    def uses(self, access: Access, report: Report) -> Sequence[Use]: ...
    def uses_of(self, row: Profile) -> Sequence[Use]: ...
    def doctor(self) -> Examination: ...
    def sign_in(self) -> str | None: ...
    def git(self, path: Path) -> GitStatus: ...
    def ignore(self, path: Path) -> None: ...
    def trash(self, path: Path) -> None: ...
    def store_name(self) -> str: ...
    def asking(self) -> bool: ...
    def warm_up(self) -> None: ...
    @property
    def hands(self) -> Hands: ...


class SystemCore:
    """The real core behind one desk; the actions are loaded when the first of them is asked for."""

    def __init__(self, desk: AppContext | None = None, *, store: Callable[[], Vault] | None = None) -> None:
        self._desk = desk
        self._store = store
        self._vault: Vault | None = None
        self._chosen = False  # plain text was chosen just now, for what is about to be saved

    @property
    def desk(self) -> AppContext:
        if self._desk is None:
            bare = self._bare()
            self._desk = replace(bare, open_vault=partial(self._opened, bare.open_vault))
        return self._desk

    def _bare(self) -> AppContext:
        from gemini_setup.actions.check_and_keep import AppContext

        return AppContext() if self._store is None else AppContext(open_vault=self._store)

    def _opened(self, open_vault: Callable[[], Vault]) -> Vault:
        """Remember the vault in use, so that the window can see whether it waits for the person."""
        self._vault = open_vault()
        return self._vault

    def store_name(self) -> str:
        """The system's own name of the store in use; "" before it is open. Asks nobody."""
        return self._vault.store_name if self._vault is not None else ""

    def asking(self) -> bool:
        """Whether the system is asking the person for the store's password just now. Asks nobody."""
        return self._vault is not None and self._vault.asking

    def endpoints(self) -> Endpoints:
        """As the desk's own; the first page shows them, and must not load the actions for it."""
        return urls.endpoints_from(os.environ if self._desk is None else self._desk.environ)

    def listed(self) -> Sequence[Profile]:
        """What may be shown of each profile; imports nothing for a computer that keeps none."""
        if self._store is not None:
            return self.desk.open_vault().profiles()
        from gemini_setup.system import paths

        folder = paths.folder()
        if not any((folder / index).exists() for index in (paths.INDEX, paths.PRIVATE_INDEX)):
            return ()
        from gemini_setup.vault.factory import open_index

        return open_index().profiles()

    def unlisted(self) -> Sequence[str]:
        """Names under which something is kept that the list has lost. Asks nobody."""
        if self._store is not None:
            return ()
        from gemini_setup.vault.factory import unlisted

        return unlisted()

    def check(self, profile: str) -> AsyncGenerator[Event, None]:
        from gemini_setup.actions import check_and_keep

        return check_and_keep.check(self.desk, profile)

    def prove(self, profile: str) -> AsyncGenerator[Asked | Proof, None]:
        from gemini_setup.actions import rotate

        return rotate.prove(self.desk, profile)

    async def ask_both(self, profile: str, *, comes_back: bool = False) -> Both | None:
        """What Google says of both credentials now. Raises NoSuchProfile and VaultFault."""
        from gemini_setup.actions import rotate

        return await rotate.ask_both(self.desk, profile, comes_back=comes_back)

    def rollback(self, profile: str, said: Cause | None = None) -> StoredCredential:
        from gemini_setup.actions import rotate

        return rotate.rollback(self.desk, profile, said)

    def forget_previous(self, profile: str) -> bool:
        from gemini_setup.actions import rotate

        return rotate.forget_previous(self.desk, profile)

    def key(self, profile: str) -> str:
        """The API key in clear. Raises NoSuchProfile and VaultFault."""
        from gemini_setup.model.credentials import ApiKey
        from gemini_setup.vault.faults import NoSuchProfile

        credential = self.desk.open_vault().read(profile).access.credential
        if not isinstance(credential, ApiKey):
            raise NoSuchProfile(profile)
        return credential.secret.reveal()

    def rename(self, profile: str, new: str, apart: str = "") -> str:
        """What was saved as `new` is saved as `apart`. "", or why nothing was changed. NoSuchProfile, VaultFault."""
        from gemini_setup.actions.profile_name import rename

        return rename(self.desk.open_vault(), profile, new, apart, environ=self.desk.environ)

    def begin_removal(self, profile: str) -> Sequence[Delivered]:
        """It is removed from the list, and can be taken back. Returns where it is still delivered."""
        from gemini_setup.actions import rotate

        return rotate.begin_removal(self.desk, profile)

    def remove(self, profile: str, *, begun: bool = False) -> Sequence[Delivered]:
        """Returns where it is still delivered. `begun`: only while it is being removed. NoSuchProfile, VaultFault."""
        from gemini_setup.actions import rotate

        return rotate.remove(self.desk, profile, begun=begun)

    def take_back_removal(self, profile: str) -> bool:
        """False where nothing whole is left. Raises NoSuchProfile and VaultFault."""
        from gemini_setup.actions import rotate

        return rotate.take_back_removal(self.desk, profile)

    def offers(self, profile: str) -> Sequence[Offer]:
        """The tools to hand it over to. None in a demonstration: it writes to nobody's files. Raises VaultFault."""
        if self._store is not None:
            return ()
        from gemini_setup import delivery

        return delivery.offers(self.desk.open_vault(), profile, self.desk.environ)

    def offer(self, tool: str, profile: str, file: Path | None) -> Offer | None:
        """One tool's, as it is now. Raises VaultFault."""
        from gemini_setup import delivery

        return delivery.offer(self.desk.open_vault(), tool, profile, file, self.desk.environ)

    async def hand_over(self, tool: str, profile: str, file: Path | None) -> Delivered:
        """Raises DeliveryError, NotForThisTool, NoSuchProfile and VaultFault: then all is as it was.

        Stopped while the keyring waits for the person, nothing is written later; what has begun to be written is written
        to its end.
        """
        from gemini_setup import delivery
        from gemini_setup.system.threads import blocking

        vault, environ = await blocking(self.desk.open_vault), self.desk.environ
        wish = delivery.wish(tool, profile, file)
        planned = await blocking(partial(delivery.plan, vault, delivery.TOOLS[tool], profile, wish, environ))
        return await blocking(partial(delivery.deliver, vault, planned, environ))

    def take_back(self, tool: str, place: Path | None) -> Sequence[Undone]:
        """`place` is one of the files that were written. Raises DeliveryError and VaultFault."""
        from gemini_setup import delivery

        return delivery.undo(self.desk.open_vault(), delivery.TOOLS[tool], place)

    def where(self) -> Place:
        """Raises VaultFault."""
        from gemini_setup.i18n import cause_texts
        from gemini_setup.system.paths import private_file_in_use
        from gemini_setup.vault.factory import keyring_available

        vault = self._bare().open_vault()  # one that may be waiting for the person is looked at as before
        try:
            readers = cause_texts.text("faults.readers", vault.who_reads, {"file": vault.file or ""})
        finally:
            vault.close()
        private = private_file_in_use() if self._store is None else None
        return Place(readers, str(private or ""), private is not None and keyring_available())

    def plain_text(self) -> bool:
        """Whether the person has chosen the plain-text file."""
        from gemini_setup.system import paths

        return self._store is None and paths.private_file_in_use() is not None

    def plain_file(self) -> str:
        """Where plain text would lie. Asks nobody."""
        from gemini_setup.system import paths

        return str(paths.folder() / paths.PRIVATE)

    def keep_in_a_file(self) -> None:
        """From now on, because the person said so; not where nothing is saved then. Raises VaultFault."""
        from gemini_setup.actions.private_file import choose_private_file
        from gemini_setup.system.paths import private_file_in_use

        self._chosen = private_file_in_use() is None
        choose_private_file()

    def in_keyring(self) -> Sequence[str]:
        """The profiles that plain text would take out of use."""
        from gemini_setup.actions.private_file import in_keyring

        return in_keyring()[1]

    def move_to_keyring(self) -> tuple[Moved, str]:
        """What was moved, and the keyring's own name. Raises VaultFault."""
        from gemini_setup.actions.private_file import move_to_keyring

        return move_to_keyring(), self.desk.open_vault().store_name

    def add(self, access: Access, profile: str, made: float | None = None) -> AsyncGenerator[Event, None]:
        """`made`: when it, or what it needs, was made at Google (seconds of the epoch), where that is known."""
        from gemini_setup.actions import check_and_keep

        return check_and_keep.add(self.desk, access, profile, made=made)

    async def keep(self, access: Access, report: Report) -> AsyncGenerator[Event, None]:
        from contextlib import aclosing

        from gemini_setup.actions import check_and_keep
        from gemini_setup.actions.private_file import take_back_choice
        from gemini_setup.system.threads import blocking

        try:
            async with aclosing(check_and_keep.keep(self.desk, access, report)) as events:
                async for event in events:
                    yield event
        finally:
            if self._chosen:
                self._chosen = False
                await blocking(take_back_choice)

    def explain(self, text: str, *, on_the_way: bool = False) -> Explanation:
        """`on_the_way`: it is known to come from a program on its way to Gemini."""
        from gemini_setup.actions import explanation
        from gemini_setup.diagnosis.answers import Surface

        return explanation.explain(text, Surface.TRANSPORT if on_the_way else None)

    def diagnosis(self, report: Report) -> cause_texts.CauseWords:
        from gemini_setup.actions import check_and_keep

        return check_and_keep.diagnosis(report)

    def trap_page(self, report: Report | None) -> cause_texts.TrapWords:
        from gemini_setup.actions import check_and_keep

        return check_and_keep.trap_page(report)

    def admin_message(self, report: Report) -> str:
        from gemini_setup.actions import check_and_keep

        return check_and_keep.admin_message(report)

    def uses(self, access: Access, report: Report) -> Sequence[Use]:
        from gemini_setup.usage.snippets import uses

        openai = report.works_with.get("openai") is not False
        return uses(access, report.model, report.profile, openai=openai)

    def uses_of(self, row: Profile) -> Sequence[Use]:
        """The ways to use what is kept. Raises NoSuchProfile and VaultFault."""
        from gemini_setup.usage.snippets import uses

        return uses(self.desk.open_vault().read(row.name).access, row.model, row.name)

    def sign_in(self) -> str | None:
        """The project of gcloud's sign-in on this computer ("" where it names none), None where there is none."""
        from gemini_setup.google import gcloud

        found = gcloud.find()
        return None if found is None else found.project

    def doctor(self) -> Examination:
        """Look everywhere on this computer, and ask Google whether it is there. Changes nothing."""
        import asyncio

        from gemini_setup.doctor import report
        from gemini_setup.doctor import system_info as surroundings

        computer = report.Computer.here()
        way = asyncio.run(surroundings.way(computer.environ))
        return report.examine(computer, self.listed(), way=way)

    def git(self, path: Path) -> GitStatus:
        from gemini_setup.system.git import git_status

        return git_status(path)

    def ignore(self, path: Path) -> None:
        from gemini_setup.system.git import ignore

        ignore(path)

    def trash(self, path: Path) -> None:
        """To the system's trash, from where the person can take it back. Raises OSError."""
        from PySide6.QtCore import QFile

        moved = QFile.moveToTrash(str(path))
        if not (moved[0] if isinstance(moved, tuple) else moved):
            raise OSError("the system's trash did not take it")

    @property
    def hands(self) -> Hands:
        """For doing it at Google; a demonstration does nothing there."""
        from gemini_setup.gui.provision_core import SystemHands

        return SystemHands(lambda: self.desk, idle=self._store is not None)

    def warm_up(self) -> None:
        """Import what a check needs, while the person reads the first page."""
        from gemini_setup.actions import check_and_keep

        check_and_keep.warm_up()
        if self._store is None:
            check_and_keep.recover(self.desk)
