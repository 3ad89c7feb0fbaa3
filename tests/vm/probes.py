"""The classic probe as an object file, compiled outside the guest for one kernel, as a download would be."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from drivers.bpf import probe
from tests.vm.images import REPOSITORY, Image
from tests.vm.modules import BuildError


def build_probe(image: Image, cache: Path) -> Path:
    """Return the probe for one kernel, from the cache or compiled now by the command that users have.

    Raises BuildError with what the compiler said.
    """
    kept = cache / "probes" / image.release / f"{probe.identity()}-{_digest(image)}.o"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}.partial")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "drivers.bpf", "build", "--kernel-release", image.release),
            *("--kernel-headers", str(image.headers), "--output", str(partial)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
        cwd=REPOSITORY,
    )
    if done.returncode or not partial.exists():
        said = "\n".join(done.stdout.splitlines()[-20:])
        how = f"failed with status {done.returncode}"
        raise BuildError(f"building the classic probe for {image.release} {how}:\n{said}")
    partial.rename(kept)
    return kept


def _digest(image: Image) -> str:
    """What decides what becomes of the sources, which the identity stands for: how they are compiled, and for what."""
    how = (probe.SOURCE / "build.py", probe.SOURCE / "headers.py", image.headers / ".config")
    return hashlib.sha256(b"".join(path.read_bytes() for path in how)).hexdigest()[:16]
