"""The kernel module, built outside the guest against the headers in the cache, once for each content of its sources."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.vm.images import REPOSITORY, Image

# What the module is made of, below drivers/; they keep their places beside each other.
PARTS = ("kmod", "shared")
NAME = "agent_probe.ko"
# A complaint of the compiler about a line, of modpost, or of objtool. kbuild's own remarks on pahole are none of these.
COMPLAINT = re.compile(
    r"^(?:\S+:\d+(?::\d+)?: (?:fatal )?(?:warning|error): |(?:WARNING|ERROR): modpost: |.*\bobjtool: )"
)


class BuildError(Exception):
    """The module could not be built, or not without complaints. The text is a sentence, then the complaints."""


def build_module(image: Image, cache: Path, drivers: Path = REPOSITORY / "drivers") -> Path:
    """Return agent_probe.ko for one kernel, from the cache or built now. Raises BuildError, also for a mere warning."""
    kept = cache / "modules" / image.release / _digest(drivers, image) / NAME
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(prefix="agent-probe-") as scratch:
        for part in PARTS:
            shutil.copytree(drivers / part, Path(scratch, part), ignore=shutil.ignore_patterns("*.o", "*.ko", ".*"))
        folder = Path(scratch, PARTS[0])
        done = subprocess.run(
            ["make", "-C", str(image.headers), f"M={folder}", "modules"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=900,
        )
        complaints = [line for line in done.stdout.splitlines() if COMPLAINT.match(line)]
        if done.returncode or complaints or not (folder / NAME).exists():
            said = "\n".join(complaints[:20]) or "\n".join(done.stdout.splitlines()[-20:])
            how = f"failed with status {done.returncode}" if done.returncode else "raised complaints"
            raise BuildError(f"building {NAME} for {image.release} {how}:\n{said}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Another run may build the same at this moment; a rename leaves a whole file in any case.
        partial = kept.with_name(f"{Path(scratch).name}.partial")
        shutil.copyfile(folder / NAME, partial)
        partial.rename(kept)
    return kept


def build_stress(output: Path) -> None:
    """Compile the program that puts the module under stress. Raises BuildError."""
    source = Path(__file__).with_name("stress.c")
    strict = ("-O1", "-Wall", "-Wextra", "-Werror", "-static", f"-I{REPOSITORY}")
    done = subprocess.run(["gcc", *strict, "-o", str(output), str(source)], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise BuildError(f"building {source.name} failed:\n{done.stderr}")


def _digest(drivers: Path, image: Image) -> str:
    digest = hashlib.sha256()
    for name in (".config", ".kernelvariables"):  # Debian's headers name the compiler in the second
        if (path := image.headers / name).exists():
            digest.update(path.read_bytes())
    for part in PARTS:
        for path in sorted((drivers / part).rglob("*")):
            if path.is_file():
                digest.update(f"\0{path.relative_to(drivers)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
