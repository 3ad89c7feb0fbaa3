"""Lists in conditions, and exceptions of rules."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lang import RuleBook
from agent.lang.exception_text import exception_condition
from agent.lang.grammar import parse_condition
from tests.lang.loading import Load, messages

RULE = "- rule: R\n  desc: d\n  priority: info\n  output: o\n  warn_evttypes: false\n  condition: "


def values(book: RuleBook, number: int = 0) -> list[str]:
    """The texts that a check of the plan compares with."""
    assert book.ok, book.diagnostics
    return [value["s"] for value in book.plan()["checks"][number]["rhs"]]


def test_a_list_is_put_in_where_it_is_named(load: Load) -> None:
    book = load("- list: l\n  items: [b, c d, '\"e f\"']\n" + RULE + "proc.name in (a, l, z)\n")
    assert values(book) == ["a", "b", "c d", "e f", "z"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("proc.name in (l)", ["x", "y"]),
        ("proc.name in (l, l)", ["x", "y", "x", "y"]),
        ("proc.name in ( l )", ["x", "y"]),
        ("proc.name in l", ["x", "y"]),
        ("proc.name in (a.l, l.b)", ["a.l", "l.b"]),
        ("proc.name in ('l')", ["l"]),
        ("proc.name in (e, a)", ["a"]),
        ("proc.name in (a, e)", ["a"]),
        ("proc.name in (e)", []),
        ("proc.name in (e, e)", []),
        ("proc.name in e", []),
        ("proc.name contains oneof (l)", ["x", "y"]),
        ("proc.name contains oneof l", ["x", "y"]),
    ],
)
def test_where_a_name_stands_for_its_list(load: Load, condition: str, expected: list[str]) -> None:
    assert values(load("- list: l\n  items: [x, y]\n- list: e\n  items: []\n" + RULE + condition + "\n")) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("proc.name = l", ["x"]),
        ("proc.name=l", ["x"]),
        # What is in quotes is meant as it stands.
        ("proc.cmdline contains 'run l now'", ["run l now"]),
        ('proc.cmdline contains "run l \\" l now"', ['run l " l now']),
        ("proc.cmdline contains 'l.x'", ["l.x"]),
        ("proc.cmdline in ('a l b', l)", ["a l b", "x"]),
    ],
)
def test_names_outside_of_lists_are_replaced_in_the_text(load: Load, condition: str, expected: list[str]) -> None:
    assert values(load("- list: l\n  items: [x]\n" + RULE + condition + "\n")) == expected


def test_a_list_of_two_behind_an_equals_sign_is_an_error(load: Load) -> None:
    [(code, *_, message)] = messages(load("- list: l\n  items: [x, y]\n" + RULE + "proc.name = l\n"))
    assert code == "LOAD_ERR_COMPILE_CONDITION"
    assert "unexpected ','" in message


def test_lists_hold_lists_defined_before(load: Load) -> None:
    text = "- list: a\n  items: [1, 2]\n- list: b\n  items: [0, a, 3]\n" + RULE + "proc.name in (b)\n"
    assert values(load(text)) == ["0", "1", "2", "3"]
    assert [code for code, *_ in messages(load(text), errors=False)] == []


def test_a_list_grows_with_the_list_it_holds(load: Load) -> None:
    text = "- list: a\n  items: [1]\n- list: b\n  items: [a]\n" + RULE + "proc.name in (b)\n"
    assert values(load(text, "- list: a\n  items: [2]\n  override: {items: append}\n")) == ["1", "2"]


def test_a_name_of_a_later_list_is_replaced_in_the_condition(load: Load) -> None:
    text = "- list: b\n  items: [0, a]\n- list: a\n  items: [1, 2]\n" + RULE + "proc.name in (b)\n"
    assert values(load(text)) == ["0", "1", "2"]


def test_lists_resolve_at_any_depth(load: Load) -> None:
    text = "- list: a\n  items: [1]\n- list: b\n  items: [a, 2]\n- list: c\n  items: [b, 3]\n"
    book = load(text + RULE + "proc.name in (c)\n")
    assert values(book) == ["1", "2", "3"]
    assert book.diagnostics == []


def test_a_chain_of_thousands_of_lists(load: Load) -> None:
    lists = "".join(f"- list: l{n}\n  items: [v{n}, l{n + 1}]\n" for n in range(1000))
    assert len(values(load(lists + RULE + "proc.name in (l0)\n"))) == 1001


def test_lists_that_hold_each_other_are_an_error(load: Load) -> None:
    text = "- list: a\n  items: [b]\n- list: b\n  items: [c]\n- list: c\n  items: [a]\n"
    [(code, line, _, message)] = messages(load(text + RULE + "proc.name in (a)\n"))
    assert (code, line) == ("LOAD_ERR_VALIDATE", 5)
    assert message == "the list 'c' holds 'a', which holds it in turn"


def test_only_names_that_are_no_elements_are_rewritten(load: Load) -> None:
    text = "- list: l\n  items: ['say \"hi\" now']\n- list: one\n  items: [x]\n"
    book = load(text + RULE + "proc.cmdline in (l) and proc.name = one\n")
    assert values(book) == ['say "hi" now']
    assert values(book, 1) == ["x"]


def test_a_list_cannot_hold_itself(load: Load) -> None:
    assert values(load("- list: a\n  items: [a, b]\n" + RULE + "proc.name in (a)\n")) == ["a", "b"]


def test_an_item_with_a_comma_is_two(load: Load) -> None:
    assert values(load("- list: l\n  items: ['p,q']\n" + RULE + "proc.name in (a, l)\n")) == ["a", "p", "q"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("a(b", ["a(b"]),
        ("--name=x", ["--name=x"]),
        ("it's", ["it's"]),
        ('say "hi" now', ['say "hi" now']),
        ("p,,q", ["p,,q"]),
        ("(a, b)", ["(a, b)"]),
        ('"a b", "c d"', ["a b", "c d"]),
        ('"a', ['"a']),
    ],
)
def test_items_that_no_condition_could_hold_are_taken_literally(load: Load, item: str, expected: list[str]) -> None:
    quoted = item.replace("'", "''")
    assert values(load(f"- list: l\n  items: ['{quoted}']\n" + RULE + "proc.name in (l)\n")) == expected


def test_lists_that_double_each_other_are_bounded(load: Load) -> None:
    lists = "".join(f"- list: l{n}\n  items: [l{n + 1}, l{n + 1}]\n" for n in range(60))
    found = messages(load(lists + RULE + "proc.name in (l0)\n"))
    assert found
    assert all("expand" in message for *_, message in found)


def test_values_of_lists_are_checked_and_named(load: Load) -> None:
    book = load("- list: ports\n  items: [80, eighty]\n" + RULE + "fd.sport in (22, ports)\n")
    [(_, line, column, message)] = messages(book)
    assert (line, column) == (8, 31)
    assert "'eighty' is neither a port number" in message
    assert "(an item of the list 'ports')" in message


EXCEPTED = "evt.type=open\n  exceptions:\n"


def condition(book: RuleBook) -> tuple[Any, list[Any]]:
    """The condition of the plan's only rule, its checks written as (field, op, values)."""
    assert book.ok, book.diagnostics
    plan = book.plan()
    checks = [
        (
            check["lhs"].get("field") or check["lhs"]["transform"],
            check["op"],
            [next(iter(v.values())) for v in check["rhs"]],
        )
        for check in plan["checks"]
    ]
    return plan["rules"][0]["condition"], checks


