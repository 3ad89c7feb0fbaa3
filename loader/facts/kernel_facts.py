"""Facts of the kernel: its configuration, BTF, headers, what it does with modules, and what locks it down."""

import errno
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loader.facts.fact import Fact
from loader.machine import MAX_BYTES, Machine

Lockdown = Literal["none", "integrity", "confidentiality"]
SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


@dataclass(frozen=True)
class KernelFacts:
    """What is known of the kernel. `modules`: whether it can load any; `headers`: where a driver can be built from."""

    config: Fact[Mapping[str, str]]
    btf: Fact[bool]
    headers: Fact[str]
    modules: Fact[bool]
    modules_disabled: Fact[bool]
    signature_enforced: Fact[bool]
    lockdown: Fact[Lockdown]
    secure_boot: Fact[bool]
    tracefs: Fact[bool]


def kernel_facts(machine: Machine) -> KernelFacts:
    """Find them out."""
    config = read_config(machine)
    return KernelFacts(
        config,
        _btf(machine, config),
        _headers(machine),
        _modules(machine, config),
        _modules_disabled(machine),
        _signature_enforced(machine, config),
        _lockdown(machine, config),
        _secure_boot(machine),
        _tracefs(machine),
    )


def config_places(release: str) -> list[str]:
    """Return where a kernel's configuration may lie, beside /proc/config.gz."""
    return [
        f"/boot/config-{release}",
        f"/usr/lib/ostree-boot/config-{release}",
        f"/usr/lib/modules/{release}/config",
        f"/lib/modules/{release}/config",
    ]


def read_config(machine: Machine) -> Fact[Mapping[str, str]]:
    """Return the options that are set, `CONFIG_X` -> `y`, `m` or a value."""
    release = machine.kernel.release
    tried = []
    if machine.runs:
        packed = machine.own.bytes("/proc/config.gz")
        tried.append(str(machine.own.place("/proc/config.gz")))
        if packed is not None:
            text = _unpacked(packed)
            if text is not None:
                return Fact(parse_config(text), tried[-1])
    trees = [machine.host] if machine.host == machine.own else [machine.host, machine.own]
    for tree in trees:
        for path in config_places(release):
            tried.append(str(tree.place(path)))
            text = tree.text(path)
            if text:
                return Fact(parse_config(text), tried[-1])
    return Fact(None, f"none of {', '.join(tried)} is there")


def _unpacked(packed: bytes) -> str | None:
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, MAX_BYTES).decode("utf-8", "replace")
    except zlib.error:
        return None


def parse_config(text: str) -> dict[str, str]:
    """Read `CONFIG_X=value` lines; what is not set is not in the result."""
    return {name: value.strip('"') for name, value in re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE)}


def _btf(machine: Machine, config: Fact[Mapping[str, str]]) -> Fact[bool]:
    path = "/sys/kernel/btf/vmlinux"
    place = machine.own.place(path)
    if not machine.runs:
        if config.value is None:
            return Fact(None, f"{_elsewhere(machine)}, and its configuration is not known")
        option = "CONFIG_DEBUG_INFO_BTF"
        return Fact(config.value.get(option) == "y", f"{option} in {config.evidence}")
    if machine.own.exists(path):
        return Fact(True, f"{place} is there")
    if config.value is None or config.value.get("CONFIG_DEBUG_INFO_BTF") != "y":
        built = "" if config.value is None else f", and {config.evidence} has no CONFIG_DEBUG_INFO_BTF=y"
        return Fact(False, f"{place} is missing{built}")
    return Fact(False, f"{place} is missing, though {config.evidence} has CONFIG_DEBUG_INFO_BTF=y: is /sys mounted?")


def _elsewhere(machine: Machine) -> str:
    return f"kernel {machine.kernel.release} does not run here"


def _headers(machine: Machine) -> Fact[str]:
    folder = f"/lib/modules/{machine.kernel.release}/build"
    place = machine.host.place(folder)
    if machine.host.exists(f"{folder}/include/generated/autoconf.h"):
        return Fact(str(place), f"{place}/include/generated/autoconf.h is there")
    if machine.host.exists(folder):
        return Fact(None, f"{place} has no include/generated/autoconf.h")
    return Fact(None, f"{place} is not there")


