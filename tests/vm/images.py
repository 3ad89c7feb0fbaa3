"""Kernels in the lab's own cache, unpacked there and nowhere else on the machine."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vm.kernels import Kernel
from tests.vm.mirror import MirrorError, Suite

REPOSITORY = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Return where kernels are kept: $AGENT_VM_CACHE, or `.cache/vm` of the clone."""
    return Path(os.environ.get("AGENT_VM_CACHE") or REPOSITORY / ".cache/vm").absolute()


@dataclass(frozen=True)
class Image:
    """An unpacked kernel; its modules lie in lib/modules of the same tree."""

    vmlinuz: Path
    release: str


def find(series: str, cache: Path) -> Image | None:
    """Return the kernel of a series that the cache has."""
    tree = cache / "kernels" / series
    if not tree.is_dir():
        return None
    found = [(path, path.name.removeprefix("vmlinuz-")) for path in tree.glob("boot/vmlinuz-*")]
    found += [(path, path.parent.name) for path in tree.glob("usr/lib/modules/*/vmlinuz")]
    return Image(*found[0]) if found else None


def fetch(kernel: Kernel, cache: Path, say: Callable[[str], None]) -> Image:
    """Return a kernel from the cache, or download and unpack it first. Raises MirrorError."""
    if image := find(kernel.series, cache):
        return image
    refusals = []
    for source in kernel.sources:
        try:
            return _fetch_from(kernel.series, Suite(source, cache / "apt" / source.suite), cache, say)
        except MirrorError as error:
            refusals.append(str(error))
    raise MirrorError("; ".join(refusals))


def _fetch_from(series: str, suite: Suite, cache: Path, say: Callable[[str], None]) -> Image:
    say(f"reading the index of {suite.name}")
    suite.update()
    packages = suite.kernel_packages()
    release = packages[0].removeprefix("linux-image-") if packages else "no stock kernel"
    if not release.startswith(f"{series}."):
        raise MirrorError(f"{suite.name} has {release}, not {series}")
    say(f"downloading {' and '.join(packages)}")
    archives = suite.download(packages)
    tree = cache / "kernels" / series
    partial = tree.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for archive in archives:
        say(f"unpacking {archive.name}")
        subprocess.run(["dpkg-deb", "-x", str(archive), str(partial)], check=True, timeout=300)
        archive.unlink()
    # A cache that was interrupted must not look complete, so the tree gets its name last.
    partial.rename(tree)
    image = find(series, cache)
    if image is None:
        raise MirrorError(f"the packages {', '.join(packages)} of {suite.name} contain no vmlinuz")
    return image
