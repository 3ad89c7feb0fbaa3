"""Facts of this very process: what it may do, and whether it runs in a container."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.privileges import capabilities_of, missing_for_ebpf
from loader.facts.fact import Fact
from loader.machine import Machine

_SECCOMP = {"0": "off", "1": "strict", "2": "filter"}
_YAMA = {
    "0": "any process of the same user",
    "1": "descendants, and others with CAP_SYS_PTRACE",
    "2": "with CAP_SYS_PTRACE only",
    "3": "nobody",
}
_RUNTIMES = ("docker", "kubepods", "containerd", "crio", "libpod", "lxc", "garden", "ecs")


@dataclass(frozen=True)
class ProcessFacts:
    """What is known of this process. `container` is the name of what runs it; empty on a host."""

    capabilities: Fact[frozenset[str]]
    seccomp: Fact[str]
    no_new_privileges: Fact[bool]
    first_user_namespace: Fact[bool]
    yama: Fact[int]
    container: Fact[str]
    host_root: Fact[str]

    def lacks(self, name: str) -> bool:
        """Whether a capability is known to be missing."""
        return self.capabilities.value is not None and name not in self.capabilities.value

    def missing_for_ebpf(self) -> list[str]:
        """Return the capabilities that eBPF drivers lack."""
        return [] if self.capabilities.value is None else missing_for_ebpf(set(self.capabilities.value))


def process_facts(machine: Machine) -> ProcessFacts:
    """Find them out."""
    status_path = "/proc/self/status"
    text = machine.own.text(status_path)
    place = str(machine.own.place(status_path))
    status = dict(re.findall(r"^(\w+):\s*(.*)$", text or "", re.MULTILINE))
    return ProcessFacts(
        _capabilities(status, place),
        _named(status, "Seccomp", place, _SECCOMP),
        Fact(status["NoNewPrivs"] == "1", f"NoNewPrivs in {place}")
        if "NoNewPrivs" in status
        else Fact(None, f"{place} does not say NoNewPrivs"),
        _first_user_namespace(machine),
        _yama(machine),
        _container(machine),
        _host_root(machine),
    )


def _capabilities(status: Mapping[str, str], place: str) -> Fact[frozenset[str]]:
    try:
        mask = int(status["CapEff"], 16)
    except (KeyError, ValueError):
        return Fact(None, f"{place} does not say CapEff")
    return Fact(frozenset(capabilities_of(mask)), f"CapEff in {place} is {mask:x}")


def _named(status: Mapping[str, str], key: str, place: str, names: Mapping[str, str]) -> Fact[str]:
    value = status.get(key)
    if value is None:
        return Fact(None, f"{place} does not say {key}")
    return Fact(names.get(value, value), f"{key} in {place} is {value}")


def _first_user_namespace(machine: Machine) -> Fact[bool]:
    path = "/proc/self/uid_map"
    text = machine.own.text(path)
    if text is None:
        return Fact(None, f"{machine.own.place(path)} cannot be read")
    fields = text.split()
    return Fact(fields == ["0", "0", "4294967295"], f"{machine.own.place(path)} is {' '.join(fields[:6])}")


def _yama(machine: Machine) -> Fact[int]:
    path = "/proc/sys/kernel/yama/ptrace_scope"
    text = machine.own.text(path)
    place = machine.own.place(path)
    if text is None or not text.isdigit():
        return Fact(None, f"{place} is not there: no Yama")
    return Fact(int(text), f"{place} is {text}: who may trace is {_YAMA.get(text, 'not known')}")


def _container(machine: Machine) -> Fact[str]:
    for path, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if machine.own.exists(path):
            return Fact(name, f"{machine.own.place(path)} is there")
    if machine.environment.get("KUBERNETES_SERVICE_HOST"):
        return Fact("kubernetes", "the environment variable KUBERNETES_SERVICE_HOST is set")
    if outer := machine.environment.get("container"):
        # systemd and podman tell their children so (systemd's container interface).
        return Fact(outer[:40], "the environment variable container is set")
    path = "/proc/1/cgroup"
    for runtime in _RUNTIMES:
        for line in (machine.own.text(path) or "").splitlines():
            if re.search(rf"[/:\-]{runtime}\b", line):
                return Fact(runtime, f"{machine.own.place(path)} has {line[:120]}")
    return Fact(
        "", "no mark of a container: no /.dockerenv, no /run/.containerenv, no variable, no name in /proc/1/cgroup"
    )


def _host_root(machine: Machine) -> Fact[str]:
    root = str(machine.host.root)
    if machine.host == machine.own:
        return Fact(root, "this process's own root: no --host-root, and HOST_ROOT is not set")
    if not any(machine.host.exists(path) for path in ("/etc", "/usr", "/boot", "/proc")):
        return Fact(root, f"{root} has none of etc, usr, boot and proc in it: is the host's root mounted there?")
    return Fact(root, f"HOST_ROOT or --host-root says so, and {root} looks like a host's root")
