"""The pages follow each other by what was answered, nothing typed is lost, and a changed answer forgets the old report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from gemini_setup.diagnosis.causes import CAUSES, WORKS
from gemini_setup.google.recognition import recognise, recognise_file
from gemini_setup.model.credentials import Endpoints, Kind, Profile, Service
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Cause
from gemini_setup.model.recognised import What
from gemini_setup.wizard.flow import Draft, Page, entry, following, free_name, preceding, receive

from . import samples

KEY = recognise(samples.random_key())
OTHER_KEY = recognise(samples.random_key())
FILE = recognise(json.dumps(samples.service_account()))
OTHER_FILE = recognise(json.dumps(samples.service_account(project_id="other-project")))
NOT_A_FILE = recognise(json.dumps({"installed": {}}))

#: The wizard's pages in the order of the rail; KEY and FILE are two forms of the same step.
PAGES = (Page.CHOOSE, Page.KEY, Page.FILE, Page.CHECK, Page.USE)


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


# ---- what is kept already

DEFAULT = Profile("default", Kind.API_KEY, Service.STUDIO, hint="a1b2")
ACCOUNT = Profile("work", Kind.SERVICE_ACCOUNT, Service.VERTEX, project="some-project", location="eu")
EXPRESS = Profile("express", Kind.API_KEY, Service.VERTEX)


def test_a_new_one_takes_a_free_name_and_never_an_other_one_s_unsaid() -> None:
    assert free_name(Service.STUDIO, []) == "default"
    assert free_name(Service.STUDIO, ["default"]) == "studio"
    assert free_name(Service.VERTEX, ["default", "vertex", "vertex-2"]) == "vertex-3"
    draft = Draft().to_add([DEFAULT])
    assert (draft.profile, draft.replaces) == ("studio", None)
    assert draft.with_service(Service.VERTEX).profile == "vertex"
    assert draft.with_key(KEY).with_other_service().profile == "vertex"
    taken = draft.with_name("default")
    assert (taken.profile, taken.replaces) == ("default", DEFAULT)
    assert draft.with_name("mine").with_service(Service.VERTEX).profile == "mine"
    assert draft.with_name("mine").with_name(" ").profile == "studio"
    assert draft.with_name(" studio ") is draft


def test_nobody_gets_on_with_a_name_that_is_none() -> None:
    draft = Draft().to_add([DEFAULT]).with_key(KEY)
    assert following(Page.KEY, draft.with_name("No Name")) is None
    assert following(Page.KEY, draft.with_name("a" * 33)) is None
    assert following(Page.KEY, draft.with_name("a" * 32)) is Page.CHECK


def test_another_name_needs_another_keeping() -> None:
    draft = Draft().to_add([DEFAULT]).with_key(KEY).with_report(report())
    assert draft.with_name("mine").report is None
    assert draft.with_name("studio").report is not None


def test_replacing_starts_at_its_service_with_its_place_and_keeps_its_name() -> None:
    draft = Draft().to_replace(DEFAULT, [DEFAULT, ACCOUNT])
    assert (entry(draft), draft.profile, draft.replaces) == (Page.KEY, "default", DEFAULT)
    assert draft.with_name("other").profile == "default"
    other, page = receive(draft, FILE)
    assert (page, other.profile, other.replaces) == (Page.FILE, "default", DEFAULT)
    vertex = Draft().to_replace(ACCOUNT, [DEFAULT, ACCOUNT]).with_file(FILE)
    assert entry(vertex) is Page.FILE
    assert vertex.access is not None
    assert vertex.access.location == "eu"
    express = Draft().to_replace(EXPRESS, [EXPRESS]).with_key(KEY).with_key(OTHER_KEY)
    assert (entry(express), express.access and express.access.service) == (Page.KEY, Service.VERTEX)


def test_what_was_typed_stays_with_its_purpose_and_what_is_kept_is_forgotten() -> None:
    ends = Endpoints(gemini="https://gateway.example.com")
    typed = Draft(endpoints=ends).to_add([DEFAULT]).with_key(KEY)
    assert typed.to_add([DEFAULT]).key == KEY
    assert typed.to_check(DEFAULT).checked().to_add([DEFAULT]).key == KEY
    replacing = typed.to_replace(DEFAULT, [DEFAULT])
    assert (replacing.credential, replacing.endpoints) == (None, ends)
    again = replacing.with_key(KEY).to_replace(DEFAULT, [DEFAULT])
    assert again.key == KEY
    assert again.to_replace(ACCOUNT, [DEFAULT, ACCOUNT]).credential is None
    for done in (typed.with_report(report()), again.with_report(report())):
        assert done.to_add([DEFAULT]).credential is None
        assert done.to_replace(DEFAULT, [DEFAULT]).credential is None
    # What a check of the kept one found says nothing of what is being typed.
    asked = typed.to_check(DEFAULT).with_report(report())
    assert asked.to_add([DEFAULT]).key == KEY
    assert asked.to_add([DEFAULT]).report is None


def test_once_it_is_kept_another_key_would_replace_it() -> None:
    draft = Draft().to_add(()).with_key(KEY).with_report(report())
    settled = draft.settled([DEFAULT])
    assert (settled.replaces, settled.profile, settled.report) == (DEFAULT, "default", draft.report)
    assert settled.with_key(OTHER_KEY).profile == "default"
    assert draft.settled([]) is draft


def test_the_way_begins_and_ends_at_what_is_kept() -> None:
    adding = Draft().to_add([DEFAULT]).with_key(KEY)
    assert following(Page.HOME, adding) is Page.CHOOSE
    assert preceding(Page.CHOOSE, adding) is Page.HOME
    assert preceding(Page.KEY, adding) is Page.CHOOSE
    replacing = Draft().to_replace(DEFAULT, [DEFAULT]).with_key(KEY)
    assert preceding(Page.KEY, replacing) is Page.HOME
    assert preceding(Page.CHECK, replacing) is Page.KEY
    checking = adding.to_check(DEFAULT)
    assert preceding(Page.CHECK, checking) is Page.HOME
    assert following(Page.CHECK, checking) is None
    assert following(Page.CHECK, checking.with_report(report())) is Page.HOME
    assert preceding(Page.HOME, adding) is None


def test_a_draft_prints_no_secret() -> None:
    draft = replace(Draft().with_key(KEY).with_file(FILE), report=report())
    assert KEY.credential is not None
    assert KEY.credential.secret.reveal() not in repr(draft)  # type: ignore[union-attr]
    assert "PRIVATE" not in repr(draft)


@pytest.mark.parametrize("service", Service)
def test_an_error_message_goes_to_be_explained_and_changes_nothing(service: Service) -> None:
    draft = Draft(service=service).with_key(KEY)
    for text in (
        "401 API keys are not supported by this API",
        '{"error": {"code": 403, "message": "no"}}',
        "[API Error: got status: 429]",
    ):
        assert receive(draft, recognise(text)) == (draft, Page.EXPLAIN)
    assert following(Page.EXPLAIN, draft) is None
    assert preceding(Page.EXPLAIN, draft) is None


def test_a_key_that_is_saved_under_another_name_is_recognized_by_its_end() -> None:
    assert KEY.credential is not None
    saved = Profile("work", Kind.API_KEY, Service.STUDIO, KEY.credential.hint)
    draft = Draft(kept=(saved,)).with_key(KEY)
    assert draft.twin == saved
    assert replace(draft, name="work").twin is None, "it takes that one's place, which is said"
    assert replace(draft, kept=(replace(saved, kind=Kind.SERVICE_ACCOUNT),)).twin is None
    assert replace(draft, key=recognise(samples.random_key()[:-4] + "ZZZZ")).twin is None
    assert Draft(kept=(saved,)).twin is None
