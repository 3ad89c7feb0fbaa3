"""A loader that is killed, runs out of disk, or meets another one: the next run puts it right."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loader import module
from loader.store import Store
from tests.loader import object_files
from tests.loader import repository_server as server
from tests.loader.conftest import FakeKernel, Wish
from tests.loader.repository_server import Repository

RELEASE = os.uname().release
NAME = f"agent_probe_debian_{RELEASE}_1.ko"
ROOT = Path(__file__).resolve().parents[2]

# Runs as a process of its own, and kills itself at the Nth of the calls that leave something on the disk.
LOADER = f"""
import builtins, os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from loader import kernel_module, module
from loader.acquisition import Http, NotThisWay, Request
from loader.kernel import Kernel, Target

store, url, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def counted(before):
    def call(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = before(*arguments, **named)
        return done
    return call

for place, name in ((os, "replace"), (os, "fsync"), (os, "open"), (os, "chmod"), (os, "unlink"), (os, "mkdir")):
    setattr(place, name, counted(getattr(place, name)))
opened = Path.open

class Counted:
    def __init__(self, file):
        self.file = file
        self.write_ = counted(file.write)
    def write(self, chunk):
        # Half of a chunk may come to the disk.
        self.write_(chunk[: len(chunk) // 2])
        self.file.flush()
        return self.write_(chunk[len(chunk) // 2 :])
    def __enter__(self):
        self.file.__enter__()
        return self
    def __exit__(self, *why):
        return self.file.__exit__(*why)
    def __getattr__(self, name):
        return getattr(self.file, name)

def open_counted(self, mode="r", *arguments, **named):
    file = opened(self, mode, *arguments, **named)
    return Counted(file) if "a" in mode else file

Path.open = open_counted
kernel_module.loaded_version = lambda: None
kernel_module.verify = lambda version, root: None
kernel_module.remove = lambda: None
kernel_module.insert = lambda path: sys.stdout.buffer.write(path.read_bytes())
release = {RELEASE!r}
outcome = module.acquire(Request(
    Kernel(release, "#1", "x86_64"), Target("debian", release, "1"), (url,), compile=False,
    http=Http(timeout=5, attempts=2, pause=0.01), store=store, say=lambda text: print(text, file=sys.stderr)))
sys.exit(0 if outcome.ready else 1)
"""
MANY = 10_000


def run(store: Path, url: str, killed_at: int = MANY) -> subprocess.CompletedProcess[bytes]:
    """Run the loader; its standard output is what it loads into the kernel."""
    return subprocess.run(
        [sys.executable, "-c", LOADER, str(store), url, str(killed_at)], capture_output=True, timeout=60
    )


@pytest.mark.slow
def test_killed_at_any_point_the_next_run_loads_the_whole_file(tmp_path: Path, repository: Repository) -> None:
    content = object_files.module(padding=150_000)
    repository.add(NAME, content)
    # The network decides how many pieces the file comes in, so the last point is where a loader is not killed any more.
    for point in itertools.count(1):
        store = tmp_path / f"killed at {point}"
        killed = run(store, repository.url, point)
        if killed.returncode == 0:
            assert killed.stdout == content
            assert point > 15
            break
        assert killed.returncode == -signal.SIGKILL, (point, killed.stderr)
        assert killed.stdout == b""
        again = run(store, repository.url)
        assert again.stdout == content, (point, again.stderr)
        left = sorted(path.name for path in store.rglob("*") if path.is_file())
        assert left == sorted([NAME, f"{NAME}.json", "lock"]), point


@pytest.mark.slow
def test_killed_while_a_good_file_is_replaced_nothing_half_is_loaded(tmp_path: Path, repository: Repository) -> None:
    old, new = object_files.module(), object_files.module()
    for point in range(1, 12):
        store = tmp_path / f"store {point}"
        repository.files.clear()
        repository.add(NAME, old)
        assert run(store, repository.url).stdout == old
        kept = next(store.rglob(NAME))
        kept.write_bytes(old[: len(old) // 2])
        repository.files.clear()
        repository.add(NAME, new)
        assert run(store, repository.url, point).stdout in (b"", new)
        assert run(store, repository.url).stdout == new


@pytest.mark.parametrize("damage", ["cut", "changed", "without its checksum", "checksum cut", "checksum of nothing"])
def test_what_was_damaged_on_the_disk_is_fetched_anew(
    wish: Wish, repository: Repository, kernel: FakeKernel, damage: str
) -> None:
    content = object_files.module()
    repository.add(NAME, content)
    assert module.acquire(wish.request()).way == "downloaded"
    kernel.loaded, kernel.inserted = None, []
    kept = next(wish.store.rglob(NAME))
    note = kept.with_name(f"{NAME}.json")
    if damage == "cut":
        os.truncate(kept, 1000)
    elif damage == "changed":
        kept.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "without its checksum":
        note.unlink()
    else:
        note.write_text(note.read_text()[:20] if damage == "checksum cut" else "[]")
    outcome = module.acquire(wish.request())
    assert outcome.way == "downloaded"
    assert any("was damaged" in reason and "has been removed" in reason for reason in outcome.reasons)
    assert kernel.inserted == [content]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 256 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_a_reason_and_is_not_left_full(
    wish: Wish, repository: Repository, kernel: FakeKernel, small_disk: Path
) -> None:
    content = object_files.module(padding=400_000)
    repository.add(NAME, content)
    outcome = module.acquire(wish.request(store=small_disk))
    assert any("No space left on device" in reason for reason in outcome.reasons), outcome
    assert kernel.inserted == []
    assert not list(small_disk.rglob("*.part"))
    assert not list(small_disk.rglob("*.ko"))
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert module.acquire(wish.request(store=small_disk)).way == "downloaded"
    assert kernel.inserted == [content]


def test_a_disk_that_is_full_from_the_beginning_is_a_reason(
    wish: Wish, repository: Repository, kernel: FakeKernel, small_disk: Path
) -> None:
    repository.add(NAME, object_files.module())
    with pytest.raises(OSError, match="No space"):
        (small_disk / "filling").write_bytes(bytes(1 << 20))
    outcome = module.acquire(wish.request(store=small_disk))
    assert not outcome.ready
    assert "No space left on device" in " ".join(outcome.reasons)
    (small_disk / "filling").unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert module.acquire(wish.request(store=small_disk)).way == "downloaded"


def test_one_loader_works_at_a_time_and_the_other_is_named(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    repository.add(NAME, object_files.module())
    with Store(wish.store).locked():
        outcome = module.acquire(wish.request())
        assert outcome.reasons == (
            f"begun: another loader (process {os.getpid()}) is at work; try again when it is done",
        )
    assert module.acquire(wish.request()).ready


def test_a_child_holds_the_lock_when_its_loader_is_gone(wish: Wish) -> None:
    store = Store(wish.store)
    with store.locked():
        assert store.lock is not None
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[store.lock])
    assert "another loader" in str(module.acquire(wish.request()).reasons)
    child.communicate()
    assert "another loader" not in str(module.acquire(wish.request()).reasons)


def test_a_store_that_others_may_write_to_is_not_used(wish: Wish, repository: Repository, kernel: FakeKernel) -> None:
    repository.add(NAME, object_files.module())
    wish.store.mkdir(mode=0o700)
    wish.store.chmod(0o777)
    outcome = module.acquire(wish.request())
    assert "others may write" in outcome.reasons[0]
    assert kernel.inserted == []


def test_a_lost_network_leaves_the_reason_and_the_next_way_is_taken(
    wish: Wish, repository: Repository, kernel: FakeKernel
) -> None:
    repository.add(NAME, object_files.module())
    repository.behave[NAME] = [server.cut(10)] * 4
    outcome = module.acquire(wish.request(compile=True, kernel=wish.request().kernel))
    assert [step.way for step in outcome.steps][-2:] == ["downloaded", "built"]


def test_the_note_says_where_a_file_came_from(wish: Wish, repository: Repository, kernel: FakeKernel) -> None:
    repository.add(NAME, object_files.module())
    module.acquire(wish.request())
    note = json.loads(next(wish.store.rglob("*.json")).read_text())
    assert note["origin"].startswith(repository.url)
    assert note["signed_by"] == ""
