"""How an explanation looks: what is opened, what is closed and counted, and in which column values stand."""

from __future__ import annotations

from typing import Any

import pytest

from agent.explanation import ASCII, UNICODE, explained_lines, symbols_for

Part = dict[str, Any]


def check(name: str, truth: bool, **more: Any) -> Part:
    return {"kind": "check", "text": name, "truth": truth, "seen": "s", **more}


def group(kind: str, truth: bool, *parts: Part, **more: Any) -> Part:
    return {"kind": kind, "truth": truth, "parts": list(parts), **more}


def shown(tree: Part, *, everything: bool = False) -> list[str]:
    explained = {"line": "the event", "fired": tree["truth"], "concerned": True, "distance": None, "tree": tree}
    lines = explained_lines(explained, UNICODE, everything=everything)
    return ["".join(piece.text for piece in line).rstrip() for line in lines[2:]]


def test_values_stand_in_one_column_and_the_clause_in_the_way_is_marked() -> None:
    tree = group("and", False, check("long clause here", True), check("b", False, decisive=True, seen=None))
    assert shown(tree) == ["  ✔ long clause here  s", "  ✘ b                 <NA>  ◀"]


def test_what_holds_is_closed_in_a_conjunction_that_does_not() -> None:
    holds = group("macro", True, group("and", True, check("a", True), check("b", True)), name="m")
    tree = group("and", False, holds, check("c", False))
    assert shown(tree) == ["  ✔ macro m  (2 clauses, all hold)", "  ✘ c        s"]
    assert shown(tree, everything=True) == [
        "  ✔ macro m: all of",
        "    ✔ a  s",
        "    ✔ b  s",
        "  ✘ c    s",
    ]


def test_alternatives_that_do_not_hold_are_counted_where_one_holds() -> None:
    tree = group("or", True, check("a", False), check("b", True), check("c", False))
    assert shown(tree) == [
        "  ✔ any of",
        "    ✔ b                       s",
        "    ✘ … 2 other alternatives  (none holds; -v shows them)",
    ]


def test_of_many_alternatives_the_first_and_the_closest_are_shown() -> None:
    many = [check(f"a{n}", False, **({"decisive": True} if n == 20 else {})) for n in range(30)]
    lines = shown(group("and", False, group("or", False, *many), check("z", True)))
    assert [line.split()[1] for line in lines[1:10]] == ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a20"]
    assert lines[0].endswith("(one of these would do)")
    assert "… 21 other alternatives" in lines[10]


def test_an_exclusion_that_holds_stays_closed_and_one_that_does_not_is_opened() -> None:
    inner = group("macro", False, group("or", False, check("a", False), check("b", False)), name="m")
    assert shown(group("or", True, group("not", True, inner), check("c", False)))[1] == (
        "    ✔ not macro m  (2 clauses, none holds)"
    )
    hit = group("macro", True, group("or", True, check("a", False), check("b", True, decisive=True)), name="m")
    assert shown(group("and", False, group("not", False, hit), check("c", True))) == [
        "  ✘ not macro m: any of",
        "    ✔ b  s  ◀",
        "    ✘ a  s",
        "  ✔ c    s",
    ]


def test_a_macro_seen_before_is_not_opened_again() -> None:
    again = {"kind": "macro", "name": "m", "truth": False, "closed": True}
    assert shown(group("and", False, again, check("c", False)))[0] == "  ✘ macro m  (as above)"


def test_lists_and_other_fields_are_told_of() -> None:
    tree = group(
        "and",
        True,
        check("p in (names)", True, items=37, matched="x"),
        check("p in (a, b)", True, items=2),
        check("p = val(q)", True, compared="other"),
        {"kind": "const", "truth": True},
        check("p = x", True, seen=""),
    )
    assert shown(tree) == [
        "  ✔ p in (names)  s  (matched x, 37 items)",
        "  ✔ p in (a, b)   s",
        "  ✔ p = val(q)    s  (compared with other)",
        "  ✔ always true",
        '  ✔ p = x         ""',
    ]


def test_long_values_and_clauses_are_cut_unless_everything_is_wanted() -> None:
    tree = group("and", True, check("c" * 150, True, seen="v" * 300), check("d", True))
    cut, whole = shown(tree)[0], shown(tree, everything=True)[0]
    assert "c" * 72 + "…  " + "v" * 100 + "…" in cut
    assert "c" * 150 + "  " + "v" * 300 in whole


@pytest.mark.parametrize(
    ("encoding", "symbols"), [("utf-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("zz", ASCII)]
)
def test_symbols_are_those_that_can_be_shown(encoding: str | None, symbols: object) -> None:
    assert symbols_for(encoding) is symbols
