"""What identifies a probe, where it is pinned, and taking it out again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from agent.version import __version__

SOURCE = Path(__file__).resolve().parent
SHARED = SOURCE.parent / "shared"
BPFFS = Path("/sys/fs/bpf")
PINS = BPFFS / "agent"
BCC_COMMAND = f"PYTHONPATH={SOURCE.parents[1]} /usr/bin/python3 -m drivers.bpf load --bcc"
"""The distribution's interpreter has bcc, and does not find these files by itself."""
UNFINISHED = "loading"
"""Below PINS: the probe that is being loaded, or whose loader was killed."""


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
        return sorted(entry.name for entry in PINS.iterdir() if entry.is_dir() and entry.name != UNFINISHED)
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


@contextlib.contextmanager
def unfinished() -> Iterator[Path]:
    """Yield an empty folder, which only root can look into, to pin a probe in; then it gets the probe's name.

    So a probe that is found under its name is whole, whatever ended its loader. Raises ProbeError when this process may
    not load, and while another one does.
    """
    require_root("Loading")
    if not _is_bpffs():
        # Without a mode anybody may make files in it.
        command = ["mount", "-t", "bpf", "-o", "mode=0700", "bpf", str(BPFFS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProbeError(
                f"Pins live in a BPF file system; none is mounted at {BPFFS}, nor could it be: {done.stderr.strip()}"
            )
    with contextlib.suppress(FileExistsError):
        PINS.mkdir(mode=0o700)
    with _lock():
        folder = PINS / UNFINISHED
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        try:
            yield folder
            folder.rename(pins())
        except BaseException:
            # Half a probe is none.
            shutil.rmtree(folder, ignore_errors=True)
            raise


def unload() -> list[str]:
    """Remove the pins of every probe; returns their identities. Raises ProbeError while one is in use."""
    require_root("Unloading")
    if not os.path.lexists(PINS):
        return []
    with _lock():
        removed = loaded()
        for name in removed:
            if in_use(name):
                raise ProbeError(
                    f"The classic eBPF probe {name} is in use: an agent captures with it; stop that one first."
                )
        shutil.rmtree(PINS)
    return removed


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Keep other loaders off the pins. Raises ProbeError when one is at work, or the folder is not root's own.

    A BPF file system is often writable for everybody: a folder or link of somebody else would lead us astray.
    """
    try:
        folder = os.open(PINS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise ProbeError(f"{PINS} is not a folder that can be opened ({error.strerror}): remove it.") from error
    try:
        status = os.fstat(folder)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
            raise ProbeError(f"{PINS} is not root's alone, so its pins may be anybody's: remove it.")
        os.fchmod(folder, 0o700)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ProbeError(
                "Another process loads or unloads the classic eBPF probe just now; try again when it is done."
            ) from error
        yield
    finally:
        os.close(folder)


def require_root(doing: str) -> None:
    """Raise ProbeError unless this is root."""
    if os.geteuid() != 0:
        raise ProbeError(f"{doing} the classic eBPF probe needs root: it lives in the kernel.")


def _is_bpffs() -> bool:
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        return any(line.split()[1:3] == [str(BPFFS), "bpf"] for line in mounts)
