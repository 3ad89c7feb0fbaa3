"""A kernel built once from Debian's source, with our configuration, laid out in the cache like an unpacked one."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.vm.kernels import Kernel
from tests.vm.mirror import MirrorError, Suite

# What stays of the sources, so that modules and bcc programs can be built; it serves as `build` and as `source`.
HEADERS = ("Makefile", ".config", "Module.symvers", "System.map", "scripts", "include", "tools/objtool/objtool")
ARCH_HEADERS = ("Makefile", "Makefile_32.cpu", "Makefile.um", "include", "kernel/asm-offsets.s", "entry/syscalls")
BUILD_SECONDS = 3600


def build(suite: Suite, kernel: Kernel, tree: Path, say: Callable[[str], None]) -> None:
    """Download the source, build it below `tree`, and leave there what an image needs. Raises MirrorError.

    The series of such a kernel names Debian's before the first hyphen.
    """
    assert kernel.config is not None
    package = f"linux-source-{kernel.series.partition('-')[0]}"
    say(f"downloading {package}")
    (archive,) = suite.download([package])
    source = tree / "source"
    source.mkdir(parents=True)
    _run(["dpkg-deb", "-x", str(archive), str(tree / "package")])
    archive.unlink()
    say("unpacking it")
    tarball = next((tree / "package/usr/src").glob("linux-source-*.tar.*"))
    _run(["tar", "-xf", str(tarball), "-C", str(source), "--strip-components=1"])
    shutil.rmtree(tree / "package")
    _configure(source, Path(__file__).with_name(kernel.config))
    say("building it, which takes some minutes and is done once")
    _run(["make", "-s", "-C", str(source), "-j2", "bzImage", "modules"])
    release = _run(["make", "-s", "-C", str(source), "kernelrelease"]).strip()
    _lay_out(source, tree, release)
    shutil.rmtree(source)


def _configure(source: Path, fragment: Path) -> None:
    options = [line for line in fragment.read_text().splitlines() if line.startswith("CONFIG_")]
    _run(["make", "-s", "-C", str(source), f"KCONFIG_ALLCONFIG={fragment}", "allnoconfig"])
    config = set((source / ".config").read_text().splitlines())
    if missing := [option for option in options if option not in config]:
        raise MirrorError(f"options of {fragment.name} did not take in this kernel: {', '.join(missing)}")


def _lay_out(source: Path, tree: Path, release: str) -> None:
    headers = tree / "usr/src" / f"linux-headers-{release}"
    for name in (*HEADERS, *(f"arch/x86/{each}" for each in ARCH_HEADERS)):
        if (source / name).is_dir():
            shutil.copytree(source / name, headers / name, symlinks=True)
        elif (source / name).exists():
            (headers / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, headers / name)
    (tree / "boot").mkdir()
    shutil.copy2(source / "arch/x86/boot/bzImage", tree / "boot" / f"vmlinuz-{release}")
    modules = tree / "lib/modules" / release
    modules.mkdir(parents=True)
    for link in ("build", "source"):
        (modules / link).symlink_to(f"../../../usr/src/{headers.name}")
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        if (source / name).exists():
            shutil.copy2(source / name, modules / name)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=BUILD_SECONDS)
    if done.returncode:
        said = "; ".join(done.stderr.strip().splitlines()[-5:])
        raise MirrorError(f"`{' '.join(command)}` ended with status {done.returncode}: {said}")
    return done.stdout
