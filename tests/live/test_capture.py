"""Live events printed, written to a file, and read back."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, agent_command
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live


class Command:
    """A command of the agent on the processes of a shell; ready when entered, asked to stop by `stop`."""

    def __init__(self, shell: ScopedShell, *words: str) -> None:
        self._words = [*agent_command(), *words, "--scope", f"pid:{shell.pid}"]
        self.stderr = ""

    def __enter__(self) -> "Command":
        self.process = subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        while ", ready in " not in self.stderr:
            line = self.process.stderr.readline()
            assert line, self.stderr
            self.stderr += line
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        """Return what it printed, after it was asked to stop and ended well."""
        self.process.terminate()
        out, error = self.process.communicate(timeout=30)
        self.stderr += error
        assert self.process.returncode == 0, self.stderr
        return out


def read(path: Path, *words: str) -> list[str]:
    done = subprocess.run([*agent_command(), "read", str(path), *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_watch_prints_what_the_processes_in_scope_do(shell: ScopedShell) -> None:
    with Command(
        shell, "watch", "-p", "%evt.type %proc.name %fd.name", "evt.type=openat and fd.name=/etc/hosts"
    ) as watch:
        shell.run("cat /etc/hosts > /dev/null")
        assert watch.stop().splitlines() == ["openat cat /etc/hosts"]


def test_watch_without_a_filter_sees_calls_that_no_rule_needs(shell: ScopedShell) -> None:
    with Command(shell, "watch", "--json", "-p", "%evt.type %proc.name") as watch:
        shell.run("sleep 0.01")
        types = {(event["evt.type"], event["proc.name"]) for event in map(json.loads, watch.stop().splitlines())}
    assert ("clock_nanosleep", "sleep") in types
    assert ("execve", "sleep") in types
    assert ("procexit", "sleep") in types


def test_a_recorded_act_raises_the_alert_that_the_act_itself_does(shell: ScopedShell, tmp_path: Path) -> None:
    path = tmp_path / "out.scap"
    shell.run("exec 7< /etc/hostname")
    with Command(shell, "capture", "-w", str(path)) as capture:
        shell.run("cat /etc/shadow > /dev/null; cat <&7 > /dev/null")
        capture.stop()
    assert f"events written to {path}" in capture.stderr
    replay = [*agent_command(), "-e", str(path), "-r", str(DEFAULT_RULES), "-o", "json_output=true"]
    done = subprocess.run(replay, capture_output=True, text=True, check=True)
    [alert] = [json.loads(line) for line in done.stdout.splitlines()]
    assert alert["rule"] == "Password file read"
    assert "evidence" not in alert
    fields = alert["output_fields"]
    assert (fields["proc.name"], fields["proc.pname"], fields["user.name"]) == ("cat", "bash", "root")
    # What was open before the capture began is known by name.
    assert "/etc/hostname" in read(path, "-p", "%fd.name", "evt.type=read and proc.name=cat")


def test_a_capture_without_an_act_is_complete(shell: ScopedShell, tmp_path: Path) -> None:
    path = tmp_path / "out.scap"
    with Command(shell, "capture", "-w", str(path), "--filter", "proc.name=nobody", "-z") as capture:
        capture.stop()
    assert "0 events written" in capture.stderr
    assert path.stat().st_size > 100


def test_a_capture_in_progress_is_in_the_file_within_seconds(shell: ScopedShell, tmp_path: Path) -> None:
    path = tmp_path / "out.scap"
    with Command(shell, "capture", "-w", str(path)) as capture:
        shell.run("cat /etc/hosts > /dev/null")
        deadline = time.monotonic() + 10
        while b"/etc/hosts" not in path.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.1)
        capture.process.kill()
    done = subprocess.run([*agent_command(), "read", str(path), "fd.name=/etc/hosts"], capture_output=True, check=False)
    assert b"/etc/hosts" in done.stdout
