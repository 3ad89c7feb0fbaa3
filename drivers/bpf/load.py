"""Loading and pinning the probe, from an object or with bcc. Both leave the same pins: `maps/NAME`, `programs/NAME`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.bpf.elf import Object
from drivers.bpf.probe import ProbeError, identity

if TYPE_CHECKING:
    # The interpreters that have bcc may be older than such types at run time.
    Outcome = tuple[int, list[tuple[str, str]]]
    """How many programs were loaded, and the refused ones with the kernel's reason."""

IDENTITY_SECTION = "agent_probe"


def object_file(path: Path, pins: Path) -> Outcome:
    """Load an object that `build` made. Raises ProbeError when it is of another version or cannot be loaded."""
    found = Object(path).section(IDENTITY_SECTION)
    if found is None:
        raise ProbeError(f"{path} is not a classic eBPF probe of this agent: it does not say which one it is.")
    name = found.rstrip(b"\0").decode("ascii", "replace")
    if name != identity():
        raise ProbeError(f"{path} is the classic eBPF probe {name}, and this agent needs {identity()}: build that one.")
    from agent import _core

    try:
        report = json.loads(_core.load_classic_probe(str(path), str(pins)))
    except _core.CaptureError as error:
        raise ProbeError(str(error)) from error
    return report["programs"], [(each["program"], each["reason"]) for each in report["refused"]]


def with_bcc(pins: Path, headers: Path | None, *, plain: bool = False) -> Outcome:
    """Compile with bcc and load. Raises ProbeError where bcc or headers are missing, or the kernel takes none of it."""
    from drivers.bpf import bcc_loader

    return bcc_loader.load(pins, headers, plain=plain)
