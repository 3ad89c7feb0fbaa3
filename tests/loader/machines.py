"""A machine made of a folder and of prepared answers."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loader.kernel import Kernel
from loader.kernel_calls import Answer
from loader.machine import Machine, Tree
from tests.loader.environments import Environment

# Since which release the kernel does what it is asked, and what it says before (kernel's own changelogs; bpf(2)).
_SINCE = {
    "ring_buffer": ((5, 8), errno.EINVAL),
    "tracing_program": ((5, 5), errno.EINVAL),
    "raw_tracepoint_program": ((4, 17), errno.EINVAL),
    "tracepoint_program": ((4, 7), errno.EINVAL),
    "perf_buffer": ((4, 4), errno.EINVAL),
    "trace_child": ((0, 0), 0),
}
_CALLS = {"trace_child": "ptrace(PTRACE_TRACEME)", "module_loading": "finit_module(-1)"}


@dataclass(frozen=True)
class PreparedCalls:
    """A kernel of some release; `answers` are the ones that differ from it."""

    release: tuple[int, int]
    btf: bool = True
    modules: bool = True
    allowed: bool = True
    answers: Mapping[str, int] = field(default_factory=dict)

    def ring_buffer(self) -> Answer:
        return self._answer("ring_buffer")

    def tracing_program(self) -> Answer:
        return self._answer("tracing_program")

    def raw_tracepoint_program(self) -> Answer:
        return self._answer("raw_tracepoint_program")

    def tracepoint_program(self) -> Answer:
        return self._answer("tracepoint_program")

    def perf_buffer(self) -> Answer:
        return self._answer("perf_buffer")

    def trace_child(self) -> Answer:
        return self._answer("trace_child")

    def module_loading(self) -> Answer:
        error = errno.EBADF if self.modules else errno.ENOSYS
        return Answer(_CALLS["module_loading"], error)

    def lockdown(self) -> str | None:
        return None

    def _answer(self, name: str) -> Answer:
        call = _CALLS.get(name, f"bpf({name})")
        if name in self.answers:
            return Answer(call, self.answers[name])
        since, before = _SINCE[name]
        if name != "trace_child" and not self.allowed:
            return Answer(call, errno.EPERM)
        if name == "tracing_program" and not self.btf:
            return Answer(call, errno.ENOENT)
        return Answer(call, 0 if self.release >= since else before)


def build(environment: Environment, folder: Path) -> Machine:
    """Write the files and return the machine."""
    own = folder / "own"
    host = folder / "host" if environment.container else own
    files = dict(environment.files)
    seccomp = files.pop("seccomp", "0")
    status = f"Name:\tx\nCapEff:\t{environment.capabilities:016x}\nNoNewPrivs:\t0\nSeccomp:\t{seccomp}\n"
    written = {"/proc/self/status": status, "/proc/self/uid_map": "0 0 4294967295", "/etc/hostname": "test", **files}
    if environment.modules:
        written["/proc/modules"] = ""
    if environment.btf:
        written["/sys/kernel/btf/vmlinux"] = ""
    if environment.os_release:
        written["/etc/os-release"] = os_release(environment.os_release)
    for path, text in written.items():
        place = (own if re.match(r"/(proc|sys|\.dockerenv)", path) else host) / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("latin-1"))
    release, version, arch = environment.uname
    numbers = re.match(r"(\d+)\.(\d+)", release)
    assert numbers
    allowed = bool(environment.capabilities >> 21 & 1 or environment.capabilities >> 39 & 1)
    calls = PreparedCalls(
        (int(numbers[1]), int(numbers[2])), environment.btf, environment.modules, allowed, environment.refuses
    )
    return Machine(Kernel(release, version, arch), Tree(own), Tree(host), dict(environment.environment), calls)


def os_release(short: str) -> str:
    """Write `ID VERSION_ID KEY=VALUE …` out."""
    words = short.split()
    pairs = [word.partition("=")[::2] for word in words if "=" in word]
    plain = [word for word in words if "=" not in word]
    pairs += list(zip(("ID", "VERSION_ID"), plain, strict=False))
    return "".join(f'{key}="{value}"\n' for key, value in pairs)
