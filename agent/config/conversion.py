"""From a configuration's text values to the typed settings, with a sentence for the first value that does not fit.

This is plain code over dataclasses, and not pydantic, because of what it costs a program that must be ready in a
second and stay small: pydantic added 130 ms to the start and 20 MB to the memory of every agent (measured with 2.14).
All values are text, lists and mappings here, so the few types below are all there is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from agent.config.document import Document, KeyPath
from agent.errors import ConfigError

_Settings = TypeVar("_Settings")

_TRUE = frozenset(("true", "yes", "on", "y", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "0"))
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class Range:
    """Bounds of a whole number, both included."""

    low: int
    high: int | None = None

    def __str__(self) -> str:
        return f"of {self.low} or more" if self.high is None else f"from {self.low} to {self.high}"


class AlsoKnownAs(dict[str, str]):
    """Other words for some of a Literal's words."""


class _UnfitError(Exception):
    """Why a value does not fit, as the rest of a sentence that begins with the key."""

    def __init__(self, path: KeyPath, reason: str) -> None:
        super().__init__(reason)
        self.path = path


def convert(kind: type[_Settings], document: Document) -> _Settings:
    """Return the document as an object of a settings class; keys that the class does not have are left aside.

    Raises ConfigError with the place (`file:line:column` or the option) of the first value that does not fit.
    """
    try:
        converted: _Settings = _mapping(kind, document.data, ())
    except _UnfitError as unfit:
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in unfit.path).lstrip(".")
        raise ConfigError(f"{_place_of(unfit.path, document)}: {dotted} {unfit}.") from None
    return converted


def known_keys(kind: type[Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every key of a settings class, sections included."""
    for name, hint in _hints(kind).items():
        yield prefix + name
        if is_dataclass(hint) and isinstance(hint, type):
            yield from known_keys(hint, f"{prefix}{name}.")


def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _value(hint: Any, value: Any, path: KeyPath) -> Any:
    origin = get_origin(hint)
    notes: tuple[Any, ...] = ()
    if origin is Annotated:
        hint, *rest = get_args(hint)
        notes = tuple(rest)
        origin = get_origin(hint)
    if origin is UnionType:
        (hint,) = (choice for choice in get_args(hint) if choice is not NoneType)
        return _value(hint, value, path)
    if origin is tuple:
        return _list(get_args(hint)[0], value, path)
    if is_dataclass(hint) and isinstance(hint, type):
        return _mapping(hint, value, path)
    expected, found = _scalar(hint, origin, notes, value)
    if found is None:
        raise _UnfitError(path, f"takes {expected}, not {_shown(value)}")
    return found


def _scalar(hint: Any, origin: Any, notes: tuple[Any, ...], value: Any) -> tuple[str, Any]:
    """Return what is expected, in words, and the converted value or None."""
    text = value if isinstance(value, str) else None
    if origin is Literal:
        words = get_args(hint)
        word = text.lower() if text is not None else ""
        for note in notes:
            word = note.get(word, word) if isinstance(note, AlsoKnownAs) else word
        return f"{', '.join(words[:-1])} or {words[-1]}", word if word in words else None
    if hint is bool:
        word = text.lower() if text is not None else ""
        return "true or false", True if word in _TRUE else False if word in _FALSE else None
    if hint is int:
        bounds = next((note for note in notes if isinstance(note, Range)), None)
        number = int(text) if text is not None and _WHOLE_NUMBER.fullmatch(text) else None
        if number is not None and bounds is not None:
            in_range = number >= bounds.low and (bounds.high is None or number <= bounds.high)
            number = number if in_range else None
        return f"a whole number{f' {bounds}' if bounds else ''}", number
    return "text", text


def _list(hint: Any, value: Any, path: KeyPath) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _UnfitError(path, f"takes a list, not {_shown(value)}")
    return tuple(_value(hint, item, (*path, index)) for index, item in enumerate(value) if item is not None)


def _mapping(kind: type[Any], value: Any, path: KeyPath) -> Any:
    if not isinstance(value, Mapping):
        raise _UnfitError(path, f"takes a mapping, not {_shown(value)}")
    hints = _hints(kind)
    names = [field.name for field in fields(kind)]
    # A key without a value means its default.
    given = {name: value[name] for name in names if value.get(name) is not None}
    converted = {name: _value(hints[name], item, (*path, name)) for name, item in given.items()}
    try:
        return kind(**converted)
    except ValueError as error:
        raise _UnfitError(path, str(error)) from None


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:60] + "…")
    return "a list" if isinstance(value, list) else "a mapping"


def _place_of(path: KeyPath, document: Document) -> str:
    """Return where a value was written: itself, something inside it (an `-o` may have made all of it), or around it."""
    if path in document.origins:
        return document.origins[path]
    inside = [place for known, place in document.origins.items() if known[: len(path)] == path]
    around = [document.origins.get(path[:length]) for length in range(len(path), -1, -1)]
    return next((place for place in [*inside[-1:], *around] if place is not None), "The configuration")
