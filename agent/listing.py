"""`agent --list`: the fields that conditions and outputs may use, as text, Markdown or JSON."""

import json
import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

from agent.errors import AgentError
from agent.lang.types import operators
from agent.schema.field_types import FF, ArgKind, Field
from agent.schema.fields import FIELDS
from agent.schema.types import ParamType

SOURCES = ("syscall",)
"""The event sources of this version."""

FORMATS = ("text", "markdown", "json")
"""The forms of a listing."""

_ARGUMENT = {
    ArgKind.NONE: "",
    ArgKind.OPTIONAL_INDEX: "[n]",
    ArgKind.REQUIRED_INDEX: "[n]",
    ArgKind.OPTIONAL_KEY: "[key]",
    ArgKind.REQUIRED_KEY: "[key]",
    ArgKind.OPTIONAL_INDEX_OR_KEY: "[n or key]",
    ArgKind.REQUIRED_INDEX_OR_KEY: "[n or key]",
    ArgKind.OPTIONAL_NAME: ".name",
    ArgKind.REQUIRED_NAME: ".name",
    ArgKind.REQUIRED_INDEX_OR_NAME: "[n] or .name",
}

_FLAGS = {
    FF.FILTER_ONLY: "conditions only",
    FF.PRINT_ONLY: "outputs only",
    FF.NO_RHS: "left side only",
    FF.NO_TRANSFORMER: "no transformers",
    FF.FORMAT_SUGGESTED: "suggested for outputs",
}
"""What a flag says of a field, for people. Flags of the engine's own are left out."""

_OPERATOR_ORDER = (
    *("exists", "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "bcontains"),
    *("startswith", "bstartswith", "endswith", "glob", "iglob", "regex", "in", "intersects", "pmatch"),
)

_OPERATORS_OF = {"evt.around": ("=",)}
"""Fields with other operators than their type has."""


def list_fields(source: str | None, *, names_only: bool, form: str = "text") -> str:
    """Return the fields of a source by class, or their names only, in one of `FORMATS`.

    Text is one block a field, Markdown one table a class. JSON is `{"fields": [{"class", "name", "type", "list",
    "argument", "description", "flags", "deprecated", "operators"}]}`, where `argument` is null or
    `{"form", "required"}`; names only, it is a list of names. Raises AgentError for a source that does not exist.
    """
    if source and source not in SOURCES:
        raise AgentError(f"--list {source}: no such event source; this version has {', '.join(SOURCES)}.")
    fields = [field for field in FIELDS.values() if _is_listed(field)]
    if form == "json":
        names = [field.name for field in fields]
        return json.dumps(names if names_only else {"fields": [_as_json(field) for field in fields]}, indent=2)
    if names_only:
        return "\n".join(f"- `{field.name}`" if form == "markdown" else field.name for field in fields)
    classes: dict[str, list[Field]] = {}
    for field in fields:
        classes.setdefault(field.klass, []).append(field)
    if form == "markdown":
        return "\n\n".join(
            [*(_class_markdown(name, members) for name, members in classes.items()), _legend_markdown(fields)]
        )
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    blocks = [_class_text(name, members, width) for name, members in classes.items()]
    return "\n\n".join([*blocks, _legend_text(fields, width)])


def field_operators(field: Field) -> tuple[str, ...]:
    """The operators that a condition may have after a field, in the order of the language's reference."""
    if field.name in _OPERATORS_OF:
        return _OPERATORS_OF[field.name]
    if field.type is ParamType.DYN:
        # Whatever the type of the parameter that is named allows.
        return _OPERATOR_ORDER
    allowed = operators(field.type, is_list=field.is_list)
    return tuple(operator for operator in _OPERATOR_ORDER if operator in allowed)


def _is_listed(field: Field) -> bool:
    # The fields of the class static come from the configuration's static_fields, which this version does not have.
    return field.implemented and not field.flags & FF.TABLE_ONLY and field.klass != "static"


def _flags(field: Field) -> list[str]:
    return [text for flag, text in _FLAGS.items() if field.flags & flag]


def _is_required(field: Field) -> bool:
    return not field.arg.value.startswith("optional")


def _as_json(field: Field) -> dict[str, Any]:
    argument = None if field.arg is ArgKind.NONE else {"form": _ARGUMENT[field.arg], "required": _is_required(field)}
    return {
        "class": field.klass,
        "name": field.name,
        "type": field.type.name,
        "list": field.is_list,
        "argument": argument,
        "description": field.description,
        "flags": _flags(field),
        "deprecated": field.deprecated,
        "operators": list(field_operators(field)),
    }


def _notes(field: Field) -> list[str]:
    """Type and all that limits the use of a field."""
    return [
        field.type.name,
        *(["list"] if field.is_list else []),
        *(["argument optional"] if not _is_required(field) else []),
        *_flags(field),
        *(["deprecated"] if field.deprecated else []),
    ]


def _class_text(name: str, members: Iterable[Field], width: int) -> str:
    blocks = [f"{name}\n{'-' * len(name)}"]
    blocks += [_field_text(field, width) for field in members]
    return "\n".join(blocks)


def _field_text(field: Field, width: int) -> str:
    head = f"  {field.name}{_ARGUMENT[field.arg]}  ({', '.join(_notes(field))})"
    if not field.description:
        return head
    body = textwrap.fill(field.description, width, initial_indent="      ", subsequent_indent="      ")
    return f"{head}\n{body}"


def _class_markdown(name: str, members: Iterable[Field]) -> str:
    rows = [
        f"| `{field.name}{_ARGUMENT[field.arg]}` | {', '.join(_notes(field))} | {_cell(field.description)} |"
        for field in members
    ]
    return "\n".join([f"## {name}", "", "| field | type and use | meaning |", "|---|---|---|", *rows])


def _operators_by_type(fields: Iterable[Field]) -> dict[str, tuple[str, ...]]:
    """Which operators go with which fields. By type: said of every field, it would be most of the listing."""
    kinds: dict[str, tuple[str, ...]] = {}
    for field in fields:
        kind = field.type.name + (" list" if field.is_list else "")
        kinds.setdefault(field.name if field.name in _OPERATORS_OF else kind, field_operators(field))
    return kinds


def _legend_text(fields: Iterable[Field], width: int) -> str:
    title = "operators by type"
    lines = [title, "-" * len(title)]
    for kind, allowed in _operators_by_type(fields).items():
        lines.append(
            textwrap.fill(f"{kind}: {' '.join(allowed)}", width, initial_indent="  ", subsequent_indent="      ")
        )
    return "\n".join(lines)


def _legend_markdown(fields: Iterable[Field]) -> str:
    rows = [
        f"| {kind} | {' '.join(f'`{operator}`' for operator in allowed)} |"
        for kind, allowed in _operators_by_type(fields).items()
    ]
    return "\n".join(["## operators by type", "", "| type | operators |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