def _modules(machine: Machine, config: Fact[Mapping[str, str]]) -> Fact[bool]:
    if machine.runs:
        answer = machine.calls.module_loading()
        # EBADF is the kernel's way to say that a file would be looked at; EPERM that this process must not ask.
        if answer.error == errno.ENOSYS and not machine.own.exists("/proc/modules"):
            return Fact(False, f"{answer.sentence}, and there is no {machine.own.place('/proc/modules')}")
        if machine.own.exists("/proc/modules"):
            return Fact(True, f"{machine.own.place('/proc/modules')} is there")
    if config.value is not None:
        return Fact(config.value.get("CONFIG_MODULES") == "y", f"CONFIG_MODULES in {config.evidence}")
    return Fact(None, f"neither {machine.own.place('/proc/modules')} nor the kernel's configuration is there")


def _modules_disabled(machine: Machine) -> Fact[bool]:
    if not machine.runs:
        return Fact(None, _elsewhere(machine))
    path = "/proc/sys/kernel/modules_disabled"
    text = machine.own.text(path)
    if text is None:
        return Fact(None, f"{machine.own.place(path)} is not there")
    return Fact(text == "1", f"{machine.own.place(path)} is {text}")


def _signature_enforced(machine: Machine, config: Fact[Mapping[str, str]]) -> Fact[bool]:
    path = "/sys/module/module/parameters/sig_enforce"
    text = machine.own.text(path) if machine.runs else None
    if text is not None:
        return Fact(text.upper() in ("Y", "1"), f"{machine.own.place(path)} is {text}")
    if config.value is not None:
        option = "CONFIG_MODULE_SIG_FORCE"
        return Fact(config.value.get(option) == "y", f"{option} in {config.evidence}")
    return Fact(None, f"neither {machine.own.place(path)} nor the kernel's configuration is there")


def _lockdown(machine: Machine, config: Fact[Mapping[str, str]]) -> Fact[Lockdown]:
    path = "/sys/kernel/security/lockdown"
    source = str(machine.own.place(path))
    text = machine.own.text(path) if machine.runs else None
    if text is None and machine.runs:
        source = "securityfs (not mounted at /sys/kernel/security; asked with fsmount)"
        text = machine.calls.lockdown()
    if text is not None:
        chosen = re.search(r"\[(none|integrity|confidentiality)\]", text)
        if chosen is None:
            return Fact(None, f"{source} says {text[:80]!r}")
        level: Lockdown = chosen[1]  # type: ignore[assignment]  # one of the three, by the expression
        return Fact(level, f"{source} is {text}")
    if config.value is not None:
        for forced in ("INTEGRITY", "CONFIDENTIALITY"):
            if config.value.get(f"CONFIG_LOCK_DOWN_KERNEL_FORCE_{forced}") == "y":
                found: Lockdown = "integrity" if forced == "INTEGRITY" else "confidentiality"
                return Fact(found, f"CONFIG_LOCK_DOWN_KERNEL_FORCE_{forced} in {config.evidence}")
        if config.value.get("CONFIG_SECURITY_LOCKDOWN_LSM") != "y":
            return Fact("none", f"{config.evidence} has no CONFIG_SECURITY_LOCKDOWN_LSM")
    return Fact(None, f"{machine.own.place(path)} is not there" if machine.runs else _elsewhere(machine))


def _secure_boot(machine: Machine) -> Fact[bool]:
    content = machine.own.bytes(SECURE_BOOT)
    place = machine.own.place(SECURE_BOOT)
    if content is not None and len(content) >= 5:
        # Four bytes of attributes, then the variable itself (Documentation/filesystems/efivarfs.rst).
        return Fact(content[4] == 1, f"{place} is {content[4]}")
    if not machine.own.exists("/sys/firmware/efi"):
        return Fact(False, f"{machine.own.place('/sys/firmware/efi')} is not there: not started by UEFI")
    return Fact(None, f"{place} cannot be read")


def _tracefs(machine: Machine) -> Fact[bool]:
    places = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
    for path in places:
        if machine.own.exists(f"{path}/events"):
            return Fact(True, f"{machine.own.place(path)}/events is there")
    return Fact(False, f"neither {' nor '.join(str(machine.own.place(path)) for path in places)} has events in it")
