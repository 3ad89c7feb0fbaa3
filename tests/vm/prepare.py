"""In the guest: what a driver needs before the agent is started with it, and how that is taken out again.

The host says by variables what is to be run: AGENT_LAB_DRIVERS names the drivers, AGENT_LAB_FILES is the folder with
what was built for them, and AGENT_LAB_DKMS is set where the module is to be built in the guest, by DKMS.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.live.agent_process import REPOSITORY
from tests.vm import drivers
from tests.vm.drivers import Driver

# The interpreter that Debian's bcc belongs to.
DISTRIBUTION_PYTHON = "/usr/bin/python3"
# Emulated, with headers on a slow file system, a compiler takes its time.
PATIENCE = 900


def to_run() -> list[Driver]:
    """Return the drivers that this guest is to be tested with."""
    return [drivers.named(name) for name in os.environ.get("AGENT_LAB_DRIVERS", "").split()]


@contextlib.contextmanager
def loaded(driver: Driver) -> Iterator[None]:
    """Load what the driver needs before the agent starts. Raises AssertionError with what the command said."""
    if driver is drivers.KMOD:
        if os.environ.get("AGENT_LAB_DKMS"):
            if modules_folder().is_symlink():
                install_by_dkms()
            must_run(["modprobe", "agent_probe"])
        else:
            must_run(["insmod", built(driver)])
        try:
            yield
        finally:
            must_run(["rmmod", "agent_probe"])
    elif driver.kind == "ebpf":
        if driver is drivers.BCC:
            said = must_run([DISTRIBUTION_PYTHON, "-m", "drivers.bpf", "load", "--bcc"])
        else:
            said = must_run([sys.executable, "-m", "drivers.bpf", "load", "--object", built(driver)])
        try:
            assert "refused the program" not in said, said
            yield
        finally:
            must_run([sys.executable, "-m", "drivers.bpf", "unload"])
    else:
        yield


def module_file() -> str:
    """Return the path of the module: built by DKMS in this guest, or by the host."""
    if os.environ.get("AGENT_LAB_DKMS"):
        return must_run(["modinfo", "-F", "filename", "agent_probe"]).strip()
    return built(drivers.KMOD)


def built(driver: Driver) -> str:
    """Return the path of what the host built for a driver."""
    assert driver.file is not None
    return f"{os.environ['AGENT_LAB_FILES']}/{driver.file}"


def modules_folder() -> Path:
    """Return where the running kernel looks for modules: a link to the cache until DKMS has installed one."""
    return Path("/lib/modules", os.uname().release)


def own_modules_folder() -> Path:
    """Return a folder for the modules of this kernel that can be written to, with its headers.

    It has no other modules, so that depmod does not read thousands of them from the host.
    """
    modules = modules_folder()
    if modules.is_symlink():
        headers = {name: (modules / name).resolve() for name in ("build", "source")}
        modules.unlink()
        modules.mkdir()
        for name, folder in headers.items():
            (modules / name).symlink_to(folder)
    return modules


def install_by_dkms() -> None:
    """Build and install the module as a user's DKMS does, from the sources as they are in the repository."""
    modules = own_modules_folder()
    sources = "/var/tmp/agent-probe"
    must_run([sys.executable, "-m", "drivers.kmod", "source", sources])
    must_run(["dkms", "add", sources])
    must_run(["dkms", "autoinstall", "-k", modules.name])


def must_run(command: list[str]) -> str:
    """Run a command and return what it printed. Raises AssertionError when it fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, cwd=REPOSITORY
    )
    assert done.returncode == 0, f"`{' '.join(command)}` ended with status {done.returncode}:\n{done.stdout}"
    return done.stdout
