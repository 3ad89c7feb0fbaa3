"""Loading and pinning the probe, from an object or with bcc. Both leave the same pins: `maps/NAME`, `programs/NAME`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.bpf.elf import Object
from drivers.bpf.probe import ProbeError, identity

if TYPE_CHECKING:
    # The interpreters that have bcc may be older than such types at run time.
    Outcome = tuple[int, list[tuple[str, str]]]
    """How many programs were loaded, and the refused ones with the kernel's reason."""

IDENTITY_SECTION, KERNEL_SECTION = "agent_probe", "agent_kernel"


def object_file(path: Path, pins: Path) -> Outcome:
    """Load an object that `build` made. Raises ProbeError when it does not fit or cannot be loaded."""
    check(path, os.uname().release)
    from agent import _core

    try:
        report = json.loads(_core.load_classic_probe(str(path), str(pins)))
    except _core.CaptureError as error:
        raise ProbeError(str(error)) from error
    return report["programs"], [(each["program"], each["reason"]) for each in report["refused"]]


def check(path: Path, release: str) -> None:
    """Raise ProbeError unless an object is this agent's probe, and for the kernel of this release."""
    found = Object(path)
    name, kernel = (_text(found.section(section)) for section in (IDENTITY_SECTION, KERNEL_SECTION))
    if name is None:
        raise ProbeError(f"{path} is not a classic eBPF probe of this agent: it does not say which one it is.")
    if name != identity():
        raise ProbeError(f"{path} is the classic eBPF probe {name}, and this agent needs {identity()}: build that one.")
    if kernel != release:
        raise ProbeError(
            f"{path} is for the kernel {kernel or 'of no name'}, and this one is {release}: build it for this one."
        )


def _text(section: bytes | None) -> str | None:
    return None if section is None else section.rstrip(b"\0").decode("ascii", "replace")


def with_bcc(pins: Path, headers: Path | None, *, plain: bool = False) -> Outcome:
    """Compile with bcc and load. Raises ProbeError where bcc or headers are missing, or the kernel takes none of it."""
    from drivers.bpf import bcc_loader

    return bcc_loader.load(pins, headers, plain=plain)
