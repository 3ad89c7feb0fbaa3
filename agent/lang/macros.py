"""Macros among one another: which exist and are visible, loops, depth, and for which events each may be true."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, Diagnostic, shown
from agent.lang.lowered import All, Constant, ExceptionUse, Lowered, MacroUse, Negation, Some, Test

if TYPE_CHECKING:
    from agent.lang.conditions import Condition, Found
    from agent.lang.items import MacroItem

MAX_DEPTH = 350
"""Conditions inside one another, macros opened; the engine evaluates to a depth of 400, shared expressions counted."""


@dataclass(slots=True)
class Macro:
    """A macro with all it needs: masks of the events for which it may be true and may be false, its depth when opened,
    and the problems of itself and of the macros it uses.
    """

    name: str
    condition: Condition
    may_be_true: int = 0
    may_be_false: int = 0
    depth: int = 0
    problems: list[Found] = field(default_factory=list)
    usable: bool = True


class MacroTable:
    """The macros as they stand after a file; in ``macros`` each follows those it uses."""

    def __init__(self, all_events: int) -> None:
        self.macros: dict[str, Macro] = {}
        self.diagnostics: list[Diagnostic] = []
        self.used: set[str] = set()
        self._all_events = all_events

    def update(self, items: dict[str, MacroItem], conditions: dict[str, Condition], broken: set[str]) -> None:
        """Links all macros anew. Those with errors stay in the table as unusable; ``broken`` names more of them."""
        self.macros = {name: Macro(name, conditions[name]) for name in items}
        self.diagnostics.clear()
        self.used.clear()
        for name, macro in self.macros.items():
            self._check_references(macro, items[name], items, broken)
        order = self._dependencies_first(items)
        self.macros = {name: self.macros[name] for name in order}
        for name, macro in self.macros.items():
            self._complete(macro, items[name])

    def _check_references(self, macro: Macro, item: MacroItem, items: dict[str, MacroItem], broken: set[str]) -> None:
        if macro.condition.error is not None:
            self.diagnostics.append(macro.condition.error)
            macro.usable = False
            return
        for name, missing in macro.condition.macros.items():
            used = items.get(name)
            if used is None:
                if name not in broken:
                    self.diagnostics.append(self.missing(name, missing))
                macro.usable = False
            elif used.index >= item.visibility and name != item.name:
                message = f"the macro '{name}' is defined after this one; a macro uses only macros defined before it"
                self.diagnostics.append(_with_message(missing, message))
                macro.usable = False
            self.used.add(name)

    def missing(self, name: str, found: Diagnostic) -> Diagnostic:
        """The diagnostic for a name that is no macro, with the one that was probably meant."""
        from difflib import get_close_matches

        close = get_close_matches(name, self.macros, 1, 0.75) if len(name) < 60 and len(self.diagnostics) < 50 else []
        hint = f" — did you mean '{close[0]}'?" if close else " (a field has a dot in its name)"
        return _with_message(found, f"there is no macro '{shown(name)}'{hint}")

    def _dependencies_first(self, items: dict[str, MacroItem]) -> list[str]:
        """Names in an order in which every macro follows those it uses; macros in a loop become unusable."""
        order: list[str] = []
        state: dict[str, int] = {}  # 1: being visited, 2: done
        for root in items:
            if root in state:
                continue
            stack = [(root, iter(self.macros[root].condition.macros))]
            state[root] = 1
            while stack:
                name, rest = stack[-1]
                used = next(rest, None)
                if used is None:
                    state[name] = 2
                    order.append(name)
                    stack.pop()
                elif used in self.macros and used not in state:
                    state[used] = 1
                    stack.append((used, iter(self.macros[used].condition.macros)))
                elif state.get(used) == 1:
                    loop = [entry for entry, _ in stack]
                    loop = [*loop[loop.index(used) :], used]
                    shown_loop = loop if len(loop) <= 8 else [*loop[:4], "…", *loop[-3:]]
                    message = "macros use one another in a loop: " + " → ".join(shown(entry) for entry in shown_loop)
                    self.diagnostics.append(_with_message(self.macros[name].condition.macros[used], message))
                    self.macros[name].usable = False
        return order

    def _complete(self, macro: Macro, item: MacroItem) -> None:
        condition = macro.condition
        seen: set[int] = set()
        for found in condition.problems:
            seen.add(id(found))
            macro.problems.append(found)
        for name in condition.macros:
            inner = self.macros.get(name)
            if inner is None or not inner.usable:
                macro.usable = False
                continue
            for found in inner.problems:
                if id(found) not in seen and len(macro.problems) < 100:
                    seen.add(id(found))
                    macro.problems.append(found)
        if not macro.usable:
            return
        macro.depth = self.depth(condition.lowered)
        if macro.depth > MAX_DEPTH:
            message = f"macros are nested more than {MAX_DEPTH} deep here"
            self.diagnostics.append(item.context.diagnostic(Code.ERR_VALIDATE, message))
            macro.usable = False
            return
        macro.may_be_true, macro.may_be_false = self.events(condition.lowered)

    def depth(self, node: Lowered) -> int:
        """How deep a condition is when its macros are opened."""
        if isinstance(node, (All, Some)):
            deepest = 0
            for child in node.children:
                deepest = max(deepest, self.depth(child))
            return deepest + 1
        if isinstance(node, Negation):
            return self.depth(node.child) + 1
        if isinstance(node, MacroUse):
            return self.macros[node.name].depth + 1
        if isinstance(node, ExceptionUse):
            return self.depth(node.condition) + 1
        return 1

    def events(self, node: Lowered) -> tuple[int, int]:
        """Masks of the events for which a condition may be true, and may be false."""
        if isinstance(node, Test):
            return node.may_be_true, node.may_be_false
        if isinstance(node, Negation):
            may_be_true, may_be_false = self.events(node.child)
            return may_be_false, may_be_true
        if isinstance(node, MacroUse):
            macro = self.macros[node.name]
            return macro.may_be_true, macro.may_be_false
        if isinstance(node, ExceptionUse):
            return self.events(node.condition)
        if isinstance(node, Constant):
            return (self._all_events, 0) if node.value else (0, self._all_events)
        conjunction = isinstance(node, All)
        may_be_true = self._all_events if conjunction else 0
        may_be_false = 0 if conjunction else self._all_events
        for child in node.children:
            child_true, child_false = self.events(child)
            if conjunction:
                may_be_true &= child_true
                may_be_false |= child_false
            else:
                may_be_true |= child_true
                may_be_false &= child_false
        return may_be_true, may_be_false


def _with_message(found: Diagnostic, message: str) -> Diagnostic:
    return replace(found, message=message)
