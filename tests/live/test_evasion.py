"""Ways in which a watched process tries to write its own record, or none."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.live.agent_process import AgentProcess, Alert
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell

PROGRAMS = Path(__file__).parent / "programs"
pytestmark = pytest.mark.live

RULES = """
- rule: Seen
  desc: Every event of the kinds that this file is about.
  condition: evt.type in (execve, execveat, socket, connect, sendto)
  output: "%evt.type %evt.rawres %evt.args %proc.name %proc.cmdline %fd.name"
  priority: DEBUG
"""


def seen(shell: ScopedShell, folder: Path, command: str) -> list[Alert]:
    """Run a command in the scope; return its events."""
    rules = folder / "seen.yaml"
    rules.write_text(RULES)
    with AgentProcess(f"pid:{shell.pid}", [rules], folder) as agent:
        status, printed = shell.run(command, timeout=60)
        if status == 77:
            pytest.skip("this kernel takes no ia32 calls")
        assert status == 0, printed
        shell.run("/bin/true end-of-test")
        alerts = agent.wait_for(lambda alert: "end-of-test" in alert.record["output"], timeout=30)[:-1]
        agent.stop()
    return alerts


def python(folder: Path, code: str) -> str:
    script = folder / "act.py"
    script.write_text(code)
    return shlex.join([sys.executable, "-S", str(script)])


@pytest.mark.parametrize("count", [31, 33, 200])
def test_long_arguments_of_a_failed_exec_do_not_write_over_its_event(
    shell: ScopedShell, tmp_path: Path, count: int
) -> None:
    code = (
        "import os\n"
        f"words = ['x'] + [chr(65 + i % 26) * 4095 for i in range({count})]\n"
        "env = {f'V{i}': 'e' * 4000 for i in range(20)}\n"
        "try: os.execve('/nonexistent', words, env)\n"
        "except OSError: pass\n"
    )
    # Two execs: the interpreter's own, and the one that fails.
    own, failure = [a for a in seen(shell, tmp_path, python(tmp_path, code)) if a.fields["evt.type"] == "execve"]
    assert (own.fields["evt.rawres"], failure.fields["evt.rawres"]) == (0, -2)
    args = failure.fields["evt.args"]
    assert args.startswith("res=-2(ENOENT) exe=x args=AAAA")
    assert "filename=/nonexistent" in args
    assert failure.fields["proc.name"].startswith("python")


def test_socket_calls_through_ia32_are_seen(shell: ScopedShell, tmp_path: Path) -> None:
    alerts = seen(shell, tmp_path, str(compile_program(PROGRAMS / "socketcall.c", tmp_path)))
    connects = [a for a in alerts if a.fields["evt.type"] == "connect" and a.fields["proc.name"] == "socketcall"]
    assert [a.fields["fd.name"].partition("->")[2] for a in connects] == ["127.0.0.1:4660"]


def test_a_datagram_is_shown_with_the_destination_given_with_it(shell: ScopedShell, tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.connect(('127.0.0.1', 53))\n"
        "s.sendto(b'x', ('127.0.0.1', 23456))\n"
        "t = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
        "t.sendto(b'x', ('::ffff:127.0.0.1', 23457))\n"
    )
    sent = [a for a in seen(shell, tmp_path, python(tmp_path, code)) if a.fields["evt.type"] == "sendto"]
    assert "127.0.0.1:23456" in sent[0].fields["evt.args"]
    assert "127.0.0.1:23457" in sent[1].fields["evt.args"]
