"""One agent with all default rules, one shell that is its scope, and one cgroup that looks like a container's."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess, Alert
from tests.live.container_cgroup import container_cgroup
from tests.live.privileges import reason_not_to_run
from tests.live.programs import compile_folder
from tests.live.scoped_shell import ScopedShell

HERE = Path(__file__).parent

END_RULE = """
- rule: End of a proof
  desc: Tells the test that all alerts of a proof have been seen.
  condition: evt.type = execve and evt.rawres = 0 and proc.args contains end-of-proof-
  output: End of a proof (arguments=%proc.args)
  priority: DEBUG
"""


class Stage:
    """Runs proofs in the scope of an agent, and tells which rules each of them raised."""

    def __init__(self, agent: AgentProcess, shell: ScopedShell, folder: Path) -> None:
        self.agent = agent
        self._shell = shell
        self._folder = folder
        self._count = 0

    def perform(self, script: str) -> tuple[int, str, list[Alert]]:
        """Run one proof; return its exit status, what it printed, and the alerts it raised."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        command = f"T={folder} bash -c {shlex.quote(f'. {HERE}/proof.sh; ' + script)} < /dev/null"
        status, printed = self._shell.run(command)
        mark = f"end-of-proof-{self._count}-"
        self._shell.run(f"/bin/true {mark}")
        alerts = self.agent.wait_for(lambda alert: mark in str(alert.fields.get("proc.args")))
        return status, printed, alerts[:-1]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start the agent on a fresh shell; every rule is judged by itself (`rule_matching=all`)."""
    if reason := reason_not_to_run():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("proofs")
    folder.chmod(0o755)
    programs = folder / "programs"
    programs.mkdir()
    compile_folder(HERE / "programs", programs)
    end_rule = folder / "end.yaml"
    end_rule.write_text(END_RULE)
    with container_cgroup() as (_, cgroups):
        environment = {"B": str(programs), "P": str(HERE / "programs"), "CONTAINER": " ".join(map(str, cgroups))}
        with ScopedShell(environment) as shell:
            options = ("-o", "rule_matching=all")
            with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES, end_rule], folder, options) as agent:
                yield Stage(agent, shell, folder)
                lost = agent.stop()["lost"]
                assert lost["total"] == 0, f"events were lost while the proofs ran: {lost}"
