"""Maps the characters of a YAML scalar's value back to offsets in the file.

Folding, indentation and line breaks change blanks only, and escapes change single characters, so the characters of a
value that are not blanks stand in the file in the same order. A blank counts as standing behind the last of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = frozenset(" \t\r\n\x85\u2028\u2029")
_ESCAPE_LENGTH = {"x": 2, "u": 4, "U": 8}
_BLANK_ESCAPES = frozenset("tnrNLP \t\r\n")


def file_offsets(text: str, start: int, style: str | None, value: str) -> list[int]:
    """Offset in ``text`` of every character of ``value``, and of its end.

    ``start`` is the offset of the scalar's first character (its quote or block indicator), ``style`` the indicator.
    """
    offsets: list[int] = []
    if style == '"':
        steps = _double_quoted(text, start + 1)
    elif style == "'":
        steps = _single_quoted(text, start + 1)
    elif style in ("|", ">"):
        steps = _plain(text, _after_header(text, start))
    else:
        steps = _plain(text, start)
    behind = start
    for char in value:
        if char in _BLANKS:
            offsets.append(behind)
            behind = min(behind + 1, len(text)) if behind < len(text) and text[behind] in " \t" else behind
            continue
        offset, behind = next(steps, (behind, behind))
        offsets.append(offset)
    offsets.append(behind)
    return offsets


def _after_header(text: str, start: int) -> int:
    """Offset of the first line of a block scalar."""
    end = text.find("\n", start)
    carriage = text.find("\r", start)
    ends = [at for at in (end, carriage) if at >= 0]
    return min(ends) if ends else len(text)


def _plain(text: str, at: int) -> Iterator[tuple[int, int]]:
    while at < len(text):
        if text[at] not in _BLANKS:
            yield at, at + 1
        at += 1


def _single_quoted(text: str, at: int) -> Iterator[tuple[int, int]]:
    while at < len(text):
        width = 2 if text.startswith("''", at) else 1
        if text[at] not in _BLANKS:
            yield at, at + width
        at += width


def _double_quoted(text: str, at: int) -> Iterator[tuple[int, int]]:
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            escape = text[at + 1]
            width = 2 + _ESCAPE_LENGTH.get(escape, 0)
            if escape in _ESCAPE_LENGTH:
                blank = _escaped(text[at + 2 : at + width]) in _BLANKS
            else:
                blank = escape in _BLANK_ESCAPES
            if not blank:
                yield at, at + width
            at += width
        else:
            if text[at] not in _BLANKS:
                yield at, at + 1
            at += 1


def _escaped(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return "?"
