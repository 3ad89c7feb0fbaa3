"""Kernel packages from the mirror that this machine uses, without touching what its apt knows."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.vm.kernels import Source

DEBIAN_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# What makes up a kernel: since 7.x the image is an empty package that depends on two others.
KERNEL_PACKAGE = re.compile(r"linux-(?:image|binary|modules)-\d[^ ]*-amd64")
# What modules and bcc programs are built with, beside the headers of the flavour: those that all share, and the tools.
# The compiler that they also depend on is left out; headers.py makes them take the machine's.
HEADER_PACKAGE = re.compile(r"linux-headers-\d[^ ]*-common|linux-kbuild-\d[^ ]*")


class MirrorError(Exception):
    """The mirror did not give what was asked for. The text is a sentence for a person."""


@dataclass(frozen=True)
class Archive:
    """An archive as this machine's sources name it."""

    uri: str
    keyring: Path


def archives(apt: Path = Path("/etc/apt")) -> dict[str, Archive]:
    """Return the Debian archives of this machine's apt sources by the last part of their address."""
    found: dict[str, Archive] = {}

    def add(uri: str, signed_by: str) -> None:
        name = uri.rstrip("/").rpartition("/")[2]
        keyring = Path(signed_by) if signed_by.startswith("/") else DEBIAN_KEYRING
        found.setdefault(name, Archive(uri, keyring))

    for file in sorted([apt / "sources.list", *apt.glob("sources.list.d/*.list")]):
        for line in file.read_text().splitlines() if file.exists() else []:
            if match := re.match(r"deb\s+(?:\[([^]]*)]\s+)?(\S+)\s", line):
                signed_by = re.search(r"signed-by=(\S+)", match[1] or "")
                add(match[2], signed_by[1] if signed_by else "")
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            fields = dict(re.findall(r"^([A-Za-z-]+):\s*(.*)$", stanza, re.MULTILINE))
            if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes").lower() != "no":
                for uri in fields.get("URIs", "").split():
                    add(uri, fields.get("Signed-By", ""))
    return found


class Suite:
    """One suite of one archive, with an apt directory of its own below `folder`."""

    def __init__(self, source: Source, folder: Path) -> None:
        known = archives()
        if source.archive not in known:
            raise MirrorError(
                f"this machine's apt sources name no archive that ends in /{source.archive}, so {source.suite} cannot "
                f"be reached; they name {', '.join(sorted(known)) or 'none'}"
            )
        archive = known[source.archive]
        self.name = source.suite
        self._folder = folder
        for name in ("lists/partial", "archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        sources = folder / "sources.list"
        sources.write_text(f"deb [arch=amd64 signed-by={archive.keyring}] {archive.uri} {source.suite} main\n")
        settings = {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder,
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": 3,
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        }
        self._options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def update(self) -> None:
        """Fetch the suite's index."""
        self._run(["apt-get", "-qq", "update"], timeout=300)

    def kernel_packages(self) -> list[str]:
        """Return the packages that make up the newest stock kernel, empty when the suite has none."""
        wanted, seen = ["linux-image-amd64"], []
        while wanted:
            name = wanted.pop()
            found = [name for name in self._depends(name) if KERNEL_PACKAGE.fullmatch(name) and name not in seen]
            seen += found
            wanted += found
        return seen

    def header_packages(self, release: str) -> list[str]:
        """Return the packages that hold the headers of one kernel. Raises MirrorError when the suite has them not."""
        flavour = f"linux-headers-{release}"
        found = [name for name in self._depends(flavour) if HEADER_PACKAGE.fullmatch(name)]
        if len(found) != 2:
            raise MirrorError(f"{self.name} has no complete headers of {release}: {flavour} depends on {found}")
        return [flavour, *found]

    def with_dependencies(self, packages: list[str], without: re.Pattern[str]) -> list[str]:
        """Return packages and all that they depend on, without those that match and what only these depend on."""
        wanted, seen = list(packages), []
        while wanted:
            name = wanted.pop()
            if name not in seen and not without.fullmatch(name):
                seen.append(name)
                wanted += self._depends(name)
        return seen

    def download(self, packages: list[str]) -> list[Path]:
        """Download packages into the suite's folder and return the files. apt checks their signatures."""
        self._run(["apt-get", "-qq", "download", *packages], timeout=900)
        return [max(self._folder.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime) for name in packages]

    def _depends(self, package: str) -> list[str]:
        """Return what the newest version of a package depends on; of alternatives, the first."""
        text = self._run(["apt-cache", "--no-all-versions", "show", package], timeout=60, may_fail=True)
        depends = re.search(r"^Depends: (.*)$", text, re.MULTILINE)
        return [part.split()[0] for part in depends[1].split(",")] if depends else []

    def _run(self, command: list[str], timeout: float, may_fail: bool = False) -> str:
        line = [command[0], *self._options, *command[1:]]
        try:
            done = subprocess.run(line, cwd=self._folder, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise MirrorError(f"`{' '.join(command)}` for {self.name} took longer than {timeout:.0f} s") from None
        if done.returncode and not may_fail:
            said = (done.stderr.strip() or done.stdout.strip()).replace("\n", "; ")
            raise MirrorError(f"`{' '.join(command)}` for {self.name} failed: {said}")
        return done.stdout
