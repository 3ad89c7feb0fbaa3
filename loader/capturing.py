"""One kernel driver captures at a time: who does."""

from __future__ import annotations

from drivers.bpf import probe
from loader import kernel_module
from loader.acquisition import InUse
from loader.names import MODULE


def refuse_beside(driver: str) -> None:
    """Raise InUse while an agent captures with the other kernel driver, naming who and with what."""
    if driver != "kmod" and kernel_module.loaded_version() is not None and (user := kernel_module.holder()):
        raise InUse(f"{user} captures with the kernel module {MODULE}, and one kernel driver works at a time; stop it")
    if driver != "ebpf" and (used := _used_probe()):
        raise InUse(
            f"an agent captures with the classic eBPF probe {used}, and one kernel driver works at a time; stop it"
        )


def _used_probe() -> str | None:
    for name in probe.loaded():
        try:
            if probe.in_use(name):
                return name
        except OSError:
            continue
    return None
