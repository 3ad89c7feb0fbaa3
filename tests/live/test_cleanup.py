"""However the agent ends, nothing of it stays in the kernel."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.kernel_bpf_objects import exists, held_by, pins
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live


def still_there(objects: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return those of the objects that the kernel keeps; it frees them with some delay."""
    deadline = time.monotonic() + 10
    while (left := {entry for entry in objects if exists(*entry)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("end", [AgentProcess.kill, AgentProcess.stop], ids=["kill -9", "stop"])
def test_no_program_map_or_link_outlives_the_agent(
    shell: ScopedShell, tmp_path: Path, end: Callable[[AgentProcess], object]
) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        objects = held_by(agent.process.pid)
        pinned = pins()
        assert {"prog_id", "map_id"} <= {kind for kind, _ in objects}, objects
        assert all(exists(*entry) for entry in objects)
        end(agent)
    assert still_there(objects) == set()
    assert not {path for path in pins() - pinned if "agent" in str(path)}


def test_a_second_agent_can_start_right_after_one_was_killed(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        agent.kill()
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null")
        agent.wait_for(lambda alert: alert.rule == "Password file read")
