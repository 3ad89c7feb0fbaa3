"""One step of the converter: what becomes of an event type with so many parameters."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Action(enum.Enum):
    """What is done with the event."""

    PASS = 0
    """It is handed on."""
    STORE = 1
    """It is remembered for the exit event of the same thread, and not handed on."""
    STORE_AND_PASS = 2
    ADD_PARAMS = 3
    """Its type stays, parameters are appended."""
    CHANGE_TYPE = 4
    """It becomes another type, with all parameters given."""


class Fallback(enum.Enum):
    """A value that is not in the file."""

    EMPTY = 0
    """No bytes: absent."""
    DEFAULT = 1
    """Zero in the width of the parameter's type; all ones for user and group ids; no bytes where the width varies."""


class Origin(enum.Enum):
    """Where the value of a new parameter comes from."""

    OLD = 0
    """A parameter of the event itself."""
    ENTER = 1
    """A parameter of the remembered enter event of the same thread."""
    FALLBACK = 2
    CONTAINER_JSON = 3
    """The JSON text of today's container event, made of the id, type, name and image of the oldest one."""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of one new parameter; ``fallback`` is what is used where the origin has none."""

    origin: Origin
    index: int = 0
    fallback: Fallback = Fallback.EMPTY


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with events of type ``event`` (a symbol) that have ``nparams`` parameters in the file.

    ``into`` is the new type's symbol, for ``CHANGE_TYPE`` only; ``values`` are those of the appended parameters, or
    of all parameters of the new type.
    """

    event: str
    nparams: int
    action: Action
    into: str | None = None
    values: tuple[Value, ...] = ()


EMPTY = Value(Origin.FALLBACK)
DEFAULT = Value(Origin.FALLBACK, fallback=Fallback.DEFAULT)
CONTAINER_JSON = Value(Origin.CONTAINER_JSON)


def old(index: int) -> Value:
    """Return parameter ``index`` of the event itself."""
    return Value(Origin.OLD, index)


def olds(start: int, stop: int) -> list[Value]:
    """Return the parameters from ``start`` up to, not including, ``stop`` of the event itself."""
    return [old(index) for index in range(start, stop)]


def enter(index: int, otherwise: Value) -> Value:
    """Return parameter ``index`` of the enter event; ``otherwise`` (EMPTY or DEFAULT) where there is none."""
    return Value(Origin.ENTER, index, otherwise.fallback)


def enters(start: int, stop: int, otherwise: Value) -> list[Value]:
    """Return the parameters from ``start`` up to, not including, ``stop`` of the enter event."""
    return [enter(index, otherwise) for index in range(start, stop)]


def add(event: str, nparams: int, *values: Value) -> Step:
    """Return the step that appends ``values``."""
    return Step(event, nparams, Action.ADD_PARAMS, None, values)


def change(event: str, nparams: int, into: str, *values: Value) -> Step:
    """Return the step that makes another type of the event."""
    return Step(event, nparams, Action.CHANGE_TYPE, into, values)
