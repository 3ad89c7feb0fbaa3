"""The `agent-driver-loader` command.

This version has one driver, modern_ebpf, which is part of the agent and needs no loading. The command exists so that
scripts find it, and says what is missing instead of pretending.
"""

import argparse
import sys
from collections.abc import Sequence

MISSING = (
    "this version cannot install a driver: the classic eBPF probe (bpf), the kernel module (module) and the choice "
    "between them (auto, doctor) are not built yet. The modern eBPF driver needs no loader: run `agent --modern-bpf`."
)

NOT_IMPLEMENTED = 2
"""Exit code for something that is planned and not there; 1 stays the code of an error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is missing and return 2, whatever was asked for; `--help` returns 0."""
    parser = argparse.ArgumentParser(
        prog="agent-driver-loader", description=f"Install a driver for the agent. Note: {MISSING}"
    )
    parser.add_argument("command", nargs="?", help="auto, bpf, module or doctor (none of them works yet)")
    parser.parse_known_args(arguments)
    print(f"agent-driver-loader: {MISSING}", file=sys.stderr)
    return NOT_IMPLEMENTED
