"""The wizard's pages and their order, as a value and two functions. Knows neither Qt nor the network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from gemini_setup.google import urls
from gemini_setup.model.credentials import (
    DEFAULT_PROFILE,
    Access,
    Credential,
    Endpoints,
    Kind,
    Profile,
    Service,
    is_profile_name,
)
from gemini_setup.model.recognised import Recognised, What

if TYPE_CHECKING:
    from gemini_setup.model.events import Report


class Page(StrEnum):
    HOME = "home"  # Saved keys
    CHOOSE = "choose"  # which service
    KEY = "key"  # Add your key
    FILE = "file"  # Choose your file
    CHECK = "check"  # Check and save
    USE = "use"  # Start using it
    EXPLAIN = "explain"  # beside the way: what an error means


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that the person has answered so far. Answers of both services live side by side,
    so that switching the service and back loses nothing.

    `report` is the newest check's result; it is forgotten as soon as an answer that it depended on changes. `kept` is
    what this computer kept when the way began. `replacing` is the profile of which the credential is replaced,
    `checking` the one of which the kept credential is asked about again: then nothing of the draft is checked or kept.
    """

    service: Service = Service.STUDIO
    name: str = ""  # typed for a new profile; "" means the suggested one
    kept: tuple[Profile, ...] = ()
    replacing: Profile | None = None
    checking: Profile | None = None
    key: Recognised = field(default_factory=lambda: Recognised(What.NOTHING))
    file: Recognised = field(default_factory=lambda: Recognised(What.NOTHING))
    path: Path | None = None  # where the file was chosen; None when its text was pasted
    project: str = ""  # typed over the file's own; "" means the file's
    location: str = urls.DEFAULT_LOCATION
    express: bool = False  # the key is one for Vertex AI: Google has said so
    endpoints: Endpoints = field(default_factory=Endpoints)
    report: Report | None = None

    @property
    def profile(self) -> str:
        """The name under which it will be kept."""
        return self.replacing.name if self.replacing is not None else self.name or self.suggested

    @property
    def suggested(self) -> str:
        """A name that is free."""
        service = Service.VERTEX if self.express else self.service
        return free_name(service, [row.name for row in self.kept])

    @property
    def replaces(self) -> Profile | None:
        """The kept credential whose place it takes: of the profile to be replaced, or of a name that is taken."""
        if self.replacing is not None:
            return self.replacing
        return next((row for row in self.kept if row.name == self.name), None)

    @property
    def twin(self) -> Profile | None:
        """A saved credential that looks like this one, where this one would be saved beside it."""
        credential = self.credential
        if credential is None or not credential.hint or self.replaces is not None:
            return None
        looks = (credential.kind, credential.hint)
        return next((row for row in self.kept if (row.kind, row.hint) == looks), None)

    @property
    def credential(self) -> Credential | None:
        return (self.key if self.service is Service.STUDIO else self.file).credential

    @property
    def access(self) -> Access | None:
        """What would be checked, or None while something is missing."""
        credential = self.credential
        if credential is None:
            return None
        if self.service is Service.STUDIO:
            service = Service.VERTEX if self.express else Service.STUDIO
            return Access(credential, service, endpoints=self.endpoints)
        project = self.project or getattr(credential, "project", "")
        if not urls.is_project(project) or not urls.is_location(self.location):
            return None
        return Access(credential, Service.VERTEX, project, self.location, self.endpoints)

    def with_service(self, service: Service) -> Draft:
        return self if service is self.service else replace(self, service=service, report=None)

    def with_key(self, key: Recognised) -> Draft:
        return self if key == self.key else replace(self, key=key, express=self._express, report=None)

    def with_other_service(self) -> Draft:
        """Use the key that was given, as it was typed, with the other service: Google has said that it works there."""
        return replace(self, express=not self.express, report=None)

    def with_file(self, file: Recognised, path: Path | None = None) -> Draft:
        """Another file: its own project counts, so a project typed for the old one is forgotten."""
        if file == self.file:
            return replace(self, path=path)
        return replace(self, file=file, path=path, project="", report=None)

    def with_project(self, project: str) -> Draft:
        project = project.strip()
        if project == getattr(self.file.credential, "project", ""):
            project = ""
        return self if project == self.project else replace(self, project=project, report=None)

    def with_location(self, location: str) -> Draft:
        location = location.strip() or urls.DEFAULT_LOCATION
        return self if location == self.location else replace(self, location=location, report=None)

    def with_name(self, name: str) -> Draft:
        """Keep it under that name; the suggested one, or none, is suggested again."""
        name = name.strip()
        if name == self.suggested:
            name = ""
        return self if name == self.name else replace(self, name=name, report=None)

    def with_report(self, report: Report | None) -> Draft:
        return replace(self, report=report)

    # ---- where a way begins

    def to_add(self, kept: Sequence[Profile]) -> Draft:
        """Begin to add another one. What was typed for something else, or is kept now, is forgotten with its secret."""
        return replace(self._anew(None), kept=tuple(kept))

    def to_replace(self, row: Profile, kept: Sequence[Profile]) -> Draft:
        """Begin to replace that profile's credential, with the same service; what was typed for it is still there."""
        begun = self._anew(row)
        if begun.replacing is None and row.kind is not None:
            key = row.kind is Kind.API_KEY
            begun = replace(
                begun,
                service=Service.STUDIO if key else Service.VERTEX,
                express=key and row.service is Service.VERTEX,
                location=row.location or urls.DEFAULT_LOCATION,
            )
        return replace(begun, replacing=row, kept=tuple(kept))

    def to_check(self, row: Profile) -> Draft:
        """Begin to ask about a kept credential again; what is being typed for something else is left alone."""
        return replace(self, checking=row, report=None)

    def checked(self) -> Draft:
        """What was asked about a kept credential has been read."""
        return self if self.checking is None else replace(self, checking=None, report=None)

    def settled(self, kept: Sequence[Profile]) -> Draft:
        """It is kept: whatever is typed from here on would replace it."""
        row = next((row for row in kept if row.name == self.profile), None)
        return replace(self, replacing=row, kept=tuple(kept)) if row is not None else self

    def _anew(self, row: Profile | None) -> Draft:
        """This draft if it was begun for the same purpose and is not done, else an empty one."""
        mine = self.replacing.name if self.replacing is not None else None
        done = self.checking is None and self.report is not None and self.report.kept
        if mine == (row.name if row is not None else None) and not done:
            return self.checked()
        return Draft(endpoints=self.endpoints)

    @property
    def _express(self) -> bool:
        """A key that takes the place of one for Vertex AI is one for Vertex AI itself."""
        row = self.replacing
        return row is not None and row.kind is Kind.API_KEY and row.service is Service.VERTEX


