"""All fields of the rule language, by name."""

from __future__ import annotations

from agent.schema.field_types import Field
from agent.schema.fields import container, descriptor, event, plugins, process

FIELDS: dict[str, Field] = {
    field.name: field for family in (event, descriptor, process, container, plugins) for field in family.FIELDS
}
"""Every field by its name."""
