"""`explain`: an error that some program has printed, its cause and what to do."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap

from gemini_setup.actions import check_and_keep, explanation
from gemini_setup.cli import output as say
from gemini_setup.cli.arguments import UsageError
from gemini_setup.cli.exit_codes import DONE
from gemini_setup.cli.terminal import Screen
from gemini_setup.diagnosis.answers import Surface
from gemini_setup.google.recognition import text_of
from gemini_setup.i18n import cause_texts

MAX_EXPLAIN = 1_000_000  # characters of a pasted error that are read


def run(options: argparse.Namespace) -> int:
    """Raises UsageError."""
    pasted = ""
    if sys.stdin is not None and not (options.trap and sys.stdin.isatty()):
        if sys.stdin.isatty():
            say.tell(say.cli("explain_paste_windows" if sys.platform == "win32" else "explain_paste"))
        pasted = text_of(sys.stdin.buffer.read(MAX_EXPLAIN))
    if not pasted.strip():
        if not options.trap:
            raise UsageError(say.cli("nothing_pasted"))
        print(say.trap(Screen(sys.stdout), check_and_keep.trap_page(None)))
        return DONE
    surface = Surface(options.surface) if options.surface else None
    found = explanation.explain(pasted, surface, options.status)
    if options.json:
        print(
            json.dumps(
                {
                    "version": 1,
                    "cause": found.cause.id,
                    "outcome": found.cause.outcome.value,
                    "title": found.words.title,
                    "why": found.words.why,
                    "fixes": list(found.words.fixes),
                    "links": [{"title": title, "url": url} for title, url in found.links],
                    "facts": {
                        name: int(v) if re.fullmatch("[0-9]{1,9}", v) else v
                        for name, v in found.facts.items()
                    },
                }
            )
        )
    elif options.trap and found.trap:
        print(say.trap(Screen(sys.stdout), found.page))
    else:
        new_key = found.trap and cause_texts.friendly(found.facts).get("side") != "vertex"
        ways = explanation.ways_out(found.page, found.facts) if new_key else ()
        print(say.diagnosis(Screen(sys.stdout), found.words, found.links, found.page if ways else None, ways))
        if found.on_the_way is not None:
            print()
            Screen(sys.stdout).write(
                say.cli("on_the_way", title=cause_texts.cause(found.on_the_way.id).title)
            )
        if found.admin:
            print(f"\n{say.cli('admin')}:\n\n{textwrap.indent(found.admin, '  ')}")
    return DONE
