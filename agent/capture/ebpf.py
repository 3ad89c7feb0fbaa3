"""The classic eBPF driver as a source: a probe that was loaded and pinned before, without BTF or ring buffers."""

from dataclasses import dataclass
from typing import ClassVar

from agent.capture.kernel_driver import KernelDriver
from agent.privileges import require_ebpf_capabilities


@dataclass(frozen=True)
class Ebpf(KernelDriver):
    """One capture with the classic eBPF driver."""

    name: ClassVar[str] = "ebpf"

    def check(self) -> None:
        """Raise when a capability is missing."""
        require_ebpf_capabilities(self.kind)
