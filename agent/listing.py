"""`agent --list`: the fields that conditions and outputs may use."""

import shutil
import textwrap
from collections.abc import Iterable

from agent.errors import AgentError
from agent.schema.field_types import FF, ArgKind, Field
from agent.schema.fields import FIELDS

SOURCES = ("syscall",)
"""The event sources of this version."""

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


def list_fields(source: str | None, *, names_only: bool) -> str:
    """Return the fields of a source as text: by class with types and descriptions, or names only, one a line.

    Raises AgentError for a source that does not exist.
    """
    if source and source not in SOURCES:
        raise AgentError(f"--list {source}: no such event source; this version has {', '.join(SOURCES)}.")
    fields = [field for field in FIELDS.values() if _is_listed(field)]
    if names_only:
        return "\n".join(field.name for field in fields)
    classes: dict[str, list[Field]] = {}
    for field in fields:
        classes.setdefault(field.klass, []).append(field)
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    return "\n\n".join(_class_text(name, members, width) for name, members in classes.items())


def _is_listed(field: Field) -> bool:
    # The fields of the class static come from the configuration's static_fields, which this version does not have.
    return field.implemented and not field.flags & FF.TABLE_ONLY and field.klass != "static"


def _class_text(name: str, members: Iterable[Field], width: int) -> str:
    blocks = [f"{name}\n{'-' * len(name)}"]
    blocks += [_field_text(field, width) for field in members]
    return "\n".join(blocks)


def _field_text(field: Field, width: int) -> str:
    notes = [field.type.name, *(["list"] if field.is_list else [])]
    if field.arg.value.startswith("optional"):
        notes.append("argument optional")
    if field.flags & FF.FILTER_ONLY:
        notes.append("conditions only")
    if field.flags & FF.PRINT_ONLY:
        notes.append("outputs only")
    if field.deprecated:
        notes.append("deprecated")
    head = f"  {field.name}{_ARGUMENT[field.arg]}  ({', '.join(notes)})"
    if not field.description:
        return head
    body = textwrap.fill(field.description, width, initial_indent="      ", subsequent_indent="      ")
    return f"{head}\n{body}"
