"""The table of declared gaps is the truth about the drivers' sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from agent.schema.events import BY_SYMBOL, EVENTS
from agent.schema.gaps import (
    ADDRESSES,
    CPU,
    CUT_OFF,
    DRIVERS,
    EVERY_EVENT,
    GAPS,
    IMPRECISE,
    LIMITS,
    PARAMETER_GAPS,
    UNSTEADY,
)

SOURCES = Path(__file__).resolve().parents[2] / "drivers"


def test_a_hand_written_event_has_a_body_or_a_declared_gap() -> None:
    sources = [*SOURCES.glob("modern_bpf/*.c"), *SOURCES.glob("shared/calls/*.h")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    words = set(re.findall(r"\w+", text))
    without = {event.symbol for event in EVENTS if event.filled and event.hand and event.symbol not in words}
    assert without == set(GAPS["modern_ebpf"]), "write the body, or correct agent/schema/gaps.py"


def test_a_gap_names_an_event_that_drivers_emit() -> None:
    for gaps in (*GAPS.values(), *LIMITS.values()):
        for symbol, reason in gaps.items():
            assert BY_SYMBOL[symbol].filled, symbol
            assert reason, symbol


def _parameters() -> Iterator[tuple[str, tuple[str, str], str]]:
    """Yield driver, event and parameter, and reason of all that is declared of parameters; no driver: of all."""
    for driver, gaps in PARAMETER_GAPS.items():
        yield from ((driver, key, reason) for key, reason in gaps.items())
    for driver, numbers in IMPRECISE.items():
        yield from ((driver, key, number.reason) for key, number in numbers.items())
    yield from (("", key, reason) for key, reason in UNSTEADY.items())


def test_a_gap_of_a_parameter_names_one_of_an_event_that_the_driver_emits() -> None:
    for driver, (symbol, parameter), reason in _parameters():
        assert reason, (symbol, parameter)
        if symbol != EVERY_EVENT:
            assert BY_SYMBOL[symbol].filled, symbol
            assert symbol not in GAPS.get(driver, {}), f"{symbol} is declared to be missing as a whole"
            assert parameter in [param.name for param in BY_SYMBOL[symbol].params], (symbol, parameter)


def test_what_is_declared_of_every_event_is_no_parameter_or_one_of_several() -> None:
    for _, (symbol, name), _ in _parameters():
        if symbol == EVERY_EVENT and name not in (CPU, ADDRESSES):
            assert sum(name in [param.name for param in event.params] for event in EVENTS) > 1, name


def test_every_driver_has_its_gaps() -> None:
    assert set(GAPS) == set(LIMITS) == set(PARAMETER_GAPS) == set(IMPRECISE) == set(DRIVERS)
    assert set(CUT_OFF) <= set(DRIVERS)
