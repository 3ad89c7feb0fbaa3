"""These tests capture the whole host, so they run in a virtual machine only, with each driver that the lab names."""

import os
from collections.abc import Iterator

import pytest

from tests.vm import kernel_log, prepare
from tests.vm.drivers import Driver
from tests.vm.guest import is_guest


@pytest.fixture(autouse=True, scope="session")
def virtual_machine() -> None:
    """Skip every test outside a guest of the lab: on a host they would watch other people's processes."""
    if not is_guest():
        pytest.skip("this captures the whole host and runs only in a virtual machine: make vm-test")
    if os.geteuid() != 0:
        pytest.fail("tests in a guest run as root")


@pytest.fixture(scope="module", params=prepare.to_run(), ids=lambda driver: driver.name)
def driver(request: pytest.FixtureRequest, virtual_machine: None) -> Iterator[Driver]:
    """Return a driver, ready for the agent; at the end nothing of it is left and the kernel has not complained."""
    found: Driver = request.param
    kernel_log.mark(found.name)
    with prepare.loaded(found):
        yield found
    assert kernel_log.complaints_since(found.name) == []
