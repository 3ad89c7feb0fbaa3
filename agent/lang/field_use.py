"""A field as a condition or an output uses it: the schema's field with its argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown
from agent.lang.types import SIGNED_BITS, STRINGS, UNSIGNED_BITS
from agent.schema.field_types import FF, ArgKind
from agent.schema.types import ParamType

if TYPE_CHECKING:
    from agent.lang.vocabulary import Vocabulary
    from agent.schema.field_types import Field

_DIGITS = re.compile(r"[0-9]{1,20}\Z")
_SUBSYSTEM = re.compile(r"[A-Za-z_]+\Z")
_MAX_INDEX = 2**31 - 1
_LONGEST_NAME = 100

OPTIONAL = frozenset(
    (ArgKind.NONE, ArgKind.OPTIONAL_INDEX, ArgKind.OPTIONAL_KEY, ArgKind.OPTIONAL_INDEX_OR_KEY, ArgKind.OPTIONAL_NAME)
)
"""Kinds of argument that may be left out."""

_INDEX = frozenset(
    (
        *(ArgKind.OPTIONAL_INDEX, ArgKind.REQUIRED_INDEX, ArgKind.OPTIONAL_INDEX_OR_KEY, ArgKind.REQUIRED_INDEX_OR_KEY),
        ArgKind.REQUIRED_INDEX_OR_NAME,
    )
)
_KEY = frozenset(
    (ArgKind.OPTIONAL_KEY, ArgKind.REQUIRED_KEY, ArgKind.OPTIONAL_INDEX_OR_KEY, ArgKind.REQUIRED_INDEX_OR_KEY)
)
_NAME = frozenset((ArgKind.OPTIONAL_NAME, ArgKind.REQUIRED_NAME, ArgKind.REQUIRED_INDEX_OR_NAME))


BUILT_IN = frozenset(("core", "container"))
"""Who provides the fields that are always there. All others come with a plugin."""


class FieldError(Exception):
    """A field that cannot be used; ``unknown`` when there is no such field (or event, or parameter)."""

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown


@dataclass(slots=True)
class FieldUse:
    """A field with its argument. ``type`` is that of the value, ``text`` the field as it was written."""

    field: Field
    index: int | None
    key: str | None
    text: str
    type: ParamType

    def plan(self) -> dict[str, Any]:
        """The operand of the plan."""
        return {"field": self.field.name, "index": self.index, "key": self.key}

    def has(self, flag: int) -> bool:
        """Whether the schema's field has a flag of :class:`FF`."""
        return bool(self.field.flags & flag)

    @property
    def right_side(self) -> bool:
        """Whether the field may stand on the right side of a comparison."""
        # Fields over all ancestors compare as "any of them"; one ancestor's value is an ordinary value.
        return not self.has(FF.NO_RHS) or (self.field.name.startswith("proc.a") and self.index is not None)

    @property
    def transformable(self) -> bool:
        """Whether the field may stand inside a transformer."""
        return not self.has(FF.NO_TRANSFORMER) or (self.field.name.startswith("proc.a") and self.index is not None)


def resolve_field(name: str, arg: str | None, vocabulary: Vocabulary) -> FieldUse:
    """The field of a name and the argument in its brackets. Raises :class:`FieldError`."""
    text = name if arg is None else f"{name}[{arg}]"
    field = vocabulary.fields.get(name)
    dotted: str | None = None
    if field is None:
        field, dotted = _dotted(name, vocabulary)
    if field.provider not in BUILT_IN:
        raise FieldError(
            f"the field '{field.name}' comes from the plugin '{field.provider}', which is not loaded", unknown=True
        )
    kind = field.arg
    if dotted is not None:
        if arg is not None:
            raise FieldError(f"the field '{name}' takes no argument in brackets")
        return FieldUse(field, None, dotted, text, _checked_name(field, dotted, vocabulary))
    if arg is None:
        if kind not in OPTIONAL:
            raise FieldError(f"the field '{name}' needs an argument: {_form(field)}")
        return FieldUse(field, None, None, text, field.type)
    return _with_argument(field, arg, text)


