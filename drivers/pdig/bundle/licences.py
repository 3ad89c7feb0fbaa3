# SPDX-License-Identifier: MIT
"""The licences of everything in the folder, and of which packages it was made."""

import re
import subprocess
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

_DISTRIBUTIONS = {"lark": "lark", "yaml": "PyYAML", "_yaml": "PyYAML", "ptrace": "python-ptrace"}
_TEXTS = re.compile(r"licen[cs]e|copying|notice|authors", re.IGNORECASE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9])")
_PLACE = PurePosixPath("licences")
_PYTHONS = _PLACE / "python/LICENSE.txt"


@dataclass
class Licences:
    """What was found."""

    files: dict[PurePosixPath, Path] = field(default_factory=dict)
    made_of: dict[str, str] = field(default_factory=dict)
    """Packages, with their versions."""
    unknown: list[Path] = field(default_factory=list)
    """Files whose licence is not found on this machine."""


def licences_of(packages: Iterable[str], system_files: Iterable[Path]) -> Licences:
    """Collect the licences of top-level Python packages and of files that the distribution installed."""
    found = Licences()
    _own(found)
    for name in sorted({_DISTRIBUTIONS[package] for package in packages if package in _DISTRIBUTIONS}):
        _installed(found, name)
    standard = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    if standard.exists():
        found.files[_PYTHONS] = standard.resolve()
    for file in sorted(set(system_files)):
        _of_the_distribution(found, file)
    return found


def _own(found: Licences) -> None:
    root = Path(__file__).parents[3]
    if (root / "LICENSES").is_dir():
        for path in [root / "LICENSE", root / "NOTICE", *sorted((root / "LICENSES").iterdir())]:
            found.files[_PLACE / "agent" / path.name] = path
    else:
        _installed(found, "agent")


def _installed(found: Licences, name: str) -> None:
    try:
        package: Distribution = distribution(name)
    except PackageNotFoundError:
        found.unknown.append(Path(name))
        return
    found.made_of[name] = package.version
    about = [file for file in package.files or () if file.parts[0].endswith(".dist-info")]
    texts = [file for file in about if "licenses" in file.parts or _TEXTS.search(file.name)]
    for text in texts:
        found.files[_PLACE / name.lower() / text.name] = Path(str(text.locate()))
    if not texts:
        found.unknown.append(Path(name))


def _of_the_distribution(found: Licences, file: Path) -> None:
    package = _owner(file)
    text = Path("/usr/share/doc", package.split(":")[0], "copyright") if package else None
    if package is None or text is None or not text.exists():
        # A Python that was installed by hand has its licence among its modules.
        if not (file.name.startswith(("python", "libpython")) and _PYTHONS in found.files):
            found.unknown.append(file)
        return
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False
    )
    name = package.split(":")[0]
    found.made_of[name] = version.stdout.strip()
    found.files[_PLACE / name / "copyright"] = text.resolve()
    for common in _COMMON.findall(text.read_text(errors="replace")):
        shared = Path("/usr/share/common-licenses", common)
        if shared.is_file():
            found.files[_PLACE / "common" / common] = shared.resolve()


def _owner(file: Path) -> str | None:
    """Return the Debian package that a file belongs to; None where there is no such thing."""
    # With merged /usr, packages of before say /lib for what is /usr/lib.
    for path in (file, Path("/", *file.parts[2:]) if file.parts[:2] == ("/", "usr") else file):
        try:
            answer = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return None
        if answer.returncode == 0:
            return answer.stdout.splitlines()[0].rsplit(": ", 1)[0]
    return None
