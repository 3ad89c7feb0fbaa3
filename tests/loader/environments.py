"""Machines as the loader sees them, in short: what os-release, uname, a few files and the kernel's answers say of each.

Each cites where its expectation is from: a line of the reference (`driver_loader.md`, by a part of the line), or the
documentation or source of who makes the platform.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field

ALL = ("modern_ebpf", "ebpf", "kmod", "pdig")
NO_MODULE = ("modern_ebpf", "ebpf", "pdig")
X86, ARM = "x86_64", "aarch64"

ROOT = 0x1FFFFFFFFFF
DOCKER = 0xA80425FB
"""What Docker gives a container: neither CAP_SYS_ADMIN nor CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE or CAP_SYS_MODULE."""
LEAST = 1 << 39 | 1 << 38 | 1 << 24 | 1 << 19
"""BPF, PERFMON, SYS_RESOURCE and SYS_PTRACE."""

EC2 = {"/sys/class/dmi/id/sys_vendor": "Amazon EC2"}
GCE = {"/sys/class/dmi/id/product_name": "Google Compute Engine", "/sys/class/dmi/id/sys_vendor": "Google"}
AZURE = {
    "/sys/class/dmi/id/chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77",
    "/sys/class/dmi/id/sys_vendor": "Microsoft Corporation",
    "/sys/class/dmi/id/product_name": "Virtual Machine",
}
TRACEFS = {"/sys/kernel/tracing/events/raw_syscalls/sys_exit/id": "22"}
POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
KUBELET = {"/var/lib/kubelet/config.yaml": "kind: KubeletConfiguration"}

EFI = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
SECURE = {EFI: "\x06\0\0\0\x01", "/sys/kernel/security/lockdown": "none [integrity] confidentiality"}

# Where the reference and the vendors say it.
ORDER = 'Order used by "auto"'
LIMITS = "kmod = release >= 3.10 amd64 / 3.16 arm64"
MODERN = "modern_ebpf supported = kernel accepts a TRACING program"
NO_OS_RELEASE = "No os-release: check files debian_version"
MINIKUBE = "forces minikube"
UBUNTU, DEBIAN, OTHER = "|ubuntu|ubuntu-<flavor>", "|debian|debian|if uname -v", "|any other|ID|as is|"
CENTOS, RHEL, AMAZON, ORACLE = "|centos|centos|", "|rhel|rhel|", "|amzn|amazonlinux2", "|ol|ol|"
FLATCAR, TALOS, BOTTLEROCKET, COS = (
    "|flatcar|flatcar|",
    "|talos|talos|",
    "|bottlerocket|bottlerocket|",
    "|cos|cos (needs",
)
NEVER_COS, UEK = "COS never kmod", 'Oracle Linux skips kmod when release contains "uek"'
RAW_TRACEPOINT = "https://man7.org/linux/man-pages/man2/bpf.2.html"
RING_BUFFER = "https://docs.kernel.org/bpf/ringbuf.html"
CAPABILITIES = "https://man7.org/linux/man-pages/man7/capabilities.7.html"
LOCKDOWN = "https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html"
EC2_IDENTITY = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html"
GCE_IDENTITY = "https://cloud.google.com/compute/docs/instances/detect-compute-engine"
AZURE_IDENTITY = "https://github.com/canonical/cloud-init/blob/main/cloudinit/sources/azure/identity.py"
FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html"
IBM_IDENTITY = "https://github.com/coroot/coroot-node-agent/blob/main/node/metadata/metadata.go"
SIGNED = (
    "https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/10/html/managing_monitoring_and_updating_the_kernel/"
    "requirements-for-authenticating-kernel-modules-with-x-509-keys"
)
YAMA = "https://docs.kernel.org/admin-guide/LSM/Yama.html"
VIRT = "https://github.com/systemd/systemd/blob/main/src/basic/virt.c"


@dataclass(frozen=True)
class Environment:
    """One machine, and what is expected of the loader there."""

    name: str
    os_release: str
    """As `ID VERSION_ID KEY=VALUE …`; empty for none."""
    uname: tuple[str, str, str]
    order: tuple[str, ...]
    driver: str | None
    """The first of the order that nothing known rules out."""
    platform: str
    file: str
    """The module's name in a repository; empty when none can be asked for."""
    cites: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    """Part of a reason against a driver -> that driver is impossible or left out for it."""
    btf: bool = True
    modules: bool = True
    refuses: Mapping[str, int] = field(default_factory=dict)
    """Answers of this kernel that differ from those of its release."""
    capabilities: int = ROOT
    container: bool = False
    """The host's files lie below HOST_ROOT."""


