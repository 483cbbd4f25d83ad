"""The wall that everything passes on its way out: texts without the secrets in them. Knows shapes and nothing else."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from gemini_setup.model.credentials import Credential, GcloudSignIn, Secret, ServiceAccount


def _begins(name: str) -> str:
    """The literal `name` where a secret may begin: not inside a word, but after an escape or a code that ends in a letter
    or a digit ("\\n", "\\u0022", "%3D"). The test stands behind the literal, so that the search can leap to it.
    """
    name = re.escape(name)
    codes = (r"\\[bfnrt]", r"\\x[0-9A-Fa-f]{2}", r"\\u[0-9A-Fa-f]{4}", "%[0-9A-Fa-f]{2}", "%25[0-9A-Fa-f]{2}")
    return f"{name}(?:(?<![A-Za-z0-9_]{name})" + "".join(f"|(?<={code}{name})" for code in codes) + ")"


_DOT: Final = r"(?:\.|%(?:25)?2[Ee])"
_SLASH: Final = r"(?:\\*/|%(?:25)?2[Ff])"
_KEY_SHAPES: Final = (
    re.compile(r"AIza[0-9A-Za-z_-]{16,}"),
    re.compile(rf"{_begins('AQ')}{_DOT}[0-9A-Za-z._%-]{{12,}}"),
    re.compile(rf"{_begins('sk-')}[A-Za-z0-9_-]{{16,}}"),
)
# How a name and its value are parted, in a header, JSON (nested too), Python or a shell.
_IS: Final = r"\\*[\"']?\s*[:=]\s*b?\\*[\"']?"
_PAIR: Final = r"\\*[\"'],\s*b?\\*[\"']"  # and in a tuple, as Python's HTTP libraries show headers
_NAMES: Final = (
    r"x-(?:goog-)?api-key|api[_-]?key|access_token|refresh_token|client_secret|private_key|assertion"
)
# What was masked already, and another name: its own value is the secret, which is not known without its name.
_NO_VALUE: Final = rf"(?!\s|\[|…|(?:{_NAMES}|(?:proxy-)?authorization)\\*[\"']?\s*[:=])"
# Of a private key; not where it would take dashes from the beginning of another one, which would no more be known.
_END: Final = r"END[^-]{0,40}-----(?!-{0,4}BEGIN)"
# Words of which one must be there in lower case (none: the search itself is fast), what to find, what to put there.
_TOKEN_SHAPES: Final[tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]] = (
    (
        (),
        re.compile(
            rf"-----BEGIN[^-]{{0,40}}-----[^-]*+(?:-(?!----{_END})[^-]*+)*+(?:-----{_END})?"
        ),
        "[private key]",
    ),
    ((), re.compile(rf"{_begins('eyJ')}[0-9A-Za-z_-]{{8,}}(?:{_DOT}[0-9A-Za-z_-]*){{0,2}}"), "[token]"),
    ((), re.compile(rf"{_begins('ya29')}{_DOT}[0-9A-Za-z._-]{{8,}}"), "[token]"),
    ((), re.compile(rf"{_begins('1')}{_SLASH}{{2}}[0-9A-Za-z_-]{{16,}}"), "[token]"),
    ((), re.compile(rf"{_begins('GOCSPX-')}[0-9A-Za-z_-]{{8,}}"), "[client secret]"),
    # The last @ before the path ends the user-info: passwords have an @ in them.
    ((), re.compile(r"(:(?:\\*/){2})[^/\s@\"'<>]{1,300}@(?:[^/?#\s@\"'<>]{1,300}@)*"), r"\1[user]@"),
    (("%2f%2f",), re.compile(r"(?i)(%3A%2F%2F)(?:[^/\s@\"'<>%]|%(?!2F|40)){1,300}(?:@|%40)"), r"\1[user]@"),
    (
        ("authorization",),
        re.compile(
            rf"(?i)(\bauthorization(?:{_IS}|{_PAIR})(?:bearer|basic)\s+){_NO_VALUE}[^\s\"'\\,;<>]{{8,}}"
        ),
        r"\1[secret]",
    ),
    (("bearer",), re.compile(r"(?i)(\bbearer\s+)(?=[a-z_.~+/-]*\d)[\w.~+/-]{16,}=*"), r"\1[secret]"),
    (
        (
            "api-key", "api_key", "apikey", "access_token", "refresh_token", "client_secret", "private_key", "assertion",
        ),
        re.compile(rf"(?i)((?<![A-Za-z0-9])(?:{_NAMES}){_IS}){_NO_VALUE}[^\s\"'\\,;&}}<>]{{12,}}"),
        r"\1[secret]",
    ),
    (
        ("api-key",),
        re.compile(rf"(?i)(\bx-(?:goog-)?api-key{_PAIR}){_NO_VALUE}[^\s\"'\\]{{12,}}"),
        r"\1[secret]",
    ),
    (
        ("key", "token", "assertion"),
        re.compile(
            r"(?i)((?:[?&;]|\\u0026|%26|%3F)(?:key|api_key|access_token|assertion)(?:=|%3D))(?![\[…])[^&\s\"'<>]{4,}"
        ),
        r"\1[secret]",
    ),
    # Outside of an address `key=` is said of many things: a secret is long, of letters and digits, and not quoted.
    (
        ("key=",),
        re.compile(r"(?i)(?<![\w.-])(key=)(?=[\w.~+/-]{16})(?=[a-z_.~+/-]*\d)(?=[\d_.~+/-]*[a-z])[\w.~+/-]+"),
        r"\1[secret]",
    ),
)  # fmt: skip
# What a terminal obeys; never a letter with which a secret begins, which would no more be known without it.
_ESCAPES = re.compile(
    "\x1b(?:\\[[0-9;?]{0,16}[ -/]?(?:(?=AIza|AQ\\.|AQ%2|sk-|eyJ|ya29|GOCSPX)|[@-~])"
    "|\\][^\x07\x1b]{0,300}(?:\x07|\x1b\\\\)|\\])"
)
# What JSON, Python or HTML write in another way.
_ESCAPED: Final = re.compile(r"""["'\\&<>=`]|[^ -~]""")
_LINE_END = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LINE_ENDS = re.compile(f"\r\n|{_LINE_END.pattern}")


