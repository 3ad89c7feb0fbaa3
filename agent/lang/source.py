"""Where text comes from: files, and texts put together from several places of files.

A condition that an ``append`` made longer, or into which a list was expanded, is parsed as one text. Every offset of
such a :class:`Text` leads back to the file, line and column that a person has to edit.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lang.yaml_nodes import Scalar

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class SourceFile:
    """The text of one rule file, and the name a person knows it by."""

    __slots__ = ("_line_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._line_starts: list[int] | None = None

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            self._line_starts = [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]
        return self._line_starts

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from one."""
        starts = self._starts()
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def around(self, offset: int, before: int, after: int) -> tuple[str, int]:
        """The line of an offset, at most ``before`` characters before it and ``after`` behind, and where it is there.

        A file may be one line of megabytes with a fault in every word: what is shown of it must stay small.
        """
        starts = self._starts()
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(starts, offset)
        end = starts[line] if line < len(starts) else len(self.text)
        begin = max(starts[line - 1], offset - before)
        return self.text[begin : min(end, offset + after)].rstrip("\r\n"), offset - begin


@dataclass(slots=True)
class Place:
    """A character of a file."""

    file: SourceFile
    offset: int


@dataclass(slots=True)
class _Part:
    """A stretch of a text: starts at ``start`` and comes from ``scalar``, from its character ``at`` on.

    A fixed part stands for one place as a whole: the text an expanded list left there.
    """

    start: int
    scalar: Scalar
    at: int
    fixed: bool = False


class Text:
    """A text to be parsed, with the origin of each of its characters."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str, parts: list[_Part]) -> None:
        self.text = text
        self._parts = parts

    @classmethod
    def of(cls, *scalars: Scalar) -> Text:
        """The values of scalars, joined with one blank."""
        parts: list[_Part] = []
        values: list[str] = []
        start = 0
        for scalar in scalars:
            parts.append(_Part(start, scalar, 0))
            values.append(scalar.value)
            start += len(scalar.value) + 1
        return cls(" ".join(values), parts)

    @classmethod
    def assembled(cls, pieces: list[tuple[str, Scalar, bool]]) -> Text:
        """A text of pieces ``(text, scalar it stands for, whether it is the scalar's own value)``."""
        parts: list[_Part] = []
        start = 0
        for text, scalar, own in pieces:
            parts.append(_Part(start, scalar, 0, fixed=not own))
            start += len(text)
        return cls("".join(piece[0] for piece in pieces), parts)

    def place(self, offset: int) -> Place:
        """The place in a file that a character offset of this text comes from."""
        part = self._parts[self._part_at(offset)]
        at = part.at if part.fixed else part.at + offset - part.start
        return Place(part.scalar.file, part.scalar.file_offset(at))

    def replace_all(self, spans: list[tuple[int, int, str]]) -> Text:
        """This text with ascending, disjoint spans ``(start, end, new)`` replaced.

        The new characters of a span count as standing where the span starts.
        """
        pieces: list[str] = []
        parts: list[_Part] = []
        length = 0
        at = 0
        for start, end, new in [*spans, (len(self.text), len(self.text), "")]:
            if start > at:
                parts.extend(self._slice(at, start, length - at))
                pieces.append(self.text[at:start])
                length += start - at
            parts.append(self._fixed(start, length))
            pieces.append(new)
            length += len(new)
            at = end
        return Text("".join(pieces), parts)

    def _part_at(self, offset: int) -> int:
        return max(0, bisect_right(self._parts, offset, key=_start_of) - 1)

    def _fixed(self, offset: int, start: int) -> _Part:
        part = self._parts[self._part_at(offset)]
        at = part.at if part.fixed else part.at + offset - part.start
        return _Part(start, part.scalar, at, fixed=True)

    def _slice(self, start: int, end: int, shift: int) -> list[_Part]:
        sliced: list[_Part] = []
        for part in self._parts[self._part_at(start) :]:
            if part.start >= end and sliced:
                break
            begin = max(part.start, start)
            at = part.at if part.fixed else part.at + begin - part.start
            sliced.append(_Part(begin + shift, part.scalar, at, part.fixed))
        return sliced


def _start_of(part: _Part) -> int:
    return part.start
