"""Configuration files: YAML to mappings, sequences and text, each with the place where it was written.

Values stay text here. What a text means is decided by the type of the key it is given to (`agent.config.settings`),
the same way for a file and for `-o key=value`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from agent.errors import ConfigError
from agent.yaml_faults import fault

KeyPath = tuple[str | int, ...]

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 100_000
"""Bounds of one file. Aliases count as often as they are used, so that nested ones cannot explode."""

_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Document:
    """The content of one configuration source, and where each value in it was written."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, str] = field(default_factory=dict)


def expand_variables(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Replace `${VAR}` by the environment's value (nothing when unset); `$${VAR}` stays the literal `${VAR}`."""
    values = os.environ if environment is None else environment

    def replacement(match: re.Match[str]) -> str:
        return match.group(0)[1:] if match.group(1) else values.get(match.group(2), "")

    return _VARIABLE.sub(replacement, text)


def parse_document(text: str, origin: str) -> Document:
    """Parse one YAML document whose top is a mapping. `origin` names the source in messages.

    Raises ConfigError with `origin:line:column` for text that is not YAML, goes beyond the bounds, or is not a mapping.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{origin}: the configuration is larger than {MAX_BYTES:,} bytes.")
    builder = _Builder(origin)
    try:
        data = builder.build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{origin}:{mark.line + 1}:{mark.column + 1}" if mark else origin
        raise ConfigError(f"{where}: this is not valid YAML: {fault(text, error)}.") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise ConfigError(f"{origin}: this is not valid YAML: {' '.join(str(error).split())}.") from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a configuration is a mapping of keys to values.")
    return Document(data, builder.origins)


class _Builder:
    """Turns the parser's events into plain values without recursion into an unbounded depth."""

    def __init__(self, origin: str) -> None:
        self.origins: dict[KeyPath, str] = {}
        self._origin = origin
        self._anchors: dict[str, Any] = {}
        self._nodes = 0

    def build(self, events: Iterator[Any]) -> Any:
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise ConfigError(f"{self._place(event)}: a configuration is one YAML document.")
            elif isinstance(event, yaml.NodeEvent):
                value = self._node(event, events, ())
        return value

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        self._count(event, path)
        self.origins[path] = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise ConfigError(f"{self._place(event)}: the alias *{event.anchor} has no anchor before it.")
            return self._copy(self._anchors[event.anchor], event, path)
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            plain_null = event.implicit[0] and event.value in ("", "~", "null", "Null", "NULL")
            value = None if plain_null else expand_variables(event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            for item in events:
                if isinstance(item, yaml.SequenceEndEvent):
                    break
                value.append(self._node(item, events, (*path, len(value))))
        else:
            value = self._mapping(events, path)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key in events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            if not isinstance(key, yaml.ScalarEvent):
                raise ConfigError(f"{self._place(key)}: a key must be plain text.")
            if key.value in value:
                raise ConfigError(f"{self._place(key)}: the key {key.value!r} is given twice in the same mapping.")
            content = self._node(next(events), events, (*path, key.value))
            value[key.value] = content
        return value

    def _copy(self, value: Any, event: Any, path: KeyPath) -> Any:
        """Copy an anchored value, counting it again: aliases of aliases must not grow without bound."""
        if isinstance(value, list):
            return [self._copied_child(item, event, (*path, i)) for i, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._copied_child(item, event, (*path, key)) for key, item in value.items()}
        return value

    def _copied_child(self, value: Any, event: Any, path: KeyPath) -> Any:
        self._count(event, path)
        self.origins[path] = self._place(event)
        return self._copy(value, event, path)

    def _count(self, event: Any, path: KeyPath) -> None:
        self._nodes += 1
        if len(path) > MAX_DEPTH:
            raise ConfigError(f"{self._place(event)}: the configuration is nested deeper than {MAX_DEPTH} levels.")
        if self._nodes > MAX_NODES:
            raise ConfigError(f"{self._place(event)}: the configuration has more than {MAX_NODES:,} values.")

    def _place(self, event: Any) -> str:
        mark = event.start_mark
        return f"{self._origin}:{mark.line + 1}:{mark.column + 1}"
