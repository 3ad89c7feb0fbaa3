"""Writes a tree as text that parses to the same tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.lang import ast
from agent.lang.grammar.strings import is_bare, quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OR, _AND, _NOT, _ATOM = range(4)

Written = tuple[str, int]
"""A text, and how tightly it binds."""


def unparse(node: ast.Expr | ast.Operand) -> str:
    """``node`` as text, with the parentheses it needs and no others."""
    return _PLAIN.text(node)


class Printer:
    """Writes trees; names of ``macros`` and ``lists`` are replaced by what they stand for.

    Raises OverflowError for a text of more than ``limit`` characters.
    """

    def __init__(
        self,
        macros: Mapping[str, Written] | None = None,
        lists: Mapping[str, Sequence[str]] | None = None,
        limit: int | None = None,
    ) -> None:
        self._macros = macros or {}
        self._lists = lists or {}
        self._limit = limit

    def text(self, node: ast.Expr | ast.Operand) -> str:
        """``node`` as text."""
        if isinstance(node, (ast.Field, ast.Transform)):
            return _operand(node)
        return self.written(node)[0]

    def written(self, node: ast.Expr) -> Written:
        """``node`` as text, to be put into another one."""
        if isinstance(node, (ast.And, ast.Or)):
            conjunction = isinstance(node, ast.And)
            parts: list[str] = []
            length = 0
            for child in node.children:  # a plain loop: a comprehension would double the depth of the Python stack
                parts.append(_wrapped(self.written(child), _NOT if conjunction else _AND))
                length += len(parts[-1]) + 5
                self._check(length)
            return (" and " if conjunction else " or ").join(parts), _AND if conjunction else _OR
        if isinstance(node, ast.Not):
            return "not " + _wrapped(self.written(node.child), _ATOM), _NOT
        if isinstance(node, ast.MacroRef):
            return self._macros.get(node.name, (node.name, _ATOM))
        return self._comparison(node), _ATOM

    def _check(self, length: int) -> None:
        if self._limit is not None and length > self._limit:
            raise OverflowError

    def _comparison(self, node: ast.Check) -> str:
        words = [_operand(node.lhs), node.op]
        if node.modifier:
            words.append(node.modifier)
        if node.rhs is not None:
            words.append(self._rhs(node.rhs))
        return " ".join(words)

    def _rhs(self, node: ast.Rhs) -> str:
        if isinstance(node, ast.ValueList):
            values: list[str] = []
            length = 0
            for item in node.items:
                if item.quoted or item.value not in self._lists:
                    values.append(_string(item))
                else:
                    values += self._values(item.value)
                    length += sum(map(len, self._lists[item.value]))
                    self._check(length)
            return "(" + ", ".join(values) + ")"
        if isinstance(node, ast.ListName):
            return "(" + ", ".join(self._values(node.name)) + ")" if node.name in self._lists else node.name
        if isinstance(node, ast.ValueOf):
            return f"val({_operand(node.operand)})"
        if isinstance(node, ast.String):
            return _string(node)
        if isinstance(node, ast.Number):
            return node.text
        return _operand(node)

    def _values(self, name: str) -> list[str]:
        values = self._lists[name]
        self._check(sum(map(len, values)))
        return [value if is_bare(value) else quote(value) for value in values]


def _wrapped(part: Written, level: int) -> str:
    text, binding = part
    return f"({text})" if binding < level else text


def _string(node: ast.String) -> str:
    return quote(node.value) if node.quoted or not is_bare(node.value) else node.value


def _operand(node: ast.Operand) -> str:
    subscript = _subscript(node.arg)
    if isinstance(node, ast.Field):
        return node.name + subscript
    return f"{node.name}({', '.join(_argument(arg) for arg in node.args)}){subscript}"


def _argument(node: ast.TransformArg) -> str:
    if isinstance(node, ast.OperandList):
        return "(" + ", ".join(_argument(item) for item in node.items) + ")"
    if isinstance(node, ast.String):
        return quote(node.value)
    if isinstance(node, ast.Number):
        return node.text
    return _operand(node)


def _subscript(arg: str | None) -> str:
    if arg is None:
        return ""
    plain = is_bare(arg) and not set(arg) & set("[]")
    return f"[{arg}]" if plain else f"[{quote(arg)}]"


_PLAIN = Printer()
