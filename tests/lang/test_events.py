"""For which events a rule is evaluated."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from agent.lang import load_rules
from agent.schema.events import EVENTS
from agent.schema.types import Status
from tests.lang.loading import Load

ALL = {event.name for event in EVENTS if event.status is not Status.UNUSED}
GENERIC = {"syscall"}


def names(codes: tuple[int, ...] | None) -> set[str] | None:
    return None if codes is None else {EVENTS[code].name for code in codes}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("evt.type=open", {"open"}),
        ("evt.type in (open, openat)", {"open", "openat"}),
        ("evt.type=open or evt.type=close", {"open", "close"}),
        ("evt.type=open and evt.type=close", set()),
        ("evt.type in (open, close) and evt.type in (close, dup)", {"close"}),
        ("evt.type=open and proc.name=x", {"open"}),
        ("evt.type=open or proc.name=x", None),
        ("proc.name=x", None),
        ("not proc.name=x", None),
        ("evt.type!=open", ALL - {"open"}),
        ("not evt.type=open", ALL - {"open"}),
        ("not not evt.type=open", {"open"}),
        ("not evt.type!=open", {"open"}),
        ("not (evt.type=open or evt.type=close)", ALL - {"open", "close"}),
        ("not (evt.type=open and proc.name=x)", None),
        ("not (evt.type!=open or proc.name=x)", {"open"}),
        ("not evt.type in (open, close)", ALL - {"open", "close"}),
        ("evt.type exists", None),
        ("evt.type contains open", None),
        ("evt.num=0", set()),
        ("evt.num=0 or evt.type=open", {"open"}),
        ("evt.num!=0 and evt.type=open", {"open"}),
        ("evt.num>=1 and evt.type=open", {"open"}),
        ("evt.num<1 or evt.type=open", {"open"}),
        ("evt.num>0 and evt.type=open", {"open"}),
        ("evt.num in (0) or evt.type=open", {"open"}),
        ("evt.num=1 or evt.type=open", None),
        ("not evt.num=0 and evt.type=open", {"open"}),
        ("evt.type=getcpu", GENERIC),
        ("evt.type!=getcpu", None),
        ("evt.type!=getcpu and evt.type in (getcpu, open)", GENERIC | {"open"}),
        ("syscall.type=open", {"open"}),
        ("evt.type=procexit", {"procexit"}),
        ("syscall.type!=open and evt.type in (open, close)", {"close"}),
        ("not syscall.type=open and evt.type in (open, procexit)", {"procexit"}),
        ("not syscall.type!=open and evt.type in (open, close, procexit)", {"open", "procexit"}),
    ],
)
def test_event_types_of_conditions(rule: Load, condition: str, expected: set[str] | None) -> None:
    book = rule(condition)
    assert book.ok, book.diagnostics
    assert names(book.rules[0].event_types) == expected


def test_all_codes_of_a_name_count(rule: Load) -> None:
    codes = rule("evt.type=openat").rules[0].event_types
    assert codes == tuple(
        event.code for event in EVENTS if event.name == "openat" and event.status is not Status.UNUSED
    )
    assert len(codes or ()) > 2


def test_macros_and_lists_count_with_what_they_stand_for(load: Load) -> None:
    book = load("""
        - list: opens
          items: [open, openat]
        - macro: opened
          condition: evt.type in (opens)
        - macro: other
          condition: not opened
        - macro: never
          condition: (evt.num=0)
        - rule: A
          desc: d
          output: o
          priority: info
          condition: opened and proc.name = x and not never
        - rule: B
          desc: d
          output: o
          priority: info
          condition: not other
        - rule: C
          desc: d
          output: o
          priority: info
          condition: never and opened
    """)
    assert book.ok, book.diagnostics
    assert [names(rule.event_types) for rule in book.rules] == [{"open", "openat"}, {"open", "openat"}, set()]


def test_the_stable_rules_are_evaluated_for_the_events_they_name(shared: Path) -> None:
    path = shared / "compat" / "falco_rules.yaml"
    book = load_rules([path])
    assert book.ok, book.diagnostics
    with (shared / "reference" / "rules_summary.tsv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0] == path.name]
    assert len(rows) == 25
    expected = {row[1]: set(row[6].split(",")) for row in rows}
    assert {rule.name: names(rule.event_types) for rule in book.rules} == expected
