"""The kernel that a driver is for: the running one, or one that was named."""

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Kernel:
    """`release` and `version` as uname -r and uname -v give them; `arch` as uname -m: x86_64 or aarch64."""

    release: str
    version: str
    arch: str

    @classmethod
    def running(cls) -> "Kernel":
        """Return the kernel that runs."""
        uname = os.uname()
        return cls(uname.release, uname.version, platform.machine())


@dataclass(frozen=True)
class Target:
    """What prebuilt drivers are named after: the distribution, and its kernel as file names have it."""

    name: str
    """Such as debian, ubuntu-aws, cos; `undetermined` when the distribution is not known."""
    release: str
    version: str

    @property
    def known(self) -> bool:
        """Whether a prebuilt driver can be looked for."""
        return self.name != "undetermined"
