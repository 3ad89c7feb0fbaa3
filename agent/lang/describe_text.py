"""Descriptions of rules as text to read on a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from agent.lang import ast
from agent.lang.grammar import unparse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.lang.rule import Rule
    from agent.lang.rulebook import RuleBook

_INDENT = "    "
_LABEL = 14


def rules_text(book: RuleBook, width: int) -> str:
    """All rules: name, priority, tags and description of each."""
    required = [f"engine version {book.required_engine}"] if book.required_engine else []
    required += [f"plugin {plugin}" for plugin in book.required_plugins]
    head = ", ".join(
        [
            _counted(len(book.rules), "rule"),
            _counted(len(book.macros), "macro"),
            _counted(len(book.lists), "list"),
        ]
    )
    blocks = [head + (f" (needed: {', '.join(required)})" if required else "")]
    for rule in book.rules:
        facts = [rule.priority_name, *([] if rule.enabled else ["disabled"]), *rule.tags]
        lines = [printable(rule.name), *_wrapped(", ".join(facts), width), *_wrapped(rule.desc, width)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def rule_text(book: RuleBook, rule: Rule, described: dict[str, Any], width: int) -> str:
    """One rule in full. ``described`` is what :func:`agent.lang.describe.describe_rule` says of it."""
    details = described["details"]
    name = printable(rule.name)
    lines = [name, "=" * min(len(name), width), *_wrapped(rule.desc, width, indent=""), ""]
    events = "every event" if rule.event_types is None else ", ".join(details["events"]) or "none, so it never fires"
    capture = "no"
    if rule.capture:
        capture = f"yes, {rule.capture_duration} ms" if rule.capture_duration else "yes"
    for label, value in (
        ("priority", rule.priority_name),
        ("enabled", "yes" if rule.enabled else "no"),
        ("source", rule.source),
        ("tags", ", ".join(rule.tags)),
        ("capture", capture),
        ("defined in", f"{rule.file}:{rule.line}"),
        ("events", events),
        ("macros", ", ".join(details["macros"])),
        ("lists", ", ".join(details["lists"])),
        ("exceptions", ", ".join(details["exception_names"])),
        ("operators", ", ".join(details["condition_operators"])),
        ("fields", ", ".join(details["condition_fields"])),
        ("plugins", ", ".join(details["plugins"])),
    ):
        if label == "defined in":
            lines.append(f"  {label:<{_LABEL}}{printable(value)}")  # in one piece, to be copied
        elif value:
            lines += _labelled(label, value, width)
    lines += ["", "Condition"]
    tree = book.compiled.rule_conditions[rule.name].tree
    if tree is not None:
        for text in _conjuncts(tree):
            lines += _wrapped(text, width, hanging=True)
    lines += ["", "Condition with macros and lists put in"]
    lines += _wrapped(details["condition_compiled"], width)
    lines += ["", "Output", *_wrapped(rule.output, width)]
    return "\n".join(lines)


def printable(text: str) -> str:
    """Somebody's text with what a terminal would act on replaced by blanks."""
    return "".join(char if char.isprintable() else " " for char in text)


def _conjuncts(tree: ast.Expr) -> Iterable[str]:
    """The parts of a condition that must all be true, one by one."""
    if not isinstance(tree, ast.And):
        yield unparse(tree)
        return
    for number, child in enumerate(tree.children):
        text = unparse(child)
        if isinstance(child, (ast.And, ast.Or)):
            text = f"({text})"
        yield f"and {text}" if number else text


def _wrapped(text: str, width: int, *, indent: str = _INDENT, hanging: bool = False) -> list[str]:
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=indent,
        subsequent_indent=indent + (_INDENT if hanging else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _labelled(label: str, value: str, width: int) -> list[str]:
    return textwrap.wrap(
        printable(value),
        width,
        initial_indent=f"  {label:<{_LABEL}}",
        subsequent_indent=" " * (_LABEL + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
