"""What the tests of pdig share: whether they can run here, and their compiled programs."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.live.programs import compile_folder, compile_program

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def as_root() -> None:
    """Skip a test that gives up privileges, or makes namespaces, where there are none to give up."""
    if os.geteuid() != 0:
        pytest.skip("this test changes its user or makes namespaces: run it as root")


@pytest.fixture(scope="session")
def programs() -> Iterator[Path]:
    """Compile the programs of these tests; yield their folder, which every user may read, unlike pytest's own."""
    with TemporaryDirectory(prefix="pdig-programs-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        compile_program(PROGRAMS / "short_program.c", folder, ("-static", "-nostdlib", "-ffreestanding"))
        yield compile_folder(PROGRAMS, folder)
