"""Lists: what each one finally stands for, and how their names are replaced in conditions.

An item that is the name of another list stands for that list's values, however deep. In a condition a name is replaced
wherever it stands between blanks, parentheses, commas or equals signs, but not inside quotes. Almost always that is an
element of a list, and then the values are put into the tree directly: long lists are parsed once, and positions stay
those of the file. Only where a name stands elsewhere (behind ``=``) is the text itself rewritten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, Diagnostic, LoadError, shown
from agent.lang.exception_text import quoted_if_blank
from agent.lang.grammar import ConditionSyntaxError, parse_list

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from agent.lang.items import ListItem
    from agent.lang.source import Text

MAX_LIST_TEXT = 1_000_000
"""Characters that one list, or a condition with lists in it, may expand to."""

MAX_ALL_LISTS = 16_000_000
"""Characters that all lists together may expand to."""

# A text in quotes (to the end of everything where the closing quote is missing), or a word.
_TOKEN = re.compile(
    r"\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\\?\Z)|'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)|[^ \t\n\r(),=\"']+", re.DOTALL
)
_BLANKS = " \t\n\r"
_QUOTED = r"(?:\"[^\"\\]*(?:\\.[^\"\\]*)*\"|'[^'\\]*(?:\\.[^'\\]*)*')"
_QUOTED_VALUES = re.compile(rf"{_QUOTED}(?:[ \t\n\r]*,[ \t\n\r]*(?:{_QUOTED}|[^()\"' \t\r\n\f\v=,]+))*\Z", re.DOTALL)
_NOT_PLAIN = re.compile(r"[()\"'= \t\n\r\f\v\b]")


@dataclass(frozen=True, slots=True)
class ListValues:
    """What a list stands for: its text, and its values."""

    text: str
    values: tuple[str, ...]


class ListTable:
    """The lists as they stand after a file. ``nested`` are those that other lists hold, ``broken`` the faulty ones."""

    def __init__(self) -> None:
        self._lists: dict[str, ListValues] = {}
        self._left = 0
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
        self._lists = {}
        self._left = MAX_ALL_LISTS
        for item in self._inner_first(items):
            try:
                self._lists[item.name] = self._resolved(item, items)
            except LoadError as problem:
                self._fail(item.name, problem.diagnostic)
        return {name for name in {*before, *self._lists} if before.get(name) != self._lists.get(name)}

    def _fail(self, name: str, found: Diagnostic) -> None:
        self.diagnostics.append(found)
        self.broken[name] = found
        self._lists[name] = ListValues("", ())

    def _inner_first(self, items: dict[str, ListItem]) -> list[ListItem]:
        """The lists in an order in which each follows those it holds; one that closes a loop gets an error."""
        order: list[ListItem] = []
        state: dict[str, int] = {}  # 1: being visited, 2: done
        for root in items.values():
            if root.name in state:
                continue
            stack = [(root, iter(_held(root, items)))]
            state[root.name] = 1
            while stack:
                item, rest = stack[-1]
                inner = next(rest, None)
                if inner is None:
                    state[item.name] = 2
                    order.append(item)
                    stack.pop()
                elif inner not in state:
                    state[inner] = 1
                    stack.append((items[inner], iter(_held(items[inner], items))))
                elif state[inner] == 1 and item.name not in self.broken:
                    message = f"the list '{shown(item.name)}' holds '{shown(inner)}', which holds it in turn"
                    self._fail(item.name, item.context.diagnostic(Code.ERR_VALIDATE, message))
        return [item for item in order if item.name not in self.broken]

    def _resolved(self, item: ListItem, items: dict[str, ListItem]) -> ListValues:
        parts: list[str] = []
        values: list[str] = []
        length = 0
        for scalar in item.items:
            if scalar.value in items and scalar.value != item.name:
                self.nested.add(scalar.value)
                if scalar.value in self.broken:
                    raise LoadError(self.broken[scalar.value])
                inner = self._lists[scalar.value]
                part = inner.text
                values += inner.values
            else:
                part = quoted_if_blank(scalar.value)
                values += _values(scalar.value)
            if part:
                parts.append(part)
            length += len(part) + 2
            if length > min(MAX_LIST_TEXT, self._left):
                raise item.context.problem(
                    Code.ERR_VALIDATE,
                    f"the list '{shown(item.name)}' expands to more than {MAX_LIST_TEXT:,} characters, or all lists "
                    f"together to more than {MAX_ALL_LISTS:,}",
                )
        self._left -= length
        return ListValues(", ".join(parts), tuple(values))

    def __contains__(self, name: str) -> bool:
        return name in self._lists

    def get(self, name: str) -> ListValues | None:
        """What a list stands for, None without such a list."""
        return self._lists.get(name)

    def named_in(self, text: str) -> set[str]:
        """Names of lists that stand in a text outside of quotes."""
        return words(text) & self._lists.keys()

    def substitute(self, text: Text, kept: Container[int]) -> tuple[Text, bool]:
        """``text`` with the names of lists replaced by what they stand for, but for those at the offsets ``kept``; and
        whether there were any. Raises OverflowError past the bound.
        """
        spans = self._spans(text.text, kept)
        return (text.replace_all(spans), True) if spans else (text, False)

    def _spans(self, text: str, kept: Container[int]) -> list[tuple[int, int, str]]:
        spans: list[tuple[int, int, str]] = []
        length = len(text)
        last = 0
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            found = self._lists.get(match.group())
            if found is None or start in kept:
                continue
            if not found.text:  # an empty list takes one comma beside it along
                while start > last and text[start - 1] in _BLANKS:
                    start -= 1
                while end < len(text) and text[end] in _BLANKS:
                    end += 1
                if start > last and text[start - 1] == ",":
                    start -= 1
                elif end < len(text) and text[end] == ",":
                    end += 1
            spans.append((start, end, found.text or " "))
            length += len(found.text) + 1
            if length > MAX_LIST_TEXT:
                raise OverflowError
            last = end
        return spans


def _held(item: ListItem, items: dict[str, ListItem]) -> list[str]:
    """Names of the lists that a list holds. A list that names itself holds the plain value."""
    return list(dict.fromkeys(entry.value for entry in item.items if entry.value in items and entry.value != item.name))


def _values(item: str) -> tuple[str, ...]:
    """What one item stands for. Mostly that is the item; commas separate, and quotes around a value are not part of it.

    What is not valid in a condition's list as it stands is taken literally.
    """
    if not _NOT_PLAIN.search(item):
        values = tuple(item.split(",")) if "," in item else (item,)
        return values if all(values) else (item,)
    written = quoted_if_blank(item)
    if not _QUOTED_VALUES.match(written):  # found here, as the parser takes long to say what it would expect
        return (item,)
    try:
        return tuple(value.value for value in parse_list(written))
    except ConditionSyntaxError:
        return (item,)


def words(text: str) -> set[str]:
    """The words of a text between the delimiters of lists, outside of quotes."""
    return set(_TOKEN.findall(text))
