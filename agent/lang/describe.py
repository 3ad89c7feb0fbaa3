"""Describes rules, macros and lists as data: what they say, what they use, and what they come down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.lang import ast
from agent.lang.grammar import Printer, Written
from agent.lang.vocabulary import codes

if TYPE_CHECKING:
    from agent.lang.conditions import Condition
    from agent.lang.field_use import FieldUse
    from agent.lang.items import ListItem, MacroItem, RuleItem
    from agent.lang.rule import Rule
    from agent.lang.rulebook import RuleBook
    from agent.lang.versions import PluginAlternatives

MAX_COMPILED = 1_000_000
"""Characters of one compiled condition. Names of macros stay in one that would be longer, names of lists too."""

MAX_ALL_COMPILED = 64_000_000
"""Characters of all of them."""


def describe_rules(book: RuleBook) -> dict[str, Any]:
    """Everything that was loaded, in the form rule tooling of the field reads. Takes a book without errors."""
    describer = _Describer(book)
    return {
        "required_engine_version": str(book.required_engine or "0.0.0"),
        "required_plugin_versions": [_plugin(plugin) for plugin in book.required_plugins],
        "rules": [describer.rule(rule) for rule in book.rules],
        "macros": [describer.macro(item) for item in book.macros.values()],
        "lists": [describer.list(item) for item in book.lists.values()],
    }


def describe_rule(book: RuleBook, rule: Rule) -> dict[str, Any]:
    """The same with one rule alone."""
    return {"rules": [_Describer(book).rule(rule)]}


def _plugin(plugin: PluginAlternatives) -> dict[str, Any]:
    first, *others = [{"name": choice.name, "version": str(choice.version)} for choice in plugin.choices]
    return {**first, "alternatives": others}


@dataclass(slots=True)
class _Uses:
    """Operators and fields of a condition, its macros opened."""

    operators: set[str]
    fields: dict[str, FieldUse]


class _Describer:
    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._compiled = book.compiled
        self._left = MAX_ALL_COMPILED
        lists = self._compiled.lists
        self._lists = {name: values.values for name in book.lists if (values := lists.get(name)) is not None}
        self._written: dict[str, Written] = {}
        self._opened: dict[str, _Uses] = {}
        # Each macro follows those it uses, so the texts of these are there when they are needed.
        for name, macro in self._compiled.macros.macros.items():
            if macro.usable and macro.condition.tree is not None:
                self._written[name] = self._write(macro.condition.tree)
                self._opened[name] = self._uses(macro.condition)

    def _write(self, tree: ast.Expr) -> Written:
        limit = min(MAX_COMPILED, self._left)
        for printer in (Printer(self._written, self._lists, limit), Printer(limit=limit)):
            try:
                written = printer.written(tree)
            except OverflowError:
                continue
            self._left -= len(written[0])
            return written
        return "", 0

    def _uses(self, condition: Condition) -> _Uses:
        uses = _Uses(_operators(condition.tree) if condition.tree is not None else set(), dict(condition.fields))
        for name in condition.macros:
            if name in self._opened:
                uses.operators |= self._opened[name].operators
                uses.fields.update(self._opened[name].fields)
        return uses

    def _details(self, condition: Condition, uses: _Uses, text: str, events: int) -> dict[str, Any]:
        """What the details of rules and macros share. ``events`` is a mask."""
        vocabulary = self._compiled.vocabulary
        return {
            "macros": sorted(condition.macros),
            "lists": sorted(condition.lists),
            "condition_operators": sorted(uses.operators),
            "condition_fields": sorted(uses.fields),
            "events": sorted({vocabulary.names[code] for code in codes(events)}),
            "condition_compiled": text,
        }

    def rule(self, rule: Rule) -> dict[str, Any]:
        condition = self._compiled.rule_conditions[rule.name]
        output = self._compiled.outputs[rule.name]
        uses = self._uses(condition)
        text = self._write(condition.tree)[0] if condition.tree is not None else ""
        events, _ = self._compiled.macros.events(condition.lowered)
        return {
            "info": {
                "name": rule.name,
                "condition": rule.condition,
                "priority": rule.priority_name,
                "output": rule.output,
                "description": rule.desc,
                "enabled": rule.enabled,
                "source": rule.source,
                "capture": rule.capture,
                "capture_duration": rule.capture_duration,
                "tags": list(rule.tags),
            },
            "details": {
                **self._details(condition, uses, text, events),
                **_exceptions(self._book.items[rule.name]),
                "output_fields": sorted(rule.output_fields),
                "output_compiled": _output(rule),
                "plugins": _plugins(uses.fields, output.fields),
            },
        }

    def macro(self, item: MacroItem) -> dict[str, Any]:
        macro = self._compiled.macros.macros[item.name]
        uses = self._uses(macro.condition)
        text = self._written.get(item.name, ("", 0))[0]
        return {
            "info": {"name": item.name, "condition": _joined(item)},
            "details": {
                "used": item.name in self._compiled.used_macros,
                **self._details(macro.condition, uses, text, macro.may_be_true),
                "plugins": _plugins(uses.fields),
            },
        }

    def list(self, item: ListItem) -> dict[str, Any]:
        held = [entry.value for entry in item.items if entry.value in self._lists and entry.value != item.name]
        values = self._lists[item.name]
        length = sum(map(len, values))
        if length <= self._left:
            self._left -= length
        else:
            values = tuple(entry.value for entry in item.items)
        return {
            "info": {"name": item.name, "items": [entry.value for entry in item.items]},
            "details": {
                "used": item.name in self._compiled.used_lists,
                "lists": sorted(set(held)),
                "items_compiled": list(values),
                "plugins": [],
            },
        }


def _plugins(*fields: dict[str, FieldUse]) -> list[str]:
    """Who provides fields besides the agent itself; the built-in ``container`` counts."""
    return sorted({use.field.provider for group in fields for use in group.values()} - {"core"})


def _joined(item: MacroItem) -> str:
    return " ".join(part.value for part in item.condition).strip()


def _exceptions(item: RuleItem) -> dict[str, Any]:
    return {
        "exception_names": sorted(item.exceptions),
        "exception_fields": sorted({text.value for exception in item.exceptions.values() for text in exception.fields}),
        "exception_operators": sorted({comp for exception in item.exceptions.values() for comp in exception.comps}),
    }


def _output(rule: Rule) -> str:
    """The output as it is formatted: what stands for nothing left out."""
    parts: list[str] = []
    for segment in rule.segments:
        if "text" in segment:
            parts.append(segment["text"].replace("%", "%%"))
        else:
            parts.append(f"%{segment['width'] or ''}{segment['key']}")
    return "".join(parts)


def _operators(tree: ast.Expr) -> set[str]:
    """The operators of a condition's own comparisons."""
    found: set[str] = set()
    nodes: list[ast.Expr] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.And, ast.Or)):
            nodes.extend(node.children)
        elif isinstance(node, ast.Not):
            nodes.append(node.child)
        elif isinstance(node, ast.Check):
            found.add(f"{node.op} {node.modifier}" if node.modifier else node.op)
    return found
