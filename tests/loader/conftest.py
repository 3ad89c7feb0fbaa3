"""A repository on loopback, and a kernel that takes every module instead of the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loader import kernel_module
from loader.acquisition import Http, NotThisWay, Request
from loader.kernel import Kernel, Target
from tests.loader.repository_server import Repository, serve

FAST = Http(timeout=5, connect_timeout=2, attempts=4, pause=0.01)


@dataclass
class FakeKernel:
    """What the kernel would do: nothing here touches the real one."""

    loaded: str | None = None
    user: str | None = None
    refuses: str = ""
    inserted: list[bytes] = field(default_factory=list)

    def insert(self, path: Path) -> None:
        """Take a file."""
        if self.refuses:
            raise NotThisWay(self.refuses)
        self.inserted.append(path.read_bytes())
        said = path.read_bytes().split(b"version=", 1)[1]
        self.loaded = said[: said.index(b"\0")].decode()

    def remove(self) -> None:
        """Let go, unless somebody captures."""
        if self.loaded is not None and self.user:
            raise NotThisWay(f"in use: {self.user} captures with it")
        self.loaded = None

    def verify(self, version: str, _host_root: Path) -> None:
        """Answer with the loaded version."""
        if self.loaded != version:
            raise NotThisWay(f"it is {self.loaded}")

    def modprobe(self, _host_root: Path) -> None:
        """There is nothing installed."""
        raise NotThisWay("no such module")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    """Stand in for the running kernel."""
    fake = FakeKernel()
    monkeypatch.setattr(kernel_module, "loaded_version", lambda: fake.loaded)
    monkeypatch.setattr(kernel_module, "insert", fake.insert)
    monkeypatch.setattr(kernel_module, "remove", fake.remove)
    monkeypatch.setattr(kernel_module, "verify", fake.verify)
    monkeypatch.setattr(kernel_module, "holder", lambda: fake.user)
    monkeypatch.setattr(kernel_module, "probe_installed", fake.modprobe)
    return fake


@pytest.fixture
def repository() -> Iterator[Repository]:
    """Serve an empty repository."""
    with serve() as served:
        yield served


@dataclass
class Wish:
    """Builds requests for the running kernel, as if this were an x86-64 Debian."""

    store: Path
    repositories: tuple[str, ...]
    sentences: list[str] = field(default_factory=list)

    def request(self, **changes: object) -> Request:
        """Return a request; `changes` are fields of it."""
        release = os.uname().release
        fields: dict[str, object] = {
            "kernel": Kernel(release, "#1 SMP", "x86_64"),
            "target": Target("debian", release, "1"),
            "repositories": self.repositories,
            "compile": False,
            "http": FAST,
            "store": self.store,
            "say": self.sentences.append,
        }
        return Request(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def wish(tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Wish:
    """Return what builds requests to the repository, with a store of its own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Wish(tmp_path / "store", (repository.url,))
