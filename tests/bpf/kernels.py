"""Kernels that the probe can be compiled for on this machine: by installed headers, the lab's, or the running BTF."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from drivers.bpf.build import build

BTF = Path("/sys/kernel/btf/vmlinux")


@dataclass(frozen=True)
class Target:
    """A kernel, and its headers; without any, its types come from its BTF."""

    release: str
    headers: Path | None

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor."""
        major, minor = self.release.split(".")[:2]
        return int(major), int(minor)

    @property
    def running(self) -> bool:
        """Whether a probe for it can be loaded here."""
        return self.release == os.uname().release

    def compile(self, folder: Path, *, plain: bool = False) -> Path:
        """Build the object and return its path; `plain`: for plain tracepoints."""
        output = folder / f"{self.release}{'-plain' if plain else ''}.o"
        if self.headers is not None:
            build(self.release, output, headers=self.headers, plain=plain)
            return output
        header = folder / "vmlinux.h"
        with header.open("wb") as file:
            subprocess.run([str(bpftool()), "btf", "dump", "file", BTF, "format", "c"], stdout=file, check=True)
        build(self.release, output, vmlinux_h=header, plain=plain)
        return output


def bpftool() -> str | None:
    """Return the path of bpftool, which distributions keep where only root looks."""
    return shutil.which("bpftool", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def targets() -> list[Target]:
    """Return every kernel that there is something to compile for."""
    release = os.uname().release
    found = []
    if (installed := Path("/lib/modules", release, "build")).exists():
        found.append(Target(release, installed))
    elif BTF.exists() and bpftool():
        found.append(Target(release, None))
    cache = os.environ.get("AGENT_VM_CACHE")
    for folder in sorted(Path(cache, "kernels").glob("*/usr/src/linux-headers-*")) if cache else []:
        if (folder / "include/generated/autoconf.h").exists():
            found.append(Target(folder.name.removeprefix("linux-headers-"), folder))
    return found
