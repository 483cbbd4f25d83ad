"""Sent places: a stand-in in the place of each vendor's program, which notes what it gets and answers as told.

The real programs are in `make interop`; here is what goes wrong, and the two that no registry has (vault, op).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gemini_setup import delivery
from gemini_setup.actions import rotate
from gemini_setup.actions.check_and_keep import AppContext
from gemini_setup.cli.parser import DESTINATIONS, TEXTS
from gemini_setup.delivery import records
from gemini_setup.google.recognition import recognise
from gemini_setup.model.credentials import Access, ApiKey, GcloudSignIn, Secret, Service
from gemini_setup.vault.vault import Vault
from tests.core import samples
from tests.delivery.conftest import Keep, kept

#: A store in a file: `$HOME/store` is what it has, `$HOME/seen` its arguments and environment.
_STAND_IN = """#!/bin/sh
{{ echo "$@"; env; }} >>"$HOME/seen"
{body}
"""
VAULT = """
case "$*" in
  "kv patch"*) [ -e "$HOME/store" ] || {{ echo "No value found at secret/data/shop" >&2; exit 2; }}
    cat >"$HOME/store"; echo '{{"data": {{"version": 2}}}}' ;;
  "kv put"*) cat >"$HOME/store"; echo '{{"data": {{"version": 1}}}}' ;;
  "kv get"*) cat "$HOME/store" ;;
esac
"""
OP = """
case "$*" in
  "item get"*) [ -e "$HOME/store" ] || {{ echo "isn't an item" >&2; exit 1; }} ;;
  "item create"*|"item edit"*) sed 's/.*"value": "//; s/".*//' >"$HOME/store"; echo '{{"version": 7}}' ;;
  read*) cat "$HOME/store" ;;
