"""The table of declared gaps is the truth about the drivers' sources."""

from __future__ import annotations

import re
from pathlib import Path

from agent.schema.events import BY_SYMBOL, EVENTS
from agent.schema.gaps import GAPS

DRIVERS = Path(__file__).resolve().parents[2] / "drivers"


def test_a_hand_written_event_has_a_body_or_a_declared_gap() -> None:
    sources = [*DRIVERS.glob("modern_bpf/*.c"), *DRIVERS.glob("shared/calls/*.h")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    words = set(re.findall(r"\w+", text))
    without = {event.symbol for event in EVENTS if event.filled and event.hand and event.symbol not in words}
    assert without == set(GAPS["modern_ebpf"]), "write the body, or correct agent/schema/gaps.py"


def test_a_gap_names_an_event_that_drivers_emit() -> None:
    for gaps in GAPS.values():
        for symbol, reason in gaps.items():
            assert BY_SYMBOL[symbol].filled, symbol
            assert reason, symbol
