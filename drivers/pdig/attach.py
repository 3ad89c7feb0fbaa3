# SPDX-License-Identifier: MIT
"""Finding and seizing the threads that are to be traced. All of it runs on the thread that traces."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ptrace import PtraceError
from ptrace.binding.func import ptrace
from ptrace.linux_proc import ProcError, readProcesses, readProcessStat, searchProcessesByName

from agent.errors import DriverUnavailableError

PTRACE_SEIZE = 0x4206
"""Unlike PTRACE_ATTACH it stops nothing and leaves job control as it is; python-ptrace has no function for it."""
PTRACE_O_EXITKILL = 0x00100000
"""The traced processes end with the tracer."""

_ROUNDS = 50
_PROC = Path("/proc")


@dataclass(frozen=True)
class Refused:
    """A thread that cannot be traced, and why, as a sentence."""

    tid: int
    reason: str
    gone: bool = False


def seize(tid: int, options: int) -> None:
    """Begin to trace a thread of this or another process. Raises PtraceError."""
    ptrace(PTRACE_SEIZE, tid, 0, options)


def threads_of(pid: int) -> list[int]:
    """Return the threads of a process; none when it is gone."""
    with suppress(OSError):
        return sorted(int(name) for name in os.listdir(_PROC / str(pid) / "task"))
    return []


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it, as far as they live."""
    parents: dict[int, int] = {}
    for pid in readProcesses():
        with suppress(ProcError, ValueError, IndexError):
            parents[pid] = readProcessStat(pid).ppid
    found = [root] if root in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid and child not in found]
    return found


def named(name: str) -> Iterator[int]:
    """Yield the processes whose program has this name, by their command line or by the kernel's name of them."""
    seen = set(searchProcessesByName(name))
    yield from seen
    for pid in readProcesses():
        with suppress(ProcError, ValueError, IndexError):
            if pid not in seen and readProcessStat(pid).program == name[:15]:
                yield pid


def everybody() -> list[int]:
    """Return all processes of this pid namespace that have memory of their own: kernel threads have none."""
    found = []
    for pid in readProcesses():
        try:
            os.stat(_PROC / str(pid) / "exe")
        except PermissionError:
            pass  # not to be traced either, which is then said
        except OSError:
            continue
        found.append(pid)
    return found


def seize_processes(pids: Iterable[int], options: int, known: set[int]) -> tuple[list[int], list[Refused]]:
    """Seize all threads of the processes that are not in `known`; return those seized, and those that could not be.

    A thread that is seized has its new children and threads traced from their birth, so looking again until nothing
    new is there finds all of them.
    """
    seized: list[int] = []
    refused: list[Refused] = []
    for pid in pids:
        for _ in range(_ROUNDS):
            fresh = [tid for tid in threads_of(pid) if tid not in known and tid not in seized]
            if not fresh:
                break
            for tid in fresh:
                try:
                    seize(tid, options)
                    seized.append(tid)
                except PtraceError as error:
                    why = explain(tid, pid, error.errno)
                    if why is None:  # it was born of a seized thread a moment ago
                        known.add(tid)
                    else:
                        refused.append(why)
            if refused:
                break
    return seized, refused


def explain(tid: int, pid: int, number: int | None) -> Refused | None:
    """Say why a thread could not be seized; None when it is ours already."""
    status = _status(tid)
    if status is None or number == errno.ESRCH:
        return Refused(tid, f"Process {pid} has ended.", gone=True)
    tracer = int(status.get("TracerPid", "0"))
    if tracer and any(str(tracer) == name for name in os.listdir("/proc/self/task")):
        return None
    if tracer:
        return Refused(
            tid,
            f"Process {pid} is traced by process {tracer} ({_name(tracer)}) already, and a process can have one tracer "
            "only: end that one first.",
        )
    if pid == os.getpid():
        return Refused(tid, "pdig-agent cannot trace itself.")
    return Refused(tid, f"Process {pid} ({_name(pid)}) cannot be traced: {_forbidden(status, number)}")


def _forbidden(status: dict[str, str], number: int | None) -> str:
    own = _status(os.getpid()) or {}
    capable = int(own.get("CapEff", "0"), 16) >> 19 & 1  # CAP_SYS_PTRACE
    uid = status.get("Uid", "").split()[:1]
    if number != errno.EPERM:
        return f"{os.strerror(number or 0)}."
    if capable:
        return (
            "the kernel does not permit it although this process has CAP_SYS_PTRACE. It may have more capabilities, be "
            "in another user namespace, be a kernel thread, or a security module (SELinux, AppArmor) forbids it."
        )
    if uid != own.get("Uid", "").split()[:1]:
        return (
            f"it runs as another user (uid {' '.join(uid)}), and this process has no CAP_SYS_PTRACE. Run pdig-agent as "
            "that user, or give it the capability (docker: --cap-add SYS_PTRACE; ECS: linuxParameters.capabilities.add)."
        )
    scope = _yama()
    if scope == 1:
        return (
            "Yama lets a process trace its own descendants only (kernel.yama.ptrace_scope is 1), and this process has "
            "no CAP_SYS_PTRACE. Start the program with pdig-agent -- COMMAND, or give pdig-agent the capability."
        )
    if scope in (2, 3):
        what = "only processes with CAP_SYS_PTRACE trace" if scope == 2 else "nobody may trace until the next boot"
        return f"Yama says that {what} (kernel.yama.ptrace_scope is {scope})."
    return (
        "it has more capabilities than this process, is not dumpable (it has changed its user, or its program may not be "
        "read), or is in another user namespace, and this process has no CAP_SYS_PTRACE."
    )


def _yama() -> int | None:
    with suppress(OSError, ValueError):
        return int((_PROC / "sys/kernel/yama/ptrace_scope").read_text())
    return None


def _status(tid: int) -> dict[str, str] | None:
    try:
        lines = (_PROC / str(tid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _name(pid: int) -> str:
    return (_status(pid) or {}).get("Name", "unknown")


def require_process(pid: int) -> None:
    """Raise DriverUnavailableError when there is no such process."""
    if not (_PROC / str(pid)).is_dir():
        raise DriverUnavailableError(f"-p {pid}: there is no process {pid} here; it may have ended.")
