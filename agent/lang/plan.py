"""The plan: what the engine executes, as data for JSON. Its form is described in ``docs/architecture.md``."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown
from agent.lang.grammar import unparse
from agent.lang.lowered import All, Constant, ExceptionUse, Lowered, MacroUse, Negation, Some, Test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.lang.macros import Macro
    from agent.lang.rule import Rule

VERSION = 1

_DEEP = 20
"""Expressions inside one another before the rest becomes a shared one: JSON readers limit depth."""

_DEEP_MACRO = 8
_LARGE_MACRO = 500
"""Depth and number of expressions from which a macro is shared though it is used once: chains of macros that are put
into one another would be copied once for each link."""

_MAX_TEXT = 160
"""Characters of a comparison as it was written."""

_Expression = dict[str, Any]


class PlanBuilder:
    """Collects checks and shared expressions while rules are written down.

    ``macros`` come in an order in which each follows those it uses. ``named`` makes a plan for explaining: every use of
    a macro or exception is a shared expression with a name, every check has its text, and constants stay.
    """

    def __init__(self, macros: Mapping[str, Macro], *, named: bool = False) -> None:
        self._macros = macros
        self._named = named
        self._names: dict[int, dict[str, str]] = {}
        self._checks: list[_Expression] = []
        self._check_numbers: dict[str, int] = {}
        self._known_tests: dict[int, int] = {}
        self._shared: list[_Expression] = []
        self._bodies: dict[str, _Expression] = {}
        self._uses: Counter[str] = Counter()

    def build(self, rules: Sequence[Rule], rule_matching: str) -> dict[str, Any]:
        """The plan of the given rules, in their order."""
        self._count_uses(rules)
        for name in self._macros:
            if name in self._uses:
                self._bodies[name] = self._macro(name)
        written = [self._rule(rule) for rule in rules]
        used = _UsedParts(self._checks, self._shared, [rule["condition"] for rule in written])
        for rule in written:
            rule["condition"] = used.renumbered(rule["condition"])
        plan = {
            "version": VERSION,
            "rule_matching": rule_matching,
            "checks": used.checks,
            "shared": used.shared,
            "rules": written,
        }
        if self._named:
            plan["shared_names"] = [self._names.get(number) for number in used.old_shared]
        return plan

    def _count_uses(self, rules: Sequence[Rule]) -> None:
        """How often each macro is named, in the rules and in the macros that they reach."""
        reached: set[str] = set()
        nodes: list[Lowered] = [rule.lowered for rule in rules]
        while nodes:
            node = nodes.pop()
            if isinstance(node, (All, Some)):
                nodes.extend(node.children)
            elif isinstance(node, Negation):
                nodes.append(node.child)
            elif isinstance(node, MacroUse):
                self._uses[node.name] += 1
                if node.name not in reached:
                    reached.add(node.name)
                    nodes.append(self._macros[node.name].condition.lowered)
            elif isinstance(node, ExceptionUse):
                nodes.append(node.condition)

    def _rule(self, rule: Rule) -> dict[str, Any]:
        return {
            "name": rule.name,
            "desc": rule.desc,
            "priority": rule.priority,
            "source": rule.source,
            "tags": list(rule.tags),
            "event_types": None if rule.event_types is None else list(rule.event_types),
            "condition": self._limited(self._expression(rule.lowered), 0),
            "output": list(rule.segments),
        }

    def _expression(self, node: Lowered) -> _Expression:
        if isinstance(node, Test):
            return {"check": self._check(node)}
        if isinstance(node, Constant):
            return {"const": node.value}
        if isinstance(node, MacroUse):
            return self._bodies[node.name]
        if isinstance(node, ExceptionUse):
            body = self._expression(node.condition)
            return self._share(body, {"exception": node.name}) if self._named else body
        if isinstance(node, Negation):
            return _negated(self._expression(node.child))
        conjunction = isinstance(node, All)
        children: list[_Expression] = []
        for child in node.children:
            written = self._expression(child)
            if "const" in written and not self._named:
                if written["const"] is not conjunction:
                    return written
                continue
            inner = written.get("and" if conjunction else "or")
            if inner is not None:
                children.extend(inner)
            else:
                children.append(written)
        if not children:
            return {"const": conjunction}
        return children[0] if len(children) == 1 else {"and" if conjunction else "or": children}

    def _check(self, test: Test) -> int:
        number = self._known_tests.get(id(test))
        if number is None:
            key = json.dumps(test.check, sort_keys=True)
            number = self._check_numbers.setdefault(key, len(self._checks))
            if number == len(self._checks):
                text = {"text": shown(unparse(test.source), _MAX_TEXT)} if self._named else {}
                self._checks.append({**test.check, **text})
            self._known_tests[id(test)] = number
        return number

    def _macro(self, name: str) -> _Expression:
        body = self._limited(self._expression(self._macros[name].condition.lowered), 0)
        if self._named:
            return self._share(body, {"macro": name})
        compound = "and" in body or "or" in body
        if (self._uses[name] > 1 and compound) or _exceeds(body, _DEEP_MACRO, _LARGE_MACRO):
            return self._share(body)
        return body

    def _share(self, body: _Expression, name: dict[str, str] | None = None) -> _Expression:
        self._shared.append(self._limited(body, 0))
        number = len(self._shared) - 1
        if name is not None:
            self._names[number] = name
        return {"shared": number}

    def _limited(self, node: _Expression, depth: int) -> _Expression:
        """``node`` with what lies too deep moved into shared expressions."""
        for key in ("and", "or"):
            if key in node:
                if depth >= _DEEP:
                    return self._share(node)
                children: list[_Expression] = []
                for child in node[key]:  # a plain loop: a comprehension would double the depth of the Python stack
                    children.append(self._limited(child, depth + 1))
                return {key: children}
        return {"not": self._limited(node["not"], depth + 1)} if "not" in node else node


class _UsedParts:
    """Leaves out checks and shared expressions that nothing uses, after constants made parts of conditions vanish."""

    def __init__(self, checks: list[_Expression], shared: list[_Expression], roots: list[_Expression]) -> None:
        self._old_checks = checks
        self._check_numbers: dict[int, int] = {}
        self._shared_numbers: dict[int, int] = {}
        self.checks: list[_Expression] = []
        self.shared: list[_Expression] = []
        self.old_shared: list[int] = []
        reached: set[int] = set()
        nodes = list(roots)
        while nodes:
            node = nodes.pop()
            number = node.get("shared")
            if number is not None and number not in reached:
                reached.add(number)
                nodes.append(shared[number])
            nodes.extend(_children(node))
        for number in sorted(reached):  # a shared expression uses earlier ones only, and still does afterwards
            expression = self.renumbered(shared[number])
            self._shared_numbers[number] = len(self.shared)
            self.old_shared.append(number)
            self.shared.append(expression)

    def renumbered(self, node: _Expression) -> _Expression:
        """An expression with the new numbers."""
        if "check" in node:
            number = self._check_numbers.setdefault(node["check"], len(self.checks))
            if number == len(self.checks):
                self.checks.append(self._old_checks[node["check"]])
            return {"check": number}
        if "shared" in node:
            return {"shared": self._shared_numbers[node["shared"]]}
        if "not" in node:
            return {"not": self.renumbered(node["not"])}
        return {
            kind: [self.renumbered(child) for child in value] if isinstance(value, list) else value
            for kind, value in node.items()
        }


def _children(node: _Expression) -> list[_Expression]:
    return node.get("and") or node.get("or") or ([node["not"]] if "not" in node else [])


def _exceeds(node: _Expression, height: int, size: int) -> bool:
    """Whether an expression is higher, or has more parts, than given."""
    level = [node]
    while level:
        size -= len(level)
        height -= 1
        if size < 0 or height < 0:
            return True
        level = [child for part in level for child in _children(part)]
    return False


def _negated(node: _Expression) -> _Expression:
    if "const" in node:
        return {"const": not node["const"]}
    return node.get("not") or {"not": node}
