"""The probe, compiled once for each kernel that the tests can compile it for."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bpf.kernels import Target, targets


@pytest.fixture(scope="session")
def compiled_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Target], Path]:
    """Return a function that gives the object for a kernel."""
    folder = tmp_path_factory.mktemp("probes")
    made: dict[Target, Path] = {}

    def compiled(target: Target) -> Path:
        if shutil.which("clang") is None:
            pytest.skip("the probe is compiled with clang, which is not installed")
        if target not in made:
            made[target] = target.compile(folder)
        return made[target]

    return compiled


@pytest.fixture(scope="session")
def running(compiled_for: Callable[[Target], Path]) -> Path:
    """The object for the running kernel."""
    target = next((target for target in targets() if target.running), None)
    if target is None:
        pytest.skip("neither headers of the running kernel, nor its BTF together with bpftool, are on this machine")
    return compiled_for(target)
