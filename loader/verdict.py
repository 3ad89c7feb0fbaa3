"""What the facts say of each driver: what stands in its way, and what a person can do about it.

A verdict only rules out. That a driver works is known when it was tried (`loader.trial`).
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from loader.drivers import DRIVERS
from loader.facts.gather import Facts
from loader.kernel_calls import Answer

OLDEST_MODULE = {"x86_64": "3.10", "aarch64": "3.16"}
OLDEST_CLASSIC = "4.14"


@dataclass(frozen=True)
class Obstacle:
    """Why a driver cannot work here. `remedy` is empty where nothing can be done on this machine."""

    reason: str
    evidence: str
    remedy: str


@dataclass(frozen=True)
class Verdict:
    """What stands in the way of one driver."""

    driver: str
    obstacles: tuple[Obstacle, ...]

    @property
    def possible(self) -> bool:
        """Whether nothing that is known rules it out."""
        return not self.obstacles


def verdicts(facts: Facts) -> dict[str, Verdict]:
    """Judge every driver."""
    return {name: Verdict(name, tuple(_JUDGES[name](facts))) for name in DRIVERS}


def release_number(release: str) -> Version | None:
    """Return the numbers that a kernel's release begins with; None when it begins otherwise."""
    found = re.match(r"\d{1,5}\.\d{1,5}(\.\d{1,5})?", release)
    return Version(found[0]) if found else None


def _modern_ebpf(facts: Facts) -> Iterator[Obstacle]:
    yield from _ebpf_privileges(facts)
    if facts.kernel.btf.value is False:
        yield Obstacle(
            "the kernel's BTF is missing",
            facts.kernel.btf.evidence,
            "use a kernel that was built with CONFIG_DEBUG_INFO_BTF=y; in a container, mount the host's /sys/kernel",
        )
    elif _refused(facts, "tracing_program"):
        yield _refusal(facts, "tracing_program", "the kernel takes no BPF program of type tp_btf (Linux 5.5)")
    if _refused(facts, "ring_buffer"):
        yield _refusal(facts, "ring_buffer", "the kernel makes no BPF ring buffer (Linux 5.8)")


def _ebpf(facts: Facts) -> Iterator[Obstacle]:
    yield from _ebpf_privileges(facts)
    kernel = facts.machine.kernel
    number = release_number(kernel.release)
    if number is not None and number < Version(OLDEST_CLASSIC):
        # Of the few numbers that decide: the programs were written for what later kernels have, and fail in many ways.
        yield Obstacle(
            f"the kernel is older than {OLDEST_CLASSIC}, which the probe was written for",
            f"its release is {kernel.release}",
            "use a newer kernel, or the kernel module",
        )
        return
    if _refused(facts, "raw_tracepoint_program"):
        if kernel.arch != "x86_64":
            yield _refusal(facts, "raw_tracepoint_program", "the kernel takes no raw tracepoint program (Linux 4.17)")
        elif _refused(facts, "tracepoint_program"):
            yield _refusal(facts, "tracepoint_program", "the kernel takes no BPF program at tracepoints (Linux 4.7)")
        elif facts.kernel.tracefs.value is False:
            yield Obstacle(
                "tracefs is not mounted, and without raw tracepoints the programs are attached through it",
                facts.kernel.tracefs.evidence,
                "mount -t tracefs tracefs /sys/kernel/tracing; in a container, mount the host's /sys/kernel",
            )
    if _refused(facts, "perf_buffer"):
        yield _refusal(facts, "perf_buffer", "the kernel makes no perf buffer for BPF programs (Linux 4.4)")


def _kmod(facts: Facts) -> Iterator[Obstacle]:
    kernel = facts.machine.kernel
    oldest = OLDEST_MODULE.get(kernel.arch)
    number = release_number(kernel.release)
    if oldest is None:
        yield Obstacle(
            f"the module is for {' and '.join(OLDEST_MODULE)} only", f"the architecture is {kernel.arch}", ""
        )
    elif number is not None and number < Version(oldest):
        yield Obstacle(f"the kernel is older than {oldest}", f"its release is {kernel.release}", "use a newer kernel")
    if facts.kernel.modules.value is False:
        yield Obstacle(
            "the kernel loads no modules: it was built without CONFIG_MODULES",
            facts.kernel.modules.evidence,
            "boot a kernel with CONFIG_MODULES=y",
        )
        return
    if facts.kernel.modules_disabled.value:
        yield Obstacle(
            "loading modules was switched off until the next boot",
            facts.kernel.modules_disabled.evidence,
            "remove kernel.modules_disabled=1 from sysctl's configuration and reboot",
        )
    if not facts.machine.runs:
        # It is only obtained, which any process may.
        return
    lacking = [name for name in ("CAP_SYS_MODULE", "CAP_SYS_ADMIN") if facts.process.lacks(name)]
    if lacking:
        yield Obstacle(
            f"this process lacks {' and '.join(lacking)}",
            facts.process.capabilities.evidence,
            _give_capabilities(facts, lacking),
        )
    elif facts.process.first_user_namespace.value is False:
        yield _user_namespace(facts)
    else:
        answer = facts.machine.calls.module_loading()
        if answer.error == errno.EPERM and not facts.kernel.modules_disabled.value:
            yield Obstacle(
                "loading modules is forbidden to this process",
                answer.sentence,
                _lift_seccomp(facts, "finit_module"),
            )


