"""What the live tests share: whether they can run, a folder for compiled programs, and a shell to be the scope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.privileges import reason_not_to_run
from tests.live.programs import compile_program
from tests.live.scoped_shell import ScopedShell

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def live() -> None:
    """Skip the test where eBPF programs cannot be loaded."""
    if reason := reason_not_to_run():
        pytest.skip(reason)


@pytest.fixture
def shell(live: None) -> Iterator[ScopedShell]:
    """Start a shell whose process tree a test captures."""
    with ScopedShell() as started:
        yield started


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the programs of the live tests; return their folder, which every user may read."""
    folder = tmp_path_factory.mktemp("live-programs")
    folder.chmod(0o755)
    compile_program(PROGRAMS / "open_close.c", folder)
    compile_program(PROGRAMS / "exec_storm.c", folder)
    compile_program(PROGRAMS / "open_own_file.c", folder, ("-static", "-nostdlib", "-ffreestanding"))
    return folder
