"""What the tests of pdig share: whether they can run here, and their compiled programs."""

import os
from pathlib import Path

import pytest

from tests.live.programs import compile_folder, compile_program

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def as_root() -> None:
    """Skip a test that gives up privileges, or makes namespaces, where there are none to give up."""
    if os.geteuid() != 0:
        pytest.skip("this test changes its user or makes namespaces: run it as root")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the programs of these tests; return their folder, which every user may read."""
    folder = tmp_path_factory.mktemp("pdig-programs")
    for parent in (folder, folder.parent, folder.parent.parent):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(0o755)
    compile_program(PROGRAMS / "short_program.c", folder, ("-static", "-nostdlib", "-ffreestanding"))
    return compile_folder(PROGRAMS, folder)
