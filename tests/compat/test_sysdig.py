"""Old capture files as Debian's sysdig reads them, and as `agent read` does.

Sysdig 0.29 is older than the newest versions of events, so only files by older writers can be compared.
"""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[3] / "shared/captures"
NEWER_THAN_SYSDIG = ("sys", "state")
FORMAT = "*%evt.num|%evt.rawtime|%thread.tid|%evt.dir|%evt.type|%fd.num|%proc.name|%fd.name"
KEPT_ENTER_EVENTS = {"open", "openat", "openat2", "creat", "connect", "execve", "execveat"}
"""Enter events that count in today's numbering; all other ones of system calls became part of their exit events."""
NO_SYSTEM_CALLS = {"switch", "procexit", "procinfo", "signaldeliver", "page_fault", "drop", "cpu_hotplug"}


@dataclass(frozen=True)
class Line:
    """One event as a tool printed it."""

    number: int
    time: str
    tid: str
    enter: bool
    type: str
    fd: str
    process: str
    fd_name: str

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.time, self.tid, self.type


def printed_by(*command: str) -> list[Line]:
    done = subprocess.run(
        [*command, "-p", FORMAT], capture_output=True, text=True, errors="replace", check=True, timeout=120
    )
    found = []
    for text in done.stdout.splitlines():
        number, time, tid, direction, kind, fd, process, name = text.split("|", 7)
        found.append(Line(int(number), time, tid, direction == ">", kind, fd, process, name))
    return found


@pytest.fixture(scope="session")
def sysdig() -> str:
    """The sysdig program, installed when that can be done."""
    if shutil.which("sysdig") is None:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            pytest.skip("there is no sysdig, and only root on a Debian system can install it")
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "sysdig"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], install):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"sysdig cannot be installed: {done.stderr.strip()[-200:]}")
    return "sysdig"


def old_captures() -> list[Path]:
    return [path for path in sorted(CAPTURES.glob("*.scap")) if path.stem not in NEWER_THAN_SYSDIG]


@pytest.mark.skipif(not old_captures(), reason=f"there are no captures in {CAPTURES}")
def test_every_event_that_both_know_is_the_same(sysdig: str) -> None:
    compared = 0
    for path in old_captures():
        theirs = printed_by(sysdig, "-r", str(path))
        ours = printed_by(sys.executable, "-m", "agent", "read", str(path))
        compared += compare(path.stem, theirs, ours)
    assert compared > 700


def compare(name: str, theirs: list[Line], ours: list[Line]) -> int:
    by_identity: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in ours:
        by_identity[line.identity].append(line)
    offset: int | None = None
    merged_enter_events = 0
    renamed: set[tuple[str, str]] = set()
    compared = 0
    for line in theirs:
        if line.enter and line.type not in NO_SYSTEM_CALLS:
            merged_enter_events += line.type not in KEPT_ENTER_EVENTS
            continue
        if line.type == "<unknown>" or line.enter:
            continue  # a type that sysdig does not know
        where = f"{name}, event {line.number} of sysdig"
        assert by_identity[line.identity], f"{where} is missing: {line}"
        own = by_identity[line.identity].pop(0)
        compared += 1
        if offset is None:
            # Users and groups stand before everything else in a file, as events that sysdig 0.29 does not count.
            offset = own.number - line.number + merged_enter_events
        assert own.number == line.number - merged_enter_events + offset, where
        # A process that neither the file nor an event told of has no name there, and an empty one here.
        assert own.process == line.process or (own.process, line.process) == ("", "<NA>"), where
        if line.fd == "<NA>":
            continue  # its exit events of mmap and the like do not have the descriptor
        assert own.fd == line.fd, where
        # It names a socket by a connection that failed, and keeps the first name of one that is connected again.
        if line.type == "connect" and own.fd_name != line.fd_name:
            renamed.add((line.tid, line.fd))
        elif (line.tid, line.fd) not in renamed:
            assert own.fd_name == line.fd_name, where
        if line.type == "close":
            renamed.discard((line.tid, line.fd))
    assert len(renamed) <= 2, f"{name}: {renamed}"
    return compared
