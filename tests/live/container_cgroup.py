"""A cgroup that is named as a container runtime names its containers'."""

import contextlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def hierarchies() -> list[Path]:
    """Return the roots below which processes may be put at once: that of version 2, or two of version 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [root for name in ("cpu", "cpuacct") if (root := CGROUPS / name).is_dir()]


@contextlib.contextmanager
def container_cgroup() -> Iterator[tuple[str, list[Path]]]:
    """Make the cgroup; yield the container's id (64 hex digits) and its folders, and remove them at the end."""
    identifier = secrets.token_hex(32)
    folders = [root / "docker" / identifier for root in hierarchies()]
    assert folders, f"no usable cgroup hierarchy below {CGROUPS}"
    for folder in folders:
        folder.mkdir(parents=True)
    try:
        yield identifier, folders
    finally:
        for folder in folders:
            remove_cgroup(folder)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()


def remove_cgroup(folder: Path) -> None:
    """Remove a cgroup; its last process may take a moment to be gone."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.05)
    folder.rmdir()
