"""Every call, done for real, is seen with the parameters that the calling program says it has."""

import pytest

from tests.drivers.decoded import DecodedEvent
from tests.drivers.expectations import Expectation, unmet
from tests.drivers.parity import filled_events
from tests.drivers.recording import SOURCES, Run

PROGRAMS = sorted(source.stem for source in SOURCES.glob("*.c"))


def test_every_event_has_a_program_and_every_program_an_event() -> None:
    assert set(PROGRAMS) == filled_events()


@pytest.mark.live
@pytest.mark.parametrize("name", PROGRAMS)
def test_events_agree_with_the_program(name: str, run: Run, decoded: dict[str, list[DecodedEvent]]) -> None:
    program = next(program for program in run.programs if program.name == name)
    if reason := program.not_possible:
        pytest.skip(reason)
    assert program.status == 0, program.printed
    expectations = [Expectation.parse(line) for line in program.printed.splitlines() if line]
    assert name in {expectation.type for expectation in expectations}, "the program expects no event of its own kind"
    problems = unmet(expectations, [(event.type, event.arguments) for event in decoded[name]])
    assert not problems, f"{len(problems)} of {len(expectations)} calls differ:\n" + "\n".join(problems)


@pytest.mark.live
def test_memory_in_use_is_what_the_program_has_touched(run: Run) -> None:
    last = [event for event in run.recordings[0].segments()["mmap"] if event.schema.name == "mmap"][-1]
    size, in_use = (int.from_bytes(last.param(name), "little") for name in ("vm_size", "vm_rss"))
    assert 16 << 10 < size < 32 << 10
    # In kilobytes; the kernel's counters lag behind by some pages for each cpu.
    assert 15 << 10 < in_use < size
