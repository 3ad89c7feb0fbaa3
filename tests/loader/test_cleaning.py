"""Nothing of the loader's is left after cleaning, and nothing else is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.bpf import probe
from drivers.kmod import source
from loader import cleaning, dkms, module
from tests.loader import object_files
from tests.loader.conftest import FakeKernel, Wish
from tests.loader.repository_server import Repository

NAME = f"agent_probe_debian_{os.uname().release}_1.ko"


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkms, "TREE", tmp_path / "tree")
    monkeypatch.setattr(dkms, "SOURCES", tmp_path / "sources")
    monkeypatch.setattr(probe, "PINS", tmp_path / "pins")


def test_module_sources_and_files_are_removed(
    wish: Wish, repository: Repository, kernel: FakeKernel, tmp_path: Path
) -> None:
    repository.add(NAME, object_files.module())
    assert module.acquire(wish.request()).ready
    source.lay_out(tmp_path / "sources/agent-probe-0.0.9")
    other = tmp_path / "sources/linux-headers-6.1"
    other.mkdir()
    probe_file = next(wish.store.rglob("*.ko")).with_suffix(".o")
    probe_file.write_bytes(b"kept: the module alone is cleaned")
    done = cleaning.clean(wish.request(), ("kmod",))
    assert done.reasons == ()
    assert kernel.loaded is None
    assert any("agent-probe-0.0.9" in sentence for sentence in done.removed)
    assert [path for path in wish.store.rglob("*") if path.is_file()] == [wish.store / "lock", probe_file]
    assert list((tmp_path / "sources").iterdir()) == [other]
    assert cleaning.clean(wish.request()).reasons == ()
    assert [path.name for path in wish.store.rglob("*")] == ["lock"]
    assert cleaning.clean(wish.request()) == cleaning.Cleaned((), ())


def test_a_module_that_is_in_use_stays_and_is_named(wish: Wish, kernel: FakeKernel) -> None:
    kernel.loaded, kernel.user = "0.1.0", "agent (process 12)"
    done = cleaning.clean(wish.request())
    assert kernel.loaded == "0.1.0"
    assert any("agent (process 12) captures" in reason for reason in done.reasons)
