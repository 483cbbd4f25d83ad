"""Every command and option, for argparse. Of the program only the words are loaded: help and mistakes take no time.

`get`, `token`, `env`, and `exec` are here for their help and for completion; `arguments` reads them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from gemini_setup.cli import overview
from gemini_setup.cli.arguments import UsageError, fail, frame, unknown
from gemini_setup.cli.exit_codes import USAGE
from gemini_setup.cli.overview import COMMANDS, examples, page, rows, section
from gemini_setup.cli.terminal import Screen, width
from gemini_setup.i18n.messages import text
from gemini_setup.version import __version__

#: As `answers.Surface` has them; that module would cost as much as all the rest.
SURFACES: Final = (
    "gemini-native", "gemini-openai", "vertex-native", "vertex-openai", "oauth-token", "google-auth-exception",
    "transport", "google-management",
)  # fmt: skip
#: As `usage.reader`, `usage.variables`, and `delivery` have them; tests compare.
FIELDS: Final = ("key", "service-account", "project", "location", "base-url", "model")
VARIABLE_SHELLS: Final = ("bash", "zsh", "sh", "fish", "powershell", "cmd", "dotenv")
TOOLS: Final = (
    "gemini-cli", "llm", "aider", "opencode", "openclaw", "pi", "dotenv", "adc", "direnv", "dotenvx", "mise", "varlock",
)  # fmt: skip
#: Tools that could not be tried here: what to put where is printed, and nothing written.
TEXTS: Final = ("crush", "mods", "docker-sandboxes", "fnox", "goose", "antigravity")
#: Stores at a vendor's, reached by the vendor's own program.
DESTINATIONS: Final = (
    "github", "gcloud", "kubernetes", "docker", "aws", "azure", "vault", "1password", "doppler",
)  # fmt: skip
RETIREMENTS: Final = ("quiet", "now", "keep")
COMPLETED_SHELLS: Final = ("bash", "zsh", "fish", "powershell")


def _say(key: str) -> str:
    return text("help.program", key)


class _Parser(argparse.ArgumentParser):
    """`command`: its name as it is typed, "" for the program itself. `tail`: what its usage line ends with."""

    def __init__(self, command: str = "", tail: str = "", **settings: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, **settings)
        self.command = command
        self.tail = tail
        self.add_argument("-h", "--help", action="help", help=frame("help"))

    def option(self, *names: str, help_key: str = "", **settings: Any) -> None:
        self.add_argument(*names, help=_say(help_key or names[0].lstrip("-").replace("-", "_")), **settings)

    def error(self, message: str) -> Any:
        # Its own message may hold what was typed, but names of ours stand in two of its forms.
        if message.startswith("the following arguments are required: "):
            said = frame("required", names=message.partition(": ")[2])
        elif message.startswith("argument -") and message.endswith("expected one argument"):
            said = frame("value_missing", option=message.split()[1].rstrip(":"))
        else:
            said = frame("not_understood")
        sys.exit(mistake(said, self.command))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if isinstance(action, argparse._SubParsersAction):
            sys.exit(mistake(unknown("no_command", str(value), map(str, action.choices)), self.command))
        name = action.option_strings[0] if action.option_strings else str(action.metavar)
        if isinstance(action.choices, range):
            said = frame("from_to", name=name, least=str(action.choices[0]), most=str(action.choices[-1]))
        else:
            said = frame("one_of", name=name, choices=", ".join(map(str, action.choices)))
        sys.exit(mistake(said, self.command))

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, extra = self.parse_known_args(args, namespace)
        if (
            len(extra) == 1
            and not extra[0].startswith("-")
            and getattr(options, "profile_name", "") == "default"
        ):
            options.profile_name = extra.pop()  # argparse expects it before the options
        if extra:
            sys.exit(mistake(self._not_known(extra[0], options), _named(options)))
        return options

    def _not_known(self, word: str, options: argparse.Namespace) -> UsageError:
        if not word.startswith("-"):
            return UsageError(frame("too_many"))
        known = [name for action in find(self, _named(options))._actions for name in action.option_strings]
        return unknown("no_option", word, known)

    def format_usage(self) -> str:
        if not self.command:
            return f"{frame('usage')}gemini-setup [COMMAND]"
        parts = [_call(action) for action in self._actions if not isinstance(action, argparse._HelpAction)]
        words = ["gemini-setup", *self.command.split(), *filter(None, parts), *filter(None, [self.tail])]
        return f"{frame('usage')}{' '.join(words)}"

    def format_help(self) -> str:
        return page(_page(self, Screen(sys.stdout)))

    def print_help(self, file: Any = None) -> None:
        if self.command:
            sys.stdout.write(self.format_help())
        else:
            overview.show()


def _named(options: argparse.Namespace) -> str:
    return " ".join(filter(None, (getattr(options, "command", None), getattr(options, "service", None))))


def _call(action: argparse.Action) -> str:
    if isinstance(action, argparse._SubParsersAction):
        return str(action.metavar)
    if not action.option_strings:
        return f"[{action.metavar}]" if action.nargs == "?" else str(action.metavar)
    value = f" {action.metavar}" if action.metavar else ""
    more = "..." if isinstance(action, argparse._AppendAction) else ""
    return f"[{action.option_strings[-1]}{value}]{more}"


def _page(parser: _Parser, screen: Screen) -> Iterator[str]:
    for paragraph in (
        text("help.pages", parser.command.replace(" ", "_"), _facts(parser.command)).strip().split("\n\n")
    ):
        yield from screen.lines(paragraph)
        yield ""
    yield from screen.lines(parser.format_usage(), " " * width(frame("usage")), "")
    arguments = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            arguments += [(name, _say(name)) for name in action.choices]
        elif not action.option_strings:
            arguments.append((str(action.metavar), f"{action.help}{_listed(action)}"))
    if arguments:
        yield from section(screen, frame("arguments"))
        yield from rows(screen, arguments)
    if parser.command == "connect":  # what each does with the key: read it each time, or have a copy
        yield from section(screen, frame("tools"))
        yield from rows(screen, [(tool, text("delivery.tools", tool)) for tool in TOOLS])
    yield from section(screen, frame("options"))
    yield from rows(screen, _options(parser))
    yield from examples(screen, parser.command.split()[0])


def _facts(command: str) -> dict[str, str]:
    if command not in ("exec", "env"):
        return {}
    from gemini_setup.usage import tool_names

    return {"tools": ", ".join(sorted(tool_names.TOOLS))}


def _options(parser: _Parser) -> list[tuple[str, str]]:
    return [
        (
            ", ".join(action.option_strings) + (f" {action.metavar}" if action.metavar else ""),
            f"{action.help or ''}{_listed(action)}",
        )
        for action in parser._actions
        if action.option_strings
    ]


def _listed(action: argparse.Action) -> str:
    """The values that there are, where the words don't explain them already."""
    if not action.choices or isinstance(action.choices, range) or action.choices is RETIREMENTS:
        return ""
    return f" ({', '.join(map(str, action.choices))})"