def test_an_exception_of_one_field(load: Load) -> None:
    book = load(RULE + EXCEPTED + "  - name: e\n    fields: proc.name\n    values: [a, b c, '\"d e\"']\n")
    tree, checks = condition(book)
    assert tree == {"and": [{"check": 0}, {"not": {"check": 1}}]}
    assert checks[1] == ("proc.name", "in", ["a", "b c", "d e"])


def test_an_exception_of_several_fields(load: Load) -> None:
    book = load(
        RULE
        + EXCEPTED
        + "  - name: e\n    fields: [proc.name, fd.name, tolower(proc.pname)]\n    comps: [=, startswith, in]\n"
        + "    values:\n    - [a, /x y, [p, q r]]\n    - [b, /z, s]\n"
    )
    tree, checks = condition(book)
    assert tree == {
        "and": [
            {"check": 0},
            {
                "not": {
                    "or": [
                        {"and": [{"check": 1}, {"check": 2}, {"check": 3}]},
                        {"and": [{"check": 4}, {"check": 5}, {"check": 6}]},
                    ]
                }
            },
        ]
    }
    assert checks[1:] == [
        ("proc.name", "=", ["a"]),
        ("fd.name", "startswith", ["/x y"]),
        ("tolower", "in", ["p", "q r"]),
        ("proc.name", "=", ["b"]),
        ("fd.name", "startswith", ["/z"]),
        ("tolower", "in", ["s"]),
    ]