def _shapes_of(secret: Secret) -> list[str]:
    """A secret as it may come back, longest first: plain, percent-encoded, escaped as JSON, Python, HTML or whole, and
    as UTF-8 and UTF-16 in base64, hexadecimal or bytes taken for text.
    """
    text = secret.reveal()
    encoded = text.encode("utf-8", "surrogatepass")
    little, big = (text.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be"))
    forms = {text, quote(encoded, safe=""), quote(encoded), repr(text)[1:-1], html.escape(text)}
    forms |= {re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), form) for form in tuple(forms)}
    for data in (encoded, little, big):
        forms |= {data.decode("latin-1"), data.hex(), data.hex().upper()}
        # base64 of a longer text has it at one of three offsets: only what it alone decides
        for before in range(3):
            begin, end = -(-8 * before // 6), 8 * (before + len(data)) // 6
            coded = base64.b64encode(b"\0" * before + data).decode()[begin:end]
            forms |= {coded, coded.replace("+", "-").replace("/", "_")}
    for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        for form in (
            escaped,
            escaped.replace("/", "\\/"),
            re.sub("[&<>'=]", lambda found: f"\\u{ord(found.group()):04x}", escaped),  # Google's Java servers
            re.sub("[&<>'+`]", lambda found: f"\\u{ord(found.group()):04X}", escaped),  # .NET
        ):
            forms |= {form, json.dumps(form)[1:-1]}
    points = [ord(character) for character in text]
    every = {
        "\\u" + big.hex(":", 2).replace(":", "\\u"),
        "\\x" + encoded.hex(":").replace(":", "\\x"),
        "%" + encoded.hex("%"),
        "".join([f"&#{point};" for point in points]),
        "".join([f"&#x{point:x};" for point in points]),
    }
    forms |= every
    forms |= {re.sub("[0-9a-f]{2,}", lambda found: found.group().upper(), form) for form in every}
    return sorted((form for form in forms if len(form) >= 6), key=len, reverse=True)


def _nested(secret: Secret) -> re.Pattern[str] | None:
    """What finds a secret that escapes would change, in renderings of renderings; None for most keys, which none does."""
    text = secret.reveal()
    if not _ESCAPED.search(text) or not 6 <= len(text) <= 500:
        return None

    def written(character: str) -> str:
        if character.isalnum() and character.isascii():
            return character
        point = ord(character)
        forms = [
            re.escape(character),
            f"u(?i:{point:04x})",
            f"x(?i:{point:02x})",
            f"&#(?:{point}|x(?i:{point:x}));",
        ]
        if (entity := html.escape(character)) != character:
            forms.append(entity)
        return rf"\\{{0,15}}(?:{'|'.join(forms)})"  # four layers; more would make a flood of them slow

    # Where a run of backslashes begins: each one of it as a beginning would be slow.
    return re.compile(("" if text[0].isalnum() else r"(?<!\\)") + "".join(map(written, text)))


def secrets_of(credential: Credential) -> tuple[Secret, ...]:
    """The texts that must not leave: the key, or the private key of a file."""
    if isinstance(credential, GcloudSignIn):
        return ()
    if isinstance(credential, ServiceAccount):
        pem = json.loads(credential.document.reveal()).get("private_key") or ""
        lines = [line for line in pem.splitlines() if len(line) >= 40]
        return (Secret(pem), *(Secret(line) for line in lines))
    return (credential.secret,)


def _with_newlines(text: str) -> str:
    """The same text with a newline for every line's end."""
    return _LINE_ENDS.sub("\n", text) if _LINE_END.search(text) else text


def _hidden(text: str) -> str:
    """The characters in a text that nobody sees, each once; white space is seen."""
    if text.isprintable():
        return ""
    return "".join(c for c in set(text) if not c.isprintable() and (c == "\x1f" or not c.isspace()))


def _visible(text: str) -> str:
    """Without control, escape and bidi characters; white space stays."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    hidden = _hidden(text)
    return re.sub(f"[{re.escape(hidden)}]+", "", text) if hidden else text


class _Known:
    """The session's secrets, ready to be found."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._forms: list[tuple[str, str]] = []
        self._nested: list[tuple[re.Pattern[str], str]] = []
        self._plain: list[tuple[str, str]] = []
        for secret in secrets:
            mask = f"…{secret.hint}" if secret.hint else "[secret]"
            self._plain.append((secret.reveal(), mask))
            self._forms += [(form, mask) for form in _shapes_of(secret)]
            if (pattern := _nested(secret)) is not None:
                self._nested.append((pattern, mask))

    def mask(self, text: str) -> str:
        for form, mask in self._forms:
            text = text.replace(form, mask)
        for pattern, mask in self._nested:
            text = pattern.sub(lambda _, mask=mask: mask, text)  # type: ignore[misc]  # mypy sees no default there
        return text

    def mask_through(self, text: str, hidden: str) -> str:
        """The same for secrets with `hidden` characters and whole escape sequences in them: taken out first, an
        escape sequence might take a secret's first letter along.
        """
        gap = rf"(?:\x1b\[[0-9;?]{{0,16}}[ -/]?[@-~]|[{re.escape(hidden)}])*+"
        for plain_text, mask in self._plain:
            if 6 <= len(plain_text) <= 500:
                text = re.sub(gap.join(map(re.escape, plain_text)), lambda _, mask=mask: mask, text)  # type: ignore[misc]
        return text


def _without_shapes(text: str) -> str:
    for pattern in _KEY_SHAPES:
        text = pattern.sub(lambda found: f"…{found.group()[-4:]}", text)
    lower = text.lower()
    for words, pattern, shown in _TOKEN_SHAPES:
        if not words or any(word in lower for word in words):
            text = pattern.sub(shown, text)
    return text


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with every secret masked and without control characters; an API key keeps its last four, so that a
    person knows it.
    """
    known = _Known(secrets)
    text = _with_newlines(known.mask(text))
    if not (hidden := _hidden(text)):
        return _without_shapes(text)
    text = known.mask_through(text, hidden)
    visible = _visible(text)
    if (masked := known.mask(visible)) != visible:  # a rendering with something invisible in it
        text = masked
    # Shapes before and after: an escape sequence may end in a secret's first letter, or be all that stood between it
    # and a word.
    return _without_shapes(known.mask(_visible(_without_shapes(text))))


def mask_home(text: str, home: str) -> str:
    """`home` as ~, and every other account's folder without its name. `home` may be "/" or empty: then it is no mark."""
    if len(home) > 1:
        text = text.replace(home, "~")
    return re.sub(r"(?i)((?<![a-z0-9])[a-z]:\\users\\|/home/|/users/)[^/\\\s]+", r"\1…", text)


def plain(text: str, limit: int = 300) -> str:
    """Text from outside, fit to be shown: one line, no control, escape or bidi characters, at most `limit` long."""
    text = " ".join(_visible(_with_newlines(text)).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
