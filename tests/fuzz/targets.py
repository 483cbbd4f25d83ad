"""What is thrown at, as functions of bytes: each raises for a promise that is broken and for nothing else.

The first bytes choose (surface, status, which secret in which form, where), the rest is what comes in: a mutation of
one leaves the other as it is.
"""

from __future__ import annotations

import argparse
import io
import json
import ssl
import sys
from collections.abc import Callable, Coroutine, Iterable
from contextlib import redirect_stdout
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.checks.models import candidates_from, next_page, sentence_of
from gemini_setup.checks.runner import Run
from gemini_setup.cli import explain, result
from gemini_setup.cli import output as say
from gemini_setup.cli.terminal import Screen
from gemini_setup.diagnosis import answers, causes
from gemini_setup.diagnosis.answers import Evidence, Surface
from gemini_setup.diagnosis.causes import CAUSES
from gemini_setup.google.http import Reply, _retry_after
from gemini_setup.google.recognition import recognise, recognise_document, recognise_file, text_of
from gemini_setup.i18n import cause_texts
from gemini_setup.model.credentials import Access, ApiKey, Secret, Service, ServiceAccount, StoredCredential
from gemini_setup.model.events import Finding, Step
from gemini_setup.model.outcomes import Cause, Outcome
from gemini_setup.model.recognised import Recognised
from gemini_setup.security.redaction import plain, redact
from gemini_setup.usage import reader
from gemini_setup.vault import heads, index
from gemini_setup.vault.codec import head_of, kept_of
from tests.fuzz.planting import FORMS, RENDERINGS, SHAPED, session_secrets, wanted

Target = Callable[[bytes], None]

_PIPE: Final = Screen(io.StringIO())
CHOICES: Final = 8  # bytes before what comes in
_SURFACES: Final = (None, *Surface)
_PAGES: Final = frozenset(
    {
        "aistudio.google.com", "ai.google.dev", "console.cloud.google.com", "console.developers.google.com",
        "docs.cloud.google.com",
    }
)  # fmt: skip
_STEPS: Final = (Step.ACCEPTS, Step.SIGN_IN, Step.GENERATE, Step.OPENAI)


class Broken(AssertionError):
    """A promise that does not hold."""


def _must(true: bool, said: str) -> None:
    if not true:
        raise Broken(said)


def _clean(text: str, *, lines: bool, name: str) -> None:
    """Nothing that steers a terminal or turns a line around."""
    for character in set(text):
        if not character.isprintable():
            fine = character in "\n\t " if lines else False
            fine = fine or (
                lines
                and character.isspace()
                and character not in "\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"
            )
            _must(fine, f"{name} holds U+{ord(character):04X}")


class Chosen:
    """The choices of an input, and the rest of it."""

    def __init__(self, data: bytes) -> None:
        head = data[:CHOICES].ljust(CHOICES, b"\0")
        self.rest = data[CHOICES:]
        self.surface = _SURFACES[head[0] % len(_SURFACES)]
        self.status = 100 + (head[1] * 256 + head[2]) % 500
        self.secret = session_secrets()[head[3] % len(session_secrets())]
        self.form = FORMS[head[4] % len(FORMS)]
        self.place = head[5] * 256 + head[6]
        self.flags = head[7]
        self.shaped = SHAPED[head[3] % len(SHAPED)]

    def planted(self, text: str) -> str:
        """The text with the session's secret in it, in the chosen form."""
        at = self.place % (len(text) + 1)
        return f"{text[:at]}{self.form(self.secret, at)}{text[at:]}"

    def bystander(self, text: str) -> tuple[str, str]:
        """The text with somebody's secret in it, and that secret."""
        written, secret = self.shaped
        at = self.place % (len(text) + 1)
        return f"{text[:at]}{written}{text[at:]}", secret

    def holds(self, text: str, secret: str | None = None) -> bool:
        """Whether the text already holds of the secret what is looked for: then its coming out would say nothing."""
        seen = "".join(
            c for c in text.lower() if c.isprintable()
        )  # the fuzzer learns what it is compared with
        return wanted(secret or self.secret, lower=True).found_in(seen) is not None


def _looked(secret: str, texts: Iterable[tuple[str, str]], *, lower: bool = False) -> None:
    look = wanted(secret, lower=lower)
    for name, text in texts:
        found = look.found_in(text)
        _must(found is None, f"a secret is in {name}: {found!r}")


# ---------------------------------------------------------------- what every answer becomes


