"""What a driver does not tell, and why. Whatever is not here, every driver emits alike, byte for byte."""

from __future__ import annotations

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

PARAMETER_GAPS: dict[str, dict[tuple[str, str], str]] = {driver: {} for driver in DRIVERS}
"""Driver, then symbol of an event and name of a parameter that it cannot fill as the others do, then the reason."""

_MOVED = "where tracepoints allow preemption (the newest kernels), a thread may be moved between two looks"

_SHARED_MEMORY = "threads that share the memory, and the kernel itself, add and take pages between two looks"

UNSTEADY: dict[tuple[str, str], str] = {
    (EVERY_EVENT, CPU): _MOVED,
    **{(EVERY_EVENT, name): _SHARED_MEMORY for name in ("vm_size", "vm_rss", "vm_swap")},
}
"""Symbol and parameter of what changes while the drivers look at one call, one after the other; then the reason. Such
values may differ between any two drivers, but rarely do. The cpu is no parameter, and every event has it."""
