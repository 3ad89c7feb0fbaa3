"""`agent read`, `agent capture` and `agent -e` on capture files."""

import json
import os
import signal
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.capture_file import START_NS, CaptureFile, block, shell_session


def run(*words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *map(str, words)],
        env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def lines(*words: object, stdin: bytes = b"") -> list[str]:
    """Standard output of a command that must go well and say nothing else."""
    result = run(*words, stdin=stdin)
    assert result.stderr.decode() == ""
    assert result.returncode == 0
    return result.stdout.decode().splitlines()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return shell_session().write(tmp_path / "session.scap")


def test_read_prints_number_time_cpu_program_thread_direction_type_and_arguments(session: Path) -> None:
    printed = lines("read", session)
    assert len(printed) == 7
    assert printed[0] == "1 22:13:20.000000000 0 sh (10) < read res=4 data=cat. fd=0(<f>/dev/pts/0) size=16"
    assert printed[2] == (
        "3 22:13:20.000002000 0 cat (11) < openat fd=3(<f>/etc/shadow) dirfd=-100(AT_FDCWD) name=/etc/shadow "
        "flags=1(O_RDONLY) mode=0 dev=1 ino=7"
    )
    assert printed[6].startswith("7 22:13:20.000006000 0 cat (11) > procexit status=0 ")


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_is_read_plain_and_compressed_by_name_and_from_standard_input(tmp_path: Path, compress: bool) -> None:
    path = shell_session().write(tmp_path / "file", compress=compress)
    by_name = lines("read", path)
    assert by_name == lines("read", "-", stdin=path.read_bytes())
    assert len(by_name) == 7


def test_a_filter_chooses_events_and_a_format_says_what_is_printed(session: Path) -> None:
    assert lines("read", session, "-p", "%evt.num %fd.name", "evt.type=openat", "and", "fd.num>=0") == ["3 /etc/shadow"]
    assert lines("read", session, "evt.type=read and proc.name=cat", "-p", "%proc.pname") == ["sh"]


def test_events_that_lack_a_field_are_left_out_unless_the_format_begins_with_a_star(session: Path) -> None:
    assert lines("read", session, "-p", "%evt.num %fd.num") == ["1 0", "3 3", "4 3", "5 -1", "6 3"]
    with_absent = lines("read", session, "-p", "*%evt.num %fd.num")
    assert with_absent == ["1 0", "2 <NA>", "3 3", "4 3", "5 -1", "6 3", "7 <NA>"]


def test_a_format_has_tabs_newlines_and_backslashes(session: Path) -> None:
    printed = run("read", session, "-n", "1", "-p", r"\t%proc.name\t%evt.num\\t \x%%\n%evt.type\n").stdout
    assert printed == b"\tsh\t1\\t \\x%\nread\n\n"


def test_tabs_and_newlines_in_values_stay_escaped(tmp_path: Path) -> None:
    file = CaptureFile()
    file.process(10, comm="sh")
    file.event("openat", 10, fd=3, dirfd=-100, name="/tmp/a\tb\nc", flags=1)
    path = file.write(tmp_path / "odd.scap")
    assert lines("read", path, "-p", r"%evt.num\t%fd.name") == ["1\t/tmp/a\\tb\\nc"]


def test_json_prints_the_fields_of_the_format_and_nothing_else(session: Path) -> None:
    printed = lines("read", session, "--json", "-p", "*%evt.num %evt.rawtime %fd.name", "-n", "2")
    assert [json.loads(line) for line in printed] == [
        {"evt.num": 1, "evt.rawtime": START_NS, "fd.name": "/dev/pts/0"},
        {"evt.num": 2, "evt.rawtime": START_NS + 1000, "fd.name": None},
    ]


def test_a_filter_that_is_wrong_is_shown_with_a_caret(session: Path) -> None:
    result = run("read", session, "evt.type=openat and fd.nmae=x")
    assert result.returncode == 1
    assert result.stdout == b""
    message, text, caret = result.stderr.decode().rstrip().splitlines()
    assert message.startswith("Error: filter:1:21: error: ")
    assert "did you mean 'fd.name'" in message
    assert text == "  evt.type=openat and fd.nmae=x"
    assert caret == " " * 22 + "^"


