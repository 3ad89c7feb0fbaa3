"""The classic probe: what is checked before it is loaded, and what is taken out for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.bpf import load, probe
from loader import bpf, kernel_module
from tests.loader import object_files
from tests.loader.conftest import Wish
from tests.loader.repository_server import Repository

RELEASE = os.uname().release
NAME = f"agent_probe_debian_{RELEASE}_1.o"


@dataclass
class FakePins:
    """Stands in for the BPF file system."""

    folder: Path
    in_use: list[str] = field(default_factory=list)
    loaded: list[bytes] = field(default_factory=list)

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """Yield a folder that gets the probe's name."""
        unfinished = self.folder / probe.UNFINISHED
        unfinished.mkdir(parents=True)
        yield unfinished
        unfinished.rename(self.folder / probe.identity())

    def object_file(self, path: Path, pins: Path) -> tuple[int, list[tuple[str, str]]]:
        """Load an object."""
        self.loaded.append(path.read_bytes())
        return 7, [("fill_x", "too complex")]


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePins:
    """Pin into a folder."""
    fake = FakePins(tmp_path / "pins")
    monkeypatch.setattr(probe, "PINS", fake.folder)
    monkeypatch.setattr(probe, "unfinished", fake.unfinished)
    monkeypatch.setattr(probe, "in_use", lambda name: name in fake.in_use)
    monkeypatch.setattr(load, "object_file", fake.object_file)
    monkeypatch.setattr(kernel_module, "loaded_version", lambda: None)
    return fake


def test_a_probe_that_passes_is_loaded_and_kept(wish: Wish, repository: Repository, pins: FakePins) -> None:
    content = object_files.probe()
    repository.add(NAME, content)
    outcome = bpf.acquire(wish.request())
    assert outcome.way == "downloaded", outcome.steps
    assert "7 programs; this kernel refused fill_x: too complex" in outcome.steps[-1].sentence
    assert bpf.acquire(wish.request()).way == "running"
    (pins.folder / probe.identity()).rmdir()
    assert bpf.acquire(wish.request()).way == "stored"
    assert pins.loaded == [content, content]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (object_files.probe("6.1.0-1-other"), "is for the kernel 6.1.0-1-other"),
        (object_files.probe(named="0_0_9-abcdef"), "is the classic eBPF probe 0_0_9-abcdef"),
        (object_files.module(), "is for the machine 62"),
        (object_files.probe()[:-100], "is not a whole eBPF object"),
    ],
    ids=["wrong kernel", "wrong version", "a module", "truncated"],
)
def test_what_is_listed_and_yet_wrong_is_refused(
    wish: Wish, repository: Repository, pins: FakePins, content: bytes, reason: str
) -> None:
    repository.add(NAME, content)
    outcome = bpf.acquire(wish.request())
    assert not outcome.ready
    assert reason in outcome.reasons[2]
    assert pins.loaded == []


def test_a_probe_of_another_version_is_replaced_unless_it_is_in_use(
    wish: Wish, repository: Repository, pins: FakePins
) -> None:
    repository.add(NAME, object_files.probe())
    old = pins.folder / "0_0_9-abcdef"
    old.mkdir(parents=True)
    pins.in_use.append(old.name)
    outcome = bpf.acquire(wish.request())
    assert "an agent captures with the classic eBPF probe 0_0_9-abcdef" in outcome.reasons[-1]
    assert old.exists()
    pins.in_use.clear()
    assert bpf.acquire(wish.request()).ready
    assert [path.name for path in pins.folder.iterdir()] == [probe.identity()]


def test_beside_a_capture_with_the_module_no_probe_is_loaded(
    wish: Wish, repository: Repository, pins: FakePins, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add(NAME, object_files.probe())
    monkeypatch.setattr(kernel_module, "loaded_version", lambda: "0.1.0")
    monkeypatch.setattr(kernel_module, "holder", lambda: "agent (process 12)")
    outcome = bpf.acquire(wish.request())
    assert outcome.reasons == (
        "running: agent (process 12) captures with the kernel module agent_probe, and one kernel driver works at a "
        "time; stop it",
    )


def test_where_there_is_no_bcc_a_sentence_says_how_to_get_it(
    wish: Wish, pins: FakePins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bpf, "INTERPRETERS", (str(tmp_path / "python3"),))
    outcome = bpf.acquire(wish.request(compile=True))
    assert "has bcc; install it: apt-get install python3-bpfcc" in outcome.reasons[-1]


def test_where_there_are_no_headers_a_sentence_says_how_to_get_them(
    wish: Wish, pins: FakePins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bpf, "_has_bcc", lambda _interpreter: True)
    outcome = bpf.acquire(wish.request(compile=True, host_root=tmp_path))
    assert f"there are no headers of the kernel {RELEASE}" in outcome.reasons[-1]
    assert f"linux-headers-{RELEASE}" in outcome.reasons[-1]
