"""`make vm-test`: boot each kernel in a virtual machine, run the host-wide tests there with each driver, print a grid.

python -m tests.vm                     all kernels with all drivers; writes docs/kernels.md
python -m tests.vm 6.1 6.12            these; --write rewrites their rows of the page
python -m tests.vm --driver kmod       this driver alone
python -m tests.vm --loader            the loader's ways to a driver instead, on all kernels; writes its table
python -m tests.vm 6.1 --run COMMAND   a shell command of your own instead of the tests
"""

import argparse
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.vm import drivers, guest, images, kernels_page, loader_page, luggage
from tests.vm.kernel_tests import BUILD, UNPACK, Tested, empty_share, fetch, test_kernel
from tests.vm.kernels import KERNELS, Kernel


def main() -> int:
    """Run the lab and return 0 when every driver that was wanted passed on every kernel that was wanted."""
    arguments = _arguments()
    kernels = [kernel for kernel in KERNELS if not arguments.kernels or kernel.series in arguments.kernels]
    wanted = tuple(drivers.named(name) for name in arguments.driver) or drivers.DRIVERS
    if reason := _reason_not_to_boot():
        print(f"Error: {reason}", file=sys.stderr)
        return 2
    if arguments.run:
        return max(_run_command(kernel, arguments.run, arguments.timeout) for kernel in kernels)
    page = loader_page if arguments.loader else kernels_page
    started = time.monotonic()

    def test(kernel: Kernel) -> Tested:
        tested = test_kernel(kernel, wanted, arguments.timeout, lambda text: _say(kernel, text), arguments.loader)
        _say(kernel, f"{'FAILED' if page.red([tested]) else 'passed'} after {tested.seconds:.0f} s")
        return tested

    with ThreadPoolExecutor(arguments.jobs) as pool:
        run = list(pool.map(test, kernels))
    print()
    print(page.grid(run))
    if arguments.write or not (arguments.kernels or arguments.driver):
        page.write(run)
        print(f"wrote {page.PAGE.relative_to(images.REPOSITORY)}")
    print(f"vm-test took {time.monotonic() - started:.0f} s; logs are in {BUILD.relative_to(images.REPOSITORY)}")
    for sentence in (red := page.red(run)):
        print(f"red: {sentence}")
    return 1 if red or not run else 0


def _arguments() -> argparse.Namespace:
    known, names = [kernel.series for kernel in KERNELS], [driver.name for driver in drivers.DRIVERS]
    parser = argparse.ArgumentParser(prog="python -m tests.vm", description="Test the agent in virtual machines.")
    parser.add_argument("kernels", nargs="*", metavar="KERNEL", help=f"of {', '.join(known)}; without any, all")
    parser.add_argument("--driver", action="append", choices=names, default=[], help="only this driver; repeatable")
    parser.add_argument("--loader", action="store_true", help="test the loader's ways to a driver instead")
    parser.add_argument("--write", action="store_true", help="write the page also for a part of the kernels")
    parser.add_argument("--run", metavar="COMMAND", help="run a shell command in the guest instead of the tests")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="guests at once (default: 2)")
    parser.add_argument("--timeout", type=float, default=2700, help="seconds that one guest may take (default: 2700)")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.kernels if name not in known]:
        parser.error(f"unknown kernel {', '.join(unknown)}: the lab knows {', '.join(known)}")
    if arguments.loader and arguments.driver:
        parser.error("--loader needs all drivers: it brings each of them")
    if arguments.write and arguments.driver:
        parser.error("--write needs all drivers: a row that lacks some would call them untested")
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


def _say(kernel: Kernel, text: str) -> None:
    print(f"vm-test: {kernel.series}: {text}", flush=True)


def _run_command(kernel: Kernel, command: str, timeout: float) -> int:
    image = fetch(kernel, lambda text: _say(kernel, text))
    if isinstance(image, str):
        _say(kernel, image)
        return 1
    share = empty_share(kernel)
    luggage.pack(share / "luggage.tar")
    _say(kernel, f"booting {image.release}")
    outcome = guest.run(image, UNPACK + command + "\n", share, timeout, print)
    _say(kernel, outcome.reason or f"ended with status {outcome.status} after {outcome.seconds:.0f} s")
    return 1 if outcome.status is None else outcome.status


if __name__ == "__main__":
    sys.exit(main())
