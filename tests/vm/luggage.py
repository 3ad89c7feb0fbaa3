"""What a guest takes to its own tmpfs: the agent, its rules, the tests with their programs, and the Python packages.

A guest reads the host's files over 9p, where opening one takes about a millisecond; one archive is read at full speed.
"""

import importlib.metadata
import io
import os
import re
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.drivers.recording import compile_programs
from tests.vm.images import REPOSITORY

FOLDERS = ("agent", "loader", "drivers", "rules", "tests")
DISTRIBUTIONS = ("agent", "pytest")
# Sources and build products that no test in a guest reads.
LEFT_OUT = re.compile(r"agent/rust(/|$)|(^|/)__pycache__(/|$)|^tests/bench(/|$)")
# The launcher that pip writes names an interpreter of the virtual environment, which lies on the slow file system.
LAUNCHER = "#!{interpreter}\nimport sys\n\nfrom agent.cli import main\n\nsys.exit(main())\n"


def interpreter() -> str:
    """Return the interpreter under the virtual environment, which a guest finds at the same path."""
    return os.path.realpath(sys.executable)


def programs() -> Path:
    """Return the folder of the compiled test programs in the guest, beside the repository."""
    return REPOSITORY.parent / "programs"


def pack(archive: Path) -> None:
    """Write the archive: `repository/` with our files, `site/` with the packages, `bin/agent`, `programs/`."""
    with tarfile.open(archive, "w") as tar:
        for name in (*FOLDERS, "pyproject.toml"):
            tar.add(REPOSITORY / name, f"repository/{name}", filter=_keep)
        for name in sorted(_closure(DISTRIBUTIONS) - {"agent"}):
            for file in importlib.metadata.distribution(name).files or []:
                located = Path(str(file.locate()))
                if ".." not in file.parts and located.is_file():
                    tar.add(located, f"site/{file}")
        launcher = LAUNCHER.format(interpreter=interpreter()).encode()
        entry = tarfile.TarInfo("bin/agent")
        entry.mode, entry.size = 0o755, len(launcher)
        tar.addfile(entry, io.BytesIO(launcher))
        with tempfile.TemporaryDirectory(prefix="programs-") as folder:
            tar.add(compile_programs(Path(folder)), "programs")


def _keep(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if LEFT_OUT.search(entry.name.removeprefix("repository/")) else entry


def _closure(names: tuple[str, ...]) -> set[str]:
    """Return distributions with all that they require; a requirement that is not installed is not needed here."""
    found: set[str] = set()
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        for requirement in requirements:
            if "extra ==" not in requirement and (match := re.match(r"[A-Za-z0-9._-]+", requirement)):
                wanted.append(re.sub(r"[-_.]+", "-", match[0]).lower())
    return found
