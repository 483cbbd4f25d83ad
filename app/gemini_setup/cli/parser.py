"""The arguments of `gemini-setup`. Of the program only the words are loaded: help and a mistake are answered at once."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, Final

from gemini_setup.cli.exit_codes import USAGE
from gemini_setup.i18n.messages import text
from gemini_setup.version import __version__

#: As `answers.Surface` has them; that module would cost as much as all the rest.
SURFACES: Final = (
    "gemini-native", "gemini-openai", "vertex-native", "vertex-openai", "oauth-token", "google-auth-exception",
    "transport",
)  # fmt: skip


def frame(key: str, **facts: str) -> str:
    """A word around the arguments: a heading, or what is wrong with them."""
    return text("help.frame", key, facts)


def page(command: str, **facts: str) -> str:
    """The help of a command that reads its arguments itself."""
    return text("help.pages", command, facts)


def _say(key: str) -> str:
    return text("help.program", key).replace("%", "%%")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, frame("usage") if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """Never repeats what was typed: a person may have put the key itself on the command line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_Formatter, **settings)
        self._positionals.title = frame("arguments")
        self._optionals.title = frame("options")
        self.add_argument("-h", "--help", action="help", help=frame("help"))

    def error(self, message: str) -> Any:
        if found := re.fullmatch(r"the following arguments are required: (.*)", message):
            said = frame("required", names=found.group(1))  # their names, which are ours
        elif re.fullmatch(r"argument [^:]*: expected one argument", message):
            said = frame("value_missing")
        elif found := re.match(
            r"argument (?:COMMAND|studio\|vertex): invalid choice: '(.*?)'[, ]", message, re.S
        ):
            said = frame("no_command", **self._near(found.group(1)))
        else:
            said = frame("not_understood")
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {said}\n")

    def _near(self, typed: str) -> dict[str, str]:
        """The command that looks most like it: one of ours, never what was typed."""
        from difflib import get_close_matches

        known = [name for action in self._actions if action.choices for name in action.choices]
        near = get_close_matches(typed[:40], map(str, known), 1)
        return {"near": near[0]} if near else {}


def parser() -> argparse.ArgumentParser:
    made = _Parser(prog="gemini-setup", description=_say("description"))
    default = frame("default", value="%(default)s")
    made.add_argument(
        "--version", action="version", version=f"gemini-setup {__version__}", help=frame("version")
    )
    made.add_argument("--profile", default=None, metavar="P", help=_say("profile"))
    commands = made.add_subparsers(
        dest="command", metavar="COMMAND", title=frame("commands"), parser_class=_Parser
    )
    add = commands.add_parser("add", help=_say("add"))
    kinds = add.add_subparsers(
        dest="service",
        metavar="studio|vertex",
        required=True,
        title=frame("commands"),
        parser_class=_Parser,
    )
    studio = kinds.add_parser("studio", help=_say("studio"))
    vertex = kinds.add_parser("vertex", help=_say("vertex"))
    vertex.add_argument("file", metavar="FILE", nargs="?", help=_say("file"))
    vertex.add_argument("--api-key", action="store_true", help=_say("api_key"))
    vertex.add_argument("--adc", action="store_true", help=_say("adc"))
    vertex.add_argument("--project", help=_say("project"))
    vertex.add_argument("--location", default="global", help=default)
    for one in (studio, vertex):
        one.add_argument("--profile", default="default", metavar="P", help=default)
        one.add_argument("--force", action="store_true", help=_say("force"))
        one.add_argument("--plain-text-file", action="store_true", help=_say("plain_text_file"))
        one.add_argument("--yes", action="store_true", help=_say("yes"))
    check = commands.add_parser("check", help=_say("check"))
    check.add_argument("profile_name", nargs="?", default="default", metavar="PROFILE")
    for one in (studio, vertex, check):
        one.add_argument("--no-generate", action="store_true", help=_say("no_generate"))
        one.add_argument("--json", action="store_true", help=_say("json"))
    listing = commands.add_parser("list", help=_say("list"))
    listing.add_argument("--json", action="store_true", help=_say("json"))
    for name in ("get", "token", "env", "exec", "deliver"):
        commands.add_parser(name, help=_say(name))
    for name, help_key in (
        ("rollback", "rollback"),
        ("forget-previous", "forget_previous"),
        ("remove", "remove"),
    ):
        one = commands.add_parser(name, help=_say(help_key))
        one.add_argument("profile_name", metavar="PROFILE")
        if name == "forget-previous":
            one.add_argument("--prove", action="store_true", help=_say("prove"))
        if name != "remove":
            one.add_argument("--force", action="store_true", help=_say(f"force_{name.partition('-')[0]}"))
        if name != "rollback":
            one.add_argument("--yes", action="store_true", help=_say("yes"))
        if name == "remove":
            one.add_argument("--keep", action="store_true", help=_say("keep"))
    commands.add_parser("doctor", help=_say("doctor"))
    explain = commands.add_parser("explain", help=_say("explain"))
    explain.add_argument("--status", type=int, choices=range(100, 600), metavar="N", help=_say("status"))
    explain.add_argument("--surface", choices=SURFACES, metavar="S", help=_say("surface"))
    explain.add_argument("--trap", action="store_true", help=_say("trap"))
    explain.add_argument("--json", action="store_true", help=_say("json"))
    return made
