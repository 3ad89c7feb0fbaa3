"""The line at the start and the block at the end."""

import io
import re

import pytest

from agent.capture import CaptureStats, OpenReport, Scope
from agent.log import Log
from agent.report import profile_table, refusal_lines, seconds_since_start, start_line, stop_block


def test_start_line_says_what_runs() -> None:
    opened = OpenReport(driver="modern_ebpf", kernel="6.18.44", syscalls=120)
    line = start_line(opened, 18, Scope("pid", 42), 0.412)
    assert re.fullmatch(
        r"agent \S+: modern_ebpf on Linux 6\.18\.44, 18 rules \(120 system calls selected\), scope pid 42, "
        r"ready in 0\.41 s",
        line,
    )
    assert "1 rule, the whole host" in start_line(OpenReport("modern_ebpf", "6.1"), 1, None, 1)


def test_refused_programs_are_named_with_the_reason() -> None:
    text = '{"driver": "modern_ebpf", "kernel": "6.1", "refused": [{"program": "io_uring", "reason": "no such hook"}]}'
    (line,) = refusal_lines(OpenReport.from_json(text))
    assert "io_uring" in line
    assert "no such hook" in line


def test_calls_that_the_driver_does_not_have_yet_share_a_line() -> None:
    absent = "this driver does not have it yet"
    opened = OpenReport(
        "modern_ebpf",
        "6.1",
        refused=(
            ("fill_quotactl_x", absent),
            ("io_uring", "no such hook"),
            ("(none)", absent),
            ("fill_keyctl_x", absent),
        ),
    )
    *others, last = refusal_lines(opened)
    assert [line.split()[1] for line in others] == ["io_uring", "(none)"]
    assert last == "This driver does not capture keyctl and quotactl yet; all other selected calls are."
    [one] = refusal_lines(OpenReport("modern_ebpf", "6.1", refused=(("fill_quotactl_x", absent),)))
    assert one == "This driver does not capture quotactl yet; all other selected calls are."


def test_stop_block_has_alerts_by_rule_and_losses_by_category_and_cause() -> None:
    stats = CaptureStats.from_json(
        '{"events": 4000, "alerts": 5, "alerts_by_rule": {"B": 1, "A": 4, "C": 0},'
        ' "lost": {"total": 7, "by_category": {"file": 7, "exec": 0}, "by_cause": {"ring full": 7}}, "late": 2}'
    )
    block = stop_block(stats, 2.0, 3)
    assert "events       4,000  (2,000 a second)" in block
    assert block.index("4  A") < block.index("1  B")
    assert "C" not in block
    assert "lost             7" in block
    assert "7  by category: file" in block
    assert "7  by cause: ring full" in block
    assert "exec" not in block
    assert "late             2" in block
    assert "missed           3" in block


def test_stop_block_says_what_of_a_file_was_not_read_and_what_did_not_fit() -> None:
    stats = CaptureStats.from_json(
        '{"file": {"blocks": 90, "converted": 5, "skipped_events": 3, "skipped_blocks": 0, "unpaired": 2,'
        ' "trailing_garbage": true}, "state": {"threads": 4, "threads_dropped": 6, "fds_dropped": 0}}'
    )
    missing = [line.split(maxsplit=2) for line in stop_block(stats, 1.0, 0).splitlines() if "missing" in line]
    assert [(line[1], line[2].split()[0]) for line in missing] == [
        ("3", "events"),
        ("2", "facts"),
        ("1", "part"),
        ("6", "threads"),
    ]
    assert "missing" not in stop_block(CaptureStats(), 1.0, 0)


def test_the_profile_lists_the_dearest_rule_first_and_what_all_share_last() -> None:
    stats = CaptureStats.from_json(
        '{"rules_profile": {"searched": 1000, "search_ns": 250000, "rules": ['
        '{"rule": "Cheap", "evaluated": 5, "matched": 0, "ns": 50000},'
        '{"rule": "Dear", "evaluated": 1000, "matched": 3, "ns": 700000},'
        '{"rule": "Never", "evaluated": 0, "matched": 0, "ns": 0}]}}'
    )
    assert stats.rules_profile is not None
    lines = [line.split(maxsplit=5) for line in profile_table(stats.rules_profile).splitlines()[2:4]]
    assert lines == [["1,000", "3", "0.7", "70.0%", "700", "Dear"], ["5", "0", "0.1", "5.0%", "10,000", "Cheap"]]
    last = profile_table(stats.rules_profile).splitlines()[4:]
    assert last[0].split(maxsplit=4)[:4] == ["1,000", "0.2", "25.0%", "250"]
    assert last[1] == "  1 rule never had to be asked"
    assert CaptureStats.from_json("{}").rules_profile is None


def test_stop_block_says_that_nothing_was_lost() -> None:
    assert "lost             0" in stop_block(CaptureStats(), 1.0, 0)


def test_time_since_start_is_that_of_this_process() -> None:
    assert 0 < seconds_since_start() < 3600


@pytest.mark.parametrize(
    ("level", "shown"), [("debug", "dwr"), ("informational", "wr"), ("warning", "w"), ("error", "")]
)
def test_log_level(level: str, shown: str) -> None:
    stream = io.StringIO()
    log = Log(level, stream=stream)
    log.debug("d")
    log.warning("w")
    log.report("r")
    assert "".join(line[-1] for line in stream.getvalue().splitlines()) == shown


def test_log_times() -> None:
    stream = io.StringIO()
    Log(stream=stream).warning("x")
    Log(stream=stream, iso=True).warning("x")
    text, iso = stream.getvalue().splitlines()
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}: Warning: x", text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000: Warning: x", iso)


def test_silent_log() -> None:
    stream = io.StringIO()
    Log(enabled=False, stream=stream).error("x")
    assert stream.getvalue() == ""
