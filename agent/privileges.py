"""Which capabilities a driver needs, and which of them this process has."""

import os
from collections.abc import Sequence
from pathlib import Path

from agent.errors import PrivilegeError

# Bit numbers of include/uapi/linux/capability.h.
CAPABILITIES = {
    "CAP_SYS_MODULE": 16,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_SYS_RESOURCE": 24,
    "CAP_PERFMON": 38,
    "CAP_BPF": 39,
}


def effective_capabilities(status: Path = Path("/proc/self/status")) -> set[str]:
    """Return the names, of those the agent cares about, that are in the effective set of this process."""
    mask = 0
    for line in status.read_text().splitlines():
        if line.startswith("CapEff:"):
            mask = int(line.split()[1], 16)
    return capabilities_of(mask)


def capabilities_of(mask: int) -> set[str]:
    """Return the names, of those the agent cares about, that are in a set as /proc shows it (`CapEff`)."""
    return {name for name, bit in CAPABILITIES.items() if mask >> bit & 1}


def missing_for_ebpf(held: set[str]) -> list[str]:
    """Return what an eBPF driver lacks.

    CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON (capabilities(7)). CAP_SYS_PTRACE reads the open files and the
    executables of other users' processes from /proc (proc(5), ptrace access mode).
    """
    missing = [] if "CAP_SYS_ADMIN" in held else [name for name in ("CAP_BPF", "CAP_PERFMON") if name not in held]
    if "CAP_SYS_PTRACE" not in held:
        missing.append("CAP_SYS_PTRACE")
    return missing


def require_ebpf_capabilities(driver: str) -> None:
    """Raise PrivilegeError, naming what is missing, when this process cannot run an eBPF driver."""
    missing = missing_for_ebpf(effective_capabilities())
    if missing:
        raise PrivilegeError(
            f"The {driver} driver needs {_enumerate(missing)}, which this process (uid {os.geteuid()}) does not have: "
            f"run the agent as root, or give it {'this capability' if len(missing) == 1 else 'these capabilities'}."
        )
    if not _in_first_user_namespace():
        raise PrivilegeError(
            f"The {driver} driver needs its capabilities in the first user namespace, and this process runs in another "
            "one (a rootless container, for example): run the agent as root of the host."
        )


def _in_first_user_namespace(uid_map: Path = Path("/proc/self/uid_map")) -> bool:
    try:
        fields = uid_map.read_text().split()
    except OSError:
        return True
    return fields == ["0", "0", "4294967295"]


def _enumerate(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
