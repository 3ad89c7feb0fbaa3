"""These tests capture the whole host, so they run in a virtual machine only."""

import pytest

from tests.live.privileges import reason_not_to_run
from tests.vm.guest import is_guest


@pytest.fixture(autouse=True, scope="session")
def virtual_machine() -> None:
    """Skip every test outside a guest of the lab: on a host they would watch other people's processes."""
    if not is_guest():
        pytest.skip("this captures the whole host and runs only in a virtual machine: make vm-test")
    if reason := reason_not_to_run():
        pytest.fail(reason)
