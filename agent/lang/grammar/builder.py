"""Turns reductions of the parser into nodes of the tree, as they happen."""

# ruff: noqa: D102 - a method is named after the grammar rule that it builds

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lark import Token, Transformer

from agent.lang import ast
from agent.lang.grammar.strings import EscapeError, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConditionSyntaxError(Exception):
    """A fault of a condition, at an offset of its text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def _unquoted(token: str, start: int) -> str:
    try:
        return unquote(token)
    except EscapeError as problem:
        raise ConditionSyntaxError(str(problem), start + problem.offset) from None


def _start(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return token.end_pos or 0


def _subscript(token: str, start: int) -> tuple[str, bool]:
    """The argument inside ``[…]``, and whether it was quoted."""
    inside = token[1:-1]
    if inside[0] in "\"'":
        return _unquoted(inside, start + 1), True
    return inside, False


def _nodes(children: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(child for child in children if not isinstance(child, Token))


class TreeBuilder(Transformer[Token, Any]):
    """One method a grammar rule; each gets the rule's children."""

    def condition(self, children: list[Any]) -> Any:
        return children[0]

    def single_operand(self, children: list[Any]) -> Any:
        return children[0]

    def list_body(self, children: list[Any]) -> tuple[ast.String, ...]:
        return tuple(children)

    def disjunction(self, children: list[Any]) -> ast.Or:
        parts = _nodes(children)
        return ast.Or(parts[0].start, parts[-1].end, parts)

    def conjunction(self, children: list[Any]) -> ast.And:
        parts = _nodes(children)
        return ast.And(parts[0].start, parts[-1].end, parts)

    def negation(self, children: list[Any]) -> ast.Expr:
        child: ast.Expr = children[-1]
        if len(children) % 2:  # an even number of "not" in front
            return child
        return ast.Not(_start(children[0]), child.end, child)

    def exists(self, children: list[Any]) -> ast.Check:
        lhs, op = children
        return ast.Check(lhs.start, _end(op), lhs, "exists", None, None, _start(op))

    def check(self, children: list[Any]) -> ast.Check:
        lhs, op, rhs = children
        name = "=" if op == "==" else str(op)
        return ast.Check(lhs.start, rhs.end, lhs, name, None, rhs, _start(op))

    def modified_check(self, children: list[Any]) -> ast.Check:
        lhs, op, modifier, rhs = children
        name = "=" if op == "==" else str(op)
        return ast.Check(lhs.start, rhs.end, lhs, name, str(modifier), rhs, _start(op))

    def macro(self, children: list[Any]) -> ast.MacroRef:
        name = children[0]
        return ast.MacroRef(_start(name), _end(name), str(name))

    def values(self, children: list[Any]) -> ast.ValueList:
        return ast.ValueList(_start(children[0]), _end(children[-1]), tuple(children[1:-1]))

    def list_name(self, children: list[Any]) -> ast.ListName:
        name = children[0]
        return ast.ListName(_start(name), _end(name), str(name))

    def value_of(self, children: list[Any]) -> ast.ValueOf:
        return ast.ValueOf(_start(children[0]), _end(children[-1]), children[1])

    def field(self, children: list[Any]) -> ast.Field:
        token = children[0]
        start = _start(token)
        name, bracket, _ = token.partition("[")
        if not bracket:
            return ast.Field(start, _end(token), str(token))
        arg, quoted = _subscript(token[len(name) :], start + len(name))
        return ast.Field(start, _end(token), name, arg, quoted)

    def call(self, children: list[Any]) -> ast.Transform:
        name, last = children[0], children[-1]
        arg = None
        if last.type == "SUBSCRIPT":
            arg, _ = _subscript(str(last), _start(last))
        return ast.Transform(_start(name), _end(last), str(name), _nodes(children[1:]), arg)

    def operands(self, children: list[Any]) -> ast.OperandList:
        return ast.OperandList(_start(children[0]), _end(children[-1]), _nodes(children))

    def bare(self, children: list[Any]) -> ast.String:
        token = children[0]
        return ast.String(_start(token), _end(token), str(token), quoted=False)

    def quoted(self, children: list[Any]) -> ast.String:
        token = children[0]
        return ast.String(_start(token), _end(token), _unquoted(token, _start(token)), quoted=True)

    def number(self, children: list[Any]) -> ast.Number:
        token = children[0]
        return ast.Number(_start(token), _end(token), str(token))
