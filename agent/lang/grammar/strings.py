"""Quoted texts of conditions: escapes read and written."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/"}
_BARE = re.compile(r"[^()\"' \t\r\n\f\v=,]+\Z")
_TO_ESCAPE = re.compile(r"[\x00-\x1f\x7f\\\"\udc80-\udcff]")
_WRITTEN = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


class EscapeError(ValueError):
    """An escape that means nothing; ``offset`` counts from the opening quote."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def unquote(literal: str) -> str:
    r"""The value of a text in quotes.

    ``\xHH`` stands for a byte; bytes that are not UTF-8 come back as lone surrogates (``surrogateescape``). A
    backslash in front of a blank stands for itself. Raises :class:`EscapeError`.
    """
    body = literal[1:-1]
    if "\\" not in body:
        if "\x00" in body:
            raise EscapeError("a text cannot hold a NUL character", body.index("\x00") + 1)
        return body
    quote = literal[0]
    bytes_given = False

    def value(match: re.Match[str]) -> str:
        nonlocal bytes_given
        escape = match.group(1)
        if escape in _SIMPLE:
            return _SIMPLE[escape]
        if escape == " ":
            return "\\"
        if escape == quote:
            return quote
        if len(escape) == 3:
            code = int(escape[1:], 16)
            if code == 0:
                raise EscapeError("a text cannot hold a NUL character (\\x00)", match.start() + 1)
            bytes_given = bytes_given or code > 0x7F
            return chr(code) if code < 0x80 else chr(0xDC00 + code)
        raise EscapeError(
            f"'\\{escape}' is not an escape; known are \\b \\f \\n \\r \\t \\\\ \\/ \\xHH and \\{quote}"
            " (write \\\\ for a backslash)",
            match.start() + 1,
        )

    text = _ESCAPE.sub(value, body)
    if "\x00" in text:
        raise EscapeError("a text cannot hold a NUL character", 1)
    if bytes_given:
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return text


def quote(value: str) -> str:
    """``value`` in double quotes, escaped so that :func:`unquote` gives it back."""

    def escape(match: re.Match[str]) -> str:
        char = match.group()
        return _WRITTEN.get(char) or f"\\x{ord(char) & 0xFF:02x}"

    return '"' + _TO_ESCAPE.sub(escape, value) + '"'


def is_bare(value: str) -> bool:
    """Whether ``value`` can stand without quotes."""
    return _BARE.match(value) is not None
