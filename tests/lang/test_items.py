"""Items of rule files: definitions, redefinitions, appends, overrides, and what is wrong with them."""

from __future__ import annotations

import pytest

from agent.lang import ExtensionError, LoadOptions, load_rules
from agent.lang.reading import Keys
from tests.lang.loading import Load, messages

RULE = """
- rule: R
  desc: d
  condition: evt.type = open
  output: o %proc.name
  priority: warning
"""


def codes(book: object) -> list[str]:
    return [found.code.name_text for found in book.diagnostics]  # type: ignore[attr-defined]


def test_a_rule_with_all_its_keys(load: Load) -> None:
    book = load("""
        - rule: R
          desc: >
            what it
            is
          condition: evt.type = open
          output: "o %proc.name"
          priority: INFO
          source: syscall
          enabled: off
          capture: yes
          capture_duration: 250
          tags: [b, a, b]
          warn_evttypes: false
          skip-if-unknown-filter: true
    """)
    assert book.diagnostics == []
    [rule] = book.rules
    assert (rule.name, rule.desc, rule.priority, rule.priority_name) == ("R", "what it is", 6, "Informational")
    assert (rule.enabled, rule.capture, rule.capture_duration, rule.tags) == (False, True, 250, ("a", "b"))
    assert (rule.condition, rule.output, rule.line) == ("evt.type = open", "o %proc.name", 2)


@pytest.mark.parametrize(
    ("priority", "number"),
    [
        *(("Emergency", 0), ("ALERT", 1), ("critical", 2), ("eRRor", 3), ("Warning", 4), ("notice", 5)),
        *(("informational", 6), ("Info", 6), ("DEBUG", 7)),
    ],
)
def test_priorities(load: Load, priority: str, number: int) -> None:
    assert load(RULE.replace("warning", priority)).rules[0].priority == number


def test_documents_and_items_may_be_null(load: Load) -> None:
    book = load("---\n---\n-\n- ~\n- macro: m\n  condition: evt.num=0\n---\n" + RULE.replace("\n\n", "\n").lstrip("\n"))
    assert [rule.name for rule in book.rules] == ["R"]
    assert codes(book) == ["LOAD_UNUSED_MACRO"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "part"),
    [
        ("rule: R\n", "ERR_YAML_VALIDATE", 1, 1, "a rule file is a sequence of items"),
        ("just words\n", "ERR_YAML_VALIDATE", 1, 1, "a rule file is a sequence of items"),
        ("- words\n", "ERR_YAML_VALIDATE", 1, 3, "must be a mapping"),
        ("- [a]\n", "ERR_YAML_VALIDATE", 1, 3, "must be a mapping"),
        ("- {[a]: b}\n", "ERR_YAML_VALIDATE", 1, 4, "must be a plain word"),
        ("- rule:\n", "ERR_YAML_VALIDATE", 1, 3, "'rule' must not be empty"),
        ("- rule: ''\n", "ERR_YAML_VALIDATE", 1, 3, "'rule' must not be empty"),
        ("- rule: [x]\n", "ERR_YAML_VALIDATE", 1, 9, "must be a text, not a sequence"),
        ("- macro: m\n", "ERR_YAML_VALIDATE", 1, 3, "needs the key 'condition'"),
        ("- macro: m\n  condition: {}\n", "ERR_YAML_VALIDATE", 2, 14, "must be a text, not a mapping"),
        ("- list: l\n", "ERR_YAML_VALIDATE", 1, 3, "needs the key 'items'"),
        ("- list: l\n  items: x\n", "ERR_YAML_VALIDATE", 2, 10, "must be a sequence"),
        ("- list: l\n  items: [a, [b]]\n", "ERR_YAML_VALIDATE", 2, 14, "each item of 'items' must be a text"),
        ("- list: l\n  items: [a, '']\n", "ERR_YAML_VALIDATE", 2, 14, "must not be empty"),
        ("- list: l\n  items: [a, null]\n", "ERR_YAML_VALIDATE", 2, 14, "write 'null' in quotes"),
        ("- rule: R\n", "ERR_VALIDATE", 1, 3, "'condition', 'output', 'desc', 'priority'"),
        ("- rule: R\n  desc: d\n", "ERR_VALIDATE", 1, 3, "the rule has no 'condition', 'output', 'priority'"),
        ("- rule: R\n  enabled: false\n", "ERR_VALIDATE", 1, 3, "there is no rule 'R' before"),
        ("- required_engine_version: 64\n", "ERR_VALIDATE", 1, 28, "need engine version 0.64.0"),
        ("- required_engine_version: 1.0.0\n", "ERR_VALIDATE", 1, 28, "need engine version 1.0.0"),
        ("- required_engine_version: 0.5\n", "ERR_YAML_VALIDATE", 1, 28, "not an engine version"),
        ("- required_plugin_versions: [{name: x, version: 1}]\n", "ERR_YAML_VALIDATE", 1, 49, "not a version"),
        ("- required_plugin_versions: [{name: x, version: 1.0.0}]\n", "ERR_VALIDATE", 1, 30, "need the plugin x 1.0.0"),
        ("- required_plugin_versions: [{name: container, version: 9.0.0}]\n", "ERR_VALIDATE", 1, 30, "need the plugin"),
    ],
)
def test_structure_errors(load: Load, text: str, code: str, line: int, column: int, part: str) -> None:
    [(found, found_line, found_column, message)] = messages(load(text))
    assert (found, found_line, found_column) == (f"LOAD_{code}", line, column)
    assert part in message


