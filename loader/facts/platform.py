"""What the machine is: a cloud's, a cluster's, a sandbox, a virtual machine, or bare metal. No question leaves it.

Several hold at once (Container-Optimized OS on GKE on Google's cloud); the most particular stands first.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loader.facts.distribution import Distribution
from loader.machine import Machine

_DMI = "/sys/class/dmi/id"
# sys_vendor or product_name begins with it -> what runs the machine (systemd, src/basic/virt.c).
_HYPERVISORS = (
    ("KVM", "KVM"),
    ("QEMU", "QEMU"),
    ("VMware", "VMware"),
    ("VMW", "VMware"),
    ("innotek GmbH", "VirtualBox"),
    ("VirtualBox", "VirtualBox"),
    ("Oracle Corporation", "VirtualBox"),
    ("Xen", "Xen"),
    ("Bochs", "Bochs"),
    ("Parallels", "Parallels"),
    ("BHYVE", "bhyve"),
    ("Hyper-V", "Hyper-V"),
    ("Microsoft Corporation", "Hyper-V"),
    ("Apple Virtualization", "Apple Virtualization"),
    ("OpenStack", "OpenStack"),
    ("Nutanix", "Nutanix"),
    ("Red Hat", "KVM"),
)
_AZURE_ASSET_TAG = "7783-7084-3265-9085-8269-3286-77"
_GVISOR_VERSION = "#1 SMP Sun Jan 10 15:06:54 PST 2016"


@dataclass(frozen=True)
class Platform:
    """One thing that the machine is, as the platform table names it."""

    name: str
    title: str
    evidence: str


@dataclass(frozen=True)
class _Sight:
    """What the recognisers look at."""

    machine: Machine
    distribution: Distribution

    def dmi(self, name: str) -> str:
        return self.machine.own.text(f"{_DMI}/{name}") or ""

    def dmi_evidence(self, name: str) -> str:
        return f"{self.machine.own.place(f'{_DMI}/{name}')} is {self.dmi(name)[:80]}"

    def host_file(self, *paths: str) -> str | None:
        for path in paths:
            if self.machine.host.exists(path):
                return f"{self.machine.host.place(path)} is there"
        return None

    def variable(self, *names: str) -> str | None:
        found = next((name for name in names if self.machine.environment.get(name)), None)
        return f"the environment variable {found} is set" if found else None

    def kubernetes(self) -> str | None:
        return self.variable("KUBERNETES_SERVICE_HOST") or self.host_file("/var/lib/kubelet", "/etc/kubernetes")


def platforms(machine: Machine, distribution: Distribution) -> list[Platform]:
    """Return what the machine is, the most particular first; bare metal when nothing else is seen."""
    sight = _Sight(machine, distribution)
    found = [
        Platform(name, title, evidence)
        for name, title, recognise in _RECOGNISERS
        if (evidence := recognise(sight)) is not None
    ]
    return found or [Platform("bare_metal", "bare metal", _no_mark(sight))]


def titles() -> Iterator[tuple[str, str]]:
    """Yield the name and title of every platform that can be recognised."""
    for name, title, _recognise in _RECOGNISERS:
        yield name, title
    yield "bare_metal", "bare metal"


def _gvisor(sight: _Sight) -> str | None:
    kernel = sight.machine.kernel
    if "gvisor" in kernel.release.lower():
        return f"uname -r is {kernel.release}"
    if kernel.version == _GVISOR_VERSION:
        return f"uname -v is {kernel.version}, which gVisor always says"
    return None


def _fargate(sight: _Sight) -> str | None:
    if sight.machine.environment.get("AWS_EXECUTION_ENV") == "AWS_ECS_FARGATE":
        return "the environment variable AWS_EXECUTION_ENV is AWS_ECS_FARGATE"
    for name in ("AGENT_K8S_NODE_NAME", "FALCO_K8S_NODE_NAME", "NODE_NAME"):
        node = sight.machine.environment.get(name, "")
        if node.startswith("fargate-"):
            return f"the environment variable {name} is {node[:80]}: the nodes of EKS on Fargate are named so"
    return None


def _wsl(sight: _Sight) -> str | None:
    release = sight.machine.kernel.release
    return f"uname -r is {release}" if re.search(r"microsoft.*wsl2", release, re.IGNORECASE) else None


def _identity(name: str) -> "Callable[[_Sight], str | None]":
    def recognise(sight: _Sight) -> str | None:
        fact = sight.distribution.identity
        return f"{fact.evidence} is {name}" if fact.value == name else None

    return recognise


def _openshift(sight: _Sight) -> str | None:
    version = sight.distribution.release.get("openshift_version")
    if version:
        return f"os-release of the host has OPENSHIFT_VERSION {version[:40]}"
    return _identity("rhcos")(sight)


def _gce(sight: _Sight) -> str | None:
    return sight.dmi_evidence("product_name") if sight.dmi("product_name") == "Google Compute Engine" else None


def _ec2(sight: _Sight) -> str | None:
    if sight.dmi("sys_vendor").startswith("Amazon EC2"):
        return sight.dmi_evidence("sys_vendor")
    if sight.dmi("bios_version").endswith(".amazon"):
        return sight.dmi_evidence("bios_version")
    uuid = sight.machine.own.text("/sys/hypervisor/uuid") or ""
    if uuid.lower().startswith("ec2"):
        return f"{sight.machine.own.place('/sys/hypervisor/uuid')} begins with ec2"
    return None


def _azure(sight: _Sight) -> str | None:
    return sight.dmi_evidence("chassis_asset_tag") if sight.dmi("chassis_asset_tag") == _AZURE_ASSET_TAG else None


def _ibm(sight: _Sight) -> str | None:
    vendor = sight.dmi("chassis_vendor")
    return sight.dmi_evidence("chassis_vendor") if vendor.startswith("IBM:Cloud Compute Server") else None


def _cluster_on(cloud: "Callable[[_Sight], str | None]", *marks: str) -> "Callable[[_Sight], str | None]":
    def recognise(sight: _Sight) -> str | None:
        below = cloud(sight)
        cluster = (sight.host_file(*marks) if marks else None) or sight.kubernetes()
        return f"{below}, and {cluster}" if below and cluster else None

    return recognise


def _ecs(sight: _Sight) -> str | None:
    if sight.machine.environment.get("AWS_EXECUTION_ENV") == "AWS_ECS_FARGATE":
        return None
    found = sight.variable("ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI")
    return found or sight.host_file("/etc/ecs/ecs.config")


def _firecracker(sight: _Sight) -> str | None:
    tables = "/sys/firmware/acpi/tables"
    for name in ("DSDT", "FACP", "APIC"):
        # Bytes 10 to 15 of a table's header name who made it (ACPI 6.5, 5.2.6).
        header = (sight.machine.own.bytes(f"{tables}/{name}") or b"")[:36]
        if header[10:16] == b"FIRECK":
            return f"{sight.machine.own.place(f'{tables}/{name}')} was made by FIRECK"
    return None


def _virtual(sight: _Sight) -> str | None:
    for name in ("sys_vendor", "product_name", "board_vendor", "bios_vendor"):
        if _hypervisor(sight.dmi(name), sight):
            return sight.dmi_evidence(name)
    kind = sight.machine.own.text("/sys/hypervisor/type")
    if kind:
        return f"{sight.machine.own.place('/sys/hypervisor/type')} is {kind[:40]}"
    flags = re.search(r"^flags\s*:.*\bhypervisor\b", sight.machine.own.text("/proc/cpuinfo") or "", re.MULTILINE)
    return f"{sight.machine.own.place('/proc/cpuinfo')} has the flag hypervisor" if flags else None


def _hypervisor(text: str, sight: _Sight) -> str | None:
    for prefix, name in _HYPERVISORS:
        if text.startswith(prefix):
            # Microsoft and Red Hat also make machines, or are named as vendors of them.
            if prefix == "Microsoft Corporation" and sight.dmi("product_name") != "Virtual Machine":
                continue
            return name
    return None


def _no_mark(sight: _Sight) -> str:
    vendor = sight.dmi("sys_vendor")
    where = sight.machine.own.place(_DMI)
    return f"{where} names no hypervisor and no cloud{f' ({vendor[:60]})' if vendor else ''}"


_Recogniser = Callable[[_Sight], "str | None"]
_RECOGNISERS: tuple[tuple[str, str, _Recogniser], ...] = (
    ("gvisor", "gVisor", _gvisor),
    ("fargate", "AWS Fargate", _fargate),
    ("wsl2", "WSL2", _wsl),
    ("kind", "kind", lambda sight: sight.host_file("/kind/version")),
    ("minikube", "minikube", _identity("minikube")),
    ("openshift", "OpenShift (Red Hat CoreOS)", _openshift),
    ("cos", "Container-Optimized OS", _identity("cos")),
    ("bottlerocket", "Bottlerocket", _identity("bottlerocket")),
    ("talos", "Talos", _identity("talos")),
    ("flatcar", "Flatcar", _identity("flatcar")),
    ("gke", "Google Kubernetes Engine", _cluster_on(_gce)),
    ("eks", "Amazon EKS", _cluster_on(_ec2, "/etc/eks")),
    ("aks", "Azure Kubernetes Service", _cluster_on(_azure, "/etc/kubernetes/azure.json")),
    ("iks", "IBM Cloud Kubernetes Service", _cluster_on(_ibm)),
    ("ecs", "Amazon ECS on EC2", _ecs),
    ("gce", "Google Compute Engine", _gce),
    ("ec2", "Amazon EC2", _ec2),
    ("azure", "Microsoft Azure", _azure),
    ("ibm", "IBM Cloud", _ibm),
    ("firecracker", "Firecracker", _firecracker),
    ("vm", "virtual machine", _virtual),
)
