"""Output strings: text with ``%field`` tokens, split into the segments of the plan. ``%%`` is a percent sign."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.lang import ast
from agent.lang.check import Warned
from agent.lang.diagnostics import Code, shown
from agent.lang.field_use import OPTIONAL, field_exists
from agent.lang.grammar import ConditionSyntaxError, parse_operand
from agent.lang.operands import CheckError, resolve_operand
from agent.schema.field_types import FF, ArgKind

if TYPE_CHECKING:
    from agent.lang.field_use import FieldUse
    from agent.lang.vocabulary import Vocabulary

MAX_WIDTH = 4096
"""Largest width of a padded field."""

MAX_PROBLEMS = 20
"""Unknown tokens of one output that are reported."""

_QUOTED = r"\"[^\"\\]*(?:\\.[^\"\\]*)*\"|'[^'\\]*(?:\\.[^'\\]*)*'"
_FIELD = re.compile(
    rf"(?P<name>[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+)(?P<arg>\[(?:{_QUOTED}|[^\]\[\"' \t\r\n\f\v]+)\])?",
    re.DOTALL,
)
_TRANSFORM = re.compile(r"(?:tolower|toupper|b64|basename|len|join|concat|getopt)\(")
_IN_CALL = re.compile(rf"{_QUOTED}|[()]", re.DOTALL)
_SUBSCRIPT = re.compile(rf"\[(?:{_QUOTED}|[^\]\[\"' \t\r\n\f\v]+)\]", re.DOTALL)
_WIDTH = re.compile(r"[0-9]{1,10}")
_TOKEN_SHOWN = re.compile(r"[a-zA-Z0-9_.\[\]()]*")
_LONGEST_NAME = 200
_NOTHING = frozenset(("container.info",))


@dataclass(slots=True)
class Output:
    """A parsed output: segments of the plan, its fields, and what was found. ``texts`` is for the parsing alone."""

    segments: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    fields: dict[str, FieldUse] = field(default_factory=dict)
    problems: list[CheckError] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)


def parse_output(text: str, vocabulary: Vocabulary) -> Output:
    """Splits an output string. A ``*`` in front only asks for what is done anyway, and is left out."""
    found = Output()
    at = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    if text.startswith("*", at):
        at += 1
    while at < end:
        percent = text.find("%", at, end)
        if percent < 0:
            percent = end
        if percent > at:
            _add_text(found, text[at:percent])
        if percent == end:
            break
        if text.startswith("%%", percent):
            _add_text(found, "%")
            at = percent + 2
            continue
        at = _token(text, percent, end, vocabulary, found)
        if len(found.problems) >= MAX_PROBLEMS:
            break
    _end_text(found)
    return found


def _add_text(found: Output, text: str) -> None:
    found.texts.append(text)


def _end_text(found: Output) -> None:
    """Makes one segment of the texts since the last field."""
    if found.texts:
        found.segments.append({"text": "".join(found.texts)})
        found.texts.clear()


def _token(text: str, percent: int, end: int, vocabulary: Vocabulary, found: Output) -> int:
    """Takes in the token at a percent sign; returns where it ends."""
    at = percent + 1
    width: int | None = None
    match = _WIDTH.match(text, at, end)
    if match:
        width = int(match.group())
        at = match.end()
        if not 0 < width <= MAX_WIDTH:
            found.problems.append(CheckError(f"a width goes from 1 to {MAX_WIDTH}, not {width}", percent))
            return at
    try:
        call = _TRANSFORM.match(text, at, end)
        node, stop = _call(text, at, end, call.end()) if call else _field(text, at, end, vocabulary)
        if isinstance(node, ast.Field) and node.name in _NOTHING:
            message = f"'%{node.name}' stands for nothing any more; remove it"
            found.warnings.append(Warned(Code.DEPRECATED_ITEM, message, percent, node.name))
            return stop
        operand = resolve_operand(node, vocabulary)
    except CheckError as problem:
        problem.offset = percent + 1 if problem.offset < percent else problem.offset
        found.problems.append(problem)
        shown_token = _TOKEN_SHOWN.match(text, at, end)
        return max(at, shown_token.end() if shown_token else at)
    for use in operand.fields:
        found.fields[use.text] = use
        if use.has(FF.FILTER_ONLY):
            message = f"the field '{use.text}' is for conditions only, not for output"
            found.problems.append(CheckError(message, at))
        if use.field.deprecated:
            message = f"the field '{use.text}' is deprecated"
            found.warnings.append(Warned(Code.DEPRECATED_ITEM, message, at, use.field.name))
    _end_text(found)
    found.segments.append({"operand": operand.plan, "key": text[at:stop], "width": width})
    return stop


def _call(text: str, at: int, end: int, inside: int) -> tuple[ast.Operand, int]:
    """A transformer call: everything to its closing parenthesis, and an argument in brackets."""
    depth = 1
    stop = inside
    while depth:
        match = _IN_CALL.search(text, stop, end)
        if match is None:
            message = f"the transformer '%{shown(text[at:inside])}' has no closing ')'"
            raise CheckError(message, at)
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        stop = match.end()
    subscript = _SUBSCRIPT.match(text, stop, end) if text.startswith("getopt(", at) else None
    if subscript:
        stop = subscript.end()
    try:
        return _shifted(parse_operand(text[at:stop]), at), stop
    except ConditionSyntaxError as problem:
        raise CheckError(problem.message, at + problem.offset) from None


def _shifted(node: ast.Operand, by: int) -> ast.Operand:
    """Moves the positions of a tree parsed from a part of the text."""
    nodes: list[Any] = [node]
    while nodes:
        item = nodes.pop()
        item.start += by
        item.end += by
        nodes.extend(getattr(item, "args", None) or getattr(item, "items", None) or ())
    return node


def _field(text: str, at: int, end: int, vocabulary: Vocabulary) -> tuple[ast.Operand, int]:
    """A field: the longest name that exists; what follows it is text again."""
    match = _FIELD.match(text, at, end)
    if match is None:
        raise CheckError(_no_field(text, at, end), at if at < end else at - 1, unknown=at < end)
    name = match.group("name")
    if field_exists(name, vocabulary) or name in _NOTHING:
        arg = match.group("arg")
        stop = match.end()
        takes = vocabulary.fields.get(name)
        if arg is None or takes is None or takes.arg is ArgKind.NONE:
            # "%proc.name[1]" of a field without argument is the field, and text in brackets behind it
            return ast.Field(at, match.end("name"), name), match.end("name")
        try:
            return _shifted(parse_operand(text[at:stop]), at), stop
        except ConditionSyntaxError as problem:
            raise CheckError(problem.message, at + problem.offset) from None
    for length in range(min(len(name), _LONGEST_NAME) - 1, 0, -1):
        known = vocabulary.fields.get(name[:length])
        if known is not None and known.arg not in OPTIONAL:
            break  # its argument is what is wrong
        if field_exists(name[:length], vocabulary):
            return ast.Field(at, at + length, name[:length]), at + length
    return ast.Field(at, match.end("name"), name), match.end("name")


def _no_field(text: str, at: int, end: int) -> str:
    if at >= end:
        return "the output ends behind '%': a field is expected there (or %% for a percent sign)"
    words = text[at : min(end, at + 20)].split()
    token = shown(words[0] if words and not text[at].isspace() else text[at])
    return f"'%{token}' is not a field: write %field.name (or %% for a percent sign)"
