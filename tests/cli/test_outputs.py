"""Outputs: nothing is lost silently, and a slow or vanished reader does not stop the rest."""

import io
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.errors import OutputError
from agent.log import Log
from agent.outputs import Dispatcher
from agent.outputs.file import FileOutput
from agent.outputs.writer import FLUSH_BYTES, LineWriter


class Recorder:
    """An output that keeps what it gets, or fails, or waits."""

    def __init__(self, name: str = "recorder", *, error: Exception | None = None, gate: threading.Event | None = None):
        self.name = name
        self.lines: list[bytes] = []
        self.calls: list[str] = []
        self.busy = threading.Event()
        self.error = error
        self._gate = gate

    pending = 0

    def write(self, lines: Sequence[bytes]) -> None:
        self.busy.set()
        if self._gate is not None:
            self._gate.wait(10)
        if self.error is not None:
            raise self.error
        self.lines += lines

    def flush(self) -> None:
        self.calls.append("flush")

    def reopen(self) -> None:
        self.calls.append("reopen")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


def wait_until(condition: object, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_every_output_gets_every_line_in_order(said: io.StringIO) -> None:
    first, second = Recorder(), Recorder()
    dispatcher = Dispatcher([first, second], Log(stream=said))
    for number in range(500):
        dispatcher.submit([b"%d" % number, b"x"])
    dispatcher.close()
    expected = [line for number in range(500) for line in (b"%d" % number, b"x")]
    assert first.lines == expected
    assert second.lines == expected
    assert first.calls == ["close"]
    assert said.getvalue() == ""


def test_failing_output_is_dropped_with_a_message_and_the_others_go_on(said: io.StringIO) -> None:
    broken, good = Recorder("broken", error=OSError(28, "No space left on device")), Recorder()
    dispatcher = Dispatcher([broken, good], Log(stream=said))
    dispatcher.submit([b"one"])
    dispatcher.submit([b"two"])
    wait_until(lambda: good.lines == [b"one", b"two"])
    assert dispatcher.alive
    dispatcher.close()
    assert dispatcher.dropped == 2
    assert said.getvalue().count("\n") == 1
    assert "broken: No space left on device" in said.getvalue()


def test_full_disk_costs_the_batch_not_the_output(said: io.StringIO) -> None:
    output = Recorder(error=OSError(28, "No space left on device"))
    dispatcher = Dispatcher([output], Log(stream=said))
    dispatcher.submit([b"one", b"two"])
    wait_until(lambda: dispatcher.dropped == 2)
    output.error = None
    dispatcher.submit([b"three"])
    wait_until(lambda: output.lines == [b"three"])
    dispatcher.close()
    assert said.getvalue().count("are being lost") == 1


def test_lines_that_were_gathered_and_cannot_be_written_at_the_end_are_counted(said: io.StringIO) -> None:
    dispatcher = Dispatcher([FileOutput(Path("/dev/full"), keep_alive=True, buffered=True)], Log(stream=said))
    dispatcher.submit([b"one", b"two"])
    dispatcher.close()
    assert dispatcher.dropped == 2


def test_bug_in_an_output_ends_that_output_with_a_sentence(said: io.StringIO) -> None:
    other = Recorder()
    dispatcher = Dispatcher([Recorder(error=ValueError("odd")), other], Log(stream=said))
    dispatcher.submit([b"one"])
    dispatcher.submit([b"two"])
    wait_until(lambda: other.lines == [b"one", b"two"])
    dispatcher.close()
    assert "ValueError: odd; it gets no more alerts" in said.getvalue()


def test_no_output_left_is_known(said: io.StringIO) -> None:
    dispatcher = Dispatcher([Recorder(error=BrokenPipeError(32, "Broken pipe"))], Log(stream=said))
    dispatcher.submit([b"one"])
    wait_until(lambda: not dispatcher.alive)
    dispatcher.close()
    assert "its reader has gone away" in said.getvalue()


def test_full_queue_drops_counts_and_says_so_once(said: io.StringIO) -> None:
    gate = threading.Event()
    output = Recorder(gate=gate)
    dispatcher = Dispatcher([output], Log(stream=said), capacity=3)
    dispatcher.submit([b"a"])
    output.busy.wait(5)
    for _ in range(10):
        dispatcher.submit([b"b", b"c"])
    gate.set()
    dispatcher.close()
    assert len(output.lines) + dispatcher.dropped == 21
    assert len(output.lines) == 3
    assert said.getvalue().count("too slow") == 1


def test_slow_reader_does_not_hold_up_the_end_and_what_it_missed_is_counted(said: io.StringIO) -> None:
    gate = threading.Event()
    dispatcher = Dispatcher([Recorder(gate=gate)], Log(stream=said), timeout=0.2)
    for _ in range(5):
        dispatcher.submit([b"a", b"b"])
    began = time.monotonic()
    dispatcher.close()
    assert time.monotonic() - began < 2
    assert dispatcher.dropped == 10
    assert "10 alerts were not delivered" in said.getvalue()
    gate.set()


def test_submitting_never_waits_for_a_slow_output(said: io.StringIO) -> None:
    gate = threading.Event()
    dispatcher = Dispatcher([Recorder(gate=gate)], Log(stream=said), timeout=0.1)
    began = time.monotonic()
    for _ in range(1000):
        dispatcher.submit([b"a"])
    assert time.monotonic() - began < 1
    gate.set()
    dispatcher.close()


def test_a_patient_dispatcher_waits_for_room_and_loses_nothing(said: io.StringIO) -> None:
    gate = threading.Event()
    output = Recorder(gate=gate)
    dispatcher = Dispatcher([output], Log(stream=said), capacity=3, timeout=0.1, patient=True)
    threading.Timer(0.5, gate.set).start()
    began = time.monotonic()
    for _ in range(10):
        dispatcher.submit([b"a", b"b"])
    dispatcher.close()
    assert time.monotonic() - began > 0.4
    assert len(output.lines) == 20
    assert dispatcher.dropped == 0
    assert said.getvalue() == ""


def test_a_patient_dispatcher_that_is_told_to_hurry_has_the_timeout_left(said: io.StringIO) -> None:
    gate = threading.Event()
    output = Recorder(gate=gate)
    dispatcher = Dispatcher([output], Log(stream=said), timeout=1.0, patient=True)
    dispatcher.submit([b"a"])
    threading.Timer(1.2, dispatcher.hurry).start()
    threading.Timer(1.6, gate.set).start()
    dispatcher.close()
    assert (output.lines, dispatcher.dropped) == ([b"a"], 0)


def test_reopen_reaches_the_outputs(said: io.StringIO) -> None:
    output = Recorder()
    dispatcher = Dispatcher([output], Log(stream=said))
    dispatcher.reopen()
    wait_until(lambda: output.calls == ["reopen"])
    dispatcher.close()


def test_file_is_appended_to_and_private(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    path.write_text("before\n")
    output = FileOutput(path)
    output.write([b"one", b"two"])
    output.close()
    assert path.read_text() == "before\none\ntwo\n"
    fresh = tmp_path / "fresh"
    FileOutput(fresh).write([b"x"])
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o600


@pytest.mark.parametrize("keep_alive", [False, True])
def test_file_after_a_rotation(tmp_path: Path, keep_alive: bool) -> None:
    path, rotated = tmp_path / "alerts", tmp_path / "alerts.1"
    output = FileOutput(path, keep_alive=keep_alive)
    output.write([b"one"])
    path.rename(rotated)
    output.write([b"two"])
    output.reopen()
    output.write([b"three"])
    output.close()
    if keep_alive:
        assert (rotated.read_text(), path.read_text()) == ("one\ntwo\n", "three\n")
    else:
        assert (rotated.read_text(), path.read_text()) == ("one\n", "two\nthree\n")


def test_file_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^file_output: .*/no/alerts cannot be opened for appending: No such file"):
        FileOutput(tmp_path / "no" / "alerts")


def test_full_disk_is_an_error_of_the_output(said: io.StringIO) -> None:
    dispatcher = Dispatcher([FileOutput(Path("/dev/full"))], Log(stream=said))
    dispatcher.submit([b"one"])
    wait_until(lambda: dispatcher.dropped == 1)
    assert dispatcher.alive
    dispatcher.close()
    assert "file_output: No space left on device" in said.getvalue()


def test_buffered_writer_gathers_and_unbuffered_does_not() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    try:
        buffered = LineWriter(writer, buffered=True)
        buffered.write([b"one"])
        with pytest.raises(BlockingIOError):
            os.read(reader, 100)
        buffered.flush()
        assert os.read(reader, 100) == b"one\n"
        LineWriter(writer, buffered=False).write([b"two"])
        assert os.read(reader, 100) == b"two\n"
    finally:
        os.close(reader)
        os.close(writer)


def test_pipe_that_is_full_or_not_blocking_gets_every_byte() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    lines = [b"x" * 1000] * (4 * FLUSH_BYTES // 1000)
    got = bytearray()

    def read() -> None:
        while chunk := os.read(reader, 65536):
            got.extend(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    LineWriter(writer, buffered=False).write(lines)
    os.close(writer)
    thread.join(10)
    os.close(reader)
    assert bytes(got) == b"".join(line + b"\n" for line in lines)


def test_lines_that_were_not_written_do_not_come_later_and_take_no_memory() -> None:
    reading, writing = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LineWriter(full, buffered=False)
    for _ in range(100):
        with pytest.raises(OSError, match="No space left"):
            writer.write([b"lost", b"too"])
        assert writer.pending == 2
    os.dup2(writing, full)  # the disk has room again
    writer.write([b"kept"])
    assert os.read(reading, 100) == b"kept\n"
    for descriptor in (reading, writing, full):
        os.close(descriptor)


def test_a_line_of_which_half_was_written_is_ended_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    code = f"""
import os, resource
from agent.outputs.writer import LineWriter
descriptor = os.open({str(path)!r}, os.O_WRONLY | os.O_CREAT, 0o600)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
writer = LineWriter(descriptor, buffered=False)
try:
    writer.write([b"first", b"second line", b"third"])
except OSError:
    print(writer.pending)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.write([b"fourth"])
"""
    done = subprocess.run(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2\n"
    assert path.read_bytes() == b"first\nseco\nfourth\n"
