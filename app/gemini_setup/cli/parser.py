"""The arguments of `gemini-setup`. Imports nothing of the program: `--help` and a mistake are answered at once."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, Final

from gemini_setup import __version__
from gemini_setup.cli import USAGE

#: As `answers.Surface` has them; that module would cost as much as all the rest.
SURFACES: Final = (
    "gemini-native", "gemini-openai", "vertex-native", "vertex-openai", "oauth-token", "google-auth-exception",
    "transport",
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """Never repeats what was typed: a person may have put the key itself on the command line."""

    def error(self, message: str) -> Any:
        ours = re.fullmatch(
            r"the following arguments are required: .*|argument [^:]*: expected one argument", message
        )
        safe = message if ours else "an argument was not understood"
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {safe}\n")


def parser() -> argparse.ArgumentParser:
    made = _Parser(
        prog="gemini-setup",
        description="Get a working Google Gemini credential and keep it in this computer's keyring. "
        "Without a command the window opens.",
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"gemini-setup {__version__}")
    made.add_argument("--profile", default=None, metavar="P", help="the profile that the window sets up")
    commands = made.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    add = commands.add_parser("add", help="check a credential with Google and keep it", allow_abbrev=False)
    kinds = add.add_subparsers(dest="service", metavar="studio|vertex", required=True, parser_class=_Parser)
    studio = kinds.add_parser(
        "studio", help="an API key, from standard input or a hidden prompt", allow_abbrev=False
    )
    vertex = kinds.add_parser("vertex", help="a service-account file", allow_abbrev=False)
    vertex.add_argument("file", metavar="FILE", nargs="?", help="the .json file, or - for standard input")
    vertex.add_argument(
        "--api-key", action="store_true", help="an express-mode key on standard input, instead of a file"
    )
    vertex.add_argument(
        "--adc", action="store_true", help="gcloud's own sign-in on this computer, instead of a file"
    )
    vertex.add_argument("--project", help="instead of the file's own project")
    vertex.add_argument("--location", default="global", help="default: %(default)s")
    for one in (studio, vertex):
        one.add_argument("--profile", default="default", metavar="P", help="default: %(default)s")
        one.add_argument(
            "--force", action="store_true", help="keep it even if blocked or unanswered; never if refused"
        )
    check = commands.add_parser("check", help="check a kept credential again, live", allow_abbrev=False)
    check.add_argument("profile_name", nargs="?", default="default", metavar="PROFILE")
    for one in (studio, vertex, check):
        one.add_argument("--no-generate", action="store_true", help="ask nothing that counts as a generation")
        one.add_argument("--json", action="store_true", help="the result as one JSON document on stdout")
    listing = commands.add_parser("list", help="the kept profiles; touches no secret", allow_abbrev=False)
    listing.add_argument("--json", action="store_true")
    commands.add_parser("get", help="print a kept credential, or one field of it", add_help=False)
    commands.add_parser("token", help="print a bearer for the OpenAI-compatible route", add_help=False)
    commands.add_parser("env", help="print the variables for the current shell", add_help=False)
    commands.add_parser("exec", help="run a program with the credential in its environment", add_help=False)
    commands.add_parser(
        "deliver", help="hand the credential over to another tool's own store", add_help=False
    )
    for name, text in (
        ("rollback", "bring the previous credential of a profile back"),
        ("forget-previous", "erase the previous credential of a profile here"),
        ("remove", "forget a profile everywhere on this computer"),
    ):
        one = commands.add_parser(name, help=text, allow_abbrev=False)
        one.add_argument("profile_name", metavar="PROFILE")
        if name == "forget-previous":
            one.add_argument(
                "--prove",
                action="store_true",
                help="first ask Google, twice and half a minute apart, whether it is really deleted there",
            )
        if name == "remove":
            one.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("doctor", help="this computer, safe to paste in public", add_help=False)
    explain = commands.add_parser(
        "explain", help="an error message on stdin: its cause and fix", allow_abbrev=False
    )
    explain.add_argument(
        "--status",
        type=int,
        choices=range(100, 600),
        metavar="N",
        help="the HTTP status (100 to 599), if it is known",
    )
    explain.add_argument("--surface", choices=SURFACES, metavar="S", help="where the answer came from")
    explain.add_argument("--trap", action="store_true", help="the Cloud Console key trap page")
    explain.add_argument("--json", action="store_true")
    return made
