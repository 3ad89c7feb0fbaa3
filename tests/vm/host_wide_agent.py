"""The agent in a guest: without a scope, and with the patience that an emulated machine needs."""

import threading
from collections.abc import Sequence
from pathlib import Path

from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.vm.drivers import Driver
from tests.vm.guest import is_guest

# An emulated kernel checks the programs about thirty times slower than a real one.
SLOWNESS = 5


class _PatientEvent(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is None else timeout * SLOWNESS)


class GuestAgent(AgentProcess):
    """A running agent with JSON output and one driver; without `scope` it captures the whole guest."""

    def __init__(
        self,
        driver: Driver,
        folder: Path,
        rules: Sequence[Path] = (DEFAULT_RULES,),
        options: Sequence[str] = (),
        scope: str | None = None,
    ) -> None:
        assert is_guest(), "a host-wide capture belongs in a virtual machine"
        super().__init__(scope or "", rules, folder, options, driver.kind)
        if scope is None:
            at = self.command.index("--scope")
            del self.command[at : at + 2]
        self._ready = _PatientEvent()
