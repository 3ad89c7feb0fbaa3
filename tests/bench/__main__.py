"""`make bench`: measures, prints a table with goals, and writes build/bench.json."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import cost, drivers, memory, pdig, replay, start, throughput
from tests.bench.figure import Figure, NotMeasuredError, table, write
from tests.live.privileges import reason_not_to_run

RESULT = Path("build/bench.json")
LIVE = {"start": start.measure, "memory": memory.measure, "cost": cost.measure, "throughput": throughput.measure}
PARTS = {**LIVE, "replay": replay.measure, "drivers": drivers.measure, "pdig": pdig.measure}


def main() -> int:
    """Measure the parts that are asked for, all by default. Returns 1 when nothing, or not all, could be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the agent on programs of its own.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or more of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", type=Path, default=RESULT, help=f"where the figures go (default: {RESULT})")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    parts = options.parts or list(PARTS)
    if reason := reason_not_to_run():
        print(f"Live parts are not measured: {reason}.", file=sys.stderr)
        parts = [part for part in parts if part not in LIVE]
    figures: list[Figure] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        for part in parts:
            print(f"measuring {part} …", file=sys.stderr, flush=True)
            try:
                figures += PARTS[part](Path(name))
            except NotMeasuredError as error:
                failed.append(part)
                print(f"{part} is not measured: {error}", file=sys.stderr)
    if not figures:
        print("Nothing was measured.", file=sys.stderr)
        return 1
    print(table(figures))
    write(figures, options.json)
    missed = sum(not figure.ok for figure in figures)
    print(f"\n{'every goal met' if not missed else f'goals missed: {missed}'}; written to {options.json}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
