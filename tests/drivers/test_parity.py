"""Drivers that saw the same calls recorded the same, but for what the schema declares."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.drivers.parity import compare
from tests.drivers.parity_run import compare_run, lines, report
from tests.drivers.recording import TRACED, Run, record
from tests.live.privileges import reason_not_to_run


@pytest.mark.live
def test_drivers_record_the_same_calls_alike(run: Run) -> None:
    content = report(run, compare_run(run))
    assert content["agree"], "\n".join(lines(content))
    print(lines(content)[-1])


@pytest.mark.live
@pytest.mark.parametrize("tracer", ["pdig", TRACED], ids=["attached", "under_a_filter"])
def test_a_tracer_records_what_the_kernel_does(tracer: str, programs: list[Path], tmp_path: Path) -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    run = record(("modern_ebpf", tracer), programs, tmp_path)
    content = report(run, compare_run(run))
    assert content["agree"], "\n".join(lines(content))
    print(lines(content)[-1])


@pytest.mark.live
def test_a_byte_that_is_changed_in_a_recording_is_found(run: Run, tmp_path: Path) -> None:
    recording = run.recordings[0]
    changed = replace(recording, driver="changed", path=tmp_path / "changed.scap")
    whole = recording.path.read_bytes()
    at = whole.index(b"no_such_module\0")
    changed.path.write_bytes(whole[:at] + b"N" + whole[at + 1 :])
    comparison = compare([(one.driver, one.segments()) for one in (recording, changed)])
    [found] = comparison.differences
    assert (found.program, found.event, found.parameter) == ("delete_module", "SYSCALL_DELETE_MODULE_X", "name")
    assert found.reason is None


@pytest.mark.live
def test_an_event_that_is_missing_from_a_recording_is_found(run: Run) -> None:
    segments = run.recordings[0].segments()
    fewer = [event for event in segments["delete_module"] if event.schema.name != "delete_module"]
    comparison = compare([("one", segments), ("other", segments | {"delete_module": fewer})])
    assert [(one.event, one.parameter) for one in comparison.differences] == [("SYSCALL_DELETE_MODULE_X", "(event)")]


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
