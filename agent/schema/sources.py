"""How a parameter's value is obtained from a finished system call.

A source describes; each backend's emitter turns it into calls of that backend's primitives. Argument numbers count
from zero, in the order of the x86-64 and aarch64 calling conventions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ret:
    """The call's return value."""


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument's number, read as ``ctype`` (None: the C type that fits the parameter's type) and converted.

    ``convert`` names a converter of :mod:`agent.schema.convert`; None takes the one of the parameter's flag table.
    """

    n: int
    ctype: str | None = None
    convert: str | None = None


@dataclass(frozen=True, slots=True)
class ArgPair:
    """A 64-bit number passed as two 32-bit arguments."""

    high: int
    low: int


@dataclass(frozen=True, slots=True)
class ArgWhen:
    """Argument ``n`` when ``(argument test & mask) == equals``, else zero."""

    n: int
    test: int
    mask: int
    equals: int


@dataclass(frozen=True, slots=True)
class UserPath:
    """A path in user memory, at most PATH_MAX bytes."""

    n: int


@dataclass(frozen=True, slots=True)
class UserString:
    """A NUL-terminated string in user memory; with ``on_success`` read only when the call did not fail."""

    n: int
    on_success: bool = False


@dataclass(frozen=True, slots=True)
class RetLength:
    """As many bytes as the call returned; when it failed, the value of argument ``or_arg``, or none."""

    or_arg: int | None = None


@dataclass(frozen=True, slots=True)
class ArgLength:
    """As many bytes as an argument says."""

    n: int


@dataclass(frozen=True, slots=True)
class UserBytes:
    """Bytes in user memory at argument ``n``, cut at the snaplen."""

    n: int
    length: RetLength | ArgLength


@dataclass(frozen=True, slots=True)
class Sockaddr:
    """A socket address in user memory: pointer and length are arguments."""

    pointer: int
    length: int


@dataclass(frozen=True, slots=True)
class UserLong:
    """The ``index``-th ``long`` of a structure in user memory: four bytes wide for 32-bit programs.

    ``otherwise`` when it cannot be read, or with ``on_success`` when the call failed.
    """

    n: int
    index: int
    otherwise: int = 0
    on_success: bool = False


@dataclass(frozen=True, slots=True)
class UserNumber:
    """A number of type ``ctype`` in user memory, ``offset`` bytes behind the pointer that is argument ``n``.

    ``otherwise`` when it cannot be read, with ``on_success`` when the call failed, and with ``at_least`` (argument,
    minimum) when that argument is smaller.
    """

    n: int
    ctype: str
    offset: int = 0
    otherwise: int = 0
    at_least: tuple[int, int] | None = None
    on_success: bool = False


@dataclass(frozen=True, slots=True)
class UserTimespec:
    """A ``timespec`` in user memory, in nanoseconds."""

    n: int


@dataclass(frozen=True, slots=True)
class Const:
    """A constant: the call does not carry the value."""

    value: int


@dataclass(frozen=True, slots=True)
class Empty:
    """A parameter of length zero."""


Source = (
    Ret
    | Arg
    | ArgPair
    | ArgWhen
    | UserPath
    | UserString
    | UserBytes
    | UserLong
    | UserNumber
    | UserTimespec
    | Sockaddr
    | Const
    | Empty
)

RET = Ret()
