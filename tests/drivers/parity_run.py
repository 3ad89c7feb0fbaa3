"""Record one run of the test programs with several drivers at once, and compare what they recorded.

python -m tests.drivers.parity_run --drivers modern_ebpf,ebpf,kmod --output report.json
python -m tests.drivers.parity_run --compile FOLDER        only compile the programs, for --programs FOLDER elsewhere

The last line printed is the summary. Status 0: the drivers agree; 1: they do not; 2: they could not be compared.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent.schema.gaps import DRIVERS
from tests.drivers.parity import Comparison, compare, condensed
from tests.drivers.recording import TRACED, Run, compile_programs, record


def main() -> int:
    """Run the command."""
    options = _arguments()
    if options.compile:
        print(f"the programs are in {compile_programs(options.compile)}")
        return 0
    with tempfile.TemporaryDirectory(prefix="parity-") as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            programs = options.programs or compile_programs(folder / "programs")
            run = record(options.drivers, sorted(programs.iterdir()), folder)
            comparison = compare_run(run)
        except (AssertionError, OSError, RuntimeError, ValueError) as error:
            print(f"parity: the drivers could not be compared: {error}")
            return 2
    content = report(run, comparison)
    if options.output:
        options.output.write_text(json.dumps(content, indent=1) + "\n")
    for line in lines(content):
        print(line)
    return 0 if content["agree"] else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.drivers.parity_run", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--drivers",
        type=lambda text: text.split(","),
        default=list(DRIVERS),
        help=f"comma-separated; one may be named twice (default: {','.join(DRIVERS)}); pdig attaches to the shell "
        f"that the programs run in, {TRACED} starts it",
    )
    parser.add_argument("--programs", type=Path, metavar="FOLDER", help="compiled programs (default: compile them)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, as JSON")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work in this folder and leave the capture files")
    parser.add_argument("--compile", type=Path, metavar="FOLDER", help="compile the programs into a folder and stop")
    options = parser.parse_args()
    if unknown := [driver for driver in options.drivers if driver not in (*DRIVERS, TRACED)]:
        parser.error(f"no such driver: {', '.join(unknown)}; there are {', '.join(DRIVERS)} and {TRACED}")
    if len(options.drivers) < 2:
        parser.error("one driver has nothing to be compared with: name at least two")
    return options


def compare_run(run: Run) -> Comparison:
    """Compare what the drivers recorded of a run."""
    skipped: dict[str, int] = {}
    lost: dict[str, int] = {}
    for recording in run.recordings:
        skipped[recording.driver] = max(recording.skipped, skipped.get(recording.driver, 0))
        lost[recording.driver] = max(recording.lost, lost.get(recording.driver, 0))
    recordings = [(recording.driver, recording.segments()) for recording in run.recordings]
    return compare(recordings, skipped=skipped, lost=lost)


def report(run: Run, comparison: Comparison) -> dict[str, Any]:
    """Return all that the run found, for JSON. `agree` is true when nothing is wrong."""
    failed = [program for program in run.programs if program.status and program.not_possible is None]
    complaints = [f"{recording.driver}: {line}" for recording in run.recordings for line in recording.complaints]
    for recording in run.recordings:
        # What a driver leaves out where there are many is lost, and it has to say so.
        rest = recording.lost - comparison.beyond_limits.get(recording.driver, 0)
        if rest < 0:
            complaints.append(f"{recording.driver}: {-rest} events are missing, and not counted as lost")
        elif rest > 0 and not recording.skipped:
            complaints.append(f"{recording.driver}: {rest} events were lost")
    undeclared = comparison.undeclared
    return {
        "agree": not (failed or complaints or undeclared or comparison.stale) and comparison.events > 0,
        "kernel": os.uname().release,
        "drivers": [recording.driver for recording in run.recordings],
        "programs": len(run.programs),
        "not_possible": {
            program.name: program.not_possible for program in run.programs if program.not_possible is not None
        },
        "failed": {program.name: f"status {program.status}: {program.printed.strip()}" for program in failed},
        "complaints": complaints,
        "events_compared": comparison.events,
        "undeclared_differences": len(undeclared),
        "skipped": {recording.driver: recording.skipped for recording in run.recordings},
        "declared_differences": len(comparison.differences) - len(undeclared),
        "differences": [
            {**asdict(difference), "times": times} for difference, times in condensed(comparison.differences)
        ],
        "stale_gaps": comparison.stale,
    }


def lines(content: dict[str, Any]) -> list[str]:
    """Write a report for people; the last line is the summary."""
    told = [f"not possible here: {name}: {reason}" for name, reason in content["not_possible"].items()]
    told += [f"FAILED program: {name}: {words}" for name, words in content["failed"].items()]
    told += [f"COMPLAINT of {line}" for line in content["complaints"]]
    for difference in content["differences"]:
        (first, second), (one, other) = difference["drivers"], difference["values"]
        what = f"{difference['program']}: {difference['event']} {difference['parameter']}"
        heading = f"declared ({difference['reason']})" if difference["reason"] else "DIFFERENCE"
        told.append(f"{heading}: {what}, {difference['times']} times: {first} has {one}, {second} has {other}")
    told += [f"STALE GAP: {line}" for line in content["stale_gaps"]]
    told.append(
        f"parity of {', '.join(content['drivers'])} on {content['kernel']}: {content['programs']} programs "
        f"({len(content['not_possible'])} not possible here), {content['events_compared']:,} events compared, "
        f"{content['undeclared_differences']} undeclared and {content['declared_differences']} declared differences, "
        f"{len(content['stale_gaps'])} stale gaps: {'they agree' if content['agree'] else 'THEY DO NOT AGREE'}"
    )
    return told


if __name__ == "__main__":
    sys.exit(main())
