"""docs/kernels.md: which drivers were run on which kernels, and what came of it."""

import datetime
from pathlib import Path

from tests.vm.drivers import DRIVERS, Driver
from tests.vm.images import REPOSITORY
from tests.vm.kernel_tests import Tested
from tests.vm.kernels import KERNELS
from tests.vm.report import Cell, cell

PAGE = REPOSITORY / "docs/kernels.md"
UNTESTED = str(Cell())
NO_KERNEL = "none to boot"
REFUSES = "refuses, as it must"

_HEAD = """\
# Kernels that the drivers were run on

<!-- Written by `make vm-test` (python -m tests.vm); do not edit. Single kernels: with --write. -->

Each cell: tests passed of how many there were, and how many events the agent saw of a whole virtual machine. The tests
are those of `tests/vm/`, the same for every driver. The kernels are Debian's own, but for the one without BTF, which is
built from Debian's source with the small configuration `tests/vm/no_btf.config`, preemptible and with the kernel's
checks of locks and lost memory on. What is not in this table is untested.

"""


def text_of(tested: Tested, driver: Driver) -> str:
    """Return a driver's cell on a kernel that was run."""
    if driver in tested.drivers:
        return str(cell(tested.results, driver.name))
    refusals = [result for result in tested.results if result.test.startswith("test_modern_ebpf_refuses")]
    if driver.needs_btf and not tested.kernel.has_btf and refusals:
        return REFUSES if all(result.outcome == "passed" for result in refusals) else "does not refuse"
    return UNTESTED


def grid(run: list[Tested]) -> str:
    """Lay out what was run for a terminal, and below it what is not green."""
    rows = [["kernel", *(driver.name for driver in DRIVERS)]]
    rows += [[each.release or each.kernel.series, *(text_of(each, driver) for driver in DRIVERS)] for each in run]
    return laid_out(rows, run)


def laid_out(rows: list[list[str]], run: list[Tested]) -> str:
    """Return rows as a table, and below it each test that did not pass."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for each in run:
        lines += [
            f"{each.kernel.series}: {result.test}{f' [{result.driver}]' if result.driver else ''} "
            f"{result.outcome}: {result.reason}"
            for result in each.results
            if result.outcome != "passed"
        ]
    return "\n".join(lines)


def red(run: list[Tested]) -> list[str]:
    """Return what keeps a run from being good: a sentence for each cell that is not green, and for each failed test."""
    found = []
    for each in run:
        for driver in each.drivers:
            if not (summed := cell(each.results, driver.name)).green:
                found.append(f"{driver.name} on {each.kernel.series}: {summed}")
        found += [
            f"{result.test} on {each.kernel.series}: {result.outcome}"
            for result in each.results
            if not result.driver and result.outcome != "passed"
        ]
    return found


def write(run: list[Tested], page: Path = PAGE, today: datetime.date | None = None) -> None:
    """Rewrite the rows of the kernels that were run; those of the others stay as they are."""
    columns = ["kernel", "release", *(driver.name for driver in DRIVERS), "module built by", "run on"]
    rewrite(page, _HEAD, columns, {each.kernel.series: _cells(each) for each in run}, today)


def rewrite(
    page: Path, head: str, columns: list[str], run: dict[str, list[str]], today: datetime.date | None = None
) -> None:
    """Rewrite a page's table, a row a kernel; `run` has the cells between series and date of each that was run."""
    day = (today or datetime.date.today()).isoformat()
    before = _rows(page.read_text() if page.exists() else "", columns)
    lines = [_line(columns), "|" + "---|" * len(columns)]
    for series in (kernel.series for kernel in KERNELS):
        if series in run:
            lines.append(_line([series, *run[series], day]))
        else:
            untested = [series, "", *(UNTESTED for _ in columns[2:-1]), ""]
            lines.append(before.get(series) or _line(untested))
    text = head + "\n".join(lines) + "\n"
    if not page.exists() or page.read_text() != text:
        page.write_text(text)


def _cells(tested: Tested) -> list[str]:
    cells = [text_of(tested, driver) for driver in DRIVERS]
    builder = "DKMS in the guest" if tested.kernel.dkms else "Kbuild outside"
    return [tested.release or NO_KERNEL, *cells, builder]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rows(text: str, columns: list[str]) -> dict[str, str]:
    """Return the rows of a page by their kernel, when the page has the columns of today."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    if not rows or rows[0] != _line(columns):
        return {}
    return {line.split("|")[1].strip(): line for line in rows[1:]}
