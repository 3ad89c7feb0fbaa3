"""The conditions that exceptions stand for: as text, and mostly as a tree, too.

An exception is put together here, so its tree is known while its text is written; reading the text again would take
most of the time of loading a file of exceptions. The text leads from the tree's offsets back to the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.lang import ast
from agent.lang.exceptions import NUMBER_OPERATORS, is_list_comparison
from agent.lang.grammar import parse_operand
from agent.lang.grammar.strings import EscapeError, quote, unquote
from agent.lang.source import Text
from agent.lang.yaml_nodes import Node, Scalar, Sequence

if TYPE_CHECKING:
    from agent.lang.items import ExceptionItem
    from agent.lang.lists import ListTable

_BARE = re.compile(r"[^()\"' \t\r\n\f\v\b=,]+\Z")
# Commas separate the values of a list.
_BARE_VALUES = re.compile(r"[^()\"' \t\r\n\f\v=]+\Z")
_QUOTED = re.compile(r"\"[^\"\\]*(?:\\.[^\"\\]*)*\"\Z|'[^'\\]*(?:\\.[^'\\]*)*'\Z", re.DOTALL)
_CALL = re.compile(r"(?:tolower|toupper|b64|basename|len|join|concat|getopt|val)\(.*\)(?:\[[^\]]*\])?\Z", re.DOTALL)


def exception_condition(exception: ExceptionItem, lists: ListTable) -> tuple[Text, ast.Expr | None] | None:
    """The condition under which an exception holds, None without values.

    The tree is left out where only the text tells it: values that are calls, and names of ``lists`` that are no
    elements of lists. The fields of the exception can be read.
    """
    return _Writer(exception, lists).condition() if exception.rows else None


class _Writer:
    """Writes text and tree together."""

    def __init__(self, exception: ExceptionItem, lists: ListTable) -> None:
        self._exception = exception
        self._lists = lists
        self._pieces: list[tuple[str, Scalar, bool]] = []
        self._length = 0
        self._known = True
        self._operands = [parse_operand(field.value) for field in exception.fields]
        self._placed: set[int] = set()

    def condition(self) -> tuple[Text, ast.Expr | None]:
        rows = self._single() if self._exception.single else self._rows()
        tree = rows[0] if len(rows) == 1 else ast.Or(rows[0].start, rows[-1].end, tuple(rows))
        return Text.assembled(self._pieces), tree if self._known else None

    def _add(self, text: str, scalar: Scalar, *, own: bool = False) -> int:
        """Writes a piece that stands for a scalar, and is its value if it is its ``own``; returns where it begins."""
        start = self._length
        self._pieces.append((text, scalar, own))
        self._length += len(text)
        return start

    def _single(self) -> list[ast.Expr]:
        values: list[Node] = []
        for row in self._exception.rows:
            values += row
        return [self._check(0, values, in_list=True)]

    def _rows(self) -> list[ast.Expr]:
        rows: list[ast.Expr] = []
        for number, row in enumerate(self._exception.rows):
            if number:  # "and" binds closer, so rows need no parentheses
                self._add(" or ", self._exception.fields[0])
            checks: list[ast.Expr] = []
            for position, node in enumerate(row):
                if position:
                    self._add(" and ", self._exception.fields[position])
                in_list = isinstance(node, Sequence) or is_list_comparison(self._exception.comps[position])
                checks.append(self._check(position, node.items if isinstance(node, Sequence) else [node], in_list))
            rows.append(checks[0] if len(checks) == 1 else ast.And(checks[0].start, checks[-1].end, tuple(checks)))
        return rows

    def _check(self, position: int, nodes: list[Node], in_list: bool) -> ast.Check:
        exception = self._exception
        field, comp = exception.fields[position], exception.comps[position]
        start = self._add(field.value, field, own=True)
        operand = self._operands[position]
        if position not in self._placed:  # all rows share it: wherever it is written, it stands for the same field
            self._placed.add(position)
            _shift(operand, start)
        op_start = self._add(f" {comp} ", exception.comp_nodes[position]) + 1
        op, *modifier = comp.split()
        if in_list:
            opened = self._add("(", field)
        items = self._values(nodes, in_list)
        rhs: ast.Rhs
        if in_list:
            rhs = ast.ValueList(opened, self._add(")", field) + 1, items)
            self._known = self._known and is_list_comparison(comp)
        else:
            rhs = items[0] if items else ast.String(op_start, op_start, "", quoted=True)
            self._known = self._known and bool(items) and comp not in NUMBER_OPERATORS
        name = "=" if op == "==" else op
        return ast.Check(operand.start, self._length, operand, name, modifier[0] if modifier else None, rhs, op_start)

    def _values(self, nodes: list[Node], in_list: bool) -> tuple[ast.String, ...]:
        values: list[ast.String] = []
        for position, node in enumerate(nodes):
            if not isinstance(node, Scalar):
                continue
            if position:
                self._add(", ", node)
            written = _as_value(node.value)
            start = self._add(written, node, own=written == node.value)
            if _BARE.match(written):
                if not in_list and written in self._lists:
                    self._known = False
                values.append(ast.String(start, self._length, written, quoted=False))
            elif _QUOTED.match(written):
                try:
                    values.append(ast.String(start, self._length, unquote(written), quoted=True))
                except EscapeError:
                    self._known = False
            else:
                self._known = False
        return tuple(values)


def _shift(operand: ast.Operand, by: int) -> None:
    """Moves the positions of an operand that was read from a text of its own."""
    nodes: list[ast.TransformArg] = [operand]
    while nodes:
        node = nodes.pop()
        node.start += by
        node.end += by
        if isinstance(node, ast.Transform):
            nodes.extend(node.args)
        elif isinstance(node, ast.OperandList):
            nodes.extend(node.items)


def quoted_if_blank(value: str) -> str:
    """A value as it goes into a condition's text: in quotes when it has a blank and no quote at its start."""
    return f'"{value}"' if " " in value and value[:1] not in ("'", '"') else value


def _as_value(value: str) -> str:
    """A value of an exception as it goes into the condition's text: one value, whatever characters it has.

    It may be written in quotes, or be a call such as ``val(proc.pname)``.
    """
    written = quoted_if_blank(value)
    if _BARE_VALUES.match(written) or _CALL.match(written):
        return written
    if _QUOTED.match(written):
        try:
            unquote(written)
        except EscapeError:
            return written if written is value else quote(value)
        return written
    return quote(value)
