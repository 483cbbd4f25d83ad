"""The pages follow each other by what was answered, nothing typed is lost, and a changed answer forgets the old report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gemini_setup.causes import CAUSES, WORKS, Cause
from gemini_setup.credentials import Service
from gemini_setup.events import Report
from gemini_setup.flow import PAGES, Draft, Page, entry, following, preceding, receive
from gemini_setup.recognise import What, recognise, recognise_file

from . import samples

KEY = recognise(samples.random_key())
OTHER_KEY = recognise(samples.random_key())
FILE = recognise(json.dumps(samples.service_account()))
OTHER_FILE = recognise(json.dumps(samples.service_account(project_id="other-project")))
NOT_A_FILE = recognise(json.dumps({"installed": {}}))


def report(cause: Cause = WORKS, *, kept: bool = True) -> Report:
    return Report("default", cause, cause is WORKS, MappingProxyType({}), (), kept=kept)


def test_from_the_first_page_the_service_decides() -> None:
    assert following(Page.CHOOSE, Draft()) is Page.KEY
    assert following(Page.CHOOSE, Draft(service=Service.VERTEX)) is Page.FILE
    assert entry(Draft()) is Page.KEY
    assert entry(Draft(service=Service.VERTEX)) is Page.FILE


def test_nobody_gets_to_the_check_without_something_to_check() -> None:
    empty, with_key = Draft(), Draft().with_key(KEY)
    assert following(Page.KEY, empty) is None
    assert following(Page.KEY, with_key) is Page.CHECK
    assert following(Page.KEY, Draft().with_key(recognise("no key at all, sorry"))) is None
    vertex = Draft(service=Service.VERTEX)
    assert following(Page.FILE, vertex) is None
    assert following(Page.FILE, vertex.with_file(NOT_A_FILE)) is None
    assert following(Page.FILE, vertex.with_file(FILE)) is Page.CHECK
    assert following(Page.FILE, vertex.with_file(FILE).with_location("evil.example/#")) is None
    assert following(Page.FILE, vertex.with_file(FILE).with_project("Not A Project")) is None
    # The page of the other service leads nowhere.
    assert following(Page.FILE, with_key) is None
    assert following(Page.KEY, vertex.with_file(FILE)) is None


def test_only_what_is_kept_leads_to_its_use() -> None:
    draft = Draft().with_key(KEY)
    assert following(Page.CHECK, draft) is None
    assert following(Page.CHECK, draft.with_report(report(kept=False))) is None
    assert following(Page.CHECK, draft.with_report(report(CAUSES["key-expired"], kept=False))) is None
    assert following(Page.CHECK, draft.with_report(report())) is Page.USE
    assert following(Page.CHECK, draft.with_report(report(CAUSES["quota-per-day"]))) is Page.USE
    assert following(Page.USE, draft.with_report(report())) is None


def test_back_leads_where_one_came_from() -> None:
    studio, vertex = Draft().with_key(KEY), Draft(service=Service.VERTEX).with_file(FILE)
    assert preceding(Page.CHECK, studio) is Page.KEY
    assert preceding(Page.CHECK, vertex) is Page.FILE
    for draft in (studio, vertex):
        assert preceding(Page.KEY, draft) is preceding(Page.FILE, draft) is Page.CHOOSE
        assert preceding(Page.CHOOSE, draft) is None
        assert preceding(Page.USE, draft.with_report(report())) is None


def test_every_page_can_be_reached_and_going_forth_and_back_comes_home() -> None:
    for draft in (Draft().with_key(KEY), Draft(service=Service.VERTEX).with_file(FILE)):
        done = draft.with_report(report())
        page: Page | None = Page.CHOOSE
        walked: list[Page] = []
        while page is not None:
            walked.append(page)
            after = following(page, done)
            if after is not None and after is not Page.USE:
                assert preceding(after, done) is page
            page = after
        assert walked == [page for page in PAGES if page not in {Page.KEY, Page.FILE} - {entry(draft)}]


def test_what_was_typed_survives_switching_the_service_and_back() -> None:
    draft = Draft().with_key(KEY).with_service(Service.VERTEX).with_file(FILE, Path("x.json"))
    draft = draft.with_project("typed-project").with_location("eu")
    back = draft.with_service(Service.STUDIO).with_service(Service.VERTEX)
    assert back == draft
    assert back.with_service(Service.STUDIO).credential == KEY.credential
    access = back.access
    assert access is not None
    assert (access.credential, access.project, access.location) == (FILE.credential, "typed-project", "eu")


def test_a_changed_answer_forgets_the_report_and_an_unchanged_one_does_not() -> None:
    studio = Draft().with_key(KEY).with_report(report())
    assert studio.with_key(recognise(KEY.credential.secret.reveal())).report is not None  # type: ignore[union-attr]
    assert studio.with_service(Service.STUDIO).report is not None
    assert studio.with_key(OTHER_KEY).report is None
    assert studio.with_service(Service.VERTEX).report is None
    vertex = Draft(service=Service.VERTEX).with_file(FILE).with_report(report())
    assert vertex.with_file(FILE, Path("other.json")).report is not None
    assert vertex.with_location("global").report is not None
    assert vertex.with_location(" ").report is not None
    assert vertex.with_project("").report is not None
    assert vertex.with_project(" some-project ").report is not None  # the file's own
    assert vertex.with_file(OTHER_FILE).report is None
    assert vertex.with_location("eu").report is None
    assert vertex.with_project("typed-project").report is None


def test_a_project_typed_for_another_file_is_forgotten_with_it() -> None:
    draft = Draft(service=Service.VERTEX).with_file(FILE).with_project("typed-project")
    assert draft.access is not None
    assert draft.access.project == "typed-project"
    changed = draft.with_file(OTHER_FILE).access
    assert changed is not None
    assert changed.project == "other-project"


def test_a_file_without_a_project_needs_one_typed() -> None:
    draft = Draft(service=Service.VERTEX).with_file(
        recognise(json.dumps(samples.service_account(project_id=None)))
    )
    assert draft.access is None
    assert draft.with_project("typed-project").access is not None


def test_what_is_dropped_anywhere_goes_to_its_page_and_loses_nothing() -> None:
    start = Draft().with_key(KEY)
    draft, page = receive(start, FILE, Path("x.json"))
    assert (page, draft.service, draft.file, draft.path, draft.key) == (
        Page.FILE,
        Service.VERTEX,
        FILE,
        Path("x.json"),
        KEY,
    )
    draft, page = receive(draft, OTHER_KEY)
    assert (page, draft.service, draft.key, draft.file) == (Page.KEY, Service.STUDIO, OTHER_KEY, FILE)
    assert receive(start, recognise(" ")) == (start, None)
    assert receive(start, recognise("just some words")) == (start, None)


def test_a_wrong_file_that_is_dropped_is_shown_where_it_belongs_and_a_good_one_is_not_lost() -> None:
    draft, page = receive(Draft(), NOT_A_FILE, Path("client.json"))
    assert (page, draft.file.what) == (Page.FILE, What.OAUTH_CLIENT)
    folder = recognise_file(b"\x00\x01\x02")
    draft, page = receive(Draft(), folder, Path("photo.jpg"))
    assert (page, draft.file.what) == (Page.FILE, What.BINARY)
    draft, page = receive(Draft(), recognise(json.dumps({"installed": {}})))
    assert page is Page.FILE


def test_a_key_file_that_holds_only_a_key_goes_to_the_key_s_page() -> None:
    draft, page = receive(Draft(service=Service.VERTEX), KEY, Path("key.txt"))
    assert (page, draft.key, draft.service) == (Page.KEY, KEY, Service.STUDIO)


def test_a_draft_prints_no_secret() -> None:
    draft = replace(Draft().with_key(KEY).with_file(FILE), report=report())
    assert KEY.credential is not None
    assert KEY.credential.secret.reveal() not in repr(draft)  # type: ignore[union-attr]
    assert "PRIVATE" not in repr(draft)
