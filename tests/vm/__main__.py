"""`make vm-test`: boot each kernel in a virtual machine, run the host-wide tests there, print a grid.

python -m tests.vm                     all kernels
python -m tests.vm 6.1 6.12            these
python -m tests.vm 6.1 --run COMMAND   a shell command of your own instead of the tests
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.vm import guest, images, luggage
from tests.vm.kernels import KERNELS, Kernel
from tests.vm.mirror import MirrorError
from tests.vm.report import Cell, grid, read_results

BUILD = images.REPOSITORY / "build/vm"
TESTS = "tests/vm/test_host_wide.py"

# Everything that is opened often lies on a tmpfs. HOME is there too, so that nothing looks into the host's.
UNPACK = f"""\
set -e
mkdir -p /run/agent-test/home
tar -xf {guest.SHARE}/luggage.tar -C /run/agent-test
cd /run/agent-test/repository
export AGENT=/run/agent-test/bin/agent PYTHONPATH=/run/agent-test/repository:/run/agent-test/site
export HOME=/run/agent-test/home LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1
set +e
"""
RUN_TESTS = f"""\
echo "booted $(uname -r); the tests begin $(cut -d ' ' -f 1 /proc/uptime) s after the start"
{luggage.interpreter()} -m pytest -v -p no:cacheprovider --tb=short --junitxml={guest.SHARE}/results.xml {TESTS}
"""


def main() -> int:
    """Run the lab and return 0 when every kernel that was tested passed and at least one was tested."""
    arguments = _arguments()
    kernels = [kernel for kernel in KERNELS if not arguments.kernels or kernel.series in arguments.kernels]
    if reason := _reason_not_to_boot():
        print(f"Error: {reason}", file=sys.stderr)
        return 2
    if arguments.run:
        return max(_run_command(kernel, arguments.run, arguments.timeout) for kernel in kernels)
    started = time.monotonic()
    cells: list[Cell] = []
    for kernel in kernels:
        cells += _test(kernel, arguments.timeout, named=kernel.series in arguments.kernels)
    print()
    print(grid(cells))
    counts = {outcome: sum(cell.outcome == outcome for cell in cells) for outcome in ("passed", "failed", "skipped")}
    print(f"vm-test took {time.monotonic() - started:.0f} s; logs are in {BUILD.relative_to(images.REPOSITORY)}")
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    return 0 if counts["passed"] and not counts["failed"] else 1


def _arguments() -> argparse.Namespace:
    known = [kernel.series for kernel in KERNELS]
    parser = argparse.ArgumentParser(prog="python -m tests.vm", description="Test the agent in virtual machines.")
    parser.add_argument("kernels", nargs="*", metavar="KERNEL", help=f"of {', '.join(known)}; without any, all")
    parser.add_argument("--run", metavar="COMMAND", help="run a shell command in the guest instead of the tests")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that one guest may take (default: 900)")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.kernels if name not in known]:
        parser.error(f"unknown kernel {', '.join(unknown)}: the lab knows {', '.join(known)}")
    return arguments


def _reason_not_to_boot() -> str | None:
    missing = [
        f"{name} ({package})"
        for name, package in (("vng", "virtme-ng"), ("qemu-system-x86_64", "qemu-system-x86"), ("depmod", "kmod"))
        if not shutil.which(name, path=f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin")
    ]
    if missing:
        return f"virtual machines need {', '.join(missing)}; `make vm-test` installs them as root."
    return None


def _say(series: str, text: str) -> None:
    print(f"vm-test: {series}: {text}", flush=True)


def _share(series: str) -> Path:
    folder = BUILD / series
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run_command(kernel: Kernel, command: str, timeout: float) -> int:
    try:
        image = images.fetch(kernel, images.cache_folder(), lambda text: _say(kernel.series, text))
    except (MirrorError, OSError, subprocess.SubprocessError) as error:
        _say(kernel.series, f"skipped: {error}")
        return 1
    share = _share(kernel.series)
    luggage.pack(share / "luggage.tar")
    _say(kernel.series, f"booting {image.release}")
    outcome = guest.run(image, UNPACK + command + "\n", share, timeout, print)
    _say(kernel.series, outcome.reason or f"ended with status {outcome.status} after {outcome.seconds:.0f} s")
    return 1 if outcome.status is None else outcome.status


def _test(kernel: Kernel, timeout: float, named: bool) -> list[Cell]:
    """Test one kernel. One that cannot be had is skipped, or failed when it was asked for by name."""
    series = kernel.series
    try:
        image = images.fetch(kernel, images.cache_folder(), lambda text: _say(series, text))
    except (MirrorError, OSError, subprocess.SubprocessError) as error:
        outcome = "failed" if named else "skipped"
        _say(series, f"{outcome}: there is no kernel to boot: {error}")
        return [Cell(series, "kernel", outcome, str(error))]
    share = _share(series)
    luggage.pack(share / "luggage.tar")
    _say(series, f"booting {image.release}")
    ended = guest.run(
        image, UNPACK + RUN_TESTS, share, timeout, lambda line: print(f"{series:>5} | {line}", flush=True)
    )
    (share / "luggage.tar").unlink()
    cells = read_results(image.release, share / "results.xml")
    # Status 1 of pytest says that tests failed, which the cells say already.
    if ended.status not in (0, 1) or not cells:
        reason = ended.reason or f"pytest ended with status {ended.status} in the guest; see {share / 'output'}"
        cells.append(Cell(image.release, "guest", "failed", reason))
    bad = [cell for cell in cells if cell.outcome == "failed"]
    _say(series, f"{'FAILED' if bad else 'passed'} after {ended.seconds:.0f} s")
    for cell in bad:
        _say(series, f"  {cell.test}: {cell.reason}")
    return cells


if __name__ == "__main__":
    sys.exit(main())
