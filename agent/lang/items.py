"""What rule files define: lists, macros, rules and their exceptions, as collected before anything is compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lang.reading import Context
    from agent.lang.yaml_nodes import Node, Scalar


@dataclass(slots=True, eq=False)
class Definition:
    """What lists, macros and rules share.

    ``index`` is the place of the first definition among all items and stays; ``visibility`` is that of the latest
    definition or append, and what may be used is what was defined before it. ``context`` leads to the latest of them.
    """

    name: str
    context: Context
    index: int
    visibility: int


@dataclass(slots=True, eq=False)
class ListItem(Definition):
    """A list and its items."""

    items: list[Scalar]


@dataclass(slots=True, eq=False)
class MacroItem(Definition):
    """A macro; its condition is its parts joined with blanks."""

    condition: list[Scalar]


@dataclass(slots=True, eq=False)
class ExceptionItem:
    """An exception of a rule.

    ``single``: one field compared with a flat list of values. Otherwise fields, comparisons and the entries of every
    row of values correspond.
    """

    name: str
    context: Context
    fields: list[Scalar]
    comps: list[str]
    comp_nodes: list[Scalar]
    single: bool
    rows: list[list[Node]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class RuleItem(Definition):
    """A rule. Texts are their parts, to be joined with blanks."""

    condition: list[Scalar]
    output: list[Scalar]
    desc: list[Scalar]
    priority: int
    source: str
    enabled: bool = True
    capture: bool = False
    capture_duration: int = 0
    tags: set[str] = field(default_factory=set)
    exceptions: dict[str, ExceptionItem] = field(default_factory=dict)
    warn_evttypes: bool = True
    skip_if_unknown: bool = False
    unknown_source: bool = False
