"""What is captured is the scope, all of it, and nothing else."""

from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.container_cgroup import container_cgroup
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live

READ = "cat /etc/shadow > /dev/null"


def parents(agent: AgentProcess) -> list[str]:
    """Return the command lines of the processes that raised alerts, in order."""
    return [alert.fields["proc.cmdline"] for alert in agent.alerts]


def test_the_same_act_outside_the_scope_raises_no_alert(shell: ScopedShell, tmp_path: Path) -> None:
    with ScopedShell() as outside, AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        outside.run("head -c 1 /etc/shadow > /dev/null")
        shell.run(READ)
        outside.run("tail -c 1 /etc/shadow > /dev/null")
        agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]


def test_children_of_children_are_in_the_scope(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run(f"bash -c 'bash -c \"{READ}; :\"; :'")
        agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]


def test_children_that_were_there_before_the_agent_are_in_the_scope(shell: ScopedShell, tmp_path: Path) -> None:
    shell.run(f"mkfifo {tmp_path}/go; bash -c 'read line < {tmp_path}/go; {READ}; :' & sleep 0.1")
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run(f"echo go > {tmp_path}/go; sleep 0.2")
        agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]


def test_the_scope_outlives_its_root_process(tmp_path: Path, shell: ScopedShell) -> None:
    shell.run(f"mkfifo {tmp_path}/go")
    code, printed = shell.run(
        f"bash -c 'bash -c \"read line < {tmp_path}/go; {READ}; :\" & read line' < /dev/zero & echo $!"
    )
    assert code == 0
    root = int(printed.split()[-1])
    with AgentProcess(f"pid:{root}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run(f"kill -9 {root}; wait {root} 2> /dev/null; echo go > {tmp_path}/go; sleep 0.2")
        agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]


def test_a_cgroup_is_a_scope(tmp_path: Path, shell: ScopedShell) -> None:
    with container_cgroup() as (_, folders):
        cgroup = folders[0]
        shell.run(f'inside() {{ (echo $BASHPID > {cgroup}/cgroup.procs; exec "$@"); }}')
        with AgentProcess(f"cgroup:{cgroup}", [DEFAULT_RULES], tmp_path) as agent:
            shell.run("head -c 1 /etc/shadow > /dev/null")
            shell.run(f"inside {READ}")
            shell.run("tail -c 1 /etc/shadow > /dev/null")
            agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]


def test_a_process_that_was_in_the_cgroup_before_is_in_the_scope(tmp_path: Path, shell: ScopedShell) -> None:
    with container_cgroup() as (_, folders), ScopedShell() as member:
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(member.pid))
        with AgentProcess(f"cgroup:{folders[0]}", [DEFAULT_RULES], tmp_path) as agent:
            shell.run("head -c 1 /etc/shadow > /dev/null")
            member.run(READ)
            agent.stop()
        member.run("exit 0 & wait")
    assert parents(agent) == ["cat /etc/shadow"]


def test_a_container_is_a_scope_and_names_itself(tmp_path: Path, shell: ScopedShell) -> None:
    with container_cgroup() as (identifier, folders), ScopedShell() as member:
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(member.pid))
        with AgentProcess(f"container:{identifier[:12]}", [DEFAULT_RULES], tmp_path) as agent:
            shell.run(READ)
            member.run(READ)
            agent.stop()
    assert parents(agent) == ["cat /etc/shadow"]
    assert agent.alerts[0].fields["container.id"] == identifier[:12]


def test_the_agent_never_watches_itself(tmp_path: Path, live: None) -> None:
    rules = tmp_path / "any.yaml"
    rules.write_text(
        "- rule: Anything\n  desc: Fires on every call of these kinds.\n  priority: DEBUG\n"
        "  condition: evt.type in (openat, close, execve)\n  output: Anything (name=%proc.name pid=%proc.pid)\n"
    )
    with container_cgroup() as (_, folders), ScopedShell() as member:
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(member.pid))
        with AgentProcess(f"cgroup:{folders[0]}", [rules], tmp_path) as agent:
            for folder in folders:
                (folder / "cgroup.procs").write_text(str(agent.process.pid))
            member.run("cat /etc/hosts > /dev/null")
            for folder in folders:
                (folder.parent.parent / "cgroup.procs").write_text(str(agent.process.pid))
            agent.stop()
    pids = {alert.fields["proc.pid"] for alert in agent.alerts}
    assert pids
    assert agent.process.pid not in pids
