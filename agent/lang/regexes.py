"""Patterns of the operator ``regex``: POSIX extended expressions of linear time, matched as a whole."""

from __future__ import annotations

import re
import warnings

MAX_PATTERN = 8192
"""Characters of a pattern."""

_POSIX_CLASS = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_REFUSED = re.compile(r"(?P<back>\\[1-9])|(?P<look>\(\?(?:<?[=!]|>|\())|\\.", re.DOTALL)
_SPECIAL = frozenset("\\^$.|?*+()[]{}")


class PatternError(ValueError):
    """A pattern that is not valid."""


def check_regex(pattern: str) -> None:
    """Raises :class:`PatternError` for a pattern that cannot be compiled, or not be matched in linear time."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"it has more than {MAX_PATTERN} characters")
    for match in _REFUSED.finditer(pattern):
        if match.group("back"):
            raise PatternError(f"back references ({match.group('back')}) are not supported")
        if match.group("look"):
            raise PatternError("look-around and conditional groups are not supported")
    plain = _POSIX_CLASS.sub("a", pattern)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(plain)
        except re.error as error:
            raise PatternError(error.msg) from None
        except (RecursionError, OverflowError):
            raise PatternError("it is nested too deeply") from None


def simpler_operator(pattern: str) -> str | None:
    """The operator that says the same as a pattern without real regular expression in it."""
    head = pattern.startswith(".*")
    tail = pattern.endswith(".*") and not pattern.endswith("\\.*") and len(pattern) > 2
    core = pattern[2 if head else 0 : -2 if tail else None]
    if not core or any(char in _SPECIAL for char in core):
        return None
    if head and tail:
        return "contains"
    return "endswith" if head else "startswith" if tail else "="
