"""The rules that are made up for measuring."""

from pathlib import Path

from agent.lang import load_rules
from tests.bench.generated_rules import MACROS, rules, write


def test_they_are_rules_that_the_agent_takes_and_each_is_another(tmp_path: Path) -> None:
    book = load_rules([write(300, tmp_path / "rules.yaml")])
    assert book.ok, [found.message for found in book.diagnostics]
    plan = book.plan()
    assert len(plan["rules"]) == 300
    conditions = [str(rule["condition"]) for rule in plan["rules"]]
    assert len(set(conditions)) == 300
    # Of many kinds, as those of people are.
    assert len({check["op"] for check in plan["checks"]}) >= 9
    fields = {check["lhs"].get("field") for check in plan["checks"]}
    assert len(fields) >= 20, fields
    assert all(rule["event_types"] for rule in plan["rules"])


def test_the_same_count_gives_the_same_rules_and_fewer_are_the_first_of_more() -> None:
    assert rules(20) == rules(20)
    assert rules(21).startswith(rules(20))
    assert all(name in rules(200) for name in MACROS)
