"""Checks comparisons: operator against type, values against fields; and turns them into tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agent.lang import ast
from agent.lang.diagnostics import Code, shown
from agent.lang.field_use import field_exists, unknown_event
from agent.lang.grammar import unparse
from agent.lang.lowered import All, Constant, Lowered, MacroUse, Negation, Some, Test
from agent.lang.operands import CheckError, Operand, resolve_operand
from agent.lang.regexes import PatternError, check_regex, simpler_operator
from agent.lang.types import NETWORKS, describe, operators
from agent.lang.values import ConstantError, typed_value
from agent.schema.field_types import FF

if TYPE_CHECKING:
    from agent.lang.field_use import FieldUse
    from agent.lang.lists import ListTable
    from agent.lang.vocabulary import Vocabulary

_EVENT_FIELDS = frozenset(("evt.type", "syscall.type"))
_FIELD_LIKE = re.compile(r"([a-z0-9]+(?:\.[a-z_]+)+)(?:\[[^\]]*\])?\Z")
_CALL_LIKE = re.compile(r"(?:tolower|toupper|b64|basename|len|join|concat|getopt|val)\(.*\)\Z")

MAX_VALUES = 1_000_000
"""Constants that all comparisons together may hold, lists counted each time they are named."""


class Budget:
    """Counts the constants of all comparisons."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def reset(self) -> None:
        """Starts over, for the next file."""
        self.left = MAX_VALUES


class Warned:
    """A warning about a condition, at an offset of its text."""

    __slots__ = ("code", "field", "message", "offset")

    def __init__(self, code: Code, message: str, offset: int, field: str | None = None) -> None:
        self.code = code
        self.message = message
        self.offset = offset
        self.field = field


