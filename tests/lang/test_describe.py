"""Descriptions of rules, macros and lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.lang import RuleBook, load_rules
from agent.lang.describe import MAX_COMPILED, describe_rule, describe_rules
from agent.lang.describe_text import rule_text, rules_text
from tests.lang.loading import Load

FILE = """
- required_engine_version: 0.31.0
- required_plugin_versions:
  - name: container
    version: 0.4.0
    alternatives: [{name: other, version: 1.0.0}]
- list: shells
  items: [sh, "bash"]
- list: programs
  items: [shells, my program]
- list: idle
  items: []
- macro: opened
  condition: evt.type in (open, openat)
- macro: by_shell
  condition: (opened and (proc.name in (programs) or proc.aname[2] = x))
- macro: idle
  condition: container.name = x
- rule: First rule
  desc: What it is about.
  condition: by_shell and not tolower(fd.name) startswith "/tmp dir"
  output: opened %container.info(file=%20fd.name at 100%% by %k8s.pod.name)
  priority: info
  tags: [b, a]
  capture: true
  capture_duration: 500
  exceptions:
    - {name: e2, fields: [proc.pname, fd.num], comps: [=, in], values: [[a, [1, 2]]]}
    - {name: e1, fields: proc.name}
- rule: Second rule
  desc: d
  condition: evt.num = 0
  output: o
  priority: debug
  enabled: false
