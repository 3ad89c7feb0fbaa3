"""What the kernel drivers have in common as sources: their settings, and how the engine opens them."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from agent.capture.reports import OpenReport
from agent.capture.scope import Scope

if TYPE_CHECKING:
    from agent._core import Engine


@dataclass(frozen=True)
class KernelDriver:
    """The settings of one capture.

    `cpus_for_each_buffer` 0: all CPUs share a buffer. Drivers with a buffer for each CPU ignore it.
    """

    name: ClassVar[str]

    buffer_bytes: int
    all_syscalls: bool
    scope: Scope | None
    cpus_for_each_buffer: int = 1

    @property
    def kind(self) -> str:
        """The driver's name in configuration and output."""
        return self.name

    def check(self) -> None:
        """Raise an AgentError when it is plain that the driver cannot run here."""
        raise NotImplementedError

    def driver_options(self) -> dict[str, object]:
        """Return what is to be said of this driver alone when it is opened."""
        return {}

    def open(self, engine: "Engine") -> OpenReport:
        """Load, attach and start the driver."""
        options = {
            "driver": self.name,
            "scope": self.scope.to_native() if self.scope is not None else None,
            "buffer_bytes": self.buffer_bytes,
            "cpus_for_each_buffer": self.cpus_for_each_buffer,
            "all_syscalls": self.all_syscalls,
            **self.driver_options(),
        }
        return OpenReport.from_json(engine.open_driver(json.dumps(options)))

    def close(self) -> None:
        """Nothing to close: it is the engine's."""
