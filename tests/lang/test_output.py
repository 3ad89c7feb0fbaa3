"""Output strings: how they split into segments, and where they are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lang import RuleBook
from tests.lang.loading import Load, messages


def with_output(load: Load, output: str) -> RuleBook:
    quoted = "'" + output.replace("'", "''") + "'"
    return load(f"- rule: R\n  desc: d\n  priority: info\n  condition: evt.type=open\n  output: {quoted}\n")


def shape(book: RuleBook) -> list[Any]:
    """Segments: texts as they are, fields as (key, width)."""
    assert book.ok, book.diagnostics
    segments = book.plan()["rules"][0]["output"]
    return [segment["text"] if "text" in segment else (segment["key"], segment["width"]) for segment in segments]


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("plain", ["plain"]),
        ("  trimmed  ", ["trimmed"]),
        ("*%proc.name", [("proc.name", None)]),
        ("a=%proc.name b=%fd.name.", ["a=", ("proc.name", None), " b=", ("fd.name", None), "."]),
        ("%proc.name%fd.num", [("proc.name", None), ("fd.num", None)]),
        ("(%proc.aname[2])", ["(", ("proc.aname[2]", None), ")"]),
        ("%evt.arg.flags, %evt.arg[0]", [("evt.arg.flags", None), ", ", ("evt.arg[0]", None)]),
        ("%evt.arg.flags.x", [("evt.arg.flags", None), ".x"]),
        ("%20proc.name|%5evt.num", [("proc.name", 20), "|", ("evt.num", 5)]),
        ("%proc.namespace", [("proc.name", None), "space"]),
        ("%proc.name[x]", [("proc.name", None), "[x]"]),
        ("%proc.args[1] %proc.env[HOME]", [("proc.args[1]", None), " ", ("proc.env[HOME]", None)]),
        ("%toupper(proc.name)!", [("toupper(proc.name)", None), "!"]),
        ('%join("),(", (proc.name, proc.pname))]', [('join("),(", (proc.name, proc.pname))', None), "]"]),
        ('%getopt(proc.args, "a:")[a] x', [('getopt(proc.args, "a:")[a]', None), " x"]),
        ("a%container.info b", ["a b"]),
        ("%proc.exe_ino.ctime_duration_proc_start", [("proc.exe_ino.ctime_duration_proc_start", None)]),
        ("%%proc.name at 100%%", ["%proc.name at 100%"]),
        ("%%%proc.name", ["%", ("proc.name", None)]),
        ("ünïcode %proc.name ✓", ["ünïcode ", ("proc.name", None), " ✓"]),
    ],
)
def test_segments(load: Load, output: str, expected: list[Any]) -> None:
    assert shape(with_output(load, output)) == expected


def test_operands_of_segments(load: Load) -> None:
    segments = with_output(load, "%proc.aname[2]%tolower(proc.name)").plan()["rules"][0]["output"]
    assert segments[0]["operand"] == {"field": "proc.aname", "index": 2, "key": None}
    assert segments[1]["operand"]["transform"] == "tolower"


@pytest.mark.parametrize(
    ("output", "offset", "part"),
    [
        ("100%", 3, "the output ends behind '%'"),
        ("100% sure", 4, "is not a field"),
        ("%%%", 2, "the output ends behind '%'"),
        ("user %proc.nmae here", 6, "did you mean 'proc.name'?"),
        ("%name", 1, "'%name' is not a field"),
        ("%evt.arg.flgas", 1, "did you mean 'evt.arg.flags'?"),
        ("%evt.arg ", 1, "needs an argument"),
        ("%proc.aname[x]", 1, "is no index"),
        ("%fd.ip", 1, "for conditions only"),
        ("%tolower(proc.name", 1, "has no closing ')'"),
        ("%tolower(proc.nmae)", 9, "did you mean"),
        ("%tolower(fd.num)", 9, "takes a text"),
        ("%tolower(proc.name;)", 18, "',' or ')'"),
        ("%0proc.name", 0, "a width goes from 1 to"),
        ("%99999proc.name", 0, "a width goes from 1 to"),
    ],
)
def test_errors_have_a_place(load: Load, output: str, offset: int, part: str) -> None:
    [(code, line, column, message)] = messages(with_output(load, output))
    assert code == "LOAD_ERR_COMPILE_OUTPUT"
    assert part in message
    assert (line, column) == (5, len("  output: '") + 1 + offset)


def test_several_errors_of_one_output(load: Load) -> None:
    found = messages(with_output(load, "%proc.nmae and %user.nam and 5%"))
    assert [column for _, _, column, _ in found] == [13, 28, 42]


def test_thousands_of_errors_are_cut(load: Load) -> None:
    assert len(messages(with_output(load, "%x " * 5000))) == 20
