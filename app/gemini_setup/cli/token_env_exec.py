"""`token`, `env` and `exec`: the kept credential for other programs. Google's libraries only where a token is minted."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gemini_setup.cli import arguments
from gemini_setup.cli.arguments import UsageError
from gemini_setup.cli.exit_codes import DONE, KEYRING, NOT_KEPT, NOT_THERE, UNANSWERED, USAGE
from gemini_setup.model.credentials import DEFAULT_PROFILE, Access
from gemini_setup.security.process import harden
from gemini_setup.usage import reader, tokens, tool_names
from gemini_setup.usage.borrower import NotLent
from gemini_setup.usage.reader import NotKept
from gemini_setup.usage.tokens import TokenRefused
from gemini_setup.usage.variables import (
    FIELDS,
    OPENAI_NAMES,
    SHELLS,
    NotForThisTool,
    field_value,
    follows,
    lines,
    own_endpoint,
    variables,
)
from gemini_setup.vault.faults import VaultFault


@dataclass
class _Options:
    named: str | None = None  # the profile, where one is
    profile: str = DEFAULT_PROFILE
    tool: str = ""
    shell: str = ""
    others: tuple[tuple[str, str], ...] = ()  # of --as
    anyway: bool = False
    variable: str = ""  # what is to be used instead of something saved


def run(words: Sequence[str]) -> int:
    """`words` begin with the command's name."""
    command, rest = words[0], list(words[1:])
    harden(core=command != "exec")
    program: list[str] = []
    if command == "exec" and "--" in rest:
        cut = rest.index("--")
        rest, program = rest[:cut], rest[cut + 1 :]
    if arguments.wants_help(rest):
        from gemini_setup.cli.parser import show_help

        show_help(command)
    try:
        options = _options(command, rest)
        if command == "exec" and not program:
            raise UsageError(arguments.frame("nothing_to_run"))
    except UsageError as error:
        from gemini_setup.cli.parser import mistake

        return mistake(error, command)
    from gemini_setup.cli import folder

    if not options.variable:
        options.profile = folder.profile(options.named, helper=command == "token")
    try:
        match command:
            case "token":
                return _token(options.profile)
            case "env":
                return _env(options, options.shell or _shell_here())
            case _:
                return _exec(options, program)
    except (NotKept, NotLent, NotForThisTool, VaultFault, TokenRefused, OSError) as error:
        code, said = _told(error)
        arguments.fail(said)
        if command == "exec" and isinstance(error, NotForThisTool) and error.key == "no_endpoint":
            _say("anyway")
        from gemini_setup.usage.execution import CANNOT_START

        return CANNOT_START if command == "exec" else code


def _say(key: str, **facts: str) -> None:
    """A sentence of the command line, on stderr."""
    from gemini_setup.cli import output as say

    say.tell(say.cli(key, **facts))


VALUED: Final = {"token": (), "env": ("--for", "--as", "--shell"), "exec": ("--for", "--as", "--from")}


def _options(command: str, words: list[str]) -> _Options:
    flags = ("--anyway",) if command == "exec" else ()
    named, found = arguments.parse(words, VALUED[command], flags)
    options = _Options(named, anyway="--anyway" in found)
    for value in found.get("--for", ()):
        options.tool = _tool(value)
    for value in found.get("--as", ()):
        options.others += (_another_name(value),)
    for value in found.get("--from", ()):
        options.variable = value
        if named is not None:
            raise UsageError(arguments.frame("from_or_profile"))
    for value in found.get("--shell", ()):
        options.shell = "bash" if value in ("zsh", "sh") else value
        if options.shell not in SHELLS:
            raise UsageError(
                arguments.frame("one_of", name="--shell", choices=", ".join((*SHELLS, "zsh", "sh")))
            )
    return options


def _tool(value: str) -> str:
    """The tool that is known by this name."""
    tool = tool_names.find(value)
    if tool is not None:
        return tool
    near = tool_names.near(value)
    raise UsageError(arguments.frame("tool_unknown", **({"near": near} if near else {})))


def _another_name(value: str) -> tuple[str, str]:
    """`NAME` or `NAME=FIELD`."""
    name, _, field = value.partition("=")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or (field or "key") not in FIELDS:
        raise UsageError(arguments.frame("as_not_understood", fields=", ".join(FIELDS)))
    if name.upper() in OPENAI_NAMES:
        raise UsageError(arguments.frame("as_openai"))
    return name, field or "key"


def _say_set(tool: str) -> None:
    """Which of the two sets it is, where the name that was given is not a set's own."""
    if tool not in (tool_names.DEFAULT_SET, tool_names.OPENAI_SET):
        known = tool_names.TOOLS[tool]
        key = "set_openai" if known.reads == tool_names.OPENAI_SET else "set_default"
        _say(key, tool=tool)


