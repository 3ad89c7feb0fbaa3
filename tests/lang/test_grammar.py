"""Conditions: what parses to what, and where the others go wrong."""

from __future__ import annotations

import pytest

from agent.lang import ast
from agent.lang.grammar import (
    MAX_NESTING,
    ConditionSyntaxError,
    parse_condition,
    parse_list,
    parse_operand,
    tables,
    unparse,
)
from agent.lang.grammar.generate import grammar_digest
from agent.lang.grammar.parser import ConditionParser
from agent.lang.grammar.strings import EscapeError, quote, unquote


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a or b and c", "a or (b and c)"),
        ("a and b or c and d", "(a and b) or (c and d)"),
        ("not a and b", "(not a) and b"),
        ("not a or not b", "(not a) or (not b)"),
        ("not (a or b) and c", "(not (a or b)) and c"),
        ("not not a", "a"),
        ("not not not a", "not a"),
        ("a or(b) and(c)", "a or (b and c)"),
        ("not(a)", "not a"),
        ("((a))", "a"),
        ("a\tand\r\n\bb", "a and b"),
    ],
)
def test_precedence_is_not_then_and_then_or(text: str, grouped: str) -> None:
    assert parse_condition(text) == parse_condition(grouped)


def test_precedence_is_visible_in_the_tree() -> None:
    tree = parse_condition("a or b and not c")
    assert isinstance(tree, ast.Or)
    assert isinstance(tree.children[0], ast.MacroRef)
    second = tree.children[1]
    assert isinstance(second, ast.And)
    assert isinstance(second.children[1], ast.Not)


def check(text: str) -> ast.Check:
    tree = parse_condition(text)
    assert isinstance(tree, ast.Check)
    return tree


@pytest.mark.parametrize(
    ("text", "op", "rhs"),
    [
        ("proc.name exists", "exists", None),
        ("proc.name=sshd", "=", "sshd"),
        ("proc.name == sshd", "=", "sshd"),
        ("proc.name!=sshd", "!=", "sshd"),
        ("proc.name='a b'", "=", "a b"),
        ('proc.name glob "*x?"', "glob", "*x?"),
        ("proc.name iglob *x", "iglob", "*x"),
        ("proc.name contains ../", "contains", "../"),
        ("proc.name icontains A", "icontains", "A"),
        ("evt.buffer bcontains 00ff", "bcontains", "00ff"),
        ("evt.buffer bstartswith cafe", "bstartswith", "cafe"),
        ("proc.name startswith /etc/", "startswith", "/etc/"),
        ("proc.name endswith .so", "endswith", ".so"),
        ("proc.name regex ^a+$", "regex", "^a+$"),
        ("fd.num>=0", ">=", "0"),
        ("fd.num <-1", "<", "-1"),
        ("fd.num <= 0x1F", "<=", "0x1F"),
        ("fd.num > 1.5e+3", ">", "1.5e+3"),
        ("proc.name in (a,'b c', d)", "in", ["a", "b c", "d"]),
        ("proc.name in(a)", "in", ["a"]),
        ("proc.name in ()", "in", []),
        ("fd.name pmatch (/etc, /usr/*)", "pmatch", ["/etc", "/usr/*"]),
        ("proc.name intersects (a)", "intersects", ["a"]),
        ("proc.pname in (runc:[0:PARENT], exe)", "in", ["runc:[0:PARENT]", "exe"]),
        ("proc.name = oneof", "=", "oneof"),
        ("proc.name contains tolower", "contains", "tolower"),
    ],
)
def test_operators(text: str, op: str, rhs: object) -> None:
    found = check(text)
    assert found.op == op
    assert found.modifier is None
    match found.rhs:
        case ast.ValueList(items=items):
            assert [item.value for item in items] == rhs
        case ast.String(value=value) | ast.Number(text=value):
            assert value == rhs
        case other:
            assert other is rhs


@pytest.mark.parametrize("modifier", ["oneof", "anyof", "allof"])
def test_modifiers_need_a_list_or_a_name_behind_them(modifier: str) -> None:
    assert check(f"proc.name contains {modifier} (a, b)").modifier == modifier
    assert check(f"proc.name contains {modifier}(a)").modifier == modifier
    named = check(f"proc.name contains {modifier} shells")
    assert named.modifier == modifier
    assert named.rhs == ast.ListName(0, 0, "shells")
    for behind in ("and", "or"):
        tree = parse_condition(f"proc.name contains {modifier} {behind} b")
        assert isinstance(tree, (ast.And, ast.Or))
        first = tree.children[0]
        assert isinstance(first, ast.Check)
        assert first.rhs == ast.String(0, 0, modifier, quoted=False)


