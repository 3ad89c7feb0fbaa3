"""A compiled rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.lang.item_keys import PRIORITIES

if TYPE_CHECKING:
    from agent.lang.lowered import Lowered


@dataclass(slots=True, eq=False)
class Rule:
    """A rule that was loaded without error.

    ``event_types`` are the event codes for which the condition may be true, None for all of them. ``enabled`` may be
    changed before the plan is made.
    """

    name: str
    desc: str
    priority: int
    source: str
    tags: tuple[str, ...]
    enabled: bool
    capture: bool
    capture_duration: int
    condition: str
    output: str
    file: str
    line: int
    event_types: tuple[int, ...] | None
    condition_fields: frozenset[str]
    output_fields: frozenset[str]
    lowered: Lowered
    segments: tuple[dict[str, Any], ...]

    @property
    def priority_name(self) -> str:
        """The priority's full name, such as ``Informational``."""
        return PRIORITIES[self.priority]