def _exec(options: _Options, program: list[str]) -> int:
    from gemini_setup.usage import execution

    if options.variable:
        held = _given(options.variable)
        _say_set(options.tool)
        selection = execution.Selection(options.tool, options.others, options.anyway)
        environ = {name: value for name, value in os.environ.items() if name != options.variable}
        return execution.run_with(held, selection, program, environ)
    access = reader.read_access(options.profile).access
    _name_variables(access)
    _say_set(options.tool)
    _guard_endpoint(access, options, program)
    return execution.run(
        options.profile,
        execution.Selection(options.tool, options.others, options.anyway),
        program,
        os.environ,
    )


def _given(variable: str) -> tokens.Held:
    """What a variable of the shell holds, as CI gives its secrets to a step: checked for its form alone, kept nowhere.

    Raises NotForThisTool for what is no credential.
    """
    from gemini_setup.google.recognition import recognise
    from gemini_setup.model.credentials import ApiKey, Endpoints, Secret, Service, ServiceAccount

    credential = recognise(os.environ.get(variable, "")).credential
    if isinstance(credential, ApiKey):
        return tokens.Held(Access(credential, Service.STUDIO), Secret(""), credential.secret)
    if isinstance(credential, ServiceAccount):
        place = os.environ.get("GOOGLE_CLOUD_LOCATION") or "global"
        access = Access(credential, Service.VERTEX, credential.project, place, Endpoints())
        return tokens.Held(access, credential.document, Secret(""))
    raise NotForThisTool("no_such_variable", name=variable)


def _guard_endpoint(access: Access, options: _Options, program: list[str]) -> None:
    """A credential for an endpoint of its own is never handed in silence to what may send it to Google instead.

    Raises NotForThisTool for a program that is known to.
    """
    tool = options.tool or tool_names.started_by(program) or ""
    led = follows(access, tool)
    if led:
        return
    if led is False and not options.anyway:
        raise NotForThisTool("no_endpoint", tool=tool)
    if led is False or not options.anyway:
        facts = {"endpoint": own_endpoint(access) or "", "tool": tool}
        _say("endpoint_passed_by" if led is False else "endpoint_unsure", **facts)


def _name_variables(access: Access) -> None:
    """A variable that names another endpoint than the profile's own is named and not followed (DESIGN §2)."""
    from gemini_setup.google import urls

    for name in urls.differing_variables(access.endpoints, os.environ):
        _say("variable_ignored", name=name)


def _token(profile: str) -> int:
    held = tokens.held(profile)
    _name_variables(held.access)
    sys.stdout.write(held.bearer.reveal() + "\n")
    sys.stdout.flush()
    return DONE


def _env(options: _Options, shell: str) -> int:
    held = tokens.held(
        options.profile, needs=lambda _: ""
    )  # an access token would be an hour's thing in a shell
    _name_variables(held.access)
    wanted = variables(held.access, options.tool)
    _say_set(options.tool)
    assigned = dict(wanted.plain)
    for name, field in options.others:
        if field != "key" or not wanted.what:
            assigned[name] = field_value(held.access, field, "")
    carriers = (*wanted.secret, *(name for name, field in options.others if field == "key"))
    if wanted.what == "key":
        assigned |= dict.fromkeys(carriers, held.bearer.reveal())
    written = lines(shell, assigned, wanted.unset)
    sys.stdout.write("\n".join(written) + "\n")
    sys.stdout.flush()
    if wanted.what in ("file", "token"):
        facts = {"variable": carriers[0], "profile": _unless_default(options.profile)}
        _say("env_file" if wanted.what == "file" else "env_token", **facts)
    if shell == "dotenv":
        found = [name for name in wanted.unset if os.environ.get(name)]
        if found:
            _say("env_unset", names=", ".join(found))
    return DONE


def _unless_default(profile: str) -> str:
    """For a command that is advised: `default` needs no name there."""
    return "" if profile == DEFAULT_PROFILE else profile


def _shell_here() -> str:
    """The shell that this was most likely called from."""
    if sys.platform == "win32":
        return "powershell" if os.environ.get("PSMODULEPATH", "").count(";") > 1 else "cmd"
    return "fish" if os.environ.get("SHELL", "").endswith("/fish") else "bash"


def _told(error: Exception) -> tuple[int, str]:
    """The exit code and the sentence of what went wrong."""
    from gemini_setup.security.redaction import plain, redact

    match error:
        case NotKept():
            return NOT_THERE, plain(redact(str(error)))
        case NotForThisTool():
            return NOT_THERE, str(error)
        case VaultFault() | NotLent():
            from gemini_setup.cli import place

            return KEYRING, place.told(error)
        case TokenRefused():
            from gemini_setup.i18n import cause_texts

            unanswered = error.cause.outcome.value == "unanswered"
            known = {"unproven": "yes"} if unanswered else {}
            said = cause_texts.cause(error.cause.id, known, cause_texts.Context.SAVED)
            code = UNANSWERED if unanswered else NOT_KEPT
            return code, f"{said.title}. {said.what} {said.fixes[0]}"
    return USAGE, plain(redact(str(error)))
