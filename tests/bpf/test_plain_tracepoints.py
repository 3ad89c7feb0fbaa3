"""The probe as kernels without raw tracepoints take it, tried out on the running one, which has both kinds."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.bpf import probe
from drivers.bpf.bcc_loader import read_programs
from drivers.bpf.elf import Object
from tests.bpf.instructions import violations
from tests.bpf.kernels import targets
from tests.bpf.test_live import capture, command, is_password_alert
from tests.live.agent_process import REPOSITORY, agent_command
from tests.live.conftest import PROGRAMS
from tests.live.privileges import reason_not_to_run
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell
from tests.live.test_ordering import copies, openings

pytestmark = [pytest.mark.live, pytest.mark.slow]

TRACEFS = Path("/sys/kernel/tracing")
WITH_TRACEFS = """#!/bin/sh
# The agent mounts nothing, and the machine's own mounts are left as they are.
exec unshare --mount --propagation private sh -c 'mount -t tracefs tracefs {folder} && exec "$@"' sh {agent} "$@"
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object for plain tracepoints of the running kernel."""
    target = next((target for target in targets() if target.running), None)
    if target is None or (target.headers is not None and target.version >= (6, 2)):
        pytest.skip("the records of this kernel's tracepoints are not known here: its BTF and bpftool are missing")
    return target.compile(tmp_path_factory.mktemp("plain"), plain=True)


@pytest.fixture(scope="module")
def pins(plain: Path) -> Iterator[Path]:
    """Load the probe; whatever happens, it is taken out again."""
    if reason := reason_not_to_run():
        pytest.skip(reason)
    if probe.loaded():
        pytest.skip("a classic eBPF probe is loaded on this machine already, and is left alone")
    mounted = probe.BPFFS.is_mount()
    done = command("load", "--object", str(plain))
    assert done.returncode == 0, done.stderr
    assert " 0 refused" in done.stdout, done.stderr
    yield probe.pins()
    done = command("unload")
    assert done.returncode == 0, done.stderr
    if not mounted:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", probe.BPFFS], check=True)


@pytest.fixture
def shell() -> Iterator[ScopedShell]:
    with ScopedShell() as started:
        yield started


@pytest.fixture
def with_tracefs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the agent see tracefs, where it is mounted or can be."""
    if TRACEFS.is_mount():
        return
    folder = tmp_path / "agent"
    folder.write_text(WITH_TRACEFS.format(folder=TRACEFS, agent=agent_command()[0]))
    folder.chmod(0o755)
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tracefs", "tracefs", TRACEFS],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"tracefs is not mounted and cannot be: {done.stderr.strip()}")
    monkeypatch.setenv("AGENT", str(folder))


def test_no_program_has_what_the_kernel_refuses(plain: Path) -> None:
    programs = Object(plain).programs()
    release = next(target for target in targets() if target.running).version
    found = {name: list(violations(program, release)) for name, program in programs.items()}
    assert {name: phrases for name, phrases in found.items() if phrases} == {}
    assert sorted(read_programs(plain=True)) == sorted(programs)
    assert "scope_cgroup_attach" not in programs


@pytest.mark.usefixtures("with_tracefs")
def test_processes_and_files_are_seen(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    with capture(shell, tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null; (exec /bin/true); ls /proc/self/fd")
        alert = agent.wait_for(is_password_alert)[-1]
        stats = agent.stop()
    assert alert.fields["proc.cmdline"] == "cat /etc/shadow"
    assert alert.fields["proc.exepath"] == os.path.realpath("/bin/cat")
    assert stats["lost"]["total"] == 0
    assert stats["late"] == 0
    assert stats["refused_calls"] == 0
    # cat, true and ls, each made by the shell, and each seen to end.
    assert stats["events_by_type"]["execve"] == 3
    assert stats["events_by_type"]["clone"] == 6  # each from both sides
    assert stats["events_by_type"]["procexit"] == 3
    assert stats["events_by_type"]["openat"] > 3


@pytest.mark.usefixtures("with_tracefs")
def test_children_are_known_from_their_first_call_on(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    """Names, parents and paths of exec, as rules need them, also of processes that live for one call."""
    tmp_path.chmod(0o755)
    compile_program(PROGRAMS / "exec_storm.c", tmp_path)
    compile_program(PROGRAMS / "open_own_file.c", tmp_path, ("-static", "-nostdlib", "-ffreestanding"))
    [program] = copies(tmp_path, tmp_path, "newborn")
    alerts = openings(shell, tmp_path, f"{tmp_path}/exec_storm fork 500 4 {program}", driver="ebpf")
    assert len(alerts) == 500
    assert {alert.fields["proc.name"] for alert in alerts} == {"newborn"}
    assert {alert.fields["proc.pname"] for alert in alerts} == {"exec_storm"}


@pytest.mark.usefixtures("with_tracefs")
def test_a_process_outside_the_scope_is_not_seen(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    with ScopedShell() as other, capture(shell, tmp_path) as agent:
        other.run("cat /etc/shadow > /dev/null")
        shell.run("cat /etc/shadow /dev/null > /dev/null")
        alerts = agent.wait_for(is_password_alert)
        agent.stop()
    assert [alert.fields["proc.cmdline"] for alert in alerts if is_password_alert(alert)] == [
        "cat /etc/shadow /dev/null"
    ]


def test_without_tracefs_it_says_what_to_do(pins: Path, shell: ScopedShell) -> None:
    if TRACEFS.is_mount():
        pytest.skip("tracefs is mounted, and is left so")
    done = subprocess.run(
        [*agent_command(), "--bpf", "--scope", f"pid:{shell.pid}"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=REPOSITORY,
    )
    assert done.returncode == 1
    assert "mount -t tracefs tracefs /sys/kernel/tracing" in done.stderr


@pytest.mark.usefixtures("with_tracefs")
def test_a_program_started_by_a_thread_stays_in_scope(pins: Path, shell: ScopedShell, tmp_path: Path) -> None:
    """Such a thread takes over the number of its process, whose first thread is freed while the process lives on."""
    script = tmp_path / "thread.py"
    script.write_text(
        "import os, threading\n"
        "command = 'sleep 0.2; cat /etc/shadow > /dev/null; :'\n"
        "threading.Thread(target=os.execv, args=('/bin/sh', ['sh', '-c', command])).start()\n"
        "threading.Event().wait()\n"
    )
    with capture(shell, tmp_path) as agent:
        shell.run(f"{sys.executable} {script}")
        alert = agent.wait_for(is_password_alert)[-1]
        agent.stop()
    assert alert.fields["proc.cmdline"] == "cat /etc/shadow"
    assert alert.fields["proc.pname"] == "sh"
