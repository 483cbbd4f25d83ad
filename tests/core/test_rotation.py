"""What follows a rotation: exactly the causes of death prove it, twice; everything else leaves the old one alive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gemini_setup import delivery
from gemini_setup.actions import check_and_keep, rotate
from gemini_setup.actions.rotate import Asked, Proof
from gemini_setup.cli import rotation
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import (
    Access,
    ApiKey,
    Endpoints,
    Kind,
    Profile,
    ReplacedCredential,
    Secret,
    Service,
    ServiceAccount,
    StoredCredential,
)
from gemini_setup.model.events import Report
from gemini_setup.model.outcomes import Cause, Fault, Outcome
from gemini_setup.model.reminders import Reminder, reminders
from gemini_setup.vault.factory import memory_vault
from gemini_setup.vault.faults import NoSuchProfile, VaultFault
from gemini_setup.vault.vault import Vault
from tests.core import samples
from tests.loopback import Google

# As DESIGN §7 has them, by hand: a list made from the code would prove nothing.
DEADLY = {
    "key-not-valid", "key-expired", "key-leaked", "key-taken-for-token", "service-account-not-found",
    "service-account-key-revoked",
}  # fmt: skip


def _access(text: str, endpoint: str | None = None) -> Access:
    return Access(ApiKey(Secret(text)), Service.STUDIO, endpoints=Endpoints(gemini=endpoint))


def _rotated() -> tuple[Vault, check_and_keep.AppContext, str, str]:
    vault = memory_vault()
    old, new = samples.random_key(), samples.random_key()
    for text in (old, new):
        vault.keep("default", _access(text), outcome=Outcome.ACCEPTED, cause="works")
    return vault, check_and_keep.AppContext(lambda: vault, {}), old, new


def _prove(
    desk: check_and_keep.AppContext, old: str, of_the_old: Sequence[Cause], of_the_new: Sequence[Cause] = ()
) -> tuple[list[Asked], Proof, list[float]]:
    """Run a proof against an asker that gives these answers in turn, the last one for ever."""
    pauses: list[float] = []
    counts = {True: 0, False: 0}

    async def ask(access: Access) -> Cause:
        assert isinstance(access.credential, ApiKey)
        is_old = access.credential.secret.reveal() == old
        given = of_the_old if is_old else of_the_new or [CAUSES["works"]]
        counts[is_old] += 1
        return given[min(counts[is_old], len(given)) - 1]

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def run() -> tuple[list[Asked], Proof]:
        asked: list[Asked] = []
        async for event in rotate.prove(desk, "default", ask=ask, pause=pause):
            if isinstance(event, Proof):
                return asked, event
            asked.append(event)
        raise AssertionError("a proof ends with one")

    asked, proof = asyncio.run(run())
    return asked, proof, pauses


@pytest.mark.parametrize("name", CAUSES)
def test_exactly_the_causes_of_death_prove_it_twice_and_apart(name: str) -> None:
    vault, desk, old, _ = _rotated()
    asked, proof, pauses = _prove(desk, old, [CAUSES[name]])
    row = vault.profile("default")
    assert row is not None
    assert row.old is not None
    assert row.old.deleted is not None
    if name in DEADLY:
        assert (proof.dead, row.old.dead) == (True, True)
        assert [event.deaths for event in asked] == [1]
        assert pauses == [30.0]
    else:
        assert (proof.dead, row.old.dead) == (False, False)
        assert {event.deaths for event in asked} == {0}
        assert sum(pauses) >= 600
    assert vault.previous("default") is not None, "a proof erases nothing by itself"


def test_one_death_is_none_where_the_next_answer_is_another() -> None:
    _, desk, old, _ = _rotated()
    dead, alive = CAUSES["key-not-valid"], CAUSES["works"]
    asked, proof, pauses = _prove(desk, old, [dead, alive, dead, dead])
    assert proof.dead
    assert [event.deaths for event in asked] == [1, 0, 1]
    assert pauses == [30.0, 60.0, 30.0]


@pytest.mark.parametrize("name", ["dns-failed", "key-not-valid", "api-disabled"])
def test_no_death_counts_while_the_new_one_does_not_work(name: str) -> None:
    """A network that turns everything away, a project that is shut out: that says nothing of the old one."""
    _, desk, old, _ = _rotated()
    _, proof, _ = _prove(desk, old, [CAUSES["key-not-valid"]], [CAUSES[name]])
    assert not proof.dead


def test_a_proof_is_of_the_credential_that_was_asked_and_of_no_later_one() -> None:
    """Another program rotates while Google is asked: what is previous by then was never asked about."""
    vault, desk, old, _ = _rotated()
    third = samples.random_key()
    rotated: list[bool] = []

    async def ask(access: Access) -> Cause:
        assert isinstance(access.credential, ApiKey)
        return CAUSES["key-not-valid" if access.credential.secret.reveal() == old else "works"]

    async def pause(_: float) -> None:
        if not rotated:
            vault.keep("default", _access(third), outcome=Outcome.ACCEPTED, cause="works")
            rotated.append(True)

    async def run() -> list[Asked | Proof]:
        return [event async for event in rotate.prove(desk, "default", ask=ask, pause=pause)]

    *_, proof = asyncio.run(run())
    assert isinstance(proof, Proof)
    assert not proof.dead
    row = vault.profile("default")
    assert row is not None
    assert row.old is not None
    assert not row.old.dead
    assert not rotate.forget_previous(desk, "default", proof.generation)
    assert vault.previous("default") is not None


def test_without_an_old_one_there_is_nothing_to_prove() -> None:
    vault = memory_vault()
    desk = check_and_keep.AppContext(lambda: vault, {})
    with pytest.raises(NoSuchProfile):
        _prove(desk, "", [CAUSES["works"]])
    vault.keep("default", _access(samples.random_key()), outcome=Outcome.ACCEPTED, cause="works")
    with pytest.raises(NoSuchProfile):
        _prove(desk, "", [CAUSES["works"]])


# ---------------------------------------------------------------- against the loopback Google


async def _add(desk: check_and_keep.AppContext, access: Access) -> Report:
    async for event in check_and_keep.add(desk, access, "default"):
        if isinstance(event, Report):
            return event
    raise AssertionError("no report")


def test_a_deleted_key_is_proven_dead_by_google_itself(google: Google) -> None:
    vault = memory_vault()
    desk = check_and_keep.AppContext(lambda: vault, {})
    first, second = google.studio_key(), google.studio_key()
    asyncio.run(_add(desk, _access(first.text, google.url)))
    report = asyncio.run(_add(desk, _access(second.text, google.url)))
    assert report.old == ReplacedCredential(
        Kind.API_KEY, first.text[-4:], None, report.old.kept if report.old else None, Service.STUDIO
    )
    assert not report.old_dead

    async def pause(_: float) -> None:
        first.deleted = True

    async def run() -> list[Asked | Proof]:
        return [event async for event in rotate.prove(desk, "default", pause=pause)]

    generations = len(google.seen("generate"))
    events = asyncio.run(run())
    assert [getattr(event, "deaths", None) for event in events] == [0, 1, None]
    assert isinstance(events[-1], Proof)
    assert events[-1].dead
    assert len(google.seen("generate")) == generations, "a proof costs no generation"
    assert rotate.forget_previous(desk, "default")
    row = vault.profile("default")
    assert row is not None
    assert row.old is None


def test_a_key_that_came_because_the_old_one_died_is_told_so(google: Google) -> None:
    vault = memory_vault()
    desk = check_and_keep.AppContext(lambda: vault, {})
    first, second = google.studio_key(), google.studio_key()
    asyncio.run(_add(desk, _access(first.text, google.url)))
    first.deleted = True
    report = asyncio.run(_add(desk, _access(second.text, google.url)))
    assert (report.kept, report.old_dead) == (True, True)


def test_a_service_account_is_asked_with_a_token_of_its_own(google: Google) -> None:
    vault = memory_vault()
    desk = check_and_keep.AppContext(lambda: vault, {})
    ends = Endpoints(vertex=google.url, token=f"{google.url}/token")
    accounts = [google.service_account(), google.service_account()]
    for account in accounts:
        credential = recognise(account.text).credential
        assert isinstance(credential, ServiceAccount)
        access = Access(credential, Service.VERTEX, credential.project, "global", ends)
        assert asyncio.run(_add(desk, access)).kept
    accounts[0].key_revoked = True

    async def pause(_: float) -> None: ...

    async def run() -> list[Asked | Proof]:
        return [event async for event in rotate.prove(desk, "default", pause=pause)]

    events = asyncio.run(run())
    assert isinstance(events[-1], Proof)
    assert (events[-1].dead, events[-1].old.id) == (True, "service-account-key-revoked")


# ---------------------------------------------------------------- reminders


def test_reminders_come_from_the_index_the_most_urgent_first() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)

    def of(**more: object) -> tuple[Reminder, ...]:
        fresh: dict[str, object] = {
            "kept": "2026-11-20T10:00:00Z",
            "outcome": Outcome.ACCEPTED,
            "cause": "works",
        }
        return reminders(Profile("default", Kind.API_KEY, Service.STUDIO, **{**fresh, **more}), now)  # type: ignore[arg-type]

    assert of() == ()
    assert of(kept="2026-08-01T10:00:00Z") == (Reminder.AGE,)
    assert of(kept="nonsense") == ()
    assert of(outcome=Outcome.REFUSED, cause="key-leaked", standard=True) == (
        Reminder.LEAKED,
        Reminder.STANDARD,
    )
    assert of(outcome=Outcome.UNANSWERED, cause="dns-failed") == ()
    assert of(outcome=Outcome.BLOCKED, cause="billing-disabled") == (Reminder.BLOCKED,)
    assert of(old=ReplacedCredential(Kind.API_KEY)) == (Reminder.OLD_ALIVE,)
    assert of(old=ReplacedCredential(Kind.API_KEY, dead=True)) == (Reminder.OLD_DEAD,)


@pytest.mark.parametrize("said", ["key-not-valid", "api-disabled"])
def test_the_last_one_that_works_is_known_to_be_that(said: str) -> None:
    """Whether Google rejects the new one or shuts it out: without the old one nothing is left that works."""
    before = _rotated()[0].previous("default")
    assert before is not None
    for old, last in (("works", True), ("dns-failed", True), ("key-not-valid", False)):
        assert rotate.Both(before, CAUSES[old], CAUSES[said]).only_old_works is last, old
    for new in ("works", "dns-failed"):
        assert not rotate.Both(before, CAUSES["works"], CAUSES[new]).only_old_works, new


def test_a_rollback_is_followed_also_where_what_google_said_cannot_be_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault, desk, old, _ = _rotated()
    followed: list[StoredCredential] = []

    def fails(*_: object, **__: object) -> None:
        raise VaultFault(Fault.DENIED, "a store", "no note", "no-folder")

    monkeypatch.setattr(vault, "note_checked", fails)
    monkeypatch.setattr(rotate, "follow", lambda *given: followed.append(given[2]))
    kept = rotate.rollback(desk, "default", CAUSES["works"])
    assert followed == [kept]
    assert kept.access == _access(old)


def test_what_was_saved_is_said_to_be_also_where_its_deliveries_cannot_be_resumed(
    monkeypatch: pytest.MonkeyPatch, google: Google
) -> None:
    """A removal that did not come to its end, and the profile is added again."""
    vault, *_ = _rotated()

    def fails(*_: object) -> None:
        raise VaultFault(Fault.SLOW, "", "another program is writing", "busy")

    row = vault.profile("default")
    assert row is not None
    monkeypatch.setattr(vault, "profile", lambda _: replace(row, removing=True))
    monkeypatch.setattr(delivery, "resume", fails)
    access = _access(google.studio_key().text, google.url)
    report = asyncio.run(_add(check_and_keep.AppContext(lambda: vault, {}), access))
    assert (report.kept, report.fault) == (True, None)
    assert vault.read("default").access == access


@pytest.mark.parametrize(
    ("of_the_old", "of_the_new", "said", "code"),
    [
        ("works", "works", "Delete it at Google first", 3),
        ("key-expired", "google-error", "Try again in a few minutes", 5),
        ("google-error", "works", "Try again in a few minutes", 5),
        ("key-expired", "key-not-valid", "`gemini-setup check shop`", 3),
        ("works", "api-disabled", "The key in use doesn’t work", 3),
    ],
)
def test_a_proof_that_is_none_is_told_by_its_cause(
    of_the_old: str, of_the_new: str, said: str, code: int
) -> None:
    """To wait is advised only where waiting helps."""
    proof = Proof(False, CAUSES[of_the_old], CAUSES[of_the_new], 1)
    sentence, ended = rotation.unproven(proof, "wxyz", "shop")
    assert said in sentence
    assert "…wxyz" in sentence
    assert ended == code