def _pdig(facts: Facts) -> Iterator[Obstacle]:
    if facts.process.yama.value == 3:
        yield Obstacle(
            "Yama lets nobody trace until the next boot",
            facts.process.yama.evidence,
            "remove kernel.yama.ptrace_scope=3 from sysctl's configuration and reboot",
        )
    elif _refused(facts, "trace_child"):
        yield _refusal(facts, "trace_child", "ptrace is refused, even for a child of this process")


_JUDGES: dict[str, Callable[[Facts], Iterator[Obstacle]]] = {
    "modern_ebpf": _modern_ebpf,
    "ebpf": _ebpf,
    "kmod": _kmod,
    "pdig": _pdig,
}


def _ebpf_privileges(facts: Facts) -> Iterator[Obstacle]:
    if not facts.machine.runs:
        return
    missing = facts.process.missing_for_ebpf()
    if missing:
        yield Obstacle(
            f"this process lacks {' and '.join(missing)}",
            facts.process.capabilities.evidence,
            _give_capabilities(facts, missing),
        )
    elif facts.process.first_user_namespace.value is False:
        yield _user_namespace(facts)


def _user_namespace(facts: Facts) -> Obstacle:
    return Obstacle(
        "this process is in a user namespace of its own, where capabilities do not reach the kernel",
        facts.process.first_user_namespace.evidence,
        "run it as root of the host: no rootless container, no userns-remap, hostUsers: true in Kubernetes",
    )


def _refused(facts: Facts, ability: str) -> bool:
    return bool(facts.ability(ability).error)


def _refusal(facts: Facts, ability: str, otherwise: str) -> Obstacle:
    """Say why the kernel refused: because of this process, or because it cannot."""
    answer = facts.ability(ability)
    if answer.error in (errno.EPERM, errno.EACCES):
        call = answer.call.partition("(")[0]
        return Obstacle(_forbidden(facts, answer, call), answer.sentence, _remedy_for_refusal(facts, call))
    return Obstacle(otherwise, answer.sentence, "use a newer kernel, or one of the drivers below")


def _forbidden(facts: Facts, answer: Answer, call: str) -> str:
    if call != "ptrace" and facts.process.missing_for_ebpf():
        return f"{call} is refused, for want of the capabilities above"
    if facts.process.seccomp.value == "filter":
        return f"{call} is refused, though no capability is missing: a seccomp filter is the likely reason"
    if facts.kernel.lockdown.value == "confidentiality":
        return f"{call} is refused: the kernel is in lockdown (confidentiality)"
    return f"{call} is refused, though no capability is missing: a security module is the likely reason"


def _remedy_for_refusal(facts: Facts, call: str) -> str:
    if call != "ptrace" and facts.process.missing_for_ebpf():
        return "as above"
    if facts.process.seccomp.value == "filter":
        return _lift_seccomp(facts, call)
    return "look into the kernel's log (dmesg, audit) for what refused it"


def _lift_seccomp(facts: Facts, call: str) -> str:
    if facts.process.seccomp.value != "filter":
        return "look into the kernel's log (dmesg, audit) for what refused it"
    return (
        f"allow {call} in the seccomp profile: --security-opt seccomp=FILE with Docker, "
        "securityContext.seccompProfile in Kubernetes, SystemCallFilter= with systemd"
    )


def _give_capabilities(facts: Facts, names: list[str]) -> str:
    if not facts.process.container.value:
        return "run it as root, or give it these capabilities"
    short = [name.removeprefix("CAP_") for name in names]
    docker = " ".join(f"--cap-add {name}" for name in short)
    return f"give them to the container: {docker} with Docker, capabilities.add: [{', '.join(short)}] in Kubernetes"
