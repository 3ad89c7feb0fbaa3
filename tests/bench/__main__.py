"""`make bench`: measures, prints a table with goals, and writes build/bench.json."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import cost, memory, start, throughput
from tests.bench.figure import Figure, table, write
from tests.live.privileges import reason_not_to_run

RESULT = Path("build/bench.json")
PARTS = {"start": start.measure, "memory": memory.measure, "cost": cost.measure, "throughput": throughput.measure}


def main() -> int:
    """Measure the parts that are asked for, all by default. Returns 1 when nothing can be measured here."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the agent on programs of its own.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or more of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", type=Path, default=RESULT, help=f"where the figures go (default: {RESULT})")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if reason := reason_not_to_run():
        print(f"Nothing was measured: {reason}.", file=sys.stderr)
        return 1
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        for part in options.parts or PARTS:
            print(f"measuring {part} …", file=sys.stderr, flush=True)
            figures += PARTS[part](Path(name))
    print(table(figures))
    write(figures, options.json)
    missed = sum(not figure.ok for figure in figures)
    print(f"\n{'every goal met' if not missed else f'goals missed: {missed}'}; written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
