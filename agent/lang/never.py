"""Why a rule can never fire, as far as its condition alone tells. Only what is certain is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.lang.diagnostics import shown
from agent.lang.grammar import unparse
from agent.lang.lowered import All, Constant, ExceptionUse, Lowered, MacroUse, Negation, Some, Test
from agent.lang.macros import MacroTable
from agent.schema.types import ParamType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.lang.macros import Macro
    from agent.lang.vocabulary import Vocabulary

MAX_CLAUSES = 5_000
"""Clauses of one conjunction that are compared with each other, macros opened."""

_EVENT_FIELDS = ("evt.type", "syscall.type")
# Two constants may both be equal to it: it has several values, or is compared in a way of its own, or changes.
_SEVERAL = ("fd.ip", "fd.port", "fd.proto", "fd.net", "fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name")
_PECULIAR = ("evt.around", "util.cnt")
_NETWORKS = (ParamType.IPADDR, ParamType.IPV4ADDR, ParamType.IPV6ADDR, ParamType.IPNET, ParamType.IPV4NET)
_OF_TEXT = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}


@dataclass(frozen=True, slots=True)
class Clause:
    """Something that must be true, or false, for a rule to fire; ``inside`` names the macros it stands in."""

    node: Lowered
    wanted: bool
    inside: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{'' if self.wanted else 'not '}{title(self.node)}"
        return f"{text} (of the {self.inside[-1]})" if self.inside else text


def title(node: Lowered) -> str:
    """A part of a condition in a few words."""
    if isinstance(node, Test):
        return shown(unparse(node.source), 100)
    if isinstance(node, MacroUse):
        return f"the macro {node.name}"
    if isinstance(node, ExceptionUse):
        return f"the exception {node.name}"
    if isinstance(node, Constant):
        return "a comparison that is always true" if node.value else "a comparison that is never true"
    if isinstance(node, Negation):
        return f"not {title(node.child)}"
    word = " and " if isinstance(node, All) else " or "
    return shown(f"({word.join(title(child) for child in node.children[:4])})", 100)


class Never:
    """Looks for reasons why conditions never hold. ``valueless`` are the fields that never have a value."""

    def __init__(self, macros: Mapping[str, Macro], vocabulary: Vocabulary, valueless: frozenset[str]) -> None:
        self._macros = macros
        self._table = MacroTable(vocabulary.all_events)
        self._table.macros = dict(macros)
        self._vocabulary = vocabulary
        self._valueless = valueless
        self._known: dict[tuple[str, bool], str | None] = {}

    def reasons(self, condition: Lowered) -> list[str]:
        """Why a condition never holds; empty where nothing is certain."""
        found: list[str] = []
        impossible = self._why(condition, True)
        if impossible is not None:
            found.append(impossible)
        clauses = list(self.clauses(condition))
        if len(clauses) <= MAX_CLAUSES:
            found += [reason for reason in (self._no_event(clauses), self._contradiction(clauses)) if reason]
        if not found and self._events(condition, True) == 0:
            found.append("its clauses on evt.type leave no type of event")
        return list(dict.fromkeys(found))

    def clauses(self, node: Lowered, wanted: bool = True, inside: tuple[str, ...] = ()) -> Iterator[Clause]:
        """What must hold for a condition to be ``wanted``: its conjunction, macros opened; at most a few more than
        MAX_CLAUSES.
        """
        left = MAX_CLAUSES
        nodes = [Clause(node, wanted, inside)]
        while nodes and left >= 0:
            clause = nodes.pop()
            node, wanted, inside = clause.node, clause.wanted, clause.inside
            if isinstance(node, Negation):
                nodes.append(Clause(node.child, not wanted, inside))
            elif isinstance(node, MacroUse):
                body = self._macros[node.name].condition.lowered
                nodes.append(Clause(body, wanted, (*inside, f"macro {node.name}")))
            elif isinstance(node, ExceptionUse):
                nodes.append(Clause(node.condition, wanted, (*inside, f"exception {node.name}")))
            elif (isinstance(node, All) and wanted) or (isinstance(node, Some) and not wanted):
                nodes.extend(Clause(child, wanted, inside) for child in reversed(node.children))
            else:
                left -= 1
                yield clause

    def covers(self, earlier: Lowered, later: Lowered) -> bool:
        """Whether whatever makes the ``later`` condition hold surely makes the ``earlier`` one hold: every clause of it
        is one of the later's.
        """
        needed = list(self.clauses(earlier))
        given = list(self.clauses(later))
        if len(needed) > MAX_CLAUSES or len(given) > MAX_CLAUSES:
            return False
        return {_key(clause.node, clause.wanted) for clause in needed} <= {
            _key(clause.node, clause.wanted) for clause in given
        }

    def _events(self, node: Lowered, wanted: bool) -> int:
        may_be_true, may_be_false = self._table.events(node)
        return may_be_true if wanted else may_be_false

    def _why(self, node: Lowered, wanted: bool) -> str | None:
        """Why one part alone can never be ``wanted``."""
        if isinstance(node, Negation):
            return self._why(node.child, not wanted)
        if isinstance(node, MacroUse):
            key = (node.name, wanted)
            if key not in self._known:
                why = self._why(self._macros[node.name].condition.lowered, wanted)
                always = "never" if wanted else "always"
                self._known[key] = why and f"the macro {node.name} is {always} true: {why}"
            return self._known[key]
        if isinstance(node, ExceptionUse):
            why = self._why(node.condition, wanted)
            return why and f"the exception {node.name} always applies: {why}"
        if isinstance(node, Constant):
            return None if node.value is wanted else title(node)
        if isinstance(node, Test):
            return self._why_test(node) if wanted else None
        found: list[str] = []
        for child in node.children:
            why = self._why(child, wanted)
            if isinstance(node, All) is wanted:
                if why is not None:
                    return why
            elif why is None:
                return None
            else:
                found.append(why)
        if isinstance(node, All) is wanted:
            return None
        return "; and ".join(dict.fromkeys(found)) or "there is no alternative that could be true"

    def _why_test(self, test: Test) -> str | None:
        """Why a comparison is never true."""
        check = test.check
        field = check["lhs"].get("field")
        if field in self._valueless:
            return f"{title(test)} is never true: {field} never has a value in this version"
        right = check["rhs"]
        if isinstance(right, dict):
            other = right["operand"].get("field")
            if other in self._valueless:
                return f"{title(test)} is never true: {other} never has a value in this version"
        elif not right and check["op"] != "exists" and field is not None and not self._is_list(check["lhs"]):
            return f"{title(test)} is never true: its list is empty"
        return None

    def _is_list(self, lhs: Mapping[str, Any]) -> bool:
        field = self._vocabulary.fields.get(lhs["field"])
        return field is None or (field.is_list and lhs["index"] is None)

    def _no_event(self, clauses: list[Clause]) -> str | None:
        """Two clauses on the type of event that no event satisfies both."""
        narrow: list[tuple[Clause, int]] = []
        for clause in clauses:
            events = self._events(clause.node, clause.wanted)
            if events == 0:
                return f"no type of event satisfies {clause}"
            if events != self._vocabulary.all_events:
                for other, others in narrow:
                    if events & others == 0:
                        return f"no type of event satisfies both {other} and {clause}"
                narrow.append((clause, events))
        return None

    def _contradiction(self, clauses: list[Clause]) -> str | None:
        """Clauses about one field that exclude each other."""
        by_key: dict[str, Clause] = {}
        by_field: dict[str, list[Clause]] = {}
        for clause in clauses:
            node = clause.node
            if not isinstance(node, Test):
                continue
            key = json.dumps(node.check, sort_keys=True)
            known = by_key.setdefault(key, clause)
            if known.wanted is not clause.wanted:
                return f"{known} and {clause} contradict each other"
            if self._has_one_value(node):
                by_field.setdefault(json.dumps(node.check["lhs"], sort_keys=True), []).append(clause)
        for same in by_field.values():
            why = _excluded(same)
            if why is not None:
                return why
        return None

    def _has_one_value(self, test: Test) -> bool:
        """Whether constants compare with a single, exact value: two different ones cannot both be equal to it."""
        lhs = test.check["lhs"]
        name = lhs.get("field")
        if name is None or test.check["modifier"] or isinstance(test.check["rhs"], dict):
            return False
        field = self._vocabulary.fields.get(name)
        if field is None or field.is_list or field.type is ParamType.DYN or field.type in _NETWORKS:
            return False
        return name not in (*_EVENT_FIELDS, *_SEVERAL, *_PECULIAR) and not name.startswith(
            ("proc.a", "evt.arg", "evt.rawarg")
        )


def _key(node: Lowered, wanted: bool) -> str:
    """A text that is the same for conditions that are the same; macros by their names."""
    if isinstance(node, Negation):
        return _key(node.child, not wanted)
    if isinstance(node, MacroUse):
        return f"{wanted} macro {node.name}"
    if isinstance(node, ExceptionUse):
        return _key(node.condition, wanted)
    if isinstance(node, Constant):
        return str(node.value is wanted)
    if isinstance(node, Test):
        return f"{wanted} {json.dumps(node.check, sort_keys=True)}"
    parts: list[str] = []
    for child in node.children:
        parts.append(_key(child, wanted))
    return f"{'all' if isinstance(node, All) is wanted else 'any'} [{', '.join(sorted(parts))}]"


def _excluded(clauses: list[Clause]) -> str | None:
    """Why clauses about one field with one value cannot all hold."""
    present = next((clause for clause in clauses if clause.wanted), None)
    absent = next((clause for clause in clauses if not clause.wanted and _operator(clause) == "exists"), None)
    if present is not None and absent is not None:
        return f"{present} and {absent} exclude each other"
    for first in clauses:
        values = _values(first.node) if first.wanted and _operator(first) in ("=", "in") else None
        if values is None:
            continue
        for clause in clauses:
            values = {value for value in values if _may_be(value, clause)}
            if not values:
                return f"{first} and {clause} exclude each other"
        break
    return None


def _operator(clause: Clause) -> str:
    return clause.node.check["op"] if isinstance(clause.node, Test) else ""


def _values(node: Lowered) -> set[object] | None:
    """The constants of a comparison, in a form in which equal ones are equal; None where that is not plain."""
    if not isinstance(node, Test):
        return None
    values: set[object] = set()
    for value in node.check["rhs"]:
        [(kind, constant)] = value.items()
        if kind not in ("s", "u", "i", "b"):
            return None
        values.add(constant if kind == "s" else int(constant))
    return values


def _may_be(value: object, clause: Clause) -> bool:
    """Whether a clause can hold when its field has a value; true where that is not plain."""
    operator = _operator(clause)
    constants = _values(clause.node)
    if constants is None:
        return True
    if operator in ("=", "in"):
        return (value in constants) is clause.wanted
    if operator == "!=":
        return (value not in constants) is clause.wanted
    test = _OF_TEXT.get(operator)
    if test is not None and isinstance(value, str):
        return any(test(value, str(constant)) for constant in constants) is clause.wanted
    return True