def _evidence_is_sound(evidence: Evidence, cause: Cause) -> list[tuple[str, str]]:
    """Checks the promises of evidence and cause; all texts that leave, by name."""
    known = CAUSES.get(cause.id)
    _must(known is not None, f"no such cause: {cause.id}")
    # Where an answer has not looked at the credential, the same cause counts as no answer (DESIGN §2).
    outcomes = {known.outcome, Outcome.UNANSWERED} if known is not None else set()
    _must(cause.outcome in outcomes, f"{cause.id} as {cause.outcome}")
    _must(evidence.status is None or 100 <= evidence.status <= 599, f"status {evidence.status}")
    facts = dict(evidence.facts)
    if evidence.status is not None:
        facts["status"] = str(evidence.status)
    out = [("text", evidence.text), ("exception", evidence.exception), *facts.items()]
    for name, value in facts.items():
        _must(isinstance(value, str) and bool(value), f"the fact {name} is {value!r}")
        _clean(value, lines=False, name=f"the fact {name}")
        _must(len(value) <= 400, f"the fact {name} has {len(value)} characters")
    _clean(evidence.text, lines=True, name="the text")
    _must(len(evidence.text) <= answers.LIMIT + 10, "the text is too long")
    _clean(evidence.words, lines=False, name="the words")
    out += _worded(cause, facts, evidence.text)
    return out


def _worded(cause: Cause, facts: dict[str, str], detail: str) -> list[tuple[str, str]]:
    known = cause_texts.friendly(facts)
    said = cause_texts.cause(cause.id, known)
    links = explanation.links_of(said, facts)
    finding = Finding(Step.ACCEPTS, cause, 1, MappingProxyType(facts), detail)
    out = [
        ("the title", said.title), ("what", said.what), ("why", said.why), ("the fixes", "\n".join(said.fixes)),
        ("the buttons", "\n".join(action.label for action in said.actions)),
        ("the message", cause_texts.admin_message(cause.id, known)),
        ("the details", check_and_keep.details_of(cause, facts, (finding,))),
        ("the trap", say.trap(_PIPE, cause_texts.trap(cause.id, known))),
        ("the command line", say.diagnosis(_PIPE, said, links)),
        ("the document", json.dumps(facts)),
    ]  # fmt: skip
    for name, text in out[:-1]:
        _clean(text, lines=True, name=name)
    for _, url in links:
        parts = urlsplit(url)
        _must(
            parts.scheme == "https" and parts.netloc in _PAGES and url.isprintable() and " " not in url,
            f"a link to {url!r}",
        )
    return out


