"""What is fuzzed in the rule language: each target takes any bytes, and fails by raising."""

import os
from collections.abc import Callable
from pathlib import Path

from agent.errors import ExpressionError
from agent.lang import load_rules, render_diagnostic, results_json, results_text
from agent.lang.expression import filter_plan

CORPUS = Path(__file__).parent / "corpus"


def filter_grammar(data: bytes) -> None:
    """A filter and a format, separated by a NUL: a plan, or an error with its place."""
    condition, _, output = data.decode("utf-8", "replace").partition("\0")
    try:
        plan = filter_plan(condition, output)
    except ExpressionError as error:
        assert str(error).startswith(("filter:", "format:")), str(error)
    else:
        assert len(plan["rules"]) == 1


def rule_loader(data: bytes) -> None:
    """A rule file: rules that make a plan, or errors that can be shown as text and as JSON."""
    # A file without a name: nothing is left behind when the process is killed.
    descriptor = os.memfd_create("rules")
    try:
        os.write(descriptor, data)
        book = load_rules([Path(f"/proc/self/fd/{descriptor}")])
    finally:
        os.close(descriptor)
    for found in book.diagnostics:
        assert render_diagnostic(found)
    assert results_text(book.files)
    assert results_json(book.files)
    if book.ok:
        book.plan(rule_matching="all")
    else:
        assert any(found.is_error for found in book.diagnostics)


TARGETS: dict[str, Callable[[bytes], None]] = {"filter_grammar": filter_grammar, "rule_loader": rule_loader}
