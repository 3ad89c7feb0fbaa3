"""From a system call to an alert in somebody's hands: what it says, and how soon it is there."""

import re
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.live.agent_process import DEFAULT_RULES, AgentProcess, Alert
from tests.live.scoped_shell import ScopedShell

pytestmark = pytest.mark.live


def is_password_alert(alert: Alert) -> bool:
    return alert.rule == "Password file read"


def event_time(alert: Alert) -> float:
    """Return the time of the event in the alert, which has nanoseconds, as seconds since the epoch."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z", alert.record["time"])
    assert match, alert.record["time"]
    return datetime.fromisoformat(match[1] + "+00:00").timestamp() + int(match[2]) / 1e9


def test_reading_the_password_file_raises_an_alert_within_a_second(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        before = time.time()
        shell.run("cat /etc/shadow > /dev/null")
        alert = agent.wait_for(is_password_alert)[-1]
        assert alert.arrived - before < 1.0
        stats = agent.stop()
    assert [a.rule for a in agent.alerts] == ["Password file read"]
    assert stats["alerts"] == 1
    assert stats["alerts_by_rule"]["Password file read"] == 1

    record = alert.record
    assert record["rule"] == "Password file read"
    assert record["priority"] == "Warning"
    assert record["source"] == "syscall"
    assert before - 0.01 <= event_time(alert) <= alert.arrived
    assert "T1003.008" in record["tags"]
    fields = alert.fields
    assert fields["evt.type"] == "openat"
    assert fields["fd.name"] == "/etc/shadow"
    assert fields["proc.name"] == "cat"
    assert fields["proc.pname"] == "bash"
    assert fields["proc.cmdline"] == "cat /etc/shadow"
    assert fields["user.name"] == "root"
    assert fields["user.uid"] == 0
    assert fields["container.id"] == "host"
    assert Path(fields["proc.exepath"]).name == "cat"
    for text in ("Password file read", "file=/etc/shadow", "name=cat", "parent=bash", "user=root"):
        assert text in record["output"]


def test_reading_an_ordinary_file_raises_none(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        assert shell.run("cat /etc/hosts > /dev/null")[0] == 0
        stats = agent.stop()
    assert agent.alerts == []
    assert stats["events"] > 0


def test_an_alert_reaches_the_reader_of_a_pipe_within_100_ms(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        delays = []
        for _ in range(10):
            shell.run("cat /etc/shadow > /dev/null")
            alert = agent.wait_for(is_password_alert)[-1]
            delays.append(alert.arrived - event_time(alert))
            time.sleep(0.05)
    assert max(delays) < 0.1, delays


def test_text_output_is_one_line_with_time_and_priority(shell: ScopedShell, tmp_path: Path) -> None:
    text = tmp_path / "alerts.txt"
    settings = (
        "json_output=false",
        "stdout_output.enabled=false",
        "file_output.enabled=true",
        f"file_output.filename={text}",
    )
    options = [word for setting in settings for word in ("-o", setting)]
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path, options) as agent:
        shell.run("cat /etc/shadow > /dev/null")
        agent.stop()
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{9}: Warning Password file read \(file=/etc/shadow name=cat .*\)\n", text.read_text()
    )


def test_the_start_line_and_the_stop_block_tell_what_ran(shell: ScopedShell, tmp_path: Path) -> None:
    with AgentProcess(f"pid:{shell.pid}", [DEFAULT_RULES], tmp_path) as agent:
        shell.run("cat /etc/shadow > /dev/null")
        agent.stop()
    said = "".join(agent.stderr)
    start = next(line for line in agent.stderr if ", ready in " in line)
    assert "modern_ebpf" in start
    assert re.search(r"Linux \d+\.\d+", start)
    assert re.search(r"\d+ rules", start)
    assert f"pid {shell.pid}" in start
    assert re.search(r"alerts +1\n", said)
    assert re.search(r"1  Password file read", said)
    assert re.search(r"lost +0\n", said)
