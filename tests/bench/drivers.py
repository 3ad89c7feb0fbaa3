"""What each driver costs a system call relative to none, in a virtual machine: the only place where all of them run."""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.cost import NAMES, PROGRAMS
from tests.bench.figure import Figure, NotMeasuredError
from tests.live.programs import compile_program
from tests.vm import drivers, guest, kernel_tests, luggage, modules
from tests.vm.drivers import Driver
from tests.vm.kernels import KERNELS

SERIES = "6.1"
MEASURED = (drivers.MODERN, drivers.PREBUILT, drivers.KMOD)
CALLS = ("getppid", "openclose")
TIMEOUT = 1200.0


def measure(folder: Path) -> Iterator[Figure]:
    """Boot one kernel and measure every driver in it. Costs are given as multiples of the bare call."""
    kernel = next(kernel for kernel in KERNELS if kernel.series == SERIES)
    guest_share = kernel_tests.empty_share(kernel)
    image = kernel_tests.fetch(kernel, _say)
    if isinstance(image, str):
        raise NotMeasuredError(image)
    for driver in MEASURED:
        try:
            kernel_tests.build(driver, image, guest_share, _say)
        except modules.BuildError as error:
            raise NotMeasuredError(str(error)) from error
    compile_program(PROGRAMS / "call_cost.c", guest_share, ("-O2",))
    luggage.pack(guest_share / "luggage.tar")
    ended = guest.run(
        image,
        kernel_tests.UNPACK
        + f"export AGENT_LAB_DRIVERS='{' '.join(driver.name for driver in MEASURED)}'\n"
        + f"{luggage.interpreter()} -m tests.vm.measure_cost\n",
        guest_share,
        TIMEOUT,
        _say,
    )
    if ended.status != 0:
        reason = ended.reason or f"the guest ended with status {ended.status}"
        raise NotMeasuredError(f"{reason}; what it said is in {guest_share / 'output'}")
    samples = {name: statistics.median(values) for name, values in _read(guest_share / "cost.json").items()}
    for call in CALLS:
        bare = samples[f"{call}/bare"]
        yield Figure(f"VM {SERIES}, {NAMES[call]}: bare", bare, "ns", note="emulated")
        for driver in MEASURED:
            yield from _relative(call, driver, bare, samples)


def _relative(call: str, driver: Driver, bare: float, samples: dict[str, float]) -> Iterator[Figure]:
    for where, words in (("out", "out of scope"), ("in", "in scope")):
        cost = samples[f"{call}/{driver.name}/{where}"]
        note = f"{cost:,.0f} ns"
        yield Figure(f"VM {SERIES}, {NAMES[call]}: {driver.name}, {words}", round(cost / bare, 3), "x bare", note=note)


def _read(path: Path) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = json.loads(path.read_text())
    return samples


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
