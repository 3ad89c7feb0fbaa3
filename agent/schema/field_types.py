"""Records for filter and output fields."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from agent.schema.types import ParamFormat, ParamType


class ArgKind(enum.Enum):
    """What may follow a field's name: an index ``[3]``, a key ``[PATH]``, or a name after a dot."""

    NONE = "none"
    OPTIONAL_INDEX = "optional index"
    REQUIRED_INDEX = "index"
    OPTIONAL_KEY = "optional key"
    REQUIRED_KEY = "key"
    OPTIONAL_INDEX_OR_KEY = "optional index or key"
    REQUIRED_INDEX_OR_KEY = "index or key"
    OPTIONAL_NAME = "optional .name"
    REQUIRED_NAME = ".name"
    REQUIRED_INDEX_OR_NAME = "index or .name"


class FF:
    """Field flags: where a field may be used."""

    NONE = 0
    TABLE_ONLY = 1 << 0
    """Hidden: kept for compatibility, not listed."""
    FILTER_ONLY = 1 << 1
    """In conditions only, not in output."""
    PRINT_ONLY = 1 << 2
    """In output only, not in conditions."""
    NO_RHS = 1 << 3
    """Not on the right-hand side of a comparison."""
    NO_TRANSFORMER = 1 << 4
    """Not inside a transformer."""
    NO_PTR_STABILITY = 1 << 5
    """The value lives until the next extraction only."""
    FORMAT_SUGGESTED = 1 << 6
    """Appended to the output when suggested output is asked for."""


@dataclass(slots=True)
class Field:
    """One field of the rule language."""

    name: str
    type: ParamType
    description: str
    klass: str
    provider: str = "core"
    format: ParamFormat = ParamFormat.NA
    arg: ArgKind = ArgKind.NONE
    is_list: bool = False
    deprecated: bool = False
    flags: int = FF.NONE
    implemented: bool = True
    """False: nothing gives the field a value yet; it may be used all the same."""
