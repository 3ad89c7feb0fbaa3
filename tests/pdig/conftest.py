"""What the tests of pdig share: whether they can run here, and their compiled programs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.live.programs import compile_folder, compile_program

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture(scope="session", autouse=True)
def signals_of_a_terminal() -> Iterator[None]:
    """Let what the tests start heed SIGINT and SIGQUIT, which a shell has its background jobs ignore."""
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    for number, old in zip(numbers, before, strict=True):
        if old is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, old in zip(numbers, before, strict=True):
        signal.signal(number, old)


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
