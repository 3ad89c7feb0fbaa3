"""All events, by code."""

from __future__ import annotations

from types import ModuleType

from agent.schema.events import (
    file,
    io,
    ipc,
    iter,
    memory,
    meta,
    mount,
    names,
    network,
    old_clone,
    old_exec,
    old_file,
    old_io,
    old_misc,
    old_network,
    old_process,
    process,
    signal,
    system,
    unused,
    user,
)
from agent.schema.types import Event

FAMILIES: tuple[ModuleType, ...] = (
    process,
    file,
    names,
    mount,
    network,
    io,
    memory,
    ipc,
    signal,
    user,
    system,
    meta,
    iter,
    old_exec,
    old_clone,
    old_process,
    old_file,
    old_network,
    old_io,
    old_misc,
    unused,
)
"""The modules that declare events, in the order in which they are documented."""


def _collect() -> tuple[Event, ...]:
    found: list[Event] = sorted((event for family in FAMILIES for event in family.EVENTS), key=lambda event: event.code)
    for code, event in enumerate(found):
        if event.code != code:
            raise ValueError(f"{event.symbol} has code {event.code} where {code} is due: codes are unique and gapless")
    return tuple(found)


EVENTS: tuple[Event, ...] = _collect()
"""Every event; the index is the code."""

BY_SYMBOL: dict[str, Event] = {event.symbol: event for event in EVENTS}
"""Every event by symbol."""
