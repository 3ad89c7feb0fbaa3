"""A repository of prebuilt drivers: building for given kernels into the layout that downloads expect."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.version import __version__
from drivers.bpf.build import build as compile_probe
from drivers.bpf.probe import ProbeError
from drivers.kmod.source import lay_out
from loader import checksums, compilers, dkms, durable, names
from loader.acquisition import NotThisWay
from loader.checksums import ChecksumError
from loader.kernel import Kernel, Target
from loader.kernel_module import sbin
from loader.names import MODULE

PATIENCE = 1800
"""Seconds that one compiler may take."""


@dataclass(frozen=True)
class Job:
    """One driver for one kernel, built from its configured headers."""

    driver: str
    kernel: Kernel
    target: Target
    headers: Path


@dataclass(frozen=True)
class Published:
    """The files that were built, and a sentence for each job that failed."""

    files: tuple[Path, ...]
    reasons: tuple[str, ...]


def publish(
    folder: Path,
    jobs: Sequence[Job],
    *,
    private_key: Path | None = None,
    version: str = __version__,
    say: Callable[[str], None] = lambda _sentence: None,
) -> Published:
    """Build into VERSION/ARCH/ below a folder, and write the list of checksums of each, signed if there is a key.

    What another machine has built there stays in the list. A list that was signed is not replaced by one that is not.
    """
    files: list[Path] = []
    reasons: list[str] = []
    for job in jobs:
        try:
            path = folder / version / job.kernel.arch / names.file_name(job.driver, job.target)
            say(f"building {path.name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="agent-publish-") as scratch:
                content = _build(job, Path(scratch))
            with _alone(path.parent):
                _add(path, content, private_key)
            files.append(path)
        except (NotThisWay, ProbeError, ChecksumError) as reason:
            reasons.append(f"{job.driver} for {job.kernel.release}: {reason}")
        except OSError as error:
            reasons.append(f"{job.driver} for {job.kernel.release}: {error.filename or folder}: {error.strerror}")
    return Published(tuple(files), tuple(reasons))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let others that publish into the same folder wait: each changes the list that it has read."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _build(job: Job, scratch: Path) -> bytes:
    if job.driver == "ebpf":
        output = scratch / "probe.o"
        compile_probe(job.kernel.release, output, headers=job.headers)
        return output.read_bytes()
    lay_out(scratch / "sources")
    folder = scratch / "sources/kmod"
    reasons = []
    for told in compilers.candidates(job.headers):
        log = scratch / "make.log"
        with log.open("wb") as said:
            command = ["make", "-C", str(folder), *told, f"KERNEL_DIR={job.headers}", "modules"]
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=PATIENCE, env=sbin()
                )
            except subprocess.TimeoutExpired:
                reasons.append(f"{' '.join(told)}: it took longer than {PATIENCE} s")
                continue
        if done.returncode == 0 and (folder / f"{MODULE}.ko").exists():
            return _stripped(folder / f"{MODULE}.ko")
        reasons.append(f"{' '.join(told)}: {' / '.join(dkms.telling_lines(log))}")
    raise NotThisWay(f"the module could not be built: {' | '.join(reasons) or 'there is no gcc that runs'}")


def _stripped(path: Path) -> bytes:
    """Debugging information is most of a module, and nothing that loads it reads it."""
    if strip := shutil.which("strip"):
        subprocess.run([strip, "-g", str(path)], check=False, capture_output=True, timeout=60)
    return path.read_bytes()


def _add(path: Path, content: bytes, private_key: Path | None) -> None:
    """Put a driver beside the others. Interrupted between two files, it is refused until the next run writes them."""
    listed = path.with_name(names.CHECKSUMS)
    signature = path.with_name(names.SIGNATURE)
    if signature.exists() and private_key is None:
        raise NotThisWay(f"{path.parent} is signed, and without the private key its list would no longer be")
    durable.write(path, content, 0o644)
    digests = {
        each.name: checksums.of_file(each)
        for each in path.parent.iterdir()
        if names.read_file_name(each.name) is not None
    }
    text = checksums.render(digests)
    signed = None if private_key is None else checksums.sign(private_key, text)
    durable.write(listed, text, 0o644)
    if signed is not None:
        durable.write(signature, signed, 0o644)