@pytest.mark.parametrize(
    ("exception", "known"),
    [
        ("fields: proc.name, values: [a, b c, '\"d\"', l]", True),
        ("fields: proc.name, comps: 'startswith   oneof', values: [a]", True),
        ("fields: tolower(proc.name), comps: pmatch, values: [/a]", True),
        ("fields: [proc.name, 'join(\",\", (proc.name, proc.exe))'], values: [[a, b], [c, d e]]", True),
        ("fields: [proc.name, 'proc.aname[2]'], comps: [==, in], values: [[a, l], [c, [d, e]]]", True),
        ("fields: [proc.name], comps: [glob], values: [['a(b'], [--x=y]]", True),
        ("fields: [proc.name], values: [[val(proc.pname)]]", False),
        ("fields: [fd.num], comps: ['>'], values: [[5]]", False),
        ("fields: [proc.name], values: [[l]]", False),
        ("fields: [proc.name], comps: [in], values: [['p,q']]", False),
    ],
)
def test_the_tree_of_an_exception_is_that_of_its_text(load: Load, exception: str, known: bool) -> None:
    lists = "- list: l\n  items: [x]\n"
    book = load(lists + RULE + EXCEPTED + f"  - {{name: e, {exception}}}\n")
    assert book.ok, book.diagnostics
    found = exception_condition(book.items["R"].exceptions["e"], book.compiled.lists)
    assert found is not None
    text, tree = found
    assert (tree is not None) is known
    if tree is not None:
        parsed = parse_condition(text.text)
        assert tree == parsed
        assert (tree.start, tree.end) == (parsed.start, parsed.end)


def test_an_exception_excepts_the_whole_condition(load: Load) -> None:
    book = load(
        RULE + "evt.type=open or evt.type=close\n  exceptions:\n  - name: e\n    fields: proc.name\n    values: [a]\n"
    )
    assert condition(book)[0] == {"and": [{"or": [{"check": 0}, {"check": 1}]}, {"not": {"check": 2}}]}


def test_exceptions_without_values_add_nothing(load: Load) -> None:
    book = load(
        RULE + EXCEPTED + "  - name: e\n    fields: [proc.name]\n  - name: f\n    fields: fd.name\n    values: []\n"
    )
    assert condition(book)[0] == {"check": 0}


def test_lists_and_modifiers_in_exceptions(load: Load) -> None:
    book = load(
        "- list: l\n  items: [x, y]\n"
        + RULE
        + EXCEPTED
        + "  - name: e\n    fields: proc.name\n    comps: startswith oneof\n    values: [l, z]\n"
    )
    assert condition(book)[1][1] == ("proc.name", "startswith", ["x", "y", "z"])
    assert book.plan()["checks"][1]["modifier"] == "oneof"


