"""Which distribution the host runs, and what prebuilt drivers for it are named after.

The names and the kernel's release and version in them follow driverkit's scheme, so that a repository of prebuilt
drivers may be laid out as people know it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import distro

from loader.facts.fact import Fact
from loader.kernel import Kernel, Target
from loader.machine import MAX_BYTES, Machine

UNDETERMINED = "undetermined"
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
# Of systems from before os-release; the first that is there says which.
_OLDER = (
    ("/etc/debian_version", "debian"),
    ("/etc/centos-release", "centos"),
    ("/etc/redhat-release", "rhel"),
    ("/etc/VERSION", "minikube"),
)
_AMAZON = {"2": "amazonlinux2", "2022": "amazonlinux2022", "2023": "amazonlinux2023"}
_GENERIC = frozenset({"centos", "rhel", "amzn", "ol", "cos", "flatcar"})
_DEBIAN_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Distribution:
    """`identity` is os-release's ID, lower case; `release` holds its other variables, named in lower case."""

    identity: Fact[str]
    release: Mapping[str, str]
    title: str
    target: Fact[Target]


def distribution(machine: Machine) -> Distribution:
    """Find out the distribution and the target."""
    release, place = _os_release(machine)
    identity = _identity(machine, release, place)
    title = release.get("pretty_name") or release.get("name") or identity.value or UNDETERMINED
    return Distribution(identity, release, title, _target(machine, identity, release))


def _os_release(machine: Machine) -> tuple[Mapping[str, str], str]:
    for path in _OS_RELEASE:
        real = machine.host.resolve(path)
        try:
            small = 0 < real.stat().st_size <= MAX_BYTES and real.is_file()
        except OSError:
            continue
        if small:
            found = distro.LinuxDistribution(
                include_lsb=False,
                include_uname=False,
                include_oslevel=False,
                os_release_file=str(real),
                distro_release_file="/dev/null",
            )
            try:
                return found.os_release_info(), str(machine.host.place(path))
            except (ValueError, OSError):
                # No text, or quotes that do not end: as good as none.
                continue
    return {}, ""


def _identity(machine: Machine, release: Mapping[str, str], place: str) -> Fact[str]:
    minikube = machine.host.text("/etc/VERSION")
    if minikube is not None and _three_numbers(minikube):
        return Fact("minikube", f"{machine.host.place('/etc/VERSION')} holds a version, as on minikube alone")
    identity = release.get("id", "").lower()
    if identity:
        if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", identity):
            return Fact(identity, f"ID in {place}")
        return Fact(None, f"ID in {place} is no name of a distribution: {identity[:80]!r}")
    for path, name in _OLDER:
        if machine.host.exists(path):
            return Fact(name, f"{machine.host.place(path)} is there, and no os-release that names it")
    names = ", ".join(str(machine.host.place(path)) for path in (*_OS_RELEASE, *(path for path, _ in _OLDER)))
    return Fact(None, f"none of {names} says which distribution this is")


def _three_numbers(text: str) -> str | None:
    found = re.search(r"\d+\.\d+\.\d+", text)
    return found[0] if found else None


def _target(machine: Machine, identity: Fact[str], release: Mapping[str, str]) -> Fact[Target]:
    kernel = machine.kernel
    if identity.value is None:
        return Fact(Target(UNDETERMINED, kernel.release, _number(kernel.version)), identity.evidence)
    name = identity.value
    evidence = f"{identity.evidence} is {name}"
    version_id = _plain(release.get("version_id", ""))
    version = "generic" if name in _GENERIC else _number(kernel.version)
    found = Target(name, kernel.release, version)
    if name == "ubuntu":
        found = _ubuntu(kernel)
    elif name == "debian":
        found = _debian(kernel)
    elif name == "amzn":
        found = Target(_AMAZON.get(version_id, "amazonlinux"), kernel.release, version)
        evidence += f", VERSION_ID {version_id}"
    elif name == "cos" and not release.get("build_id"):
        return Fact(Target(UNDETERMINED, kernel.release, version), f"{evidence}, but there is no BUILD_ID")
    elif name == "flatcar":
        if not version_id:
            return Fact(Target(UNDETERMINED, kernel.release, version), f"{evidence}, but there is no VERSION_ID")
        found = Target(name, version_id, version)
        evidence += f", VERSION_ID {version_id} in the place of the kernel's release"
    elif name == "minikube":
        text = machine.host.text("/etc/VERSION") or ""
        minikube = _three_numbers(text)
        if minikube is None:
            return Fact(Target(UNDETERMINED, kernel.release, version), f"{evidence}, but it holds no version")
        found = Target(name, kernel.release, f"1_{minikube}")
    elif name == "talos":
        found = Target(name, kernel.release, f"1_{version_id}")
        evidence += f", VERSION_ID {version_id}"
    elif name == "bottlerocket":
        variant = _plain(release.get("variant_id", "")).partition("-")[0]
        found = Target(name, kernel.release, f"1_{version_id}-{variant}")
        evidence += f", VERSION_ID {version_id}, VARIANT_ID {release.get('variant_id', '')}"
    return Fact(found, evidence)


def _plain(value: str) -> str:
    """Return a value that may be part of a file name; empty when it may not."""
    return value if re.fullmatch(r"[\w.+~-]{1,64}", value, re.ASCII) else ""


def _number(version: str) -> str:
    """Return the number after # in `uname -v`; 1 when there is none."""
    found = re.search(r"#(\d+)", version)
    return found[1] if found else "1"


def _ubuntu(kernel: Kernel) -> Target:
    flavour = re.search(r"-([a-zA-Z]+)(-.*)?$", kernel.release)
    word = kernel.version.split(" ", 1)[0].removeprefix("#").removesuffix("-Ubuntu")
    name = f"ubuntu-{flavour[1] if flavour else 'generic'}"
    return Target(name, kernel.release, _plain(word) or _number(kernel.version))


def _debian(kernel: Kernel) -> Target:
    # A release there names the interface to modules, which several packages share; the package is in the version.
    package = re.search(r"\d+\.\d+\.\d+-\d+", kernel.version)
    if package is None:
        return Target("debian", kernel.release, "generic")
    flavour = re.search(r"-(rt-|cloud-)?(amd64|arm64)$", kernel.release)
    kind = (flavour[1] or "") if flavour else ""
    architecture = flavour[2] if flavour else _DEBIAN_ARCHITECTURES.get(kernel.arch, kernel.arch)
    return Target("debian", f"{package[0]}-{kind}{architecture}", "1")
