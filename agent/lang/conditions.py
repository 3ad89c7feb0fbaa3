"""Conditions of macros, rules and exceptions: from text to checked form, each by itself.

What needs other macros (whether they exist, loops, event types) is left to :mod:`agent.lang.macros`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.lang import ast
from agent.lang.check import Budget, ConditionChecker, Warned
from agent.lang.diagnostics import Code, Diagnostic, LoadError
from agent.lang.grammar import ConditionSyntaxError, parse_condition
from agent.lang.lists import MAX_LIST_TEXT, words
from agent.lang.lowered import All, Constant, ExceptionUse, Lowered, Negation

if TYPE_CHECKING:
    from agent.lang.field_use import FieldUse
    from agent.lang.lists import ListTable
    from agent.lang.operands import CheckError
    from agent.lang.reading import Context
    from agent.lang.source import Text
    from agent.lang.vocabulary import Vocabulary


@dataclass(slots=True)
class Found:
    """A problem of a condition that counts only where the condition is used, and whether it is an unknown name."""

    diagnostic: Diagnostic
    unknown: bool


@dataclass(slots=True)
class Condition:
    """A checked condition. ``error`` is set when it cannot be parsed; then there is nothing else."""

    words: set[str]
    lowered: Lowered = field(default_factory=lambda: Constant(False))
    tree: ast.Expr | None = None
    error: Diagnostic | None = None
    problems: list[Found] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    macros: dict[str, Diagnostic] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    fields: dict[str, FieldUse] = field(default_factory=dict)

    def and_not(self, exceptions: list[tuple[str, Condition]]) -> None:
        """Narrows the condition by those of its exceptions, each with its name."""
        children = list(self.lowered.children if isinstance(self.lowered, All) else (self.lowered,))
        trees = list(
            self.tree.children if isinstance(self.tree, ast.And) else () if self.tree is None else (self.tree,)
        )
        for exception_name, exception in exceptions:
            self.words |= exception.words
            if exception.error is not None:
                self.error = self.error or exception.error
                continue
            children.append(Negation(ExceptionUse(exception_name, exception.lowered)))
            if exception.tree is not None:
                trees.append(ast.Not(exception.tree.start, exception.tree.end, exception.tree))
            self.problems += exception.problems
            self.warnings += exception.warnings
            for name, place in exception.macros.items():
                self.macros.setdefault(name, place)
            self.lists |= exception.lists
            self.fields.update(exception.fields)
        if len(children) > 1:
            self.lowered = All(tuple(children))
        if self.tree is not None and len(trees) > 1:
            self.tree = ast.And(self.tree.start, self.tree.end, tuple(trees))


class ConditionCompiler:
    """Parses and checks conditions against lists and vocabulary."""

    def __init__(self, vocabulary: Vocabulary, lists: ListTable) -> None:
        self.vocabulary = vocabulary
        self.lists = lists
        self.budget = Budget()

    def compile(self, text: Text, context: Context, tree: ast.Expr | None = None) -> Condition:
        """The condition of a text, and of its tree where that is known. Faults are in the result, never raised."""
        condition = Condition(words(text.text))
        try:
            if tree is None or not self.lists.broken.keys().isdisjoint(condition.words):
                text, tree, condition.lists = self._parse(text)
        except ConditionSyntaxError as problem:
            error = context.diagnostic(Code.ERR_COMPILE_CONDITION, problem.message, text.place(problem.offset))
            condition.error = error
            return condition
        except LoadError as problem:
            condition.error = problem.diagnostic
            return condition
        except _ExpandedError as expanded:
            place = expanded.text.place(expanded.offset)
            condition.error = context.diagnostic(Code.ERR_COMPILE_CONDITION, expanded.message, place)
            return condition
        checker = ConditionChecker(self.vocabulary, self.lists, self.budget)
        condition.tree = tree
        condition.lowered = checker.lower(tree)
        condition.lists |= checker.used_lists
        condition.fields = checker.fields
        condition.problems = [self._found(problem, text, context) for problem in checker.problems]
        condition.warnings = [self._warning(warned, text, context) for warned in checker.warnings]
        for name, offset in checker.macros.items():
            message = f"there is no macro '{name}'"
            condition.macros[name] = context.diagnostic(Code.ERR_VALIDATE, message, text.place(offset))
        return condition

    def _found(self, problem: CheckError, text: Text, context: Context) -> Found:
        place = text.place(problem.offset)
        return Found(context.diagnostic(Code.ERR_COMPILE_CONDITION, problem.message, place), problem.unknown)

    def _warning(self, warned: Warned, text: Text, context: Context) -> Diagnostic:
        return context.diagnostic(warned.code, warned.message, text.place(warned.offset), deprecated_field=warned.field)

    def _parse(self, text: Text) -> tuple[Text, ast.Expr, set[str]]:
        """The tree of a text, with the lists named in it: replaced in the text, or left to the checker."""
        named = self.lists.named_in(text.text)
        if not named:
            return text, parse_condition(text.text), set()
        for name in named & self.lists.broken.keys():
            raise LoadError(self.lists.broken[name])
        tree: ast.Expr | None = None
        elements: set[int] = set()
        try:
            tree = parse_condition(text.text)
            elements = self._elements(tree)
        except ConditionSyntaxError:
            pass  # it may be one with the lists put in
        try:
            expanded, changed = self.lists.substitute(text, elements)
        except OverflowError:
            message = f"the condition expands to more than {MAX_LIST_TEXT:,} characters when lists are put in"
            raise ConditionSyntaxError(message, 0) from None
        if tree is not None and not changed:
            return text, tree, set()
        try:
            return expanded, parse_condition(expanded.text), named
        except ConditionSyntaxError as problem:
            raise _ExpandedError(problem, expanded) from None

    def _elements(self, tree: ast.Expr) -> set[int]:
        """Where names of lists stand as elements of lists, or alone where a list belongs."""
        found: set[int] = set()
        nodes: list[ast.Expr] = [tree]
        while nodes:
            node = nodes.pop()
            if isinstance(node, (ast.And, ast.Or)):
                nodes.extend(node.children)
            elif isinstance(node, ast.Not):
                nodes.append(node.child)
            elif isinstance(node, ast.Check):
                if isinstance(node.rhs, ast.ListName):
                    found.add(node.rhs.start)
                elif isinstance(node.rhs, ast.ValueList):
                    found.update(item.start for item in node.rhs.items if not item.quoted)
        return found


class _ExpandedError(Exception):
    """A fault of a text into which lists were put."""

    def __init__(self, problem: ConditionSyntaxError, text: Text) -> None:
        super().__init__(problem.message)
        self.message = problem.message
        self.offset = problem.offset
        self.text = text