def test_appending_to_exceptions(load: Load) -> None:
    base = RULE + EXCEPTED + "  - name: e\n    fields: [proc.name]\n    values: [[a]]\n"
    more = (
        "- rule: R\n  override: {exceptions: append}\n  exceptions:\n"
        "  - name: e\n    values: [[b]]\n  - name: f\n    fields: fd.name\n    values: [x]\n"
    )
    tree, checks = condition(load(base, more))
    assert tree == {"and": [{"check": 0}, {"not": {"or": [{"check": 1}, {"check": 2}]}}, {"not": {"check": 3}}]}
    assert checks[2:] == [("proc.name", "=", ["b"]), ("fd.name", "in", ["x"])]
    old = more.replace("override: {exceptions: append}", "append: true")
    assert condition(load(base, old)) == (tree, checks)


@pytest.mark.parametrize(
    ("exception", "part"),
    [
        ("fields: [proc.name]", "needs the key 'name'"),
        ("name: e", "needs the key 'fields'"),
        ("name: e\n    fields: []", "at least one field"),
        ("name: e\n    fields: [proc.name]\n    comps: [=, in]", "they must correspond"),
        ("name: e\n    fields: [proc.name]\n    comps: in", "'comps' must be a sequence"),
        ("name: e\n    fields: proc.name\n    comps: [in]", "'comps' must be a text"),
        ("name: e\n    fields: proc.name\n    comps: =", "not an operator an exception can use"),
        ("name: e\n    fields: [proc.name]\n    comps: [exists]", "not an operator an exception can use"),
        ("name: e\n    fields: [proc.name]\n    comps: [like]", "not an operator an exception can use"),
        ("name: e\n    fields: [proc.name]\n    values: [a]", "must be a sequence of 1 values"),
        ("name: e\n    fields: [proc.name]\n    values: [[a, b]]", "this entry has 2 values"),
        ("name: e\n    fields: [proc.name]\n    values: [[[[a]]]]", "must be a text"),
        ("name: e\n    fields: proc.name\n    values: [[a]]", "must be a text"),
        ("name: e\n    fields: [proc.nmae]\n    values: [[a]]", "unknown field 'proc.nmae'"),
        (
            "name: e\n    fields: [proc.name = x or proc.name]\n    values: [[a]]",
            "field of an exception cannot be read",
        ),
        ("name: e\n    fields: [proc.name]\n    comps: [bcontains]\n    values: [[aa]]", "'bcontains' cannot be used"),
    ],
)
def test_exception_errors(load: Load, exception: str, part: str) -> None:
    found = messages(load(RULE + EXCEPTED + "  - " + exception + "\n"))
    assert len(found) == 1
    assert part in found[0][3]
    assert (found[0][1] or 0) >= 7


@pytest.mark.parametrize(
    ("item", "code", "part"),
    [
        ("- name: e\n    fields: [fd.name]\n    values: [[b]]", "LOAD_ERR_VALIDATE", "not 'fields'"),
        ("- name: e\n    comps: [=]\n    values: [[b]]", "LOAD_ERR_VALIDATE", "not 'comps'"),
        ("- name: new\n    fields: [fd.name]", "LOAD_ERR_VALIDATE", "needs the key 'values'"),
        ("- name: e", "LOAD_APPEND_NO_VALUES", "without any values"),
    ],
)
def test_errors_of_appended_exceptions(load: Load, item: str, code: str, part: str) -> None:
    base = RULE + EXCEPTED + "  - name: e\n    fields: [proc.name]\n    values: [[a]]\n"
    book = load(base, "- rule: R\n  override: {exceptions: append}\n  exceptions:\n  " + item + "\n")
    assert (code, part) in {(found.code.name_text, part) for found in book.diagnostics if part in found.message}


def test_an_exception_given_twice_warns(load: Load) -> None:
    entry = "  - name: e\n    fields: [proc.name]\n    values: [[a]]\n"
    book = load(RULE + EXCEPTED + entry + entry)
    assert [code for code, *_ in messages(book, errors=False)] == ["LOAD_EXCEPTION_NAME_NOT_UNIQUE"]


def test_an_error_in_a_value_points_at_it(load: Load) -> None:
    text = RULE + EXCEPTED + "  - name: e\n    fields: [fd.num]\n    values:\n    - [1]\n    - [two]\n"
    [(_, line, column, message)] = messages(load(text))
    assert (line, column) == (12, 8)
    assert "'two' is not a number" in message
