"""The JSON schema of rule files, and what the loader says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.lang import results_json
from agent.lang.item_keys import ITEMS, PRIORITIES, rule_schema
from tests.lang.loading import Load

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: make setup")

GOOD = """
- required_engine_version: 0.31.0
- required_engine_version: 5
- required_plugin_versions:
  - {name: a, version: 1.0.0, alternatives: [{name: container, version: 0.1.0}]}
- list: l
  items: [a, 1, 2.5, true]
- list: l
  items: [b]
  override: {items: append}
- macro: m
  condition: proc.name in (l)
- rule: R
  desc: d
  condition: evt.type=open and m
  output: o
  priority: WARNING
  source: syscall
  enabled: true
  capture: false
  capture_duration: 7
  tags: [a]
  warn_evttypes: false
  skip-if-unknown-filter: true
  exceptions:
  - {name: e, fields: proc.name, comps: in, values: [a]}
  - {name: f, fields: [proc.name], comps: ["="], values: [[a], [[b, c]]]}
- rule: R
  priority: ERROR
  condition: and proc.name = x
  override: {priority: replace, condition: append}
"""


def verdict(load: Load, text: str) -> tuple[bool, list[str]]:
    [result] = results_json(load(text).files)["agent_load_results"]
    return result["schema_valid"], result["schema_warnings"]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft6Validator.check_schema(rule_schema())


def test_a_file_with_every_key_follows_it(load: Load) -> None:
    jsonschema.Draft6Validator(rule_schema()).validate(yaml.safe_load(GOOD))
    assert verdict(load, GOOD) == (True, [])
    used = {key for item in yaml.safe_load(GOOD) for key in item}
    assert used == {key.name for keys in ITEMS.values() for key in keys} - {"append"}


def test_the_rules_of_the_field_follow_it(shared: Path) -> None:
    data = yaml.safe_load((shared / "compat" / "falco_rules.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft6Validator(rule_schema()).validate(data)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("- rule: R\n  dsc: d\n", "2:3: 'dsc' is not a key of rule"),
        ("- rule: R\n  priority: high\n", "2:13: 'priority' is not one of EMERGENCY, Emergency, emergency, ALERT"),
        ("- rule: R\n  enabled: maybe\n", "2:12: 'enabled' is no boolean"),
        ("- rule: R\n  capture_duration: 4294967296\n", "2:21: 'capture_duration' is not from 0 to 4294967295"),
        ("- rule: R\n  capture_duration: soon\n", "2:21: 'capture_duration' is no integer"),
        ("- rule: R\n  tags: a\n", "2:9: 'tags' is no array"),
        ("- rule: R\n  override: {source: replace}\n", "2:14: 'source' is not a key of override"),
        ("- rule: R\n  override: {enabled: append}\n", "2:23: 'enabled' is not one of replace"),
        ("- rule: R\n  exceptions: [{fields: a}]\n", "2:16: an entry of exceptions has no key 'name'"),
        ("- list: l\n", "1:3: list has no key 'items'"),
        ("- list: l\n  items: [[a]]\n", "2:11: 'an entry of items' is no string or number or boolean"),
        ("- macro: ''\n  condition: x\n", "1:10: 'macro' is empty"),
        ("- lust: l\n", "1:3: an item has one of the keys required_engine_version, "),
        ("- words\n", "1:3: an item is a mapping"),
        ("words\n", "1:1: a rule file is a sequence of items"),
        (
            "- required_plugin_versions: [{name: a}]\n",
            "1:30: an entry of required_plugin_versions has no key",
        ),
    ],
)
def test_remarks(load: Load, text: str, remark: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft6Validator(rule_schema()).validate(yaml.safe_load(text))
    valid, remarks = verdict(load, text)
    assert not valid
    assert len(remarks) == 1
    assert remarks[0].startswith(remark)


def test_every_key_that_the_loader_takes_can_be_overridden_as_the_schema_says() -> None:
    rule: dict[str, Any] = rule_schema()["definitions"]["rule"]["properties"]
    assert set(rule["override"]["properties"]) == set(rule) - {"rule", "source", "append", "override"}
    assert {name.upper() for name in PRIORITIES} <= set(rule["priority"]["enum"])


def test_remarks_are_bounded(load: Load) -> None:
    _, remarks = verdict(load, "- a: b\n" * 5000)
    assert len(remarks) == 100
    assert remarks[-1] == "there is more that does not follow the schema"


def test_a_file_that_is_no_yaml_has_no_verdict(load: Load) -> None:
    [result] = results_json(load("- [\n").files)["agent_load_results"]
    assert "schema_valid" not in result
