"""One run of all test programs, recorded by every driver that this machine can use, for the tests to look at."""

import os
from pathlib import Path

import pytest

from tests.drivers.decoded import DecodedEvent, decoded_segments
from tests.drivers.recording import Run, compile_programs, record
from tests.live.privileges import reason_not_to_run


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The test programs, compiled."""
    return sorted(compile_programs(tmp_path_factory.mktemp("programs")).iterdir())


@pytest.fixture(scope="session")
def run(programs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Record the run. PARITY_DRIVERS names other drivers than modern eBPF, which is compared with itself otherwise."""
    if reason := reason_not_to_run():
        pytest.skip(reason)
    drivers = os.environ.get("PARITY_DRIVERS", "modern_ebpf,modern_ebpf").split(",")
    return record(drivers, programs, tmp_path_factory.mktemp("drivers"))


@pytest.fixture(scope="session")
def decoded(run: Run) -> dict[str, list[DecodedEvent]]:
    """The events of each program as rules see them, from the first driver's recording."""
    return decoded_segments(run.recordings[0].path)
