"""Explanations for people: the tree of a rule's clauses, as rows of aligned, perhaps coloured, text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.report import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Part = dict[str, Any]
"""A part of an explanation, as `_core.pyi` documents it."""

_MAX_LEFT = 76
"""Columns up to which what was seen is aligned."""
_MIN_TEXT = 30
"""Characters of a clause's text that are shown however deep it lies."""
_MAX_SEEN = 100
"""Characters of a value, unless everything is wanted."""
_ALTERNATIVES = 8
"""Alternatives of one `or`, none of them true, that are shown one by one."""


@dataclass(frozen=True)
class Symbols:
    """What marks truth, and what marks a clause that is in the way."""

    true: str
    false: str
    decisive: str
    more: str

    def of(self, truth: bool) -> str:
        """The mark of a truth."""
        return self.true if truth else self.false


UNICODE = Symbols("✔", "✘", "◀", "…")
ASCII = Symbols("+", "-", "<--", "...")


def symbols_for(encoding: str | None) -> Symbols:
    """Return the symbols that an output of this encoding can show."""
    try:
        "".join(vars(UNICODE).values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


@dataclass(frozen=True)
class Piece:
    """Text in a style: good, bad, strong, quiet or none."""

    text: str
    style: str = ""


Line = list[Piece]


@dataclass(frozen=True)
class _Row:
    depth: int
    truth: bool
    text: str
    helps: bool
    """Its truth is what the rule needs to fire."""
    seen: str = ""
    note: str = ""
    decisive: bool = False


def explained_lines(explained: Mapping[str, Any], symbols: Symbols, *, everything: bool) -> list[Line]:
    """The event, whether the rule fires on it, and the tree. With `everything`, nothing is left out."""
    fired = explained["fired"]
    lines: list[Line] = [[Piece(explained["line"], "strong")]]
    lines.append([Piece(f"{symbols.of(fired)} {_verdict(explained, symbols)}", "good" if fired else "bad")])
    tree = _Tree(everything=everything, symbols=symbols)
    tree.root(explained["tree"])
    return lines + _aligned(tree.rows, symbols)


def _verdict(explained: Mapping[str, Any], symbols: Symbols) -> str:
    if "unseen" in explained:
        return f"No rule sees this event: {explained['unseen']}."
    if not explained["concerned"]:
        return f"The rule cannot fire on this type of event, {explained['type']}."
    if "shadowed_by" in explained:
        return f'The rule fires, but the alert is that of "{explained["shadowed_by"]}", which comes first.'
    if explained["fired"]:
        return "The rule fires."
    distance = explained["distance"]
    if distance is None:
        return "The rule does not fire, and no few clauses are in the way."
    verb = "is" if distance == 1 else "are"
    return f"The rule does not fire: {counted(distance, 'clause')} {verb} in the way ({symbols.decisive})."


class _Tree:
    """Collects the rows of a tree."""

    def __init__(self, *, everything: bool, symbols: Symbols) -> None:
        self.rows: list[_Row] = []
        self._everything = everything
        self._symbols = symbols

    def root(self, part: Part) -> None:
        """Add the rows of a condition; its outermost `and` needs none of its own."""
        if part["kind"] == "and":
            self._children(part, 1, wanted=True)
        else:
            self._part(part, 1, "", part["truth"], wanted=True, matters=True)

    def _part(self, part: Part, depth: int, before: str, truth: bool, *, wanted: bool, matters: bool) -> None:
        """Add a part and what is in it. `before` is what its row begins with, `truth` that of the whole row."""
        kind = part["kind"]
        inner = (part.get("parts") or [None])[0]
        if kind == "not" and inner is not None:
            # What a clause that holds excludes is of little interest.
            matters = matters and not truth
            self._part(inner, depth, f"{before}not ", truth, wanted=not wanted, matters=matters)
        elif kind in ("macro", "exception") and inner is not None:
            before = f"{before}{kind} {part['name']}: "
            self._part(inner, depth, before, truth, wanted=wanted, matters=matters)
        elif kind in ("macro", "exception"):
            helps = part["truth"] is wanted
            self.rows.append(_Row(depth, truth, f"{before}{kind} {part['name']}", helps, note="as above"))
        elif kind in ("and", "or"):
            self._group(part, depth, before, truth, wanted=wanted, opened=matters or self._everything)
        else:
            self._leaf(part, depth, before, truth, part["truth"] is wanted)

    def _group(self, part: Part, depth: int, before: str, truth: bool, *, wanted: bool, opened: bool) -> None:
        text = f"{before}{'all of' if part['kind'] == 'and' else 'any of'}"
        helps = part["truth"] is wanted
        if not opened:
            self.rows.append(
                _Row(depth, truth, text.removesuffix(": any of").removesuffix(": all of"), helps, note=_held(part))
            )
            return
        one_is_enough = not helps and wanted is (part["kind"] == "or") and _holds_decisive(part)
        self.rows.append(_Row(depth, truth, text, helps, note="one of these would do" if one_is_enough else ""))
        self._children(part, depth + 1, wanted=wanted)

    def _children(self, part: Part, depth: int, *, wanted: bool) -> None:
        """Add the parts of an `and` or `or`; where one is enough for its truth, the others matter little."""
        truth, alternatives = part["truth"], part["kind"] == "or"
        one_is_enough = truth is alternatives
        hidden: list[Part] = []
        listed = 0
        for child in part.get("parts", []):
            reason = child["truth"] is truth or not one_is_enough
            if self._everything:
                self._part(child, depth, "", child["truth"], wanted=wanted, matters=True)
                continue
            if alternatives:
                listed += reason
                leave_out = not reason or (listed > _ALTERNATIVES and not _holds_decisive(child))
            else:
                # Exclusions that hold say little, and rules have many of them.
                leave_out = child["kind"] == "not" and child["truth"] and wanted
            if leave_out:
                hidden.append(child)
            else:
                self._part(child, depth, "", child["truth"], wanted=wanted, matters=reason)
        self._hidden(hidden, depth, alternatives=alternatives, wanted=wanted)
        if part.get("closed"):
            self.rows.append(_Row(depth, truth, f"{self._symbols.more} more, left out", truth is wanted))

    def _hidden(self, hidden: list[Part], depth: int, *, alternatives: bool, wanted: bool) -> None:
        if not hidden:
            return
        truth = hidden[0]["truth"]
        if len(hidden) == 1:
            self._part(hidden[0], depth, "", truth, wanted=wanted, matters=False)
            return
        what = "other alternatives" if alternatives else "exclusions"
        verdict = "all hold" if truth else "none holds"
        text = f"{self._symbols.more} {len(hidden)} {what}"
        self.rows.append(_Row(depth, truth, text, truth is wanted, note=f"{verdict}; -v shows them"))

    def _leaf(self, part: Part, depth: int, before: str, truth: bool, helps: bool) -> None:
        if part["kind"] != "check":
            text = f"{before}{'always true' if part['truth'] else 'never true'}"
            self.rows.append(_Row(depth, truth, text, helps))
            return
        seen = "<NA>" if part["seen"] is None else part["seen"] or '""'
        if len(seen) > _MAX_SEEN and not self._everything:
            seen = seen[:_MAX_SEEN] + self._symbols.more
        notes: list[str] = []
        if "compared" in part:
            notes.append(f"compared with {part['compared']}")
        if "matched" in part:
            notes.append(f"matched {part['matched']}")
        text = part["text"]
        # As it was written, a list may be no more than its name.
        if part.get("items", 0) > text.count(",") + 1:
            notes.append(counted(part["items"], "item"))
        room = max(_MIN_TEXT, _MAX_LEFT - 2 * depth - 2)
        text = before + text
        if len(text) > room and not self._everything:
            text = text[:room] + self._symbols.more
        self.rows.append(_Row(depth, truth, text, helps, seen, ", ".join(notes), part.get("decisive", False)))


def _held(part: Part) -> str:
    held, clauses = _clauses(part)
    if held == clauses:
        return f"{counted(clauses, 'clause')}, all hold"
    verb = "hold" if held > 1 else "holds"
    return f"{counted(clauses, 'clause')}, {held or 'none'} {verb}"


def _clauses(part: Part) -> tuple[int, int]:
    """How many of the clauses of a part hold, and how many there are."""
    inner = part.get("parts")
    if not inner:
        return int(part["truth"]), 1
    held = clauses = 0
    for child in inner:
        child_held, child_clauses = _clauses(child)
        held += child_held
        clauses += child_clauses
    return held, clauses


def _holds_decisive(part: Part) -> bool:
    return bool(part.get("decisive")) or any(_holds_decisive(child) for child in part.get("parts", []))


def _aligned(rows: Sequence[_Row], symbols: Symbols) -> list[Line]:
    lefts = ["  " * row.depth + symbols.of(row.truth) + " " + row.text for row in rows]
    with_value = [len(left) for left, row in zip(lefts, rows, strict=True) if row.seen or row.note]
    width = min(max(with_value, default=0), _MAX_LEFT)
    lines: list[Line] = []
    for left, row in zip(lefts, rows, strict=True):
        style = "good" if row.helps else "bad"
        indent = "  " * row.depth
        mark = symbols.of(row.truth)
        line = [Piece(indent), Piece(mark, style), Piece(left[len(indent) + len(mark) :], "" if row.helps else "bad")]
        if row.seen or row.note:
            line.append(Piece(" " * max(0, width - len(left)) + "  "))
            if row.seen:
                line.append(Piece(row.seen, "strong" if row.decisive else ""))
            if row.note:
                line.append(Piece(("  " if row.seen else "") + f"({row.note})", "quiet"))
        if row.decisive:
            line.append(Piece(f"  {symbols.decisive}", "bad"))
        lines.append(line)
    return lines


def summary_lines(explained: Mapping[str, Any], types: str, near: int) -> list[str]:
    """What was counted: events, how often the rule fired, and which clauses kept it from firing."""
    events, fired, nearly = explained["events"], explained["fired"], explained["nearly"]
    of_types = f" of the types it looks at ({types})" if types else ""
    how_often = f"the rule fired on {fired:,}, nearly (--near {near}) on {nearly:,}."
    lines = [f"{counted(events, 'event')}{of_types}: {how_often}"]
    clauses = explained["clauses"]
    if clauses:
        lines.append(
            "What kept it from firing, in how many events. A macro or a group in parentheses is one clause here;"
        )
        lines.append("--near counts each comparison inside it:")
        lines.append(f"  {'alone':>11}  {'with others':>11}  clause")
        lines += [f"  {c['alone']:>11,}  {c['with_others']:>11,}  {c['text']}" for c in clauses]
    return lines
