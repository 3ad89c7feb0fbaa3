# SPDX-License-Identifier: MIT
"""Which shared libraries the interpreter and the extension modules need, as this machine's loader finds them."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from agent.errors import AgentError

_PT_INTERP = 3


def loader_of(program: Path) -> Path:
    """Return the loader that an ELF program of 64 bits names. Raises AgentError for another C library than glibc."""
    data = program.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise AgentError(f"{program} is no 64-bit little-endian ELF program, so no folder can be made of it.")
    offset = int.from_bytes(data[32:40], "little")
    size, count = int.from_bytes(data[54:56], "little"), int.from_bytes(data[56:58], "little")
    for start in range(offset, offset + size * count, size):
        if int.from_bytes(data[start : start + 4], "little") == _PT_INTERP:
            at = int.from_bytes(data[start + 8 : start + 16], "little")
            path = Path(data[at : data.index(0, at)].decode())
            if not path.name.startswith("ld-linux"):
                raise AgentError(
                    f"{program} is linked with another C library than glibc (its loader is {path}): make the folder "
                    "with a Python of Debian, Ubuntu or the like. It runs on images with any C library, and with none."
                )
            return path
    raise AgentError(f"{program} is linked statically, so it cannot load the native module.")


def libraries_of(loader: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Return what these need, and what that needs: by the name it is asked for, where it lies. Raises AgentError."""
    found: dict[str, Path] = {loader.name: loader.resolve()}
    for file in sorted(set(files)):
        listing = subprocess.run([loader, "--list", file], capture_output=True, text=True, check=False)
        if listing.returncode:
            raise AgentError(f"{file}: its libraries cannot be told: {listing.stderr.strip()}")
        for line in listing.stdout.splitlines():
            name, arrow, where = line.strip().partition(" => ")
            if not arrow:
                continue  # the loader itself, and what the kernel provides
            path = where.rsplit(" (", 1)[0]
            if not path.startswith("/"):
                raise AgentError(f"{file} needs {name}, which is not found on this machine.")
            if Path(name).name != loader.name:
                found[Path(name).name] = Path(path).resolve()
    return found