@pytest.mark.parametrize(
    ("old", "new", "code", "part"),
    [
        ("priority: warning", "priority: high", "ERR_YAML_VALIDATE", "'high' is not a priority"),
        ("priority: warning", "priority: warning\n  enabled: maybe", "ERR_YAML_VALIDATE", "must be true or false"),
        ("priority: warning", "priority: warning\n  capture_duration: -1", "ERR_YAML_VALIDATE", "whole number from 0"),
        ("priority: warning", "priority: warning\n  capture_duration: 1e9", "ERR_YAML_VALIDATE", "whole number from 0"),
        ("priority: warning", "priority: warning\n  tags: a", "ERR_YAML_VALIDATE", "'tags' must be a sequence"),
        ("priority: warning", "priority: warning\n  override: append", "ERR_YAML_VALIDATE", "must be a mapping"),
        ("desc: d", "desc: ''", "ERR_YAML_VALIDATE", "'desc' must not be empty"),
        ("output: o %proc.name", "output:", "ERR_YAML_VALIDATE", "'output' must not be empty"),
    ],
)
def test_errors_of_rules(load: Load, old: str, new: str, code: str, part: str) -> None:
    [(found, _, _, message)] = messages(load(RULE.replace(old, new)))
    assert found == f"LOAD_{code}"
    assert part in message


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("- lust: l\n  items: [a]\n", "UNKNOWN_ITEM", "starts with one of"),
        ("- macro: m\n  condition: evt.num=0\n  conditon: x\n", "UNKNOWN_KEY", "did you mean 'condition'?"),
        ("- macro: m\n  condition: evt.num=0\n  condition: x\n", "UNKNOWN_KEY", "given twice"),
        ("- list: a b\n  items: [a]\n", "INVALID_LIST_NAME", "a condition cannot refer to"),
        ("- macro: a-b\n  condition: evt.num=0\n", "INVALID_MACRO_NAME", "cannot be used in a condition"),
        ("- macro: m\n  condition: evt.num=0\n", "UNUSED_MACRO", "not used"),
        ("- list: l\n  items: []\n", "UNUSED_LIST", "not used"),
        (RULE.replace("priority: warning", "priority: warning\n  source: k8s_audit"), "UNKNOWN_SOURCE", "skipped"),
        (RULE.replace("evt.type = open", "proc.name = x"), "NO_EVTTYPE", "every event"),
        (RULE.replace("evt.type = open", "evt.type != open"), "NO_EVTTYPE", "types of events"),
        (RULE.replace("evt.type = open", "evt.type = open and evt.dir = '<'"), "DEPRECATED_ITEM", "evt.dir"),
        (RULE.replace("%proc.name", "%evt.dir"), "DEPRECATED_ITEM", "evt.dir"),
        (RULE.replace("%proc.name", "x%container.info y"), "DEPRECATED_ITEM", "container.info"),
        (RULE + "- rule: R\n  enabled: false\n", "DEPRECATED_ITEM", "override"),
        (RULE.replace("= open", "= open and proc.name = proc.pname"), "COMPILE_CONDITION", "val(proc.pname)"),
        (RULE.replace("= open", "= open and proc.name regex foo.*"), "COMPILE_CONDITION", "'startswith'"),
    ],
)
def test_warnings(load: Load, text: str, code: str, part: str) -> None:
    book = load(text)
    assert book.ok
    found = {found for found, *_ in messages(book, errors=False)}
    assert f"LOAD_{code}" in found
    assert any(part in message for name, _, _, message in messages(book, errors=False) if name == f"LOAD_{code}")


def test_a_rule_of_an_unknown_source_is_not_loaded(load: Load) -> None:
    text = RULE.replace("priority: warning", "priority: warning\n  source: other")
    assert load(text).rules == []
    assert len(load(text, options=LoadOptions(sources=frozenset(("syscall", "other")))).rules) == 1


