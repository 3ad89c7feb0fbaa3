"""In a guest: what a call costs bare and with each driver, in and out of scope. Writes JSON for tests/bench/drivers.py.

An emulated machine says nothing of absolute costs; how the drivers stand to bare and to each other is what is measured.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.live.call_cost import Loops
from tests.live.scoped_shell import ScopedShell
from tests.vm import prepare
from tests.vm.drivers import Driver
from tests.vm.host_wide_agent import GuestAgent

LOOPS = {"getppid": (20_000, 5), "openclose": (2_000, 5)}
ROUNDS = 2


def main(program: Path, output: Path) -> int:
    """Measure every driver that the guest was given; the configurations take turns."""
    samples: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(dir="/run") as name, ScopedShell() as other:
        # The guest's /etc lies on the host, hundreds of microseconds away; what is made here is in its own memory.
        file = Path(name, "opened")
        file.touch()
        loops = Loops(program, file)

        def take(configuration: str) -> None:
            for call, (iterations, repetitions) in LOOPS.items():
                cost = loops.cost(call, iterations, repetitions)
                samples.setdefault(f"{call}/{configuration}", []).append(cost)

        try:
            for driver in prepare.to_run():
                with prepare.loaded(driver):
                    for _ in range(ROUNDS):
                        take("bare")
                        for where, pid in (("out", other.pid), ("in", loops.pid)):
                            with _agent(driver, Path(name), pid):
                                take(f"{driver.name}/{where}")
        finally:
            loops.end()
    output.write_text(json.dumps(samples))
    return 0


@contextlib.contextmanager
def _agent(driver: Driver, folder: Path, pid: int) -> Iterator[None]:
    with GuestAgent(driver, folder, scope=f"pid:{pid}") as agent:
        yield
        agent.stop()


if __name__ == "__main__":
    sys.exit(main(Path(os.environ["AGENT_LAB_FILES"], "call_cost"), Path(os.environ["AGENT_LAB_FILES"], "cost.json")))
