"""The drivers by their names, and by the other names that people know them by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Driver:
    """What people are told of a driver. `flag` is the agent's option for it; pdig has its own command instead."""

    name: str
    title: str
    aliases: tuple[str, ...]
    flag: str
    needs: str
    advantages: str
    drawbacks: str
    command: str


MODERN_EBPF = Driver(
    "modern_ebpf",
    "modern eBPF",
    ("modern-bpf", "modern_bpf", "modern-ebpf"),
    "--modern-bpf",
    "the kernel's BTF, BPF ring buffers and tp_btf programs, each of which is tried (Linux 5.8 has all of them); "
    "CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, or root",
    "nothing to build, to download or to load before: it is in the agent; nothing of it outlives the agent",
    "needs a kernel with BTF",
    "agent --modern-bpf",
)
EBPF = Driver(
    "ebpf",
    "classic eBPF",
    ("bpf",),
    "--bpf",
    "Linux 4.14 or newer; BPF programs at raw tracepoints, or on x86-64 at plain ones, and perf buffers, each of which "
    "is tried; CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE to capture, root to load it",
    "needs neither BTF nor ring buffers; the verifier checks it",
    "an object for exactly this kernel: a prebuilt one, or kernel headers and bcc; one agent at a time",
    "agent-driver-loader bpf && agent --bpf",
)
KMOD = Driver(
    "kmod",
    "kernel module",
    ("module",),
    "--kmod",
    "Linux 3.10 or newer (arm64: 3.16); a kernel that takes modules, unsigned or with a signature that it trusts; "
    "CAP_SYS_MODULE to load, CAP_SYS_ADMIN to capture",
    "costs the least for a call, on hosts with heavy input and output; works on the oldest kernels",
    "a fault in it is a fault of the kernel; not with lockdown or enforced signatures; one agent at a time",
    "agent-driver-loader module && agent --kmod",
)
PDIG = Driver(
    "pdig",
    "pdig (ptrace)",
    (),
    "",
    "ptrace: CAP_SYS_PTRACE, or processes of the same user (Yama)",
    "nothing in the kernel, and no privilege for programs that it starts: works on Fargate and in locked sandboxes",
    "watches what it starts or is told to attach to, not the host; every traced call costs two switches of context",
    "pdig-agent -- COMMAND",
)
ALL = (MODERN_EBPF, EBPF, KMOD, PDIG)
DRIVERS = tuple(driver.name for driver in ALL)
BY_NAME = {driver.name: driver for driver in ALL}


def driver_named(word: str) -> str | None:
    """Return the name of the driver that a word stands for; None when there is none."""
    return next((driver.name for driver in ALL if word in (driver.name, *driver.aliases)), None)