def _done(asked: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        asked.send(None)
    except StopIteration as end:
        return end.value
    raise Broken("it waits")


# ---------------------------------------------------------------- the targets


def body(data: bytes) -> None:
    """The body of an HTTP answer, in which the session's secret comes back."""
    chosen = Chosen(data)
    text = chosen.rest.decode("utf-8", "surrogateescape" if chosen.flags & 1 else "replace")
    clean = not chosen.holds(text)
    sent = chosen.planted(text).encode("utf-8", "surrogateescape" if chosen.flags & 1 else "replace")
    secrets = [Secret(chosen.secret)]
    surface = chosen.surface or Surface.GEMINI_NATIVE
    evidence = answers.from_response(surface, chosen.status, sent, secrets)
    cause = causes.diagnose(evidence)
    out = _evidence_is_sound(evidence, cause)
    if clean:
        _looked(chosen.secret, out)
        _looked(chosen.secret, [("words", evidence.words)], lower=True)
    if chosen.flags & 0x70 == 0x70:
        again = answers.from_response(surface, chosen.status, sent, secrets)
        _must(again == evidence and causes.diagnose(again) is cause, "another result for the same answer")


def headers(data: bytes) -> None:
    """A whole HTTP answer as a check takes it: lines of headers, an empty line, the body."""
    chosen = Chosen(data)
    head, _, content = chosen.rest.partition(b"\n\n")
    lines = [line.partition(b":") for line in head.split(b"\n")[:40]]
    pairs = [
        (name.strip(), value.strip())
        for name, _, value in lines
        if name.strip() and name.isascii() and name.decode().isprintable() and b" " not in name.strip()
    ]
    clean = not chosen.holds(chosen.rest.decode("latin-1"))
    at = chosen.place % (len(content) + 1)
    sent = content[:at] + chosen.form(chosen.secret, at).encode() + content[at:]
    run = Run(Access(ApiKey(Secret(chosen.secret)), Service.STUDIO), generate=True, environ={})
    step = _STEPS[chosen.flags % len(_STEPS)]
    seen: list[Reply] = []

    async def question() -> Reply:
        answer = httpx.Response(chosen.status, headers=pairs, stream=httpx.ByteStream(sent))
        seen.append(Reply(chosen.status, dict(answer.headers), answer.read()[:1_000_000]))
        return seen[0]

    run.start(step)
    reply, evidence, cause = _done(run.asked(chosen.surface or Surface.GEMINI_NATIVE, question()))
    if reply is not None:
        offset, pause = reply.clock_offset, _retry_after(reply.headers)
        _must(offset is None or isinstance(offset, float), "a clock's difference is a number")
        _must(pause >= 0, "a pause is none")
        document = reply.json()
        run.sentence = sentence_of(document)
        _clean(run.sentence, lines=False, name="the sentence")
        _must(all(0 < len(model) <= 80 for model in candidates_from(document)), "a model's name")
        _must(len(next_page(document)) <= 2000, "a page's name")
        if offset is not None and abs(offset) > 300:
            run.finish(step, cause, evidence, facts={"clock": str(round(offset))})
    if not run.ended(step):
        run.finish(step, cause, evidence)
    out = _evidence_is_sound(evidence, cause)
    report = check_and_keep._report("default", run.result())
    said = check_and_keep.diagnosis(report)
    out += [
        ("the report", repr(report)), ("its details", report.details), ("its sentence", report.sentence),
        ("its message", check_and_keep.admin_message(report)), ("its document", json.dumps(result.document(report))),
        ("its words", say.diagnosis(_PIPE, said, explanation.links_of(said, report.facts))),
    ]  # fmt: skip
    _clean(report.details, lines=True, name="the details")
    if clean:
        _looked(chosen.secret, out)


def pasted(data: bytes) -> None:
    """A pasted error as `explain` takes it, from the window and on the command line; somebody's secret is in it."""
    chosen = Chosen(data)
    text, secret = chosen.bystander(text_of(chosen.rest))
    clean = not chosen.holds(text_of(chosen.rest), secret)
    found = explanation.explain(text, chosen.surface, chosen.status if chosen.flags & 1 else None)
    evidence = answers.from_text(text, chosen.surface, chosen.status if chosen.flags & 1 else None)
    out = _evidence_is_sound(evidence, found.cause)
    out += [("the explanation", repr(found))]
    _must(causes.diagnose(evidence) is found.cause, "another cause for the same text")
    options = argparse.Namespace(
        json=bool(chosen.flags & 2), trap=bool(chosen.flags & 4), surface=None, status=None, command="explain"
    )
    printed, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "replace")), "utf-8")
    try:
        with redirect_stdout(printed):
            _must(explain.run(options) == 0, "explain fails")
    finally:
        sys.stdin = stdin
    if options.json:
        json.loads(printed.getvalue())
    _clean(printed.getvalue(), lines=True, name="what explain prints")
    out.append(("what explain prints", printed.getvalue()))
    if clean:
        _looked(secret, out)
        _looked(secret, [("words", evidence.words)], lower=True)
        _looked(secret, [("a line", plain(redact(text), 10**6)), ("a masked text", redact(text))])


def key(data: bytes) -> None:
    """A text in the field for a key."""
    chosen = Chosen(data)
    text = text_of(chosen.rest)
    found = recognise(text)
    _recognised(found, text)
    if isinstance(found.credential, ApiKey):
        secret = found.credential.secret.reveal()
        _must(bool(secret) and all("!" <= c <= "~" for c in secret), "a key that no header carries")
        _must(found.length == len(secret), "another length")
        # A check looks at the key once more and stops for this cause alone; it may have an = in it.
        _must(recognise(secret).cause != "key-not-sendable", "no key any more")
        _looked(secret, [("what is recognised", repr(found))])


def file(data: bytes) -> None:
    """A chosen file, and what becomes of the service account in it."""
    chosen = Chosen(data)
    content = chosen.rest
    if chosen.flags & 1:  # a sound file around what comes in
        content = _with_account(chosen)
    found = recognise_file(content)
    text = text_of(content)
    _recognised(found, text)
    _recognised(recognise_document(text), text)
    if isinstance(found.credential, ServiceAccount):
        account = found.credential
        access = Access(account, Service.VERTEX, account.project or None, "global")
        head = head_of(access, 1, "2026-11-21T00:00:00Z")
        parted, parts = heads.in_parts(head)
        back = heads.parse(heads.compose(parted))
        kept = kept_of(back, heads.whole(back, list(parts)))
        _must(
            isinstance(kept.access.credential, ServiceAccount)
            and json.loads(kept.access.credential.document.reveal()) == json.loads(account.document.reveal()),
            "another file came back",
        )
        if chosen.flags & 1 and not chosen.holds(text_of(chosen.rest), session_secrets()[5]):
            _looked(session_secrets()[5], [("the account", repr(account))])


