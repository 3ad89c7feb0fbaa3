"""Many short processes and threads: every one is in the capture, none is left as a zombie, and memory stays flat."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.pdig.running import children, command, descendants, next_line, started, state, status

FEW, MANY, THREADS = 2_000, 10_000, 2_000
EVENTS = "evt.type in (clone, clone3, fork, vfork, execve, procexit)"
ROOM = 8 << 10
"""KiB that memory may grow by between few and many."""


def storm(programs: Path, file: Path, processes: int, threads: int, *options: str) -> int:
    """Capture a storm; assert that it went well and left no zombie. Returns the agent's memory after it, in KiB."""
    words = [str(programs / "storm"), str(processes), str(threads), str(programs / "short_program")]
    with started([command(), *options, "-w", str(file), "--", *words], stdin=subprocess.PIPE) as agent:
        assert next_line(agent.stdout, 55) == f"{processes}\n"
        memory = int(status(agent.pid)["VmRSS"].split()[0])
        assert len(children(agent.pid)) == 1
        assert [pid for pid in descendants(agent.pid) if state(pid) == "Z"] == []
        assert agent.stdin is not None
        agent.stdin.close()
        assert agent.wait(30) == 0
        assert agent.stderr is not None
        assert "missing" not in agent.stderr.read()
    return memory


def seen(file: Path) -> Counter[str]:
    """Count the births, programs and ends in a capture: `clone child` is a birth as its parent has it."""
    shown = subprocess.run(
        [command("agent"), "read", str(file), "-p", "*%evt.type %evt.arg.res", EVENTS],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    births = ("clone", "clone3", "fork", "vfork")
    found: Counter[str] = Counter()
    for line in shown.stdout.splitlines():
        kind, _, result = line.partition(" ")
        if kind not in births:
            found[kind] += 1
        elif not result.startswith("-"):  # a birth that a signal cut short is made again (ERESTARTNOINTR)
            found["child" if result == "0" else "parent"] += 1
    return found


@pytest.mark.slow
def test_ten_thousand_processes_and_two_thousand_threads(programs: Path, tmp_path: Path) -> None:
    few = storm(programs, tmp_path / "few.scap", FEW, 0, "-f", EVENTS)
    many = storm(programs, tmp_path / "many.scap", MANY, THREADS, "-f", EVENTS)
    found = seen(tmp_path / "many.scap")
    assert found["execve"] == MANY + 1
    assert found["parent"] == MANY + THREADS
    assert found["child"] == MANY + THREADS
    assert found["procexit"] == MANY + THREADS + 1
    assert many - few < ROOM, f"{few} KiB after {FEW} processes, {many} KiB after {MANY} and {THREADS} threads"
