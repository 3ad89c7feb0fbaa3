"""Every default rule fires when what it warns of is really done, and not when something similar is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.conftest import Stage
from tests.rules.proofs import KNOWN_GAPS, PROOFS

RULES = Path(__file__).resolve().parents[2] / "rules"
GUIDE = RULES.parent / "docs/rules.md"
PRIORITIES = {"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG"}


def default_items() -> list[dict[str, Any]]:
    """Return every item of the default rule files, in the order in which they are loaded."""
    return [item for path in sorted(RULES.glob("*.yaml")) for item in yaml.safe_load(path.read_text())]


def default_rules() -> list[dict[str, Any]]:
    """Return the rules among them."""
    return [item for item in default_items() if "rule" in item]


def marks(script: str) -> list[pytest.MarkDecorator]:
    """Expect an act that is a known gap to go unseen."""
    return [pytest.mark.xfail(reason=KNOWN_GAPS[script], strict=True)] if script in KNOWN_GAPS else []


def acts(kind: str) -> list[Any]:
    """Return one test parameter for each act of that kind ("fire" or "quiet")."""
    return [
        pytest.param(rule, script, id=f"{rule}-{number}", marks=marks(script))
        for rule, proof in PROOFS.items()
        for number, script in enumerate(getattr(proof, kind), 1)
    ]


def test_every_rule_has_a_proof_and_a_counter_example() -> None:
    assert sorted(PROOFS) == sorted(item["rule"] for item in default_rules())
    for rule, proof in PROOFS.items():
        assert proof.fire, rule
        assert proof.quiet, rule


@pytest.mark.parametrize("item", default_rules(), ids=lambda item: item["rule"])
def test_every_rule_explains_and_classifies_itself(item: dict[str, Any]) -> None:
    assert len(item["desc"].split()) >= 15, "the description should explain the attack"
    assert item["priority"] in PRIORITIES
    assert {"host", "container"} & set(item["tags"])
    assert any(tag.startswith("mitre_") for tag in item["tags"])
    assert any(re.fullmatch(r"TA?\d{4}(\.\d{3})?", tag) for tag in item["tags"])
    for field in ("%evt.type", "%proc.name", "%proc.pname", "%proc.cmdline", "%user.name"):
        assert field in item["output"]


def test_every_known_gap_is_an_act_of_a_proof() -> None:
    assert set(KNOWN_GAPS) <= {script for proof in PROOFS.values() for script in proof.fire}


def test_no_list_or_macro_is_left_unused() -> None:
    items = default_items()
    text = " ".join(str(item.get("condition", "")) for item in items)
    for item in items:
        name = item.get("list", item.get("macro"))
        if name:
            assert re.search(rf"\b{name}\b", text), f"{name} is defined and not used"


def test_the_guide_lists_every_rule_with_its_priority_in_order() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([A-Z][a-z]+) \| [^|]+ \|$", GUIDE.read_text(), re.MULTILINE)
    assert rows == [(item["rule"], item["priority"].capitalize()) for item in default_rules()]


@pytest.mark.live
@pytest.mark.parametrize(("rule", "script"), acts("fire"))
def test_rule_fires(stage: Stage, rule: str, script: str) -> None:
    status, printed, alerts = stage.perform(script)
    assert rule in [alert.rule for alert in alerts], f"status {status}, printed {printed!r}, alerts {alerts}"
    assert status == 0, f"the act itself failed: {printed}"


@pytest.mark.live
@pytest.mark.parametrize(("rule", "script"), acts("quiet"))
def test_rule_keeps_quiet(stage: Stage, rule: str, script: str) -> None:
    status, printed, alerts = stage.perform(script)
    assert rule not in [alert.rule for alert in alerts], [alert.record for alert in alerts if alert.rule == rule]
    assert status == 0, f"the act itself failed: {printed}"