class ConditionChecker:
    """Checks one condition. ``problems`` and ``warnings`` hold what was found; ``macros`` the names it uses."""

    def __init__(self, vocabulary: Vocabulary, lists: ListTable, budget: Budget) -> None:
        self._vocabulary = vocabulary
        self._lists = lists
        self._budget = budget
        self.problems: list[CheckError] = []
        self.warnings: list[Warned] = []
        self.macros: dict[str, int] = {}
        self.used_lists: set[str] = set()
        self.fields: dict[str, FieldUse] = {}

    def lower(self, node: ast.Expr) -> Lowered:
        """The checked form of a condition. A comparison with a problem counts as false; the problem is kept."""
        if isinstance(node, ast.And):
            return All(self._lower_all(node.children))
        if isinstance(node, ast.Or):
            return Some(self._lower_all(node.children))
        if isinstance(node, ast.Not):
            return Negation(self.lower(node.child))
        if isinstance(node, ast.MacroRef):
            self.macros.setdefault(node.name, node.start)
            return MacroUse(node.name)
        try:
            return self._check(node)
        except CheckError as problem:
            self.problems.append(problem)
            return Constant(False)

    def _lower_all(self, nodes: tuple[ast.Expr, ...]) -> tuple[Lowered, ...]:
        children: list[Lowered] = []
        for node in nodes:  # a plain loop: a comprehension would double the depth of the Python stack
            children.append(self.lower(node))
        return tuple(children)

    def _check(self, node: ast.Check) -> Lowered:
        lhs = self._operand(node.lhs)
        field = lhs.field
        if field is not None and field.has(FF.PRINT_ONLY):
            raise CheckError(f"the field '{field.text}' is for output only", node.lhs.start)
        allowed = operators(lhs.type, is_list=lhs.is_list)
        if node.op not in allowed:
            kind = describe(lhs.type, is_list=lhs.is_list)
            names = " ".join(sorted(allowed, key=lambda op: (op.isalpha(), op)))
            what = ast_text(node.lhs)
            message = f"'{node.op}' cannot be used on '{what}', which is a {kind}; it has: {names}"
            raise CheckError(message, node.op_start)
        rhs: Any
        if node.op == "exists":
            rhs = []
        elif isinstance(node.rhs, (ast.ValueOf, ast.Transform)):
            rhs = {"operand": self._right_operand(node, node.rhs, lhs).plan}
        else:
            rhs = self._values(node, lhs)
        check = {"lhs": lhs.plan, "op": node.op, "modifier": node.modifier, "rhs": rhs}
        return self._test(node, field, check)

    def _operand(self, node: ast.Operand) -> Operand:
        operand = resolve_operand(node, self._vocabulary)
        for use in operand.fields:
            self.fields[use.text] = use
            if use.field.deprecated:
                message = f"the field '{use.text}' is deprecated"
                self.warnings.append(Warned(Code.DEPRECATED_ITEM, message, node.start, use.field.name))
        return operand

    def _right_operand(self, node: ast.Check, right: ast.ValueOf | ast.Transform, lhs: Operand) -> Operand:
        inner = right.operand if isinstance(right, ast.ValueOf) else right
        rhs = self._operand(inner)
        if node.op in ("regex", "pmatch"):
            raise CheckError(f"'{node.op}' compares with constants only, not with a field", right.start)
        if lhs.type in NETWORKS:
            raise CheckError("networks are compared with constants only, not with a field", right.start)
        if lhs.field is not None and lhs.field.field.name in _EVENT_FIELDS:
            raise CheckError(f"'{lhs.field.text}' is compared with names of events only", right.start)
        for use in rhs.fields:
            if not use.right_side:
                raise CheckError(f"the field '{use.text}' cannot stand on the right side", inner.start)
        if rhs.type is not lhs.type or rhs.is_list != lhs.is_list:
            one, other = describe(lhs.type, is_list=lhs.is_list), describe(rhs.type, is_list=rhs.is_list)
            if one == other:
                one, other = f"{one} ({lhs.type.name.lower()})", f"{other} ({rhs.type.name.lower()})"
            raise CheckError(f"the two sides differ in type: a {one} and a {other}", right.start)
        return rhs

    def _values(self, node: ast.Check, lhs: Operand) -> list[dict[str, Any]]:
        texts = self._texts(node)
        self._budget.left -= len(texts)
        if self._budget.left < 0:
            message = f"the conditions hold more than {MAX_VALUES:,} values when lists are expanded"
            raise CheckError(message, node.start)
        values: list[dict[str, Any]] = []
        for text, offset, origin in texts:
            try:
                values.append(typed_value(text, lhs.type, node.op))
            except ConstantError as problem:
                of_list = f" (an item of the list '{origin}')" if origin else ""
                raise CheckError(f"{problem}{of_list}", offset) from None
            if not origin:
                self._look_at(text, node, offset)
        if node.op == "regex":
            self._check_regex(texts, node)
        if lhs.field is not None and lhs.field.field.name in _EVENT_FIELDS:
            self._check_event_names(node, lhs.field, texts)
        return values

    def _texts(self, node: ast.Check) -> list[tuple[str, int, str | None]]:
        """The constants of the right side: text, offset, and the list it comes from."""
        rhs = node.rhs
        if isinstance(rhs, ast.Number):
            return [(rhs.text, rhs.start, None)]
        if isinstance(rhs, ast.String):
            return [(rhs.value, rhs.start, None)]
        if isinstance(rhs, ast.ListName):
            listed = self._list_texts(rhs.name, rhs.start)
            return [(rhs.name, rhs.start, None)] if listed is None else listed
        found: list[tuple[str, int, str | None]] = []
        for item in rhs.items if isinstance(rhs, ast.ValueList) else ():
            if not item.quoted and item.value in self._lists:
                found.extend(self._list_texts(item.value, item.start) or [])
                if len(found) > self._budget.left:
                    break
            else:
                found.append((item.value, item.start, None))
        return found

    def _list_texts(self, name: str, offset: int) -> list[tuple[str, int, str | None]] | None:
        values = self._lists.get(name)
        if values is None:
            return None
        self.used_lists.add(name)
        if len(values.values) > self._budget.left:
            self._budget.left = -1
            return []
        return [(value, offset, name) for value in values.values]

    def _check_regex(self, texts: list[tuple[str, int, str | None]], node: ast.Check) -> None:
        for text, offset, _ in texts:
            try:
                check_regex(text)
            except PatternError as problem:
                raise CheckError(f"the pattern '{shown(text)}' is not valid: {problem}", offset) from None
            simpler = simpler_operator(text)
            if simpler:
                message = f"this 'regex' can be written with '{simpler}', which is much faster"
                self.warnings.append(Warned(Code.COMPILE_CONDITION, message, node.op_start))

    def _check_event_names(self, node: ast.Check, field: FieldUse, texts: list[tuple[str, int, str | None]]) -> None:
        if node.op not in ("=", "!=", "in", "intersects") or node.modifier:
            return
        for text, offset, origin in texts:
            if self._vocabulary.events(text) is None:
                of_list = f" (an item of the list '{origin}')" if origin else ""
                raise CheckError(unknown_event(text, self._vocabulary) + of_list, offset, unknown=True)

    def _look_at(self, text: str, node: ast.Check, offset: int) -> None:
        """Warns of constants that probably are not what was meant."""
        if text == "<NA>" and node.op in ("=", "!="):
            message = "<NA> is how an absent value is printed, and no value is equal to it; use 'exists'"
            self.warnings.append(Warned(Code.UNSAFE_NA_CHECK, message, offset))
        if len(text) > 120:
            return
        name = _FIELD_LIKE.match(text)
        if (name and field_exists(name.group(1), self._vocabulary)) or _CALL_LIKE.match(text):
            instead = f"val({text})" if name else "it without quotes"
            message = f"'{shown(text)}' is compared as a text; write {shown(instead)} if the value is meant"
            self.warnings.append(Warned(Code.COMPILE_CONDITION, message, offset))

    def _test(self, node: ast.Check, field: FieldUse | None, check: dict[str, Any]) -> Lowered:
        everything = self._vocabulary.all_events
        if field is None or node.modifier:
            return Test(check, everything, everything, node)
        if field.field.name == "evt.num":
            constant = _fold_number(node.op, check["rhs"])
            if constant is not None:
                return Constant(constant)
        if field.field.name in _EVENT_FIELDS and node.op in ("=", "!=", "in"):
            return self._event_test(field.field.name, node, check)
        return Test(check, everything, everything, node)

    def _event_test(self, name: str, node: ast.Check, check: dict[str, Any]) -> Test:
        vocabulary = self._vocabulary
        calls_only = name == "syscall.type"
        named = 0
        shared = 0
        for value in check["rhs"]:
            mask = vocabulary.events(value.get("s", ""), syscalls_only=calls_only) or 0
            named |= mask
            if mask & vocabulary.generic_events and value["s"] != "syscall":
                shared = vocabulary.generic_events  # one event type for many calls: it may also be another one
        others = vocabulary.all_events & ~named | shared
        # An event without a system call has no syscall.type, and any comparison of it is false.
        absent = vocabulary.other_than_syscalls if calls_only else 0
        if node.op == "!=":
            return Test(check, others, named | absent, node)
        return Test(check, named, others | absent, node)


def _fold_number(op: str, rhs: Any) -> bool | None:
    """What a comparison of evt.num with a constant always yields: events are numbered from one."""
    if not isinstance(rhs, list) or not rhs or any("u" not in value for value in rhs):
        return None
    numbers = [value["u"] for value in rhs]
    number = numbers[0]
    if op in ("=", "in", "intersects"):
        return False if not any(numbers) else None
    if op == "!=":
        return True if number == 0 else None
    if op in ("<", ">="):
        return (op == ">=") if number <= 1 else None
    if op in ("<=", ">"):
        return (op == ">") if number == 0 else None
    return None


def ast_text(node: ast.Operand) -> str:
    """An operand as text for a message."""
    return shown(unparse(node))
