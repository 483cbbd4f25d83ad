"""The wizard's pages and their order, as a value and two functions. Knows neither Qt nor the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gemini_setup import routes
from gemini_setup.credentials import DEFAULT_PROFILE, Access, Credential, Endpoints, Service
from gemini_setup.recognise import Recognised, What

if TYPE_CHECKING:
    from gemini_setup.events import Report


class Page(StrEnum):
    CHOOSE = "choose"  # Where is your Gemini access from?
    KEY = "key"  # Add your key
    FILE = "file"  # Choose your file
    CHECK = "check"  # Check and save
    USE = "use"  # Start using it


#: All pages in the order of the rail; KEY and FILE are two forms of the same step.
PAGES: Final = (Page.CHOOSE, Page.KEY, Page.FILE, Page.CHECK, Page.USE)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that the person has answered so far. Answers of both services live side by side,
    so that switching the service and back loses nothing.

    `report` is the newest check's result; it is forgotten as soon as an answer that it depended on changes.
    """

    service: Service = Service.STUDIO
    profile: str = DEFAULT_PROFILE
    key: Recognised = field(default_factory=lambda: Recognised(What.NOTHING))
    file: Recognised = field(default_factory=lambda: Recognised(What.NOTHING))
    path: Path | None = None  # where the file was chosen; None when its text was pasted
    project: str = ""  # typed over the file's own; "" means the file's
    location: str = routes.DEFAULT_LOCATION
    express: bool = False  # the key is one for Vertex AI: Google has said so
    endpoints: Endpoints = field(default_factory=Endpoints)
    report: Report | None = None

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
        if not routes.is_project(project) or not routes.is_location(self.location):
            return None
        return Access(credential, Service.VERTEX, project, self.location, self.endpoints)

    def with_service(self, service: Service) -> Draft:
        return self if service is self.service else replace(self, service=service, report=None)

    def with_key(self, key: Recognised) -> Draft:
        return self if key == self.key else replace(self, key=key, express=False, report=None)

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
        location = location.strip() or routes.DEFAULT_LOCATION
        return self if location == self.location else replace(self, location=location, report=None)

    def with_report(self, report: Report | None) -> Draft:
        return replace(self, report=report)


def entry(draft: Draft) -> Page:
    """The page where this service's credential is given."""
    return Page.KEY if draft.service is Service.STUDIO else Page.FILE


def following(page: Page, draft: Draft) -> Page | None:
    """The page after this one, or None while the draft does not allow to go on (or at the end)."""
    match page:
        case Page.CHOOSE:
            return entry(draft)
        case Page.KEY | Page.FILE:
            return Page.CHECK if page is entry(draft) and draft.access is not None else None
        case Page.CHECK:
            return Page.USE if draft.report is not None and draft.report.kept else None
        case Page.USE:
            return None


def preceding(page: Page, draft: Draft) -> Page | None:
    match page:
        case Page.CHOOSE | Page.USE:
            return None  # what is kept is not un-kept by Back
        case Page.KEY | Page.FILE:
            return Page.CHOOSE
        case Page.CHECK:
            return entry(draft)


def receive(draft: Draft, found: Recognised, path: Path | None = None) -> tuple[Draft, Page | None]:
    """A key or file was dropped or pasted anywhere: the draft with it, and the page where it belongs (None: nowhere)."""
    match found.what:
        case What.API_KEY:
            return draft.with_service(Service.STUDIO).with_key(found), Page.KEY
        case What.NOTHING:
            return draft, None
        case What.SERVICE_ACCOUNT:
            return draft.with_service(Service.VERTEX).with_file(found, path), Page.FILE
        case _ if path is not None or found.cause in ("file-not-service-account", "private-key-unreadable"):
            return draft.with_service(Service.VERTEX).with_file(found, path), Page.FILE
        case _:
            return draft, None
