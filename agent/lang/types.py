"""Which operators a type has, and what its values look like."""

from __future__ import annotations

from agent.schema.types import ParamType as T

SIGNED_BITS: dict[T, int] = {
    T.INT8: 8,
    T.INT16: 16,
    T.INT32: 32,
    T.INT64: 64,
    T.ERRNO: 64,
    T.FD: 64,
    T.PID: 64,
    T.FD32: 32,
    T.PID32: 32,
}
"""Signed whole numbers and their widths."""

UNSIGNED_BITS: dict[T, int] = {
    T.UINT8: 8,
    T.UINT16: 16,
    T.UINT32: 32,
    T.UINT64: 64,
    T.SYSCALLID: 16,
    T.SIGTYPE: 8,
    T.RELTIME: 64,
    T.ABSTIME: 64,
    T.PORT: 16,
    T.L4PROTO: 8,
    T.SOCKFAMILY: 8,
    T.FLAGS8: 8,
    T.FLAGS16: 16,
    T.FLAGS32: 32,
    T.ENUMFLAGS8: 8,
    T.ENUMFLAGS16: 16,
    T.ENUMFLAGS32: 32,
    T.MODE: 32,
}
"""Unsigned whole numbers and their widths."""

STRINGS = frozenset((T.CHARBUF, T.FSPATH, T.FSRELPATH))
"""Texts."""

ADDRESSES = frozenset((T.IPADDR, T.IPV4ADDR, T.IPV6ADDR))
"""IP addresses."""

NETWORKS = frozenset((T.IPNET, T.IPV4NET, T.IPV6NET))
"""IP networks."""

_MEMBERSHIP = frozenset(("in", "intersects", "exists"))
_EQUALITY = frozenset(("=", "!=")) | _MEMBERSHIP
_NUMERIC = _EQUALITY | frozenset(("<", "<=", ">", ">="))
_TEXT = _NUMERIC | frozenset(("contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "pmatch"))
_BUFFER = _EQUALITY | frozenset(("contains", "startswith", "endswith", "bcontains", "bstartswith"))
_PRESENCE = frozenset(("exists",))
_LIST_ELEMENTS = STRINGS | ADDRESSES | NETWORKS | frozenset((T.UINT64, T.RELTIME, T.ABSTIME, T.BOOL))

LIST_OPERATORS = frozenset(("in", "intersects", "pmatch"))
"""Operators whose right side is a list."""


def operators(kind: T, *, is_list: bool) -> frozenset[str]:
    """Operators that a value of a type, or a list of such values, has on its left."""
    if is_list:
        return _MEMBERSHIP if kind in _LIST_ELEMENTS else _PRESENCE
    if kind in STRINGS:
        return _TEXT
    if kind in SIGNED_BITS or kind in UNSIGNED_BITS or kind is T.DOUBLE:
        return _NUMERIC
    if kind is T.BOOL or kind in ADDRESSES or kind in NETWORKS:
        return _EQUALITY
    if kind is T.BYTEBUF:
        return _BUFFER
    return _PRESENCE


def describe(kind: T, *, is_list: bool = False) -> str:
    """A type in words."""
    if kind in STRINGS:
        name = "text"
    elif kind is T.PORT:
        name = "port"
    elif kind is T.BOOL:
        name = "truth value"
    elif kind is T.BYTEBUF:
        name = "byte buffer"
    elif kind in ADDRESSES:
        name = "IP address"
    elif kind in NETWORKS:
        name = "IP network"
    elif kind in (T.RELTIME, T.ABSTIME):
        name = "time in nanoseconds"
    elif kind in SIGNED_BITS or kind in UNSIGNED_BITS or kind is T.DOUBLE:
        name = "number"
    else:
        name = f"value of type {kind.name}"
    return f"list of {name}s" if is_list else name
