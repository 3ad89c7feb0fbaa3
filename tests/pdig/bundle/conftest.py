"""The relocatable folder, made once for all of its tests, and a container daemon that ends with them."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.programs import compile_program
from tests.pdig.bundle.docker import Docker, DockerMissingError

REPOSITORY = Path(__file__).resolve().parents[3]


def make(output: Path, archive: Path) -> "subprocess.CompletedProcess[str]":
    """Make the folder as `make pdig-bundle` does."""
    return subprocess.run(
        [sys.executable, "-m", "drivers.pdig.bundle", "--output", output, "--archive", archive],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """Return a temporary folder that every user can reach: pytest's own are its user's alone."""
    with tempfile.TemporaryDirectory(prefix="pdig-bundle-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def folder(open_folder: Path) -> Path:
    """Return the folder, with its archive beside it."""
    if shutil.which("cc") is None:
        pytest.skip("the launcher is compiled with cc, which is not installed: run `make setup`")
    output = open_folder / "pdig-agent"
    made = make(output, open_folder / "pdig-agent.tar.gz")
    assert made.returncode == 0, made.stderr
    assert made.stderr == "", "a licence is missing"
    return output


@pytest.fixture(scope="session")
def bare(open_folder: Path) -> Path:
    """Return the static program of these tests."""
    return compile_program(Path(__file__).parent / "programs/bare.c", open_folder, ["-static"])


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """Return a daemon of our own, with its own data."""
    try:
        daemon = Docker.start()
    except DockerMissingError as why:
        pytest.skip(str(why))
    with daemon:
        yield daemon
