"""Files that are whole or absent, whatever ends this process: written beside their place, synced, renamed."""

from __future__ import annotations

import os
from pathlib import Path

UNFINISHED = ".new"


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write or replace a file. Raises OSError; then the earlier content is still there."""
    partial = path.with_name(path.name + UNFINISHED)
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        rename(partial, path)
    except OSError:
        # On a full disk, what is left of it would only be in the way.
        partial.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Bring a file's content to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(source: Path, target: Path) -> None:
    """Give a synced file its name, and bring that to the disk as well. Raises OSError."""
    os.replace(source, target)
    sync(target.parent)
