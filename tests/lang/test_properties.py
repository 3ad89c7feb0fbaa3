"""Properties that hold for any input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.lang import ast, load_rules, results_json, results_text
from agent.lang.grammar import ConditionSyntaxError, parse_condition, parse_list, parse_operand, unparse
from agent.lang.grammar.strings import quote, unquote
from agent.lang.output import parse_output
from agent.lang.source import SourceFile
from agent.lang.vocabulary import schema_vocabulary
from agent.lang.yaml_nodes import Node, Scalar, parse_yaml

_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,4}", fullmatch=True).filter(lambda name: name not in ("and", "or", "not"))
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


def at(kind: Any, *parts: Any) -> Any:
    return st.builds(lambda *values: kind(0, 0, *values), *parts)


_ARGS = st.one_of(st.none(), st.from_regex(r"[a-z0-9/.*-]{1,5}", fullmatch=True), _TEXTS)
_FIELDS = at(ast.Field, st.builds("{}.{}".format, _NAMES, _NAMES), _ARGS)
_BARE = at(
    lambda start, end, text: ast.String(start, end, text, quoted=False),
    st.from_regex(r"[a-z0-9/.*\[\]:-]{1,6}", fullmatch=True),
)
_QUOTED = at(lambda start, end, text: ast.String(start, end, text, quoted=True), _TEXTS)
_NUMBERS = at(ast.Number, st.sampled_from(["0", "-5", "+7", "1.5", "0xfF", "10e+3"]))


def _transforms(inner: Any) -> Any:
    listed = at(ast.OperandList, st.lists(st.one_of(_FIELDS, _QUOTED, _NUMBERS), max_size=3).map(tuple))
    args = st.lists(st.one_of(inner, _QUOTED, _NUMBERS, listed), min_size=1, max_size=3).map(tuple)
    return at(ast.Transform, st.sampled_from(["tolower", "b64", "join", "getopt"]), args, _ARGS)


_OPERANDS = st.recursive(_FIELDS, _transforms, max_leaves=4)
_CALLS = _transforms(_FIELDS)
_LISTS = st.one_of(
    at(ast.ValueList, st.lists(st.one_of(_BARE, _QUOTED), max_size=4).map(tuple)), at(ast.ListName, _NAMES)
)
_VAL = at(ast.ValueOf, _FIELDS)
_TEXT_OPERATORS = st.sampled_from(["=", "!=", "glob", "contains", "startswith", "regex", "bcontains"])


def _check(op: Any, modifier: Any, rhs: Any) -> Any:
    return st.builds(
        lambda lhs, op, modifier, rhs: ast.Check(0, 0, lhs, op, modifier, rhs), _OPERANDS, op, modifier, rhs
    )


_CHECKS = st.one_of(
    _check(st.just("exists"), st.none(), st.none()),
    _check(st.sampled_from(["<", "<=", ">", ">="]), st.none(), st.one_of(_NUMBERS, _VAL, _CALLS)),
    _check(_TEXT_OPERATORS, st.none(), st.one_of(_BARE, _QUOTED, _VAL, _CALLS)),
    _check(_TEXT_OPERATORS, st.sampled_from(["oneof", "anyof", "allof"]), _LISTS),
    _check(st.sampled_from(["in", "intersects", "pmatch"]), st.none(), st.one_of(_LISTS, _VAL, _CALLS)),
)
_TREES = st.recursive(
    st.one_of(_CHECKS, at(ast.MacroRef, _NAMES)),
    lambda inner: st.one_of(
        at(ast.Not, inner.filter(lambda node: not isinstance(node, ast.Not))),
        at(ast.And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        at(ast.Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(_TREES)
@settings(deadline=None, max_examples=400)
def test_a_printed_tree_parses_to_itself(tree: ast.Expr) -> None:
    assert parse_condition(unparse(tree)) == tree


@given(_TEXTS)
def test_quoted_texts_come_back(text: str) -> None:
    assert unquote(quote(text)) == text


@given(st.binary(max_size=12).filter(lambda data: 0 not in data))
def test_quoted_bytes_come_back(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert unquote(quote(text)) == text


_WORDS = st.sampled_from(
    "and or not in = != < >= ( ) , exists contains oneof proc.name fd.num evt.type open m l 5 'x' \"y z\" val( "
    "tolower( proc.aname[2] [ ] \\ % \t \n regex pmatch ' \" 0x1 -1 é \x00 \x08 \ud7ff \U0001f600".split(" ")
)
_SOUP = st.one_of(
    st.text(max_size=60), st.lists(_WORDS, max_size=14).map(" ".join), st.lists(_WORDS, max_size=14).map("".join)
)


@given(_SOUP)
@settings(deadline=None, max_examples=600)
@example("proc.name = oneof  ")
@example("'")
def test_any_text_parses_or_has_a_fault_inside(text: str) -> None:
    for parse in (parse_condition, parse_operand, parse_list):
        try:
            parse(text)
        except ConditionSyntaxError as error:
            assert 0 <= error.offset <= len(text)
            assert error.message.isprintable()


@given(_SOUP.map(lambda text: text.replace(" ", " %")))
@settings(deadline=None, max_examples=300)
def test_any_output_parses_or_has_a_fault_inside(text: str) -> None:
    found = parse_output(text, schema_vocabulary())
    for problem in found.problems:
        assert 0 <= problem.offset <= len(text)
    if not found.problems:
        kept = "".join(segment.get("text") or "%" + segment["key"] for segment in found.segments)
        assert len(kept) <= len(text)


def check_load(folder: Path, data: bytes) -> None:
    """Loads bytes as a rule file: no exception, and every diagnostic has a place in the file and can be printed."""
    path = folder / "r.yaml"
    path.write_bytes(data)
    book = load_rules([path])
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for found in book.diagnostics:
        assert found.line is None or 1 <= found.line <= lines
    assert results_text(book.files).encode()
    assert results_json(book.files)["agent_load_results"]
    if book.ok:
        assert len(book.plan(priority_threshold=7)["rules"]) <= len(book.rules)


@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
@settings(deadline=None, max_examples=200)
def test_any_bytes_load_without_exception(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    check_load(tmp_path_factory.getbasetemp(), data)


_SCALARS: Any = st.one_of(_SOUP, st.none(), st.booleans(), st.integers(), st.just("R"), st.just("l"))
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "fields", "comps", "values", "items", "condition"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    "rule macro list condition output desc priority source enabled tags exceptions items append override other capture "
    "capture_duration warn_evttypes skip-if-unknown-filter required_engine_version required_plugin_versions".split()
)
_ITEMS = st.dictionaries(_KEYS, _VALUES, max_size=8)
_RULES = st.fixed_dictionaries(
    {
        "rule": st.sampled_from(["R", "S"]),
        "desc": st.just("d"),
        "priority": st.just("info"),
        "condition": _SOUP,
        "output": _SOUP,
    },
    optional={"exceptions": _VALUES, "tags": _VALUES, "enabled": _SCALARS, "skip-if-unknown-filter": st.just(True)},
)
_MACROS = st.fixed_dictionaries({"macro": st.sampled_from(["m", "n"]), "condition": _SOUP})
_LIST_ITEMS = st.fixed_dictionaries({"list": st.sampled_from(["l", "x", "5"]), "items": st.lists(_SOUP, max_size=3)})


@given(
    items=st.lists(st.one_of(_ITEMS, _RULES, _MACROS, _LIST_ITEMS), max_size=5),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
)
@settings(deadline=None, max_examples=400)
def test_any_items_load_without_exception(
    tmp_path_factory: pytest.TempPathFactory, items: Any, style: str | None
) -> None:
    check_load(tmp_path_factory.getbasetemp(), yaml.safe_dump(items, default_style=style, allow_unicode=True).encode())


@given(
    text=st.text(st.sampled_from("abc'\"\\:#-é \n\t&*!|>%@"), min_size=1, max_size=40),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    width=st.sampled_from([5, 20, 1000]),
    unicode=st.booleans(),
)
@settings(deadline=None, max_examples=600)
def test_characters_of_scalars_map_back_to_themselves(text: str, style: str | None, width: int, unicode: bool) -> None:
    file = SourceFile("f", yaml.safe_dump([{"k": text}], default_style=style, width=width, allow_unicode=unicode))
    for scalar in scalars(parse_yaml(file)):
        for index, char in enumerate(scalar.value):
            if char in "abc:#-&*!|>%@é" and file.text[scalar.file_offset(index)] != "\\":
                assert file.text[scalar.file_offset(index)] == char


def scalars(nodes: list[Node]) -> list[Scalar]:
    found: list[Scalar] = []
    while nodes:
        node = nodes.pop()
        if isinstance(node, Scalar):
            found.append(node)
        else:
            nodes.extend(getattr(node, "items", ()))
            for pair in getattr(node, "pairs", ()):
                nodes.extend(pair)
    return found
