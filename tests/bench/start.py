"""How long it takes from exec until the agent captures."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.scoped_shell import ScopedShell

ROUNDS = 7


def measure(folder: Path) -> Iterator[Figure]:
    """Start the agent with its default rules several times; the line that says "ready" is the end."""
    seconds = []
    with ScopedShell() as shell:
        for _ in range(ROUNDS):
            with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], folder) as agent:
                seconds.append(time.monotonic() - agent.started)
                agent.stop()
    note = f"median of {ROUNDS}, {min(seconds):.2f} to {max(seconds):.2f}"
    yield Figure("start to ready", round(statistics.median(seconds), 3), "s", 1.0, note)
