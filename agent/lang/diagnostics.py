"""Errors and warnings about rule files: their codes, where they are, and what they say."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lang.source import Place, SourceFile


_BEFORE, _AFTER = 70, 60
"""Characters of a line kept before and behind the place that is meant."""


def shown(text: str, width: int = 60) -> str:
    """A piece of somebody's text as a message may hold it: cut, and printable."""
    cut = text if len(text) <= width else text[:width] + "…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]


class Severity(enum.Enum):
    """An error makes its file unusable; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Code(enum.Enum):
    """What is wrong, in the codes that rule tooling of the field knows: (name, short text, severity)."""

    ERR_FILE_READ = ("LOAD_ERR_FILE_READ", "File read error", Severity.ERROR)
    ERR_YAML_PARSE = ("LOAD_ERR_YAML_PARSE", "YAML parse error", Severity.ERROR)
    ERR_YAML_VALIDATE = ("LOAD_ERR_YAML_VALIDATE", "Error validating internal structure of YAML file", Severity.ERROR)
    ERR_COMPILE_CONDITION = ("LOAD_ERR_COMPILE_CONDITION", "Error compiling condition", Severity.ERROR)
    ERR_COMPILE_OUTPUT = ("LOAD_ERR_COMPILE_OUTPUT", "Error compiling output", Severity.ERROR)
    ERR_VALIDATE = ("LOAD_ERR_VALIDATE", "Error validating rule/macro/list/exception objects", Severity.ERROR)
    ERR_EXTENSION = ("LOAD_ERR_EXTENSION", "Error in extension item", Severity.ERROR)

    UNKNOWN_SOURCE = ("LOAD_UNKNOWN_SOURCE", "Unknown event source", Severity.WARNING)
    UNSAFE_NA_CHECK = ("LOAD_UNSAFE_NA_CHECK", "Unsafe <NA> comparison in condition", Severity.WARNING)
    NO_EVTTYPE = ("LOAD_NO_EVTTYPE", "Condition has no event-type restriction", Severity.WARNING)
    UNKNOWN_FILTER = ("LOAD_UNKNOWN_FILTER", "Unknown field or event-type in condition or output", Severity.WARNING)
    UNUSED_MACRO = ("LOAD_UNUSED_MACRO", "Unused macro", Severity.WARNING)
    UNUSED_LIST = ("LOAD_UNUSED_LIST", "Unused list", Severity.WARNING)
    UNKNOWN_ITEM = ("LOAD_UNKNOWN_ITEM", "Unknown rules file item", Severity.WARNING)
    DEPRECATED_ITEM = ("LOAD_DEPRECATED_ITEM", "Used deprecated item", Severity.WARNING)
    WARNING_EXTENSION = ("LOAD_WARNING_EXTENSION", "Warning in extension item", Severity.WARNING)
    APPEND_NO_VALUES = ("LOAD_APPEND_NO_VALUES", "Overriding/appending with no values", Severity.WARNING)
    EXCEPTION_NAME_NOT_UNIQUE = (
        "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
        "Multiple exceptions defined with the same name",
        Severity.WARNING,
    )
    INVALID_MACRO_NAME = ("LOAD_INVALID_MACRO_NAME", "Macro name is invalid", Severity.WARNING)
    INVALID_LIST_NAME = ("LOAD_INVALID_LIST_NAME", "List name is invalid", Severity.WARNING)
    COMPILE_CONDITION = ("LOAD_COMPILE_CONDITION", "Warning in rule condition", Severity.WARNING)
    UNKNOWN_KEY = ("LOAD_UNKNOWN_KEY", "Unknown key in item", Severity.WARNING)

    @property
    def name_text(self) -> str:
        """The code as it is printed."""
        return self.value[0]

    @property
    def short(self) -> str:
        """A short description of the code."""
        return self.value[1]

    @property
    def severity(self) -> Severity:
        """Whether the code is an error or a warning."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Location:
    """One step of the way from a file to the exact place: an item (kind and name) and where it is.

    ``line`` and ``column`` count from one, ``offset`` is the number of characters before the place.
    """

    item_type: str
    item_name: str
    file: str
    line: int
    column: int
    offset: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error or warning. ``locations`` runs from the outermost item to the exact place and may be empty when a
    whole file is meant; ``snippet`` is the text of the line around the exact place, ``caret`` where that is in it.
    """

    code: Code
    message: str
    file: str
    locations: tuple[Location, ...] = ()
    snippet: str = ""
    caret: int = 0
    deprecated_field: str | None = None

    @property
    def severity(self) -> Severity:
        """Error or warning, by the code."""
        return self.code.severity

    @property
    def is_error(self) -> bool:
        """Whether this is an error."""
        return self.severity is Severity.ERROR

    @property
    def line(self) -> int | None:
        """Line of the exact place, counted from one."""
        return self.locations[-1].line if self.locations else None

    @property
    def column(self) -> int | None:
        """Column of the exact place, counted from one."""
        return self.locations[-1].column if self.locations else None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.locations else self.file
        return f"{where}: {self.severity.value}: {self.message} [{self.code.name_text}]"


@dataclass(frozen=True, slots=True)
class Step:
    """An item on the way to a place, before lines and columns are worked out."""

    item_type: str
    item_name: str
    place: Place


def diagnostic(
    code: Code, message: str, steps: tuple[Step, ...], exact: Place, *, deprecated_field: str | None = None
) -> Diagnostic:
    """A diagnostic at ``exact``, reached through ``steps``; the last step takes the exact place."""
    locations = [_location(step.item_type, step.item_name, step.place) for step in steps[:-1]]
    last = steps[-1]
    locations.append(_location(last.item_type, last.item_name, exact))
    text, caret = exact.file.around(exact.offset, _BEFORE, _AFTER)
    return Diagnostic(code, message, exact.file.name, tuple(locations), text, caret, deprecated_field)


def file_diagnostic(code: Code, message: str, file: str) -> Diagnostic:
    """A diagnostic about a file as a whole."""
    return Diagnostic(code, message, file)


def at_offset(code: Code, message: str, file: SourceFile, offset: int) -> Diagnostic:
    """A diagnostic at an offset of a file that no item encloses yet."""
    line, column = file.line_column(offset)
    location = Location("rules content", "", file.name, line, column, offset)
    text, caret = file.around(offset, _BEFORE, _AFTER)
    return Diagnostic(code, message, file.name, (location,), text, caret)


def _location(item_type: str, item_name: str, place: Place) -> Location:
    line, column = place.file.line_column(place.offset)
    return Location(item_type, item_name, place.file.name, line, column, place.offset)


class LoadError(Exception):
    """Carries an error diagnostic out of the item it concerns."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__(str(found))
        self.diagnostic = found
