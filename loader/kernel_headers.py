"""The headers that a driver is built with: where they are, and getting them through the system's package manager."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from loader.acquisition import NotThisWay, Request
from loader.kernel_module import sbin

SOURCES = Path("/usr/src")
PATIENCE = 900
"""Seconds that a package manager may take."""


def find(request: Request) -> Path | None:
    """Return the folder of the kernel's configured headers, as seen from here; None when there are none."""
    folder = request.on_host(f"/lib/modules/{request.kernel.release}/build")
    found = _within(folder, request.host_root)
    return found if (found / "include/generated/autoconf.h").exists() else None


def _within(path: Path, root: Path) -> Path:
    """Follow the last link of a path as the host does: what it points to is below the host's root."""
    for _ in range(8):
        if not path.is_symlink():
            break
        target = os.readlink(path)
        path = root / target.lstrip("/") if target.startswith("/") else path.parent / target
    return path


def need(request: Request) -> Path:
    """Return the folder of the headers, installed now if that is allowed. Raises NotThisWay."""
    if found := find(request):
        _link_sources(request)
        return found
    command = _command(request.kernel.release)
    shown = " ".join(command) if command else "the package manager of this distribution is not known here"
    missing = f"there are no headers of the kernel {request.kernel.release}"
    if not request.install_headers or command is None:
        raise NotThisWay(f"{missing} in /lib/modules/{request.kernel.release}/build; install them: {shown}")
    request.say(f"{missing}; installing them: {shown}")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            env={**sbin(), "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"{missing}, and `{shown}` could not be run: {error}") from error
    if found := find(request):
        return found
    said = " ".join(done.stdout.split("\n")[-4:]).strip()[-300:]
    raise NotThisWay(f"{missing}, and `{shown}` (status {done.returncode}) brought none: {said}")


def _link_sources(request: Request) -> None:
    """In a container: let headers find each other where they expect to be, in /usr/src."""
    if request.host_root == Path("/"):
        return
    with contextlib.suppress(OSError):
        for path in request.on_host("/usr/src").iterdir():
            if not os.path.lexists(SOURCES / path.name) and not path.name.startswith("agent-probe"):
                (SOURCES / path.name).symlink_to(path)


def _command(release: str) -> list[str] | None:
    """Return the command that installs the headers of a kernel."""
    kernel = "kernel-uek-devel" if "uek" in release else "kernel-devel"
    flavour = release.rpartition("-")[2]
    known = {
        "apt-get": ["install", "-y", "--no-install-recommends", f"linux-headers-{release}"],
        "dnf": ["install", "-y", f"{kernel}-{release}"],
        "yum": ["install", "-y", f"{kernel}-{release}"],
        "zypper": ["--non-interactive", "install", f"kernel-{flavour}-devel={release.rpartition('-')[0]}"],
    }
    for name, words in known.items():
        if shutil.which(name, path=sbin()["PATH"]):
            return [name, *words]
    return None