@pytest.mark.parametrize(
    ("text", "name", "arg"),
    [
        ("proc.aname[2]", "proc.aname", "2"),
        ("proc.env[PATH]", "proc.env", "PATH"),
        ('proc.env["A B"]', "proc.env", "A B"),
        ("proc.env['a\"]']", "proc.env", 'a"]'),
        ("evt.arg.flags", "evt.arg.flags", None),
        ("container.mount[/a/*]", "container.mount", "/a/*"),
    ],
)
def test_fields_and_their_arguments(text: str, name: str, arg: str | None) -> None:
    assert parse_operand(text) == ast.Field(0, len(text), name, arg)
    assert check(f"{text} exists").lhs == ast.Field(0, 0, name, arg)


@pytest.mark.parametrize(
    "text",
    [
        "tolower(proc.name) = toupper(proc.pname)",
        "tolower(toupper(basename(proc.exepath))) in (a)",
        'join(",", (proc.name, "x", tolower(proc.pname))) contains a',
        "concat(proc.name, '-', proc.pname) = a-b",
        'getopt(proc.args, "ab:")[a] = x',
        "len(proc.args) > 10",
        "len(proc.args) > len(proc.name)",
        "proc.name = val(proc.pname)",
        "proc.name in val(proc.aname[2])",
        "b64( proc.args ) contains x",
    ],
)
def test_transformers_and_field_to_field(text: str) -> None:
    tree = parse_condition(text)
    assert parse_condition(unparse(tree)) == tree


@pytest.mark.parametrize("name", ["notify", "android", "orchestra", "inside", "existsx", "oneof", "val", "tolower"])
def test_macro_names_may_start_with_words_of_the_language(name: str) -> None:
    assert parse_condition(name) == ast.MacroRef(0, 0, name)


@pytest.mark.parametrize(
    ("text", "offset", "part"),
    [
        ("", 0, "the condition is empty"),
        ("  \n ", 0, "the condition is empty"),
        ("a b", 2, "unexpected 'b': 'and', 'or' or the end of the condition is expected here"),
        ("a or", 4, "ends where a comparison"),
        ("a or ", 4, "ends where a comparison, a macro or '(' is expected"),
        ("and a", 0, "unexpected 'and'"),
        ("a and or b", 6, "unexpected 'or'"),
        ("(a", 2, "the condition ends where ')' is expected"),
        ("(a and (b)", 10, "')'"),
        ("a)", 1, "this ')' closes nothing"),
        ("proc.name", 9, "ends where an operator"),
        ("proc.name and a", 10, "to test that the field has a value write 'exists'"),
        ("proc.name =", 11, "ends where a value is expected"),
        ("proc.name conatins x", 10, "did you mean 'contains'?"),
        ("proc.name contains(b)", 10, "'contains' needs a blank behind it"),
        ("a && b", 2, "write 'and' for '&&'"),
        ("a || b", 2, "write 'or' for '||'"),
        ("a AND b", 2, "write 'and' in lower case"),
        ("proc.name = 'x", 12, "is never closed"),
        ('proc.name = "x', 12, "is never closed"),
        ('proc.name = "a\\q"', 14, "'\\q' is not an escape"),
        ("proc.name = '\\x00'", 13, "NUL"),
        ("proc.name = foo bar", 16, "a value with blanks needs quotes"),
        ("name = x", 5, "unexpected '='"),
        ("name contains x", 5, "'name' has no dot, so it is a macro and not a field"),
        ("fd.num > x", 9, "< <= > >= compare numbers"),
        ("proc.name in (a b)", 16, "',' or ')' is expected"),
        ("proc.name in (a,)", 16, "a value is expected"),
        ("proc.name in (a", 15, "ends where ',' or ')' is expected"),
        ("proc.name in (tolower(x.y))", 21, "unexpected '('"),
        ("proc.aname[ = 3", 10, "the argument of a field is written"),
        ("proc.aname[] = 3", 10, "the argument of a field is written"),
        ("tolower() = x", 8, "an argument"),
        ("tolower(proc.name", 17, "',' or ')'"),
        ("proc.name = val(x)", 16, "a field is expected"),
        ("proc.name = val(tolower(proc.name))", 16, "a field is expected"),
        ("a\n  and @", 8, "unexpected '@'"),
        ("\u00a0a", 0, "U+00A0"),
        ("not", 3, "ends where a comparison"),
        ("a orb", 2, "unexpected 'orb'"),
        ("1proc.name = a", 0, "unexpected '1proc.name'"),
    ],
)
def test_errors_say_where_and_what(text: str, offset: int, part: str) -> None:
    with pytest.raises(ConditionSyntaxError) as caught:
        parse_condition(text)
    assert part in caught.value.message
    assert caught.value.offset == offset


