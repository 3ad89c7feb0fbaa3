"""The loader on the running kernel, in a mount namespace of its own: what it finds, tries and takes out again.

Agents that it starts capture one process of its own; probes are pinned in a BPF file system that nobody else sees.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.version import __version__
from loader import checksums, names
from loader.facts.distribution import distribution
from loader.kernel_calls import RealKernelCalls
from loader.machine import Machine
from tests.bpf.conftest import compiled_for, running  # noqa: F401  fixtures
from tests.live.privileges import reason_not_to_run

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.live, pytest.mark.slow]

OWN_PINS = "mount -t bpf -o mode=0700 bpf /sys/fs/bpf"
NO_BTF = "mount -t tmpfs none /sys/kernel/btf"
NO_CAPABILITY = "setpriv --bounding-set=-sys_admin,-bpf,-perfmon,-sys_module"


@pytest.fixture(autouse=True)
def live() -> None:
    if reason := reason_not_to_run():
        pytest.skip(reason)
    for tool in ("unshare", "setpriv", "mount"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def loader(store: Path, *words: str, before: str = "true", within: str = "") -> subprocess.CompletedProcess[str]:
    """Run the loader where no probe is loaded; `before` changes what it sees, `within` what it may do."""
    command = [sys.executable, "-m", "loader", *words, "--store", str(store)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DRIVER", "FALCO"))}
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{OWN_PINS} && {before} && exec {within} "$@"', "sh", *command],
        capture_output=True,
        text=True,
        timeout=300,
        env={**variables, "PYTHONPATH": str(REPOSITORY), "HOST_ROOT": "/"},
    )


def attempts(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {attempt["driver"]: attempt for attempt in json.loads(done.stdout)["attempts"]}


def reasons(attempt: dict[str, Any]) -> str:
    return " | ".join(reason["reason"] for reason in attempt["reasons"])


@pytest.fixture
def repository(running: Path, tmp_path: Path) -> str:  # noqa: F811
    """Lay the probe of this kernel out as a repository."""
    machine = Machine.here("/")
    target = distribution(machine).target.value
    assert target is not None
    name = names.file_name("ebpf", target)
    folder = tmp_path / "repository" / __version__ / machine.kernel.arch
    folder.mkdir(parents=True)
    shutil.copy(running, folder / name)
    (folder / names.CHECKSUMS).write_bytes(checksums.render({name: checksums.of_file(folder / name)}))
    return (tmp_path / "repository").as_uri()


def test_auto_takes_modern_ebpf_after_seeing_an_event(tmp_path: Path) -> None:
    done = loader(tmp_path / "store", "auto", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["driver"] == "modern_ebpf"
    assert found["commands"] == ["agent --modern-bpf"]
    assert "captured an event" in reasons(attempts(done)["modern_ebpf"])
    assert not (tmp_path / "store").exists()


def test_doctor_says_what_this_kernel_is(tmp_path: Path) -> None:
    done = loader(tmp_path / "store", "doctor", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    states = {each["driver"]: each["state"] for each in found["drivers"]}
    assert states["modern_ebpf"] == "works"
    said = {each["driver"]: reasons(each) for each in found["drivers"]}
    facts = {fact["name"]: fact["value"] for fact in found["facts"]}
    if not Path("/proc/modules").exists():
        assert states["kmod"] == "not possible"
        assert "the kernel loads no modules" in said["kmod"]
    if not Path("/lib/modules", os.uname().release, "build").exists():
        assert "there are no headers of kernel" in said["kmod"]
        assert states["ebpf"] == "not possible"
    level = RealKernelCalls().lockdown()
    if level is not None and "[none]" not in level:
        assert facts["lockdown"] in level
        assert "auto leaves it out: a kernel in lockdown" in said["kmod"]
        assert found["order"] == ["modern_ebpf", "ebpf", "pdig"]


def test_without_btf_the_prebuilt_probe_is_taken(repository: str, tmp_path: Path) -> None:
    done = loader(tmp_path / "store", "auto", "--json", "--download", "--repo", repository, before=NO_BTF)
    assert done.returncode == 0, done.stderr
    found = attempts(done)
    assert json.loads(done.stdout)["driver"] == "ebpf"
    assert found["modern_ebpf"]["state"] == "impossible"
    assert "the kernel's BTF is missing" in reasons(found["modern_ebpf"])
    assert "downloaded now" in reasons(found["ebpf"])
    assert "captured an event" in reasons(found["ebpf"])


def test_without_btf_and_without_a_probe_pdig_is_what_is_left(tmp_path: Path) -> None:
    if importlib.util.find_spec("drivers.pdig.tracing") is None:
        pytest.skip("this version has no pdig")
    done = loader(tmp_path / "store", "auto", "--json", "--download", before=NO_BTF)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["driver"] is None
    assert found["commands"] == ["pdig-agent -- COMMAND [ARGUMENT...]", "pdig-agent -p PID"]
    assert "no repository of prebuilt drivers is configured" in reasons(attempts(done)["ebpf"])
    shown = loader(tmp_path / "store", "auto", "--download", before=NO_BTF)
    assert shown.returncode == 1
    assert shown.stdout.splitlines()[-1] == "  pdig-agent -p PID"


def test_without_the_capabilities_no_kernel_driver_is_possible(repository: str, tmp_path: Path) -> None:
    done = loader(tmp_path / "store", "auto", "--json", "--repo", repository, within=NO_CAPABILITY)
    assert done.returncode == 1, done.stderr
    found = attempts(done)
    for driver in ("modern_ebpf", "ebpf"):
        assert found[driver]["state"] == "impossible"
        assert "lacks CAP_BPF and CAP_PERFMON" in reasons(found[driver])
    assert "Traceback" not in done.stderr


def test_a_probe_by_name_stays_loaded_until_it_is_cleaned_away(repository: str, tmp_path: Path) -> None:
    store = f"--json --store {tmp_path / 'store'}"
    run = f"{sys.executable} -m loader"
    steps = (
        f"{run} bpf --download --repo {repository} {store} > {tmp_path}/loaded",
        f"{run} bpf {store} > {tmp_path}/again",
        f"{run} --clean {store} > {tmp_path}/cleaned",
        f"ls -A /sys/fs/bpf > {tmp_path}/left",
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", " && ".join((OWN_PINS, *steps))],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stderr
    for name, way in (("loaded", "downloaded now"), ("again", "is loaded already")):
        attempt = json.loads((tmp_path / name).read_text())["attempts"][0]
        assert attempt["state"] == "chosen"
        assert way in reasons(attempt)
    removed = json.loads((tmp_path / "cleaned").read_text())["removed"]
    assert any("classic eBPF probe" in each for each in removed)
    assert any(each.endswith(".o") for each in removed)
    assert "agent" not in (tmp_path / "left").read_text().split()


def test_a_loader_that_stays_leaves_word_and_takes_it_back_at_the_end(tmp_path: Path) -> None:
    word = tmp_path / "run/driver"
    command = [sys.executable, "-m", "loader", "modern-bpf", "--stay", "--choice-file", str(word)]
    with subprocess.Popen(
        [*command, "--store", str(tmp_path / "store")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    ) as process:
        try:
            deadline = time.monotonic() + 120
            while not word.exists():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert word.read_text() == "modern_ebpf\n"
            time.sleep(0.5)
            assert process.poll() is None, "it stays"
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert not word.exists()


def test_staying_goes_with_making_a_driver_ready(tmp_path: Path) -> None:
    refused = loader(tmp_path, "doctor", "--stay")
    assert refused.returncode == 2
    assert "--stay goes with" in refused.stderr
