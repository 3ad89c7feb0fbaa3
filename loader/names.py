"""What a prebuilt driver is called, and where it lies: the same in a repository and in the store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from loader.acquisition import NotThisWay
from loader.kernel import Target

MODULE = "agent_probe"
"""The kernel module, and the first word of every file."""
SUFFIXES = {"kmod": ".ko", "ebpf": ".o"}
CHECKSUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:@_-]{0,250}")
"""A name that is a file in its folder and nothing else."""
# Their kernel version has an underscore in it: 1_ and the version of the distribution.
UNDERSCORED = ("minikube", "talos", "bottlerocket")


@dataclass(frozen=True)
class Prebuilt:
    """A file that a repository has."""

    driver: str
    target: Target


def file_name(driver: str, target: Target) -> str:
    """Return `agent_probe_TARGET_RELEASE_VERSION.ko` or `.o`. Raises NotThisWay for what cannot be in a name."""
    name = f"{MODULE}_{target.name}_{target.release}_{target.version}{SUFFIXES[driver]}"
    if not PLAIN.fullmatch(name):
        raise NotThisWay(f"no file can be called {name!r}: a kernel's release and version have no such characters")
    return name


def read_file_name(name: str) -> Prebuilt | None:
    """Return what a file is for, None when it is no driver."""
    driver = next((driver for driver, suffix in SUFFIXES.items() if name.endswith(suffix)), None)
    if driver is None or not PLAIN.fullmatch(name) or not name.startswith(f"{MODULE}_"):
        return None
    target, _, kernel = name[len(MODULE) + 1 : -len(SUFFIXES[driver])].partition("_")
    # A release may have underscores (…el9.x86_64), a version has none but with these targets.
    version = r"1_[^_]+" if target in UNDERSCORED else r"[^_]+"
    found = re.fullmatch(rf"(.+)_({version})", kernel)
    return Prebuilt(driver, Target(target, found[1], found[2])) if target and found else None


def url(repository: str, version: str, arch: str, name: str) -> str:
    """Return where a file lies in a repository; a `+` becomes `%2B`."""
    return "/".join([repository.rstrip("/"), *(quote(part, safe="") for part in (version, arch, name))])
