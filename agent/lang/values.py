"""Constants of conditions, typed for the field they are compared with."""

from __future__ import annotations

import re
import socket
from math import isfinite
from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown
from agent.lang.types import ADDRESSES, NETWORKS, SIGNED_BITS, UNSIGNED_BITS
from agent.schema.types import ParamType

if TYPE_CHECKING:
    from collections.abc import Callable

_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}\Z")
_FRACTION = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,4})?\Z")
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,40}\Z")
_HEX_BYTES = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")
_BITS = re.compile(r"[0-9]{1,3}\Z")

Value = dict[str, Any]
"""A value of the plan, such as ``{"u": 5}``."""


class ConstantError(ValueError):
    """A constant that is no value of the field's type."""


def text_value(text: str) -> Value:
    """A text; bytes that are not UTF-8 as hex digits."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return {"s": text}
    return {"hex": text.encode("utf-8", "surrogateescape").hex()}


def typed_value(text: str, kind: ParamType, op: str) -> Value:
    """The constant ``text`` compared by ``op`` with a value of type ``kind``. Raises :class:`ConstantError`."""
    convert = _CONVERTERS.get(kind)
    if convert is not None:
        return convert(text)
    if kind in SIGNED_BITS:
        return _signed(text, SIGNED_BITS[kind])
    if kind in UNSIGNED_BITS:
        return _unsigned(text, UNSIGNED_BITS[kind])
    if kind in ADDRESSES:
        return {"ip": address(text)}
    if kind in NETWORKS:
        return {"net": network(text)}
    if op in ("bcontains", "bstartswith"):
        return _hex_bytes(text)
    if "\x00" in text:
        raise ConstantError("a text cannot hold a NUL character")
    return text_value(text)


def _integer(text: str) -> int:
    if _DECIMAL.match(text):
        return int(text)
    if _HEX.match(text):
        return int(text, 16)
    if re.match(r"[+-]?[0-9]+[.eE]", text):
        raise ConstantError(f"'{shown(text)}' is not a whole number; the field has whole numbers only")
    raise ConstantError(f"'{shown(text)}' is not a number")


def _signed(text: str, bits: int) -> Value:
    value = _integer(text)
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    if not low <= value <= high:
        raise ConstantError(f"{shown(text)} does not fit: the field has values from {low} to {high}")
    return {"i": value}


def _unsigned(text: str, bits: int) -> Value:
    value = _integer(text)
    high = (1 << bits) - 1
    if value < 0 and value >= -(1 << (bits - 1)):
        value += 1 << bits  # as in C: -1 is the largest number, which is how "no user id" is written
    if not 0 <= value <= high:
        raise ConstantError(f"{shown(text)} does not fit: the field has values from 0 to {high}")
    return {"u": value}


def _number(text: str) -> Value:
    if _FRACTION.match(text) and not _DECIMAL.match(text):
        number = float(text)
        if not isfinite(number):
            raise ConstantError(f"{shown(text)} is too large")
        return {"f": text}
    value = _integer(text)
    if not -(1 << 63) <= value < 1 << 64:
        raise ConstantError(f"{shown(text)} is too large")
    return {"u": value} if value >= 0 else {"i": value}


def _boolean(text: str) -> Value:
    if text not in ("true", "false"):
        raise ConstantError(f"'{shown(text)}' is not a truth value; use true or false")
    return {"b": text == "true"}


def _port(text: str) -> Value:
    if not text:
        return {"u": 0}
    if _DECIMAL.match(text) or _HEX.match(text):
        return _unsigned_port(text)
    try:
        return {"u": socket.getservbyname(text)}
    except (OSError, ValueError, OverflowError):
        message = f"'{shown(text)}' is neither a port number nor a service that /etc/services names"
        raise ConstantError(message) from None


def _unsigned_port(text: str) -> Value:
    value = _integer(text)
    if not 0 <= value <= 0xFFFF:
        raise ConstantError(f"{shown(text)} is not a port: ports go from 0 to 65535")
    return {"u": value}


def address(text: str) -> str:
    """An IPv4 or IPv6 address in its usual form. Raises :class:`ConstantError`."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        return socket.inet_ntop(family, socket.inet_pton(family, text))
    except (OSError, ValueError):
        hint = "; networks are compared with fd.net, fd.cnet, fd.snet, fd.lnet or fd.rnet" if "/" in text else ""
        raise ConstantError(f"'{shown(text)}' is not an IP address{hint}") from None


def network(text: str) -> str:
    """A network ``address/bits`` with the bits behind the prefix cleared. Raises :class:`ConstantError`."""
    base, slash, bits_text = text.partition("/")
    if not slash:
        raise ConstantError(f"'{shown(text)}' is not a network: write address/bits, such as 10.0.0.0/8")
    v6 = ":" in base
    bits = int(bits_text) if _BITS.match(bits_text) else -1
    low, high = (1, 128) if v6 else (0, 32)
    if not low <= bits <= high:
        raise ConstantError(f"'{shown(text)}' is not a network: the bits behind '/' go from {low} to {high}")
    family = socket.AF_INET6 if v6 else socket.AF_INET
    try:
        packed = socket.inet_pton(family, base)
    except (OSError, ValueError):
        raise ConstantError(f"'{shown(text)}' is not a network: '{shown(base)}' is no IP address") from None
    number = int.from_bytes(packed, "big")
    width = len(packed) * 8
    number &= ((1 << bits) - 1) << (width - bits)
    return f"{socket.inet_ntop(family, number.to_bytes(len(packed), 'big'))}/{bits}"


def _hex_bytes(text: str) -> Value:
    if not text or not _HEX_BYTES.match(text):
        raise ConstantError(f"'{shown(text)}' is not a string of bytes: give an even number of hexadecimal digits")
    return {"hex": text.lower()}


_CONVERTERS: dict[ParamType, Callable[[str], Value]] = {
    ParamType.BOOL: _boolean,
    ParamType.PORT: _port,
    ParamType.DOUBLE: _number,
}
