"""A process that measures the price of its own system calls (`tests/bench/programs/call_cost.c`)."""

import os
import subprocess
from pathlib import Path


class Loops:
    """The process whose calls are measured; it lives through all configurations."""

    def __init__(self, program: Path, file: Path | None = None) -> None:
        """Start it. `file`: what openclose opens, /etc/hostname if None."""
        cpu = max(os.sched_getaffinity(0))
        command = [str(program), str(cpu), *([str(file)] if file else [])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def cost(self, call: str, iterations: int, repetitions: int) -> float:
        """Return the median cost of one iteration in ns. `call` is getppid, read, or openclose, which is two calls."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{call} {iterations} {repetitions}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(10)