def free_name(service: Service, taken: Collection[str]) -> str:
    """`default` if it is free, else the service's own name, with a number where that is taken too."""
    names = chain((DEFAULT_PROFILE, service.value), (f"{service.value}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def beginning(draft: Draft) -> Page:
    """The page where a replacement begins: what has been lost from the list may be of either service."""
    row = draft.replacing
    return Page.CHOOSE if row is not None and row.kind is None else entry(draft)


def entry(draft: Draft) -> Page:
    """The page where this service's credential is given."""
    return Page.KEY if draft.service is Service.STUDIO else Page.FILE


def following(page: Page, draft: Draft) -> Page | None:
    """The page after this one, or None while the draft does not allow to go on (or at the end)."""
    match page:
        case Page.HOME:
            return Page.CHOOSE
        case Page.CHOOSE:
            return entry(draft)
        case Page.KEY | Page.FILE:
            ready = draft.access is not None and is_profile_name(draft.profile)
            return Page.CHECK if page is entry(draft) and ready else None
        case Page.CHECK:
            if draft.report is None or not draft.report.kept:
                return None
            return Page.USE if draft.checking is None else Page.HOME
        case Page.USE | Page.EXPLAIN:
            return None


def preceding(page: Page, draft: Draft) -> Page | None:
    match page:
        case Page.HOME | Page.USE | Page.EXPLAIN:
            return None  # what is kept is not un-kept by Back
        case Page.CHOOSE:
            return Page.HOME if draft.kept else None
        case Page.KEY | Page.FILE:
            row = draft.replacing
            return Page.CHOOSE if row is None or row.kind is None else Page.HOME
        case Page.CHECK:
            return entry(draft) if draft.checking is None else Page.HOME


def receive(draft: Draft, found: Recognised, path: Path | None = None) -> tuple[Draft, Page | None]:
    """A key or file was dropped or pasted anywhere: the draft with it, and the page where it belongs (None: nowhere)."""
    match found.what:
        case What.API_KEY:
            return draft.with_service(Service.STUDIO).with_key(found), Page.KEY
        case What.NOTHING:
            return draft, None
        case What.ERROR_MESSAGE:
            return draft, Page.EXPLAIN
        case What.SERVICE_ACCOUNT:
            return draft.with_service(Service.VERTEX).with_file(found, path), Page.FILE
        case _ if path is not None or found.cause in ("file-not-service-account", "private-key-unreadable"):
            return draft.with_service(Service.VERTEX).with_file(found, path), Page.FILE
        case _:
            return draft, None
