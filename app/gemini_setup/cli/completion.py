"""`gemini-setup completion SHELL`: a script that completes commands, options, and the names of profiles.

The script holds all that never changes; only the names of profiles are asked for when Tab is pressed, and the list of
profiles holds no secret.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final, NamedTuple

from gemini_setup.cli.exit_codes import DONE
from gemini_setup.cli.parser import parser

#: What may stand for a value, by its metavar: a word for the shells' own completion of files, or for our profiles.
_FILES: Final = {"FILE", "PATH"}
_PROFILES: Final = {"PROFILE"}


class _Values(NamedTuple):
    """What fits in one place: words, or one of the two that are looked up."""

    words: tuple[str, ...] = ()
    files: bool = False
    profiles: bool = False


class _Command(NamedTuple):
    name: str  # as it is typed: "add studio"
    said: str
    options: tuple[tuple[str, str, _Values | None], ...]  # None: the option has no value
    places: tuple[_Values, ...]  # one for each positional argument


def run(shell: str) -> int:
    sys.stdout.write(
        {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}[shell](_commands())
    )
    return DONE


def _commands() -> list[_Command]:
    from gemini_setup.i18n.messages import text

    found: list[_Command] = []

    def walk(one: argparse.ArgumentParser, name: str) -> None:
        options, places, below = [], [], {}
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                below = dict(action.choices)
                places.append(_Values(tuple(below)))
            elif action.option_strings:
                value = None if action.nargs == 0 else _values(action)
                options.append((action.option_strings[-1], action.help or "", value))
            else:
                places.append(_values(action))
        said = text("help.program", name.rpartition(" ")[2]) if name else ""
        found.append(_Command(name, said, tuple(options), tuple(places)))
        for word, another in below.items():
            walk(another, f"{name} {word}".strip())

    walk(parser(), "")
    return found


def _values(action: argparse.Action) -> _Values:
    words = (
        tuple(map(str, action.choices)) if action.choices and not isinstance(action.choices, range) else ()
    )
    return _Values(words, action.metavar in _FILES, action.metavar in _PROFILES)


def _one_line(said: str) -> str:
    return said.replace("'", "’").replace("`", "").replace(":", " -")


#: The first column of the list as it stands in a pipe.
_NAMES: Final = "gemini-setup list 2>/dev/null | cut -f1"


def _bash(commands: list[_Command]) -> str:
    def fits(values: _Values) -> str:
        if values.files:
            return "compopt -o default; return"
        words = " ".join(values.words) + (f" $({_NAMES})" if values.profiles else "")
        return f'COMPREPLY=($(compgen -W "{words.strip()}" -- "$word")); return'

    cases = []
    for command in commands:
        cases.append(f'    "{command.name}")')
        valued = [(name, values) for name, _, values in command.options if values is not None]
        if valued:
            cases.append('      case "$before" in')
            cases += [f"        {name}) {fits(values)} ;;" for name, values in valued]
            cases.append("      esac")
        options = " ".join(name for name, _, _ in command.options)
        cases.append(
            f'      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "{options}" -- "$word")); return; fi'
        )
        if command.places:
            cases.append("      case $place in")
            cases += [f"        {number}) {fits(values)} ;;" for number, values in enumerate(command.places)]
            cases.append("      esac")
        if command.name == "exec":
            cases.append("      compopt -o default")
        cases.append("      ;;")
    parents = "|".join(f'"{command.name}"' for command in commands if _has_below(command, commands))
    valued_names = "|".join(
        sorted({name for one in commands for name, _, values in one.options if values is not None})
    )
    return f"""# bash completion for gemini-setup: eval "$(gemini-setup completion bash)"
_gemini_setup() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command="" place=0 skip="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case "${{COMP_WORDS[i]}}" in
      --) [[ $command == exec ]] && {{ compopt -o default; return; }} ;;
      {valued_names}) skip=1 ;;
      -*) ;;
      *)
        case "$command" in
          {parents}) command="${{command:+$command }}${{COMP_WORDS[i]}}" ;;
          *) place=$((place + 1)) ;;
        esac ;;
    esac
  done
  case "$command" in
{chr(10).join(cases)}
  esac
}}
complete -F _gemini_setup gemini-setup
"""


def _has_below(command: _Command, commands: list[_Command]) -> bool:
    return any(one.name.rpartition(" ")[0] == command.name and one.name for one in commands)


def _zsh(commands: list[_Command]) -> str:
    def action(values: _Values) -> str:
        if values.files:
            return "_files"
        if values.profiles:
            return "_gemini_setup_profiles"
        return f"({' '.join(values.words)})"

    functions = []
    for command in commands:
        lines = []
        for name, said, values in command.options:
            value = f":value:{action(values)}" if values is not None else ""
            lines.append(f"    '{name}[{_one_line(said).replace('[', '(').replace(']', ')')}]{value}'")
        below = [one for one in commands if one.name and one.name.rpartition(" ")[0] == command.name]
        if below:
            lines.append("    '1:command:->below'")
            lines.append("    '*::argument:->inside'")
        else:
            lines += [f"    '{n}:argument:{action(values)}'" for n, values in enumerate(command.places, 1)]
            if command.name == "exec":
                lines.append("    '*::program:_normal'")
        body = " \\\n".join(["  _arguments -C", *lines])
        if below:
            names = "\n".join(f"    '{one.name.rpartition(' ')[2]}:{_one_line(one.said)}'" for one in below)
            inside = "\n".join(
                f"      {one.name.rpartition(' ')[2]}) {_function(one.name)} ;;" for one in below
            )
            body += f"""
  case $state in
    below)
      local -a known=(
{names}
      )
      _describe command known ;;
    inside)
      case $words[1] in
{inside}
      esac ;;
  esac"""
        functions.append(f"{_function(command.name)}() {{\n  local state\n{body}\n}}\n")
    return f"""#compdef gemini-setup
