"""Why a rule cannot raise an alert: its own condition, the configuration, the driver, or a rule before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.capture.automatic import AUTO
from agent.lang.never import Never
from agent.lang.vocabulary import schema_vocabulary
from agent.schema.events import EVENTS
from agent.schema.gaps import GAPS
from agent.schema.types import EC, Event, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Settings
    from agent.lang import Rule, RuleBook
    from agent.lang.diagnostics import Diagnostic

_FROM_KERNEL = EC.SYSCALL | EC.TRACEPOINT
_SHOWN = 6
"""Names of events that are listed."""


@dataclass(frozen=True)
class Outlook:
    """What is certain of a rule before any event. ``never``: reasons why it cannot fire; ``notes``: what it misses."""

    rule: Rule
    never: tuple[str, ...]
    notes: tuple[str, ...]
    event_names: tuple[str, ...] | None
    """The types of events it looks at; None: all."""


def outlook(book: RuleBook, rule: Rule, settings: Settings) -> Outlook:
    """Look at a rule of a book without errors."""
    from agent._core import valueless_fields
    from agent.rule_files import disabled_by

    never: list[str] = []
    notes: list[str] = []
    if not rule.enabled:
        never.append(f"it is disabled: {disabled_by(rule, settings)}")
    if not _severe_enough(rule, settings):
        never.append(
            f"its priority, {rule.priority_name.lower()}, is below {settings.priority}, the least that is "
            "configured (priority)"
        )
    if rule.source != "syscall":
        never.append(f"it is about events of the source {rule.source}, which nothing provides in this version")
    analysis = Never(book.linked, schema_vocabulary(), frozenset(valueless_fields()))
    never += analysis.reasons(rule.lowered)
    # What the first that `auto` takes does not produce, no other does.
    driver = "modern_ebpf" if settings.engine.kind == AUTO else settings.engine.kind
    if driver in GAPS and rule.event_types:
        missing = {code: why for code in rule.event_types if (why := _not_produced(EVENTS[code], driver))}
        why = "; ".join(dict.fromkeys(missing.values()))
        names = _names([code for code in rule.event_types if code in missing])
        if len(missing) == len(rule.event_types):
            never.append(f"the driver {driver} does not produce the events it looks at, {_listed(names)}: {why}")
        else:
            produced = _names([code for code in rule.event_types if code not in missing])
            lost = [name for name in names if name not in produced]
            if lost:
                notes.append(f"the driver {driver} does not produce all the events it looks at: not {_listed(lost)}")
    if settings.rule_matching == "first" and not never:
        for earlier in rules_before(book, rule, settings):
            if analysis.covers(earlier.lowered, rule.lowered):
                never.append(
                    f'the rule "{earlier.name}" comes before it and matches whenever it would; an event raises the '
                    "first rule that matches (rule_matching: first)"
                )
                break
    event_names = None if rule.event_types is None else tuple(_names(rule.event_types))
    return Outlook(rule, tuple(never), tuple(notes), event_names)


def never_warnings(book: RuleBook) -> list[Diagnostic]:
    """Warn, at their conditions, of the rules of a book without errors whose conditions can never hold.

    That is what is wrong with the rules; fields without a value are what is missing in this version (`outlook`).
    """
    from agent.lang.diagnostics import Code
    from agent.lang.source import Text

    analysis = Never(book.linked, schema_vocabulary(), frozenset())
    found: list[Diagnostic] = []
    for rule in book.rules:
        reasons = analysis.reasons(rule.lowered)
        if reasons:
            item = book.items[rule.name]
            context = item.context.inside("rule condition", "", item.condition[0])
            message = f"this condition can never hold, so the rule never fires: {reasons[0]}"
            found.append(context.diagnostic(Code.COMPILE_CONDITION, message, Text.of(*item.condition).place(0)))
    return found


def rules_before(book: RuleBook, rule: Rule, settings: Settings) -> list[Rule]:
    """The rules in use that come before a rule and look at some of the same events."""
    own = None if rule.event_types is None else set(rule.event_types)
    before: list[Rule] = []
    for other in book.rules:
        if other is rule:
            break
        common = own is None or other.event_types is None or not own.isdisjoint(other.event_types)
        if common and other.enabled and other.source == rule.source and _severe_enough(other, settings):
            before.append(other)
    return before


def _severe_enough(rule: Rule, settings: Settings) -> bool:
    from agent.config.settings import PRIORITIES

    return rule.priority <= PRIORITIES.index(settings.priority)


def _not_produced(event: Event, driver: str) -> str | None:
    """Why a driver does not produce an event; None where it does, or where that is not certain."""
    if event.symbol in GAPS[driver]:
        return GAPS[driver][event.symbol]
    if event.status is not Status.CURRENT:
        return "only older capture files have them"
    if event.category & EC.SYSCALL and not event.exit:
        return "calls are seen when they return"
    if event.category & _FROM_KERNEL and not event.filled:
        return "no program of the driver fills them"
    return None


def _names(codes: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(EVENTS[code].name for code in codes))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
