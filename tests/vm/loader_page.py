"""docs/loader-kernels.md: by which ways the loader brought a driver to which kernels, and what came of it."""

from pathlib import Path

from tests.vm import kernels_page
from tests.vm.images import REPOSITORY
from tests.vm.kernel_tests import Tested
from tests.vm.kernels_page import NO_KERNEL, UNTESTED

PAGE = REPOSITORY / "docs/loader-kernels.md"
# Part of the names of the tests in tests/vm/test_loader.py -> column.
WAYS = {
    "module-built": "module by DKMS",
    "module-downloaded": "module by download",
    "probe-built": "probe by bcc",
    "probe-downloaded": "probe by download",
}
REFUSALS = "bad downloads and modules"

_HEAD = """\
# Kernels that the loader was run on

<!-- Written by `make vm-test ARGS=--loader` (python -m tests.vm); do not edit. Single kernels: with --write. -->

In each guest `agent-driver-loader` brought the driver in that way, from the module's sources or from a signed
repository over HTTP on loopback, and the agent then raised the alert with it (`tests/vm/test_loader.py`). The last
column: tests of what must be refused, of how many. The kernels are those of [kernels.md](kernels.md).

"""


def cells(tested: Tested) -> dict[str, str]:
    """Return what each way came to, by column; "untested" for a way without a result."""
    found = dict.fromkeys(WAYS.values(), UNTESTED)
    others = []
    for result in tested.results:
        for part, column in WAYS.items():
            if f"[{part}]" in result.test:
                found[column] = "alert" if result.outcome == "passed" else result.outcome
                break
        else:
            others.append(result.outcome == "passed")
    found[REFUSALS] = f"{sum(others)} of {len(others)}" if others else UNTESTED
    return found


def grid(run: list[Tested]) -> str:
    """Lay out what was run for a terminal, and below it what is not green."""
    rows = [["kernel", *WAYS.values(), REFUSALS]]
    rows += [[each.release or each.kernel.series, *cells(each).values()] for each in run]
    return kernels_page.laid_out(rows, run)


def red(run: list[Tested]) -> list[str]:
    """Return what keeps a run from being good: a sentence for each way without an alert, and for each failed test."""
    found = [
        f"{column} on {each.kernel.series}: {text}"
        for each in run
        for column, text in cells(each).items()
        if text == UNTESTED
    ]
    return found + [
        f"{result.test} on {each.kernel.series}: {result.outcome}"
        for each in run
        for result in each.results
        if result.outcome != "passed"
    ]


def write(run: list[Tested], page: Path = PAGE) -> None:
    """Rewrite the rows of the kernels that were run; those of the others stay as they are."""
    columns = ["kernel", "release", *WAYS.values(), REFUSALS, "run on"]
    rows = {each.kernel.series: [each.release or NO_KERNEL, *cells(each).values()] for each in run}
    kernels_page.rewrite(page, _HEAD, columns, rows)