# zsh completion for gemini-setup: source <(gemini-setup completion zsh), after compinit
_gemini_setup_profiles() {{
  local -a names=(${{(f)"$({_NAMES})"}})
  compadd -a names
}}
{"".join(functions)}compdef _gemini_setup gemini-setup
"""


def _function(name: str) -> str:
    return "_gemini_setup" + "".join(f"_{word}" for word in name.split())


def _fish(commands: list[_Command]) -> str:
    lines = [
        "# fish completion for gemini-setup: gemini-setup completion fish | source",
        "complete -c gemini-setup -f",
    ]
    for command in commands:
        words = command.name.split()
        below = [one for one in commands if one.name and one.name.rpartition(" ")[0] == command.name]
        known = " ".join(one.name.rpartition(" ")[2] for one in below)
        seen = (
            "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words) or "__fish_use_subcommand"
        )
        for one in below:
            when = f"{seen}; and not __fish_seen_subcommand_from {known}" if words else seen
            name = one.name.rpartition(" ")[2]
            lines.append(f"complete -c gemini-setup -n '{when}' -a {name} -d '{_one_line(one.said)}'")
        for name, said, values in command.options:
            value = (
                "" if values is None else f" -x -a '{_fish_words(values)}'" if not values.files else " -r -F"
            )
            lines.append(f"complete -c gemini-setup -n '{seen}' -l {name[2:]} -d '{_one_line(said)}'{value}")
        if words and not below:
            for values in command.places:
                value = "-F" if values.files else f"-a '{_fish_words(values)}'"
                lines.append(f"complete -c gemini-setup -n '{seen}' {value}")
            if command.name == "exec":
                lines.append(f"complete -c gemini-setup -n '{seen}' -F")
    return "\n".join(lines) + "\n"


def _fish_words(values: _Values) -> str:
    return f"({_NAMES})" if values.profiles else " ".join(values.words)


def _powershell(commands: list[_Command]) -> str:
    def listed(words: tuple[str, ...]) -> str:
        return "@(" + ", ".join(f"'{word}'" for word in words) + ")"

    rows = []
    for command in commands:
        places = tuple(word for values in command.places for word in values.words)
        profiles = any(values.profiles for values in command.places)
        values = "; ".join(
            f"'{name}' = {listed(values.words) if not values.profiles else '$null'}"
            for name, _, values in command.options
            if values is not None
        )
        options = listed(tuple(name for name, _, _ in command.options))
        rows.append(
            f"    '{command.name}' = @{{ Options = {options}; Words = {listed(places)}; "
            f"Profiles = ${str(profiles).lower()}; Values = @{{ {values} }} }}"
        )
    return f"""# PowerShell: gemini-setup completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName gemini-setup -ScriptBlock {{
  param($word, $ast, $cursor)
  $known = @{{
{chr(10).join(rows)}
  }}
  $before = @($ast.CommandElements | Where-Object {{ $_.Extent.EndOffset -lt $cursor }} | ForEach-Object {{ "$_" }})
  $command = ''
  foreach ($one in ($before | Select-Object -Skip 1)) {{
    $longer = ("$command $one").Trim()
    if ($known.ContainsKey($longer)) {{ $command = $longer }}
  }}
  $here = $known[$command]
  $names = {{ gemini-setup list 2>$null | ForEach-Object {{ ($_ -split "`t")[0] }} }}
  $last = if ($before.Count) {{ $before[-1] }} else {{ '' }}
  $found = if ($here.Values.ContainsKey($last)) {{
    if ($null -eq $here.Values[$last]) {{ & $names }} else {{ $here.Values[$last] }}
  }} elseif ($word -like '-*') {{ $here.Options }} else {{
    $here.Words
    if ($here.Profiles) {{ & $names }}
  }}
  $found | Where-Object {{ $_ -like "$word*" }} | Sort-Object -Unique |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}
"""
