"""These tests load the kernel module, so they run in a guest of the lab only."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm.guest import is_guest

LOADED = Path("/sys/module/agent_probe")


@pytest.fixture(scope="session")
def module_file() -> Path:
    """Return the module built for this kernel; skip outside a guest that has it."""
    if not is_guest():
        pytest.skip("this loads a kernel module and runs only in a virtual machine: make vm-test")
    folder = os.environ.get("AGENT_LAB_FILES")
    if not folder:
        pytest.skip("the lab built no kernel module for this guest: AGENT_LAB_FILES is not set")
    return Path(folder, "agent_probe.ko")


@pytest.fixture(scope="module")
def module(module_file: Path) -> Iterator[None]:
    """Load the module, and unload it after the tests of a file."""
    if LOADED.exists():
        yield
        return
    subprocess.run(["insmod", str(module_file)], check=True, timeout=120)
    yield
    subprocess.run(["rmmod", "agent_probe"], check=True, timeout=120)
