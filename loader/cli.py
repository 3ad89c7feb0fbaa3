"""The `agent-driver-loader` command.

The drivers are there, and loaded by hand (docs/loading-drivers.md). The command exists so that scripts find it, and
says what is missing instead of pretending.
"""

import argparse
import sys
from collections.abc import Sequence

MISSING = (
    "this version cannot install a driver by itself: choosing, downloading and building one (auto, bpf, module, "
    "doctor) are not written yet. The modern eBPF driver needs no loader: run `agent --modern-bpf`. The classic eBPF "
    "probe and the kernel module are built and loaded by hand, as docs/loading-drivers.md says."
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
