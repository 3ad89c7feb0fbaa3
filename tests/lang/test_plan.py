"""The plan: its form, what it shares, and that it means what the conditions mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lang import load_rules
from tests.lang.evaluate import plan_truth, tree_truth
from tests.lang.loading import Load

RULE = "- rule: {}\n  desc: d\n  priority: info\n  output: o\n  warn_evttypes: false\n  condition: {}\n"
OPERATORS = {
    *("exists", "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "bcontains", "startswith", "bstartswith"),
    *("endswith", "glob", "iglob", "regex", "in", "intersects", "pmatch"),
}


def assert_form(plan: dict[str, Any]) -> None:
    """Checks a plan against the contract of docs/architecture.md."""
    assert set(plan) == {"version", "rule_matching", "checks", "shared", "rules"}
    assert plan["version"] == 1
    for check in plan["checks"]:
        assert set(check) == {"lhs", "op", "modifier", "rhs"}
        assert check["op"] in OPERATORS
        assert check["modifier"] in (None, "oneof", "anyof", "allof")
        _operand(check["lhs"])
        if isinstance(check["rhs"], dict):
            assert set(check["rhs"]) == {"operand"}
            _operand(check["rhs"]["operand"])
        else:
            for value in check["rhs"]:
                _value(value)
            if check["op"] == "exists":
                assert check["rhs"] == []
            elif check["op"] not in ("in", "intersects", "pmatch") and check["modifier"] is None:
                assert len(check["rhs"]) == 1
    for number, shared in enumerate(plan["shared"]):
        _expression(shared, plan, number)
    for rule in plan["rules"]:
        assert set(rule) == {"name", "desc", "priority", "source", "tags", "event_types", "condition", "output"}
        assert rule["event_types"] is None or rule["event_types"] == sorted(set(rule["event_types"]))
        _expression(rule["condition"], plan, len(plan["shared"]))
        for segment in rule["output"]:
            if "text" in segment:
                assert set(segment) == {"text"}
            else:
                assert set(segment) == {"operand", "key", "width"}
                _operand(segment["operand"])


def _operand(operand: dict[str, Any]) -> None:
    if "field" in operand:
        assert set(operand) == {"field", "index", "key"}
        assert operand["index"] is None or operand["key"] is None
        return
    assert set(operand) == {"transform", "args", "index", "key"}
    for arg in operand["args"]:
        for item in arg.get("list", [arg]):
            _operand(item) if "field" in item or "transform" in item else _value(item)


def _value(value: dict[str, Any]) -> None:
    [(kind, content)] = value.items()
    wanted = {"s": str, "hex": str, "u": int, "i": int, "b": bool, "ip": str, "net": str}[kind]
    assert type(content) is wanted


def _expression(node: dict[str, Any], plan: dict[str, Any], shared_before: int) -> None:
    [(kind, value)] = node.items()
    if kind in ("and", "or"):
        assert len(value) > 1
        for child in value:
            assert "const" not in child
            _expression(child, plan, shared_before)
    elif kind == "not":
        _expression(value, plan, shared_before)
    elif kind == "check":
        assert 0 <= value < len(plan["checks"])
    elif kind == "shared":
        assert 0 <= value < shared_before, "a shared expression uses earlier ones only"
    else:
        assert kind == "const"
        assert isinstance(value, bool)


def test_a_whole_plan(load: Load) -> None:
    book = load("""
        - macro: opened
          condition: evt.type in (open, openat) and evt.is_open_read=true
        - rule: A
          desc: what
          condition: opened and fd.name startswith /etc/
          output: read %fd.name
          priority: warning
          tags: [x]
        - rule: B
          desc: what else
          condition: opened and not fd.name startswith /etc/
          output: read %fd.name
          priority: error
    """)
    plan = book.plan(rule_matching="all")
    assert_form(plan)
    events = plan["rules"][0]["event_types"]
    assert plan == {
        "version": 1,
        "rule_matching": "all",
        "checks": [
            {"lhs": field("evt.type"), "op": "in", "modifier": None, "rhs": [{"s": "open"}, {"s": "openat"}]},
            {"lhs": field("evt.is_open_read"), "op": "=", "modifier": None, "rhs": [{"b": True}]},
            {"lhs": field("fd.name"), "op": "startswith", "modifier": None, "rhs": [{"s": "/etc/"}]},
        ],
        "shared": [{"and": [{"check": 0}, {"check": 1}]}],
        "rules": [
            {
                "name": "A",
                "desc": "what",
                "priority": 4,
                "source": "syscall",
                "tags": ["x"],
                "event_types": events,
                "condition": {"and": [{"shared": 0}, {"check": 2}]},
                "output": [{"text": "read "}, {"operand": field("fd.name"), "key": "fd.name", "width": None}],
            },
            {
                "name": "B",
                "desc": "what else",
                "priority": 3,
                "source": "syscall",
                "tags": [],
                "event_types": events,
                "condition": {"and": [{"shared": 0}, {"not": {"check": 2}}]},
                "output": [{"text": "read "}, {"operand": field("fd.name"), "key": "fd.name", "width": None}],
            },
        ],
    }


def field(name: str) -> dict[str, Any]:
    return {"field": name, "index": None, "key": None}


def test_only_enabled_rules_of_enough_severity(load: Load) -> None:
    text = RULE.format("A", "evt.type=open") + RULE.format("B", "evt.type=open").replace("info", "error")
    book = load(
        text + "- rule: C\n  desc: d\n  output: o\n  priority: alert\n  enabled: false\n  condition: evt.type=open\n"
    )
    assert [rule["name"] for rule in book.plan()["rules"]] == ["A", "B"]
    assert [rule["name"] for rule in book.plan(priority_threshold=3)["rules"]] == ["B"]
    book.rules[2].enabled = True
    assert [rule["name"] for rule in book.plan(priority_threshold=1)["rules"]] == ["C"]


def test_no_plan_of_rules_with_errors(load: Load) -> None:
    with pytest.raises(ValueError, match="errors"):
        load(RULE.format("A", "evt.type=open") + RULE.format("B", "nothing")).plan()
    with pytest.raises(ValueError, match="'first' or 'all'"):
        load(RULE.format("A", "evt.type=open")).plan(rule_matching="some")


def test_equal_checks_are_one(rule: Load) -> None:
    plan = rule("proc.name=a or fd.num=1", "proc.name==a and proc.name = 'a'", 'not proc.name = "\\x61"').plan()
    assert len(plan["checks"]) == 2
    assert plan["rules"][1]["condition"] == {"and": [{"check": 0}, {"check": 0}]}


def test_macros_used_once_are_put_in_place(load: Load) -> None:
    text = "- macro: m\n  condition: proc.name=a or proc.name=b\n- macro: n\n  condition: m and fd.num=1\n"
    plan = load(text + RULE.format("R", "evt.type=open and n")).plan()
    assert plan["shared"] == []
    assert plan["rules"][0]["condition"] == {"and": [{"check": 0}, {"or": [{"check": 1}, {"check": 2}]}, {"check": 3}]}


def test_constants_disappear(load: Load) -> None:
    text = "- macro: never\n  condition: (evt.num=0)\n- macro: always\n  condition: (evt.num>=0)\n"
    rules = (
        RULE.format("A", "evt.type=open and not never and always and proc.name=a")
        + RULE.format("B", "never or (always and not evt.type=open)")
        + RULE.format("C", "evt.type=open and never")
    )
    plan = load(text + rules).plan()
    conditions = [rule["condition"] for rule in plan["rules"]]
    assert conditions == [{"and": [{"check": 0}, {"check": 1}]}, {"not": {"check": 0}}, {"const": False}]
    assert plan["rules"][2]["event_types"] == []
    assert len(plan["checks"]) == 2
    assert plan["shared"] == []


def test_a_plan_for_explaining_keeps_names_and_texts(load: Load) -> None:
    text = """
        - list: shells
          items: [bash, sh]
        - macro: never
          condition: (evt.num=0)
        - macro: shell
          condition: proc.name in (shells)
        - macro: opened
          condition: evt.type in (open, openat) and (shell or never)
        - rule: A
          desc: d
          condition: opened and not never and fd.name startswith "/a b"
          exceptions:
            - name: known
              fields: [proc.name, fd.num]
              values: [[cat, 3], [ls, 4]]
          output: o
          priority: info
        - rule: B
          desc: d
          condition: evt.type=open and evt.num=0
          output: o
          priority: info
    """
    book = load(text)
    plan, index = book.explaining_plan(book.rules[1], book.rules[:1], "%evt.num", "first")
    assert index == 1
    assert plan["rules"][1]["condition"]["and"][1] == {"const": False}
    assert plan["rules"][1]["output"] == [{"operand": field("evt.num"), "key": "evt.num", "width": None}]
    assert plan["shared_names"] == [
        {"macro": "never"},
        {"macro": "shell"},
        {"macro": "opened"},
        {"exception": "known"},
    ]
    assert [check["text"] for check in plan["checks"]] == [
        "proc.name in (shells)",
        "evt.type in (open, openat)",
        "proc.name = cat",
        "fd.num = 3",
        "proc.name = ls",
        "fd.num = 4",
        'fd.name startswith "/a b"',
        "evt.type = open",
    ]
    assert plan["shared"][:3] == [
        {"const": False},
        {"check": 0},
        {"and": [{"check": 1}, {"or": [{"shared": 1}, {"shared": 0}]}]},
    ]
    assert plan["rules"][0]["condition"] == {
        "and": [{"shared": 2}, {"not": {"shared": 0}}, {"check": 6}, {"not": {"shared": 3}}]
    }
    assert plan["rules"][0]["output"] == [{"text": "o"}]
    assert "shared_names" not in book.plan()


def depth(node: Any) -> int:
    if isinstance(node, dict):
        return 1 + max((depth(value) for value in node.values()), default=0)
    if isinstance(node, list):
        return 1 + max((depth(value) for value in node), default=0)
    return 0


def test_deep_conditions_stay_readable_for_json_parsers(load: Load) -> None:
    condition = "proc.name=x"
    for level in range(99):
        condition = f"(not ({condition}) {'and' if level % 2 else 'or'} fd.num={level})"
        if condition.count("(") > 95:
            break
    macros = "".join(f"- macro: m{n}\n  condition: not m{n - 1} or (fd.num={n} and m{n - 1})\n" for n in range(1, 60))
    book = load("- macro: m0\n  condition: evt.type=open\n" + macros + RULE.format("R", f"m59 and {condition}"))
    assert book.ok, book.diagnostics[:3]
    plan = book.plan()
    assert_form(plan)
    assert depth(plan) < 100
    assert len(json.dumps(plan)) < 200_000


def test_macros_nested_too_deep_are_an_error(load: Load) -> None:
    macros = "".join(f"- macro: m{n}\n  condition: fd.num={n} or m{n - 1}\n" for n in range(1, 3000))
    book = load("- macro: m0\n  condition: evt.type=open\n" + macros + RULE.format("R", "m2999"))
    [found] = [found for found in book.diagnostics if found.is_error]
    assert "nested more than 350 deep" in found.message


def test_macros_in_a_loop_are_an_error(load: Load) -> None:
    text = """
        - macro: a
          condition: fd.num=1
        - macro: b
          condition: a or fd.num=2
        - macro: a
          condition: b and fd.num=3
        """
    [found] = [found for found in load(text).diagnostics if found.is_error]
    assert "in a loop: a → b → a" in found.message
    [found] = [found for found in load("- macro: a\n  condition: not a\n").diagnostics if found.is_error]
    assert "in a loop: a → a" in found.message


def test_macros_use_only_earlier_macros(load: Load) -> None:
    text = "- macro: b\n  condition: a\n- macro: a\n  condition: fd.num=1\n"
    [found] = [found for found in load(text).diagnostics if found.is_error]
    assert (found.line, found.column) == (2, 14)
    assert "defined after this one" in found.message
    assert load(text.replace("condition: a\n", "condition: fd.num=2\n"), "- macro: b\n  condition: a\n").ok


def test_the_plan_of_the_stable_rules(shared: Path) -> None:
    plan = load_rules([shared / "compat" / "falco_rules.yaml"]).plan()
    assert_form(plan)
    assert len(plan["rules"]) == 25
    assert plan == json.loads(json.dumps(plan))


_ATOMS = [f"fd.num={number}" for number in range(6)]
_CONDITIONS = st.recursive(
    st.sampled_from([*_ATOMS, "m0", "m1", "m2", "evt.num=0", "evt.num>=0"]),
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {} or {})".format, inner, inner, inner),
    ),
    max_leaves=12,
)


@given(
    condition=_CONDITIONS, bodies=st.tuples(_CONDITIONS, _CONDITIONS, _CONDITIONS), truths=st.sets(st.integers(0, 5))
)
@settings(deadline=None, max_examples=150)
def test_the_plan_means_what_the_condition_means(
    tmp_path_factory: pytest.TempPathFactory, condition: str, bodies: tuple[str, ...], truths: set[int]
) -> None:
    from agent.lang.grammar import parse_condition

    usable = []
    for number, body in enumerate(bodies):  # a macro uses earlier ones only
        for later in range(number, 3):
            body = body.replace(f"m{later}", f"fd.num={later}")
        usable.append(body)
    items = "".join(f"- macro: m{number}\n  condition: {body}\n" for number, body in enumerate(usable))
    path = tmp_path_factory.mktemp("plan") / "r.yaml"
    path.write_text(items + RULE.format("R", condition) + RULE.format("S", f"not {condition}"))
    plan = load_rules([path]).plan()
    assert_form(plan)
    macros = {f"m{number}": parse_condition(body) for number, body in enumerate(usable)}

    def of_tree(check: Any) -> bool:
        if check.lhs.name == "evt.num":
            return bool(check.op == ">=")
        return int(check.rhs.value) in truths

    def of_plan(check: dict[str, Any]) -> bool:
        return check["rhs"][0]["i"] in truths

    def of_named(check: dict[str, Any]) -> bool:
        assert check["text"] == f"fd.num = {check['rhs'][0]['i']}"
        return of_plan(check)

    wanted = tree_truth(parse_condition(condition), macros, of_tree)
    book = load_rules([path])
    named, index = book.explaining_plan(book.rules[1], [book.rules[0]], "%evt.num", "all")
    assert plan_truth(named, named["rules"][0]["condition"], of_named) is wanted
    assert plan_truth(named, named["rules"][index]["condition"], of_named) is not wanted
    assert plan_truth(plan, plan["rules"][0]["condition"], of_plan) is wanted
    assert plan_truth(plan, plan["rules"][1]["condition"], of_plan) is not wanted