def test_a_format_that_is_wrong_is_shown_with_a_caret(session: Path) -> None:
    result = run("read", session, "-p", "%evt.num %evt.nmu")
    assert result.returncode == 1
    assert result.stderr.decode().startswith("Error: format:1:11: error: ")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "this is not a capture file: it is empty"),
        (b"root:x:0:0:root:/root:/bin/bash\n", "does not begin with a section header"),
        (CaptureFile().content(), "it has no events"),
    ],
)
def test_what_is_not_a_capture_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    result = run("read", path)
    assert result.returncode == 1
    assert result.stdout == b""
    assert result.stderr.decode().startswith(f"Error: {path}: block ")
    assert part in result.stderr.decode()


def test_events_before_the_damage_of_a_file_are_printed_and_the_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.scap"
    path.write_bytes(shell_session().content()[:-20])
    result = run("read", path)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 6
    assert "ends inside this block" in result.stderr.decode()


@pytest.mark.parametrize("path", ["/does/not/exist", "/"])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    result = run("read", path)
    assert result.returncode == 1
    assert result.stderr.decode().startswith(f"Error: {path}: the file cannot be read: ")
    assert "os error" not in result.stderr.decode()


def test_rules_raise_alerts_for_the_events_of_a_file(session: Path, tmp_path: Path) -> None:
    result = run("-e", session, "-o", "json_output=true", "--stats-file", tmp_path / "stats.json")
    assert result.returncode == 0
    [alert] = [json.loads(line) for line in result.stdout.splitlines()]
    assert alert["rule"] == "Password file read"
    assert alert["time"] == "2023-11-14T22:13:20.000002000Z"
    assert "evidence" not in alert
    assert alert["output_fields"]["proc.pname"] == "sh"
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["events"] == 7
    assert stats["file"]["sections"] == 1
    assert f"replay of {session}" in result.stderr.decode()


@pytest.mark.parametrize("buffered", [[], ["-o", "buffered_outputs=true"]])
def test_alerts_that_reach_nobody_end_in_an_error(session: Path, buffered: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "agent", "-e", str(session), *buffered]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith(b"Error: 1 alert did not reach an output.\n")


def test_what_the_rules_cost_is_shown_when_asked_for(session: Path, tmp_path: Path) -> None:
    result = run("-e", session, "--profile-rules", "--stats-file", tmp_path / "stats.json")
    assert len(result.stdout.splitlines()) == 1
    table = result.stderr.decode().partition("agent: what the rules cost\n")[2].splitlines()
    assert any(line.split()[:2] == ["1", "1"] and line.endswith("  Password file read") for line in table)
    profile = json.loads((tmp_path / "stats.json").read_text())["rules_profile"]
    assert sum(rule["matched"] for rule in profile["rules"]) == 1
    without = run("-e", session, "--stats-file", tmp_path / "stats.json")
    assert "what the rules cost" not in without.stderr.decode()
    assert "rules_profile" not in json.loads((tmp_path / "stats.json").read_text())


def test_the_configuration_can_name_the_file(session: Path) -> None:
    options = ["-o", "engine.kind=replay", "-o", f"engine.replay.capture_file={session}"]
    assert len(run(*options).stdout.splitlines()) == 1
    refused = run("-o", "engine.kind=replay")
    assert refused.returncode == 1
    assert "engine.replay.capture_file" in refused.stderr.decode()


def test_appended_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    content = shell_session().content()
    result = run("-e", "-", stdin=content * 3)
    assert len(result.stdout.splitlines()) == 3
    numbers = lines("read", "-", "-p", "%evt.num", "evt.type=procexit", stdin=content * 3)
    assert numbers == ["7", "14", "21"]


def test_a_copy_of_a_file_has_the_same_events(session: Path, tmp_path: Path) -> None:
    for options in ([], ["-z"]):
        copy = tmp_path / f"copy{len(options)}"
        assert run("capture", "-e", session, "-w", copy, *options).returncode == 0
        assert lines("read", copy) == lines("read", session)
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert (tmp_path / "copy1").read_bytes()[:2] == b"\x1f\x8b"


