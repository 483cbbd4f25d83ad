"""`make causes`: how well the causes are told, as a table."""

from __future__ import annotations

import sys

from . import measure, negatives
from .records import ABSENT, collected, recorded


def main() -> int:
    records = recorded()
    if not records:
        print(ABSENT)
    else:
        print(f"{'cause':34} right  of")
        for cause, (right, asked) in measure.by_cause(records).items():
            print(f"{cause:34} {right:5} {asked:3}{'' if right == asked else '  <-'}")
        print()
        for score in measure.halves(records):
            print(
                f"{score.name:8} {score.asked:4} records  cause {score.right:.3f}  outcome {score.outcome:.3f}"
            )
            if score.name == "all":
                for name, cause, told in score.wrong:
                    print(f"    {name}: {cause} told as {told}")
        print("\nrewritten")
        for score in measure.rewritten(records):
            print(
                f"{score.name:18} {score.asked:4}  cause {score.right:.3f}  outcome {score.outcome:.3f}"
                f"  wrong {len(score.wrong)}, of these unknown {score.silent}"
            )
            for name, cause, told in score.wrong:
                if told != "unknown" or "-v" in sys.argv:
                    print(f"    {name}: {cause} told as {told}")
    posted = collected()
    score = measure.score("collected", [(record, record.text) for record in posted])
    print(
        f"\n{score.name} {score.asked} texts that people posted  cause {score.right:.3f}  outcome {score.outcome:.3f}"
    )
    for name, cause, told in score.wrong:
        print(f"    {name}: {cause} told as {told}")
    alarms = negatives.alarms()
    print(f"\nwithout a cause: {len(negatives.TEXTS)} texts, {len(alarms)} false alarms")
    for text, told in alarms:
        print(f"    {told}: {text[:110]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
