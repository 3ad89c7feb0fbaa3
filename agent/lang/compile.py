"""Compiles what was collected: after every file once more, but only what that file touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.lang.conditions import Condition, ConditionCompiler, Found
from agent.lang.diagnostics import Code, Diagnostic, shown
from agent.lang.exception_text import exception_condition
from agent.lang.grammar import ConditionSyntaxError, parse_operand
from agent.lang.lists import ListTable
from agent.lang.macros import MAX_DEPTH, MacroTable
from agent.lang.operands import CheckError, resolve_operand
from agent.lang.output import parse_output
from agent.lang.rule import Rule
from agent.lang.source import Text
from agent.lang.vocabulary import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.lang.collect import Collector
    from agent.lang.items import ExceptionItem, RuleItem
    from agent.lang.output import Output
    from agent.lang.vocabulary import Vocabulary

TOO_MANY_EVENTS = 100
"""Event types above which a rule counts as not restricted to any."""


class RuleCompiler:
    """Turns collected items into rules. ``rules`` holds those without error, in the order of their definition;
    ``macro_conditions``, ``rule_conditions`` (exceptions included) and ``outputs`` the parts by name.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.lists = ListTable()
        self.macros = MacroTable(vocabulary.all_events)
        self.rules: list[Rule] = []
        self.used_lists: set[str] = set()
        self.used_macros: set[str] = set()
        self._compiler = ConditionCompiler(vocabulary, self.lists)
        self.macro_conditions: dict[str, Condition] = {}
        self.rule_conditions: dict[str, Condition] = {}
        self.outputs: dict[str, Output] = {}
        self._reported: set[Diagnostic] = set()

    def update(self, collector: Collector) -> list[Diagnostic]:
        """Compiles anew after a file was collected; returns what was not reported before."""
        found: list[Diagnostic] = []
        self._compiler.budget.reset()
        changed = self.lists.update(collector.lists.values())
        found += self.lists.diagnostics
        for name, item in collector.macros.items():
            known = self.macro_conditions.get(name)
            if known is None or name in collector.changed or self._touched(known, changed):
                context = item.context.inside("macro condition", "", item.condition[0])
                self.macro_conditions[name] = self._compiler.compile(Text.of(*item.condition), context)
        broken = {name for kind, name in collector.broken if kind == "macro"}
        self.macros.update(collector.macros, self.macro_conditions, broken)
        found += self.macros.diagnostics
        self.rules = []
        self.used_macros = set(self.macros.used)
        self.used_lists = set(self.lists.nested)
        for condition in self.macro_conditions.values():
            self.used_lists |= condition.lists
        for rule in sorted(collector.rules.values(), key=_index):
            if not rule.unknown_source:
                self._rule(rule, collector, changed, broken, found)
        for name in self._reached(self.rule_conditions.values()):
            found += self.macro_conditions[name].warnings
        fresh = [diagnostic for diagnostic in dict.fromkeys(found) if diagnostic not in self._reported]
        self._reported.update(fresh)
        return fresh

    def _reached(self, conditions: Iterable[Condition]) -> set[str]:
        """Macros that conditions use, directly or through others."""
        reached: set[str] = set()
        names = [name for condition in conditions for name in condition.macros]
        while names:
            name = names.pop()
            if name in self.macro_conditions and name not in reached:
                reached.add(name)
                names.extend(self.macro_conditions[name].macros)
        return reached

    def _touched(self, condition: Condition, changed: set[str]) -> bool:
        return not changed.isdisjoint(condition.words)

    def _rule(
        self, item: RuleItem, collector: Collector, changed: set[str], broken: set[str], found: list[Diagnostic]
    ) -> None:
        condition = self.rule_conditions.get(item.name)
        if condition is None or item.name in collector.changed_rules or self._touched(condition, changed):
            condition = self._condition(item)
            self.rule_conditions[item.name] = condition
            text = Text.of(*item.output)
            self.outputs[item.name] = parse_output(text.text, self.vocabulary)
        self.used_lists |= condition.lists
        self.used_macros |= set(condition.macros)
        if condition.error is not None:
            found.append(condition.error)
            return
        usable = self._judge(item, condition, broken, found)
        usable = self._judge_output(item, found) and usable
        if not usable:
            return
        events = self._events(item, condition, found)
        if events is None:
            return
        self.rules.append(self._finished(item, condition, events))

    def _condition(self, item: RuleItem) -> Condition:
        context = item.context.inside("rule condition", "", item.condition[0])
        context = context.inside("condition expression", "", item.condition[0])
        condition = self._compiler.compile(Text.of(*item.condition), context)
        exceptions: list[tuple[str, Condition]] = []
        for exception in item.exceptions.values():
            inner = exception.context
            for field in exception.fields:
                try:
                    parse_operand(field.value)
                except ConditionSyntaxError as problem:
                    message = f"the field of an exception cannot be read: {problem.message}"
                    place = Text.of(field).place(problem.offset)
                    condition.error = condition.error or inner.diagnostic(Code.ERR_COMPILE_CONDITION, message, place)
                    return condition
            found = exception_condition(exception, self.lists)
            if found is not None:
                text, tree = found
                exceptions.append((exception.name, self._compiler.compile(text, inner, tree)))
            else:
                condition.problems += self._field_problems(exception)
        condition.and_not(exceptions)
        return condition

    def _field_problems(self, exception: ExceptionItem) -> list[Found]:
        """What is wrong with the fields of an exception that has no values yet, and so no condition."""
        found: list[Found] = []
        for field in exception.fields:
            text = Text.of(field)
            try:
                resolve_operand(parse_operand(text.text), self.vocabulary)
            except CheckError as problem:
                place = text.place(problem.offset)
                found.append(
                    Found(
                        exception.context.diagnostic(Code.ERR_COMPILE_CONDITION, problem.message, place),
                        problem.unknown,
                    )
                )
        return found

    def _judge(self, item: RuleItem, condition: Condition, broken: set[str], found: list[Diagnostic]) -> bool:
        """Reports what is wrong with a rule's condition, macros included; says whether the rule can be used."""
        usable = True
        problems = list(condition.problems)
        for name, missing in condition.macros.items():
            macro = self.macros.macros.get(name)
            if macro is None:
                if name not in broken:
                    found.append(self.macros.missing(name, missing))
                usable = False
            else:
                usable = usable and macro.usable
                problems += macro.problems
        for problem in problems:
            usable = False
            if problem.unknown and item.skip_if_unknown:
                found.append(self._skipped(item, problem.diagnostic))
            else:
                found.append(problem.diagnostic)
        found += condition.warnings
        if usable and self.macros.depth(condition.lowered) > MAX_DEPTH:
            message = f"macros are nested more than {MAX_DEPTH} deep in the condition of this rule"
            found.append(item.context.diagnostic(Code.ERR_VALIDATE, message))
            usable = False
        return usable

    def _skipped(self, item: RuleItem, problem: Diagnostic) -> Diagnostic:
        message = f"{problem.message}; the rule '{shown(item.name)}' is skipped, as it asks for"
        return replace(problem, code=Code.UNKNOWN_FILTER, message=message)

    def _judge_output(self, item: RuleItem, found: list[Diagnostic]) -> bool:
        output = self.outputs[item.name]
        if not output.problems and not output.warnings:
            return True
        text = Text.of(*item.output)
        context = item.context.inside("rule output", "", item.output[0])
        context = context.inside("rule output expression", "", item.output[0])
        for problem in output.problems:
            diagnostic = context.diagnostic(Code.ERR_COMPILE_OUTPUT, problem.message, text.place(problem.offset))
            skip = problem.unknown and item.skip_if_unknown
            found.append(self._skipped(item, diagnostic) if skip else diagnostic)
        for warned in output.warnings:
            place = text.place(warned.offset)
            found.append(context.diagnostic(warned.code, warned.message, place, deprecated_field=warned.field))
        return not output.problems

    def _events(self, item: RuleItem, condition: Condition, found: list[Diagnostic]) -> int | None:
        events, _ = self.macros.events(condition.lowered)
        if item.warn_evttypes and events.bit_count() > TOO_MANY_EVENTS:
            number = "every event" if events == self.vocabulary.all_events else f"{events.bit_count()} types of events"
            message = f"the condition is evaluated on {number}; restrict it with evt.type to make it cheap"
            place = Text.of(*item.condition).place(0)
            context = item.context.inside("condition expression", "", item.condition[0])
            found.append(context.diagnostic(Code.NO_EVTTYPE, message, place))
        return events

    def _finished(self, item: RuleItem, condition: Condition, events: int) -> Rule:
        output = self.outputs[item.name]
        place = item.context.steps[-1].place
        line, _ = place.file.line_column(place.offset)
        return Rule(
            name=item.name,
            desc=" ".join(part.value.strip() for part in item.desc),
            priority=item.priority,
            source=item.source,
            tags=tuple(sorted(item.tags)),
            enabled=item.enabled,
            capture=item.capture,
            capture_duration=item.capture_duration,
            condition=" ".join(part.value for part in item.condition).strip(),
            output=" ".join(part.value for part in item.output).strip(),
            file=place.file.name,
            line=line,
            event_types=None if events == self.vocabulary.all_events else codes(events),
            condition_fields=frozenset(condition.fields),
            output_fields=frozenset(output.fields),
            lowered=condition.lowered,
            segments=tuple(output.segments),
        )


def _index(item: RuleItem) -> int:
    return item.index
