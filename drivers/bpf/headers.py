"""Where the kernel's types come from: its headers, or a vmlinux.h made from its BTF; what the compiler is told."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from drivers.bpf.probe import ProbeError

ARCHITECTURES = {"x86_64": ("x86", "x86"), "aarch64": ("arm64", "arm64")}
"""Machine -> folder in the kernel's tree, and name in our sources."""

HEADERS_PACKAGE = (
    "install the package of its headers (Debian, Ubuntu: linux-headers-{release}; Fedora, RHEL: kernel-devel)"
)


def machine_names() -> tuple[str, str]:
    """Return how the kernel's tree and our sources call this machine's architecture."""
    machine = platform.machine()
    try:
        return ARCHITECTURES[machine]
    except KeyError:
        raise ProbeError(
            f"The classic eBPF probe is not known on {machine}, only on {', '.join(ARCHITECTURES)}."
        ) from None


@dataclass(frozen=True)
class Headers:
    """The headers of one kernel: the folder that it was configured in, and that of its sources (often the same)."""

    build: Path
    source: Path

    def folders(self) -> list[Path]:
        """Return where to look for headers, in the order of the kernel's own Makefile."""
        arch = f"arch/{machine_names()[0]}/include"
        return [
            self.source / arch,
            self.build / arch / "generated",
            self.source / "include",
            self.build / "include",
            self.source / arch / "uapi",
            self.build / arch / "generated/uapi",
            self.source / "include/uapi",
            self.build / "include/generated/uapi",
        ]

    def first(self) -> list[Path]:
        """Return what is included before everything. The second file is of 4.15 (d15155824c50)."""
        named = [self.source / "include/linux" / name for name in ("kconfig.h", "compiler_types.h")]
        return [path for path in named if path.exists()]


def find_headers(release: str, folder: Path | None) -> Headers:
    """Return the headers in a folder, or those installed for a kernel. Raises ProbeError when there are none."""
    build = folder or Path("/lib/modules", release, "build")
    if not (build / "include/generated/autoconf.h").exists():
        said = f"{build} has no headers of a configured kernel" if build.exists() else f"{build} does not exist"
        raise ProbeError(
            f"There are no headers of kernel {release}: {said}. Either {HEADERS_PACKAGE.format(release=release)}, or "
            "build from type information: bpftool btf dump file /sys/kernel/btf/vmlinux format c > vmlinux.h, "
            "then `build --vmlinux-h vmlinux.h --output probe.o` and `load --object probe.o`."
        )
    build = build.resolve()
    for source in (build, build / "source", *_named_by_makefile(build)):
        if (source / "include/linux/sched.h").exists():
            return Headers(build, source.resolve())
    raise ProbeError(f"The headers in {build} lack the part that kernels share (include/linux/sched.h): {release}.")


def _named_by_makefile(build: Path) -> list[Path]:
    """Debian splits the headers: the Makefile of one kernel's folder includes that of the common one, its neighbour."""
    try:
        text = (build / "Makefile").read_text(errors="replace")
    except OSError:
        return []
    return [build.parent / name for name in re.findall(r"([\w.+~-]+)/Makefile\b", text)]


def version_code(release: str) -> int:
    """Return LINUX_VERSION_CODE of a release such as `6.1.0-56-amd64`."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", release)
    if found is None:
        raise ProbeError(f"{release} is not the release of a kernel, such as {os.uname().release}.")
    major, minor, patch = (int(number or 0) for number in found.groups())
    return (major << 16) + (minor << 8) + min(patch, 255)


def needs_plain(release: str) -> bool:
    """Whether a kernel has no raw tracepoints, so that the probe is compiled for plain ones (versions.h)."""
    return version_code(release) < version_code("4.17")


def vmlinux_flags(vmlinux_h: Path, release: str) -> list[str]:
    """Return what a compiler is to be told of a kernel that its types alone do not say. Raises ProbeError."""
    try:
        text = vmlinux_h.read_text(errors="replace")
    except OSError as error:
        raise ProbeError(f"{vmlinux_h} cannot be read: {error.strerror}.") from error
    if "struct task_struct {" not in text:
        raise ProbeError(f"{vmlinux_h} does not describe a kernel: it has no struct task_struct.")
    configured = {
        "CONFIG_AUDIT": "kuid_t loginuid;",
        "CONFIG_CPUSETS": "\tcpuset_cgrp_id =",
        "CONFIG_CGROUP_SCHED": "\tcpu_cgrp_id =",
        "CONFIG_CGROUP_CPUACCT": "\tcpuacct_cgrp_id =",
        "CONFIG_BLK_CGROUP": "\tio_cgrp_id =",
        "CONFIG_MEMCG": "\tmemory_cgrp_id =",
    }
    flags = [f"-D{name}" for name, shown_by in configured.items() if shown_by in text]
    if "struct fred_info {" in text:
        flags.append("-DTOP_OF_KERNEL_STACK_PADDING=16")
    return ["-DAGENT_VMLINUX", f"-DLINUX_VERSION_CODE={version_code(release)}", *flags]
