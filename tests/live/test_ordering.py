"""A call right after an execve is never seen under the name of the old program."""

import shutil
from pathlib import Path

import pytest

from tests.live.agent_process import AgentProcess, Alert
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live

RULE = """
- rule: Own file opened
  desc: Fires when one of the programs of this test opens its file.
  condition: evt.type = openat and fd.name endswith .own
  output: Own file opened (file=%fd.name name=%proc.name parent=%proc.pname exe=%proc.exepath type=%evt.type)
  priority: DEBUG
- rule: End
  desc: Tells the test that it has seen everything.
  condition: evt.type = execve and evt.rawres = 0 and proc.args = end-of-test
  output: End (name=%proc.name)
  priority: DEBUG
"""


def openings(shell: ScopedShell, folder: Path, command: str, driver: str = "modern_ebpf") -> list[Alert]:
    """Run a command in the scope; return the alerts that its programs' files raised."""
    rules = folder / "own.yaml"
    rules.write_text(RULE)
    with AgentProcess(f"pid:{shell.pid}", [rules], folder, driver=driver) as agent:
        status, printed = shell.run(command, timeout=60)
        assert status == 0, printed
        shell.run("/bin/true end-of-test")
        alerts = agent.wait_for(lambda alert: alert.rule == "End", timeout=30)[:-1]
        stats = agent.stop()
    assert stats["lost"]["total"] == 0
    assert stats["late"] == 0
    return alerts


def copies(compiled: Path, folder: Path, *names: str) -> list[Path]:
    """Make a copy of the program for every name, and the file that each of them opens."""
    for name in names:
        shutil.copy(compiled / "open_own_file", folder / name)
        (folder / f"{name}.own").touch()
    return [folder / name for name in names]


def test_children_that_exec_at_once_are_seen_under_their_new_name(
    shell: ScopedShell, compiled: Path, tmp_path: Path
) -> None:
    [program] = copies(compiled, tmp_path, "newborn")
    alerts = openings(shell, tmp_path, f"{compiled}/exec_storm fork 2000 4 {program}")
    assert len(alerts) == 2000
    assert {alert.fields["proc.name"] for alert in alerts} == {"newborn"}
    assert {alert.fields["proc.exepath"] for alert in alerts} == {str(program)}
    assert {alert.fields["proc.pname"] for alert in alerts} == {"exec_storm"}


def test_a_process_that_changes_program_all_the_time_is_seen_under_the_right_name(
    shell: ScopedShell, compiled: Path, tmp_path: Path
) -> None:
    ping, pong = copies(compiled, tmp_path, "ping", "pong")
    alerts = openings(shell, tmp_path, f"{compiled}/exec_storm chain 1999 {ping} {pong}")
    assert [alert.fields["proc.name"] for alert in alerts] == ["ping", "pong"] * 1000
    assert all(Path(alert.fields["fd.name"]).stem == alert.fields["proc.name"] for alert in alerts)
    assert all(Path(alert.fields["proc.exepath"]).name == alert.fields["proc.name"] for alert in alerts)
