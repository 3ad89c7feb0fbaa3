"""What is published is what downloads expect: built for the lab's kernels, served, downloaded, and built by DKMS."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.version import __version__
from loader import bpf, dkms, listing, module, module_file, names, publish
from loader.acquisition import Outcome, Request
from loader.kernel import Kernel, Target
from loader.publish import Job
from tests.loader.conftest import FAST

ROOT = Path(__file__).resolve().parents[2]


def lab_headers() -> Path:
    """Return the headers of a kernel that is in the lab's cache; skips where there is none."""
    cache = Path(os.environ.get("AGENT_VM_CACHE") or ROOT / ".cache/vm")
    found = sorted(cache.glob("kernels/6.1/usr/src/linux-headers-*-amd64"))
    if not found:
        pytest.skip(f"there are no headers of a kernel below {cache}: make vm-test ARGS=6.1 fetches them")
    return found[0]


@pytest.fixture(scope="module")
def headers() -> Path:
    return lab_headers()


@pytest.fixture(scope="module")
def kernel(headers: Path) -> Kernel:
    return Kernel(headers.name.removeprefix("linux-headers-"), "#1 SMP", "x86_64")


@pytest.fixture(scope="module")
def target(kernel: Kernel) -> Target:
    return Target("debian", kernel.release, "1")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("keys")
    private, public = folder / "private.pem", folder / "public.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, kernel: Kernel, target: Target, headers: Path, keys: tuple[Path, Path]
) -> Path:
    """Build both drivers for a kernel of the lab."""
    if shutil.which("make") is None or shutil.which("clang") is None:
        pytest.skip("building drivers needs make, gcc and clang")
    folder = tmp_path_factory.mktemp("published")
    jobs = [Job(driver, kernel, target, headers) for driver in ("kmod", "ebpf")]
    done = publish.publish(folder, jobs, private_key=keys[0])
    assert done.reasons == ()
    assert [path.name for path in done.files] == [names.file_name(driver, target) for driver in ("kmod", "ebpf")]
    return folder


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_what_is_published_is_listed_downloaded_and_passes(
    published: Path, kernel: Kernel, target: Target, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    with serve(published) as url:
        request = Request(
            kernel, target, (url,), compile=False, http=FAST, store=tmp_path / "store", public_key=keys[1]
        )
        found = listing.available(request)
        assert found.reasons == ()
        assert [(each.prebuilt.driver, each.prebuilt.target) for each in found.drivers] == [
            ("kmod", target),
            ("ebpf", target),
        ]
        assert all(each.signed_by for each in found.drivers)
        for outcome in (module.acquire(request), bpf.acquire(request)):
            assert outcome.way == "downloaded", outcome.steps
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", names.CHECKSUMS],
        cwd=published / __version__ / "x86_64",
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
def test_a_signed_repository_is_not_made_unsigned(
    published: Path, kernel: Kernel, target: Target, headers: Path
) -> None:
    done = publish.publish(published, [Job("ebpf", kernel, target, headers)])
    assert done.files == ()
    assert "is signed, and without the private key" in done.reasons[0]


def test_headers_that_are_none_are_a_reason(tmp_path: Path) -> None:
    kernel, target = Kernel("6.1.0", "#1", "x86_64"), Target("debian", "6.1.0", "1")
    jobs = [Job(driver, kernel, target, tmp_path) for driver in ("kmod", "ebpf")]
    done = publish.publish(tmp_path / "repository", jobs)
    assert done.files == ()
    assert "the module could not be built" in done.reasons[0]
    assert "There are no headers of kernel 6.1.0" in done.reasons[1]
    assert not list((tmp_path / "repository").rglob("*.ko"))


@pytest.fixture
def own_dkms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let DKMS work in folders of the test."""
    if shutil.which("dkms", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("dkms is not installed")
    if os.geteuid() != 0:
        pytest.skip("DKMS works as root only")
    tree, sources = tmp_path / "tree", tmp_path / "sources"
    tree.mkdir()
    sources.mkdir()
    monkeypatch.setattr(dkms, "TREE", tree)
    monkeypatch.setattr(dkms, "SOURCES", sources)
    return tree


@pytest.fixture
def wanted(kernel: Kernel, target: Target, headers: Path, tmp_path: Path) -> Request:
    """A request for a kernel whose headers lie below a host's root."""
    folder = tmp_path / "host/lib/modules" / kernel.release
    folder.mkdir(parents=True)
    (folder / "build").symlink_to(headers)
    root = Path("/")
    if not (Path("/lib/modules") / kernel.release).exists():
        root = tmp_path / "host"
        (root / headers.relative_to("/")).parent.mkdir(parents=True)
        (root / headers.relative_to("/")).symlink_to(headers)
    return Request(kernel, target, download=False, store=tmp_path / "store", host_root=root)


def reason(outcome: Outcome) -> str:
    assert not outcome.ready
    return outcome.steps[-1].sentence


@pytest.mark.slow
def test_dkms_builds_what_passes_also_after_it_was_killed(wanted: Request, own_dkms: Path, tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom loader import dkms, module\nfrom loader.acquisition import Request\n"
        "from loader.kernel import Kernel, Target\n"
        f"dkms.TREE, dkms.SOURCES = Path({str(dkms.TREE)!r}), Path({str(dkms.SOURCES)!r})\n"
        f"store, root = Path({str(wanted.store)!r}), Path({str(wanted.host_root)!r})\n"
        f"wanted = Request({wanted.kernel!r}, {wanted.target!r}, download=False, store=store, host_root=root)\n"
        "module.acquire(wanted)\n"
    )
    loader = subprocess.Popen([sys.executable, "-c", script])
    log = dkms.TREE / "agent-probe" / __version__ / "build/make.log"
    deadline = time.monotonic() + 120
    while not log.exists() and time.monotonic() < deadline and loader.poll() is None:
        time.sleep(0.05)
    assert log.exists()
    loader.send_signal(signal.SIGKILL)
    assert loader.wait() == -signal.SIGKILL
    # What it has started works on, and holds the lock; the next loader says so instead of getting in its way.
    assert "another loader" in reason(module.acquire(wanted))
    while "another loader" in str((outcome := module.acquire(wanted)).steps) and time.monotonic() < deadline:
        time.sleep(1)
    assert outcome.way == "built", outcome.steps
    kept = next(wanted.store.rglob("*.ko"))
    assert module_file.read(kept, "x86_64").release == wanted.kernel.release
    assert module.acquire(wanted).way == "stored"


@pytest.mark.slow
def test_when_dkms_fails_the_logs_telling_lines_are_the_reason(
    wanted: Request, own_dkms: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "gcc-99"
    broken.write_text("#!/bin/sh\necho 'error: this compiler is broken' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(dkms.compilers, "candidates", lambda _headers: [[f"CC={broken}"]])
    said = reason(module.acquire(wanted))
    assert "DKMS could not build the module" in said
    assert "error: this compiler is broken" in said
    assert not list(wanted.store.rglob("*.ko"))


def test_without_headers_the_package_is_named(kernel: Kernel, target: Target, own_dkms: Path, tmp_path: Path) -> None:
    request = Request(kernel, target, download=False, store=tmp_path / "store", host_root=tmp_path)
    assert f"install them: apt-get install -y --no-install-recommends linux-headers-{kernel.release}" in reason(
        module.acquire(request)
    )
