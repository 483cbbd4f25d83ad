"""A Secret Service that lies: silence, wrong types, answers cut short, writes that are acknowledged and not done.

A service of our own on a real bus; honest until it is told how to lie. What is read is what was kept or a fault that is
said within its limit; what is written is proven, or the one before stays.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from gemini_setup.model.outcomes import Outcome
from gemini_setup.usage import reader
from gemini_setup.vault.backends import dbus
from gemini_setup.vault.factory import open_vault
from gemini_setup.vault.faults import VaultFault
from tests.secretservice import SecretService, is_possible
from tests.waiting import LATE

from .conftest import use
from .samples import key, key_text

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs dbus-daemon, gnome-keyring, libsecret-tools")
ROOT, COLLECTION, SESSION = "/org/freedesktop/secrets", "/org/freedesktop/secrets/collection/c", "/s"
Answer = tuple[str, tuple[Any, ...]]
Lie = Callable[["Liar", str, Answer, Message], Answer | None]


class Liar(threading.Thread):
    """An honest Secret Service in memory; `lie` may change an answer, or give None: then none comes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.items: dict[str, tuple[dict[str, str], bytes]] = {}
        self.lie: Lie | None = None
        self.number = 0
        self.connection: DBusConnection = open_dbus_connection("SESSION")
        owner = DBusAddress(ROOT.replace("secrets", "DBus"), "org.freedesktop.DBus", "org.freedesktop.DBus")
        self.connection.send_and_get_reply(new_method_call(owner, "RequestName", "su", (dbus.SECRETS, 0)))
        self.start()

    def run(self) -> None:
        while True:
            try:
                message = self.connection.receive()
            except (OSError, ValueError, KeyError):
                return
            if message.header.message_type is MessageType.method_call:
                member = message.header.fields[HeaderFields.member]
                answer: Answer | None = self.honest(member, message)
                if self.lie is not None and answer is not None:
                    answer = self.lie(self, member, answer, message)
                if answer is not None:
                    made = new_error if answer[0].startswith("!") else new_method_return
                    sent = (
                        made(message, answer[0][1:], "s", ("a lie",))
                        if made is new_error
                        else made(message, *answer)
                    )
                    self.connection.send(sent)

    def honest(self, member: str, message: Message) -> Answer:
        body, path = message.body, message.header.fields[HeaderFields.path]
        match member:
            case "OpenSession":
                return "vo", (("s", ""), SESSION)
            case "ReadAlias":
                return "o", (COLLECTION,)
            case "Get":
                attributes = self.items.get(path, ({}, b""))[0]
                found = {"Attributes": ("a{ss}", attributes), "Modified": ("t", 1)}
                return "v", (found.get(body[1], ("b", False)),)
            case "SearchItems":
                wanted = body[0].items()
                return "aoao", ([one for one, (has, _) in self.items.items() if wanted <= has.items()], [])
            case "GetSecret" | "GetSecrets" if not {path, *(body[0] if member == "GetSecrets" else ())} - {
                ROOT
            } <= {*self.items}:
                return "!org.freedesktop.Secret.Error.NoSuchObject", ()
            case "GetSecrets":
                return "a{o(oayays)}", ({one: self.secret(one) for one in body[0]},)
            case "GetSecret":
                return "(oayays)", (self.secret(path),)
            case "SetSecret":
                self.items[path] = self.items[path][0], bytes(body[0][2])
                return "", ()
            case "CreateItem":
                self.number += 1
                name = f"{COLLECTION}/{self.number}"
                attributes = body[0]["org.freedesktop.Secret.Item.Attributes"][1]
                self.items[name] = dict(attributes), bytes(body[1][2])
                return "oo", (name, "/")
            case "Delete":
                self.items.pop(path, None)
                return "o", ("/",)
        return "", ()

    def secret(self, path: str) -> tuple[str, bytes, bytes, str]:
        return SESSION, b"", self.items[path][1], "text/plain"


def of(*members: str, answer: Answer | None) -> Lie:
    return lambda _, member, honest, __: answer if member in members else honest


def spoiled(change: Callable[[bytes], bytes]) -> Lie:
    """What is read is not what is there."""

    def lie(liar: Liar, member: str, honest: Answer, message: Message) -> Answer:
        if member == "GetSecret":
            session, iv, text, kind = honest[1][0]
            return honest[0], ((session, iv, change(text), kind),)
        if member == "GetSecrets":
            return honest[0], ({p: (s, i, change(t), k) for p, (s, i, t, k) in honest[1][0].items()},)
        return honest

    return lie


