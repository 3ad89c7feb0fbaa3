"""What conditions may talk about: fields, event names and event parameters, from the schema."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.schema.types import EC, ParamType, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.schema.field_types import Field
    from agent.schema.types import Event, Syscall

MAX_SUGGESTIONS = 200
"""Searches for similar names that one load of rules may make: each takes milliseconds."""


class Vocabulary:
    """Looks up fields and events. Sets of events are bit masks: bit N stands for the event code N.

    ``names`` holds the names of the events by code.
    """

    def __init__(self, fields: Mapping[str, Field], events: Iterable[Event], syscalls: Iterable[Syscall]) -> None:
        self.fields = fields
        self.all_events = 0
        self.generic_events = 0
        self.other_than_syscalls = 0
        self._masks: dict[str, int] = {}
        self._syscall_masks: dict[str, int] = {}
        self._params: dict[str, set[ParamType]] = {}
        self.names: dict[int, str] = {}
        self.suggestions_left = MAX_SUGGESTIONS
        for event in events:
            for param in event.params:
                self._params.setdefault(param.name, set()).add(param.type)
            if event.status is Status.UNUSED:
                continue
            bit = 1 << event.code
            self.all_events |= bit
            self.names[event.code] = event.name
            self._masks[event.name] = self._masks.get(event.name, 0) | bit
            if event.symbol in ("GENERIC_E", "GENERIC_X"):
                self.generic_events |= bit
            if event.category & EC.SYSCALL:
                self._syscall_masks[event.name] = self._syscall_masks.get(event.name, 0) | bit
            else:
                self.other_than_syscalls |= bit
        for call in syscalls:
            if call.stem == "GENERIC":
                for masks in (self._masks, self._syscall_masks):
                    masks[call.name] = masks.get(call.name, 0) | self.generic_events

    def events(self, name: str, *, syscalls_only: bool = False) -> int | None:
        """Mask of the events of a name, None when there is no such event."""
        return (self._syscall_masks if syscalls_only else self._masks).get(name)

    def param_types(self, name: str) -> frozenset[ParamType]:
        """Types that event parameters of a name have; empty when no event has one."""
        return frozenset(self._params.get(name, ()))

    def similar_field(self, name: str) -> str | None:
        """The field a misspelt name probably means."""
        return self._similar(name, self.fields)

    def similar_event(self, name: str) -> str | None:
        """The event a misspelt name probably means."""
        return self._similar(name, self._masks)

    def similar_param(self, name: str) -> str | None:
        """The event parameter a misspelt name probably means."""
        return self._similar(name, self._params)

    def _similar(self, name: str, known: Iterable[str]) -> str | None:
        if len(name) > 60 or self.suggestions_left <= 0:
            return None
        self.suggestions_left -= 1
        close = get_close_matches(name, known, 1, 0.7)
        return close[0] if close else None


def codes(mask: int) -> tuple[int, ...]:
    """The event codes of a mask, ascending."""
    found: list[int] = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)


@lru_cache(maxsize=1)
def schema_vocabulary() -> Vocabulary:
    """The vocabulary of the agent's schema."""
    from agent.schema.events import EVENTS
    from agent.schema.fields import FIELDS
    from agent.schema.syscalls import SYSCALLS

    return Vocabulary(FIELDS, EVENTS, SYSCALLS)
