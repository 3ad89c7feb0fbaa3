"""Every event is either delivered or counted as lost."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("live")]


@contextmanager
def waiting_loop(compiled: Path, pairs: int, rate: int) -> Iterator["subprocess.Popen[str]"]:
    """Start the loop; it waits for a line before it makes its first call."""
    loop = subprocess.Popen(
        [str(compiled / "open_close"), str(pairs), str(rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield loop
    finally:
        loop.kill()
        loop.wait(10)


def run_loop(compiled: Path, folder: Path, pairs: int, rate: int) -> tuple[dict[str, int], dict[str, int], int]:
    """Capture the loop alone, with the default rules; return events by type, losses by category, and its own count."""
    with waiting_loop(compiled, pairs, rate) as loop:
        assert loop.stdin is not None
        assert loop.stdout is not None
        with AgentProcess(f"pid:{loop.pid}", [DEFAULT_RULES], folder) as agent:
            loop.stdin.write("go\n")
            loop.stdin.flush()
            made, seconds = loop.stdout.readline().split()
            stats = agent.stop()
        print(f"{made} pairs in {seconds} s; lost {stats['lost']}")
    return stats["events_by_type"], stats["lost"]["by_category"], int(made)


def test_a_million_pairs_at_full_speed_are_delivered_or_counted_as_lost(compiled: Path, tmp_path: Path) -> None:
    events, lost, made = run_loop(compiled, tmp_path, 1_000_000, 0)
    assert made == 1_000_000
    assert events["openat"] + lost.get("open", 0) == made
    assert events["close"] + lost.get("close", 0) == made


def test_200000_pairs_a_second_are_delivered_without_loss(compiled: Path, tmp_path: Path) -> None:
    events, lost, made = run_loop(compiled, tmp_path, 1_000_000, 200_000)
    assert sum(lost.values()) == 0, lost
    assert events["openat"] == made
    assert events["close"] == made
