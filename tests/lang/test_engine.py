"""The engine takes the plans that the front end makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.lang import RuleBook, load_rules
from tests.lang.loading import Load

_core = pytest.importorskip("agent._core", reason="the native module is not built")


def assert_accepted(book: RuleBook) -> None:
    assert book.ok, book.diagnostics
    _core.check_plan(json.dumps(book.plan()))


@pytest.mark.parametrize(
    "condition",
    [
        "proc.name exists",
        "proc.name in ()",
        'proc.name = "\\xff"',
        "proc.name contains oneof (a, b)",
        "proc.name iglob *A?",
        "proc.name regex '^(a|[[:alpha:]])+$'",
        "proc.name < 5",
        "fd.name pmatch (/etc, /var/*)",
        "fd.sport in (http, 0x50)",
        "fd.num > -1",
        "user.uid = -1",
        "fd.net != 10.0.0.0/8",
        "fd.snet in (10.0.0.0/8, 2001:db8::/33)",
        "fd.ip = ::1",
        "evt.buffer bcontains cafe",
        "evt.rawarg.flags > 1",
        "proc.aname[2] = val(proc.aname[3])",
        "tolower(basename(proc.exepath)) in (a)",
        'join("-", (proc.name, tolower(proc.pname))) = concat(proc.name, "x")',
        'getopt(proc.args, "ab:")[a] = x',
        "len(proc.args) >= len(proc.name)",
        "fd.types intersects (ipv4)",
        "not (evt.num=0 or proc.name=a)",
        "evt.num=0",
    ],
)
def test_conditions(rule: Load, condition: str) -> None:
    assert_accepted(rule(condition))


def test_the_deepest_conditions(load: Load) -> None:
    nested = "proc.name=x"
    for level in range(45):
        nested = f"(not ({nested}) {'and' if level % 2 else 'or'} fd.num={level})"
    macros = "".join(f"- macro: m{n}\n  condition: not (fd.num={n} and m{n - 1})\n" for n in range(1, 110))
    assert_accepted(
        load(
            "- macro: m0\n  condition: evt.type=open\n"
            + macros
            + f"- rule: R\n  desc: d\n  priority: info\n  output: o\n  condition: m109 and {nested}\n"
        )
    )


def test_the_stable_rules(shared: Path) -> None:
    assert_accepted(load_rules([shared / "compat" / "falco_rules.yaml"]))