def env(
    name: str,
    os_release: str,
    release: str,
    version: str,
    target: str,
    *cites: str,
    arch: str = X86,
    order: tuple[str, ...] = ALL,
    driver: str | None = "modern_ebpf",
    platform: str = "bare_metal",
    **more: object,
) -> Environment:
    """Make one; `target` is `NAME RELEASE VERSION`, with - for a release that is as it is."""
    file = ""
    if target:
        distribution, kernel, number = target.split(" ")
        file = f"agent_probe_{distribution}_{release if kernel == '-' else kernel}_{number}.ko"
    return Environment(name, os_release, (release, version, arch), order, driver, platform, file, cites, **more)  # type: ignore[arg-type]


NO_BTF = "BTF is missing"
LOCKED = "a kernel in lockdown takes no module"

# A row to a machine; the formatter would make five lines of each row's every line.
# fmt: off
ENVIRONMENTS = (
    # --- Ubuntu
    env("ubuntu 22.04", "ubuntu 22.04", "5.15.0-91-generic", "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023",
        "ubuntu-generic - 101", UBUNTU, ORDER, MODERN),
    env("ubuntu 22.04, hardware enablement", "ubuntu 22.04", "6.2.0-26-generic",
        "#26~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC",
        "ubuntu-generic - 26~22.04.1", UBUNTU),
    env("ubuntu on EC2", "ubuntu 22.04", "6.5.0-1014-aws", "#14~22.04.1-Ubuntu SMP Thu Nov 16 2023",
        "ubuntu-aws - 14~22.04.1", UBUNTU, EC2_IDENTITY, platform="ec2", files=EC2),
    env("ubuntu node of EKS, from a pod", "ubuntu 20.04", "5.15.0-1051-aws", "#56~20.04.1-Ubuntu SMP Tue Nov 28 2023",
        "ubuntu-aws - 56~20.04.1", UBUNTU, EC2_IDENTITY, platform="eks", files=EC2, environment=POD, container=True),
    env("ubuntu node of AKS", "ubuntu 22.04", "5.15.0-1051-azure", "#59-Ubuntu SMP Mon Nov 27 2023",
        "ubuntu-azure - 59", UBUNTU, AZURE_IDENTITY, platform="aks", container=True,
        files={**AZURE, "/etc/kubernetes/azure.json": "{}"}),
    env("ubuntu on Azure", "ubuntu 22.04", "6.2.0-1018-azure", "#18~22.04.1-Ubuntu SMP Tue Nov 21 2023",
        "ubuntu-azure - 18~22.04.1", UBUNTU, AZURE_IDENTITY, platform="azure", files=AZURE),
    env("ubuntu node of GKE, from a pod", "ubuntu 22.04", "5.15.0-1048-gke", "#53-Ubuntu SMP Fri Nov 17 2023",
        "ubuntu-gke - 53", UBUNTU, GCE_IDENTITY, platform="gke", files=GCE, environment=POD, container=True),
    env("ubuntu with Secure Boot", "ubuntu 22.04", "5.15.0-91-generic", "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023",
        "ubuntu-generic - 101", UBUNTU, LOCKDOWN, order=NO_MODULE, files=SECURE, says={LOCKED: "kmod"}),
    env("ubuntu 20.04, without BTF", "ubuntu 20.04", "5.4.0-169-generic",
        "#187-Ubuntu SMP Thu Nov 23 14:52:28 UTC 2023",
        "ubuntu-generic - 187", UBUNTU, MODERN, RING_BUFFER, btf=False, driver="ebpf", says={NO_BTF: "modern_ebpf"}),
    env("ubuntu 18.04, before raw tracepoints", "ubuntu 18.04", "4.15.0-213-generic", "#224-Ubuntu SMP Mon Jun 19 2023",
        "ubuntu-generic - 224", UBUNTU, RAW_TRACEPOINT, btf=False, driver="ebpf", files=TRACEFS,
        says={"no BPF ring buffer": "modern_ebpf"}),
    env("ubuntu 18.04, before raw tracepoints, no tracefs", "ubuntu 18.04", "4.15.0-213-generic", "#224-Ubuntu SMP",
        "ubuntu-generic - 224", UBUNTU, "https://docs.kernel.org/trace/ftrace.html", btf=False, driver="kmod",
        says={"tracefs is not mounted": "ebpf"}),
    env("ubuntu 16.04, before eBPF will do", "ubuntu 16.04", "4.4.0-210-generic", "#242-Ubuntu SMP Fri Apr 16 2021",
        "ubuntu-generic - 242", UBUNTU, LIMITS, btf=False, driver="kmod", says={"older than 4.14": "ebpf"}),
    env("ubuntu on a Raspberry Pi", "ubuntu 22.04", "5.15.0-1044-raspi", "#47-Ubuntu SMP PREEMPT Tue Nov 21 2023",
        "ubuntu-raspi - 47", UBUNTU, LIMITS, arch=ARM),
    env("ubuntu, a kernel without a flavour", "ubuntu 22.04", "6.6.8", "#1 SMP PREEMPT_DYNAMIC Thu Dec 21 2023",
        "ubuntu-generic - 1", UBUNTU),
    # --- Debian
    env("debian 12", "debian 12", "6.1.0-18-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", DEBIAN),
    env("debian 12, cloud kernel, on Google's cloud", "debian 12", "6.1.0-18-cloud-amd64",
        "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", "debian 6.1.76-1-cloud-amd64 1", DEBIAN, GCE_IDENTITY,
        platform="gce", files=GCE),
    env("debian 11, real time kernel", "debian 11", "5.10.0-28-rt-amd64",
        "#1 SMP PREEMPT_RT Debian 5.10.209-2 (2024-01-31)", "debian 5.10.209-2-rt-amd64 1", DEBIAN),
    env("debian 12 on arm64", "debian 12", "6.1.0-18-arm64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-arm64 1", DEBIAN, LIMITS, arch=ARM),
    env("debian with a kernel of one's own", "debian 12", "6.18.44-fc-v595", "#1 SMP PREEMPT_DYNAMIC @0",
        "debian - generic", DEBIAN),
    env("debian 9, without os-release", "", "4.9.0-19-amd64", "#1 SMP Debian 4.9.320-2 (2022-06-30)",
        "debian 4.9.320-2-amd64 1", DEBIAN, NO_OS_RELEASE, btf=False, driver="kmod",
        files={"/etc/debian_version": "9.13"}),
    # --- Red Hat and its kin
    env("rhel 9", "rhel 9.3", "5.14.0-362.8.1.el9_3.x86_64", "#1 SMP PREEMPT_DYNAMIC Tue Oct 3 11:12:36 EDT 2023",
        "rhel - generic", RHEL),
    env("rhel 8, with what was taken back into 4.18", "rhel 8.9", "4.18.0-513.5.1.el8_9.x86_64",
        "#1 SMP Fri Sep 29 2023",
        "rhel - generic", RHEL, MODERN, refuses={"ring_buffer": 0, "tracing_program": 0}),
    env("rhel 8, first release", "rhel 8.0", "4.18.0-80.el8.x86_64", "#1 SMP Wed Mar 13 12:02:46 UTC 2019",
        "rhel - generic", RHEL, RAW_TRACEPOINT, btf=False, driver="ebpf", says={NO_BTF: "modern_ebpf"}),
    env("rhel, without os-release", "", "3.10.0-123.el7.x86_64", "#1 SMP Mon May 5 11:16:57 EDT 2014",
        "rhel - generic", RHEL, NO_OS_RELEASE, LIMITS, btf=False, driver="kmod",
        files={"/etc/redhat-release": "RHEL 7.0"}),
    env("centos 7", "centos 7", "3.10.0-1160.el7.x86_64", "#1 SMP Mon Oct 19 16:18:59 UTC 2020",
        "centos - generic", CENTOS, LIMITS, btf=False, driver="kmod"),
    env("centos 6, too old for all but pdig", "", "2.6.32-754.el6.x86_64", "#1 SMP Tue Jun 19 21:26:04 UTC 2018",
        "centos - generic", CENTOS, NO_OS_RELEASE, LIMITS, btf=False, driver="pdig", says={"older than 3.10": "kmod"},
        files={"/etc/centos-release": "CentOS release 6.10 (Final)"}),
    env("arm64 before 3.16", "centos 7", "3.10.0-957.aarch64", "#1 SMP Thu Nov 8 23:39:32 UTC 2018",
        "centos - generic", CENTOS, LIMITS, arch=ARM, btf=False, driver="pdig", says={"older than 3.16": "kmod"}),
    env("rocky 9", "rocky 9.3", "5.14.0-362.13.1.el9_3.x86_64", "#1 SMP PREEMPT_DYNAMIC Wed Dec 13 2023", "rocky - 1",
        OTHER),
    env("almalinux 9", "almalinux 9.3", "5.14.0-362.8.1.el9_3.x86_64", "#1 SMP PREEMPT_DYNAMIC 2023", "almalinux - 1",
        OTHER),
    env("fedora 39", "fedora 39", "6.6.8-200.fc39.x86_64", "#1 SMP PREEMPT_DYNAMIC Thu Dec 21 2023", "fedora - 1",
        OTHER),
    env("oracle 8, unbreakable kernel", "ol 8.9", "5.15.0-200.131.27.el8uek.x86_64", "#2 SMP Mon Nov 27 2023",
        "ol - generic", ORACLE, UEK, order=NO_MODULE, says={"Unbreakable Enterprise Kernel": "kmod"}),
    env("oracle 7, unbreakable kernel without BTF", "ol 7.9", "4.14.35-2047.el7uek.x86_64", "#2 SMP Wed Nov 8 2023",
        "ol - generic", ORACLE, UEK, order=NO_MODULE, btf=False, driver="ebpf", files=TRACEFS),
    env("oracle 9, kernel of Red Hat", "ol 9.3", "5.14.0-362.8.1.el9_3.x86_64", "#1 SMP PREEMPT_DYNAMIC 2023",
        "ol - generic", ORACLE, ORDER),
    # --- Amazon
    env("amazon 2", "amzn 2", "5.10.199-190.747.amzn2.x86_64", "#1 SMP Sat Nov 4 16:55:14 UTC 2023",
        "amazonlinux2 - generic", AMAZON, EC2_IDENTITY, platform="ec2", files=EC2),
    env("amazon 2022", "amzn 2022", "5.15.73-45.135.amzn2022.x86_64", "#1 SMP Tue Oct 25 2022",
        "amazonlinux2022 - generic", AMAZON, platform="ec2", files=EC2),
    env("amazon 2023 node of EKS", "amzn 2023", "6.1.66-91.160.amzn2023.x86_64", "#1 SMP Wed Dec 13 2023",
        "amazonlinux2023 - generic", AMAZON, EC2_IDENTITY, platform="eks", files={**EC2, **KUBELET}),
    env("amazon 1", "amzn 2018.03", "4.14.336-180.566.amzn1.x86_64", "#1 SMP Sat Jan 20 2024",
        "amazonlinux - generic", AMAZON, platform="ec2", files={**EC2, **TRACEFS}, btf=False, driver="ebpf"),
    env("EC2 on Xen", "amzn 2", "4.14.330-250.540.amzn2.x86_64", "#1 SMP Tue Nov 7 2023", "amazonlinux2 - generic",
        AMAZON, EC2_IDENTITY, platform="ec2",
        files={**TRACEFS, "/sys/hypervisor/uuid": "ec2e1916-9099-7caf-fd21-012345abcdef"},
        btf=False, driver="ebpf"),
    env("container of ECS on EC2", "amzn 2", "5.10.199-190.747.amzn2.x86_64", "#1 SMP Sat Nov 4 2023",
        "amazonlinux2 - generic",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint.html",
        platform="ecs", files=EC2, container=True,
        environment={"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/0", "AWS_EXECUTION_ENV": "AWS_ECS_EC2"}),
    env("Fargate, of ECS", "amzn 2", "5.10.199-190.747.amzn2.x86_64", "#1 SMP Sat Nov 4 2023", "amazonlinux2 - generic",
        FARGATE, order=("pdig",), driver="pdig", platform="fargate", capabilities=DOCKER | 1 << 19,
        environment={"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/0"},
        says={"no capability but CAP_SYS_PTRACE": "kmod", "lacks CAP_BPF and CAP_PERFMON": "modern_ebpf"}),
    env("Fargate, of EKS", "debian 12", "5.10.199-190.747.amzn2.x86_64", "#1 SMP Sat Nov 4 2023", "debian - generic",
        FARGATE, "https://docs.aws.amazon.com/eks/latest/userguide/fargate.html", order=("pdig",), driver="pdig",
        platform="fargate", capabilities=DOCKER,
        environment={**POD, "AGENT_K8S_NODE_NAME": "fargate-ip-192-168-1-2.eu-west-1.compute.internal"}),
    # --- Made for containers
    env("COS node of GKE", "cos 105 BUILD_ID=17412.226.52", "5.15.133+", "#1 SMP Sat Dec 30 13:01:38 UTC 2023",
        "cos - generic", COS, NEVER_COS, GCE_IDENTITY, order=NO_MODULE, platform="cos", files={**GCE, **KUBELET},
        container=True, environment=POD, says={"LoadPin": "kmod"}),
    env("COS without BUILD_ID", "cos 105", "5.15.133+", "#1 SMP Sat Dec 30 13:01:38 UTC 2023", "", COS, NEVER_COS,
        order=NO_MODULE, platform="cos", files=GCE),
    env("flatcar", "flatcar 3602.2.0", "5.15.136-flatcar", "#1 SMP Mon Oct 23 2023", "flatcar 3602.2.0 generic",
        FLATCAR,
        platform="flatcar"),
    env("minikube", "buildroot 2021.02.12", "5.10.57", "#1 SMP Thu Jun 16 21:14:19 UTC 2022", "minikube - 1_1.26.0",
        "|minikube|minikube|as is|", MINIKUBE, platform="minikube", files={"/etc/VERSION": "v1.26.0-1655407986-14197"}),
    env("minikube, without os-release", "", "5.10.57", "#1 SMP Thu Jun 16 2022", "minikube - 1_1.31.2",
        "|minikube|minikube|as is|", NO_OS_RELEASE, platform="minikube", files={"/etc/VERSION": "v1.31.2"}),
    env("talos", "talos 1.6.0", "6.1.67-talos", "#1 SMP PREEMPT_DYNAMIC Mon Dec 11 2023", "talos - 1_1.6.0", TALOS,
        "https://docs.siderolabs.com/talos/v1.14/build-and-extend-talos/custom-images-and-development/customizing-the-kernel",
        order=NO_MODULE, platform="talos", files={"/sys/module/module/parameters/sig_enforce": "Y"},
        says={"signed with the key of the build": "kmod"}),
    env("bottlerocket node of EKS", "bottlerocket 1.16.1 VARIANT_ID=aws-k8s-1.28", "6.1.59",
        "#1 SMP PREEMPT_DYNAMIC 2023",
        "bottlerocket - 1_1.16.1-aws", BOTTLEROCKET,
        "https://github.com/bottlerocket-os/bottlerocket/blob/develop/SECURITY_FEATURES.md", order=NO_MODULE,
        platform="bottlerocket", says={"Bottlerocket is locked down": "kmod"}, container=True, environment=POD,
        files={**EC2, "/sys/kernel/security/lockdown": "none [integrity] confidentiality"}),
    env("bottlerocket on VMware", "bottlerocket 1.16.1 VARIANT_ID=vmware-k8s-1.28", "6.1.59", "#1 SMP PREEMPT_DYNAMIC",
        "bottlerocket - 1_1.16.1-vmware", BOTTLEROCKET, VIRT, order=NO_MODULE, platform="bottlerocket",
        files={"/sys/class/dmi/id/sys_vendor": "VMware, Inc."}),
    env("openshift", "rhcos 4.13 OPENSHIFT_VERSION=4.13", "5.14.0-284.41.1.el9_2.x86_64", "#1 SMP PREEMPT_DYNAMIC 2023",
        "rhcos - 1", OTHER, "https://github.com/openshift/os/issues/372",
        platform="openshift", container=True, environment=POD),
    env("openshift 4.19, called rhel", "rhel 9.6 OPENSHIFT_VERSION=4.19", "5.14.0-570.12.1.el9_6.x86_64", "#1 SMP 2025",
        "rhel - generic", RHEL, "https://github.com/openshift/enhancements/pull/1755", platform="openshift",
        container=True,
        environment=POD),
    env("kind, from a pod", "debian 12", "6.5.0-14-generic", "#14~22.04.1-Ubuntu SMP PREEMPT_DYNAMIC",
        "debian - generic", "https://github.com/kubernetes-sigs/kind/blob/main/images/node/README.md", DEBIAN,
        order=NO_MODULE, platform="kind", container=True, environment=POD, files={"/kind/version": "v1.29.0"},
        says={"one agent at a time": "kmod"}),
    env("IBM's cloud, Kubernetes", "ubuntu 22.04", "5.15.0-91-generic", "#101-Ubuntu SMP", "ubuntu-generic - 101",
        UBUNTU,
        IBM_IDENTITY, platform="iks", files={**KUBELET,
        "/sys/class/dmi/id/chassis_vendor": "IBM:Cloud Compute Server 1.0:bx2-2x8",
        "/sys/class/dmi/id/sys_vendor": "QEMU"}),
    env("IBM's cloud", "rhel 9.3", "5.14.0-362.8.1.el9_3.x86_64", "#1 SMP", "rhel - generic", RHEL, IBM_IDENTITY,
        platform="ibm",
        files={"/sys/class/dmi/id/chassis_vendor": "IBM:Cloud Compute Server 1.0:bx2-2x8"}),
    # --- Other distributions
    env("sles 15", "sles 15.5", "5.14.21-150500.55.39-default", "#1 SMP PREEMPT_DYNAMIC Tue Dec 5 2023", "sles - 1",
        OTHER),
    env("opensuse leap", "opensuse-leap 15.5", "5.14.21-150500.55.39-default", "#1 SMP PREEMPT_DYNAMIC",
        "opensuse-leap - 1", OTHER),
    env("arch", "arch", "6.6.8-arch1-1", "#1 SMP PREEMPT_DYNAMIC Thu, 21 Dec 2023 19:01:01 +0000", "arch - 1", OTHER),
    env("alpine", "alpine 3.19.0", "6.6.7-0-lts", "#1-Alpine SMP PREEMPT_DYNAMIC", "alpine - 1", OTHER),
    env("photon on VMware", "photon 5.0", "6.1.62-1.ph5", "#1-photon SMP PREEMPT_DYNAMIC", "photon - 1", OTHER, VIRT,
        platform="vm", files={"/sys/class/dmi/id/sys_vendor": "VMware, Inc."}),
    env("azure linux node of AKS", "azurelinux 3.0", "6.6.57.1-7.azl3", "#1 SMP PREEMPT_DYNAMIC", "azurelinux - 1",
        OTHER,
        AZURE_IDENTITY, platform="aks", files={**AZURE, **KUBELET}),
    env("an id in capitals", "Custom 1", "6.6.8", "#7 SMP", "custom - 7", OTHER,
        "os-release ID under host root (lower case)"),
    # --- Virtual machines and sandboxes
    env("VM of QEMU", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)", "debian 6.1.76-1-amd64 1",
        VIRT, platform="vm", files={"/sys/class/dmi/id/sys_vendor": "QEMU"}),
    env("VM of VirtualBox", "fedora 39", "6.6.8-200.fc39.x86_64", "#1 SMP", "fedora - 1", VIRT, platform="vm",
        files={"/sys/class/dmi/id/sys_vendor": "innotek GmbH", "/sys/class/dmi/id/product_name": "VirtualBox"}),
    env("VM of Hyper-V, not Azure", "ubuntu 22.04", "5.15.0-91-generic", "#101-Ubuntu SMP", "ubuntu-generic - 101",
        VIRT,
        platform="vm", files={"/sys/class/dmi/id/sys_vendor": "Microsoft Corporation",
        "/sys/class/dmi/id/product_name": "Virtual Machine"}),
    env("a laptop of Microsoft", "ubuntu 22.04", "5.15.0-91-generic", "#101-Ubuntu SMP", "ubuntu-generic - 101", VIRT,
        files={"/sys/class/dmi/id/sys_vendor": "Microsoft Corporation",
        "/sys/class/dmi/id/product_name": "Surface Pro"}),
    env("firecracker, no modules, locked down", "debian 12", "6.18.44", "#1 SMP PREEMPT_DYNAMIC @0", "debian - generic",
        "https://github.com/firecracker-microvm/firecracker/blob/main/src/vmm/src/acpi/mod.rs", LOCKDOWN,
        order=NO_MODULE,
        platform="firecracker", modules=False, says={"built without CONFIG_MODULES": "kmod", LOCKED: "kmod"},
        files={"/sys/firmware/acpi/tables/DSDT": "DSDT\0\0\0\0\2\0FIRECKFCVMDSDT",
               "/sys/kernel/security/lockdown": "none [integrity] confidentiality"}),
    env("WSL2", "ubuntu 22.04", "5.15.133.1-microsoft-standard-WSL2", "#1 SMP Thu Oct 5 21:02:42 UTC 2023",
        "ubuntu-microsoft - 1", UBUNTU, "https://github.com/microsoft/WSL2-Linux-Kernel", platform="wsl2"),
    env("gVisor", "debian 12", "4.4.0", "#1 SMP Sun Jan 10 15:06:54 PST 2016", "debian - generic",
        "https://gvisor.dev/docs/user_guide/compatibility/amd64/", order=("pdig",), driver="pdig", platform="gvisor",
        btf=False, modules=False, refuses={"tracepoint_program": errno.ENOSYS, "perf_buffer": errno.ENOSYS},
        says={"gVisor answers system calls itself": "ebpf"}),
    # --- What the process may do
    env("container with Docker's capabilities", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", CAPABILITIES, capabilities=DOCKER, driver="pdig", container=True,
        files={"/.dockerenv": ""}, says={"lacks CAP_SYS_MODULE and CAP_SYS_ADMIN": "kmod"}),
    env("container with the least that modern eBPF needs", "debian 12", "6.1.0-18-amd64",
        "#1 SMP Debian 6.1.76-1 (2024-02-01)", "debian 6.1.76-1-amd64 1",
        "capabilities BPF, SYS_RESOURCE, PERFMON, SYS_PTRACE", capabilities=LEAST, container=True,
        files={"/.dockerenv": ""}, says={"lacks CAP_SYS_MODULE and CAP_SYS_ADMIN": "kmod"}),
    env("rootless container", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", "https://man7.org/linux/man-pages/man7/user_namespaces.7.html", driver="pdig",
        files={"/proc/self/uid_map": "0 1000 1\n1 100000 65536"}, says={"user namespace of its own": "modern_ebpf"}),
    env("seccomp filter that forbids bpf", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", "https://docs.docker.com/engine/security/seccomp/", driver="kmod", container=True,
        refuses=dict.fromkeys(("ring_buffer", "tracing_program", "raw_tracepoint_program", "tracepoint_program",
                               "perf_buffer"), errno.EPERM),
        files={"seccomp": "2"}, says={"a seccomp filter is the likely reason": "modern_ebpf"}),
    env("modules switched off, no BTF", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", "https://docs.kernel.org/admin-guide/sysctl/kernel.html", btf=False, driver="ebpf",
        files={"/proc/sys/kernel/modules_disabled": "1"}, says={"switched off until the next boot": "kmod"}),
    env("nothing at all: Yama, and no capability", "debian 12", "6.1.0-18-amd64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-amd64 1", YAMA, CAPABILITIES, capabilities=0, driver=None,
        files={"/proc/sys/kernel/yama/ptrace_scope": "3"}, says={"Yama lets nobody trace": "pdig"}),
    env("lockdown for confidentiality", "fedora 39", "6.6.8-200.fc39.x86_64", "#1 SMP", "fedora - 1", LOCKDOWN,
        order=NO_MODULE, files={"/sys/kernel/security/lockdown": "none integrity [confidentiality]"},
        says={LOCKED: "kmod"}),
    env("module.sig_enforce on the kernel's command line", "rhel 9.3", "5.14.0-362.8.1.el9_3.x86_64", "#1 SMP",
        "rhel - generic", RHEL, SIGNED, order=NO_MODULE, files={"/sys/module/module/parameters/sig_enforce": "Y"},
        says={"takes signed modules alone": "kmod"}),
    env("an architecture without a module", "debian 12", "6.1.0-18-riscv64", "#1 SMP Debian 6.1.76-1 (2024-02-01)",
        "debian 6.1.76-1-riscv64 1", LIMITS, arch="riscv64", says={"x86_64 and aarch64 only": "kmod"}),
    env("os-release that names a path", "ID=../../etc", "6.6.8", "#7 SMP", "", NO_OS_RELEASE),
    env("no mark of a distribution", "", "6.6.8", "#7 SMP", "", NO_OS_RELEASE),
)
# fmt: on
