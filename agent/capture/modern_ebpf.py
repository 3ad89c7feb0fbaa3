"""The modern eBPF driver as a source: CO-RE programs that need BTF and nothing else on the host."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agent.capture.kernel_driver import KernelDriver
from agent.errors import DriverUnavailableError
from agent.privileges import require_ebpf_capabilities

BTF = Path("/sys/kernel/btf/vmlinux")


@dataclass(frozen=True)
class ModernEbpf(KernelDriver):
    """One capture with the modern eBPF driver."""

    name: ClassVar[str] = "modern_ebpf"

    def check(self) -> None:
        """Raise when a capability or the kernel's BTF is missing."""
        require_ebpf_capabilities(self.kind)
        if not BTF.exists():
            raise DriverUnavailableError(
                f"The modern_ebpf driver needs the kernel's BTF, and {BTF} is missing on Linux {os.uname().release} "
                "(a kernel built without CONFIG_DEBUG_INFO_BTF, or /sys not mounted). The drivers that do without BTF "
                "are ebpf, kmod and pdig; `agent-driver-loader` makes the one ready that works here."
            )
