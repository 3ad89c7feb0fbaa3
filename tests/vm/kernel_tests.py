"""What is tested on one kernel: its guest's luggage is built and packed, it is booted, its results are read."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.vm import drivers, guest, images, luggage, modules, probes
from tests.vm.drivers import Driver
from tests.vm.images import Image
from tests.vm.kernels import Kernel
from tests.vm.mirror import MirrorError
from tests.vm.report import Result, read_results

BUILD = images.REPOSITORY / "build/vm"
TESTS = ("tests/vm/test_host_wide.py", "tests/vm/test_same_alert.py")
TESTS_OF_SEVERAL_DRIVERS = ("tests/vm/test_parity.py",)
TESTS_WITHOUT_BTF = ("tests/vm/test_without_btf.py",)
TESTS_OF_THE_MODULE = ("tests/vm/test_module.py",)
# A run of its own: it builds again in each guest, with DKMS and bcc, which takes as long as all of the others.
TESTS_OF_THE_LOADER = ("tests/vm/test_loader.py",)
STRESS = ("tests/vm/test_stress.py",)

# Everything that is opened often lies on a tmpfs. HOME is there too, so that nothing looks into the host's.
UNPACK = f"""\
set -e
mkdir -p /run/agent-test/home
tar -xf {guest.SHARE}/luggage.tar -C /run/agent-test
cd /run/agent-test/repository
export AGENT=/run/agent-test/bin/agent PYTHONPATH=/run/agent-test/repository:/run/agent-test/site
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
export HOME=/run/agent-test/home LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 AGENT_LAB_FILES={guest.SHARE}
set +e
"""
RUN_TESTS = """\
echo "booted $(uname -r); the tests begin $(cut -d ' ' -f 1 /proc/uptime) s after the start"
export AGENT_LAB_DRIVERS='{drivers}' AGENT_LAB_DKMS={dkms}
{python} -m pytest -v -p no:cacheprovider --tb=short -o junit_family=xunit1 --junitxml={share}/results.xml {tests}
"""


# Two kernels may come from the same suite, whose folder in the cache only one may work in.
_FETCHING = threading.Lock()


@dataclass
class Tested:
    """One kernel after its tests. `release` is empty when there was none to boot."""

    kernel: Kernel
    drivers: tuple[Driver, ...]
    release: str = ""
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0


def drivers_for(kernel: Kernel, wanted: tuple[Driver, ...] = drivers.DRIVERS) -> tuple[Driver, ...]:
    """Return the drivers that can work on a kernel at all."""
    return tuple(driver for driver in wanted if kernel.has_btf or not driver.needs_btf)


def fetch(kernel: Kernel, say: Callable[[str], None]) -> Image | str:
    """Return a kernel to boot, or a sentence that says why there is none."""
    try:
        with _FETCHING:
            return images.fetch(kernel, images.cache_folder(), say)
    except (MirrorError, OSError, subprocess.SubprocessError) as error:
        return f"there is no kernel to boot: {error}"


def empty_share(kernel: Kernel) -> Path:
    """Return the folder that the guest of a kernel shares with the host, empty."""
    folder = BUILD / kernel.series
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def test_kernel(
    kernel: Kernel, wanted: tuple[Driver, ...], timeout: float, say: Callable[[str], None], loader: bool
) -> Tested:
    """Run the tests of every driver that is wanted in one guest, or those of the loader, which brings the drivers.

    Whatever goes wrong is a failed result.
    """
    started = time.monotonic()
    tested = Tested(kernel, drivers_for(kernel, wanted))
    image = fetch(kernel, say)
    if isinstance(image, str):
        tested.results = [Result(driver.name, "kernel", "failed", image) for driver in tested.drivers]
        return tested
    tested.release = image.release
    share = empty_share(kernel)
    runnable = []
    for driver in tested.drivers:
        try:
            build(driver, image, share, say)
            runnable.append(driver)
        except (modules.BuildError, OSError, subprocess.SubprocessError) as error:
            (share / f"{driver.name}.build.log").write_text(str(error))
            tested.results.append(Result(driver.name, "build", "failed", str(error).partition("\n")[0]))
    tests: tuple[str, ...]
    if loader:
        # What was not built can't be served to the loader, whose tests then say so.
        tests = TESTS_OF_THE_LOADER
    elif not (tests := _tests(kernel, runnable)):
        return tested
    luggage.pack(share / "luggage.tar")
    say(f"booting {image.release}")
    ended = guest.run(
        image,
        UNPACK
        + RUN_TESTS.format(
            drivers=" ".join(driver.name for driver in runnable),
            dkms="1" if kernel.dkms and not loader else "''",
            python=luggage.interpreter(),
            share=guest.SHARE,
            tests=" ".join(tests),
        ),
        share,
        timeout,
        lambda line: print(f"{kernel.series:>5} | {line}", flush=True),
    )
    (share / "luggage.tar").unlink()
    tested.results += (found := read_results(share / "results.xml"))
    # Status 1 of pytest says that tests failed, which the results say already.
    if ended.status not in (0, 1) or not found:
        reason = ended.reason or f"pytest ended with status {ended.status} in the guest; see {share / 'output'}"
        tested.results += [Result(driver.name, "guest", "failed", reason) for driver in runnable]
    tested.seconds = time.monotonic() - started
    return tested


def _tests(kernel: Kernel, runnable: list[Driver]) -> tuple[str, ...]:
    """Return the files of tests that have something to test; in a file without any, every test would be skipped."""
    tests: tuple[str, ...] = () if kernel.has_btf else TESTS_WITHOUT_BTF
    if runnable:
        tests += TESTS
    if len({driver.kind for driver in runnable}) > 1:
        tests += TESTS_OF_SEVERAL_DRIVERS
    if drivers.KMOD in runnable:
        tests += TESTS_OF_THE_MODULE + (STRESS if kernel.stress else ())
    return tests


def build(driver: Driver, image: Image, share: Path, say: Callable[[str], None]) -> None:
    """Put what a driver needs into the folder that the guest sees. Raises BuildError."""
    if driver.file is None:
        return
    say(f"building {driver.file}")
    if driver is drivers.KMOD:
        shutil.copy(modules.build_module(image, images.cache_folder()), share / driver.file)
        modules.build_stress(share / "stress")
    else:
        shutil.copy(probes.build_probe(image, images.cache_folder()), share / driver.file)
