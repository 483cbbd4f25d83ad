"""What the list says of what was made: when it ends, what becomes of the previous one, and what is undone by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gemini_setup.actions import possessions
from gemini_setup.model.made import Made, MadeKind, Stage, made_of
from gemini_setup.model.reminders import Reminder, reminders

from .bench import EMAIL, PROJECT, Bench


def _reminders(bench: Bench, days: float) -> tuple[Reminder, ...]:
    row = bench.vault.profile("default")
    assert row is not None
    return reminders(row, datetime.now(UTC) + timedelta(days=days))


def test_a_key_that_ends_is_announced_two_weeks_before(bench: Bench) -> None:
    bench.fulfil(bench.account())
    row = bench.vault.profile("default")
    assert row is not None
    assert row.ours
    assert row.expires is not None
    assert Reminder.EXPIRES not in _reminders(bench, 70)
    assert _reminders(bench, 77) == (Reminder.EXPIRES,)
    assert _reminders(bench, 100) == (Reminder.EXPIRES,), "its age says nothing more"


def test_nobody_is_reminded_to_delete_what_goes_automatically(bench: Bench) -> None:
    bench.fulfil(bench.key())
    bench.fulfil(bench.rotation())
    assert _reminders(bench, 0) == (Reminder.OLD_RETIRING,)
    bench.cloud.clock.advance(days=8)
    assert bench.finish() == ["deleted"]
    assert _reminders(bench, 0) == (Reminder.OLD_DEAD,)


def test_a_row_of_the_list_survives_writing_and_reading() -> None:
    made = Made(
        MadeKind.SERVICE_ACCOUNT_KEY, "ab12", PROJECT, "default", "abcdefgh", Stage.RETIRING, EMAIL, "ab12"
    )
    assert made_of(made.as_json()) == made
    others: tuple[object, ...] = (None, [], {}, {"kind": "x"}, {**made.as_json(), "stage": "later"})
    assert [made_of(other) for other in others] == [None] * 5


def test_each_kind_has_its_way_to_be_undone_by_hand() -> None:
    for kind in MadeKind:
        made = Made(kind, "name", PROJECT, "default", "abcdefgh", Stage.MADE, EMAIL)
        command = possessions.undo(made)
        assert command[0] == "gcloud"
        assert "name" in " ".join(command)
        assert PROJECT in " ".join(command)
        assert "service-accounts delete" not in " ".join(command), "an account is never deleted"
