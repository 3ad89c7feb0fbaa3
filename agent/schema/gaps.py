"""What a driver does not tell, and why. Whatever is not here, every driver emits alike, byte for byte."""

from __future__ import annotations

from typing import NamedTuple

_LATER = "its parameters lie in structures that no program reads yet"

DRIVERS: dict[str, str] = {
    "modern_ebpf": "Modern eBPF",
    "ebpf": "Classic eBPF",
    "kmod": "Kernel module",
    "pdig": "ptrace",
}
"""`engine.kind`, then the name that people read."""

GAPS: dict[str, dict[str, str]] = {
    driver: {
        "SYSCALL_KEYCTL_X": _LATER,
        "SYSCALL_QUOTACTL_X": _LATER,
    }
    for driver in DRIVERS
}
"""Driver, then symbol of an event that it does not emit, then the reason."""

_MESSAGES = (
    "messages of one call behind the 30th are counted as lost: each takes a tail call, of which a kernel follows 32"
)

EVERY_EVENT = ""
CPU = "(cpu)"
ADDRESSES = "(addresses)"
"""Stands for the part of a unix socket's tuple that says where its two ends lie in the kernel's memory."""

_SKIPPED = (
    "kernels whose tracepoints allow preemption (the newest) run no program for a call while another task is preempted "
    "in the same program on that CPU; they count it, and so do we, as `skipped`"
)

SKIPPED_RUNS: dict[str, str] = {"modern_ebpf": _SKIPPED, "ebpf": _SKIPPED}
"""Driver of which the kernel may leave out runs, then the reason. It may lack as many events as it says it skipped."""

LIMITS: dict[str, dict[str, str]] = {
    "modern_ebpf": {},
    "ebpf": {"SOCKET_SENDMMSG_X": _MESSAGES, "SOCKET_RECVMMSG_X": _MESSAGES},
    "kmod": {},
    "pdig": {},
}
"""Driver, then symbol of an event of which it emits fewer than the others when there are many; then the reason. What it
leaves out it counts as lost."""

_NO_ADDRESSES = "where a unix socket lies in its memory, the kernel tells nobody outside"

PARAMETER_GAPS: dict[str, dict[tuple[str, str], str]] = {
    "modern_ebpf": {},
    "ebpf": {},
    "kmod": {},
    "pdig": {
        (EVERY_EVENT, CPU): "a tracer is not told which cpu a thread runs on",
        (EVERY_EVENT, ADDRESSES): _NO_ADDRESSES,
        ("SOCKET_SOCKETPAIR_X", "source"): _NO_ADDRESSES,
        ("SOCKET_SOCKETPAIR_X", "peer"): _NO_ADDRESSES,
        ("PROCEXIT_1_E", "reaper_tid"): "when a tracer hears of the end of a process, children that had ended are gone",
    },
}
"""Driver, then symbol of an event and name of a parameter that it cannot fill, then the reason. It is empty or zero."""


class Imprecise(NamedTuple):
    """A number that a driver knows less exactly than others, or more.

    `most`, `most_per_cpu`: by how much they differ at most, in the parameter's unit.
    """

    most: int
    most_per_cpu: int
    reason: str


# With each of three counters a cpu is behind by less than 32 pages of 4 kB (lib/percpu_counter.c, up to 16 cpus).
_BEHIND = 3 * 32 * 4

IMPRECISE: dict[str, dict[tuple[str, str], Imprecise]] = {
    "modern_ebpf": {},
    "ebpf": {},
    "kmod": {},
    "pdig": {
        (EVERY_EVENT, "pidns_init_start_ts"): Imprecise(9_999_999, 0, "/proc tells it in hundredths of a second"),
        (EVERY_EVENT, "vm_rss"): Imprecise(
            0,
            _BEHIND,
            "/proc adds up what each cpu has counted; in the kernel's own sum some pages of each are missing",
        ),
    },
}
"""Driver, then symbol and parameter of such a number."""

_MOVED = "where tracepoints allow preemption (the newest kernels), a thread may be moved between two looks"

_SHARED_MEMORY = "threads that share the memory, and the kernel itself, add and take pages between two looks"

CUT_OFF: dict[str, tuple[int, str]] = {
    "pdig": (-512, "a thread that is killed in a call does not stop at its end, when its memory is gone, too"),
}
"""Driver, then the result of a call whose real one it does not know, and the reason. What else the event lacks then is
empty or zero. The kernel itself gives this result to calls that are interrupted (ERESTARTSYS)."""

UNSTEADY: dict[tuple[str, str], str] = {
    (EVERY_EVENT, CPU): _MOVED,
    **{(EVERY_EVENT, name): _SHARED_MEMORY for name in ("vm_size", "vm_rss", "vm_swap")},
}
"""Symbol and parameter of what changes while the drivers look at one call, one after the other; then the reason. Such
values may differ between any two drivers, but rarely do. The cpu is no parameter, and every event has it."""
