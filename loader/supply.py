"""Where a driver would come from: it is loaded already, or can be downloaded, or built from what is on the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.bpf import probe
from loader import names
from loader.acquisition import NotThisWay, Request
from loader.facts.gather import Facts
from loader.verdict import Obstacle

_COMPILERS = ("/usr/bin/gcc", "/usr/local/bin/gcc")
_DKMS = ("/usr/sbin/dkms", "/usr/bin/dkms")
_BCC = (
    "/usr/lib/python3/dist-packages/bcc",
    *(f"/usr/lib/python3.{minor}/site-packages/bcc" for minor in range(6, 15)),
)
_HEADERS_PACKAGES = {
    "debian": "apt-get install linux-headers-{release}",
    "ubuntu": "apt-get install linux-headers-{release}",
    "centos": "dnf install kernel-devel-{release}",
    "rhel": "dnf install kernel-devel-{release}",
    "fedora": "dnf install kernel-devel-{release}",
    "rocky": "dnf install kernel-devel-{release}",
    "almalinux": "dnf install kernel-devel-{release}",
    "amzn": "dnf install kernel-devel-{release}",
    "ol": "dnf install kernel-devel-{release}",
    "alpine": "apk add linux-headers",
    "arch": "pacman -S linux-headers",
    "opensuse-leap": "zypper install kernel-default-devel",
    "sles": "zypper install kernel-default-devel",
}
_REPO = "name a repository of prebuilt drivers with --repo URL (`agent-driver-loader publish` fills one)"


@dataclass(frozen=True)
class Supply:
    """Where a driver would come from; from nowhere when nothing is `ready` and there are no `ways`."""

    ready: str = ""
    """A sentence when nothing has to be obtained."""
    ways: Mapping[str, str] = field(default_factory=dict)
    """Name of a way -> what it would use."""
    lacking: tuple[Obstacle, ...] = ()
    """What keeps other ways closed."""

    @property
    def any(self) -> bool:
        """Whether it would come from somewhere."""
        return bool(self.ready or self.ways)


def supply(driver: str, facts: Facts, request: Request) -> Supply:
    """Say where a driver would come from, with nothing obtained and nobody asked."""
    if driver == "modern_ebpf":
        return Supply(ready="it is in the agent")
    if driver == "pdig":
        return Supply(ready="it is in the agent")
    loaded = _loaded(driver, facts)
    if loaded is not None:
        return Supply(ready=loaded)
    ways: dict[str, str] = {}
    lacking: list[Obstacle] = []
    if installed := _installed(driver, facts):
        ways["installed"] = installed
    if stored := _stored(driver, request):
        ways["stored"] = stored
    if request.download:
        if not request.repositories:
            lacking.append(Obstacle("there is no repository to download it from", "no --repo, no DRIVERS_REPO", _REPO))
        elif not request.target.known:
            evidence = facts.distribution.target.evidence
            lacking.append(
                Obstacle("prebuilt drivers are named after the distribution, which is not known", evidence, "")
            )
        else:
            ways["download"] = f"asked of {', '.join(request.repositories)}"
    if request.compile:
        missing = _missing_to_build(driver, facts, request)
        lacking += missing
        if not missing:
            headers = facts.kernel.headers.value or "headers that the package manager installs"
            ways["build"] = f"with {'DKMS' if driver == 'kmod' else 'bcc'} from {headers}"
    return Supply(ways=ways, lacking=tuple(lacking))


def _installed(driver: str, facts: Facts) -> str | None:
    if driver != "kmod":
        return None
    host = facts.machine.host
    modules = f"/lib/modules/{facts.machine.kernel.release}"
    for folder in ("updates/dkms", "updates", "extra", "kernel/extra"):
        for packing in ("", ".xz", ".zst", ".gz"):
            path = f"{modules}/{folder}/{names.MODULE}.ko{packing}"
            if host.exists(path):
                return f"{host.place(path)} is there"
    return None


def _stored(driver: str, request: Request) -> str | None:
    try:
        path = request.store / request.version / request.kernel.arch / names.file_name(driver, request.target)
    except NotThisWay:
        return None
    return f"{path} is there" if path.exists() else None


def _loaded(driver: str, facts: Facts) -> str | None:
    if not facts.machine.runs:
        return None
    own = facts.machine.own
    if driver == "kmod" and own.exists("/sys/module/agent_probe"):
        version = own.text("/sys/module/agent_probe/version")
        return (
            f"it is loaded: {own.place('/sys/module/agent_probe')} is there{f', version {version}' if version else ''}"
        )
    pins = f"{probe.PINS}/{probe.identity()}"
    if driver == "ebpf" and own.exists(pins):
        return f"it is loaded: {own.place(pins)} is there"
    return None


def _missing_to_build(driver: str, facts: Facts, request: Request) -> list[Obstacle]:
    missing = []
    identity = facts.distribution.identity.value or ""
    release = facts.machine.kernel.release
    if facts.kernel.headers.value is None and not request.install_headers:
        package = _HEADERS_PACKAGES.get(identity, "").format(release=release)
        remedy = f"{package}, or --download-headers" if package else "install the package of the kernel's headers"
        missing.append(
            Obstacle(f"there are no headers of kernel {release} to build from", facts.kernel.headers.evidence, remedy)
        )
    own = facts.machine.own
    needed = (
        (("DKMS", _DKMS, "dkms"), ("gcc", _COMPILERS, "gcc")) if driver == "kmod" else (("bcc", _BCC, "python3-bpfcc"),)
    )
    for name, paths, package in needed:
        if not any(own.exists(path) for path in paths):
            places = ", ".join(str(own.place(path)) for path in paths[:2])
            missing.append(Obstacle(f"{name} is not installed", f"none of {places} is there", f"install {package}"))
    return missing