def find(parser: argparse.ArgumentParser, command: str) -> argparse.ArgumentParser:
    """The parser of a command ("add studio"), as far as there is one."""
    for word in command.split():
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction) and word in action.choices:
                parser = action.choices[word]
    return parser


def usage_of(command: str) -> str:
    """How it is called, in one line."""
    return find(parser(command.partition(" ")[0]), command).format_usage()


def show_help(command: str) -> NoReturn:
    """Print the page of a command that `arguments` reads. Raises SystemExit."""
    parser(command).parse_args([command, "--help"])
    raise AssertionError("--help ends the program")


def mistake(error: object, command: str) -> int:
    """Say what is wrong and how the command is called; USAGE."""
    fail(error)
    screen = Screen(sys.stderr)
    screen.write(usage_of(command), " " * width(frame("usage")), "")
    screen.write(frame("more", command=f"gemini-setup {command}".rstrip()))
    return USAGE


def parser(command: str | None = None) -> _Parser:
    """With the options of every command, or of this one alone, which takes a third of the time."""
    made = _Parser(prog="gemini-setup")
    made.add_argument("--version", action="version", version=f"gemini-setup {__version__}")
    made.option("--profile", default=None, metavar="PROFILE", help_key="window_profile")
    commands: Any = made.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name in COMMANDS:
        one = commands.add_parser(name, command=name)
        if command in (None, name):
            _FILLED[name](one)
    return made


def _profile(one: _Parser, *, optional: bool = True) -> None:
    nargs: dict[str, Any] = {"nargs": "?", "default": "default"} if optional else {}
    said = _say("profile_or_default" if optional else "saved_profile")
    one.add_argument("profile_name", metavar="PROFILE", help=said, **nargs)


def _add(add: _Parser) -> None:
    kinds: Any = add.add_subparsers(
        dest="service", metavar="studio|vertex", required=True, parser_class=_Parser
    )
    studio: _Parser = kinds.add_parser("studio", command="add studio")
    vertex: _Parser = kinds.add_parser("vertex", command="add vertex")
    vertex.add_argument("file", metavar="FILE", nargs="?", help=_say("file"))
    vertex.option("--api-key", action="store_true")
    vertex.option("--adc", action="store_true")
    vertex.option("--project", metavar="ID")
    vertex.option("--location", metavar="PLACE", default="global")
    for one in (studio, vertex):
        one.option("--profile", metavar="PROFILE", default="default")
        one.option("--no-generate", action="store_true")
        one.option("--force", action="store_true")
        one.option("--plain-text-file", "--plain-text", action="store_true", dest="plain_text_file")
        one.option("--create", action="store_true")
        if one is studio:
            one.option("--project", metavar="ID", help_key="create_project")
        else:
            one.option("--days", metavar="N", type=int, default=None)
        _at_google(one)


