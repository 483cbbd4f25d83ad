"""`python -m tests.fuzz [TARGET…] [--seconds N]`: atheris looks at what the code does with an input, and mutates on.

Inputs that break a promise are left in `--findings`, each named by libFuzzer; `python -m tests.fuzz TARGET --again FILE`
shows one anew, without atheris.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SLOW = 10  # seconds for one input of at most LONGEST bytes
LONGEST = 24_000


def _run(target: str, seconds: int, findings: Path, corpus: Path | None) -> int:
    """One process for each target: libFuzzer ends its own."""
    with tempfile.TemporaryDirectory() as folder:
        kept = corpus / target if corpus else Path(folder) / "corpus"
        kept.mkdir(parents=True, exist_ok=True)
        findings.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            target,
            "--inside",
            str(kept),
            "--seconds",
            str(seconds),
        ]
        return subprocess.run([*command, "--findings", str(findings)], check=False).returncode


def _inside(target: str, seconds: int, kept: Path, findings: Path) -> None:
    atheris: Any = import_module("atheris")  # an optional tool
    with atheris.instrument_imports(include=["gemini_setup"]):
        from tests.fuzz import seeds, targets
    from tests.fuzz.seeds import TOKENS

    for number, data in enumerate(seeds.corpus(target)):
        (kept / f"seed-{number}").write_bytes(data)
    words = kept.parent / f"{target}.dict"
    words.write_text(
        "".join(
            '"' + "".join(f"\\x{b:02x}" for b in t.encode("utf-8", "replace")[:60]) + '"\n' for t in TOKENS
        )
    )
    atheris.Setup(
        [
            sys.argv[0], f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-len_control=20", f"-timeout={SLOW}", f"-dict={words}",
            f"-artifact_prefix={findings}/{target}-", "-print_final_stats=1", "-rss_limit_mb=3000", str(kept),
        ],
        targets.TARGETS[target],
    )  # fmt: skip
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=600, help="for each target; default: %(default)s")
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()) / "gemini-setup-fuzz")
    parser.add_argument("--corpus", type=Path, help="where to keep what was found to be worth mutating")
    parser.add_argument("--again", type=Path, help="throw this input once")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _inside(options.targets[0], options.seconds, options.inside, options.findings)
        return 0
    from tests.fuzz.targets import TARGETS

    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target; there are: {' '.join(TARGETS)}")
    if options.again:
        TARGETS[options.targets[0]](options.again.read_bytes())
        return 0
    if find_spec("atheris") is None:
        print("atheris is not installed: .venv/bin/python -m pip install atheris", file=sys.stderr)
        return 2
    codes = [_run(t, options.seconds, options.findings, options.corpus) for t in options.targets or TARGETS]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
