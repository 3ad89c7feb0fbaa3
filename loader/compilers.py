"""The compilers that may build a module: the one that built the kernel first, then every other gcc there is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from loader.kernel_module import sbin


def candidates(headers: Path) -> list[list[str]]:
    """Return what make is told for each compiler, such as `["CC=/usr/bin/gcc-12"]`, the likeliest first."""
    config = _config(headers)
    if "CONFIG_CC_IS_CLANG=y" in config:
        return [["LLVM=1"]]
    built = re.search(r"^CONFIG_GCC_VERSION=(\d+)\d{4}$", config, re.MULTILINE)
    found = {path: version for path in _installed() if (version := _major(path)) is not None}
    wanted = int(built[1]) if built else 0
    # After the kernel's own: the nearest, since options that a newer kernel asks for came with newer compilers.
    order = sorted(found, key=lambda path: (abs(found[path] - wanted) if wanted else 0, -found[path]))
    return [[f"CC={path}"] for path in order]


def _config(headers: Path) -> str:
    for name in ("include/config/auto.conf", ".config"):
        try:
            return (headers / name).read_text(errors="replace")
        except OSError:
            continue
    return ""


def _installed() -> list[Path]:
    """Return every gcc in the folders of programs, each once whatever its names."""
    found: dict[Path, Path] = {}
    for folder in sbin()["PATH"].split(os.pathsep):
        for path in sorted(Path(folder or ".").glob("gcc*")):
            if re.fullmatch(r"gcc(-\d+(\.\d+)*)?", path.name) and os.access(path, os.X_OK):
                found.setdefault(path.resolve(), path.absolute())
    return list(found.values())


def _major(path: Path) -> int | None:
    """Return the major version of a compiler; None when it does not run."""
    try:
        done = subprocess.run([path, "-dumpversion"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.strip().partition(".")[0]
    return int(version) if done.returncode == 0 and version.isdigit() else None
