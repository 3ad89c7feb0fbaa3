"""A single condition and output, given on the command line instead of in a rule file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.errors import ExpressionError
from agent.lang.collect import Collector
from agent.lang.compile import RuleCompiler
from agent.lang.diagnostics import Step
from agent.lang.items import RuleItem
from agent.lang.lowered import Constant
from agent.lang.options import LoadOptions
from agent.lang.plan import PlanBuilder
from agent.lang.reading import Context
from agent.lang.results import render_diagnostic
from agent.lang.source import Place, SourceFile
from agent.lang.vocabulary import schema_vocabulary
from agent.lang.yaml_nodes import Scalar

if TYPE_CHECKING:
    from agent.lang.rule import Rule

NO_RULES: dict[str, Any] = PlanBuilder({}).build([], "all")
"""The plan that chooses nothing; a recording takes every event with it."""

_NAME = "filter"
_DEBUG = 7
_ESCAPE = re.compile(r"\\([tn\\])")
_MEANT = {"t": "\t", "n": "\n", "\\": "\\"}


def filter_plan(condition: str | None, output: str) -> dict[str, Any]:
    """Return the plan of one rule: events for which `condition` holds, or every event when it is None, with `output`.

    In the text of `output`, a backslash with t, n or another backslash is a tab, a newline, and a backslash.

    Raises ExpressionError with the position in the filter or the format.
    """
    rule = _compiled("evt.num > 0" if condition is None else condition, output)
    # Here and not before the parsing, so that positions in errors are those of what was typed.
    rule = replace(rule, segments=tuple(map(_unescaped, rule.segments)))
    if condition is None:
        rule = replace(rule, lowered=Constant(True), event_types=None)
    return PlanBuilder({}).build([rule], "all")


def _unescaped(segment: dict[str, Any]) -> dict[str, Any]:
    if "text" not in segment:
        return segment
    return {"text": _ESCAPE.sub(lambda found: _MEANT[found.group(1)], segment["text"])}


def _compiled(condition: str, output: str) -> Rule:
    options = LoadOptions()
    collector = Collector(options)
    wanted = _scalar(_NAME, condition)
    context = Context((Step("rule", _NAME, Place(wanted.file, 0)),))
    item = RuleItem(
        name=_NAME,
        context=context,
        index=0,
        visibility=0,
        condition=[wanted],
        output=[_scalar("format", output)],
        desc=[],
        priority=_DEBUG,
        source="syscall",
        warn_evttypes=False,
    )
    collector.rules[_NAME] = item
    compiler = RuleCompiler(schema_vocabulary())
    errors = [found for found in compiler.update(collector) if found.is_error]
    if errors:
        raise ExpressionError("\n".join(map(render_diagnostic, errors)))
    return compiler.rules[0]


def _scalar(name: str, text: str) -> Scalar:
    """The text as if it were a file of its own: a position in the one is a position in the other."""
    return Scalar(SourceFile(name, text), 0, text)