def test_nesting_is_bounded_by_parentheses() -> None:
    deep = "(" * MAX_NESTING + "a" + ")" * MAX_NESTING
    assert parse_condition(deep) == ast.MacroRef(0, 0, "a")
    for text in ("(" + deep + ")", "(" * 50_000, "not (" * 50_000, "tolower(" * 50_000, "a and (" * 50_000):
        with pytest.raises(ConditionSyntaxError, match="nested more than 100 deep"):
            parse_condition(text)


def test_a_failed_parse_leaves_the_next_one_alone() -> None:
    for _ in range(3):
        with pytest.raises(ConditionSyntaxError):
            parse_condition("(((a")
    test_nesting_is_bounded_by_parentheses()


def test_positions_span_the_nodes() -> None:
    text = "a and  proc.name in ( x, 'y' )  or not b"
    tree = parse_condition(text)
    assert isinstance(tree, ast.Or)
    conjunction = tree.children[0]
    assert isinstance(conjunction, ast.And)
    found = conjunction.children[1]
    assert isinstance(found, ast.Check)
    assert text[found.start : found.end] == "proc.name in ( x, 'y' )"
    assert text[found.op_start :].startswith("in (")
    assert isinstance(found.rhs, ast.ValueList)
    assert [text[item.start : item.end] for item in found.rhs.items] == ["x", "'y'"]
    assert text[tree.children[1].start : tree.children[1].end] == "not b"


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"plain"', "plain"),
        ('"a\\"b"', 'a"b'),
        ("'a\\'b'", "a'b"),
        ('"\\b\\f\\n\\r\\t\\\\\\/"', "\b\f\n\r\t\\/"),
        ('"\\x41\\x7a"', "Az"),
        ('"\\xc3\\xa9"', "é"),
        ('"\\xff"', "\udcff"),
        ('"c:\\ x"', "c:\\x"),
        ("'say \"hi\"'", 'say "hi"'),
    ],
)
def test_escapes(literal: str, value: str) -> None:
    assert unquote(literal) == value
    assert unquote(quote(value)) == value


@pytest.mark.parametrize("literal", ['"\\\'"', "'\\\"'", '"\\.\\d"', '"\\xZ1"', '"\\x0"', '"\\x00"', '"\x00"'])
def test_other_escapes_are_refused(literal: str) -> None:
    with pytest.raises(EscapeError):
        unquote(literal)


def test_lists() -> None:
    assert [item.value for item in parse_list("a, 'b c',d ")] == ["a", "b c", "d"]
    assert parse_list("") == ()
    with pytest.raises(ConditionSyntaxError):
        parse_list("a b")


def test_the_tables_belong_to_the_grammar() -> None:
    assert grammar_digest() == tables.GRAMMAR_SHA256, "run python -m agent.lang.grammar.generate"


def test_without_tables_the_parser_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARK_VERSION", "0")
    parse = ConditionParser().parse
    text = "a and not (proc.name in (x, 'y') or tolower(proc.name) contains oneof l)"
    assert parse(text, "condition") == parse_condition(text)
    for wrong in ("a and", "proc.name = ", "proc.name in (a b)"):
        with pytest.raises(ConditionSyntaxError) as expected:
            parse_condition(wrong)
        with pytest.raises(ConditionSyntaxError) as found:
            parse(wrong, "condition")
        assert (found.value.message, found.value.offset) == (expected.value.message, expected.value.offset)


@pytest.mark.parametrize(
    ("text", "value"), [("evt.dir=<", "<"), ("evt.dir=>", ">"), ("evt.dir != <", "<"), ("a.b = |x|", "|x|")]
)
def test_bare_values_may_hold_other_operators(text: str, value: str) -> None:
    assert check(text).rhs == ast.String(0, 0, value, quoted=False)
