"""All facts of one machine."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from loader.facts.distribution import Distribution, distribution
from loader.facts.fact import Fact
from loader.facts.kernel_facts import KernelFacts, kernel_facts
from loader.facts.platform import Platform, platforms
from loader.facts.process_facts import ProcessFacts, process_facts
from loader.kernel_calls import Answer
from loader.machine import Machine

ABILITIES = {
    "ring_buffer": "BPF ring buffer",
    "tracing_program": "BPF program of type tp_btf",
    "raw_tracepoint_program": "BPF program at raw tracepoints",
    "tracepoint_program": "BPF program at tracepoints",
    "perf_buffer": "perf buffer",
    "trace_child": "tracing (ptrace)",
}


@dataclass(frozen=True)
class Facts:
    """What the loader knows. `abilities` are answers of the running kernel; none for another one."""

    machine: Machine
    kernel: KernelFacts
    process: ProcessFacts
    distribution: Distribution
    platforms: list[Platform]
    abilities: dict[str, Answer]

    def is_on(self, name: str) -> Platform | None:
        """Return the platform of that name when the machine is one."""
        return next((platform for platform in self.platforms if platform.name == name), None)

    def ability(self, name: str) -> Answer:
        """Return the kernel's answer; for a kernel that does not run, that it could not be asked."""
        return self.abilities.get(name, Answer(ABILITIES[name], None))

    def listing(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, value and evidence of every fact."""
        kernel = self.machine.kernel
        runs = "uname(2)" if self.machine.runs else "the command line: it does not run here"
        yield "kernel release", kernel.release, runs
        yield "kernel version", kernel.version, runs
        yield "architecture", kernel.arch, runs
        titles = {
            "config": "kernel configuration",
            "btf": "BTF",
            "headers": "kernel headers",
            "modules": "kernel modules",
        }
        yield from self._group(self.kernel, titles)
        for name, answer in self.abilities.items():
            yield ABILITIES[name], "works" if answer.works else "refused", answer.sentence
        yield from self._group(self.process, {})
        yield "distribution", self.distribution.title, self.distribution.identity.evidence
        target = self.distribution.target.value
        if target is not None:
            text = f"{target.name}, release {target.release}, version {target.version}"
            yield "target", text, self.distribution.target.evidence
        for platform in self.platforms:
            yield "platform", platform.title, platform.evidence

    @staticmethod
    def _group(group: KernelFacts | ProcessFacts, titles: dict[str, str]) -> Iterator[tuple[str, str, str]]:
        for each in dataclasses.fields(group):
            fact = getattr(group, each.name)
            if isinstance(fact, Fact):
                yield titles.get(each.name, each.name.replace("_", " ")), _shown(fact.value), fact.evidence


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if isinstance(value, dict):
        return f"{len(value)} options"
    return str(value) or "no"


def gather(machine: Machine) -> Facts:
    """Find everything out."""
    found = distribution(machine)
    abilities = {name: getattr(machine.calls, name)() for name in ABILITIES} if machine.runs else {}
    return Facts(
        machine,
        kernel_facts(machine),
        process_facts(machine),
        found,
        platforms(machine, found),
        abilities,
    )
