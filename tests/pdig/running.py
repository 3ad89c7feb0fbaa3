"""`pdig-agent` as a user runs it, and what /proc says of the processes that a test started."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parents[2]


def command(name: str = "pdig-agent") -> str:
    """Return the command of the running environment, or that of `.venv`."""
    for folder in (Path(sys.executable).parent, REPOSITORY / ".venv/bin"):
        if (folder / name).exists():
            return str(folder / name)
    raise AssertionError(f"There is no {name} to test: run `make setup`.")


def pdig(*words: str, **how: object) -> "subprocess.CompletedProcess[str]":
    """Run `pdig-agent WORDS…` to its end."""
    arguments = {"capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL, **how}
    return subprocess.run([command(), *words], **arguments)  # type: ignore[call-overload,no-any-return]


@contextmanager
def started(words: Sequence[str], **how: object) -> "Iterator[subprocess.Popen[str]]":
    """Start a program; kill it, when it still runs at the end."""
    arguments = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **how}
    process: subprocess.Popen[str] = subprocess.Popen(words, **arguments)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def until(condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait until something holds. Raises AssertionError that says `what` did not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.01)


def next_line(stream: IO[str] | None, seconds: float = 20) -> str:
    """Return the next line of a pipe that nothing was read from otherwise. Raises AssertionError when none comes."""
    assert stream is not None
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream.fileno()], [], [], seconds)
        assert ready, f"no line within {seconds} s; begun: {line!r}"
        byte = os.read(stream.fileno(), 1)
        assert byte, f"the stream ended; begun: {line!r}"
        line += byte
    return line.decode()


def status(pid: int) -> dict[str, str]:
    """Return /proc/PID/status; empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def state(tid: int) -> str:
    """Return the letter of a thread's state (proc_pid_status(5)); empty when it is gone."""
    return status(tid).get("State", "")[:1]


def tracer(tid: int) -> int:
    """Return the thread that traces a thread; 0 for none."""
    return int(status(tid).get("TracerPid", "0"))


def children(pid: int) -> list[int]:
    """Return the children of all threads of a process."""
    found: list[int] = []
    for tid in threads(pid):
        try:
            found += [int(word) for word in Path(f"/proc/{pid}/task/{tid}/children").read_text().split()]
        except OSError:
            continue
    return found


def descendants(pid: int) -> list[int]:
    """Return all that descend from a process."""
    found = children(pid)
    for child in found:
        found += children(child)
    return found


def threads(pid: int) -> list[int]:
    """Return the threads of a process."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []
