"""Results of guests as a grid of tests and kernels."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cell:
    """One test on one kernel; `outcome` is passed, failed or skipped."""

    kernel: str
    test: str
    outcome: str
    reason: str = ""
    seconds: float = 0.0


def read_results(release: str, results: Path) -> list[Cell]:
    """Return what pytest wrote in the guest (JUnit XML); nothing when it wrote none or not all of it."""
    try:
        root = ElementTree.parse(results).getroot()
    except (OSError, ElementTree.ParseError):
        return []
    cells = []
    for case in root.iter("testcase"):
        outcome, reason = "passed", ""
        for kind, meaning in (("skipped", "skipped"), ("failure", "failed"), ("error", "failed")):
            if (found := case.find(kind)) is not None:
                outcome, reason = meaning, (found.get("message") or "").partition("\n")[0]
        cells.append(Cell(release, case.get("name") or "?", outcome, reason, float(case.get("time") or 0)))
    return cells


def grid(cells: list[Cell]) -> str:
    """Lay the cells out: a line a test, a column a kernel; below it, why something failed or was skipped."""
    kernels = list(dict.fromkeys(cell.kernel for cell in cells))
    tests = list(dict.fromkeys(cell.test for cell in cells))
    by_place = {(cell.test, cell.kernel): cell for cell in cells}
    width = max(map(len, tests), default=0)
    lines = ["  ".join([" " * width, *kernels])]
    for test in tests:
        words = [by_place[test, kernel].outcome if (test, kernel) in by_place else "-" for kernel in kernels]
        lines.append(
            "  ".join([test.ljust(width), *(word.ljust(len(name)) for word, name in zip(words, kernels, strict=True))])
        )
    lines += [f"{cell.kernel}: {cell.test} {cell.outcome}: {cell.reason}" for cell in cells if cell.outcome != "passed"]
    return "\n".join(lines)
