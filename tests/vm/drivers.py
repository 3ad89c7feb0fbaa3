"""The kernel drivers that every guest runs the same tests with, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Driver:
    """One way of capturing.

    `name` heads its column of the grid; `kind` is what the agent calls it; `file` is what is built for it outside the
    guest and goes along; `refusal` is in what the agent says without privileges.
    """

    name: str
    kind: str
    refusal: str
    file: str | None = None
    needs_btf: bool = False


MODERN = Driver("modern_ebpf", "modern_ebpf", "CAP_BPF", needs_btf=True)
BCC = Driver("ebpf-bcc", "ebpf", "root")
PREBUILT = Driver("ebpf-prebuilt", "ebpf", "root", file="probe.o")
KMOD = Driver("kmod", "kmod", "root", file="agent_probe.ko")

DRIVERS = (MODERN, BCC, PREBUILT, KMOD)


def named(name: str) -> Driver:
    """Return the driver of a column of the grid."""
    return next(driver for driver in DRIVERS if driver.name == name)
