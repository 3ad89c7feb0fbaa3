"""How much memory an idle agent takes, its rings apart."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.scoped_shell import ScopedShell

MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)")


def proportional(pid: int) -> tuple[int, int]:
    """Return the proportional set size of a process in kB: of all but BPF maps, and of BPF maps (the rings)."""
    memory, maps, name = 0, 0, ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if match := MAPPING.fullmatch(line):
            name = match[1]
        elif line.startswith("Pss:"):
            size = int(line.split()[1])
            if "bpf-map" in name:
                maps += size
            else:
                memory += size
    return memory, maps


def measure(folder: Path) -> Iterator[Figure]:
    """Start the agent on an idle shell, let it settle, and read its mappings."""
    with ScopedShell() as shell, AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], folder) as agent:
        time.sleep(2)
        memory, maps = proportional(agent.process.pid)
        agent.stop()
    yield Figure("memory when idle", round(memory / 1024, 1), "MB", 60, "proportional, without the rings")
    yield Figure("rings", round(maps / 1024, 1), "MB", None, "as mapped; the default size")
