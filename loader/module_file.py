"""What a kernel module's file says of itself, in its section .modinfo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drivers.bpf.elf import MACHINES, Object
from drivers.bpf.probe import ProbeError
from loader.acquisition import NotThisWay, Request
from loader.names import MODULE


@dataclass(frozen=True)
class ModuleFile:
    """The facts; empty where the file does not say them. `vermagic`: `RELEASE FLAG…` of the kernel it is for."""

    name: str
    version: str
    vermagic: str

    @property
    def release(self) -> str:
        """The release of the kernel that it is for."""
        return self.vermagic.partition(" ")[0]


def read(path: Path, arch: str) -> ModuleFile:
    """Return what a module of an architecture says. Raises NotThisWay when it is none, or not whole."""
    if arch not in MACHINES:
        raise NotThisWay(f"the kernel module is not known on {arch}, only on {', '.join(MACHINES)}")
    try:
        section = Object(path, MACHINES[arch], "kernel module").section(".modinfo")
    except ProbeError as error:
        raise NotThisWay(str(error).rstrip(".")) from error
    said = dict(entry.decode("utf-8", "replace").partition("=")[::2] for entry in (section or b"").split(b"\0"))
    return ModuleFile(said.get("name", ""), said.get("version", ""), said.get("vermagic", ""))


def check(path: Path, request: Request) -> None:
    """Raise NotThisWay unless this is our module, of the version and for the kernel that are wanted."""
    found = read(path, request.kernel.arch)
    if found.name != MODULE:
        raise NotThisWay(f"it is the module {found.name or 'without a name'}, not {MODULE}")
    if found.version != request.version:
        raise NotThisWay(f"it is {MODULE} {found.version or 'without a version'}, and {request.version} is wanted")
    if found.release != request.kernel.release:
        raise NotThisWay(
            f"it is for the kernel {found.release or 'of no name'} (vermagic), and this one is {request.kernel.release}"
        )
    own = own_flags(request)
    flags = found.vermagic.partition(" ")[2].strip()
    if own is not None and flags != own:
        raise NotThisWay(f"its vermagic has the flags `{flags}`, and modules of this kernel have `{own}`")


def own_flags(request: Request) -> str | None:
    """Return the flags in the vermagic of the kernel's own modules; None where none can be read, or is compressed."""
    folder = request.on_host(f"/lib/modules/{request.kernel.release}") / "kernel"
    for path in (each for part in ("lib", "crypto", "fs") for each in (folder / part).glob("**/*.ko")):
        try:
            return read(path, request.kernel.arch).vermagic.partition(" ")[2].strip()
        except NotThisWay:
            return None
    return None
