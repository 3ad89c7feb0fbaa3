"""The probe in the running kernel: loaded, captured with, guarded, and taken out."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.bpf import probe
from tests.live.agent_process import DEFAULT_RULES, REPOSITORY, AgentProcess, Alert, agent_command
from tests.live.conftest import PROGRAMS
from tests.live.privileges import reason_not_to_run
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell
from tests.live.test_ordering import copies, openings

pytestmark = [pytest.mark.live, pytest.mark.slow]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "drivers.bpf", *arguments], capture_output=True, text=True, cwd=REPOSITORY, timeout=300
    )


@pytest.fixture
def shell() -> Iterator[ScopedShell]:
    with ScopedShell() as started:
        yield started


@pytest.fixture(scope="module")
def pins(running: Path) -> Iterator[Path]:
    """Load the probe; whatever happens, it is taken out again."""
    if reason := reason_not_to_run():
        pytest.skip(reason)
    if probe.loaded():
        pytest.skip("a classic eBPF probe is loaded on this machine already, and is left alone")
    mounted = probe.BPFFS.is_mount()
    done = command("load", "--object", str(running))
    assert done.returncode == 0, done.stderr
    assert " 0 refused" in done.stdout, done.stderr
    yield probe.pins()
    done = command("unload")
    assert done.returncode == 0, done.stderr
    assert not probe.PINS.exists()
    if not mounted:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", probe.BPFFS], check=True)


def is_password_alert(alert: Alert) -> bool:
    return alert.rule == "Password file read"


def capture(shell: ScopedShell, folder: Path) -> AgentProcess:
    return AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], folder, driver="ebpf")


def test_only_root_can_look_at_the_pins(pins: Path) -> None:
    assert probe.PINS.stat().st_mode & 0o777 == 0o700
    for path in [pins, *pins.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_loading_again_changes_nothing(pins: Path, running: Path) -> None:
    done = command("load", "--object", str(running))
    assert done.returncode == 0
    assert "loaded already" in done.stdout


def test_a_capture_raises_alerts_and_loses_nothing(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    with capture(shell, tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null; (exec /bin/true); /bin/no-such-program; ls /proc/self/fd")
        alert = agent.wait_for(is_password_alert)[-1]
        stats = agent.stop()
    assert alert.fields["proc.cmdline"] == "cat /etc/shadow"
    assert alert.fields["proc.exepath"] == os.path.realpath("/bin/cat")
    assert stats["lost"]["total"] == 0
    assert stats["late"] == 0
    assert stats["refused_calls"] == 0
    # Two of them succeed, and the shell looks for the third before it asks the kernel.
    assert stats["events_by_type"]["execve"] >= 3


def test_a_second_agent_is_refused_while_the_first_one_captures(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    with capture(shell, tmp_path) as agent:
        second = subprocess.run(
            [*agent_command(), "--bpf", "--scope", f"pid:{shell.pid}"], capture_output=True, text=True, timeout=60
        )
        assert second.returncode == 1
        assert "another agent captures with it" in second.stderr
        unload = command("unload")
        assert unload.returncode == 1
        assert "in use" in unload.stderr
        shell.run("cat /etc/shadow > /dev/null")
        agent.wait_for(is_password_alert)


def test_a_killed_agent_leaves_the_probe_as_it_was(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    with capture(shell, tmp_path) as agent:
        agent.kill()
    assert not probe.in_use(pins.name)
    with capture(shell, tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null")
        agent.wait_for(is_password_alert)


def test_buffers_of_all_cpus_are_merged_in_the_order_of_what_happened(
    pins: Path, shell: ScopedShell, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    compile_program(PROGRAMS / "exec_storm.c", tmp_path)
    compile_program(PROGRAMS / "open_own_file.c", tmp_path, ("-static", "-nostdlib", "-ffreestanding"))
    [program] = copies(tmp_path, tmp_path, "newborn")
    alerts = openings(shell, tmp_path, f"{tmp_path}/exec_storm fork 2000 4 {program}", driver="ebpf")
    assert len(alerts) == 2000
    assert {alert.fields["proc.name"] for alert in alerts} == {"newborn"}
    assert {alert.fields["proc.pname"] for alert in alerts} == {"exec_storm"}


def test_a_flood_is_counted_and_keeps_what_matters(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    """More than a bulk buffer holds, while the agent is stopped: losses are told, and the exec behind them is there."""
    options = ["-o", "engine.ebpf.buf_size_preset=1"]
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path, options, driver="ebpf") as agent:
        os.kill(agent.process.pid, 19)
        shell.run("for i in $(seq 40000); do : < /dev/null; done", timeout=120)
        os.kill(agent.process.pid, 18)
        shell.run("sleep 1; cat /etc/shadow > /dev/null")
        alert = agent.wait_for(is_password_alert)[-1]
        stats = agent.stop()
    assert stats["lost"]["by_cause"]["ring_full"] > 0
    assert stats["lost"]["by_category"]["execve"] == 0
    assert stats["lost"]["by_category"]["clone_fork"] == 0
    assert alert.fields["proc.cmdline"] == "cat /etc/shadow"


def test_without_the_probe_the_agent_says_how_to_load_it(shell: ScopedShell, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.capture import Ebpf
    from agent.errors import DriverUnavailableError

    if reason := reason_not_to_run():
        pytest.skip(reason)
    monkeypatch.setattr(probe, "PINS", Path("/sys/fs/bpf/no-such-folder"))
    with pytest.raises(DriverUnavailableError, match=r"(?s)not loaded.*python3 -m drivers.bpf load --bcc"):
        Ebpf(1 << 20, False, None).check()
