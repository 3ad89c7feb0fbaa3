"""What identifies a probe, and where it is pinned."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
SHARED = SOURCE.parent / "shared"
BPFFS = Path("/sys/fs/bpf")
PINS = BPFFS / "agent"


class ProbeError(Exception):
    """The probe could not be built, loaded or removed. The message is a sentence: what, why, and what to do."""


def sources() -> Iterator[Path]:
    """Yield every C file that the probe is compiled from, in a fixed order."""
    for folder in (SOURCE, SHARED):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h"))


def identity() -> str:
    """Return the version of the agent and a digest of the probe's sources, such as `0.1.0-1f2e3d4c5b6a`.

    An agent uses a probe of its own identity only: the layout of records and settings follows from the sources.
    """
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(SOURCE.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{_version()}-{digest.hexdigest()[:12]}"


def _version() -> str:
    text = (SOURCE.parent.parent / "agent" / "version.py").read_text(encoding="ascii")
    return text.split('"')[1]


def pins(root: Path = PINS) -> Path:
    """Return the folder that this version's probe is pinned in."""
    return root / identity()


def loaded(root: Path = PINS) -> list[str]:
    """Return the identities of the probes that are pinned; none when the folder cannot be read."""
    try:
        return sorted(entry.name for entry in root.iterdir() if entry.is_dir())
    except OSError:
        return []


def require_loading() -> None:
    """Raise ProbeError unless this process may load a probe, and there is a place to pin it."""
    if os.geteuid() != 0:
        raise ProbeError("Loading the classic eBPF probe needs root: programs are loaded into the kernel and pinned.")
    if not _is_bpffs():
        raise ProbeError(f"{BPFFS} is not a BPF file system, which pins live in; mount it: mount -t bpf bpf {BPFFS}")


def _is_bpffs() -> bool:
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        return any(line.split()[1:3] == [str(BPFFS), "bpf"] for line in mounts)
