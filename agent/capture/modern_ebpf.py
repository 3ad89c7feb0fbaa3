"""The modern eBPF driver as a source: CO-RE programs that need BTF and nothing else on the host."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.capture.reports import OpenReport
from agent.capture.scope import Scope
from agent.errors import DriverUnavailableError
from agent.privileges import require_ebpf_capabilities

if TYPE_CHECKING:
    from agent._core import Engine

BTF = Path("/sys/kernel/btf/vmlinux")


@dataclass(frozen=True)
class ModernEbpf:
    """The settings of one capture with the modern eBPF driver."""

    buffer_bytes: int
    cpus_for_each_buffer: int
    all_syscalls: bool
    scope: Scope | None

    @property
    def kind(self) -> str:
        """`modern_ebpf`."""
        return "modern_ebpf"

    def check(self) -> None:
        """Raise when a capability or the kernel's BTF is missing."""
        require_ebpf_capabilities(self.kind)
        if not BTF.exists():
            raise DriverUnavailableError(
                f"The modern_ebpf driver needs the kernel's BTF, and {BTF} is missing on Linux {os.uname().release} "
                "(a kernel built without CONFIG_DEBUG_INFO_BTF, or /sys not mounted). The drivers that do without BTF "
                "are ebpf, kmod and pdig; agent-driver-loader installs them."
            )

    def open(self, engine: "Engine") -> OpenReport:
        """Load, attach and start the driver."""
        options = {
            "scope": self.scope.to_native() if self.scope is not None else None,
            "buffer_bytes": self.buffer_bytes,
            "cpus_for_each_buffer": self.cpus_for_each_buffer,
            "all_syscalls": self.all_syscalls,
        }
        return OpenReport.from_json(engine.open_modern_bpf(json.dumps(options)))
