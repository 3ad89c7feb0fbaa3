# SPDX-License-Identifier: MIT
"""The relocatable folder that this program may run from (drivers/pdig/bundle makes it), and its copy on a volume."""

import errno
import json
import os
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from agent.errors import AgentError

DESCRIPTION = "pdig-agent.json"
LAUNCHER = "pdig-agent"
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)


def own_folder() -> Path | None:
    """Return the folder this interpreter belongs to; None when pdig-agent is installed like any Python program."""
    folder = Path(sys.prefix)
    return folder if (folder / DESCRIPTION).is_file() else None


def install_to(volume: Path) -> Path:
    """Copy the folder into `volume`, where other containers find it. Returns the launcher's place, `volume/pdig-agent`.

    That is a symbolic link to a folder of this version, and both appear whole or not at all, so containers may start
    while this runs, and several may install at once. What is there already is left as it is; another version's folder
    stays, as it may be running. Raises AgentError.
    """
    source = own_folder()
    if source is None:
        raise AgentError(
            "--install-to copies the relocatable folder, and this pdig-agent does not run from one. "
            "`python -m drivers.pdig.bundle` makes it (docs/fargate.md)."
        )
    try:
        description = json.loads((source / DESCRIPTION).read_text(encoding="utf-8"))
        name = f".pdig-agent-{description['version']}-{description['digest'][:16]}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AgentError(f"{source / DESCRIPTION} is damaged ({error}): make the folder anew.") from None
    try:
        volume.mkdir(parents=True, exist_ok=True)
        if not (volume / name / DESCRIPTION).is_file():
            _copy(source, volume / name)
        return _link(name, volume / LAUNCHER)
    except OSError as error:
        raise AgentError(f"--install-to {volume}: {_reason(error)}") from None


def _copy(source: Path, target: Path) -> None:
    """Copy beside `target` and rename: the target is there whole, or not at all."""
    unfinished = Path(tempfile.mkdtemp(prefix=".pdig-agent-unfinished-", dir=target.parent))
    try:
        _copy_into(source, unfinished)
        try:
            unfinished.rename(target)
        except OSError as error:
            if error.errno not in _TAKEN or not (target / DESCRIPTION).is_file():
                raise
            # Another one was faster; its copy is the same.
    finally:
        if unfinished.exists():
            shutil.rmtree(unfinished, ignore_errors=True)


def _copy_into(source: Path, target: Path) -> None:
    for folder, folders, files in os.walk(source):
        folders.sort()
        place = target / os.path.relpath(folder, source)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)  # whatever umask says: other containers run as other users
        for name in sorted(files):
            original = Path(folder, name)
            shutil.copyfile(original, place / name)
            (place / name).chmod(0o755 if os.access(original, os.X_OK) else 0o644)


def _link(folder: str, place: Path) -> Path:
    """Let `place` be a link to the folder's launcher, replacing another link in one step."""
    goal = f"{folder}/{LAUNCHER}"
    with suppress(OSError):
        if os.readlink(place) == goal:
            return place
    if place.is_dir() and not place.is_symlink():
        raise AgentError(f"--install-to: {place} is a folder, which pdig-agent does not replace; remove or rename it.")
    # Not by a process id: in containers many have the same.
    fresh = place.with_name(f".{place.name}-link-{secrets.token_hex(8)}")
    fresh.symlink_to(goal)
    fresh.replace(place)
    return place


def _reason(error: OSError) -> str:
    what = f"{os.strerror(error.errno or 0)} ({error.filename})" if error.filename else os.strerror(error.errno or 0)
    hints = {
        errno.ENOSPC: "The volume needs room for the whole folder.",
        errno.EDQUOT: "The volume needs room for the whole folder.",
        errno.EACCES: "Run it as a user that may write there (an init container: runAsUser 0).",
        errno.EPERM: "Run it as a user that may write there (an init container: runAsUser 0).",
        errno.EROFS: "Mount the volume for writing into this container.",
    }
    return f"{what}. {hints.get(error.errno or 0, '')}".rstrip()