def test_a_filtered_copy_keeps_what_the_state_needs_and_shows_it_to_nobody(session: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    chosen = "evt.type=read and proc.name=cat"
    result = run("capture", "-e", session, "-w", copy, "--filter", chosen)
    assert "1 event written" in result.stderr.decode()
    # The descriptor's name is known from the openat that the filter left out.
    assert lines("read", copy, "-p", "%proc.cmdline %fd.name") == ["cat /etc/shadow /etc/shadow"]
    # Its second read was wanted, the first one of the shell was not needed for anything.
    assert len(copy.read_bytes()) < len(session.read_bytes())


def test_a_capture_goes_to_standard_output(session: Path) -> None:
    result = run("capture", "-e", session, "-w", "-")
    assert len(lines("read", "-", stdin=result.stdout)) == 7


@pytest.mark.parametrize("source", ["/does/not/exist", "/etc/passwd"])
def test_a_source_that_cannot_be_read_leaves_the_other_file_as_it_was(tmp_path: Path, source: str) -> None:
    target = tmp_path / "precious.scap"
    target.write_bytes(b"precious")
    assert run("capture", "-e", source, "-w", target).returncode == 1
    assert target.read_bytes() == b"precious"
    assert run("capture", "-e", source, "-w", tmp_path / "new.scap").returncode == 1
    assert not (tmp_path / "new.scap").exists()


def test_events_that_come_through_a_pipe_are_printed_when_they_come(session: Path) -> None:
    content = session.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "agent", "read", "-", "-p", "%evt.num"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        try:
            # All but the last event, and a part of that; the pipe stays open.
            reader.stdin.write(content[:-20])
            reader.stdin.flush()
            assert [reader.stdout.readline() for _ in range(6)] == [b"%d\n" % number for number in range(1, 7)]
            # Nothing more comes, and a signal is acted on all the same.
            reader.terminate()
            assert reader.wait(10) == 0
        finally:
            reader.kill()


def test_a_file_is_not_written_over_itself(session: Path) -> None:
    before = session.read_bytes()
    result = run("capture", "-e", session, "-w", session)
    assert result.returncode == 1
    assert "the same file" in result.stderr.decode()
    assert session.read_bytes() == before
    by_descriptor = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m agent capture -e - -w {session} < {session}"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (by_descriptor.returncode, session.read_bytes()) == (1, before)


def test_a_file_is_not_emptied_when_there_is_nothing_to_write(session: Path, tmp_path: Path) -> None:
    before = session.read_bytes()
    assert run("capture", "-e", tmp_path / "absent", "-w", session).returncode == 1
    assert session.read_bytes() == before


def test_a_file_that_others_could_read_is_written_for_its_owner_alone(session: Path, tmp_path: Path) -> None:
    target = tmp_path / "there.scap"
    target.touch(0o644)
    assert run("capture", "-e", session, "-w", target).returncode == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("sent", [0, 1, 10**6], ids=["nothing yet", "inside a block", "a whole file"])
@pytest.mark.parametrize("words", [["read", "-"], ["-e", "-"]])
def test_a_signal_ends_the_waiting_for_a_pipe(session: Path, words: list[str], sent: int) -> None:
    """The writer says no more and stays."""
    content = session.read_bytes()[: 100 * sent]
    with subprocess.Popen(
        [sys.executable, "-m", "agent", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as reader:
        assert reader.stdin is not None
        reader.stdin.write(content)
        reader.stdin.flush()
        wait_for(lambda: catches(reader.pid, signal.SIGTERM))
        time.sleep(0.3)  # until it waits
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(20) == 0
        assert reader.stderr is not None
        assert b"Error" not in reader.stderr.read()


def test_a_signal_ends_the_waiting_for_a_slow_output_and_what_is_lost_is_told(tmp_path: Path) -> None:
    file = CaptureFile()
    file.process(10, comm="sh")
    for _ in range(20_000):
        file.event("close", 10, fd=1)
    path = file.write(tmp_path / "long.scap")
    rules = tmp_path / "rules.yaml"
    rules.write_text("- {rule: All, desc: d, condition: evt.type = close, output: x %evt.num, priority: notice}\n")
    words = ["-r", rules, "-e", path, "-o", "outputs_queue.capacity=0"]
    with subprocess.Popen(
        [sys.executable, "-m", "agent", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as agent:
        # Nobody reads the alerts: all is read, and it waits for the output.
        assert agent.stderr is not None
        assert b"replay of" in agent.stderr.readline()
        time.sleep(1)  # until the file is read to its end
        agent.send_signal(signal.SIGTERM)
        said = agent.stderr.read().decode()
        assert agent.wait(20) == 1
    assert "alerts were not delivered" in said
    assert "20,000  alerts that the outputs did not take" in said


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["capture", "-e", "FILE"], "-w"),
        (["capture", "-e", "FILE", "-w", "/does/not/exist"], "cannot be written"),
        (["capture", "-e", "FILE", "-w", "/dev/full"], "writing the capture file fails"),
        (["-e", "FILE", "--scope", "pid:1"], "--scope"),
        (["-e", "FILE", "--modern-bpf"], "give one of them"),
        (["read"], "are required: FILE. `agent read"),
        (["read", "-r", "FILE"], "`agent read FILE`"),
        (["read", "-rFILE"], "`agent read FILE`"),
        (["read", "FILE", "-w", "x"], "`agent capture -w FILE`"),
        (["read", "-j", "FILE"], "--json"),
        (["watch", "-t", "a"], "%evt.datetime"),
        (
            ["raed", "FILE"],
            "There is no command 'raed': did you mean 'read'? The commands are read, watch, capture and",
        ),
        (["help"], "There is no command 'help'. The commands are"),
        (["read", "FILE", "-n", "0"], "whole number"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(session: Path, words: list[str], part: str) -> None:
    result = run(*[str(session) if word == "FILE" else word for word in words])
    assert result.returncode == 1
    assert part in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


def test_what_of_a_file_was_skipped_is_said(session: Path) -> None:
    with session.open("ab") as file:
        file.write(block(0x216, struct.pack("<HQqIHI", 0, 1, 1, 26, 9999, 0)))
        file.write(block(0x7777, b"new"))
    result = run("read", session)
    assert (result.returncode, result.stdout.count(b"\n")) == (0, 7)
    said = result.stderr.decode()
    assert "1 events of types that this version does not know; 1 blocks of types" in said


def test_nothing_that_sounds_like_success_stands_before_a_failure(session: Path) -> None:
    result = run("capture", "-e", session, "-w", "/dev/full")
    assert result.returncode == 1
    [line] = result.stderr.decode().splitlines()
    assert line.startswith("Error: writing the capture file fails: ")
    assert line.endswith(". Before that, 7 events at most went to /dev/full.")


@pytest.mark.parametrize(
    "words",
    [["-e", "FILE"], ["capture", "-w", "COPY", "-e", "FILE"], ["explain", "-e", "FILE", "Password file read"]],
)
def test_a_file_that_was_not_read_to_its_end_is_named(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "long.scap"
    path.write_bytes(shell_session().content() * 10_000)
    names = {"FILE": str(path), "COPY": str(tmp_path / "copy")}
    cut = run(*[names.get(word, word) for word in words], "-M", "0.001")
    assert cut.returncode == 0
    assert f"Warning: {path} was not read to its end." in cut.stderr.decode()


def test_a_file_of_which_enough_was_seen_is_not_named(session: Path) -> None:
    assert len(lines("read", session, "-n", "1")) == 1


def test_a_reader_that_has_seen_enough_ends_the_listing_quietly(tmp_path: Path) -> None:
    file = CaptureFile()
    file.process(10, comm="sh")
    for _ in range(20_000):
        file.event("close", 10, fd=1)
    path = file.write(tmp_path / "long.scap")
    command = f"'{sys.executable}' -m agent read {path} | head -n 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""
