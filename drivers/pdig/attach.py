# SPDX-License-Identifier: MIT
"""Seizing the threads that are to be traced, and saying why one cannot be. All of it runs on the thread that traces."""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ptrace import PtraceError
from ptrace.binding.func import ptrace

from agent.errors import DriverUnavailableError
from drivers.pdig.command import CAP_SYS_PTRACE, has_capability
from drivers.pdig.process import own_thread, read_process, read_status, threads_of

PTRACE_SEIZE = 0x4206
"""Unlike PTRACE_ATTACH it stops nothing and leaves job control as it is; python-ptrace has no function for it."""
PTRACE_O_EXITKILL = 0x00100000
"""The traced processes end with the tracer."""

_ROUNDS = 50
_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")


@dataclass(frozen=True)
class Refused:
    """A process that cannot be traced, and why, as a sentence."""

    pid: int
    reason: str
    gone: bool = False


def seize(tid: int, options: int) -> None:
    """Begin to trace a thread of this or another process. Raises PtraceError."""
    ptrace(PTRACE_SEIZE, tid, 0, options)


def seize_process(pid: int, options: int) -> tuple[list[int], Refused | None]:
    """Seize all threads of a process; return those that were not traced by this thread before, and why there are none.

    A thread that is seized has its new children and threads traced from their birth, so looking again until nothing
    new is there finds all of them.
    """
    seized: list[int] = []
    known: set[int] = set()
    for _ in range(_ROUNDS):
        fresh = [tid for tid in threads_of(pid) if tid not in known]
        if not fresh:
            break
        for tid in fresh:
            known.add(tid)
            try:
                seize(tid, options)
                seized.append(tid)
            except PtraceError as error:
                why = explain(tid, pid, error.errno)
                if why is not None and not why.gone:
                    return seized, why
    return seized, None if known else Refused(pid, f"Process {pid} has ended.", gone=True)


def explain(tid: int, pid: int, number: int | None) -> Refused | None:
    """Say why a thread could not be seized; None when it is ours already."""
    status = read_status(tid)
    if status is None or number == errno.ESRCH or status.get("State", "")[:1] in ("Z", "X"):
        return Refused(pid, f"Process {pid} has ended.", gone=True)
    tracer = int(status.get("TracerPid", "0"))
    if tracer == own_thread():
        return None
    if pid == os.getpid():
        return Refused(pid, f"Process {pid} is this one, which cannot trace itself.")
    if tracer:
        return Refused(
            pid,
            f"Process {pid} ({name_of(pid)}) is traced by process {tracer} ({name_of(tracer)}) already, and a process "
            "can have one tracer only: end that one first.",
        )
    return Refused(pid, f"Process {pid} ({name_of(pid)}) cannot be traced: {_forbidden(status, number)}")


def _forbidden(status: dict[str, str], number: int | None) -> str:
    own = read_status(os.getpid()) or {}
    if number != errno.EPERM:
        return f"{os.strerror(number or 0)}."
    if has_capability(CAP_SYS_PTRACE):
        return (
            "the kernel does not permit it although this process has CAP_SYS_PTRACE. It may have more capabilities, be "
            "in another user namespace, be a kernel thread, or a security module (SELinux, AppArmor) forbids it."
        )
    uid, own_uid = (text.get("Uid", "").split()[:1] for text in (status, own))
    if uid != own_uid:
        return (
            f"it runs as another user (uid {' '.join(uid)}), and this process has no CAP_SYS_PTRACE. Run pdig-agent "
            "as that user, or give it the capability (docker: --cap-add SYS_PTRACE; ECS: "
            "linuxParameters.capabilities.add)."
        )
    return forbidden_by_yama(yama_scope()) or (
        "it has more capabilities than this process, is not dumpable (it has changed its user, or its program may not "
        "be read), or is in another user namespace, and this process has no CAP_SYS_PTRACE."
    )


def forbidden_by_yama(scope: int | None) -> str | None:
    """Say what a value of kernel.yama.ptrace_scope forbids to a process without CAP_SYS_PTRACE; None for nothing.

    Documentation/admin-guide/LSM/Yama.rst.
    """
    if scope == 1:
        return (
            "Yama lets a process trace its own descendants only (kernel.yama.ptrace_scope is 1), and this process has "
            "no CAP_SYS_PTRACE. Start the program with pdig-agent -- COMMAND, or give pdig-agent the capability."
        )
    if scope == 2:
        return (
            "Yama lets only processes with CAP_SYS_PTRACE trace (kernel.yama.ptrace_scope is 2), and this one is "
            "without: give pdig-agent the capability."
        )
    if scope == 3:
        return "Yama lets nobody trace until the next boot (kernel.yama.ptrace_scope is 3)."
    return None


def yama_scope(setting: Path = _YAMA) -> int | None:
    """Return kernel.yama.ptrace_scope; None where Yama is not in force."""
    with suppress(OSError, ValueError):
        return int(setting.read_text())
    return None


def name_of(pid: int) -> str:
    """Return the kernel's name of a process, fit to be printed."""
    process = read_process(pid)
    name = process.program.decode(errors="replace") if process is not None else "unknown"
    return "".join(character if character.isprintable() else "?" for character in name)


def require_process(pid: int) -> None:
    """Raise DriverUnavailableError when there is no such process, or it is not one to trace."""
    status, process = read_status(pid), read_process(pid)
    if status is None or process is None or process.has_ended:
        raise DriverUnavailableError(f"There is no process {pid} here; it may have ended.")
    if pid == os.getpid():
        raise DriverUnavailableError(f"Process {pid} is this one, which cannot trace itself.")
    leader = status.get("Tgid", str(pid))
    if leader != str(pid):
        raise DriverUnavailableError(f"{pid} is a thread of process {leader}: give {leader}.")
