"""Collects rules: definitions, changes of earlier ones, and their exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, shown
from agent.lang.exceptions import merge_exceptions, read_exceptions
from agent.lang.item_keys import MAX_CAPTURE_DURATION, RULE, appendable, names, replaceable
from agent.lang.items import RuleItem
from agent.lang.overrides import read_overrides
from agent.lang.reading import Keys, parse_priority, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lang.collect import Collector

_MANDATORY = ("condition", "output", "desc", "priority")
_APPENDABLE = appendable(RULE)
_REPLACEABLE = replaceable(RULE)
_KNOWN = names(RULE)


def collect_rule(collector: Collector, name: str, keys: Keys) -> None:
    """Takes in one rule item. Raises a problem when it has an error."""
    keys.warn_unknown(_KNOWN, "a rule", collector.report)
    # "append: true" reaches the condition and the exceptions only; an override names its keys itself.
    appended = keys.boolean("append", default=False)
    may_append = ("condition", "exceptions") if appended else _APPENDABLE
    operations = read_overrides(keys, appendable=may_append, replaceable=_REPLACEABLE, report=collector.report)
    known = collector.rules.get(name)
    if known is None and ("rule", name) in collector.broken and (operations or appended or not _any(keys)):
        return  # the definition has an error that is reported; what changes it cannot be judged
    if appended and not operations:
        raise keys.context.problem(Code.ERR_VALIDATE, "the item appends nothing: give 'condition' or 'exceptions'")
    if operations:
        if known is None:
            message = f"there is no rule '{shown(name)}' before this item that it could append to or override"
            raise keys.context.problem(Code.ERR_VALIDATE, message)
        _check_source(known, keys, empty=True)
        _change(collector, known, operations, keys)
        known.context = keys.context
        known.visibility = collector.next_index()
    elif not _any(keys):
        _enable_only(collector, known, name, keys)
    else:
        _define(collector, known, name, keys)
    collector.changed_rules.add(name)


def _any(keys: Keys) -> bool:
    return any(key in keys for key in _MANDATORY)


def _check_source(known: RuleItem, keys: Keys, *, empty: bool = False) -> None:
    source = keys.scalar("source", empty=empty)
    if source is not None and source.value and source.value != known.source:
        message = f"the rule '{shown(known.name)}' is already defined for the source '{shown(known.source)}'"
        raise keys.context.problem(Code.ERR_VALIDATE, message, place_of(source))


def _enable_only(collector: Collector, known: RuleItem | None, name: str, keys: Keys) -> None:
    if "enabled" not in keys:
        needed = ", ".join(f"'{key}'" for key in _MANDATORY)
        raise keys.context.problem(
            Code.ERR_VALIDATE, f"a rule needs the keys {needed} (or 'override', or 'enabled' for a rule defined before)"
        )
    if known is None:
        message = f"there is no rule '{shown(name)}' before this item that 'enabled' could switch"
        raise keys.context.problem(Code.ERR_VALIDATE, message)
    known.enabled = keys.boolean("enabled", default=True)
    known.context = keys.context
    message = "a rule with 'enabled' alone is deprecated; use 'override: {enabled: replace}'"
    collector.report(keys.context.diagnostic(Code.DEPRECATED_ITEM, message))


def _define(collector: Collector, known: RuleItem | None, name: str, keys: Keys) -> None:
    missing = [key for key in _MANDATORY if key not in keys]
    if missing:
        needed = ", ".join(f"'{key}'" for key in missing)
        message = f"the rule has no {needed}; to change a rule defined before use 'override'"
        raise keys.context.problem(Code.ERR_VALIDATE, message)
    source = keys.scalar("source")
    if known is not None:
        _check_source(known, keys)
    index = collector.next_index()
    rule = RuleItem(
        name,
        keys.context,
        known.index if known else index,
        index,
        condition=[keys.required("condition", "a rule")],
        output=[keys.required("output", "a rule")],
        desc=[keys.required("desc", "a rule")],
        priority=_priority(keys),
        source=source.value if source else "syscall",
        enabled=keys.boolean("enabled", default=True),
        capture=keys.boolean("capture", default=False),
        capture_duration=keys.unsigned("capture_duration", default=0, limit=MAX_CAPTURE_DURATION),
        tags={tag.value for tag in keys.texts("tags", "each tag") or []},
        exceptions=read_exceptions(keys, collector.report),
        warn_evttypes=keys.boolean("warn_evttypes", default=True),
        skip_if_unknown=keys.boolean("skip-if-unknown-filter", default=False),
    )
    if rule.source not in collector.options.sources:
        rule.unknown_source = True
        message = f"no source '{shown(rule.source)}' is known here, so the rule is skipped"
        where = place_of(source) if source else None
        collector.report(keys.context.diagnostic(Code.UNKNOWN_SOURCE, message, where))
    collector.rules[name] = rule
    collector.broken.discard(("rule", name))


def _priority(keys: Keys) -> int:
    node = keys.required("priority", "a rule")
    number = parse_priority(node.value)
    if number is None:
        context = keys.context.inside("rule priority", "", node)
        raise context.invalid(
            f"'{shown(node.value)}' is not a priority; use Emergency, Alert, Critical, Error, Warning, Notice, "
            "Informational or Debug"
        )
    return number


def _change(collector: Collector, rule: RuleItem, operations: dict[str, str], keys: Keys) -> None:
    """Applies appends, then replaces, after everything was read: an error leaves the rule as it was."""
    changes: list[Callable[[], None]] = []
    for key in sorted(operations, key=lambda key: operations[key]):
        changes.append(_changed(collector, rule, key, operations[key] == "append", keys))
    for change in changes:
        change()


def _changed(collector: Collector, rule: RuleItem, key: str, append: bool, keys: Keys) -> Callable[[], None]:
    if key in ("condition", "output", "desc"):
        text = keys.required(key, "a rule")
        return lambda: setattr(rule, key, [*getattr(rule, key), text] if append else [text])
    if key == "tags":
        tags = {tag.value for tag in keys.texts("tags", "each tag") or []}
        return lambda: setattr(rule, "tags", rule.tags | tags if append else tags)
    if key == "exceptions":
        if append:
            merged = merge_exceptions(rule, keys, collector.report)
            return lambda: rule.exceptions.update(merged)
        exceptions = read_exceptions(keys, collector.report)
        return lambda: setattr(rule, "exceptions", exceptions)
    if key == "priority":
        priority = _priority(keys)
        return lambda: setattr(rule, "priority", priority)
    if key == "capture_duration":
        duration = keys.unsigned(key, default=0, limit=MAX_CAPTURE_DURATION)
        return lambda: setattr(rule, "capture_duration", duration)
    attribute = "skip_if_unknown" if key == "skip-if-unknown-filter" else key
    value = keys.boolean(key, default=False)
    return lambda: setattr(rule, attribute, value)