def _with_account(chosen: Chosen) -> bytes:
    fields = {
        "type": "service_account",
        "project_id": "some-project",
        "private_key_id": "0123456789" * 4,
        "private_key": f"-----BEGIN PRIVATE KEY-----\n{session_secrets()[5]}\n-----END PRIVATE KEY-----\n",
        "client_email": "gemini@some-project.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    text = text_of(chosen.rest)
    name = (*fields, "universe_domain", "more")[chosen.place % (len(fields) + 2)]
    document = json.dumps(fields)
    if chosen.flags & 2:  # any JSON in a member's place
        return f'{document[:-1]},"{name}":{text}}}'.encode("utf-8", "replace")
    return json.dumps({**fields, name: text}).encode()


def _recognised(found: Recognised, text: str) -> None:
    """The promises of what a text or a file is, and of the report on what can't be a credential."""
    _must(found.cause is None or found.cause in CAUSES, f"no such cause: {found.cause}")
    _must(len(found.name) <= 80, "a long name")
    _clean(found.name, lines=False, name="the name")
    _clean(found.hint, lines=False, name="the hint")
    if found.credential is not None:
        _must(found.cause is None, "it is checked and has a cause")
    said = cause_texts.text("window.what", found.what.value, {"name": found.name})
    _clean(said, lines=False, name="what it is")
    for secret in session_secrets():
        if not any(part in said for part in (secret[4:16], secret[-20:-5])):
            continue
        raise Broken("a secret is in what it is")
    if found.cause is not None:
        report = check_and_keep.turned_away("default", Step.FILE, found)
        _worded(report.cause, dict(report.facts), report.details)


_EXCEPTIONS: Final[tuple[Callable[[str], BaseException], ...]] = (
    httpx.ConnectError,
    httpx.ReadTimeout,
    httpx.ProxyError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
    ssl.SSLError,
    lambda text: ssl.SSLCertVerificationError(1, text),
    lambda text: OSError(111, text),
    ValueError,
    KeyError,
    lambda text: UnicodeEncodeError("ascii", text or "x", 0, 1, text),
    lambda text: ExceptionGroup(text, [ValueError(text)]),
    lambda text: json.JSONDecodeError(text, text, 0),
    lambda text: type("Silent", (Exception,), {"__str__": lambda self: 1 / 0})(text),
    lambda text: RuntimeError({"authorization": text}),
)


def exceptions(data: bytes) -> None:
    """An exception and what caused it, in whose words the session's secret stands."""
    chosen = Chosen(data)
    text = chosen.rest.decode("utf-8", "replace")
    clean = not chosen.holds(text)
    chosen.form = FORMS[FORMS.index(chosen.form) % RENDERINGS]  # an exception's words are rendered once more
    error: BaseException | None = None
    for number, piece in enumerate((*text.split("\n--\n")[:8],)):
        said = chosen.planted(piece) if number == chosen.flags % 3 else piece
        maker = _EXCEPTIONS[(chosen.place + number * 7 + len(piece)) % len(_EXCEPTIONS)]
        before, error = error, maker(said)
        if number % 2:
            error.__cause__ = before
        else:
            error.__context__ = before
    assert error is not None
    secrets = [Secret(chosen.secret)]
    evidence = answers.from_exception(chosen.surface or Surface.TRANSPORT, error, secrets)
    out = _evidence_is_sound(evidence, causes.diagnose(evidence))
    if clean:
        _looked(chosen.secret, out)


def keyring(data: bytes) -> None:
    """What may lie in a keyring and in the index: read as the vault and the reader read it."""
    chosen = Chosen(data)
    texts = chosen.rest.decode("utf-8", "replace").split("\n--\n")
    kept: StoredCredential | None = None
    try:
        head = heads.parse(texts[0])
        again = heads.parse(heads.compose(head))
        whole = heads.whole(head, list(texts[1 : 1 + head.parts]))
        kept = kept_of(head, whole)
        _must(again.generation == head.generation and again.body == head.body, "another head came back")
        _clean(repr((head, kept)), lines=False, name="the head's repr")
    except (heads.Damaged, heads.UnknownSchema) as error:
        said = str(error)
        _must(len(said) <= 60 and (len(texts[0]) < 12 or said not in texts[0]), "what is damaged is repeated")
    else:
        for field in (None, "key", "service-account", "project", "location", "base-url"):
            try:
                value = reader._field("default", field, head, whole)
            except heads.Damaged:
                continue
            _must(value is None or isinstance(value, str), "a field is a text")
    document = index._document(texts[-1])
    for row in (document or {"profiles": []})["profiles"]:
        profile = index._profile(row)
        if profile is not None:
            json.dumps(profile.as_json())
            _must(profile.outcome is None or isinstance(profile.outcome, Outcome), "no such outcome")


TARGETS: Final[dict[str, Target]] = {
    "body": body,
    "headers": headers,
    "pasted": pasted,
    "key": key,
    "file": file,
    "exceptions": exceptions,
    "keyring": keyring,
}
