"""`token`, `env` and `exec`: the kept credential for other programs. Google's libraries only where a token is minted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from gemini_setup import reader, tokens
from gemini_setup.cli import DONE, KEYRING, NOT_KEPT, NOT_THERE, UNANSWERED, USAGE
from gemini_setup.credentials import Access
from gemini_setup.languages import text
from gemini_setup.process import harden
from gemini_setup.reader import NotKept
from gemini_setup.tokens import TokenRefused
from gemini_setup.variables import SHELLS, TOOLS, NotForThisTool, lines, variables
from gemini_setup.vault.faults import VaultFault


class _Usage(Exception):
    """A sentence for stderr and exit code 2. It never repeats what was typed: somebody may have put a key there."""


def run(arguments: Sequence[str]) -> int:
    """`arguments` begin with the command's name."""
    command, rest = arguments[0], list(arguments[1:])
    harden(core=command != "exec")
    program: list[str] = []
    if command == "exec" and "--" in rest:
        cut = rest.index("--")
        rest, program = rest[:cut], rest[cut + 1 :]
    if "-h" in rest or "--help" in rest:
        sys.stdout.write(_page(command))
        return DONE
    try:
        profile, tool, shell = _options(command, rest)
        if command == "exec" and not program:
            raise _Usage(text("help.frame", "nothing_to_run"))
    except _Usage as error:
        sys.stderr.write(f"gemini-setup {command}: {error}\n{_page(command)}")
        return USAGE
    try:
        match command:
            case "token":
                return _token(profile)
            case "env":
                return _env(profile, tool, shell or _shell_here())
            case _:
                from gemini_setup import running

                _name_variables(reader.read_access(profile).access)
                return running.run(profile, tool, program, os.environ)
    except (NotKept, NotForThisTool, VaultFault, TokenRefused, OSError) as error:
        code, said = _told(error)
        sys.stderr.write(f"gemini-setup {command}: {said}\n")
        return 125 if command == "exec" else code


def _page(command: str) -> str:
    return text("help.pages", command, {"shells": " ".join(SHELLS), "tools": " ".join(TOOLS)})


def _options(command: str, rest: list[str]) -> tuple[str, str, str]:
    profile, tool, shell, named = "default", "", "", False
    while rest:
        word = rest.pop(0)
        option, joined, value = word.partition("=")
        if option in ("--for", "--shell", "--profile") and (joined or rest):
            value = value if joined else rest.pop(0)
            if option == "--profile" and not named:
                profile, named = value, True
            elif option == "--for" and command != "token" and value in TOOLS:
                tool = value
            elif option == "--shell" and command == "env" and value in (*SHELLS, "zsh", "sh"):
                shell = "bash" if value in ("zsh", "sh") else value
            else:
                raise _Usage(text("help.frame", "option_not_understood"))
        elif not word.startswith("-") and not named:
            profile, named = word, True
        else:
            raise _Usage(text("help.frame", "not_understood"))
    return profile, tool, shell


def _name_variables(access: Access) -> None:
    """A variable that names another endpoint than the profile's own is named and not followed (DESIGN §2)."""
    from gemini_setup import routes

    for name in routes.differing_variables(access.endpoints, os.environ):
        from gemini_setup.cli import say

        sys.stderr.write(say.cli("variable_ignored", name=name) + "\n")


def _token(profile: str) -> int:
    held = tokens.held(profile)
    _name_variables(held.access)
    sys.stdout.write(held.bearer.reveal() + "\n")
    sys.stdout.flush()
    return DONE


def _env(profile: str, tool: str, shell: str) -> int:
    from gemini_setup.cli import say

    held = tokens.held(profile, needs=lambda _: "")  # an access token would be an hour's thing in a shell
    _name_variables(held.access)
    wanted = variables(held.access, tool)
    assigned = dict(wanted.plain)
    if wanted.secret is not None and wanted.secret[1] == "key":
        assigned[wanted.secret[0]] = held.bearer.reveal()
    sys.stdout.write("\n".join(lines(shell, assigned, wanted.unset)) + "\n")
    sys.stdout.flush()
    if wanted.secret is not None and wanted.secret[1] != "key":
        sys.stderr.write(say.cli(f"env_{wanted.secret[1]}", variable=wanted.secret[0]) + "\n")
    if shell == "dotenv":
        found = [name for name in wanted.unset if os.environ.get(name)]
        if found:
            sys.stderr.write(say.cli("env_unset", names=", ".join(found)) + "\n")
    return DONE


def _shell_here() -> str:
    """The shell that this was most likely called from."""
    if sys.platform == "win32":
        return "powershell" if os.environ.get("PSMODULEPATH", "").count(";") > 1 else "cmd"
    return "fish" if os.environ.get("SHELL", "").endswith("/fish") else "bash"


def _told(error: Exception) -> tuple[int, str]:
    """The exit code and the sentence of what went wrong."""
    from gemini_setup.cli import say
    from gemini_setup.redaction import plain, redact

    match error:
        case NotKept():
            return NOT_THERE, plain(redact(str(error)))
        case NotForThisTool():
            return NOT_THERE, str(error)
        case VaultFault():
            return KEYRING, say.told(error)
        case TokenRefused():
            from gemini_setup import words

            said = words.cause(error.cause.id)
            code = UNANSWERED if error.cause.outcome.value == "unanswered" else NOT_KEPT
            return code, f"{said.title}. {said.what} {said.fixes[0]}"
    return USAGE, plain(redact(str(error)))
