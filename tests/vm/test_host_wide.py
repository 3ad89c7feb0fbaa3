"""What a whole host is watched like, with each driver: run in a guest of the lab, where all that runs is ours."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.agent_process import DRIVER_OPTIONS, Alert, agent_command
from tests.live.container_cgroup import remove_cgroup
from tests.live.kernel_bpf_objects import of_the_whole_system, pins
from tests.vm import kernel_log
from tests.vm.drivers import Driver
from tests.vm.host_wide_agent import GuestAgent
from tests.vm.report import EVENTS
from tests.vm.same_alert import keep_alert

NOBODY = 65534
# On the emulated machine an alert takes some tenths of a second from the act to the reader.
ALERT_WITHIN = 5.0


def cat(path: str) -> int:
    """Read a file with a process of its own and return that process's id."""
    process = subprocess.Popen(["cat", path], stdout=subprocess.DEVNULL)
    assert process.wait(30) == 0
    return process.pid


def in_the_kernel(driver: Driver) -> set[tuple[str, int]]:
    """Return what an agent with this driver may leave behind: BPF objects, or users of the module."""
    if driver.kind == "kmod":
        return {("user", number) for number in range(int(Path("/sys/module/agent_probe/refcnt").read_text()))}
    return of_the_whole_system()


@dataclass
class Capture:
    """One host-wide run with the default rules, ended."""

    alerts: list[Alert]
    stats: dict[str, Any]
    said: str
    shadow_alert: Alert
    seconds_to_alert: float
    readers: dict[str, int]


@pytest.fixture(scope="module")
def capture(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    """Watch the whole guest while two files are read, and stop as ctrl-C does."""
    with GuestAgent(driver, tmp_path_factory.mktemp("host-wide")) as agent:
        readers = {"/etc/hosts": cat("/etc/hosts")}
        before = time.time()
        readers["/etc/shadow"] = cat("/etc/shadow")
        wanted = agent.wait_for(lambda alert: alert.fields.get("fd.name") == "/etc/shadow", timeout=30)[-1]
        stats = agent.stop()
        keep_alert(driver, wanted)
        yield Capture(agent.alerts, stats, "".join(agent.stderr), wanted, wanted.arrived - before, readers)


def test_every_program_is_taken_by_this_kernel(capture: Capture) -> None:
    refused = re.findall(r"Warning: Program .* is not loaded: .*", capture.said)
    assert not refused, "\n".join(refused)


def test_the_start_line_says_that_the_whole_host_is_watched(driver: Driver, capture: Capture) -> None:
    start = next(line for line in capture.said.splitlines() if ", ready in " in line)
    assert f"{driver.kind} on Linux {os.uname().release}" in start
    assert "the whole host" in start


def test_reading_the_password_file_raises_an_alert(capture: Capture) -> None:
    fields = capture.shadow_alert.fields
    assert capture.shadow_alert.rule == "Password file read"
    assert capture.shadow_alert.record["priority"] == "Warning"
    assert fields["evt.type"] == "openat"
    assert fields["fd.name"] == "/etc/shadow"
    assert fields["proc.name"] == "cat"
    assert fields["proc.cmdline"] == "cat /etc/shadow"
    assert fields["user.name"] == "root"
    assert fields["user.uid"] == 0
    assert fields["container.id"] == "host"
    assert capture.seconds_to_alert < ALERT_WITHIN


def test_reading_an_ordinary_file_raises_none(capture: Capture) -> None:
    assert [alert.record["output"] for alert in capture.alerts if "/etc/hosts" in json.dumps(alert.record)] == []


def test_nothing_is_lost(capture: Capture, record_property: Callable[[str, object], None]) -> None:
    record_property(EVENTS, capture.stats["events"])
    lost, events = capture.stats["lost"], capture.stats["events"]
    # The newest kernels preempt tasks inside of programs, which keep others from running or recording meanwhile.
    preempted = lost["by_cause"]["scratch_busy"] if capture.stats["skipped"] else 0
    assert lost["total"] == preempted <= events // 100, lost
    assert re.search(rf"^ +lost +{preempted}$", capture.said, re.MULTILINE), capture.said
    assert events > 0
    assert capture.stats["undecodable"] == 0


def test_the_agents_own_calls_are_never_seen(driver: Driver, tmp_path: Path) -> None:
    rules = tmp_path / "any-open.yaml"
    rules.write_text(
        "- rule: Any open\n  desc: Fires on every opened file.\n  priority: DEBUG\n"
        "  condition: evt.type in (open, openat, openat2)\n"
        "  output: Opened (file=%fd.name name=%proc.name pid=%proc.pid)\n"
    )
    # The agent opens this file for every batch of alerts; seeing that would raise the next one, without end.
    written = tmp_path / "alerts.txt"
    settings = ("file_output.enabled=true", f"file_output.filename={written}", "file_output.keep_alive=false")
    options = [word for setting in settings for word in ("-o", setting)]
    with GuestAgent(driver, tmp_path, [rules], options) as agent:
        pid = cat("/etc/hosts")
        agent.wait_for(lambda alert: alert.fields["proc.pid"] == pid and alert.fields["fd.name"] == "/etc/hosts")
        time.sleep(1)
        agent.stop()
    assert written.stat().st_size > 0
    assert [alert.fields for alert in agent.alerts if alert.fields["proc.pid"] == agent.process.pid] == []
    assert [alert.fields for alert in agent.alerts if alert.fields["fd.name"] == str(written)] == []


def test_a_cgroup_of_version_2_is_a_scope(driver: Driver, tmp_path: Path) -> None:
    root = Path("/sys/fs/cgroup")
    assert (root / "cgroup.controllers").exists(), "the guest has no cgroup version 2 at /sys/fs/cgroup"
    cgroup = root / "agent-test"
    cgroup.mkdir()
    try:
        with GuestAgent(driver, tmp_path, scope=f"cgroup:{cgroup}") as agent:
            cat("/etc/shadow")
            subprocess.run(
                ["sh", "-c", f"echo $$ > {cgroup}/cgroup.procs; exec head -c 1 /etc/shadow"],
                stdout=subprocess.DEVNULL,
                check=True,
                timeout=30,
            )
            agent.wait_for(lambda alert: alert.rule == "Password file read")
            cat("/etc/shadow")
            time.sleep(0.5)
            agent.stop()
    finally:
        remove_cgroup(cgroup)
    assert [alert.fields["proc.name"] for alert in agent.alerts if alert.rule == "Password file read"] == ["head"]


def test_kill_9_leaves_nothing_of_the_agent_in_the_kernel(driver: Driver, tmp_path: Path) -> None:
    before, pinned = in_the_kernel(driver), pins()
    with GuestAgent(driver, tmp_path) as agent:
        assert in_the_kernel(driver) - before
        agent.kill()
    deadline = time.monotonic() + 30
    while (left := in_the_kernel(driver) - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == set()
    assert pins() == pinned


def test_without_privileges_the_missing_privileges_are_named(driver: Driver) -> None:
    done = subprocess.run(
        [*agent_command(), DRIVER_OPTIONS[driver.kind]],
        capture_output=True,
        text=True,
        timeout=120,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
    )
    assert done.returncode == 1
    assert driver.refusal in done.stderr
    assert "Traceback" not in done.stderr


def test_the_kernel_has_nothing_to_complain_about(driver: Driver) -> None:
    assert kernel_log.complaints_since(driver.name) == []