def _at_google(one: _Parser) -> None:
    one.option("--plan", action="store_true")
    one.option("--wait", metavar="SECONDS", type=int, default=None)
    one.option("--yes", action="store_true")
    one.option("--json", action="store_true")


def _check(one: _Parser) -> None:
    _profile(one)
    one.option("--no-generate", action="store_true")
    one.option("--fix", action="store_true", help_key="repair")
    one.option("--project", metavar="ID", help_key="create_project")
    _at_google(one)


def _rotate(one: _Parser) -> None:
    _profile(one)
    one.option("--retire", metavar="HOW", choices=RETIREMENTS, default=None)
    one.option("--project", metavar="ID", help_key="create_project")
    one.option("--no-generate", action="store_true")
    _at_google(one)


def _made(one: _Parser) -> None:
    one.option("--json", action="store_true")


def _list(one: _Parser) -> None:
    one.option("--json", action="store_true")


def _variables(one: _Parser) -> None:
    _profile(one)
    one.option("--for", metavar="TOOL")
    one.option("--as", metavar="NAME[=FIELD]", action="append")


def _exec(one: _Parser) -> None:
    one.tail = "-- PROGRAM [ARGUMENT...]"
    _variables(one)
    one.option("--anyway", action="store_true")
    one.option("--from", metavar="VARIABLE")


def _env(one: _Parser) -> None:
    _variables(one)
    one.option("--shell", metavar="SHELL", choices=VARIABLE_SHELLS)


def _get(one: _Parser) -> None:
    _profile(one)
    one.option("--field", metavar="FIELD", choices=FIELDS)


def _agent(one: _Parser) -> None:
    one.option("--socket", metavar="PATH", help_key="agent_socket")
    one.option("--unattended", action="store_true", help_key="agent_unattended")


def _allow(one: _Parser) -> None:
    one.add_argument("folder", metavar="PATH", nargs="?", help=_say("allowed_folder"))
    one.option("--profile", metavar="PROFILE", help_key="allowed_profile")
    one.option("--remove", action="store_true", help_key="allowed_remove")
    one.option("--list", action="store_true", help_key="allowed_list")


def _connect(one: _Parser) -> None:
    one.add_argument(
        "tool", metavar="TOOL", nargs="?", choices=(*TOOLS, *DESTINATIONS, *TEXTS), help=_say("tool")
    )
    _profile(one)
    one.option("--list", action="store_true", help_key="list_connected")
    one.option("--for", metavar="TOOL", dest="variant", help_key="variant")
    one.option("--force", action="store_true", help_key="force_connect")
    _places(one)


def _disconnect(one: _Parser) -> None:
    one.add_argument("tool", metavar="TOOL", choices=(*TOOLS, *DESTINATIONS), help=_say("tool"))
    _places(one)


def _places(one: _Parser) -> None:
    one.option("--file", metavar="PATH", help_key="tool_file")
    one.option("--to", metavar="PLACE", help_key="sent_to")
    one.option("--name", metavar="NAME", help_key="sent_name")
    one.option("--yes", action="store_true")
    one.option("--json", action="store_true")


def _rollback(one: _Parser) -> None:
    _profile(one, optional=False)
    one.option("--force", action="store_true", help_key="force_rollback")
    one.option("--plan", action="store_true")
    one.option("--yes", action="store_true")


def _remove(one: _Parser) -> None:
    _profile(one, optional=False)
    one.option("--previous", action="store_true")
    one.option("--prove", action="store_true")
    one.option("--force", action="store_true", help_key="force_previous")
    one.option("--keep", action="store_true")
    one.option("--yes", action="store_true")


def _explain(one: _Parser) -> None:
    one.option("--status", type=int, choices=range(100, 600), metavar="N")
    one.option("--surface", choices=SURFACES, metavar="WHERE")
    one.option("--trap", action="store_true")
    one.option("--json", action="store_true")


def _doctor(one: _Parser) -> None:
    one.option("--offline", action="store_true")
    one.option("--json", action="store_true")


def _completion(one: _Parser) -> None:
    one.add_argument("shell", metavar="SHELL", choices=COMPLETED_SHELLS, help=_say("completion_shell"))


_FILLED: Final[dict[str, Callable[[_Parser], None]]] = {
    "add": _add, "check": _check, "list": _list, "exec": _exec, "env": _env, "get": _get, "token": _profile,
    "agent": _agent, "allow": _allow, "connect": _connect, "disconnect": _disconnect, "rotate": _rotate,
    "rollback": _rollback, "remove": _remove, "explain": _explain, "doctor": _doctor, "made": _made,
    "completion": _completion,
}  # fmt: skip
