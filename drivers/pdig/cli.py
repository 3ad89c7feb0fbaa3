"""The `pdig-agent` command: exists so that scripts find it, and says what is missing instead of pretending."""

import argparse
import sys
from collections.abc import Sequence

MISSING = (
    "this version cannot trace with ptrace: the pdig driver is not written yet, so no command was started and no "
    "process was attached to. Where eBPF is allowed, `agent --modern-bpf --scope pid:N` watches a process tree."
)

NOT_IMPLEMENTED = 2
"""Exit code for something that is planned and not there; 1 stays the code of an error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is missing and return 2, whatever was asked for; `--help` returns 0."""
    parser = argparse.ArgumentParser(
        prog="pdig-agent", description=f"Watch a command or a process through ptrace. Note: {MISSING}"
    )
    parser.add_argument("-p", metavar="PID", help="attach to a process (not written yet)")
    parser.add_argument("command", nargs="*", metavar="-- COMMAND", help="run a command and watch it (not written yet)")
    parser.parse_known_args(arguments)
    print(f"pdig-agent: {MISSING}", file=sys.stderr)
    return NOT_IMPLEMENTED
