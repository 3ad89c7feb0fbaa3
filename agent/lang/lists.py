"""Lists: what each one finally stands for, and how their names are replaced in conditions.

By the language's definition a list's name is replaced in the text of a condition, before that is parsed, wherever it
stands between blanks, parentheses, commas or equals signs. Almost always that is an element of a list, and then the
values can be put into the tree directly: long lists are parsed once, and positions stay those of the file. Only where
a name stands elsewhere (behind ``=``, inside quotes) is the text itself rewritten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, Diagnostic, LoadError, shown
from agent.lang.exceptions import quoted_if_blank
from agent.lang.grammar import ConditionSyntaxError, parse_list

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from agent.lang.items import ListItem
    from agent.lang.source import Text

MAX_LIST_TEXT = 1_000_000
"""Characters that one list, or a condition with lists in it, may expand to."""

MAX_ALL_LISTS = 16_000_000
"""Characters that all lists together may expand to."""

_WORD = re.compile(r"[^ \t\n\r(),=]+")
_SPLIT = re.compile(r"[ \t\n\r(),=]+")
_BLANKS = " \t\n\r"
_BLANK = re.compile(r"[ \t\n\r\f\v\b]")
_NOT_PLAIN = re.compile(r"[()\"'=]")


@dataclass(frozen=True, slots=True)
class ListValues:
    """What a list stands for: its text, and its values; None where the text is no list of values."""

    text: str
    values: tuple[str, ...] | None


class ListTable:
    """The lists as they stand after a file."""

    def __init__(self) -> None:
        self._lists: dict[str, ListValues] = {}
        self._left = 0
        self._raw: dict[str, tuple[str, list[ListItem]]] = {}
        self._parsed: dict[str, tuple[str, ...] | None] = {}
        self.diagnostics: list[Diagnostic] = []
        self.nested: set[str] = set()
        self.broken: dict[str, Diagnostic] = {}

    def update(self, lists: Iterable[ListItem]) -> set[str]:
        """Works out all lists anew; returns the names of those that stand for something else than before."""
        items = {item.name: item for item in lists}
        self.diagnostics.clear()
        self.nested.clear()
        self.broken.clear()
        before = self._lists
        ordered = sorted(items.values(), key=lambda item: item.index)
        self._lists = {}
        self._left = MAX_ALL_LISTS
        self._raw.clear()
        # A name is replaced by lists that come later only, so the last list is settled first.
        for item in reversed(ordered):
            try:
                text = self._final_text(item, items)
                self._lists[item.name] = ListValues(text, self._values(text))
            except LoadError as problem:
                self.diagnostics.append(problem.diagnostic)
                self.broken[item.name] = problem.diagnostic
                self._lists[item.name] = ListValues("", ())
        self.diagnostics.reverse()
        self._parsed = {value.text: value.values for value in self._lists.values()}
        return {name for name in {*before, *self._lists} if before.get(name) != self._lists.get(name)}

    def _final_text(self, item: ListItem, items: dict[str, ListItem]) -> str:
        parts: list[str] = []
        nested: set[str] = set()
        length = 0
        for scalar in item.items:
            inner = items.get(scalar.value)
            if inner is None or inner.index >= item.visibility or inner is item:
                part = quoted_if_blank(scalar.value)
            else:
                if inner.name not in self._raw:
                    text = ", ".join(quoted_if_blank(value.value) for value in inner.items)
                    self._raw[inner.name] = text, [items[value.value] for value in inner.items if value.value in items]
                part, inside = self._raw[inner.name]
                if inner.name not in nested:
                    self._warn_unresolved(item, inner, inside)
                nested.add(inner.name)
            if part:
                parts.append(part)
            length += len(part) + 2
            if length > min(MAX_LIST_TEXT, self._left):
                raise self._too_long(item)
        self.nested |= nested
        try:
            text = self._replaced(", ".join(parts)).strip(_BLANKS)
        except OverflowError:
            raise self._too_long(item) from None
        self._left -= len(text)
        return text

    def _too_long(self, item: ListItem) -> LoadError:
        message = (
            f"the list '{shown(item.name)}' expands to more than {MAX_LIST_TEXT:,} characters, or all lists together "
            f"to more than {MAX_ALL_LISTS:,}"
        )
        return item.context.problem(Code.ERR_VALIDATE, message)

    def _warn_unresolved(self, item: ListItem, inner: ListItem, inside: list[ListItem]) -> None:
        third = next((third for third in inside if third.index < item.index), None)
        if third is not None:
            message = (
                f"the list '{item.name}' holds the list '{inner.name}', which holds the list '{third.name}': lists "
                f"resolve one level only, so '{third.name}' stays a plain value here; name it in '{item.name}' too"
            )
            self.diagnostics.append(item.context.diagnostic(Code.COMPILE_CONDITION, message))

    def _values(self, text: str) -> tuple[str, ...] | None:
        if text not in self._parsed:
            self._parsed[text] = _plain_values(text) or _parsed_values(text)
        return self._parsed[text]

    def __contains__(self, name: str) -> bool:
        return name in self._lists

    def get(self, name: str) -> ListValues | None:
        """What a list stands for, None without such a list."""
        return self._lists.get(name)

    def named_in(self, text: str) -> list[str]:
        """Names of lists in a text, as often as they stand there between delimiters."""
        return [word for word in _SPLIT.split(text) if word in self._lists]

    def substitute(self, text: Text, names: Container[str]) -> Text:
        """``text`` with the names of lists replaced by what they stand for. Raises OverflowError past the bound."""
        return text.replace_all(self._spans(text.text, names))

    def _replaced(self, text: str) -> str:
        names = set(self.named_in(text))
        if not names:
            return text
        for name in names & self.broken.keys():
            raise LoadError(self.broken[name])
        pieces: list[str] = []
        at = 0
        for start, end, new in self._spans(text, names):
            pieces += [text[at:start], new]
            at = end
        return "".join([*pieces, text[at:]])

    def _spans(self, text: str, names: Container[str]) -> list[tuple[int, int, str]]:
        spans: list[tuple[int, int, str]] = []
        length = len(text)
        last = 0
        for match in _WORD.finditer(text):
            if match.group() not in names:
                continue
            start, end = match.span()
            new = self._lists[match.group()].text
            while start > last and text[start - 1] in _BLANKS:
                start -= 1
            while end < len(text) and text[end] in _BLANKS:
                end += 1
            if not new:  # an empty list takes one comma beside it along
                if start > last and text[start - 1] == ",":
                    start -= 1
                elif end < len(text) and text[end] == ",":
                    end += 1
            spans.append((start, end, (" " if start else "") + new + " "))
            length += len(new) + 2
            if length > MAX_LIST_TEXT:
                raise OverflowError
            last = end
        return spans


def _plain_values(text: str) -> tuple[str, ...] | None:
    """Values of a list without quotes, which is most lists: much faster than the parser, same result."""
    if _NOT_PLAIN.search(text):
        return None
    values = tuple(part.strip(_BLANKS) for part in text.split(","))
    return None if any(not value or _BLANK.search(value) for value in values) else values


def _parsed_values(text: str) -> tuple[str, ...] | None:
    try:
        return tuple(value.value for value in parse_list(text))
    except ConditionSyntaxError:
        return None


def words(text: str) -> frozenset[str]:
    """The words of a text between the delimiters of lists."""
    return frozenset(_SPLIT.split(text))
