"""Versions, and one kernel driver at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.version import __version__
from drivers.bpf import probe
from loader import kernel_headers, module
from tests.loader import object_files
from tests.loader.conftest import FakeKernel, Wish
from tests.loader.repository_server import Repository

RELEASE = os.uname().release
NAME = f"agent_probe_debian_{RELEASE}_1.ko"


@pytest.mark.parametrize("loaded", ["0.0.9", "9.0.0", ""], ids=["older", "newer", "unknown"])
def test_a_module_of_another_version_is_replaced(
    wish: Wish, repository: Repository, kernel: FakeKernel, loaded: str
) -> None:
    repository.add(NAME, object_files.module())
    kernel.loaded = loaded
    outcome = module.acquire(wish.request())
    assert outcome.way == "downloaded"
    assert kernel.loaded == repository.version
    assert f"the module that is loaded is {loaded or 'of no version'}, and {repository.version} is wanted" in str(
        outcome.reasons
    )


def test_a_newer_agent_asks_for_its_own_version(wish: Wish, repository: Repository, kernel: FakeKernel) -> None:
    repository.add(NAME, object_files.module())
    assert module.acquire(wish.request()).ready
    repository.files.clear()
    repository.version = "0.2.0+driver"
    repository.add(NAME, object_files.module(version="0.2.0+driver"))
    assert module.acquire(wish.request(version="0.2.0+driver")).way == "downloaded"
    assert kernel.loaded == "0.2.0+driver"


def test_after_a_reboot_into_another_kernel_its_own_file_is_fetched(
    wish: Wish, repository: Repository, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add(NAME, object_files.module())
    assert module.acquire(wish.request()).way == "downloaded"
    kernel.loaded = None
    new = "6.99.0-1-amd64"
    repository.add(f"agent_probe_debian_{new}_1.ko", object_files.module(new))
    # As if that one ran now.
    from loader.acquisition import Request
    from loader.kernel import Kernel, Target

    monkeypatch.setattr(Request, "loads", True)
    outcome = module.acquire(wish.request(kernel=Kernel(new, "#1", "x86_64"), target=Target("debian", new, "1")))
    assert outcome.way == "downloaded"
    assert new.encode() in kernel.inserted[-1]


def test_while_somebody_captures_with_another_version_it_stays(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    repository.add(NAME, object_files.module())
    kernel.loaded, kernel.user = "0.0.9", "agent (process 12)"
    outcome = module.acquire(wish.request())
    assert not outcome.ready
    assert "agent (process 12) captures with it" in outcome.reasons[-1]
    assert kernel.loaded == "0.0.9"


def test_beside_a_capture_with_the_probe_no_module_is_loaded(
    wish: Wish, repository: Repository, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add(NAME, object_files.module())
    monkeypatch.setattr(probe, "loaded", lambda: ["0_1_0-abc"])
    monkeypatch.setattr(probe, "in_use", lambda _name: True)
    outcome = module.acquire(wish.request())
    assert [step.way for step in outcome.steps] == ["running"]
    assert "captures with the classic eBPF probe 0_1_0-abc" in outcome.reasons[0]
    assert kernel.inserted == []


def test_what_the_kernel_refuses_is_a_reason_and_the_next_way_is_taken(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    repository.add(NAME, object_files.module())
    kernel.refuses = "the kernel takes signed modules only"
    outcome = module.acquire(wish.request(compile=True))
    assert [step.way for step in outcome.steps] == ["running", "installed", "stored", "downloaded", "built"]
    assert "signed modules only" in outcome.reasons[3]


def test_that_it_runs_is_seen_without_a_store(wish: Wish, kernel: FakeKernel, tmp_path: Path) -> None:
    kernel.loaded = __version__
    (tmp_path / "file").touch()
    assert module.acquire(wish.request(store=tmp_path / "file/store")).way == "running"
    kernel.loaded = None
    outcome = module.acquire(wish.request(store=tmp_path / "file/store"))
    assert "cannot be used: Not a directory" in outcome.reasons[0]


def test_in_a_container_the_hosts_sources_are_linked_to_where_headers_look(
    wish: Wish, kernel: FakeKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, sources = tmp_path / "host", tmp_path / "sources"
    headers = host / "usr/src" / f"linux-headers-{RELEASE}"
    (headers / "include/generated").mkdir(parents=True)
    (headers / "include/generated/autoconf.h").touch()
    (host / "usr/src/linux-headers-common").mkdir()
    (host / "lib/modules" / RELEASE).mkdir(parents=True)
    (host / "lib/modules" / RELEASE / "build").symlink_to(f"/usr/src/linux-headers-{RELEASE}")
    sources.mkdir()
    (sources / "linux-headers-common").symlink_to("elsewhere")
    monkeypatch.setattr(kernel_headers, "SOURCES", sources)
    assert kernel_headers.need(wish.request(host_root=host)) == headers
    assert {path.name: os.readlink(path) for path in sources.iterdir()} == {
        headers.name: str(headers),
        "linux-headers-common": "elsewhere",
    }
