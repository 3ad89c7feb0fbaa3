"""What is certain of a rule before any event: `agent explain --static`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config.settings import EngineSettings, ReplaySettings, RulePattern, RuleSelection, Settings
from agent.log import Log
from agent.rule_files import configured_book, validate_rules
from agent.rule_reasons import Outlook, outlook
from tests.cli.test_explain import explain

RULES = """
- rule: Opened
  desc: d
  condition: evt.type in (open, openat)
  output: o
  priority: warning
- rule: Opened by a shell
  desc: d
  condition: evt.type in (open, openat) and proc.name in (bash, sh)
  output: o
  priority: notice
- rule: Switched off
  desc: d
  condition: evt.type = connect
  enabled: false
  output: o
  priority: error
- rule: Keys
  desc: d
  condition: evt.type = keyctl
  output: o
  priority: error
- rule: Keys and files
  desc: d
  condition: evt.type in (keyctl, quotactl, chmod)
  output: o
  priority: error
- rule: Signals
  desc: d
  condition: evt.type = signaldeliver
  output: o
  priority: error
- rule: In a pod
  desc: d
  condition: evt.type = chmod and k8s.pod.name = web
  output: o
  priority: error
"""
QUIET = Log(enabled=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


def look(path: Path, name: str, settings: Settings) -> Outlook:
    book = configured_book([path], settings, QUIET)
    return outlook(book, next(rule for rule in book.rules if rule.name == name), settings)


MODERN = Settings(engine=EngineSettings(kind="modern_ebpf"))
FILE = Settings(engine=EngineSettings(kind="replay", replay=ReplaySettings("x.scap")))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Switched off", "it is disabled: {path} says `enabled: false`"),
        (
            "Opened by a shell",
            'the rule "Opened" comes before it and matches whenever it would; an event raises the first rule that '
            "matches (rule_matching: first)",
        ),
        (
            "Keys",
            "the driver modern_ebpf does not produce the events it looks at, keyctl: its parameters lie in structures "
            "that no program reads yet",
        ),
        ("Signals", "does not produce the events it looks at, signaldeliver: no program of the driver fills them"),
        ("In a pod", "k8s.pod.name = web is never true: k8s.pod.name never has a value in this version"),
    ],
)
def test_why_a_rule_cannot_fire(path: Path, name: str, says: str) -> None:
    [reason] = look(path, name, MODERN).never
    assert says.format(path=path) in reason


def test_a_rule_that_can_fire_has_no_reason_but_may_miss_something(path: Path) -> None:
    opened = look(path, "Opened", MODERN)
    assert (opened.never, opened.notes) == ((), ())
    keys = look(path, "Keys and files", MODERN)
    assert keys.never == ()
    assert keys.notes == ("the driver modern_ebpf does not produce all the events it looks at: not quotactl, keyctl",)
    assert keys.event_names is not None
    assert set(keys.event_names) == {"keyctl", "quotactl", "chmod"}


def test_a_file_may_hold_every_event(path: Path) -> None:
    assert look(path, "Keys", FILE).never == ()
    assert look(path, "Keys and files", FILE).notes == ()


def test_rules_before_count_only_where_the_first_one_alone_is_raised_and_in_use(path: Path) -> None:
    assert look(path, "Opened by a shell", replace(MODERN, rule_matching="all")).never == ()
    off = replace(MODERN, rules=(RuleSelection(disable=RulePattern(rule="Opened")),))
    assert look(path, "Opened by a shell", off).never == ()


def test_the_configuration_that_disables_is_named(path: Path) -> None:
    settings = replace(
        MODERN,
        rules=(RuleSelection(disable=RulePattern(rule="Open*")), RuleSelection(enable=RulePattern(rule="*shell"))),
    )
    [reason] = look(path, "Opened", settings).never
    assert reason == "it is disabled: the configuration disables rules that have the name 'Open*' (rules)"
    [severity] = look(path, "Opened", replace(MODERN, priority="error")).never
    assert severity == "its priority, warning, is below error, the least that is configured (priority)"


def test_static_needs_no_events(path: Path) -> None:
    text = explain("--static", "-r", path, "Keys")
    assert text.startswith(f"Keys  ({path}:")
    assert "✘ can never fire: the driver modern_ebpf does not produce" in text
    assert "looks at open, openat; nothing certain speaks against its firing" in explain(
        "--static", "-r", path, "Opened"
    )
    found = json.loads(explain("--static", "--json", "-r", path, "Opened by a shell"))
    assert found["rule"] == "Opened by a shell"
    assert found["event_types"] == ["open", "openat"]
    assert len(found["never"]) == 1


NEVER = """\
- macro: cats
  condition: proc.name = cat
- rule: Two names
  desc: d
  condition: >
    evt.type = openat
    and cats and proc.name = dog
  output: o
  priority: info
- rule: No value here
  desc: d
  condition: evt.type = openat and k8s.pod.name = web
  output: o
  priority: info
- rule: Two types
  desc: d
  condition: evt.type = openat
  output: o
  priority: info
- rule: Two types
  condition: and evt.type = close
  override:
    condition: append
"""


def test_validation_warns_of_conditions_that_can_never_hold(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(NEVER)
    text, sound = validate_rules([path], as_json=False)
    assert sound
    warnings = [line for line in text.splitlines() if ": warning: " in line]
    why = "warning: this condition can never hold, so the rule never fires: "
    assert warnings == [
        f"{path}:6:5: {why}proc.name = cat (of the macro cats) and proc.name = dog exclude each other "
        "[LOAD_COMPILE_CONDITION]",
        f"{path}:17:14: {why}no type of event satisfies both evt.type = openat and evt.type = close "
        "[LOAD_COMPILE_CONDITION]",
    ]
    [file] = json.loads(validate_rules([path], as_json=True)[0])["agent_load_results"]
    assert [warning["code"] for warning in file["warnings"]] == ["LOAD_COMPILE_CONDITION"] * 2
