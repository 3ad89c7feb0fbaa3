"""Drivers that saw the same calls recorded the same, but for what the schema declares."""

import pytest

from tests.drivers.parity import compare
from tests.drivers.parity_run import lines, report
from tests.drivers.recording import Run


@pytest.mark.live
def test_drivers_record_the_same_calls_alike(run: Run) -> None:
    content = report(run, compare([(recording.driver, recording.segments()) for recording in run.recordings]))
    assert content["agree"], "\n".join(lines(content))
    print(lines(content)[-1])


@pytest.mark.live
def test_every_event_is_recorded_in_the_run_of_its_program(run: Run) -> None:
    segments = run.recordings[0].segments()
    missing = {
        program.name
        for program in run.programs
        if program.not_possible is None
        and program.name not in {event.schema.name for event in segments[program.name] if event.tid != run.shell}
    }
    assert not missing