esac
"""


class Vendor:
    def __init__(self, home: Path, name: str, body: str) -> None:
        self.store, self.seen = home / "store", home / "seen"
        self.program = home / "bin" / name
        self.program.parent.mkdir(exist_ok=True)
        self.does(body)

    def does(self, body: str) -> None:
        self.program.write_text(_STAND_IN.format(body=body.replace("{{", "{").replace("}}", "}")))
        self.program.chmod(0o755)


@pytest.fixture
def bin_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    return home


def _connect(vault: Vault, target: str, to: str = "", name: str = "") -> str:
    return delivery.send(vault, delivery.plan_sending(vault, target, "default", to, name))[1]


@pytest.mark.parametrize(
    ("target", "program", "to", "body"),
    [("vault", "vault", "secret/shop", VAULT), ("1password", "op", "Private", OP)],
)
def test_sent_followed_and_forgotten(
    target: str, program: str, to: str, body: str, vault: Vault, keep: Keep, bin_first: Path
) -> None:
    vendor = Vendor(bin_first, program, body)
    key = keep()
    _connect(vault, target, to)
    assert vendor.store.read_text().strip() == key
    keys = [key]
    for _ in range(2):
        keys.append(keep())
        (followed,) = delivery.follow(vault, "default")
        assert (followed.tool, followed.trouble) == (target, "")
        assert vendor.store.read_text().strip() == keys[-1]
    seen = vendor.seen.read_text()
    recorded = "".join(path.read_text() for path in bin_first.rglob("delivered/*.json"))
    assert not any(one in seen + recorded for one in keys)
    row = vault.profile("default")
    assert row is not None
    assert row.delivered == ((target, f"{to} GEMINI_API_KEY", ""),)
    (where,) = delivery.forget(vault, target)
    assert str(where) == f"{to} GEMINI_API_KEY"
    keep()
    assert delivery.follow(vault, "default") == ()
    assert vendor.store.read_text().strip() == keys[-1]
    assert records.everything() == []


@pytest.mark.parametrize(
    ("does", "obstacle"),
    [
        ("cat >/dev/null; echo denied >&2; exit 1", "send-failed"),
        (VAULT.replace('cat "$HOME/store" ;;', "echo another ;;"), "not-read-back"),
        ("cat >/dev/null", "not-read-back"),
    ],
)
def test_what_is_not_proven_is_no_delivery(
    does: str, obstacle: str, vault: Vault, keep: Keep, bin_first: Path
) -> None:
    Vendor(bin_first, "vault", does)
    keep()
    with pytest.raises(delivery.DeliveryError, match=obstacle):
        _connect(vault, "vault", "secret/shop")
    assert records.everything() == []


def test_what_a_program_says_is_shown_without_the_secret(vault: Vault, keep: Keep, bin_first: Path) -> None:
    Vendor(bin_first, "vault", 'printf "refused: %s\\n" "$(cat)" >&2; exit 1')
    key = keep()
    with pytest.raises(delivery.DeliveryError) as caught:
        _connect(vault, "vault", "secret/shop")
    assert "refused" in caught.value.facts["why"]
    assert key not in caught.value.facts["why"]


def test_a_place_that_fails_at_a_rotation_is_said_and_tried_by_the_next(
    vault: Vault, keep: Keep, bin_first: Path
) -> None:
    vendor = Vendor(bin_first, "vault", VAULT)
    first = keep()
    _connect(vault, "vault", "secret/shop")
    vendor.does("exit 1")
    keep()
    (followed,) = delivery.follow(vault, "default")
    assert followed.trouble == "send-failed"
    assert vendor.store.read_text() == first
    assert delivery.delivered("default")[0].trouble == "send-failed"
    vendor.does(VAULT)
    key = keep()
    (followed,) = delivery.follow(vault, "default")
    assert (followed.trouble, vendor.store.read_text()) == ("", key)


def test_a_killed_run_leaves_a_place_that_the_next_rotation_reaches(
    vault: Vault, keep: Keep, bin_first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = Vendor(bin_first, "vault", VAULT)
    keep()

    class Killed(BaseException):
        pass

    def killed(*_: object) -> str:
        raise Killed

    destination = delivery.DESTINATIONS["vault"]
    with monkeypatch.context() as patch:
        patch.setattr(type(destination), "send", killed)
        with pytest.raises(Killed):
            _connect(vault, "vault", "secret/shop")
    assert not vendor.store.exists()
    key = keep()
    (followed,) = delivery.follow(vault, "default")
    assert (followed.trouble, vendor.store.read_text()) == ("", key)


def test_two_credentials_of_one_second_have_two_names_in_docker(
    vault: Vault, keep: Keep, bin_first: Path
) -> None:
    """Else the second would be taken for the first, which is there already."""
    names = bin_first / "names"
    Vendor(
        bin_first,
        "docker",
        'case "$2" in create) cat >/dev/null; echo "$5" >>"$HOME/names"; echo "$5" ;; inspect) echo "$3" ;; esac',
    )
    keep()
    _connect(vault, "docker")
    keep()
    delivery.follow(vault, "default")
    assert len({*names.read_text().splitlines()}) == 2


def test_a_program_that_is_not_here_and_one_that_never_ends(
    vault: Vault, keep: Keep, bin_first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    with pytest.raises(delivery.DeliveryError, match="no-program"):
        _connect(vault, "vault", "secret/shop")
    Vendor(bin_first, "vault", "exec sleep 60")
    monkeypatch.setattr("gemini_setup.delivery.destinations.vendor_program.PATIENCE", 0.2)
    with pytest.raises(delivery.DeliveryError, match="no-end"):
        _connect(vault, "vault", "secret/shop")


@pytest.mark.parametrize(
    ("target", "to", "name", "obstacle"),
    [
        ("vault", "", "", "need-to"),
        ("docker", "somewhere", "", "no-to"),
        ("vault", "--address=x", "", "odd-place"),
        ("vault", "a b", "", "odd-place"),
        ("github", "", "-x", "odd-place"),
        ("github", "", "A=B", "odd-place"),
    ],
)
def test_what_could_be_an_option_is_no_place(
    target: str, to: str, name: str, obstacle: str, vault: Vault, keep: Keep
) -> None:
    keep()
    with pytest.raises(delivery.DeliveryError, match=obstacle):
        delivery.plan_sending(vault, target, "default", to, name)


def test_another_profile_is_not_sent_over_it_and_a_removed_one_is_sent_no_more(
    vault: Vault, keep: Keep, bin_first: Path
) -> None:
    vendor = Vendor(bin_first, "vault", VAULT)
    first = keep()
    kept(vault, Access(samples_key(), Service.STUDIO), "work")
    _connect(vault, "vault", "secret/shop")
    with pytest.raises(delivery.DeliveryError, match="sent-already"):
        delivery.plan_sending(vault, "vault", "work", "secret/shop")
    rotate.remove(AppContext(lambda: vault), "default")
    keep()
    assert delivery.follow(vault, "default") == ()
    assert vendor.store.read_text() == first


def samples_key() -> ApiKey:
    return ApiKey(Secret(samples.random_key()))


def test_two_places_are_told_apart(vault: Vault, keep: Keep, bin_first: Path) -> None:
    Vendor(bin_first, "vault", VAULT)
    keep()
    _connect(vault, "vault", "secret/shop")
    _connect(vault, "vault", "secret/else", "OTHER")
    assert [delivery.named(one) for one in delivery.delivered()] == [
        f"vault --to {to} --name {name}" for to, name in sorted(
            (("secret/shop", "GEMINI_API_KEY"), ("secret/else", "OTHER")),
            key=lambda one: records.record_id("vault", " ".join(one)),
        )
    ]  # fmt: skip
    with pytest.raises(delivery.DeliveryError, match="which-place"):
        delivery.forget(vault, "vault")
    assert len(delivery.forget(vault, "vault", name="OTHER")) == 1


def test_a_service_account_goes_on_one_line_and_a_sign_in_not_at_all(vault: Vault, bin_first: Path) -> None:
    vendor = Vendor(bin_first, "vault", VAULT)
    document = samples.service_account()
    account = recognise(json.dumps(document, indent=2)).credential
    assert account is not None
    kept(vault, Access(account, Service.VERTEX, "some-project", "global"))
    _connect(vault, "vault", "secret/shop")
    assert json.loads(vendor.store.read_text()) == document
    assert "\n" not in vendor.store.read_text()
    kept(vault, Access(GcloudSignIn(), Service.VERTEX, "some-project", "global"), "mine")
    with pytest.raises(delivery.NotForThisTool):
        delivery.plan_sending(vault, "vault", "mine", "secret/mine")


def test_the_command_line_knows_them() -> None:
    assert tuple(delivery.DESTINATIONS) == DESTINATIONS
    assert tuple(delivery.TEXTS) == TEXTS
    assert not {*delivery.DESTINATIONS} & {*delivery.TOOLS, *delivery.TEXTS}
