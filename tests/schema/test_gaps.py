"""The table of declared gaps is the truth about the drivers' sources."""

from __future__ import annotations

import re
from pathlib import Path

from agent.schema.events import BY_SYMBOL, EVENTS
from agent.schema.gaps import CPU, DRIVERS, EVERY_EVENT, GAPS, LIMITS, PARAMETER_GAPS, UNSTEADY

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


def test_a_gap_of_a_parameter_names_one_of_an_event_that_the_driver_emits() -> None:
    unsteady = {key: reason for key, reason in UNSTEADY.items() if key[0] != EVERY_EVENT}
    for driver, gaps in [*PARAMETER_GAPS.items(), ("", unsteady)]:
        for (symbol, parameter), reason in gaps.items():
            assert BY_SYMBOL[symbol].filled, symbol
            assert symbol not in GAPS.get(driver, {}), f"{symbol} is declared to be missing as a whole"
            assert parameter in [param.name for param in BY_SYMBOL[symbol].params], (symbol, parameter)
            assert reason, (symbol, parameter)


def test_what_is_unsteady_in_every_event_is_the_cpu_or_a_parameter_of_several() -> None:
    for symbol, name in UNSTEADY:
        if symbol == EVERY_EVENT and name != CPU:
            assert sum(name in [param.name for param in event.params] for event in EVENTS) > 1, name


def test_every_driver_of_the_kernel_has_its_gaps() -> None:
    assert set(GAPS) == set(LIMITS) == set(PARAMETER_GAPS) == set(DRIVERS)
