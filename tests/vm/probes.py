"""The classic probe as an object file, compiled outside the guest for one kernel, as a download would be."""

import subprocess
import sys
from pathlib import Path

from tests.vm.images import REPOSITORY, Image
from tests.vm.modules import BuildError


def build_probe(image: Image, output: Path) -> Path:
    """Compile the probe for one kernel with the loader's own command. Raises BuildError with what the compiler said."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "drivers.bpf", "build", "--kernel-release", image.release),
            *("--kernel-headers", str(image.headers), "--output", str(output)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
        cwd=REPOSITORY,
    )
    if done.returncode or not output.exists():
        said = "\n".join(done.stdout.splitlines()[-20:])
        raise BuildError(
            f"building the classic probe for {image.release} failed with status {done.returncode}:\n{said}"
        )
    return output