def field_exists(name: str, vocabulary: Vocabulary) -> bool:
    """Whether a name is a field, its argument behind a dot included."""
    if name in vocabulary.fields:
        return True
    at = name.rfind(".", 0, _LONGEST_NAME)
    while at > 0:
        known = vocabulary.fields.get(name[:at])
        if known is not None and known.arg in _NAME:
            argument = name[at + 1 :]
            if not argument:
                return False
            if known.name in ("evt.arg", "evt.rawarg"):
                return bool(vocabulary.param_types(argument))
            return known.name != "evt.type.is" or vocabulary.events(argument) is not None
        at = name.rfind(".", 0, at)
    return False


def _dotted(name: str, vocabulary: Vocabulary) -> tuple[Field, str]:
    """A field whose argument follows its name after a dot."""
    at = name.rfind(".", 0, _LONGEST_NAME)
    while at > 0:
        field = vocabulary.fields.get(name[:at])
        if field is not None and field.arg in _NAME:
            return field, name[at + 1 :]
        at = name.rfind(".", 0, at)
    similar = vocabulary.similar_field(name)
    hint = f" — did you mean '{similar}'?" if similar else ""
    raise FieldError(f"unknown field '{shown(name)}'{hint}", unknown=True)


def _checked_name(field: Field, name: str, vocabulary: Vocabulary) -> ParamType:
    """The type of the field with a dotted argument; refuses names that cannot exist."""
    if field.name in ("evt.arg", "evt.rawarg"):
        types = vocabulary.param_types(name)
        if not types:
            similar = vocabulary.similar_param(name)
            hint = f" — did you mean '{field.name}.{similar}'?" if similar else ""
            raise FieldError(f"no event has a parameter '{shown(name)}'{hint}", unknown=True)
        return raw_type(types) if field.name == "evt.rawarg" else field.type
    if field.name == "evt.type.is" and vocabulary.events(name) is None:
        raise FieldError(unknown_event(name, vocabulary), unknown=True)
    if field.name == "evt.abspath" and name not in ("src", "dst"):
        raise FieldError(f"'evt.abspath' takes '.src' or '.dst', not '.{shown(name)}'")
    if field.name == "thread.cgroup" and not _SUBSYSTEM.match(name):
        raise FieldError(f"'{shown(name)}' is not the name of a cgroup subsystem: letters and '_' only")
    return field.type


def raw_type(types: frozenset[ParamType]) -> ParamType:
    """One type for an event parameter that differs between events.

    Whole numbers of several widths compare as the widest, those of both signs as numbers of any kind (a double);
    anything else mixed has no common type.
    """
    if len(types) == 1:
        return next(iter(types))
    if types <= SIGNED_BITS.keys():
        return ParamType.INT64
    if types <= UNSIGNED_BITS.keys():
        return ParamType.UINT64
    if types <= SIGNED_BITS.keys() | UNSIGNED_BITS.keys():
        return ParamType.DOUBLE
    if types <= STRINGS:
        return ParamType.CHARBUF
    return ParamType.DYN


def unknown_event(name: str, vocabulary: Vocabulary) -> str:
    """The message for an event name that does not exist."""
    similar = vocabulary.similar_event(name)
    return f"unknown event type '{shown(name)}'" + (f" — did you mean '{similar}'?" if similar else "")


def _with_argument(field: Field, arg: str, text: str) -> FieldUse:
    kind = field.arg
    # Names of environment variables are not numbers, so a number in brackets picks by position.
    digits_are_index = kind in _INDEX or kind is ArgKind.OPTIONAL_KEY
    if _DIGITS.match(arg) and digits_are_index:
        index = int(arg)
        if index > (2**63 - 1 if field.name == "evt.around" else _MAX_INDEX):
            raise FieldError(f"the index {shown(arg)} of '{field.name}' is too large")
        return FieldUse(field, index, None, text, field.type)
    if kind in _KEY:
        return FieldUse(field, None, arg, text, field.type)
    if kind in _INDEX:
        raise FieldError(f"'{shown(arg)}' is no index: the field is written {_form(field)}")
    raise FieldError(
        f"the field '{field.name}' takes no argument in brackets"
        + (f": it is written {_form(field)}" if kind in _NAME else "")
    )


def _form(field: Field) -> str:
    kind = field.arg
    forms = []
    if kind in _INDEX:
        forms.append(f"{field.name}[number]")
    if kind in _KEY:
        forms.append(f"{field.name}[key]")
    if kind in _NAME:
        forms.append(f"{field.name}.name")
    return " or ".join(forms)
