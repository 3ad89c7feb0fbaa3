"""One measured figure, its goal, and how both are shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class NotMeasuredError(Exception):
    """A part could not be measured here. The text is a sentence for a person."""


@dataclass(frozen=True)
class Figure:
    """A value with its unit; with a goal it must not be larger (`at_least`: smaller) than that.

    `note` explains, and is only shown.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Whether the goal is met; a figure without a goal always is."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table."""
    rows = [("figure", "value", "unit", "goal", "", "")]
    for figure in figures:
        goal = "" if figure.goal is None else f"{'≥' if figure.at_least else '≤'} {number(figure.goal)}"
        verdict = "" if figure.goal is None else "ok" if figure.ok else "MISSED"
        rows.append((figure.name, number(figure.value), figure.unit, goal, verdict, figure.note))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in (1, 3) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with as many digits as say something."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures as JSON: name → {value, unit, goal, ok}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {f.name: {"value": f.value, "unit": f.unit, "goal": f.goal, "ok": f.ok} for f in figures}
    path.write_text(json.dumps(content, indent=2) + "\n")
