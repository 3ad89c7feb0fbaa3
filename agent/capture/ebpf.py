"""The classic eBPF driver as a source: a probe that was loaded and pinned before, without BTF or ring buffers."""

import sys
from dataclasses import dataclass
from typing import ClassVar

from agent.capture.kernel_driver import KernelDriver
from agent.errors import DriverUnavailableError
from agent.privileges import require_ebpf_capabilities
from drivers.bpf import probe


@dataclass(frozen=True)
class Ebpf(KernelDriver):
    """One capture with the classic eBPF driver."""

    name: ClassVar[str] = "ebpf"

    def check(self) -> None:
        """Raise when a capability is missing, or the probe is not loaded, or is of another version."""
        require_ebpf_capabilities(self.kind)
        try:
            if probe.pins().is_dir():
                return
        except PermissionError as error:
            raise DriverUnavailableError(
                f"The classic eBPF probe is pinned in {probe.PINS}, where only root can look: run the agent as root."
            ) from error
        others = [name for name in probe.loaded() if name != probe.identity()]
        if others:
            raise DriverUnavailableError(
                f"The classic eBPF probe that is loaded is {', '.join(others)}; this agent needs {probe.identity()}. "
                f"Load that one, as root: {sys.executable} -m drivers.bpf unload, then load as below.\n" + HOW_TO_LOAD
            )
        raise DriverUnavailableError(f"The classic eBPF probe is not loaded. Load it, as root:\n{HOW_TO_LOAD}")

    def driver_options(self) -> dict[str, object]:
        """Return where the probe is pinned."""
        return {"probe": str(probe.pins())}


HOW_TO_LOAD = f"""\
Compiled here by the distribution's bcc, from the kernel's headers:
  {probe.BCC_COMMAND}
From an object that {sys.executable} -m drivers.bpf build made:
  {sys.executable} -m drivers.bpf load --object FILE"""
