"""The table of language cases: `cases/` holds them, by theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.lang import Code, Diagnostic
from agent.lang.describe import describe_rules
from tests.lang import truth_cases
from tests.lang.loading import Load

CASES = Path(__file__).parent / "cases"


def read(theme: str) -> list[Any]:
    cases: list[Any] = yaml.safe_load((CASES / f"{theme}.yaml").read_text(encoding="utf-8"))
    return cases


def condition_file(condition: str) -> tuple[str, int, int]:
    """A rule file with a condition, and line and column of its first character."""
    lines = ["- rule: R", "  desc: d", "  priority: info", "  output: o", "  warn_evttypes: false", "  condition: |2-"]
    indented = "\n".join(f"    {line}" for line in condition.split("\n"))
    return "\n".join([*lines, indented, ""]), len(lines) + 1, 5


@pytest.mark.parametrize(("condition", "says"), [tuple(case) for theme in ("syntax", "types") for case in read(theme)])
def test_conditions_that_are_wrong(load: Load, condition: str, says: str) -> None:
    before, mark, behind = condition.partition("¦")
    assert mark, "the case has no mark"
    text, line, column = condition_file(before + behind)
    if not before + behind:
        text, line, column = text.replace("|2-", "''"), line - 1, 3
    [found] = load(text).diagnostics
    lines = before.split("\n")
    assert says in found.message
    assert (found.line, found.column) == (line + len(lines) - 1, column + len(lines[-1]))
    assert found.code.name_text == ("LOAD_ERR_COMPILE_CONDITION" if before + behind else "LOAD_ERR_YAML_VALIDATE")


RULE_KEYS = "  desc: d\n  output: o\n  priority: info\n"


def written_line(case: dict[str, Any], found: Diagnostic) -> int | None:
    """The line of a diagnostic in the file as the case writes it, where RULE is one line."""
    if found.line is None:
        return None
    text = case["files"][int(Path(found.file).stem[1:])]
    line = 0
    for number, written in enumerate(text.split("\n"), 1):
        line += RULE_KEYS.count("\n") if written == "  RULE" else 1
        if line >= found.line:
            return number
    return None


def found_text(case: dict[str, Any], found: Diagnostic) -> str:
    place = f"{Path(found.file).name}:{written_line(case, found)}:{found.column}"
    return f"{place} {found.code.name_text.removeprefix('LOAD_')}"


@pytest.mark.parametrize("case", read("items"), ids=lambda case: case["about"])
def test_files(load: Load, case: dict[str, Any]) -> None:
    book = load(*(text.replace("  RULE\n", RULE_KEYS) for text in case["files"]))
    finds = case.get("finds", [])
    assert [found_text(case, found) for found in book.diagnostics] == [" ".join(find.split()[:2]) for find in finds]
    for found, find in zip(book.diagnostics, finds, strict=True):
        assert find.split(" ", 2)[2] in found.message
    rules = {rule.name: rule for rule in book.rules}
    for name, properties in case.get("rules", {}).items():
        for key, value in properties.items():
            actual = getattr(rules[name], key)
            assert (list(actual) if key == "tags" else actual) == value, key
    if "compiled" in case:
        described = {entry["info"]["name"]: entry["details"] for entry in describe_rules(book)["rules"]}
        assert {name: details["condition_compiled"] for name, details in described.items()} == case["compiled"]


@pytest.mark.parametrize("group", truth_cases.groups(), ids=lambda group: f"{group['theme']}: {group['about']}")
def test_conditions_whose_truth_the_engine_tests(group: dict[str, Any]) -> None:
    book = truth_cases.load(group)
    assert book.ok, [str(found) for found in book.diagnostics]
    assert [rule.name for rule in book.rules] == list(truth_cases.conditions(group))


def test_the_engine_is_tested_with_these_cases() -> None:
    assert truth_cases.COMPILED.read_text(encoding="utf-8") == truth_cases.compiled(), (
        "the cases or the plan have changed: run `python -m tests.lang.truth_cases`"
    )


def test_there_are_more_than_400_cases_and_no_two_are_the_same() -> None:
    wrong = [tuple(case) for theme in ("syntax", "types") for case in read(theme)]
    true = [(str(group.get("given")), text) for group in truth_cases.groups() for text in truth_cases.conditions(group)]
    files = [tuple(case["files"]) for case in read("items")]
    for cases in (wrong, true, files):
        assert len(set(cases)) == len(cases)
    assert min(len(wrong), len(files)) > 100
    assert len(wrong) + len(true) + len(files) > 900


def test_every_code_is_raised_by_a_case_or_has_a_test_of_its_own() -> None:
    raised = {find.split()[1] for case in read("items") for find in case.get("finds", [])}
    elsewhere = {"ERR_FILE_READ", "ERR_EXTENSION", "WARNING_EXTENSION", "UNUSED_LIST"}
    assert raised | elsewhere == {code.name for code in Code}
