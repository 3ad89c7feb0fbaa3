"""The items of rule files and their keys: what the loader reads, and what the JSON schema says, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PRIORITIES = ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug")
"""Names of the priorities; the index is the number, lower is more severe."""

MAX_CAPTURE_DURATION = 2**32 - 1
"""Milliseconds that ``capture_duration`` may ask for."""

Schema = dict[str, Any]
"""A piece of JSON schema."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an item: the schema of its value, what it is for, whether every item of the kind has it, and what
    ``override`` may do with it.
    """

    name: str
    schema: Schema
    description: str
    needed: bool = False
    append: bool = False
    replace: bool = False


_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_VALUE: Schema = {"type": ["string", "number", "boolean"]}
_PRIORITY: Schema = {
    "enum": [spelt for name in (*PRIORITIES, "Info") for spelt in (name.upper(), name, name.lower())],
}
_OLD_APPEND = Key("append", _FLAG, "Deprecated: append to the item of this name; use override.")
_OVERRIDE = Key("override", {"type": "object"}, "What is done with each given key of the item defined before.")


def _object(keys: tuple[Key, ...]) -> Schema:
    """The schema of a mapping with these keys and no others."""
    schema: Schema = {
        "type": "object",
        "properties": {key.name: {**key.schema, "description": key.description} for key in keys},
        "additionalProperties": False,
    }
    needed = [key.name for key in keys if key.needed]
    return {**schema, "required": needed} if needed else schema


LIST = (
    Key("list", _TEXT, "Name of the list.", needed=True),
    Key("items", {"type": "array", "items": _VALUE}, "Values, or names of other lists.", True, True, True),
    _OLD_APPEND,
    _OVERRIDE,
)
"""Keys of a list."""

MACRO = (
    Key("macro", _TEXT, "Name of the macro.", needed=True),
    Key("condition", _TEXT, "A condition, or a part of one.", True, True, True),
    _OLD_APPEND,
    _OVERRIDE,
)
"""Keys of a macro."""

EXCEPTION = (
    Key("name", _TEXT, "Name of the exception, one of its kind in the rule.", needed=True),
    Key("fields", {"type": ["string", "array"], "items": _TEXT}, "The field, or the fields, that are compared."),
    Key("comps", {"type": ["string", "array"], "items": _TEXT}, "An operator for each field; default: =, for one: in."),
    Key(
        "values",
        {"type": "array", "items": {"type": ["string", "number", "boolean", "array"]}},
        "Values for one field; for several, rows with a value (or a list of values) for each.",
    ),
)
"""Keys of an exception."""

RULE = (
    Key("rule", _TEXT, "Name of the rule.", needed=True),
    Key("condition", _TEXT, "When the rule fires.", append=True, replace=True),
    Key("output", _TEXT, "What the alert says, with fields such as %proc.name.", append=True, replace=True),
    Key("desc", _TEXT, "What the rule is about.", append=True, replace=True),
    Key("tags", _TEXTS, "Words to select rules by.", append=True, replace=True),
    Key(
        "exceptions",
        {"type": "array", "items": _object(EXCEPTION)},
        "Cases in which the rule does not fire.",
        append=True,
        replace=True,
    ),
    Key("priority", _PRIORITY, "How severe the alert is.", replace=True),
    Key("capture", _FLAG, "Whether a capture file is written when the rule fires.", replace=True),
    Key(
        "capture_duration",
        {"type": "integer", "minimum": 0, "maximum": MAX_CAPTURE_DURATION},
        "Milliseconds that are captured; 0: as configured.",
        replace=True,
    ),
    Key("enabled", _FLAG, "Whether the rule is used.", replace=True),
    Key("warn_evttypes", _FLAG, "Whether to warn when the condition is for events of every type.", replace=True),
    Key(
        "skip-if-unknown-filter",
        _FLAG,
        "Whether to leave the rule out when it uses a field or event that is not known.",
        replace=True,
    ),
    Key("source", {"type": "string"}, "Where the events come from; default: syscall."),
    _OLD_APPEND,
    _OVERRIDE,
)
"""Keys of a rule."""

_VERSION: Schema = {"type": ["string", "integer"]}
_PLUGIN = (
    Key("name", _TEXT, "Name of the plugin.", needed=True),
    Key("version", _VERSION, "Version x.y.z that is needed at least.", needed=True),
)
ALTERNATIVE = _PLUGIN
"""Keys of a plugin that may be there instead."""

PLUGIN = (
    *_PLUGIN,
    Key("alternatives", {"type": "array", "items": _object(ALTERNATIVE)}, "Plugins that may be there instead."),
)
"""Keys of a required plugin."""

ITEMS: dict[str, tuple[Key, ...]] = {
    "required_engine_version": (
        Key("required_engine_version", _VERSION, "Version of the rule language: N for 0.N.0, or x.y.z.", needed=True),
    ),
    "required_plugin_versions": (
        Key(
            "required_plugin_versions",
            {"type": "array", "items": _object(PLUGIN)},
            "Plugins that the rules need.",
            needed=True,
        ),
    ),
    "list": LIST,
    "macro": MACRO,
    "rule": RULE,
}
"""Kinds of items, by the key that tells the kind, in the order in which the key is looked for."""


def names(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Names of keys."""
    return tuple(key.name for key in keys)


def appendable(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Names of the keys that ``override`` can append to."""
    return tuple(key.name for key in keys if key.append)


def replaceable(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Names of the keys that ``override`` can replace."""
    return tuple(key.name for key in keys if key.replace)


def rule_schema() -> Schema:
    """The JSON schema (draft-06) of a rule file."""
    return {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "title": "Rule file",
        "type": "array",
        "items": {"oneOf": [{"$ref": f"#/definitions/{kind}"} for kind in ITEMS]},
        "definitions": {kind: _item_schema(keys) for kind, keys in ITEMS.items()},
    }


def _item_schema(keys: tuple[Key, ...]) -> Schema:
    schema = _object(keys)
    if _OVERRIDE in keys:
        operations = {
            key.name: {"enum": [word for word, may in (("append", key.append), ("replace", key.replace)) if may]}
            for key in keys
            if key.append or key.replace
        }
        schema["properties"]["override"] = {
            "type": "object",
            "description": _OVERRIDE.description,
            "properties": operations,
            "additionalProperties": False,
        }
    return schema
