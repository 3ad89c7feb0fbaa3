# SPDX-License-Identifier: MIT
"""What /proc says of processes, read as bytes: names of programs are anything, and none may hide behind a bad one."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass

from ptrace.linux_proc import readProcesses

_PF_KTHREAD = 0x00200000  # include/linux/sched.h


@dataclass(frozen=True)
class Process:
    """A process, at the time when it was read."""

    pid: int
    start_time: int
    """In clock ticks since boot; with the pid it tells a process from a later one of the same number."""
    parent: int
    program: bytes
    """The kernel's name of it: at most 15 bytes."""
    state: str
    flags: int
    threads: int

    @property
    def identity(self) -> tuple[int, int]:
        """The pid and the start time."""
        return self.pid, self.start_time

    @property
    def is_kernel_thread(self) -> bool:
        """Whether it is the kernel's own, and has no memory."""
        return bool(self.flags & _PF_KTHREAD)

    @property
    def has_ended(self) -> bool:
        """Whether only its parent's wait is missing. One whose first thread alone has ended still has others."""
        return self.state in "ZX" and self.threads <= 1


def read_process(pid: int) -> Process | None:
    """Return what is known of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as stream:
            stat = stream.read(4096)
        # Field 2 of proc_pid_stat(5) is in parentheses and may hold any byte.
        before, _, after = stat.rpartition(b")")
        fields = after.split()
        return Process(
            pid=pid,
            start_time=int(fields[19]),
            parent=int(fields[1]),
            program=before.partition(b"(")[2],
            state=fields[0].decode("ascii"),
            flags=int(fields[6]),
            threads=int(fields[17]),
        )
    except (OSError, ValueError, IndexError):
        return None


def read_status(tid: int) -> dict[str, str] | None:
    """Return the lines of a thread's status; None when it is gone."""
    try:
        with open(f"/proc/{tid}/status", errors="replace") as stream:
            return {key: value.strip() for key, _, value in (line.partition(":") for line in stream)}
    except OSError:
        return None


def own_thread() -> int:
    """Return the id by which the calling thread is known as a tracer."""
    return threading.get_native_id()


def tracer_of(tid: int) -> int:
    """Return the thread that traces a thread; 0 for none."""
    return int((read_status(tid) or {}).get("TracerPid", "0"))


def threads_of(pid: int) -> list[int]:
    """Return the threads of a process; none when it is gone."""
    with suppress(OSError):
        return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))
    return []


def tree(root: int) -> list[Process]:
    """Return a process and all that descend from it, as far as they live."""
    processes = {pid: process for pid in readProcesses() if (process := read_process(pid)) is not None}
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: dict[int, Process] = {}
    left = [root] if root in processes else []
    while left:
        pid = left.pop(0)
        if pid not in found:  # numbers that were given anew while we read could lead in a circle
            found[pid] = processes[pid]
            left += children.get(pid, [])
    return list(found.values())
