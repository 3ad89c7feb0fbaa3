"""Conditions after checking: names resolved, values typed, ready for analysis and for the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.lang import ast


@dataclass(slots=True)
class All:
    """True when every child is."""

    children: tuple[Lowered, ...]


@dataclass(slots=True)
class Some:
    """True when some child is."""

    children: tuple[Lowered, ...]


@dataclass(slots=True)
class Negation:
    """True when the child is not."""

    child: Lowered


@dataclass(slots=True)
class MacroUse:
    """The condition of a macro."""

    name: str


@dataclass(slots=True)
class ExceptionUse:
    """The condition of an exception of the rule."""

    name: str
    condition: Lowered


@dataclass(slots=True)
class Constant:
    """Always true or always false."""

    value: bool


@dataclass(slots=True, eq=False)
class Test:
    """One comparison: its ``check`` of the plan, the events for which it may be true and may be false, and its source.

    The sets of events are bit masks; a test that says nothing about the event type has all events in both.
    """

    check: dict[str, Any]
    may_be_true: int
    may_be_false: int
    source: ast.Check


Lowered = All | Some | Negation | MacroUse | ExceptionUse | Constant | Test
