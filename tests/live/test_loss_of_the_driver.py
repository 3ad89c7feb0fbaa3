"""A driver that somebody else switches off while the agent runs: that is noticed, said, and ends the run."""

from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.kernel_bpf_objects import set_first_word
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live

# sizeof(struct live) in drivers/shared/wire.h, whose first word is `enabled`.
LIVE_BYTES = 24 + 8 * 1024 + 4 * 32


def test_programs_that_were_switched_off_are_missed(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null")
        agent.wait_for(lambda alert: alert.rule == "Password file read")
        assert set_first_word(agent.process.pid, LIVE_BYTES, 0) == 1
        assert agent.process.wait(20) == 1
    said = "".join(agent.stderr)
    assert "modern_ebpf driver stopped working" in said
    assert "start the agent again" in said
    assert "Traceback" not in said


def test_programs_that_run_are_not_missed(shell: ScopedShell, tmp_path: Path) -> None:
    rules = tmp_path / "one.yaml"
    # Next to nothing is selected.
    rules.write_text(
        "- rule: Setns\n  desc: A thread enters a namespace.\n  condition: evt.type = setns\n"
        "  output: setns %proc.name\n  priority: NOTICE\n"
    )
    with AgentProcess(f"pid:{shell.pid}", [rules], tmp_path) as agent:
        with pytest.raises(AssertionError, match="no such alert within"):
            agent.wait_for(lambda alert: True, timeout=4)
        assert agent.stop()["lost"]["total"] == 0
