"""Evaluates expressions of plans and syntax trees under given truths, to compare one with the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.lang import ast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def plan_truth(plan: Mapping[str, Any], node: Mapping[str, Any], check: Callable[[dict[str, Any]], bool]) -> bool:
    """Truth of an expression of a plan, where ``check`` tells that of a single check."""
    [(kind, value)] = node.items()
    if kind == "and":
        return all(plan_truth(plan, child, check) for child in value)
    if kind == "or":
        return any(plan_truth(plan, child, check) for child in value)
    if kind == "not":
        return not plan_truth(plan, value, check)
    if kind == "check":
        return check(plan["checks"][value])
    if kind == "shared":
        return plan_truth(plan, plan["shared"][value], check)
    if kind == "const":
        return bool(value)
    raise AssertionError(f"unknown expression {kind}")


def tree_truth(node: ast.Expr, macros: Mapping[str, ast.Expr], check: Callable[[ast.Check], bool]) -> bool:
    """Truth of a syntax tree, macros opened."""
    if isinstance(node, ast.And):
        return all(tree_truth(child, macros, check) for child in node.children)
    if isinstance(node, ast.Or):
        return any(tree_truth(child, macros, check) for child in node.children)
    if isinstance(node, ast.Not):
        return not tree_truth(node.child, macros, check)
    if isinstance(node, ast.MacroRef):
        return tree_truth(macros[node.name], macros, check)
    return check(node)
