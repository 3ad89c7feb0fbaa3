"""Exceptions of rules: reading them, and merging appended ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.lang.diagnostics import Code, shown
from agent.lang.item_keys import EXCEPTION, names
from agent.lang.items import ExceptionItem
from agent.lang.reading import Keys, text_of
from agent.lang.source import Text
from agent.lang.yaml_nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lang.diagnostics import Diagnostic
    from agent.lang.items import RuleItem
    from agent.lang.reading import Context

_STRING_OPERATORS = frozenset(
    (
        *("=", "==", "!=", "glob", "iglob", "contains", "icontains", "bcontains"),
        *("startswith", "bstartswith", "endswith", "regex"),
    )
)
NUMBER_OPERATORS = frozenset(("<", "<=", ">", ">="))
"""Operators whose right side is a number."""

_LIST_OPERATORS = frozenset(("in", "intersects", "pmatch"))
_MODIFIED = re.compile(r"(\S+)\s+(oneof|anyof|allof)\Z")
_KNOWN = names(EXCEPTION)


def read_exceptions(keys: Keys, report: Callable[[Diagnostic], None]) -> dict[str, ExceptionItem]:
    """The exceptions of a rule's definition, by name. Of two with one name the later is left out, with a warning."""
    found: dict[str, ExceptionItem] = {}
    for entry in _entries(keys, report):
        name = _name(entry)
        if name in found:
            message = f"the exception '{shown(name)}' is given twice in this rule; the first one counts"
            report(entry.context.diagnostic(Code.EXCEPTION_NAME_NOT_UNIQUE, message))
            continue
        found[name] = _defined(name, entry)
    return found


def merge_exceptions(rule: RuleItem, keys: Keys, report: Callable[[Diagnostic], None]) -> dict[str, ExceptionItem]:
    """The exceptions that ``keys`` append to the rule's, by name: values to known names, whole ones under new names."""
    merged: dict[str, ExceptionItem] = {}
    for entry in _entries(keys, report):
        name = _name(entry)
        if "values" not in entry:
            message = f"the exception '{shown(name)}' is appended to without any values"
            report(entry.context.diagnostic(Code.APPEND_NO_VALUES, message))
        known = merged.get(name) or rule.exceptions.get(name)
        if known is None:
            if "values" not in entry:
                raise entry.context.problem(
                    Code.ERR_VALIDATE, f"the new exception '{shown(name)}' needs the key 'values'"
                )
            merged[name] = _defined(name, entry)
            continue
        for key in ("fields", "comps"):
            if key in entry:
                message = (
                    f"the exception '{shown(name)}' exists already: only 'values' can be appended to it, not '{key}'"
                )
                raise entry.context.problem(Code.ERR_VALIDATE, message, entry.key_place(key))
        longer = ExceptionItem(name, entry.context, known.fields, known.comps, known.comp_nodes, known.single)
        longer.rows = known.rows + _rows(longer, entry)
        merged[name] = longer
    return merged


def _entries(keys: Keys, report: Callable[[Diagnostic], None]) -> list[Keys]:
    node = keys.get("exceptions")
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return []
    context = keys.context.inside("exceptions", "", node)
    if not isinstance(node, Sequence):
        raise context.invalid("'exceptions' must be a sequence of mappings with the keys " + ", ".join(_KNOWN))
    entries: list[Keys] = []
    for item in node.items:
        inner = context.inside("exception", "", item)
        if not isinstance(item, Mapping):
            raise inner.invalid("an exception must be a mapping with the keys " + ", ".join(_KNOWN))
        entry = Keys(item, inner, report)
        entry.warn_unknown(_KNOWN, "an exception", report)
        entry.context = context.inside("exception", _name(entry), item)
        entries.append(entry)
    return entries


def _name(entry: Keys) -> str:
    return entry.required("name", "an exception").value


def _defined(name: str, entry: Keys) -> ExceptionItem:
    node = entry.get("fields")
    if node is None:
        raise entry.context.problem(Code.ERR_VALIDATE, f"the exception '{shown(name)}' needs the key 'fields'")
    single = isinstance(node, Scalar)
    fields = [entry.required("fields", "an exception")] if single else entry.texts("fields", "each entry") or []
    if not fields:
        raise entry.context.problem(
            Code.ERR_VALIDATE, "'fields' must name at least one field", entry.key_place("fields")
        )
    comp_nodes = _comps(entry, single)
    comps = [comp.value.strip() for comp in comp_nodes] if comp_nodes else ["in" if single else "="] * len(fields)
    if len(comps) != len(fields):
        message = f"'comps' has {len(comps)} entries and 'fields' has {len(fields)}; they must correspond"
        raise entry.context.problem(Code.ERR_VALIDATE, message, entry.key_place("comps"))
    for position, comp in enumerate(comps):
        _check_comparison(comp, single, entry, comp_nodes[position] if comp_nodes else None)
    exception = ExceptionItem(name, entry.context, fields, comps, comp_nodes or fields, single)
    exception.rows = _rows(exception, entry)
    return exception


def _comps(entry: Keys, single: bool) -> list[Scalar] | None:
    node = entry.get("comps")
    if node is None or (isinstance(node, Sequence) and not node.items):
        return None
    if single != isinstance(node, Scalar):
        shape = "a text, as 'fields' is" if single else "a sequence, as 'fields' is"
        raise entry.context.problem(Code.ERR_VALIDATE, f"'comps' must be {shape}", entry.key_place("comps"))
    return [entry.required("comps", "an exception")] if single else entry.texts("comps", "each entry")


def _check_comparison(comp: str, single: bool, entry: Keys, node: Scalar | None) -> None:
    modified = _MODIFIED.match(comp)
    if is_list_comparison(comp) and (not modified or modified.group(1) in _STRING_OPERATORS):
        return
    if not single and (comp in _STRING_OPERATORS or comp in NUMBER_OPERATORS):
        return
    which = "in, intersects, pmatch or a text operator with oneof, anyof or allof" if single else "any but 'exists'"
    message = f"'{shown(comp)}' is not an operator an exception can use here: {which}"
    context = entry.context
    raise text_problem(context, message, node) if node else context.problem(Code.ERR_VALIDATE, message)


def text_problem(context: Context, message: str, node: Scalar) -> Exception:
    """A semantic problem at a scalar."""
    return context.problem(Code.ERR_VALIDATE, message, Text.of(node).place(0))


def is_list_comparison(comp: str) -> bool:
    """Whether a comparison takes a list: a list operator, or any operator with a modifier."""
    return comp in _LIST_OPERATORS or _MODIFIED.match(comp) is not None


def _rows(exception: ExceptionItem, entry: Keys) -> list[list[Node]]:
    node = entry.get("values")
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return []
    context = entry.context.inside("exception values", "", node)
    values = entry.sequence("values") or []
    if exception.single:
        row: list[Node] = [text_of(value, "each value", context) for value in values]
        return [row] if row else []
    rows: list[list[Node]] = []
    for value in values:
        inner = context.inside("exception value", "", value)
        if not isinstance(value, Sequence):
            message = f"each entry of 'values' must be a sequence of {len(exception.fields)} values, one for each field"
            raise inner.problem(Code.ERR_VALIDATE, message)
        if len(value.items) != len(exception.fields):
            message = f"this entry has {len(value.items)} values and 'fields' has {len(exception.fields)}"
            raise inner.problem(Code.ERR_VALIDATE, message)
        for part in value.items:
            for text in part.items if isinstance(part, Sequence) else [part]:
                text_of(text, "each value", inner)
        rows.append(value.items)
    return rows
