"""Kernels in the lab's own cache, unpacked there and nowhere else on the machine."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vm import headers, own_kernel, toolbox
from tests.vm.kernels import Kernel, Source
from tests.vm.mirror import MirrorError, Suite

REPOSITORY = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Return where kernels are kept: $AGENT_VM_CACHE, or `.cache/vm` of the clone."""
    return Path(os.environ.get("AGENT_VM_CACHE") or REPOSITORY / ".cache/vm").absolute()


@dataclass(frozen=True)
class Image:
    """An unpacked kernel; its modules lie in lib/modules of the same tree."""

    tree: Path
    vmlinuz: Path
    release: str

    @property
    def headers(self) -> Path:
        """Return the folder that `make -C HEADERS M=MODULE` takes, usable here and in a guest, wherever it lies."""
        return headers.folder(self.tree, self.release)


def find(series: str, cache: Path) -> Image | None:
    """Return the kernel of a series that the cache has, with its headers."""
    tree = cache / "kernels" / series
    if not tree.is_dir():
        return None
    found = [(path, path.name.removeprefix("vmlinuz-")) for path in tree.glob("boot/vmlinuz-*")]
    found += [(path, path.parent.name) for path in tree.glob("usr/lib/modules/*/vmlinuz")]
    image = Image(tree, *found[0]) if found else None
    return image if image and (image.headers / "Makefile").exists() else None


def fetch(kernel: Kernel, cache: Path, say: Callable[[str], None]) -> Image:
    """Return a kernel from the cache, or download and unpack it first. Raises MirrorError."""
    if image := find(kernel.series, cache):
        return image
    refusals = []
    for source in kernel.sources:
        try:
            return _fetch_from(kernel, source, cache, say)
        except MirrorError as error:
            refusals.append(str(error))
    raise MirrorError("; ".join(refusals))


def _fetch_from(kernel: Kernel, source: Source, cache: Path, say: Callable[[str], None]) -> Image:
    suite = _suite(source, cache, say)
    tree = cache / "kernels" / kernel.series
    partial = tree.with_name(f"{tree.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if kernel.config:
        own_kernel.build(suite, kernel, partial, say)
    else:
        _unpack_kernel(kernel, suite, partial, cache, say)
    # A cache that was interrupted must not look complete, so the tree gets its name last.
    shutil.rmtree(tree, ignore_errors=True)
    partial.rename(tree)
    image = find(kernel.series, cache)
    if image is None:
        raise MirrorError(f"the packages of {suite.name} contain no vmlinuz or no headers for {kernel.series}")
    return image


def _unpack_kernel(kernel: Kernel, suite: Suite, partial: Path, cache: Path, say: Callable[[str], None]) -> None:
    """Unpack a stock kernel and its headers into `partial`, with tools for them when this machine's do not do."""
    packages = suite.kernel_packages()
    release = packages[0].removeprefix("linux-image-") if packages else "no stock kernel"
    if not release.startswith(f"{kernel.series}."):
        raise MirrorError(f"{suite.name} has {release}, not {kernel.series}")
    packages += suite.header_packages(release)
    _unpack(suite, packages, partial, say)
    headers.make_relocatable(partial, release)
    if reason := headers.reason_not_to_build(partial, release):
        if kernel.tools is None:
            raise MirrorError(f"no module can be built with the headers of {release}: {reason}")
        say(f"fetching the tools of {kernel.tools.suite}, because this machine's build no module for {release}")
        compiler = headers.compiler(partial, release)
        theirs = _suite(kernel.tools, cache, say)
        wanted = theirs.with_dependencies(toolbox.packages(compiler), without=toolbox.NOT_NEEDED)
        _unpack(theirs, wanted, partial / toolbox.FOLDER, say)
        toolbox.make_runnable(partial)
        headers.use_compiler(partial, release, toolbox.compiler(partial, compiler))
        if reason := headers.reason_not_to_build(partial, release):
            raise MirrorError(f"no module can be built with the headers of {release}: {reason}")


def _suite(source: Source, cache: Path, say: Callable[[str], None]) -> Suite:
    suite = Suite(source, cache / "apt" / source.suite)
    say(f"reading the index of {suite.name}")
    suite.update()
    return suite


def _unpack(suite: Suite, packages: list[str], into: Path, say: Callable[[str], None]) -> None:
    say(f"downloading {', '.join(packages)}")
    for archive in suite.download(packages):
        subprocess.run(["dpkg-deb", "-x", str(archive), str(into)], check=True, timeout=300)
        archive.unlink()
