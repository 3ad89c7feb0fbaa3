"""The kernel module as a source."""

from dataclasses import dataclass
from typing import ClassVar

from agent.capture.kernel_driver import KernelDriver


@dataclass(frozen=True)
class Kmod(KernelDriver):
    """One capture with the kernel module."""

    name: ClassVar[str] = "kmod"

    def check(self) -> None:
        """Nothing to check: opening the module's devices says everything."""
