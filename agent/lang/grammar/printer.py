"""Writes a tree as text that parses to the same tree."""

from __future__ import annotations

from agent.lang import ast
from agent.lang.grammar.strings import is_bare, quote

_OR, _AND, _NOT, _ATOM = range(4)


def unparse(node: ast.Expr | ast.Operand) -> str:
    """``node`` as text, with the parentheses it needs and no others."""
    if isinstance(node, (ast.Field, ast.Transform)):
        return _operand(node)
    return _expr(node, _OR)


def _expr(node: ast.Expr, level: int) -> str:
    if isinstance(node, ast.Or):
        return _wrapped(" or ".join(_expr(child, _AND) for child in node.children), level > _OR)
    if isinstance(node, ast.And):
        return _wrapped(" and ".join(_expr(child, _NOT) for child in node.children), level > _AND)
    if isinstance(node, ast.Not):
        return "not " + _expr(node.child, _ATOM)
    if isinstance(node, ast.MacroRef):
        return node.name
    return _check(node)


def _wrapped(text: str, wrap: bool) -> str:
    return f"({text})" if wrap else text


def _check(node: ast.Check) -> str:
    words = [_operand(node.lhs), node.op]
    if node.modifier:
        words.append(node.modifier)
    if node.rhs is not None:
        words.append(_rhs(node.rhs))
    return " ".join(words)


def _rhs(node: ast.Rhs) -> str:
    if isinstance(node, ast.ValueList):
        return "(" + ", ".join(_string(item) for item in node.items) + ")"
    if isinstance(node, ast.ValueOf):
        return f"val({_operand(node.operand)})"
    if isinstance(node, ast.ListName):
        return node.name
    if isinstance(node, ast.String):
        return _string(node)
    if isinstance(node, ast.Number):
        return node.text
    return _operand(node)


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
