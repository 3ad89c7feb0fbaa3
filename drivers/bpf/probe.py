"""What identifies a probe, where it is pinned, and taking it out again."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from agent.version import __version__

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
    """Return the version of the agent and a digest of the probe's sources, such as `0_1_0-1f2e3d4c5b6a`.

    An agent uses a probe of its own identity only: the layout of records and settings follows from the sources.
    """
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(SOURCE.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    # The BPF file system keeps names with dots for itself.
    return f"{__version__.replace('.', '_')}-{digest.hexdigest()[:12]}"


def pins() -> Path:
    """Return the folder that this version's probe is pinned in."""
    return PINS / identity()


def loaded() -> list[str]:
    """Return the identities of the probes that are pinned; none when that cannot be seen."""
    try:
        return sorted(entry.name for entry in PINS.iterdir() if entry.is_dir())
    except OSError:
        return []


def in_use(name: str) -> bool:
    """Whether an agent captures with the pinned probe: it holds a lock on the folder."""
    folder = os.open(PINS / name, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(folder)
    return False


def prepare() -> None:
    """Make a place for the pins that only root can look into. Raises ProbeError when this process may not."""
    require_root("Loading")
    if not _is_bpffs():
        done = subprocess.run(["mount", "-t", "bpf", "bpf", str(BPFFS)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProbeError(
                f"Pins live in a BPF file system; none is mounted at {BPFFS}, nor could it be: {done.stderr.strip()}"
            )
    PINS.mkdir(mode=0o700, exist_ok=True)
    PINS.chmod(0o700)


def unload() -> list[str]:
    """Remove the pins of every probe; returns their identities. Raises ProbeError while one is in use."""
    require_root("Unloading")
    removed = loaded()
    for name in removed:
        if in_use(name):
            raise ProbeError(
                f"The classic eBPF probe {name} is in use: an agent captures with it; stop that one first."
            )
    for name in removed:
        shutil.rmtree(PINS / name)
    if PINS.is_dir():
        PINS.rmdir()
    return removed


def require_root(doing: str) -> None:
    """Raise ProbeError unless this is root."""
    if os.geteuid() != 0:
        raise ProbeError(f"{doing} the classic eBPF probe needs root: it lives in the kernel.")


def _is_bpffs() -> bool:
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        return any(line.split()[1:3] == [str(BPFFS), "bpf"] for line in mounts)