def not_done(change: Callable[[bytes], bytes]) -> Lie:
    """What was written is acknowledged, and something else is there."""

    def lie(liar: Liar, member: str, honest: Answer, message: Message) -> Answer:
        if member in ("SetSecret", "CreateItem"):
            path = honest[1][0] if member == "CreateItem" else message.header.fields[HeaderFields.path]
            attributes, text = liar.items[path]
            liar.items[path] = attributes, change(text)
        return honest

    return lie


def hang_up(liar: Liar, member: str, honest: Answer, message: Message) -> Answer | None:
    if member in ("GetSecret", "GetSecrets"):
        liar.connection.close()
        return None
    return honest


READING: dict[str, Lie] = {
    "silence": lambda *_: None,
    "no session": of("OpenSession", answer=None),
    "silence when asked": of("GetSecret", "GetSecrets", answer=None),
    "silence when searched": of("SearchItems", answer=None),
    "a text for a secret": of("GetSecret", "GetSecrets", answer=("s", ("text",))),
    "a number for items": of("SearchItems", answer=("u", (5,))),
    "nothing for items": of("SearchItems", answer=("", ())),
    "items of nowhere": of("SearchItems", answer=("aoao", (["/nowhere"], []))),
    "a session of another kind": of("OpenSession", answer=("s", ("x",))),
    "refused": of("GetSecret", "GetSecrets", answer=("!org.freedesktop.DBus.Error.AccessDenied", ())),
    "failed": of("SearchItems", answer=("!org.freedesktop.DBus.Error.Failed", ())),
    "an unheard-of error": of("GetSecret", "GetSecrets", answer=("!a.b", ())),
    "locked": of("GetSecret", "GetSecrets", answer=("!org.freedesktop.Secret.Error.IsLocked", ())),
    "empty": spoiled(lambda text: b""),
    "half": spoiled(lambda text: text[: len(text) // 2]),
    "no text": spoiled(lambda text: b"\xff\xfe" + text),
    "nested": spoiled(lambda text: b"[" * 50_000),
    "another schema's": spoiled(lambda text: text.replace(b"gemini-credentials/1", b"something")),
    "a megabyte more": spoiled(lambda text: text + b"x" * (1 << 20)),
    "another generation": spoiled(lambda text: text.replace(b'"generation":2', b'"generation":"2"')),
    "an address in clear": spoiled(
        lambda text: text.replace(b'"endpoints":null', b'"endpoints":{"gemini":"http://evil.example"}')
    ),
    "a key of two lines": spoiled(lambda text: text.replace(b'"api_key":"', b'"api_key":"x\\ny')),
    "hanging up": hang_up,
}
WRITING: dict[str, Lie] = {
    "nothing is done": not_done(lambda text: b""),
    "half is done": not_done(lambda text: text[: len(text) // 2]),
    "something else is done": not_done(lambda text: b"something else"),
    "refused": of("SetSecret", "CreateItem", answer=("!org.freedesktop.DBus.Error.AccessDenied", ())),
    "silence": of("SetSecret", "CreateItem", answer=None),
}


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    monkeypatch.setattr(dbus, "LIMIT", 1.5)
    with SecretService("none") as session:
        use(monkeypatch, session)
        liar = Liar()
        vault = open_vault()
        for mark in "ab":
            vault.keep("default", key(mark), outcome=Outcome.ACCEPTED, cause="works")
        vault.close()
        yield liar
        liar.connection.close()


def whole() -> str:
    head, body = open_vault().whole("default")
    return reader.key_of("default", head, body)


def read() -> set[str]:
    """What our two readers say; a fault says nothing."""
    found = set()
    looks: tuple[Callable[[], str], ...] = (reader.get, whole)
    for look in looks:
        begun, told = time.monotonic(), ""
        try:
            found.add(look())
        except (VaultFault, reader.NotKept) as said:
            told = f"{said} {said!r}"
        assert key_text("b") not in told
        assert time.monotonic() - begun < LATE
    return found


def test_an_honest_one_is_one(liar: Liar) -> None:
    assert read() == {key_text("b")}


@pytest.mark.parametrize("way", list(READING))
def test_what_is_read_was_kept_or_a_fault_is_said(liar: Liar, way: str) -> None:
    liar.lie = READING[way]
    assert read() <= {key_text("a"), key_text("b")}


@pytest.mark.parametrize("way", list(WRITING))
def test_what_is_not_written_is_noticed_and_the_one_before_stays(liar: Liar, way: str) -> None:
    liar.lie = WRITING[way]
    with pytest.raises(VaultFault):
        open_vault().keep("default", key("c"), outcome=Outcome.ACCEPTED, cause="works")
    liar.lie = None
    found = read()
    assert found <= {key_text("a"), key_text("b")}
    assert found
