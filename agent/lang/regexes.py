"""Patterns of the operator ``regex``: regular expressions of linear time, matched against the whole text.

The engine's own library has the last word when the plan is made. What it would refuse is found here first, so that the
error has a place: with Python's library, after the notation that only the engine knows is replaced by like notation.
"""

from __future__ import annotations

import re
import warnings

MAX_PATTERN = 8192
"""Characters of a pattern."""

_NOTATION = re.compile(
    r"""(?P<back>\\[1-9]|\(\?P=)
    | (?P<look>\(\?(?:<?[=!]|>|\())
    | (?P<char>\\x\{[0-9a-fA-F]{1,6}\}|\\[pP](?:\{[^}]{1,40}\}|[A-Za-z]))
    | (?P<end>\\z)
    | (?P<name>\(\?<(?=[A-Za-z_]))
    | (?P<posix>\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\])
    | (?P<python>\\[ZN])
    | \\.""",
    re.DOTALL | re.VERBOSE,
)
_SPECIAL = frozenset("\\^$.|?*+()[]{}")


class PatternError(ValueError):
    """A pattern that is not valid."""


def _in_python(match: re.Match[str]) -> str:
    """A piece of notation as Python's library knows it."""
    kind = match.lastgroup
    if kind == "back":
        raise PatternError(f"back references ({match.group()}) are not supported")
    if kind == "look":
        raise PatternError("look-around and conditional groups are not supported")
    if kind == "python":
        raise PatternError(f"'{match.group()}' is not an escape")
    return {"char": "a", "posix": "a", "end": r"\Z", "name": "(?P<"}.get(kind or "", match.group())


def check_regex(pattern: str) -> None:
    """Raises :class:`PatternError` for a pattern that cannot be compiled, or not be matched in linear time."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"it has more than {MAX_PATTERN} characters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(_NOTATION.sub(_in_python, pattern))
        except re.error as error:
            raise PatternError(error.msg) from None
        except (RecursionError, OverflowError):
            raise PatternError("it is nested too deeply") from None


def simpler_operator(pattern: str) -> str | None:
    """The operator that says the same as a pattern without real regular expression in it."""
    head = pattern.startswith(".*")
    tail = pattern.endswith(".*") and len(pattern) > 2 and not pattern.endswith("\\.*")
    core = pattern[2 if head else 0 : -2 if tail else None]
    if not core or any(char in _SPECIAL for char in core):
        return None
    if head and tail:
        return "contains"
    return "endswith" if head else "startswith" if tail else "="
