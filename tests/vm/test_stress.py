"""The module while everything is done to it at once for a minute, and what the kernel is left with."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.vm import kernel_log, prepare
from tests.vm.drivers import KMOD, Driver

SECONDS = 60
# Where the allocations of the module are counted, with the kB by which the rest of the system may move them meanwhile.
TOLERANCE = {"VmallocUsed": 1024, "SUnreclaim": 6144, "Percpu": 512}
LEAKS = Path("/sys/kernel/debug/kmemleak")

pytestmark = pytest.mark.parametrize("driver", [KMOD], indirect=True, ids=[KMOD.name])


def stress(seconds: int) -> tuple[int, str]:
    """Run the program that tests/vm/stress.c is; return its status and what it printed."""
    done = subprocess.run(
        [f"{os.environ['AGENT_LAB_FILES']}/stress", str(seconds), prepare.module_file()],
        capture_output=True,
        text=True,
        timeout=20 * SECONDS,
    )
    return done.returncode, done.stdout + done.stderr


def memory() -> dict[str, int]:
    """Return kB by their names in /proc/meminfo, after what the kernel can give back at once."""
    for _ in range(3):
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
        time.sleep(1)
    found = dict(re.findall(r"^(\w+): +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE))
    return {name: int(found[name]) for name in TOLERANCE}


def unloaded_memory() -> dict[str, int]:
    """Return `memory` without the module, and load it again."""
    prepare.must_run(["rmmod", "agent_probe"])
    found = memory()
    prepare.must_run(["insmod", prepare.module_file()])
    return found


def test_a_minute_of_everything_at_once(driver: Driver) -> None:
    stress(5)  # what is set up once and kept, caches of the kernel above all, is not a leak
    before = unloaded_memory()
    if LEAKS.exists():
        LEAKS.write_text("clear")
    status, said = stress(SECONDS)
    print(said)
    assert status == 0, said
    counters = json.loads(said.splitlines()[-1])
    least = {"claims": 20, "starts": 15, "bytes": 1 << 17, "bad_calls": 300, "refused_opens": 50, "kills": 10}
    least |= {"unloads": 5, "unloads_refused": 10}
    assert {name: counters[name] for name, wanted in least.items() if counters[name] < wanted} == {}, counters
    assert counters["loads"] == counters["unloads"]
    after = unloaded_memory()
    grown = {name: after[name] - before[name] for name in TOLERANCE if after[name] - before[name] > TOLERANCE[name]}
    assert grown == {}, f"kB before: {before}, after: {after}"
    if LEAKS.exists():
        LEAKS.write_text("scan")
        LEAKS.write_text("scan")
        assert LEAKS.read_text() == ""
    assert kernel_log.complaints_since(driver.name) == []