def test_redefinition_replaces_and_keeps_the_place(load: Load) -> None:
    other = RULE.replace("rule: R", "rule: S")
    book = load(RULE + other, RULE.replace("open", "close").replace("warning", "error"))
    assert [(rule.name, rule.condition, rule.priority) for rule in book.rules] == [
        ("R", "evt.type = close", 3),
        ("S", "evt.type = open", 4),
    ]


def test_redefinition_for_another_source_is_an_error(load: Load) -> None:
    options = LoadOptions(sources=frozenset(("syscall", "other")))
    text = RULE + RULE.replace("priority: warning", "priority: warning\n  source: other")
    [(code, *_, message)] = messages(load(text, options=options))
    assert code == "LOAD_ERR_VALIDATE"
    assert "already defined for the source 'syscall'" in message


def test_append_joins_with_a_blank(load: Load) -> None:
    book = load(
        RULE,
        """
        - macro: m
          condition: proc.name = a
        - macro: m
          append: true
          condition: or proc.name = b
        - list: l
          items: [x]
        - list: l
          items: [y]
          append: true
        - rule: R
          append: true
          condition: and (m or proc.pname in (l))
        """,
    )
    assert book.ok
    assert codes(book) == ["LOAD_DEPRECATED_ITEM"] * 3
    assert book.rules[0].condition == "evt.type = open and (m or proc.pname in (l))"
    checks = [(check["op"], check["rhs"]) for check in book.plan()["checks"]]
    assert ("in", [{"s": "x"}, {"s": "y"}]) in checks
    assert ("=", [{"s": "b"}]) in checks


def test_overrides_append_first_and_then_replace(load: Load) -> None:
    book = load(
        RULE + "  tags: [a]\n",
        """
        - rule: R
          condition: and proc.name = x
          output: more
          desc: instead
          tags: [b]
          priority: error
          enabled: false
          warn_evttypes: false
          override:
            priority: replace
            condition: append
            output: append
            desc: replace
            tags: append
            enabled: replace
            warn_evttypes: replace
        """,
    )
    assert book.diagnostics == []
    [rule] = book.rules
    assert rule.condition == "evt.type = open and proc.name = x"
    assert (rule.output, rule.desc, rule.tags) == ("o %proc.name more", "instead", ("a", "b"))
    assert (rule.priority, rule.enabled) == (3, False)


@pytest.mark.parametrize(
    ("item", "part"),
    [
        ("- rule: R\n  condition: and x\n  append: true\n  override: {condition: append}\n", "cannot be combined"),
        ("- rule: R\n  condition: x\n  override: {condition: prepend}\n", "is not an override operation"),
        ("- rule: R\n  priority: error\n  override: {priority: append}\n", "no override operation 'append'"),
        ("- rule: R\n  source: x\n  override: {source: replace}\n", "no override operation 'replace'"),
        ("- rule: R\n  override: {condition: append}\n", "the item has no key 'condition'"),
        ("- rule: R\n  condition: x\n  desc: y\n  override: {condition: append}\n", "the key 'desc' is given"),
        ("- rule: R\n  append: true\n", "appends nothing"),
        ("- rule: S\n  condition: x\n  override: {condition: append}\n", "there is no rule 'S'"),
        ("- rule: S\n  condition: x\n  append: true\n", "there is no rule 'S'"),
        ("- macro: m\n  condition: x\n  append: true\n", "there is no macro 'm'"),
        ("- list: l\n  items: []\n  override: {items: replace}\n", "there is no list 'l'"),
        ("- list: l\n  items: []\n  override: {name: replace}\n", "it exists for: items"),
    ],
)
def test_override_errors(load: Load, item: str, part: str) -> None:
    found = messages(load(RULE, item))
    assert len(found) == 1
    assert part in found[0][3]


def test_append_false_with_override_is_fine(load: Load) -> None:
    text = "- rule: R\n  append: false\n  priority: error\n  override: {priority: replace}\n"
    assert load(RULE, text).rules[0].priority == 3


def test_a_failed_override_changes_nothing(load: Load) -> None:
    item = "- rule: R\n  desc: new\n  priority: no\n  override: {desc: replace, priority: replace}\n"
    book = load(RULE, item)
    assert [rule.desc for rule in book.rules] == ["d"]
    assert not book.ok


def test_every_error_of_a_file_is_reported_once(load: Load) -> None:
    book = load("""
        - macro: broken
          condition: a b
        - macro: uses_broken
          condition: broken and evt.num = 0
        - rule: R
          desc: d
          condition: uses_broken and evt.type = opne
          output: "%proc.nmae"
          priority: warning
        - list: bad
          items: x
        - rule: S
          desc: d
          condition: proc.name in (bad) and unknown_macro
          output: o
          priority: warning
    """)
    assert [(line, message.split(":")[0].split(" — ")[0]) for _, line, _, message in messages(book)] == [
        (3, "unexpected 'b'"),
        (8, "unknown event type 'opne'"),
        (9, "unknown field 'proc.nmae'"),
        (12, "'items' must be a sequence, such as [a, b]"),
        (15, "there is no macro 'unknown_macro' (a field has a dot in its name)"),
    ]


