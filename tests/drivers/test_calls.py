"""Every call, done for real, is seen with the parameters that the calling program says it has."""

import shlex
from pathlib import Path

import pytest

from tests.drivers.expectations import Expectation, types_in, unmet
from tests.live.agent_process import AgentProcess
from tests.live.privileges import reason_not_to_run
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell

PROGRAMS = Path(__file__).parent / "programs"

RULES = """
- rule: Call
  desc: Shows the parameters of a call.
  condition: evt.type in ({types})
  output: Call (type=%evt.type arguments=%evt.args result=%evt.res)
  priority: DEBUG
- rule: End
  desc: Tells the test that it has seen everything.
  condition: evt.type = execve and evt.rawres = 0 and proc.args = end-of-test
  output: End (type=%evt.type)
  priority: EMERGENCY
"""


@pytest.mark.live
@pytest.mark.parametrize("source", sorted(PROGRAMS.glob("*.c")), ids=lambda path: path.stem)
def test_events_agree_with_the_program(source: Path, tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    program = compile_program(source, tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.format(types=", ".join(types_in(source))))
    options = ("-o", "rule_matching=all")
    with ScopedShell() as shell, AgentProcess(f"pid:{shell.pid}", [rules], tmp_path, options) as agent:
        status, printed = shell.run(f"(cd {shlex.quote(str(folder))} && exec {shlex.quote(str(program))})")
        shell.run("/bin/true end-of-test")
        agent.wait_for(lambda alert: alert.rule == "End")
        agent.stop()
    assert status == 0, printed
    expectations = [Expectation.parse(line) for line in printed.splitlines() if line]
    assert expectations
    seen = [
        (alert.fields["evt.type"], alert.fields["evt.args"] or "") for alert in agent.alerts if alert.rule == "Call"
    ]
    problems = unmet(expectations, seen)
    assert not problems, f"{len(problems)} of {len(expectations)} calls differ:\n" + "\n".join(problems)
