"""Command line of the code generator."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.codegen import c_events, c_fillers, c_flags, c_schema, docs, rust
from agent.codegen.output import COMMAND, Output

ROOT = Path(__file__).resolve().parents[2]


def all_outputs() -> list[Output]:
    """Return every generated file."""
    emitters = (rust, c_events, c_flags, c_fillers, c_schema, docs)
    return [output for emitter in emitters for output in emitter.outputs()]


def main(argv: list[str] | None = None) -> int:
    """Write what changed, or with ``--check`` only name it. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description="Write the C, Rust and reference pages that are generated from agent/schema."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that are stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="repository to write into (default: this one)")
    options = parser.parse_args(argv)
    stale = [output for output in all_outputs() if output.is_stale(options.root)]
    if options.check:
        for output in stale:
            print(f"{output.path}: stale; run `{COMMAND}` and commit the result", file=sys.stderr)
        return 1 if stale else 0
    for output in stale:
        output.write(options.root)
        print(f"wrote {output.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
