"""Laying out the module's sources: `dkms.conf` on top, `kmod/` and `shared/` beside each other, as includes expect."""

from __future__ import annotations

import argparse
import errno
import shutil
import sys
from pathlib import Path

from agent.version import __version__

DRIVERS = Path(__file__).resolve().parents[1]
UNFINISHED, OUTDATED = ".unfinished", ".outdated"
SOURCES = ("Kbuild", "Makefile", "*.c", "*.h")


def dkms_folder() -> Path:
    """Return where DKMS looks for the sources of this version."""
    return Path("/usr/src", f"agent-probe-{__version__}")


def lay_out(folder: Path) -> None:
    """Write the sources into a folder, replacing what is there of an earlier version.

    Raises OSError, also for a folder that holds something else: `kmod` and `shared` in it would be removed.
    """
    if folder.exists() and any(folder.iterdir()) and not _are_ours(folder / "dkms.conf"):
        raise FileExistsError(errno.EEXIST, "it holds something else than these sources")
    # Whole or not at all: what is interrupted here must neither be built nor stand in the way of the next time.
    unfinished = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in ("kmod", "shared"):
        for pattern in SOURCES:
            for path in sorted((DRIVERS / part).rglob(pattern)):
                if path.name.endswith(".mod.c"):
                    continue
                target = unfinished / part / path.relative_to(DRIVERS / part)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copyfile(DRIVERS / "kmod/dkms.conf", unfinished / "dkms.conf")
    outdated = folder.with_name(folder.name + OUTDATED)
    shutil.rmtree(outdated, ignore_errors=True)
    if folder.exists():
        folder.rename(outdated)
    unfinished.rename(folder)
    shutil.rmtree(outdated, ignore_errors=True)


def _are_ours(config: Path) -> bool:
    return config.is_file() and 'PACKAGE_NAME="agent-probe"' in config.read_text(errors="replace")


def main(argv: list[str] | None = None) -> int:
    """Write the sources and say what to do with them. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m drivers.kmod", description="The sources of the kernel module.")
    commands = parser.add_subparsers(dest="command", required=True)
    source = commands.add_parser("source", help="write them into a folder, for DKMS or for make")
    source.add_argument(
        "folder", type=Path, nargs="?", default=dkms_folder(), help=f"where to (default: {dkms_folder()})"
    )
    options = parser.parse_args(argv)
    try:
        lay_out(options.folder)
    except OSError as error:
        print(
            f"Error: the module's sources could not be written to {options.folder}: {error.strerror or error}.",
            file=sys.stderr,
        )
        return 1
    print(f"The sources of agent_probe {__version__} are in {options.folder}.")
    print(f"With DKMS: dkms install agent-probe/{__version__}; without: make -C {options.folder}/kmod")
    return 0