"""


def described(book: RuleBook) -> dict[str, Any]:
    assert book.ok, book.diagnostics
    data: dict[str, Any] = json.loads(json.dumps(describe_rules(book)))
    return data


def test_a_rule_as_data(load: Load) -> None:
    data = described(load(FILE))
    assert data["required_engine_version"] == "0.31.0"
    assert data["required_plugin_versions"] == [
        {"name": "container", "version": "0.4.0", "alternatives": [{"name": "other", "version": "1.0.0"}]}
    ]
    first, second = data["rules"]
    assert first["info"] == {
        "name": "First rule",
        "condition": 'by_shell and not tolower(fd.name) startswith "/tmp dir"',
        "priority": "Informational",
        "output": "opened %container.info(file=%20fd.name at 100%% by %k8s.pod.name)",
        "description": "What it is about.",
        "enabled": True,
        "source": "syscall",
        "capture": True,
        "capture_duration": 500,
        "tags": ["a", "b"],
    }
    assert first["details"] == {
        "macros": ["by_shell"],
        "lists": [],
        "condition_operators": ["=", "in", "startswith"],
        "condition_fields": ["evt.type", "fd.name", "fd.num", "proc.aname[2]", "proc.name", "proc.pname"],
        "events": ["open", "openat"],
        "condition_compiled": '(evt.type in (open, openat) and (proc.name in (sh, bash, "my program") or '
        'proc.aname[2] = x)) and not tolower(fd.name) startswith "/tmp dir" and not (proc.pname = a and fd.num in '
        "(1, 2))",
        "exception_names": ["e1", "e2"],
        "exception_fields": ["fd.num", "proc.name", "proc.pname"],
        "exception_operators": ["=", "in"],
        "output_fields": ["fd.name", "k8s.pod.name"],
        "output_compiled": "opened (file=%20fd.name at 100%% by %k8s.pod.name)",
        "plugins": ["container"],
    }
    assert (second["info"]["enabled"], second["details"]["events"]) == (False, [])


def test_macros_and_lists_as_data(load: Load) -> None:
    data = described(load(FILE))
    macros = {entry["info"]["name"]: entry for entry in data["macros"]}
    assert macros["by_shell"] == {
        "info": {"name": "by_shell", "condition": "(opened and (proc.name in (programs) or proc.aname[2] = x))"},
        "details": {
            "used": True,
            "macros": ["opened"],
            "lists": ["programs"],
            "condition_operators": ["=", "in"],
            "condition_fields": ["evt.type", "proc.aname[2]", "proc.name"],
            "events": ["open", "openat"],
            "condition_compiled": 'evt.type in (open, openat) and (proc.name in (sh, bash, "my program") or '
            "proc.aname[2] = x)",
            "plugins": [],
        },
    }
    assert macros["by_shell"]["details"]["events"] == ["open", "openat"]
    assert len(macros["idle"]["details"]["events"]) > 150
    assert macros["opened"]["details"]["events"] == ["open", "openat"]
    assert macros["idle"]["details"]["used"] is False
    assert macros["idle"]["details"]["plugins"] == ["container"]
    assert [entry["details"] for entry in data["lists"]] == [
        {"used": True, "lists": [], "items_compiled": ["sh", "bash"], "plugins": []},
        {"used": True, "lists": ["shells"], "items_compiled": ["sh", "bash", "my program"], "plugins": []},
        {"used": False, "lists": [], "items_compiled": [], "plugins": []},
    ]


def test_compiled_conditions_mean_the_same(shared: Path, load: Load) -> None:
    """A compiled condition needs no macro and no list, and is evaluated for the events of the rule it comes from."""
    book = load_rules([shared / "compat" / "falco_rules.yaml"])
    for rule, entry in zip(book.rules, described(book)["rules"], strict=True):
        text = entry["details"]["condition_compiled"].replace("'", "''")
        again = load(f"- rule: R\n  desc: d\n  output: o\n  priority: info\n  condition: '{text}'\n")
        assert again.ok, (rule.name, again.diagnostics)
        assert again.rules[0].event_types == rule.event_types


def test_one_rule_as_data(load: Load) -> None:
    book = load(FILE)
    assert describe_rule(book, book.rules[1]) == {"rules": [describe_rules(book)["rules"][1]]}


def test_texts(load: Load) -> None:
    book = load(FILE)
    text = rules_text(book, 60)
    assert text.startswith("2 rules, 3 macros, 3 lists (needed: engine version 0.31.0, plugin container 0.4.0 or")
    assert "First rule\n    Informational, a, b\n    What it is about.\n" in text
    assert "Second rule\n    Debug, disabled\n" in text
    rule = book.rules[0]
    text = rule_text(book, rule, describe_rule(book, rule)["rules"][0], 80)
    assert "  capture       yes, 500 ms\n" in text
    assert "  exceptions    e1, e2\n" in text
    assert (
        '\nCondition\n    by_shell\n    and not tolower(fd.name) startswith "/tmp dir"\n    and not (proc.pname' in text
    )
    assert max(map(len, text.splitlines()[5:])) <= 80


def test_names_of_hostile_files_can_be_printed(load: Load) -> None:
    book = load('- rule: "a\\e[31m"\n  desc: "d\\x07"\n  output: o\n  priority: info\n  condition: evt.num=0\n')
    assert book.ok
    text = rules_text(book, 80) + rule_text(book, book.rules[0], describe_rules(book)["rules"][0], 80)
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "- macro: m0\n  condition: evt.num=0\n"
        + "".join(f"- macro: m{n}\n  condition: m{n - 1} and not m{n - 1}\n" for n in range(1, 100)),
        "- list: l\n  items: ["
        + ", ".join(["x" * 90] * 10_000)
        + "]\n"
        + "- macro: m0\n  condition: proc.name in (l)\n"
        + "".join(f"- macro: m{n}\n  condition: m{n - 1} or fd.num={n}\n" for n in range(1, 100)),
    ],
)
def test_conditions_that_would_explode_keep_names(load: Load, text: str) -> None:
    text += "- rule: R\n  desc: d\n  output: o\n  priority: info\n  warn_evttypes: false\n  condition: m99\n"
    data = described(load(text))
    assert all(len(entry["details"]["condition_compiled"]) <= MAX_COMPILED for entry in data["macros"])
    assert len(json.dumps(data)) < 128_000_000
