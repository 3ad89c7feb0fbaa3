"""One run of all test programs, recorded by every driver that this machine can use, for the tests to look at."""

import os

import pytest

from tests.drivers.decoded import DecodedEvent, decoded_segments
from tests.drivers.recording import Run, compile_programs, record
from tests.live.privileges import reason_not_to_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Record the run. PARITY_DRIVERS names other drivers than modern eBPF, which is compared with itself otherwise."""
    if reason := reason_not_to_run():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("drivers")
    drivers = os.environ.get("PARITY_DRIVERS", "modern_ebpf,modern_ebpf").split(",")
    programs = compile_programs(folder / "programs")
    return record(drivers, sorted(programs.iterdir()), folder)


@pytest.fixture(scope="session")
def decoded(run: Run) -> dict[str, list[DecodedEvent]]:
    """The events of each program as rules see them, from the first driver's recording."""
    return decoded_segments(run.recordings[0].path)
