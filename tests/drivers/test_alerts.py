"""One act raises the identical alert with each driver, and the comparison would see it if not."""

import copy
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.alerts import comparable, different_alerts
from tests.live.agent_process import DEFAULT_RULES, AgentProcess
from tests.live.privileges import reason_not_to_run
from tests.live.scoped_shell import ScopedShell

ALERT: dict[str, Any] = {
    "hostname": "host",
    "output": "23:49:14.630509159: Warning Password file read (file=/etc/shadow pid=4711 uid=0 parent=4712)",
    "output_fields": {
        "evt.time": 1795564154630509159,
        "fd.name": "/etc/shadow",
        "proc.pid": 4711,
        "proc.ppid": 4712,
        "user.uid": 0,
    },
    "priority": "Warning",
    "rule": "Password file read",
    "time": "2026-11-24T23:49:14.630509159Z",
}


def another_time() -> dict[str, Any]:
    other = copy.deepcopy(ALERT)
    other["output"] = "23:49:15.123456789: Warning Password file read (file=/etc/shadow pid=4721 uid=0 parent=4722)"
    other["output_fields"] |= {"evt.time": 1795564155123456789, "proc.pid": 4721, "proc.ppid": 4722}
    other["time"] = "2026-11-24T23:49:15.123456789Z"
    return other


def test_time_and_ids_make_no_difference() -> None:
    assert different_alerts({"modern_ebpf": ALERT, "kmod": another_time()}) == []
    assert "<time>: Warning Password file read (file=/etc/shadow pid=<proc.pid> uid=0" in comparable(ALERT)


@pytest.mark.parametrize(
    ("key", "value"), [("rule", "Another"), ("output", "23:49:14.6: Warning"), ("priority", "Error"), ("evidence", "x")]
)
def test_another_value_makes_one(key: str, value: str) -> None:
    [said] = different_alerts({"modern_ebpf": ALERT, "kmod": another_time() | {key: value}})
    assert said.startswith("kmod raised ")


def test_another_field_and_another_order_of_the_fields_make_one() -> None:
    fields = ALERT["output_fields"]
    for other in (fields | {"user.uid": 1}, dict(reversed(fields.items()))):
        assert different_alerts({"modern_ebpf": ALERT, "ebpf": ALERT, "kmod": ALERT | {"output_fields": other}})


@pytest.mark.live
def test_reading_the_password_file_raises_the_identical_alert_with_each_driver(tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    drivers = os.environ.get("PARITY_DRIVERS", "modern_ebpf,modern_ebpf").split(",")
    alerts: dict[str, dict[str, Any]] = {}
    with ScopedShell() as shell, ExitStack() as running:
        agents = {}
        for number, driver in enumerate(drivers):
            folder = tmp_path / str(number)
            folder.mkdir()
            agent = AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], folder, driver=driver)
            agents[f"{driver} ({number})"] = running.enter_context(agent)
        shell.run("cat /etc/shadow > /dev/null")
        for name, agent in agents.items():
            alerts[name] = agent.wait_for(lambda alert: alert.rule == "Password file read")[-1].record
            agent.stop()
    assert len(alerts) == len(drivers)
    assert different_alerts(alerts) == []