def test_files_are_compiled_one_after_another(load: Load) -> None:
    # What the second file defines comes too late for the first, and repairs nothing.
    book = load(RULE.replace("= open", "= open and later"), "- macro: later\n  condition: proc.name = a\n")
    [found] = [found for found in book.diagnostics if found.is_error]
    assert found.file.endswith("r0.yaml")
    assert "there is no macro 'later'" in found.message
    assert not book.files[0].ok
    assert book.files[1].ok


def test_a_later_file_changes_what_earlier_rules_mean(load: Load) -> None:
    text = "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n"
    rule = RULE.replace("= open", "= open and m")
    book = load(text + rule.lstrip("\n"), "- list: l\n  items: [b]\n")
    assert [{"s": "b"}] in [check["rhs"] for check in book.plan()["checks"]]
    book = load(text + rule.lstrip("\n"), "- macro: m\n  condition: proc.pname = z\n")
    assert {check["lhs"]["field"] for check in book.plan()["checks"]} == {"evt.type", "proc.pname"}


def test_folders_and_missing_paths(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "b.yml").write_text(RULE.replace("rule: R", "rule: B"))
    (folder / "a.yaml").write_text(RULE.replace("rule: R", "rule: A"))
    (folder / "notes.txt").write_text("not: [rules")
    (folder / "sub.yaml").mkdir()
    book = load_rules([folder, folder / "gone.yaml"])
    assert [rule.name for rule in book.rules] == ["A", "B"]
    [found] = book.diagnostics
    assert str(found) == f"{folder}/gone.yaml: error: there is no such file or folder [LOAD_ERR_FILE_READ]"


def test_items_of_extensions(load: Load) -> None:
    def read(keys: Keys) -> list[str]:
        if keys.required("sample", "a sample").value == "bad":
            raise ExtensionError("the sample is bad")
        return ["the sample is old"]

    options = LoadOptions(extensions={"sample": read})
    book = load("- sample: good\n- sample: bad\n- sample: ''\n- other: x\n", options=options)
    assert [(found.code.name_text, found.line, found.message) for found in book.diagnostics] == [
        ("LOAD_WARNING_EXTENSION", 1, "the sample is old"),
        ("LOAD_ERR_EXTENSION", 2, "the sample is bad"),
        ("LOAD_ERR_YAML_VALIDATE", 3, "'sample' must not be empty"),
        ("LOAD_UNKNOWN_ITEM", 4, book.diagnostics[3].message),
    ]
    assert book.diagnostics[0].locations[-1].item_type == "extension item"


def test_required_versions_are_remembered(load: Load) -> None:
    book = load("""
        - required_engine_version: 10
        - required_engine_version: 0.31.2
        - required_plugin_versions:
          - name: other
            version: 9.9.9
            alternatives: [{name: container, version: 0.4.0}]
    """)
    assert book.diagnostics == []
    assert str(book.required_engine) == "0.31.2"
    assert [str(plugin) for plugin in book.required_plugins] == ["other 9.9.9 or container 0.4.0"]


@pytest.mark.parametrize(
    ("condition", "output", "dropped"),
    [
        ("evt.type=open and proc.nmae=x", "o", True),
        ("evt.type=opne", "o", True),
        ("evt.type=open and evt.arg.nonsense=x", "o", True),
        ("evt.type=open", "%proc.nmae", True),
        ("evt.type=open and fd.num=x", "o", False),
        ("evt.type=open and proc.name=", "o", False),
    ],
)
def test_skip_if_unknown_filter(load: Load, condition: str, output: str, dropped: bool) -> None:
    text = f"- rule: R\n  desc: d\n  priority: info\n  condition: {condition}\n  output: '{output}'\n"
    strict = load(text)
    assert not strict.ok
    book = load(text + "  skip-if-unknown-filter: true\n")
    assert book.rules == []
    assert book.ok is dropped
    if dropped:
        assert codes(book) == ["LOAD_UNKNOWN_FILTER"]


def test_warnings_of_macros_come_once_and_from_any_depth(load: Load) -> None:
    text = "- macro: a\n  condition: evt.dir = x\n- macro: b\n  condition: a\n"
    use = RULE.replace("= open", "= open and b")
    book = load(text + use + use.replace("rule: R", "rule: S"))
    assert [(code, line) for code, line, *_ in messages(book, errors=False)] == [("LOAD_DEPRECATED_ITEM", 2)]
