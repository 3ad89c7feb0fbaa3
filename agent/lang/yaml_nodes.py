"""YAML as a tree whose every scalar knows where it stands.

Built from libyaml's event stream, so that depth, size and aliases are bounded before anything is kept. Scalars stay
text: what ``yes`` or ``0x10`` means is decided by the key it is given to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from agent.lang.diagnostics import Code, LoadError, at_offset, shown
from agent.lang.scalar_map import file_offsets
from agent.yaml_faults import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.lang.diagnostics import Diagnostic
    from agent.lang.source import SourceFile

MAX_DEPTH = 32
"""Sequences and mappings inside one another; rule files need six."""

_TOO_DEEP = f"sequences and mappings are nested more than {MAX_DEPTH} deep; a rule file needs no such depth"

_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
"""Newer libyaml has a limit of its own, and reads ahead: brackets beyond it are refused before their first event."""

MAX_NODES = 2_000_000
"""Weight of a file: its nodes, and one more for each sixteen characters; every alias counted with all it stands for."""

MAX_ALIASED = 25_000
"""Weight of all that aliases stand for: a few bytes of them could stand for hours of work."""

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, eq=False)
class Node:
    """A node of the tree. ``start`` is its character offset in the file, ``weight`` what it takes to read."""

    file: SourceFile
    start: int
    weight: int = field(default=1, kw_only=True)


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A text. ``style`` is the quote or block indicator, None for plain."""

    value: str = ""
    style: str | None = None
    _offsets: list[int] | None = None

    @property
    def is_null(self) -> bool:
        """Whether the scalar is YAML's null."""
        return self.style is None and self.value in _NULLS

    def file_offset(self, index: int) -> int:
        """Offset in the file of a character of the value."""
        if self._offsets is None:
            self._offsets = file_offsets(self.file.text, self.start, self.style, self.value)
        return self._offsets[max(0, min(index, len(self._offsets) - 1))]


@dataclass(slots=True, eq=False)
class Sequence(Node):
    """A sequence of nodes."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping(Node):
    """A mapping, its pairs in the order of the file."""

    pairs: list[tuple[Node, Node]] = field(default_factory=list)


class _Builder:
    """Puts the tree together from events."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.documents: list[Node] = []
        self._stack: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []
        self._anchors: dict[str, Node | None] = {}
        self._anchor_of: list[str | None] = []
        self._aliased = 0

    def scalar(self, event: Any) -> None:
        start = _start(event)
        style = event.style
        if event.anchor or event.tag:
            start = _skip_properties(self.file.text, start)
        node = Scalar(self.file, start, event.value, None if style in (None, "") else style)
        node.weight += len(event.value) // 16
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node)

    def alias(self, event: Any) -> None:
        start = _start(event)
        if event.anchor not in self._anchors:
            raise self._problem(
                f"the alias '*{shown(event.anchor)}' has no anchor '&{shown(event.anchor)}' before it", start
            )
        node = self._anchors[event.anchor]
        if node is None:
            raise self._problem(f"the alias '*{shown(event.anchor)}' stands inside what it names", start)
        self._aliased += node.weight
        if self._aliased > MAX_ALIASED:
            message = "the aliases of the file stand for too much text; write it out, or use lists and macros"
            raise self._problem(message, start)
        self._add(node, start)

    def open(self, node: Sequence | Mapping, anchor: str | None) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self._problem(_TOO_DEEP, node.start)
        if anchor:
            self._anchors[anchor] = None
        self._anchor_of.append(anchor)
        self._stack.append(node)
        self._keys.append(None)

    def close(self) -> None:
        node = self._stack.pop()
        if self._keys.pop() is not None:  # libyaml always completes a pair
            raise self._problem("a key has no value", node.start)
        anchor = self._anchor_of.pop()
        if anchor:
            self._anchors[anchor] = node
        self._add(node)

    def end_document(self) -> None:
        self._anchors.clear()

    def _add(self, node: Node, start: int | None = None) -> None:
        if not self._stack:
            self.documents.append(node)
            return
        parent = self._stack[-1]
        parent.weight += node.weight
        if parent.weight > MAX_NODES:
            message = "the file is too large, aliases counted with what they stand for; split it"
            raise self._problem(message, node.start if start is None else start)
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None

    def _problem(self, message: str, offset: int) -> LoadError:
        return LoadError(at_offset(Code.ERR_YAML_PARSE, message, self.file, offset))


def parse_yaml(file: SourceFile) -> list[Node]:
    """The documents of a file. Raises :class:`LoadError` with the position of the first fault."""
    builder = _Builder(file)
    try:
        for event in _events(file):
            if isinstance(event, yaml.ScalarEvent):
                builder.scalar(event)
            elif isinstance(event, yaml.SequenceStartEvent):
                builder.open(Sequence(file, _start(event)), event.anchor)
            elif isinstance(event, yaml.MappingStartEvent):
                builder.open(Mapping(file, _start(event)), event.anchor)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                builder.close()
            elif isinstance(event, yaml.AliasEvent):
                builder.alias(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                builder.end_document()
    except yaml.YAMLError as error:
        raise LoadError(_yaml_problem(file, error)) from None
    return builder.documents


def _start(event: Any) -> int:
    """Offset in the file at which an event starts."""
    offset: int = event.start_mark.index
    return offset


def _events(file: SourceFile) -> Iterator[Any]:
    return iter(yaml.parse(file.text, Loader=_Loader))


def _yaml_problem(file: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if error.problem == _LIBYAML_TOO_DEEP:
            return at_offset(Code.ERR_YAML_PARSE, _TOO_DEEP, file, mark.index if mark else 0)
        message = f"not valid YAML: {fault(file.text, error)}"
        return at_offset(Code.ERR_YAML_PARSE, message, file, mark.index if mark else 0)
    for offset, char in enumerate(file.text):
        if not (char in "\t\n\r\x85" or " " <= char <= "~" or char >= "\xa0") or char in "\ufffe\uffff":
            message = f"not valid YAML: the character U+{ord(char):04X} is not allowed"
            return at_offset(Code.ERR_YAML_PARSE, message, file, offset)
    return at_offset(Code.ERR_YAML_PARSE, f"not valid YAML: {error}", file, 0)


def _skip_properties(text: str, start: int) -> int:
    """Offset of a scalar's first character, behind its anchor and tag."""
    at = start
    while at < len(text) and text[at] in "&!":
        while at < len(text) and text[at] not in " \t\r\n":
            at += 1
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
    return at
