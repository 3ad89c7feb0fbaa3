"""Holds a rule file's tree against the JSON schema of rule files; understands the parts of JSON schema that it uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown
from agent.lang.item_keys import ITEMS, rule_schema
from agent.lang.yaml_nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.lang.item_keys import Schema

MAX_REMARKS = 100
"""Remarks on one file that are kept."""

_INTEGER = re.compile(r"[+-]?(?:0x[0-9a-fA-F]+|[0-9]+)\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_BOOLEANS = frozenset(("y", "yes", "true", "on", "n", "no", "false", "off"))


@lru_cache(maxsize=1)
def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = rule_schema()["definitions"]
    return definitions


def schema_remarks(documents: list[Node]) -> list[str]:
    """What in the documents of a file does not follow the schema; empty when all does."""
    remarks: list[str] = []
    for document in documents:
        if isinstance(document, Scalar) and document.is_null:
            continue
        for remark in _document(document):
            remarks.append(remark)
            if len(remarks) == MAX_REMARKS:
                return [*remarks[:-1], "there is more that does not follow the schema"]
    return remarks


def _document(document: Node) -> Iterator[str]:
    if not isinstance(document, Sequence):
        yield _remark(document, "a rule file is a sequence of items")
        return
    for item in document.items:
        if isinstance(item, Scalar) and item.is_null:
            continue
        if not isinstance(item, Mapping):
            yield _remark(item, "an item is a mapping")
            continue
        keys = {key.value for key, _ in item.pairs if isinstance(key, Scalar)}
        kind = next((kind for kind in ITEMS if kind in keys), None)
        if kind is None:
            yield _remark(item, "an item has one of the keys " + ", ".join(ITEMS))
        else:
            yield from _check(item, _definitions()[kind], kind)


def _check(node: Node, schema: Schema, name: str) -> Iterator[str]:
    if "enum" in schema:
        if not isinstance(node, Scalar) or node.value not in schema["enum"]:
            yield _remark(node, f"'{name}' is not one of {', '.join(schema['enum'])}")
        return
    wanted = schema["type"]
    kinds = wanted if isinstance(wanted, list) else [wanted]
    if not any(_is(node, kind) for kind in kinds):
        yield _remark(node, f"'{name}' is no {' or '.join(kinds)}")
    elif isinstance(node, Sequence):
        for item in node.items:
            if "items" in schema:
                yield from _check(item, schema["items"], f"an entry of {name}")
    elif isinstance(node, Mapping):
        yield from _mapping(node, schema, name)
    elif isinstance(node, Scalar):
        yield from _bounds(node, schema, name)


def _mapping(node: Mapping, schema: Schema, name: str) -> Iterator[str]:
    known = schema["properties"]
    present: set[str] = set()
    for key, value in node.pairs:
        word = key.value if isinstance(key, Scalar) else ""
        if word not in known:
            yield _remark(key, f"'{shown(word)}' is not a key of {name}")
        elif word not in present:
            present.add(word)
            yield from _check(value, known[word], word)
    for word in schema.get("required", ()):
        if word not in present:
            yield _remark(node, f"{name} has no key '{word}'")


def _bounds(node: Scalar, schema: Schema, name: str) -> Iterator[str]:
    if len(node.value) < schema.get("minLength", 0):
        yield _remark(node, f"'{name}' is empty")
    if "maximum" in schema and not schema["minimum"] <= _integer(node.value) <= schema["maximum"]:
        yield _remark(node, f"'{name}' is not from {schema['minimum']} to {schema['maximum']}")


def _integer(text: str) -> int:
    # Longer ones are out of any bound, and reading them takes time that grows with the square of their length.
    return -1 if len(text) > 40 else int(text, 16 if "x" in text else 10)


def _is(node: Node, kind: str) -> bool:
    """Whether a node is of a JSON type. Scalars of YAML have no type but what their text can be read as."""
    if kind == "array":
        return isinstance(node, Sequence)
    if kind == "object":
        return isinstance(node, Mapping)
    if not isinstance(node, Scalar) or node.is_null:
        return False
    if kind == "boolean":
        return node.value.lower() in _BOOLEANS
    if kind == "integer":
        return _INTEGER.match(node.value) is not None
    return kind == "string" or _NUMBER.match(node.value) is not None


def _remark(node: Node, message: str) -> str:
    line, column = node.file.line_column(node.start)
    return f"{line}:{column}: {message}"
